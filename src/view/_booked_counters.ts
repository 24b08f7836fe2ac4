/** The counters that a view books: of processes, or of threads. */

import { addIntegers, type Integer, subtractIntegers } from "../integer.ts";
import { decimalsOf, LINES } from "../model/dictionary.ts";
import type { GroupTotals } from "../model/group.ts";
import {
  type CounterReasons,
  ENDING,
  type NullReason,
  type NullReasons,
  whyUnseen,
} from "../model/null_reason.ts";
import type { Counters } from "../tree/lasting_sums.ts";

/** A counter that is booked. */
export interface BookedCounter {
  /** The key in the sample of a process or thread. */
  readonly from: string;
  /** The key in the sum, as on the line of a group. */
  readonly to: keyof GroupTotals;
}

/** What counters are read from. */
export interface Counted {
  /** The state, see proc_pid_stat(5). */
  readonly state: string;
  /** How many threads it has; a thread has none of its own. */
  readonly numThreads?: number;
  /** Why which fields are null; null if none is. */
  readonly unreadable: NullReasons | null;
}

/** Counters as they were read, or were before. */
export interface CountersRead {
  /** Those that could not be read are as they were, 0 if they were never known. */
  readonly counters: Counters;
  /** Why what has been used is not known; null: all of it is. */
  readonly unknown: CounterReasons | null;
  /** Why which of them could not be read, though what was read before may do; null: all could. */
  readonly unread: CounterReasons | null;
}

/**
 * Whether a process shows that it is ending, so that what it has used since it was last read is
 * next to nothing; and the kernel refuses its files to its own user.
 */
export function looksEnding(
  { state, numThreads = 1, unreadable }: Counted,
): boolean {
  const why = unreadable?.vsizeBytes;
  return (state === "Z" && numThreads < 2) ||
    (why !== undefined && ENDING.has(why));
}

/** Whether the counter at this place was ever read before: growth since then is known. */
export function wasRead(last: CountersRead | null, at: number): boolean {
  if (last === null) return false;
  return (last.unknown?.[at] ?? null) === null || (last.counters[at] ?? 0) > 0;
}

/** A list of counters, and what is done with their values. */
export class BookedCounters {
  readonly #all: readonly BookedCounter[];
  /** Whether each counts whole numbers, which are exact beyond 2^53. */
  readonly #areWhole: readonly boolean[];

  /** The counters in their order. */
  constructor(all: readonly BookedCounter[]) {
    this.#all = all;
    this.#areWhole = all.map(({ to }) =>
      decimalsOf(LINES.group[to].unit) === undefined
    );
  }

  /** Nothing of each. */
  get nothing(): Counters {
    return this.#all.map(() => 0);
  }

  /** Where the counter with this key stands among them; -1 if it is not booked. */
  placeOf(to: string): number {
    return this.#all.findIndex((one) => one.to === to);
  }

  /**
   * Those of a process or thread.
   *
   * @param last What was read of it before; null: it was never seen.
   */
  read(values: Counted, last: CountersRead | null): CountersRead {
    const valueOf = values as unknown as Readonly<
      Record<string, Integer | null | undefined>
    >;
    const counters: Integer[] = [];
    const unknown: (NullReason | null)[] = [];
    const unread: (NullReason | null)[] = [];
    const isEnded = looksEnding(values);
    this.#all.forEach(({ from }, i) => {
      const value = valueOf[from] ?? null;
      counters.push(value ?? last?.counters[i] ?? 0);
      const reason = value === null ? whyUnread(values, from) : null;
      const wasKnown = last !== null && (last.unknown?.[i] ?? null) === null;
      unread.push(isEnded ? null : reason);
      unknown.push(
        reason === null ? null : whyUnseen(reason, { wasKnown, isEnded }),
      );
    });
    return {
      counters,
      unknown: nullIfNone(unknown),
      unread: nullIfNone(unread),
    };
  }

  /** `a - b` of each two, not below 0. */
  differences(a: Counters, b: Counters): Integer[] {
    return a.map((value, i) => this.difference(i, value, b[i] ?? 0));
  }

  /** `a - b` of the counter at this place, not below 0. */
  difference(at: number, a: Integer, b: Integer): Integer {
    if (this.#areWhole[at] === false) return Math.max(Number(a) - Number(b), 0);
    const result = subtractIntegers(a, b);
    return result > 0 ? result : 0;
  }

  /** The sum of each two. */
  add(a: Counters, b: Counters): Counters {
    return a.map((value, i) => {
      const other = b[i] ?? 0;
      return this.#areWhole[i] === false
        ? Number(value) + Number(other)
        : addIntegers(value, other);
    });
  }

  /** The fields of a sum; null for what is not known. */
  fields(
    sums: Counters,
    unknown: CounterReasons | null,
  ): Readonly<Record<string, Integer | null>> {
    return Object.fromEntries(
      this.#all.map(({ to }, i) => [
        to,
        (unknown?.[i] ?? null) === null ? sums[i] ?? 0 : null,
      ]),
    );
  }

  /** Why which of those fields are null; null if none is. */
  reasons(unknown: CounterReasons | null): NullReasons | null {
    if (unknown === null) return null;
    const reasons: Record<string, NullReason> = {};
    this.#all.forEach(({ to }, i) => {
      const reason = unknown[i] ?? null;
      if (reason !== null) reasons[to] = reason;
    });
    return reasons;
  }
}

/** Why a counter could not be read; null: the process has nothing more to show. */
function whyUnread({ unreadable }: Counted, key: string): NullReason | null {
  const reason = unreadable?.[key] ?? "unsupported";
  return ENDING.has(reason) || reason === "kernel_thread" ? null : reason;
}

function nullIfNone(reasons: CounterReasons): CounterReasons | null {
  return reasons.every((reason) => reason === null) ? null : reasons;
}
