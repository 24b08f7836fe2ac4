/**
 * A replay: the lines that a recorded run printed, from what it read; or other formats of them,
 * from these lines.
 *
 * @module
 */

import { RecordingError } from "../errors.ts";
import type { Encoder, Format } from "../format/format.ts";
import { lengthOfRun } from "../model/run_length.ts";
import type { Sample } from "../model/sample.ts";
import { decodeRecorded, decodeRecordingHeader } from "../recording/codec.ts";
import type { RecordingHeader } from "../recording/recording.ts";
import {
  openRecording,
  refuseUnknownCollectors,
  type ReplayedRun,
} from "../recording/replayed_run.ts";
import { startViews } from "../view/views.ts";
import type { CommandContext } from "./context.ts";
import { RunFiles } from "./files.ts";
import { EXIT } from "./errors.ts";
import type { Exports } from "./exports.ts";
import type { ReplayCommand } from "./command.ts";
import { LineOutput, openText, type TextOutput } from "./output.ts";
import { windowForBlocks } from "./print.ts";
import { readLines } from "./read_lines.ts";
import { checkRun, shownPart } from "./replay_checks.ts";
import { openInput, type ReplayInput, STDIN } from "./replay_input.ts";
import {
  abandonRun,
  closeRun,
  LastingOutput,
  lastText,
  NOT_REPLAYED,
  type ReplayOutput,
  turnsOfSignals,
} from "./replay_output.ts";
import { ENDING_SIGNALS, Interruption, REOPEN_SIGNAL } from "./signals.ts";

/**
 * Prints from a recording, or from the lines of runs. A recording in a file is checked before the
 * first line is printed; what comes by a pipe, or is compressed, is printed as it comes.
 *
 * @returns The exit code: 0, or 128 + n after signal n.
 * @throws {RecordingError} If a recording is cut, damaged or of another version, or no line is one
 * of procline's.
 */
export async function replay(
  command: ReplayCommand,
  context: CommandContext,
): Promise<number> {
  const { output: path, append, recording, before } = command;
  // First the signals, then the files, which one that ends the replay is to leave in order.
  using interruption = new Interruption(
    context.signals,
    ENDING_SIGNALS.filter((name) => !append || name !== REOPEN_SIGNAL),
  );
  const exports = await exportsOf(command, context);
  using files = new RunFiles(
    {
      output: path,
      append,
      replayed: [recording, before ?? STDIN].filter((file) => file !== STDIN),
      others: exports?.files,
    },
    context,
  );
  // Before the files are closed.
  using _ = exports;
  files.reopenAtHangup();
  const { output: file, appended } = files;
  const signal = interruption.lines;
  const lines = new LineOutput(file ?? context.stdout, signal);
  const undivided = appended?.undivided(lines) ?? lines;
  const output = exports === null
    ? undivided
    : new LastingOutput(exports.beside(undivided, signal));
  const to = { output, exports, signal };
  await interruption.orDeadline(
    replayAll(command, context, to).then(() => file?.finish()),
  );
  const { exitCode } = interruption;
  return exports?.hasFailed === true && exitCode === EXIT.done
    ? EXIT.cannotGoOn
    : exitCode;
}

/** Replays one run, or two that are shown side by side. */
async function replayAll(
  command: ReplayCommand,
  context: CommandContext,
  to: ReplayOutput,
): Promise<void> {
  const { before, format } = command;
  if (before === undefined) return await replayInput(command, context, to);
  const encoders: Encoder[] = [];
  const keeping: Format = {
    ...format,
    create: (options) => {
      const encoder = format.create(options);
      encoders.push(encoder);
      return encoder;
    },
  };
  await replayInput(
    { ...command, recording: before, format: keeping, summary: false },
    context,
    { ...to, output: NOWHERE },
  );
  const [comparedWith] = encoders;
  const comparing: Format = {
    ...format,
    create: (options) => format.create({ ...options, comparedWith }),
  };
  await replayInput({ ...command, format: comparing }, context, to);
}

/** Takes no text: that of the first of two runs stands beside the second. */
const NOWHERE: TextOutput = {
  write: () => Promise.resolve(),
  writeLast: () => Promise.resolve(),
};

async function replayInput(
  command: ReplayCommand,
  context: CommandContext,
  to: ReplayOutput,
): Promise<void> {
  const { recording, refusal } = command;
  const path = recording === STDIN ? null : recording;
  const { stdin, warn } = context;
  const { signal } = to;
  using input = await openInput({ path, stdin, signal, warn });
  if (signal.aborted) return;
  if (input === null) {
    throw new RecordingError(
      `Cannot replay: ${
        path === null ? "standard input" : "the file"
      } is empty`,
    );
  }
  if (!input.isRecording) {
    const { printLines } = await import("./replay_lines.ts");
    await printLines(command, context, to, input.batches());
    return;
  }
  if (refusal !== undefined) throw refusal;
  const isFile = path !== null && (await Deno.stat(path)).isFile;
  if (isFile && !input.isZipped) {
    check(path, command);
    using run = await openRun(readLines(path), command, context);
    await printRecording(run, run.replayed.samples(), command, to);
  } else {
    await printStream(input, command, context, to);
  }
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

/** What a recording is called in a sentence. */
const FROM_RECORDING = {
  name: "the recording",
  lacks: "the recording was made without it",
};

function check(path: string, command: ReplayCommand): void {
  let at = 0;
  for (const line of readLines(path)) {
    if (++at === 1) checkHeader(decodeRecordingHeader(line), command);
    else decodeRecorded(line, at);
  }
}

function checkHeader(header: RecordingHeader, command: ReplayCommand): void {
  refuseUnknownCollectors(header);
  const { labels, run: { collectors } } = header;
  checkRun({ labels, collectors }, command, FROM_RECORDING);
}

/** A recording that comes by a pipe or is compressed: it is checked as it comes. */
async function printStream(
  input: ReplayInput,
  command: ReplayCommand,
  context: CommandContext,
  to: ReplayOutput,
): Promise<void> {
  const lines = input.lines();
  const { value: header = "" } = await lines.next();
  checkHeader(decodeRecordingHeader(header), command);
  const given = [header];
  const taken = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: given.length === 0, value: given.shift() ?? "" }),
    }),
  };
  using run = await openRun(taken, command, context);
  await printRecording(run, samplesOf(run.replayed, lines, given), command, to);
}

/** The samples of a recording, each once its lines have come. */
async function* samplesOf(
  replayed: ReplayedRun,
  lines: AsyncIterable<string>,
  given: string[],
): AsyncGenerator<Sample, void> {
  const samples = replayed.samples();
  let at = 1;
  for await (const line of lines) {
    given.push(line);
    const recorded = decodeRecorded(line, ++at);
    // The sample after it is the one that is printed.
    if ("silent" in recorded) continue;
    const { done = false, value } = samples.next();
    if (done || value === undefined) return;
    yield value;
  }
}

/** A recording that is open, and what sums it up. */
interface OpenRun extends Disposable {
  readonly replayed: ReplayedRun;
  /** Shows the summary, if one was asked for, given when the last sample was taken. */
  readonly conclude: (lastEpochMs: number | null) => void;
  /** The encoder's window for pictures. */
  readonly window: Awaited<ReturnType<typeof windowForBlocks>>;
}

async function openRun(
  lines: Iterable<string>,
  command: ReplayCommand,
  context: CommandContext,
): Promise<OpenRun> {
  const summary = command.summary === true
    ? new (await import("./summary.ts")).RunSummaryPrinter(context)
    : null;
  const window = await windowForBlocks(command, context);
  const replayed = await openRecording(lines, {
    onMalformed: (error) => context.warn(error.message),
    onWarning: context.warn,
    heaviest: summary?.heaviest,
  });
  return {
    replayed,
    window,
    conclude: (lastEpochMs) => {
      const { sampler, run, end, missedBecause } = replayed;
      const seconds = end === null
        ? sampler.summary.wallSeconds
        : lengthOfRun(run, end, lastEpochMs);
      summary?.show(sampler, {
        run,
        end: end ?? NOT_REPLAYED,
        seconds,
        missedBecause,
      });
    },
    [Symbol.dispose]: () => replayed[Symbol.dispose](),
  };
}

async function printRecording(
  { replayed, conclude, window }: OpenRun,
  samples: Iterable<Sample> | AsyncIterable<Sample>,
  command: ReplayCommand,
  { output: lines, exports, signal }: ReplayOutput,
): Promise<void> {
  const { format, views, count = Infinity } = command;
  const labels = { ...replayed.labels, ...command.labels };
  const { asked } = replayed;
  const part = shownPart(command, replayed.run, asked);
  const shownRun = part.run(replayed.run);
  const view = startViews(views, shownRun);
  const encoder = format.create({ ...command, labels, window });
  const beside = { run: replayed.run, asked, labels, interrupted: signal };
  await exports?.begin(beside);
  const isReplaced = format.isReplaced === true;
  const turn = turnsOfSignals();
  const text = { format, encoder, part, lines, exports };
  let printed = 0;
  let last: Sample | null = null;
  try {
    await openText(lines, encoder.begin(shownRun), signal);
    for await (const sample of samples) {
      last = view.apply(part.sample(sample));
      await turn();
      if (!isReplaced) await lines.write(encoder.lines(last));
      await exports?.take(sample);
      if (signal.aborted || ++printed >= count) break;
    }
  } catch (error) {
    await abandonRun(text);
    throw error;
  }
  await closeRun(text, replayed.end, signal);
  if (isReplaced && last !== null) {
    const end = replayed.end === null ? null : part.end(replayed.end);
    await lines.write(lastText({ encoder, sample: last, end }));
  }
  conclude(last?.epochMs ?? null);
}
