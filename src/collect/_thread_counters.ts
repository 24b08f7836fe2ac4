/** Counters of a thread, and whose they are after another thread has run a program. */

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
    const risen = this.#rising.next(now);
    this.#raw = now;
    this.#held = this.#added === null ? risen : addCounters(risen, this.#added);
    return this.#held;
  }

  /** Counts on for a thread of which the kernel had counted this much. */
  goOnFrom(raw: Counters): void {
    this.#added = subtractCounters(this.#held, raw);
    this.#rising = new RisingCounters(raw);
    this.#raw = raw;
  }
}

/** A thread of a process as it was last read. */
export interface Candidate {
  /** Its times in user mode and in the kernel, then counters that never fall. */
  readonly cpu: ThreadCounters;
}

/** The thread that goes on as the main one, and whether another may as well be the one. */
export interface Successor<Thread extends Candidate> {
  /** The thread. */
  readonly thread: Thread;
  /** Whether the counters tell which one it is. */
  readonly isSure: boolean;
}

/** How far readings of the same time may be apart: each is cut, and split anew each time. */
const SPLIT_TICKS = 2;

/**
 * Which thread goes on as the main one after execve(2): de_thread() of the kernel's fs/exec.c gives
 * it the id and the start of the main thread, and it keeps its own counters. So it is one of those
 * that had counted no more than the main thread has now, and no less than could be used since.
 *
 * @param now What the kernel counts of the main thread now.
 * @param mostTicks The most that one thread can have used since they were read.
 */
export function successorOf<Thread extends Candidate>(
  threads: readonly Thread[],
  now: Counters,
  mostTicks: number,
): Successor<Thread> | null {
  const possible = threads.filter(({ cpu: { raw } }) => {
    const used = cpuTicks(now) - cpuTicks(raw);
    return used >= -SPLIT_TICKS && used <= mostTicks &&
      raw.every((value, i) => i < 2 || value <= (now[i] ?? 0));
  }).toSorted((a, b) => cpuTicks(b.cpu.raw) - cpuTicks(a.cpu.raw));
  const [first] = possible;
  const last = possible.at(-1);
  if (first === undefined || last === undefined) return null;
  const apart = cpuTicks(first.cpu.raw) - cpuTicks(last.cpu.raw);
  return { thread: first, isSure: apart <= SPLIT_TICKS };
}

/** User and kernel mode together. */
export function cpuTicks([user = 0, kernel = 0]: Counters): number {
  return Number(user) + Number(kernel);
}
