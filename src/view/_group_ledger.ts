/** What each group has used: booked from sample to sample, so that no counter ever falls. */

import { addIntegers, type Integer, subtractIntegers } from "../integer.ts";
import { LINES } from "../model/dictionary.ts";
import type { Field } from "../model/field.ts";
import type { GroupTotals } from "../model/group.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Sample } from "../model/sample.ts";
import { AncestorFinder } from "../tree/family.ts";

/** A counter of a group. */
interface BookedCounter {
  /** The key in a process's sample. */
  readonly from: string;
  /** The key in a group's. */
  readonly to: string;
  /**
   * Whether a process's own counter grows by that of a child which it reaps: what was booked of the
   * child is not booked again.
   */
  readonly includesChildren: boolean;
}

/** The counters that a process's sample has under another key: there they may fall. */
const OTHER_KEYS: Readonly<Record<string, keyof ProcessSample>> = {
  voluntaryCtxtSwitchesTotal: "voluntaryCtxtSwitches",
  nonvoluntaryCtxtSwitchesTotal: "nonvoluntaryCtxtSwitches",
};

/** The counters of a group in a run with these collectors. */
function bookedCounters(collectors: readonly string[]): BookedCounter[] {
  return Object.entries<Field>(LINES.group)
    .filter(([, { kind, collector }]) =>
      kind === "counter" &&
      (collector === undefined || collectors.includes(collector))
    )
    .map(([to, { collector }]) => ({
      from: OTHER_KEYS[to] ?? to,
      to,
      includesChildren: collector === "io",
    }));
}

/** Counters in a fixed order. */
type Counters = Integer[];

/** A process as it was last seen. */
interface Seen {
  readonly pid: number;
  readonly ppid: number;
  readonly startTicks: Integer;
  /** Its counters; of one that could not be read, as it was known before. */
  readonly counters: readonly Integer[];
  /** Whether it is taken for ended, and was paid back: it may have been unreadable only. */
  readonly isPaidBack: boolean;
}

/** What one process has used since it was last seen. */
export interface Booking {
  /** The process. */
  readonly process: ProcessSample;
  /** What it has used, in the order of the ledger's counters: all if it was not seen before. */
  readonly used: readonly Integer[];
  /** Whether no sample has seen it before. */
  readonly isNew: boolean;
}

/** Processes that were taken for ended and are not forgotten yet. */
const MOST_REMEMBERED = 1000;

/** Tells what each process has used since the sample before. */
export class GroupLedger {
  readonly #counters: readonly BookedCounter[];
  /**
   * By process id. One that is missing without having ended stays, and so does one that may be back
   * though it was taken for ended.
   */
  #seen = new Map<number, Seen>();

  /** Books the counters of these collectors. */
  constructor(collectors: readonly string[]) {
    this.#counters = bookedCounters(collectors);
  }

  /** Nothing of each counter. */
  nothing(): Counters {
    return this.#counters.map(() => 0);
  }

  /** The fields of these counters in a group's sample. */
  fields(counters: readonly Integer[]): GroupTotals {
    // The keys are those of the dictionary, which its types hold to the interface.
    return fieldsOf(this.#counters, counters) as unknown as GroupTotals;
  }

  /** What each process of a sample has used since the sample before. */
  book(sample: Sample): Booking[] {
    const before = this.#seen;
    const now = new Map<number, Seen>();
    const used = new Map<number, Counters>();
    for (const process of sample.processes) {
      const { pid, ppid, startTicks } = process;
      const seen = before.get(pid);
      const last = seen?.startTicks === startTicks ? seen.counters : null;
      const counters = countersOf(process, this.#counters, last);
      now.set(pid, { pid, ppid, startTicks, counters, isPaidBack: false });
      used.set(pid, differences(counters, last ?? []));
    }
    const missing = [...before.values()].filter(({ pid, startTicks }) =>
      now.get(pid)?.startTicks !== startTicks
    );
    // A process that could not be read may come back: of those that are missing, as many as the
    // sample has left out. Those that were missing before it stand last, and are kept first.
    const { gone, denied, malformed } = sample.tree;
    const unpaid = missing.filter(({ isPaidBack }) => !isPaidBack);
    const numEnded = Math.max(0, unpaid.length - denied - malformed - gone);
    this.#payBack(unpaid.slice(0, numEnded), before, used);
    // Nothing tells which: so the counters of the others are not forgotten either.
    const isUnsure = denied + malformed > 0;
    const others = missing.filter(({ isPaidBack }) => isPaidBack);
    const kept = [
      ...unpaid.slice(numEnded),
      ...(isUnsure ? [...unpaid.slice(0, numEnded), ...others] : [])
        .slice(0, MOST_REMEMBERED)
        .map((one) => ({ ...one, isPaidBack: true })),
    ];
    for (const one of kept) {
      if (!now.has(one.pid)) now.set(one.pid, one);
    }
    this.#seen = now;
    return sample.processes.map((process) => {
      const { pid, startTicks } = process;
      return {
        process,
        used: used.get(pid) ?? this.nothing(),
        isNew: before.get(pid)?.startTicks !== startTicks,
      };
    });
  }

  /**
   * Takes what was booked of ended processes from what their nearest living ancestor has used: the
   * kernel adds the io of a child that is reaped to its parent's.
   */
  #payBack(
    ended: readonly Seen[],
    before: ReadonlyMap<number, Seen>,
    used: ReadonlyMap<number, Counters>,
  ): void {
    const finder = new AncestorFinder(
      (pid) => before.get(pid)?.ppid,
      (pid) => used.has(pid),
    );
    for (const { ppid, counters } of ended) {
      const growth = used.get(finder.nearest(ppid) ?? -1);
      if (growth === undefined) continue;
      this.#counters.forEach(({ includesChildren }, i) => {
        if (!includesChildren) return;
        growth[i] = difference(growth[i] ?? 0, counters[i] ?? 0);
      });
    }
  }
}

/**
 * The counters of a process or thread; one that could not be read is as it was, if that is known.
 */
export function countersOf(
  values: object,
  counters: readonly { readonly from: string }[],
  last: readonly Integer[] | null,
): Counters {
  const valueOf = values as Readonly<
    Record<string, Integer | null | undefined>
  >;
  return counters.map(({ from }, i) => valueOf[from] ?? last?.[i] ?? 0);
}

/** The fields of a sum of counters. */
export function fieldsOf(
  counters: readonly { readonly to: string }[],
  values: readonly Integer[],
): Readonly<Record<string, Integer>> {
  return Object.fromEntries(
    counters.map(({ to }, i) => [to, values[i] ?? 0]),
  );
}

/** `a - b`, not below 0; seconds have fractions. */
function difference(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") return Math.max(a - b, 0);
  const result = subtractIntegers(a, b);
  return result > 0 ? result : 0;
}

/** `a - b` of each two, not below 0. */
export function differences(
  a: readonly Integer[],
  b: readonly Integer[],
): Counters {
  return a.map((value, i) => difference(value, b[i] ?? 0));
}

/** The sum; seconds have fractions. */
export function addCounters(
  a: readonly Integer[],
  b: readonly Integer[],
): Counters {
  return a.map((value, i) => {
    const other = b[i] ?? 0;
    const sum = typeof value === "number" && typeof other === "number"
      ? value + other
      : NaN;
    return Math.abs(sum) <= Number.MAX_SAFE_INTEGER
      ? sum
      : addIntegers(value, other);
  });
}
