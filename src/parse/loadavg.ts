/**
 * `/proc/loadavg`: how many tasks run or wait. See proc_loadavg(5).
 *
 * ```text
 * 0.47 0.24 0.16 5/152 18399
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { parseCount } from "./_scan.ts";

/** What `loadavg` holds. */
export interface Loadavg {
  /**
   * Tasks that run, wait for a CPU or sleep without being interruptible (state D), averaged over 1
   * minute.
   */
  readonly load1: number;
  /** The same over 5 minutes. */
  readonly load5: number;
  /** The same over 15 minutes. */
  readonly load15: number;
  /** Threads that run or wait for a CPU at this moment, the reader's included. */
  readonly running: number;
  /** Threads that exist. */
  readonly total: number;
  /**
   * The process or thread id given out last in the reader's pid namespace; 0 if there was none
   * yet.
   */
  readonly lastPid: number;
}

const LOADAVG =
  /^(\d{1,12}\.\d\d) (\d{1,12}\.\d\d) (\d{1,12}\.\d\d) (\d+)\/(\d+) (\d+)\n$/;

/**
 * Parses the text of `/proc/loadavg`.
 *
 * @throws {ProcParseError} If the text is not three averages, two counts and an id.
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
  const [, load1, load5, load15, running, total, lastPid] = match ?? [];
  if (
    load1 === undefined || load5 === undefined || load15 === undefined ||
    running === undefined || total === undefined || lastPid === undefined
  ) {
    throw new ProcParseError("loadavg", { field: "loadavg", text });
  }
  return {
    load1: Number(load1),
    load5: Number(load5),
    load15: Number(load15),
    running: parseCount("loadavg", "running", running),
    total: parseCount("loadavg", "total", total),
    lastPid: parseCount("loadavg", "last pid", lastPid),
  };
}
