/**
 * How long processes and their tree have waited, where the kernel counts it for each thread alone:
 * totals, and percentages of a window. No parent gets what its children have waited, so that of an
 * ended process the tree keeps what was last seen.
 */

import type { Integer } from "../integer.ts";
import type { UnreadReason } from "../kernel/proc_reader.ts";
import {
  type Known,
  type NullReason,
  processReason,
} from "../model/null_reason.ts";
import { rateBetween, windowShare } from "../model/rate.ts";
import {
  type Contribution,
  type Counters,
  LastingSums,
  subtractCounters,
} from "../tree/lasting_sums.ts";
import type { Sweep } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { LastingThreads, type ThreadReading } from "./_lasting_threads.ts";
import type { FilesByThread } from "./_files_by_thread.ts";
import type { ProcessVisit } from "./collector.ts";

/** What a process or the tree has waited. */
export interface Delays {
  /** The counters, a time first; or why they are not known. */
  readonly counters: Known<Counters>;
  /** The time as a percentage of the window; or why that is not known. */
  readonly percentage: Known<number>;
}

/** How the counters count. */
export interface DelayUnits {
  /** How many counters there are, the time among them. */
  readonly width: number;
  /** How many units of the time make a second. */
  readonly perSecond: number;
  /** Clock ticks of a second. */
  readonly ticksPerSecond: number;
}

/** What is remembered of a process. */
interface Watched {
  readonly threads: LastingThreads;
  /** Its program, as far as it shows: it changes by execve(2). */
  program: string;
  /** What was known last, and when; null: nothing yet. */
  last: { readonly counters: Counters; readonly atMs: number } | null;
  /** What it had waited before it was moved into the cgroup; null: it was not. */
  before: Counters | null;
}

const PERCENT = 100;
const SECOND_MS = 1000;

/** Adds up what threads have waited, from sample to sample. */
export class ThreadDelays {
  readonly #units: DelayUnits;
  readonly #nothing: Counters;
  readonly #sums: LastingSums;
  readonly #watched = new Map<TreeProcess, Watched>();
  #contributions = new Map<TreeProcess, Contribution>();
  /** The processes that have ended since the sweep. */
  #gone = new Set<TreeProcess>();
  /** Why the counters of some process have never been known. */
  #unknown: NullReason | null = null;
  /** The sum of the percentages, each as far as its window lies in the interval. */
  #percentage = 0;
  /** Why some percentage is not known. */
  #unknownPercentage: NullReason | null = null;
  /** When processes were read in the previous sample, in milliseconds; null before the first. */
  #previousMs: number | null = null;

  /** Counts in these units. */
  constructor(units: DelayUnits) {
    this.#units = units;
    this.#nothing = new Array(units.width).fill(0);
    this.#sums = new LastingSums(units.width);
  }

  /** A sample begins. */
  begin(): void {
    this.#contributions = new Map();
    this.#gone = new Set();
    this.#unknown = null;
    this.#percentage = 0;
    this.#unknownPercentage = null;
  }

  /** Takes what was read of the threads of a process. */
  visit(
    visit: ProcessVisit,
    { threads, reason }: FilesByThread<ThreadReading>,
  ): Delays {
    const { process, atMs, joinedLate } = visit;
    const known = this.#watched.get(process);
    const program = programOf(visit);
    const watched = known ?? {
      threads: new LastingThreads(process.pid, this.#units.width),
      program,
      last: null,
      before: null,
    };
    this.#watched.set(process, watched);
    const hasExeced = watched.program !== program;
    watched.program = program;
    if (reason === "gone") this.#gone.add(process);
    if (reason !== null) {
      if (threads.size > 0) watched.threads.next(threads, hasExeced);
      return this.#unread(watched, process, reason);
    }
    const counters = watched.threads.next(threads, hasExeced);
    const { last } = watched;
    if (last === null && joinedLate) watched.before = counters;
    watched.last = { counters, atMs };
    this.#contributions.set(process, {
      total: subtractCounters(counters, watched.before ?? []),
      reaped: this.#nothing,
    });
    const window = windowOf(visit, known === undefined, last?.atMs ?? null);
    const percentage = window.value === null ? window : this.#percentOf(
      last?.counters ?? this.#nothing,
      counters,
      window.value,
    );
    const isLate = joinedLate && known === undefined;
    if (!isLate) this.#addPercentage(visit, counters, window, percentage);
    return { counters: { value: counters, reason: null }, percentage };
  }

  #unread(
    { last }: Watched,
    { stat }: TreeProcess,
    reason: UnreadReason,
  ): Delays {
    const why = processReason(reason, stat);
    if (reason !== "gone") {
      // What was known before stays in the sum.
      if (last === null) this.#unknown ??= why;
      this.#unknownPercentage ??= why;
    }
    const unknown = { value: null, reason: why };
    return { counters: unknown, percentage: unknown };
  }

  #percentOf(
    before: Counters,
    now: Counters,
    seconds: number,
  ): Known<number> {
    const { value, reason } = rateBetween(
      before[0] ?? 0,
      now[0] ?? 0,
      seconds,
    );
    return value === null
      ? { value, reason: reason ?? "first_sample" }
      : { value: value / this.#units.perSecond * PERCENT, reason: null };
  }

  /** Adds to the tree's percentage what falls into the interval. */
  #addPercentage(
    { uptime, atMs }: ProcessVisit,
    counters: Counters,
    window: Known<number>,
    percentage: Known<number>,
  ): void {
    const seconds = this.#intervalSeconds(atMs);
    if (percentage.value !== null) {
      this.#percentage += percentage.value *
        windowShare(window.value, seconds, this.#units.ticksPerSecond);
      return;
    }
    const isOlder = percentage.reason === "first_sample";
    const average = isOlder && seconds !== null && uptime.value !== null
      ? this.#percentOf(this.#nothing, counters, uptime.value).value
      : null;
    if (average === null) this.#unknownPercentage ??= percentage.reason;
    else this.#percentage += average;
  }

  #intervalSeconds(atMs: number): number | null {
    return this.#previousMs === null
      ? null
      : (atMs - this.#previousMs) / SECOND_MS;
  }

  /** Takes note of a process that has ended since the sweep. */
  endedBeforeVisit(process: TreeProcess): void {
    this.#gone.add(process);
  }

  /** Sums up the tree, once all its processes have been visited. */
  total(sweep: Sweep, atMs: number): Delays {
    const ended = [...new Set([...sweep.ended, ...this.#gone])];
    this.#sums.apply({
      changed: this.#contributions,
      ended,
      departed: sweep.departed,
    });
    for (const process of [...ended, ...sweep.departed]) {
      this.#watched.delete(process);
    }
    const isStill = this.#intervalSeconds(atMs) === 0;
    this.#previousMs = atMs;
    const whyUnknown = this.#unknownPercentage ?? (isStill ? "clock" : null);
    return {
      counters: this.#unknown === null
        ? { value: this.#sums.total, reason: null }
        : { value: null, reason: this.#unknown },
      percentage: whyUnknown === null
        ? { value: this.#percentage, reason: null }
        : { value: null, reason: whyUnknown },
    };
  }
}

/** A time as seconds. */
export function secondsOf(time: Integer, perSecond: number): number {
  return Number(time) / perSecond;
}

/** The window of a percentage: since the last reading, or since the process was born in the run. */
function windowOf(
  { window, atMs }: ProcessVisit,
  isNew: boolean,
  lastMs: number | null,
): Known<number> {
  if (lastMs !== null) {
    return { value: (atMs - lastMs) / SECOND_MS, reason: null };
  }
  return isNew ? window : { value: null, reason: "first_sample" };
}

/** What changes if a process runs another program, as far as this user may see it. */
function programOf({ process: { stat }, program }: ProcessVisit): string {
  const { startcode, endcode, startstack, comm } = stat;
  return [startcode, endcode, startstack, program.exe, comm].join(" ");
}
