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
  lifetimeTicks,
  NO_TICKS,
  scaleTicks,
  ticksBetween,
  ticksPerIntervalSecond,
} from "./cpu.ts";
import type { Stat } from "../parse/stat.ts";
import type { ProcessSample } from "../model/process.ts";
import type { TreeSample } from "../model/sample.ts";
import { sumKnown } from "../model/arithmetic.ts";
import type { UnreadableNotes } from "../model/null_reason.ts";

/** One process of a sample, and what it used. */
export interface Measured {
  /** The process's line. */
  readonly process: ProcessSample;
  /** Its own CPU time within its window; null where no window is known. */
  readonly usage: CpuUsage | null;
  /** Its age in seconds where it is seen first: its whole time is new to the tree. Null where it is known, or its age is not. */
  readonly newSeconds: number | null;
  /** Whether it has just come into the cgroup, and what it has used so far was used elsewhere. */
  readonly hasPast: boolean;
  /** What its `stat` said. */
  readonly stat: Stat;
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
  | "unseenCpuPercentage"
  | "cpuLimitPercentage"
  | "userCpuSecondsTotal"
  | "kernelCpuSecondsTotal"
  | "numCores"
>;

/** What the sums are made with. */
export interface TotalsOptions extends CpuScale {
  /** The cores that the root may use; null where that is not known. */
  readonly numCores: number | null;
  /** Seconds since the previous sample; null on the first. */
  readonly intervalSeconds: number | null;
  /** The tree's CPU time, ended processes included. */
  readonly cpu: CpuTicks;
  /** The same at the previous sample; nothing before the first. */
  readonly previousCpu: CpuTicks;
  /** Collects why which fields of the tree's line are null. */
  readonly notes: UnreadableNotes;
}

/** Sums up the processes of a sample. */
export function sumUp(
  measured: readonly Measured[],
  options: TotalsOptions,
): Totals {
  const { numCores, ticksPerSecond, cpu, notes } = options;
  const processes = measured.map(({ process }) => process);
  let numThreads = 0;
  processes.forEach((process) => numThreads += process.numThreads);
  const shares = treeShares(measured, options);
  const tree = shares?.tree ?? null;
  if (tree === null) {
    notes.cpuPercentage = notes.userCpuPercentage = "clock";
    notes.kernelCpuPercentage = notes.unseenCpuPercentage = "clock";
    notes.cpuLimitPercentage = "clock";
  }
  if (numCores === null) {
    notes.numCores = notes.cpuLimitPercentage = "failed";
  }
  return {
    numProcesses: measured.length,
    numThreads,
    rssBytes: sumKnown(processes, { key: "rssBytes", notes }),
    vsizeBytes: sumKnown(processes, { key: "vsizeBytes", notes }),
    cpuPercentage: tree?.total ?? null,
    userCpuPercentage: tree?.user ?? null,
    kernelCpuPercentage: tree?.kernel ?? null,
    unseenCpuPercentage: shares?.unseen ?? null,
    cpuLimitPercentage: tree === null || numCores === null
      ? null
      : tree.total / numCores,
    userCpuSecondsTotal: cpu.user / ticksPerSecond,
    kernelCpuSecondsTotal: cpu.kernel / ticksPerSecond,
    numCores,
  };
}

/**
 * The tree's percentages, and the part that is on no process line. A process that joins with a past adds only what falls into the
 * interval by its average, so that it does not spike; one that leaves has left its time with its parent.
 */
function treeShares(
  measured: readonly Measured[],
  options: TotalsOptions,
): { readonly tree: CpuPercentages; readonly unseen: number } | null {
  const { intervalSeconds, cpu, previousCpu, ticksPerSecond } = options;
  const interval = { seconds: intervalSeconds ?? 0, ticksPerSecond };
  let lines = NO_TICKS;
  let past = NO_TICKS;
  let averages = NO_TICKS;
  for (const { usage, newSeconds, hasPast, stat } of measured) {
    if (hasPast) continue;
    if (usage === null) return null;
    lines = addTicks(lines, ticksPerIntervalSecond(usage, interval));
    if (newSeconds === null) continue;
    const lifetime = lifetimeTicks(stat);
    const whole = { used: lifetime, windowSeconds: newSeconds };
    const perSecond = ticksPerIntervalSecond(whole, interval);
    averages = addTicks(averages, perSecond);
    past = addTicks(
      past,
      ticksBetween(scaleTicks(perSecond, interval.seconds), lifetime),
    );
  }
  const used = ticksBetween(past, ticksBetween(previousCpu, cpu));
  const tree = cpuPercentages(
    intervalSeconds === null
      ? { used: averages, windowSeconds: 1 }
      : { used, windowSeconds: intervalSeconds },
    options,
  );
  const seen = cpuPercentages({ used: lines, windowSeconds: 1 }, options);
  return { tree, unseen: Math.max(tree.total - seen.total, 0) };
}
