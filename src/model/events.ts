/**
 * What happened to processes between two samples.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { NullReasons } from "./null_reason.ts";

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
  /**
   * The last segment of the program's path. Null for a process without a program, and if the link
   * may not be read.
   */
  readonly exe: string | null;
  /** The name of the main thread. */
  readonly comm: string;
  /**
   * The arguments, see proc_pid_cmdline(5): what the process shows, which it may have overwritten.
   * They may hold secrets, and the kernel may read on into the environment if they are overwritten.
   * Null for a zombie, a kernel thread, and a process in the middle of execve(2).
   */
  readonly cmdline: readonly string[] | null;
  /** Whether arguments were cut off for their length. On a line only if it is true. */
  readonly cmdlineTruncated: boolean | null;
  /** The real user id, see proc_pid_status(5). */
  readonly uid: number | null;
  /**
   * When it started, RFC 3339 in UTC, by the wall clock at the run's start. Null if it started in
   * the future, or before 1970 by that clock: the reason is `clock` then.
   */
  readonly startedAt: string | null;
  /** Why which fields are null; null if every field was read. */
  readonly unreadable: NullReasons | null;
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
  /** The last segment of the program's path, as last read. Null if it was never read. */
  readonly exe: string | null;
  /** The name of the main thread. */
  readonly comm: string;
  /**
   * Its arguments, as read when it was seen first and after it had run another program, see
   * `StartEvent`. Null for a zombie, a kernel thread, and a process that ended before it had any.
   */
  readonly cmdline: readonly string[] | null;
  /** Whether arguments were cut off for their length. On a line only if it is true. */
  readonly cmdlineTruncated: boolean | null;
  /** Seconds from its start to this sample, which saw its end; null if its age is not known. */
  readonly lifetimeSeconds: number | null;
  /** CPU seconds in user mode. */
  readonly userCpuSecondsTotal: number;
  /** CPU seconds in the kernel. */
  readonly kernelCpuSecondsTotal: number;
  /** CPU seconds in user mode of the children it had reaped. */
  readonly childrenUserCpuSecondsTotal: number;
  /** CPU seconds in the kernel of the children it had reaped. */
  readonly childrenKernelCpuSecondsTotal: number;
  /** The most resident memory that a sample has seen; null if none has seen any. */
  readonly peakRssBytes: number | null;
  /** Why which fields are null; left out if every field was read. */
  readonly unreadable?: NullReasons;
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
  /** The name of the main thread now. */
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
