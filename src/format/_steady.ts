/** Encodes what seldom changes once, and again only where it has changed. */

import { encodeFields, type Field, type FieldValue } from "./_fields.ts";

/** What a process's fields were when they were last encoded, group by group. */
interface Known<K extends string> {
  readonly values: Values<K>[];
  readonly texts: string[];
}

type Values<K extends string> = Readonly<Partial<Record<K, FieldValue>>>;

/** Fields that are encoded together. */
interface Group<K extends string> {
  readonly fields: readonly Field<K>[];
  readonly isSteady: boolean;
}

/** Encodes the same fields of many things, sample by sample. */
export class SteadyEncoder<K extends string> {
  readonly #groups: readonly Group<K>[];
  #known = new Map<number, Known<K>>();
  #next = new Map<number, Known<K>>();

  /** Fields named in `volatile` are encoded each time; runs of others are remembered. */
  constructor(fields: readonly Field<K>[], volatile: ReadonlySet<K>) {
    const groups: { fields: Field<K>[]; isSteady: boolean }[] = [];
    for (const field of fields) {
      const isSteady = !volatile.has(field.key);
      const last = groups.at(-1);
      if (last?.isSteady === isSteady) last.fields.push(field);
      else groups.push({ fields: [field], isSteady });
    }
    this.#groups = groups;
  }

  /** Forgets what was not encoded since the last call. */
  begin(): void {
    this.#known = this.#next;
    this.#next = new Map();
  }

  /** The fields of the thing with this id, each with a comma before it. */
  encode(id: number, values: Values<K>): string {
    const known = this.#known.get(id) ?? { values: [], texts: [] };
    this.#next.set(id, known);
    let text = "";
    for (const [i, { fields, isSteady }] of this.#groups.entries()) {
      if (!isSteady) {
        text += encodeFields(values, fields);
        continue;
      }
      const before = known.values[i];
      if (before === undefined || !isSame(before, { values, fields })) {
        known.texts[i] = encodeFields(values, fields);
      }
      known.values[i] = values;
      text += known.texts[i];
    }
    return text;
  }
}

function isSame<K extends string>(
  before: Values<K>,
  now: { readonly values: Values<K>; readonly fields: readonly Field<K>[] },
): boolean {
  const { values } = now;
  for (const { key } of now.fields) {
    if (before[key] !== values[key]) return false;
  }
  return true;
}
