/** What each process has used: booked from sample to sample, so that no counter ever falls. */

import type { Integer } from "../integer.ts";
import type { IoRates, IoTotals } from "../model/collected_fields.ts";
import { LINES } from "../model/dictionary.ts";
import type { Field } from "../model/field.ts";
import type { GroupTotals } from "../model/group.ts";
import {
  type CounterReasons,
  joinCounterReasons,
} from "../model/null_reason.ts";
import { NO_RATE, type Rate, rateBetween } from "../model/rate.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Sample } from "../model/sample.ts";
import { AncestorFinder } from "../tree/family.ts";
import type { Counters } from "../tree/lasting_sums.ts";
import {
  type BookedCounter,
  BookedCounters,
  type CountersRead,
  wasRead,
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
    .map(([to, { collector }]) => ({
      from: OTHER_KEYS[to] ?? to,
      // The counters of a group are its totals.
      to: to as keyof GroupTotals,
      includesChildren: collector === "io",
    }));
}

/** A process as it was last seen. */
interface Seen extends CountersRead {
  readonly pid: number;
  readonly ppid: number;
  readonly startTicks: Integer;
  /** In how many more samples that lack it what it has used is looked for at its parent. */
  readonly chances: number;
}

/** What one process has used since it was last seen. */
export interface Booking {
  /** The process. */
  readonly process: ProcessSample;
  /** What it has used, in the order of the ledger's counters: all if it was not seen before. */
  readonly used: Counters;
  /** The part of it that was used in the run. */
  readonly usedInRun: Counters;
  /** Of which counters that is not known; null: of none. */
  readonly unknown: CounterReasons | null;
  /** What its own counters have grown by; null: no sample has seen it before. */
  readonly grown: Counters | null;
  /** Why which of them could not be read, in this sample or the one before; null: all could. */
  readonly unread: CounterReasons | null;
}

/** Processes that are missing and not forgotten yet: they may be back. */
const MOST_REMEMBERED = 1000;

/** A parent may have been read before it reaped: the sample after shows it. */
const CHANCES = 2;

const SECOND_MS = 1000;

/** Tells what each process has used since the sample before. */
export class UsageLedger {
  /** The counters that are booked. */
  readonly counters: BookedCounters;
  readonly #all: readonly ProcessCounter[];
  /** Where the counters of figures per second stand, by the keys of these. */
  readonly #rates: ReadonlyMap<string, number>;
  readonly #census: Census;
  /** By process id, also those that are missing. */
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
    const grown = new Map<number, Counters>();
    for (const process of sample.processes) {
      const { pid, ppid, startTicks } = process;
      const last = sameProcess(before.get(pid), startTicks);
      const read = this.counters.read(process, last);
      now.set(pid, { pid, ppid, startTicks, ...read, chances: CHANCES });
      grown.set(
        pid,
        this.counters.differences(read.counters, last?.counters ?? []),
      );
    }
    const missing = [...before.values()].filter(({ pid, startTicks }) =>
      now.get(pid)?.startTicks !== startTicks
    );
    const { used, kept } = this.#settle(missing, sample, { before, grown });
    const { processesMs } = sample.times;
    this.#seconds = this.#previousMs === null
      ? null
      : (processesMs - this.#previousMs) / SECOND_MS;
    this.#previousMs = processesMs;
    const bookings = sample.processes.map((process) => {
      const { pid, startTicks } = process;
      const last = sameProcess(before.get(pid), startTicks);
      const read = now.get(pid);
      const all = used.get(pid) ?? this.counters.nothing;
      return {
        process,
        used: all,
        usedInRun: this.#ofRun(
          all,
          last,
          () => this.#census.isOfRun(process, sample),
        ),
        unknown: read?.unknown ?? null,
        grown: last === null ? null : grown.get(pid) ?? null,
        unread: joinCounterReasons(
          read?.unread ?? null,
          last?.unread ?? last?.unknown ?? null,
        ),
      };
    });
    for (const one of kept) {
      if (!now.has(one.pid)) now.set(one.pid, one);
    }
    this.#seen = now;
    return bookings;
  }

  /** The part of what a process has used that it has used in the run. */
  #ofRun(
    used: Counters,
    last: Seen | null,
    startedInRun: () => boolean,
  ): Counters {
    if (last !== null && last.unknown === null) return used;
    if (startedInRun()) return used;
    return used.map((value, i) => wasRead(last, i) ? value : 0);
  }

  /** How fast a process has used what was booked of it last: the figure with this key. */
  rateOf(
    { process, used, usedInRun, grown, unread }: Booking,
    key: string,
  ): Rate {
    const at = this.#rates.get(key) ?? -1;
    const own = ownRate(process, key);
    const reason = unread?.[at] ??
      (own.reason === "counter" ? own.reason : null);
    if (reason !== null) return { value: null, reason };
    if (this.#seconds === null) return NO_RATE;
    const value = used[at] ?? 0;
    if (grown !== null && own.value !== null) {
      // Over the window of its own figure, less what it has got of children.
      const share = value === 0 ? 0 : Number(value) / Number(grown[at] ?? 0);
      return { value: own.value * share, reason: null };
    }
    return value === (usedInRun[at] ?? 0)
      ? rateBetween(0, value, this.#seconds)
      : { value: null, reason: "first_sample" };
  }

  /**
   * Takes what was booked of processes that are missing from what their nearest living ancestor has
   * used, where that has grown by as much: the kernel adds the io of a child that is reaped to its
   * parent's. A child that is moved to another cgroup, or whose parent ignores SIGCHLD, adds
   * nothing.
   */
  #settle(
    missing: readonly Seen[],
    { tree: { denied, malformed } }: Sample,
    { before, grown }: {
      readonly before: ReadonlyMap<number, Seen>;
      readonly grown: ReadonlyMap<number, Counters>;
    },
  ): { readonly used: ReadonlyMap<number, Counters>; readonly kept: Seen[] } {
    const used = new Map(grown);
    const finder = new AncestorFinder(
      (pid) => before.get(pid)?.ppid,
      (pid) => used.has(pid),
    );
    // A process that could not be read may come back: of those that are missing, as many as the
    // sample has left out. Those that were missing before it stand last, and are kept first.
    const open = missing.filter(({ chances }) => chances > 0);
    const numEnded = Math.max(0, open.length - denied - malformed);
    const ended = open.slice(0, numEnded).map((one): Seen => {
      const parent = finder.nearest(one.ppid) ?? -1;
      const rest = this.#without(used.get(parent), one.counters);
      if (rest !== null) used.set(parent, rest);
      return { ...one, chances: rest === null ? one.chances - 1 : 0 };
    });
    const settled = missing.filter(({ chances }) => chances === 0);
    const kept = [...open.slice(numEnded), ...ended, ...settled];
    return { used, kept: kept.slice(0, MOST_REMEMBERED) };
  }

  /** What an ancestor has used itself; null if it has not got what a child had. */
  #without(growth: Counters | undefined, child: Counters): Counters | null {
    if (growth === undefined) return null;
    const isIn = this.#all.every(({ includesChildren }, i) =>
      !includesChildren || (growth[i] ?? 0) >= (child[i] ?? 0)
    );
    return isIn
      ? growth.map((value, i) =>
        this.#all[i]?.includesChildren === true
          ? this.counters.difference(i, value, child[i] ?? 0)
          : value
      )
      : null;
  }
}

/** What was seen under a process id, if it is the process that started then. */
function sameProcess(
  seen: Seen | undefined,
  startTicks: Integer,
): Seen | null {
  return seen?.startTicks === startTicks ? seen : null;
}

/** A process's own figure per second. */
function ownRate(process: ProcessSample, key: string): Rate {
  const values = process as unknown as Readonly<Record<string, number | null>>;
  const reason = process.unreadable?.[key] ?? null;
  return { value: values[key] ?? null, reason };
}
