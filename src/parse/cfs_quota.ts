/**
 * `cpu.cfs_quota_us` of a cgroup v1: how much CPU time the group may use in each period, whose
 * length is in `cpu.cfs_period_us`. See "Management" in the kernel's
 * Documentation/scheduler/sched-bwc.rst.
 *
 * ```text
 * 150000
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { parseCount, parseLines } from "./_scan.ts";

const FILE = "cpu.cfs_quota_us";

/**
 * The microseconds in the text of `cpu.cfs_quota_us`; null for a negative number, no limit.
 *
 * @throws {ProcParseError} If it is not one whole number other than 0.
 *
 * @example
 * ```ts
 * import { parseCfsQuota } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCfsQuota("50000\n"), 50_000);
 * assertEquals(parseCfsQuota("-1\n"), null);
 * ```
 */
export function parseCfsQuota(text: string): number | null {
  const [value = "", second] = parseLines(FILE, text);
  const isNegative = value.startsWith("-");
  const digits = isNegative ? value.slice(1) : value;
  const count = second === undefined
    ? parseCount(FILE, "the quota", digits)
    : 0;
  if (count === 0) throw new ProcParseError(FILE, { field: "the quota", text });
  return isNegative ? null : count;
}

/**
 * The microseconds in the text of `cpu.cfs_period_us`.
 *
 * @throws {ProcParseError} If it is not one whole number above 0.
 *
 * @example
 * ```ts
 * import { parseCfsPeriod } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCfsPeriod("100000\n"), 100_000);
 * ```
 */
export function parseCfsPeriod(text: string): number {
  const file = "cpu.cfs_period_us";
  const [value = "", second] = parseLines(file, text);
  const count = second === undefined
    ? parseCount(file, "the period", value)
    : 0;
  if (count === 0) {
    throw new ProcParseError(file, { field: "the period", text });
  }
  return count;
}
