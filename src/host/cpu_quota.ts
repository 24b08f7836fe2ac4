/**
 * The limit of CPU time that stands on one cgroup, of v1 or v2.
 *
 * @module
 */

import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import { parseCfsPeriod, parseCfsQuota } from "../parse/cfs_quota.ts";
import { type CpuMax, parseCpuMax } from "../parse/cpu_max.ts";
import { VERSION_2 } from "./cgroup_mounts.ts";

/** What limits the CPU time of the group of a directory: `cpu.max`, or the files of v1. */
export function readCpuQuota(
  reader: ProcReader,
  directory: string,
  hierarchy: string,
): Reading<CpuMax> {
  if (hierarchy === VERSION_2) {
    return reader.read(`${directory}/cpu.max`, parseCpuMax);
  }
  const quota = reader.read(`${directory}/cpu.cfs_quota_us`, parseCfsQuota);
  if (quota.reason !== null) return quota;
  const period = reader.read(`${directory}/cpu.cfs_period_us`, parseCfsPeriod);
  if (period.reason !== null) return period;
  return {
    value: {
      quotaMicroseconds: quota.value,
      periodMicroseconds: period.value,
    },
    reason: null,
  };
}
