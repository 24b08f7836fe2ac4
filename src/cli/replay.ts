/**
 * A replay: the lines that a recorded run printed, from what it read.
 *
 * @module
 */

import { RecordingError } from "../errors.ts";
import type { Format } from "../format/format.ts";
import { decodeRecorded, decodeRecordingHeader } from "../recording/codec.ts";
import type { RecordingHeader } from "../recording/recording.ts";
import {
  openRecording,
  refuseUnknownCollectors,
} from "../recording/replayed_run.ts";
import { quote } from "../text.ts";
import type { CommandContext } from "./context.ts";
import { createFile, readLines } from "./files.ts";
import { type ReplayCommand, whyNoLabel } from "./options.ts";
import { LineOutput } from "./output.ts";
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
  check(command);
  using file = command.output === undefined ? null : createFile(command.output);
  using interruption = new Interruption(context.signals, ENDING_SIGNALS);
  const output = new LineOutput(file ?? context.stdout, interruption.lines);
  await interruption.orDeadline(
    printRecording(command, context, output, interruption.lines),
  );
  return interruption.exitCode;
}

function check({ recording, format }: ReplayCommand): void {
  let at = 0;
  for (const line of readLines(recording)) {
    if (++at === 1) checkHeader(decodeRecordingHeader(line), format);
    else decodeRecorded(line, at);
  }
  if (at === 0) throw new RecordingError("Cannot replay: the file is empty");
}

/** A recording may come from anywhere: its labels must not pass for fields. */
function checkHeader(header: RecordingHeader, format: Format): void {
  refuseUnknownCollectors(header);
  const { labels } = header;
  for (const name of Object.keys(labels)) {
    const why = whyNoLabel(name, [format]);
    if (why === null) continue;
    throw new RecordingError(
      `Cannot replay: the recording has a label ${quote(name)}: ${why}`,
    );
  }
}

async function printRecording(
  command: ReplayCommand,
  context: CommandContext,
  output: LineOutput,
  signal: AbortSignal,
): Promise<void> {
  const { format, only, count = Infinity } = command;
  using replayed = await openRecording(readLines(command.recording), {
    onMalformed: (error) => context.warn(error.message),
  });
  const labels = { ...replayed.labels, ...command.labels };
  const encoder = format.create({ labels, only });
  await output.write(encoder.begin(replayed.run));
  let printed = 0;
  for (const sample of replayed.samples()) {
    await output.write(encoder.lines(sample));
    if (signal.aborted || ++printed >= count) return;
  }
  if (replayed.end !== null) {
    await output.writeLast(encoder.end(replayed.end));
  }
}
