/**
 * Which processes have their parent's memory, and none of their own.
 *
 * A child of vfork(2), and of what is made with it (posix_spawn(3), system(3), Python's subprocess,
 * Go's os/exec), has its parent's memory until it runs a program or ends: the kernel shows the
 * whole of it for both. The parent waits for that, in state D. A child of fork(2) has a copy of its
 * own, at the same addresses, but for pages of files that it has not used yet.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseStat, PF_FORKNOEXEC } from "../parse/stat.ts";
import type { Statm } from "../parse/statm.ts";
import type { TreeProcess } from "../tree/tree_process.ts";

/**
 * Whose memory a process has: its own, its parent's, or one of the two, which cannot be told. The
 * last is said of a child of clone(2) with CLONE_VM that does not hold up its parent, and of a copy
 * that looks the same.
 */
export type MemoryOwner = "own" | "parent" | "unknown";

/** Reads the `statm` of a process; null if it cannot be read. */
export type ReadStatm = (process: TreeProcess) => Statm | null;

/** How often a child and its parent are compared while the parent's memory changes. */
const MAX_READINGS = 4;

/**
 * The functions in which a parent may wait for a child of vfork(2), as `wchan` shows them; see
 * proc_pid_wchan(5). `0` stands for one that is not shown.
 */
const VFORK_WAIT = /^0?$|fork|clone|complet/;

/** Follows which processes of a tree may have their parent's memory. */
export class SharedMemory {
  readonly #reader: ProcReader;
  readonly #readStatm: ReadStatm;
  /** The processes that have not run a program, and whose memory has not been seen to differ. */
  readonly #undecided = new Set<TreeProcess>();
  #owners = new Map<TreeProcess, MemoryOwner>();

  /** Nothing is read but in {@linkcode SharedMemory.judge}. */
  constructor(reader: ProcReader, readStatm: ReadStatm) {
    this.#reader = reader;
    this.#readStatm = readStatm;
  }

  /** Takes note of a new process. */
  add(process: TreeProcess): void {
    if ((process.stat.flags & PF_FORKNOEXEC) !== 0) {
      this.#undecided.add(process);
    }
  }

  /** Forgets a process. */
  forget(process: TreeProcess): void {
    this.#undecided.delete(process);
    this.#owners.delete(process);
  }

  /** Whose memory a process has, as it was judged last. */
  ownerOf(process: TreeProcess): MemoryOwner {
    return this.#owners.get(process) ?? "own";
  }

  /**
   * Judges whose memory the processes of a sample have. What a process has of its own it keeps, so
   * that most are judged once, and those that were started by execve(2) never.
   */
  judge(living: readonly TreeProcess[]): void {
    if (this.#owners.size > 0) this.#owners = new Map();
    if (this.#undecided.size === 0) return;
    const byPid = new Map(living.map((process) => [process.pid, process]));
    const families = new Map<TreeProcess, TreeProcess[]>();
    for (const child of this.#undecided) {
      const parent = byPid.get(child.stat.ppid);
      if (parent === undefined || !mayShare(child)) {
        this.#undecided.delete(child);
        continue;
      }
      families.set(parent, [...families.get(parent) ?? [], child]);
    }
    for (const [parent, children] of families) this.#judge(parent, children);
  }

  #judge(parent: TreeProcess, children: readonly TreeProcess[]): void {
    const alike = children.filter((child) => this.#isAlike(parent, child));
    if (alike.length === 0) return;
    const waiting = this.#numWaiting(parent);
    const again = alike.filter((child) => this.#isAlike(parent, child));
    for (const child of again) this.#owners.set(child, "unknown");
    // While one thread waits, others may fork: the youngest need not be the one that is waited for.
    const certain = again.length <= waiting
      ? again
      : parent.stat.numThreads === 1
      ? youngest(again, waiting)
      : [];
    for (const child of certain) this.#owners.set(child, "parent");
  }

  /**
   * Whether a child's memory has the figures of its parent's. If it has others while the parent's
   * stay the same, it is its own, now and from now on.
   */
  #isAlike(parent: TreeProcess, child: TreeProcess): boolean {
    let before = this.#readStatm(parent);
    for (let reading = 0; reading < MAX_READINGS; reading++) {
      const own = this.#readStatm(child);
      const after = this.#readStatm(parent);
      if (before === null || own === null || after === null) return false;
      if (isBetween(before, own, after)) return own.size !== 0;
      if (isEqual(before, after)) {
        this.#undecided.delete(child);
        return false;
      }
      before = after;
    }
    return false;
  }

  /** How many threads of a parent wait for a child of vfork(2). */
  #numWaiting({ pid, stat }: TreeProcess): number {
    const directories = stat.numThreads === 1 ? [`/proc/${pid}`] : this.#reader
      .readDir(`/proc/${pid}/task`).value
      ?.map((tid) => `/proc/${pid}/task/${tid}`) ?? [];
    return directories.filter((directory) => {
      const thread = this.#reader.read(`${directory}/stat`, parseStat).value;
      if (thread?.state !== "D") return false;
      const wchan = this.#reader.read(`${directory}/wchan`, (text) => text);
      return VFORK_WAIT.test(wchan.value?.trim() ?? "");
    }).length;
  }
}

/** Whether a process has memory, and has run no program of its own. */
function mayShare({ stat }: TreeProcess): boolean {
  return (stat.flags & PF_FORKNOEXEC) !== 0 && stat.state !== "Z" &&
    stat.vsize !== 0;
}

const FIGURES = ["size", "resident", "shared", "data"] as const;

function isEqual(a: Statm, b: Statm): boolean {
  return FIGURES.every((key) => a[key] === b[key]);
}

/**
 * Whether each figure lies between two others, or is one of them, as it does if the same memory
 * grows or shrinks meanwhile.
 */
function isBetween(before: Statm, figure: Statm, after: Statm): boolean {
  return FIGURES.every((key) => {
    const [from, own, to] = [before[key], figure[key], after[key]];
    if (from === null || own === null || to === null) return false;
    return own >= (from < to ? from : to) && own <= (from < to ? to : from);
  });
}

/**
 * The children that were born last, so many at most: a parent of one thread that waits can have had
 * no other since. None of those that were born at the same time if they are more than wait.
 */
function youngest(
  children: readonly TreeProcess[],
  count: number,
): readonly TreeProcess[] {
  const byAge = children.toSorted((a, b) =>
    a.startTicks < b.startTicks ? 1 : a.startTicks > b.startTicks ? -1 : 0
  );
  const next = byAge[count]?.startTicks;
  return byAge.slice(0, count).filter(({ startTicks }) => startTicks !== next);
}
