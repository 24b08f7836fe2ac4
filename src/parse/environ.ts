/**
 * `/proc/<pid>/environ`: the environment of a program. See proc_pid_environ(5), environ(7).
 *
 * It is the memory that held the environment when the program was started. What the program has set
 * since by setenv(3) stands elsewhere; what it has written over it, as a title that is longer than
 * its arguments, stands there.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import { ProcParseError } from "../errors.ts";
import { parseUnsigned } from "./_scan.ts";

/** Where the environment begins and ends in memory are the 50th and 51st field of a `stat`. */
const ENV_START = 50;
const ENV_END = 51;
/** The fields behind the name, which may hold spaces, begin with the third. */
const FIRST = 3;

/**
 * The variables in the text of `/proc/<pid>/environ` by their names; of a name that stands there
 * twice, the first, as getenv(3) finds it. What has no equals sign is no variable. Any text is an
 * environment.
 *
 * @example
 * ```ts
 * import { parseEnviron } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const variables = parseEnviron("HOME=/root\0TERM=\0HOME=/\0");
 * assertEquals([...variables], [["HOME", "/root"], ["TERM", ""]]);
 * ```
 */
export function parseEnviron(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const entry of text.split("\0")) {
    const equals = entry.indexOf("=");
    if (equals < 0) continue;
    const name = entry.slice(0, equals);
    if (!variables.has(name)) variables.set(name, entry.slice(equals + 1));
  }
  return variables;
}

/** Where the environment of a process is in its memory. */
export interface EnvironRange {
  /** The address where it begins, `env_start`; 0 in the middle of execve(2). */
  readonly envStart: Integer;
  /** The address where it ends, `env_end`. */
  readonly envEnd: Integer;
}

/**
 * Where the environment is by the text of `/proc/<pid>/stat`, see proc_pid_stat(5). Both are 0 for
 * who may not see it, without memory, and before Linux 3.5.
 *
 * @throws {ProcParseError} If an address makes no sense, or the line is cut.
 *
 * @example
 * ```ts
 * import { parseEnvironRange } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const addresses = "4096 8192 ".repeat(24);
 * assertEquals(parseEnvironRange(`7 (a b) S ${addresses}\n`), { envStart: 4096, envEnd: 8192 });
 * ```
 */
export function parseEnvironRange(text: string): EnvironRange {
  if (!text.endsWith("\n") || !text.includes(")")) {
    throw new ProcParseError("stat", { field: "the end of the line", text });
  }
  const fields = text.slice(text.lastIndexOf(")") + 1).trim().split(" ");
  const read = (name: string, at: number) =>
    parseUnsigned("stat", name, fields[at - FIRST] ?? "0");
  return {
    envStart: read("env_start", ENV_START),
    envEnd: read("env_end", ENV_END),
  };
}
