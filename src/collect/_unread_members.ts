/**
 * Members whose counters cannot be read, and whether what they have used is in the sum of the tree
 * once they have ended.
 *
 * Whoever reaps a process gets its io, see wait(2), and its page faults with it, which everybody
 * may read (`cminflt`, proc_pid_stat(5)): so a parent whose count of them has grown by the child's
 * has reaped it. A child whose parent ignores SIGCHLD adds to nobody.
 */

import { addIntegers, type Integer, subtractIntegers } from "../integer.ts";
import {
  type CounterReasons,
  joinCounterReasons,
} from "../model/null_reason.ts";
import { AncestorFinder } from "../tree/family.ts";
import type { TreeProcess } from "../tree/tree_process.ts";

/** The members of a sample. */
export interface Members {
  /** Those that live, or lived when the sample began. */
  readonly living: Iterable<TreeProcess>;
  /** Those that have ended since the sample before. */
  readonly ended: readonly TreeProcess[];
  /** Those that have left the tree. */
  readonly departed: readonly TreeProcess[];
}

/** What has ended below a process that lives. */
interface Owed {
  readonly ancestor: TreeProcess;
  /** The faults of reaped children that it had before. */
  readonly before: Integer;
  /** The faults that it gets if all of them are reaped. */
  readonly faults: Integer;
  /** Why which counters of them were not known; null: all were. */
  readonly unknown: CounterReasons | null;
}

/** Follows the members that cannot be read, from sample to sample. */
export class UnreadMembers {
  readonly #living = new Map<TreeProcess, CounterReasons>();
  /** The faults of reaped children, of each member in the sample before. */
  #faults = new Map<TreeProcess, Integer>();
  /** What may be reaped by the next sample: a sweep may read a parent before it has reaped. */
  #owed: readonly Owed[] = [];
  /** Why what has ended will not be known any more; null: all is. */
  #lost: CounterReasons | null = null;

  /** Why the counters of a member were not known when it was read last; null if they were. */
  whyUnknown(process: TreeProcess): CounterReasons | null {
    return this.#living.get(process) ?? null;
  }

  /** Takes note of why which counters of a member are not known. */
  note(process: TreeProcess, unknown: CounterReasons): void {
    if (unknown.some((reason) => reason !== null)) {
      this.#living.set(process, unknown);
    } else this.forget(process);
  }

  /** Takes note that all counters of a member are known. */
  forget(process: TreeProcess): void {
    this.#living.delete(process);
  }

  /** Ends a sample; returns why which sums over the tree are not known, null if all are. */
  end({ living, ended, departed }: Members): CounterReasons | null {
    if (this.#living.size === 0 && this.#owed.length === 0) return this.#lost;
    const alive = new Set(living).difference(new Set(ended));
    for (const owed of this.#owed) {
      if (!alive.has(owed.ancestor) || !isPaid(owed)) this.#lose(owed.unknown);
    }
    this.#owed = this.#owedBy(alive, ended).filter((owed) => !isPaid(owed));
    for (const process of ended) this.#living.delete(process);
    for (const process of departed) {
      this.#lose(this.whyUnknown(process));
      this.#living.delete(process);
    }
    this.#faults = new Map();
    if (this.#living.size > 0) {
      for (const one of alive) this.#faults.set(one, one.stat.cminflt);
    }
    return [
      ...this.#living.values(),
      ...this.#owed.map(({ unknown }) => unknown),
    ].reduce(joinCounterReasons, this.#lost);
  }

  #lose(unknown: CounterReasons | null): void {
    this.#lost = joinCounterReasons(this.#lost, unknown);
  }

  /** What the members that live get, below which one has ended that could not be read. */
  #owedBy(
    alive: ReadonlySet<TreeProcess>,
    ended: readonly TreeProcess[],
  ): Owed[] {
    if (!ended.some((process) => this.#living.has(process))) return [];
    const byPid = new Map(Array.from(alive, (one) => [one.pid, one]));
    const parents = new Map(ended.map(({ pid, stat }) => [pid, stat.ppid]));
    const finder = new AncestorFinder(
      (pid) => parents.get(pid),
      (pid) => byPid.has(pid),
    );
    const owed = new Map<TreeProcess, Owed>();
    for (const process of ended) {
      const { ppid, minflt, cminflt } = process.stat;
      const unknown = this.whyUnknown(process);
      const ancestor = byPid.get(finder.nearest(ppid) ?? -1);
      const before = ancestor && this.#faults.get(ancestor);
      if (ancestor === undefined || before === undefined) {
        this.#lose(unknown);
        continue;
      }
      const others = owed.get(ancestor);
      owed.set(ancestor, {
        ancestor,
        before,
        faults: addIntegers(
          others?.faults ?? 0,
          addIntegers(minflt, cminflt),
        ),
        unknown: joinCounterReasons(others?.unknown ?? null, unknown),
      });
    }
    return [...owed.values()];
  }
}

/** Whether the children were reaped, so that the counters of their ancestor have theirs. */
function isPaid({ ancestor, before, faults, unknown }: Owed): boolean {
  if (unknown === null) return true;
  const { cminflt } = ancestor.stat;
  return faults > 0 && subtractIntegers(cminflt, before) >= faults;
}
