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

import type { PartlyMalformed } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { findFields, parseUnsigned } from "./_scan.ts";

/**
 * What `io` holds: counters that only grow. Null if the kernel does not report one, or its text
 * makes no sense.
 */
export interface Io extends PartlyMalformed {
  /** Bytes that read(2) and its like returned, from pipes, terminals and the page cache too. */
  readonly rchar: Integer | null;
  /** Bytes that write(2) and its like took, to pipes, terminals and the page cache too. */
  readonly wchar: Integer | null;
  /** System calls that read. */
  readonly syscr: Integer | null;
  /** System calls that write. */
  readonly syscw: Integer | null;
  /** Bytes fetched from storage. */
  readonly readBytes: Integer | null;
  /** Bytes on their way to storage: counted when a page of the cache becomes dirty. */
  readonly writeBytes: Integer | null;
  /**
   * Bytes counted in a `writeBytes`, of whatever process, that will not be written, for this one
   * truncated the file.
   */
  readonly cancelledWriteBytes: Integer | null;
}

const COUNTERS: ReadonlySet<string> = new Set([
  "rchar",
  "wchar",
  "syscr",
  "syscw",
  "read_bytes",
  "write_bytes",
  "cancelled_write_bytes",
]);

/**
 * Parses the text of `/proc/<pid>/io`.
 *
 * @throws {ProcParseError} If there is none of the counters, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseIo } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const io = parseIo("read_bytes: 7\ncancelled_write_bytes: -1024\n");
 * assertEquals([io.readBytes, io.cancelledWriteBytes], [7, null]);
 * ```
 */
export function parseIo(text: string): Io {
  const found = findFields("io", text, COUNTERS, ": ");
  const counter = (name: string) => found.read(name, parseUnsigned);
  const counters = {
    rchar: counter("rchar"),
    wchar: counter("wchar"),
    syscr: counter("syscr"),
    syscw: counter("syscw"),
    readBytes: counter("read_bytes"),
    writeBytes: counter("write_bytes"),
    cancelledWriteBytes: counter("cancelled_write_bytes"),
  };
  return { ...counters, ...found.noted };
}
