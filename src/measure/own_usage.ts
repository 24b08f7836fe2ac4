/**
 * What the sampling program uses itself, and what it has reaped.
 *
 * @module
 */

import type { Clock, SelfUsage } from "../kernel/clock.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import {
  NO_RATE,
  percentOfCores,
  type Rate,
  rateBetween,
} from "../model/rate.ts";
import { parseStat } from "../parse/stat.ts";
import {
  type CpuTicks,
  NO_TICKS,
  reapedTicks,
  ticksBetween,
} from "../model/cpu.ts";

/** What the program had used by a time of the monotonic clock. */
interface PreviousReading {
  readonly cpuSeconds: number;
  readonly atMs: number;
}

/** Follows what the sampling program uses. */
export class OwnUsage {
  readonly #clock: Clock;
  readonly #usage: SelfUsage;
  #previous: PreviousReading | null = null;

  /** Measures windows with a clock. */
  constructor(clock: Clock, usage: SelfUsage) {
    this.#clock = clock;
    this.#usage = usage;
  }

  /** Resident memory of the program in bytes. */
  get rssBytes(): number {
    return this.#usage.rssBytes();
  }

  /**
   * Fixes where the first percentage counts from, unless that is fixed. The first call of a run is
   * slow, as it loads a module: it is made once the first sample is there.
   */
  start(): void {
    this.#previous ??= this.#read();
  }

  /**
   * The share of one core, in percent, that the program has used since it was last asked; none
   * before `start()`, 0 if no time has passed.
   *
   * @param maxCores The CPUs that bound it; null: not known, no bound.
   */
  percentage(maxCores: number | null): Rate {
    const before = this.#previous;
    const now = this.#read();
    this.#previous = now;
    if (before === null) return NO_RATE;
    const seconds = (now.atMs - before.atMs) / 1000;
    const rate = rateBetween(before.cpuSeconds, now.cpuSeconds, seconds);
    if (rate.reason === "counter") return rate;
    const percent = Math.min(100 * (rate.value ?? 0), percentOfCores(maxCores));
    return { value: percent, reason: null };
  }

  #read(): PreviousReading {
    const cpuSeconds = this.#usage.cpuSeconds();
    return { cpuSeconds, atMs: this.#clock.monotonicMs() };
  }
}

/**
 * Follows what this program has reaped. If the root is its only child, that is the root's whole
 * time once it has ended, and the tree's time is exact to its end.
 */
export class OwnReaped {
  readonly #reader: ProcReader;
  readonly #before: CpuTicks;
  #last = NO_TICKS;

  /** Counts from now on. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
    this.#before = this.#read();
  }

  /**
   * The CPU time of children that were reaped since then, which never falls; as last known if it
   * cannot be read.
   */
  ticks(): CpuTicks {
    return ticksBetween(this.#before, this.#read());
  }

  #read(): CpuTicks {
    const stat = this.#reader.read("/proc/self/stat", parseStat).value;
    if (stat === null) return this.#last;
    const { user, kernel } = reapedTicks(stat);
    this.#last = {
      user: Math.max(user, this.#last.user),
      kernel: Math.max(kernel, this.#last.kernel),
    };
    return this.#last;
  }
}
