/**
 * `/proc/<pid>/schedstat`: how long a thread has run and waited for a CPU. See the kernel's
 * Documentation/scheduler/sched-stats.rst, Linux 2.6.20.
 *
 * ```text
 * 332314753 1029281061 108
 * ```
 *
 * The file of a process is that of its main thread alone. A kernel that does not account for it
 * has no such file, or prints three zeros.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import { type NumberField, parseNumberLine } from "./_scan.ts";

/** What `schedstat` holds: counters of one thread that only grow. */
export interface Schedstat {
  /** Nanoseconds that it has run on a CPU. */
  readonly runTime: Integer;
  /**
   * Nanoseconds that it has waited for a CPU though it could have run. A wait is counted when it
   * ends.
   */
  readonly runDelay: Integer;
  /** How often it was put on a CPU. */
  readonly timeslices: Integer;
}

const FIELDS: readonly NumberField[] = [
  { name: "run time" },
  { name: "run delay" },
  { name: "timeslices" },
];

/**
 * Parses the text of `/proc/<pid>/schedstat`.
 *
 * @throws {ProcParseError} If one of the three numbers is missing or damaged, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseSchedstat } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseSchedstat("332314753 1029281061 108\n").timeslices, 108);
 * ```
 */
export function parseSchedstat(text: string): Schedstat {
  const [runTime = 0, runDelay = 0, timeslices = 0] = parseNumberLine(
    "schedstat",
    text,
    0,
    FIELDS,
    FIELDS.length,
  );
  return { runTime, runDelay, timeslices };
}
