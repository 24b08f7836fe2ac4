/**
 * What a chart shows of a run of any length: so many columns, each for an equal part of the time.
 */

/**
 * Keeps one value for each column. If the run grows beyond the last one, two columns each become
 * one: memory does not grow with the run.
 */
export class Columns<Value> {
  readonly #most: number;
  readonly #merge: (earlier: Value, later: Value) => Value;
  #columns: (Value | undefined)[] = [];
  /** The milliseconds of a column. */
  #widthMs = 1;

  /** At most so many columns; `merge` makes one value of two. */
  constructor(most: number, merge: (earlier: Value, later: Value) => Value) {
    this.#most = most;
    this.#merge = merge;
  }

  /** Adds a value at a time, in milliseconds from the start. Times do not fall. */
  add(ms: number, value: Value): void {
    while (ms >= this.#most * this.#widthMs) this.#halve();
    const at = Math.floor(ms / this.#widthMs);
    this.#columns[at] = this.#merged(this.#columns[at], value);
  }

  /** The columns that have a value, with the time at which each begins, in milliseconds. */
  entries(): { readonly ms: number; readonly value: Value }[] {
    return [...this.#columns.entries()].flatMap(([at, value]) =>
      value === undefined ? [] : [{ ms: at * this.#widthMs, value }]
    );
  }

  /** The milliseconds of a column. */
  get widthMs(): number {
    return this.#widthMs;
  }

  #halve(): void {
    const before = this.#columns;
    this.#columns = [];
    for (let at = 0; at < before.length; at += 2) {
      const first = before[at];
      const second = before[at + 1];
      const value = second === undefined ? first : this.#merged(first, second);
      if (value !== undefined) this.#columns[at / 2] = value;
    }
    this.#widthMs *= 2;
  }

  #merged(earlier: Value | undefined, later: Value): Value {
    return earlier === undefined ? later : this.#merge(earlier, later);
  }
}

/** A sample as a chart draws it. */
export interface Instant {
  /** When it was taken: milliseconds from the start. */
  readonly ms: number;
  /** What decides which samples of a column are drawn. */
  readonly total: number;
  /** The layers, from below; they add up to what is drawn. */
  readonly parts: readonly number[];
}

/** A sample and how many came before it: several may have one time. */
interface Numbered {
  readonly instant: Instant;
  readonly order: number;
}

/** Of each column the sample with the least and the one with the most. */
interface Extremes {
  readonly least: Numbered;
  readonly most: Numbered;
}

/** The samples of a run that a chart draws. */
export class Timeline {
  readonly #columns: Columns<Extremes>;
  #first: Numbered | null = null;
  #last: Numbered | null = null;

  /** At most so many columns. */
  constructor(mostColumns: number) {
    this.#columns = new Columns(mostColumns, (a, b) => ({
      least: b.least.instant.total < a.least.instant.total ? b.least : a.least,
      most: b.most.instant.total > a.most.instant.total ? b.most : a.most,
    }));
  }

  /** Adds a sample, after those before it. */
  add(instant: Instant): void {
    const numbered = { instant, order: (this.#last?.order ?? -1) + 1 };
    this.#first ??= numbered;
    this.#last = numbered;
    this.#columns.add(instant.ms, { least: numbered, most: numbered });
  }

  /** The samples to draw, in their order: each one that is the least or the most of its column. */
  instants(): readonly Instant[] {
    const extremes = this.#columns.entries()
      .flatMap(({ value: { least, most } }) => [least, most]);
    const drawn = new Set([this.#first, ...extremes, this.#last]);
    return [...drawn].filter((one) => one !== null)
      .sort((a, b) => a.order - b.order)
      .map(({ instant }) => instant);
  }
}
