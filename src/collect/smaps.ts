/**
 * The collector `smaps`: memory by mapped path. The kernel prints a paragraph for each mapping, so
 * this is the slowest of all: it reads once all processes were visited.
 *
 * @module
 */

import type { PartlyMalformed } from "../errors.ts";
import { addIntegers, type Integer } from "../integer.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import type { MappingSample } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import { type NullReasons, processReason } from "../model/null_reason.ts";
import { type MappedMemory, type Mapping, parseSmaps } from "../parse/smaps.ts";
import { copyText, cutText } from "../text.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { Amounts } from "./_amounts.ts";
import { checkEvery, EveryNth } from "./_every.ts";
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
   * It is read in the first of this many samples: a whole number above 0.
   *
   * @default {1}
   */
  readonly every?: number | undefined;
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
  checkEvery("smaps", every);
  return {
    name: "smaps",
    unusable: (reader) => missingFile(reader, "smaps", "/proc/self/smaps"),
    start: (reader) => new SmapsReader(reader, every),
  };
}

class SmapsReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #counted: EveryNth;
  /**
   * Each path of the sample, as a text of its own: a part of the text of `smaps` would keep all of
   * that in memory.
   */
  readonly #paths = new Map<string, string>();
  /** The processes whose `smaps` is read at the end of the sample. */
  #visits: ProcessVisit[] = [];

  constructor(reader: ProcReader, every: number) {
    this.#reader = reader;
    this.#counted = new EveryNth(every);
  }

  begin(): void {
    this.#counted.count();
    this.#visits = [];
    this.#paths.clear();
  }

  visit(visit: ProcessVisit): null {
    if (this.#counted.isDue) this.#visits.push(visit);
    return null;
  }

  *finishInSteps(): Generator<void, Extras> {
    if (!this.#counted.isDue) return { extras: {} };
    const absurd = new Set<number>();
    const missing = new Map<number, NullReasons>();
    const mappings: MappingSample[] = [];
    for (const { process, directory, hasParentsMemory } of this.#visits) {
      if (hasParentsMemory) {
        missing.set(process.pid, { smaps: "shared_with_parent" });
        continue;
      }
      const path = `${directory}/smaps`;
      const { value, reason } = this.#reader.readFields(path, parseAll);
      const samples = mappingSamples(
        process,
        value?.mappings ?? [],
        (pathname) => this.#ownPath(pathname),
      );
      if (samples.length === 0) {
        // An empty file, as a missing one, is that of a process without memory.
        const smaps = processReason(reason ?? "gone", process.stat);
        missing.set(process.pid, { smaps });
      }
      if (samples.some(({ isAbsurd }) => isAbsurd)) absurd.add(process.pid);
      for (const { mapping } of samples) mappings.push(mapping);
      yield;
    }
    this.#visits = [];
    return { extras: { mappings }, missing, absurd };
  }

  #ownPath(pathname: string): string {
    let own = this.#paths.get(pathname);
    if (own === undefined) {
      own = copyText(pathname);
      this.#paths.set(own, own);
    }
    return own;
  }
}

/** The mappings of one path, summed. */
interface SummedMapping {
  readonly mapping: MappingSample;
  /** Whether an amount of memory makes no sense, for it is beyond 2^53 bytes. */
  readonly isAbsurd: boolean;
}

/** The mappings of a process, those of the same path summed. */
function mappingSamples(
  process: TreeProcess,
  mappings: readonly Mapping[],
  ownPath: (pathname: string) => string,
): SummedMapping[] {
  const byPath = Map.groupBy(mappings, ({ pathname }) => pathname);
  return Array.from(
    byPath,
    ([pathname, same]) => mappingSample(process, ownPath(pathname), same),
  );
}

function mappingSample(
  { pid, startTicks }: TreeProcess,
  pathname: string,
  mappings: readonly Mapping[],
): SummedMapping {
  const cut = cutText(pathname, ROOM.pathname);
  const sums = sumOf(mappings);
  const amounts = new Amounts(sums, "unsupported");
  const mapped = mappedMemoryFields(sums, amounts);
  const mapping = {
    // The spread stands first: V8 then copies the object fast.
    ...mapped,
    pid,
    startTicks,
    pathname: cut,
    pathnameTruncated: cut !== pathname,
    numMappings: mappings.length,
    sizeBytes: amounts.range("sizeBytes", sums.size, "Size"),
    rssBytes: amounts.used("rssBytes", sums.rss, "Rss"),
    swapBytes: amounts.used("swapBytes", sums.swap, "Swap"),
    lockedBytes: amounts.used("lockedBytes", sums.locked, "Locked"),
    unreadable: amounts.reasons,
  };
  return { mapping, isAbsurd: amounts.isAbsurd };
}

type Sums = MappedMemory & Pick<Mapping, "size">;

/**
 * The sums of the sizes; null if one of them is not known. Sums of kB cost less than sums of
 * bytes.
 */
function sumOf(mappings: readonly Mapping[]): Sums {
  const [only] = mappings;
  if (mappings.length === 1 && only !== undefined) return only;
  const sum = (
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
    pssDirty: sum(({ pssDirty }) => pssDirty),
    sharedClean: sum(({ sharedClean }) => sharedClean),
    sharedDirty: sum(({ sharedDirty }) => sharedDirty),
    privateClean: sum(({ privateClean }) => privateClean),
    privateDirty: sum(({ privateDirty }) => privateDirty),
    referenced: sum(({ referenced }) => referenced),
    anonymous: sum(({ anonymous }) => anonymous),
    ksm: sum(({ ksm }) => ksm),
    lazyFree: sum(({ lazyFree }) => lazyFree),
    anonHugePages: sum(({ anonHugePages }) => anonHugePages),
    shmemPmdMapped: sum(({ shmemPmdMapped }) => shmemPmdMapped),
    filePmdMapped: sum(({ filePmdMapped }) => filePmdMapped),
    sharedHugetlb: sum(({ sharedHugetlb }) => sharedHugetlb),
    privateHugetlb: sum(({ privateHugetlb }) => privateHugetlb),
    swap: sum(({ swap }) => swap),
    swapPss: sum(({ swapPss }) => swapPss),
    locked: sum(({ locked }) => locked),
    ...faultsOf(mappings),
  };
}

/** The mappings of a process, and which of their sizes make no sense. */
function parseAll(
  text: string,
): PartlyMalformed & { readonly mappings: readonly Mapping[] } {
  const mappings = parseSmaps(text);
  return { mappings, ...faultsOf(mappings) };
}

function faultsOf(mappings: readonly PartlyMalformed[]): PartlyMalformed {
  const malformed = mappings.flatMap((mapping) => mapping.malformed ?? []);
  return malformed.length === 0 ? {} : { malformed };
}
