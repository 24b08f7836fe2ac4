/** A made-up host that tracks idle pages, for the tests of the working set. */
import type { BytesUse, ProcBytes, ProcFs } from "../../src/kernel/proc_fs.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { plainFs } from "./plain_fs.ts";

export const PAGE = 4096;
export const BITMAP = "/sys/kernel/mm/page_idle/bitmap";
export const FLAGS = "/proc/kpageflags";

/** Bits of kpageflags, by the kernel's names. */
export const KPF = {
  lru: 1n << 5n,
  head: 1n << 15n,
  tail: 1n << 16n,
  huge: 1n << 17n,
  nopage: 1n << 20n,
  zeroPage: 1n << 24n,
  reserved: 1n << 32n,
} as const;

/** A page of an address space: its frame; swapped out; or not there. */
export type Page = number | "swapped" | null;

/** A process with these pages from the address 0x1000 on. */
export function filesOf(pages: readonly Page[]) {
  const end = (1 + pages.length) * PAGE;
  return {
    maps: `1000-${end.toString(16)} rw-p 00000000 00:00 0 \n`,
    pagemap: pagemapOf([null, ...pages]),
  };
}

/** The bytes of `pagemap`, from the page of the address 0 on. */
export function pagemapOf(pages: readonly Page[]): Uint8Array {
  const entries = pages.map((page) =>
    page === null ? 0n : page === "swapped"
      ? (1n << 62n) | 99n
      // Soft-dirty and mapped by this process alone, as most pages are.
      : (1n << 63n) | (1n << 55n) | (1n << 56n) | BigInt(page)
  );
  return new Uint8Array(BigUint64Array.from(entries).buffer);
}

/** A host with so many frames, all of them ordinary memory, and none idle. */
export function idleHost(numFrames: number): MemoryFs {
  const fs = new MemoryFs();
  fs.write(BITMAP, new Uint8Array(numFrames / 8));
  writeFlags(fs, numFrames, {});
  return fs;
}

/** Writes what frames are; those that are not named are ordinary memory. */
export function writeFlags(
  fs: MemoryFs,
  numFrames: number,
  flags: Readonly<Record<number, bigint>>,
): void {
  const all = Array.from({ length: numFrames }, (_, i) => flags[i] ?? KPF.lru);
  fs.write(FLAGS, new Uint8Array(BigUint64Array.from(all).buffer));
}

/** The flags of a large page. */
export function largePage(
  head: number,
  numFrames: number,
): Record<number, bigint> {
  const flags: Record<number, bigint> = { [head]: KPF.lru | KPF.head };
  for (let i = 1; i < numFrames; i++) flags[head + i] = KPF.lru | KPF.tail;
  return flags;
}

/** The frames that are marked as idle. */
export function idleFrames(fs: ProcFs): number[] {
  return [...fs.readFile(BITMAP)].flatMap((byte, i) =>
    Array.from({ length: 8 }, (_, bit) => bit)
      .filter((bit) => (byte & (1 << bit)) !== 0).map((bit) => 8 * i + bit)
  );
}

/** A program uses these frames: the kernel finds them not idle. */
export function use(fs: MemoryFs, ...frames: readonly number[]): void {
  const bitmap = fs.readFile(BITMAP).slice();
  for (const frame of frames) {
    const at = Math.floor(frame / 8);
    bitmap[at] = (bitmap[at] ?? 0) & ~(1 << (frame % 8));
  }
  fs.write(BITMAP, bitmap);
}

/** Reads through another file system, but opens files of bytes in another way. */
export function withBytes(
  fs: ProcFs,
  openBytes: (path: string, use: BytesUse) => ProcBytes,
): ProcFs {
  return { ...plainFs(fs), openBytes };
}
