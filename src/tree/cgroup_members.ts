/**
 * Which processes are in a cgroup v2 and in the cgroups below it.
 *
 * @module
 */

import type { ProcReader, UnreadReason } from "../kernel/proc_reader.ts";
import { parseCgroupProcs } from "../parse/cgroup_procs.ts";

/** Processes that were listed. */
export interface PidList {
  /** Their ids. */
  readonly pids: Set<number>;
  /** Why there may be others; null if all were listed. */
  readonly reason: UnreadReason | null;
}

/**
 * The kernel's own files in a cgroup's directory; every other name is that of a cgroup below it.
 */
const INTERFACE_FILE =
  /^(cgroup|cpu|cpuset|dmem|hugetlb|io|irq|memory|misc|perf_event|pids|rdma)\./;

/**
 * The process ids in a cgroup and below it; null if the cgroup does not exist. Processes outside
 * the reader's pid namespace, which the kernel shows as 0, are not among them.
 */
export function readCgroupMembers(
  reader: ProcReader,
  directory: string,
): PidList | null {
  const { value: own, reason } = reader.read(
    `${directory}/cgroup.procs`,
    parseCgroupProcs,
  );
  if (reason === "gone") return null;
  const names = reader.readDir(directory);
  const pids = new Set(own);
  const isElsewhere = reason !== null && isThreaded(reader, directory);
  let missing: UnreadReason | null = isElsewhere ? null : reason;
  if (names.reason !== "gone") missing ??= names.reason;
  for (const name of names.value ?? []) {
    if (INTERFACE_FILE.test(name)) continue;
    const below = readCgroupMembers(reader, `${directory}/${name}`);
    for (const pid of below?.pids ?? []) pids.add(pid);
    missing ??= below?.reason ?? null;
  }
  pids.delete(0);
  return { pids, reason: missing };
}

/** Whether the processes of a group are listed further up: cgroups(7), "threaded subtree". */
function isThreaded(reader: ProcReader, directory: string): boolean {
  const type = reader.read(`${directory}/cgroup.type`, (text) => text);
  return type.value === "threaded\n";
}
