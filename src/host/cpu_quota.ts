/**
 * The limit of CPU time that stands on one cgroup, of v1 or v2.
 *
 * @module
 */

import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import { parseCfsPeriod, parseCfsQuota } from "../parse/cfs_quota.ts";
import { parseCpuMax } from "../parse/cpu_max.ts";
import { VERSION_2 } from "./cgroup_mounts.ts";

/**
 * How many cores the group of a directory may use, by `cpu.max` or the files of v1: a fraction
 * stays a fraction; null: it has no limit of its own. Where v1 sets none, there is no period to
 * read.
 */
export function readCpuQuota(
  reader: ProcReader,
  directory: string,
  hierarchy: string,
): Reading<number | null> {
  if (hierarchy === VERSION_2) {
    const max = reader.read(`${directory}/cpu.max`, parseCpuMax);
    if (max.reason !== null) return max;
    const { quotaMicroseconds, periodMicroseconds } = max.value;
    return coresOf(quotaMicroseconds, periodMicroseconds);
  }
  const quota = reader.read(`${directory}/cpu.cfs_quota_us`, parseCfsQuota);
  if (quota.value === null) return quota;
  const period = reader.read(`${directory}/cpu.cfs_period_us`, parseCfsPeriod);
  if (period.reason !== null) return period;
  return coresOf(quota.value, period.value);
}

function coresOf(quota: number | null, period: number): Reading<number | null> {
  return { value: quota === null ? null : quota / period, reason: null };
}
