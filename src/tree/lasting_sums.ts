/**
 * Sums over a tree that keep what ended processes have used, by the kernel's own accounting.
 *
 * A process that is reaped leaves its CPU time, and that of the children it reaped itself, in its
 * parent's `cutime` and `cstime` (proc_pid_stat(5), times(2)), and its io in its parent's `io`. So
 * the sum over the living counts every reaped descendant once. A child whose parent ignores
 * SIGCHLD, or which is reaped outside the tree, adds to nobody in it: what was last seen of it is
 * kept.
 *
 * @module
 */

import { addIntegers, type Integer, subtractIntegers } from "../integer.ts";
import { AncestorFinder } from "./family.ts";
import type { TreeProcess } from "./tree_process.ts";

/** Counters that only grow, always in the same order. */
export type Counters = readonly Integer[];

/** What a living process adds to the sum. */
export interface Contribution {
  /** Its counters, those of reaped children included. */
  readonly total: Counters;
  /**
   * The counters that grow if it reaps a child; of io, which counts children in the same ones, all.
   */
  readonly reaped: Counters;
}

/** What a sweep has found. */
export interface SweepChanges {
  /**
   * What living members add that are new or whose counters may have changed; the others add what
   * they did before.
   */
  readonly changed: ReadonlyMap<TreeProcess, Contribution>;
  /** The members that have ended. */
  readonly ended: readonly TreeProcess[];
  /** The members that have left the tree and live: what they have added stays. Default: none. */
  readonly departed?: readonly TreeProcess[];
  /** What this program, which started the root, has reaped of it so far. Default: not known. */
  readonly reapedByUs?: Counters;
}

/** A sum over one tree, from sweep to sweep. */
export class LastingSums {
  readonly #width: number;
  /** What each living member adds. */
  readonly #contributions = new Map<TreeProcess, Contribution>();
  #living: Counters;
  #reapedByUs: Counters;
  /** What was last seen of members that nobody in the tree has reaped. */
  #lost: Counters;
  #total: Counters;

  /** Sums up this many counters. */
  constructor(width: number) {
    this.#width = width;
    const nothing = new Array(width).fill(0);
    this.#living = nothing;
    this.#reapedByUs = nothing;
    this.#lost = nothing;
    this.#total = nothing;
  }

  /** The sum over all processes that have been members, since their start. It never falls. */
  get total(): Counters {
    return this.#total;
  }

  /** Applies what a sweep has found. */
  apply(changes: SweepChanges): void {
    const { changed, ended, departed = [] } = changes;
    const reapedByUs = changes.reapedByUs ?? this.#reapedByUs;
    if (ended.length > 0) {
      const lost = this.#notReaped(changed, ended, reapedByUs);
      this.#lost = addCounters(this.#lost, lost);
    }
    for (const process of departed) {
      const { total = [] } = this.#contributions.get(process) ?? {};
      this.#lost = addCounters(this.#lost, total);
      this.#replace(process, null);
    }
    for (const process of ended) this.#replace(process, null);
    for (const [process, added] of changed) this.#replace(process, added);
    this.#reapedByUs = reapedByUs;
    const total = addCounters(
      addCounters(this.#lost, reapedByUs),
      this.#living,
    );
    this.#total = larger(total, this.#total);
  }

  #replace(process: TreeProcess, added: Contribution | null): void {
    const before = this.#contributions.get(process);
    if (before !== undefined) {
      this.#living = subtractCounters(this.#living, before.total);
    }
    if (added === null) {
      this.#contributions.delete(process);
      return;
    }
    this.#living = addCounters(this.#living, added.total);
    this.#contributions.set(process, added);
  }

  /**
   * What was last seen of the members that have ended, less what others have reaped of them since.
   *
   * While its parent lives, only the parent can have reaped a process. If the parent has ended too,
   * what it had reaped went with it to its own parent, or another ancestor has reaped in its place
   * (a subreaper, prctl(2)). No tick gets lost by rounding: every time is cut to whole ticks, and a
   * cut sum is never less than the sum of its cut parts.
   */
  #notReaped(
    changed: ReadonlyMap<TreeProcess, Contribution>,
    ended: readonly TreeProcess[],
    reapedByUs: Counters,
  ): Counters {
    const newlyReaped = new Map<number, Counters>();
    const ppids = new Map<number, number>();
    for (const { pid, stat } of this.#contributions.keys()) {
      ppids.set(pid, stat.ppid);
    }
    for (const { pid, stat } of ended) ppids.set(pid, stat.ppid);
    const endedPids = new Set(ended.map(({ pid }) => pid));
    for (const [process, { reaped }] of changed) {
      const before = this.#contributions.get(process)?.reaped ?? reaped;
      newlyReaped.set(process.pid, subtractCounters(reaped, before));
      ppids.set(process.pid, process.stat.ppid);
    }
    const parentOf = (pid: number) => ppids.get(pid);
    const finder = new AncestorFinder(
      parentOf,
      (pid) => isPositive(newlyReaped.get(pid) ?? []),
    );
    let newlyReapedByUs = subtractCounters(reapedByUs, this.#reapedByUs);
    let lost: Counters = new Array(this.#width).fill(0);
    for (const process of ended) {
      let owed = this.#contributions.get(process)?.total ?? [];
      const { ppid } = process.stat;
      const parentLives = ppids.has(ppid) && !endedPids.has(ppid);
      const paid = new Set<number>();
      let at = parentLives ? ppid : finder.nearest(ppid);
      while (at !== undefined && !paid.has(at) && isPositive(owed)) {
        paid.add(at);
        const reaped = newlyReaped.get(at) ?? [];
        newlyReaped.set(at, remaining(reaped, owed));
        owed = remaining(owed, reaped);
        const above = parentLives ? undefined : parentOf(at);
        at = above === undefined ? undefined : finder.nearest(above);
      }
      if (!parentLives) {
        const reaped = newlyReapedByUs;
        newlyReapedByUs = remaining(reaped, owed);
        owed = remaining(owed, reaped);
      }
      lost = addCounters(lost, owed);
    }
    return lost;
  }
}

/** The sum of each two. */
export function addCounters(a: Counters, b: Counters): Counters {
  return a.map((value, i) => addIntegers(value, b[i] ?? 0));
}

/** The difference of each two. */
export function subtractCounters(a: Counters, b: Counters): Counters {
  return a.map((value, i) => subtractIntegers(value, b[i] ?? 0));
}

function isPositive(counters: Counters): boolean {
  return counters.some((value) => value > 0);
}

/** `debt - payment`, not below 0. */
function remaining(debt: Counters, payment: Counters): Counters {
  return larger(subtractCounters(debt, payment), []);
}

/** The larger of each two. */
function larger(a: Counters, b: Counters): Counters {
  return a.map((value, i) => value > (b[i] ?? 0) ? value : b[i] ?? 0);
}
