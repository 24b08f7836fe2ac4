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
import { isWithinInterval, rateBetween } from "../model/rate.ts";
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

/** What a process has waited since it was last read. */
interface Waited {
  readonly before: Counters;
  readonly counters: Counters;
  /** The seconds that its percentage is of. */
  readonly window: Known<number>;
  readonly percentage: Known<number>;
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
  /** Why the counters of processes have never been known. */
  readonly #unknown = new Map<TreeProcess, NullReason>();
  /** Why those of some process that has ended never were; null: there is none. */
  #lost: NullReason | null = null;
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
    this.#unknown.delete(process);
    if (last === null && joinedLate) watched.before = counters;
    watched.last = { counters, atMs };
    this.#contributions.set(process, {
      total: subtractCounters(counters, watched.before ?? []),
      reaped: this.#nothing,
    });
    const window = windowOf(visit, known === undefined, last?.atMs ?? null);
    const before = last?.counters ?? this.#nothing;
    const percentage = window.value === null
      ? window
      : this.#percentOf(before, counters, window.value);
    const isLate = joinedLate && known === undefined;
    if (!isLate) {
      this.#addPercentage(visit, { before, counters, window, percentage });
    }
    return { counters: { value: counters, reason: null }, percentage };
  }

  #unread(
    { last }: Watched,
    process: TreeProcess,
    reason: UnreadReason,
  ): Delays {
    const why = processReason(reason, process.stat);
    if (reason !== "gone") {
      // What was known before stays in the sum.
      if (last === null) this.#unknown.set(process, why);
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
    { before, counters, window, percentage }: Waited,
  ): void {
    const seconds = this.#intervalSeconds(atMs);
    // A process that is younger than a tick has a window of no length, and has waited all the same.
    const share = seconds !== null && window.value !== null &&
        isWithinInterval(window.value, seconds, this.#units.ticksPerSecond)
      ? this.#percentOf(before, counters, seconds)
      : percentage;
    if (share.value !== null) {
      this.#percentage += share.value;
      return;
    }
    const isOlder = share.reason === "first_sample";
    const average = isOlder && seconds !== null && uptime.value !== null
      ? this.#percentOf(this.#nothing, counters, uptime.value).value
      : null;
    if (average === null) this.#unknownPercentage ??= share.reason;
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

  /** Those that have ended while the kernel seemed to count nothing have not waited. */
  forgetUnsupported(): void {
    if (this.#lost === "unsupported") this.#lost = null;
  }

  /** Nobody tells any more what it has waited, if nobody ever did. */
  #lose(process: TreeProcess): void {
    const reason = this.#unknown.get(process);
    if (reason === undefined) return;
    this.#unknown.delete(process);
    this.#lost ??= reason;
    this.#unknownPercentage ??= reason;
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
      this.#lose(process);
    }
    const isStill = this.#intervalSeconds(atMs) === 0;
    this.#previousMs = atMs;
    const whyUnknown = this.#unknownPercentage ?? (isStill ? "clock" : null);
    const [unknown = null] = this.#unknown.values();
    const whyNoSum = unknown ?? this.#lost;
    return {
      counters: whyNoSum === null
        ? { value: this.#sums.total, reason: null }
        : { value: null, reason: whyNoSum },
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
