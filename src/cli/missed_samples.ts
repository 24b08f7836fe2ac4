/**
 * Says early on that the interval is shorter than a sample takes.
 *
 * @module
 */

import type { MissedReasons, RunSummary } from "../model/run.ts";

/** How many samples are looked at together: the first ones of a run are slow. */
const SAMPLES = 20;

/** Looks out for runs that miss most of their samples, and warns once. */
export class MissedSamples {
  readonly #warn: (sentence: string) => void;
  #samples = 0;
  #late = 0;
  #isDone = false;

  /** Warns in a sentence. */
  constructor(warn: (sentence: string) => void) {
    this.#warn = warn;
  }

  /**
   * Takes a sample into account. What a single one has missed does not count: this program may have
   * been stopped.
   *
   * @param missed The intervals that had passed without a sample.
   * @param run The run so far.
   */
  async add(
    missed: number,
    run: {
      readonly summary: RunSummary;
      readonly missedBecause: MissedReasons;
    },
  ): Promise<void> {
    if (this.#isDone) return;
    if (missed > 0) this.#late++;
    if (++this.#samples < SAMPLES) return;
    const isMost = 2 * this.#late > SAMPLES;
    this.#samples = 0;
    this.#late = 0;
    if (!isMost) return;
    this.#isDone = true;
    const { missedSoFar } = await import("../format/summary.ts");
    this.#warn(missedSoFar(run.summary, run.missedBecause));
  }
}
