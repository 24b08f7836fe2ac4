/**
 * The collector `host`: what the whole host uses, to tell a slow tree from a busy host.
 *
 * @module
 */

import type { HostFacts } from "../host/facts.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import { rateBetween } from "../integer.ts";
import type { HostSample, KeyedCounters } from "../model/collected_fields.ts";
import {
  hostReason,
  joinReasons,
  type NullReason,
  type NullReasons,
  reasonFor,
  sameReason,
  unsupportedIfNull,
} from "../model/null_reason.ts";
import { countCpus } from "../parse/cpu_list.ts";
import { parseFlatKeyed } from "../parse/flat_keyed.ts";
import { parseLoadavg } from "../parse/loadavg.ts";
import { type Meminfo, parseMeminfo } from "../parse/meminfo.ts";
import { parsePressure } from "../parse/pressure.ts";
import { parseProcStat, type ProcStat } from "../parse/proc_stat.ts";
import { Amounts } from "./_amounts.ts";
import { pressureFigures } from "./_pressure_figures.ts";
import type { Collector, Extras, RunningCollector } from "./collector.ts";

/** The CPU seconds that were used, and when they were read. */
interface PreviousReading {
  readonly busySeconds: number;
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

/** Idle times, and times that are part of `user` and `nice`. */
const NOT_BUSY: ReadonlySet<string> = new Set([
  "idle",
  "iowait",
  "guest",
  "guest_nice",
]);

const LOAD_KEYS: readonly (keyof HostSample)[] = [
  "load1",
  "load5",
  "load15",
  "numRunning",
  "numThreads",
];

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
    unusable: () => null,
    start: (reader, facts) => new HostFilesReader(reader, facts),
  };
}

/** Follows the host from sample to sample. */
class HostFilesReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #facts: HostFacts;
  #previous: PreviousReading | null = null;

  constructor(reader: ProcReader, facts: HostFacts) {
    this.#reader = reader;
    this.#facts = facts;
  }

  finish(atMs: number): Extras {
    return { extras: { host: this.#read(atMs) } };
  }

  #read(atMs: number): HostSample {
    const files = new HostFiles(this.#reader);
    const { onlineCpus } = this.#facts;
    const stat = files.read(
      "/proc/stat",
      ["cpuSecondsTotal", "ctxtSwitchesTotal", "forksTotal"],
      parseProcStat,
    );
    const load = files.read("/proc/loadavg", LOAD_KEYS, parseLoadavg);
    const meminfo = files.read(
      "/proc/meminfo",
      Object.keys(NO_MEMORY),
      parseMeminfo,
    );
    const amounts = new Amounts("unsupported");
    const fields = {
      numCpus: onlineCpus === null ? null : countCpus(onlineCpus),
      load1: load?.load1 ?? null,
      load5: load?.load5 ?? null,
      load15: load?.load15 ?? null,
      numRunning: load?.running ?? null,
      numThreads: load?.total ?? null,
      ...this.#cpu(stat, atMs),
      ctxtSwitchesTotal: stat?.ctxt ?? null,
      forksTotal: stat?.processes ?? null,
      ...(meminfo === null ? NO_MEMORY : memoryFields(meminfo, amounts)),
      cpuPressure: files.pressure("cpu", "cpuPressure"),
      memoryPressure: files.pressure("memory", "memoryPressure"),
      ioPressure: files.pressure("io", "ioPressure"),
      vmstat: files.read("/proc/vmstat", ["vmstat"], parseVmstat),
    };
    return {
      ...fields,
      unreadable: joinReasons(
        reasonFor("numCpus", onlineCpus === null ? "failed" : null),
        files.reasons,
        amounts.reasons,
        stat === null
          ? null
          : unsupportedIfNull(fields, ["ctxtSwitchesTotal", "forksTotal"]),
      ),
    };
  }

  #cpu(
    stat: ProcStat | null,
    atMs: number,
  ): Pick<HostSample, "cpuSecondsTotal" | "cpuPercentage"> {
    if (stat === null) return { cpuSecondsTotal: null, cpuPercentage: null };
    const cpuSecondsTotal: Record<string, number> = {};
    let busySeconds = 0;
    for (const [name, key] of Object.entries(CPU_KINDS)) {
      const ticks = stat[key];
      if (ticks === null) continue;
      const seconds = Number(ticks) / this.#facts.ticksPerSecond;
      cpuSecondsTotal[name] = seconds;
      if (!NOT_BUSY.has(name)) busySeconds += seconds;
    }
    const before = this.#previous;
    this.#previous = { busySeconds, atMs };
    if (before === null || busySeconds < before.busySeconds) {
      return { cpuSecondsTotal, cpuPercentage: null };
    }
    const windowSeconds = (atMs - before.atMs) / 1000;
    const rate = rateBetween(before.busySeconds, busySeconds, windowSeconds);
    return {
      cpuSecondsTotal,
      cpuPercentage: rate === null ? null : 100 * rate,
    };
  }
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
    return Object.keys(this.#reasons).length === 0 ? null : this.#reasons;
  }

  /** The parsed text of a file, which makes these fields. */
  read<T>(
    path: string,
    keys: readonly string[],
    parse: (text: string) => T,
  ): T | null {
    const { value, reason } = this.#reader.read(path, parse);
    if (reason !== null) {
      Object.assign(this.#reasons, sameReason(keys, hostReason(reason)));
    }
    return value;
  }

  /** The figures of a pressure file. */
  pressure(resource: string, key: keyof HostSample): KeyedCounters | null {
    return this.read(
      `/proc/pressure/${resource}`,
      [key],
      (text) => pressureFigures(parsePressure(text)),
    );
  }
}

function memoryFields(meminfo: Meminfo, amounts: Amounts): Memory {
  return {
    memTotalBytes: amounts.used("memTotalBytes", meminfo.memTotal),
    memFreeBytes: amounts.used("memFreeBytes", meminfo.memFree),
    memAvailableBytes: amounts.used("memAvailableBytes", meminfo.memAvailable),
    cachedBytes: amounts.used("cachedBytes", meminfo.cached),
    dirtyBytes: amounts.used("dirtyBytes", meminfo.dirty),
    swapTotalBytes: amounts.used("swapTotalBytes", meminfo.swapTotal),
    swapFreeBytes: amounts.used("swapFreeBytes", meminfo.swapFree),
  };
}

function parseVmstat(text: string): KeyedCounters {
  return Object.fromEntries(parseFlatKeyed("vmstat", text));
}
