/**
 * How many cores a process or a cgroup may use. What it depends on changes while a host runs: the
 * CPUs that are online, an affinity, the limits of cgroups. So it is read each time.
 *
 * @module
 */

import type {
  ProcReader,
  Reading,
  UnreadReason,
} from "../kernel/proc_reader.ts";
import { parseCgroup } from "../parse/cgroup.ts";
import { countCpus, type CpuRange } from "../parse/cpu_list.ts";
import { parseCpusAllowed } from "../parse/status.ts";
import { type CgroupMounts, VERSION_2 } from "./cgroup_mounts.ts";
import { groupOf } from "./cgroup_paths.ts";
import { readCpuQuota } from "./cpu_quota.ts";
import { type OnlineReading, parseCpuFile } from "./online_cpus.ts";

/**
 * How many cores a process may use: the CPUs it may run on that are online, lowered to the tightest
 * limit in sight on the way up its cgroup, `cpu.max` or the quota of cgroup v1; a fraction stays a
 * fraction. Not known if its allowed CPUs, the CPUs that are online or a limit cannot be read, or
 * none of its CPUs is online.
 */
export function readProcessCores(
  reader: ProcReader,
  mounts: CgroupMounts,
  online: OnlineReading,
  pid: number,
): Reading<number> {
  const allowed = reader.read(`/proc/${pid}/status`, parseCpusAllowed);
  if (allowed.reason !== null) return allowed;
  const cpus = countOnline(allowed.value, online);
  if (cpus.reason !== null) return cpus;
  const entries = reader.read(`/proc/${pid}/cgroup`, parseCgroup);
  // A recording of a run that did not read it has "failed": no group in sight.
  if (isAbsent(entries.reason) || entries.reason === "failed") return cpus;
  if (entries.reason !== null) return entries;
  const group = groupOf(entries.value, "cpu");
  if (group === null) return cpus;
  const { hierarchy, path } = group;
  const groups = mounts.upwards(path, hierarchy);
  return lowestLimit(reader, cpus.value, groups, hierarchy);
}

/**
 * The same for a cgroup: the CPUs of its cpuset, or of the nearest one in sight above it, that are
 * online, lowered to the tightest limit in sight from it upwards.
 *
 * A controller of cgroup v1 is taken to hold the same processes in the group of the same path, or
 * in the nearest one above it that is there, as systemd and the container engines do it.
 */
export function readCgroupCores(
  reader: ProcReader,
  mounts: CgroupMounts,
  online: OnlineReading,
  directory: string,
): Reading<number> {
  const path = mounts.pathOf(directory);
  const hierarchyOf = (controller: string) =>
    mounts.has(controller) ? controller : VERSION_2;
  const groupsIn = (hierarchy: string) =>
    path === null ? [directory] : mounts.upwards(path, hierarchy);
  const cpuset = hierarchyOf("cpuset");
  const allowed = nearestCpuset(reader, groupsIn(cpuset), cpuset);
  if (allowed.reason !== null) return allowed;
  const cpus = countOnline(allowed.value, online);
  if (cpus.reason !== null) return cpus;
  const cpu = hierarchyOf("cpu");
  return lowestLimit(reader, cpus.value, groupsIn(cpu), cpu);
}

/** How many cores all processes together may use: the CPUs that are online. */
export function countCores(
  online: Reading<readonly CpuRange[]>,
): Reading<number> {
  return online.reason === null
    ? { value: countCpus(online.value), reason: null }
    : online;
}

/** Whether a file that sets a limit is not there, so that there is no limit. */
function isAbsent(reason: UnreadReason | null): boolean {
  return reason === "gone" || reason === "unsupported";
}

/**
 * Whether a recording of an earlier version is read, which knew no cgroup v1: it holds nothing of
 * the group, not even its directory.
 */
function isUnrecorded(
  reader: ProcReader,
  directory: string,
  reason: UnreadReason | null,
): boolean {
  return reason === "failed" && reader.stat(directory).reason === "failed";
}

/** The CPUs of the first group that has a cpuset; null if none has: all. */
function nearestCpuset(
  reader: ProcReader,
  groups: readonly string[],
  hierarchy: string,
): Reading<readonly CpuRange[] | null> {
  for (const directory of groups) {
    const cpuset = readCpuset(reader, directory, hierarchy);
    if (
      hierarchy !== VERSION_2 && isUnrecorded(reader, directory, cpuset.reason)
    ) continue;
    if (!isAbsent(cpuset.reason)) return cpuset;
  }
  return { value: null, reason: null };
}

/** The CPUs of a group that are online; of cgroup v1 before Linux 3.17, those that it was given. */
function readCpuset(
  reader: ProcReader,
  directory: string,
  hierarchy: string,
): Reading<readonly CpuRange[]> {
  if (hierarchy === VERSION_2) {
    return reader.read(`${directory}/cpuset.cpus.effective`, parseCpuFile);
  }
  const cpuset = reader.read(
    `${directory}/cpuset.effective_cpus`,
    parseCpuFile,
  );
  return isAbsent(cpuset.reason)
    ? reader.read(`${directory}/cpuset.cpus`, parseCpuFile)
    : cpuset;
}

/** How many of the allowed CPUs are online; null allows all. */
function countOnline(
  allowed: readonly CpuRange[] | null,
  { cpus, areRenumbered }: OnlineReading,
): Reading<number> {
  if (cpus.reason !== null) {
    const reason = cpus.reason === "gone" ? "unsupported" : cpus.reason;
    return { value: null, reason };
  }
  const online = cpus.value;
  const cores = areRenumbered && allowed !== null
    ? Math.min(countCpus(allowed), countCpus(online))
    : countCpus(allowed ?? online, online);
  return cores === 0
    ? { value: null, reason: "failed" }
    : { value: cores, reason: null };
}

function lowestLimit(
  reader: ProcReader,
  cpus: number,
  groups: readonly string[],
  hierarchy: string,
): Reading<number> {
  let cores = cpus;
  for (const directory of groups) {
    const max = readCpuQuota(reader, directory, hierarchy);
    if (isAbsent(max.reason)) continue;
    if (
      hierarchy !== VERSION_2 && isUnrecorded(reader, directory, max.reason)
    ) continue;
    if (max.reason !== null) return max;
    const { quotaMicroseconds, periodMicroseconds } = max.value;
    if (quotaMicroseconds === null) continue;
    cores = Math.min(cores, quotaMicroseconds / periodMicroseconds);
  }
  return { value: cores, reason: null };
}
