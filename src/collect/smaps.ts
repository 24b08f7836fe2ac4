/**
 * The collector `smaps`: memory by mapped path. The kernel prints a paragraph for each mapping, so
 * this is the slowest of all: it reads once all processes were visited.
 *
 * @module
 */

import { addIntegers, type Integer } from "../integer.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import type { MappingSample } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import type { NullReasons } from "../model/null_reason.ts";
import { type MappedMemory, type Mapping, parseSmaps } from "../parse/smaps.ts";
import { cutText } from "../text.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { Amounts } from "./_amounts.ts";
import { mappedMemoryFields } from "./_mapped_memory.ts";
import { missingFile } from "./_missing_file.ts";
import type {
  Collector,
  Extras,
  ProcessVisit,
  RunningCollector,
} from "./collector.ts";

/** How often `smaps` is read. */
export interface SmapsOptions {
  /**
   * It is read in the first of this many samples.
   *
   * @default {1}
   */
  readonly every?: number;
}

/**
 * Adds the memory of each process by mapped path, as lines of their own.
 *
 * @throws {RangeError} If `every` is not a whole number above 0.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { smaps } from "@procline/procline/collect";
 * import { assert } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [smaps({ every: 10 })] });
 * const { mappings = [] } = sampler.sample();
 * assert(mappings.some(({ pathname }) => pathname === "[stack]"));
 * ```
 */
export function smaps(options: SmapsOptions = {}): Collector {
  const { every = 1 } = options;
  if (!Number.isSafeInteger(every) || every < 1) {
    throw new RangeError(
      `Cannot read smaps in one of ${every} samples: that is no whole number above 0`,
    );
  }
  return {
    name: "smaps",
    every,
    unusable: (reader) => missingFile(reader, "smaps", "/proc/self/smaps"),
    start: (reader) => new SmapsReader(reader),
  };
}

class SmapsReader implements RunningCollector {
  readonly #reader: ProcReader;
  /** The processes whose `smaps` is read at the end of the sample. */
  #visits: ProcessVisit[] = [];

  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  visit(visit: ProcessVisit): null {
    this.#visits.push(visit);
    return null;
  }

  finish(): Extras {
    const missing = new Map<number, NullReasons>();
    const mappings = this.#visits.flatMap(({ process, directory }) => {
      const path = `${directory}/smaps`;
      const { value, reason } = this.#reader.read(path, parseSmaps);
      if (reason !== null && reason !== "gone") {
        missing.set(process.pid, { smaps: reason });
      }
      return mappingSamples(process, value ?? []);
    });
    this.#visits = [];
    return { extras: { mappings }, missing };
  }
}

/** The mappings of a process, those of the same path summed. */
function mappingSamples(
  process: TreeProcess,
  mappings: readonly Mapping[],
): MappingSample[] {
  const byPath = Map.groupBy(mappings, ({ pathname }) => pathname);
  return Array.from(
    byPath,
    ([pathname, same]) => mappingSample(process, pathname, same),
  );
}

function mappingSample(
  { pid, startTicks }: TreeProcess,
  pathname: string,
  mappings: readonly Mapping[],
): MappingSample {
  const cut = cutText(pathname, ROOM.pathname);
  const amounts = new Amounts("unsupported");
  const sums = sumOf(mappings);
  const mapped = mappedMemoryFields(sums, amounts);
  const fields = {
    sizeBytes: amounts.range("sizeBytes", sums.size),
    rssBytes: amounts.used("rssBytes", sums.rss),
    swapBytes: amounts.used("swapBytes", sums.swap),
    lockedBytes: amounts.used("lockedBytes", sums.locked),
    ...mapped,
  };
  return {
    pid,
    startTicks,
    pathname: cut,
    pathnameTruncated: cut !== pathname,
    numMappings: mappings.length,
    ...fields,
    unreadable: amounts.reasons,
  };
}

/**
 * The sums of the sizes; null if the kernel does not report one. Sums of kB cost less than sums of
 * bytes.
 */
function sumOf(mappings: readonly Mapping[]): MappedMemory & { size: Integer } {
  const sum = (sizeOf: (mapping: Mapping) => Integer): Integer => {
    let total: Integer = 0;
    for (const mapping of mappings) {
      total = addIntegers(total, sizeOf(mapping));
    }
    return total;
  };
  const sumIfKnown = (
    sizeOf: (mapping: Mapping) => Integer | null,
  ): Integer | null => {
    let total: Integer = 0;
    for (const mapping of mappings) {
      const size = sizeOf(mapping);
      if (size === null) return null;
      total = addIntegers(total, size);
    }
    return total;
  };
  return {
    size: sum(({ size }) => size),
    rss: sum(({ rss }) => rss),
    pss: sum(({ pss }) => pss),
    pssDirty: sumIfKnown(({ pssDirty }) => pssDirty),
    sharedClean: sum(({ sharedClean }) => sharedClean),
    sharedDirty: sum(({ sharedDirty }) => sharedDirty),
    privateClean: sum(({ privateClean }) => privateClean),
    privateDirty: sum(({ privateDirty }) => privateDirty),
    referenced: sum(({ referenced }) => referenced),
    anonymous: sum(({ anonymous }) => anonymous),
    ksm: sumIfKnown(({ ksm }) => ksm),
    lazyFree: sumIfKnown(({ lazyFree }) => lazyFree),
    anonHugePages: sumIfKnown(({ anonHugePages }) => anonHugePages),
    shmemPmdMapped: sumIfKnown(({ shmemPmdMapped }) => shmemPmdMapped),
    filePmdMapped: sumIfKnown(({ filePmdMapped }) => filePmdMapped),
    sharedHugetlb: sumIfKnown(({ sharedHugetlb }) => sharedHugetlb),
    privateHugetlb: sumIfKnown(({ privateHugetlb }) => privateHugetlb),
    swap: sumIfKnown(({ swap }) => swap),
    swapPss: sumIfKnown(({ swapPss }) => swapPss),
    locked: sumIfKnown(({ locked }) => locked),
  };
}
