/**
 * A replay: the lines that a recorded run printed, from what it read.
 *
 * @module
 */

import { RecordingError } from "../errors.ts";
import { hostClock } from "../kernel/clock.ts";
import type { Sample } from "../model/sample.ts";
import { decodeRecorded, decodeRecordingHeader } from "../recording/codec.ts";
import type { RecordingHeader } from "../recording/recording.ts";
import {
  openRecording,
  refuseUnknownCollectors,
} from "../recording/replayed_run.ts";
import { quote } from "../text.ts";
import { startViews } from "../view/view.ts";
import type { CommandContext } from "./context.ts";
import { RunFiles } from "./files.ts";
import { findUnread, type ReplayCommand, whyNoLabel } from "./options.ts";
import { LineOutput } from "./output.ts";
import { windowForBlocks } from "./print.ts";
import { readLines } from "./read_lines.ts";
import { ENDING_SIGNALS, Interruption } from "./signals.ts";

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
  const { output: path, recording } = command;
  using files = new RunFiles({ output: path, replay: recording }, context);
  const file = files.output;
  check(command);
  using interruption = new Interruption(context.signals, ENDING_SIGNALS);
  const output = new LineOutput(file ?? context.stdout, interruption.lines);
  await interruption.orDeadline(
    printRecording(command, context, output, interruption.lines)
      .then(() => file?.finish()),
  );
  return interruption.exitCode;
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
  { format, views, fields, hostname }: ReplayCommand,
): void {
  refuseUnknownCollectors(header);
  const { labels, run: { collectors } } = header;
  for (const name of views.flatMap(({ needs }) => needs)) {
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
  for (const name of Object.keys(labels)) {
    const why = hostname && name === "hostname"
      ? "--hostname puts a hostname on every line"
      : whyNoLabel(name, [format]);
    if (why === null) continue;
    throw new RecordingError(
      `Cannot replay: the recording has a label ${quote(name)}: ${why}`,
    );
  }
}

/** How a run ended of which the end was not reached. */
const NOT_REPLAYED = "not known: what was replayed has no end";

async function printRecording(
  command: ReplayCommand,
  context: CommandContext,
  output: LineOutput,
  signal: AbortSignal,
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
  const view = startViews(views, replayed.run);
  const window = await windowForBlocks(command, context);
  const encoder = format.create({ ...command, labels, window });
  await output.write(encoder.begin(replayed.run));
  const isReplaced = format.isReplaced === true;
  const turn = turnsOfSignals();
  let printed = 0;
  let last: Sample | null = null;
  for (const sample of replayed.samples()) {
    last = view.apply(sample);
    if (isReplaced) await turn();
    else await output.write(encoder.lines(last));
    if (signal.aborted || ++printed >= count) break;
  }
  if (isReplaced) {
    if (last !== null) await output.write(encoder.lines(last));
  } else if (replayed.end !== null) {
    await output.writeLast(encoder.end(replayed.end));
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
