/** The files of a group of cgroup v2 or v1, as the fields of its line. */

import type { PartlyMalformed } from "../errors.ts";
import {
  type CgroupMounts,
  type CgroupPlace,
  VERSION_2,
} from "../host/cgroup_mounts.ts";
import { readCpuQuota } from "../host/cpu_quota.ts";
import {
  isUnlimited,
  type MemoryLimitReading,
  type MemoryLimits,
} from "../host/memory_limits.ts";
import { type Integer, usedBytes } from "../integer.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import type { CgroupSample, KeyedCounters } from "../model/collected_fields.ts";
import {
  hostReason,
  type Known,
  noneIfEmpty,
  type NullReason,
  type NullReasons,
} from "../model/null_reason.ts";
import { parseNestedKeyed } from "../parse/nested_keyed.ts";
import { parsePressure } from "../parse/pressure.ts";
import { parseSingleValue } from "../parse/single_value.ts";
import {
  type Figures,
  flatFigures,
  mapReason,
  pressureFigures,
} from "./_figures.ts";
import type { GroupOfTree } from "./_groups_of_tree.ts";

/** The fields of a group, before the reasons for nulls are known. */
export type GroupFields = Omit<CgroupSample, "unreadable">;

/** A device and its figures. */
export type DeviceCounters = readonly [string, KeyedCounters];

/** The CPU seconds of a group; null: not known. */
export interface GroupCpuSeconds {
  /** All of them. */
  readonly total: number | null;
  /** Those in user mode. */
  readonly user: number | null;
  /** Those in the kernel. */
  readonly kernel: number | null;
}

/** How a group was held back. */
export type Throttling = Pick<
  CgroupSample,
  | "cpuPeriodsTotal"
  | "cpuThrottledPeriodsTotal"
  | "cpuThrottledSecondsTotal"
>;

/** The fields that each part of the CPU time makes. */
const CPU_KEYS = {
  total: ["cpuSecondsTotal", "cpuPercentage", "cpuLimitPercentage"],
  user: ["userCpuSecondsTotal", "userCpuPercentage"],
  kernel: ["kernelCpuSecondsTotal", "kernelCpuPercentage"],
} as const;

/** What the kernel puts behind the path of a group that was removed, see cgroups(7). */
const DELETED = " (deleted)";

const MICROSECONDS = 1e6;
const NANOSECONDS = 1e9;

/** The files of memory and tasks in cgroup v1, by those of v2 that say the same. */
const VERSION_1_FILES: Readonly<Record<string, string>> = {
  "memory.current": "memory.usage_in_bytes",
  "memory.peak": "memory.max_usage_in_bytes",
  "memory.max": "memory.limit_in_bytes",
  "pids.current": "pids.current",
  "pids.max": "pids.max",
};

/** What reads the files of groups. */
export interface GroupSources {
  /** Reads them. */
  readonly reader: ProcReader;
  /** Where cgroups are mounted. */
  readonly mounts: CgroupMounts;
  /** Reads limits of memory. */
  readonly limits: MemoryLimits;
  /** Ticks of `cpuacct.stat` in a second. */
  readonly ticksPerSecond: number;
}

/** The files of one group; it notes which of them cannot be read. */
export class GroupFiles {
  readonly #sources: GroupSources;
  readonly #group: GroupOfTree;
  readonly #isRemoved: boolean;
  readonly #reasons: Record<string, NullReason> = {};
  readonly #places = new Map<string, CgroupPlace>();

  /** Reads what is at the path of a group. */
  constructor(sources: GroupSources, group: GroupOfTree) {
    this.#sources = sources;
    this.#group = group;
    this.#isRemoved = group.path.endsWith(DELETED);
  }

  /** Why which fields are null; null if all could be read. */
  get reasons(): NullReasons | null {
    return noneIfEmpty(this.#reasons);
  }

  /** Why a field is null; null if its file could be read. */
  reasonOf(key: keyof GroupFields): NullReason | null {
    return this.#reasons[key] ?? null;
  }

  /** The CPU time that the group has used, and how it was held back. */
  cpu(): { readonly used: GroupCpuSeconds; readonly throttling: Throttling } {
    const isVersion2 = !this.#isVersion1("cpu");
    const stat = this.#fields("cpu", "cpu.stat", flatFigures);
    const used = this.#isVersion1("cpuacct") ? this.#usedBy1() : this.#usedBy2(
      isVersion2 ? stat : this.#fields(VERSION_2, "cpu.stat", flatFigures),
    );
    const figure = (key: keyof GroupFields, line: string) =>
      this.#line(stat, line, [key]);
    return {
      used,
      throttling: {
        cpuPeriodsTotal: figure("cpuPeriodsTotal", "nr_periods"),
        cpuThrottledPeriodsTotal: figure(
          "cpuThrottledPeriodsTotal",
          "nr_throttled",
        ),
        cpuThrottledSecondsTotal: quotient(
          figure(
            "cpuThrottledSecondsTotal",
            isVersion2 ? "throttled_usec" : "throttled_time",
          ),
          isVersion2 ? MICROSECONDS : NANOSECONDS,
        ),
      },
    };
  }

  #usedBy2(stat: Known<Figures>): GroupCpuSeconds {
    const secondsOf = (line: string, keys: readonly (keyof GroupFields)[]) =>
      quotient(this.#line(stat, line, keys), MICROSECONDS);
    return {
      total: secondsOf("usage_usec", CPU_KEYS.total),
      user: secondsOf("user_usec", CPU_KEYS.user),
      kernel: secondsOf("system_usec", CPU_KEYS.kernel),
    };
  }

  #usedBy1(): GroupCpuSeconds {
    const usage = this.#number("cpuacct", "cpuacct.usage");
    this.#note(CPU_KEYS.total, usage.reason);
    const stat = this.#fields("cpuacct", "cpuacct.stat", flatFigures);
    const { ticksPerSecond } = this.#sources;
    return {
      total: quotient(usage.value, NANOSECONDS),
      user: quotient(this.#line(stat, "user", CPU_KEYS.user), ticksPerSecond),
      kernel: quotient(
        this.#line(stat, "system", CPU_KEYS.kernel),
        ticksPerSecond,
      ),
    };
  }

  /** One line of a file. */
  #line(
    { value, reason }: Known<Figures>,
    line: string,
    keys: readonly (keyof GroupFields)[],
  ): Integer | null {
    const figure = value?.figures[line];
    if (reason !== null) this.#note(keys, reason);
    else if (figure === undefined) this.#note(keys, "unsupported");
    else if (figure === null) this.#note(keys, "malformed");
    return figure ?? null;
  }

  /** The cores that the group's own limit allows; null: it has none, or it is not known. */
  cpuLimit(key: keyof GroupFields): number | null {
    const { reader } = this.#sources;
    const { value, reason } = this.#known(
      "cpu",
      (directory) => readCpuQuota(reader, directory, this.#hierarchyOf("cpu")),
    );
    this.#note([key], reason);
    return value;
  }

  /** A number, or null for `max`. */
  single(file: string, key: keyof GroupFields): Integer | null {
    const [controller = ""] = file.split(".", 1);
    const isVersion1 = this.#isVersion1(controller);
    const name = isVersion1 ? VERSION_1_FILES[file] : file;
    if (name === undefined) {
      this.#note([key], "unsupported");
      return null;
    }
    const { value, reason } = this.#number(controller, name);
    this.#note([key], reason);
    return isVersion1 && value !== null && isUnlimited(value) ? null : value;
  }

  #number(controller: string, file: string): Known<Integer | null> {
    const { reader } = this.#sources;
    return this.#known(controller, (directory) =>
      reader.read(
        `${directory}/${file}`,
        (text) => parseSingleValue(file, text),
      ));
  }

  /** An amount of memory that is in use. */
  used(file: string, key: keyof GroupFields): number | null {
    return this.#inUse(this.single(file, key), key);
  }

  #inUse(value: Integer | null, key: keyof GroupFields): number | null {
    const used = value === null ? null : usedBytes(value);
    if (value !== null && used === null) this.#note([key], "failed");
    return used;
  }

  /** Swap in use; in cgroup v1 a line of `memory.stat`, there only if swap is accounted for. */
  swapCurrent(key: keyof GroupFields): number | null {
    return this.#isVersion1("memory")
      ? this.#inUse(this.#line(this.#memoryStat(), "total_swap", [key]), key)
      : this.used("memory.swap.current", key);
  }

  /** `memory.stat`. */
  memoryStat(key: keyof GroupFields): KeyedCounters | null {
    return this.#whole(this.#memoryStat(), key);
  }

  #memoryStat(): Known<Figures> {
    const { value, reason } = this.#known(
      "memory",
      (directory) => this.#sources.limits.statOf(directory),
    );
    return reason === null
      ? { value: { figures: Object.fromEntries(value.values) }, reason }
      : { value: null, reason };
  }

  /**
   * `memory.events`. In cgroup v1 `memory.failcnt` counts what is `max` there, and
   * `memory.oom_control` the processes that were killed, since Linux 4.13.
   */
  memoryEvents(key: keyof GroupFields): KeyedCounters | null {
    if (!this.#isVersion1("memory")) {
      return this.#whole(
        this.#fields("memory", "memory.events", flatFigures),
        key,
      );
    }
    const failures = this.#number("memory", "memory.failcnt");
    const control = this.#fields("memory", "memory.oom_control", flatFigures);
    this.#note([key], failures.reason ?? control.reason);
    if (failures.value === null) return null;
    const killed = control.value === null
      ? null
      : control.value.figures.oom_kill;
    if (control.reason === null && killed === null) {
      this.#note([key], "malformed");
    }
    return {
      max: failures.value,
      ...killed === undefined ? {} : { oom_kill: killed },
    };
  }

  /** `io.stat`, by device. */
  devices(key: keyof GroupFields): readonly DeviceCounters[] | null {
    const { value, reason } = this.#fields(
      VERSION_2,
      "io.stat",
      parseNestedKeyed,
    );
    this.#note([key], reason);
    if (value === null) return null;
    return Array.from(value.values, ([device, counters]) => {
      const figures = Object.fromEntries(counters);
      this.#note([key], mapReason(figures));
      return [device, figures] as const;
    });
  }

  /** A pressure file, which only cgroup v2 has. */
  pressure(file: string, key: keyof GroupFields): KeyedCounters | null {
    const parse = (_: string, text: string) =>
      pressureFigures(parsePressure(text));
    return this.#whole(this.#fields(VERSION_2, file, parse), key);
  }

  /** The limit of memory that is nearest to be reached, on the group and above it. */
  memoryLimit(): Known<MemoryLimitReading["value"]> {
    const { path, version1, hierarchies } = this.#group;
    if (this.#isRemoved) return { value: null, reason: "gone" };
    const hierarchy = this.#hierarchyOf("memory");
    const isOther = hierarchy === VERSION_2 &&
      (version1.has("memory") || !hierarchies.has(VERSION_2));
    if (isOther) return { value: null, reason: "unsupported" };
    return knownLimit(this.#sources.limits.highest({ hierarchy, path }));
  }

  /** The figures of a file as a map, which may not be whole. */
  #whole(
    { value, reason }: Known<Figures>,
    key: keyof GroupFields,
  ): KeyedCounters | null {
    this.#note([key], reason ?? mapReason(value?.figures));
    return value?.figures ?? null;
  }

  #note(
    keys: readonly (keyof GroupFields)[],
    reason: NullReason | null,
  ): void {
    if (reason === null) return;
    for (const key of keys) this.#reasons[key] = reason;
  }

  #isVersion1(controller: string): boolean {
    return this.#hierarchyOf(controller) !== VERSION_2;
  }

  /** Where a controller counts what is at this path. */
  #hierarchyOf(controller: string): string {
    return this.#group.hierarchies.has(controller) ? controller : VERSION_2;
  }

  #fields<T extends PartlyMalformed>(
    controller: string,
    file: string,
    parse: (file: string, text: string) => T,
  ): Known<T> {
    return this.#known(
      controller,
      (directory) =>
        this.#sources.reader.readFields(
          `${directory}/${file}`,
          (text) => parse(file, text),
        ),
    );
  }

  #known<T>(
    controller: string,
    read: (directory: string) => Reading<T>,
  ): Known<T> {
    const hierarchy = this.#hierarchyOf(controller);
    if (!this.#group.hierarchies.has(hierarchy)) {
      return { value: null, reason: "unsupported" };
    }
    const { directory, reason: unplaced } = this.#place(hierarchy);
    if (directory === null) {
      const isHere = unplaced !== "unmounted";
      return { value: null, reason: isHere ? hostReason(unplaced) : unplaced };
    }
    const { value, reason } = read(directory);
    if (reason === null) return { value, reason };
    const isRemoved = reason === "gone" && this.#isRemoved;
    return { value: null, reason: isRemoved ? reason : hostReason(reason) };
  }

  #place(hierarchy: string): CgroupPlace {
    let place = this.#places.get(hierarchy);
    if (place === undefined) {
      place = this.#sources.mounts.place(this.#group.path, hierarchy);
      this.#places.set(hierarchy, place);
    }
    return place;
  }
}

/** A limit, or the reason of a field for not knowing it. */
export function knownLimit(
  { value, reason }: MemoryLimitReading,
): Known<MemoryLimitReading["value"]> {
  if (reason === null) return { value, reason };
  return {
    value: null,
    reason: reason === "unmounted" ? reason : hostReason(reason),
  };
}

function quotient(value: Integer | null, divisor: number): number | null {
  return value === null ? null : Number(value) / divisor;
}
