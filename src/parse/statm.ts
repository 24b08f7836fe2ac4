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

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { type NumberField, parseNumberLine } from "./_scan.ts";

/**
 * What `statm` holds, in pages. All fields are 0 for a process without memory: a zombie, a kernel
 * thread, one that is exiting.
 */
export interface Statm {
  /** Virtual size. */
  readonly size: Integer;
  /** Resident pages: anonymous, file and shared memory together. */
  readonly resident: Integer;
  /** Resident pages that are backed by a file or are shared memory. */
  readonly shared: Integer;
  /** Size of the program's code. */
  readonly text: Integer;
  /** Size of data and stack. */
  readonly data: Integer;
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
 * @throws {ProcParseError} If a field is missing or is not a whole number, or the line is cut.
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
  const values = parseNumberLine("statm", text, 0, FIELDS, FIELDS.length);
  const [size, resident, shared, code, , data] = values;
  if (
    size === undefined || resident === undefined || shared === undefined ||
    code === undefined || data === undefined
  ) {
    throw new ProcParseError("statm", { field: "data", text });
  }
  return { size, resident, shared, text: code, data };
}
