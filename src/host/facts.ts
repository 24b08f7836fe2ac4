/**
 * Facts of a host that its kernel files must be read with.
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { ProcReader, UnreadReason } from "../kernel/proc_reader.ts";
import { type Auxv, parseAuxv } from "../parse/auxv.ts";
import { type Mount, parseMountinfo } from "../parse/mountinfo.ts";

/** What does not change while a host runs. */
export interface HostFacts {
  /** Bytes of a page, from the auxiliary vector; see getauxval(3). */
  readonly pageSizeBytes: number;
  /** Clock ticks of a second, from the auxiliary vector; see getauxval(3). */
  readonly ticksPerSecond: number;
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
  /** Why `bootId` and `hostname` are null; null if neither is. */
  readonly unreadable: Readonly<Record<string, UnreadReason>> | null;
  /** The files below `/proc` for which another file system stands in, as lxcfs does. */
  readonly replacedFiles: readonly string[];
}

const SELF_AUXV = "/proc/self/auxv";

/**
 * Reads the facts of the host.
 *
 * @throws {ProcReadError} If `/proc/self/auxv` cannot be read.
 * @throws {ProcParseError} If `/proc/self/auxv` lacks the size of a page or the ticks of a second.
 */
export function readHostFacts(reader: ProcReader): HostFacts {
  const mounts = reader.read("/proc/self/mountinfo", parseMountinfo).value ??
    [];
  const self = reader.readLink("/proc/self").value ?? "";
  const bootId = reader.read("/proc/sys/kernel/random/boot_id", firstLine);
  const hostname = reader.read("/proc/sys/kernel/hostname", firstLine);
  const unreadable = Object.entries({ bootId, hostname }).flatMap((
    [key, { reason }],
  ) =>
    reason === null
      ? []
      : [[key, reason === "gone" ? "unsupported" : reason] as const]
  );
  return {
    ...readAuxv(reader),
    bootId: bootId.value,
    hostname: hostname.value,
    unreadable: unreadable.length === 0 ? null : Object.fromEntries(unreadable),
    selfPid: /^[0-9]+$/.test(self) ? Number(self) : null,
    hidepidMounts: mounts.filter(hidesProcesses).map((mount) =>
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

function readAuxv({ fs }: ProcReader): Auxv {
  try {
    return parseAuxv(fs.readFile(SELF_AUXV));
  } catch (error) {
    throw error instanceof ProcParseError ? error.at(SELF_AUXV) : error;
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
