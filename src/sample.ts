/**
 * What a sample holds: the dictionary of fields. In lines of JSON the same fields stand in snake_case, `rssBytes` as `rss_bytes`.
 *
 * A value that is not known is `null`, and `unreadable` says why, but where the field's own text gives null a meaning.
 *
 * @module
 */

import type { Integer } from "./integer.ts";
import type {
  CollectedExtras,
  CollectedFields,
  CollectedTotals,
} from "./collect/collectors.ts";
import type { UnreadableFields } from "./unreadable.ts";

/** One process at the time of a sample. */
export interface ProcessSample extends CollectedFields {
  /** The process id. */
  readonly pid: number;
  /** The process id of the parent; 0 where it lies outside the pid namespace. */
  readonly ppid: number;
  /** The last segment of the program's path, from the link `exe`; see proc_pid_exe(5). Null for a process without a program, and where the link may not be read. */
  readonly exe: string | null;
  /** Whether the program's file has been removed or replaced since its start; null where `exe` is. */
  readonly exeDeleted: boolean | null;
  /** The name that the main thread goes by, 15 bytes at most but for kernel threads; see proc_pid_comm(5). */
  readonly comm: string;
  /** One letter, see proc_pid_stat(5): R running, S sleeping, D waiting for a device, Z zombie, T stopped, t traced, I idle. */
  readonly state: string;
  /** When the process started, in ticks since boot. With the pid and the boot id it is the identity of a process. */
  readonly startTicks: Integer;
  /** Seconds since its start; null where it started in the future or /proc/uptime cannot be read. */
  readonly uptimeSeconds: number | null;
  /** Threads. */
  readonly numThreads: number;
  /** Resident memory in bytes, `resident` of proc_pid_statm(5); pages that processes share count in each. Null without memory. */
  readonly rssBytes: Integer | null;
  /** The soft limit of resident memory in bytes, `rsslim` of proc_pid_stat(5); null: unlimited. */
  readonly rsslimBytes: Integer | null;
  /** Virtual memory in bytes, `size` of proc_pid_statm(5). Null without memory. */
  readonly vsizeBytes: Integer | null;
  /** CPU used in the window, user and kernel mode together, as a percentage of one core. Null where no window is known. */
  readonly cpuPercentage: number | null;
  /** CPU used in the window in user mode, as a percentage of one core. Null where no window is known. */
  readonly userCpuPercentage: number | null;
  /** CPU used in the window in the kernel, as a percentage of one core. Null where no window is known. */
  readonly kernelCpuPercentage: number | null;
  /** The length of that window in seconds: since the previous sample, or since the start of a process that is seen first. */
  readonly cpuWindowSeconds: number | null;
  /** CPU seconds in user mode since its start, `utime` of proc_pid_stat(5). */
  readonly userCpuSecondsTotal: number;
  /** CPU seconds in the kernel since its start, `stime` of proc_pid_stat(5). */
  readonly kernelCpuSecondsTotal: number;
  /** CPU seconds in user mode of the children it has waited for, and of theirs, `cutime` of proc_pid_stat(5). */
  readonly childrenUserCpuSecondsTotal: number;
  /** CPU seconds in the kernel of the children it has waited for, and of theirs, `cstime` of proc_pid_stat(5). */
  readonly childrenKernelCpuSecondsTotal: number;
  /** Whether its parent does not belong to the tree, though it is not the root: it was adopted after its parent's end. */
  readonly orphan: boolean;
  /** Why which fields are null; null where every field was read. */
  readonly unreadable: UnreadableFields | null;
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

/** A process that was seen for the first time. */
export interface StartEvent {
  /** What happened. */
  readonly kind: "start";
  /** The process id. */
  readonly pid: number;
  /** The process id of the parent. */
  readonly ppid: number;
  /** When the process started, in ticks since boot. */
  readonly startTicks: Integer;
  /** The last segment of the program's path. Null for a process without a program, and where the link may not be read. */
  readonly exe: string | null;
  /** The name that the main thread goes by. */
  readonly comm: string;
  /**
   * The arguments, see proc_pid_cmdline(5): what the process shows, which it may have overwritten. They may hold secrets, and
   * where they are overwritten the kernel may read on into the environment. Empty for a zombie and a kernel thread.
   */
  readonly cmdline: readonly string[] | null;
  /** Whether arguments were cut off for their length. */
  readonly cmdlineTruncated: boolean | null;
  /** The real user id, see proc_pid_status(5). */
  readonly uid: number | null;
  /** When it started, RFC 3339 in UTC, by the wall clock at the run's start; null where it started in the future. */
  readonly startedAt: string | null;
  /** Why which fields are null; null where every field was read. */
  readonly unreadable: UnreadableFields | null;
}

/** A process that has ended since the previous sample, as it was last seen. */
export interface ExitEvent {
  /** What happened. */
  readonly kind: "exit";
  /** The process id. */
  readonly pid: number;
  /** The process id of the parent. */
  readonly ppid: number;
  /** When the process started, in ticks since boot. */
  readonly startTicks: Integer;
  /** The last segment of the program's path, as last read. */
  readonly exe: string | null;
  /** The name that the main thread went by. */
  readonly comm: string;
  /** Seconds from its start to its end, or rather to this sample; null where it started in the future. */
  readonly lifetimeSeconds: number | null;
  /** CPU seconds in user mode. */
  readonly userCpuSecondsTotal: number;
  /** CPU seconds in the kernel. */
  readonly kernelCpuSecondsTotal: number;
  /** CPU seconds in user mode of the children it had waited for. */
  readonly childrenUserCpuSecondsTotal: number;
  /** CPU seconds in the kernel of the children it had waited for. */
  readonly childrenKernelCpuSecondsTotal: number;
  /** The most resident memory that a sample has seen; null where none has seen any. */
  readonly peakRssBytes: Integer | null;
}

/** A process that has replaced its program: the same process, another exe. */
export interface ExecEvent {
  /** What happened. */
  readonly kind: "exec";
  /** The process id. */
  readonly pid: number;
  /** When the process started, in ticks since boot. */
  readonly startTicks: Integer;
  /** The last segment of the program's path now. */
  readonly exe: string | null;
  /** The last segment of the path of the program before. */
  readonly previousExe: string | null;
  /** The name that the main thread goes by now. */
  readonly comm: string;
}

/** A process whose parent has ended and that has another one now. */
export interface ReparentedEvent {
  /** What happened. */
  readonly kind: "reparented";
  /** The process id. */
  readonly pid: number;
  /** When the process started, in ticks since boot. */
  readonly startTicks: Integer;
  /** The process id of the parent now. */
  readonly ppid: number;
  /** The process id of the parent before. */
  readonly previousPpid: number;
}

/** What happened to a process between two samples. */
export type ProcessEvent =
  | StartEvent
  | ExitEvent
  | ExecEvent
  | ReparentedEvent;

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

/** What is known of a run before its first sample. */
export interface Run {
  /** When the run started: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /** The version of procline. */
  readonly version: string;
  /** A UUID, new for each run. */
  readonly runId: string;
  /** A random id that is new at each boot of the host; null where it cannot be read. */
  readonly bootId: string | null;
  /** The name of the host; null where it cannot be read. */
  readonly hostname: string | null;
  /** The process id of the root; null where the root is a cgroup. */
  readonly rootPid: number | null;
  /** The directory of the cgroup v2 that is the root; null where the root is a process. */
  readonly rootCgroup: string | null;
  /** The interval that was asked for, in seconds. */
  readonly intervalSeconds: number;
  /** Bytes of a page of memory. */
  readonly pageSizeBytes: number;
  /** Clock ticks of a second: the unit of `startTicks`. */
  readonly ticksPerSecond: number;
  /** The cores that the root may use at the start. */
  readonly numCores: number | null;
  /** The field groups that were asked for. */
  readonly collectors: readonly string[];
}

/** Why a run ended. */
export type EndReason = "exited" | "count" | "duration" | "signal" | "reader";

/** What a run has come to. */
export interface RunEnd {
  /** When the run ended: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /** Why it ended: the root ended, the count or the time was reached, a signal came, nobody reads the lines any more. */
  readonly reason: EndReason;
  /** The command's exit code; null where a signal ended it, and where there is none. */
  readonly exitCode: number | null;
  /** The signal that ended the command; null where none did, and where there is none. */
  readonly signal: string | null;
  /** What was measured over the run. */
  readonly summary: RunSummary;
}

/** What was measured over a run. For a command, what `time -v` tells, of the whole tree. */
export interface RunSummary {
  /** Seconds from the run's start to its last sample. */
  readonly wallSeconds: number;
  /** CPU seconds that the tree used in user mode during the run, ended processes included. */
  readonly userCpuSeconds: number;
  /** CPU seconds that the tree used in the kernel during the run, ended processes included. */
  readonly kernelCpuSeconds: number;
  /** The most resident memory of the tree that a sample has seen, in bytes; null where none has seen any. */
  readonly peakRssBytes: Integer | null;
  /** The most processes that a sample has seen. */
  readonly peakNumProcesses: number;
  /** Samples that were taken. */
  readonly samples: number;
  /** Intervals that passed without a sample. */
  readonly missedSamples: number;
}
