/**
 * `/proc/<pid>/wchan`: the function of the kernel in which a thread waits. See proc_pid_wchan(5).
 *
 * ```text
 * hrtimer_nanosleep
 * ```
 *
 * There is no newline. It is `0` for a thread that runs, where the kernel does not know the names
 * of its functions, and where the reader may not trace the process.
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";

/** A symbol: 511 bytes at most since Linux 6.1. An old kernel without symbols prints an address. */
const SYMBOL = /^[A-Za-z0-9_.$]{1,511}$/;

/**
 * Parses the text of `/proc/<pid>/wchan`; null for `0`.
 *
 * @throws {ProcParseError} If it is no symbol.
 *
 * @example
 * ```ts
 * import { parseWchan } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([parseWchan("do_wait"), parseWchan("0")], ["do_wait", null]);
 * ```
 */
export function parseWchan(text: string): string | null {
  if (!SYMBOL.test(text)) {
    throw new ProcParseError("wchan", { field: "the symbol", text });
  }
  return text === "0" ? null : text;
}
