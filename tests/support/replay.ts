/** Prints the lines of a recording, in the way that a run does or in the plain way: each file by its path, each line anew. */
import { COLLECTORS } from "../../src/collect/collectors.ts";
import { RecordsEncoder } from "../../src/format/records.ts";
import type { ProcFs } from "../../src/kernel/proc_fs.ts";
import {
  decodeRecorded,
  decodeRecordingHeader,
} from "../../src/recording/codec.ts";
import type {
  RecordedRead,
  RecordedSample,
  RecordingHeader,
} from "../../src/recording/recording.ts";
import { ReplayClock, ReplayFs } from "../../src/recording/replay.ts";
import type { Sample } from "../../src/model/sample.ts";
import { Sampler } from "../../src/measure/sampler.ts";

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
  /** Each file by its path, each line anew: nothing is remembered that could be stale. */
  readonly plain: boolean;
  /** Puts another file system before the recording. */
  readonly wrap?: (fs: ProcFs) => ProcFs;
  /** Called once the sampler stands. */
  readonly onReady?: () => void;
}

/** The samples' lines. */
export function replayLines(
  { header, samples }: Recorded,
  options: ReplayOptions,
): string[] {
  const { plain } = options;
  const encoderOptions = { labels: header.labels };
  const kept = new RecordsEncoder(encoderOptions);
  const sampled = resample({ header, samples }, options);
  return sampled.map((sample) =>
    (plain ? new RecordsEncoder(encoderOptions) : kept).sample(sample)
  );
}

function resample(
  { header, samples }: Recorded,
  { plain, wrap = (fs) => fs, onReady = () => {} }: ReplayOptions,
): Sample[] {
  const fs = new ReplayFs();
  const load = (reads: readonly RecordedRead[]) =>
    fs.load(plain ? byPath(reads) : reads);
  load(header.reads);
  const clock = new ReplayClock(header);
  const { rootPid, rootCgroup } = header.run;
  using sampler = new Sampler({
    ...rootPid === null ? { cgroup: rootCgroup ?? "/" } : { pid: rootPid },
    ...samplingOptions(header),
    fs: wrap(fs),
    plain,
    clock,
  });
  onReady();
  return samples.map((sample) => {
    clock.load(sample);
    load(sample.reads);
    return sampler.sample(sample.missed);
  });
}

/** What the samples of a recording depend on, beside what was read. */
function samplingOptions(header: RecordingHeader) {
  return {
    collect: COLLECTORS.filter((name) => header.run.collectors.includes(name)),
    smapsEvery: header.smapsEvery,
    events: header.events,
    isOnlyChild: header.isOnlyChild,
    startMs: header.monotonicMs,
    selfUsage: { cpuSeconds: () => 0, rssBytes: () => 0 },
  };
}

/** The reads as they would have been, had no file been held open: an opening is no read, but where it failed. */
function byPath(reads: readonly RecordedRead[]): RecordedRead[] {
  return reads.filter(({ open, error }) => open !== true || error !== undefined)
    .map(({ file: _, open: __, ...read }) => read);
}
