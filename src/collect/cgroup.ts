/**
 * The collector `cgroup`: whose each process is, and each cgroup v2 that processes of the tree are
 * in. The files are those of
 * the kernel's Documentation/admin-guide/cgroup-v2.rst; a controller that is not enabled has none,
 * and its fields are null.
 *
 * @module
 */

import { CgroupMounts, type CgroupPlace } from "../host/cgroup_mounts.ts";
import { type Integer, usedBytes } from "../integer.ts";
import type { PartlyMalformed } from "../errors.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import type {
  CgroupSample,
  KeyedCounters,
  OwnerFields,
} from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import {
  hostReason,
  joinReasons,
  type Known,
  type NullReason,
  type NullReasons,
  type Readout,
  reasonFor,
} from "../model/null_reason.ts";
import { percentOfCores, type Rate, rateBetween } from "../model/rate.ts";
import { type CpuMax, parseCpuMax } from "../parse/cpu_max.ts";
import { parseNestedKeyed } from "../parse/nested_keyed.ts";
import { parsePressure } from "../parse/pressure.ts";
import { parseSingleValue } from "../parse/single_value.ts";
import { cutText, jsonBytes } from "../text.ts";
import { CgroupOwners } from "./_cgroup_owner.ts";
import { type GroupOfTree, GroupsOfTree } from "./_groups_of_tree.ts";
import {
  type Figures,
  flatFigures,
  mapReason,
  pressureFigures,
} from "./_figures.ts";
import type {
  Collector,
  Extras,
  ProcessVisit,
  RunningCollector,
  SampleTime,
} from "./collector.ts";
import type { Sweep } from "../tree/tree.ts";

/** The CPU time of a group, and when it was read. */
interface PreviousReading {
  readonly total: number | null;
  readonly user: number | null;
  readonly kernel: number | null;
  readonly atMs: number;
}

/** The fields of a group, before the reasons for nulls are known. */
type GroupFields = Omit<CgroupSample, "unreadable">;

/**
 * The lines of `cpu.stat` that make fields; the last three are there only if the cpu controller is
 * enabled.
 */
const CPU_LINES: Readonly<Partial<Record<keyof GroupFields, string>>> = {
  cpuSecondsTotal: "usage_usec",
  userCpuSecondsTotal: "user_usec",
  kernelCpuSecondsTotal: "system_usec",
  cpuPercentage: "usage_usec",
  userCpuPercentage: "user_usec",
  kernelCpuPercentage: "system_usec",
  cpuLimitPercentage: "usage_usec",
  cpuPeriodsTotal: "nr_periods",
  cpuThrottledPeriodsTotal: "nr_throttled",
  cpuThrottledSecondsTotal: "throttled_usec",
};

/** What the kernel puts behind the path of a group that was removed, see cgroups(7). */
const DELETED = " (deleted)";

const MICROSECONDS = 1e6;

/**
 * Adds to each process its cgroup, and the unit, the container and the pod that this names; and a
 * line for each cgroup v2 that processes of the tree are in.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { cgroup } from "@procline/procline/collect";
 * import { assertExists } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [cgroup()] });
 * assertExists(sampler.sample().cgroups);
 * ```
 */
export function cgroup(): Collector {
  return {
    name: "cgroup",
    comparesSamples: true,
    unusable: (reader) =>
      new CgroupMounts(reader).isMounted
        ? null
        : "The collector cgroup finds nothing: cgroup v2 is not mounted",
    start: (reader, _, mounts) => new CgroupReader(reader, mounts),
  };
}

/** Follows the cgroups of a tree from sample to sample. */
class CgroupReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #groups: GroupsOfTree;
  readonly #owners: CgroupOwners;
  #previous = new Map<string, PreviousReading>();
  #maxCores: number | null = null;

  constructor(reader: ProcReader, mounts: CgroupMounts) {
    this.#reader = reader;
    this.#groups = new GroupsOfTree(reader, mounts);
    this.#owners = new CgroupOwners(reader);
  }

  begin(_: Sweep, { maxCores }: SampleTime): void {
    this.#maxCores = maxCores;
  }

  visit({ process }: ProcessVisit): Readout<OwnerFields> {
    return this.#owners.fieldsOf(this.#groups.add(process.pid), process);
  }

  *finishInSteps(atMs: number): Generator<void, Extras> {
    const before = this.#previous;
    this.#previous = new Map();
    const cgroups: CgroupSample[] = [];
    for (const group of this.#groups.drain()) {
      const { path, numProcesses } = group;
      const files = new GroupFiles(this.#reader, group);
      const cpu = files.cpuTime(atMs);
      this.#previous.set(path, cpu.now);
      const now = {
        ...cpu,
        before: before.get(path),
        maxCores: this.#maxCores,
      };
      cgroups.push(groupSample(path, numProcesses, files, now));
      yield;
    }
    return { extras: { cgroups } };
  }
}

/** The CPU time of a group now and at the previous sample, and its `cpu.stat`. */
interface CpuTimes {
  readonly stat: KeyedCounters | null;
  readonly now: PreviousReading;
  readonly before: PreviousReading | undefined;
  /** The CPUs that bound a share of them; null: not known, no bound. */
  readonly maxCores: number | null;
}

/** A device and its figures. */
type DeviceCounters = readonly [string, KeyedCounters];

/** What JSON puts around a name in a map, with braces and commas: `{"":},`. */
const AROUND_NAME = 6;

function groupSample(
  path: string,
  numProcesses: number,
  files: GroupFiles,
  { stat, now, before, maxCores }: CpuTimes,
): CgroupSample {
  const percentages = percentagesBetween(before, now, maxCores);
  const { value: cpuPercentage } = percentages.total;
  const cores = coresOf(files.read("cpu.max", "cpuLimitCores", parseCpuMax));
  const shownPath = cutText(path, ROOM.cgroupPath);
  const devices = files.devices("io.stat", "ioStat");
  const shownDevices = devices === null ? null : devicesThatFit(devices);
  const fields: GroupFields = {
    path: shownPath,
    pathTruncated: shownPath !== path,
    numProcesses,
    cpuSecondsTotal: now.total,
    userCpuSecondsTotal: now.user,
    kernelCpuSecondsTotal: now.kernel,
    cpuPercentage,
    userCpuPercentage: percentages.user.value,
    kernelCpuPercentage: percentages.kernel.value,
    cpuLimitCores: cores,
    cpuLimitPercentage: cores === null || cpuPercentage === null
      ? null
      : cpuPercentage / cores,
    cpuPeriodsTotal: stat?.nr_periods ?? null,
    cpuThrottledPeriodsTotal: stat?.nr_throttled ?? null,
    cpuThrottledSecondsTotal: seconds(stat?.throttled_usec),
    memoryCurrentBytes: files.used("memory.current", "memoryCurrentBytes"),
    memoryPeakBytes: files.used("memory.peak", "memoryPeakBytes"),
    memoryMaxBytes: files.single("memory.max", "memoryMaxBytes"),
    memoryHighBytes: files.single("memory.high", "memoryHighBytes"),
    swapCurrentBytes: files.used("memory.swap.current", "swapCurrentBytes"),
    swapMaxBytes: files.single("memory.swap.max", "swapMaxBytes"),
    memoryStat: files.flat("memory.stat", "memoryStat"),
    memoryEvents: files.flat("memory.events", "memoryEvents"),
    ioStat: shownDevices === null ? null : Object.fromEntries(shownDevices),
    ioStatTruncated: shownDevices?.length !== devices?.length,
    pidsCurrent: files.single("pids.current", "pidsCurrent"),
    pidsMax: files.single("pids.max", "pidsMax"),
    cpuPressure: files.pressure("cpu.pressure", "cpuPressure"),
    memoryPressure: files.pressure("memory.pressure", "memoryPressure"),
    ioPressure: files.pressure("io.pressure", "ioPressure"),
  };
  return {
    ...fields,
    unreadable: joinReasons(
      reasonFor("cpuPercentage", percentages.total.reason),
      reasonFor("userCpuPercentage", percentages.user.reason),
      reasonFor("kernelCpuPercentage", percentages.kernel.reason),
      reasonFor(
        "cpuLimitPercentage",
        cores === null
          ? files.reasonOf("cpuLimitCores")
          : percentages.total.reason,
      ),
      files.reasons,
    ),
  };
}

/** The first devices of `io.stat`, as many as fit on a line. */
function devicesThatFit(
  devices: readonly DeviceCounters[],
): readonly DeviceCounters[] {
  let room = ROOM.ioStat;
  const beyond = devices.findIndex(([device, counters]) => {
    room -= jsonBytes(device) + AROUND_NAME;
    for (const [name, value] of Object.entries(counters)) {
      room -= jsonBytes(name) + AROUND_NAME + String(value).length;
    }
    return room < 0;
  });
  return beyond < 0 ? devices : devices.slice(0, beyond);
}

/** The files of one group; it notes which of them cannot be read. */
class GroupFiles {
  readonly #reader: ProcReader;
  readonly #place: CgroupPlace;
  readonly #isRemoved: boolean;
  readonly #reasons: Record<string, NullReason> = {};

  constructor(reader: ProcReader, { path, place }: GroupOfTree) {
    this.#reader = reader;
    this.#place = place;
    this.#isRemoved = path.endsWith(DELETED);
  }

  /** Why which fields are null; null if all could be read. */
  get reasons(): NullReasons | null {
    return Object.keys(this.#reasons).length === 0 ? null : this.#reasons;
  }

  /** Why a field is null; null if its file could be read. */
  reasonOf(key: keyof GroupFields): NullReason | null {
    return this.#reasons[key] ?? null;
  }

  /** The CPU time that the group has used. */
  cpuTime(atMs: number): Pick<CpuTimes, "stat" | "now"> {
    const { value, reason } = this.#fields(
      "cpu.stat",
      (text) => flatFigures("cpu.stat", text),
    );
    const stat = value?.figures ?? null;
    for (const [key, line] of Object.entries(CPU_LINES)) {
      const figure = stat?.[line];
      if (reason !== null) this.#reasons[key] = reason;
      else if (figure === undefined) this.#reasons[key] = "unsupported";
      else if (figure === null) this.#reasons[key] = "malformed";
    }
    return {
      stat,
      now: {
        total: seconds(stat?.usage_usec),
        user: seconds(stat?.user_usec),
        kernel: seconds(stat?.system_usec),
        atMs,
      },
    };
  }

  /** The parsed text of a file, which makes the field `key`. */
  read<T>(
    file: string,
    key: keyof GroupFields,
    parse: (text: string) => T,
  ): T | null {
    const { value, reason } = this.#known((directory) =>
      this.#reader.read(`${directory}/${file}`, parse)
    );
    if (reason !== null) this.#reasons[key] = reason;
    return value;
  }

  /** The figures of a file, which make the map `key`; null ones make no sense. */
  figures(
    file: string,
    key: keyof GroupFields,
    parse: (text: string) => Figures,
  ): KeyedCounters | null {
    const figures = this.#value(file, key, parse)?.figures;
    this.#note(key, mapReason(figures));
    return figures ?? null;
  }

  single(file: string, key: keyof GroupFields): Integer | null {
    return this.read(file, key, (text) => parseSingleValue(file, text));
  }

  used(file: string, key: keyof GroupFields): number | null {
    const value = this.single(file, key);
    const used = value === null ? null : usedBytes(value);
    if (value !== null && used === null) this.#reasons[key] = "failed";
    return used;
  }

  flat(file: string, key: keyof GroupFields): KeyedCounters | null {
    return this.figures(file, key, (text) => flatFigures(file, text));
  }

  devices(
    file: string,
    key: keyof GroupFields,
  ): readonly DeviceCounters[] | null {
    const parse = (text: string) => parseNestedKeyed(file, text);
    const values = this.#value(file, key, parse)?.values;
    if (values === undefined) return null;
    return Array.from(values, ([device, counters]) => {
      const figures = Object.fromEntries(counters);
      this.#note(key, mapReason(figures));
      return [device, figures] as const;
    });
  }

  pressure(file: string, key: keyof GroupFields): KeyedCounters | null {
    return this.figures(
      file,
      key,
      (text) => pressureFigures(parsePressure(text)),
    );
  }

  #value<T extends PartlyMalformed>(
    file: string,
    key: keyof GroupFields,
    parse: (text: string) => T,
  ): T | null {
    const { value, reason } = this.#fields(file, parse);
    this.#note(key, reason);
    return value;
  }

  #note(key: keyof GroupFields, reason: NullReason | null): void {
    if (reason !== null) this.#reasons[key] = reason;
  }

  #fields<T extends PartlyMalformed>(
    file: string,
    parse: (text: string) => T,
  ): Known<T> {
    return this.#known((directory) =>
      this.#reader.readFields(`${directory}/${file}`, parse)
    );
  }

  #known<T>(read: (directory: string) => Reading<T>): Known<T> {
    const { directory, reason: unplaced } = this.#place;
    if (directory === null) {
      const isHere = unplaced !== "unmounted";
      return { value: null, reason: isHere ? hostReason(unplaced) : unplaced };
    }
    const { value, reason } = read(directory);
    if (reason === null) return { value, reason };
    const isRemoved = reason === "gone" && this.#isRemoved;
    return { value: null, reason: isRemoved ? reason : hostReason(reason) };
  }
}

function seconds(microseconds: Integer | null | undefined): number | null {
  return microseconds === undefined || microseconds === null
    ? null
    : Number(microseconds) / MICROSECONDS;
}

/** The shares of one core since the previous sample, in percent. */
interface Percentages {
  readonly total: Rate;
  readonly user: Rate;
  readonly kernel: Rate;
}

/**
 * The shares of one core since the previous sample, held to the CPUs that there are; no part is
 * known of a group that was made again under the same path.
 */
function percentagesBetween(
  before: PreviousReading | undefined,
  now: PreviousReading,
  maxCores: number | null,
): Percentages {
  const seconds = (now.atMs - (before?.atMs ?? now.atMs)) / 1000;
  const percent = (part: "total" | "user" | "kernel"): Rate => {
    const value = now[part];
    // If the whole file was not read, the reason for that takes the place of this one.
    if (value === null) return { value: null, reason: "unsupported" };
    const rate = rateBetween(before?.[part] ?? null, value, seconds);
    return rate.value === null
      ? rate
      : { value: 100 * rate.value, reason: null };
  };
  const total = percent("total");
  if (total.reason === "counter") return { total, user: total, kernel: total };
  const part = Math.min(percentOfCores(maxCores) / (total.value ?? 0), 1);
  const held = ({ value, reason }: Rate): Rate =>
    value === null ? { value, reason } : { value: value * part, reason };
  return {
    total: held(total),
    user: held(percent("user")),
    kernel: held(percent("kernel")),
  };
}

function coresOf(max: CpuMax | null): number | null {
  return max === null || max.quotaMicroseconds === null
    ? null
    : max.quotaMicroseconds / max.periodMicroseconds;
}
