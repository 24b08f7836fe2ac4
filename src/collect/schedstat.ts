/**
 * The collector `schedstat`: how long processes have waited for a CPU though they could have run,
 * and how they are scheduled. It reads `schedstat` of each thread.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type {
  PolicyFields,
  SchedstatFields,
  SchedulingFields,
} from "../model/collected_fields.ts";
import { joinReasons, type Readout, reasonFor } from "../model/null_reason.ts";
import { parseSchedstat, type Schedstat } from "../parse/schedstat.ts";
import type { Stat } from "../parse/stat.ts";
import type { Sweep } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import type { ThreadReading } from "./_lasting_threads.ts";
import { missingFile, OwnFile } from "./_missing_file.ts";
import { type Delays, secondsOf, ThreadDelays } from "./_thread_delays.ts";
import { type FilesByThread, readFilesByThread } from "./_files_by_thread.ts";
import type {
  CollectedRun,
  Collector,
  ProcessVisit,
  RunningCollector,
  Totals,
  VisitedFiles,
} from "./collector.ts";

/** The file of the sampling program itself, which every kernel has that has any. */
export const OWN_SCHEDSTAT = "/proc/self/schedstat";

/** Of a second: what the file counts in. */
export const NANOSECONDS = 1e9;

/**
 * Adds how long each process, and the tree, has waited for a CPU, and how often it was put on one.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { schedstat } from "@procline/procline/collect";
 * import { assertGreaterOrEqual } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [schedstat()] });
 * assertGreaterOrEqual(sampler.sample().tree.runDelaySecondsTotal ?? 0, 0);
 * ```
 */
export function schedstat(): Collector {
  return {
    name: "schedstat",
    comparesSamples: true,
    unusable,
    start: (reader, run) => new SchedstatReader(reader, run),
  };
}

function unusable(reader: ProcReader): string | null {
  const missing = missingFile(reader, "schedstat", OWN_SCHEDSTAT);
  if (missing !== null) return missing;
  const { value } = reader.read(OWN_SCHEDSTAT, parseSchedstat);
  return value !== null && isEmpty(value)
    ? `The collector schedstat finds nothing: this kernel counts nothing in ${OWN_SCHEDSTAT}`
    : null;
}

/** Reads what processes have waited, from sample to sample. */
class SchedstatReader implements RunningCollector {
  readonly #files: VisitedFiles;
  readonly #own: OwnFile;
  readonly #delays: ThreadDelays;

  constructor(reader: ProcReader, { facts, files }: CollectedRun) {
    this.#files = files;
    this.#own = new OwnFile(reader, OWN_SCHEDSTAT);
    this.#delays = new ThreadDelays({
      width: 2,
      perSecond: NANOSECONDS,
      ticksPerSecond: facts.ticksPerSecond,
    });
  }

  begin(): void {
    this.#delays.begin();
  }

  visit(visit: ProcessVisit): Readout<SchedstatFields & SchedulingFields> {
    const { process } = visit;
    const waited = fieldsOf(this.#delays.visit(visit, this.#read(process)));
    const scheduled = schedulingOf(process.stat);
    return {
      fields: { ...waited.fields, ...scheduled.fields },
      reasons: joinReasons(waited.reasons, scheduled.reasons),
    };
  }

  endedBeforeVisit(process: TreeProcess): void {
    this.#delays.endedBeforeVisit(process);
  }

  total(sweep: Sweep, atMs: number): Totals {
    const total = this.#delays.total(sweep, atMs);
    return { ...fieldsOf(total), consistent: true };
  }

  #read(process: TreeProcess): FilesByThread<ThreadReading> {
    const { threads, reason } = readFilesByThread(
      this.#files,
      process,
      "schedstat",
      parseSchedstat,
    );
    const main = threads.get(process.pid) ?? null;
    const isLacking = reason === "gone"
      ? this.#own.isMissing
      : main !== null && isEmpty(main) && hasRun(process.stat);
    if (isLacking) return { threads: new Map(), reason: "unsupported" };
    const readings = Array.from(
      threads,
      ([tid, one]) => [tid, one === null ? null : readingOf(one)] as const,
    );
    return { threads: new Map(readings), reason };
  }
}

function readingOf(
  { runTime, runDelay, timeslices }: Schedstat,
): ThreadReading {
  return {
    counters: [runDelay, timeslices],
    others: [runTime, timeslices],
  };
}

/** Three zeros: of a thread that has not run yet, or where the kernel does not count. */
export function isEmpty({ runTime, runDelay, timeslices }: Schedstat): boolean {
  return runTime === 0 && runDelay === 0 && timeslices === 0;
}

/** Whether a thread has surely been on a CPU: only from there can it begin to wait. */
export function hasRun({ state, utime, stime }: Stat): boolean {
  return state !== "R" || utime > 0 || stime > 0;
}

function fieldsOf({ counters, percentage }: Delays): Readout<SchedstatFields> {
  const [runDelay = null, timeslices = null] = counters.value ?? [];
  return {
    fields: {
      runDelaySecondsTotal: runDelay === null
        ? null
        : secondsOf(runDelay, NANOSECONDS),
      runDelayPercentage: percentage.value,
      timeslicesTotal: timeslices,
    },
    reasons: joinReasons(
      reasonFor("runDelaySecondsTotal", counters.reason),
      reasonFor("runDelayPercentage", percentage.reason),
      reasonFor("timeslicesTotal", counters.reason),
    ),
  };
}

/** The policies by their numbers, see the kernel's include/uapi/linux/sched.h. */
const POLICIES: Readonly<Record<number, string>> = {
  0: "SCHED_OTHER",
  1: "SCHED_FIFO",
  2: "SCHED_RR",
  3: "SCHED_BATCH",
  5: "SCHED_IDLE",
  6: "SCHED_DEADLINE",
  7: "SCHED_EXT",
};

function schedulingOf(
  stat: Stat,
): Readout<SchedulingFields> {
  const { processor } = stat;
  const { fields, reasons } = policyOf(stat);
  return {
    fields: { lastProcessor: processor, ...fields },
    reasons: joinReasons(
      reasonFor("lastProcessor", whyNone(processor)),
      reasons,
    ),
  };
}

/** How a process or a thread is scheduled. */
export function policyOf({ policy, rtPriority }: Stat): Readout<PolicyFields> {
  return {
    fields: {
      policy: policy === null ? null : POLICIES[policy] ?? `${policy}`,
      rtPriority,
    },
    reasons: joinReasons(
      reasonFor("policy", whyNone(policy)),
      reasonFor("rtPriority", whyNone(rtPriority)),
    ),
  };
}

function whyNone(value: number | null): "unsupported" | null {
  return value === null ? "unsupported" : null;
}
