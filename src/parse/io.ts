/**
 * `/proc/<pid>/io`: what a process has read and written. See proc_pid_io(5), Linux 2.6.20.
 *
 * ```text
 * rchar: 323934931
 * wchar: 323929600
 * syscr: 632687
 * syscw: 632675
 * read_bytes: 0
 * write_bytes: 323932160
 * cancelled_write_bytes: 0
 * ```
 *
 * All threads count, ended ones included, and so do the children that were waited for: the kernel
 * adds theirs to the same counters.
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseLines, parseUnsigned } from "./_scan.ts";

/** What `io` holds: counters that only grow. */
export interface Io {
  /** Bytes that read(2) and its like returned, from pipes, terminals and the page cache too. */
  readonly rchar: Integer;
  /** Bytes that write(2) and its like took, to pipes, terminals and the page cache too. */
  readonly wchar: Integer;
  /** System calls that read. */
  readonly syscr: Integer;
  /** System calls that write. */
  readonly syscw: Integer;
  /** Bytes fetched from storage. */
  readonly readBytes: Integer;
  /** Bytes on their way to storage: counted when a page of the cache becomes dirty. */
  readonly writeBytes: Integer;
  /**
   * Bytes counted in a `writeBytes`, of whatever process, that will not be written, for this one
   * truncated the file.
   */
  readonly cancelledWriteBytes: Integer;
}

/**
 * Parses the text of `/proc/<pid>/io`.
 *
 * @throws {ProcParseError} If a field is missing or is not a whole number, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseIo } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const text = ["rchar", "wchar", "syscr", "syscw", "read_bytes", "write_bytes"]
 *   .map((name) => `${name}: 7\n`).join("");
 * const io = parseIo(`${text}cancelled_write_bytes: 0\n`);
 * assertEquals(io.readBytes, 7);
 * ```
 */
export function parseIo(text: string): Io {
  const values = new Map<string, string>();
  for (const line of parseLines("io", text)) {
    const colon = line.indexOf(": ");
    values.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return {
    rchar: counter(values, "rchar"),
    wchar: counter(values, "wchar"),
    syscr: counter(values, "syscr"),
    syscw: counter(values, "syscw"),
    readBytes: counter(values, "read_bytes"),
    writeBytes: counter(values, "write_bytes"),
    cancelledWriteBytes: counter(values, "cancelled_write_bytes"),
  };
}

function counter(values: ReadonlyMap<string, string>, name: string): Integer {
  const text = values.get(name);
  if (text === undefined) {
    throw new ProcParseError("io", { field: name, text: "" });
  }
  return parseUnsigned("io", name, text);
}
