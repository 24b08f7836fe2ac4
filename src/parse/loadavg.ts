/**
 * `/proc/loadavg`: how many tasks run or wait. See proc_loadavg(5).
 *
 * ```text
 * 0.47 0.24 0.16 5/152 18399
 * ```
 *
 * @module
 */

import { type PartlyMalformed, ProcParseError } from "../errors.ts";
import { FieldFaults, notOfItsKind, parseCount } from "./_scan.ts";

/** What `loadavg` holds; null if the text of a field makes no sense. */
export interface Loadavg extends PartlyMalformed {
  /**
   * Tasks that run, wait for a CPU or sleep without being interruptible (state D), averaged over 1
   * minute.
   */
  readonly load1: number | null;
  /** The same over 5 minutes. */
  readonly load5: number | null;
  /** The same over 15 minutes. */
  readonly load15: number | null;
  /** Threads that run or wait for a CPU at this moment, the reader's included. */
  readonly running: number | null;
  /** Threads that exist. */
  readonly total: number | null;
  /**
   * The process or thread id given out last in the reader's pid namespace; 0 if there was none
   * yet.
   */
  readonly lastPid: number | null;
}

/** Six words; a damaged one may hold anything but a space. */
const LOADAVG = /^(\S+) (\S+) (\S+) ([^\s/]+)\/([^\s/]+) (\S+)\n$/;

const AVERAGE = /^\d{1,12}\.\d\d$/;

/**
 * Parses the text of `/proc/loadavg`.
 *
 * @throws {ProcParseError} If the text is not one line of six words, or none of them makes sense.
 *
 * @example
 * ```ts
 * import { parseLoadavg } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseLoadavg("0.50 0.25 0.10 1/80 4242\n").load1, 0.5);
 * ```
 */
export function parseLoadavg(text: string): Loadavg {
  const match = LOADAVG.exec(text);
  if (match === null) throw notOfItsKind("loadavg", text);
  const [, load1 = "", load5 = "", load15 = "", ...counts] = match;
  const [running = "", total = "", lastPid = ""] = counts;
  const faults = new FieldFaults();
  const count = (field: string, text: string) =>
    faults.attempt(() => parseCount("loadavg", field, text));
  const average = (field: string, text: string) =>
    faults.attempt(() => parseAverage(field, text));
  const fields = {
    load1: average("load1", load1),
    load5: average("load5", load5),
    load15: average("load15", load15),
    running: count("running", running),
    total: count("total", total),
    lastPid: count("last pid", lastPid),
  };
  if (Object.values(fields).every((value) => value === null)) {
    throw notOfItsKind("loadavg", text);
  }
  return { ...fields, ...faults.noted };
}

function parseAverage(field: string, text: string): number {
  if (!AVERAGE.test(text)) {
    throw new ProcParseError("loadavg", { field, text });
  }
  return Number(text);
}
