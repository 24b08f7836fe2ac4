/**
 * The collector `status`: memory by kind, the user, and context switches. It reads `status`, and
 * that of each thread if there are several.
 *
 * @module
 */

import { isMalformed } from "../errors.ts";
import { addIntegers, type Integer } from "../integer.ts";
import type { UnreadReason } from "../kernel/proc_reader.ts";
import type {
  StatusFields,
  ThreadSwitches,
  UserFields,
} from "../model/collected_fields.ts";
import {
  joinReasons,
  lineReasons,
  type NullReasons,
  processReason,
  type Readout,
  sameReason,
  whyNothing,
} from "../model/null_reason.ts";
import {
  type CtxtSwitches,
  parseCtxtSwitches,
  parseStatus,
  type Status,
} from "../parse/status.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { Amounts } from "./_amounts.ts";
import { statusOfThreads } from "./_files_by_thread.ts";
import type { Collector, ProcessVisit, VisitedFiles } from "./collector.ts";

type Sizes = Omit<StatusFields, keyof ThreadSwitches>;

/** Switches of which none is known. */
export const NO_SWITCHES: ThreadSwitches = {
  voluntaryCtxtSwitches: null,
  nonvoluntaryCtxtSwitches: null,
};

/** The lines of the switches. */
const SWITCH_LINES = {
  voluntaryCtxtSwitches: "voluntary_ctxt_switches",
  nonvoluntaryCtxtSwitches: "nonvoluntary_ctxt_switches",
} satisfies Record<keyof ThreadSwitches, string>;

const NO_SIZES: Sizes = {
  peakRssBytes: null,
  peakVsizeBytes: null,
  rssAnonBytes: null,
  rssFileBytes: null,
  rssShmemBytes: null,
  dataBytes: null,
  stackBytes: null,
  textBytes: null,
  libBytes: null,
  pageTablesBytes: null,
  swapBytes: null,
  lockedBytes: null,
};

const NOTHING: UserFields & StatusFields = {
  uid: null,
  ...NO_SIZES,
  ...NO_SWITCHES,
};

/**
 * Adds memory by kind, the user and context switches of each process.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { status } from "@procline/procline/collect";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [status()] });
 * assertEquals(sampler.sample().processes[0]?.uid, Deno.uid());
 * ```
 */
export function status(): Collector {
  return {
    name: "status",
    unusable: () => null,
    start: (_, { files }) => ({ visit: (visit) => readStatus(files, visit) }),
  };
}

function readStatus(
  files: VisitedFiles,
  { directory, process, hasParentsMemory }: ProcessVisit,
): Readout<UserFields & StatusFields> {
  const { value, reason } = files.readFields(
    `${directory}/status`,
    parseStatus,
  );
  if (value === null) {
    const why = processReason(reason, process.stat);
    return { fields: NOTHING, reasons: sameReason(Object.keys(NOTHING), why) };
  }
  const sizes = hasParentsMemory
    ? {
      fields: NO_SIZES,
      reasons: sameReason(Object.keys(NO_SIZES), "shared_with_parent"),
      isAbsurd: false,
    }
    : sizesOf(value, process);
  const switches = process.stat.numThreads === 1
    ? switchesOf(value)
    : readSwitches(files, process);
  const { uid } = value;
  return {
    fields: { uid, ...sizes.fields, ...switches.fields },
    reasons: joinReasons(
      lineReasons(value, { uid }, { uid: "Uid" }),
      sizes.reasons,
      switches.reasons,
    ),
    isAbsurd: sizes.isAbsurd ?? false,
  };
}

function sizesOf(status: Status, { stat }: TreeProcess): Readout<Sizes> {
  const amounts = new Amounts(
    status,
    hasMemory(status) ? "unsupported" : whyNothing(stat),
  );
  const fields = {
    peakRssBytes: amounts.used("peakRssBytes", status.vmHwm, "VmHWM"),
    peakVsizeBytes: amounts.range("peakVsizeBytes", status.vmPeak, "VmPeak"),
    rssAnonBytes: amounts.used("rssAnonBytes", status.rssAnon, "RssAnon"),
    rssFileBytes: amounts.used("rssFileBytes", status.rssFile, "RssFile"),
    rssShmemBytes: amounts.used("rssShmemBytes", status.rssShmem, "RssShmem"),
    dataBytes: amounts.range("dataBytes", status.vmData, "VmData"),
    stackBytes: amounts.range("stackBytes", status.vmStk, "VmStk"),
    textBytes: amounts.range("textBytes", status.vmExe, "VmExe"),
    libBytes: amounts.range("libBytes", status.vmLib, "VmLib"),
    pageTablesBytes: amounts.range("pageTablesBytes", status.vmPte, "VmPTE"),
    swapBytes: amounts.used("swapBytes", status.vmSwap, "VmSwap"),
    lockedBytes: amounts.range("lockedBytes", status.vmLck, "VmLck"),
  };
  return { fields, reasons: amounts.reasons, isAbsurd: amounts.isAbsurd };
}

/** Whether any line of memory is there. */
function hasMemory({ vmPeak, vmHwm, vmRss, vmData, ...status }: Status) {
  return [vmPeak, vmHwm, vmRss, vmData].some((size) => size !== null) ||
    isMalformed(status, ["VmPeak", "VmHWM", "VmRSS", "VmData"]);
}

/** The switches that a `status` shows: those of one thread. */
export function switchesOf(status: CtxtSwitches): Readout<ThreadSwitches> {
  const { voluntaryCtxtSwitches, nonvoluntaryCtxtSwitches } = status;
  const fields = { voluntaryCtxtSwitches, nonvoluntaryCtxtSwitches };
  return {
    fields,
    reasons: lineReasons(status, fields, SWITCH_LINES),
  };
}

/** A thread's `status` counts its own switches alone. */
function readSwitches(
  files: VisitedFiles,
  { pid, stat }: TreeProcess,
): Readout<ThreadSwitches> {
  const unknown = (reason: UnreadReason): Readout<ThreadSwitches> => ({
    fields: NO_SWITCHES,
    reasons: sameReason(
      Object.keys(NO_SWITCHES),
      processReason(reason, stat),
    ),
  });
  let sums: ThreadSwitches = {
    voluntaryCtxtSwitches: 0,
    nonvoluntaryCtxtSwitches: 0,
  };
  let reasons: NullReasons | null = null;
  for (const read of statusOfThreads(files, pid, parseCtxtSwitches)) {
    if (read.value === null) return unknown(read.reason);
    const switches = switchesOf(read.value);
    sums = addSwitches(sums, switches.fields);
    reasons = joinReasons(reasons, switches.reasons);
  }
  return { fields: sums, reasons };
}

/** The sums; null where a part is not known. */
function addSwitches(a: ThreadSwitches, b: ThreadSwitches): ThreadSwitches {
  const add = (key: keyof ThreadSwitches) => addIfKnown(a[key], b[key]);
  return {
    voluntaryCtxtSwitches: add("voluntaryCtxtSwitches"),
    nonvoluntaryCtxtSwitches: add("nonvoluntaryCtxtSwitches"),
  };
}

function addIfKnown(a: Integer | null, b: Integer | null): Integer | null {
  return a === null || b === null ? null : addIntegers(a, b);
}
