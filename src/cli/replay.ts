/**
 * A replay: the lines that a recorded run printed, from what it read.
 *
 * @module
 */

import { quote } from "../text.ts";
import { type CollectorName, COLLECTORS } from "../collect/collectors.ts";
import { RecordingError } from "../errors.ts";
import { createEncoder } from "../format/formats.ts";
import { decodeRecorded, decodeRecordingHeader } from "../recording/codec.ts";
import { ReplayClock, ReplayFs } from "../recording/replay.ts";
import type { Run } from "../model/run.ts";
import { Sampler } from "../measure/sampler.ts";
import { createFile, readLines } from "./files.ts";
import type { Context } from "./main.ts";
import { type ReplayCommand, whyNoLabel } from "./options.ts";
import { LineOutput } from "./output.ts";
import { ENDING_SIGNALS, signalExitCode, type SignalName } from "./signals.ts";

const REPLAYABLE: readonly CollectorName[] = [...COLLECTORS, "cgroup_files"];

/**
 * Prints from a recording. The whole recording is checked before the first line is printed.
 *
 * @returns The exit code: 0, or 128 + n after signal n.
 * @throws {RecordingError} If the recording is cut, damaged or of another version.
 */
export async function replay(
  command: ReplayCommand,
  context: Context,
): Promise<number> {
  check(command.recording);
  using file = command.output === undefined ? null : createFile(command.output);
  const lines = new AbortController();
  let caught: SignalName | null = null;
  const stopped = Promise.withResolvers<void>();
  const unlisten = context.signals.listen(ENDING_SIGNALS, (name) => {
    caught ??= name;
    lines.abort();
    stopped.resolve();
  });
  try {
    const output = new LineOutput(file ?? context.stdout, lines.signal);
    await Promise.race([
      printRecording(command, { context, output, signal: lines.signal }),
      stopped.promise,
    ]);
    return caught === null ? 0 : signalExitCode(caught);
  } finally {
    unlisten();
  }
}

function check(path: string): void {
  let at = 0;
  for (const line of readLines(path)) {
    if (++at === 1) checkLabels(decodeRecordingHeader(line).labels);
    else decodeRecorded(line, at);
  }
  if (at === 0) throw new RecordingError("Cannot replay: the file is empty");
}

/** A recording may come from anywhere: its labels must not pass for fields. */
function checkLabels(labels: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(labels)) {
    const why = whyNoLabel(name);
    if (why !== null) {
      throw new RecordingError(
        `Cannot replay: the recording has a label ${quote(name)}: ${why}`,
      );
    }
  }
}

async function printRecording(
  command: ReplayCommand,
  options: {
    readonly context: Context;
    readonly output: LineOutput;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const lines = readLines(command.recording);
  const header = decodeRecordingHeader(lines.next().value ?? "");
  const labels = { ...header.labels, ...command.labels };
  const encoder = createEncoder(command.format, { labels });
  const fs = new ReplayFs();
  const clock = new ReplayClock(header);
  fs.load(header.reads);
  using sampler = new Sampler({
    ...rootOf(header.run),
    collect: REPLAYABLE.filter((name) => header.run.collectors.includes(name)),
    smapsEvery: header.smapsEvery,
    events: header.events,
    isOnlyChild: header.isOnlyChild,
    startMs: header.monotonicMs,
    fs,
    clock,
    selfUsage: { cpuSeconds: () => 0, rssBytes: () => 0 },
    onMalformed: (error) => options.context.say(error.message),
  });
  let at = 1;
  let opening = encoder.run(header.run);
  for (const line of lines) {
    const recorded = decodeRecorded(line, ++at);
    if ("end" in recorded) {
      const end = { ...recorded.end, summary: sampler.summary };
      await options.output.writeLast([opening, encoder.end(end)]);
      return;
    }
    clock.load(recorded);
    fs.load(recorded.reads);
    const sample = sampler.sample(recorded.missed);
    await options.output.write([opening]);
    await options.output.write(encoder.lines(sample));
    opening = "";
    if (options.signal.aborted || at > (command.count ?? Infinity)) return;
  }
}

function rootOf(
  run: Run,
): { readonly pid: number } | { readonly cgroup: string } {
  return run.rootPid === null
    ? { cgroup: run.rootCgroup ?? "/" }
    : { pid: run.rootPid };
}
