/**
 * A live run: from a root to lines, until one of its ends.
 *
 * @module
 */

import { hostClock } from "../kernel/clock.ts";
import { RootError } from "../errors.ts";
import { type HostFacts, readHostFacts } from "../host/facts.ts";
import { parseStat } from "../parse/stat.ts";
import { parseLimits } from "../parse/limits.ts";
import { HostFs } from "../kernel/host_fs.ts";
import { Reader } from "../kernel/proc_reader.ts";
import { RecordingFs } from "../recording/recording_fs.ts";
import { commandExitCode, type RunningCommand, startCommand } from "./child.ts";
import { createFile, FileError } from "./files.ts";
import type { Context } from "./main.ts";
import type { SampleCommand } from "./options.ts";
import { LineOutput, OutputError, ReaderGoneError } from "./output.ts";
import { type Printing, printSamples } from "./print.ts";
import {
  ENDING_SIGNALS,
  FORWARDED_SIGNALS,
  signalExitCode,
  type SignalName,
} from "./signals.ts";

/** How long the line that is being written may take once a signal has come. */
const DEADLINE_MS = 1000;

/**
 * Samples a tree until its root ends, the count or the time is reached, a signal comes, or nobody reads any more. With a command,
 * waits for its end.
 *
 * @returns The exit code: the command's, or 128 + n after signal n, or 0.
 */
export async function run(
  command: SampleCommand,
  context: Context,
): Promise<number> {
  const { root } = command;
  if (Deno.build.os !== "linux") {
    throw new RootError(
      `Cannot sample on ${Deno.build.os}: only Linux has the files to read`,
    );
  }
  const fs = new HostFs({
    proc: command.proc,
    sys: command.sys,
    maxOpenFiles,
  });
  const recorder = command.record === undefined ? null : new RecordingFs(fs);
  const host = readHostFacts(new Reader(recorder ?? fs));
  const reader = new Reader(fs);
  tellOfBlindness(host, context);
  await tellOfUselessCollectors(reader, { command, host, context });
  if ("argv" in root && host.selfPid !== Deno.pid) {
    throw new RootError(
      `Cannot find the command's process in ${command.proc}: it shows another pid namespace`,
    );
  }
  using file = command.output === undefined ? null : createFile(command.output);
  using recording = command.record === undefined
    ? null
    : createFile(command.record);
  const startMs = hostClock.monotonicMs();
  const started = "argv" in root
    ? await startCommand(root.argv, {
      stdout: file === null ? "stderr" : "stdout",
    })
    : root;
  const child = isRunning(started) ? started : null;

  const samples = new AbortController();
  const lines = new AbortController();
  const late = Promise.withResolvers<void>();
  let caught: SignalName | null = null;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const onSignal = (name: SignalName): void => {
    if (child !== null && child.running) {
      if (!reachesCommand(name, reader)) child.kill(name);
      return;
    }
    caught ??= name;
    samples.abort(name);
    lines.abort();
    deadline ??= setTimeout(late.resolve, DEADLINE_MS);
  };
  const unlisten = context.signals.listen(
    child === null ? ENDING_SIGNALS : FORWARDED_SIGNALS,
    onSignal,
  );
  if (!command.orphans) child?.ended.then(() => samples.abort());
  try {
    const printing = printSamples({
      command,
      fs: recorder ?? fs,
      recorder,
      host,
      root: started,
      startMs,
      output: new LineOutput(file ?? context.stdout, lines.signal),
      recording,
      signal: samples.signal,
      say: context.say,
    });
    const ended = Promise.race([printing, late.promise]);
    if (child !== null) return await commandEnd(child, { ended, context });
    await ended;
    return caught === null ? 0 : signalExitCode(caught);
  } finally {
    // The first call of a timer's function loads modules for some milliseconds.
    if (deadline !== undefined) clearTimeout(deadline);
    unlisten();
  }
}

/** Half of the descriptors that this program may have, so that there are some left for all else. */
function maxOpenFiles(): number | undefined {
  const limits = new Reader(new HostFs()).read(
    "/proc/self/limits",
    parseLimits,
  );
  const soft = limits.value?.openFiles.soft ?? null;
  return soft === null ? undefined : Math.trunc(Number(soft) / 2);
}

function isRunning(root: Printing["root"]): root is RunningCommand {
  return "running" in root;
}

/** Waits for the command. That nobody reads its figures, or that there are none, does not end it. */
async function commandEnd(
  child: RunningCommand,
  options: { readonly ended: Promise<void>; readonly context: Context },
): Promise<number> {
  let failed = false;
  try {
    await options.ended;
  } catch (error) {
    if (error instanceof OutputError || error instanceof FileError) {
      options.context.say(error.message);
      failed = true;
    } else if (
      !(error instanceof ReaderGoneError || error instanceof RootError)
    ) {
      throw error;
    }
  }
  const code = commandExitCode(await child.ended);
  return failed && code === 0 ? 1 : code;
}

/** A terminal sends its signals to every process in its foreground, the command among them: once is enough. */
function reachesCommand(name: SignalName, reader: Reader): boolean {
  if (name !== "SIGINT" && name !== "SIGQUIT") return false;
  const stat = reader.read("/proc/self/stat", parseStat).value;
  return stat !== null && stat.tpgid === stat.pgrp;
}

async function tellOfUselessCollectors(
  reader: Reader,
  options: {
    readonly command: SampleCommand;
    readonly host: HostFacts;
    readonly context: Context;
  },
): Promise<void> {
  const { command: { collect: names }, host: facts, context } = options;
  if (names.length === 0) return;
  const { tellUnusable } = await import("../collect/probe.ts");
  for (const sentence of tellUnusable(reader, { names, facts })) {
    context.say(sentence);
  }
}

function tellOfBlindness(facts: HostFacts, context: Context): void {
  for (const mountPoint of facts.hidepidMounts) {
    context.say(
      `${mountPoint} is mounted with hidepid: processes of other users may be missing`,
    );
  }
  if (facts.selfPid !== null && facts.selfPid !== Deno.pid) {
    context.say(
      `/proc shows another pid namespace: this process has the id ${facts.selfPid} there, not ${Deno.pid}`,
    );
  }
}
