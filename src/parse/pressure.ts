/**
 * `/proc/pressure/<resource>` and `<resource>.pressure` of a cgroup v2: how long tasks waited for a
 * resource. See the kernel's Documentation/accounting/psi.rst, Linux 4.20.
 *
 * ```text
 * some avg10=2.81 avg60=0.72 avg300=0.47 total=14975985
 * full avg10=0.00 avg60=0.00 avg300=0.00 total=0
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseLines, parseUnsigned } from "./_scan.ts";

/** One line of a pressure file. */
export interface PressureLine {
  /** The share of the last 10 seconds, in percent. */
  readonly avg10: number;
  /** The share of the last 60 seconds, in percent. */
  readonly avg60: number;
  /** The share of the last 300 seconds, in percent. */
  readonly avg300: number;
  /** The whole time, in microseconds. */
  readonly total: Integer;
}

/** What a pressure file holds. */
export interface Pressure {
  /** When at least one task waited; null for `irq`. */
  readonly some: PressureLine | null;
  /**
   * When all tasks that could have run waited; null for `cpu` before Linux 5.13. For `cpu` of the
   * whole system it is all 0.
   */
  readonly full: PressureLine | null;
}

const LINE =
  /^(?:some|full) avg10=(\d{1,12}\.\d\d) avg60=(\d{1,12}\.\d\d) avg300=(\d{1,12}\.\d\d) total=(\d{1,20})(?: |$)/;

/**
 * Parses the text of a pressure file.
 *
 * @throws {ProcParseError} If a line is damaged, there is neither of the two, or the text is cut.
 *
 * @example
 * ```ts
 * import { parsePressure } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const line = "some avg10=1.50 avg60=0.00 avg300=0.00 total=120\n";
 * assertEquals(parsePressure(line).some?.avg10, 1.5);
 * ```
 */
export function parsePressure(text: string): Pressure {
  let some: PressureLine | null = null;
  let full: PressureLine | null = null;
  for (const line of parseLines("pressure", text)) {
    if (line.startsWith("some ")) some = parseLine("some", line);
    else if (line.startsWith("full ")) full = parseLine("full", line);
  }
  if (some === null && full === null) {
    throw new ProcParseError("pressure", { field: "some", text });
  }
  return { some, full };
}

function parseLine(field: string, line: string): PressureLine {
  const [, avg10, avg60, avg300, total] = LINE.exec(line) ?? [];
  if (
    avg10 === undefined || avg60 === undefined || avg300 === undefined ||
    total === undefined
  ) {
    throw new ProcParseError("pressure", { field, text: line });
  }
  return {
    avg10: Number(avg10),
    avg60: Number(avg60),
    avg300: Number(avg300),
    total: parseUnsigned("pressure", "total", total),
  };
}
