/** Encodes what seldom changes once, and again only where it has changed. */

import { encodeFields, type Field, type FieldValue } from "./_fields.ts";

type Values<K extends string> = Readonly<Partial<Record<K, FieldValue>>>;

/** Fields that are encoded together: what they were when that was last done, and their text. */
interface Encoded<K extends string> {
  readonly fields: readonly Field<K>[];
  readonly values: FieldValue[];
  text: string;
}

/** What is known of a thing. */
interface Known<K extends string> {
  readonly groups: readonly Encoded<K>[];
  sample: number;
}

/** Encodes the same fields of many things, sample by sample. */
export class SteadyEncoder<K extends string> {
  /**
   * Makes the groups of a thing that is new. A volatile group is shared by all things: what changes all the time often has the same value
   * for many, and a thing is compared with the one that was encoded before it.
   */
  readonly #newGroups: () => Encoded<K>[];
  readonly #known = new Map<number, Known<K>>();
  #sample = 0;
  #encoded = 0;

  /** Runs of fields that are not named in `volatile` are remembered for each thing. */
  constructor(fields: readonly Field<K>[], volatile: ReadonlySet<K>) {
    const runs: { readonly fields: Field<K>[]; readonly isSteady: boolean }[] =
      [];
    for (const field of fields) {
      const isSteady = !volatile.has(field.key);
      const last = runs.at(-1);
      if (last?.isSteady === isSteady) last.fields.push(field);
      else runs.push({ fields: [field], isSteady });
    }
    const groups = runs.map(({ fields, isSteady }) => ({
      fields,
      shared: isSteady ? null : blank(fields),
    }));
    this.#newGroups = () =>
      groups.map(({ fields, shared }) => shared ?? blank(fields));
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
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i];
      if (group !== undefined) text += encodeAgain(group, values);
    }
    return text;
  }

  #knownOf(id: number): Known<K> {
    let known = this.#known.get(id);
    if (known === undefined) {
      known = { groups: this.#newGroups(), sample: 0 };
      this.#known.set(id, known);
    }
    if (known.sample !== this.#sample) this.#encoded++;
    known.sample = this.#sample;
    return known;
  }
}

/** Fields without values, whose text is empty. */
function blank<K extends string>(fields: readonly Field<K>[]): Encoded<K> {
  return { fields, values: fields.map(() => undefined), text: "" };
}

/** The text of the fields: the known one, where their values are the same still. */
function encodeAgain<K extends string>(
  known: Encoded<K>,
  now: Values<K>,
): string {
  const { fields, values } = known;
  let isSame = true;
  for (let i = 0; i < fields.length; i++) {
    const key = fields[i]?.key;
    const value = key === undefined ? undefined : now[key];
    if (values[i] === value) continue;
    values[i] = value;
    isSame = false;
  }
  if (!isSame) known.text = encodeFields(now, fields);
  return known.text;
}
