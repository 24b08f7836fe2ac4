/**
 * The collector `wss`: the working set, the memory that was used since the reading before. It marks
 * all pages of the processes as idle, and sees at the next reading which still are. For root alone,
 * on a kernel with CONFIG_IDLE_PAGE_TRACKING.
 *
 * A reading takes about a second for each GiB of resident memory, in which nothing else is read.
 *
 * It is the only collector that writes. What the kernel takes for old changes: a page that is
 * marked loses its own mark of use, so that the kernel's choice of what to swap out or drop, and
 * what another reader of page_idle sees, are others than without it.
 *
 * @module
 */

import type { HostFacts } from "../host/facts.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import type { WssFields } from "../model/collected_fields.ts";
import {
  hostReason,
  KnownSum,
  type NullReason,
  processReason,
  type Readout,
  reasonFor,
  whyNothing,
} from "../model/null_reason.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { checkEvery, EveryNth } from "./_every.ts";
import { FrameSet } from "./_frame_set.ts";
import { BITMAP, IdleFrames } from "./_idle_frames.ts";
import { readResidentFrames } from "./_resident_frames.ts";
import type {
  Collector,
  ProcessVisit,
  RunningCollector,
  Totals,
} from "./collector.ts";

/** How often the working set is read. */
export interface WssOptions {
  /**
   * It is read in the first of this many samples, which is how long the time is that it is about: a
   * whole number above 0.
   *
   * @default {1}
   */
  readonly every?: number | undefined;
}

const FLAGS = "/proc/kpageflags";
const NOT_DUE: Readout<WssFields> = {
  fields: { wssBytes: null },
  reasons: null,
};

/**
 * Adds the working set of each process, and of the tree.
 *
 * @throws {RangeError} If `every` is not a whole number above 0.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { wss } from "@procline/procline/collect";
 * import { MemoryFs } from "@procline/procline/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = new MemoryFs();
 * // Three pages, in the frames 1, 2 and 3.
 * const entries = [0n, 1n, 2n, 3n].map((frame) => frame === 0n ? 0n : (1n << 63n) | frame);
 * const pagemap = new Uint8Array(BigUint64Array.from(entries).buffer);
 * fs.addProcess({ pid: 10, files: { maps: "1000-4000 rw-p 00000000 00:00 0 \n", pagemap } });
 * fs.write("/sys/kernel/mm/page_idle/bitmap", new Uint8Array(8));
 * using sampler = new Sampler({ pid: 10, fs, collect: [wss()] });
 * assertEquals(sampler.sample().tree.unreadable?.wssBytes, "first_sample");
 *
 * // The kernel finds that the second page was used.
 * fs.write("/sys/kernel/mm/page_idle/bitmap", Uint8Array.of(0b1010, 0, 0, 0, 0, 0, 0, 0));
 * assertEquals(sampler.sample().tree.wssBytes, 4096);
 * ```
 */
export function wss(options: WssOptions = {}): Collector {
  const { every = 1 } = options;
  checkEvery("wss", every);
  return {
    name: "wss",
    unusable,
    start: (reader, { facts }) => new WssReader(reader, facts, every),
  };
}

function unusable(reader: ProcReader): string | null {
  const { value, reason } = reader.openBytes(BITMAP, "readwrite");
  value?.close();
  switch (reason) {
    case "gone":
      return `The collector wss finds nothing: this kernel has no ${BITMAP}`;
    case "denied":
      return `The collector wss finds nothing: this user may not write ${BITMAP}`;
    default:
      return null;
  }
}

/** What is kept of a reading for the next one. */
interface Marked {
  /** The processes all of whose pages were marked. */
  readonly processes: Set<TreeProcess>;
  /** When, by the monotonic clock, in milliseconds; null before the first process. */
  atMs: number | null;
}

/** Reads processes, and what all of them have used. */
class WssReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #pageSizeBytes: number | null;
  readonly #samples: EveryNth;
  /** The reading before; null if there is none. */
  #before: Marked | null = null;
  #now: Marked | null = null;
  /** What the kernel says in this sample; null before it was asked. */
  #idle: Reading<IdleFrames> | null = null;
  #used = new FrameSet();
  #numUsed = 0;
  #known = new KnownSum();

  constructor(
    reader: ProcReader,
    { pageSizeBytes }: HostFacts,
    every: number,
  ) {
    this.#reader = reader;
    this.#pageSizeBytes = pageSizeBytes;
    this.#samples = new EveryNth(every);
  }

  begin(): void {
    this.#close();
    if (!this.#samples.count()) return;
    this.#before = this.#now;
    this.#now = { processes: new Set(), atMs: null };
    this.#used = new FrameSet();
    this.#numUsed = 0;
    this.#known = new KnownSum();
  }

  visit(visit: ProcessVisit): Readout<WssFields> {
    if (!this.#samples.isDue) return NOT_DUE;
    const read = this.#read(visit);
    if (typeof read === "number") {
      return { fields: { wssBytes: read }, reasons: null };
    }
    this.#known.add(null, read);
    return unread(read);
  }

  total(): Totals {
    this.#close();
    if (!this.#samples.isDue) return { ...NOT_DUE, consistent: true };
    const { reason } = this.#known;
    const wssBytes = this.#numUsed * (this.#pageSizeBytes ?? 0);
    const readout = reason === null
      ? { fields: { wssBytes }, reasons: null }
      : unread(reason);
    return { ...readout, consistent: true };
  }

  /** The bytes that a process has used, or why they are not known. */
  #read(visit: ProcessVisit): number | NullReason {
    const { directory, process, hasParentsMemory, rssBytes, atMs } = visit;
    if (hasParentsMemory) return "shared_with_parent";
    const nothing = whyNothing(process.stat);
    if (rssBytes === null && nothing !== "exiting") return nothing;
    const pageSizeBytes = this.#pageSizeBytes;
    if (pageSizeBytes === null) return "unsupported";
    this.#idle ??= this.#open();
    const idle = this.#idle.value;
    if (idle === null) return hostReason(this.#idle.reason);
    const frames = readResidentFrames(
      this.#reader,
      directory,
      pageSizeBytes,
      (found) => idle.countOwn(found),
    );
    if (frames.value === null) {
      return processReason(frames.reason, process.stat);
    }
    const used = this.#reader.attempt(
      BITMAP,
      () => idle.takeUsed(frames.value),
    );
    if (used.value === null) return hostReason(used.reason);
    this.#now?.processes.add(process);
    if (this.#now !== null) this.#now.atMs ??= atMs;
    if (!this.#wasMarked(visit)) return "first_sample";
    let numUsed = 0;
    for (const frame of used.value.frames()) {
      numUsed++;
      if (this.#used.add(frame)) this.#numUsed++;
    }
    return numUsed * pageSizeBytes;
  }

  /** Whether all its pages were marked at the reading before, or it has started since. */
  #wasMarked({ process, uptime, atMs }: ProcessVisit): boolean {
    if (this.#before === null || this.#before.atMs === null) return false;
    if (this.#before.processes.has(process)) return true;
    return uptime.value !== null &&
      uptime.value * 1000 <= atMs - this.#before.atMs;
  }

  #open(): Reading<IdleFrames> {
    const bitmap = this.#reader.openBytes(BITMAP, "readwrite");
    if (bitmap.value === null) return bitmap;
    const flags = this.#reader.openBytes(FLAGS, "read");
    // Every kernel that has pagemap has it, but not all that stands in for a host.
    if (flags.value === null && flags.reason !== "gone") {
      bitmap.value.close();
      return flags;
    }
    return { value: new IdleFrames(bitmap.value, flags.value), reason: null };
  }

  #close(): void {
    this.#idle?.value?.close();
    this.#idle = null;
  }
}

function unread(reason: NullReason): Readout<WssFields> {
  const { fields } = NOT_DUE;
  return { fields, reasons: reasonFor("wssBytes", reason) };
}
