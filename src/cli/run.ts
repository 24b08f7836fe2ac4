/**
 * A live run: from a root to lines, until one of its ends.
 *
 * @module
 */

import type { Collector } from "../collect/collector.ts";
import { RootError } from "../errors.ts";
import { type HostFacts, readHostFacts } from "../host/facts.ts";
import { hostClock } from "../kernel/clock.ts";
import { HostFs } from "../kernel/host_fs.ts";
import { ProcReader } from "../kernel/proc_reader.ts";
import { quoteName } from "../text.ts";
import type { Sample } from "../model/sample.ts";
import { HostSelfUsage } from "../measure/host_self_usage.ts";
import { Sampler } from "../measure/sampler.ts";
import type { Root } from "../tree/tree_process.ts";
import type { AppendFile } from "./append_file.ts";
import type { CommandOptions, RunningCommand } from "./child.ts";
import type { CommandContext } from "./context.ts";
import { CommandLineError, ConsumerGoneError, EXIT } from "./errors.ts";
import type { Exports } from "./exports.ts";
import type { SampleCommand } from "./command.ts";
import { LineOutput } from "./output.ts";
import { collectorsFor, printRun, windowForBlocks } from "./print.ts";
import type { Reaper } from "./reaper.ts";
import type { SignalRelay } from "./relay.ts";
import type { InputEnd } from "./stdin.ts";
import type { RunSummaryPrinter } from "./summary.ts";
import type { Screen } from "./screen.ts";
import {
  CHILD_SIGNAL,
  ENDING_SIGNALS,
  FORWARDED_SIGNALS,
  Interruption,
  REOPEN_SIGNAL,
  type SignalName,
} from "./signals.ts";

/**
 * Samples a tree until its root ends, the count or the time is reached, a signal comes, or nobody
 * reads any more. With a command, waits for its end.
 *
 * @returns The exit code: the command's, or 128 + n after signal n, or 0.
 */
export async function run(
  command: SampleCommand,
  context: CommandContext,
): Promise<number> {
  if (Deno.build.os !== "linux") {
    throw new RootError(
      `Cannot sample on ${Deno.build.os}: only Linux has the files to read`,
    );
  }
  const { proc, sys, output, append, record, force } = command;
  const hostFs = new HostFs({ proc, sys });
  const reader = new ProcReader(hostFs);
  const relay = await relayFor(command, reader);
  // First the signals, then the files, which one that ends the run is to leave in order, and the
  // command: it may send one to its parent at once.
  using interruption = new Interruption(
    context.signals,
    (relay === null ? ENDING_SIGNALS : FORWARDED_SIGNALS)
      .filter((name) => !append || name !== REOPEN_SIGNAL),
    (name) => relay?.take(name) ?? false,
  );
  const exports = await exportsOf(command, context);
  const others = exports?.files;
  using files = output === undefined && record === undefined && exports === null
    ? null
    : new (await import("./files.ts")).RunFiles(
      { output, append, record, force, others },
      context,
    );
  // Before the files are closed.
  using _ = exports;
  files?.reopenAtHangup();
  const file = files?.output ?? null;
  const appended = files?.appended ?? null;
  const recorder = files === null || files.record === null
    ? null
    : new (await import("./run_recorder.ts")).RunRecorder(hostFs, files.record);
  const fs = recorder?.fs ?? hostFs;
  const host = readHostFacts(new ProcReader(fs));
  warnAboutHiddenProcesses(host, command, context);
  warnAboutPageSize(host, context);
  const summary = await summaryOf(command, context);
  const collect = await collectorsOf(command, summary !== null);
  for (const collector of collect) {
    const sentence = collector.unusable(reader, host);
    if (sentence !== null) context.warn(sentence);
  }
  if ("argv" in command.root && host.selfPid !== Deno.pid) {
    throw new RootError(
      `Cannot find the command's process in ${
        quoteName(proc)
      }: it shows another pid namespace`,
    );
  }
  const start = await prepareChild(command, {
    stdout: file === null ? "stderr" : "stdout",
    ignoring: ignoredByCommand(context, appended),
    fs: hostFs,
    warn: context.warn,
  });
  const root = await findRoot(command, reader, host);
  const openScreen = await prepareScreen(command, context);
  const blockWindow = await windowForBlocks(command, context);
  if ("argv" in command.root) rehearse(hostFs, host);
  const startMs = hostClock.monotonicMs();
  const inputEnd = await inputEndOf(command, context, interruption);
  // While it is ignored, the kernel does not say how a child ended.
  if (relay !== null) context.signals.listen([CHILD_SIGNAL], () => {});
  const child = start();
  if (child !== null) {
    relay?.attach(child);
    // A signal that came while the command was started may have been ignored.
    appended?.reopenIfMoved();
  }
  if (!command.orphans) child?.ended.then(() => interruption.endSamples());
  const screen = openScreen({ signal: interruption.lines, reader, relay });
  const lineOutput = new LineOutput(
    file ?? context.stdout,
    interruption.lines,
  );
  const lines = screen ?? appended?.undivided(lineOutput) ?? lineOutput;
  using selfUsage = new HostSelfUsage();
  const printing = printRun({
    command,
    exports,
    collect,
    fs,
    selfUsage,
    recorder,
    host,
    root: root ?? { pid: child?.pid ?? 0 },
    child,
    startMs,
    output: exports?.beside(lines, interruption.lines) ?? lines,
    window: screen === null ? blockWindow : () => screen.window,
    signal: interruption.samples,
    interrupted: interruption.lines,
    inputEnd,
    printed: reaperOf(host, child, context),
    summary,
    warn: context.warn,
  });
  const ended = leaving(
    screen,
    interruption.orDeadline(printing.then(() => file?.finish())),
  );
  const exitCode = child === null
    ? await ended.then(() => interruption.exitCode)
    : await commandExit(child, ended, context);
  return exports?.hasFailed === true && exitCode === EXIT.done
    ? EXIT.cannotGoOn
    : exitCode;
}

/** What is written beside the lines; null if nothing is. */
async function exportsOf(
  command: SampleCommand,
  { warn }: CommandContext,
): Promise<Exports | null> {
  if (command.exports.length === 0) return null;
  const { Exports } = await import("./exports.ts");
  // What a command has used is to be seen after its end.
  const keeps = command.keep || "argv" in command.root;
  return new Exports(command, { keeps, isReplay: false, warn });
}

/**
 * Whether pictures take the place of one another. Not if the output of a command would come in
 * between, and not for a single one, which is to stay.
 */
function drawsInPlace(
  { format, output, root, count }: SampleCommand,
  { stdout, stderr }: CommandContext,
): boolean {
  return format.isPicture === true && output === undefined && count !== 1 &&
    !("argv" in root && stderr.terminal !== undefined) &&
    stdout.terminal?.canDraw === true;
}

/** What a screen is made with once signals are listened to. */
interface ScreenParts {
  /** Ends the output. */
  readonly signal: AbortSignal;
  /** Reads the procfs that this process is in. */
  readonly reader: ProcReader;
  /** Sends signals on to the command; null without one. */
  readonly relay: SignalRelay | null;
}

/**
 * Loads what draws; returns what opens the screen of the terminal that stdout leads to: null if
 * nothing is drawn in place there.
 */
async function prepareScreen(
  command: SampleCommand,
  context: CommandContext,
): Promise<(parts: ScreenParts) => Screen | null> {
  const { stdout, stderr, signals, hold } = context;
  const { terminal } = stdout;
  if (terminal === undefined || !drawsInPlace(command, context)) {
    return () => null;
  }
  const { Screen } = await import("./screen.ts");
  const { isInBackground, stopProcess } = await import("./job_control.ts");
  return ({ signal, reader, relay }) => {
    const screen = new Screen({
      stream: stdout,
      terminal,
      signal,
      signals,
      hold: stderr.terminal === undefined ? () => () => {} : hold,
      hearsStops: relay === null,
      stop: () => stopProcess(reader),
      isInBackground: () => isInBackground(reader, terminal),
    });
    relay?.attachScreen(screen);
    return screen;
  };
}

/** What ends the run with standard input; null if nothing does. */
async function inputEndOf(
  { untilStdinCloses }: SampleCommand,
  { stdin, warn }: CommandContext,
  interruption: Interruption,
): Promise<InputEnd | null> {
  if (!untilStdinCloses) return null;
  const { InputEnd } = await import("./stdin.ts");
  return new InputEnd(stdin, () => interruption.endSamples(), warn);
}

/**
 * The signals that a command ignores though this program hears them: it was started with them
 * ignored, as by nohup.
 */
function ignoredByCommand(
  { signals: { ignored } }: CommandContext,
  appended: AppendFile | null,
): readonly SignalName[] {
  return appended !== null && ignored?.has(REOPEN_SIGNAL) === true
    ? [REOPEN_SIGNAL]
    : [];
}

/** Waits for the end of the samples, and leaves the screen, whatever that end is. */
async function leaving(
  screen: Screen | null,
  ended: Promise<void>,
): Promise<void> {
  try {
    await ended;
  } finally {
    await screen?.leave();
  }
}

/** What makes the summary; null if there is none. It is loaded before a command is started. */
async function summaryOf(
  { root, summary }: SampleCommand,
  context: CommandContext,
): Promise<RunSummaryPrinter | null> {
  const { stdout, stderr } = context;
  const hasTerminal = stdout.terminal !== undefined ||
    stderr.terminal !== undefined;
  if (!(summary ?? ("argv" in root && hasTerminal))) return null;
  const { RunSummaryPrinter } = await import("./summary.ts");
  return new RunSummaryPrinter(context);
}

/**
 * The collectors that were asked for, those that the summary needs, and those that the formats and
 * the views need.
 */
async function collectorsOf(
  command: SampleCommand,
  hasSummary: boolean,
): Promise<Collector[]> {
  const { collect, events, exports } = command;
  const names = new Set<string>(
    [command, ...exports].flatMap((one) => collectorsFor(one, collect)),
  );
  if (hasSummary && !names.has("cmdline")) names.add("cmdline_at_exec");
  if (events) names.add("events");
  if (names.size === 0) return [];
  const { loadCollectors, standsFor } = await import(
    "../collect/collectors.ts"
  );
  const read = [...names].filter((name) => !names.has(standsFor(name) ?? ""));
  return await loadCollectors(read, command);
}

/**
 * Reaps the orphans that this program has adopted, as process 1 of a container or as a subreaper,
 * once a sample has shown them as zombies: else they would stay.
 */
function reaperOf(
  { selfPid }: HostFacts,
  child: RunningCommand | null,
  { warn }: CommandContext,
): (sample: Sample) => Promise<void> {
  let reaper: Reaper | null = null;
  return async ({ processes }) => {
    if (selfPid !== Deno.pid) return;
    const zombies = processes.filter(({ pid, ppid, state }) =>
      state === "Z" && ppid === selfPid && pid !== child?.pid
    );
    if (zombies.length === 0) return;
    reaper ??= new (await import("./reaper.ts")).Reaper(warn);
    reaper.reap(zombies);
  };
}

async function relayFor(
  { root }: SampleCommand,
  reader: ProcReader,
): Promise<SignalRelay | null> {
  if (!("argv" in root)) return null;
  const { SignalRelay } = await import("./relay.ts");
  return new SignalRelay(reader);
}

/**
 * Takes a sample of this process. What a first sample has to load, compile and find, the one that
 * comes right after the start of a command finds done, and comes the sooner.
 */
function rehearse(fs: HostFs, host: HostFacts): void {
  using sampler = new Sampler({ pid: Deno.pid, fs }, { host });
  sampler.sample();
}

/** Makes ready to start the command, if there is one. */
async function prepareChild(
  { root }: SampleCommand,
  options: CommandOptions,
): Promise<() => RunningCommand | null> {
  if (!("argv" in root)) return () => null;
  const { prepareCommand } = await import("./child.ts");
  return prepareCommand(root.argv, options);
}

/** The root, once it is found; that of a command has to be started first. */
async function findRoot(
  { root }: SampleCommand,
  reader: ProcReader,
  host: HostFacts,
): Promise<Root | null> {
  if ("argv" in root) return null;
  if ("name" in root) {
    const { findNamedProcess } = await import("../tree/named_processes.ts");
    return { pid: findNamedProcess(reader, root.name, host.selfPid ?? 0) };
  }
  if ("unit" in root) {
    const { findUnit } = await import("../host/unit_cgroup.ts");
    const { CgroupMounts } = await import("../host/cgroup_mounts.ts");
    const mounts = new CgroupMounts(reader);
    return { cgroup: findUnit(reader, mounts, root.unit) };
  }
  return root;
}

/**
 * Waits for the command. It does not end because nobody reads its figures, or there are none.
 */
async function commandExit(
  child: RunningCommand,
  ended: Promise<void>,
  context: CommandContext,
): Promise<number> {
  let failed = false;
  try {
    await ended;
  } catch (error) {
    if (error instanceof CommandLineError) {
      context.warn(error.message);
      failed = true;
    } else if (
      !(error instanceof ConsumerGoneError || error instanceof RootError)
    ) {
      throw error;
    }
  }
  child.wasSeen();
  const { exitCode } = await child.ended;
  return failed && exitCode === EXIT.done ? EXIT.cannotGoOn : exitCode;
}

function warnAboutHiddenProcesses(
  facts: HostFacts,
  { proc, root }: SampleCommand,
  { warn }: CommandContext,
): void {
  const shown = quoteName(proc);
  for (const mountPoint of facts.hidepidMounts) {
    warn(
      `${
        quoteName(mountPoint)
      } is mounted with hidepid: processes of other users may be missing`,
    );
  }
  const { selfPid } = facts;
  if (selfPid === Deno.pid) return;
  if (selfPid !== null) {
    warn(
      `${shown} shows another pid namespace: this process has the id ${selfPid} there, not ${Deno.pid}`,
    );
  } else {
    warn(
      `${shown} has no link self: it shows a pid namespace that this process is not in, or is no procfs`,
    );
  }
  if ("cgroup" in root || "unit" in root) {
    warn(
      `The members of a cgroup have other ids in ${shown}: the kernel lists those that they have for this process`,
    );
  }
}

function warnAboutPageSize(
  { auxvReason, pageSizeBytes, ticksPerSecond }: HostFacts,
  { warn }: CommandContext,
): void {
  if (auxvReason === null) return;
  warn(
    `/proc/self/auxv cannot be read (${auxvReason}): ${
      pageSizeBytes === null
        ? "the size of a page is not known, and so neither is memory"
        : `a page has ${pageSizeBytes} bytes by what processes show`
    }, and a second is taken for ${ticksPerSecond} ticks`,
  );
}
