/** Adds up processes, or groups of them, for the lines that stand in their place. */

import { addIntegers, type Integer } from "../integer.ts";
import type { KeyedCounters } from "../model/collected_fields.ts";
import { decimalsOf, LINES } from "../model/dictionary.ts";
import type { Fields } from "../model/field.ts";
import type { ProcessSums } from "../model/group.ts";
import {
  KnownSum,
  noneIfEmpty,
  type NullReason,
  usedSum,
} from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";

/** What is added up: a process, or a group that was added up before. */
type Part = ProcessSample | ProcessSums;

/** Which fields of a run are added up, and how. */
export interface SummedKeys {
  /** Shares of the CPU over the window of each process. */
  readonly shares: readonly string[];
  /** Whole numbers. */
  readonly amounts: readonly string[];
  /** Figures per second. */
  readonly rates: readonly string[];
  /** Whole numbers by name, and the names that are always there. */
  readonly maps: readonly (readonly [key: string, names: readonly string[]])[];
}

/** The fields that are added up in a run with these collectors. */
export function summedKeys(collectors: readonly string[]): SummedKeys {
  const fields: Fields = LINES.rest;
  const isProcessField = (key: string) => Object.hasOwn(LINES.process, key);
  const rows = Object.entries(fields).filter(([key, { collector }]) =>
    isProcessField(key) &&
    (collector === undefined || collectors.includes(collector))
  );
  const keysWhere = (holds: (unit: string, isWhole: boolean) => boolean) =>
    rows.filter(([, { unit, kind }]) =>
      kind !== "map" && holds(unit, decimalsOf(unit) === undefined)
    ).map(([key]) => key);
  return {
    shares: keysWhere((unit) => unit === "percent"),
    amounts: keysWhere((_, isWhole) => isWhole),
    rates: keysWhere((unit, isWhole) => unit !== "percent" && !isWhole),
    maps: rows.filter(([, { kind }]) => kind === "map")
      .map(([key, { names = [] }]) => [key, names]),
  };
}

/** A sum of figures that may have fractions; null if no part of it is known. */
export class FractionSum {
  #total = 0;
  #hasKnown = false;
  #reason: NullReason | null = null;

  /** Adds a part, or the reason why it is not known. */
  add(part: number | null, reason: NullReason | undefined): void {
    if (part !== null) {
      this.#total += part;
      this.#hasKnown = true;
    } else this.#reason ??= reason ?? null;
  }

  /** The sum of what is known; null if there are parts and none is. */
  value(isEmpty: boolean): number | null {
    return this.#hasKnown || isEmpty ? this.#total : null;
  }

  /** Why the sum is not known; null if it is, or there is no reason. */
  get reason(): NullReason | null {
    return this.#hasKnown ? null : this.#reason;
  }
}

/** Sums of whole numbers by name; null if a part is not known. */
class NamedSum {
  readonly #sums: Map<string, Integer>;
  readonly #known = new KnownSum();

  constructor(names: readonly string[]) {
    this.#sums = new Map(names.map((name) => [name, 0]));
  }

  add(
    part: Readonly<Record<string, Integer>> | null,
    reason: NullReason | undefined,
  ): void {
    if (part === null) this.#known.add(null, reason);
    for (const [name, value] of Object.entries(part ?? {})) {
      this.#sums.set(name, addIntegers(this.#sums.get(name) ?? 0, value));
    }
  }

  get value(): Readonly<Record<string, Integer>> | null {
    return this.reason === null ? Object.fromEntries(this.#sums) : null;
  }

  get reason(): NullReason | null {
    return this.#known.reason;
  }
}

/** Adds up processes, or groups. */
export class ProcessSum {
  readonly #keys: SummedKeys;
  readonly #amounts: readonly KnownSum[];
  readonly #fractions: readonly FractionSum[];
  readonly #maps: readonly NamedSum[];
  #numProcesses = 0;
  #numParts = 0;

  /** Starts with nothing. */
  constructor(keys: SummedKeys) {
    this.#keys = keys;
    this.#amounts = keys.amounts.map(() => new KnownSum());
    this.#fractions = [...keys.shares, ...keys.rates].map(() =>
      new FractionSum()
    );
    this.#maps = keys.maps.map(([, names]) => new NamedSum(names));
  }

  /**
   * Adds one part.
   *
   * @param numProcesses How many processes it is.
   * @param share What its percentages are to be multiplied with.
   */
  add(part: Part, numProcesses: number, share: number): void {
    const { amounts, shares, rates, maps } = this.#keys;
    const { unreadable } = part;
    this.#numParts++;
    this.#numProcesses += numProcesses;
    amounts.forEach((key, i) =>
      this.#amounts[i]?.add(amountOf(part, key), unreadable?.[key])
    );
    shares.forEach((key, i) => {
      const value = figureOf(part, key);
      this.#fractions[i]?.add(
        value === null ? null : value * share,
        unreadable?.[key],
      );
    });
    rates.forEach((key, i) =>
      this.#fractions[shares.length + i]?.add(
        figureOf(part, key),
        unreadable?.[key],
      )
    );
    maps.forEach(([key], i) =>
      this.#maps[i]?.add(mapOf(part, key), unreadable?.[key])
    );
  }

  /** The sums. */
  get sums(): ProcessSums {
    const { amounts, shares, rates, maps } = this.#keys;
    const fields: Record<string, Integer | KeyedCounters | null> = {};
    const reasons: Record<string, NullReason> = {};
    amounts.forEach((key, i) => {
      const sum = this.#amounts[i];
      if (sum === undefined) return;
      const used = usedSum(sum);
      const isUsed = key === "rssBytes";
      const reason = isUsed ? used.reason : sum.reason;
      fields[key] = isUsed ? used.bytes : sum.value;
      if (reason !== null) reasons[key] = reason;
    });
    [...shares, ...rates].forEach((key, i) => {
      const sum = this.#fractions[i];
      fields[key] = sum?.value(this.#numParts === 0) ?? null;
      if (fields[key] === null && sum !== undefined && sum.reason !== null) {
        reasons[key] = sum.reason;
      }
    });
    maps.forEach(([key], i) => {
      const sum = this.#maps[i];
      fields[key] = sum?.value ?? null;
      if (sum !== undefined && sum.reason !== null) reasons[key] = sum.reason;
    });
    // The keys are those of the dictionary, which its types hold to the interface.
    return {
      ...fields as unknown as ProcessSums,
      numProcesses: this.#numProcesses,
      unreadable: noneIfEmpty(reasons),
    };
  }
}

function mapOf(
  part: Part,
  key: string,
): Readonly<Record<string, Integer>> | null {
  const values = part as unknown as Readonly<
    Record<string, Readonly<Record<string, Integer>> | null>
  >;
  return values[key] ?? null;
}

function amountOf(part: Part, key: string): Integer | null {
  const values = part as unknown as Readonly<Record<string, Integer | null>>;
  return values[key] ?? null;
}

function figureOf(part: Part, key: string): number | null {
  const values = part as unknown as Readonly<Record<string, number | null>>;
  return values[key] ?? null;
}
