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

import { type PartlyMalformed, ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  FieldFaults,
  notOfItsKind,
  parseKeyedValue,
  parseLines,
} from "./_scan.ts";

/** What a flat keyed file holds. */
export interface FlatKeyed extends PartlyMalformed {
  /**
   * The numbers by key, in the file's order; null if the text of one makes no sense. A key whose
   * value is `max` or a fraction is left out.
   */
  readonly values: ReadonlyMap<string, Integer | null>;
}

/**
 * Parses the text of a flat keyed file called `file`. An empty file has no numbers:
 * `cpu.stat.local` of the root group.
 *
 * A number is negative only if a counter that the kernel holds in an `int`, `nr_periods` of
 * `cpu.stat` for one, ran over.
 *
 * @throws {ProcParseError} If no line is a key and a number, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseFlatKeyed } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const { values } = parseFlatKeyed("cpu.stat", "usage_usec 500\nuser_usec 300\n");
 * assertEquals(values.get("user_usec"), 300);
 * ```
 */
export function parseFlatKeyed(file: string, text: string): FlatKeyed {
  const values = new Map<string, Integer | null>();
  if (text === "") return { values };
  const faults = new FieldFaults();
  let isOfItsKind = false;
  let keyless: string | undefined;
  for (const line of parseLines(file, text)) {
    const space = line.indexOf(" ");
    if (space < 1) {
      keyless ??= line;
      continue;
    }
    const key = line.slice(0, space);
    try {
      const value = parseKeyedValue(file, key, line.slice(space + 1));
      isOfItsKind = true;
      if (value !== null) values.set(key, value);
    } catch (error) {
      faults.note(error);
      values.set(key, null);
    }
  }
  if (!isOfItsKind) throw notOfItsKind(file, text);
  if (keyless !== undefined) {
    faults.note(new ProcParseError(file, { field: "a key", text: keyless }));
  }
  return { values, ...faults.noted };
}
