/**
 * Makes the lines of a recording again, either as a run does or uncached: with each file read by
 * its path, and each line encoded again.
 */
import * as collect from "../../src/collect/mod.ts";
import type { Collector } from "../../src/collect/collector.ts";
import { format } from "../../src/format/records.ts";
import type { ProcFs } from "../../src/kernel/proc_fs.ts";
import { UncachedFs } from "../../src/kernel/uncached_fs.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { Sample } from "../../src/model/sample.ts";
import {
  decodeRecorded,
  decodeRecordingHeader,
} from "../../src/recording/codec.ts";
import type {
  RecordedRead,
  RecordedSample,
  RecordingHeader,
} from "../../src/recording/recording.ts";
import { ReplayClock, ReplayFs } from "../../src/recording/replay_fs.ts";

/** A recording, line by line. */
export interface Recorded {
  readonly header: RecordingHeader;
  readonly samples: readonly RecordedSample[];
}

/** Reads a recording. */
export function parseRecording(text: string): Recorded {
  const [first = "", ...others] = text.trimEnd().split("\n");
  return {
    header: decodeRecordingHeader(first),
    samples: others.map((line, i) => decodeRecorded(line, i + 2))
      .filter((line) => "reads" in line),
  };
}

/** How a recording is replayed. */
export interface ReplayOptions {
  /**
   * Reads each file by its path and encodes each line again, so that nothing that is kept can be
   * stale.
   */
  readonly uncached: boolean;
  /** Puts another file system in front of the recording. */
  readonly wrap?: (fs: ProcFs) => ProcFs;
  /** Called when the sampler has been made. */
  readonly onReady?: () => void;
}

/** The lines of each sample, as one text. */
export function replayLines(
  { header, samples }: Recorded,
  options: ReplayOptions,
): string[] {
  const begun = () => {
    const encoder = format.create({ labels: header.labels });
    Array.from(encoder.begin(header.run));
    return encoder;
  };
  const kept = begun();
  return resample({ header, samples }, options).map((sample) =>
    Array.from((options.uncached ? begun() : kept).lines(sample)).join("")
  );
}

function resample(
  { header, samples }: Recorded,
  { uncached, wrap = (fs) => fs, onReady = () => {} }: ReplayOptions,
): Sample[] {
  const fs = new ReplayFs();
  const load = (reads: readonly RecordedRead[]) =>
    fs.load(uncached ? byPath(reads) : reads);
  load(header.reads);
  const clock = new ReplayClock({
    epochMs: header.run.epochMs,
    startMs: header.startMs,
  });
  const { rootPid, rootCgroup } = header.run;
  const wrapped = wrap(fs);
  using sampler = new Sampler({
    ...rootPid !== null
      ? { pid: rootPid }
      : rootCgroup !== null
      ? { cgroup: rootCgroup }
      : { all: true },
    collect: collectorsOf(header),
    fs: uncached ? new UncachedFs(wrapped) : wrapped,
    clock,
  }, {
    uncached,
    listsAll: true,
    startedByUs: header.startedByUs,
    startMs: header.startMs,
    selfUsage: { cpuSeconds: () => 0, rssBytes: () => 0 },
  });
  onReady();
  return samples.flatMap((sample) => {
    clock.load(sample);
    load(sample.reads);
    if (sample.silent !== true) return [sampler.sample(sample.missed)];
    sampler.sampleSilently();
    return [];
  });
}

/** The collectors of a recording, without waiting for them to be loaded. */
export function collectorsOf(
  { run, events, env = [], smapsEvery, numaEvery, wssEvery }: RecordingHeader,
): Collector[] {
  const all = [
    collect.stat(),
    collect.cmdline(),
    collect.cwd(),
    ...env.length === 0 ? [] : [collect.env({ names: env })],
    collect.io(),
    collect.status(),
    collect.fd(),
    collect.sockets(),
    collect.cgroup(),
    collect.host(),
    collect.smapsRollup(),
    collect.numa({ every: numaEvery }),
    collect.wss({ every: wssEvery }),
    collect.smaps({ every: smapsEvery }),
    collect.cgroupFiles(),
  ];
  const asked = all.filter(({ name }) => run.collectors.includes(name));
  return events ? [...asked, collect.events()] : asked;
}

/**
 * The reads as if no file had been held open. An opening is not a read, except one that failed.
 * Those of files of bytes, which have no number, are as they are.
 */
function byPath(reads: readonly RecordedRead[]): RecordedRead[] {
  return reads
    .filter(({ open, error, file }) =>
      open !== true || error !== undefined || file === undefined
    )
    .map((read) => {
      if (read.file === undefined) return read;
      const { file: _, open: __, ...rest } = read;
      return rest;
    });
}
