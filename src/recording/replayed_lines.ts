/**
 * The lines of the format `records`, line by line, back to runs of samples.
 *
 * @module
 */

import { RecordingError } from "../errors.ts";
import { CHOOSABLE, IDENTITY } from "../model/dictionary.ts";
import type { NullReasons } from "../model/null_reason.ts";
import type { Run, RunEnd, RunSummary } from "../model/run.ts";
import type { Sample, TreeSample } from "../model/sample.ts";
import { LineFaults } from "./_line_faults.ts";
import {
  bootOf,
  inBoth,
  newSample,
  noteLabels,
  place,
  type SampleUnderWay,
  secondsBetweenFiles,
} from "./_sample_lines.ts";
import { toldByEnd, toldBySample } from "./_told_run.ts";
import {
  type DecodedLine,
  LineDecoder,
  type LineFault,
  type LineShape,
  NO_LABELS,
} from "./lines.ts";

/** What lines have become. */
export type ReplayedPart =
  | {
    /** A run begins. */
    readonly kind: "run";
    /**
     * The run. Without a line of it, it is told by the first sample as far as that goes: the
     * version is empty, a second has 100 ticks, and `unreadable` lists what is not known.
     */
    readonly run: Run;
    /** The labels of its lines. */
    readonly labels: Readonly<Record<string, string>>;
    /** Whether there is a line of it. */
    readonly hasLine: boolean;
  }
  | {
    /** A sample of the run is whole. */
    readonly kind: "sample";
    /**
     * The sample. Fields that `--fields` has left out are missing in it, whatever its type says;
     * `lacking` has their names.
     */
    readonly sample: Sample;
    /** How many of its processes stand on no line, in no group and in no rest. */
    readonly numLacking: number;
    /** The names of the fields that its lines of processes, groups and the rest do not have. */
    readonly lacking: readonly string[];
  }
  | {
    /** The run has ended. */
    readonly kind: "end";
    /** How. */
    readonly end: RunEnd;
  };

/** So many runs are remembered, to know their lines if they go on later. */
const MOST_LEFT = 16;

/** So many shapes of lines are remembered: a stranger may choose them. */
const MOST_SHAPES = 100;

const NOTHING: readonly never[] = [];
const BYTE_ORDER_MARK = 0xfeff;

/** A run of which lines come. */
interface RunUnderWay {
  /** As its line has it; null: there is none, and no sample yet. */
  run: Run | null;
  /** The labels of its line; null without one. */
  readonly lineLabels: Readonly<Record<string, string>> | null;
  runId: string | null;
  hasBegun: boolean;
  labels: Readonly<Record<string, string>>;
  hasGroups: boolean;
  /** The latest sample; null before the first. */
  last: {
    readonly seq: number;
    readonly epochMs: number;
    readonly sweepMs: number;
    readonly processesMs: number;
    readonly tree: TreeSample;
  } | null;
  firstEpochMs: number;
  bootEpochMs: number | null;
  /** What lines of a shape lack, in a run with these collectors. */
  readonly lacking: Map<LineShape, readonly string[]>;
}

/** What is remembered of a run of which other lines than its own have come. */
interface LeftRun {
  readonly runId: string | null;
  readonly rootPid: number | null;
  readonly seq: number;
  readonly epochMs: number;
}

/**
 * Reads lines that a run has printed back into samples: those of the format `records`, one after
 * the other, of several runs if need be. What is none of its lines, and what is cut or stands there
 * twice, is left out and counted.
 *
 * @example The peak of yesterday's lines
 * ```ts
 * import { ReplayedLines } from "@procline/procline/recording";
 * import { assertEquals } from "@std/assert";
 *
 * const text = Deno.readTextFileSync("testdata/recordings/exec.expected.ndjson");
 * const lines = new ReplayedLines();
 * const parts = text.split("\n").flatMap((line) => lines.add(line));
 * parts.push(...lines.finish());
 * const rss = parts.map((part) => part.kind === "sample" ? part.sample.tree.rssBytes ?? 0 : 0);
 * assertEquals(Math.max(...rss), 1433600);
 * assertEquals(lines.remarks, []);
 * ```
 */
export class ReplayedLines {
  readonly #decoder = new LineDecoder();
  readonly #faults = new LineFaults();
  readonly #left: LeftRun[] = [];
  #at = 0;
  #before = "";
  #run: RunUnderWay | null = null;
  #sample: SampleUnderWay | null = null;
  /** When the run ended that has ended last. */
  #endedMs: number | null = null;
  #hasOurs = false;

  /**
   * What was left out so far and what is not known, a sentence for each kind of it, with counts.
   * None if nothing is wrong, and if no line is one of procline's.
   */
  get remarks(): readonly string[] {
    return this.#hasOurs ? this.#faults.sentences() : [];
  }

  /**
   * Takes the next line, without its newline.
   *
   * @returns What is whole now, in its order: mostly nothing.
   * @throws {RecordingError} If lines of several runs are mixed.
   */
  add(line: string): readonly ReplayedPart[] {
    this.#at++;
    const text = line.charCodeAt(0) === BYTE_ORDER_MARK ? line.slice(1) : line;
    if (text === "" || text === "\r") return NOTHING;
    if (text === this.#before) {
      this.#faults.repeated.add(this.#at);
      return NOTHING;
    }
    const decoded = this.#decoder.decode(text);
    if (typeof decoded === "string") {
      this.#countFault(decoded, text);
      return NOTHING;
    }
    this.#before = text;
    if (isCutShort(decoded)) {
      this.#faults.damaged.add(this.#at);
      return NOTHING;
    }
    this.#hasOurs = true;
    switch (decoded.kind) {
      case "run":
        return this.#beginRun(decoded);
      case "end":
        return this.#endRun(decoded);
      default:
        return this.#addToSample(decoded);
    }
  }

  /**
   * Ends the lines.
   *
   * @returns What is left: a run of which there is no more than its line.
   * @throws {RecordingError} If none was procline's, or no line ended a sample.
   */
  finish(): readonly ReplayedPart[] {
    const parts = this.#leaveRun();
    const { samples, treeless } = this.#faults;
    if (!this.#hasOurs) {
      throw new RecordingError(
        "Cannot replay: no line is one of a recording, or of procline's records",
      );
    }
    if (samples === 0 && treeless > 0) {
      throw new RecordingError(
        "Cannot replay: no sample has its line of kind tree, which --only may have left out",
      );
    }
    return parts;
  }

  #countFault(fault: LineFault, text: string): void {
    if (fault === "unknown") {
      this.#faults.kinds.add(String(JSON.parse(text).kind));
      this.#hasOurs = true;
    } else this.#faults[fault].add(this.#at);
  }

  #beginRun({ epochMs, values, labels, shape }: DecodedLine): ReplayedPart[] {
    const parts = this.#leaveRun();
    // The checks of the dictionary hold the values to the interface.
    const { schema, commandTruncated, unreadable, ...run } = values as
      & Run
      & {
        readonly schema: number;
        readonly commandTruncated: boolean;
        readonly unreadable: NullReasons | null;
      };
    this.#faults.schema = Math.max(this.#faults.schema, schema);
    for (const name of shape.others) {
      if (!Object.hasOwn(labels, name)) this.#faults.fields.add(name);
    }
    this.#run = newRun({
      ...run,
      epochMs,
      ...commandTruncated ? { commandTruncated } : {},
      ...unreadable === null ? {} : { unreadable },
    }, labels);
    return parts;
  }

  #endRun(line: DecodedLine): ReplayedPart[] {
    const { epochMs, values, shape } = line;
    if (this.#run === null && this.#endedMs === epochMs) {
      this.#faults.repeated.add(this.#at);
      return [];
    }
    this.#leaveSample();
    const parts = this.#goOnWith(line);
    const run = this.#run ?? newRun(null, null);
    parts.push(...this.#begin(run, null, line));
    for (const name of shape.others) {
      if (!Object.hasOwn(run.labels, name)) this.#faults.fields.add(name);
    }
    // The checks of the dictionary hold the values to the interfaces.
    const { reason, exitCode, signal, unreadable, ...measured } = values as
      & RunEnd
      & RunSummary
      & {
        readonly unreadable: NullReasons | null;
      };
    const { summary: _, epochMs: __, ...summary } = {
      ...measured,
      ...unreadable === null ? {} : { unreadable },
    };
    parts.push({
      kind: "end",
      end: { epochMs, reason, exitCode, signal, summary },
    });
    this.#remember(run);
    this.#run = null;
    this.#endedMs = epochMs;
    return parts;
  }

  #addToSample(line: DecodedLine): ReplayedPart[] {
    const parts = this.#goOnWith(line);
    if (this.#sample !== null && this.#sample.epochMs !== line.epochMs) {
      this.#leaveSample();
    }
    this.#sample ??= newSample(line.epochMs);
    const sample = this.#sample;
    if (line.shape.others.length > 0 || sample.labels !== NO_LABELS) {
      noteLabels(sample, line);
    }
    sample.origin ??= line.origin;
    for (const name of line.shape.collectors) sample.collectors.add(name);
    if (CHOOSABLE.includes(line.kind)) sample.shapes.add(line.shape);
    if (!place(sample, line)) this.#faults.repeated.add(this.#at);
    if (line.kind === "tree") {
      parts.push(...this.#finishSample(sample, line.values as TreeSample));
    }
    return parts;
  }

  /** Begins another run if a line names another one than that which is under way. */
  #goOnWith({ origin }: DecodedLine): ReplayedPart[] {
    const run = this.#run;
    if (run === null) {
      this.#run = newRun(null, null, origin?.runId);
      return [];
    }
    if (origin === null) return [];
    if (run.runId === null && !run.hasBegun) run.runId = origin.runId;
    if (run.runId === origin.runId || run.runId === null) return [];
    if (this.#left.some(({ runId }) => runId === origin.runId)) {
      throw this.#mixed();
    }
    const parts = this.#leaveRun();
    this.#run = newRun(null, null, origin.runId);
    return parts;
  }

  #finishSample(sample: SampleUnderWay, tree: TreeSample): ReplayedPart[] {
    this.#sample = null;
    const parts: ReplayedPart[] = [];
    let run = this.#run ?? newRun(null, null);
    const { epochMs } = sample;
    const { last } = run;
    if (last !== null && tree.seq <= last.seq && epochMs <= last.epochMs) {
      const isFirst = tree.intervalSeconds === null &&
        epochMs !== run.firstEpochMs;
      if (!isFirst) {
        this.#faults.older++;
        return parts;
      }
    }
    if (isOfAnotherRun(run, tree)) {
      parts.push(...this.#leaveRun());
      const goesOn = this.#left.some(({ rootPid, seq, ...left }) =>
        rootPid === tree.rootPid && left.epochMs < epochMs &&
        seq === tree.seq - 1 - tree.missedSamples
      );
      if (goesOn) throw this.#mixed();
      run = newRun(null, null, sample.origin?.runId);
      this.#run = run;
    }
    parts.push(...this.#begin(run, { sample, tree }, null));
    this.#noteOthers(run, sample);
    parts.push(this.#partOf(run, sample, tree));
    return parts;
  }

  /** The part that says that a run begins; none if it has begun. */
  #begin(
    run: RunUnderWay,
    first:
      | { readonly sample: SampleUnderWay; readonly tree: TreeSample }
      | null,
    end: DecodedLine | null,
  ): ReplayedPart[] {
    if (run.hasBegun) return [];
    run.hasBegun = true;
    const found = first?.sample.labels ?? end?.labels;
    run.labels = run.lineLabels === null
      ? found ?? NO_LABELS
      : found === undefined
      ? run.lineLabels
      : inBoth(run.lineLabels, found);
    for (const name of Object.keys(run.lineLabels ?? NO_LABELS)) {
      if (!Object.hasOwn(run.labels, name)) this.#faults.fields.add(name);
    }
    if (run.run === null) {
      this.#faults.headless++;
      run.run = first !== null
        ? toldBySample(first.sample, first.tree)
        : toldByEnd(end);
    }
    return [{
      kind: "run",
      run: run.run,
      labels: run.labels,
      hasLine: run.lineLabels !== null,
    }];
  }

  /** Counts what a sample has on its lines that is neither a field nor a label of the run. */
  #noteOthers(run: RunUnderWay, { labels, others }: SampleUnderWay): void {
    if (labels !== NO_LABELS || run.labels !== NO_LABELS) {
      const own = Object.entries(run.labels);
      const isSame = own.every(([name, text]) => labels?.[name] === text);
      if (!isSame) this.#faults.otherLabels++;
    }
    for (const [name, count] of others) {
      if (!Object.hasOwn(run.labels, name)) {
        this.#faults.fields.add(name, count);
      }
    }
  }

  #partOf(
    under: RunUnderWay,
    sample: SampleUnderWay,
    tree: TreeSample,
  ): ReplayedPart {
    const { epochMs, processes, groups, rest, threads, mappings } = sample;
    const { cgroups, host } = sample;
    const { run, last } = under;
    const sinceStart = Math.max(epochMs - (run?.epochMs ?? epochMs), 0);
    const sweepMs = last === null ? sinceStart : last.sweepMs + Math.max(
      (tree.intervalSeconds ?? 0) * 1000,
      tree.seq === last.seq + 1 + tree.missedSamples
        ? 0
        : epochMs - last.epochMs,
    );
    const processesMs = filesReadMs(last, tree, sweepMs);
    if (last === null) under.firstEpochMs = epochMs;
    else if (epochMs < last.epochMs) this.#faults.setBack++;
    under.last = { seq: tree.seq, epochMs, sweepMs, processesMs, tree };
    under.bootEpochMs ??= bootOf(sample, run?.ticksPerSecond ?? 0);
    under.hasGroups ||= groups.length > 0;
    const lacking = lackingOf(under, sample);
    const numLacking = numLackingOf(sample, tree, under.hasGroups);
    this.#faults.samples++;
    if (numLacking > 0) this.#faults.incomplete++;
    return {
      kind: "sample",
      lacking,
      numLacking,
      sample: {
        epochMs,
        bootEpochMs: under.bootEpochMs,
        times: { sweepMs, processesMs, hostMs: sweepMs },
        events: sample.events,
        processes,
        ...under.hasGroups ? { groups } : {},
        ...rest === null ? {} : { rest },
        ...threads.length > 0 || hasNoThreads(sample, run) ? { threads } : {},
        ...mappings.length > 0 ? { mappings } : {},
        ...cgroups.length > 0 || run?.collectors.includes("cgroup") === true
          ? { cgroups }
          : {},
        ...host === null ? {} : { host },
        tree,
      },
    };
  }

  #leaveSample(): void {
    const sample = this.#sample;
    if (sample === null) return;
    this.#sample = null;
    this.#faults.treeless++;
    for (const [name, count] of sample.others) {
      const isLabel = sample.labels !== null &&
        Object.hasOwn(sample.labels, name);
      if (!isLabel) this.#faults.fields.add(name, count);
    }
  }

  /** Ends the run that is under way, of which no line of kind `end` has come. */
  #leaveRun(): ReplayedPart[] {
    this.#leaveSample();
    const run = this.#run;
    this.#run = null;
    if (run === null) return [];
    this.#remember(run);
    return run.lineLabels === null ? [] : this.#begin(run, null, null);
  }

  #remember({ run, runId, last }: RunUnderWay): void {
    if (run === null) return;
    if (this.#left.length === MOST_LEFT) this.#left.shift();
    this.#left.push({
      runId,
      rootPid: run.rootPid,
      seq: last?.seq ?? -1,
      epochMs: last?.epochMs ?? run.epochMs - 1,
    });
  }

  #mixed(): RecordingError {
    return new RecordingError(
      `Cannot replay: line ${this.#at} goes on with a run of which it has had lines before another's: lines of several runs are mixed`,
    );
  }
}

function newRun(
  run: Run | null,
  lineLabels: RunUnderWay["lineLabels"],
  runId: string | null = run?.runId ?? null,
): RunUnderWay {
  return {
    run,
    lineLabels,
    runId,
    hasBegun: false,
    labels: NO_LABELS,
    hasGroups: false,
    last: null,
    firstEpochMs: NaN,
    bootEpochMs: null,
    lacking: new Map(),
  };
}

/** Only lines whose fields can be chosen may lack some, but not what identifies them. */
function isCutShort({ kind, shape: { lacking } }: DecodedLine): boolean {
  if (lacking.length === 0) return false;
  return !CHOOSABLE.includes(kind) ||
    lacking.some((name) => IDENTITY.has(name));
}

/** Whether the tree's line cannot be the next of this run. */
function isOfAnotherRun({ run, last }: RunUnderWay, tree: TreeSample): boolean {
  if (run !== null && run.rootPid !== tree.rootPid) return true;
  return last !== null && tree.seq <= last.seq;
}

/** The names of fields that the lines of a sample lack, by its run's collectors. */
function lackingOf(
  { run, lacking }: RunUnderWay,
  { shapes }: SampleUnderWay,
): readonly string[] {
  let all: readonly string[] = NOTHING;
  for (const shape of shapes) {
    let names = lacking.get(shape);
    if (names === undefined) {
      names = lackingIn(shape, run?.collectors ?? []);
      if (lacking.size === MOST_SHAPES) lacking.clear();
      lacking.set(shape, names);
    }
    if (names.length > 0 && names !== all) {
      all = all.length === 0 ? names : [...new Set([...all, ...names])];
    }
  }
  return all;
}

function lackingIn(
  { missing }: LineShape,
  collectors: readonly string[],
): readonly string[] {
  return missing.filter(({ collector }) =>
    collector === undefined || collectors.includes(collector)
  ).map(({ name }) => name);
}

/** Whether no process of a sample has a thread that could be read: else lines are missing. */
function hasNoThreads({ processes }: SampleUnderWay, run: Run | null): boolean {
  return run?.collectors.includes("threads") === true &&
    processes.every(({ unreadable }) => unreadable?.thread !== undefined);
}

/** How many processes stand nowhere; 0 if that cannot be told. */
function numLackingOf(
  { processes, groups, rest }: SampleUnderWay,
  { numProcesses }: TreeSample,
  hasGroups: boolean,
): number {
  const inGroups = hasGroups
    ? groups.reduce((sum, group) => sum + group.numProcesses, 0)
    : 0;
  const inRest = rest === null ? 0 : rest.numProcesses;
  // Not a number where --fields has left the numbers out.
  return Math.abs(numProcesses - processes.length - inGroups - inRest) || 0;
}

/**
 * When the files of processes were read. No line says so: it is when the sweep began, unless rates
 * of the tree show how long it was since the sample before, as they are by these times.
 */
function filesReadMs(
  last: RunUnderWay["last"],
  tree: TreeSample,
  sweepMs: number,
): number {
  if (last === null || tree.seq !== last.seq + 1 + tree.missedSamples) {
    return sweepMs;
  }
  const seconds = secondsBetweenFiles(last.tree, tree);
  return last.processesMs +
    (seconds === null ? sweepMs - last.sweepMs : seconds * 1000);
}
