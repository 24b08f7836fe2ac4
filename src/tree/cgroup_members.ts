/**
 * Which processes are in a cgroup v2 and in the cgroups below it.
 *
 * @module
 */

import { parseCgroupProcs } from "../parse/cgroup_procs.ts";
import type { Reader, Unread } from "../kernel/proc_reader.ts";

/** Processes that were listed. */
export interface Listed {
  /** Their ids. */
  readonly pids: Set<number>;
  /** Why there may be others; null where all were listed. */
  readonly unread: Unread | null;
}

/** The kernel's own files in a cgroup's directory; every other name is that of a cgroup below it. */
const INTERFACE_FILE =
  /^(cgroup|cpu|cpuset|dmem|hugetlb|io|irq|memory|misc|perf_event|pids|rdma)\./;

/**
 * The process ids in a cgroup and below it; null where the cgroup does not exist. Processes outside the reader's pid namespace,
 * which the kernel shows as 0, are not among them.
 */
export function readCgroupMembers(
  reader: Reader,
  directory: string,
): Listed | null {
  const { value: own, unread } = reader.read(
    `${directory}/cgroup.procs`,
    parseCgroupProcs,
  );
  if (unread === "gone") return null;
  const names = reader.readDir(directory);
  const pids = new Set(own);
  let missing: Unread | null = isThreaded(reader, { directory, unread })
    ? null
    : unread;
  if (names.unread !== "gone") missing ??= names.unread;
  for (const name of names.value ?? []) {
    if (INTERFACE_FILE.test(name)) continue;
    const below = readCgroupMembers(reader, `${directory}/${name}`);
    for (const pid of below?.pids ?? []) pids.add(pid);
    missing ??= below?.unread ?? null;
  }
  pids.delete(0);
  return { pids, unread: missing };
}

/** Whether `cgroup.procs` was not to be read because the processes are listed further up: cgroups(7), "threaded subtree". */
function isThreaded(
  reader: Reader,
  of: { readonly directory: string; readonly unread: Unread | null },
): boolean {
  if (of.unread === null) return false;
  const type = reader.read(`${of.directory}/cgroup.type`, (text) => text);
  return type.value === "threaded\n";
}
