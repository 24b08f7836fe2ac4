/**
 * The collector `stat`: what `stat` holds beside the fields that every line has. It reads nothing more.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { Visit } from "./visit.ts";

/** What the collector `stat` adds to a process's line. See proc_pid_stat(5). */
export interface StatFields {
  /** Page faults that needed no device, `minflt`. */
  readonly minorFaultsTotal: Integer;
  /** Page faults that needed a device, `majflt`. */
  readonly majorFaultsTotal: Integer;
  /** Minor page faults of the children it has waited for, `cminflt`. */
  readonly childrenMinorFaultsTotal: Integer;
  /** Major page faults of the children it has waited for, `cmajflt`. */
  readonly childrenMajorFaultsTotal: Integer;
  /** The scheduler's priority; -2 to -100 for a real-time policy. */
  readonly priority: number;
  /** The nice value, 19 (low priority) to -20. */
  readonly nice: number;
  /** The process group. */
  readonly pgrp: number;
  /** The session. */
  readonly session: number;
  /** Seconds spent waiting for block I/O, `delayacct_blkio_ticks`; 0 while the kernel's delay accounting is off; null before Linux 2.6.18. */
  readonly blockIoDelaySecondsTotal: number | null;
}

/** Takes the rest of what `stat` said. */
export function collectStat(visit: Visit): StatFields {
  const { stat } = visit.member;
  const delay = stat.delayacctBlkioTicks;
  return {
    minorFaultsTotal: stat.minflt,
    majorFaultsTotal: stat.majflt,
    childrenMinorFaultsTotal: stat.cminflt,
    childrenMajorFaultsTotal: stat.cmajflt,
    priority: stat.priority,
    nice: stat.nice,
    pgrp: stat.pgrp,
    session: stat.session,
    blockIoDelaySecondsTotal: delay === null
      ? null
      : Number(delay) / visit.ticksPerSecond,
  };
}
