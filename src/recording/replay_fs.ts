/**
 * A file system and a clock that answer from a recording.
 *
 * @module
 */

import { ProcReadError, type ReadFailure } from "../errors.ts";
import type { Clock } from "../kernel/clock.ts";
import type {
  BytesUse,
  DirEntry,
  FileStatus,
  ProcBytes,
  ProcFile,
  ProcFs,
} from "../kernel/proc_fs.ts";
import type { SampleTimes } from "../model/sample.ts";
import type { RecordedRead, RecordedSample } from "./recording.ts";

/**
 * A file system that answers from a recording: the same reads in the same order get the same
 * answers. A further read gets the latest answer for its path, and fails if the recording
 * holds none.
 *
 * @example
 * ```ts
 * import { ReplayFs } from "@procline/procline/recording";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = new ReplayFs();
 * fs.load([{ path: "/proc/uptime", text: "1000.00 0.00\n" }]);
 * assertEquals(fs.readTextFile("/proc/uptime"), "1000.00 0.00\n");
 * ```
 */
export class ReplayFs implements ProcFs {
  /** The answers for each path and each open file, the next one last. */
  readonly #waiting = new Map<string, RecordedRead[]>();
  readonly #latest = new Map<string, RecordedRead>();

  /** Loads the reads of the next sample. */
  load(reads: readonly RecordedRead[]): void {
    this.#waiting.clear();
    for (const read of reads) {
      const key = readKey(read);
      const queue = this.#waiting.get(key);
      if (queue === undefined) this.#waiting.set(key, [read]);
      else queue.push(read);
      if (read.open !== true && read.offset === undefined) {
        this.#latest.set(latestKey(read), read);
      }
    }
    for (const queue of this.#waiting.values()) queue.reverse();
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return required(this.#next({ path }).text, path);
  }

  /** See {@linkcode ProcFs.readLink}. */
  readLink(path: string): string {
    return required(this.#next({ path }).link, path);
  }

  /** See {@linkcode ProcFs.stat}. */
  stat(path: string): FileStatus {
    return required(this.#next({ path, stat: true }).status, path);
  }

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    return [...required(this.#next({ path }).names, path)];
  }

  /** See {@linkcode ProcFs.readEntries}. */
  readEntries(path: string): DirEntry[] {
    const { names, directories } = this.#next({ path });
    return required(names, path).map((name) => ({
      name,
      isDirectory: directories?.includes(name) ?? null,
    }));
  }

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return fromBase64(required(this.#next({ path }).bytes, path));
  }

  /** See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    const { file, byPath } = this.#next({ path, open: true });
    const asked = file === undefined ? { path } : { path, file };
    return {
      byPath,
      readText: () => required(this.#next(asked).text, path),
      close: () => {},
    };
  }

  /**
   * See {@linkcode ProcFs.openBytes}. A write changes nothing: what is read later is in the
   * recording.
   */
  openBytes(path: string, _use: BytesUse): ProcBytes {
    const key = readKey({ path, open: true });
    const { error } = this.#waiting.get(key)?.pop() ?? {};
    if (error !== undefined) throw recordedFailure(path, error);
    return {
      readAt: (offset, length) => {
        const { bytes, count } = this.#next({ path, offset, length });
        const part = new Uint8Array(
          Math.min(required(count, path), length),
        );
        part.set(fromBase64(required(bytes, path)).subarray(0, part.length));
        return part;
      },
      writeAt: (offset, { length }) =>
        required(this.#next({ path, offset, length, write: true }).count, path),
      close: () => {},
    };
  }

  #next(asked: RecordedRead): RecordedRead {
    const { path } = asked;
    const read = this.#waiting.get(readKey(asked))?.pop() ??
      this.#latest.get(latestKey(asked));
    if (read === undefined) throw notRecorded(path);
    if (read.error !== undefined) throw recordedFailure(path, read.error);
    return read;
  }
}

/**
 * The clock of a recorded run: each instant of a sample is as it was recorded.
 *
 * @example
 * ```ts
 * import { ReplayClock } from "@procline/procline/recording";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new ReplayClock({ epochMs: 0, startMs: 5 });
 * const times = { sweepMs: 5, processesMs: 6, hostMs: 7 };
 * clock.load({ epochMs: 1000, times, missed: 0, reads: [] });
 * assertEquals([clock.epochMs(), clock.monotonicMs("host")], [1000, 7]);
 * ```
 */
export class ReplayClock implements Clock {
  #epochMs: number;
  #times: SampleTimes;

  /** Stands at the start of a run until the first sample is loaded. */
  constructor(
    { epochMs, startMs }: {
      readonly epochMs: number;
      readonly startMs: number;
    },
  ) {
    this.#epochMs = epochMs;
    this.#times = { sweepMs: startMs, processesMs: startMs, hostMs: startMs };
  }

  /** Goes on to a sample. */
  load({ epochMs, times }: RecordedSample): void {
    this.#epochMs = epochMs;
    this.#times = times;
  }

  /** When the sample was taken: milliseconds since 1970-01-01 UTC. */
  epochMs(): number {
    return this.#epochMs;
  }

  /** The recorded instant; without a name, when the sample was taken. */
  monotonicMs(instant: "sweep" | "processes" | "host" = "sweep"): number {
    return this.#times[`${instant}Ms`];
  }
}

function readKey(read: RecordedRead): string {
  const { path, file, open } = read;
  if (open === true) return `open ${path}`;
  return file === undefined ? latestKey(read) : `${file} ${path}`;
}

/** What a path leads to is another answer than what stands there. */
function latestKey(read: RecordedRead): string {
  const { path, stat, offset, length, write } = read;
  if (offset !== undefined) {
    return `${write === true ? "write" : "part"} ${offset} ${length} ${path}`;
  }
  return stat === true ? `stat ${path}` : path;
}

function recordedFailure(path: string, reason: ReadFailure): ProcReadError {
  return new ProcReadError(path, { reason, detail: "so it was recorded" });
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
