/**
 * `/proc/<pid>/task/<tid>/children`: the children of a thread. See proc_tid_children(5).
 *
 * ```text
 * 8427 8429
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { parseCount } from "./_scan.ts";

/**
 * The process ids in the text of `children`, the oldest child first. A child that ends while the
 * file is read may cost the text others, which do not.
 *
 * @throws {ProcParseError} If the text is anything but whole numbers without a sign, or is cut.
 *
 * @example
 * ```ts
 * import { parseChildren } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseChildren("42 43 "), [42, 43]);
 * ```
 */
export function parseChildren(text: string): number[] {
  const words = text.split(" ");
  // A space stands behind each.
  if (words.pop() !== "") {
    throw new ProcParseError("children", {
      field: "the end of the last pid",
      text,
    });
  }
  return words.map((word) => parseCount("children", "a pid", word));
}
