/**
 * What a view prints in place of processes: groups of them, and the rest that is not printed one by
 * one.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type {
  IoRates,
  IoTotals,
  OtherThreads,
  SocketFields,
} from "./collected_fields.ts";
import type { NullReasons } from "./null_reason.ts";

/**
 * Several processes at the time of a sample, added up. A sum is null if a part of it could not be
 * read; a process without memory adds nothing.
 */
export interface ProcessSums extends CollectedSums {
  /** Processes. */
  readonly numProcesses: number;
  /** Threads of all these processes. */
  readonly numThreads: number;
  /** The sum of their resident memory in bytes, in which shared pages count for each. */
  readonly rssBytes: number | null;
  /** The sum of their virtual memory in bytes. */
  readonly vsizeBytes: Integer | null;
  /**
   * CPU that they used in the interval as a percentage of one core. With that of all other lines
   * and `unseenCpuPercentage` it makes the tree's.
   */
  readonly cpuPercentage: number | null;
  /** The part of `cpuPercentage` in user mode. */
  readonly userCpuPercentage: number | null;
  /** The part of `cpuPercentage` in the kernel. */
  readonly kernelCpuPercentage: number | null;
  /** Why which fields are null; null if every part could be read. */
  readonly unreadable: NullReasons | null;
}

/**
 * Sums of what collectors read; each is there only if it was asked for. A socket that several
 * processes share counts in each.
 */
export interface CollectedSums extends Partial<IoRates>, Partial<SocketFields> {
  /** The sum of their swapped-out anonymous memory in bytes. With `status`. */
  readonly swapBytes?: Integer | null;
  /** The sum of their proportional set sizes in bytes. With `smaps_rollup`. */
  readonly pssBytes?: Integer | null;
  /** The sum of their unique set sizes in bytes. With `smaps_rollup`. */
  readonly ussBytes?: Integer | null;
  /** The sum of their proportional swapped-out memory in bytes. With `smaps_rollup`. */
  readonly swapPssBytes?: Integer | null;
  /** The sum of their open file descriptors. With `fd`. */
  readonly numFds?: Integer | null;
  /**
   * How long their threads waited for a CPU in the interval, as a percentage of it. With
   * `schedstat`.
   */
  readonly runDelayPercentage?: number | null;
  /**
   * How long their threads waited for block devices in the interval, as a percentage of it. With
   * `delays`.
   */
  readonly blkioDelayPercentage?: number | null;
}

/**
 * What processes of one group have used, from the first sample on: each process from its start, and
 * also those that have ended since. It never falls: what a process uses is added, from sample to
 * sample, to the group that it is in at that time.
 */
export interface GroupTotals extends CollectedGroupTotals {
  /** CPU seconds in user mode. */
  readonly userCpuSecondsTotal: number;
  /** CPU seconds in the kernel. */
  readonly kernelCpuSecondsTotal: number;
}

/**
 * What collectors count; each is there only if it was asked for. Null while it is refused of a
 * process, or has never been read of one, and from then on if that process ends or leaves the
 * group.
 */
export interface CollectedGroupTotals extends Partial<IoTotals> {
  /** Page faults that needed no device. With `stat`. */
  readonly minorFaultsTotal?: Integer | null;
  /** Page faults that needed a device. With `stat`. */
  readonly majorFaultsTotal?: Integer | null;
  /** Context switches that threads asked for, by waiting. With `status`. */
  readonly voluntaryCtxtSwitchesTotal?: Integer | null;
  /** Context switches forced on threads. With `status`. */
  readonly nonvoluntaryCtxtSwitchesTotal?: Integer | null;
  /** Seconds that threads have waited for a CPU. With `schedstat`. */
  readonly runDelaySecondsTotal?: number | null;
  /** How often a thread was put on a CPU. With `schedstat`. */
  readonly timeslicesTotal?: Integer | null;
  /** Seconds that threads have waited for block devices. With `delays`. */
  readonly blkioDelaySecondsTotal?: number | null;
}

/** The processes that have something in common, as the view `group-by` prints them. */
export interface GroupSample extends ProcessSums, GroupTotals {
  /** What they have in common: `comm`, `exe`, `uid` or `cgroup`. */
  readonly groupBy: string;
  /**
   * Its value. Where it is not known: the name of the main thread in brackets for `exe`, `unknown`
   * for others. Null for the processes of all values beyond the first 100.
   */
  readonly group: string | null;
  /** Whether these are the processes of all values beyond the first 100. */
  readonly other: boolean;
  /**
   * The most resident memory that one of them has, in bytes; null if it is not known of one, and if
   * none has any.
   */
  readonly maxRssBytes: number | null;
  /** When the oldest of them started, in ticks since boot; null if none is left. */
  readonly oldestStartTicks: Integer | null;
  /** How many are in which state, by the letters of a process's `state`. */
  readonly states: Readonly<Record<string, number>>;
  /**
   * The highest share of its soft limit of open file descriptors that one of them uses, as a
   * percentage. Null if it is not known of one, and if none has a limit. With `fd`.
   */
  readonly worstFdPercentage?: number | null;
}

/** What the view `group-by` has counted since the start of the run. On no line. */
export interface Grouping {
  /** Samples without a process, though there were some that could not be read. */
  readonly emptySamples: number;
  /** How often a process was left out of a sample as it could not be read. */
  readonly unreadProcesses: number;
  /** How often an amount of a process that is in a sample could not be read: once a sample. */
  readonly partlyReadProcesses: number;
  /**
   * The part of each group's totals that was used in the run, by the name of the group: without
   * what processes had used before they were seen first that were there before the run. It never
   * falls.
   */
  readonly usedInRun: ReadonlyMap<string | null, GroupTotals>;
  /**
   * The threads of each name in each group, of processes that have had several. The first 1,000
   * names of a run keep their sums to its end. Left out without `threads`.
   */
  readonly threads?: readonly ThreadGroup[];
}

/** The threads of one name that processes of one group have. */
export interface ThreadGroup extends ThreadGroupTotals {
  /** The name of the group. Null: that of all values beyond the first 100. */
  readonly group: string | null;
  /** The name of the threads. Null: those of all names beyond the first 1,000. */
  readonly comm: string | null;
  /** How many there are. */
  readonly numThreads: number;
}

/**
 * What threads of one name have used in the run, also those that have ended since. It never falls:
 * what a thread uses is added to the name that it has at that time. Counters that a collector reads
 * are there only if it was asked for. Null while one cannot be read of a thread, and from then on
 * if that thread ends.
 */
export interface ThreadGroupTotals {
  /** CPU seconds in user mode. */
  readonly userCpuSecondsTotal: number;
  /** CPU seconds in the kernel. */
  readonly kernelCpuSecondsTotal: number;
  /** Page faults that needed no device. With `stat`. */
  readonly minorFaultsTotal?: Integer | null;
  /** Page faults that needed a device. With `stat`. */
  readonly majorFaultsTotal?: Integer | null;
  /** Context switches that they asked for, by waiting. With `status`. */
  readonly voluntaryCtxtSwitchesTotal?: Integer | null;
  /** Context switches forced on them. With `status`. */
  readonly nonvoluntaryCtxtSwitchesTotal?: Integer | null;
  /** Bytes fetched from storage. With `io`. */
  readonly ioReadBytesTotal?: Integer | null;
  /** Bytes sent to storage. With `io`. */
  readonly ioWrittenBytesTotal?: Integer | null;
}

/** The processes or groups that the view `top` does not print. */
export interface RestSample extends ProcessSums, Partial<OtherThreads> {
  /** How many groups they are; null if lines are of processes. */
  readonly numGroups: number | null;
}
