/**
 * `/proc/<pid>/maps`: the ranges of addresses that a process has mapped. See proc_pid_maps(5).
 *
 * ```text
 * 563ab31c3000-563ab31c5000 r--p 00000000 fe:00 260386                     /usr/bin/head
 * 7ffe64c3b000-7ffe64c5c000 rw-p 00000000 00:00 0                          [stack]
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseAddress, parseLines } from "./_scan.ts";

/** A range of addresses that is mapped. */
export interface MappedRange {
  /** Its first address. */
  readonly start: Integer;
  /** The first address behind it. */
  readonly end: Integer;
  /**
   * The mapped file, ` (deleted)` included, or a name like `[heap]`; empty for memory without a
   * name. Bytes that are not UTF-8 are U+FFFD. The kernel escapes a newline as `\012` and nothing
   * else: those four characters are read as a newline.
   */
  readonly pathname: string;
}

const RANGE =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) \S+ [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ \d+ *(.*)$/s;

/**
 * Parses the text of `/proc/<pid>/maps`; no ranges for a zombie and a kernel thread.
 *
 * @throws {ProcParseError} If a line is no range of addresses, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseMaps } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const [range] = parseMaps("1000-3000 r-xp 00000000 fe:00 7    /usr/bin/head\n");
 * assertEquals(range?.pathname, "/usr/bin/head");
 * ```
 */
export function parseMaps(text: string): MappedRange[] {
  if (text === "") return [];
  return parseLines("maps", text).map((line) => {
    const [, start, end, pathname] = RANGE.exec(line) ?? [];
    if (start === undefined || end === undefined || pathname === undefined) {
      throw new ProcParseError("maps", { field: "a range", text: line });
    }
    return {
      start: parseAddress(start),
      end: parseAddress(end),
      pathname: pathname.replaceAll("\\012", "\n"),
    };
  });
}
