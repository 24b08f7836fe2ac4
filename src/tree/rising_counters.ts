/**
 * Counters of a process, held so that none ever falls while it lives.
 *
 * The kernel's should only grow. They fall all the same: by a tick or two and back again, as some
 * kernels split a time anew between user mode and the kernel each time it is asked for; or by much,
 * and count on from there, as some did when a guest moved to another host. The open file says that
 * it is the same process, so that what it had used before has been counted and stays so.
 *
 * @module
 */

import { addIntegers, type Integer, subtractIntegers } from "../integer.ts";
import type { Stat } from "../parse/stat.ts";
import type { Counters } from "./lasting_sums.ts";

/**
 * A counter that has fallen by no more than this is expected to come back: it is held until it
 * does. One that has fallen by more starts again: what it grows by from there on is added.
 */
const MOST_OF_A_DIP = 10;

/** Counters of one thing while it lives, always in the same order. */
export class RisingCounters {
  /** What is added to what the kernel counts. */
  #added: Counters;
  #held: Counters;

  /** Holds them at what they are now. */
  constructor(now: Counters) {
    this.#added = now.map(() => 0);
    this.#held = now;
  }

  /** What they are held at, given what the kernel counts now. */
  next(now: Counters): Counters {
    const held = this.#held;
    if (now.every((value, i) => this.#sum(value, i) >= (held[i] ?? 0))) {
      this.#held = now.map((value, i) => this.#sum(value, i));
      return this.#held;
    }
    this.#added = now.map((value, i) => {
      const fall = subtractIntegers(held[i] ?? 0, this.#sum(value, i));
      return addIntegers(
        this.#added[i] ?? 0,
        fall > MOST_OF_A_DIP ? fall : 0,
      );
    });
    this.#held = now.map((value, i) => {
      const sum = this.#sum(value, i);
      const before = held[i] ?? 0;
      return sum > before ? sum : before;
    });
    return this.#held;
  }

  #sum(value: Integer, index: number): Integer {
    const added = this.#added[index] ?? 0;
    return added === 0 ? value : addIntegers(value, added);
  }
}

/** The `stat` of a process while it lives, with counters that never fall. */
export class RisingStat {
  readonly #counters: RisingCounters;
  #read: Stat;
  #held: Stat;

  /** Holds the counters at what they were in a `stat`. */
  constructor(before: Stat) {
    this.#counters = new RisingCounters(countersOf(before));
    this.#read = before;
    this.#held = before;
  }

  /** What to take for the `stat` that was read now; the same object while that is. */
  next(now: Stat): Stat {
    if (now === this.#read) return this.#held;
    this.#read = now;
    this.#held = withCounters(now, this.#counters.next(countersOf(now)));
    return this.#held;
  }
}

/** Whether some counter of a `stat` is below what it was. */
export function hasFallen(before: Stat, now: Stat): boolean {
  return now.utime < before.utime || now.stime < before.stime ||
    now.cutime < before.cutime || now.cstime < before.cstime ||
    now.minflt < before.minflt || now.majflt < before.majflt ||
    now.cminflt < before.cminflt || now.cmajflt < before.cmajflt ||
    (now.delayacctBlkioTicks ?? 0) < (before.delayacctBlkioTicks ?? 0);
}

function countersOf(stat: Stat): Counters {
  return [
    stat.utime,
    stat.stime,
    stat.cutime,
    stat.cstime,
    stat.minflt,
    stat.majflt,
    stat.cminflt,
    stat.cmajflt,
    stat.delayacctBlkioTicks ?? 0,
  ];
}

function withCounters(stat: Stat, counters: Counters): Stat {
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = counters;
  const [, , , , minflt = 0, majflt = 0, cminflt = 0, cmajflt = 0] = counters;
  const delay = stat.delayacctBlkioTicks;
  return {
    ...stat,
    utime,
    stime,
    cutime,
    cstime,
    minflt,
    majflt,
    cminflt,
    cmajflt,
    delayacctBlkioTicks: delay === null ? null : counters[8] ?? delay,
  };
}
