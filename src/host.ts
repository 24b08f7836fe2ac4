/**
 * Facts of a host that kernel files must be read with, and how many cores a process may use.
 *
 * @module
 */

import { quote } from "./_quote.ts";
import { ProcParseError, RootError } from "./errors.ts";
import { parseAuxv } from "./parse/auxv.ts";
import { type CgroupEntry, parseCgroup } from "./parse/cgroup.ts";
import { countCpus, type CpuRange, parseCpuList } from "./parse/cpu_list.ts";
import { parseCpuMax } from "./parse/cpu_max.ts";
import { type Mount, parseMountinfo } from "./parse/mountinfo.ts";
import { parseCpusAllowed } from "./parse/status.ts";
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
    onlineCpus: reader.read(ONLINE_CPUS, parseCpuFile).value,
    cgroup2: mounts.find((mount) => mount.fsType === "cgroup2") ?? null,
    selfPid: /^[0-9]+$/.test(self) ? Number(self) : null,
    hidepidMounts: mounts.filter(hidesProcesses).map((mount) =>
      mount.mountPoint
    ),
  };
}

/**
 * How many cores a process may use: the switched-on CPUs it may run on, lowered to the tightest `cpu.max` on the way up its
 * cgroup v2 path; a fraction stays a fraction. Null where its allowed CPUs cannot be read, or none of them is switched on.
 */
export function readUsableCores(
  reader: Reader,
  options: { readonly facts: HostFacts; readonly pid: number },
): number | null {
  const { facts, pid } = options;
  const allowed = reader.read(`/proc/${pid}/status`, parseCpusAllowed).value;
  const entries = reader.read(`/proc/${pid}/cgroup`, parseCgroup).value;
  const path = entries?.find(isVersion2)?.path;
  const directory = path === undefined
    ? null
    : cgroupDirectory(facts.cgroup2, path);
  return lowestLimit(reader, { facts, allowed, directory });
}

/** The same for a cgroup v2: the switched-on CPUs of its cpuset, lowered to the tightest `cpu.max` from it upwards. */
export function readCgroupCores(
  reader: Reader,
  options: { readonly facts: HostFacts; readonly directory: string },
): number | null {
  const { facts, directory } = options;
  const allowed = reader.read(
    `${directory}/cpuset.cpus.effective`,
    parseCpuFile,
  ).value;
  return lowestLimit(reader, { facts, allowed, directory });
}

function lowestLimit(
  reader: Reader,
  options: {
    readonly facts: HostFacts;
    readonly allowed: readonly CpuRange[] | null;
    readonly directory: string | null;
  },
): number | null {
  const { onlineCpus, cgroup2 } = options.facts;
  const allowed = options.allowed ?? onlineCpus;
  if (allowed === null) return null;
  let cores = countCpus(allowed, onlineCpus ?? undefined);
  if (cores === 0) return null;
  const top = cgroup2?.mountPoint.length ?? 0;
  let directory = options.directory ?? "";
  while (directory.length >= top && directory !== "") {
    const max = reader.read(`${directory}/cpu.max`, parseCpuMax).value;
    if (max !== null && max.quotaMicroseconds !== null) {
      cores = Math.min(cores, max.quotaMicroseconds / max.periodMicroseconds);
    }
    directory = directory.slice(0, directory.lastIndexOf("/"));
  }
  return cores;
}

/**
 * The directory of a cgroup v2, from its path in `/proc/<pid>/cgroup`; null where cgroup v2 is not mounted, or the group lies
 * outside the reader's cgroup namespace.
 */
export function cgroupDirectory(
  mount: Mount | null,
  path: string,
): string | null {
  if (mount === null || path.startsWith("/..")) return null;
  const root = mount.root === "/" ? "" : mount.root;
  if (path !== root && !path.startsWith(`${root}/`)) return null;
  const below = path.slice(root.length);
  return below === "/" ? mount.mountPoint : mount.mountPoint + below;
}

/**
 * The directory that a user means: a path below the mount point of cgroup v2, which may be left out.
 *
 * @throws {RootError} If cgroup v2 is not mounted.
 */
export function findCgroup(facts: HostFacts, path: string): string {
  if (facts.cgroup2 === null) {
    throw new RootError(
      `Cannot sample the cgroup ${quote(path)}: cgroup v2 is not mounted`,
    );
  }
  const { mountPoint } = facts.cgroup2;
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed === mountPoint || trimmed.startsWith(`${mountPoint}/`)) {
    return trimmed;
  }
  return trimmed.startsWith("/")
    ? mountPoint + trimmed
    : `${mountPoint}/${trimmed}`;
}

/** Whether an entry of `/proc/<pid>/cgroup` is the one of cgroup v2. */
export function isVersion2(entry: CgroupEntry): boolean {
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

/** A text without the newline at its end is cut: its list may be shorter than it was. */
function parseCpuFile(text: string) {
  if (!text.endsWith("\n")) {
    throw new ProcParseError("cpus", { field: "the end of the line", text });
  }
  return parseCpuList("cpus", { field: "list", text: firstLine(text) });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
