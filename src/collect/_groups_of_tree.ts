/** Which cgroups the processes of a sample are in. */

import type { CgroupMounts, CgroupPlace } from "../host/cgroup_mounts.ts";
import { version2Path } from "../host/cgroup_paths.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import { type CgroupEntry, parseCgroup } from "../parse/cgroup.ts";

/** A group that processes of the tree are in. */
export interface GroupOfTree {
  /** Its path, as `/proc/PID/cgroup` has it. */
  readonly path: string;
  /** Where it is to be found. */
  readonly place: CgroupPlace;
  /** The processes of the tree that are in it. */
  readonly numProcesses: number;
}

/** Reads the `cgroup` of processes, and collects their groups. */
export class GroupsOfTree {
  readonly #reader: ProcReader;
  readonly #mounts: CgroupMounts;
  /** What texts of the previous sample hold: most processes share a few. */
  #parsedBefore = new Map<string, readonly CgroupEntry[]>();
  #parsed = new Map<string, readonly CgroupEntry[]>();
  /** By their paths, how many processes are in each. */
  #counts = new Map<string, number>();

  /** Reads with a reader. */
  constructor(reader: ProcReader, mounts: CgroupMounts) {
    this.#reader = reader;
    this.#mounts = mounts;
  }

  /** Notes the group of a process; the entries of an equal text are the same object. */
  add(pid: number): Reading<readonly CgroupEntry[]> {
    const entries = this.#reader.read(
      `/proc/${pid}/cgroup`,
      (text) => this.#parse(text),
    );
    const path = version2Path(entries.value ?? []);
    if (path !== null) {
      this.#counts.set(path, (this.#counts.get(path) ?? 0) + 1);
    }
    return entries;
  }

  /** The groups that were noted since the last call. */
  drain(): GroupOfTree[] {
    const counts = this.#counts;
    this.#counts = new Map();
    this.#parsedBefore = this.#parsed;
    this.#parsed = new Map();
    return Array.from(counts, ([path, numProcesses]) => {
      const place = this.#mounts.place(path);
      return { path, place, numProcesses };
    });
  }

  #parse(text: string): readonly CgroupEntry[] {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const entries = this.#parsedBefore.get(text) ?? parseCgroup(text);
    this.#parsed.set(text, entries);
    return entries;
  }
}
