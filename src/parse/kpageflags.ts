/**
 * `/proc/kpageflags`: what each frame of memory is used for, 64 bits for each. See the kernel's
 * Documentation/admin-guide/mm/pagemap.rst. For root alone.
 *
 * @module
 */

/** What the flags of a frame say of it. */
export interface FrameFlags {
  /**
   * Whether it is a part, but not the first one, of a page that is larger than a frame:
   * KPF_COMPOUND_TAIL.
   */
  readonly isTail: boolean;
  /**
   * Whether it counts as no memory of the processes that map it: the zero page and the huge one
   * (KPF_ZERO_PAGE), what is no memory (KPF_NOPAGE), what the kernel has for itself (KPF_RESERVED),
   * and pages of hugetlbfs (KPF_HUGE), which are no part of resident memory.
   */
  readonly isApart: boolean;
}

const ENTRY_BYTES = 8;
const COMPOUND_TAIL = 1 << 16;
const HUGE = 1 << 17;
const NOPAGE = 1 << 20;
const ZERO_PAGE = 1 << 24;
const APART = HUGE | NOPAGE | ZERO_PAGE;
/** Bit 32, in the upper half. */
const RESERVED = 1;

/**
 * Parses bytes of `/proc/kpageflags`, from the entry of any frame on; a piece of an entry at the
 * end is not looked at.
 *
 * @example
 * ```ts
 * import { parseKpageflags } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * // The first frame of a large page and the second.
 * const bytes = new Uint8Array(BigUint64Array.of(1n << 15n, 1n << 16n).buffer);
 * assertEquals(parseKpageflags(bytes).map(({ isTail }) => isTail), [false, true]);
 * ```
 */
export function parseKpageflags(bytes: Uint8Array): readonly FrameFlags[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: FrameFlags[] = [];
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    const lower = view.getUint32(at, true);
    const upper = view.getUint32(at + ENTRY_BYTES / 2, true);
    const isTail = (lower & COMPOUND_TAIL) !== 0;
    const isApart = (lower & APART) !== 0 || (upper & RESERVED) !== 0;
    frames.push(KINDS[Number(isTail) + 2 * Number(isApart)] ?? PLAIN);
  }
  return frames;
}

const PLAIN: FrameFlags = { isTail: false, isApart: false };

/** Each kind once: there are as many frames as a host has. */
const KINDS: readonly FrameFlags[] = [
  PLAIN,
  { isTail: true, isApart: false },
  { isTail: false, isApart: true },
  { isTail: true, isApart: true },
];
