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

import { type PartlyMalformed, ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  FieldFaults,
  notOfItsKind,
  parseLines,
  parseUnsigned,
} from "./_scan.ts";

/** One line of a pressure file; null if a figure is missing, or its text makes no sense. */
export interface PressureLine {
  /** The share of the last 10 seconds, in percent. */
  readonly avg10: number | null;
  /** The share of the last 60 seconds, in percent. */
  readonly avg60: number | null;
  /** The share of the last 300 seconds, in percent. */
  readonly avg300: number | null;
  /** The whole time, in microseconds. */
  readonly total: Integer | null;
}

/** What a pressure file holds. */
export interface Pressure extends PartlyMalformed {
  /** When at least one task waited; null for `irq`. */
  readonly some: PressureLine | null;
  /**
   * When all tasks that could have run waited; null for `cpu` before Linux 5.13. For `cpu` of the
   * whole system it is all 0.
   */
  readonly full: PressureLine | null;
}

const SHARE = /^\d{1,12}\.\d\d$/;

/**
 * Parses the text of a pressure file.
 *
 * @throws {ProcParseError} If there is neither of the two lines, or the text is cut.
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
  const faults = new FieldFaults();
  for (const line of parseLines("pressure", text)) {
    if (line.startsWith("some ")) some = parseLine("some", line, faults);
    else if (line.startsWith("full ")) full = parseLine("full", line, faults);
  }
  if (some === null && full === null) throw notOfItsKind("pressure", text);
  return { some, full, ...faults.noted };
}

function parseLine(
  kind: string,
  line: string,
  faults: FieldFaults,
): PressureLine {
  const read = <T>(name: string, parse: (field: string, text: string) => T) => {
    const head = `${name}=`;
    const word = line.split(" ").find((one) => one.startsWith(head));
    if (word === undefined) return null;
    const text = word.slice(head.length);
    return faults.attempt(() => parse(`${kind} ${name}`, text));
  };
  return {
    avg10: read("avg10", parseShare),
    avg60: read("avg60", parseShare),
    avg300: read("avg300", parseShare),
    total: read(
      "total",
      (field, text) => parseUnsigned("pressure", field, text),
    ),
  };
}

function parseShare(field: string, text: string): number {
  if (!SHARE.test(text)) throw new ProcParseError("pressure", { field, text });
  return Number(text);
}
