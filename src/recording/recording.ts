/**
 * Recordings: what one run read, as lines of JSON, so that another run can read the same again.
 *
 * The first line holds the run and what was read before the first sample; each further line is a sample, with its times and the
 * reads in their order.
 *
 * @module
 */

import type { ReadFailure } from "../errors.ts";
import type { Run, RunEnd } from "../model/run.ts";

/** The version of the recordings that this module writes, and the only one it reads. */
export const RECORDING_VERSION = 1;

/** One read: what was asked, and what came of it. */
export interface RecordedRead {
  /** The path as the kernel names it. */
  readonly path: string;
  /** The number of the open file that was opened or read again; left out for a read by path. */
  readonly file?: number;
  /** Set where a file was opened, to be read again; what it said stands in reads of its own. */
  readonly open?: true;
  /** What a file said, as text. */
  readonly text?: string;
  /** What a file said, as bytes in base64. */
  readonly bytes?: string;
  /** What a symbolic link held. */
  readonly link?: string;
  /** The names in a directory. */
  readonly names?: readonly string[];
  /** Why the read failed. */
  readonly error?: ReadFailure;
}

/** The first line of a recording. */
export interface RecordingHeader {
  /** When the run started, by the monotonic clock, in milliseconds. */
  readonly monotonicMs: number;
  /** The run that was recorded. */
  readonly run: Run;
  /** Whether its samples tell of events. */
  readonly events: boolean;
  /** The collector `smaps` read in the first of so many samples. */
  readonly smapsEvery: number;
  /** Whether its root was a command that the run had started. */
  readonly isOnlyChild: boolean;
  /** The labels of its lines. */
  readonly labels: Readonly<Record<string, string>>;
  /** What was read before the first sample. */
  readonly reads: readonly RecordedRead[];
}

/** A further line of a recording: a sample. */
export interface RecordedSample {
  /** When it was taken: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /** When it was taken by the monotonic clock, in milliseconds. */
  readonly monotonicMs: number;
  /** When its processes were visited from by the monotonic clock; left out: at once. */
  readonly visitMs?: number;
  /** When the host and the cgroups were read by the monotonic clock; left out: at once. */
  readonly collectMs?: number;
  /** The intervals that had passed without a sample. */
  readonly missed: number;
  /** What was read for it. */
  readonly reads: readonly RecordedRead[];
}

/** The last line of a recording, unless the run was cut off. */
export interface RecordedEnd {
  /** How the run ended; what it had come to follows from its samples. */
  readonly end: Omit<RunEnd, "summary">;
}
