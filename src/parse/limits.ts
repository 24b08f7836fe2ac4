/**
 * `/proc/<pid>/limits`: the resource limits of a process. See proc_pid_limits(5) and getrlimit(2),
 * Linux 2.6.24.
 *
 * ```text
 * Limit                     Soft Limit           Hard Limit           Units
 * Max cpu time              unlimited            unlimited            seconds
 * Max open files            1024                 524288               files
 * ```
 *
 * @module
 */

import type { PartlyMalformed } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  FieldFaults,
  notOfItsKind,
  parseLines,
  parseUnsigned,
} from "./_scan.ts";

/** One resource limit. */
export interface Limit {
  /** What the kernel enforces; null: unlimited. */
  readonly soft: Integer | null;
  /** How far the process may raise it; null: unlimited. */
  readonly hard: Integer | null;
}

/** What `limits` holds. */
export interface Limits extends PartlyMalformed {
  /**
   * RLIMIT_NOFILE, file descriptors: one more than the highest that may be opened. Null if the
   * kernel does not report it, or its text makes no sense.
   */
  readonly openFiles: Limit | null;
}

/** How each of its lines starts. */
const LINE = /^(?:Limit|Max) /;
const OPEN_FILES = "Max open files ";

/**
 * Parses the text of `/proc/<pid>/limits`.
 *
 * @throws {ProcParseError} If there is no limit at all, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseLimits } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const { openFiles } = parseLimits("Max open files   1024   4096   files\n");
 * assertEquals(openFiles?.soft, 1024);
 * ```
 */
export function parseLimits(text: string): Limits {
  const lines = parseLines("limits", text);
  if (!lines.some((line) => LINE.test(line))) {
    throw notOfItsKind("limits", text);
  }
  const line = lines.find((one) => one.startsWith(OPEN_FILES));
  if (line === undefined) return { openFiles: null };
  const faults = new FieldFaults();
  const openFiles = faults.attempt(() => {
    const [soft = "", hard = ""] = line.slice(OPEN_FILES.length).trimStart()
      .split(/ +/, 2);
    return { soft: parseLimit(soft), hard: parseLimit(hard) };
  });
  return { openFiles, ...faults.noted };
}

function parseLimit(text: string): Integer | null {
  if (text === "unlimited") return null;
  return parseUnsigned("limits", "Max open files", text);
}
