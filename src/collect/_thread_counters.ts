/** Counters of a thread, and whose they are after another thread has run a program. */

import type { Integer } from "../integer.ts";
import {
  addCounters,
  type Counters,
  subtractCounters,
} from "../tree/lasting_sums.ts";
import { RisingCounters } from "../tree/rising_counters.ts";

/**
 * Counters of one kind of a thread. They are held where the kernel's fall, see `RisingCounters`,
 * and go on from where they were where another thread has taken this one's place.
 */
export class ThreadCounters {
  #rising: RisingCounters;
  /** What is added as another thread has taken its place; null: nothing. */
  #added: Counters | null = null;
  #raw: Counters;
  #held: Counters;
  /** Whether nobody knows what the thread had counted before that is read next. */
  #isUnknown = false;

  /** Starts with what the kernel counts now. */
  constructor(now: Counters) {
    this.#rising = new RisingCounters(now);
    this.#raw = now;
    this.#held = now;
  }

  /** What the kernel counted when it was last read. */
  get raw(): Counters {
    return this.#raw;
  }

  /** What they are held at. */
  get held(): Counters {
    return this.#held;
  }

  /** What they are held at, given what the kernel counts now. */
  next(now: Counters): Counters {
    if (this.#isUnknown) this.goOnFrom(now);
    const risen = this.#rising.next(now);
    this.#raw = now;
    this.#held = this.#added === null ? risen : addCounters(risen, this.#added);
    return this.#held;
  }

  /**
   * Counts on for a thread of which the kernel had counted this much; null: nobody knows, so that
   * nothing is added before it was read twice.
   */
  goOnFrom(raw: Counters | null): void {
    this.#isUnknown = raw === null;
    if (raw === null) return;
    this.#added = subtractCounters(this.#held, raw);
    this.#rising = new RisingCounters(raw);
    this.#raw = raw;
  }
}

/** A thread of a process as it was last read. */
export interface Candidate {
  /** Its times in user mode and in the kernel, its page faults, then counters that never fall. */
  readonly cpu: ThreadCounters;
}

/** How much one thread can have used since they were read. */
export interface Growth {
  /** CPU time. */
  readonly ticks: number;
  /** Page faults, as far as the process shows; it may have had more since. */
  readonly faults: number;
}

/** The threads that may go on as another one. */
export interface Successors<Thread extends Candidate> {
  /** All that may. */
  readonly possible: readonly Thread[];
  /** Those of them whose page faults fit; all if none do. */
  readonly probable: readonly Thread[];
}

/** How far readings of the same time may be apart: each is cut, and split anew each time. */
const SPLIT_TICKS = 2;

/**
 * Which threads may go on as the main one after execve(2): de_thread() of the kernel's fs/exec.c
 * gives it the id and the start of the main thread, and it keeps its own counters. So it is one of
 * those that had counted no more than the main thread has now, and no less than could be used
 * since.
 *
 * @param now What the kernel counts of the main thread now.
 * @param most The most that one thread can have used since they were read.
 */
export function successorsOf<Thread extends Candidate>(
  threads: readonly Thread[],
  now: Counters,
  most: Growth,
): Successors<Thread> {
  const possible = threads.filter(({ cpu: { raw } }) => {
    const used = cpuTicks(now) - cpuTicks(raw);
    return used >= -SPLIT_TICKS && used <= most.ticks &&
      raw.every((value, i) => i < 2 || value <= (now[i] ?? 0));
  });
  const fitting = possible.filter(({ cpu: { raw } }) =>
    faultsIn(now) - faultsIn(raw) <= most.faults
  );
  return { possible, probable: fitting.length > 0 ? fitting : possible };
}

/** Whether it makes no difference for CPU time which of the threads it is; not if there is none. */
export function areAsOne(threads: readonly Candidate[]): boolean {
  const ticks = threads.map(({ cpu }) => cpuTicks(cpu.raw));
  return ticks.length > 0 &&
    Math.max(...ticks) - Math.min(...ticks) <= SPLIT_TICKS;
}

/** Of each counter the most; null if there are none. */
export function mostOf(counters: readonly Counters[]): Counters | null {
  const [first, ...others] = counters;
  if (first === undefined) return null;
  return first.map((value, i) =>
    others.reduce((most: Integer, other) => {
      const one = other[i] ?? 0;
      return one > most ? one : most;
    }, value)
  );
}

/** User and kernel mode together. */
export function cpuTicks([user = 0, kernel = 0]: Counters): number {
  return Number(user) + Number(kernel);
}

/** Minor and major ones. */
export function faultsIn([, , minor = 0, major = 0]: Counters): number {
  return Number(minor) + Number(major);
}
