/**
 * The command: arguments in, lines and an exit code out.
 *
 * @module
 */

import {
  ProcParseError,
  ProcReadError,
  RecordingError,
  RootError,
} from "../errors.ts";
import { UsageError } from "./arguments.ts";
import { CommandError } from "./child.ts";
import { FileError } from "./files.ts";
import { helpText, parseOptions } from "./options.ts";
import {
  type ByteStream,
  LineOutput,
  OutputError,
  ReaderGoneError,
} from "./output.ts";
import { run } from "./run.ts";
import { FILE_SIZE_SIGNAL, type Signals } from "./signals.ts";
import { Sentences } from "./stderr.ts";
import { VERSION } from "./version.ts";

/** What a program has around it. */
export interface Surroundings {
  /** Takes the lines. */
  readonly stdout: ByteStream;
  /** Takes sentences for people. */
  readonly stderr: ByteStream;
  /** Tells of signals. */
  readonly signals: Signals;
}

/** {@linkcode Surroundings} as the parts of the command take them. */
export interface Context extends Surroundings {
  /** Tells a person something, in a sentence. */
  readonly say: (sentence: string) => void;
}

const DONE = 0;
const CANNOT_GO_ON = 1;
const WRONG_USAGE = 2;

const NO_PERMISSION =
  "Cannot read /proc without every permission: run it with deno run -A, as Deno refuses --allow-read=/proc";

/** Runs the command and says with which exit code the program is to end. */
export async function main(
  args: readonly string[],
  around: Surroundings,
): Promise<number> {
  const sentences = new Sentences(around.stderr);
  const context: Context = {
    ...around,
    say: (sentence) => sentences.say(sentence),
  };
  // To the very end: the runtime writes what is left of a line then.
  around.signals.listen([FILE_SIZE_SIGNAL], () => {});
  try {
    return await runCommand(args, context);
  } catch (error) {
    return exitCodeOf(error, context);
  } finally {
    await sentences.settle();
  }
}

async function runCommand(
  args: readonly string[],
  context: Context,
): Promise<number> {
  const command = parseOptions(args);
  switch (command.kind) {
    case "help":
      await printText(helpText(), context);
      return DONE;
    case "version":
      await printText(`procline ${VERSION}\n`, context);
      return DONE;
    case "replay": {
      const { replay } = await import("./replay.ts");
      return await replay(command, context);
    }
    case "sample":
      return await run(command, context);
  }
}

async function printText(text: string, context: Context): Promise<void> {
  const never = new AbortController().signal;
  await new LineOutput(context.stdout, never).write([text]);
}

/** The exit code for what ended the program, after a sentence for the person; what is no end of ours is thrown on. */
function exitCodeOf(error: unknown, context: Context): number {
  if (error instanceof ReaderGoneError) return DONE;
  if (error instanceof UsageError) {
    context.say(error.message);
    return WRONG_USAGE;
  }
  if (error instanceof CommandError) {
    context.say(error.message);
    return error.exitCode;
  }
  if (error instanceof Deno.errors.NotCapable) {
    context.say(NO_PERMISSION);
    return CANNOT_GO_ON;
  }
  if (
    error instanceof RootError || error instanceof ProcReadError ||
    error instanceof ProcParseError || error instanceof RecordingError ||
    error instanceof OutputError || error instanceof FileError
  ) {
    context.say(error.message);
    return CANNOT_GO_ON;
  }
  throw error;
}
