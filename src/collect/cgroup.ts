/**
 * The collector `cgroup`: each cgroup v2 that processes of the tree are in. The files are those of the kernel's
 * Documentation/admin-guide/cgroup-v2.rst; a controller that is not enabled has none, and its fields are null.
 *
 * @module
 */

import { cutText } from "../text.ts";
import { cgroupDirectory, version2Path } from "../host/cgroup_paths.ts";
import type { HostFacts } from "../host/facts.ts";
import type { Integer } from "../integer.ts";
import { parseCgroup } from "../parse/cgroup.ts";
import { type CpuMax, parseCpuMax } from "../parse/cpu_max.ts";
import { parseFlatKeyed } from "../parse/flat_keyed.ts";
import { parseNestedKeyed } from "../parse/nested_keyed.ts";
import { parsePressure, type Pressure } from "../parse/pressure.ts";
import { parseSingleValue } from "../parse/single_value.ts";
import type { Reader } from "../kernel/proc_reader.ts";
import {
  noteUnsupported,
  orNull,
  type UnreadableFields,
  type UnreadableNotes,
  unsupportedIfGone,
} from "../model/null_reason.ts";
import type { Visit } from "./collector.ts";
import type { CgroupSample, KeyedCounters } from "../model/groups.ts";

/** What was used, and when. */
interface Seen {
  readonly total: number | null;
  readonly user: number | null;
  readonly kernel: number | null;
  readonly atMs: number;
}

/** The fields that `cpu.stat` makes beside `cpuSecondsTotal`. */
const CPU_KEYS = [
  "userCpuSecondsTotal",
  "kernelCpuSecondsTotal",
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
  "cpuLimitPercentage",
] as const satisfies readonly (keyof CgroupSample)[];

/** The fields that stand on lines of `cpu.stat`; the last three only where the cpu controller is enabled. */
const LINE_KEYS = [
  "cpuSecondsTotal",
  "userCpuSecondsTotal",
  "kernelCpuSecondsTotal",
  "cpuPeriodsTotal",
  "cpuThrottledPeriodsTotal",
  "cpuThrottledSecondsTotal",
] as const satisfies readonly (keyof CgroupSample)[];

const MICROSECONDS = 1e6;
/** The room that a path has on a line, in bytes of JSON. */
const MAX_PATH_BYTES = 2000;
/** A line has room for so many devices. */
const MAX_DEVICES = 40;

/** Follows the cgroups of a tree from sample to sample. */
export class CgroupCollector {
  readonly #reader: Reader;
  readonly #facts: HostFacts;
  #seen = new Map<string, Seen>();
  /** The groups of this sample, and how many processes of the tree are in each. */
  #groups = new Map<string, number>();

  /** Reads below the mount point of cgroup v2. */
  constructor(reader: Reader, facts: HostFacts) {
    this.#reader = reader;
    this.#facts = facts;
  }

  /** Notes the group of a process. */
  visit(visit: Visit): void {
    const entries = visit.reader.read(
      `/proc/${visit.member.pid}/cgroup`,
      parseCgroup,
    );
    const path = version2Path(entries.value ?? []);
    if (path === null) return;
    this.#groups.set(path, (this.#groups.get(path) ?? 0) + 1);
  }

  /** The directories of the groups that have been noted since they were last read. */
  get directories(): { readonly path: string; readonly directory: string }[] {
    return [...this.#groups.keys()].flatMap((path) => {
      const directory = cgroupDirectory(this.#facts.cgroup2, path);
      return directory === null ? [] : [{ path, directory }];
    });
  }

  /** Reads the groups that were noted since the last call. */
  take(atMs: number): CgroupSample[] {
    const groups = this.#groups;
    const before = this.#seen;
    this.#groups = new Map();
    this.#seen = new Map();
    const samples: CgroupSample[] = [];
    for (const [path, numProcesses] of groups) {
      const directory = cgroupDirectory(this.#facts.cgroup2, path);
      if (directory === null) continue;
      samples.push(this.#read({ path, numProcesses, directory, before, atMs }));
    }
    return samples;
  }

  #read(group: {
    readonly path: string;
    readonly numProcesses: number;
    readonly directory: string;
    readonly before: ReadonlyMap<string, Seen>;
    readonly atMs: number;
  }): CgroupSample {
    const { path, numProcesses, directory, atMs } = group;
    const files = new GroupFiles(this.#reader, directory);
    const cpuStat = files.flat("cpu.stat", "cpuSecondsTotal");
    if (cpuStat === null) files.lacksAs("cpuSecondsTotal", CPU_KEYS);
    const seen = {
      atMs,
      total: seconds(cpuStat?.usage_usec),
      user: seconds(cpuStat?.user_usec),
      kernel: seconds(cpuStat?.system_usec),
    };
    const before = group.before.get(path);
    // One that has used less than before was made anew under the same path.
    const isSame = (before?.total ?? 0) <= (seen.total ?? 0);
    const previous = isSame ? before : undefined;
    this.#seen.set(path, seen);
    const cpuPercentage = percentageBetween("total", { previous, seen });
    const max = files.read("cpu.max", {
      key: "cpuLimitCores",
      parse: parseCpuMax,
    });
    const cores = coresOf(max);
    const shownPath = cutText(path, MAX_PATH_BYTES);
    const ioStat = files.nested("io.stat", "ioStat");
    const fields = {
      path: shownPath,
      pathTruncated: shownPath !== path,
      numProcesses,
      cpuSecondsTotal: seen.total,
      userCpuSecondsTotal: seen.user,
      kernelCpuSecondsTotal: seen.kernel,
      cpuPercentage,
      userCpuPercentage: percentageBetween("user", { previous, seen }),
      kernelCpuPercentage: percentageBetween("kernel", { previous, seen }),
      cpuLimitCores: cores,
      cpuLimitPercentage: cores === null || cpuPercentage === null
        ? null
        : cpuPercentage / cores,
      cpuPeriodsTotal: cpuStat?.nr_periods ?? null,
      cpuThrottledPeriodsTotal: cpuStat?.nr_throttled ?? null,
      cpuThrottledSecondsTotal: seconds(cpuStat?.throttled_usec),
      memoryCurrentBytes: files.single("memory.current", "memoryCurrentBytes"),
      memoryPeakBytes: files.single("memory.peak", "memoryPeakBytes"),
      memoryMaxBytes: files.single("memory.max", "memoryMaxBytes"),
      memoryHighBytes: files.single("memory.high", "memoryHighBytes"),
      swapCurrentBytes: files.single("memory.swap.current", "swapCurrentBytes"),
      swapMaxBytes: files.single("memory.swap.max", "swapMaxBytes"),
      memoryStat: files.flat("memory.stat", "memoryStat"),
      memoryEvents: files.flat("memory.events", "memoryEvents"),
      ioStat: ioStat === null
        ? null
        : Object.fromEntries(ioStat.slice(0, MAX_DEVICES)),
      ioStatTruncated: (ioStat?.length ?? 0) > MAX_DEVICES,
      pidsCurrent: files.single("pids.current", "pidsCurrent"),
      pidsMax: files.single("pids.max", "pidsMax"),
      cpuPressure: files.pressure("cpu.pressure", "cpuPressure"),
      memoryPressure: files.pressure("memory.pressure", "memoryPressure"),
      ioPressure: files.pressure("io.pressure", "ioPressure"),
    };
    return { ...fields, unreadable: files.unreadableOf(fields) };
  }
}

/** The files of one group; it notes those that cannot be read. */
class GroupFiles {
  readonly #reader: Reader;
  readonly #directory: string;
  readonly #notes: UnreadableNotes = {};

  constructor(reader: Reader, directory: string) {
    this.#reader = reader;
    this.#directory = directory;
  }

  /** Why which fields are null: those of a file that could not be read, and those of which a file has no line. */
  unreadableOf(
    fields: Omit<CgroupSample, "unreadable">,
  ): UnreadableFields | null {
    const notes = this.#notes;
    noteUnsupported(fields, { keys: LINE_KEYS, notes });
    return orNull(notes);
  }

  read<T>(
    file: string,
    options: {
      readonly key: keyof CgroupSample;
      readonly parse: (text: string) => T;
    },
  ): T | null {
    const { value, unread } = this.#reader.read(
      `${this.#directory}/${file}`,
      options.parse,
    );
    if (unread !== null) {
      this.#notes[options.key] = unsupportedIfGone(unread);
    }
    return value;
  }

  /** Notes that these fields are null for the same reason as another, where it is. */
  lacksAs(
    like: keyof CgroupSample,
    keys: readonly (keyof CgroupSample)[],
  ): void {
    const why = this.#notes[like];
    if (why === undefined) return;
    for (const key of keys) this.#notes[key] = why;
  }

  single(file: string, key: keyof CgroupSample): Integer | null {
    const parse = (text: string) => parseSingleValue(file, text);
    return this.read(file, { key, parse });
  }

  flat(file: string, key: keyof CgroupSample): KeyedCounters | null {
    const parse = (text: string) =>
      Object.fromEntries(parseFlatKeyed(file, text));
    return this.read(file, { key, parse });
  }

  nested(
    file: string,
    key: keyof CgroupSample,
  ): (readonly [string, KeyedCounters])[] | null {
    const parse = (text: string) =>
      Array.from(
        parseNestedKeyed(file, text),
        ([device, counters]) => [device, Object.fromEntries(counters)] as const,
      );
    return this.read(file, { key, parse });
  }

  pressure(file: string, key: keyof CgroupSample): KeyedCounters | null {
    const parse = (text: string) => pressureCounters(parsePressure(text));
    return this.read(file, { key, parse });
  }
}

/** The figures of a pressure file as one flat record: `some_avg10`, `full_total` and so on. */
export function pressureCounters(pressure: Pressure): KeyedCounters {
  const counters: Record<string, Integer> = {};
  for (const kind of ["some", "full"] as const) {
    const line = pressure[kind];
    if (line === null) continue;
    counters[`${kind}_avg10`] = line.avg10;
    counters[`${kind}_avg60`] = line.avg60;
    counters[`${kind}_avg300`] = line.avg300;
    counters[`${kind}_total`] = line.total;
  }
  return counters;
}

function seconds(microseconds: Integer | undefined): number | null {
  return microseconds === undefined
    ? null
    : Number(microseconds) / MICROSECONDS;
}

/** The share of one core since the previous sample; null where there was none. */
function percentageBetween(
  part: "total" | "user" | "kernel",
  samples: { readonly previous: Seen | undefined; readonly seen: Seen },
): number | null {
  const { previous, seen } = samples;
  const [before, now] = [previous?.[part] ?? null, seen[part]];
  if (previous === undefined || before === null || now === null) return null;
  const window = (seen.atMs - previous.atMs) / 1000;
  return window > 0 && now >= before ? 100 * (now - before) / window : null;
}

function coresOf(max: CpuMax | null): number | null {
  return max === null || max.quotaMicroseconds === null
    ? null
    : max.quotaMicroseconds / max.periodMicroseconds;
}
