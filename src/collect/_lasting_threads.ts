/**
 * Counters of the threads of a process, added up.
 *
 * The kernel keeps some counters for each thread alone, and forgets them when it ends: what was
 * last seen of a thread that has ended is kept here, so that the sum never falls.
 */

import type { Integer } from "../integer.ts";
import { addCounters, type Counters } from "../tree/lasting_sums.ts";
import { RisingCounters } from "../tree/rising_counters.ts";

/** The counters of a thread as they were read. */
export interface ThreadReading {
  /** When it started, in ticks since boot; undefined: not known. */
  readonly start?: Integer;
  /** Those that are added up. */
  readonly counters: Counters;
  /** Others that only grow while it lives. Default: none. */
  readonly others?: Counters;
}

/** The threads of one process that live, and the sum of all that have. */
export class LastingThreads {
  readonly #mainTid: number;
  #living = new Map<number, ThreadReading>();
  #ended: Counters;
  readonly #rising: RisingCounters;

  /** Starts with no thread, and this many counters. */
  constructor(mainTid: number, width: number) {
    this.#mainTid = mainTid;
    this.#ended = new Array(width).fill(0);
    this.#rising = new RisingCounters(this.#ended);
  }

  /**
   * The sum over all threads that there have been, given those that there are now.
   *
   * @param now What was read of each thread, by its id; null: it is there, but could not be read.
   * @param hasExeced Whether the process may have called execve(2) since: then any of its threads
   * may have become the main one, with the counters that it had.
   */
  next(
    now: ReadonlyMap<number, ThreadReading | null>,
    hasExeced: boolean,
  ): Counters {
    const gone = new Set<ThreadReading>();
    for (const [tid, last] of this.#living) if (!now.has(tid)) gone.add(last);
    const living = new Map<number, ThreadReading>();
    for (const [tid, reading] of now) {
      const last = this.#living.get(tid);
      if (reading === null) {
        if (last !== undefined) living.set(tid, last);
        continue;
      }
      living.set(tid, reading);
      if (last === undefined) continue;
      const isMain = tid === this.#mainTid;
      if (isMain && gone.size > 0 && (hasExeced || !isSame(last, reading))) {
        const forerunner = forerunnerOf(reading, [last, ...gone]);
        if (forerunner !== last) gone.add(last);
        if (forerunner !== null) gone.delete(forerunner);
      } else if (!isSame(last, reading)) gone.add(last);
    }
    for (const { counters } of gone) {
      this.#ended = addCounters(this.#ended, counters);
    }
    this.#living = living;
    let sum = this.#ended;
    for (const { counters } of living.values()) {
      sum = addCounters(sum, counters);
    }
    return this.#rising.next(sum);
  }
}

/**
 * Whether a thread id is still that of the same thread. Where starts are not known, one that
 * another thread has taken is told by what has fallen.
 */
function isSame(before: ThreadReading, now: ThreadReading): boolean {
  return before.start === now.start &&
    hasNotFallen(before.others ?? before.counters, now.others ?? now.counters);
}

/**
 * The thread that has become the main one by execve(2): of those whose counters may have grown to
 * what they are now the one that had run the most, so that nothing is counted twice. Null if it is
 * none of them.
 */
function forerunnerOf(
  now: ThreadReading,
  candidates: readonly ThreadReading[],
): ThreadReading | null {
  let most: ThreadReading | null = null;
  for (const one of candidates) {
    const isPossible = hasNotFallen(one.counters, now.counters) &&
      hasNotFallen(one.others ?? [], now.others ?? []);
    if (isPossible && (most === null || ranMore(one, most))) most = one;
  }
  return most;
}

function ranMore(a: ThreadReading, b: ThreadReading): boolean {
  const first = ({ counters, others }: ThreadReading) =>
    others?.[0] ?? counters[0] ?? 0;
  return first(a) > first(b);
}

function hasNotFallen(before: Counters, now: Counters): boolean {
  return before.every((value, i) => value <= (now[i] ?? 0));
}
