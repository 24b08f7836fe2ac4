/**
 * One process at the time of a sample.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { CollectedFields } from "./collected_fields.ts";
import type { NullReasons } from "./null_reason.ts";

/** One process at the time of a sample. */
export interface ProcessSample extends CollectedFields {
  /** The process id. */
  readonly pid: number;
  /** The process id of the parent; 0 if it lies outside the pid namespace. */
  readonly ppid: number;
  /**
   * Whether it was adopted: its parent does not belong to the tree, though it is not the root. On a
   * line only if it is true.
   */
  readonly orphan: boolean;
  /**
   * The last segment of the program's path, from the link `exe`; see proc_pid_exe(5). Bytes that
   * are not UTF-8 are U+FFFD; a program in memory is `memfd:` and its name. Null for a process
   * without a program, and if the link may not be read.
   */
  readonly exe: string | null;
  /**
   * Whether the program's file has been removed or replaced since its start, as it was when last
   * looked at: when the program may have changed, and in every 32nd sample; null if `exe` is. On a
   * line only if it is true.
   */
  readonly exeDeleted: boolean | null;
  /**
   * The name of the main thread, 15 bytes at most except for kernel threads; see proc_pid_comm(5).
   */
  readonly comm: string;
  /**
   * One letter, see proc_pid_stat(5): R running, S sleeping, D waiting for a device, Z zombie, T
   * stopped, t traced, I idle.
   */
  readonly state: string;
  /**
   * When the process started, in ticks since boot. With the pid and the boot id it identifies a
   * process.
   */
  readonly startTicks: Integer;
  /**
   * Seconds since its start; null if it started in the future or /proc/uptime cannot be read. In a
   * container whose /proc/uptime counts from its own start, as lxcfs has it, the start of init is
   * added.
   */
  readonly uptimeSeconds: number | null;
  /** Threads. */
  readonly numThreads: number;
  /**
   * Resident memory in bytes, `resident` of proc_pid_statm(5); pages that processes share count in
   * each. Null without memory, and for a process that has its parent's, as between vfork(2) and
   * execve(2): it counts on the parent's line.
   */
  readonly rssBytes: number | null;
  /**
   * Whether its memory may be its parent's, which cannot be told: it has run no program of its own,
   * and its figures are the parent's. So is a child of clone(2) with CLONE_VM, and a copy made by
   * fork(2) at times. It counts as if it were its own. On a line only if it is true.
   */
  readonly mayShareMemory: boolean;
  /** The soft limit of resident memory in bytes, `rsslim` of proc_pid_stat(5); null: unlimited. */
  readonly rsslimBytes: Integer | null;
  /**
   * Virtual memory in bytes, `size` of proc_pid_statm(5). Null if `rssBytes` is for that reason.
   */
  readonly vsizeBytes: Integer | null;
  /**
   * CPU used in the window, user and kernel mode together, as a percentage of one core. Null if no
   * window is known: in the first sample of a process that was there before the run.
   */
  readonly cpuPercentage: number | null;
  /**
   * CPU used in the window in user mode, as a percentage of one core. Null if no window is known.
   */
  readonly userCpuPercentage: number | null;
  /**
   * CPU used in the window in the kernel, as a percentage of one core. Null if no window is known.
   */
  readonly kernelCpuPercentage: number | null;
  /**
   * The length of that window in seconds: since the previous sample, or since the start of a
   * process that has started in the run and is seen first.
   */
  readonly cpuWindowSeconds: number | null;
  /**
   * CPU that it has used on average since its start, as a percentage of one core, in the first
   * sample of a process that was there before the run. Null if there is a window, or its age is not
   * known.
   */
  readonly averageCpuPercentage: number | null;
  /**
   * CPU seconds in user mode since its start, `utime` of proc_pid_stat(5); held where that falls,
   * as on old kernels.
   */
  readonly userCpuSecondsTotal: number;
  /** The same in the kernel, `stime` of proc_pid_stat(5). */
  readonly kernelCpuSecondsTotal: number;
  /**
   * CPU seconds in user mode of the children it has reaped, and of theirs, `cutime` of
   * proc_pid_stat(5).
   */
  readonly childrenUserCpuSecondsTotal: number;
  /**
   * CPU seconds in the kernel of the children it has reaped, and of theirs, `cstime` of
   * proc_pid_stat(5).
   */
  readonly childrenKernelCpuSecondsTotal: number;
  /** Why which fields are null; null if every field was read. */
  readonly unreadable: NullReasons | null;
}
