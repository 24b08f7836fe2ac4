/**
 * The command whose tree is sampled.
 *
 * @module
 */

import { ProcReadError } from "../errors.ts";
import type { ProcFs } from "../kernel/proc_fs.ts";
import { quote } from "../text.ts";
import { CommandError, EXIT } from "./errors.ts";
import { CLibrary, type Spawned, type WaitStatus } from "./libc.ts";
import { type SignalName, signalName, signalNumber } from "./signals.ts";

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
  /** Whether it is not known to have ended yet. */
  readonly running: boolean;
  /** Resolves once it has ended and has been seen. */
  readonly ended: Promise<CommandEnd>;
  /** Sends it a signal; nothing happens once it has ended. */
  kill(signal: SignalName): void;
  /**
   * A first sample has been taken, or none will be: until that it stays a zombie if it has ended,
   * so that the sample shows it.
   */
  wasSeen(): void;
}

/** The numbers in errno(3) for which there are plainer words than the library's. */
const ENOENT = 2;
const ENOEXEC = 8;
const EACCES = 13;

/** The exit codes of a shell for a command that is not found, and for one that cannot be run. */
const NOT_FOUND = 127;
const NOT_RUN = 126;

const NO_BYTES = new Uint8Array();
const NUL = 0;
const SLASH = "/".charCodeAt(0);
const COLON = ":".charCodeAt(0);
const PATH_NAME = new TextEncoder().encode("PATH=");
/** Where a command is looked for if `PATH` is not set, see execvp(3). */
const DEFAULT_PATH = new TextEncoder().encode("/bin:/usr/bin");

/** What a decoder makes of bytes that are no UTF-8. */
const REPLACEMENT = "\ufffd";

/** How a command is started. */
export interface CommandOptions {
  /**
   * Where its standard output goes: with ours, or to our standard error while ours carries the
   * lines.
   */
  readonly stdout: "stdout" | "stderr";
  /** The signals that it ignores though this program listens to them. */
  readonly ignoring: readonly SignalName[];
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
  const bytes = argumentBytes(argv, options.fs);
  const env = environmentBytes(options.fs, library);
  const stdoutToStderr = options.stdout === "stderr";
  const ignoring = options.ignoring.map(signalNumber);
  const tryPath = (path: Uint8Array) =>
    library.spawn({ path, argv: bytes, env, stdoutToStderr, ignoring });
  const [name = NO_BYTES] = bytes;
  // A try that fails takes as long as a start.
  const paths = pathsOf(name, env).filter((path) => library.exists(path));
  return () => {
    const { pid, errno } = name.includes(SLASH)
      ? tryPath(name)
      : spawnFirst(paths, tryPath);
    if (pid === null) {
      const isThere = paths.length > 0;
      throw cannotRun(argv, ...whyNot(errno, isThere, library));
    }
    return followCommand(argv, pid, options, library);
  };
}

/** Starts the first of the files that can be, as execvp(3) does. */
function spawnFirst(
  paths: readonly Uint8Array[],
  tryPath: (path: Uint8Array) => Spawned,
): Spawned {
  let failed: Spawned = { pid: null, errno: ENOENT };
  for (const path of paths) {
    const spawned = tryPath(path);
    if (spawned.errno !== EACCES && spawned.errno !== ENOENT) return spawned;
    if (failed.errno !== EACCES) failed = spawned;
  }
  return failed;
}

/** The files that the name of a command may stand for. */
function pathsOf(
  name: Uint8Array,
  env: readonly Uint8Array[],
): readonly Uint8Array[] {
  if (name.includes(SLASH)) return [name];
  if (name.length === 0) return [];
  const variable = env.find((bytes) => startsWith(bytes, PATH_NAME));
  const path = variable?.subarray(PATH_NAME.length) ?? DEFAULT_PATH;
  return splitAt(path, COLON).map((directory) =>
    // An empty one is the current directory.
    directory.length === 0
      ? name
      : Uint8Array.from([...directory, SLASH, ...name])
  );
}

function followCommand(
  argv: readonly string[],
  pid: number,
  { warn }: CommandOptions,
  library: CLibrary,
): RunningCommand {
  let running = true;
  const seen = Promise.withResolvers<void>();
  const ended = seen.promise.then(() =>
    library.waitForEnd(pid, () => {
      running = false;
    })
  ).then(commandEnd);
  return {
    pid,
    get running() {
      return running;
    },
    ended,
    wasSeen: seen.resolve,
    kill: (signal) => {
      if (!running) return;
      try {
        // Until it is reaped, nobody else can have its id.
        Deno.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
        // As sudo does.
        warn(
          `Cannot send ${signal} to ${
            nameOf(argv)
          }: it has become another user's`,
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
function argumentBytes(argv: readonly string[], fs: ProcFs): Uint8Array[] {
  if (!argv.some((argument) => argument.includes(REPLACEMENT))) {
    const encoder = new TextEncoder();
    return argv.map((argument) => encoder.encode(argument));
  }
  const all = splitAt(withoutEnd(fs.readFile("/proc/self/cmdline")), NUL);
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

/**
 * The variables that this program was started with: the runtime adds some of its own to them, and a
 * directory to `PATH`. Where they may not be read, those that it has now.
 */
function environmentBytes(fs: ProcFs, library: CLibrary): Uint8Array[] {
  try {
    const bytes = fs.readFile("/proc/self/environ");
    return bytes.length === 0 ? [] : splitAt(withoutEnd(bytes), NUL);
  } catch (error) {
    // Root has the file if the program has capabilities of its own.
    if (error instanceof ProcReadError) return library.environment();
    throw error;
  }
}

/** Without the byte that ends the last string. */
function withoutEnd(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === NUL ? bytes.subarray(0, -1) : bytes;
}

/** The parts between the separators: one more than there are of these. */
function splitAt(bytes: Uint8Array, separator: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf(separator, at);
    if (end < 0) return [...parts, bytes.subarray(at)];
    parts.push(bytes.subarray(at, end));
    at = end + 1;
  }
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

function commandEnd(status: WaitStatus | null): CommandEnd {
  const { code, signal } = status ?? { code: null, signal: null };
  return signal === null
    ? { exitCode: code ?? EXIT.cannotGoOn, code, signal }
    : { exitCode: 128 + signal, code, signal: signalName(signal) };
}

/** Why a command does not run, and the exit code of a shell for that. */
function whyNot(
  errno: number,
  isThere: boolean,
  library: CLibrary,
): [string, 126 | 127] {
  switch (errno) {
    case ENOENT:
      return isThere
        ? ["its interpreter is not found", NOT_FOUND]
        : ["it is not found", NOT_FOUND];
    case EACCES:
      return ["it may not be executed", NOT_RUN];
    case ENOEXEC:
      return [
        "it is neither a program of this machine nor a script that begins with #!",
        NOT_RUN,
      ];
    default:
      return [`${library.describe(errno)} (os error ${errno})`, NOT_RUN];
  }
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
