/**
 * The option `--replay`, and which others it refuses. It is loaded if it was given.
 *
 * @module
 */

import type { FormatName } from "../format/formats.ts";
import type { Option } from "./arguments.ts";
import type { OutputOptions, ReplayCommand } from "./command.ts";
import { UsageError } from "./errors.ts";
import { OPTIONS, type Values } from "./options.ts";
import { STDIN } from "./replay_input.ts";

/** What is replayed: a run, or two; undefined: nothing is. */
export function parseReplayed(
  { replay }: Values,
  name: FormatName,
  { format, exports }: OutputOptions,
): Pick<ReplayCommand, "recording" | "before"> | undefined {
  if (!Array.isArray(replay)) return undefined;
  if (replay.includes("")) {
    throw new UsageError("Cannot use --replay without a value");
  }
  const recording = replay.at(-1) ?? "";
  if (replay.length === 1) return { recording, before: undefined };
  const [before = ""] = replay;
  if (format.comparesRuns !== true || exports.length > 0) {
    throw new UsageError(
      `Cannot use --replay twice with ${
        exports.length > 0 ? "--export" : `--format ${name}`
      }: --format html alone shows two runs side by side`,
    );
  }
  if (replay.length > 2) {
    throw new UsageError(
      `Cannot use --replay ${replay.length} times: two runs are shown side by side`,
    );
  }
  if (before === STDIN && recording === STDIN) {
    throw new UsageError(
      "Cannot use --replay - twice: standard input is read once",
    );
  }
  return { recording, before };
}

/** Refuses what only a run that samples can do. */
export function refuseLiveOnly(values: Values): void {
  const table: Readonly<Record<string, Option>> = OPTIONS;
  for (const name of Object.keys(values)) {
    if (table[name]?.isLiveOnly !== true) continue;
    throw new UsageError(
      `Cannot use --${name} with --replay: the recording has it`,
    );
  }
}
