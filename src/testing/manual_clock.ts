/**
 * A clock that stands where a test puts it.
 *
 * @module
 */

import type { Clock } from "../kernel/clock.ts";

/** Where a clock stands at first. */
export interface ManualClockOptions {
  /**
   * Milliseconds since 1970-01-01 UTC.
   *
   * @default {0}
   */
  readonly epochMs?: number | undefined;
  /**
   * Milliseconds of the monotonic clock.
   *
   * @default {0}
   */
  readonly monotonicMs?: number | undefined;
}

/**
 * A clock that stands where a test puts it.
 *
 * @example
 * ```ts
 * import { ManualClock } from "@procline/procline/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new ManualClock();
 * clock.pass(1.5);
 * clock.step(-3600);
 * assertEquals(clock.monotonicMs(), 1500);
 * ```
 */
export class ManualClock implements Clock {
  #epochMs: number;
  #monotonicMs: number;

  /** Stands at these times. */
  constructor(options: ManualClockOptions = {}) {
    this.#epochMs = options.epochMs ?? 0;
    this.#monotonicMs = options.monotonicMs ?? 0;
  }

  /** Lets this many seconds pass. */
  pass(seconds: number): void {
    this.#epochMs += seconds * 1000;
    this.#monotonicMs += seconds * 1000;
  }

  /**
   * Steps the wall clock alone, back if the seconds are below 0: as when a person or NTP sets
   * it.
   */
  step(seconds: number): void {
    this.#epochMs += seconds * 1000;
  }

  /** Milliseconds since 1970-01-01 UTC. */
  epochMs(): number {
    return this.#epochMs;
  }

  /** Milliseconds of the monotonic clock. */
  monotonicMs(): number {
    return this.#monotonicMs;
  }
}
