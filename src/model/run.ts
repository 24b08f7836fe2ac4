/**
 * What is known of a run: before its first sample, and at its end.
 *
 * @module
 */

import type { RunIo } from "./collected_fields.ts";
import type { NullReasons } from "./null_reason.ts";

/** What is known of a run before its first sample. */
export interface Run {
  /** When the run started: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /** The version of procline. */
  readonly version: string;
  /** A UUID, new for each run. */
  readonly runId: string;
  /** A random id that is new at each boot of the host; null if it cannot be read. */
  readonly bootId: string | null;
  /** The name of the host; null if it cannot be read. */
  readonly hostname: string | null;
  /** The process id of the root; null if the root is a cgroup, or all processes. */
  readonly rootPid: number | null;
  /** The directory of the cgroup v2 that is the root; null if the root is none. */
  readonly rootCgroup: string | null;
  /**
   * The command that was started, with its arguments, which may hold secrets; null if the root was
   * there before.
   */
  readonly command: readonly string[] | null;
  /**
   * Set if arguments of the command are missing, as the run was read from a line that has room for
   * some of them only. Left out: all are there.
   */
  readonly commandTruncated?: boolean;
  /** The interval that was asked for, in seconds. */
  readonly intervalSeconds: number;
  /** Bytes of a page of memory; null if nothing tells. */
  readonly pageSizeBytes: number | null;
  /** Clock ticks of a second: the unit of `startTicks`. */
  readonly ticksPerSecond: number;
  /** The cores that the root may use at the start; null if that cannot be read. */
  readonly numCores: number | null;
  /** The groups of fields that were asked for. */
  readonly collectors: readonly string[];
  /** Why which fields are null; left out if every field was read. */
  readonly unreadable?: NullReasons;
}

/** Why a run ended. */
export type EndReason =
  | "exited"
  | "count"
  | "duration"
  | "stdin"
  | "signal"
  | "reader"
  | "failed";

/** How a run ended. */
export interface RunEnd {
  /** When the run ended: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /**
   * Why it ended: the root ended, the count or the time was reached, standard input was closed
   * (`stdin`), a signal came, nobody reads the lines any more (`reader`), or they could not be
   * written, or no sample be taken (`failed`).
   */
  readonly reason: EndReason;
  /** The command's exit code; null if a signal ended it, and without a command. */
  readonly exitCode: number | null;
  /** The signal that ended the command; null if none did, and without a command. */
  readonly signal: string | null;
  /**
   * Seconds from the run's start to its end, by a clock that nobody sets; left out if no such clock
   * was read, as in a replay. It stands on no line.
   */
  readonly lastedSeconds?: number;
  /** What was measured over the run. */
  readonly summary: RunSummary;
}

/** Why intervals passed without a sample: how many did for which reason. */
export interface MissedReasons {
  /** To read the sample before took longest. */
  readonly reading: number;
  /** Whoever takes the lines, or the disk, took longest. */
  readonly writing: number;
  /** This program was given no time when the next sample was due: the host was busy. */
  readonly waiting: number;
}

/** What was measured over a run. For a command, what `time -v` reports, of the whole tree. */
export interface RunSummary extends Partial<RunIo> {
  /** Seconds from the run's start to its last sample. */
  readonly wallSeconds: number;
  /** CPU seconds that the tree used in user mode during the run, ended processes included. */
  readonly userCpuSeconds: number;
  /** CPU seconds that the tree used in the kernel during the run, ended processes included. */
  readonly kernelCpuSeconds: number;
  /**
   * The cores that the tree used on average: its CPU seconds divided by the run's seconds. Null if
   * no time has passed.
   */
  readonly meanCores: number | null;
  /**
   * The most resident memory of the tree that a sample has seen, in bytes; null if none has seen
   * any.
   */
  readonly peakRssBytes: number | null;
  /** When that was: milliseconds since 1970-01-01 UTC; null if it never was. */
  readonly peakRssEpochMs: number | null;
  /** How many processes the tree had then; null if it never was. */
  readonly peakRssNumProcesses: number | null;
  /** The most processes that a sample has seen. */
  readonly peakNumProcesses: number;
  /** Samples that were taken. */
  readonly samples: number;
  /** Intervals that passed without a sample. */
  readonly missedSamples: number;
  /** Why which fields are null; left out if every field was read. */
  readonly unreadable?: NullReasons;
}
