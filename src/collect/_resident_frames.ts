/** In which frames of memory the pages of a process are. */

import type { Integer } from "../integer.ts";
import type { ProcBytes } from "../kernel/proc_fs.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import { parseMaps } from "../parse/maps.ts";
import { parsePagemap } from "../parse/pagemap.ts";
import { parseResidentRanges } from "../parse/smaps.ts";
import { FrameSet } from "./_frame_set.ts";

/** The pages of an address space, one after the other. */
interface PageRange {
  /** The number of the first one. */
  readonly first: number;
  /** How many there are. */
  readonly count: number;
  /** How many of them are in memory, as far as that is known: the rest need not be looked at. */
  readonly resident: number;
}

const ENTRY_BYTES = 8;
const KIB = 1024;
/** As many entries of `pagemap` are read at once: 64 KiB. */
const READ_PAGES = 2 ** 13;
/** Up to this size, what is mapped is read as it is: 256 KiB of `pagemap`. More is mostly empty. */
const SMALL_BYTES = 2 ** 27;
/** More entries than these, 256 MiB, are not read of a process. */
const MAX_PAGES = 2 ** 25;
/** The kernel's own half of the addresses begins here. */
const KERNEL_HALF = 2n ** 63n;

/** Counts those of the frames that count as resident memory. */
export type CountOwn = (frames: readonly number[]) => number;

/**
 * The frames of a process. The reason why they are not known is `"gone"` also of a process without
 * memory, `"denied"` where the kernel does not tell frames to this user, and `"failed"` of one
 * whose memory is scattered over more addresses than can be looked at.
 */
export function readResidentFrames(
  reader: ProcReader,
  directory: string,
  pageSizeBytes: number,
  countOwn: CountOwn,
): Reading<FrameSet> {
  const path = `${directory}/pagemap`;
  // Opened first: it stays with the memory of the program that runs now.
  const pagemap = reader.openBytes(path, "read");
  if (pagemap.value === null) return pagemap;
  try {
    const ranges = rangesOf(reader, directory, pageSizeBytes);
    if (ranges.value === null) return ranges;
    const scan = new Scan(pagemap.value, countOwn);
    const scanned = reader.attempt(path, () => scan.all(ranges.value));
    if (scanned.value === null) return scanned;
    return scanned.value === "done"
      ? { value: scan.frames, reason: null }
      : { value: null, reason: scanned.value };
  } finally {
    pagemap.value.close();
  }
}

/** What is mapped; of a large address space those parts that have pages in memory. */
function rangesOf(
  reader: ProcReader,
  directory: string,
  pageSizeBytes: number,
): Reading<readonly PageRange[]> {
  const maps = reader.read(`${directory}/maps`, parseMaps);
  if (maps.value === null) return maps;
  const mapped = maps.value.filter(({ start }) => start < KERNEL_HALF)
    .map(({ start, end }) => pagesOf(start, end, pageSizeBytes, Infinity));
  if (mapped.length === 0) return { value: null, reason: "gone" };
  const pages = mapped.reduce((sum, { count }) => sum + count, 0);
  if (pages * pageSizeBytes <= SMALL_BYTES) {
    return { value: mapped, reason: null };
  }
  const smaps = reader.read(`${directory}/smaps`, parseResidentRanges);
  if (smaps.value === null) return smaps;
  const resident = smaps.value
    .filter(({ start, rss }) => start < KERNEL_HALF && rss > 0)
    .map(({ start, end, rss }) =>
      pagesOf(start, end, pageSizeBytes, Number(rss) * KIB / pageSizeBytes)
    );
  return { value: resident, reason: null };
}

function pagesOf(
  start: Integer,
  end: Integer,
  pageSizeBytes: number,
  resident: number,
): PageRange {
  const pageOf = (address: Integer) =>
    Number(BigInt(address) / BigInt(pageSizeBytes));
  const first = pageOf(start);
  return { first, count: Math.max(pageOf(end) - first, 0), resident };
}

/** Looks through the address space of a process. */
class Scan {
  readonly frames = new FrameSet();
  readonly #pagemap: ProcBytes;
  readonly #countOwn: CountOwn;
  #numRead = 0;
  #numFound = 0;
  #numHidden = 0;

  constructor(pagemap: ProcBytes, countOwn: CountOwn) {
    this.#pagemap = pagemap;
    this.#countOwn = countOwn;
  }

  /** Adds the frames of all ranges; or why they cannot be known. */
  all(ranges: readonly PageRange[]): "done" | "gone" | "denied" | "failed" {
    for (const range of ranges) {
      const ended = this.#range(range);
      if (ended !== "done") return ended;
    }
    return this.#numFound === 0 && this.#numHidden > 0 ? "denied" : "done";
  }

  #range({ first, count, resident }: PageRange): "done" | "gone" | "failed" {
    let missing = resident;
    let found: number[] = [];
    for (let at = 0; at < count; at += READ_PAGES) {
      const length = Math.min(READ_PAGES, count - at);
      this.#numRead += length;
      if (this.#numRead > MAX_PAGES) return "failed";
      const bytes = this.#pagemap.readAt(
        (first + at) * ENTRY_BYTES,
        length * ENTRY_BYTES,
      );
      // The memory is no more: the process has ended, or runs another program.
      if (bytes.length === 0) return "gone";
      const { frames, numHidden } = parsePagemap(bytes);
      this.#numFound += frames.length;
      this.#numHidden += numHidden;
      for (const frame of frames) this.frames.add(frame);
      if (missing === Infinity) continue;
      found.push(...frames);
      // The zero page is in memory, but not counted as resident.
      if (found.length + numHidden < missing) continue;
      missing -= this.#countOwn(found) + numHidden;
      found = [];
      if (missing <= 0) break;
    }
    return "done";
  }
}
