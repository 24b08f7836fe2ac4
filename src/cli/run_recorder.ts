/**
 * The recording of a live run: a file system that writes down what is read through it, and the file
 * that takes its lines.
 *
 * @module
 */

import type { ProcFs } from "../kernel/proc_fs.ts";
import type { Sample } from "../model/sample.ts";
import {
  encodeRecorded,
  encodeRecordedInParts,
  encodeRecordingHeader,
} from "../recording/codec.ts";
import {
  MAX_LINE_LENGTH,
  type RecordedEnd,
  type RecordedSample,
  type RecordingHeader,
} from "../recording/recording.ts";
import { RecordingFs } from "../recording/recording_fs.ts";
import { FileError } from "./errors.ts";
import type { OutputFile } from "./output_file.ts";

/** Records one run. Each of its methods throws a `FileError` if the file cannot be written. */
export class RunRecorder {
  /** Reads what is to be recorded. */
  readonly fs: RecordingFs;
  readonly #file: OutputFile;

  /** Reads through `fs`; writes to a file, which the caller closes. */
  constructor(fs: ProcFs, file: OutputFile) {
    this.fs = new RecordingFs(fs);
    this.#file = file;
  }

  /** Writes the run, and what was read before its first sample. */
  async begin(header: Omit<RecordingHeader, "reads">): Promise<void> {
    const reads = this.fs.drain();
    await this.#file.writeTexts([encodeRecordingHeader({ ...header, reads })]);
  }

  /**
   * Writes a sample, and what was read for it.
   *
   * @throws {FileError} If its line would be so long that it could not be read again.
   */
  async add({ epochMs, times, tree }: Sample): Promise<void> {
    const { missedSamples: missed } = tree;
    const reads = this.fs.drain();
    await this.#file.writeTexts(partsOf({ epochMs, times, missed, reads }));
  }

  /** Writes the sample that was not printed, and what was read for it. */
  async addSilent(
    { epochMs, times }: Pick<Sample, "epochMs" | "times">,
  ): Promise<void> {
    const reads = this.fs.drain();
    await this.#file.writeTexts(
      partsOf({ epochMs, times, missed: 0, silent: true, reads }),
    );
  }

  /** Writes the end. */
  async end(line: RecordedEnd): Promise<void> {
    await this.#file.writeTexts([encodeRecorded(line)]);
  }
}

function partsOf(sample: RecordedSample): readonly string[] {
  const parts = encodeRecordedInParts(sample);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length <= MAX_LINE_LENGTH) return parts;
  throw new FileError(
    `Cannot record a sample for which ${length} characters were read: a line of a recording has ${MAX_LINE_LENGTH} at most`,
  );
}
