/** Figures, processes and runs as a report says them. */

import { showBinary } from "./_amounts.ts";
import type { ReportedProcess } from "./_heaviest_of_run.ts";
import type { ReportRun } from "./_report_run.ts";
import { commandText, describeRoot } from "./_run_words.ts";

/** What a process runs: its arguments, or its name in brackets. */
export function commandOf({ cmdline, comm }: ReportedProcess): string {
  return cmdline === null || cmdline.length === 0
    ? `[${comm}]`
    : commandText(cmdline);
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

/** What tells a title of the second run from that of the first. */
export function ofRun({ run }: ReportRun, at: number): string {
  return at === 1 ? "" : ` of run ${at}, ${describeRoot(run)}`;
}
