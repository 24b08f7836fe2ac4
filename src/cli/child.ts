/**
 * The command whose tree is sampled.
 *
 * @module
 */

import type { ChildProcess } from "node:child_process";
import { quote } from "../text.ts";
import { signalExitCode, type SignalName } from "./signals.ts";

/** How a command ended. */
export interface CommandEnd {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it; null where none did. */
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

/** Thrown where a command cannot be started. */
export class CommandError extends Error {
  /** What the program ends with: 127 where the command is not found, 126 where it cannot be run. */
  readonly exitCode: number;

  /** Says which command, and why not. */
  constructor(message: string, exitCode: number) {
    super(message);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

/**
 * Starts a command with this program's standard input.
 *
 * @param options.stdout Where its standard output goes: with ours, or to our standard error while ours carries the lines.
 * @throws {CommandError} If it is not found or cannot be run.
 */
export async function startCommand(
  argv: readonly string[],
  options: { readonly stdout: "stdout" | "stderr" },
): Promise<RunningCommand> {
  const { spawn } = await import("node:child_process");
  const [file = "", ...args] = argv;
  const child = spawn(file, args, {
    stdio: ["inherit", options.stdout === "stdout" ? 1 : 2, 2],
  });
  let running = true;
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once("exit", (code: number | null, signal: string | null) => {
      running = false;
      resolve({ code, signal });
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

/** The exit code that a shell gives for such an end: 128 + n for signal n. */
export function commandExitCode(end: CommandEnd): number {
  return end.code ?? signalExitCode(end.signal ?? "");
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
