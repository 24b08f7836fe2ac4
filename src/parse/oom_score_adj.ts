/**
 * `/proc/<pid>/oom_score_adj`: what is added to the score by which the kernel chooses a process to kill when
 * memory runs out. See proc_pid_oom_score_adj(5), Linux 2.6.36.
 *
 * ```text
 * -1000
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { parseNumberLine } from "./_scan.ts";

const FIELDS = [{ name: "the adjustment", signed: true }] as const;

/**
 * Parses the text of `/proc/<pid>/oom_score_adj`.
 *
 * @throws {ProcParseError} If it is not one number, or is cut.
 *
 * @example
 * ```ts
 * import { parseOomScoreAdj } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseOomScoreAdj("-1000\n"), -1000);
 * ```
 */
export function parseOomScoreAdj(text: string): number {
  const [value] = parseNumberLine("oom_score_adj", text, 0, FIELDS, 1);
  if (typeof value !== "number" || text !== `${value}\n`) {
    throw new ProcParseError("oom_score_adj", { field: FIELDS[0].name, text });
  }
  return value;
}
