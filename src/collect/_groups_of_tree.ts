/** Which cgroups the processes of a sample are in. */

import { VERSION_2 } from "../host/cgroup_mounts.ts";
import { ownPath } from "../host/cgroup_owner.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import { type CgroupEntry, parseCgroup } from "../parse/cgroup.ts";
import { parseStat } from "../parse/stat.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import type { ProcessVisit } from "./collector.ts";

/** The groups of one path, that of processes of the tree on their lines. */
export interface GroupOfTree {
  /** The path, as `/proc/PID/cgroup` has it. */
  readonly path: string;
  /**
   * The hierarchies in which a process of the tree is at this path: `VERSION_2`, and controllers of
   * cgroup v1.
   */
  readonly hierarchies: ReadonlySet<string>;
  /** The controllers that are not those of cgroup v2 here. */
  readonly version1: ReadonlySet<string>;
  /** The processes of the tree with this path. */
  readonly numProcesses: number;
}

/** The same, while processes are counted. */
interface Counted extends GroupOfTree {
  readonly hierarchies: Set<string>;
  readonly version1: Set<string>;
  numProcesses: number;
}

/** Reads the `cgroup` of processes, and collects their groups. */
export class GroupsOfTree {
  readonly #reader: ProcReader;
  /** What texts of the previous sample hold: most processes share a few. */
  #parsedBefore = new Map<string, readonly CgroupEntry[]>();
  #parsed = new Map<string, readonly CgroupEntry[]>();
  /** How many processes have the same entries. */
  #counts = new Map<readonly CgroupEntry[], number>();
  /** Of each process what it was in while it lived. */
  readonly #living = new WeakMap<TreeProcess, readonly CgroupEntry[]>();

  /** Reads with a reader. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /**
   * Notes the groups of a process; the entries of an equal text are the same object. In cgroup v1 a
   * process that has ended is in no group: the kernel shows the root, see proc_cgroup_show(). It is
   * counted in none there, and has those that it had.
   */
  add(visit: ProcessVisit): Reading<readonly CgroupEntry[]> {
    const { directory, process } = visit;
    const entries = this.#reader.read(
      `${directory}/cgroup`,
      (text) => this.#parse(text),
    );
    const { value } = entries;
    if (value === null) return entries;
    const before = this.#living.get(process);
    const isZombie = process.stat.state === "Z";
    const hasEnded = (isZombie || before !== value) &&
      isAtRootOfVersion1(value) && (isZombie || this.#hasEnded(visit));
    const counted = hasEnded ? inVersion2(value) : value;
    this.#counts.set(counted, (this.#counts.get(counted) ?? 0) + 1);
    if (!hasEnded) {
      if (before !== value) this.#living.set(process, value);
      return entries;
    }
    return { value: before ?? counted, reason: null };
  }

  /** Whether a process has ended by now: its `stat` was read before its `cgroup`. */
  #hasEnded({ directory }: ProcessVisit): boolean {
    const { value, reason } = this.#reader.read(`${directory}/stat`, parseStat);
    return reason === "gone" || (value !== null && /[ZXx]/.test(value.state));
  }

  /** The groups that were noted since the last call. */
  drain(): GroupOfTree[] {
    const groups = new Map<string, Counted>();
    for (const [entries, numProcesses] of this.#counts) {
      const path = ownPath(entries);
      if (path === null) continue;
      const group = groups.get(path) ?? {
        path,
        hierarchies: new Set(),
        version1: new Set(),
        numProcesses: 0,
      };
      group.numProcesses += numProcesses;
      noteHierarchies(group, entries);
      groups.set(path, group);
    }
    this.#counts = new Map();
    this.#parsedBefore = this.#parsed;
    this.#parsed = new Map();
    return [...groups.values()];
  }

  #parse(text: string): readonly CgroupEntry[] {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const entries = this.#parsedBefore.get(text) ?? parseCgroup(text);
    this.#parsed.set(text, entries);
    return entries;
  }
}

/** Whether a process is in the root of each hierarchy of cgroup v1, of which there are some. */
function isAtRootOfVersion1(entries: readonly CgroupEntry[]): boolean {
  const inVersion1 = entries.filter(({ controllers }) =>
    controllers.length > 0
  );
  return inVersion1.length > 0 && inVersion1.every(({ path }) => path === "/");
}

function inVersion2(
  entries: readonly CgroupEntry[],
): readonly CgroupEntry[] {
  const isWhole = entries.every(({ controllers }) => controllers.length === 0);
  return isWhole
    ? entries
    : entries.filter(({ controllers }) => controllers.length === 0);
}

function noteHierarchies(
  { path, hierarchies, version1 }: Counted,
  entries: readonly CgroupEntry[],
): void {
  for (const { controllers, path: at } of entries) {
    for (const name of controllers) version1.add(name);
    if (at !== path) continue;
    if (controllers.length === 0) hierarchies.add(VERSION_2);
    for (const name of controllers) hierarchies.add(name);
  }
}
