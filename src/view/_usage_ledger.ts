/** What each process has used: booked from sample to sample, so that no counter ever falls. */

import type { Integer } from "../integer.ts";
import type { IoRates, IoTotals } from "../model/collected_fields.ts";
import { LINES } from "../model/dictionary.ts";
import type { Field } from "../model/field.ts";
import type { CounterReasons } from "../model/null_reason.ts";
import { NO_RATE, type Rate, rateBetween } from "../model/rate.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Sample } from "../model/sample.ts";
import { AncestorFinder } from "../tree/family.ts";
import {
  type BookedCounter,
  BookedCounters,
  type Counters,
  type CountersRead,
} from "./_booked_counters.ts";
import type { Census } from "./_census.ts";

/** A counter of processes. */
interface ProcessCounter extends BookedCounter {
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

/** Figures per second, and the counters whose growth they are. */
const RATES: Readonly<Record<keyof IoRates, keyof IoTotals>> = {
  ioReadCharsBytesPerSecond: "ioReadCharsBytesTotal",
  ioWrittenCharsBytesPerSecond: "ioWrittenCharsBytesTotal",
  ioReadBytesPerSecond: "ioReadBytesTotal",
  ioWrittenBytesPerSecond: "ioWrittenBytesTotal",
};

/** The counters of a group in a run with these collectors. */
function countersOf(collectors: readonly string[]): ProcessCounter[] {
  return Object.entries<Field>(LINES.group)
    .filter(([, { kind, collector }]) =>
      kind === "counter" &&
      (collector === undefined || collectors.includes(collector))
    )
    .map(([to, { collector, unit }]) => ({
      from: OTHER_KEYS[to] ?? to,
      to,
      unit,
      includesChildren: collector === "io",
    }));
}

/** A process as it was last seen. */
interface Seen extends CountersRead {
  readonly pid: number;
  readonly ppid: number;
  readonly startTicks: Integer;
  /** Whether it is taken for ended, and was paid back: it may have been unreadable only. */
  readonly isPaidBack: boolean;
}

/** What one process has used since it was last seen. */
export interface Booking {
  /** The process. */
  readonly process: ProcessSample;
  /** What it has used, in the order of the ledger's counters: all if it was not seen before. */
  readonly used: Counters;
  /** Of which counters that is not known; null: of none. */
  readonly unknown: CounterReasons | null;
  /** Of which it was not in the sample before, so that it has come to light at once. */
  readonly unseen: CounterReasons | null;
  /** Whether all that it has used was used in the run. */
  readonly isOfRun: boolean;
}

/** Processes that were taken for ended and are not forgotten yet. */
const MOST_REMEMBERED = 1000;

const SECOND_MS = 1000;

/** Tells what each process has used since the sample before. */
export class UsageLedger {
  /** The counters that are booked. */
  readonly counters: BookedCounters;
  readonly #all: readonly ProcessCounter[];
  /** Where the counters of figures per second stand, by the keys of these. */
  readonly #rates: ReadonlyMap<string, number>;
  readonly #census: Census;
  /**
   * By process id. One that is missing without having ended stays, and so does one that may be back
   * though it was taken for ended.
   */
  #seen = new Map<number, Seen>();
  /** When processes were read in the sample before, in milliseconds; null before the first. */
  #previousMs: number | null = null;
  /** The seconds since then; null: it is the first. */
  #seconds: number | null = null;

  /** Books the counters of these collectors; `census` has counted a sample before it is booked. */
  constructor(collectors: readonly string[], census: Census) {
    this.#all = countersOf(collectors);
    const counters = new BookedCounters(this.#all);
    this.counters = counters;
    this.#rates = new Map(
      Object.entries(RATES)
        .map(([key, total]) => [key, counters.placeOf(total)]),
    );
    this.#census = census;
  }

  /** What each process of a sample has used since the sample before. */
  book(sample: Sample): Booking[] {
    const before = this.#seen;
    const now = new Map<number, Seen>();
    const used = new Map<number, Integer[]>();
    for (const process of sample.processes) {
      const { pid, ppid, startTicks } = process;
      const last = sameProcess(before.get(pid), startTicks);
      const read = this.counters.read(process, last);
      now.set(pid, { pid, ppid, startTicks, ...read, isPaidBack: false });
      used.set(
        pid,
        this.counters.differences(read.counters, last?.counters ?? []),
      );
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
    const { processesMs } = sample.times;
    this.#seconds = this.#previousMs === null
      ? null
      : (processesMs - this.#previousMs) / SECOND_MS;
    this.#previousMs = processesMs;
    const bookings = sample.processes.map((process) => {
      const { pid, startTicks } = process;
      const last = sameProcess(before.get(pid), startTicks);
      const isOfRun = last !== null || this.#census.isOfRun(process, sample);
      return {
        process,
        used: used.get(pid) ?? this.counters.nothing,
        unknown: now.get(pid)?.unknown ?? null,
        unseen: last?.unknown ?? null,
        isOfRun,
      };
    });
    for (const one of kept) {
      if (!now.has(one.pid)) now.set(one.pid, one);
    }
    this.#seen = now;
    return bookings;
  }

  /** How fast a process has used what was booked of it last: the figure with this key. */
  rateOf(
    { used, unknown, unseen, isOfRun }: Booking,
    key: string,
  ): Rate {
    const at = this.#rates.get(key) ?? -1;
    const reason = unknown?.[at] ?? unseen?.[at] ?? null;
    if (reason !== null) return { value: null, reason };
    if (this.#seconds === null) return NO_RATE;
    return isOfRun
      ? rateBetween(0, used[at] ?? 0, this.#seconds)
      : { value: null, reason: "first_sample" };
  }

  /**
   * Takes what was booked of ended processes from what their nearest living ancestor has used: the
   * kernel adds the io of a child that is reaped to its parent's.
   */
  #payBack(
    ended: readonly Seen[],
    before: ReadonlyMap<number, Seen>,
    used: ReadonlyMap<number, Integer[]>,
  ): void {
    const finder = new AncestorFinder(
      (pid) => before.get(pid)?.ppid,
      (pid) => used.has(pid),
    );
    for (const { ppid, counters } of ended) {
      const growth = used.get(finder.nearest(ppid) ?? -1);
      if (growth === undefined) continue;
      this.#all.forEach(({ includesChildren }, i) => {
        if (!includesChildren) return;
        growth[i] = this.counters.difference(
          i,
          growth[i] ?? 0,
          counters[i] ?? 0,
        );
      });
    }
  }
}

/** What was seen under a process id, if it is the process that started then. */
function sameProcess(
  seen: Seen | undefined,
  startTicks: Integer,
): Seen | null {
  return seen?.startTicks === startTicks ? seen : null;
}
