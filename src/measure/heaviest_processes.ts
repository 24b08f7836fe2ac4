/**
 * Finds the processes that have used the most over a run, those that have ended too: hundreds of
 * compilers, each for a second. Of what has ended, only the heaviest are kept.
 *
 * @module
 */

import type { Heaviest } from "../model/heaviest.ts";
import { ENDING, type NullReason } from "../model/null_reason.ts";
import { larger } from "../model/rate.ts";
import type { Sweep } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { ownTicks } from "../model/cpu.ts";
import { HeaviestKept, type Kept } from "./heaviest_kept.ts";
import type { MeteredProcess } from "./process_meter.ts";

/** A process that lives, as far as a sample has seen it. */
interface Seen {
  /** Ticks that it had used before the run, or before it came into the cgroup. */
  readonly ticksBefore: number;
  /** Its `stat` at the latest sample that saw it. */
  stat: TreeProcess["stat"];
  cmdline: readonly string[] | null;
  cmdlineReason: NullReason | null;
  peakRssBytes: number | null;
}

/** Watches the processes of one run. */
export class HeaviestProcesses {
  readonly #living = new Map<TreeProcess, Seen>();
  readonly #kept = new HeaviestKept();

  /**
   * Adds a sample.
   *
   * @param startedByUs Whether all that its processes have used was used in the run.
   */
  add(
    metered: readonly MeteredProcess[],
    { ended, departed }: Pick<Sweep, "ended" | "departed">,
    startedByUs: boolean,
  ): void {
    ended.forEach((process) => this.#end(process));
    departed.forEach((process) => this.#end(process));
    metered.forEach((one) => this.#see(one, startedByUs));
  }

  /** The heaviest so far. */
  found(ticksPerSecond: number): Heaviest {
    const living = Array.from(
      this.#living,
      ([{ pid }, seen]) => toKept(pid, seen),
    );
    return this.#kept.found(living, ticksPerSecond);
  }

  #see(one: MeteredProcess, startedByUs: boolean): void {
    const { process, stat, rssBytes, collected } = one;
    let seen = this.#living.get(process);
    if (seen === undefined) {
      // It was there before the run, or that cannot be told.
      const isOlder = one.joinedLate ||
        (one.usage.reason !== null && !startedByUs);
      seen = {
        ticksBefore: isOlder ? ticksOf(stat) : 0,
        stat,
        cmdline: null,
        cmdlineReason: null,
        peakRssBytes: null,
      };
      this.#living.set(process, seen);
    }
    seen.stat = stat;
    seen.peakRssBytes = larger(seen.peakRssBytes, rssBytes);
    const cmdline = collected?.fields.cmdline ?? null;
    const reason = collected?.reasons?.cmdline ?? null;
    // A process that has no arguments any more has had those that were read before.
    const isLate = seen.cmdline !== null && reason !== null &&
      ENDING.has(reason);
    if (isLate) return;
    seen.cmdline = cmdline;
    seen.cmdlineReason = reason;
  }

  #end(process: TreeProcess): void {
    const seen = this.#living.get(process);
    if (seen === undefined) return;
    this.#living.delete(process);
    seen.stat = process.stat;
    this.#kept.end(toKept(process.pid, seen));
  }
}

function toKept(pid: number, seen: Seen): Kept {
  const { stat, cmdline, cmdlineReason, peakRssBytes } = seen;
  const ticks = Math.max(ticksOf(stat) - seen.ticksBefore, 0);
  return { pid, comm: stat.comm, cmdline, cmdlineReason, peakRssBytes, ticks };
}

function ticksOf(stat: TreeProcess["stat"]): number {
  const { user, kernel } = ownTicks(stat);
  return user + kernel;
}
