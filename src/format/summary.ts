/**
 * The summary of a run, for people: how it ended, what it came to, and which processes have used
 * the most.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { Heaviest, HeavyProcess } from "../model/heaviest.ts";
import type { MissedReasons, Run, RunEnd, RunSummary } from "../model/run.ts";
import { showAge, showBinary, showCount, showPercentage } from "./_amounts.ts";
import { cutEnd } from "./_cells.ts";
import {
  argumentText,
  commandText,
  describeEnd,
  describeRoot,
} from "./_run_words.ts";

/** What a summary is made of. */
export interface SummaryParts {
  /** The run. */
  readonly run: Run;
  /** How it ended; a text, if that is not known. */
  readonly end: Omit<RunEnd, "summary"> | string;
  /** Seconds from its start to its end, or as far as it is known. */
  readonly seconds: number;
  /** What was measured. */
  readonly summary: RunSummary;
  /** The heaviest processes. */
  readonly heaviest: Heaviest;
  /** Why samples were missed; null: not known. */
  readonly missedBecause: MissedReasons | null;
}

/** How far the figures stand to the right. */
const INDENT = "  ";
const LABEL_COLUMNS = 10;
const MEBIBYTE = 2 ** 20;

/** The text of a summary, its lines cut to a number of columns. */
export function summaryText(parts: SummaryParts, columns = Infinity): string {
  const { run, end, seconds, summary, heaviest, missedBecause } = parts;
  const total = Math.max(cpuSecondsOf(summary), heaviest.cpuSeconds);
  return [
    `procline: Summary of ${describeRoot(run)}`,
    row("ended", `${describeEnd(run, end)}, after ${time(seconds)}`),
    row("CPU", cpuOf(summary)),
    row("memory", memoryOf(run, summary)),
    ...ioRows(summary),
    row("samples", samplesOf(run, summary)),
    ...(summary.missedSamples === 0
      ? []
      : [row("", missedSentence(summary, missedBecause))]),
    row("processes", processesOf(summary, heaviest)),
    ...unseenRows(summary, heaviest),
    ...table("Most CPU time", heaviest.byCpu, total, columns),
    ...table("Most memory at one time", heaviest.byPeakRss, total, columns),
  ].map((line) => `${cutEnd(line, columns).trimEnd()}\n`).join("");
}

/** How many samples were missed, why, and what helps if they were most. */
export function missedSentence(
  missed: Missed,
  because: MissedReasons | null,
): string {
  const help = missed.missedSamples > missed.samples ? LONGER_HELPS : "";
  return `${howManyMissed(missed)}${whyMissed(because)}${help}`;
}

/** The same in the middle of a run that misses most of its samples. */
export function missedSoFar(missed: Missed, because: MissedReasons): string {
  const count = howManyMissed(missed);
  return `${count} so far${whyMissed(because)}${LONGER_HELPS}`;
}

type Missed = Pick<RunSummary, "samples" | "missedSamples">;

const LONGER_HELPS = "; a longer --interval helps";

function howManyMissed({ samples, missedSamples }: Missed): string {
  const due = showCount(samples + missedSamples, "sample");
  return `Missed ${missedSamples} of ${due}`;
}

function whyMissed(because: MissedReasons | null): string {
  const reasons = because === null ? [] : ([
    [because.reading, "reading the processes took too long"],
    [because.writing, "whoever takes the lines was slow"],
    [because.waiting, "the host gave this program no time"],
  ] as const).filter(([count]) => count > 0);
  const why = reasons.length === 1
    ? `as ${reasons[0]?.[1]}`
    : reasons.map(([count, reason]) => `${count} as ${reason}`).join(", ");
  return why === "" ? ", for reasons that are not known" : `, ${why}`;
}

function row(label: string, text: string): string {
  return `${INDENT}${label.padEnd(LABEL_COLUMNS)} ${text}`;
}

function cpuSecondsOf({ userCpuSeconds, kernelCpuSeconds }: RunSummary) {
  return userCpuSeconds + kernelCpuSeconds;
}

function cpuOf(summary: RunSummary): string {
  const { userCpuSeconds, kernelCpuSeconds, meanCores } = summary;
  const mean = meanCores === null
    ? ""
    : `; ${meanCores.toFixed(2)} cores on average`;
  return `${time(cpuSecondsOf(summary))}: ${time(userCpuSeconds)} user, ${
    time(kernelCpuSeconds)
  } kernel${mean}`;
}

function memoryOf(run: Run, summary: RunSummary): string {
  const { peakRssBytes, peakRssEpochMs, peakRssNumProcesses } = summary;
  if (peakRssBytes === null || peakRssEpochMs === null) {
    return "not known: no sample saw any";
  }
  const seconds = Math.max(peakRssEpochMs - run.epochMs, 0) / 1000;
  return `${showBinary(peakRssBytes)} resident at most, ${
    time(seconds)
  } after the start, in ${
    showCount(peakRssNumProcesses ?? 0, "process", "processes")
  }`;
}

function ioRows(summary: RunSummary): string[] {
  const { ioReadCharsBytes, ioWrittenCharsBytes } = summary;
  if (ioReadCharsBytes === undefined || ioWrittenCharsBytes === undefined) {
    return [];
  }
  const amount = (key: keyof RunSummary, bytes: Integer | null | undefined) =>
    typeof bytes === "number" || typeof bytes === "bigint"
      ? showBinary(Number(bytes))
      : `not known (${summary.unreadable?.[key] ?? "failed"})`;
  const { ioReadBytes, ioWrittenBytes } = summary;
  return [
    row(
      "read",
      `${amount("ioReadCharsBytes", ioReadCharsBytes)}; from storage ${
        amount("ioReadBytes", ioReadBytes)
      }`,
    ),
    row(
      "written",
      `${amount("ioWrittenCharsBytes", ioWrittenCharsBytes)}; to storage ${
        amount("ioWrittenBytes", ioWrittenBytes)
      }`,
    ),
  ];
}

function samplesOf({ intervalSeconds }: Run, summary: RunSummary): string {
  const { samples, missedSamples } = summary;
  const missed = missedSamples === 0 ? ", none missed" : "";
  return `${samples}, each ${intervalSeconds} s${missed}`;
}

function processesOf(
  { peakNumProcesses }: RunSummary,
  { numProcesses }: Heaviest,
): string {
  return `${numProcesses} seen, ${peakNumProcesses} at most at one time`;
}

/** The time that is on none of the processes that samples saw. */
function unseenRows(summary: RunSummary, { cpuSeconds }: Heaviest): string[] {
  const total = cpuSecondsOf(summary);
  const unseen = total - cpuSeconds;
  if (unseen < 0.005) return [];
  return [
    row(
      "unseen",
      `${time(unseen)} of the CPU time (${
        showPercentage(100 * unseen / total)
      }%): used by processes that lived`,
    ),
    row("", "between two samples, or after the last sample that saw them"),
  ];
}

const TITLE = `${INDENT}  CPU s   CPU% PEAK MiB     PID COMMAND`;

function table(
  title: string,
  processes: readonly HeavyProcess[],
  totalSeconds: number,
  columns: number,
): string[] {
  if (processes.length === 0) return [];
  const rows = processes.map((process) => {
    const { pid, cpuSeconds, peakRssBytes } = process;
    const share = totalSeconds === 0 ? 0 : 100 * cpuSeconds / totalSeconds;
    const figures = [
      `${INDENT}${cpuSeconds.toFixed(2).padStart(7)}`,
      `${showPercentage(share)}%`.padStart(6),
      (peakRssBytes === null ? "-" : (peakRssBytes / MEBIBYTE).toFixed(1))
        .padStart(8),
      String(pid).padStart(7),
    ].join(" ");
    const room = columns - figures.length - 1;
    return room < 1 ? figures : `${figures} ${processText(process, room)}`;
  });
  return ["", `${INDENT}${title}:`, TITLE, ...rows];
}

/** A process by its arguments; by its name, with the reason, where these are not known. */
function processText(
  { cmdline, cmdlineReason, comm }: HeavyProcess,
  columns: number,
): string {
  if (cmdline !== null) return commandText(cmdline, columns);
  const why = cmdlineReason === null
    ? ""
    : ` (no arguments: ${cmdlineReason.replaceAll("_", " ")})`;
  return cutEnd(`[${argumentText(comm)}]${why}`, columns);
}

function time(seconds: number): string {
  return seconds < 100
    ? `${seconds.toFixed(2)} s`
    : `${seconds.toFixed(1)} s (${showAge(seconds)})`;
}
