/**
 * The command whose tree is sampled.
 *
 * @module
 */

import { systemMessage } from "../kernel/deno_errors.ts";
import type { ProcFs } from "../kernel/proc_fs.ts";
import { quote } from "../text.ts";
import { CommandError, EXIT } from "./errors.ts";
import { CLibrary, type WaitStatus } from "./libc.ts";
import { type SignalName, signalName } from "./signals.ts";

/** How a command ended. */
export interface CommandEnd {
  /**
   * The exit code that a shell gives for it: its own, or 128 + n after signal n; 1 if nobody knows
   * how it ended, as something else has waited for it.
   */
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

/** The numbers in errno(3) for which there are plainer words than the library's. */
const ENOENT = 2;
const ENOEXEC = 8;
const EACCES = 13;

/** The exit codes of a shell for a command that is not found, and for one that cannot be run. */
const NOT_FOUND = 127;
const NOT_RUN = 126;

/** What a decoder makes of bytes that are no UTF-8. */
const REPLACEMENT = "\ufffd";

/** How a command is started. */
export interface CommandOptions {
  /**
   * Where its standard output goes: with ours, or to our standard error while ours carries the
   * lines.
   */
  readonly stdout: "stdout" | "stderr";
  /** Where `/proc` is. */
  readonly fs: ProcFs;
  /** Warns the user, in a sentence. */
  readonly warn: (sentence: string) => void;
}

/**
 * Makes ready to start a command with this program's standard input and environment: what takes
 * time comes before the start.
 *
 * @returns Starts it; throws a {@linkcode CommandError} if it is not found or cannot be run.
 * @throws {CommandError} If it can never be run.
 * @throws {ProcReadError} If its arguments are no UTF-8, and cannot be read.
 */
export function prepareCommand(
  argv: readonly string[],
  options: CommandOptions,
): () => RunningCommand {
  const library = openLibrary(argv);
  const bytes = bytesOf(argv, options.fs);
  return () => startCommand(argv, bytes, options, library);
}

function startCommand(
  argv: readonly string[],
  bytes: readonly Uint8Array[],
  { stdout, warn }: CommandOptions,
  library: CLibrary,
): RunningCommand {
  const stdoutToStderr = stdout === "stderr";
  const { pid, errno } = library.spawn({ argv: bytes, stdoutToStderr });
  if (pid === null) throw startError(argv, errno, library);
  let running = true;
  const ended = library.waitForEnd(pid).then((status) => {
    running = false;
    return commandEnd(status);
  });
  return {
    pid,
    get running() {
      return running;
    },
    ended,
    kill: (signal) => {
      if (!running) return;
      try {
        // Until it is reaped, nobody else can have its id.
        Deno.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
        // It has become another user's, as sudo does.
        warn(
          `Cannot send ${signal} to ${nameOf(argv)}: ${systemMessage(error)}`,
        );
      }
    },
  };
}

function openLibrary(argv: readonly string[]): CLibrary {
  try {
    return new CLibrary();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw cannotRun(argv, error.message);
  }
}

/**
 * The bytes of the arguments. Deno has put U+FFFD for those that are no UTF-8; the kernel still has
 * them.
 */
function bytesOf(argv: readonly string[], fs: ProcFs): Uint8Array[] {
  if (!argv.some((argument) => argument.includes(REPLACEMENT))) {
    const encoder = new TextEncoder();
    return argv.map((argument) => encoder.encode(argument));
  }
  const all = splitAtNul(fs.readFile("/proc/self/cmdline"));
  const last = all.slice(-argv.length);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  if (argv.every((argument, i) => decoder.decode(last[i]) === argument)) {
    return last;
  }
  throw cannotRun(
    argv,
    "its arguments are no UTF-8, and /proc/self/cmdline does not show them",
  );
}

function splitAtNul(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const nul = bytes.indexOf(0, at);
    const end = nul < 0 ? bytes.length : nul;
    parts.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return parts;
}

function commandEnd(status: WaitStatus | null): CommandEnd {
  const { code, signal } = status ?? { code: null, signal: null };
  return signal === null
    ? { exitCode: code ?? EXIT.cannotGoOn, code, signal }
    : { exitCode: 128 + signal, code, signal: signalName(signal) };
}

function startError(
  argv: readonly string[],
  errno: number,
  library: CLibrary,
): CommandError {
  switch (errno) {
    case ENOENT:
      return isThere(argv[0] ?? "")
        ? cannotRun(argv, "its interpreter is not found", NOT_FOUND)
        : cannotRun(argv, "it is not found", NOT_FOUND);
    case EACCES:
      return cannotRun(argv, "it may not be executed");
    case ENOEXEC:
      return cannotRun(
        argv,
        "it is neither a program of this machine nor a script that begins with #!",
      );
    default:
      return cannotRun(argv, `${library.describe(errno)} (os error ${errno})`);
  }
}

/** Whether there is a file of this name, where execvp(3) looks for it. */
function isThere(name: string): boolean {
  const directories = name.includes("/")
    ? [null]
    : (Deno.env.get("PATH") ?? "/bin:/usr/bin").split(":");
  return name !== "" && directories.some((directory) => {
    try {
      return Deno.statSync(directory ? `${directory}/${name}` : name).isFile;
    } catch (error) {
      if (error instanceof Error) return false;
      throw error;
    }
  });
}

function cannotRun(
  argv: readonly string[],
  why: string,
  exitCode: 126 | 127 = NOT_RUN,
): CommandError {
  return new CommandError(`Cannot run ${nameOf(argv)}: ${why}`, exitCode);
}

function nameOf([name = ""]: readonly string[]): string {
  return quote(name);
}
