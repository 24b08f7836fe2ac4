/**
 * The meter of one process: what its files report, and what it has used since it was last measured.
 *
 * @module
 */

import type { Program } from "../model/program.ts";
import type { RunningCollectors } from "../collect/collector.ts";
import type { HostFacts } from "../host/facts.ts";
import {
  type Integer,
  multiplyIntegers,
  UNLIMITED,
  usedBytes,
} from "../integer.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import type { CollectedFields } from "../model/collected_fields.ts";
import { ageAt, type Uptime } from "../host/uptime.ts";
import {
  joinReasons,
  type Known,
  lineReasons,
  type NullReason,
  type NullReasons,
  type Readout,
  reasonFor,
  whyNothing,
} from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import { larger } from "../model/rate.ts";
import type { Stat } from "../parse/stat.ts";
import type { Statm } from "../parse/statm.ts";
import type { Contribution, Counters } from "../tree/lasting_sums.ts";
import type { Tree } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import {
  addTicks,
  cpuPercentages,
  type CpuTicks,
  type CpuUsage,
  lifetimeTicks,
  NO_TICKS,
  ownTicks,
  reapedTicks,
  ticksBetween,
} from "../model/cpu.ts";
import { ProcessFiles } from "./process_files.ts";
import { SharedMemory } from "./shared_memory.ts";

/** What is the same for all processes of a sample: the times, and what bounds percentages. */
export interface SampleContext {
  /** The number of the interval. */
  readonly seq: number;
  /** When the sweep began, by the monotonic clock, in milliseconds. */
  readonly sweepMs: number;
  /** When the previous sample's sweep began; null in the first sample. */
  readonly previousMs: number | null;
  /** When the files of the processes are read from. */
  readonly processesMs: number;
  /** Seconds since boot, or why they are not known. */
  readonly uptime: Uptime;
  /** Clock ticks of a second. */
  readonly ticksPerSecond: number;
  /** The CPUs that are online; null: not known. */
  readonly onlineCores: number | null;
  /** The same, or those of the previous sample if they were more. */
  readonly maxCores: number | null;
  /** The most CPUs that may have been online before the run. */
  readonly mostCores: number | null;
  /** Seconds since the previous sample; null in the first. */
  readonly intervalSeconds: number | null;
  /**
   * Seconds from the start of the run to when processes are read, and what cutting to ticks may add
   * to the age of a process: one that is older was there before the run.
   */
  readonly runSeconds: number;
  /**
   * The usage of a process whose `stat` is that of the previous sample: none, in the whole
   * interval.
   */
  readonly idle: Known<CpuUsage>;
}

/** One process as it was measured in a sample. */
export interface MeteredProcess {
  /** The process. */
  readonly process: TreeProcess;
  /** Its `stat`. */
  readonly stat: Stat;
  /** Resident memory in bytes; null if it has none or it is not known. */
  readonly rssBytes: number | null;
  /** Virtual memory in bytes; null if it has none or it is not known. */
  readonly vsizeBytes: Integer | null;
  /** Why which amount of memory is null; null if neither is. */
  readonly memoryReasons: NullReasons | null;
  /** Whether its memory may be its parent's, which cannot be told. */
  readonly mayShareMemory: boolean;
  /** Its program. */
  readonly program: Program;
  /** Seconds since its start, or why they are not known. */
  readonly uptime: Known<number>;
  /** Its own CPU time within its window, or why no window is known. */
  readonly usage: Known<CpuUsage>;
  /**
   * CPU used on average since its start, as a percentage of one core; null unless there is no
   * window because it was there before the run.
   */
  readonly averageCpuPercentage: number | null;
  /**
   * Age in seconds, if this is the first sample of it, its CPU time was not booked before, and the
   * age is known; otherwise null.
   */
  readonly firstSeenAge: number | null;
  /**
   * Whether it has just been moved into the cgroup, so that what it has used so far was used
   * elsewhere.
   */
  readonly joinedLate: boolean;
  /** What collectors read of it; null without collectors. */
  readonly collected: Readout<CollectedFields> | null;
  /** Whether an amount of its memory is beyond 2^53 bytes. */
  readonly isAbsurd: boolean;
}

/** What is remembered of a process from one sample to the next. */
interface Meter {
  readonly files: ProcessFiles;
  /** Its `stat` when it was last read. */
  stat: Stat;
  /** Its `stat` when it was last measured; null before that. */
  measured: Stat | null;
  /** When that was, by the monotonic clock. */
  measuredMs: number;
  /** The CPUs that were online then; null: not known. */
  measuredCores: number | null;
  /**
   * CPU time used before it was moved into the cgroup, reaped children included; null if it started
   * there.
   */
  readonly usedBefore: CpuTicks | null;
  /** Whether its CPU time was booked in an earlier sample, which did not measure it. */
  wasBooked: boolean;
  /** The `statm` that its memory was last made of: the same object until that changes. */
  statm: Reading<Statm> | null;
  /** That memory; null before it was made. */
  memory: ProcessMemory | null;
}

/** How many times its error an age must be, to be the window of a percentage. */
const PRECISE = 100;

/** Counters of a process that has reaped nobody, as most: one object for all. */
const NO_COUNTERS: Counters = [0, 0];

/** Measures the processes of a tree, sample after sample. */
export class ProcessMeter {
  readonly #reader: ProcReader;
  readonly #facts: HostFacts;
  readonly #tree: Tree;
  readonly #collectors: RunningCollectors;
  readonly #isUncached: boolean;
  readonly #meters = new Map<TreeProcess, Meter>();
  readonly #sharedMemory: SharedMemory;

  /** `isUncached`: each file is read in each sample, as an oracle does. */
  constructor(
    reader: ProcReader,
    facts: HostFacts,
    tree: Tree,
    collectors: RunningCollectors,
    isUncached: boolean,
  ) {
    this.#reader = reader;
    this.#facts = facts;
    this.#tree = tree;
    this.#collectors = collectors;
    this.#isUncached = isUncached;
    this.#sharedMemory = new SharedMemory(
      reader,
      (process) => this.#readStatm(process),
    );
  }

  /**
   * What each process adds to the tree's CPU time, for those whose `stat` has changed.
   *
   * @param joinedLate Whether a new process was moved into the cgroup after it started.
   */
  contributions(
    living: readonly TreeProcess[],
    joinedLate: (process: TreeProcess) => boolean,
  ): Map<TreeProcess, Contribution> {
    const changed = new Map<TreeProcess, Contribution>();
    living.forEach((process) => {
      const { stat } = process;
      let meter = this.#meters.get(process);
      if (meter?.measured === null) meter.wasBooked = true;
      if (meter?.stat === stat) return;
      if (meter === undefined) {
        meter = {
          files: new ProcessFiles(this.#reader, process, this.#isUncached),
          stat,
          measured: null,
          measuredMs: 0,
          measuredCores: null,
          usedBefore: joinedLate(process) ? lifetimeTicks(stat) : null,
          wasBooked: false,
          statm: null,
          memory: null,
        };
        this.#meters.set(process, meter);
        this.#sharedMemory.add(process);
      }
      meter.stat = stat;
      const used = ticksBetween(
        meter.usedBefore ?? NO_TICKS,
        lifetimeTicks(stat),
      );
      const reaped = reapedTicks(stat);
      changed.set(process, {
        total: toCounters(used),
        reaped: toCounters(reaped),
      });
    });
    this.#sharedMemory.judge(living);
    return changed;
  }

  /** The own time of all processes that were not moved in late. */
  ownTicks(): CpuTicks {
    let sum = NO_TICKS;
    this.#meters.forEach(({ stat, usedBefore }) => {
      if (usedBefore === null) sum = addTicks(sum, ownTicks(stat));
    });
    return sum;
  }

  /** Measures a process; null if it has ended since its `stat` was read. */
  measure(
    process: TreeProcess,
    context: SampleContext,
  ): MeteredProcess | null {
    const meter = this.#meters.get(process);
    if (meter === undefined) return null;
    const { files } = meter;
    const { stat } = process;
    let directory = files.livingDirectory();
    let statm = files.readStatm(directory);
    if (statm.reason === "gone") {
      if (this.#tree.hasEnded(process)) return null;
      // The thread whose files were read has ended.
      directory = files.livingDirectory();
      statm = files.readStatm(directory);
    }
    const memoryOwner = this.#sharedMemory.ownerOf(process);
    const memory = memoryOwner === "parent"
      ? PARENTS_MEMORY
      : this.#memoryOf(meter, statm, stat);
    const program = files.readProgram(directory, context.seq);
    const uptime = context.uptime.value === null
      ? context.uptime
      : ageAt(context.uptime.value, stat.starttime, context.ticksPerSecond);
    const isFirst = meter.measured === null;
    const usage = usageSince(meter, context) ??
      usageSinceStart(stat, uptime, context);
    const averageCpuPercentage = usage.reason === "first_sample"
      ? averageSinceStart(stat, uptime.value ?? 0, context)
      : null;
    meter.measured = stat;
    meter.measuredMs = context.sweepMs;
    meter.measuredCores = context.onlineCores;
    const joinedLate = meter.usedBefore !== null;
    const collected = this.#collectors.isEmpty ? null : this.#collectors.visit({
      process,
      directory,
      joinedLate,
      hasParentsMemory: memoryOwner === "parent",
      program,
      rssBytes: memory.rssBytes,
      vsizeBytes: memory.vsizeBytes,
      uptime,
      window: usage.value === null
        ? usage
        : { value: usage.value.windowSeconds, reason: null },
      atMs: context.processesMs,
    });
    return {
      process,
      stat,
      rssBytes: memory.rssBytes,
      vsizeBytes: memory.vsizeBytes,
      memoryReasons: memory.reasons,
      mayShareMemory: memoryOwner === "unknown",
      program,
      uptime,
      usage,
      averageCpuPercentage,
      firstSeenAge: isFirst && !meter.wasBooked ? uptime.value : null,
      joinedLate: isFirst && joinedLate,
      collected,
      isAbsurd: memory.isAbsurd || (collected?.isAbsurd ?? false),
    };
  }

  /**
   * The line of a process; `late` is what collectors know of it only after all were visited, and
   * why there are no lines of its own that they make.
   */
  toSample(
    metered: MeteredProcess,
    context: SampleContext,
    late: Readout<CollectedFields> | null,
  ): ProcessSample {
    const { stat, program, uptime, collected } = metered;
    const { value: usage } = metered.usage;
    const { ticksPerSecond } = context;
    const percentages = usage === null
      ? null
      : cpuPercentages(usage, ticksPerSecond);
    const own = ownTicks(stat);
    const reaped = reapedTicks(stat);
    const sample: ProcessSample = {
      pid: stat.pid,
      ppid: stat.ppid,
      orphan: this.#tree.isOrphan(metered.process),
      exe: program.exe,
      exeDeleted: program.exeDeleted,
      comm: stat.comm,
      state: stat.state,
      startTicks: stat.starttime,
      uptimeSeconds: uptime.value,
      numThreads: stat.numThreads,
      rssBytes: metered.rssBytes,
      mayShareMemory: metered.mayShareMemory,
      rsslimBytes: stat.rsslim === UNLIMITED ? null : stat.rsslim,
      vsizeBytes: metered.vsizeBytes,
      cpuPercentage: percentages?.total ?? null,
      userCpuPercentage: percentages?.user ?? null,
      kernelCpuPercentage: percentages?.kernel ?? null,
      cpuWindowSeconds: usage?.windowSeconds ?? null,
      averageCpuPercentage: metered.averageCpuPercentage,
      userCpuSecondsTotal: own.user / ticksPerSecond,
      kernelCpuSecondsTotal: own.kernel / ticksPerSecond,
      childrenUserCpuSecondsTotal: reaped.user / ticksPerSecond,
      childrenKernelCpuSecondsTotal: reaped.kernel / ticksPerSecond,
      unreadable: reasonsOf(metered, late?.reasons ?? null),
    };
    return collected === null
      ? sample
      : Object.assign(sample, collected.fields, late?.fields);
  }

  /** The memory by a `statm`; what is not known of it may change with the `stat`. */
  #memoryOf(meter: Meter, statm: Reading<Statm>, stat: Stat): ProcessMemory {
    const { memory } = meter;
    if (meter.statm === statm && memory !== null && memory.reasons === null) {
      return memory;
    }
    meter.statm = statm;
    meter.memory = memoryOf(statm, stat, this.#facts);
    return meter.memory;
  }

  #readStatm(process: TreeProcess): Statm | null {
    const files = this.#meters.get(process)?.files;
    return files?.readStatm(files.livingDirectory()).value ?? null;
  }

  /** Forgets a process, and closes its files. */
  forget(process: TreeProcess): void {
    this.#meters.get(process)?.files.close();
    this.#meters.delete(process);
    this.#sharedMemory.forget(process);
  }

  /** Closes all files. */
  close(): void {
    this.#meters.forEach(({ files }) => files.close());
    this.#meters.clear();
  }
}

/** The memory of a process, and why it is not known. */
interface ProcessMemory
  extends Pick<MeteredProcess, "rssBytes" | "vsizeBytes" | "isAbsurd"> {
  readonly reasons: NullReasons | null;
}

/** The memory of a process that has its parent's: it is on the parent's line. */
const PARENTS_MEMORY: ProcessMemory = {
  rssBytes: null,
  vsizeBytes: null,
  reasons: {
    rssBytes: "shared_with_parent",
    vsizeBytes: "shared_with_parent",
  },
  isAbsurd: false,
};

/** The memory of a process from its `statm`. */
function memoryOf(
  { value: statm, reason }: Reading<Statm>,
  stat: Stat,
  { pageSizeBytes, unreadable }: HostFacts,
): ProcessMemory {
  if (statm === null || statm.size === 0 || pageSizeBytes === null) {
    const why = statm === null || statm.size === 0
      ? reason ?? whyNothing(stat)
      : unreadable?.pageSizeBytes ?? "unsupported";
    return {
      rssBytes: null,
      vsizeBytes: null,
      reasons: { rssBytes: why, vsizeBytes: why },
      isAbsurd: false,
    };
  }
  const { size, resident } = statm;
  const rssBytes = resident === null
    ? null
    : usedBytes(multiplyIntegers(resident, pageSizeBytes));
  const vsizeBytes = size === null
    ? null
    : multiplyIntegers(size, pageSizeBytes);
  const isAbsurd = rssBytes === null && resident !== null;
  return {
    rssBytes,
    vsizeBytes,
    reasons: rssBytes !== null && vsizeBytes !== null ? null : joinReasons(
      reasonFor("rssBytes", isAbsurd ? "failed" : null),
      lineReasons(statm, { rssBytes: resident }, { rssBytes: "resident" }),
      lineReasons(statm, { vsizeBytes }, { vsizeBytes: "size" }),
    ),
    isAbsurd,
  };
}

/** Why which fields of a process are null; null if every field was read. */
function reasonsOf(
  metered: MeteredProcess,
  late: NullReasons | null,
): NullReasons | null {
  const { memoryReasons, program, uptime, usage, collected } = metered;
  if (
    memoryReasons === null && program.reason === null &&
    uptime.reason === null && usage.reason === null &&
    (collected === null || collected.reasons === null)
  ) return late;
  return joinReasons(
    memoryReasons,
    reasonFor("exe", program.reason),
    reasonFor("uptimeSeconds", uptime.reason),
    usage.reason === null ? null : noWindow(usage.reason),
    collected?.reasons ?? null,
    late,
  );
}

function noWindow(reason: NullReason): NullReasons {
  return {
    ...(reason === "first_sample" ? {} : { averageCpuPercentage: reason }),
    userCpuPercentage: reason,
    cpuPercentage: reason,
    cpuWindowSeconds: reason,
    kernelCpuPercentage: reason,
  };
}

/**
 * What a process that is seen first has used since its start; not known if its age is not, or if it
 * was there before the run.
 */
function usageSinceStart(
  stat: Stat,
  age: Known<number>,
  context: SampleContext,
): Known<CpuUsage> {
  if (age.value === null) return age;
  const { intervalSeconds, runSeconds, maxCores, mostCores, uptime } = context;
  if (age.value < uptime.errorSeconds * PRECISE) {
    return { value: null, reason: "clock" };
  }
  if (age.value > runSeconds) return { value: null, reason: "first_sample" };
  const isWatched = intervalSeconds !== null && age.value <= intervalSeconds;
  return {
    value: {
      used: ownTicks(stat),
      windowSeconds: age.value,
      maxCores: isWatched ? maxCores : mostCores,
    },
    reason: null,
  };
}

/** What a process has used since its start, on average. */
function averageSinceStart(
  stat: Stat,
  age: number,
  { mostCores, ticksPerSecond }: SampleContext,
): number {
  const usage = {
    used: ownTicks(stat),
    windowSeconds: age,
    maxCores: mostCores,
  };
  return cpuPercentages(usage, ticksPerSecond).total;
}

/**
 * What a process has used since it was last measured, which need not have been in the previous
 * sample; null before that.
 */
function usageSince(
  meter: Meter,
  context: SampleContext,
): Known<CpuUsage> | null {
  const { stat, measured, measuredMs, measuredCores } = meter;
  const { idle, previousMs, sweepMs, onlineCores } = context;
  if (measured === null) return null;
  if (measured === stat && measuredMs === previousMs) return idle;
  return {
    value: {
      used: measured === stat
        ? NO_TICKS
        : ticksBetween(ownTicks(measured), ownTicks(stat)),
      windowSeconds: (sweepMs - measuredMs) / 1000,
      maxCores: larger(measuredCores, onlineCores),
    },
    reason: null,
  };
}

function toCounters({ user, kernel }: CpuTicks): Counters {
  return user === 0 && kernel === 0 ? NO_COUNTERS : [user, kernel];
}
