/**
 * Keeps the heaviest of processes that have ended, however many those are.
 *
 * @module
 */

import type { Heaviest, HeavyProcess } from "../model/heaviest.ts";

/** How many are kept of each kind. */
const MOST = 5;

/** {@linkcode HeavyProcess} with its time in ticks. */
export interface Kept extends Omit<HeavyProcess, "cpuSeconds"> {
  /** CPU time that it has used itself in the run. */
  readonly ticks: number;
}

/** Which of two comes first. */
type Order = (a: Kept, b: Kept) => number;

const byTicks: Order = (a, b) =>
  b.ticks - a.ticks || peakOf(b) - peakOf(a) || a.pid - b.pid;
const byPeak: Order = (a, b) =>
  peakOf(b) - peakOf(a) || b.ticks - a.ticks || a.pid - b.pid;

/** The heaviest processes of a run, those that have ended and those that live. */
export class HeaviestKept {
  /** The heaviest of those that have ended. */
  #byTicks: readonly Kept[] = [];
  #byPeak: readonly Kept[] = [];
  #numEnded = 0;
  #endedTicks = 0;

  /** Adds a process that has ended. */
  end(kept: Kept): void {
    this.#numEnded++;
    this.#endedTicks += kept.ticks;
    this.#byTicks = withOne(this.#byTicks, kept, byTicks);
    this.#byPeak = withOne(this.#byPeak, kept, byPeak);
  }

  /** The heaviest, with those that live. */
  found(living: readonly Kept[], ticksPerSecond: number): Heaviest {
    const toSeconds = ({ ticks, ...process }: Kept): HeavyProcess => ({
      ...process,
      cpuSeconds: ticks / ticksPerSecond,
    });
    const ticks = living.reduce(
      (sum, process) => sum + process.ticks,
      this.#endedTicks,
    );
    return {
      numProcesses: this.#numEnded + living.length,
      cpuSeconds: ticks / ticksPerSecond,
      byCpu: first([...this.#byTicks, ...living], byTicks)
        .filter((process) => process.ticks > 0).map(toSeconds),
      byPeakRss: first([...this.#byPeak, ...living], byPeak)
        .filter(({ peakRssBytes }) => peakRssBytes !== null).map(toSeconds),
    };
  }
}

function withOne(
  kept: readonly Kept[],
  process: Kept,
  order: Order,
): readonly Kept[] {
  const last = kept[MOST - 1];
  return last !== undefined && order(last, process) < 0
    ? kept
    : first([...kept, process], order);
}

function first(processes: readonly Kept[], order: Order): readonly Kept[] {
  return processes.toSorted(order).slice(0, MOST);
}

function peakOf({ peakRssBytes }: Kept): number {
  return peakRssBytes ?? -1;
}
