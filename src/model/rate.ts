/**
 * How fast counters grow, and what bounds a share of the CPUs.
 *
 * @module
 */

import { type Integer, subtractIntegers } from "../integer.ts";
import type { NullReason } from "./null_reason.ts";

/** How fast a counter grew, per second, or why that is not known. */
export interface Rate {
  /** Per second; null if it is not known. */
  readonly value: number | null;
  /** Why it is not known; null if it is, and if there was no earlier reading. */
  readonly reason: NullReason | null;
}

/** The rate of what has not been read before. */
export const NO_RATE: Rate = { value: null, reason: null };

/**
 * How fast a counter, which may have a fraction, grew between two readings: the one place that
 * decides what a counter that falls means.
 *
 * @param before The earlier reading; null if there was none.
 */
export function rateBetween(
  before: Integer | null,
  now: Integer,
  seconds: number,
): Rate {
  if (before === null) return NO_RATE;
  if (now < before) return { value: null, reason: "counter" };
  if (!(seconds > 0)) return { value: null, reason: "clock" };
  const growth = typeof before === "number" && typeof now === "number"
    ? now - before
    : Number(subtractIntegers(now, before));
  return { value: growth / seconds, reason: null };
}

/** An age is the difference of two times that were each cut to a tick. */
export const AGE_ERROR_TICKS = 2;

/**
 * Whether all of a process's window lies in the interval between two samples, as that of one that
 * was measured in both or was born within it. A longer window is that of a process which was first
 * seen late.
 */
export function isWithinInterval(
  windowSeconds: number,
  intervalSeconds: number,
  ticksPerSecond: number,
): boolean {
  return intervalSeconds > 0 &&
    windowSeconds <= intervalSeconds + AGE_ERROR_TICKS / ticksPerSecond;
}

/**
 * A percentage of a process or thread, which is over a window of its own, as one of the interval;
 * null: it is not known. A longer window is that of a process which was first seen late, and is
 * taken to be even.
 */
export function percentageOfInterval(
  percentage: number | null,
  windowSeconds: number | null,
  intervalSeconds: number | null,
  ticksPerSecond: number,
): number | null {
  if (
    percentage === null || windowSeconds === null || intervalSeconds === null
  ) return percentage;
  return isWithinInterval(windowSeconds, intervalSeconds, ticksPerSecond)
    ? percentage * (windowSeconds / intervalSeconds)
    : percentage;
}

/** The highest percentage of one core that so many cores allow; null: not known, no bound. */
export function percentOfCores(cores: number | null): number {
  return 100 * (cores ?? Infinity);
}

/** The larger of two numbers of which one may not be known; null if neither is. */
export function larger(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}
