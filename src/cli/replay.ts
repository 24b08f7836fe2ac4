/**
 * A replay: the lines that a recorded run printed, from what it read.
 *
 * @module
 */

import { RecordingError } from "../errors.ts";
import { hostClock } from "../kernel/clock.ts";
import { collectorOf } from "../model/dictionary.ts";
import type { Sample } from "../model/sample.ts";
import { decodeRecorded, decodeRecordingHeader } from "../recording/codec.ts";
import type { RecordingHeader } from "../recording/recording.ts";
import {
  openRecording,
  refuseUnknownCollectors,
} from "../recording/replayed_run.ts";
import { quote } from "../text.ts";
import { PartOfRun } from "../view/part_of_run.ts";
import { startViews } from "../view/view.ts";
import type { CommandContext } from "./context.ts";
import { RunFiles } from "./files.ts";
import { ConsumerGoneError, EXIT } from "./errors.ts";
import type { Exports } from "./exports.ts";
import {
  collectorsFor,
  findUnread,
  type ReplayCommand,
  whyNoLabel,
  whyNoLabels,
} from "./options.ts";
import { LineOutput, type TextOutput } from "./output.ts";
import { windowForBlocks } from "./print.ts";
import { readLines } from "./read_lines.ts";
import { ENDING_SIGNALS, Interruption, REOPEN_SIGNAL } from "./signals.ts";

/**
 * Prints from a recording. The whole recording is checked before the first line is printed.
 *
 * @returns The exit code: 0, or 128 + n after signal n.
 * @throws {RecordingError} If the recording is cut, damaged or of another version.
 */
export async function replay(
  command: ReplayCommand,
  context: CommandContext,
): Promise<number> {
  const { output: path, append, recording } = command;
  const exports = await exportsOf(command, context);
  using files = new RunFiles(
    { output: path, append, replay: recording, others: exports?.files },
    context,
  );
  // Before the files are closed.
  using _ = exports;
  files.reopenAtHangup();
  const { output: file, appended } = files;
  check(command);
  using interruption = new Interruption(
    context.signals,
    ENDING_SIGNALS
      .filter((name) => appended === null || name !== REOPEN_SIGNAL),
  );
  const lines = new LineOutput(file ?? context.stdout, interruption.lines);
  const output = appended?.undivided(lines) ?? lines;
  await interruption.orDeadline(
    printRecording(command, context, output, interruption.lines, exports)
      .then(() => file?.finish()),
  );
  const { exitCode } = interruption;
  return exports?.hasFailed === true && exitCode === EXIT.done
    ? EXIT.cannotGoOn
    : exitCode;
}

/** What is written beside the lines; null if nothing is. */
async function exportsOf(
  command: ReplayCommand,
  { warn }: CommandContext,
): Promise<Exports | null> {
  if (command.exports.length === 0) return null;
  const { Exports } = await import("./exports.ts");
  return new Exports(command, { keeps: true, isReplay: true, warn });
}

function check(command: ReplayCommand): void {
  let at = 0;
  for (const line of readLines(command.recording)) {
    if (++at === 1) checkHeader(decodeRecordingHeader(line), command);
    else decodeRecorded(line, at);
  }
  if (at === 0) throw new RecordingError("Cannot replay: the file is empty");
}

/**
 * A recording may come from anywhere: its labels must not pass for fields. And it must hold what
 * views and fields that were asked for need.
 */
function checkHeader(
  header: RecordingHeader,
  { format, views, fields, hostname, labels: more, exports }: ReplayCommand,
): void {
  refuseUnknownCollectors(header);
  const { labels, run: { collectors } } = header;
  const all = [...views, ...exports.flatMap((one) => one.views)];
  for (const name of all.flatMap(({ needs }) => needs)) {
    if (collectors.includes(name)) continue;
    throw new RecordingError(
      `Cannot replay: the view needs what the collector ${name} reads, and the recording was made without it`,
    );
  }
  const missing = findUnread(fields, collectors);
  if (missing !== null) {
    throw new RecordingError(
      `Cannot replay: the field ${missing.field} is read by the collector ${missing.collector}, and the recording was made without it`,
    );
  }
  const formats = [format, ...exports.map((one) => one.format)];
  for (const name of Object.keys(labels)) {
    const why = hostname && name === "hostname"
      ? "--hostname puts a hostname on every line"
      : whyNoLabel(name, formats);
    if (why === null) continue;
    throw new RecordingError(
      `Cannot replay: the recording has a label ${quote(name)}: ${why}`,
    );
  }
  const why = whyNoLabels({ ...labels, ...more }, formats, hostname);
  if (why !== null) {
    throw new RecordingError(
      `Cannot replay with the labels of the recording: ${why}`,
    );
  }
}

/** How a run ended of which the end was not reached. */
const NOT_REPLAYED = "not known: what was replayed has no end";

async function printRecording(
  command: ReplayCommand,
  context: CommandContext,
  output: TextOutput,
  signal: AbortSignal,
  exports: Exports | null,
): Promise<void> {
  const { format, views, count = Infinity } = command;
  const summary = command.summary === true
    ? new (await import("./summary.ts")).RunSummaryPrinter(context)
    : null;
  using replayed = await openRecording(readLines(command.recording), {
    onMalformed: (error) => context.warn(error.message),
    onWarning: context.warn,
    heaviest: summary?.heaviest,
  });
  const labels = { ...replayed.labels, ...command.labels };
  const { asked } = replayed;
  const part = new PartOfRun(
    [...replayed.run.collectors, "events"],
    [...collectorsFor(command, asked), ...collectorsNamed(command)],
  );
  const shownRun = part.run(replayed.run);
  const view = startViews(views, shownRun);
  const window = await windowForBlocks(command, context);
  const encoder = format.create({ ...command, labels, window });
  const beside = { run: replayed.run, asked, labels, interrupted: signal };
  const lines = exports === null ? output : new LastingOutput(output);
  await exports?.begin(beside);
  await lines.write(encoder.begin(shownRun));
  const isReplaced = format.isReplaced === true;
  const turn = turnsOfSignals();
  let printed = 0;
  let last: Sample | null = null;
  for (const sample of replayed.samples()) {
    last = view.apply(part.sample(sample));
    if (isReplaced) await turn();
    else await lines.write(encoder.lines(last));
    await exports?.take(sample);
    if (signal.aborted || ++printed >= count) break;
  }
  if (!signal.aborted) await exports?.end(replayed.end);
  if (isReplaced) {
    if (last !== null) await lines.write(encoder.lines(last));
  } else if (replayed.end !== null) {
    await lines.writeLast(encoder.end(part.end(replayed.end)));
  }
  const { sampler, run, end, missedBecause } = replayed;
  summary?.show(sampler, { run, end: end ?? NOT_REPLAYED, missedBecause });
}

/** How long nothing else has its turn while nothing is written. */
const TURN_MS = 50;

/** Makes a function that lets signals be heard now and then: a write does so too. */
function turnsOfSignals(): () => Promise<void> {
  let lastMs = hostClock.monotonicMs();
  return async () => {
    if (hostClock.monotonicMs() - lastMs < TURN_MS) return;
    await new Promise<void>((resolve) => setTimeout(resolve));
    lastMs = hostClock.monotonicMs();
  };
}

/** The collectors of the fields and the kinds of line that were asked for by their names. */
function collectorsNamed({ only = [], fields }: ReplayCommand): string[] {
  return [
    ...only.map((kind) => collectorOf(kind)),
    ...(fields ?? []).map((field) =>
      findUnread([field], [])?.collector ?? null
    ),
  ].filter((name) => name !== null);
}

/** Goes on when the consumer of the lines has gone: there is more to write than they. */
class LastingOutput implements TextOutput {
  readonly #output: TextOutput;
  #isGone = false;

  constructor(output: TextOutput) {
    this.#output = output;
  }

  async write(lines: Iterable<string>): Promise<void> {
    await this.#try(() => this.#output.write(lines));
  }

  async writeLast(lines: Iterable<string>): Promise<void> {
    await this.#try(() => this.#output.writeLast(lines));
  }

  async #try(write: () => Promise<void>): Promise<void> {
    if (this.#isGone) return;
    try {
      await write();
    } catch (error) {
      if (!(error instanceof ConsumerGoneError)) throw error;
      this.#isGone = true;
    }
  }
}
