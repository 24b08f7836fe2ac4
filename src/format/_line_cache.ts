/** Encodes what seldom changes once, and again only where it has changed. */

/** Fields that stand side by side on a line. */
export interface Group<T> {
  /** Their text, each with a comma before it. */
  readonly encode: (values: T) => string;
  /**
   * Whether they are the same in both. What the id is made of need not be compared, but in a volatile group. Written out field by
   * field: to look them up by key would cost four times as much where no compiler optimises it.
   */
  readonly isSame: (before: T, now: T) => boolean;
  /**
   * Whether they change in each sample, of all things, and many have the same: a thing is compared with the one that was encoded before
   * it, not with itself in the sample before.
   */
  readonly isVolatile: boolean;
}

/** What was encoded last: of one thing, or of the volatile groups of all. */
interface Encoded<T> {
  /** What the texts are of; null before the first. */
  values: T | null;
  /** The text of each group at its place on the line; none where the group is of the other kind. */
  readonly texts: string[];
  hasChanged: boolean;
}

/** What is known of a thing. */
interface Known<T> extends Encoded<T> {
  sample: number;
}

/** Encodes the same fields of many things, sample by sample. */
export class SteadyEncoder<T> {
  readonly #groups: readonly Group<T>[];
  readonly #volatile: Encoded<T> = blank();
  readonly #known = new Map<number, Known<T>>();
  #sample = 0;
  #encoded = 0;

  /** The groups in the order of the line. */
  constructor(groups: readonly Group<T>[]) {
    this.#groups = groups;
  }

  /** Forgets what was not encoded since the last call. */
  begin(): void {
    if (this.#known.size > this.#encoded) {
      for (const [id, { sample }] of this.#known) {
        if (sample !== this.#sample) this.#known.delete(id);
      }
    }
    this.#sample++;
    this.#encoded = 0;
  }

  /** The fields of the thing with this id, each with a comma before it. */
  encode(id: number, values: T): string {
    const groups = this.#groups;
    const own = this.#knownOf(id);
    let text = "";
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i];
      if (group === undefined) continue;
      const last = group.isVolatile ? this.#volatile : own;
      if (last.values === null || !group.isSame(last.values, values)) {
        last.texts[i] = group.encode(values);
        last.hasChanged = true;
      }
      text += last.texts[i];
    }
    renew(own, values);
    renew(this.#volatile, values);
    return text;
  }

  #knownOf(id: number): Known<T> {
    let known = this.#known.get(id);
    if (known === undefined) {
      known = { ...blank<T>(), sample: 0 };
      this.#known.set(id, known);
    }
    if (known.sample !== this.#sample) this.#encoded++;
    known.sample = this.#sample;
    return known;
  }
}

function blank<T>(): Encoded<T> {
  return { values: null, texts: [], hasChanged: false };
}

/** Makes values those that the texts stand for, once all groups were compared. Where nothing has changed, the old ones do as well. */
function renew<T>(encoded: Encoded<T>, values: T): void {
  if (!encoded.hasChanged) return;
  encoded.values = values;
  encoded.hasChanged = false;
}
