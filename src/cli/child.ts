/**
 * The command whose tree is sampled.
 *
 * @module
 */

import type { ChildProcess } from "node:child_process";
import { quote } from "../text.ts";
import { CommandError } from "./errors.ts";
import { signalExitCode, type SignalName } from "./signals.ts";

/** How a command ended. */
export interface CommandEnd {
  /** The exit code that a shell gives for it: its own, or 128 + n after signal n. */
  readonly exitCode: number;
  /** Its exit code; null if a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it; null if none did. */
  readonly signal: string | null;
}

/** A command that runs. */
export interface RunningCommand {
  /** Its process id. */
  readonly pid: number;
  /** Whether it has not ended yet. */
  readonly running: boolean;
  /** Resolves once it has ended. */
  readonly ended: Promise<CommandEnd>;
  /** Sends it a signal; nothing happens once it has ended. */
  kill(signal: SignalName): void;
}

/**
 * Starts a command with this program's standard input.
 *
 * @param stdout Where its standard output goes: with ours, or to our standard error while ours
 * carries the lines.
 * @throws {CommandError} If it is not found or cannot be run.
 */
export async function startCommand(
  argv: readonly string[],
  stdout: "stdout" | "stderr",
): Promise<RunningCommand> {
  const { spawn } = await import("node:child_process");
  const [file = "", ...args] = argv;
  const child = spawn(file, args, {
    stdio: ["inherit", stdout === "stdout" ? 1 : 2, 2],
  });
  let running = true;
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once("exit", (code: number | null, signal: string | null) => {
      running = false;
      resolve({ exitCode: code ?? signalExitCode(signal ?? ""), code, signal });
    });
  });
  if (child.pid === undefined) throw await startFailure(child, file);
  const { pid } = child;
  return {
    pid,
    get running() {
      return running;
    },
    ended,
    kill: (signal) => {
      if (running) sendSignal(pid, signal);
    },
  };
}

/** Deno's `child.kill()` would make any later end of the child look like one by that signal. */
function sendSignal(pid: number, signal: SignalName): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    const hasEnded = error instanceof Deno.errors.NotFound;
    if (!hasEnded) throw error;
  }
}

function startFailure(
  child: ChildProcess,
  file: string,
): Promise<CommandError> {
  return new Promise((resolve) => {
    child.once("error", (error: Error & { readonly code?: string }) => {
      resolve(
        error.code === "ENOENT"
          ? new CommandError(`Cannot run ${quote(file)}: it is not found`, 127)
          : new CommandError(
            `Cannot run ${quote(file)}: ${
              error.code === "EACCES" ? "it may not be executed" : error.message
            }`,
            126,
          ),
      );
    });
  });
}
