/** Adds up processes, or groups of them, for the lines that stand in their place. */

import { addIntegers, type Integer } from "../integer.ts";
import type { KeyedCounters } from "../model/collected_fields.ts";
import { decimalsOf, LINES } from "../model/dictionary.ts";
import type { Fields } from "../model/field.ts";
import type { ProcessSums } from "../model/group.ts";
import {
  isUntold,
  KnownSum,
  noneIfEmpty,
  type NullReason,
  usedSum,
} from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import { percentageOfInterval, type Rate, rateBetween } from "../model/rate.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { looksEnding } from "./_booked_counters.ts";

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

/**
 * A sum of figures that may have fractions; null if no part of it is known, or there is a part that
 * nobody tells. Parts of which there is no figure yet, as in a first sample, add nothing.
 */
export class FractionSum {
  #total = 0;
  #hasKnown = false;
  #reason: NullReason | null = null;
  #untold: NullReason | null = null;

  /** Adds a part, or the reason why it is not known. */
  add(part: number | null, reason: NullReason | null | undefined): void {
    if (part !== null) {
      this.#total += part;
      this.#hasKnown = true;
      return;
    }
    this.#reason ??= reason ?? null;
    if (isUntold(reason)) this.#untold ??= reason;
  }

  /** The sum of what is known; null if it is not known. */
  value(isEmpty: boolean): number | null {
    if (this.#untold !== null) return null;
    return this.#hasKnown || isEmpty ? this.#total : null;
  }

  /** Why the sum is not known; null if it is, or there is no reason. */
  get reason(): NullReason | null {
    return this.#untold ?? (this.#hasKnown ? null : this.#reason);
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

/** What the percentages of processes are brought to. */
interface SumWindow {
  /** Seconds since the sample before; null: there is none. */
  readonly intervalSeconds: number | null;
  /** Clock ticks of a second. */
  readonly ticksPerSecond: number;
}

const PERCENT = 100;

/** Adds up processes, or groups. */
export class ProcessSum {
  readonly #keys: SummedKeys;
  readonly #window: SumWindow;
  readonly #amounts: readonly KnownSum[];
  readonly #fractions: readonly FractionSum[];
  readonly #maps: readonly NamedSum[];
  #numProcesses = 0;
  #numParts = 0;

  /** Starts with nothing, in a sample of a run. */
  constructor(keys: SummedKeys, { tree }: Sample, { ticksPerSecond }: Run) {
    this.#keys = keys;
    const { intervalSeconds } = tree;
    this.#window = { intervalSeconds, ticksPerSecond };
    this.#amounts = keys.amounts.map(() => new KnownSum());
    this.#fractions = [...keys.shares, ...keys.rates].map(() =>
      new FractionSum()
    );
    this.#maps = keys.maps.map(([, names]) => new NamedSum(names));
  }

  /** Adds a group. */
  addGroup(group: ProcessSums): void {
    const own = (key: string): Rate => ({
      value: figureOf(group, key),
      reason: group.unreadable?.[key] ?? null,
    });
    this.#add(group, group.numProcesses, own, own);
  }

  /**
   * Adds a process.
   *
   * @param rateOf What it has used per second, by the key of the figure: its own figures leap with
   * those of the children that it reaps.
   */
  addProcess(process: ProcessSample, rateOf: (key: string) => Rate): void {
    const share = (key: string) => shareOfInterval(process, key, this.#window);
    this.#add(process, 1, share, rateOf);
  }

  #add(
    part: Part,
    numProcesses: number,
    shareOf: (key: string) => Rate,
    rateOf: (key: string) => Rate,
  ): void {
    const { amounts, shares, rates, maps } = this.#keys;
    const { unreadable } = part;
    this.#numParts++;
    this.#numProcesses += numProcesses;
    // It has nothing any more, though the kernel may refuse to say so.
    const hasEnded = "state" in part && looksEnding(part);
    const reasonOf = (key: string) => hasEnded ? undefined : unreadable?.[key];
    amounts.forEach((key, i) =>
      this.#amounts[i]?.add(amountOf(part, key), reasonOf(key))
    );
    [...shares.map(shareOf), ...rates.map(rateOf)].forEach(
      ({ value, reason }, i) => this.#fractions[i]?.add(value, reason),
    );
    maps.forEach(([key], i) =>
      this.#maps[i]?.add(mapOf(part, key), reasonOf(key))
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

/** The counters whose growth some percentages are. */
const COUNTERS_OF_SHARES: Readonly<Record<string, string>> = {
  runDelayPercentage: "runDelaySecondsTotal",
  blkioDelayPercentage: "blkioDelaySecondsTotal",
};

/** A percentage of a process, as far as its window lies in the interval. */
function shareOfInterval(
  process: ProcessSample,
  key: string,
  { intervalSeconds, ticksPerSecond }: SumWindow,
): Rate {
  const { cpuWindowSeconds, unreadable } = process;
  const value = percentageOfInterval(
    figureOf(process, key),
    cpuWindowSeconds,
    intervalSeconds,
    ticksPerSecond,
  );
  if (value !== null) return { value, reason: null };
  const reason = unreadable?.[key] ?? null;
  const counter = COUNTERS_OF_SHARES[key];
  const isJustBorn = reason === "clock" && cpuWindowSeconds === 0;
  if (!isJustBorn || counter === undefined || intervalSeconds === null) {
    return { value: null, reason };
  }
  const seconds = figureOf(process, counter);
  return seconds === null
    ? { value: null, reason }
    : rateBetween(0, seconds * PERCENT, intervalSeconds);
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
