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
import { parseCpuMax } from "../parse/cpu_max.ts";
import { parseCpusAllowed } from "../parse/status.ts";
import type { CgroupMounts } from "./cgroup_mounts.ts";
import { version2Path } from "./cgroup_paths.ts";
import { type OnlineReading, parseCpuFile } from "./online_cpus.ts";

/**
 * How many cores a process may use: the CPUs it may run on that are online, lowered to the tightest
 * `cpu.max` in sight on the way up its cgroup v2 path; a fraction stays a fraction. Not known if
 * its allowed CPUs, the CPUs that are online or a limit cannot be read, or none of its CPUs is
 * online.
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
  const path = version2Path(entries.value);
  const groups = path === null ? [] : mounts.upwards(path);
  return lowestLimit(reader, cpus.value, groups);
}

/**
 * The same for a cgroup v2: the CPUs of its cpuset, or of the nearest one in sight above it, that
 * are online, lowered to the tightest `cpu.max` in sight from it upwards.
 */
export function readCgroupCores(
  reader: ProcReader,
  mounts: CgroupMounts,
  online: OnlineReading,
  directory: string,
): Reading<number> {
  const path = mounts.pathOf(directory);
  const groups = path === null ? [directory] : mounts.upwards(path);
  const allowed = nearestCpuset(reader, groups);
  if (allowed.reason !== null) return allowed;
  const cpus = countOnline(allowed.value, online);
  return cpus.reason === null ? lowestLimit(reader, cpus.value, groups) : cpus;
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

/** The CPUs of the first group that has a cpuset; null if none has: all. */
function nearestCpuset(
  reader: ProcReader,
  groups: readonly string[],
): Reading<readonly CpuRange[] | null> {
  for (const directory of groups) {
    const cpuset = reader.read(
      `${directory}/cpuset.cpus.effective`,
      parseCpuFile,
    );
    if (!isAbsent(cpuset.reason)) return cpuset;
  }
  return { value: null, reason: null };
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
): Reading<number> {
  let cores = cpus;
  for (const directory of groups) {
    const max = reader.read(`${directory}/cpu.max`, parseCpuMax);
    if (isAbsent(max.reason)) continue;
    if (max.reason !== null) return max;
    const { quotaMicroseconds, periodMicroseconds } = max.value;
    if (quotaMicroseconds === null) continue;
    cores = Math.min(cores, quotaMicroseconds / periodMicroseconds);
  }
  return { value: cores, reason: null };
}
