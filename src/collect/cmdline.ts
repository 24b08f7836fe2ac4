/**
 * The collector `cmdline`: the arguments of each process.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { CmdlineFields } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import {
  type NullReason,
  processReason,
  type Readout,
  whyNothing,
} from "../model/null_reason.ts";
import { parseCmdline } from "../parse/cmdline.ts";
import type { Stat } from "../parse/stat.ts";
import { cutTexts } from "../text.ts";
import type { Collector } from "./collector.ts";

/**
 * Adds the arguments of each process.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { cmdline } from "@procline/procline/collect";
 * import { assertExists } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [cmdline()] });
 * assertExists(sampler.sample().processes[0]?.cmdline);
 * ```
 */
export function cmdline(): Collector {
  return {
    name: "cmdline",
    unusable: () => null,
    start: (reader) => ({
      visit: ({ directory, process }) =>
        readCmdline(reader, directory, process.stat),
    }),
  };
}

/** Reads the arguments of a process from its directory. */
export function readCmdline(
  reader: ProcReader,
  directory: string,
  stat: Stat,
): Readout<CmdlineFields> {
  const { value, reason } = reader.read(`${directory}/cmdline`, parseCmdline);
  if (value !== null && value.length > 0) {
    return { fields: cutCmdline(value), reasons: null };
  }
  return {
    fields: { cmdline: null, cmdlineTruncated: null },
    reasons: {
      cmdline: reason === null ? whyEmpty(stat) : processReason(reason, stat),
    },
  };
}

/**
 * Why a process shows no arguments: it has no memory, or is in the middle of execve(2), when the
 * kernel has none to show.
 */
function whyEmpty(stat: Stat): NullReason {
  const hasMemory = stat.state !== "Z" && stat.vsize !== 0;
  return hasMemory ? "executing" : whyNothing(stat);
}

/** Cuts arguments to what fits on a line. */
export function cutCmdline(cmdline: readonly string[]): CmdlineFields {
  const { texts, isCut } = cutTexts(cmdline, ROOM.cmdline);
  return { cmdline: texts, cmdlineTruncated: isCut };
}
