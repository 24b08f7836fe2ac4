/**
 * The view `group-by`: processes that have something in common, on one line.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { GroupSample } from "../model/group.ts";
import type { ProcessSample } from "../model/process.ts";
import { windowShare } from "../model/rate.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { quote } from "../text.ts";
import { Census } from "./_census.ts";
import { addCounters, GroupLedger } from "./_group_ledger.ts";
import { ThreadGroups } from "./_thread_groups.ts";
import { ProcessSum, type SummedKeys, summedKeys } from "./_process_sums.ts";
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
interface Group {
  readonly name: string | null;
  totals: readonly Integer[];
  /** The part of them that was used in the run. */
  usedInRun: readonly Integer[];
  /** Its processes in this sample. */
  members: ProcessSample[];
}

class Groups implements RunningView {
  readonly #key: GroupKey;
  readonly #row: KeyRow;
  readonly #run: Run;
  readonly #keys: SummedKeys;
  readonly #ledger: GroupLedger;
  readonly #census: Census;
  /** Adds up threads; null if they were not asked for. */
  readonly #threads: ThreadGroups | null;
  /**
   * By name, in the order in which they were first seen. The one of all others has the name null;
   * it is last, as it is opened when no other can be.
   */
  readonly #groups = new Map<string | null, Group>();

  constructor(key: GroupKey, row: KeyRow, run: Run) {
    this.#key = key;
    this.#row = row;
    this.#run = run;
    this.#keys = summedKeys(run.collectors);
    this.#ledger = new GroupLedger(run.collectors);
    this.#census = new Census(run);
    this.#threads = run.collectors.includes("threads")
      ? new ThreadGroups(run.collectors, this.#census)
      : null;
  }

  apply(sample: Sample): Sample {
    for (const group of this.#groups.values()) group.members = [];
    const counted = this.#census.count(sample);
    for (const { process, used, isNew } of this.#ledger.book(sample)) {
      const group = this.#groupOf(process);
      group.members.push(process);
      if (used.every((value) => value === 0)) continue;
      group.totals = addCounters(group.totals, used);
      if (!isNew || this.#census.isOfRun(process, sample)) {
        group.usedInRun = addCounters(group.usedInRun, used);
      }
    }
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
            ({ name, usedInRun }) => [name, this.#ledger.fields(usedInRun)],
          ),
        ),
      },
      groups: Array.from(
        this.#groups.values(),
        (group) => this.#describe(group, sample),
      ),
    };
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
      totals: this.#ledger.nothing(),
      usedInRun: this.#ledger.nothing(),
      members: [],
    };
    this.#groups.set(name, group);
    return group;
  }

  #describe({ name, totals, members }: Group, sample: Sample): GroupSample {
    const sum = new ProcessSum(this.#keys);
    const states: Record<string, number> = {};
    let maxRssBytes: number | null = null;
    let oldestStartTicks: Integer | null = null;
    for (const process of members) {
      const { state, rssBytes, startTicks } = process;
      const share = windowShare(
        process.cpuWindowSeconds,
        sample.tree.intervalSeconds,
        this.#run.ticksPerSecond,
      );
      sum.add(process, 1, share);
      states[state] = (states[state] ?? 0) + 1;
      if (rssBytes !== null) {
        maxRssBytes = Math.max(rssBytes, maxRssBytes ?? 0);
      }
      if (oldestStartTicks === null || startTicks < oldestStartTicks) {
        oldestStartTicks = startTicks;
      }
    }
    return {
      groupBy: this.#key,
      group: name,
      other: name === OTHER,
      ...sum.sums,
      maxRssBytes,
      ...this.#ledger.fields(totals),
      oldestStartTicks,
      states,
      ...this.#run.collectors.includes("fd")
        ? { worstFdPercentage: worstFdPercentage(members) }
        : {},
    };
  }
}

function worstFdPercentage(members: readonly ProcessSample[]): number | null {
  let worst: number | null = null;
  for (const { numFds = null, fdLimit = null } of members) {
    if (numFds === null || fdLimit === null || fdLimit <= 0) continue;
    const percentage = numFds / Number(fdLimit) * 100;
    worst = Math.max(percentage, worst ?? 0);
  }
  return worst;
}
