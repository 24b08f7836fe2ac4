/**
 * How long a run lasted, for people.
 *
 * @module
 */

import type { Run, RunEnd } from "./run.ts";

/** A sample is due each interval: an end that comes a day later is by a clock that was set. */
const MOST_LATE_SECONDS = 86_400;
/** The clocks of one run differ by less, unless one was set. */
const MOST_APART_SECONDS = 0.5;

/**
 * How long a run lasted, from its start to its end, in seconds: never less than to its last sample.
 *
 * A clock that nobody sets is preferred where it says something else, but not for a few
 * milliseconds: a replay, which has the wall clock alone, is to say the same.
 *
 * @param run Null: lines without it were read again, and it is known to the last sample alone.
 * @param lastEpochMs When the last sample was taken, by the wall clock; null: that is not known.
 */
export function lengthOfRun(
  run: Run | null,
  end: RunEnd,
  lastEpochMs: number | null,
): number {
  if (run === null) return end.summary.wallSeconds;
  const told = lengthByWallClock(run, end, lastEpochMs);
  const { lastedSeconds = told, summary } = end;
  return Math.abs(lastedSeconds - told) < MOST_APART_SECONDS
    ? told
    : Math.max(lastedSeconds, summary.wallSeconds);
}

/**
 * The same by the wall clock, from the start on and from the last sample on: the former is wrong if
 * the clock was set in between, the latter if samples are missing. Both are too long then, or
 * shorter than can be.
 */
function lengthByWallClock(
  { epochMs, intervalSeconds }: Run,
  { epochMs: endMs, summary: { wallSeconds } }: RunEnd,
  lastEpochMs: number | null,
): number {
  const most = wallSeconds + intervalSeconds + MOST_LATE_SECONDS;
  const lengths = [
    (endMs - epochMs) / 1000,
    ...lastEpochMs === null ? [] : [wallSeconds + (endMs - lastEpochMs) / 1000],
  ].filter((seconds) => seconds >= wallSeconds && seconds <= most);
  return lengths.length === 0 ? wallSeconds : Math.min(...lengths);
}
