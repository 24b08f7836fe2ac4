/**
 * Files of a key and named numbers on each line: `io.stat` of a cgroup v2, whose keys are devices.
 * See "Nested keyed" in the kernel's Documentation/admin-guide/cgroup-v2.rst.
 *
 * ```text
 * 8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0
 * 8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252 dbytes=50331648 dios=3021
 * ```
 *
 * Some kernels print a device that has no numbers yet, and no newline behind it: the next device
 * then stands on the same line, as in `7:7 7:6 7:5 rbytes=28672 wbytes=0`, or the file ends after a
 * space.
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

/** What a nested keyed file holds. */
export interface NestedKeyed extends PartlyMalformed {
  /**
   * The numbers by key and name, in the file's order; null if the text of one makes no sense. A key
   * may have none. The key of a device that the kernel cannot name is `(unknown)`. A name whose
   * value is `max` or a fraction (`cost.vrate=100.00`) is left out.
   */
  readonly values: ReadonlyMap<string, ReadonlyMap<string, Integer | null>>;
}

/**
 * Parses the text of a nested keyed file called `file`. An empty file has no keys.
 *
 * @throws {ProcParseError} If no line starts with a key, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseNestedKeyed } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const { values } = parseNestedKeyed("io.stat", "8:0 rbytes=4096 wbytes=0\n");
 * assertEquals(values.get("8:0")?.get("rbytes"), 4096);
 * ```
 */
export function parseNestedKeyed(file: string, text: string): NestedKeyed {
  const keys = new Map<string, Map<string, Integer | null>>();
  if (text === "") return { values: keys };
  const faults = new FieldFaults();
  const tail = text.slice(text.lastIndexOf("\n") + 1);
  const closed = tail.endsWith(" ") && !tail.includes("=");
  for (const line of parseLines(file, closed ? `${text}\n` : text)) {
    let values: Map<string, Integer | null> | undefined;
    for (const word of line.split(" ")) {
      if (word === "") continue;
      const equals = word.indexOf("=");
      if (equals < 0) {
        values = keys.get(word) ?? new Map();
        keys.set(word, values);
        continue;
      }
      if (values === undefined) {
        faults.note(new ProcParseError(file, { field: "a key", text: line }));
        break;
      }
      const name = word.slice(0, equals);
      try {
        const value = parseKeyedValue(file, name, word.slice(equals + 1));
        if (value !== null) values.set(name, value);
      } catch (error) {
        faults.note(error);
        values.set(name, null);
      }
    }
  }
  if (keys.size === 0) throw notOfItsKind(file, text);
  return { values: keys, ...faults.noted };
}
