/**
 * The time since boot, and the ages of processes by it.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { UnreadReason } from "../kernel/proc_reader.ts";

/** Seconds, or why they are not known; `"clock"`: by two clocks that do not agree. */
export type KnownSeconds =
  | { readonly value: number; readonly reason: null }
  | { readonly value: null; readonly reason: UnreadReason | "clock" };

/**
 * The seconds since a process started; not known if it seems to start in the future, by more than
 * the tick that its start was cut to.
 *
 * @param uptimeSeconds Seconds since boot.
 */
export function ageAt(
  uptimeSeconds: number,
  startTicks: Integer,
  ticksPerSecond: number,
): KnownSeconds {
  const start = Number(startTicks) / ticksPerSecond;
  return start <= uptimeSeconds + 1 / ticksPerSecond
    ? { value: Math.max(uptimeSeconds - start, 0), reason: null }
    : { value: null, reason: "clock" };
}
