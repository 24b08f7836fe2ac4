/**
 * The kernel's lists of CPUs, as in `Cpus_allowed_list` of proc_pid_status(5) and in
 * `/sys/devices/system/cpu/online`. See "List format" in cpuset(7).
 *
 * ```text
 * 0-3,8
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";

/** CPUs that follow each other, both ends included. */
export interface CpuRange {
  /** The lowest CPU. */
  readonly first: number;
  /** The highest CPU. */
  readonly last: number;
}

const RANGE = /^(\d{1,6})(?:-(\d{1,6}))?$/;

/**
 * Parses a list of CPUs; an empty list is `[]`.
 *
 * @throws {ProcParseError} If a part is neither a CPU nor a range, or the ranges do not ascend.
 *
 * @example
 * ```ts
 * import { parseCpuList } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const ranges = parseCpuList("online", { field: "CPUs", text: "0-3,8" });
 * assertEquals(ranges, [{ first: 0, last: 3 }, { first: 8, last: 8 }]);
 * ```
 */
export function parseCpuList(
  file: string,
  list: { readonly field: string; readonly text: string },
): CpuRange[] {
  const { field, text } = list;
  const ranges: CpuRange[] = [];
  if (text === "") return ranges;
  let next = 0;
  for (const part of text.split(",")) {
    const match = RANGE.exec(part);
    const first = Number(match?.[1] ?? NaN);
    const last = Number(match?.[2] ?? match?.[1] ?? NaN);
    if (!(first >= next && last >= first)) {
      throw new ProcParseError(file, { field, text });
    }
    ranges.push({ first, last });
    next = last + 1;
  }
  return ranges;
}

/**
 * How many CPUs are in `a` and, if it is given, also in `b`.
 *
 * @example
 * ```ts
 * import { countCpus } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countCpus([{ first: 0, last: 3 }], [{ first: 2, last: 9 }]), 2);
 * ```
 */
export function countCpus(
  a: readonly CpuRange[],
  b?: readonly CpuRange[],
): number {
  let count = 0;
  for (const range of a) {
    if (b === undefined) {
      count += range.last - range.first + 1;
      continue;
    }
    for (const other of b) {
      const first = Math.max(range.first, other.first);
      const last = Math.min(range.last, other.last);
      count += Math.max(0, last - first + 1);
    }
  }
  return count;
}
