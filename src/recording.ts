/**
 * Recordings: what one run read, as lines of JSON, so that another run can read the same again.
 *
 * The first line holds the run and what was read before the first sample; each further line is a sample, with its times and the
 * reads in their order.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import { ProcReadError, type ReadFailure, RecordingError } from "./errors.ts";
import type { ProcFile, ProcFs } from "./proc_fs.ts";
import type { Run, RunEnd } from "./sample.ts";

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

const FAILURES: readonly ReadFailure[] = ["gone", "denied", "failed"];

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

type Outcome = Pick<RecordedRead, "text" | "bytes" | "link" | "names">;

/** A file system that writes down what is read through it. */
export class RecordingFs implements ProcFs {
  readonly #fs: ProcFs;
  #reads: RecordedRead[] = [];
  #files = 0;

  /** Reads through `fs`. */
  constructor(fs: ProcFs) {
    this.#fs = fs;
  }

  /** What was read since the last call. */
  takeReads(): RecordedRead[] {
    const reads = this.#reads;
    this.#reads = [];
    return reads;
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return this.#record({ path }, () => {
      const text = this.#fs.readTextFile(path);
      return { value: text, outcome: { text } };
    });
  }

  /** See {@linkcode ProcFs.readLink}. */
  readLink(path: string): string {
    return this.#record({ path }, () => {
      const link = this.#fs.readLink(path);
      return { value: link, outcome: { link } };
    });
  }

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    return this.#record({ path }, () => {
      const names = this.#fs.readDir(path);
      return { value: names, outcome: { names } };
    });
  }

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return this.#record({ path }, () => {
      const bytes = this.#fs.readFile(path);
      return { value: bytes, outcome: { bytes: toBase64(bytes) } };
    });
  }

  /** See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    const file = ++this.#files;
    const opened = this.#record(
      { path, file, open: true },
      () => ({ value: this.#fs.open(path), outcome: {} }),
    );
    return {
      readText: () =>
        this.#record({ path, file }, () => {
          const text = opened.readText();
          return { value: text, outcome: { text } };
        }),
      close: () => opened.close(),
    };
  }

  #record<T>(
    asked: Pick<RecordedRead, "path" | "file" | "open">,
    read: () => { readonly value: T; readonly outcome: Outcome },
  ): T {
    try {
      const { value, outcome } = read();
      this.#reads.push({ ...asked, ...outcome });
      return value;
    } catch (error) {
      if (error instanceof ProcReadError) {
        this.#reads.push({ ...asked, error: error.reason });
      }
      throw error;
    }
  }
}

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

/** The first line of a recording. */
export function encodeRecordingHeader(header: RecordingHeader): string {
  return `${JSON.stringify({ recording: RECORDING_VERSION, ...header })}\n`;
}

/** A further line of a recording: a sample, or the end. */
export function encodeRecorded(line: RecordedSample | RecordedEnd): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * Reads the first line of a recording.
 *
 * @throws {RecordingError} If it is damaged or of another version.
 */
export function decodeRecordingHeader(line: string): RecordingHeader {
  const value = decodeLine(line, 1);
  const { run, labels, reads, events, isOnlyChild, monotonicMs, smapsEvery } =
    value;
  if (!("recording" in value)) {
    throw new RecordingError(
      "Cannot replay: line 1 is not the first line of a recording",
    );
  }
  if (value.recording !== RECORDING_VERSION) {
    throw new RecordingError(
      `Cannot replay: the recording has version ${
        JSON.stringify(value.recording)
      }, this program reads version ${RECORDING_VERSION}`,
    );
  }
  if (
    !isRun(run) || !isLabels(labels) || !isReads(reads) ||
    typeof events !== "boolean" || typeof isOnlyChild !== "boolean" ||
    !isNumber(monotonicMs) || !isCount(smapsEvery) || smapsEvery === 0
  ) {
    throw damaged(1);
  }
  return { run, labels, reads, events, isOnlyChild, monotonicMs, smapsEvery };
}

/**
 * Reads a further line of a recording.
 *
 * @param at The number of the line, for the error.
 * @throws {RecordingError} If it is damaged.
 */
export function decodeRecorded(
  line: string,
  at: number,
): RecordedSample | RecordedEnd {
  const value = decodeLine(line, at);
  if (isEnd(value.end)) return { end: value.end };
  const { epochMs, monotonicMs, missed, reads } = value;
  const { visitMs = monotonicMs, collectMs = visitMs } = value;
  if (
    !isEpochMs(epochMs) || !isNumber(monotonicMs) || !isNumber(visitMs) ||
    !isNumber(collectMs) || !isCount(missed) || !isReads(reads)
  ) {
    throw damaged(at);
  }
  return { epochMs, monotonicMs, visitMs, collectMs, missed, reads };
}

function decodeLine(line: string, at: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw damaged(at);
  }
  if (!isRecord(value)) throw damaged(at);
  return value;
}

function damaged(at: number): RecordingError {
  return new RecordingError(
    `Cannot replay: line ${at} of the recording is cut or damaged`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRun(value: unknown): value is Run {
  return isRecord(value) && isEpochMs(value.epochMs) &&
    typeof value.version === "string" && typeof value.runId === "string" &&
    isTextOrNull(value.bootId) && isTextOrNull(value.hostname) &&
    isNumber(value.intervalSeconds) && isNumber(value.pageSizeBytes) &&
    isNumber(value.ticksPerSecond) &&
    (value.numCores === null || isNumber(value.numCores)) &&
    isTexts(value.collectors) &&
    (isPid(value.rootPid)
      ? isTextOrNull(value.rootCgroup)
      : value.rootPid === null && typeof value.rootCgroup === "string");
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((text) => typeof text === "string");
}

function isPid(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isEnd(value: unknown): value is RecordedEnd["end"] {
  return isRecord(value) && isEpochMs(value.epochMs) &&
    typeof value.reason === "string" && isTextOrNull(value.signal) &&
    (value.exitCode === null || Number.isSafeInteger(value.exitCode));
}

function isLabels(value: unknown): value is Record<string, string> {
  return isRecord(value) && isTexts(Object.values(value));
}

/** Whether a date can be made of it. */
function isEpochMs(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= 8.64e15;
}

function isReads(value: unknown): value is RecordedRead[] {
  return Array.isArray(value) && value.every(isRead);
}

function isRead(value: unknown): value is RecordedRead {
  if (!isRecord(value)) return false;
  const { path, file, open, text, bytes, link, names, error } = value;
  return typeof path === "string" && (file === undefined || isCount(file)) &&
    (open === undefined || open === true) && isTextIfAny(text) &&
    isTextIfAny(link) && (bytes === undefined || isBase64(bytes)) &&
    (names === undefined || isTexts(names)) &&
    (error === undefined || FAILURES.some((failure) => failure === error));
}

function isTextIfAny(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isBase64(value: unknown): value is string {
  return typeof value === "string" && value.length % 4 === 0 &&
    BASE64.test(value);
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

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
