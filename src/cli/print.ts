/**
 * Prints a run: header, samples, end; and records it if asked.
 *
 * @module
 */

import type { Collector } from "../collect/collector.ts";
import type { TextWindow } from "../format/format.ts";
import type { HostFacts } from "../host/facts.ts";
import { hostClock, type SelfUsage } from "../kernel/clock.ts";
import type { ProcFs } from "../kernel/proc_fs.ts";
import { Sampler } from "../measure/sampler.ts";
import { waitUntil } from "../measure/schedule.ts";
import type { EndReason, Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import type { Root } from "../tree/tree_process.ts";
import type { PartOfRun } from "../view/part_of_run.ts";
import { startViews } from "../view/views.ts";
import type { CommandEnd, RunningCommand } from "./child.ts";
import type { CommandContext } from "./context.ts";
import { CommandLineError, ConsumerGoneError } from "./errors.ts";
import type { Exports } from "./exports.ts";
import type { OutputOptions, SampleCommand } from "./command.ts";
import { openText, settled, type TextOutput } from "./output.ts";
import type { RecordedEnd } from "../recording/recording.ts";
import type { MissedSamples } from "./missed_samples.ts";
import type { InputEnd } from "./stdin.ts";
import type { RunSummaryPrinter } from "./summary.ts";
import type { RunRecorder } from "./run_recorder.ts";

/**
 * How long before its first sample a run on something that runs already takes one that is not
 * printed: percentages have a window then, of 20 ticks.
 */
const FIRST_WINDOW_MS = 200;

/** Where the samples of a run come from and go to. */
export interface PrintOptions {
  /** What was asked for. */
  readonly command: SampleCommand;
  /** What is written beside the lines; null: nothing is. */
  readonly exports: Exports | null;
  /** What to read beside the fields that every line has. */
  readonly collect: readonly Collector[];
  /** The file system to read: the recorder's, if there is one. */
  readonly fs: ProcFs;
  /** What this program has used itself. */
  readonly selfUsage: SelfUsage;
  /** Records the run; null: it is not recorded. */
  readonly recorder: RunRecorder | null;
  /** What is known of the host. */
  readonly host: HostFacts;
  /** The root. */
  readonly root: Root;
  /** The root, if it is a command that this program has started; else null. */
  readonly child: RunningCommand | null;
  /** When the run began, by the host's monotonic clock, in milliseconds. */
  readonly startMs: number;
  /** Takes the lines. */
  readonly output: TextOutput;
  /** The window that shows the text, for pictures; undefined: there is none. */
  readonly window: (() => TextWindow) | undefined;
  /** Ends the samples, after the one that is being taken. */
  readonly signal: AbortSignal;
  /** Aborts once a signal has to end the run: a sample that is being taken is dropped. */
  readonly interrupted: AbortSignal;
  /** Is told of a sample once it is printed. */
  readonly printed: (sample: Sample) => Promise<void>;
  /** Ends the run once standard input is closed, after a first sample; null: that does not. */
  readonly inputEnd: InputEnd | null;
  /** Shows the summary of the run; null: there is none. */
  readonly summary: RunSummaryPrinter | null;
  /** Warns the user, in a sentence. */
  readonly warn: (sentence: string) => void;
}

/**
 * The collectors whose figures a format shows: those that were asked for, and those that it and
 * its views need.
 */
export function collectorsFor(
  { format, views }: Pick<OutputOptions, "format" | "views">,
  asked: readonly string[],
): readonly string[] {
  return [
    ...asked,
    ...format.needs(asked.filter((name) => name !== "events")),
    ...views.flatMap(({ needs }) => needs),
  ];
}

/** The window for pictures that stand one after the other; undefined if there is none. */
export async function windowForBlocks(
  { format, output }: OutputOptions,
  { stdout }: CommandContext,
): Promise<(() => TextWindow) | undefined> {
  if (format.isPicture !== true || output !== undefined) return undefined;
  return (await import("./screen.ts")).windowForBlocks(stdout.terminal);
}

/**
 * Prints the line that opens a run, its samples, the line that closes it.
 *
 * @throws {RootError} If the root cannot be sampled; nothing is printed then.
 */
export async function printRun(options: PrintOptions): Promise<void> {
  const { command, child, collect, output, window } = options;
  const { recorder, interrupted, exports, inputEnd } = options;
  const { format, labels, env, intervalMs } = command;
  const { smapsEvery, numaEvery, wssEvery } = command;
  const asked = command.events
    ? [...command.collect, "events"]
    : command.collect;
  const startedByUs = child !== null;
  using sampler = new Sampler({
    ...options.root,
    collect,
    fs: options.fs,
    onMalformed: (error) => options.warn(error.message),
    onWarning: options.warn,
  }, {
    host: options.host,
    selfUsage: options.selfUsage,
    startedByUs,
    command: "argv" in command.root ? command.root.argv : undefined,
    startMs: options.startMs,
    heaviest: options.summary?.heaviest,
  });
  const run = sampler.describeRun(intervalMs);
  const { startMs } = sampler;
  await recorder?.begin({
    startMs,
    run,
    labels,
    events: collect.some(({ name }) => name === "events"),
    startedByUs,
    smapsEvery,
    ...numaEvery === 1 ? {} : { numaEvery },
    ...env.length === 0 ? {} : { env },
    ...wssEvery === 1 ? {} : { wssEvery },
    ...exports === null ? {} : { asked },
  });
  const part = exports?.mainPart({ run, asked }) ?? WHOLE;
  const shownRun = part.run(run);
  const view = startViews(command.views, shownRun);
  const encoder = format.create({ ...command, window });
  let missed: MissedSamples | null = null;
  let lastEpochMs: number | null = null;
  const print = async (sample: Sample): Promise<void> => {
    lastEpochMs = sample.epochMs;
    await recorder?.add(sample);
    const shown = view.apply(part.sample(sample));
    const written = output.write(encoder.lines(shown));
    await (exports === null
      ? written
      : Promise.all([written, exports.take(sample)]));
    await options.printed(sample);
    // The first sample has missed none, and waits for nothing.
    if (sample.tree.seq > 0) {
      missed ??= await watchMissed(options.warn);
      await missed.add(sample.tree.missedSamples, sampler);
    }
    inputEnd?.wait();
  };

  let commandEnd: CommandEnd | null;
  try {
    const opening = encoder.begin(shownRun);
    const open = async () => {
      const written = openText(output, opening, interrupted);
      await (exports === null ? written : Promise.all([
        written,
        exports.begin({ run, asked, labels, interrupted }),
      ]));
    };
    commandEnd = await printSamples(sampler, options, open, print);
  } catch (error) {
    // An end without a fault is part of the recording; after another error it is cut, as the run
    // was.
    if (error instanceof ConsumerGoneError) {
      const end = endOf(sampler, "reader", null);
      await recorder?.end(recordedEnd(sampler, end));
      await exports?.end(end);
      await conclude(sampler, options, { run, end, lastEpochMs });
    } else {
      const end = endOf(sampler, "failed", null);
      await exports?.end(end);
      if (error instanceof CommandLineError) {
        const how = LINES_CUT;
        await conclude(sampler, options, { run, end, how, lastEpochMs });
      }
    }
    throw error;
  }
  const end = endOf(sampler, endReason(sampler, options), commandEnd);
  await recorder?.end(recordedEnd(sampler, end));
  const exported = exports?.end(end);
  // What is replaced has no end beside its last sample.
  const closing = format.isReplaced === true ? [] : encoder.end(part.end(end));
  const written = output.writeLast(closing);
  await (exported === undefined ? written : settled([written, exported]));
  await conclude(sampler, options, { run, end, lastEpochMs });
}

/** What is shown without exports: all that is read. */
const WHOLE: Pick<PartOfRun, "run" | "sample" | "end"> = {
  run: (run) => run,
  sample: (sample) => sample,
  end: (end) => end,
};

/** How a run ended of which no more lines could be written. */
const LINES_CUT = "as its lines could not be written any more";

function endOf(
  { summary, startMs }: Sampler,
  reason: EndReason,
  commandEnd: CommandEnd | null,
): RunEnd {
  return {
    epochMs: hostClock.epochMs(),
    reason,
    exitCode: commandEnd?.code ?? null,
    signal: commandEnd?.signal ?? null,
    lastedSeconds: (hostClock.monotonicMs() - startMs) / 1000,
    summary,
  };
}

function recordedEnd(
  { missedBecause }: Sampler,
  { summary, lastedSeconds: _, ...end }: RunEnd,
): RecordedEnd {
  return summary.missedSamples === 0 ? { end } : { end, missedBecause };
}

/** The end of a run, as its summary tells it. */
interface EndOfRun {
  readonly run: Run;
  readonly end: RunEnd;
  /** How it ended, if no end says so. */
  readonly how?: string;
  /** When the last sample was taken; null: there was none. */
  readonly lastEpochMs: number | null;
}

/** Shows the summary. Without one, it is still said if most samples were missed. */
async function conclude(
  sampler: Sampler,
  { summary, warn }: PrintOptions,
  { run, end, how, lastEpochMs }: EndOfRun,
): Promise<void> {
  const { missedBecause } = sampler;
  const { samples, missedSamples } = end.summary;
  if (summary !== null) {
    const { lengthOfRun } = await import("../model/run_length.ts");
    const seconds = lengthOfRun(run, end, lastEpochMs);
    summary.show(sampler, { run, end: how ?? end, seconds, missedBecause });
  } else if (missedSamples > samples) {
    const { missedSentence } = await import("../format/summary.ts");
    warn(missedSentence(end.summary, missedBecause));
  }
}

async function watchMissed(warn: PrintOptions["warn"]): Promise<MissedSamples> {
  const { MissedSamples } = await import("./missed_samples.ts");
  return new MissedSamples(warn);
}

/**
 * Opens the output and prints all samples; returns how the command ended, null without a command
 * and while it runs.
 */
async function printSamples(
  sampler: Sampler,
  { command, child, recorder, signal, interrupted }: PrintOptions,
  open: () => Promise<void>,
  print: (sample: Sample) => Promise<void>,
): Promise<CommandEnd | null> {
  const { intervalMs, count, durationMs, orphans, restarts } = command;
  const limits = {
    intervalMs,
    count,
    durationMs,
    signal,
    orphans,
    restarts,
  };
  const internal = { dropped: interrupted };
  if (child === null) {
    await open();
    const silent = await sampler.sampleSilentlyInTurns(internal);
    if (silent === null) return null;
    const { epochMs, times } = silent;
    await recorder?.addSilent({ epochMs, times });
    const at = times.sweepMs + Math.min(FIRST_WINDOW_MS, intervalMs);
    await waitUntil(at, hostClock, signal);
    for await (const sample of sampler.samples(limits, internal)) {
      await print(sample);
    }
    return null;
  }
  let isOpen = false;
  let isEmpty = true;
  for await (const sample of sampler.samples(limits, internal)) {
    child.wasSeen();
    if (!isOpen) await open();
    isOpen = true;
    isEmpty = sample.processes.length === 0;
    await print(sample);
  }
  child.wasSeen();
  if (!isOpen) await open();
  if (!sampler.rootEnded && child.running) return null;
  const commandEnd = await child.ended;
  // What the command did between the last sample and its end.
  const isAtEnd = !orphans || (sampler.treeEnded && !isEmpty);
  const mayAddSample = isAtEnd && !interrupted.aborted &&
    !hasReachedCount(sampler, command);
  if (!mayAddSample) return commandEnd;
  for await (const sample of sampler.samples({ count: 1 }, internal)) {
    await print(sample);
  }
  return commandEnd;
}

/** Why the samples have ended. */
function endReason(
  sampler: Sampler,
  { interrupted, inputEnd, command }: PrintOptions,
): EndReason {
  if (interrupted.aborted) return "signal";
  const { orphans, restarts } = command;
  const isOver = orphans ? sampler.treeEnded : sampler.rootEnded;
  if (isOver && !restarts) return "exited";
  if (hasReachedCount(sampler, command)) return "count";
  return inputEnd?.hasCome === true ? "stdin" : "duration";
}

function hasReachedCount(sampler: Sampler, { count }: SampleCommand): boolean {
  return sampler.summary.samples >= (count ?? Infinity);
}
