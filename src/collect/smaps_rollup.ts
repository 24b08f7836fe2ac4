/**
 * The collector `smaps_rollup`: memory with shared pages divided by their sharers. The kernel walks
 * the page tables of the process for it, and holds its memory lock meanwhile: some milliseconds for
 * each GiB.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import {
  joinReasons,
  KnownSum,
  type NullReason,
  processReason,
  type Readout,
  reasonFor,
  sameReason,
  usedSum,
} from "../model/null_reason.ts";
import type { SmapsRollupFields } from "../model/collected_fields.ts";
import { parseSmapsRollup, type SmapsRollup } from "../parse/smaps_rollup.ts";
import { Amounts } from "./_amounts.ts";
import { mappedMemoryFields } from "./_mapped_memory.ts";
import { missingFile } from "./_missing_file.ts";
import type {
  Collector,
  ProcessVisit,
  RunningCollector,
  Totals,
} from "./collector.ts";

const NOTHING: SmapsRollupFields = {
  ussBytes: null,
  pssBytes: null,
  pssDirtyBytes: null,
  privateCleanBytes: null,
  privateDirtyBytes: null,
  sharedCleanBytes: null,
  sharedDirtyBytes: null,
  referencedBytes: null,
  anonymousBytes: null,
  ksmBytes: null,
  lazyFreeBytes: null,
  anonHugePagesBytes: null,
  shmemPmdMappedBytes: null,
  filePmdMappedBytes: null,
  sharedHugetlbBytes: null,
  privateHugetlbBytes: null,
  swapPssBytes: null,
  pssAnonBytes: null,
  pssFileBytes: null,
  pssShmemBytes: null,
  rollupRssBytes: null,
  rollupSwapBytes: null,
  rollupLockedBytes: null,
};

/**
 * Adds the proportional and the unique memory of each process, and of the tree.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { smapsRollup } from "@procline/procline/collect";
 * import { assertGreater } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [smapsRollup()] });
 * assertGreater(sampler.sample().tree.pssBytes, 0);
 * ```
 */
export function smapsRollup(): Collector {
  return {
    name: "smaps_rollup",
    unusable: (reader) =>
      missingFile(reader, "smaps_rollup", "/proc/self/smaps_rollup"),
    start: (reader) => new RollupReader(reader),
  };
}

/** Reads processes, and adds up what they say. */
class RollupReader implements RunningCollector {
  readonly #reader: ProcReader;
  #pss = new KnownSum();
  #uss = new KnownSum();

  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  begin(): void {
    this.#pss = new KnownSum();
    this.#uss = new KnownSum();
  }

  visit(visit: ProcessVisit): Readout<SmapsRollupFields> {
    const readout = this.#read(visit);
    const { fields, reasons } = readout;
    this.#pss.add(fields.pssBytes, reasons?.pssBytes);
    this.#uss.add(fields.ussBytes, reasons?.ussBytes);
    return readout;
  }

  #read(
    { directory, process, hasParentsMemory }: ProcessVisit,
  ): Readout<SmapsRollupFields> {
    if (hasParentsMemory) return nothing("shared_with_parent");
    const { value, reason } = this.#reader.readFields(
      `${directory}/smaps_rollup`,
      parseSmapsRollup,
    );
    return value === null
      ? nothing(processReason(reason, process.stat))
      : fieldsOf(value);
  }

  total(): Totals {
    const pss = usedSum(this.#pss);
    const uss = usedSum(this.#uss);
    return {
      fields: { pssBytes: pss.bytes, ussBytes: uss.bytes },
      reasons: joinReasons(
        reasonFor("pssBytes", pss.reason),
        reasonFor("ussBytes", uss.reason),
      ),
      consistent: true,
    };
  }
}

function nothing(reason: NullReason): Readout<SmapsRollupFields> {
  return { fields: NOTHING, reasons: sameReason(Object.keys(NOTHING), reason) };
}

function fieldsOf(rollup: SmapsRollup): Readout<SmapsRollupFields> {
  const amounts = new Amounts(rollup, "unsupported");
  const fields = {
    ...mappedMemoryFields(rollup, amounts),
    pssAnonBytes: amounts.used("pssAnonBytes", rollup.pssAnon, "Pss_Anon"),
    pssFileBytes: amounts.used("pssFileBytes", rollup.pssFile, "Pss_File"),
    pssShmemBytes: amounts.used("pssShmemBytes", rollup.pssShmem, "Pss_Shmem"),
    rollupRssBytes: amounts.used("rollupRssBytes", rollup.rss, "Rss"),
    rollupSwapBytes: amounts.used("rollupSwapBytes", rollup.swap, "Swap"),
    rollupLockedBytes: amounts.used(
      "rollupLockedBytes",
      rollup.locked,
      "Locked",
    ),
  };
  return { fields, reasons: amounts.reasons, isAbsurd: amounts.isAbsurd };
}
