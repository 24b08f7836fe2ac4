/** Prints the lines of a recording, in the way that a run does or in the plain way: each file by its path, each line anew. */
import { COLLECTORS } from "../src/collect/collectors.ts";
import { RecordsEncoder } from "../src/format/records.ts";
import {
  decodeRecorded,
  decodeRecordingHeader,
  type RecordedRead,
  type RecordedSample,
  type RecordingHeader,
  ReplayFs,
} from "../src/recording.ts";
import type { Sample } from "../src/sample.ts";
import { Sampler } from "../src/sampler.ts";

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

/** The samples' lines. The plain way remembers nothing that could be stale. */
export function replayLines(
  { header, samples }: Recorded,
  options: { readonly plain: boolean },
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
  { plain }: { readonly plain: boolean },
): Sample[] {
  const fs = new ReplayFs();
  const load = (reads: readonly RecordedRead[]) =>
    fs.load(plain ? byPath(reads) : reads);
  load(header.reads);
  let now: { readonly epochMs: number; readonly monotonicMs: number } = {
    epochMs: header.run.epochMs,
    monotonicMs: header.monotonicMs,
  };
  const { rootPid, rootCgroup } = header.run;
  using sampler = new Sampler({
    ...rootPid === null ? { cgroup: rootCgroup ?? "/" } : { pid: rootPid },
    ...samplingOptions(header),
    fs,
    plain,
    clock: {
      epochMs: () => now.epochMs,
      monotonicMs: () => now.monotonicMs,
    },
  });
  return samples.map((sample) => {
    now = sample;
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
