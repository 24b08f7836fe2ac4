/**
 * Which processes are in a cgroup v2 and in the cgroups below it.
 *
 * @module
 */

import { parseCgroupProcs } from "./parse/cgroup_procs.ts";
import type { Reader } from "./reader.ts";

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
): Set<number> | null {
  const { value: own, unread } = reader.read(
    `${directory}/cgroup.procs`,
    parseCgroupProcs,
  );
  if (unread === "gone") return null;
  const pids = new Set(own);
  for (const name of reader.readDir(directory).value ?? []) {
    if (INTERFACE_FILE.test(name)) continue;
    const below = readCgroupMembers(reader, `${directory}/${name}`);
    for (const pid of below ?? []) pids.add(pid);
  }
  pids.delete(0);
  return pids;
}
