/**
 * A recorded run, sampled again: a sampler on a recording, in one call.
 *
 * @module
 */

import { isCollectorName, loadCollectors } from "../collect/collectors.ts";
import { whyNoVariables } from "../collect/env.ts";
import { type ProcParseError, RecordingError } from "../errors.ts";
import type { ProcFs } from "../kernel/proc_fs.ts";
import { Sampler } from "../measure/sampler.ts";
import type { HeaviestProcesses } from "../measure/heaviest_processes.ts";
import type { MissedReasons, Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { quote } from "../text.ts";
import { decodeRecorded, decodeRecordingHeader } from "./codec.ts";
import type { RecordingHeader } from "./recording.ts";
import { ReplayClock, ReplayFs } from "./replay_fs.ts";

/** How a recorded run is sampled again. */
export interface ReplayOptions {
  /**
   * Called for the first damaged kernel file of each name. Default: only the counts in the samples
   * show it.
   */
  readonly onMalformed?: ((error: ProcParseError) => void) | undefined;
  /** Called once for each kind of thing that cannot be seen, see `SamplerOptions`. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
  /** Puts another file system before the recording: one that injects faults. Default: none. */
  readonly wrap?: ((fs: ProcFs) => ProcFs) | undefined;
  /**
   * Is told of all processes of each sample. Default: nobody is.
   *
   * @internal
   */
  readonly heaviest?: HeaviestProcesses | undefined;
}

/**
 * A recorded run. `openRecording` makes it.
 *
 * @example
 * ```ts
 * import { openRecording } from "@procline/procline/recording";
 * import { assertEquals } from "@std/assert";
 *
 * const text = Deno.readTextFileSync("testdata/recordings/exec.ndjson");
 * using replayed = await openRecording(text.trimEnd().split("\n"));
 * assertEquals(replayed.run.rootPid, 10);
 * ```
 */
export class ReplayedRun {
  /** The run that was recorded. */
  readonly run: Run;
  /** The labels of its lines. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * The collectors that were asked for, with `events`; the others were read for what was written
   * beside its lines.
   */
  readonly asked: readonly string[];
  /** Samples what was recorded; use `samples()`, which loads the reads of each sample first. */
  readonly sampler: Sampler;
  readonly #lines: Iterator<string>;
  readonly #fs: ReplayFs;
  readonly #clock: ReplayClock;
  #end: RunEnd | null = null;
  #missedBecause: MissedReasons | null = null;
  /** The number of the line that was read last. */
  #at = 1;

  /** @internal */
  constructor(
    lines: Iterator<string>,
    header: RecordingHeader,
    fs: ReplayFs,
    clock: ReplayClock,
    sampler: Sampler,
  ) {
    this.#lines = lines;
    this.run = header.run;
    this.labels = header.labels;
    this.asked = askedOf(header);
    this.#fs = fs;
    this.#clock = clock;
    this.sampler = sampler;
  }

  /**
   * How the run ended; null before all its samples were taken, and if the recording was cut off.
   */
  get end(): RunEnd | null {
    return this.#end;
  }

  /**
   * Why samples were missed; null before all its samples were taken, and if that was not recorded.
   */
  get missedBecause(): MissedReasons | null {
    return this.#missedBecause;
  }

  /**
   * The samples of the run, one after the other.
   *
   * @throws {RecordingError} If a line is damaged.
   */
  *samples(): Generator<Sample, void> {
    while (true) {
      const { done = false, value = "" } = this.#lines.next();
      if (done) return;
      const recorded = decodeRecorded(value, ++this.#at);
      if ("end" in recorded) {
        this.#end = { ...recorded.end, summary: this.sampler.summary };
        this.#missedBecause = recorded.missedBecause ?? null;
        return;
      }
      this.#clock.load(recorded);
      this.#fs.load(recorded.reads);
      if (recorded.silent === true) this.sampler.sampleSilently();
      else yield this.sampler.sample(recorded.missed);
    }
  }

  /** Closes the sampler, and ends the reading of the lines. */
  [Symbol.dispose](): void {
    this.sampler.close();
    this.#lines.return?.();
  }
}

/** The collectors that were asked for in a recorded run, with `events`. */
function askedOf({ asked, run, events }: RecordingHeader): string[] {
  return [...asked ?? [...run.collectors, ...events ? ["events"] : []]];
}

/**
 * Refuses a recording whose lines need a collector that this version lacks, or one of variables
 * that it does not name.
 *
 * @throws {RecordingError} If there is such a collector.
 */
export function refuseUnknownCollectors(
  { run, env = [] }: RecordingHeader,
): void {
  const unknown = run.collectors.find((name) => !isCollectorName(name));
  if (unknown !== undefined) {
    throw new RecordingError(
      `Cannot replay: this version has no collector ${quote(unknown)}`,
    );
  }
  if (!run.collectors.includes("env")) return;
  const why = whyNoVariables(env);
  if (why === null) return;
  throw new RecordingError(
    `Cannot replay variables of environments: ${why}`,
  );
}

/**
 * Opens a recording, given as its lines, to sample again what it holds.
 *
 * @throws {RecordingError} If it is damaged or of another version.
 * @throws {RootError} If it lacks the root, or {ProcReadError} or {ProcParseError} if it lacks
 * `/proc/self/auxv` or that makes no sense.
 *
 * @example
 * ```ts
 * import { openRecording } from "@procline/procline/recording";
 * import { assertEquals } from "@std/assert";
 *
 * const text = Deno.readTextFileSync("testdata/recordings/exec.ndjson");
 * using replayed = await openRecording(text.trimEnd().split("\n"));
 * const rss = Array.from(replayed.samples(), ({ tree }) => tree.rssBytes);
 * assertEquals(rss.length, 3);
 * ```
 */
export async function openRecording(
  lines: Iterable<string>,
  options: ReplayOptions = {},
): Promise<ReplayedRun> {
  const { wrap = (fs) => fs, onMalformed, onWarning, heaviest } = options;
  const iterator = lines[Symbol.iterator]();
  // Ends the reading of the lines if anything below throws.
  using opened = new DisposableStack();
  opened.defer(() => iterator.return?.());
  const { done = false, value = "" } = iterator.next();
  if (done) throw new RecordingError("Cannot replay: the recording is empty");
  const header = decodeRecordingHeader(value);
  refuseUnknownCollectors(header);
  const { run, events, startedByUs, startMs } = header;
  const { smapsEvery, numaEvery, wssEvery, env } = header;
  const names = new Set(run.collectors);
  if (events) names.add("events");
  const collect = await loadCollectors([...names], {
    smapsEvery,
    numaEvery,
    env,
    wssEvery,
  });
  const fs = new ReplayFs();
  const clock = new ReplayClock({ epochMs: run.epochMs, startMs });
  fs.load(header.reads);
  const { rootPid, rootCgroup } = run;
  const root = rootPid !== null
    ? { pid: rootPid }
    : rootCgroup !== null
    ? { cgroup: rootCgroup }
    : { all: true };
  const sampler = new Sampler({
    ...root,
    collect,
    fs: wrap(fs),
    clock,
    onMalformed,
    onWarning,
  }, {
    startedByUs,
    listsAll: true,
    startMs,
    selfUsage: { cpuSeconds: () => 0, rssBytes: () => 0 },
    heaviest,
  });
  opened.move();
  return new ReplayedRun(iterator, header, fs, clock, sampler);
}
