/**
 * The cores of a run: those that are online, and those that the root may use. Both may change at
 * any time, so they are read in each sample.
 *
 * @module
 */

import type { CgroupMounts } from "../host/cgroup_mounts.ts";
import {
  countCores,
  CpuLimits,
  ProcessCores,
  readCgroupCores,
} from "../host/cores.ts";
import type { HostFacts } from "../host/facts.ts";
import {
  OnlineCpus,
  type OnlineReading,
  readPresentCpus,
} from "../host/online_cpus.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import { hostReason, type Known } from "../model/null_reason.ts";
import { larger } from "../model/rate.ts";
import { countCpus } from "../parse/cpu_list.ts";

/** Whose cores they are: a process, a cgroup, or all processes if neither is given. */
export interface CoresRoot {
  /** The process id of the root. */
  readonly pid: number | null;
  /** The directory of the cgroup that is the root. */
  readonly cgroup: string | null;
}

/** The CPUs that bound what may have been used in a sample. */
export interface CoreBounds {
  /** Those that are online; null: not known. */
  readonly onlineCores: number | null;
  /** The same, or those of the previous sample if they were more. */
  readonly maxCores: number | null;
  /** The most that may have been online before the run. */
  readonly mostCores: number | null;
}

/** Reads the cores of a run, sample after sample. */
export class RootCores {
  readonly #reader: ProcReader;
  readonly #mounts: CgroupMounts;
  readonly #limits: CpuLimits;
  readonly #root: CoresRoot;
  readonly #cpus: OnlineCpus;
  /** The files of the process that is the root; null if it is none. */
  readonly #process: ProcessCores | null;
  /** The CPUs that are online, as last read. */
  #online: OnlineReading;
  /** The cores that the root may use, as last read while it was there. */
  #ofRoot: Known<number>;
  /** The most CPUs that were online, or may have been before the run; null: not known. */
  #mostCores: number | null;

  /** Reads them for the first time. */
  constructor(
    reader: ProcReader,
    facts: HostFacts,
    mounts: CgroupMounts,
    root: CoresRoot,
  ) {
    this.#reader = reader;
    this.#mounts = mounts;
    this.#root = root;
    // Closes what is open if anything below throws.
    using opened = new DisposableStack();
    const limits = new CpuLimits(reader, mounts);
    opened.defer(() => limits.close());
    this.#limits = limits;
    const cpus = new OnlineCpus(reader, facts);
    opened.defer(() => cpus.close());
    this.#cpus = cpus;
    const process = root.pid === null
      ? null
      : new ProcessCores(reader, mounts, this.#limits, root.pid);
    opened.defer(() => process?.close());
    this.#process = process;
    this.#online = cpus.read();
    this.#mostCores = larger(
      readPresentCpus(reader),
      countIfKnown(this.#online),
    );
    this.#ofRoot = this.#readOfRoot();
    opened.move();
  }

  /**
   * Reads them for a sample.
   *
   * @param isFirst Whether there is no sample before this one.
   * @param rootEnded Whether the root is not there: its tree goes on with the cores that it had.
   */
  read(isFirst: boolean, rootEnded: boolean): CoreBounds {
    const before = countIfKnown(this.#online);
    this.#online = this.#cpus.read();
    const onlineCores = countIfKnown(this.#online);
    this.#mostCores = larger(this.#mostCores, onlineCores);
    if (!rootEnded) this.#ofRoot = this.#readOfRoot();
    return {
      onlineCores,
      maxCores: isFirst ? onlineCores : larger(before, onlineCores),
      mostCores: this.#mostCores,
    };
  }

  /**
   * The cores that the root may use, as last read. Those of a process that has ended are not read
   * again, but CPUs may have gone off line since. A cgroup that is not there allows nobody
   * anything.
   */
  ofRoot(rootEnded: boolean): Known<number> {
    if (this.#root.cgroup !== null && rootEnded) {
      return { value: null, reason: "gone" };
    }
    const { value } = this.#ofRoot;
    const online = countIfKnown(this.#online);
    return value === null || online === null || value <= online
      ? this.#ofRoot
      : { value: online, reason: null };
  }

  /** The CPUs that are online, as last read. */
  get online(): Known<number> {
    const { value, reason } = this.#online.cpus;
    return reason === null
      ? { value: countCpus(value), reason }
      : { value: null, reason: hostReason(reason) };
  }

  /** Closes its files. */
  close(): void {
    this.#cpus.close();
    this.#process?.close();
    this.#limits.close();
  }

  #readOfRoot(): Known<number> {
    const { cgroup } = this.#root;
    const online = this.#online;
    if (this.#process !== null) return this.#process.read(online);
    return cgroup === null
      ? countCores(online.cpus)
      : readCgroupCores(this.#reader, this.#mounts, this.#limits, {
        directory: cgroup,
        online,
      });
  }
}

function countIfKnown({ cpus: { value } }: OnlineReading): number | null {
  return value === null ? null : countCpus(value);
}
