/**
 * Files of one number, or `max` for no limit: `memory.current`, `memory.max`, `pids.max` of a
 * cgroup v2. See "New-line separated values" and "Limits" in the kernel's
 * Documentation/admin-guide/cgroup-v2.rst.
 *
 * ```text
 * 268435456
 * max
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseLines, parseUnsigned } from "./_scan.ts";

/**
 * The number in the text of a file called `file`; null for `max`, no limit.
 *
 * @throws {ProcParseError} If the text is not one whole number without a sign, or is cut.
 *
 * @example
 * ```ts
 * import { parseSingleValue } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseSingleValue("pids.max", "max\n"), null);
 * ```
 */
export function parseSingleValue(file: string, text: string): Integer | null {
  const [value = "", second] = parseLines(file, text);
  if (second !== undefined) {
    throw new ProcParseError(file, { field: "the value", text });
  }
  if (value === "max") return null;
  return parseUnsigned(file, "the value", value);
}
