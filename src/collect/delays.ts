/**
 * The collector `delays`: how long processes have waited for block devices. It reads the `stat` of
 * each thread if there are several, and whether the kernel accounts for delays at all.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { DelaysFields } from "../model/collected_fields.ts";
import { joinReasons, type Readout, reasonFor } from "../model/null_reason.ts";
import { parseStat, type Stat } from "../parse/stat.ts";
import type { Sweep } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import {
  DelayAccounting,
  isAccounting,
  TASK_DELAYACCT,
} from "./_delay_accounting.ts";
import { type FilesByThread, readFilesByThread } from "./_files_by_thread.ts";
import type { ThreadReading } from "./_lasting_threads.ts";
import { type Delays, secondsOf, ThreadDelays } from "./_thread_delays.ts";
import type {
  CollectedRun,
  Collector,
  ProcessVisit,
  RunningCollector,
  SampleTime,
  Totals,
  VisitedFiles,
} from "./collector.ts";

/**
 * Adds how long each process, and the tree, has waited for block devices.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { delays } from "@procline/procline/collect";
 * import { assertNotEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [delays()] });
 * // Null where the kernel does not account for it.
 * assertNotEquals(sampler.sample().tree.blkioDelaySecondsTotal, undefined);
 * ```
 */
export function delays(): Collector {
  return {
    name: "delays",
    comparesSamples: true,
    unusable: (reader) =>
      isAccounting(reader) === false
        ? `The collector delays finds nothing while ${TASK_DELAYACCT} is 0`
        : null,
    start: (reader, run) => new DelaysReader(reader, run),
  };
}

/** Reads what processes have waited, from sample to sample. */
class DelaysReader implements RunningCollector {
  readonly #files: VisitedFiles;
  readonly #ticksPerSecond: number;
  readonly #accounting: DelayAccounting;
  readonly #delays: ThreadDelays;

  constructor(reader: ProcReader, { facts, files }: CollectedRun) {
    this.#files = files;
    this.#ticksPerSecond = facts.ticksPerSecond;
    this.#accounting = new DelayAccounting(reader);
    this.#delays = new ThreadDelays({
      width: 1,
      perSecond: facts.ticksPerSecond,
      ticksPerSecond: facts.ticksPerSecond,
    });
  }

  begin(_: Sweep, { uptime }: SampleTime): void {
    this.#accounting.begin(
      uptime.value === null ? null : uptime.value * this.#ticksPerSecond,
    );
    this.#delays.begin();
  }

  visit(visit: ProcessVisit): Readout<DelaysFields> {
    return this.#fieldsOf(
      this.#delays.visit(visit, this.#read(visit.process)),
    );
  }

  endedBeforeVisit(process: TreeProcess): void {
    this.#delays.endedBeforeVisit(process);
  }

  total(sweep: Sweep, atMs: number): Totals {
    if (this.#accounting.isShown) this.#delays.forgetUnsupported();
    const total = this.#delays.total(sweep, atMs);
    return { ...this.#fieldsOf(total), consistent: true };
  }

  #read(process: TreeProcess): FilesByThread<ThreadReading> {
    const { pid, stat } = process;
    // That of the only thread was read by the sweep.
    const { threads, reason }: FilesByThread<Stat> = stat.numThreads < 2
      ? { threads: new Map([[pid, stat]]), reason: null }
      : readFilesByThread(
        this.#files,
        process,
        "stat",
        parseStat,
      );
    const readings = new Map<number, ThreadReading | null>();
    for (const [tid, thread] of threads) {
      const ticks = thread?.delayacctBlkioTicks ?? null;
      if (thread !== null && !this.#accounting.covers(thread)) {
        return { threads: new Map(), reason: "unsupported" };
      }
      readings.set(
        tid,
        thread === null || ticks === null
          ? null
          : { start: thread.starttime, counters: [ticks] },
      );
    }
    return { threads: readings, reason };
  }

  #fieldsOf({ counters, percentage }: Delays): Readout<DelaysFields> {
    const [ticks = null] = counters.value ?? [];
    return {
      fields: {
        blkioDelaySecondsTotal: ticks === null
          ? null
          : secondsOf(ticks, this.#ticksPerSecond),
        blkioDelayPercentage: percentage.value,
      },
      reasons: joinReasons(
        reasonFor("blkioDelaySecondsTotal", counters.reason),
        reasonFor("blkioDelayPercentage", percentage.reason),
      ),
    };
  }
}
