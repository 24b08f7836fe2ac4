/**
 * `/proc/<pid>/oom_score_adj`: what is added to the score by which the kernel chooses a process to
 * kill when memory runs out. See proc_pid_oom_score_adj(5), Linux 2.6.36.
 *
 * ```text
 * -1000
 * ```
 *
 * @module
 */

import { parseOnlyNumber } from "./_scan.ts";

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
  return parseOnlyNumber("oom_score_adj", text, {
    name: "the adjustment",
    signed: true,
  });
}
