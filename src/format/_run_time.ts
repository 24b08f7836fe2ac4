/** The time of a run as pictures of it have it. */

import type { Run } from "../model/run.ts";

const SECOND_MS = 1000;

/** Tells how long after the run's start something was: also if the wall clock is set back. */
export class RunTime {
  readonly #startMs: number;
  /** The wall clock as it was last. */
  #epochMs: number;
  /** By how much it was set back. */
  #lostMs = 0;

  /** Begins with the run. */
  constructor({ epochMs }: Run) {
    this.#startMs = epochMs;
    this.#epochMs = epochMs;
  }

  /**
   * The time of a sample, or of the end: milliseconds from the run's start, no less than before.
   *
   * @param intervalSeconds How long it is since the sample before by a clock that nobody sets;
   * null: that is not known.
   */
  next(epochMs: number, intervalSeconds: number | null): number {
    if (epochMs < this.#epochMs) {
      this.#lostMs += this.#epochMs - epochMs +
        SECOND_MS * (intervalSeconds ?? 0);
    }
    this.#epochMs = epochMs;
    return epochMs - this.#startMs + this.#lostMs;
  }
}
