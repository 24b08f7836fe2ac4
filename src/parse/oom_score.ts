/**
 * `/proc/<pid>/oom_score`: how likely the kernel is to kill a process first when memory runs out.
 * See proc_pid_oom_score(5), Linux 2.6.11.
 *
 * ```text
 * 666
 * ```
 *
 * @module
 */

import { parseOnlyNumber } from "./_scan.ts";

/**
 * Parses the text of `/proc/<pid>/oom_score`.
 *
 * @throws {ProcParseError} If it is not one number, or is cut.
 *
 * @example
 * ```ts
 * import { parseOomScore } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseOomScore("666\n"), 666);
 * ```
 */
export function parseOomScore(text: string): number {
  return parseOnlyNumber("oom_score", text, { name: "the score" });
}
