/**
 * Totals: of the tree, over the processes of a sample, and of the run, over its samples.
 *
 * @module
 */

import { type Integer, subtractIntegers } from "../integer.ts";
import type { CollectedTotals, RunIo } from "../model/collected_fields.ts";
import {
  joinReasons,
  type Known,
  KnownSum,
  noneIfEmpty,
  type NullReason,
  type Readout,
  reasonFor,
  sameReason,
  usedSum,
} from "../model/null_reason.ts";
import type { RunSummary } from "../model/run.ts";
import type { TreeSample } from "../model/sample.ts";
import {
  addTicks,
  type CpuPercentages,
  cpuPercentages,
  type CpuTicks,
  lifetimeTicks,
  NO_TICKS,
  scaleTicks,
  ticksBetween,
  ticksPerIntervalSecond,
} from "../model/cpu.ts";
import type { MeteredProcess, SampleContext } from "./process_meter.ts";

/** The fields of a tree's line that its processes make. */
export type TreeTotals = Pick<
  TreeSample,
  | "numProcesses"
  | "numThreads"
  | "rssBytes"
  | "vsizeBytes"
  | "mayShareMemory"
  | "cpuPercentage"
  | "userCpuPercentage"
  | "kernelCpuPercentage"
  | "unseenCpuPercentage"
  | "averageCpuPercentage"
  | "cpuLimitPercentage"
  | "userCpuSecondsTotal"
  | "kernelCpuSecondsTotal"
  | "numCores"
>;

/** CPU time of the whole tree, ended processes included. */
export interface TreeCpu {
  /** Up to this sample. */
  readonly now: CpuTicks;
  /** Up to the previous sample; none before the first. */
  readonly before: CpuTicks;
  /** Whether what was used in between is by the account of the cgroup that is the root. */
  readonly isByGroup: boolean;
}

/** The fields that are not known if the CPU time of a process is not. */
const CPU_KEYS: readonly (keyof TreeTotals)[] = [
  "userCpuPercentage",
  "cpuPercentage",
  "unseenCpuPercentage",
  "kernelCpuPercentage",
  "cpuLimitPercentage",
];

/** The fields that are not known if the cores are not. */
const CORES_KEYS: readonly (keyof TreeTotals)[] = [
  "cpuLimitPercentage",
  "numCores",
];

/**
 * Sums up the processes of a sample.
 *
 * @param cores The cores that the root may use, or why they are not known.
 */
export function treeTotals(
  processes: readonly MeteredProcess[],
  context: SampleContext,
  cpu: TreeCpu,
  cores: Known<number>,
): Readout<TreeTotals> {
  const { ticksPerSecond } = context;
  const memory = memoryTotals(processes);
  let numThreads = 0;
  processes.forEach(({ stat }) => numThreads += stat.numThreads);
  const { shares: { value: shares, reason }, average } = treeShares(
    processes,
    context,
    cpu,
  );
  const tree = shares?.tree ?? null;
  const { value: numCores } = cores;
  return {
    fields: {
      numProcesses: processes.length,
      numThreads,
      ...memory.fields,
      mayShareMemory: processes.some(({ mayShareMemory }) => mayShareMemory),
      cpuPercentage: tree?.total ?? null,
      userCpuPercentage: tree?.user ?? null,
      kernelCpuPercentage: tree?.kernel ?? null,
      unseenCpuPercentage: shares?.unseen ?? null,
      averageCpuPercentage: average,
      cpuLimitPercentage: tree === null || numCores === null
        ? null
        : tree.total / numCores,
      userCpuSecondsTotal: cpu.now.user / ticksPerSecond,
      kernelCpuSecondsTotal: cpu.now.kernel / ticksPerSecond,
      numCores,
    },
    reasons: joinReasons(
      cores.reason === null ? null : sameReason(CORES_KEYS, cores.reason),
      reason === null ? null : sameReason(CPU_KEYS, reason),
      memory.reasons,
    ),
  };
}

function memoryTotals(
  processes: readonly MeteredProcess[],
): Readout<Pick<TreeTotals, "rssBytes" | "vsizeBytes">> {
  const rss = new KnownSum();
  const vsize = new KnownSum();
  processes.forEach(({ rssBytes, vsizeBytes, memoryReasons }) => {
    rss.add(rssBytes, memoryReasons?.rssBytes);
    vsize.add(vsizeBytes, memoryReasons?.vsizeBytes);
  });
  const used = usedSum(rss);
  return {
    fields: { rssBytes: used.bytes, vsizeBytes: vsize.value },
    reasons: joinReasons(
      reasonFor("rssBytes", used.reason),
      reasonFor("vsizeBytes", vsize.reason),
    ),
  };
}

/** The tree's share of the CPU in the interval. */
interface TreeShares {
  /** The percentages, and the part that is on no process line; or why they are not known. */
  readonly shares: Known<
    { readonly tree: CpuPercentages; readonly unseen: number }
  >;
  /** The processes' averages since their start, if those are all that is known. */
  readonly average: number | null;
}

/**
 * The tree's percentages, and the part that is on no process line. A process that joined late, or
 * was there before the run and is seen first, adds only what falls into the interval by its
 * average, so that it does not spike; one that departs adds nothing here, and what it had added
 * stays in the sums. By the account of a cgroup, the tree has what the group has used, or what the
 * lines show, if that is more: lines are cut to ticks.
 */
function treeShares(
  processes: readonly MeteredProcess[],
  context: SampleContext,
  cpu: TreeCpu,
): TreeShares {
  const { intervalSeconds, ticksPerSecond } = context;
  const maxCores = intervalSeconds === null
    ? context.mostCores
    : context.maxCores;
  const seconds = intervalSeconds ?? 0;
  let lines = NO_TICKS;
  let usedBefore = NO_TICKS;
  let averages = NO_TICKS;
  let hasOlder = false;
  for (const { usage, firstSeenAge, joinedLate, stat } of processes) {
    if (joinedLate) continue;
    if (usage.value !== null) {
      const line = ticksPerIntervalSecond(usage.value, seconds, ticksPerSecond);
      lines = addTicks(lines, line);
    } else if (usage.reason === "first_sample") hasOlder = true;
    else return { shares: usage, average: null };
    if (firstSeenAge === null) continue;
    const lifetime = lifetimeTicks(stat);
    const whole = { used: lifetime, windowSeconds: firstSeenAge };
    const perSecond = ticksPerIntervalSecond(whole, seconds, ticksPerSecond);
    averages = addTicks(averages, perSecond);
    const before = ticksBetween(scaleTicks(perSecond, seconds), lifetime);
    usedBefore = addTicks(usedBefore, before);
  }
  const rise = ticksBetween(cpu.before, cpu.now);
  // A group's account knows when its processes have used what they have.
  const used = cpu.isByGroup ? rise : ticksBetween(usedBefore, rise);
  const tree = cpuPercentages(
    intervalSeconds === null
      ? { used: averages, windowSeconds: 1, maxCores }
      : { used, windowSeconds: intervalSeconds, maxCores },
    ticksPerSecond,
  );
  if (intervalSeconds === null && hasOlder) {
    return {
      shares: { value: null, reason: "first_sample" },
      average: tree.total,
    };
  }
  const seen = cpuPercentages(
    { used: lines, windowSeconds: 1, maxCores },
    ticksPerSecond,
  );
  if (cpu.isByGroup && seen.total > tree.total) {
    return {
      shares: { value: { tree: seen, unseen: 0 }, reason: null },
      average: null,
    };
  }
  const unseen = Math.max(tree.total - seen.total, 0);
  return { shares: { value: { tree, unseen }, reason: null }, average: null };
}

/** The figures of a run's io, and the counters of the tree that they come from. */
const RUN_IO = [
  ["ioReadCharsBytes", "ioReadCharsBytesTotal"],
  ["ioWrittenCharsBytes", "ioWrittenCharsBytesTotal"],
  ["ioReadCalls", "ioReadCallsTotal"],
  ["ioWriteCalls", "ioWriteCallsTotal"],
  ["ioReadBytes", "ioReadBytesTotal"],
  ["ioWrittenBytes", "ioWrittenBytesTotal"],
  ["ioCancelledWriteBytes", "ioCancelledWriteBytesTotal"],
] as const;

/**
 * What the tree has read and written since the run's start; nothing if that is not collected.
 *
 * @param start The tree's counters when the run started. Those that are not there were zero; null
 * before the first sample.
 */
export function ioOfRun(
  start: Readout<CollectedTotals> | null,
  now: Readout<CollectedTotals>,
): Readout<Partial<RunIo>> {
  const fields: Record<string, Integer | null> = {};
  const reasons: Record<string, NullReason> = {};
  for (const [key, counter] of RUN_IO) {
    const value = now.fields[counter];
    if (value === undefined) continue;
    const before = start?.fields[counter] === null
      ? null
      : start?.fields[counter] ?? 0;
    if (value !== null && before !== null) {
      fields[key] = subtractIntegers(value, before);
      continue;
    }
    fields[key] = null;
    const unread = value === null ? now : start;
    reasons[key] = unread?.reasons?.[counter] ?? "failed";
  }
  return { fields, reasons: noneIfEmpty(reasons) };
}

/** What is counted over samples, without times. */
type CountedOverRun = Pick<
  RunSummary,
  | "peakRssBytes"
  | "peakRssEpochMs"
  | "peakRssNumProcesses"
  | "peakNumProcesses"
  | "samples"
  | "missedSamples"
>;

/** Adds up the samples of a run. */
export class RunTally {
  #peak: Pick<
    CountedOverRun,
    "peakRssBytes" | "peakRssEpochMs" | "peakRssNumProcesses"
  > = { peakRssBytes: null, peakRssEpochMs: null, peakRssNumProcesses: null };
  #peakNumProcesses = 0;
  #samples = 0;
  #missedSamples = 0;

  /** What has been counted so far. */
  get counted(): CountedOverRun {
    return {
      ...this.#peak,
      peakNumProcesses: this.#peakNumProcesses,
      samples: this.#samples,
      missedSamples: this.#missedSamples,
    };
  }

  /**
   * Adds a sample.
   *
   * @param hasMemory Whether any of its processes has shown memory: else its sum, 0, is no peak.
   */
  add(
    epochMs: number,
    { rssBytes, numProcesses }: Pick<TreeSample, "rssBytes" | "numProcesses">,
    hasMemory: boolean,
    missedSamples: number,
  ): void {
    this.#samples++;
    this.#missedSamples += missedSamples;
    const { peakRssBytes } = this.#peak;
    if (
      rssBytes !== null && hasMemory &&
      (peakRssBytes === null || rssBytes > peakRssBytes)
    ) {
      this.#peak = {
        peakRssBytes: rssBytes,
        peakRssEpochMs: epochMs,
        peakRssNumProcesses: numProcesses,
      };
    }
    this.#peakNumProcesses = Math.max(numProcesses, this.#peakNumProcesses);
  }
}
