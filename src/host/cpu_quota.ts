/**
 * The limit of CPU time that stands on one cgroup, of v1 or v2.
 *
 * @module
 */

import { KeptFile } from "../kernel/kept_file.ts";
import type { Parse, ProcReader, Reading } from "../kernel/proc_reader.ts";
import { parseCfsPeriod, parseCfsQuota } from "../parse/cfs_quota.ts";
import { type CpuMax, parseCpuMax } from "../parse/cpu_max.ts";
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
  const quota = new CpuQuota(reader, directory, hierarchy);
  try {
    return quota.read();
  } finally {
    quota.close();
  }
}

/** The same, again and again: its files are held open. */
export class CpuQuota {
  readonly #isVersion2: boolean;
  readonly #max: KeptFile<CpuMax>;
  readonly #quota: KeptFile<number | null>;
  readonly #period: KeptFile<number>;

  /** Nothing is opened before the first reading. */
  constructor(reader: ProcReader, directory: string, hierarchy: string) {
    this.#isVersion2 = hierarchy === VERSION_2;
    const file = <T>(name: string, parse: Parse<T>) =>
      new KeptFile(reader, `${directory}/${name}`, parse);
    this.#max = file("cpu.max", parseCpuMax);
    this.#quota = file("cpu.cfs_quota_us", parseCfsQuota);
    this.#period = file("cpu.cfs_period_us", parseCfsPeriod);
  }

  /** Reads it. */
  read(): Reading<number | null> {
    if (this.#isVersion2) {
      const max = readOfGroup(this.#max);
      if (max.reason !== null) return max;
      const { quotaMicroseconds, periodMicroseconds } = max.value;
      return coresOf(quotaMicroseconds, periodMicroseconds);
    }
    const quota = readOfGroup(this.#quota);
    if (quota.value === null) return quota;
    const period = readOfGroup(this.#period);
    if (period.reason !== null) return period;
    return coresOf(quota.value, period.value);
  }

  /** Closes its files. */
  close(): void {
    this.#max.close();
    this.#quota.close();
    this.#period.close();
  }
}

/** If a group was removed and made anew, its path leads to other files. */
function readOfGroup<T>(file: KeptFile<T>): Reading<T> {
  const { isOpen } = file;
  const reading = file.read();
  if (!isOpen || reading.reason !== "gone") return reading;
  file.close();
  return file.read();
}

function coresOf(quota: number | null, period: number): Reading<number | null> {
  return { value: quota === null ? null : quota / period, reason: null };
}
