/**
 * The collector `host`: what the whole host uses, to tell a slow tree from a busy host.
 *
 * @module
 */

import type { PartlyMalformed } from "../errors.ts";
import type { HostFacts } from "../host/facts.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import type { HostSample, KeyedCounters } from "../model/collected_fields.ts";
import {
  hostReason,
  joinReasons,
  lineReason,
  lineReasons,
  noneIfEmpty,
  type NullReason,
  type NullReasons,
  type Readout,
  reasonFor,
  sameReason,
} from "../model/null_reason.ts";
import {
  NO_RATE,
  percentOfCores,
  type Rate,
  rateBetween,
} from "../model/rate.ts";
import { parseLoadavg } from "../parse/loadavg.ts";
import { type Meminfo, parseMeminfo } from "../parse/meminfo.ts";
import { parsePressure } from "../parse/pressure.ts";
import { parseProcStat, type ProcStat } from "../parse/proc_stat.ts";
import { Amounts } from "./_amounts.ts";
import {
  type Figures,
  flatFigures,
  mapReason,
  pressureFigures,
} from "./_figures.ts";
import type {
  Collector,
  Extras,
  RunningCollector,
  SampleTime,
} from "./collector.ts";
import type { Sweep } from "../tree/tree.ts";

/** The times of the CPUs, and when they were read. */
interface PreviousReading {
  readonly stat: ProcStat;
  readonly atMs: number;
}

/** The times of `/proc/stat`, by the names in its man page. */
const CPU_KINDS = {
  user: "user",
  nice: "nice",
  system: "system",
  idle: "idle",
  iowait: "iowait",
  irq: "irq",
  softirq: "softirq",
  steal: "steal",
  guest: "guest",
  guest_nice: "guestNice",
} as const satisfies Readonly<Record<string, keyof ProcStat>>;

/** The kinds in which CPUs are busy; guests are part of `user` and `nice`. */
const BUSY = [
  "user",
  "nice",
  "system",
  "irq",
  "softirq",
  "steal",
] as const satisfies readonly (keyof ProcStat)[];

/**
 * A counter that grows by so many times what the CPUs can use in a window, and by so many seconds
 * more, is no longer inexact: it has leapt, as steal does where a hypervisor lets it wrap.
 */
const LEAP = { factor: 2, seconds: 1 } as const;

/** More ticks than this, 2^53, no host has counted: a counter that fell below 0 and wrapped. */
const MAX_TICKS = Number.MAX_SAFE_INTEGER;

/** The busy times that every kernel reports: without one of them, their sum is not known. */
const OLDEST: ReadonlySet<string> = new Set(["user", "nice", "system"]);

/** The lines of `/proc/stat` that are fields of their own. */
const STAT_LINES = {
  ctxtSwitchesTotal: "ctxt",
  forksTotal: "processes",
} satisfies Partial<Record<keyof HostSample, string>>;

const STAT_KEYS: readonly string[] = [
  "cpuSecondsTotal",
  "cpuPercentage",
  ...Object.keys(STAT_LINES),
];

/** What is known of the CPUs before a sample begins. */
const UNKNOWN_CPUS: Pick<SampleTime, "onlineCpus" | "maxCores"> = {
  onlineCpus: { value: null, reason: "unsupported" },
  maxCores: null,
};

/** The words of `/proc/loadavg`. */
const LOAD_WORDS = {
  load1: "load1",
  load5: "load5",
  load15: "load15",
  numRunning: "running",
  numThreads: "total",
} satisfies Partial<Record<keyof HostSample, string>>;

type Memory = Pick<
  HostSample,
  | "memTotalBytes"
  | "memFreeBytes"
  | "memAvailableBytes"
  | "cachedBytes"
  | "dirtyBytes"
  | "swapTotalBytes"
  | "swapFreeBytes"
>;

const NO_MEMORY: Memory = {
  memTotalBytes: null,
  memFreeBytes: null,
  memAvailableBytes: null,
  cachedBytes: null,
  dirtyBytes: null,
  swapTotalBytes: null,
  swapFreeBytes: null,
};

/**
 * Adds a line with what the whole host uses.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { host } from "@procline/procline/collect";
 * import { assertExists } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [host()] });
 * assertExists(sampler.sample().host?.memTotalBytes);
 * ```
 */
export function host(): Collector {
  return {
    name: "host",
    comparesSamples: true,
    unusable: () => null,
    start: (reader, { facts }) => new HostFilesReader(reader, facts),
  };
}

/** Follows the host from sample to sample. */
class HostFilesReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #facts: HostFacts;
  #previous: PreviousReading | null = null;
  #time: SampleTime | null = null;

  constructor(reader: ProcReader, facts: HostFacts) {
    this.#reader = reader;
    this.#facts = facts;
  }

  begin(_: Sweep, time: SampleTime): void {
    this.#time = time;
  }

  finish(atMs: number): Extras {
    return { extras: { host: this.#read(atMs) } };
  }

  #read(atMs: number): HostSample {
    const files = new HostFiles(this.#reader);
    const { onlineCpus, maxCores } = this.#time ?? UNKNOWN_CPUS;
    const stat = files.read("/proc/stat", STAT_KEYS, parseProcStat);
    const load = files.read(
      "/proc/loadavg",
      Object.keys(LOAD_WORDS),
      parseLoadavg,
    );
    const meminfo = files.read(
      "/proc/meminfo",
      Object.keys(NO_MEMORY),
      parseMeminfo,
    );
    const amounts = new Amounts(meminfo ?? {}, "unsupported");
    const cpu = this.#cpu(stat, atMs, maxCores);
    const fields = {
      numCpus: onlineCpus.value,
      load1: load?.load1 ?? null,
      load5: load?.load5 ?? null,
      load15: load?.load15 ?? null,
      numRunning: load?.running ?? null,
      numThreads: load?.total ?? null,
      ...cpu.fields,
      ctxtSwitchesTotal: stat?.ctxt ?? null,
      forksTotal: stat?.processes ?? null,
      ...(meminfo === null ? NO_MEMORY : memoryFields(meminfo, amounts)),
      cpuPressure: files.pressure("cpu", "cpuPressure"),
      memoryPressure: files.pressure("memory", "memoryPressure"),
      ioPressure: files.pressure("io", "ioPressure"),
      vmstat: files.figures("/proc/vmstat", "vmstat", parseVmstat),
    };
    return {
      ...fields,
      unreadable: joinReasons(
        reasonFor("numCpus", onlineCpus.reason),
        files.reasons,
        amounts.reasons,
        cpu.reasons,
        load === null ? null : lineReasons(load, fields, LOAD_WORDS),
        stat === null ? null : lineReasons(stat, fields, STAT_LINES),
      ),
    };
  }

  #cpu(
    stat: ProcStat | null,
    atMs: number,
    maxCores: number | null,
  ): Readout<Pick<HostSample, "cpuSecondsTotal" | "cpuPercentage">> {
    const before = this.#previous;
    if (stat === null) {
      // Why is noted with the file.
      return {
        fields: { cpuSecondsTotal: null, cpuPercentage: null },
        reasons: null,
      };
    }
    this.#previous = { stat, atMs };
    const { ticksPerSecond } = this.#facts;
    const cpuSecondsTotal: Record<string, number | null> = {};
    let hasWrapped = false;
    let isMalformed = false;
    for (const [name, key] of Object.entries(CPU_KINDS)) {
      const ticks = stat[key];
      if (ticks === null) {
        if (lineReason(stat, name) !== "malformed") continue;
        isMalformed = true;
        cpuSecondsTotal[name] = null;
        continue;
      }
      if (ticks > MAX_TICKS) hasWrapped = true;
      cpuSecondsTotal[name] = Number(ticks) / ticksPerSecond;
    }
    const busy = before === null
      ? NO_RATE
      : busyRate(before, { stat, atMs }, ticksPerSecond, maxCores);
    const unknown = whyUnknown(stat);
    const isMissing = Object.keys(cpuSecondsTotal).length === 0;
    const reason = hasWrapped ? "counter" : isMissing ? "unsupported" : null;
    return {
      fields: {
        cpuSecondsTotal: reason === null ? cpuSecondsTotal : null,
        cpuPercentage: unknown === null ? busy.value : null,
      },
      reasons: joinReasons(
        reasonFor(
          "cpuSecondsTotal",
          reason ?? (isMalformed ? "malformed" : null),
        ),
        reasonFor("cpuPercentage", unknown ?? busy.reason),
      ),
    };
  }
}

/** Why it is not known how busy the CPUs are, as far as it stands in one reading. */
function whyUnknown(stat: ProcStat): NullReason | null {
  for (const kind of BUSY) {
    if (stat[kind] !== null) continue;
    const reason = lineReason(stat, kind);
    if (reason === "malformed" || OLDEST.has(kind)) return reason;
  }
  return null;
}

/**
 * The share of one core in percent that all CPUs were busy, held to those that there are. Kinds are
 * compared one by one, so that none that fell hides behind one that grew.
 */
function busyRate(
  before: PreviousReading,
  now: PreviousReading,
  ticksPerSecond: number,
  maxCores: number | null,
): Rate {
  const seconds = (now.atMs - before.atMs) / 1000;
  const most = percentOfCores(maxCores);
  const leap = LEAP.factor * most +
    100 * LEAP.seconds / Math.max(seconds, 1e-3);
  if (whyUnknown(before.stat) !== null) return NO_RATE;
  let percent = 0;
  for (const kind of BUSY) {
    const rate = rateBetween(
      before.stat[kind] ?? 0,
      now.stat[kind] ?? 0,
      seconds,
    );
    if (rate.value === null) return rate;
    const share = 100 * rate.value / ticksPerSecond;
    if (share > leap) return { value: null, reason: "counter" };
    percent += share;
  }
  return { value: Math.min(percent, most), reason: null };
}

/** The host's own files; it notes which of them cannot be read. */
class HostFiles {
  readonly #reader: ProcReader;
  readonly #reasons: Record<string, NullReason> = {};

  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** Why the fields are null that files make which could not be read; null if all could. */
  get reasons(): NullReasons | null {
    return noneIfEmpty(this.#reasons);
  }

  /** The figures of a file, which make the map `key`; null ones make no sense. */
  figures(
    path: string,
    key: keyof HostSample,
    parse: (text: string) => Figures,
  ): KeyedCounters | null {
    const figures = this.read(path, [key], parse)?.figures;
    const reason = mapReason(figures);
    if (reason !== null) this.#reasons[key] = reason;
    return figures ?? null;
  }

  /** The parsed text of a file, which makes these fields. */
  read<T extends PartlyMalformed>(
    path: string,
    keys: readonly string[],
    parse: (text: string) => T,
  ): T | null {
    const { value, reason } = this.#reader.readFields(path, parse);
    if (reason !== null) {
      Object.assign(this.#reasons, sameReason(keys, hostReason(reason)));
    }
    return value;
  }

  /** The figures of a pressure file. */
  pressure(resource: string, key: keyof HostSample): KeyedCounters | null {
    return this.figures(
      `/proc/pressure/${resource}`,
      key,
      (text) => pressureFigures(parsePressure(text)),
    );
  }
}

function memoryFields(meminfo: Meminfo, amounts: Amounts): Memory {
  return {
    memTotalBytes: amounts.used("memTotalBytes", meminfo.memTotal, "MemTotal"),
    memFreeBytes: amounts.used("memFreeBytes", meminfo.memFree, "MemFree"),
    memAvailableBytes: amounts.used(
      "memAvailableBytes",
      meminfo.memAvailable,
      "MemAvailable",
    ),
    cachedBytes: amounts.used("cachedBytes", meminfo.cached, "Cached"),
    dirtyBytes: amounts.used("dirtyBytes", meminfo.dirty, "Dirty"),
    swapTotalBytes: amounts.used(
      "swapTotalBytes",
      meminfo.swapTotal,
      "SwapTotal",
    ),
    swapFreeBytes: amounts.used("swapFreeBytes", meminfo.swapFree, "SwapFree"),
  };
}

function parseVmstat(text: string): Figures {
  return flatFigures("vmstat", text);
}
