/**
 * `/proc/<pid>/auxv`: what the kernel told a program at its start. See proc_pid_auxv(5) and
 * getauxval(3).
 *
 * Pairs of 64-bit words in the host's byte order, which is little-endian on both machines that Deno
 * runs on (x86_64, aarch64).
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";

/** The values of `auxv` that say how other kernel files count. */
export interface Auxv {
  /** Bytes of a page, AT_PAGESZ: what `statm` counts in. */
  readonly pageSizeBytes: number;
  /** Clock ticks of a second, AT_CLKTCK: what the times of `stat` count in. */
  readonly ticksPerSecond: number;
}

const AT_NULL = 0n;
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;
const PAIR_BYTES = 16;
const WORD_BYTES = 8;

/**
 * Parses the bytes of `/proc/<pid>/auxv`.
 *
 * @throws {ProcParseError} If AT_PAGESZ is missing or no power of two, or AT_CLKTCK is missing or
 * 0.
 *
 * @example
 * ```ts
 * import { parseAuxv } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * // AT_PAGESZ 4096, AT_CLKTCK 100 and the end, as a program of 64 bits has them.
 * const words = [6n, 4096n, 17n, 100n, 0n, 0n];
 * const bytes = new Uint8Array(BigUint64Array.from(words).buffer);
 * assertEquals(parseAuxv(bytes).pageSizeBytes, 4096);
 * ```
 */
export function parseAuxv(bytes: Uint8Array): Auxv {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Map<bigint, bigint>();
  for (let at = 0; at + PAIR_BYTES <= bytes.length; at += PAIR_BYTES) {
    const key = view.getBigUint64(at, true);
    if (key === AT_NULL) break;
    values.set(key, view.getBigUint64(at + WORD_BYTES, true));
  }
  const pageSize = values.get(AT_PAGESZ) ?? 0n;
  if (pageSize === 0n || (pageSize & (pageSize - 1n)) !== 0n) {
    throw new ProcParseError("auxv", {
      field: "AT_PAGESZ",
      text: values.get(AT_PAGESZ)?.toString() ?? "",
    });
  }
  const ticks = values.get(AT_CLKTCK) ?? 0n;
  if (ticks < 1n || ticks > 1_000_000n) {
    throw new ProcParseError("auxv", {
      field: "AT_CLKTCK",
      text: values.get(AT_CLKTCK)?.toString() ?? "",
    });
  }
  return { pageSizeBytes: Number(pageSize), ticksPerSecond: Number(ticks) };
}
