/**
 * The collector `cmdline`: the arguments of each process.
 *
 * @module
 */

import { cutText, jsonBytes } from "../text.ts";
import { parseCmdline } from "../parse/cmdline.ts";
import type { Stat } from "../parse/stat.ts";
import { type Unreadable, whyGone } from "../model/null_reason.ts";
import { nothing, type Visit } from "./collector.ts";
import type { CmdlineFields } from "../model/groups.ts";

/** The room that arguments have on a line, in bytes of JSON. */
const MAX_CMDLINE_BYTES = 4000;
/** What stands around each argument: quotes and a comma. */
const AROUND = 3;

/** Reads the arguments of a process. */
export function collectCmdline(
  visit: Pick<Visit, "reader" | "member" | "directory" | "notes">,
): CmdlineFields {
  const { value, unread } = visit.reader.read(
    `${visit.directory}/cmdline`,
    parseCmdline,
  );
  if (value === null) {
    return {
      ...nothing(visit, { keys: ["cmdline"], unread }),
      cmdlineTruncated: null,
    };
  }
  if (value.length === 0) {
    visit.notes.cmdline = whyEmpty(visit.member.stat);
    return { cmdline: null, cmdlineTruncated: null };
  }
  return cutCmdline(value);
}

/** Why a process shows no arguments: it has no memory, or is in the middle of execve(2), where the kernel has none to show. */
function whyEmpty(stat: Stat): Unreadable {
  const hasMemory = stat.state !== "Z" && stat.vsize !== 0;
  return hasMemory ? "executing" : whyGone(stat);
}

/** Cuts arguments to what has room on a line. */
export function cutCmdline(cmdline: readonly string[]): CmdlineFields {
  const kept: string[] = [];
  let room = MAX_CMDLINE_BYTES;
  for (const argument of cmdline) {
    const cut = cutText(argument, Math.max(room - AROUND, 0));
    if (cut !== argument || room < AROUND) {
      if (cut !== "") kept.push(cut);
      return { cmdline: kept, cmdlineTruncated: true };
    }
    kept.push(argument);
    room -= jsonBytes(argument) + AROUND;
  }
  return { cmdline: kept, cmdlineTruncated: false };
}
