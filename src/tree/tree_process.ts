/**
 * What a tree grows from, and a process of it.
 *
 * @module
 */

import type { ParsedFile, UnreadReason } from "../kernel/proc_reader.ts";
import type { Integer } from "../integer.ts";
import type { Stat } from "../parse/stat.ts";
import type { RisingStat } from "./rising_counters.ts";

/** What a tree grows from: a process, the directory of a cgroup, or all that /proc lists. */
export type Root =
  | { readonly pid: number }
  | CgroupRoot
  | { readonly all: true };

/** A cgroup whose members are the tree. */
export interface CgroupRoot {
  /** Its directory. */
  readonly cgroup: string;
  /** Its path, as `/proc/PID/cgroup` has it. Default: not known. */
  readonly path?: string | null;
  /**
   * Its hierarchy: that of cgroup v2, `""`, or the names of the controllers of cgroup v1. Default:
   * not known.
   */
  readonly hierarchies?: readonly string[];
}

/** A process of the tree. The object stays the same for as long as the process lives. */
export interface TreeProcess {
  /** The process id. */
  readonly pid: number;
  /** When it started, in ticks since boot. */
  readonly startTicks: Integer;
  /** Its `stat` when it was last read; a counter that has fallen is held, see `RisingCounters`. */
  readonly stat: Stat;
}

/**
 * A process of the tree and its open `stat`: the handle answers ESRCH once the process is gone,
 * also when its id is reused.
 */
export interface OpenProcess extends TreeProcess {
  /** See {@linkcode TreeProcess.stat}. */
  stat: Stat;
  /** Makes `stat` of what is read; null while no counter has fallen. */
  rising: RisingStat | null;
  /** Its open `stat`. */
  readonly file: ParsedFile<Stat>;
  /** Why its `stat` could not be read in the latest sweep, though it lives; null if it could. */
  reason: UnreadReason | null;
}
