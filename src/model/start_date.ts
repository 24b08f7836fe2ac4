/** When processes started, by the calendar. */

import type { Integer } from "../integer.ts";

/** The latest date that JavaScript has, in milliseconds. */
const MAX_EPOCH_MS = 8.64e15;

const SECOND_MS = 1000;

/**
 * When a process started: milliseconds since 1970-01-01 UTC, whole ones. Null if that is not known,
 * or no date: before 1970, or too late for one.
 *
 * @param startTicks Its start, in ticks since boot.
 * @param bootEpochMs What that counts from, see `Sample.bootEpochMs`.
 */
export function startEpochMs(
  startTicks: Integer,
  bootEpochMs: number | null,
  ticksPerSecond: number,
): number | null {
  if (bootEpochMs === null) return null;
  // Both may have a fraction that is an error of arithmetic.
  const epochMs = Math.round(
    bootEpochMs + Number(startTicks) / ticksPerSecond * SECOND_MS,
  );
  return epochMs >= 0 && epochMs <= MAX_EPOCH_MS ? epochMs : null;
}
