/**
 * A run on paper: its opening, its samples, its end, and their recording.
 *
 * @module
 */

import { createEncoder } from "../format/formats.ts";
import type { HostFacts } from "../host/facts.ts";
import type { ProcFs } from "../kernel/proc_fs.ts";
import { encodeRecorded, encodeRecordingHeader } from "../recording/codec.ts";
import type { RecordingFs } from "../recording/recording_fs.ts";
import type { EndReason, Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { Sampler } from "../measure/sampler.ts";
import type { CommandEnd, RunningCommand } from "./child.ts";
import { writeWhole } from "./files.ts";
import type { SampleCommand } from "./options.ts";
import { type LineOutput, ReaderGoneError } from "./output.ts";
import { VERSION } from "./version.ts";

/** Where the samples of a run come from and go to. */
export interface Printing {
  /** What was asked for. */
  readonly command: SampleCommand;
  /** The file system to read: `recorder`, where there is one. */
  readonly fs: ProcFs;
  /** Has written down what was read so far; null: nothing is. */
  readonly recorder: RecordingFs | null;
  /** What is known of the host. */
  readonly host: HostFacts;
  /** The root: a command that this program has started, or any process. */
  readonly root:
    | RunningCommand
    | { readonly pid: number }
    | { readonly cgroup: string };
  /** When the run began, by the host's monotonic clock, in milliseconds. */
  readonly startMs: number;
  /** Takes the lines. */
  readonly output: LineOutput;
  /** Takes the recording; null: none is made. */
  readonly recording: Deno.FsFile | null;
  /** Ends the samples; its reason is the name of the signal that asked, if one did. */
  readonly signal: AbortSignal;
  /** Tells a person something, in a sentence. */
  readonly say: (sentence: string) => void;
}

/**
 * Prints a run: the line that opens it, its samples, the line that closes it.
 *
 * @throws {RootError} If the root cannot be sampled; nothing is printed then.
 */
export async function printSamples(printing: Printing): Promise<void> {
  const { command, output, signal, root, recorder } = printing;
  const { intervalMs, count, durationMs, labels, events, orphans } = command;
  const isOnlyChild = "running" in root;
  const { collect, smapsEvery } = command;
  using sampler = new Sampler({
    ...("cgroup" in root ? { cgroup: root.cgroup } : { pid: root.pid }),
    collect,
    smapsEvery,
    fs: printing.fs,
    host: printing.host,
    events,
    isOnlyChild,
    startMs: printing.startMs,
    onMalformed: (error) => printing.say(error.message),
  });
  const takeReads = () => recorder?.takeReads() ?? [];
  const record = (line: () => string): void => {
    const { recording: file } = printing;
    const { record: path } = command;
    if (file !== null && path !== undefined) {
      writeWhole(file, { path, text: line() });
    }
  };
  const run = describeRun(sampler, command);
  const encoder = createEncoder(command.format, { labels });
  record(() =>
    encodeRecordingHeader({
      monotonicMs: sampler.startMs,
      run,
      labels,
      events,
      isOnlyChild,
      smapsEvery,
      reads: takeReads(),
    })
  );
  const print = async (sample: Sample): Promise<void> => {
    const { epochMs, monotonicMs, visitMs, collectMs, tree } = sample;
    record(() =>
      encodeRecorded({
        epochMs,
        monotonicMs,
        visitMs,
        collectMs,
        missed: tree.missedSamples,
        reads: takeReads(),
      })
    );
    await output.write(encoder.lines(sample));
  };

  const printAll = async (): Promise<CommandEnd | null> => {
    const limits = { intervalMs, count, durationMs, signal, orphans };
    for await (const sample of sampler.samples(limits)) await print(sample);
    if (!isOnlyChild || (!sampler.rootEnded && root.running)) return null;
    const commandEnd = await root.ended;
    const mayAddSample = !orphans && !hasReachedCount(sampler, command);
    if (mayAddSample) await print(sampler.sample());
    return commandEnd;
  };
  let commandEnd: CommandEnd | null;
  try {
    await output.write([encoder.run(run)]);
    commandEnd = await printAll();
  } catch (error) {
    if (error instanceof ReaderGoneError) {
      const unknown = { exitCode: null, signal: null };
      const end = {
        epochMs: Date.now(),
        reason: "reader",
        ...unknown,
      } as const;
      record(() => encodeRecorded({ end }));
    }
    throw error;
  }
  const end = {
    epochMs: Date.now(),
    reason: endReason(sampler, printing),
    exitCode: commandEnd?.code ?? null,
    signal: commandEnd?.signal ?? null,
  };
  record(() => encodeRecorded({ end }));
  const { summary } = sampler;
  await output.writeLast([encoder.end({ ...end, summary })]);
}

/** Why the samples have come to their end. */
function endReason(sampler: Sampler, printing: Printing): EndReason {
  const { signal, command } = printing;
  if (signal.aborted && typeof signal.reason === "string") return "signal";
  if (sampler.rootEnded) return "exited";
  return hasReachedCount(sampler, command) ? "count" : "duration";
}

function hasReachedCount(sampler: Sampler, { count }: SampleCommand): boolean {
  return sampler.summary.samples >= (count ?? Infinity);
}

/** What is known of a run before its first sample. */
function describeRun(
  { host, pid, cgroup, numCores }: Sampler,
  { intervalMs, collect }: SampleCommand,
): Run {
  return {
    epochMs: Date.now(),
    version: VERSION,
    runId: crypto.randomUUID(),
    bootId: host.bootId,
    hostname: host.hostname,
    rootPid: pid,
    rootCgroup: cgroup,
    intervalSeconds: intervalMs / 1000,
    pageSizeBytes: host.pageSizeBytes,
    ticksPerSecond: host.ticksPerSecond,
    numCores,
    collectors: collect,
  };
}
