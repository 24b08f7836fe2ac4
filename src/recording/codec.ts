/**
 * The lines of a recording as text, and back: whatever is read is checked.
 *
 * @module
 */

import { type ReadFailure, RecordingError } from "../errors.ts";
import type { FileStatus } from "../kernel/proc_fs.ts";
import type { MissedReasons, Run } from "../model/run.ts";
import type { SampleTimes } from "../model/sample.ts";
import {
  type RecordedEnd,
  type RecordedRead,
  type RecordedSample,
  RECORDING_VERSION,
  type RecordingHeader,
} from "./recording.ts";
import {
  isFlag,
  isLine,
  isNumber,
  isNumberOrNull,
  isReasons,
  isTextOrNull,
  isTexts,
  type Line,
} from "./_values.ts";

const FAILURES: readonly ReadFailure[] = [
  "gone",
  "denied",
  "unsupported",
  "failed",
];

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The first line of a recording.
 *
 * @throws {RangeError} If a number of the header is one that could not be read again.
 *
 * @example
 * ```ts
 * import { HostFs, Sampler } from "@procline/procline";
 * import {
 *   decodeRecordingHeader,
 *   encodeRecordingHeader,
 *   RecordingFs,
 * } from "@procline/procline/recording";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = new RecordingFs(new HostFs());
 * using sampler = new Sampler({ pid: Deno.pid, fs });
 * const text = encodeRecordingHeader({
 *   startMs: sampler.startMs,
 *   run: sampler.describeRun(1000),
 *   events: false,
 *   smapsEvery: 1,
 *   startedByUs: false,
 *   labels: {},
 *   reads: fs.drain(),
 * });
 * assertEquals(decodeRecordingHeader(text).run.rootPid, Deno.pid);
 * ```
 */
export function encodeRecordingHeader(header: RecordingHeader): string {
  const { startMs, smapsEvery, numaEvery = 1, wssEvery = 1 } = header;
  refuseUnless(isNumber(startMs), "startMs", startMs);
  refuseUnless(isEvery(smapsEvery), "smapsEvery", smapsEvery);
  refuseUnless(isEvery(numaEvery), "numaEvery", numaEvery);
  refuseUnless(isEvery(wssEvery), "wssEvery", wssEvery);
  const { epochMs, ...run } = header.run;
  refuseUnless(isEpochMs(epochMs), "run.epochMs", epochMs);
  checkNumbers("run", run, isNumber);
  checkReads(header.reads);
  return `${JSON.stringify({ recording: RECORDING_VERSION, ...header })}\n`;
}

/**
 * A further line of a recording: a sample, or the end.
 *
 * @throws {RangeError} If a number of it is one that could not be read again.
 *
 * @example
 * ```ts
 * import { decodeRecorded, encodeRecorded } from "@procline/procline/recording";
 * import { assertEquals } from "@std/assert";
 *
 * const times = { sweepMs: 5, processesMs: 6, hostMs: 7 };
 * const sample = { epochMs: 0, times, missed: 0, reads: [] };
 * assertEquals(decodeRecorded(encodeRecorded(sample), 2), sample);
 * ```
 */
export function encodeRecorded(line: RecordedSample | RecordedEnd): string {
  if ("end" in line) {
    const { epochMs, ...end } = line.end;
    refuseUnless(isEpochMs(epochMs), "end.epochMs", epochMs);
    checkNumbers("end", end, Number.isSafeInteger);
    checkNumbers("missedBecause", line.missedBecause ?? {}, isCount);
  } else {
    checkSample(line);
    checkReads(line.reads);
  }
  return `${JSON.stringify(line)}\n`;
}

/**
 * The line of a sample in parts, one for each read: put together, the whole may be long.
 *
 * @internal
 */
export function encodeRecordedInParts(
  { reads, ...sample }: RecordedSample,
): string[] {
  checkSample(sample);
  const parts = reads.map((read, i) =>
    `${i === 0 ? "" : ","}${JSON.stringify(read)}`
  );
  const begin = JSON.stringify(sample).slice(0, -1);
  return [`${begin},"reads":[`, ...parts, "]}\n"];
}

/**
 * Reads the first line of a recording.
 *
 * @throws {RecordingError} If it is damaged or of another version.
 *
 * @example
 * ```ts
 * import { decodeRecordingHeader, RecordingError } from "@procline/procline/recording";
 * import { assertThrows } from "@std/assert";
 *
 * const decode = () => decodeRecordingHeader('{"recording":1}');
 * assertThrows(decode, RecordingError, "this program reads version 2");
 * ```
 */
export function decodeRecordingHeader(line: string): RecordingHeader {
  const value = decodeLine(line, 1);
  const { run, labels, reads, events, startedByUs, startMs, smapsEvery } =
    value;
  const { asked, numaEvery, wssEvery, env } = value;
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
    typeof events !== "boolean" || typeof startedByUs !== "boolean" ||
    !isNumber(startMs) || !isEvery(smapsEvery) ||
    (numaEvery !== undefined && !isEvery(numaEvery)) ||
    (env !== undefined && !isTexts(env)) ||
    (wssEvery !== undefined && !isEvery(wssEvery)) ||
    (asked !== undefined && !isTexts(asked))
  ) {
    throw damaged(1);
  }
  // Recordings of earlier versions have no command.
  const { command = null } = value.run as Partial<Run>;
  return {
    run: { ...run, command },
    labels,
    reads,
    events,
    startedByUs,
    startMs,
    smapsEvery,
    ...numaEvery === undefined ? {} : { numaEvery },
    ...env === undefined ? {} : { env },
    ...wssEvery === undefined ? {} : { wssEvery },
    ...asked === undefined ? {} : { asked },
  };
}

/**
 * Reads a further line of a recording.
 *
 * @param at The number of the line, for the error.
 * @throws {RecordingError} If it is damaged.
 *
 * @example
 * ```ts
 * import { decodeRecorded, RecordingError } from "@procline/procline/recording";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => decodeRecorded("{}", 7), RecordingError, "line 7");
 * ```
 */
export function decodeRecorded(
  line: string,
  at: number,
): RecordedSample | RecordedEnd {
  const value = decodeLine(line, at);
  if (isEnd(value.end)) {
    const { end, missedBecause } = value;
    if (missedBecause === undefined) return { end };
    if (!isMissedReasons(missedBecause)) throw damaged(at);
    return { end, missedBecause };
  }
  const { epochMs, times, missed, silent, reads } = value;
  if (
    !isEpochMs(epochMs) || !isTimes(times) || !isCount(missed) ||
    !isFlag(silent) || !isReads(reads)
  ) {
    throw damaged(at);
  }
  const sample = { epochMs, times, missed, reads };
  return silent === true ? { ...sample, silent } : sample;
}

function checkSample(sample: Omit<RecordedSample, "reads">): void {
  const { epochMs, times, missed } = sample;
  refuseUnless(isEpochMs(epochMs), "epochMs", epochMs);
  refuseUnless(isNumber(times.sweepMs), "times.sweepMs", times.sweepMs);
  refuseUnless(
    isNumber(times.processesMs),
    "times.processesMs",
    times.processesMs,
  );
  refuseUnless(isNumber(times.hostMs), "times.hostMs", times.hostMs);
  refuseUnless(isCount(missed), "missed", missed);
}

function checkReads(reads: readonly RecordedRead[]): void {
  for (const { status = {}, ...read } of reads) {
    checkNumbers("reads", read, isCount);
    checkNumbers("reads.status", status, isNumber);
  }
}

/** Refuses numbers among the fields of a part of a line. */
function checkNumbers(
  part: string,
  fields: object,
  isGood: (value: number) => boolean,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== "number") continue;
    refuseUnless(isGood(value), `${part}.${name}`, value);
  }
}

function refuseUnless(isGood: boolean, name: string, value: number): void {
  if (isGood) return;
  throw new RangeError(
    `Cannot record ${name} ${value}: it could not be read again`,
  );
}

function decodeLine(line: string, at: number): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw damaged(at);
  }
  if (!isLine(value)) throw damaged(at);
  return value;
}

function damaged(at: number): RecordingError {
  return new RecordingError(
    `Cannot replay: line ${at} of the recording is cut or damaged`,
  );
}

function isRun(value: unknown): value is Run {
  return isLine(value) && isEpochMs(value.epochMs) &&
    typeof value.version === "string" && typeof value.runId === "string" &&
    isTextOrNull(value.bootId) && isTextOrNull(value.hostname) &&
    isNumber(value.intervalSeconds) && isNumberOrNull(value.pageSizeBytes) &&
    isNumber(value.ticksPerSecond) && isNumberOrNull(value.numCores) &&
    (value.unreadable === undefined || isReasons(value.unreadable)) &&
    isTexts(value.collectors) &&
    (value.command === undefined || value.command === null ||
      isTexts(value.command)) &&
    (isPid(value.rootPid)
      ? isTextOrNull(value.rootCgroup)
      : value.rootPid === null && isTextOrNull(value.rootCgroup));
}

/** One in how many samples. */
function isEvery(value: unknown): value is number {
  return isCount(value) && value > 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isPid(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isEnd(value: unknown): value is RecordedEnd["end"] {
  return isLine(value) && isEpochMs(value.epochMs) &&
    typeof value.reason === "string" && isTextOrNull(value.signal) &&
    (value.exitCode === null || Number.isSafeInteger(value.exitCode));
}

function isMissedReasons(value: unknown): value is MissedReasons {
  return isLine(value) && isCount(value.reading) && isCount(value.writing) &&
    isCount(value.waiting);
}

function isTimes(value: unknown): value is SampleTimes {
  return isLine(value) && isNumber(value.sweepMs) &&
    isNumber(value.processesMs) && isNumber(value.hostMs);
}

function isLabels(value: unknown): value is Record<string, string> {
  return isLine(value) && isTexts(Object.values(value));
}

/** Whether a date can be made of it. */
function isEpochMs(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= 8.64e15;
}

function isReads(value: unknown): value is RecordedRead[] {
  return Array.isArray(value) && value.every(isRead);
}

function isRead(value: unknown): value is RecordedRead {
  if (!isLine(value)) return false;
  const { path, file, open, byPath, stat, text, bytes } = value;
  const { link, status, names, error } = value;
  const { directories, offset, length, count, write } = value;
  return typeof path === "string" && (file === undefined || isCount(file)) &&
    isFlag(open) && isFlag(byPath) && isFlag(stat) && isFlag(write) &&
    isTextIfAny(text) &&
    [offset, length, count].every((one) => one === undefined || isCount(one)) &&
    (status === undefined || isStatus(status)) &&
    isTextIfAny(link) && (bytes === undefined || isBase64(bytes)) &&
    (names === undefined || isTexts(names)) &&
    (directories === undefined || isTexts(directories)) &&
    (error === undefined || FAILURES.some((failure) => failure === error));
}

function isStatus(value: unknown): value is FileStatus {
  return isLine(value) && isNumber(value.device) && isNumber(value.inode) &&
    isNumber(value.numLinks);
}

function isTextIfAny(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isBase64(value: unknown): value is string {
  return typeof value === "string" && value.length % 4 === 0 &&
    BASE64.test(value);
}
