/**
 * The collector `limits`: the resource limits of each process, and how near it is to those that can
 * be measured. It reads `limits`, `status` and the names in `fd`; to count the threads of a user,
 * in each sample `status` of every process that /proc lists.
 *
 * @module
 */

import { type Integer, multiplyIntegers } from "../integer.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import type { LimitsFields } from "../model/collected_fields.ts";
import {
  joinReasons,
  type Known,
  lineReason,
  noneIfEmpty,
  type NullReason,
  processReason,
  type Readout,
  reasonFor,
  sameReason,
  whyNothing,
} from "../model/null_reason.ts";
import { parseRlimits, type Rlimits } from "../parse/limits.ts";
import type { Stat } from "../parse/stat.ts";
import { type LimitedUse, parseLimitedUse } from "../parse/status.ts";
import { parseIfOther } from "./_same_text.ts";
import { UserThreads } from "./_user_threads.ts";
import type {
  CollectedRun,
  Collector,
  ProcessVisit,
  RunningCollector,
  VisitedFiles,
} from "./collector.ts";

/**
 * Adds the resource limits of each process, and how near it is to them.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { limits } from "@procline/procline/collect";
 * import { assertGreater } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [limits()] });
 * assertGreater(sampler.sample().processes[0]?.rlimitsPercentage?.nofile, 0);
 * ```
 */
export function limits(): Collector {
  return {
    name: "limits",
    unusable: () => null,
    start: (reader, run) => new LimitsReader(reader, run),
  };
}

/** A limit by its name in getrlimit(2). */
type LimitName = Exclude<keyof Rlimits, "malformed">;

/** The names of the lines that limits stand on. */
const LINES: readonly (readonly [LimitName, string])[] = [
  ["cpu", "Max cpu time"],
  ["fsize", "Max file size"],
  ["data", "Max data size"],
  ["stack", "Max stack size"],
  ["core", "Max core file size"],
  ["rss", "Max resident set"],
  ["nproc", "Max processes"],
  ["nofile", "Max open files"],
  ["memlock", "Max locked memory"],
  ["as", "Max address space"],
  ["locks", "Max file locks"],
  ["sigpending", "Max pending signals"],
  ["msgqueue", "Max msgqueue size"],
  ["nice", "Max nice priority"],
  ["rtprio", "Max realtime priority"],
  ["rttime", "Max realtime timeout"],
];

/** The maps that are not known if the limits are not. */
const MAPS = ["rlimitsSoft", "rlimitsHard", "rlimitsPercentage"] as const;

/** How much is used of what is limited, or why that is not known. */
type Used = Readonly<Partial<Record<LimitName, Known<Integer>>>>;

class LimitsReader implements RunningCollector {
  readonly #files: VisitedFiles;
  readonly #ticksPerSecond: number;
  readonly #users: UserThreads;
  readonly #parseRlimits = parseIfOther(parseRlimits);

  constructor(reader: ProcReader, { files, facts }: CollectedRun) {
    this.#files = files;
    this.#ticksPerSecond = facts.ticksPerSecond;
    this.#users = new UserThreads(reader);
  }

  begin(): void {
    this.#users.begin();
  }

  visit(
    { directory, process: { stat }, vsizeBytes }: ProcessVisit,
  ): Readout<LimitsFields> {
    const limits = this.#files.readFields(
      `${directory}/limits`,
      this.#parseRlimits,
    );
    const status = this.#files.readFields(
      `${directory}/status`,
      parseLimitedUse,
    );
    const fds = this.#files.readDir(`${directory}/fd`);
    const threads = this.#threadsOf(status, stat);
    const used: Used = {
      cpu: known(
        (Number(stat.utime) + Number(stat.stime)) / this.#ticksPerSecond,
      ),
      data: memoryOf(status, stat, "vmData"),
      stack: memoryOf(status, stat, "vmStk"),
      nproc: threads,
      nofile: fds.value === null
        ? unknown(processReason(fds.reason, stat))
        : known(fds.value.length),
      memlock: memoryOf(status, stat, "vmLck"),
      as: spaceOf(stat, vsizeBytes),
      sigpending: queuedOf(status, stat),
    };
    const maps = limits.value === null
      ? nothing(processReason(limits.reason, stat))
      : mapsOf(limits.value, used);
    return {
      fields: { ...maps.fields, userNumThreads: threads.value },
      reasons: joinReasons(
        maps.reasons,
        reasonFor("userNumThreads", threads.reason),
      ),
    };
  }

  #threadsOf(
    { value, reason }: Reading<LimitedUse>,
    stat: Stat,
  ): Known<number> {
    if (value === null) return unknown(processReason(reason, stat));
    const { uid } = value;
    return uid === null
      ? unknown(lineReason(value, "Uid"))
      : this.#users.count(uid);
  }
}

/** The lines of the amounts of memory that are limited. */
const MEMORY_LINES = {
  vmData: "VmData",
  vmStk: "VmStk",
  vmLck: "VmLck",
} as const;

function memoryOf(
  { value, reason }: Reading<LimitedUse>,
  stat: Stat,
  key: keyof typeof MEMORY_LINES,
): Known<Integer> {
  if (value === null) return unknown(processReason(reason, stat));
  const kib = value[key];
  if (kib !== null) return known(multiplyIntegers(kib, 1024));
  const why = lineReason(value, MEMORY_LINES[key]);
  const hasNone = why === "unsupported" && stat.vsize === 0;
  return unknown(hasNone ? whyNothing(stat) : why);
}

/**
 * The address space. The main thread's `stat` shows none once it has ended, though other threads
 * still have it; and that of a child of vfork(2) is its parent's, which its limit bounds as well.
 */
function spaceOf(stat: Stat, vsizeBytes: Integer | null): Known<Integer> {
  if (stat.vsize !== 0) return known(stat.vsize);
  return vsizeBytes === null ? unknown(whyNothing(stat)) : known(vsizeBytes);
}

function queuedOf(
  { value, reason }: Reading<LimitedUse>,
  stat: Stat,
): Known<Integer> {
  if (value === null) return unknown(processReason(reason, stat));
  return value.queued === null
    ? unknown(lineReason(value, "SigQ"))
    : known(value.queued);
}

type Maps = Omit<LimitsFields, "userNumThreads">;

function nothing(reason: NullReason): Readout<Maps> {
  return {
    fields: { rlimitsSoft: null, rlimitsHard: null, rlimitsPercentage: null },
    reasons: sameReason(MAPS, reason),
  };
}

function mapsOf(limits: Rlimits, used: Used): Readout<Maps> {
  const soft: Record<string, Integer | null> = {};
  const hard: Record<string, Integer | null> = {};
  const shares: Record<string, number | null> = {};
  const reasons: Record<string, NullReason> = {};
  for (const [name, line] of LINES) {
    const limit = limits[name];
    const amount = used[name];
    if (limit === null) {
      const why = lineReason(limits, line);
      reasons.rlimitsSoft ??= why;
      reasons.rlimitsHard ??= why;
      if (amount !== undefined) reasons.rlimitsPercentage ??= why;
      continue;
    }
    soft[name] = limit.soft;
    hard[name] = limit.hard;
    if (amount === undefined || limit.soft === null || limit.soft <= 0) {
      continue;
    }
    shares[name] = amount.value === null
      ? null
      : Number(amount.value) / Number(limit.soft) * 100;
    if (amount.reason !== null) reasons.rlimitsPercentage ??= amount.reason;
  }
  return {
    fields: { rlimitsSoft: soft, rlimitsHard: hard, rlimitsPercentage: shares },
    reasons: noneIfEmpty(reasons),
  };
}

function known<T>(value: T): Known<T> {
  return { value, reason: null };
}

function unknown(reason: NullReason): { value: null; reason: NullReason } {
  return { value: null, reason };
}
