/**
 * The size of a page, where the kernel does not tell it.
 *
 * @module
 */

import { type Integer, kibToBytes, multiplyIntegers } from "../integer.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseStat } from "../parse/stat.ts";
import { parseStatm } from "../parse/statm.ts";
import { parseVmSize } from "../parse/status.ts";

/** From the smallest to the largest page that Linux is built with, 4 KiB to 256 KiB. */
const PAGE_SIZES = [12, 13, 14, 15, 16, 17, 18].map((bits) => 2 ** bits);

/**
 * The bytes of a page, by the first process that shows its virtual size in pages (`statm`) and in
 * bytes (`VmSize` of `status`, or `vsize` of `stat`): the power of two by which they agree. Null if
 * there is none.
 *
 * @param pids The names of processes in /proc.
 */
export function findPageSize(
  reader: ProcReader,
  pids: Iterable<string>,
): number | null {
  for (const pid of pids) {
    const { value: statm } = reader.read(`/proc/${pid}/statm`, parseStatm);
    if (statm === null || statm.size === null || statm.size === 0) continue;
    const size = pageSizeOf(statm.size, virtualSizes(reader, pid));
    if (size !== null) return size;
  }
  return null;
}

/** What the other files of a process say of its virtual size, in bytes. */
function* virtualSizes(
  reader: ProcReader,
  pid: string,
): Generator<Integer, void> {
  const { value: kib } = reader.read(`/proc/${pid}/status`, parseVmSize);
  const bytes = kibToBytes(kib);
  if (bytes !== null) yield bytes;
  const { value: stat } = reader.read(`/proc/${pid}/stat`, parseStat);
  if (stat !== null) yield stat.vsize;
}

/** A process may have grown from one reading to the other: only an exact match counts. */
function pageSizeOf(
  pages: Integer,
  sizes: Iterable<Integer>,
): number | null {
  for (const bytes of sizes) {
    const fits = PAGE_SIZES.find((size) =>
      multiplyIntegers(pages, size) === bytes
    );
    if (fits !== undefined) return fits;
  }
  return null;
}
