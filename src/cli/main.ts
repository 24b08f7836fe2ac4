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
import { VERSION } from "../model/dictionary.ts";
import type { CommandContext, CommandIo } from "./context.ts";
import { CommandLineError, ConsumerGoneError, EXIT } from "./errors.ts";
import type { OutputOptions } from "./command.ts";
import { LineOutput } from "./output.ts";
import { parseOptions } from "./parse_options.ts";
import { run } from "./run.ts";
import { FILE_SIZE_SIGNAL } from "./signals.ts";
import type { ByteSource } from "./stdin.ts";
import { StderrWriter } from "./streams.ts";

const NO_PERMISSION =
  "Cannot read /proc without every permission: run it with deno run -A, as Deno refuses --allow-read=/proc";

/** Standard input that is closed. */
const CLOSED: ByteSource = { read: () => Promise.resolve(null) };

/** Runs the command and returns the exit code with which the program is to end. */
export async function main(
  args: readonly string[],
  io: CommandIo,
): Promise<number> {
  const stderr = new StderrWriter(io.stderr);
  const context: CommandContext = {
    stdin: CLOSED,
    standardFiles: () => [],
    ...io,
    warn: (sentence) => stderr.warn(sentence),
    show: (text) => stderr.show(text),
    hold: () => stderr.hold(),
  };
  // Never taken back: at the exit the runtime writes what its buffer holds of a line.
  io.signals.listen([FILE_SIZE_SIGNAL], () => {});
  try {
    return await runCommand(args, context);
  } catch (error) {
    return exitCodeOf(error, context);
  } finally {
    await stderr.flush();
  }
}

async function runCommand(
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  const command = await parseOptions(args);
  switch (command.kind) {
    case "help": {
      const { helpText, shortHelpText } = await import("./help.ts");
      const text = command.isShort ? shortHelpText() : helpText();
      return await printText(text, context);
    }
    case "completions": {
      const { completions } = await import("./completions.ts");
      return await printText(completions(command.shell), context);
    }
    case "man": {
      const { manPage } = await import("./man.ts");
      return await printText(manPage(), context);
    }
    case "schema": {
      const { default: schema } = await import(
        "../../docs/records.schema.json",
        { with: { type: "json" } }
      );
      const text = JSON.stringify(schema, null, 2);
      return await printText(`${text}\n`, context);
    }
    case "version":
      return await printText(`procline ${VERSION}\n`, context);
    case "replay": {
      const { replay } = await import("./replay.ts");
      const exitCode = await replay(command, context);
      mentionTable(command, context);
      return exitCode;
    }
    case "sample": {
      const exitCode = await run(command, context);
      mentionTable(command, context);
      return exitCode;
    }
  }
}

/** Says how to see more to a person who got lines for programs without asking for them. */
function mentionTable(
  { isFormatGiven, output }: OutputOptions,
  { stdout, warn }: CommandContext,
): void {
  if (isFormatGiven || output !== undefined) return;
  if (stdout.terminal === undefined) return;
  warn("These are lines for programs: -t shows a table");
}

async function printText(
  text: string,
  { stdout }: CommandContext,
): Promise<number> {
  const never = new AbortController().signal;
  await new LineOutput(stdout, never).write([text]);
  return EXIT.done;
}

/** Reports an expected error and returns its exit code; rethrows anything else. */
function exitCodeOf(error: unknown, { warn }: CommandContext): number {
  if (error instanceof ConsumerGoneError) return EXIT.done;
  if (error instanceof CommandLineError) {
    warn(error.message);
    return error.exitCode;
  }
  if (error instanceof Deno.errors.NotCapable) {
    warn(NO_PERMISSION);
    return EXIT.cannotGoOn;
  }
  if (
    error instanceof RootError || error instanceof ProcReadError ||
    error instanceof ProcParseError || error instanceof RecordingError
  ) {
    warn(error.message);
    return EXIT.cannotGoOn;
  }
  throw error;
}
