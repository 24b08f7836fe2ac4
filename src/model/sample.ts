/**
 * What a sample holds. On lines of JSON the same fields stand in snake_case: `rssBytes` as
 * `rss_bytes`.
 *
 * A value that is not known is `null`, and `unreadable` gives the reason, unless the field's own
 * text says what null means.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { ProcessEvent } from "./events.ts";
import type { CollectedExtras, CollectedTotals } from "./collected_fields.ts";
import type { Grouping, GroupSample, RestSample } from "./group.ts";
import type { NullReasons } from "./null_reason.ts";
import type { ProcessSample } from "./process.ts";

/** A process tree at one time. */
export interface Sample extends CollectedExtras {
  /** When the sample was taken: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /**
   * What start times count from, by the wall clock as it was at the first sample of the run:
   * milliseconds since 1970-01-01 UTC. `bootEpochMs + 1000 * startTicks / ticksPerSecond` is when a
   * process started, the same in each sample. Null if /proc/uptime cannot be read. On no line.
   */
  readonly bootEpochMs: number | null;
  /** The instants of the sample by the monotonic clock. */
  readonly times: SampleTimes;
  /** What has happened since the previous sample; empty if events were not asked for. */
  readonly events: readonly ProcessEvent[];
  /** The processes; a parent stands before its children. */
  readonly processes: readonly ProcessSample[];
  /** The groups of processes, in place of them. Left out without the view `group-by`. */
  readonly groups?: readonly GroupSample[];
  /** What the view `group-by` has counted over the run. Left out without it. */
  readonly grouping?: Grouping;
  /** What is not printed of processes or groups. Left out without the view `top`. */
  readonly rest?: RestSample;
  /** The whole tree. */
  readonly tree: TreeSample;
}

/** The instants of a sample by the monotonic clock, in milliseconds. */
export interface SampleTimes {
  /** When the sweep began: the end of the windows of CPU percentages. */
  readonly sweepMs: number;
  /** When the files of the processes beside `stat` were read from: the end of the windows of io. */
  readonly processesMs: number;
  /** When the host and the cgroups were read: the end of their windows. */
  readonly hostMs: number;
}

/** The whole tree at the time of a sample, and how good the sample is. */
export interface TreeSample extends CollectedTotals {
  /** The process id of the root; null if the root is a cgroup, or all processes. */
  readonly rootPid: number | null;
  /** The number of the interval, from 0; it skips those in which no sample could be taken. */
  readonly seq: number;
  /** Processes of the tree. */
  readonly numProcesses: number;
  /** Threads of all processes. */
  readonly numThreads: number;
  /**
   * The sum of the processes' resident memory in bytes, in which shared pages count for each. Null
   * if a part of it could not be read.
   */
  readonly rssBytes: number | null;
  /**
   * Whether sums of memory may count some memory twice: a process may have its parent's, as
   * `mayShareMemory` on its line says. On a line only if it is true.
   */
  readonly mayShareMemory: boolean;
  /** The sum of the processes' virtual memory in bytes. Null if a part of it could not be read. */
  readonly vsizeBytes: Integer | null;
  /**
   * CPU used in the interval as a percentage of one core, including that of processes which lived
   * and died within it; of a cgroup, what its own `cpu.stat` counts. Null in a first sample, unless
   * all processes have started in the run.
   */
  readonly cpuPercentage: number | null;
  /** The part of `cpuPercentage` in user mode. */
  readonly userCpuPercentage: number | null;
  /** The part of `cpuPercentage` in the kernel. */
  readonly kernelCpuPercentage: number | null;
  /**
   * The part of `cpuPercentage` that stands on no process line of this sample: of processes that
   * have ended since the previous one, or came from another cgroup. The lines, each over the part
   * of the interval that its window takes, and this make the tree.
   */
  readonly unseenCpuPercentage: number | null;
  /**
   * The sum of what the processes have used on average since their start, with the children that
   * they have reaped, in a first sample in which `cpuPercentage` is null for that; null in others.
   */
  readonly averageCpuPercentage: number | null;
  /**
   * CPU used in the interval as a percentage of what the tree may use: `cpuPercentage` /
   * `numCores`. Above 100 if children may run on more CPUs than the root, or if a short interval
   * falls into the busy part of a period of `cpu.max`.
   */
  readonly cpuLimitPercentage: number | null;
  /**
   * CPU seconds in user mode of all processes that have been members, since their start, ended
   * children included: the sum of utime and cutime, and what was last seen of those that nobody in
   * the tree has reaped. Of a cgroup, that sum in the first sample, and what `cpu.stat` counts from
   * then on. It never falls.
   */
  readonly userCpuSecondsTotal: number;
  /**
   * CPU seconds in the kernel of all processes that have been members, in the same way, of stime
   * and cstime. It never falls.
   */
  readonly kernelCpuSecondsTotal: number;
  /**
   * The cores that the root may use now: its allowed CPUs that are online, lowered by the cgroup v2
   * limits that a mount shows; may be a fraction. Null if it cannot be read.
   */
  readonly numCores: number | null;
  /**
   * Measured seconds since the previous sample; null on the first. A run of the command on what is
   * there already takes a silent sample before its first line, which counts here.
   */
  readonly intervalSeconds: number | null;
  /** Seconds that this sample took. 0 in a replay. */
  readonly sampleSeconds: number;
  /**
   * Intervals that passed without a sample since the previous one, because the consumer or the host
   * was slow.
   */
  readonly missedSamples: number;
  /** Processes left out because they ended while the sample was taken. */
  readonly gone: number;
  /**
   * Processes left out because the kernel refuses them to this user, and whether they belong to the
   * tree is not known; and members of a cgroup that have no id in the pid namespace of the sampling
   * program.
   */
  readonly denied: number;
  /**
   * Processes left out because their `stat` could not be read for another reason or makes no sense,
   * processes with an amount of memory that makes none, and cgroups below the root that cannot be
   * opened for their names.
   */
  readonly malformed: number;
  /**
   * Whether each child's time was counted once and all processes were listed: false if children
   * kept ending while the sample was taken, if new processes could not be looked for, or if members
   * of a cgroup cannot be seen.
   */
  readonly consistent: boolean;
  /**
   * CPU that the sampling program itself used since it last gave this figure, as a percentage of
   * one core; the second sample looks back to the end of the first; null on the first. 0 in a
   * replay.
   */
  readonly samplerCpuPercentage: number | null;
  /** Resident memory of the sampling program itself in bytes. 0 in a replay. */
  readonly samplerRssBytes: number;
  /** Why which fields are null; null if every field was read. */
  readonly unreadable: NullReasons | null;
}
