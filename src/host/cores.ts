/**
 * How many cores a process or a cgroup may use. What it depends on changes while a host runs: the
 * CPUs that are online, an affinity, the limits of cgroups. So it is read each time.
 *
 * @module
 */

import { KeptFile } from "../kernel/kept_file.ts";
import type {
  ProcReader,
  Reading,
  UnreadReason,
} from "../kernel/proc_reader.ts";
import { type CgroupEntry, parseCgroup } from "../parse/cgroup.ts";
import { countCpus, type CpuRange } from "../parse/cpu_list.ts";
import { parseCpusAllowed } from "../parse/status.ts";
import { type CgroupMounts, VERSION_2 } from "./cgroup_mounts.ts";
import { groupOf } from "./cgroup_paths.ts";
import { CpuQuota } from "./cpu_quota.ts";
import { type OnlineReading, parseCpuFile } from "./online_cpus.ts";

/**
 * How many cores a process may use: the CPUs it may run on that are online, lowered to the tightest
 * limit in sight on the way up its cgroup, `cpu.max` or the quota of cgroup v1; a fraction stays a
 * fraction. Its own files are held open: what they show is never another's with its id.
 */
export class ProcessCores {
  readonly #mounts: CgroupMounts;
  readonly #limits: CpuLimits;
  readonly #status: KeptFile<CpuRange[] | null>;
  readonly #cgroup: KeptFile<CgroupEntry[]>;

  /** Nothing is opened before the first reading. */
  constructor(
    reader: ProcReader,
    mounts: CgroupMounts,
    limits: CpuLimits,
    pid: number,
  ) {
    this.#mounts = mounts;
    this.#limits = limits;
    this.#status = new KeptFile(
      reader,
      `/proc/${pid}/status`,
      parseCpusAllowed,
    );
    this.#cgroup = new KeptFile(reader, `/proc/${pid}/cgroup`, parseCgroup);
  }

  /**
   * Reads them. Not known if its allowed CPUs, the CPUs that are online or a limit cannot be read,
   * or none of its CPUs is online.
   */
  read(online: OnlineReading): Reading<number> {
    const allowed = this.#status.read();
    if (allowed.reason !== null) return allowed;
    const cpus = countOnline(allowed.value, online);
    if (cpus.reason !== null) return cpus;
    const entries = this.#cgroup.read();
    // A recording of a run that did not read it has "failed": no group in sight.
    if (isAbsent(entries.reason) || entries.reason === "failed") return cpus;
    if (entries.reason !== null) return entries;
    const group = groupOf(entries.value, "cpu");
    if (group === null) return cpus;
    const { hierarchy, path } = group;
    const groups = this.#mounts.upwards(path, hierarchy);
    return this.#limits.lower(cpus.value, groups, hierarchy);
  }

  /** Closes its files. */
  close(): void {
    this.#status.close();
    this.#cgroup.close();
  }
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
  limits: CpuLimits,
  group: { readonly directory: string; readonly online: OnlineReading },
): Reading<number> {
  const { directory, online } = group;
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
  return limits.lower(cpus.value, groupsIn(cpu), cpu);
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

/**
 * The limits of CPU time of a group and of those above it. Their files are held open, until it is
 * asked for those of other groups, or mounts have changed.
 */
export class CpuLimits {
  readonly #reader: ProcReader;
  readonly #mounts: CgroupMounts;
  #mountsVersion = 0;
  #hierarchy = VERSION_2;
  #groups: readonly string[] = [];
  #quotas: readonly CpuQuota[] = [];

  /** Nothing is opened before the first reading. */
  constructor(reader: ProcReader, mounts: CgroupMounts) {
    this.#reader = reader;
    this.#mounts = mounts;
  }

  /** A number of CPUs, lowered to the tightest limit of these groups. */
  lower(
    cpus: number,
    groups: readonly string[],
    hierarchy: string,
  ): Reading<number> {
    this.#follow(groups, hierarchy);
    let cores = cpus;
    for (const [i, quota] of this.#quotas.entries()) {
      const max = quota.read();
      if (isAbsent(max.reason)) continue;
      const directory = groups[i] ?? "";
      if (
        hierarchy !== VERSION_2 &&
        isUnrecorded(this.#reader, directory, max.reason)
      ) continue;
      if (max.reason !== null) return max;
      if (max.value !== null) cores = Math.min(cores, max.value);
    }
    return { value: cores, reason: null };
  }

  /** Closes their files. */
  close(): void {
    this.#quotas.forEach((quota) => quota.close());
    this.#quotas = [];
    this.#groups = [];
  }

  #follow(groups: readonly string[], hierarchy: string): void {
    const { version } = this.#mounts;
    const areSame = version === this.#mountsVersion &&
      hierarchy === this.#hierarchy &&
      groups.length === this.#groups.length &&
      groups.every((directory, i) => directory === this.#groups[i]);
    if (areSame) return;
    this.close();
    this.#mountsVersion = version;
    this.#groups = groups;
    this.#hierarchy = hierarchy;
    this.#quotas = groups.map((directory) =>
      new CpuQuota(this.#reader, directory, hierarchy)
    );
  }
}
