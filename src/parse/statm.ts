/**
 * `/proc/<pid>/statm`: memory in pages. See proc_pid_statm(5).
 *
 * ```text
 * 1994 1306 1203 224 0 173 0
 * ```
 *
 * Exact since Linux 6.16 (commit 82241a83cd15, also in the stable kernels 6.6 and 6.12 of July
 * 2025); from 6.2 to then each value may be off by some pages for each CPU.
 *
 * @module
 */

import type { PartlyMalformed } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  FieldFaults,
  type NumberField,
  parseNumberLine,
  parseUnsigned,
} from "./_scan.ts";

/**
 * What `statm` holds, in pages. All fields are 0 for a process without memory: a zombie, a kernel
 * thread, one that is exiting. A field is null if its text makes no sense.
 */
export interface Statm extends PartlyMalformed {
  /** Virtual size. */
  readonly size: Integer | null;
  /** Resident pages: anonymous, file and shared memory together. */
  readonly resident: Integer | null;
  /** Resident pages that are backed by a file or are shared memory. */
  readonly shared: Integer | null;
  /** Size of the program's code. */
  readonly text: Integer | null;
  /** Size of data and stack. */
  readonly data: Integer | null;
}

const FIELDS: readonly NumberField[] = [
  { name: "size" },
  { name: "resident" },
  { name: "shared" },
  { name: "text" },
  { name: "lib" },
  { name: "data" },
  { name: "dt" },
];

/**
 * Parses the text of `/proc/<pid>/statm`.
 *
 * @throws {ProcParseError} If a field is missing, neither of the first two is a whole number, or
 * the line is cut.
 *
 * @example
 * ```ts
 * import { parseStatm } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseStatm("1994 1306 1203 224 0 173 0\n").resident, 1306);
 * ```
 */
export function parseStatm(text: string): Statm {
  let values: readonly (Integer | null)[];
  try {
    values = parseNumberLine("statm", text, 0, FIELDS, FIELDS.length);
  } catch (error) {
    return parseDamaged(text, error);
  }
  return statmOf(values);
}

function statmOf(values: readonly (Integer | null)[]): Statm {
  const [size = null, resident = null, shared = null, code = null] = values;
  return { size, resident, shared, text: code, data: values[5] ?? null };
}

/** What of a line makes sense of which not all does; throws the error if that is too little. */
function parseDamaged(text: string, error: unknown): Statm {
  const words = text.slice(0, -1).split(" ");
  if (!text.endsWith("\n") || words.length < FIELDS.length) throw error;
  const faults = new FieldFaults();
  const values = FIELDS.map(({ name }, i) =>
    faults.attempt(() => parseUnsigned("statm", name, words[i] ?? ""))
  );
  if (values[0] === null && values[1] === null) throw error;
  return { ...statmOf(values), ...faults.noted };
}
