/**
 * Recordings: what one run read, as lines of JSON, so that another run can read the same again.
 *
 * The first line holds the run and what was read before the first sample; each further line is a
 * sample, with its times and the reads in their order.
 *
 * @module
 */

import type { ReadFailure } from "../errors.ts";
import type { FileStatus } from "../kernel/proc_fs.ts";
import type { MissedReasons, Run, RunEnd } from "../model/run.ts";
import type { SampleTimes } from "../model/sample.ts";

/** The version of the recordings that this module writes, and the only one it reads. */
export const RECORDING_VERSION = 2;

/**
 * The characters that a line may have: no text of the runtime has more. It is enough for a sample
 * of 15,000 processes like `sleep` with every collector: 34,400 characters each were measured.
 */
export const MAX_LINE_LENGTH = 2 ** 29 - 24;

/** One read: what was asked, and the result. */
export interface RecordedRead {
  /** The path as the kernel names it. */
  readonly path: string;
  /** The number of the open file that was opened or read again; left out for a read by path. */
  readonly file?: number;
  /** Set if a file was opened, to be read again; its content stands in reads of its own. */
  readonly open?: true;
  /** Set if the file that was opened is not held open, but opened by its path for each read. */
  readonly byPath?: true;
  /** Set if it was asked which file the path leads to, not what that holds. */
  readonly stat?: true;
  /** Where a part of a file of binary records was read or written; left out for a whole file. */
  readonly offset?: number;
  /** How many bytes were to be read or written there. */
  readonly length?: number;
  /** How many were. */
  readonly count?: number;
  /** Set if they were written. What was written is not recorded: it follows from what was read. */
  readonly write?: true;
  /** The content of a file, as text. */
  readonly text?: string;
  /** The content of a file, as bytes in base64; of a part without the zeros at its end. */
  readonly bytes?: string;
  /** The target of a symbolic link. */
  readonly link?: string;
  /** Which file the path leads to. */
  readonly status?: FileStatus;
  /** The names in a directory. */
  readonly names?: readonly string[];
  /** Those of the names that are directories, if that was asked and is known. */
  readonly directories?: readonly string[];
  /** Why the read failed. */
  readonly error?: ReadFailure;
}

/** The first line of a recording. */
export interface RecordingHeader {
  /** When the run started, by the monotonic clock, in milliseconds. */
  readonly startMs: number;
  /** The run that was recorded. */
  readonly run: Run;
  /**
   * Its collectors that were asked for, with `events`; the others were read for what was written
   * beside its lines. Left out: all were.
   */
  readonly asked?: readonly string[];
  /** Whether its samples have events. */
  readonly events: boolean;
  /** The collector `smaps` read in the first of this many samples. */
  readonly smapsEvery: number;
  /**
   * The collector `numa` read in the first of this many samples. Left out: in each, or it did not
   * read.
   */
  readonly numaEvery?: number;
  /** The same of the collector `wss`. */
  readonly wssEvery?: number;
  /** The names of the variables that the collector `env` read. Left out: it did not run. */
  readonly env?: readonly string[];
  /** Whether its root was a command that the run had started. */
  readonly startedByUs: boolean;
  /** The labels of its lines. */
  readonly labels: Readonly<Record<string, string>>;
  /** What was read before the first sample. */
  readonly reads: readonly RecordedRead[];
}

/** A further line of a recording: a sample. */
export interface RecordedSample {
  /**
   * Set for the sample that was taken before the first that was printed, so that this one's
   * percentages have a window.
   */
  readonly silent?: true;
  /** When it was taken: milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /** Its instants by the monotonic clock. */
  readonly times: SampleTimes;
  /** The intervals that had passed without a sample. */
  readonly missed: number;
  /** What was read for it. */
  readonly reads: readonly RecordedRead[];
}

/** The last line of a recording, unless the run was cut off. */
export interface RecordedEnd {
  /** How the run ended; its summary follows from its samples. */
  readonly end: Omit<RunEnd, "lastedSeconds" | "summary">;
  /** Why samples were missed; left out if none was. */
  readonly missedBecause?: MissedReasons;
}
