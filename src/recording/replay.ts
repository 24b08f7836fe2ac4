/**
 * A file system and a clock that answer from a recording.
 *
 * @module
 */

import { ProcReadError } from "../errors.ts";
import type { Clock } from "../kernel/clock.ts";
import type { ProcFile, ProcFs } from "../kernel/proc_fs.ts";
import type {
  RecordedRead,
  RecordedSample,
  RecordingHeader,
} from "./recording.ts";

/**
 * A file system that answers from a recording: the same reads in the same order get the same answers. What is asked beyond them
 * gets the latest answer for its path, and fails where the recording holds none.
 */
export class ReplayFs implements ProcFs {
  readonly #waiting = new Map<string, RecordedRead[]>();
  readonly #latest = new Map<string, RecordedRead>();

  /** Goes on to the reads of the next sample. */
  load(reads: readonly RecordedRead[]): void {
    this.#waiting.clear();
    for (const read of reads) {
      const key = readKey(read);
      const queue = this.#waiting.get(key);
      if (queue === undefined) this.#waiting.set(key, [read]);
      else queue.push(read);
      if (read.open !== true) this.#latest.set(read.path, read);
    }
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return required(this.#next({ path }).text, path);
  }

  /** See {@linkcode ProcFs.readLink}. */
  readLink(path: string): string {
    return required(this.#next({ path }).link, path);
  }

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    return [...required(this.#next({ path }).names, path)];
  }

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return fromBase64(required(this.#next({ path }).bytes, path));
  }

  /** See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    const { file } = this.#next({ path, open: true });
    return {
      readText: () =>
        required(
          this.#next(file === undefined ? { path } : { path, file }).text,
          path,
        ),
      close: () => {},
    };
  }

  #next(asked: RecordedRead): RecordedRead {
    const { path } = asked;
    const read = this.#waiting.get(readKey(asked))?.shift() ??
      this.#latest.get(path);
    if (read === undefined) throw notRecorded(path);
    if (read.error !== undefined) {
      throw new ProcReadError(path, {
        reason: read.error,
        detail: "so it was recorded",
      });
    }
    return read;
  }
}

/** The clock of a recorded run: it gives the times of a sample in the order in which a sampler asks for them. */
export class ReplayClock implements Clock {
  #epochMs: number;
  #monotonicMs: number;
  #waiting: number[] = [];

  /** Stands at the start of a run until the first sample is loaded. */
  constructor(header: RecordingHeader) {
    this.#epochMs = header.run.epochMs;
    this.#monotonicMs = header.monotonicMs;
  }

  /** Goes on to a sample. */
  load(sample: RecordedSample): void {
    const { epochMs, monotonicMs, visitMs = monotonicMs } = sample;
    this.#epochMs = epochMs;
    this.#monotonicMs = monotonicMs;
    this.#waiting = [monotonicMs, visitMs, sample.collectMs ?? visitMs];
  }

  /** When the sample was taken: milliseconds since 1970-01-01 UTC. */
  epochMs(): number {
    return this.#epochMs;
  }

  /** The sample's next time by the monotonic clock; when it was taken, once all have been given. */
  monotonicMs(): number {
    return this.#waiting.shift() ?? this.#monotonicMs;
  }
}

function readKey({ path, file, open }: RecordedRead): string {
  if (open === true) return `open ${path}`;
  return file === undefined ? path : `${file} ${path}`;
}

function required<T>(value: T | undefined, path: string): T {
  if (value === undefined) throw notRecorded(path);
  return value;
}

function notRecorded(path: string): ProcReadError {
  return new ProcReadError(path, {
    reason: "failed",
    detail: "the recording does not hold it",
  });
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
