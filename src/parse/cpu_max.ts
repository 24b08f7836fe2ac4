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
import { parseCount } from "./_fields.ts";

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
 * @throws {ProcParseError} If it is not a quota (or `max`) and a period above 0.
 */
export function parseCpuMax(text: string): CpuMax {
  const match = /^(\S+) (\S+)\n$/.exec(text);
  const [, quota, period] = match ?? [];
  if (quota === undefined || period === undefined) {
    throw new ProcParseError("cpu.max", { field: "$MAX $PERIOD", text });
  }
  const periodMicroseconds = parseCount("cpu.max", {
    name: "$PERIOD",
    text: period,
  });
  if (periodMicroseconds === 0) {
    throw new ProcParseError("cpu.max", { field: "$PERIOD", text: period });
  }
  return {
    quotaMicroseconds: quota === "max"
      ? null
      : parseCount("cpu.max", { name: "$MAX", text: quota }),
    periodMicroseconds,
  };
}
