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
