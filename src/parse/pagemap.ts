/**
 * `/proc/<pid>/pagemap`: where the pages of a process are, 64 bits for each page of its address
 * space. See proc_pid_pagemap(5) and the kernel's Documentation/admin-guide/mm/pagemap.rst.
 *
 * Bit 63 says that a page is in memory, and bits 0 to 54 which frame of memory it has then; bit 62
 * that it is swapped out. To a program without CAP_SYS_ADMIN every frame is 0 (Linux 4.2).
 *
 * @module
 */

/** What a part of `pagemap` says. */
export interface Pagemap {
  /**
   * The frames of the pages that are in memory, in the order of their addresses; the same frame may
   * be there several times.
   */
  readonly frames: readonly number[];
  /** Pages in memory of which the frame is not told. */
  readonly numHidden: number;
}

const ENTRY_BYTES = 8;
/** Bit 63, in the upper half. */
const PRESENT = 0x8000_0000;
/** Bits 32 to 54, in the upper half. */
const UPPER_FRAME = 0x007f_ffff;
const HALF = 2 ** 32;

/**
 * Parses bytes of `/proc/<pid>/pagemap`, from the entry of any page on; a piece of an entry at the
 * end is not looked at.
 *
 * @example
 * ```ts
 * import { parsePagemap } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * // In memory, in frame 42; not in memory; swapped out.
 * const entries = [(1n << 63n) | 42n, 0n, (1n << 62n) | 7n];
 * const bytes = new Uint8Array(BigUint64Array.from(entries).buffer);
 * assertEquals(parsePagemap(bytes).frames, [42]);
 * ```
 */
export function parsePagemap(bytes: Uint8Array): Pagemap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: number[] = [];
  let numHidden = 0;
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const upper = view.getUint32(at + ENTRY_BYTES / 2, true);
    if (upper < PRESENT) continue;
    const frame = (upper & UPPER_FRAME) * HALF + view.getUint32(at, true);
    // Frame 0 is the firmware's: no process has it.
    if (frame === 0) numHidden++;
    else frames.push(frame);
  }
  return { frames, numHidden };
}
