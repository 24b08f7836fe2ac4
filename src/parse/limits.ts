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

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseLines, parseUnsigned } from "./_scan.ts";

/** One resource limit. */
export interface Limit {
  /** What the kernel enforces; null: unlimited. */
  readonly soft: Integer | null;
  /** How far the process may raise it; null: unlimited. */
  readonly hard: Integer | null;
}

/** What `limits` holds. */
export interface Limits {
  /** RLIMIT_NOFILE, file descriptors: one more than the highest that may be opened. */
  readonly openFiles: Limit;
}

const OPEN_FILES = /^Max open files +(\S+) +(\S+)(?: |$)/;

/**
 * Parses the text of `/proc/<pid>/limits`.
 *
 * @throws {ProcParseError} If the line `Max open files` is missing or damaged, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseLimits } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const { openFiles } = parseLimits("Max open files   1024   4096   files\n");
 * assertEquals(openFiles.soft, 1024);
 * ```
 */
export function parseLimits(text: string): Limits {
  for (const line of parseLines("limits", text)) {
    const [, soft, hard] = OPEN_FILES.exec(line) ?? [];
    if (soft === undefined || hard === undefined) continue;
    return { openFiles: { soft: parseLimit(soft), hard: parseLimit(hard) } };
  }
  throw new ProcParseError("limits", { field: "Max open files", text: "" });
}

function parseLimit(text: string): Integer | null {
  if (text === "unlimited") return null;
  return parseUnsigned("limits", "Max open files", text);
}
