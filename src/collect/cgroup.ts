/**
 * The collector `cgroup`: whose each process is, and each cgroup v2 that processes of the tree are
 * in. The files are those of the kernel's Documentation/admin-guide/cgroup-v2.rst; a controller
 * that is not enabled has none, and its fields are null.
 *
 * @module
 */

import { CgroupMounts } from "../host/cgroup_mounts.ts";
import { hierarchiesInOrder } from "../host/cgroup_paths.ts";
import { MemoryLimits } from "../host/memory_limits.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import type { CgroupSample, OwnerFields } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import {
  joinReasons,
  type NullReason,
  type Readout,
  reasonFor,
} from "../model/null_reason.ts";
import { percentOfCores, type Rate, rateBetween } from "../model/rate.ts";
import { cutText, jsonBytes } from "../text.ts";
import { CgroupOwners } from "./_cgroup_owner.ts";
import {
  type DeviceCounters,
  type GroupCpuSeconds,
  type GroupFields,
  GroupFiles,
  type GroupSources,
  type Throttling,
} from "./_group_files.ts";
import { GroupsOfTree } from "./_groups_of_tree.ts";
import { limitFields, RootMemory } from "./_root_memory.ts";
import type {
  CollectedRun,
  Collector,
  Extras,
  ProcessVisit,
  RunningCollector,
  SampleTime,
  Totals,
} from "./collector.ts";
import type { Sweep } from "../tree/tree.ts";

/** The CPU time of a group, and when it was read. */
interface PreviousReading extends GroupCpuSeconds {
  readonly atMs: number;
}

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
      hierarchiesInOrder(new CgroupMounts(reader)).length > 0
        ? null
        : "The collector cgroup finds nothing: cgroup v2 is not mounted",
    start: (reader, run) => new CgroupReader(reader, run),
  };
}

/** Follows the cgroups of a tree from sample to sample. */
class CgroupReader implements RunningCollector {
  readonly #sources: GroupSources;
  readonly #groups: GroupsOfTree;
  readonly #owners: CgroupOwners;
  readonly #root: RootMemory;
  #previous = new Map<string, PreviousReading>();
  #maxCores: number | null = null;

  constructor(reader: ProcReader, { facts, mounts, root }: CollectedRun) {
    const { ticksPerSecond } = facts;
    const limits = new MemoryLimits(reader, mounts);
    this.#sources = { reader, mounts, limits, ticksPerSecond };
    this.#groups = new GroupsOfTree(reader);
    this.#owners = new CgroupOwners(reader);
    this.#root = new RootMemory(root, mounts, limits);
  }

  begin(_: Sweep, { maxCores, rootEnded }: SampleTime): void {
    this.#maxCores = maxCores;
    this.#sources.limits.refresh();
    this.#root.begin(rootEnded);
  }

  visit(visit: ProcessVisit): Readout<OwnerFields> {
    const entries = this.#groups.add(visit);
    this.#root.visit(visit, entries);
    return this.#owners.fieldsOf(entries, visit.process);
  }

  total(): Totals {
    const { fields, reasons } = limitFields(this.#root.limit());
    return { fields, reasons, consistent: true };
  }

  *finishInSteps(atMs: number): Generator<void, Extras> {
    const before = this.#previous;
    this.#previous = new Map();
    const cgroups: CgroupSample[] = [];
    for (const group of this.#groups.drain()) {
      const { path, numProcesses } = group;
      const files = new GroupFiles(this.#sources, group);
      const { used, throttling } = files.cpu();
      const now = { ...used, atMs };
      this.#previous.set(path, now);
      const percentages = percentagesBetween(
        before.get(path),
        now,
        this.#maxCores,
      );
      const counted = { ...throttling, path, numProcesses };
      cgroups.push(groupSample(counted, files, { now, percentages }));
      yield;
    }
    return { extras: { cgroups } };
  }
}

/** The CPU time of a group now, and what it has used since the previous sample. */
interface CpuTimes {
  readonly now: PreviousReading;
  readonly percentages: Percentages;
}

/** What JSON puts around a name in a map, with braces and commas: `{"":},`. */
const AROUND_NAME = 6;

function groupSample(
  { path, ...counted }:
    & Pick<GroupFields, "path" | "numProcesses">
    & Throttling,
  files: GroupFiles,
  { now, percentages }: CpuTimes,
): CgroupSample {
  const { value: cpuPercentage } = percentages.total;
  const cores = files.cpuLimit("cpuLimitCores");
  const shownPath = cutText(path, ROOM.cgroupPath);
  const devices = files.devices("ioStat");
  const shownDevices = devices === null ? null : devicesThatFit(devices);
  const limit = limitFields(files.memoryLimit());
  const fields: GroupFields = {
    path: shownPath,
    pathTruncated: shownPath !== path,
    ...counted,
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
    memoryCurrentBytes: files.used("memory.current", "memoryCurrentBytes"),
    memoryPeakBytes: files.used("memory.peak", "memoryPeakBytes"),
    memoryMaxBytes: files.single("memory.max", "memoryMaxBytes"),
    ...limit.fields,
    memoryHighBytes: files.single("memory.high", "memoryHighBytes"),
    swapCurrentBytes: files.swapCurrent("swapCurrentBytes"),
    swapMaxBytes: files.single("memory.swap.max", "swapMaxBytes"),
    memoryStat: files.memoryStat("memoryStat"),
    memoryEvents: files.memoryEvents("memoryEvents"),
    ioStat: shownDevices === null ? null : Object.fromEntries(shownDevices),
    ioStatTruncated: shownDevices?.length !== devices?.length,
    pidsCurrent: files.single("pids.current", "pidsCurrent"),
    pidsMax: files.single("pids.max", "pidsMax"),
    cpuPressure: files.pressure("cpu.pressure", "cpuPressure"),
    memoryPressure: files.pressure("memory.pressure", "memoryPressure"),
    ioPressure: files.pressure("io.pressure", "ioPressure"),
  };
  const shareReason: NullReason | null = cores === null
    ? files.reasonOf("cpuLimitCores")
    : percentages.total.reason;
  return {
    ...fields,
    unreadable: joinReasons(
      reasonFor("cpuPercentage", percentages.total.reason),
      reasonFor("userCpuPercentage", percentages.user.reason),
      reasonFor("kernelCpuPercentage", percentages.kernel.reason),
      reasonFor("cpuLimitPercentage", shareReason),
      limit.reasons,
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
