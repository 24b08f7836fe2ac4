/**
 * `/proc/<pid>/cgroup`: the control groups of a process. See cgroups(7).
 *
 * ```text
 * 4:memory:/user.slice
 * 0::/user.slice/session-1.scope
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { parseCount, parseLines } from "./_scan.ts";

/** One line of `cgroup`. */
export interface CgroupEntry {
  /** 0 for cgroup v2, the number of the hierarchy for v1. */
  readonly hierarchyId: number;
  /** The v1 controllers, `name=systemd` among them; empty for v2. */
  readonly controllers: readonly string[];
  /**
   * The group's path below the root of its hierarchy. It may hold spaces and colons, may end in `
   * (deleted)`, and starts with `/..` if the group lies outside the cgroup namespace of who reads.
   */
  readonly path: string;
}

/**
 * Parses the text of `/proc/<pid>/cgroup`; empty if the kernel has no control groups.
 *
 * @throws {ProcParseError} If a line lacks two colons, its number is not a number, or its path does
 * not start with `/`.
 *
 * @example
 * ```ts
 * import { parseCgroup } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCgroup("0::/system.slice\n")[0]?.path, "/system.slice");
 * ```
 */
export function parseCgroup(text: string): CgroupEntry[] {
  if (text === "") return [];
  return parseLines("cgroup", text).map((line) => {
    const first = line.indexOf(":");
    const second = line.indexOf(":", first + 1);
    const path = line.slice(second + 1);
    if (first < 0 || second < 0 || !path.startsWith("/")) {
      throw new ProcParseError("cgroup", { field: "path", text: line });
    }
    const controllers = line.slice(first + 1, second);
    return {
      hierarchyId: parseCount("cgroup", "hierarchy-ID", line.slice(0, first)),
      controllers: controllers === "" ? [] : controllers.split(","),
      path,
    };
  });
}
