/** Collectors that read in some samples only, as what they read is dear. */

/**
 * Refuses a number of samples that is none.
 *
 * @param option What the number is called where it was given.
 * @throws {RangeError} If it is not a whole number above 0.
 */
export function checkEvery(
  collector: string,
  every: number,
  option = "every",
): void {
  if (Number.isSafeInteger(every) && every > 0) return;
  throw new RangeError(
    `Cannot read ${collector} in one of ${every} samples: ${option} is a whole number above 0`,
  );
}

/** Counts samples, the first of each `every` of which is due. */
export class EveryNth {
  readonly #every: number;
  #samples = 0;
  #isDue = false;

  /** Begins before the first sample. */
  constructor(every: number) {
    this.#every = every;
  }

  /** Whether the sample that was counted last is due. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Counts a sample; whether it is due. */
  count(): boolean {
    this.#isDue = this.#samples++ % this.#every === 0;
    return this.#isDue;
  }
}
