/** Figures, processes and runs as a report says them. */

import { showBinary } from "./_amounts.ts";
import type { ReportedProcess } from "./_heaviest_of_run.ts";
import { cutEnd } from "./_cells.ts";
import { commandText } from "./_run_words.ts";

/** What a process runs: its arguments, or its name in brackets. */
export function commandOf(
  { command, comm }: Pick<ReportedProcess, "command" | "comm">,
): string {
  return command ?? `[${comm}]`;
}

/** The most characters of a command that a report keeps. */
const MOST_COMMAND = 1000;

/** Arguments as a report keeps them: the start of them; null if there are none. */
export function keptCommand(cmdline: readonly string[]): string | null {
  if (cmdline.length === 0) return null;
  // What cannot be shown is left out before it is quoted.
  let room = MOST_COMMAND;
  const shown: string[] = [];
  for (const argument of cmdline) {
    if (room < 0) break;
    shown.push(argument.slice(0, room + 1));
    room -= argument.length + 1;
  }
  return cutEnd(commandText(shown), MOST_COMMAND);
}

/** Milliseconds as seconds. */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** The most memory that a sample saw, as in one of a zombie or of a kernel thread there is none. */
export function memoryText(bytes: number | null): string {
  return bytes === null ? "none seen" : showBinary(bytes);
}

/** A share of one core. */
export function percentText(percentage: number): string {
  return `${percentage.toFixed(1)} %`;
}

/** What tells the titles of runs from one another, if there are several. */
export function ofRun(at: number, runs: number): string {
  return runs === 1 ? "" : ` of run ${at}`;
}
