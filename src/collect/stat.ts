/**
 * The collector `stat`: what `stat` holds beside the fields that every line has. It reads nothing more.
 *
 * @module
 */

import type { Visit } from "./collector.ts";
import type { StatFields } from "../model/groups.ts";

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
