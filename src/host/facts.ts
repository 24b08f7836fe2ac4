/**
 * Facts of a host that its kernel files must be read with.
 *
 * @module
 */

import { ProcParseError, ProcReadError } from "../errors.ts";
import type { ProcReader, UnreadReason } from "../kernel/proc_reader.ts";
import { parseAuxv } from "../parse/auxv.ts";
import { type Mount, parseMountinfo } from "../parse/mountinfo.ts";
import { pathBelow } from "./cgroup_mounts.ts";
import { findPageSize } from "./page_size.ts";

/** What does not change while a host runs. */
export interface HostFacts {
  /**
   * Bytes of a page, from the auxiliary vector, see getauxval(3); if that cannot be read, by what
   * processes show of their memory in pages and in bytes. Null if neither tells.
   */
  readonly pageSizeBytes: number | null;
  /**
   * Clock ticks of a second, from the auxiliary vector, see getauxval(3); if that cannot be read,
   * 100, as on every machine that Deno runs on.
   */
  readonly ticksPerSecond: number;
  /** Why the auxiliary vector, `/proc/self/auxv`, could not be read; null if it was. */
  readonly auxvReason: UnreadReason | null;
  /** A random id that is new at each boot, see proc_sys_kernel(5); null if it cannot be read. */
  readonly bootId: string | null;
  /** The name of the host, see proc_sys_kernel(5); null if it cannot be read. */
  readonly hostname: string | null;
  /**
   * The process that `/proc/self` names, which is the reader in the pid namespace of this procfs;
   * null if it names none, as the reader is not in that namespace.
   */
  readonly selfPid: number | null;
  /**
   * The mount points of procfs with an option `hidepid` that hides processes from some users, see
   * proc(5).
   */
  readonly hidepidMounts: readonly string[];
  /**
   * The mount points of lxcfs, which shows what is a container's own in place of the host's:
   * `/proc/uptime`, `/proc/stat` and others.
   */
  readonly lxcfsMounts: readonly string[];
  /** Why which of these are null; null if none is. */
  readonly unreadable: Readonly<Record<string, UnreadReason>> | null;
  /** The files below `/proc` for which another file system stands in, as lxcfs does. */
  readonly replacedFiles: readonly string[];
}

const SELF_AUXV = "/proc/self/auxv";
const LXCFS = "fuse.lxcfs";

/** USER_HZ of every architecture that Deno runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Reads the facts of the host.
 *
 * @throws {ProcReadError} If `/proc/self/auxv` cannot be read, and /proc has no process at all.
 * @throws {ProcParseError} If `/proc/self/auxv` lacks the size of a page or the ticks of a second,
 * and /proc has no process at all.
 */
export function readHostFacts(reader: ProcReader): HostFacts {
  const mounts = reader.read("/proc/self/mountinfo", parseMountinfo).value ??
    [];
  const self = reader.readLink("/proc/self").value ?? "";
  const bootId = reader.read("/proc/sys/kernel/random/boot_id", firstLine);
  const hostname = reader.read("/proc/sys/kernel/hostname", firstLine);
  const auxv = readAuxv(reader);
  const pageSizeBytes = {
    reason: auxv.pageSizeBytes === null ? auxv.auxvReason : null,
  };
  const unreadable = Object.entries({ bootId, hostname, pageSizeBytes })
    .flatMap(([key, { reason }]) =>
      reason === null
        ? []
        : [[key, reason === "gone" ? "unsupported" : reason] as const]
    );
  return {
    ...auxv,
    bootId: bootId.value,
    hostname: hostname.value,
    unreadable: unreadable.length === 0 ? null : Object.fromEntries(unreadable),
    selfPid: /^[0-9]+$/.test(self) ? Number(self) : null,
    hidepidMounts: mounts.filter(hidesProcesses).map((mount) =>
      mount.mountPoint
    ),
    lxcfsMounts: mounts.filter(({ fsType }) => fsType === LXCFS).map((mount) =>
      mount.mountPoint
    ),
    replacedFiles: mounts.map(({ mountPoint }) => mountPoint)
      .filter((path) => path.startsWith("/proc/")),
  };
}

function hidesProcesses(mount: Mount): boolean {
  return mount.fsType === "proc" &&
    mount.superOptions.some((option) => /^hidepid=(?!0$|off$)/.test(option));
}

/** Whether lxcfs stands in for a file: at its own path, or at a directory above it. */
export function isOnLxcfs({ lxcfsMounts }: HostFacts, path: string): boolean {
  return lxcfsMounts.some((mountPoint) => pathBelow(mountPoint, path) !== null);
}

/**
 * The kernel refuses `auxv` to a program whose file has capabilities, see PR_SET_DUMPABLE(2const),
 * and a copy of a /proc may lack it. What has no process is no /proc at all.
 */
function readAuxv(
  reader: ProcReader,
): Pick<HostFacts, "pageSizeBytes" | "ticksPerSecond" | "auxvReason"> {
  try {
    const auxv = parseAuxv(reader.fs.readFile(SELF_AUXV));
    return { ...auxv, auxvReason: null };
  } catch (error) {
    const reason = reasonOf(error);
    const pids = reader.listPids().value ?? [];
    if (reason === null || pids.length === 0) {
      throw error instanceof ProcParseError ? error.at(SELF_AUXV) : error;
    }
    return {
      pageSizeBytes: findPageSize(reader, ["self", ...pids.map(String)]),
      ticksPerSecond: TICKS_PER_SECOND,
      auxvReason: reason,
    };
  }
}

function reasonOf(error: unknown): UnreadReason | null {
  if (error instanceof ProcReadError) return error.reason;
  return error instanceof ProcParseError ? "malformed" : null;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
