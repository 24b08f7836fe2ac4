/**
 * The collector `stat`: what `stat` holds beside the fields that every line has. It reads nothing
 * more.
 *
 * @module
 */

import type { StatFields } from "../model/collected_fields.ts";
import type { Stat } from "../parse/stat.ts";
import type { Collector } from "./collector.ts";

/**
 * Adds page faults, priorities, group and session of each process.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { stat } from "@procline/procline/collect";
 * import { assertExists } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [stat()] });
 * assertExists(sampler.sample().processes[0]?.minorFaultsTotal);
 * ```
 */
export function stat(): Collector {
  return {
    name: "stat",
    unusable: () => null,
    start: (_, { facts: { ticksPerSecond } }) => ({
      visit: ({ process }) => ({
        fields: statFields(process.stat, ticksPerSecond),
        reasons: null,
      }),
    }),
  };
}

function statFields(stat: Stat, ticksPerSecond: number): StatFields {
  const delay = stat.delayacctBlkioTicks;
  return {
    pgrp: stat.pgrp,
    session: stat.session,
    priority: stat.priority,
    nice: stat.nice,
    minorFaultsTotal: stat.minflt,
    majorFaultsTotal: stat.majflt,
    childrenMinorFaultsTotal: stat.cminflt,
    childrenMajorFaultsTotal: stat.cmajflt,
    blockIoDelaySecondsTotal: delay === null
      ? null
      : Number(delay) / ticksPerSecond,
  };
}
