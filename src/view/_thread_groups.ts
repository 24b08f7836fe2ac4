/** What threads of one name have used, group by group, so that no counter ever falls. */

import type { Integer } from "../integer.ts";
import type { ThreadSample } from "../model/collected_fields.ts";
import type { ThreadGroup, ThreadGroupTotals } from "../model/group.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Sample } from "../model/sample.ts";
import type { Counters } from "../tree/lasting_sums.ts";
import type { Census } from "./_census.ts";
import {
  type BookedCounter,
  BookedCounters,
  type CountersRead,
  looksEnding,
  wasRead,
} from "./_booked_counters.ts";
import {
  mayLackMembers,
  type MemberSum,
  UnknownSums,
} from "./_unknown_sums.ts";

/** A counter of threads of one name. */
interface ThreadCounter extends BookedCounter {
  readonly from: keyof ThreadSample;
  readonly to: keyof ThreadGroupTotals;
  /** The collector that reads it; left out: `threads` does. */
  readonly collector?: string;
}

const COUNTERS: readonly ThreadCounter[] = [
  { from: "userCpuSecondsTotal", to: "userCpuSecondsTotal" },
  { from: "kernelCpuSecondsTotal", to: "kernelCpuSecondsTotal" },
  { from: "minorFaultsTotal", to: "minorFaultsTotal", collector: "stat" },
  { from: "majorFaultsTotal", to: "majorFaultsTotal", collector: "stat" },
  {
    from: "voluntaryCtxtSwitches",
    to: "voluntaryCtxtSwitchesTotal",
    collector: "status",
  },
  {
    from: "nonvoluntaryCtxtSwitches",
    to: "nonvoluntaryCtxtSwitchesTotal",
    collector: "status",
  },
  { from: "ioReadBytesTotal", to: "ioReadBytesTotal", collector: "io" },
  { from: "ioWrittenBytesTotal", to: "ioWrittenBytesTotal", collector: "io" },
];

/**
 * Names of threads, of all groups together, beyond which those of a group are one: anyone can
 * choose new ones.
 */
const MOST_NAMES = 1000;

/** Threads that are not in a sample, though nothing tells that they have ended, and may be back. */
const MOST_REMEMBERED = 10_000;

/** A thread as it was last booked. */
interface Seen extends CountersRead {
  readonly tid: number;
  readonly startTicks: Integer;
}

/** The threads of one name in one group. */
interface Named extends MemberSum {
  readonly group: string | null;
  readonly comm: string | null;
  totals: Counters;
  numThreads: number;
}

/** Adds up threads by group and name, over the samples of a run. */
export class ThreadGroups {
  readonly #counters: BookedCounters;
  readonly #census: Census;
  #seen = new Map<number, Seen>();
  /** The starts of processes that have had several threads, by process id. */
  #several = new Map<number, Integer>();
  /** By group and name; those of no name are all others of a group. */
  readonly #named = new Map<string, Named>();
  readonly #unknown = new UnknownSums();
  #numNames = 0;

  /** Adds up what these collectors read. */
  constructor(collectors: readonly string[], census: Census) {
    this.#census = census;
    this.#counters = new BookedCounters(
      COUNTERS.filter(({ collector }) =>
        collector === undefined || collectors.includes(collector)
      ),
    );
  }

  /**
   * Adds a sample. Threads of processes that have had one thread only are left out.
   *
   * @param groupOf The name of the group that a process is in.
   */
  add(
    sample: Sample,
    groupOf: (process: ProcessSample) => string | null,
  ): readonly ThreadGroup[] {
    const { threads = [], processes } = sample;
    const byPid = Map.groupBy(threads, ({ pid }) => pid);
    const seen = new Map<number, Seen>();
    const several = new Map<number, Integer>();
    for (const one of this.#named.values()) one.numThreads = 0;
    this.#unknown.begin(this.#named.values());
    for (const process of processes) {
      const { pid, startTicks } = process;
      const own = byPid.get(pid) ?? [];
      const hasSeveral = own.length > 1 ||
        this.#several.get(pid) === startTicks;
      if (hasSeveral) several.set(pid, startTicks);
      const group = groupOf(process);
      for (const thread of own) {
        seen.set(thread.tid, this.#book(thread, group, sample, hasSeveral));
      }
    }
    const mayBeBack = mayLackMembers(sample);
    this.#unknown.end(this.#named.values(), mayBeBack);
    for (const one of mayBeBack ? this.#seen.values() : []) {
      if (seen.size >= threads.length + MOST_REMEMBERED) break;
      if (!seen.has(one.tid)) seen.set(one.tid, one);
    }
    this.#seen = seen;
    this.#several = several;
    return Array.from(
      this.#named.values(),
      ({ group, comm, numThreads, totals, unknown }) => ({
        group,
        comm,
        numThreads,
        // The keys are those of the interface, to which the table is held.
        ...this.#counters.fields(totals, unknown) as unknown as (
          ThreadGroupTotals
        ),
      }),
    );
  }

  #book(
    thread: ThreadSample,
    group: string | null,
    sample: Sample,
    hasSeveral: boolean,
  ): Seen {
    const { tid, startTicks, comm } = thread;
    const before = this.#seen.get(tid);
    const last = before?.startTicks === startTicks ? before : null;
    const read = this.#counters.read(thread, last);
    const booked = this.#bookedOf(thread, sample, read, last);
    if (!hasSeveral) return { tid, startTicks, ...read, counters: booked };
    const named = this.#namedOf(group, comm);
    named.numThreads++;
    const used = this.#counters.differences(read.counters, booked);
    named.totals = this.#counters.add(named.totals, used);
    this.#unknown.add(named, {
      id: tid,
      startTicks,
      isEnding: looksEnding(thread),
      unknown: read.unknown,
    });
    return { tid, startTicks, ...read };
  }

  /** What was booked of a thread before, or had been used before the run. */
  #bookedOf(
    thread: ThreadSample,
    sample: Sample,
    { counters }: CountersRead,
    last: Seen | null,
  ): Counters {
    if (last !== null && last.unknown === null) return last.counters;
    if (this.#census.isOfRun(thread, sample)) {
      return last?.counters ?? this.#counters.nothing;
    }
    return counters.map((value, i) =>
      wasRead(last, i) ? last?.counters[i] ?? 0 : value
    );
  }

  #namedOf(group: string | null, comm: string): Named {
    const known = this.#named.get(keyOf(group, comm));
    if (known !== undefined) return known;
    const isFull = this.#numNames === MOST_NAMES;
    const key = keyOf(group, isFull ? null : comm);
    const others = this.#named.get(key);
    if (others !== undefined) return others;
    if (!isFull) this.#numNames++;
    const named = {
      group,
      comm: isFull ? null : comm,
      totals: this.#counters.nothing,
      lost: null,
      unknown: null,
      numThreads: 0,
    };
    this.#named.set(key, named);
    return named;
  }
}

function keyOf(group: string | null, comm: string | null): string {
  return JSON.stringify([group, comm]);
}
