/**
 * The collector `stat`: what `stat` holds beside the fields that every line has. It reads nothing
 * more.
 *
 * @module
 */

import type {
  StatFields,
  ThreadStatFields,
} from "../model/collected_fields.ts";
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

/** What a thread has of these fields, by its own `stat`. */
export function threadStatFields(
  stat: Pick<
    Stat,
    "priority" | "nice" | "minflt" | "majflt" | "delayacctBlkioTicks"
  >,
  ticksPerSecond: number,
): ThreadStatFields {
  const delay = stat.delayacctBlkioTicks;
  return {
    priority: stat.priority,
    nice: stat.nice,
    minorFaultsTotal: stat.minflt,
    majorFaultsTotal: stat.majflt,
    blockIoDelaySecondsTotal: delay === null
      ? null
      : Number(delay) / ticksPerSecond,
  };
}

function statFields(stat: Stat, ticksPerSecond: number): StatFields {
  return {
    pgrp: stat.pgrp,
    session: stat.session,
    ...threadStatFields(stat, ticksPerSecond),
    childrenMinorFaultsTotal: stat.cminflt,
    childrenMajorFaultsTotal: stat.cmajflt,
  };
}
