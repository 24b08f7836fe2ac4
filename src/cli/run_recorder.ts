/**
 * The recording of a live run: a file system that writes down what is read through it, and the file
 * that takes its lines.
 *
 * @module
 */

import type { ProcFs } from "../kernel/proc_fs.ts";
import type { RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { encodeRecorded, encodeRecordingHeader } from "../recording/codec.ts";
import type { RecordingHeader } from "../recording/recording.ts";
import { RecordingFs } from "../recording/recording_fs.ts";
import { createFile, writeWhole } from "./files.ts";

/** Records one run. */
export class RunRecorder implements Disposable {
  /** Reads what is to be recorded. */
  readonly fs: RecordingFs;
  readonly #path: string;
  #file: Deno.FsFile | null = null;

  /** Reads through `fs`; writes to the file with this path, once it is opened. */
  constructor(fs: ProcFs, path: string) {
    this.fs = new RecordingFs(fs);
    this.#path = path;
  }

  /**
   * Opens the file; what was in it goes.
   *
   * @throws {FileError} If that cannot be done.
   */
  open(): void {
    this.#file = createFile(this.#path);
  }

  /** Writes the run, and what was read before its first sample. */
  begin(header: Omit<RecordingHeader, "reads">): void {
    this.#write(encodeRecordingHeader({ ...header, reads: this.fs.drain() }));
  }

  /** Writes a sample, and what was read for it. */
  add({ epochMs, times, tree }: Sample): void {
    const { missedSamples: missed } = tree;
    const reads = this.fs.drain();
    this.#write(encodeRecorded({ epochMs, times, missed, reads }));
  }

  /** Writes the end. */
  end(end: Omit<RunEnd, "summary">): void {
    this.#write(encodeRecorded({ end }));
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file?.close();
  }

  #write(text: string): void {
    if (this.#file !== null) writeWhole(this.#file, this.#path, text);
  }
}
