/**
 * `cpu.max` of a cgroup v2: how much CPU time the group may use.
 * See "CPU Interface Files" in the kernel's Documentation/admin-guide/cgroup-v2.rst.
 *
 * ```text
 * 150000 100000
 * max 100000
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { parseCount } from "./_scan.ts";

/** What `cpu.max` holds. */
export interface CpuMax {
  /** Microseconds of CPU time that the group may use in each period; null: no limit. */
  readonly quotaMicroseconds: number | null;
  /** Microseconds of a period. */
  readonly periodMicroseconds: number;
}

/**
 * Parses the text of `cpu.max`.
 *
 * @throws {ProcParseError} If it is not a quota (or `max`) and a period, both above 0.
 *
 * @example
 * ```ts
 * import { parseCpuMax } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCpuMax("50000 100000\n").quotaMicroseconds, 50_000);
 * ```
 */
export function parseCpuMax(text: string): CpuMax {
  const match = /^(\S+) (\S+)\n$/.exec(text);
  const [, quota, period] = match ?? [];
  if (quota === undefined || period === undefined) {
    throw new ProcParseError("cpu.max", { field: "$MAX $PERIOD", text });
  }
  return {
    quotaMicroseconds: quota === "max" ? null : microseconds("$MAX", quota),
    periodMicroseconds: microseconds("$PERIOD", period),
  };
}

function microseconds(name: string, text: string): number {
  const count = parseCount("cpu.max", name, text);
  if (count === 0) throw new ProcParseError("cpu.max", { field: name, text });
  return count;
}
