/**
 * What collectors add to a sample: fields of a process's line and of the tree's, and lines of their own.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { UnreadableFields } from "./null_reason.ts";

/** What the collector `cmdline` adds to a process's line. */
export interface CmdlineFields {
  /**
   * The arguments, see proc_pid_cmdline(5): what the process shows, which it may have overwritten. They may hold secrets, and
   * where they are overwritten the kernel may read on into the environment. Null for a zombie and a kernel thread, and for a process
   * in the middle of execve(2).
   */
  readonly cmdline: readonly string[] | null;
  /** Whether arguments were cut off for their length. On a line only where it is true. */
  readonly cmdlineTruncated: boolean | null;
}

/** What the collector `stat` adds to a process's line. See proc_pid_stat(5). */
export interface StatFields {
  /** Page faults that needed no device, `minflt`. */
  readonly minorFaultsTotal: Integer;
  /** Page faults that needed a device, `majflt`. */
  readonly majorFaultsTotal: Integer;
  /** Minor page faults of the children it has waited for, `cminflt`. */
  readonly childrenMinorFaultsTotal: Integer;
  /** Major page faults of the children it has waited for, `cmajflt`. */
  readonly childrenMajorFaultsTotal: Integer;
  /** The scheduler's priority; -2 to -100 for a real-time policy. */
  readonly priority: number;
  /** The nice value, 19 (low priority) to -20. */
  readonly nice: number;
  /** The process group. */
  readonly pgrp: number;
  /** The session. */
  readonly session: number;
  /** Seconds spent waiting for block I/O, `delayacct_blkio_ticks`; 0 while the kernel's delay accounting is off; null before Linux 2.6.18. */
  readonly blockIoDelaySecondsTotal: number | null;
}

/** What the collector `status` adds to a process's line. See proc_pid_status(5). Null without memory, and on a kernel that does not tell. */
export interface StatusFields {
  /** The real user id. */
  readonly uid: number | null;
  /** The most resident memory it has had, in bytes, `VmHWM`. */
  readonly peakRssBytes: Integer | null;
  /** The most virtual memory it has had, in bytes, `VmPeak`. */
  readonly peakVsizeBytes: Integer | null;
  /** Resident anonymous memory in bytes, `RssAnon`. Since Linux 4.5. */
  readonly rssAnonBytes: Integer | null;
  /** Resident memory of mapped files in bytes, `RssFile`. Since Linux 4.5. */
  readonly rssFileBytes: Integer | null;
  /** Resident shared memory in bytes, `RssShmem`. Since Linux 4.5. */
  readonly rssShmemBytes: Integer | null;
  /** Size of the data segment in bytes, `VmData`. */
  readonly dataBytes: Integer | null;
  /** Size of the stack in bytes, `VmStk`. */
  readonly stackBytes: Integer | null;
  /** Size of the program's code in bytes, `VmExe`. */
  readonly textBytes: Integer | null;
  /** Size of the libraries' code in bytes, `VmLib`. */
  readonly libBytes: Integer | null;
  /** Size of the page tables in bytes, `VmPTE`. Since Linux 2.6.10. */
  readonly pageTablesBytes: Integer | null;
  /** Anonymous memory that is swapped out, in bytes, `VmSwap`. Since Linux 2.6.34. */
  readonly swapBytes: Integer | null;
  /** Locked memory in bytes, `VmLck`. */
  readonly lockedBytes: Integer | null;
  /** Context switches that its living threads asked for, by waiting. It falls where a thread ends. */
  readonly voluntaryCtxtSwitches: Integer | null;
  /** Context switches that were forced on its living threads. It falls where a thread ends. */
  readonly nonvoluntaryCtxtSwitches: Integer | null;
}

/** What `io` counts, in bytes or calls. See proc_pid_io(5), Linux 2.6.20. Null where another user's may not be read. */
export interface IoTotals {
  /** Bytes read by system calls, from pipes and caches too, `rchar`. */
  readonly ioReadCharsBytesTotal: Integer | null;
  /** Bytes written by system calls, to pipes and caches too, `wchar`. */
  readonly ioWrittenCharsBytesTotal: Integer | null;
  /** System calls that read, `syscr`. */
  readonly ioReadCallsTotal: Integer | null;
  /** System calls that write, `syscw`. */
  readonly ioWriteCallsTotal: Integer | null;
  /** Bytes fetched from storage, `read_bytes`. */
  readonly ioReadBytesTotal: Integer | null;
  /** Bytes sent to storage, or rather made dirty in the page cache, `write_bytes`. */
  readonly ioWrittenBytesTotal: Integer | null;
  /** Bytes made dirty that never went to storage, for the file was truncated, `cancelled_write_bytes`. */
  readonly ioCancelledWriteBytesTotal: Integer | null;
}

/** The same per second, since the previous sample; null on the first. */
export interface IoRates {
  /** Bytes per second read by system calls. */
  readonly ioReadCharsBytesPerSecond: number | null;
  /** Bytes per second written by system calls. */
  readonly ioWrittenCharsBytesPerSecond: number | null;
  /** Bytes per second fetched from storage. */
  readonly ioReadBytesPerSecond: number | null;
  /** Bytes per second sent to storage. */
  readonly ioWrittenBytesPerSecond: number | null;
}

/** What the collector `io` adds to the line of a process, waited-for children included, and to the tree's. */
export interface IoFields extends IoTotals, IoRates {}

/** What the collector `fd` adds to a process's line. */
export interface FdFields {
  /** Open file descriptors, see proc_pid_fd(5). Null where another user's may not be read. */
  readonly numFds: number | null;
  /** The soft limit of open file descriptors, see proc_pid_limits(5); null: unlimited, but where `unreadable` says otherwise. */
  readonly fdLimit: Integer | null;
}

/** Memory by kind, in bytes. See proc_pid_smaps(5). Null on a kernel that does not tell. */
export interface MappedMemoryFields {
  /** Proportional set size: each resident page divided by the processes that share it. Sums over a tree are true. */
  readonly pssBytes: Integer | null;
  /** The dirty part of it. Since Linux 6.0. */
  readonly pssDirtyBytes: Integer | null;
  /** Unique set size: what no other process shares, private clean and private dirty together. */
  readonly ussBytes: Integer | null;
  /** Resident pages that are private and clean. */
  readonly privateCleanBytes: Integer | null;
  /** Resident pages that are private and dirty. */
  readonly privateDirtyBytes: Integer | null;
  /** Resident pages that are shared and clean. */
  readonly sharedCleanBytes: Integer | null;
  /** Resident pages that are shared and dirty. */
  readonly sharedDirtyBytes: Integer | null;
  /** Resident pages that are marked as accessed. */
  readonly referencedBytes: Integer | null;
  /** Resident pages that belong to no file. */
  readonly anonymousBytes: Integer | null;
  /** Pages that KSM merged. Since Linux 6.7. */
  readonly ksmBytes: Integer | null;
  /** Pages given up by madvise(2) and not yet taken. Since Linux 4.12. */
  readonly lazyFreeBytes: Integer | null;
  /** Anonymous huge pages. Since Linux 2.6.38. */
  readonly anonHugePagesBytes: Integer | null;
  /** Shared memory in huge pages. Since Linux 4.8. */
  readonly shmemPmdMappedBytes: Integer | null;
  /** Page cache in huge pages. Since Linux 5.4. */
  readonly filePmdMappedBytes: Integer | null;
  /** Shared pages of hugetlbfs; no part of resident memory. Since Linux 4.4. */
  readonly sharedHugetlbBytes: Integer | null;
  /** Private pages of hugetlbfs; no part of resident memory. Since Linux 4.4. */
  readonly privateHugetlbBytes: Integer | null;
  /** Swapped-out anonymous memory, divided by its sharers. Since Linux 4.3. */
  readonly swapPssBytes: Integer | null;
}

/** What the collector `smaps_rollup` adds to a process's line. See proc_pid_smaps(5), Linux 4.14. Null without memory. */
export interface SmapsRollupFields extends MappedMemoryFields {
  /** The anonymous part of `pssBytes`. Since Linux 5.3. */
  readonly pssAnonBytes: Integer | null;
  /** The part of mapped files. Since Linux 5.3. */
  readonly pssFileBytes: Integer | null;
  /** The part of shared memory. Since Linux 5.3. */
  readonly pssShmemBytes: Integer | null;
  /** Resident memory as `smaps_rollup` counts it. */
  readonly rollupRssBytes: Integer | null;
  /** Swapped-out memory as `smaps_rollup` counts it, shared memory too. */
  readonly rollupSwapBytes: Integer | null;
  /** The part of `pssBytes` that is locked by mlock(2). */
  readonly rollupLockedBytes: Integer | null;
}

/** The mappings of one process that have the same path, summed, in bytes. See proc_pid_smaps(5). */
export interface MappingSample extends MappedMemoryFields {
  /** The process id. */
  readonly pid: number;
  /** When the process started, in ticks since boot. */
  readonly startTicks: Integer;
  /** The mapped file, a name like `[heap]`, or an empty text for memory without a name. */
  readonly pathname: string;
  /** Whether the path was cut for its length. On a line only where it is true. */
  readonly pathnameTruncated: boolean;
  /** How many mappings these are. */
  readonly numMappings: number;
  /** Virtual size. */
  readonly sizeBytes: Integer | null;
  /** Resident memory. */
  readonly rssBytes: Integer | null;
  /** Swapped-out memory. */
  readonly swapBytes: Integer | null;
  /** The part of `pssBytes` that is locked by mlock(2). */
  readonly lockedBytes: Integer | null;
  /** Why which fields are null; null where every field was read. */
  readonly unreadable: UnreadableFields | null;
}

/** Counters by the kernel's own names. */
export type KeyedCounters = Readonly<Record<string, Integer>>;

/** A cgroup v2 that processes of the tree are in. Its figures are those of the whole group, its descendants included. */
export interface CgroupSample {
  /** The path below the root of the hierarchy. */
  readonly path: string;
  /** Whether the path was cut for its length. On a line only where it is true. */
  readonly pathTruncated: boolean;
  /** Processes of the tree that are in this very group. */
  readonly numProcesses: number;
  /** CPU seconds that the group has used, `usage_usec` of `cpu.stat`. There without any controller. */
  readonly cpuSecondsTotal: number | null;
  /** The part in user mode, `user_usec`. */
  readonly userCpuSecondsTotal: number | null;
  /** The part in the kernel, `system_usec`. */
  readonly kernelCpuSecondsTotal: number | null;
  /** CPU used since the previous sample as a percentage of one core; null on the first. */
  readonly cpuPercentage: number | null;
  /** The part of it in user mode. */
  readonly userCpuPercentage: number | null;
  /** The part of it in the kernel. */
  readonly kernelCpuPercentage: number | null;
  /** Cores that the group may use, `cpu.max`; null: unlimited, but where `unreadable` says otherwise. */
  readonly cpuLimitCores: number | null;
  /** `cpuPercentage` as a percentage of that limit; null without one. */
  readonly cpuLimitPercentage: number | null;
  /** Periods of the limit in which the group ran, `nr_periods`; null without the cpu controller. */
  readonly cpuPeriodsTotal: Integer | null;
  /** Periods in which it was held back, `nr_throttled`; null without the cpu controller. */
  readonly cpuThrottledPeriodsTotal: Integer | null;
  /** Seconds that it was held back, `throttled_usec`; null without the cpu controller. */
  readonly cpuThrottledSecondsTotal: number | null;
  /** Memory in use in bytes, page cache included, `memory.current`. */
  readonly memoryCurrentBytes: Integer | null;
  /** The most memory in use, in bytes, `memory.peak`. Since Linux 5.19. */
  readonly memoryPeakBytes: Integer | null;
  /** The limit in bytes, `memory.max`; null: unlimited, but where `unreadable` says otherwise. */
  readonly memoryMaxBytes: Integer | null;
  /** The bytes beyond which the group is slowed down, `memory.high`; null: unlimited, but where `unreadable` says otherwise. */
  readonly memoryHighBytes: Integer | null;
  /** Swap in use in bytes, `memory.swap.current`. */
  readonly swapCurrentBytes: Integer | null;
  /** The limit of swap in bytes, `memory.swap.max`; null: unlimited, but where `unreadable` says otherwise. */
  readonly swapMaxBytes: Integer | null;
  /** `memory.stat`, by the kernel's names: amounts in bytes, events (`pgfault` and others) in counts. */
  readonly memoryStat: KeyedCounters | null;
  /** `memory.events`: how often limits were reached (`low`, `high`, `max`, `oom`, `oom_kill`). */
  readonly memoryEvents: KeyedCounters | null;
  /** `io.stat` for each device (`8:0`): bytes and operations. */
  readonly ioStat: Readonly<Record<string, KeyedCounters>> | null;
  /** Whether there are more devices than have room on a line. On a line only where it is true. */
  readonly ioStatTruncated: boolean;
  /** Tasks in the group, `pids.current`. */
  readonly pidsCurrent: Integer | null;
  /** Their limit, `pids.max`; null: unlimited, but where `unreadable` says otherwise. */
  readonly pidsMax: Integer | null;
  /** `cpu.pressure`: shares of time and microseconds in which tasks waited for a CPU. Since Linux 4.20. */
  readonly cpuPressure: KeyedCounters | null;
  /** `memory.pressure`: the same for memory. */
  readonly memoryPressure: KeyedCounters | null;
  /** `io.pressure`: the same for io. */
  readonly ioPressure: KeyedCounters | null;
  /** Why which fields are null; null where every field was read. */
  readonly unreadable: UnreadableFields | null;
}

/** One figure of a cgroup. */
export interface CgroupFigure {
  /** The group's path below the root of the hierarchy. */
  readonly path: string;
  /** The file and the keys in it: `memory.stat.anon`, `cpu.pressure.some.avg10`. */
  readonly name: string;
  /** The device that it is about, `8:0`; null: none. */
  readonly device: string | null;
  /** Whether it only grows. */
  readonly isCounter: boolean;
  /** The figure; null: unlimited. */
  readonly value: Integer | null;
}

/** The whole host at the time of a sample. */
export interface HostSample {
  /** CPUs that are switched on; null where sysfs does not tell. */
  readonly numCpus: number | null;
  /** Processes that ran or waited for a CPU or a device, averaged over 1 minute, see proc_loadavg(5). */
  readonly load1: number | null;
  /** The same over 5 minutes. */
  readonly load5: number | null;
  /** The same over 15 minutes. */
  readonly load15: number | null;
  /** Threads that are running or could. */
  readonly numRunning: number | null;
  /** Threads there are. */
  readonly numThreads: number | null;
  /** CPU seconds of all CPUs since boot, by kind: `user`, `nice`, `system`, `idle` and so on, see proc_stat(5). */
  readonly cpuSecondsTotal: Readonly<Record<string, number>> | null;
  /** CPU used since the previous sample as a percentage of one core, idle and waiting time not counted; null on the first. */
  readonly cpuPercentage: number | null;
  /** Context switches since boot. */
  readonly ctxtSwitchesTotal: Integer | null;
  /** Processes and threads created since boot. */
  readonly forksTotal: Integer | null;
  /** Memory in bytes, see proc_meminfo(5): `MemTotal`. */
  readonly memTotalBytes: Integer | null;
  /** Memory in bytes that nothing uses, `MemFree`. */
  readonly memFreeBytes: Integer | null;
  /** Memory in bytes that programs could get without swapping, `MemAvailable`. Since Linux 3.14. */
  readonly memAvailableBytes: Integer | null;
  /** The page cache in bytes, `Cached`. */
  readonly cachedBytes: Integer | null;
  /** Memory in bytes that waits to be written back, `Dirty`. */
  readonly dirtyBytes: Integer | null;
  /** Swap in bytes, `SwapTotal`. */
  readonly swapTotalBytes: Integer | null;
  /** Swap in bytes that nothing uses, `SwapFree`. */
  readonly swapFreeBytes: Integer | null;
  /** `/proc/pressure/cpu`: shares of time and microseconds in which tasks waited for a CPU. Since Linux 4.20. */
  readonly cpuPressure: KeyedCounters | null;
  /** `/proc/pressure/memory`: the same for memory. */
  readonly memoryPressure: KeyedCounters | null;
  /** `/proc/pressure/io`: the same for io. */
  readonly ioPressure: KeyedCounters | null;
  /** `/proc/vmstat`, by the kernel's names, in pages or counts. */
  readonly vmstat: KeyedCounters | null;
  /** Why which fields are null; null where every field was read. */
  readonly unreadable: UnreadableFields | null;
}

/** What collectors add to a process's line; each group is there only where it was asked for. */
export interface CollectedFields
  extends
    Partial<CmdlineFields>,
    Partial<StatFields>,
    Partial<StatusFields>,
    Partial<IoFields>,
    Partial<FdFields>,
    Partial<SmapsRollupFields> {}

/** What collectors add to the tree's line; each group is there only where it was asked for. */
export interface CollectedTotals extends Partial<IoFields> {
  /** The sum of the processes' proportional set sizes in bytes: the memory that the tree really takes. With `smaps_rollup`. */
  readonly pssBytes?: Integer | null;
  /** The sum of the processes' unique set sizes in bytes: what its end would free. With `smaps_rollup`. */
  readonly ussBytes?: Integer | null;
}

/** What collectors add to a sample beside its processes; each is there only where it was asked for. */
export interface CollectedExtras {
  /** The mappings of each process, in those samples in which they were read. With `smaps`. */
  readonly mappings?: readonly MappingSample[];
  /** The cgroups that processes of the tree are in. With `cgroup`. */
  readonly cgroups?: readonly CgroupSample[];
  /** Every figure of those cgroups. With `cgroup` and `cgroup_files`. */
  readonly cgroupFigures?: readonly CgroupFigure[];
  /** The host. With `host`. */
  readonly host?: HostSample;
}
