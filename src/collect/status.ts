/**
 * The collector `status`: memory by kind, the user, and context switches. It reads `status`, and that of each thread where there
 * are several.
 *
 * @module
 */

import { addIntegers, type Integer, multiplyIntegers } from "../integer.ts";
import { parseStatus, type Status } from "../parse/status.ts";
import { noteUnsupported } from "../model/null_reason.ts";
import { nothing, type Visit } from "./collector.ts";
import type { StatusFields } from "../model/groups.ts";

const KIB = 1024;

/** The fields that count kB in the kernel's text, and the names they have there. */
const SIZES = {
  peakRssBytes: "vmHwm",
  peakVsizeBytes: "vmPeak",
  rssAnonBytes: "rssAnon",
  rssFileBytes: "rssFile",
  rssShmemBytes: "rssShmem",
  dataBytes: "vmData",
  stackBytes: "vmStk",
  textBytes: "vmExe",
  libBytes: "vmLib",
  pageTablesBytes: "vmPte",
  swapBytes: "vmSwap",
  lockedBytes: "vmLck",
} as const satisfies Readonly<Record<string, keyof Status>>;

const SIZE_KEYS = Object.keys(SIZES) as (keyof typeof SIZES)[];
const SWITCH_KEYS = [
  "voluntaryCtxtSwitches",
  "nonvoluntaryCtxtSwitches",
] as const;

/** An older kernel may print `VmLib` as a number just below 2^64, see `Status.vmLib`; no address space has so much. */
const MAX_KIB = 2 ** 54;

/** Reads the `status` of a process, and of its threads. */
export function collectStatus(visit: Visit): StatusFields {
  const { value: status, unread } = visit.reader.read(
    `${visit.directory}/status`,
    parseStatus,
  );
  if (status === null) {
    return nothing(visit, {
      keys: ["uid", ...SIZE_KEYS, ...SWITCH_KEYS],
      unread,
    });
  }
  return {
    uid: status.uid,
    ...sizes(status, visit),
    ...switches(status, visit),
  };
}

function sizes(
  status: Status,
  visit: Visit,
): Record<keyof typeof SIZES, Integer | null> {
  const unread = status.vmRss === null ? "gone" : "unsupported";
  const fields = nothing(visit, { keys: SIZE_KEYS, unread });
  const found: Record<keyof typeof SIZES, Integer | null> = { ...fields };
  for (const key of SIZE_KEYS) {
    const value = status[SIZES[key]];
    if (value === null || value >= MAX_KIB) continue;
    found[key] = multiplyIntegers(value, KIB);
    delete visit.notes[key];
  }
  return found;
}

/** A thread's `status` counts its own switches alone. */
function switches(
  status: Status,
  visit: Visit,
): Pick<StatusFields, typeof SWITCH_KEYS[number]> {
  const { reader, member } = visit;
  if (member.stat.numThreads === 1) {
    const { voluntaryCtxtSwitches, nonvoluntaryCtxtSwitches } = status;
    const fields = { voluntaryCtxtSwitches, nonvoluntaryCtxtSwitches };
    noteUnsupported(fields, { keys: SWITCH_KEYS, notes: visit.notes });
    return fields;
  }
  const tasks = `/proc/${member.pid}/task`;
  let voluntary: Integer = 0;
  let nonvoluntary: Integer = 0;
  const listed = reader.readDir(tasks);
  if (listed.value === null) {
    return nothing(visit, { keys: SWITCH_KEYS, unread: listed.unread });
  }
  for (const tid of listed.value) {
    const { value: thread, unread } = reader.read(
      `${tasks}/${tid}/status`,
      parseStatus,
    );
    if (unread === "gone") continue;
    if (
      thread === null || thread.voluntaryCtxtSwitches === null ||
      thread.nonvoluntaryCtxtSwitches === null
    ) {
      return nothing(visit, {
        keys: SWITCH_KEYS,
        unread: unread ?? "unsupported",
      });
    }
    voluntary = addIntegers(voluntary, thread.voluntaryCtxtSwitches);
    nonvoluntary = addIntegers(nonvoluntary, thread.nonvoluntaryCtxtSwitches);
  }
  return {
    voluntaryCtxtSwitches: voluntary,
    nonvoluntaryCtxtSwitches: nonvoluntary,
  };
}
