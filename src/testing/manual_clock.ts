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

  /**
   * Stands at these times.
   *
   * @throws {RangeError} If one is not finite.
   */
  constructor(options: ManualClockOptions = {}) {
    const { epochMs = 0, monotonicMs = 0 } = options;
    checkTime("epochMs", epochMs);
    checkTime("monotonicMs", monotonicMs);
    this.#epochMs = epochMs;
    this.#monotonicMs = monotonicMs;
  }

  /**
   * Lets this many seconds pass.
   *
   * @throws {RangeError} If they are below 0, as a monotonic clock never falls, or not finite.
   */
  pass(seconds: number): void {
    if (!Number.isFinite(seconds) || seconds < 0) {
      throw new RangeError(
        `Cannot let ${seconds} seconds pass: seconds is a finite number, 0 or above`,
      );
    }
    this.#epochMs += seconds * 1000;
    this.#monotonicMs += seconds * 1000;
  }

  /**
   * Steps the wall clock alone, back if the seconds are below 0: as when a person or NTP sets
   * it.
   *
   * @throws {RangeError} If they are not finite.
   */
  step(seconds: number): void {
    if (!Number.isFinite(seconds)) {
      throw new RangeError(
        `Cannot step ${seconds} seconds: seconds is a finite number`,
      );
    }
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

function checkTime(name: keyof ManualClockOptions, value: number): void {
  if (Number.isFinite(value)) return;
  throw new RangeError(
    `Cannot set a clock to ${name} ${value}: it is a finite number`,
  );
}
