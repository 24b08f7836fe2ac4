/**
 * Sums over a tree that ended processes stay part of, by the kernel's own accounting.
 *
 * A process that is waited for leaves its CPU time, and that of the children it waited for itself, in its parent's `cutime` and
 * `cstime` (proc_pid_stat(5), times(2)), and its io in its parent's `io`. The sum over the living members so counts every
 * waited-for descendant once. A child whose parent ignores SIGCHLD, or which is waited for outside the tree, is credited to
 * nobody in it: what was last seen of it is kept.
 *
 * @module
 */

import { addIntegers, type Integer, subtractIntegers } from "../integer.ts";
import type { Member } from "./tree.ts";

/** Counters that only grow, always in the same order. */
export type Counters = readonly Integer[];

/** What a living process adds to the sum. */
export interface Entry {
  /** Its counters, those of waited-for children included. */
  readonly total: Counters;
  /** The part that grows when it waits for a child. */
  readonly credit: Counters;
}

/** What a sweep has found. */
export interface Balance {
  /** What living members add that are new or whose counters may have changed; the others add what they did before. */
  readonly changed: ReadonlyMap<Member, Entry>;
  /** The members that have ended. */
  readonly ended: readonly Member[];
  /** The members that have left the tree and live: what they have added stays. Default: none. */
  readonly left?: readonly Member[];
  /** What the root's parent, outside the tree, has been credited for the root since its start. Default: not known. */
  readonly outside?: Counters;
}

/** A sum over one tree, from sweep to sweep. */
export class Ledger {
  readonly #width: number;
  /** What each living member adds. */
  readonly #entries = new Map<Member, Entry>();
  #living: Counters;
  #outside: Counters;
  /** What was last seen of members that nobody in the tree has waited for. */
  #lost: Counters;
  #total: Counters;

  /** Sums up so many counters. */
  constructor(width: number) {
    this.#width = width;
    const nothing = new Array(width).fill(0);
    this.#living =
      this.#outside =
      this.#lost =
      this.#total =
        nothing;
  }

  /** The sum over all processes that have been members, since their start. It never falls. */
  get total(): Counters {
    return this.#total;
  }

  /** Takes in a sweep. */
  settle(balance: Balance): void {
    const { changed, ended, left = [], outside = this.#outside } = balance;
    if (ended.length > 0) {
      const owed = this.#uncredited({ changed, ended, outside });
      this.#lost = add(this.#lost, owed);
    }
    for (const member of left) {
      this.#lost = add(this.#lost, this.#entries.get(member)?.total ?? []);
      this.#replace(member, null);
    }
    for (const member of ended) this.#replace(member, null);
    for (const [member, entry] of changed) this.#replace(member, entry);
    this.#outside = outside;
    const total = add(add(this.#lost, outside), this.#living);
    const before = this.#total;
    this.#total = total.map((value, i) => greater(value, before[i] ?? 0));
  }

  #replace(member: Member, entry: Entry | null): void {
    const before = this.#entries.get(member);
    if (before !== undefined) {
      this.#living = subtract(this.#living, before.total);
    }
    if (entry === null) {
      this.#entries.delete(member);
      return;
    }
    this.#living = add(this.#living, entry.total);
    this.#entries.set(member, entry);
  }

  /**
   * What was last seen of the members that have ended, less what has been credited for them since. Only the parent can have waited for
   * a process while it lives. Where it has ended too, what it was credited came with it to its own parent, or another ancestor has
   * waited in its place (a subreaper, prctl(2)). No tick goes astray by
   * rounding: every time is cut to whole ticks, and a cut sum is never less than the sum of its cut parts.
   */
  #uncredited(balance: Required<Omit<Balance, "left">>): Counters {
    const credits = new Map<number, Counters>();
    const ppids = new Map<number, number>();
    for (const { pid, stat } of this.#entries.keys()) ppids.set(pid, stat.ppid);
    for (const { pid, stat } of balance.ended) ppids.set(pid, stat.ppid);
    const endedPids = new Set(balance.ended.map(({ pid }) => pid));
    for (const [member, { credit }] of balance.changed) {
      const before = this.#entries.get(member)?.credit ?? credit;
      credits.set(member.pid, subtract(credit, before));
      ppids.set(member.pid, member.stat.ppid);
    }
    let left = subtract(balance.outside, this.#outside);
    let lost: Counters = new Array(this.#width).fill(0);
    for (const member of balance.ended) {
      let owed = this.#entries.get(member)?.total ?? [];
      const passed = new Set<number>();
      const { ppid } = member.stat;
      const parentLives = ppids.has(ppid) && !endedPids.has(ppid);
      let at: number | undefined = ppid;
      while (at !== undefined && !passed.has(at)) {
        passed.add(at);
        const credit = credits.get(at);
        if (credit !== undefined) {
          credits.set(at, unpaid(credit, owed));
          owed = unpaid(owed, credit);
        }
        if (parentLives) break;
        at = ppids.get(at);
      }
      if (parentLives) {
        lost = add(lost, owed);
        continue;
      }
      const rest = unpaid(owed, left);
      left = unpaid(left, owed);
      lost = add(lost, rest);
    }
    return lost;
  }
}

function add(a: Counters, b: Counters): Counters {
  return a.map((value, i) => addIntegers(value, b[i] ?? 0));
}

function subtract(a: Counters, b: Counters): Counters {
  return a.map((value, i) => subtractIntegers(value, b[i] ?? 0));
}

/** What remains of a debt after a payment. */
function unpaid(debt: Counters, payment: Counters): Counters {
  return debt.map((value, i) =>
    greater(subtractIntegers(value, payment[i] ?? 0), 0)
  );
}

function greater(a: Integer, b: Integer): Integer {
  return a > b ? a : b;
}
