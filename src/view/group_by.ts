/**
 * The view `group-by`: processes that have something in common, on one line.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { GroupSample, GroupTotals } from "../model/group.ts";
import {
  hasNoMemory,
  joinReasons,
  type NullReason,
  reasonFor,
} from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { quote } from "../text.ts";
import type { Counters } from "../tree/lasting_sums.ts";
import { looksEnding } from "./_booked_counters.ts";
import { Census } from "./_census.ts";
import { ProcessSum, type SummedKeys, summedKeys } from "./_process_sums.ts";
import { ThreadGroups } from "./_thread_groups.ts";
import {
  mayLackMembers,
  type MemberSum,
  UnknownSums,
} from "./_unknown_sums.ts";
import { type Booking, UsageLedger } from "./_usage_ledger.ts";
import type { RunningView, View } from "./view.ts";
import { GROUP_KEYS, type GroupKey } from "./group_keys.ts";

interface KeyRow {
  readonly needs: readonly string[];
  /** The name of the group that a process is in. */
  readonly groupOf: (process: ProcessSample) => string;
}

const UNKNOWN = "unknown";

const KEYS: Readonly<Record<GroupKey, KeyRow>> = {
  comm: { needs: [], groupOf: ({ comm }) => comm },
  exe: { needs: [], groupOf: ({ exe, comm }) => exe ?? `[${comm}]` },
  uid: {
    needs: ["status"],
    groupOf: ({ uid = null }) => uid === null ? UNKNOWN : String(uid),
  },
  cgroup: {
    needs: ["cgroup"],
    groupOf: ({ cgroup }) => cgroup ?? UNKNOWN,
  },
};

/** More groups would let names that anyone can choose take memory and lines without bound. */
const MOST_GROUPS = 100;

const PERCENT = 100;

/** The name of the group that takes all others. */
const OTHER = null;

/**
 * Prints a group for all processes with the same name, program, user or cgroup, in place of the
 * processes: `Sample.groups`. The first 100 values of a run keep their groups to its end, also when
 * no process is left in one; all later values are one group.
 *
 * @throws {RangeError} If there is no such key.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { groupBy } from "@procline/procline/view";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const view = groupBy("comm").create(sampler.describeRun());
 * const { groups = [], processes, tree } = view.apply(sampler.sample());
 * assertEquals(processes, []);
 * assertEquals(groups.reduce((sum, one) => sum + one.numProcesses, 0), tree.numProcesses);
 * ```
 */
export function groupBy(key: GroupKey): View {
  if (!isGroupKey(key)) {
    throw new RangeError(
      `Cannot group by ${quote(String(key))}: ${wrongKey()}`,
    );
  }
  const row = KEYS[key];
  return { needs: row.needs, create: (run) => new Groups(key, row, run) };
}

/** The view for the value of an option. */
export function parseGroupBy(value: string): View {
  if (!isGroupKey(value)) throw new RangeError(wrongKey());
  return groupBy(value);
}

function isGroupKey(key: string): key is GroupKey {
  return Object.hasOwn(KEYS, key);
}

function wrongKey(): string {
  return `the keys are ${GROUP_KEYS.join(", ")}`;
}

/** One group over the samples of a run. */
interface Group extends MemberSum {
  readonly name: string | null;
  totals: Counters;
  /** The part of them that was used in the run. */
  usedInRun: Counters;
  /** Its processes in this sample. */
  members: Booking[];
}

class Groups implements RunningView {
  readonly #key: GroupKey;
  readonly #row: KeyRow;
  readonly #run: Run;
  readonly #keys: SummedKeys;
  readonly #ledger: UsageLedger;
  readonly #census: Census;
  /** Adds up threads; null if they were not asked for. */
  readonly #threads: ThreadGroups | null;
  /**
   * By name, in the order in which they were first seen. The one of all others has the name null;
   * it is last, as it is opened when no other can be.
   */
  readonly #groups = new Map<string | null, Group>();
  readonly #unknown = new UnknownSums();

  constructor(key: GroupKey, row: KeyRow, run: Run) {
    this.#key = key;
    this.#row = row;
    this.#run = run;
    this.#keys = summedKeys(run.collectors);
    this.#census = new Census(run);
    this.#ledger = new UsageLedger(run.collectors, this.#census);
    this.#threads = run.collectors.includes("threads")
      ? new ThreadGroups(run.collectors, this.#census)
      : null;
  }

  apply(sample: Sample): Sample {
    for (const group of this.#groups.values()) group.members = [];
    const counted = this.#census.count(sample);
    this.#unknown.begin(this.#groups.values());
    for (const booking of this.#ledger.book(sample)) this.#add(booking);
    this.#unknown.end(this.#groups.values(), mayLackMembers(sample));
    // Lines that are replayed may lack them.
    const threads = sample.threads === undefined
      ? undefined
      : this.#threads?.add(sample, (process) => this.#groupOf(process).name);
    const { threads: _, mappings: __, ...others } = sample;
    return {
      ...others,
      processes: [],
      grouping: {
        ...counted,
        ...threads === undefined ? {} : { threads },
        usedInRun: new Map(
          Array.from(
            this.#groups.values(),
            (group) => [group.name, this.#totalsOf(group, group.usedInRun)],
          ),
        ),
      },
      groups: Array.from(
        this.#groups.values(),
        (group) => this.#describe(group, sample),
      ),
    };
  }

  /** Adds what a process has used to its group. */
  #add(booking: Booking): void {
    const { counters } = this.#ledger;
    const { process, used, usedInRun, unknown } = booking;
    const { pid, startTicks } = process;
    const group = this.#groupOf(process);
    group.members.push(booking);
    this.#unknown.add(group, {
      id: pid,
      startTicks,
      isEnding: looksEnding(process),
      unknown,
    });
    if (used.every((value) => value === 0)) return;
    group.totals = counters.add(group.totals, used);
    group.usedInRun = counters.add(group.usedInRun, usedInRun);
  }

  #totalsOf({ unknown }: Group, sums: Counters): GroupTotals {
    // The keys are those of the dictionary, which its types hold to the interface.
    return this.#ledger.counters.fields(
      sums,
      unknown,
    ) as unknown as GroupTotals;
  }

  #groupOf(process: ProcessSample): Group {
    const name = this.#row.groupOf(process);
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const isFull = this.#groups.size - (this.#groups.has(OTHER) ? 1 : 0) >=
      MOST_GROUPS;
    return isFull
      ? this.#groups.get(OTHER) ?? this.#open(OTHER)
      : this.#open(name);
  }

  #open(name: string | null): Group {
    const group = {
      name,
      totals: this.#ledger.counters.nothing,
      usedInRun: this.#ledger.counters.nothing,
      lost: null,
      unknown: null,
      members: [],
    };
    this.#groups.set(name, group);
    return group;
  }

  #describe(group: Group, sample: Sample): GroupSample {
    const { name, totals, members } = group;
    const sum = new ProcessSum(this.#keys, sample, this.#run);
    const states: Record<string, number> = {};
    let oldestStartTicks: Integer | null = null;
    for (const booking of members) {
      const { process } = booking;
      const { state, startTicks } = process;
      sum.addProcess(process, (key) => this.#ledger.rateOf(booking, key));
      states[state] = (states[state] ?? 0) + 1;
      if (oldestStartTicks === null || startTicks < oldestStartTicks) {
        oldestStartTicks = startTicks;
      }
    }
    const processes = members.map(({ process }) => process);
    const maxRss = largest(
      processes.map((one) => partOf(one, "rssBytes", one.rssBytes)),
    );
    const worstFd = this.#run.collectors.includes("fd")
      ? largest(processes.flatMap(fdPercentage))
      : null;
    const sums = sum.sums;
    return {
      groupBy: this.#key,
      group: name,
      other: name === OTHER,
      ...sums,
      maxRssBytes: maxRss.value,
      ...this.#totalsOf(group, totals),
      oldestStartTicks,
      states,
      ...worstFd === null ? {} : { worstFdPercentage: worstFd.value },
      unreadable: joinReasons(
        sums.unreadable,
        reasonFor("maxRssBytes", maxRss.reason),
        this.#ledger.counters.reasons(group.unknown),
        reasonFor("worstFdPercentage", worstFd?.reason ?? null),
      ),
    };
  }
}

/** A figure of a process, or why it is not known. */
interface Figure {
  readonly value: number | null;
  readonly reason: NullReason | null;
}

/** The largest; null if there is none, or one is not known. */
function largest(figures: readonly Figure[]): Figure {
  let most: number | null = null;
  for (const { value, reason } of figures) {
    if (reason !== null) return { value: null, reason };
    if (value !== null && (most === null || value > most)) most = value;
  }
  return { value: most, reason: null };
}

/** A figure under this key; a process without memory has none, which is known. */
function partOf(
  { unreadable }: ProcessSample,
  key: string,
  value: number | null,
): Figure {
  const reason = unreadable?.[key];
  return value !== null || reason === undefined || hasNoMemory(reason)
    ? { value, reason: null }
    : { value, reason };
}

/** How much it uses of its limit of descriptors; nothing without a limit. */
function fdPercentage(process: ProcessSample): Figure[] {
  const { numFds = null, fdLimit = null } = process;
  if (numFds === null && looksEnding(process)) return [];
  const used = partOf(process, "numFds", numFds);
  if (used.reason !== null) return [used];
  if (numFds === null) return [];
  if (fdLimit === null) return [partOf(process, "fdLimit", null)];
  return fdLimit <= 0
    ? []
    : [{ value: numFds / Number(fdLimit) * PERCENT, reason: null }];
}
