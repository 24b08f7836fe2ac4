/** Encodes what seldom changes once, and again only where it has changed. */

import { encodeFields, type Field, type FieldValue } from "./_fields.ts";

type Values<K extends string> = Readonly<Partial<Record<K, FieldValue>>>;

/** What the fields of a group were when they were last encoded, and their text; null before that. */
interface Encoded {
  readonly values: FieldValue[];
  text: string | null;
}

/** What is known of a thing: a text for each group. */
interface Known {
  readonly groups: readonly Encoded[];
  sample: number;
}

/** Fields that are encoded together. */
interface Group<K extends string> {
  readonly fields: readonly Field<K>[];
  readonly isSteady: boolean;
  /** Of the thing that was encoded before this one: what changes all the time often has the same value for many. */
  readonly latest: Encoded;
}

/** Encodes the same fields of many things, sample by sample. */
export class SteadyEncoder<K extends string> {
  readonly #groups: readonly Group<K>[];
  readonly #known = new Map<number, Known>();
  #sample = 0;
  #encoded = 0;

  /** Runs of fields that are not named in `volatile` are remembered for each thing. */
  constructor(fields: readonly Field<K>[], volatile: ReadonlySet<K>) {
    const groups: (Group<K> & { fields: Field<K>[] })[] = [];
    for (const field of fields) {
      const isSteady = !volatile.has(field.key);
      const last = groups.at(-1);
      if (last?.isSteady === isSteady) last.fields.push(field);
      else groups.push({ fields: [field], isSteady, latest: nothing() });
    }
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
  encode(id: number, values: Values<K>): string {
    const { groups } = this.#knownOf(id);
    let text = "";
    for (let i = 0; i < this.#groups.length; i++) {
      const group = this.#groups[i];
      const known = groups[i];
      if (group === undefined || known === undefined) continue;
      text += encodeAgain(group.isSteady ? known : group.latest, {
        fields: group.fields,
        values,
      });
    }
    return text;
  }

  #knownOf(id: number): Known {
    let known = this.#known.get(id);
    if (known === undefined) {
      known = { groups: this.#groups.map(nothing), sample: 0 };
      this.#known.set(id, known);
    }
    if (known.sample !== this.#sample) this.#encoded++;
    known.sample = this.#sample;
    return known;
  }
}

function nothing(): Encoded {
  return { values: [], text: null };
}

/** The text of the fields: the known one, where their values are the same still. */
function encodeAgain<K extends string>(
  known: Encoded,
  now: { readonly fields: readonly Field<K>[]; readonly values: Values<K> },
): string {
  const { fields, values } = now;
  let isSame = known.text !== null;
  for (let i = 0; i < fields.length; i++) {
    const key = fields[i]?.key;
    const value = key === undefined ? undefined : values[key];
    if (known.values[i] === value) continue;
    known.values[i] = value;
    isSame = false;
  }
  if (!isSame || known.text === null) known.text = encodeFields(values, fields);
  return known.text;
}
