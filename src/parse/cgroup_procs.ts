/**
 * `cgroup.procs` of a control group: the processes in it. See "Core Interface Files" in the
 * kernel's Documentation/admin-guide/cgroup-v2.rst, and cgroups(7) for v1.
 *
 * ```text
 * 8427
 * 8429
 * ```
 *
 * @module
 */

import { parseCount, parseLines } from "./_scan.ts";

/**
 * The process ids in the text of `cgroup.procs`, as the kernel lists them: in no order, and one may
 * be there twice if a process moved away and back, or its id was reused, while the file
 * was read. 0 means a process that the reader's pid namespace does not show. Empty for a group
 * without processes of its own.
 *
 * @throws {ProcParseError} If a line is not a whole number without a sign, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseCgroupProcs } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCgroupProcs("42\n43\n"), [42, 43]);
 * ```
 */
export function parseCgroupProcs(text: string): number[] {
  if (text === "") return [];
  return parseLines("cgroup.procs", text).map((line) =>
    parseCount("cgroup.procs", "a pid", line)
  );
}
