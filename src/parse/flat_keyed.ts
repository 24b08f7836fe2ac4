/**
 * Files of a key and a number on each line: `cpu.stat`, `memory.stat`, `memory.events` of a cgroup
 * v2, and `/proc/vmstat`. See "Flat keyed" in the kernel's Documentation/admin-guide/cgroup-v2.rst.
 *
 * ```text
 * usage_usec 368351276
 * user_usec 279804623
 * system_usec 88546653
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseKeyedValue, parseLines } from "./_scan.ts";

/**
 * The numbers in the text of a flat keyed file called `file`, by key, in the file's order. An empty
 * file has none: `cpu.stat.local` of the root group. A key whose value is `max` or a fraction is
 * left out.
 *
 * A number is negative only if a counter that the kernel holds in an `int`, `nr_periods` of
 * `cpu.stat` for one, ran over.
 *
 * @throws {ProcParseError} If a line is not a key and a value, a value is damaged, or the text is
 * cut.
 *
 * @example
 * ```ts
 * import { parseFlatKeyed } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const stat = parseFlatKeyed("cpu.stat", "usage_usec 500\nuser_usec 300\n");
 * assertEquals(stat.get("user_usec"), 300);
 * ```
 */
export function parseFlatKeyed(
  file: string,
  text: string,
): ReadonlyMap<string, Integer> {
  const values = new Map<string, Integer>();
  if (text === "") return values;
  for (const line of parseLines(file, text)) {
    const space = line.indexOf(" ");
    if (space < 1) {
      throw new ProcParseError(file, { field: "a key", text: line });
    }
    const key = line.slice(0, space);
    const value = parseKeyedValue(file, key, line.slice(space + 1));
    if (value !== null) values.set(key, value);
  }
  return values;
}
