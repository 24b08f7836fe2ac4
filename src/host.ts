/**
 * Facts of a host that kernel files must be read with, and how many cores a process may use.
 *
 * @module
 */

import { ProcParseError } from "./errors.ts";
import { parseAuxv } from "./parse/auxv.ts";
import { type CgroupEntry, parseCgroup } from "./parse/cgroup.ts";
import { countCpus, type CpuRange, parseCpuList } from "./parse/cpu_list.ts";
import { parseCpuMax } from "./parse/cpu_max.ts";
import { type Mount, parseMountinfo } from "./parse/mountinfo.ts";
import { parseStatus } from "./parse/status.ts";
import type { ProcFs } from "./proc_fs.ts";
import type { Reader } from "./reader.ts";

/** What does not change while a host runs. */
export interface HostFacts {
  /** Bytes of a page, from the auxiliary vector; see getauxval(3). */
  readonly pageSizeBytes: number;
  /** Clock ticks of a second, from the auxiliary vector; see getauxval(3). */
  readonly ticksPerSecond: number;
  /** A random id that is new at each boot, see proc_sys_kernel(5); null where it cannot be read. */
  readonly bootId: string | null;
  /** The name of the host, see proc_sys_kernel(5); null where it cannot be read. */
  readonly hostname: string | null;
  /** The CPUs that are switched on; null where sysfs does not tell. */
  readonly onlineCpus: readonly CpuRange[] | null;
  /** Where cgroup v2 is mounted; null where it is not. */
  readonly cgroup2: Mount | null;
  /** The process that `/proc/self` names, which is the reader in the pid namespace of this procfs; null where it is no link. */
  readonly selfPid: number | null;
  /** The mount points of procfs with an option `hidepid` that hides processes from some users, see proc(5). */
  readonly hidepidMounts: readonly string[];
}

const SELF_AUXV = "/proc/self/auxv";
const ONLINE_CPUS = "/sys/devices/system/cpu/online";

/**
 * Reads the facts of the host.
 *
 * @throws {ProcReadError} If `/proc/self/auxv` cannot be read.
 * @throws {ProcParseError} If `/proc/self/auxv` does not tell the size of a page and the ticks of a second.
 */
export function readHostFacts(reader: Reader): HostFacts {
  const mounts = reader.read("/proc/self/mountinfo", parseMountinfo).value ??
    [];
  const self = reader.readLink("/proc/self").value ?? "";
  return {
    ...readAuxv(reader.fs),
    bootId: reader.read("/proc/sys/kernel/random/boot_id", firstLine).value,
    hostname: reader.read("/proc/sys/kernel/hostname", firstLine).value,
    onlineCpus: reader.read(ONLINE_CPUS, parseOnlineCpus).value,
    cgroup2: mounts.find((mount) => mount.fsType === "cgroup2") ?? null,
    selfPid: /^[0-9]+$/.test(self) ? Number(self) : null,
    hidepidMounts: mounts.filter(hidesProcesses).map((mount) =>
      mount.mountPoint
    ),
  };
}

/**
 * How many cores a process may use: the switched-on CPUs it may run on, lowered to the tightest `cpu.max` on the way up its
 * cgroup v2 path; a fraction stays a fraction. Null where its allowed CPUs cannot be read.
 */
export function readUsableCores(
  reader: Reader,
  options: { readonly facts: HostFacts; readonly pid: number },
): number | null {
  const { facts, pid } = options;
  const allowed = reader.read(`/proc/${pid}/status`, parseStatus).value
    ?.cpusAllowed ?? facts.onlineCpus;
  if (allowed === null) return null;
  let cores = countCpus(allowed, facts.onlineCpus ?? undefined);
  for (const directory of cgroupDirectories(reader, options)) {
    const max = reader.read(`${directory}/cpu.max`, parseCpuMax).value;
    if (max === null || max.quotaMicroseconds === null) continue;
    cores = Math.min(cores, max.quotaMicroseconds / max.periodMicroseconds);
  }
  return cores;
}

/** The cgroup v2 directory of a process and those above it, up to the mount point; none where its group cannot be seen. */
function cgroupDirectories(
  reader: Reader,
  options: { readonly facts: HostFacts; readonly pid: number },
): string[] {
  const mount = options.facts.cgroup2;
  if (mount === null) return [];
  const entries = reader.read(`/proc/${options.pid}/cgroup`, parseCgroup);
  const path = entries.value?.find(isVersion2)?.path;
  if (path === undefined || path.startsWith("/..")) return [];
  const root = mount.root === "/" ? "" : mount.root;
  if (path !== root && !path.startsWith(`${root}/`)) return [];
  const names = path.slice(root.length).split("/").filter((name) =>
    name !== ""
  );
  return Array.from(
    { length: names.length + 1 },
    (_, depth) => [mount.mountPoint, ...names.slice(0, depth)].join("/"),
  ).reverse();
}

function isVersion2(entry: CgroupEntry): boolean {
  return entry.hierarchyId === 0;
}

function hidesProcesses(mount: Mount): boolean {
  return mount.fsType === "proc" &&
    mount.superOptions.some((option) => /^hidepid=(?!0$|off$)/.test(option));
}

function readAuxv(fs: ProcFs): ReturnType<typeof parseAuxv> {
  try {
    return parseAuxv(fs.readFile(SELF_AUXV));
  } catch (error) {
    throw error instanceof ProcParseError ? error.at(SELF_AUXV) : error;
  }
}

function parseOnlineCpus(text: string) {
  return parseCpuList("online", { field: "cpus", text: firstLine(text) });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
