/**
 * The view `top`: the heaviest processes or groups, and one sum of all others.
 *
 * @module
 */

import type { RestSample } from "../model/group.ts";
import type { ProcessSample } from "../model/process.ts";
import { NO_RATE, percentageOfInterval, type Rate } from "../model/rate.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { withBusiestThreads } from "./_busiest_threads.ts";
import { Census } from "./_census.ts";
import { ProcessSum, type SummedKeys, summedKeys } from "./_process_sums.ts";
import { UsageLedger } from "./_usage_ledger.ts";
import type { RunningView, View } from "./view.ts";

/** What the heaviest are chosen by. */
interface Weighed {
  readonly cpuPercentage: number | null;
  readonly rssBytes: number | null;
}

/**
 * Prints the first by CPU in the interval and the first by resident memory, of processes, or of
 * groups after the view `group-by`. Among equals the one with more memory is first, then the one
 * with the lower process id, or the group that was seen earlier. Of the threads of processes that
 * are printed, those are printed that come first by CPU. `Sample.rest` has the sums of the
 * others: the lines, the rest and the CPU that no line shows make the tree.
 *
 * @param count How many by each; up to twice as many are printed.
 * @throws {RangeError} If `count` is not a whole number above 0.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { top } from "@procline/procline/view";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const view = top(1).create(sampler.describeRun());
 * assertEquals(view.apply(sampler.sample()).processes[0]?.pid, Deno.pid);
 * ```
 */
export function top(count: number): View {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot print the top ${count}: it is not a whole number above 0`,
    );
  }
  return { needs: [], create: (run) => new Top(count, run) };
}

/** The view for the value of an option. */
export function parseTop(value: string): View {
  if (!/^[1-9]\d{0,14}$/.test(value)) {
    throw new RangeError("it is not a whole number above 0");
  }
  return top(Number(value));
}

class Top implements RunningView {
  readonly #count: number;
  readonly #run: Run;
  readonly #keys: SummedKeys;
  readonly #census: Census;
  /** Null if there are no figures that need it. */
  readonly #ledger: UsageLedger | null;

  constructor(count: number, run: Run) {
    this.#count = count;
    this.#run = run;
    this.#keys = summedKeys(run.collectors);
    this.#census = new Census(run);
    this.#ledger = this.#keys.rates.length === 0
      ? null
      : new UsageLedger(["io"], this.#census);
  }

  apply(sample: Sample): Sample {
    const sum = new ProcessSum(this.#keys, sample, this.#run);
    const { groups } = sample;
    if (groups !== undefined) {
      const { kept, others } = choose(groups, this.#count, {
        cpuOf: ({ cpuPercentage }) => cpuPercentage,
        byOrder: () => 0,
      });
      for (const group of others) sum.addGroup(group);
      return this.#withThreads({
        ...sample,
        groups: kept,
        rest: { numGroups: others.length, ...sum.sums },
      });
    }
    const { intervalSeconds } = sample.tree;
    const { kept, others } = choose(sample.processes, this.#count, {
      cpuOf: ({ cpuPercentage, cpuWindowSeconds }) =>
        percentageOfInterval(
          cpuPercentage,
          cpuWindowSeconds,
          intervalSeconds,
          this.#run.ticksPerSecond,
        ),
      byOrder: (a, b) => a.pid - b.pid,
    });
    const rateOf = this.#rates(sample);
    for (const process of others) {
      sum.addProcess(process, (key) => rateOf(process, key));
    }
    return this.#withThreads({
      ...withoutMappings(sample, kept),
      processes: kept,
      rest: { numGroups: null, ...sum.sums },
    });
  }

  /** What each process has used per second. */
  #rates(sample: Sample): (process: ProcessSample, key: string) => Rate {
    const ledger = this.#ledger;
    if (ledger === null) return () => NO_RATE;
    this.#census.count(sample);
    const bookings = new Map(
      ledger.book(sample).map((booking) => [booking.process, booking]),
    );
    return (process, key) => {
      const booking = bookings.get(process);
      return booking === undefined ? NO_RATE : ledger.rateOf(booking, key);
    };
  }

  #withThreads(sample: Sample & { readonly rest: RestSample }): Sample {
    return withBusiestThreads(sample, this.#run, this.#count);
  }
}

/** Mappings stand on lines of their own: those of processes that are not printed go too. */
function withoutMappings(
  sample: Sample,
  kept: readonly ProcessSample[],
): Sample {
  const { mappings } = sample;
  if (mappings === undefined) return sample;
  const pids = new Set(kept.map(({ pid }) => pid));
  return { ...sample, mappings: mappings.filter(({ pid }) => pids.has(pid)) };
}

/** What items are ordered by. */
interface Order<Item> {
  /** What it has used of the interval; null: not known. */
  readonly cpuOf: (item: Item) => number | null;
  /** Which of two is first that are alike. */
  readonly byOrder: (a: Item, b: Item) => number;
}

/** The first by CPU and the first by memory, in the order in which they are given; the others. */
function choose<Item extends Weighed>(
  items: readonly Item[],
  count: number,
  { cpuOf, byOrder }: Order<Item>,
): { readonly kept: readonly Item[]; readonly others: readonly Item[] } {
  if (items.length <= count) return { kept: items, others: [] };
  const byMemory = (a: Item, b: Item) =>
    (b.rssBytes ?? -1) - (a.rssBytes ?? -1) || byOrder(a, b);
  const byCpu = (a: Item, b: Item) =>
    (cpuOf(b) ?? -1) - (cpuOf(a) ?? -1) || byMemory(a, b);
  const chosen = new Set([
    ...items.toSorted(byCpu).slice(0, count),
    ...items.toSorted(byMemory).slice(0, count),
  ]);
  return {
    kept: items.filter((item) => chosen.has(item)),
    others: items.filter((item) => !chosen.has(item)),
  };
}
