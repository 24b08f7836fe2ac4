/** The times of a run, of which each is later than the one before, whatever the wall clock does. */
export class RisingTime {
  #lastMs = -1;

  /** The time that stands for this one: milliseconds since 1970-01-01 UTC. */
  next(epochMs: number): number {
    this.#lastMs = Math.max(Math.trunc(epochMs), this.#lastMs + 1);
    return this.#lastMs;
  }
}
