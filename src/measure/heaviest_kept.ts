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

const byTicks = (a: Kept, b: Kept) =>
  b.ticks - a.ticks || peakOf(b) - peakOf(a) || a.pid - b.pid;
const byPeak = (a: Kept, b: Kept) =>
  peakOf(b) - peakOf(a) || b.ticks - a.ticks || a.pid - b.pid;

/** Keeps the first so many of any number of things. */
export class First<Item> {
  readonly #most: number;
  readonly #order: (a: Item, b: Item) => number;
  #items: Item[] = [];
  /** The last of the first, once there are so many: what comes after it is never one of them. */
  #last: Item | null = null;

  /** Those that come first in this order, so many at most. */
  constructor(most: number, order: (a: Item, b: Item) => number) {
    this.#most = most;
    this.#order = order;
  }

  /** Adds one. */
  add(item: Item): void {
    if (this.#last !== null && this.#order(this.#last, item) < 0) return;
    this.#items.push(item);
    if (this.#items.length < 2 * this.#most) return;
    this.#items = this.items();
    this.#last = this.#items.at(-1) ?? null;
  }

  /** The first of all that were added, and of others that are not kept. */
  items(others: readonly Item[] = []): Item[] {
    return [...this.#items, ...others].sort(this.#order).slice(0, this.#most);
  }
}

/** The heaviest processes of a run, those that have ended and those that live. */
export class HeaviestKept {
  /** The heaviest of those that have ended. */
  readonly #byTicks = new First(MOST, byTicks);
  readonly #byPeak = new First(MOST, byPeak);
  #numEnded = 0;
  #endedTicks = 0;

  /** Adds a process that has ended. */
  end(kept: Kept): void {
    this.#numEnded++;
    this.#endedTicks += kept.ticks;
    this.#byTicks.add(kept);
    this.#byPeak.add(kept);
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
      byCpu: this.#byTicks.items(living)
        .filter((process) => process.ticks > 0).map(toSeconds),
      byPeakRss: this.#byPeak.items(living)
        .filter(({ peakRssBytes }) => peakRssBytes !== null).map(toSeconds),
    };
  }
}

function peakOf({ peakRssBytes }: Kept): number {
  return peakRssBytes ?? -1;
}
