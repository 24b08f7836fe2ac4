/**
 * How many cores a process or a cgroup may use.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseCgroup } from "../parse/cgroup.ts";
import { countCpus, type CpuRange } from "../parse/cpu_list.ts";
import { parseCpuMax } from "../parse/cpu_max.ts";
import { parseCpusAllowed } from "../parse/status.ts";
import type { CgroupMounts } from "./cgroup_mounts.ts";
import { version2Path } from "./cgroup_paths.ts";
import { type HostFacts, parseCpuFile } from "./facts.ts";

/**
 * How many cores a process may use: the CPUs it may run on that are online, lowered to the tightest
 * `cpu.max` in sight on the way up its cgroup v2 path; a fraction stays a fraction. Null if its
 * allowed CPUs cannot be read, or none of them is online.
 */
export function readProcessCores(
  reader: ProcReader,
  facts: HostFacts,
  mounts: CgroupMounts,
  pid: number,
): number | null {
  const allowed = reader.read(`/proc/${pid}/status`, parseCpusAllowed).value;
  const entries = reader.read(`/proc/${pid}/cgroup`, parseCgroup).value ?? [];
  const path = version2Path(entries);
  const groups = path === null ? [] : mounts.upwards(path);
  return lowestLimit(reader, facts, allowed, groups);
}

/**
 * The same for a cgroup v2: the CPUs of its cpuset that are online, lowered to the tightest
 * `cpu.max` in sight from it upwards.
 */
export function readCgroupCores(
  reader: ProcReader,
  facts: HostFacts,
  mounts: CgroupMounts,
  directory: string,
): number | null {
  const file = `${directory}/cpuset.cpus.effective`;
  const allowed = reader.read(file, parseCpuFile).value;
  const path = mounts.pathOf(directory);
  const groups = path === null ? [directory] : mounts.upwards(path);
  return lowestLimit(reader, facts, allowed, groups);
}

function lowestLimit(
  reader: ProcReader,
  facts: HostFacts,
  allowedCpus: readonly CpuRange[] | null,
  groups: readonly string[],
): number | null {
  const { onlineCpus } = facts;
  const allowed = allowedCpus ?? onlineCpus;
  if (allowed === null) return null;
  let cores = countCpus(allowed, onlineCpus ?? undefined);
  if (cores === 0) return null;
  for (const directory of groups) {
    const max = reader.read(`${directory}/cpu.max`, parseCpuMax).value;
    if (max !== null && max.quotaMicroseconds !== null) {
      cores = Math.min(cores, max.quotaMicroseconds / max.periodMicroseconds);
    }
  }
  return cores;
}
