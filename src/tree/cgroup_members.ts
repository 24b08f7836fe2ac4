/**
 * Which processes are in a cgroup and in the cgroups below it.
 *
 * @module
 */

import type { DirEntry } from "../kernel/proc_fs.ts";
import type { ProcReader, UnreadReason } from "../kernel/proc_reader.ts";
import type { Parentage } from "../parse/stat.ts";
import { parseCgroupProcs } from "../parse/cgroup_procs.ts";
import { parseTgid } from "../parse/status.ts";

/** Processes that were listed. */
export interface PidList {
  /** Their ids. */
  readonly pids: Set<number>;
  /** Why there may be others; null if all were listed. */
  readonly reason: UnreadReason | null;
  /**
   * Those that may be other processes than before: none of the rest is. Default: not known, any may
   * be.
   */
  readonly changed?: ReadonlyMap<number, Parentage>;
  /**
   * How many members have no id in the pid namespace of the reader: the kernel shows them as 0.
   * Default: none.
   */
  readonly hidden?: number;
  /**
   * How many cgroups cannot be opened, as their names are not UTF-8: Deno has no text for such a
   * path, and gives U+FFFD in it or leaves it out. Default: none.
   */
  readonly unnamed?: number;
}

/**
 * The kernel's own files in a cgroup's directory. Only asked where the file system does not tell
 * which names are directories: a group may be called so too, and a controller be new.
 */
const INTERFACE_FILE =
  /^(blkio|cgroup|cpu|cpuacct|cpuset|devices|dmem|freezer|hugetlb|io|irq|memory|misc|net_cls|net_prio|perf_event|pids|rdma)\.|^(?:tasks|notify_on_release|release_agent)$/;

/** What stands in a text for bytes that are no UTF-8. A name may hold it in its own right. */
const REPLACEMENT = "\ufffd";

/** The links of a directory that has none below it: its name, and `.` in itself. */
const OWN_LINKS = 2;

/** What lists a group: its processes, or in a threaded subtree its threads. */
type ListFile = "cgroup.procs" | "cgroup.threads";

/**
 * The process ids in a cgroup and below it; null if the cgroup does not exist.
 *
 * In a threaded subtree, see cgroups(7), the group at its top lists the processes of all, and each
 * group its threads. If the cgroup itself lies in one, its processes are those that have a thread
 * in it.
 */
export function readCgroupMembers(
  reader: ProcReader,
  directory: string,
): PidList | null {
  const members = new MemberSearch(reader);
  const first = members.visit(directory, "cgroup.procs");
  if (first === "elsewhere") members.visit(directory, "cgroup.threads");
  return first === "gone" ? null : members.list;
}

/** Whether a directory is that of a cgroup whose members may be read. */
export function canListCgroup(reader: ProcReader, directory: string): boolean {
  const canRead = (file: ListFile): boolean =>
    reader.read(`${directory}/${file}`, (text) => text).reason === null;
  return canRead("cgroup.procs") ||
    (isThreaded(reader, directory) && canRead("cgroup.threads"));
}

/** Looks for members in groups. */
class MemberSearch {
  readonly #reader: ProcReader;
  readonly #pids = new Set<number>();
  #reason: UnreadReason | null = null;
  #hidden = 0;
  #unnamed = 0;

  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** What was found so far. */
  get list(): PidList {
    return {
      pids: this.#pids,
      reason: this.#reason,
      ...this.#hidden > 0 ? { hidden: this.#hidden } : {},
      ...this.#unnamed > 0 ? { unnamed: this.#unnamed } : {},
    };
  }

  /**
   * Adds what is in a group and below it; `"gone"` if there is no such group, `"elsewhere"` if its
   * processes are listed further up.
   */
  visit(directory: string, file: ListFile): "found" | "gone" | "elsewhere" {
    const { value, reason } = this.#reader.read(
      `${directory}/${file}`,
      parseCgroupProcs,
    );
    if (reason === "gone") return "gone";
    if (
      reason !== null && file === "cgroup.procs" &&
      isThreaded(this.#reader, directory)
    ) return "elsewhere";
    this.#reason ??= reason;
    for (const id of value ?? []) this.#add(id, file);
    this.#visitBelow(directory, file);
    return "found";
  }

  #add(id: number, file: ListFile): void {
    if (id === 0) this.#hidden++;
    else if (file === "cgroup.procs") this.#pids.add(id);
    else {
      const tgid = this.#reader.read(`/proc/${id}/status`, parseTgid);
      // A thread that has ended meanwhile is as a process that has.
      if (tgid.value !== null) this.#pids.add(tgid.value);
      else if (tgid.reason !== "gone") this.#reason ??= tgid.reason;
    }
  }

  #visitBelow(directory: string, file: ListFile): void {
    const entries = this.#reader.readEntries(directory);
    if (entries.reason !== "gone") this.#reason ??= entries.reason;
    if (entries.value === null) return;
    this.#unnamed += this.#leftOut(directory, entries.value);
    const seen = new Set<string>();
    for (const { name, isDirectory } of entries.value) {
      if (isDirectory === false) continue;
      const below = `${directory}/${name}`;
      if (isDirectory === null && !this.#isGroup(name, below)) continue;
      // Two names may differ in bytes that are not UTF-8 alone.
      const isOpened = !seen.has(name) && this.visit(below, file) !== "gone";
      seen.add(name);
      if (!isOpened && name.includes(REPLACEMENT)) this.#unnamed++;
    }
  }

  /**
   * How many groups are not among the names, though they are there: older versions of Deno leave
   * names out that are not UTF-8. A directory of the kernel has two links, and one for each below.
   */
  #leftOut(directory: string, entries: readonly DirEntry[]): number {
    const shortage = this.#shortage(directory, entries);
    if (shortage <= 0) return 0;
    // One may have been made since the names were listed.
    const again = this.#reader.readEntries(directory).value;
    return again === null
      ? 0
      : Math.max(Math.min(shortage, this.#shortage(directory, again)), 0);
  }

  #shortage(directory: string, entries: readonly DirEntry[]): number {
    if (entries.some(({ isDirectory }) => isDirectory === null)) return 0;
    const { value } = this.#reader.stat(directory);
    const directories = entries.filter(({ isDirectory }) => isDirectory);
    return (value?.numLinks ?? 0) - OWN_LINKS - directories.length;
  }

  /** Whether a name is that of a group, where the file system does not tell. */
  #isGroup(name: string, path: string): boolean {
    if (!INTERFACE_FILE.test(name)) return true;
    const list = this.#reader.read(`${path}/cgroup.procs`, parseCgroupProcs);
    return list.reason === null;
  }
}

/** Whether the processes of a group are listed further up. */
function isThreaded(reader: ProcReader, directory: string): boolean {
  const type = reader.read(`${directory}/cgroup.type`, (text) => text);
  return type.value === "threaded\n";
}
