/**
 * Who is whose child: as the kernel lists it, the order of a family, which new processes belong to
 * it, and the ancestors of those that ended.
 *
 * @module
 */

import { KeptFile } from "../kernel/kept_file.ts";
import type { ProcReader, UnreadReason } from "../kernel/proc_reader.ts";
import { parseChildren } from "../parse/children.ts";
import type { Parentage } from "../parse/stat.ts";
import type { TreeProcess } from "./tree_process.ts";

/**
 * How often processes are read again, as others end meanwhile, before what was found is called
 * inconsistent.
 */
export const MAX_ROUNDS = 4;

/** Whether the kernel lists children: it may be built without that (CONFIG_PROC_CHILDREN). */
export function listsChildren(reader: ProcReader): boolean {
  return reader.read("/proc/thread-self/children", parseChildren).reason ===
    null;
}

/** The children of the main thread of a process, to be asked for again and again. */
export function keepChildren(
  reader: ProcReader,
  pid: number,
): KeptFile<readonly number[]> {
  return new KeptFile(reader, childrenPath(pid, `${pid}`), parseChildren);
}

/** What the kernel has listed as the children of a process. */
export interface ListedChildren {
  /** Their ids. */
  readonly pids: ReadonlySet<number>;
  /** Whether there was no other. */
  readonly isWhole: boolean;
}

/**
 * Asks the kernel for the children of a process, those of all of its threads.
 *
 * While they end, others may be left out (proc_tid_children(5)): those that stand behind one that
 * has just been read and is reaped, or whose thread has ended, so that they are those of another
 * one. So the first of two answers that are the same is whole: what it has read was there later.
 *
 * @param kept What keeps the file of its main thread open. Default: that is opened by its path.
 */
export function readChildren(
  reader: ProcReader,
  { pid, numThreads }: { readonly pid: number; readonly numThreads: number },
  kept: KeptFile<readonly number[]> | null = null,
): ListedChildren {
  const pids = new Set<number>();
  let before: string | null = null;
  for (let round = 0; round <= MAX_ROUNDS; round++) {
    const threads = numThreads === 1
      ? [`${pid}`]
      : reader.readDir(`/proc/${pid}/task`).value ?? [];
    const lists = threads.map((tid) => {
      const { value, reason } = kept !== null && tid === `${pid}`
        ? kept.read()
        : reader.read(childrenPath(pid, tid), parseChildren);
      value?.forEach((child) => pids.add(child));
      return `${tid} ${value?.join() ?? reason}`;
    });
    const answer = lists.join("\n");
    if (answer === before) return { pids, isWhole: true };
    before = answer;
  }
  return { pids, isWhole: false };
}

function childrenPath(pid: number, tid: string): string {
  return `/proc/${pid}/task/${tid}/children`;
}

/** The children of each process, by its id. */
export function childrenOf<P extends TreeProcess>(
  processes: Iterable<P>,
): Map<number, P[]> {
  const children = new Map<number, P[]>();
  for (const process of processes) {
    const siblings = children.get(process.stat.ppid);
    if (siblings === undefined) children.set(process.stat.ppid, [process]);
    else siblings.push(process);
  }
  return children;
}

/**
 * The processes in the order of a family: each before its children, siblings by pid, the root
 * first, orphans and theirs last.
 */
export function parentsFirst<P extends TreeProcess>(
  processes: Iterable<P>,
  root: P | null,
): P[] {
  const byPid = [...processes].sort((a, b) => a.pid - b.pid);
  const pids = new Set(byPid.map(({ pid }) => pid));
  const children = childrenOf(byPid.filter((process) => process !== root));
  const ordered = new Set<P>();
  const visit = (first: P): void => {
    const waiting = [first];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (ordered.has(next)) continue;
      ordered.add(next);
      waiting.push(...(children.get(next.pid) ?? []).toReversed());
    }
  };
  if (root !== null && byPid.includes(root)) visit(root);
  for (const process of byPid) {
    if (!pids.has(process.stat.ppid)) visit(process);
  }
  // What is left has its parents in a ring.
  byPid.forEach(visit);
  return [...ordered];
}

/** Finds ancestors; it remembers the way, so that a long chain of processes is walked once. */
export class AncestorFinder {
  readonly #parentOf: (pid: number) => number | undefined;
  readonly #isWanted: (pid: number) => boolean;
  readonly #shortcuts = new Map<number, number | undefined>();

  /**
   * Finds ancestors that are wanted. One that was not wanted must not become so; one that was may
   * cease to be.
   */
  constructor(
    parentOf: (pid: number) => number | undefined,
    isWanted: (pid: number) => boolean,
  ) {
    this.#parentOf = parentOf;
    this.#isWanted = isWanted;
  }

  /** The nearest of a process and its ancestors; undefined if none is wanted, also in a ring. */
  nearest(pid: number): number | undefined {
    const passed = new Set<number>();
    let at: number | undefined = pid;
    while (at !== undefined && !this.#isWanted(at)) {
      if (passed.has(at)) at = undefined;
      else {
        passed.add(at);
        at = this.#shortcuts.has(at)
          ? this.#shortcuts.get(at)
          : this.#parentOf(at);
      }
    }
    for (const link of passed) this.#shortcuts.set(link, at);
    return at;
  }
}

/** The nearest ancestors that live, of processes that have ended. */
function livingAncestors<P extends TreeProcess>(
  processes: Iterable<P>,
  ended: Iterable<P>,
  living: ReadonlyMap<number, P>,
): Set<P> {
  const ppids = new Map(Array.from(ended, ({ pid, stat }) => [pid, stat.ppid]));
  const finder = new AncestorFinder(
    (pid) => ppids.get(pid),
    (pid) => living.has(pid),
  );
  const parents = new Set<P>();
  for (const { stat } of processes) {
    const parent = living.get(finder.nearest(stat.ppid) ?? -1);
    if (parent !== undefined) parents.add(parent);
  }
  return parents;
}

/**
 * Makes sure that what a child used is counted once, though it ended while counters were read.
 *
 * A parent's counters take in those of a child when it reaps the child. Whether it had when it was
 * read is not known: the nearest living ancestor of each ended process is read again, and if its
 * counters moved, so are its other children, which may have been reaped as well, until nothing
 * moves.
 *
 * @param justEnded The processes that ended while counters were read.
 * @param ended All that have ended; `readAgain` adds those that it finds to have.
 * @param living The others by pid; `readAgain` takes out those that it finds to have ended.
 * @param readAgain Reads a process again, and returns whether its counters moved.
 * @returns Whether nothing moves any more.
 */
export function recountEnded<P extends TreeProcess>(
  justEnded: ReadonlySet<P>,
  ended: ReadonlySet<P>,
  living: ReadonlyMap<number, P>,
  readAgain: (process: P) => boolean,
): boolean {
  let unsettled = justEnded;
  for (let round = 0; unsettled.size > 0; round++) {
    if (round === MAX_ROUNDS) return false;
    const before = new Set(ended);
    let children: ReadonlyMap<number, readonly P[]> | null = null;
    for (const parent of livingAncestors(unsettled, ended, living)) {
      if (living.get(parent.pid) !== parent || !readAgain(parent)) continue;
      children ??= childrenOf(living.values());
      for (const child of children.get(parent.pid) ?? []) {
        if (living.get(child.pid) === child) readAgain(child);
      }
    }
    unsettled = new Set(ended).difference(before);
  }
  return true;
}

/** What a sweep has found of processes that it did not know. */
export interface NewProcesses {
  /** Those that could be read. */
  readonly read: ReadonlyMap<number, Parentage>;
  /** Those that were listed and could not be read. */
  readonly unreadable: ReadonlyMap<number, UnreadReason>;
}

/** New processes, sorted. */
export interface Sorted {
  /** Those that belong to the tree. */
  readonly members: ReadonlyMap<number, Parentage>;
  /** Those that do not, and their parents. */
  readonly outsiders: ReadonlyMap<number, number>;
  /** Those of which that is unknown, and why: a parent could not be read. */
  readonly unknown: ReadonlyMap<number, UnreadReason>;
}

/**
 * Sorts new processes: members, outsiders, and unknown.
 *
 * @param isMember Whether a process is a member, or was one until this sweep: its children may be
 * found only now.
 * @param isOutsider Whether a process is known not to belong.
 */
export function sortNewProcesses(
  { read, unreadable }: NewProcesses,
  isMember: (pid: number) => boolean,
  isOutsider: (pid: number) => boolean,
): Sorted {
  const members = new Map<number, Parentage>();
  const outsiders = new Map<number, number>();
  const unknown = new Map<number, UnreadReason>();
  const answers = new Map<number, boolean | UnreadReason>();

  const answerOf = (pid: number): boolean | UnreadReason => {
    const chain = new Set<number>();
    let at = pid;
    let answer = answers.get(at);
    while (answer === undefined) {
      const parentage = read.get(at);
      if (parentage === undefined) {
        if (isMember(at)) answer = true;
        else if (at === 0 || isOutsider(at)) answer = false;
        else answer = unreadable.get(at) ?? "gone";
        break;
      }
      if (chain.has(at)) {
        answer = false;
        break;
      }
      chain.add(at);
      at = parentage.ppid;
      answer = answers.get(at);
    }
    for (const link of chain) answers.set(link, answer);
    return answer;
  };

  for (const [pid, parentage] of read) {
    const belongs = answerOf(pid);
    if (belongs === true) members.set(pid, parentage);
    else if (belongs === false) outsiders.set(pid, parentage.ppid);
    else unknown.set(pid, belongs);
  }
  return { members, outsiders, unknown };
}
