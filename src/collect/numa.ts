/**
 * The collector `numa`: resident memory by the node that it is on. The kernel walks the page tables
 * of the process for it, as for `smaps`: some milliseconds for each GiB.
 *
 * @module
 */

import type { HostFacts } from "../host/facts.ts";
import {
  addIntegers,
  type Integer,
  kibToBytes,
  multiplyIntegers,
  usedBytes,
} from "../integer.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import type { NumaFields } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import {
  KnownSum,
  type NullReason,
  processReason,
  type Readout,
  reasonFor,
} from "../model/null_reason.ts";
import { type NumaMapping, parseNumaMaps } from "../parse/numa_maps.ts";
import { checkEvery, EveryNth } from "./_every.ts";
import { missingFile } from "./_missing_file.ts";
import type {
  Collector,
  ProcessVisit,
  RunningCollector,
  Totals,
} from "./collector.ts";

/** How often `numa_maps` is read. */
export interface NumaOptions {
  /**
   * It is read in the first of this many samples: a whole number above 0.
   *
   * @default {1}
   */
  readonly every?: number | undefined;
}

/** Bytes by node. */
type ByNode = ReadonlyMap<number, Integer>;

/** A sample in which nothing is read. */
const NOT_DUE: Readout<NumaFields> = {
  fields: { numaBytes: null, numaBytesTruncated: false },
  reasons: null,
};

/**
 * Adds the resident memory of each process, and of the tree, by node.
 *
 * @throws {RangeError} If `every` is not a whole number above 0.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { numa } from "@procline/procline/collect";
 * import { MemoryFs } from "@procline/procline/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = new MemoryFs();
 * fs.addProcess({ pid: 10, rssBytes: 8192 });
 * using sampler = new Sampler({ pid: 10, fs, collect: [numa({ every: 10 })] });
 * assertEquals(sampler.sample().tree.numaBytes, { "0": 8192 });
 * ```
 */
export function numa(options: NumaOptions = {}): Collector {
  const { every = 1 } = options;
  checkEvery("numa", every);
  return {
    name: "numa",
    unusable: (reader) => missingFile(reader, "numa", "/proc/self/numa_maps"),
    start: (reader, { facts }) => new NumaReader(reader, facts, every),
  };
}

/** Reads processes, and adds up what they say. */
class NumaReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #pageSizeBytes: number | null;
  readonly #samples: EveryNth;
  readonly #total = new Map<number, Integer>();
  /** Why the total is not known, if it is not. */
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
    this.#samples.count();
    this.#total.clear();
    this.#known = new KnownSum();
  }

  visit(visit: ProcessVisit): Readout<NumaFields> {
    if (!this.#samples.isDue) return NOT_DUE;
    const read = this.#read(visit);
    if (typeof read === "string") {
      this.#known.add(null, read);
      return unread(read);
    }
    addTo(this.#total, read);
    return readoutOf(read);
  }

  total(): Totals {
    if (!this.#samples.isDue) return { ...NOT_DUE, consistent: true };
    const { reason } = this.#known;
    const readout = reason === null ? readoutOf(this.#total) : unread(reason);
    return { ...readout, consistent: true };
  }

  /** The bytes of a process by node, or why they are not known. */
  #read(
    { directory, process, hasParentsMemory }: ProcessVisit,
  ): ByNode | NullReason {
    if (hasParentsMemory) return "shared_with_parent";
    const { value, reason } = this.#reader.read(
      `${directory}/numa_maps`,
      parseNumaMaps,
    );
    // An empty file, as a missing one, is that of a process without memory.
    if (value === null || value.length === 0) {
      return processReason(reason ?? "gone", process.stat);
    }
    return this.#bytesOf(value) ?? "unsupported";
  }

  /** Null if a kernel does not say how large the pages are. */
  #bytesOf(mappings: readonly NumaMapping[]): ByNode | null {
    const bytes = new Map<number, Integer>();
    for (const { pages, huge, kernelPageSize } of mappings) {
      const size = kibToBytes(kernelPageSize) ??
        (huge ? null : this.#pageSizeBytes);
      if (pages.size > 0 && size === null) return null;
      for (const [node, count] of pages) {
        const more = multiplyIntegers(count, size ?? 0);
        bytes.set(node, addIntegers(bytes.get(node) ?? 0, more));
      }
    }
    return bytes;
  }
}

function addTo(total: Map<number, Integer>, more: ByNode): void {
  for (const [node, bytes] of more) {
    total.set(node, addIntegers(total.get(node) ?? 0, bytes));
  }
}

function unread(reason: NullReason): Readout<NumaFields> {
  const { fields } = NOT_DUE;
  return { fields, reasons: reasonFor("numaBytes", reason) };
}

/** As many nodes, from the first on, as fit on a line. */
function readoutOf(bytes: ByNode): Readout<NumaFields> {
  const nodes = [...bytes].sort(([a], [b]) => a - b);
  const isAbsurd = nodes.some(([, of]) => usedBytes(of) === null);
  if (isAbsurd) return { ...unread("failed"), isAbsurd };
  let room: number = ROOM.numaBytes;
  const numaBytes: Record<string, Integer> = {};
  for (const [node, of] of nodes) {
    // Quotes, a colon, and a comma or a brace.
    room -= `${node}${of}`.length + 4;
    if (room < 1) break;
    numaBytes[node] = of;
  }
  const numaBytesTruncated = room < 1;
  return { fields: { numaBytes, numaBytesTruncated }, reasons: null };
}
