/** What each group has used: booked from sample to sample, so that no counter ever falls. */

import { addIntegers, type Integer, subtractIntegers } from "../integer.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Sample } from "../model/sample.ts";

/** A counter of a group. */
interface BookedCounter {
  /** The key in a process's sample. */
  readonly from: string;
  /** The key in a group's. */
  readonly to: string;
  readonly collector: string | null;
  /**
   * Whether a process's own counter grows by that of a child which it reaps: what was booked of the
   * child is not booked again.
   */
  readonly includesChildren: boolean;
}

const COUNTERS: readonly BookedCounter[] = [
  ...sameKey(null, ["userCpuSecondsTotal", "kernelCpuSecondsTotal"]),
  ...sameKey("stat", ["minorFaultsTotal", "majorFaultsTotal"]),
  {
    from: "voluntaryCtxtSwitches",
    to: "voluntaryCtxtSwitchesTotal",
    collector: "status",
    includesChildren: false,
  },
  {
    from: "nonvoluntaryCtxtSwitches",
    to: "nonvoluntaryCtxtSwitchesTotal",
    collector: "status",
    includesChildren: false,
  },
  ...sameKey("io", [
    "ioReadCharsBytesTotal",
    "ioWrittenCharsBytesTotal",
    "ioReadCallsTotal",
    "ioWriteCallsTotal",
    "ioReadBytesTotal",
    "ioWrittenBytesTotal",
    "ioCancelledWriteBytesTotal",
  ]).map((one) => ({ ...one, includesChildren: true })),
];

function sameKey(
  collector: string | null,
  keys: readonly string[],
): BookedCounter[] {
  return keys.map((key) => ({
    from: key,
    to: key,
    collector,
    includesChildren: false,
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
}

/** What one process has used since it was last seen. */
export interface Booking {
  /** The process. */
  readonly process: ProcessSample;
  /** What it has used, in the order of the ledger's counters. */
  readonly used: readonly Integer[];
}

/** Tells what each process has used since the sample before. */
export class GroupLedger {
  readonly #counters: readonly BookedCounter[];
  /** By process id. One that is missing without having ended stays. */
  #seen = new Map<number, Seen>();

  /** Books the counters of these collectors. */
  constructor(collectors: readonly string[]) {
    this.#counters = COUNTERS.filter(({ collector }) =>
      collector === null || collectors.includes(collector)
    );
  }

  /** Nothing of each counter. */
  nothing(): Counters {
    return this.#counters.map(() => 0);
  }

  /** The fields of these counters in a group's sample. */
  fields(counters: readonly Integer[]): Readonly<Record<string, Integer>> {
    return Object.fromEntries(
      this.#counters.map(({ to }, i) => [to, counters[i] ?? 0]),
    );
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
      const counters = this.#counters.map(({ from }, i) =>
        counterOf(process, from) ?? last?.[i] ?? 0
      );
      now.set(pid, { pid, ppid, startTicks, counters });
      used.set(
        pid,
        counters.map((value, i) => difference(value, last?.[i] ?? 0)),
      );
    }
    const missing = [...before.values()].filter(({ pid, startTicks }) =>
      now.get(pid)?.startTicks !== startTicks
    );
    // A process that could not be read may come back: of those that are missing, as many as the
    // sample has left out, the last seen first.
    const { gone, denied, malformed } = sample.tree;
    const left = Math.min(denied + malformed + gone, missing.length);
    const ended = missing.slice(0, missing.length - left);
    this.#payBack(ended, before, used);
    for (const one of missing.slice(missing.length - left)) {
      if (!now.has(one.pid)) now.set(one.pid, one);
    }
    this.#seen = now;
    return sample.processes.map((process) => ({
      process,
      used: used.get(process.pid) ?? this.nothing(),
    }));
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
    for (const { ppid, counters } of ended) {
      const growth = this.#livingAncestor(ppid, before, used);
      if (growth === undefined) continue;
      this.#counters.forEach(({ includesChildren }, i) => {
        if (!includesChildren) return;
        growth[i] = difference(growth[i] ?? 0, counters[i] ?? 0);
      });
    }
  }

  #livingAncestor(
    ppid: number,
    before: ReadonlyMap<number, Seen>,
    used: ReadonlyMap<number, Counters>,
  ): Counters | undefined {
    const passed = new Set<number>();
    let at = ppid;
    while (!used.has(at) && !passed.has(at)) {
      passed.add(at);
      at = before.get(at)?.ppid ?? 0;
    }
    return used.get(at);
  }
}

/** A counter of a process; null if it could not be read. */
function counterOf(process: ProcessSample, key: string): Integer | null {
  const values = process as unknown as Readonly<
    Record<string, Integer | null | undefined>
  >;
  return values[key] ?? null;
}

/** `a - b`, not below 0; seconds have fractions. */
function difference(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") return Math.max(a - b, 0);
  const result = subtractIntegers(a, b);
  return result > 0 ? result : 0;
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
