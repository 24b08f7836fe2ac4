/** Keeps the text of encoded fields: they are encoded again only if they have changed. */

import type { ProcessSample } from "../model/process.ts";
import { inOnePiece } from "../text.ts";
import { SAME } from "./_same.ts";

/** Fields that stand side by side on a line. */
export interface FieldGroup<T> {
  /** Their text, each with a comma before it. */
  readonly encode: (values: T) => string;
  /**
   * Whether they are the same in both. The texts are kept by process id, so it need not be
   * compared; a shared group compares different processes.
   */
  readonly isSame: (before: T, now: T) => boolean;
  /**
   * Set if the group changes in every sample but is often equal among processes: it is compared
   * with the previously encoded process instead of with the same process in the previous sample.
   */
  readonly isShared: boolean;
}

/** What was encoded last: of one process, or the shared groups of all. */
interface Encoded<T> {
  /** The values that the texts were made of; null before the first. */
  values: T | null;
  /**
   * The text of each group at its place on the line; empty for a group that is kept in the other
   * cache.
   */
  readonly texts: string[];
  hasChanged: boolean;
}

/** The line of one process. */
interface CachedLine<T> extends Encoded<T> {
  /** The number of the sample in which it was encoded last. */
  lastSample: number;
}

/** Encodes the same fields of many processes, sample by sample. */
export class LineCache<T> {
  readonly #groups: readonly FieldGroup<T>[];
  readonly #shared: Encoded<T> = blank();
  readonly #lines = new Map<number, CachedLine<T>>();
  #sample = 0;
  #numEncoded = 0;

  /** The groups in the order of the line. */
  constructor(groups: readonly FieldGroup<T>[]) {
    this.#groups = groups;
  }

  /** Begins a sample, and forgets what was not encoded in the one before. */
  begin(): void {
    if (this.#lines.size > this.#numEncoded) {
      for (const [id, { lastSample }] of this.#lines) {
        if (lastSample !== this.#sample) this.#lines.delete(id);
      }
    }
    this.#sample++;
    this.#numEncoded = 0;
  }

  /** The fields of the process with this id, each with a comma before it. */
  encode(id: number, values: T): string {
    const groups = this.#groups;
    const own = this.#lineOf(id);
    let text = "";
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i];
      if (group === undefined) continue;
      const last = group.isShared ? this.#shared : own;
      if (last.values === null || !group.isSame(last.values, values)) {
        last.texts[i] = inOnePiece(group.encode(values));
        last.hasChanged = true;
      }
      text += last.texts[i];
    }
    keepValues(own, values);
    keepValues(this.#shared, values);
    return text;
  }

  #lineOf(id: number): CachedLine<T> {
    let line = this.#lines.get(id);
    if (line === undefined) {
      line = { ...blank<T>(), lastSample: 0 };
      this.#lines.set(id, line);
    }
    if (line.lastSample !== this.#sample) this.#numEncoded++;
    line.lastSample = this.#sample;
    return line;
  }
}

/**
 * Fields of processes in the groups that change together, in the order of the line; groups without
 * any are left out.
 *
 * @param encode The text of some of them.
 */
export function processGroups<Item extends { readonly key: string }>(
  items: readonly Item[],
  encode: (process: ProcessSample, items: readonly Item[]) => string,
): FieldGroup<ProcessSample>[] {
  return SAME.flatMap(({ keys, isSame, isShared }) => {
    const own = items.filter(({ key }) => keys.includes(key));
    return own.length === 0 ? [] : [{
      encode: (process: ProcessSample) => encode(process, own),
      isSame,
      isShared,
    }];
  });
}

function blank<T>(): Encoded<T> {
  return { values: null, texts: [], hasChanged: false };
}

/**
 * Remembers values, once all groups were compared. If nothing has changed, the old values are kept.
 */
function keepValues<T>(encoded: Encoded<T>, values: T): void {
  if (!encoded.hasChanged) return;
  encoded.values = values;
  encoded.hasChanged = false;
}
