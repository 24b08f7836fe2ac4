/**
 * The collector `host`: what the whole host uses, to tell a slow tree from a busy host.
 *
 * @module
 */

import { countCpus, type CpuRange } from "../parse/cpu_list.ts";
import { parseFlatKeyed } from "../parse/flat_keyed.ts";
import { type Loadavg, parseLoadavg } from "../parse/loadavg.ts";
import { type Meminfo, parseMeminfo } from "../parse/meminfo.ts";
import { parsePressure } from "../parse/pressure.ts";
import { parseProcStat, type ProcStat } from "../parse/proc_stat.ts";
import { type Integer, multiplyIntegers } from "../integer.ts";
import type { Reader } from "../kernel/proc_reader.ts";
import {
  noteUnsupported,
  orNull,
  type UnreadableNotes,
  unsupportedIfGone,
} from "../model/null_reason.ts";
import type { HostSample, KeyedCounters } from "../model/groups.ts";
import { pressureCounters } from "./cgroup.ts";

interface Busy {
  readonly seconds: number;
  readonly atMs: number;
}

const KIB = 1024;

const CPU_KINDS = [
  "user",
  "nice",
  "system",
  "idle",
  "iowait",
  "irq",
  "softirq",
  "steal",
  "guest",
  "guestNice",
] as const;

const IDLE_KINDS: readonly string[] = ["idle", "iowait"];
/** Their time is part of `user` and `nice`. */
const GUEST_KINDS: readonly string[] = ["guest", "guestNice"];

const MEMORY_KEYS = [
  "memTotalBytes",
  "memFreeBytes",
  "memAvailableBytes",
  "cachedBytes",
  "dirtyBytes",
  "swapTotalBytes",
  "swapFreeBytes",
] as const satisfies readonly (keyof HostSample)[];

/** Follows the host from sample to sample. */
export class HostCollector {
  readonly #reader: Reader;
  readonly #options: {
    readonly ticksPerSecond: number;
    readonly onlineCpus: readonly CpuRange[] | null;
  };
  #busy: Busy | null = null;

  /** Reads with `reader`, in the ticks and with the CPUs of the host's facts. */
  constructor(
    reader: Reader,
    options: {
      readonly ticksPerSecond: number;
      readonly onlineCpus: readonly CpuRange[] | null;
    },
  ) {
    this.#reader = reader;
    this.#options = options;
  }

  /** Reads the host now. */
  take(atMs: number): HostSample {
    const notes: UnreadableNotes = {};
    const read = <T>(
      path: string,
      options: {
        readonly keys: readonly (keyof HostSample)[];
        readonly parse: (text: string) => T;
      },
    ): T | null => {
      const { value, unread } = this.#reader.read(path, options.parse);
      if (unread !== null) {
        for (const key of options.keys) {
          notes[key] = unsupportedIfGone(unread);
        }
      }
      return value;
    };
    const pressure = (name: string, key: keyof HostSample) =>
      read(`/proc/pressure/${name}`, {
        keys: [key],
        parse: (text) => pressureCounters(parsePressure(text)),
      });
    const { onlineCpus } = this.#options;
    if (onlineCpus === null) notes.numCpus = "failed";
    const stat = read("/proc/stat", {
      keys: ["cpuSecondsTotal", "ctxtSwitchesTotal", "forksTotal"],
      parse: parseProcStat,
    });
    const load: Loadavg | null = read("/proc/loadavg", {
      keys: ["load1", "load5", "load15", "numRunning", "numThreads"],
      parse: parseLoadavg,
    });
    const meminfo = read("/proc/meminfo", {
      keys: MEMORY_KEYS,
      parse: parseMeminfo,
    });
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
      ...memory(meminfo),
      cpuPressure: pressure("cpu", "cpuPressure"),
      memoryPressure: pressure("memory", "memoryPressure"),
      ioPressure: pressure("io", "ioPressure"),
      vmstat: read("/proc/vmstat", { keys: ["vmstat"], parse: parseVmstat }),
    };
    const keys = [...MEMORY_KEYS, "ctxtSwitchesTotal", "forksTotal"] as const;
    noteUnsupported(fields, { keys, notes });
    return { ...fields, unreadable: orNull(notes) };
  }

  #cpu(
    stat: ProcStat | null,
    atMs: number,
  ): Pick<HostSample, "cpuSecondsTotal" | "cpuPercentage"> {
    if (stat === null) return { cpuSecondsTotal: null, cpuPercentage: null };
    const cpuSecondsTotal: Record<string, number> = {};
    let busy = 0;
    for (const kind of CPU_KINDS) {
      const ticks = stat[kind];
      if (ticks === null) continue;
      const seconds = Number(ticks) / this.#options.ticksPerSecond;
      cpuSecondsTotal[kind] = seconds;
      if (!IDLE_KINDS.includes(kind) && !GUEST_KINDS.includes(kind)) {
        busy += seconds;
      }
    }
    const before = this.#busy;
    this.#busy = { seconds: busy, atMs };
    const window = before === null ? 0 : (atMs - before.atMs) / 1000;
    const cpuPercentage =
      before === null || window <= 0 || busy < before.seconds
        ? null
        : 100 * (busy - before.seconds) / window;
    return { cpuSecondsTotal, cpuPercentage };
  }
}

function memory(
  meminfo: Meminfo | null,
): Pick<HostSample, (typeof MEMORY_KEYS)[number]> {
  const kib = (value: Integer | null | undefined): Integer | null =>
    value === null || value === undefined ? null : multiplyIntegers(value, KIB);
  return {
    memTotalBytes: kib(meminfo?.memTotal),
    memFreeBytes: kib(meminfo?.memFree),
    memAvailableBytes: kib(meminfo?.memAvailable),
    cachedBytes: kib(meminfo?.cached),
    dirtyBytes: kib(meminfo?.dirty),
    swapTotalBytes: kib(meminfo?.swapTotal),
    swapFreeBytes: kib(meminfo?.swapFree),
  };
}

function parseVmstat(text: string): KeyedCounters {
  return Object.fromEntries(parseFlatKeyed("vmstat", text));
}
