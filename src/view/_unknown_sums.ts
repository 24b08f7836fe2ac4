/** Which sums of counters are not known, as what some member has used is not. */

import type { Integer } from "../integer.ts";
import type { Sample } from "../model/sample.ts";
import {
  type CounterReasons,
  joinCounterReasons,
} from "../model/null_reason.ts";

/** A sum whose members come and go. */
export interface MemberSum {
  /** Which counters lack what one has used that is not a member any more; null: none. */
  lost: CounterReasons | null;
  /** Which counters are not known in this sample; null: all are. */
  unknown: CounterReasons | null;
}

/** A process or thread in a sample. */
export interface Member {
  /** Its id. */
  readonly id: number;
  /** When it started, which tells it from another one with this id. */
  readonly startTicks: Integer;
  /** Whether it is ending: what it has used is in the counters of the process that reaps it. */
  readonly isEnding: boolean;
  /** Which of its counters are not known; null: all are. */
  readonly unknown: CounterReasons | null;
}

/** A member that is not known, and may be later. */
interface UnknownMember {
  readonly sum: MemberSum;
  readonly startTicks: Integer;
  readonly unknown: CounterReasons;
}

/** Members that are not in a sample and may be back. */
const MOST_REMEMBERED = 10_000;

/** Whether a sample may lack processes, or threads of them, that live. */
export function mayLackMembers({ tree, processes }: Sample): boolean {
  return tree.gone + tree.denied + tree.malformed > 0 ||
    processes.some(({ unreadable }) => unreadable?.thread !== undefined);
}

/** Follows the members that are not known, from sample to sample. */
export class UnknownSums {
  /** Those of the sample before that were not met in this one yet, by their ids. */
  #before = new Map<number, UnknownMember>();
  #now = new Map<number, UnknownMember>();

  /** Begins a sample. */
  begin(sums: Iterable<MemberSum>): void {
    this.#before = this.#now;
    this.#now = new Map();
    for (const sum of sums) sum.unknown = null;
  }

  /** Takes a member of a sum. */
  add(sum: MemberSum, { id, startTicks, isEnding, unknown }: Member): void {
    const last = this.#before.get(id);
    const wasUnknown = last?.startTicks === startTicks && last.sum === sum;
    if (wasUnknown) this.#before.delete(id);
    if (unknown === null) return;
    sum.unknown = joinCounterReasons(sum.unknown, unknown);
    if (isEnding && !wasUnknown) return;
    this.#now.set(id, { sum, startTicks, unknown });
  }

  /** Ends a sample: what is gone without having been known is lost, unless it may be back. */
  end(sums: Iterable<MemberSum>, mayBeBack: boolean): void {
    for (const [id, member] of this.#before) {
      const { sum, unknown } = member;
      const isKept = mayBeBack && !this.#now.has(id) &&
        this.#now.size < MOST_REMEMBERED;
      if (isKept) {
        this.#now.set(id, member);
        sum.unknown = joinCounterReasons(sum.unknown, unknown);
      } else sum.lost = joinCounterReasons(sum.lost, unknown);
    }
    for (const sum of sums) {
      sum.unknown = joinCounterReasons(sum.unknown, sum.lost);
    }
  }
}
