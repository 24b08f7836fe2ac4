/**
 * The collector `signals`: which signals are pending, blocked, ignored and caught. It reads
 * `status`, and that of each thread if there are several.
 *
 * @module
 */

import { addIntegers, type Integer, toInteger } from "../integer.ts";
import type { SignalsFields } from "../model/collected_fields.ts";
import {
  lineReason,
  noneIfEmpty,
  type NullReason,
  processReason,
  type Readout,
  reasonFor,
} from "../model/null_reason.ts";
import { parseSignals } from "../parse/status.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { statusOfThreads } from "./_files_by_thread.ts";
import type { Collector, ProcessVisit, VisitedFiles } from "./collector.ts";

/**
 * Adds the signals that are pending, blocked, ignored and caught in each process.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { signals } from "@procline/procline/collect";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [signals()] });
 * assertEquals(sampler.sample().processes[0]?.signals?.pending, 0);
 * ```
 */
export function signals(): Collector {
  return {
    name: "signals",
    unusable: () => null,
    start: (_, { files }) => ({ visit: (visit) => readSignals(files, visit) }),
  };
}

/** The figures of the map, and the lines that make them. */
const FIGURES = [
  ["queued", "queued", "SigQ"],
  ["pending", "shdPnd", "ShdPnd"],
  ["thread_pending", "sigPnd", "SigPnd"],
  ["blocked", "sigBlk", "SigBlk"],
  ["ignored", "sigIgn", "SigIgn"],
  ["caught", "sigCgt", "SigCgt"],
] as const;

function readSignals(
  files: VisitedFiles,
  { process }: ProcessVisit,
): Readout<SignalsFields> {
  // Not the directory of the visit: it is another thread's once the main thread has ended, and
  // each thread has signals blocked that are its own.
  const { value, reason } = files.readFields(
    `/proc/${process.pid}/status`,
    parseSignals,
  );
  if (value === null) {
    const why = processReason(reason, process.stat);
    return { fields: { signals: null }, reasons: { signals: why } };
  }
  const figures: Record<string, Integer | null> = {};
  const reasons: Record<string, NullReason> = {};
  for (const [name, key, line] of FIGURES) {
    const found = value[key];
    figures[name] = typeof found === "object" && found !== null
      ? toSet(found)
      : found;
    if (found === null) reasons.signals ??= lineReason(value, line);
  }
  if (process.stat.numThreads < 2 || value.sigPnd === null) {
    return { fields: { signals: figures }, reasons: noneIfEmpty(reasons) };
  }
  const pending = pendingOf(files, process);
  figures.thread_pending = typeof pending === "string" ? null : toSet(pending);
  return {
    fields: { signals: figures },
    reasons: noneIfEmpty(reasons) ??
      reasonFor("signals", typeof pending === "string" ? pending : null),
  };
}

/** The signals that are pending for some thread alone; or why they are not known. */
function pendingOf(
  files: VisitedFiles,
  { pid, stat }: TreeProcess,
): number[] | NullReason {
  const pending = new Set<number>();
  const threads = statusOfThreads(files, pid, parseSignals);
  for (const { value, reason } of threads) {
    if (value === null) return processReason(reason, stat);
    const { sigPnd } = value;
    if (sigPnd === null) return lineReason(value, "SigPnd");
    sigPnd.forEach((signal) => pending.add(signal));
  }
  return [...pending];
}

/** A set of signals as one number: bit `n - 1` is signal `n`. */
function toSet(signals: readonly number[]): Integer {
  return signals.reduce<Integer>(
    (sum, signal) => addIntegers(sum, toInteger(1n << BigInt(signal - 1))),
    0,
  );
}
