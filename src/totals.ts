/**
 * What the processes of a sample make together.
 *
 * @module
 */

import {
  addTicks,
  type CpuPercentages,
  cpuPercentages,
  type CpuScale,
  type CpuTicks,
  type CpuUsage,
  NO_TICKS,
  ticksPerIntervalSecond,
} from "./cpu.ts";
import { addIntegers, type Integer } from "./integer.ts";
import type { UnreadableNotes } from "./process.ts";
import type { ProcessSample, TreeSample } from "./sample.ts";

/** One process of a sample, and what it used. */
export interface Measured {
  /** The process's line. */
  readonly process: ProcessSample;
  /** CPU time since its start. */
  readonly cpu: CpuTicks;
  /** CPU time within its window; null where no window is known. */
  readonly usage: CpuUsage | null;
}

/** The fields of a tree's line that its processes make. */
export type Totals = Pick<
  TreeSample,
  | "numProcesses"
  | "numThreads"
  | "rssBytes"
  | "vsizeBytes"
  | "cpuPercentage"
  | "userCpuPercentage"
  | "kernelCpuPercentage"
  | "cpuLimitPercentage"
  | "userCpuSecondsTotal"
  | "kernelCpuSecondsTotal"
  | "numCores"
  | "unreadable"
>;

/** What the sums are scaled with. */
export interface TotalsOptions extends CpuScale {
  /** Seconds since the previous sample; null on the first. */
  readonly intervalSeconds: number | null;
}

/** Sums up the processes of a sample. */
export function sumUp(
  measured: readonly Measured[],
  options: TotalsOptions,
): Totals {
  const { numCores, ticksPerSecond } = options;
  const notes: UnreadableNotes = {};
  let numThreads = 0;
  let cpu = NO_TICKS;
  for (const one of measured) {
    numThreads += one.process.numThreads;
    cpu = addTicks(cpu, one.cpu);
  }
  const percentages = treePercentages(measured, options);
  if (percentages === null) {
    notes.cpuPercentage = notes.userCpuPercentage = "clock";
    notes.kernelCpuPercentage = notes.cpuLimitPercentage = "clock";
  }
  if (numCores === null) {
    notes.numCores = notes.cpuLimitPercentage = "failed";
  }
  return {
    numProcesses: measured.length,
    numThreads,
    rssBytes: sumBytes(measured, { field: "rssBytes", notes }),
    vsizeBytes: sumBytes(measured, { field: "vsizeBytes", notes }),
    cpuPercentage: percentages?.total ?? null,
    userCpuPercentage: percentages?.user ?? null,
    kernelCpuPercentage: percentages?.kernel ?? null,
    cpuLimitPercentage: percentages === null || numCores === null
      ? null
      : percentages.total / numCores,
    userCpuSecondsTotal: cpu.user / ticksPerSecond,
    kernelCpuSecondsTotal: cpu.kernel / ticksPerSecond,
    numCores,
    unreadable: Object.keys(notes).length === 0 ? null : notes,
  };
}

/** The tree's percentages from its processes' deltas, so that one that joins or leaves neither spikes nor dents them. */
function treePercentages(
  measured: readonly Measured[],
  options: TotalsOptions,
): CpuPercentages | null {
  let perSecond = NO_TICKS;
  for (const { usage } of measured) {
    if (usage === null) return null;
    perSecond = addTicks(
      perSecond,
      ticksPerIntervalSecond(usage, options.intervalSeconds ?? 0),
    );
  }
  return cpuPercentages({ used: perSecond, windowSeconds: 1 }, options);
}

/** The sum of a field; null, with the reason, where a process's part could not be read. Who has no memory adds nothing. */
function sumBytes(
  measured: readonly Measured[],
  options: {
    readonly field: "rssBytes" | "vsizeBytes";
    readonly notes: UnreadableNotes;
  },
): Integer | null {
  const { field, notes } = options;
  let total: Integer = 0;
  for (const { process } of measured) {
    const value = process[field];
    const why = process.unreadable?.[field];
    if (value !== null) total = addIntegers(total, value);
    else if (why === "denied" || why === "failed" || why === "malformed") {
      notes[field] = why;
    }
  }
  return notes[field] === undefined ? total : null;
}
