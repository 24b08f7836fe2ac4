/**
 * `/proc/uptime`: the time since boot, suspend included. See proc_uptime(5).
 *
 * ```text
 * 7921.84 31403.12
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";

const UPTIME = /^(\d{1,12}\.\d\d) \d+\.\d\d\n$/;
const ANY_UPTIME = /^(\d{1,12}(?:\.(\d{1,9}))?) -?\d+(?:\.\d+)?\n$/;

/** Seconds as they are printed. */
export interface PrintedSeconds {
  /** The seconds. */
  readonly seconds: number;
  /** How many digits stand behind the point. */
  readonly decimals: number;
}

/**
 * The seconds since boot that the text of `/proc/uptime` tells, to a hundredth.
 *
 * A start time in ticks (`starttime` of `stat`) counts on the same clock, CLOCK_BOOTTIME.
 *
 * @throws {ProcParseError} If the text is not two numbers of seconds.
 *
 * @example
 * ```ts
 * import { parseUptime } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseUptime("1000.25 3987.11\n"), 1000.25);
 * ```
 */
export function parseUptime(text: string): number {
  const seconds = UPTIME.exec(text)?.[1];
  if (seconds === undefined) {
    throw new ProcParseError("uptime", { field: "uptime", text });
  }
  return Number(seconds);
}

/**
 * The seconds since boot, or since the start of a container, with any number of decimals: what
 * stands in for the kernel's file, as lxcfs does, prints others (`123.0 456.0`).
 *
 * @throws {ProcParseError} If the text is not two numbers of seconds.
 */
export function parsePrintedUptime(text: string): PrintedSeconds {
  const [, seconds, decimals = ""] = ANY_UPTIME.exec(text) ?? [];
  if (seconds === undefined) {
    throw new ProcParseError("uptime", { field: "uptime", text });
  }
  return { seconds: Number(seconds), decimals: decimals.length };
}
