/**
 * The collector `status`: memory by kind, the user, and context switches. It reads `status`, and
 * that of each thread if there are several.
 *
 * @module
 */

import { addIntegers, type Integer } from "../integer.ts";
import type { ProcReader, UnreadReason } from "../kernel/proc_reader.ts";
import type { StatusFields, UserFields } from "../model/collected_fields.ts";
import {
  joinReasons,
  processReason,
  type Readout,
  sameReason,
  unsupportedIfNull,
  whyNothing,
} from "../model/null_reason.ts";
import { parseStatus, type Status } from "../parse/status.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { Amounts } from "./_amounts.ts";
import type { Collector, ProcessVisit } from "./collector.ts";

type Switches = Pick<
  StatusFields,
  "voluntaryCtxtSwitches" | "nonvoluntaryCtxtSwitches"
>;
type Sizes = Omit<StatusFields, keyof Switches>;

const NO_SWITCHES: Switches = {
  voluntaryCtxtSwitches: null,
  nonvoluntaryCtxtSwitches: null,
};

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
    start: (reader) => ({ visit: (visit) => readStatus(reader, visit) }),
  };
}

function readStatus(
  reader: ProcReader,
  { directory, process }: ProcessVisit,
): Readout<UserFields & StatusFields> {
  const { value, reason } = reader.read(`${directory}/status`, parseStatus);
  if (value === null) {
    const why = processReason(reason, process.stat);
    return { fields: NOTHING, reasons: sameReason(Object.keys(NOTHING), why) };
  }
  const sizes = sizesOf(value, process);
  const switches = process.stat.numThreads === 1
    ? switchesOf(value)
    : readSwitches(reader, process);
  return {
    fields: { uid: value.uid, ...sizes.fields, ...switches.fields },
    reasons: joinReasons(sizes.reasons, switches.reasons),
    isAbsurd: sizes.isAbsurd ?? false,
  };
}

function sizesOf(status: Status, { stat }: TreeProcess): Readout<Sizes> {
  const amounts = new Amounts(
    status.vmRss === null ? whyNothing(stat) : "unsupported",
  );
  const fields = {
    peakRssBytes: amounts.used("peakRssBytes", status.vmHwm),
    peakVsizeBytes: amounts.range("peakVsizeBytes", status.vmPeak),
    rssAnonBytes: amounts.used("rssAnonBytes", status.rssAnon),
    rssFileBytes: amounts.used("rssFileBytes", status.rssFile),
    rssShmemBytes: amounts.used("rssShmemBytes", status.rssShmem),
    dataBytes: amounts.range("dataBytes", status.vmData),
    stackBytes: amounts.range("stackBytes", status.vmStk),
    textBytes: amounts.range("textBytes", status.vmExe),
    libBytes: amounts.range("libBytes", status.vmLib),
    pageTablesBytes: amounts.range("pageTablesBytes", status.vmPte),
    swapBytes: amounts.used("swapBytes", status.vmSwap),
    lockedBytes: amounts.range("lockedBytes", status.vmLck),
  };
  return { fields, reasons: amounts.reasons, isAbsurd: amounts.isAbsurd };
}

function switchesOf(status: Status): Readout<Switches> {
  const { voluntaryCtxtSwitches, nonvoluntaryCtxtSwitches } = status;
  const fields = { voluntaryCtxtSwitches, nonvoluntaryCtxtSwitches };
  return {
    fields,
    reasons: unsupportedIfNull(fields, Object.keys(NO_SWITCHES)),
  };
}

/** A thread's `status` counts its own switches alone. */
function readSwitches(
  reader: ProcReader,
  { pid, stat }: TreeProcess,
): Readout<Switches> {
  const unknown = (reason: UnreadReason | "unsupported") => ({
    fields: NO_SWITCHES,
    reasons: sameReason(
      Object.keys(NO_SWITCHES),
      reason === "unsupported" ? reason : processReason(reason, stat),
    ),
  });
  const tasks = `/proc/${pid}/task`;
  const listed = reader.readDir(tasks);
  if (listed.value === null) return unknown(listed.reason);
  let voluntary: Integer = 0;
  let nonvoluntary: Integer = 0;
  for (const tid of listed.value) {
    const { value: thread, reason } = reader.read(
      `${tasks}/${tid}/status`,
      parseStatus,
    );
    if (reason === "gone") continue;
    if (
      thread === null || thread.voluntaryCtxtSwitches === null ||
      thread.nonvoluntaryCtxtSwitches === null
    ) {
      return unknown(reason ?? "unsupported");
    }
    voluntary = addIntegers(voluntary, thread.voluntaryCtxtSwitches);
    nonvoluntary = addIntegers(nonvoluntary, thread.nonvoluntaryCtxtSwitches);
  }
  return {
    fields: {
      voluntaryCtxtSwitches: voluntary,
      nonvoluntaryCtxtSwitches: nonvoluntary,
    },
    reasons: null,
  };
}
