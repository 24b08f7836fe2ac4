/**
 * What a sample holds: the dictionary of fields. In lines of JSON the same fields stand in snake_case, `rssBytes` as `rss_bytes`.
 *
 * A value that is not known is `null`, and `unreadable` says why, but where the field's own text gives null a meaning.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { CollectedExtras, CollectedTotals } from "./groups.ts";
import type { ProcessEvent } from "./events.ts";
import type { UnreadableFields } from "./null_reason.ts";
import type { ProcessSample } from "./process.ts";

/** A process tree at one time. */
export interface Sample extends CollectedExtras {
  /** When the sample was taken: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /** When the sample was taken by the monotonic clock, in milliseconds: the end of the windows of CPU percentages. */
  readonly monotonicMs: number;
  /** When its processes' files beside `stat` were read from, by the same clock: the end of the windows of io. */
  readonly visitMs: number;
  /** When the host and the cgroups were read, by the same clock: the end of their windows. */
  readonly collectMs: number;
  /** What has happened since the previous sample; empty where events were not asked for. */
  readonly events: readonly ProcessEvent[];
  /** The processes; a parent stands before its children. */
  readonly processes: readonly ProcessSample[];
  /** The whole tree. */
  readonly tree: TreeSample;
}

/** The whole tree at the time of a sample, and how good the sample is. */
export interface TreeSample extends CollectedTotals {
  /** The process id of the root; null where the root is a cgroup. */
  readonly rootPid: number | null;
  /** The number of the interval, from 0; it skips those in which no sample could be taken. */
  readonly seq: number;
  /** Processes. */
  readonly numProcesses: number;
  /** Threads of all processes. */
  readonly numThreads: number;
  /** The sum of the processes' resident memory in bytes, where shared pages count in each. Null where a part of it could not be read. */
  readonly rssBytes: Integer | null;
  /** The sum of the processes' virtual memory in bytes. Null where a part of it could not be read. */
  readonly vsizeBytes: Integer | null;
  /**
   * CPU used in the interval as a percentage of one core, that of processes included which lived and died within it; on a first
   * sample, the sum of the processes' averages since their start.
   */
  readonly cpuPercentage: number | null;
  /** The part of `cpuPercentage` in user mode. */
  readonly userCpuPercentage: number | null;
  /** The part of `cpuPercentage` in the kernel. */
  readonly kernelCpuPercentage: number | null;
  /**
   * The part of `cpuPercentage` that stands on no process line of this sample: of processes that have ended since the previous
   * one. The lines, each over the part of the interval that its window takes, and this make the tree.
   */
  readonly unseenCpuPercentage: number | null;
  /** CPU used in the interval as a percentage of what the tree may use: `cpuPercentage` / `numCores`. */
  readonly cpuLimitPercentage: number | null;
  /**
   * CPU seconds in user mode of all processes that have been members, since their start, ended children included: the sum of
   * utime and cutime, and what was last seen of those that nobody in the tree has waited for. It never falls.
   */
  readonly userCpuSecondsTotal: number;
  /** The same in the kernel, of stime and cstime. It never falls. */
  readonly kernelCpuSecondsTotal: number;
  /**
   * Whether each child's time was counted once and all processes were listed: false where children kept ending while the sample was
   * taken, or new processes could not be looked for.
   */
  readonly consistent: boolean;
  /** The cores that the root may use: its allowed CPUs, lowered by cgroup v2 limits; may be a fraction. Null where it cannot be read. */
  readonly numCores: number | null;
  /** Measured seconds since the previous sample; null on the first. */
  readonly intervalSeconds: number | null;
  /** Seconds that this sample took. 0 in a replay. */
  readonly sampleSeconds: number;
  /** Intervals that passed without a sample since the previous one, because the reader or the host was slow. */
  readonly missedSamples: number;
  /** Processes left out because they ended while the sample was taken. */
  readonly gone: number;
  /** Processes left out because the kernel refuses them to this user; whether they belong to the tree is not known. */
  readonly denied: number;
  /** Processes left out because their `stat` could not be read for another reason or makes no sense. */
  readonly malformed: number;
  /** CPU that the sampling program itself used since the previous sample, as a percentage of one core; null on the first. 0 in a replay. */
  readonly samplerCpuPercentage: number | null;
  /** Resident memory of the sampling program itself in bytes. 0 in a replay. */
  readonly samplerRssBytes: number;
  /** Why which fields are null; null where every field was read. */
  readonly unreadable: UnreadableFields | null;
}
