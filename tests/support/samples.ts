/** Samples that the tests of the formats change to their needs. */

import type { ExitEvent, StartEvent } from "../../src/model/events.ts";
import type { ThreadSample } from "../../src/model/collected_fields.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type {
  Encoder,
  EncoderOptions,
  Format,
} from "../../src/format/format.ts";
import type { NullReasons } from "../../src/model/null_reason.ts";
import type { Run, RunEnd } from "../../src/model/run.ts";
import type { Sample, TreeSample } from "../../src/model/sample.ts";

/** 2026-01-02T03:04:05.678Z. */
export const EPOCH_MS = 1767323045678;

/** A process with `startTicks` 90000 has started 912.5 seconds later: 12.5 seconds ago. */
export const BOOT_EPOCH_MS: number = EPOCH_MS - 912_500;

export function processOf(
  changes: Partial<ProcessSample> = {},
): ProcessSample {
  return {
    pid: 42,
    ppid: 1,
    orphan: false,
    exe: "make",
    exeDeleted: false,
    comm: "make",
    state: "S",
    startTicks: 90000,
    uptimeSeconds: 12.5,
    numThreads: 1,
    rssBytes: 4096,
    mayShareMemory: false,
    rsslimBytes: null,
    vsizeBytes: 8192,
    cpuPercentage: 50,
    userCpuPercentage: 30,
    kernelCpuPercentage: 20,
    cpuWindowSeconds: 1,
    averageCpuPercentage: null,
    userCpuSecondsTotal: 3,
    kernelCpuSecondsTotal: 2,
    childrenUserCpuSecondsTotal: 1,
    childrenKernelCpuSecondsTotal: 0,
    unreadable: null,
    ...changes,
  };
}

/** A thread of the process of {@linkcode processOf}. */
export function threadOf(changes: Partial<ThreadSample> = {}): ThreadSample {
  return {
    pid: 42,
    tid: 42,
    comm: "make",
    state: "S",
    startTicks: 90000,
    uptimeSeconds: 12.5,
    processor: 1,
    cpuPercentage: 50,
    userCpuPercentage: 30,
    kernelCpuPercentage: 20,
    cpuWindowSeconds: 1,
    averageCpuPercentage: null,
    userCpuSecondsTotal: 3,
    kernelCpuSecondsTotal: 2,
    unreadable: null,
    ...changes,
  };
}

export function treeOf(changes: Partial<TreeSample> = {}): TreeSample {
  return {
    rootPid: 42,
    seq: 3,
    numProcesses: 1,
    numThreads: 1,
    rssBytes: 4096,
    mayShareMemory: false,
    vsizeBytes: 8192,
    cpuPercentage: 50,
    userCpuPercentage: 30,
    kernelCpuPercentage: 20,
    unseenCpuPercentage: 0,
    averageCpuPercentage: null,
    cpuLimitPercentage: 12.5,
    userCpuSecondsTotal: 4,
    kernelCpuSecondsTotal: 2,
    consistent: true,
    numCores: 4,
    intervalSeconds: 1,
    sampleSeconds: 0.001,
    missedSamples: 0,
    gone: 0,
    denied: 0,
    malformed: 0,
    samplerCpuPercentage: 0.5,
    samplerRssBytes: 65536,
    unreadable: null,
    ...changes,
  };
}

/** A sample of one process and its tree. */
export function sampleOf(changes: Partial<Sample> = {}): Sample {
  return {
    epochMs: EPOCH_MS,
    bootEpochMs: BOOT_EPOCH_MS,
    times: { sweepMs: 1000, processesMs: 1001, hostMs: 1002 },
    events: [],
    processes: [processOf()],
    tree: treeOf(),
    ...changes,
  };
}

/** A sample this many milliseconds after the run's start. */
export function sampleAt(
  afterMs: number,
  changes: Partial<Sample> = {},
): Sample {
  return sampleOf({ epochMs: EPOCH_MS + afterMs, ...changes });
}

/** The process of {@linkcode processOf}, as events name it. */
const SUBJECT = {
  pid: 42,
  ppid: 1,
  startTicks: 90000,
  exe: "make",
  comm: "make",
  cmdline: ["make", "-j8"],
  cmdlineTruncated: false,
} as const;

/** Its start. */
export function startOf(changes: Partial<StartEvent> = {}): StartEvent {
  return {
    kind: "start",
    ...SUBJECT,
    uid: 1000,
    startedAt: "2026-01-02T03:03:53.178Z",
    unreadable: null,
    ...changes,
  };
}

/** Its end. */
export function exitOf(changes: Partial<ExitEvent> = {}): ExitEvent {
  return {
    kind: "exit",
    ...SUBJECT,
    lifetimeSeconds: 12.5,
    userCpuSecondsTotal: 3,
    kernelCpuSecondsTotal: 2,
    childrenUserCpuSecondsTotal: 0,
    childrenKernelCpuSecondsTotal: 0,
    peakRssBytes: 8192,
    ...changes,
  };
}

export const RUN: Run = {
  epochMs: EPOCH_MS,
  version: "0.1.0",
  runId: "00000000-0000-4000-8000-000000000001",
  bootId: "01234567-89ab-4cde-8f01-23456789abcd",
  hostname: "example",
  rootPid: 42,
  rootCgroup: null,
  command: null,
  intervalSeconds: 0.25,
  pageSizeBytes: 4096,
  ticksPerSecond: 100,
  numCores: 1.5,
  collectors: ["io", "host"],
};

export const END: RunEnd = {
  epochMs: EPOCH_MS,
  reason: "exited",
  exitCode: 0,
  signal: null,
  summary: {
    wallSeconds: 10.1234567,
    userCpuSeconds: 4,
    kernelCpuSeconds: 2.5,
    meanCores: 6.5 / 10.1234567,
    peakRssBytes: 9007199254740991,
    peakRssEpochMs: EPOCH_MS,
    peakRssNumProcesses: 8,
    peakNumProcesses: 9,
    samples: 11,
    missedSamples: 0,
  },
};

/**
 * The reasons but for those that every process has in a first sample; null if there is no other.
 */
export function besidesFirstSample(
  reasons: NullReasons | null | undefined,
): NullReasons | null {
  const others = Object.entries(reasons ?? {})
    .filter(([, reason]) => reason !== "first_sample");
  return others.length === 0 ? null : Object.fromEntries(others);
}

/** An encoder that has begun a run, with these collectors. */
export function beginRun(
  format: Format,
  options: EncoderOptions & { readonly collectors?: readonly string[] } = {},
): Encoder {
  const { collectors = RUN.collectors, ...encoderOptions } = options;
  const encoder = format.create(encoderOptions);
  Array.from(encoder.begin({ ...RUN, collectors }));
  return encoder;
}

/** The lines of a sample, as one text. */
export function encodeSample(encoder: Encoder, sample: Sample): string {
  return Array.from(encoder.lines(sample)).join("");
}
