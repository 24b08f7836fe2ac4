/** The processes of a run that a report shows: the longest and the heaviest of any number. */

import type { Integer } from "../integer.ts";
import { First } from "../measure/heaviest_kept.ts";

/** A process over its run. */
export interface ReportedProcess {
  /** Its process id. */
  readonly pid: number;
  /** The process id of its parent, as first seen. */
  readonly ppid: number;
  /** When it started, in ticks since boot. */
  readonly startTicks: Integer;
  /** The name of its main thread, as last seen. */
  comm: string;
  /** Its arguments as a shell takes them, as last read, the start of them; null: not known. */
  command: string | null;
  /** The number of its group. */
  group: number;
  /** When it started, in milliseconds from the run's start; 0 if it was there before. */
  readonly startMs: number;
  /** When it was last seen, or was seen to have ended. */
  endMs: number;
  /** CPU seconds of the run. */
  cpuSeconds: number;
  /** The most resident memory that a sample saw, in bytes; null if none saw any. */
  peakRssBytes: number | null;
}

const MOST_ROWS = 20;
/** The most processes that are drawn: half of them for their length. */
export const MOST_SLICES = 2000;

const byCpu = (a: ReportedProcess, b: ReportedProcess) =>
  b.cpuSeconds - a.cpuSeconds || a.startMs - b.startMs || a.pid - b.pid;
const byMemory = (a: ReportedProcess, b: ReportedProcess) =>
  (b.peakRssBytes ?? -1) - (a.peakRssBytes ?? -1) || byCpu(a, b);
const byLength = (a: ReportedProcess, b: ReportedProcess) =>
  (b.endMs - b.startMs) - (a.endMs - a.startMs) || byCpu(a, b);

/** Takes all processes of a run; keeps those that are shown. */
export class HeaviestOfRun {
  readonly #byCpu = new First(MOST_SLICES / 2, byCpu);
  readonly #byLength = new First(MOST_SLICES / 2, byLength);
  readonly #byMemory = new First(MOST_ROWS, byMemory);
  #count = 0;

  /** Takes a process that has ended, or is left at the end of the run. */
  add(process: ReportedProcess): void {
    this.#count++;
    this.#byCpu.add(process);
    this.#byLength.add(process);
    this.#byMemory.add(process);
  }

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** Those with the most CPU time, the most first. */
  get heaviestByCpu(): readonly ReportedProcess[] {
    return this.#byCpu.items().slice(0, MOST_ROWS);
  }

  /** Those with the most memory at one time, the most first. */
  get heaviestByMemory(): readonly ReportedProcess[] {
    return this.#byMemory.items();
  }

  /** Those that are drawn, by their start: so many at most. */
  slices(most = MOST_SLICES): readonly ReportedProcess[] {
    const longest = this.#byLength.items().slice(0, most / 2);
    const heaviest = this.#byCpu.items().slice(0, most / 2);
    return [...new Set([...longest, ...heaviest])]
      .sort((a, b) => a.startMs - b.startMs || a.pid - b.pid);
  }
}

/** Rows for slices: each is put into the first row that is free at its start. */
export function packRows(
  slices: readonly Pick<ReportedProcess, "startMs" | "endMs">[],
): readonly number[] {
  const freeAt: number[] = [];
  return slices.map(({ startMs, endMs }) => {
    const free = freeAt.findIndex((ms) => ms <= startMs);
    const row = free < 0 ? freeAt.length : free;
    freeAt[row] = endMs;
    return row;
  });
}
