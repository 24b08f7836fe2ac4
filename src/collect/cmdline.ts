/**
 * The collector `cmdline`: the arguments of each process.
 *
 * @module
 */

import { quoteJson } from "../_quote.ts";
import { parseCmdline } from "../parse/cmdline.ts";
import { nothing, type Visit } from "./visit.ts";

/** What the collector `cmdline` adds to a process's line. */
export interface CmdlineFields {
  /**
   * The arguments, see proc_pid_cmdline(5): what the process shows, which it may have overwritten. They may hold secrets, and
   * where they are overwritten the kernel may read on into the environment. Empty for a zombie and a kernel thread, and for a
   * process in the middle of execve(2).
   */
  readonly cmdline: readonly string[] | null;
  /** Whether arguments were cut off for their length. On a line only where it is true. */
  readonly cmdlineTruncated: boolean | null;
}

/** The room that arguments have on a line, in characters of JSON. */
const MAX_CMDLINE = 4000;
/** What a character takes in JSON at most, `\u0000`. */
const MAX_ESCAPE = 6;

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
  return cutCmdline(value);
}

/** Cuts arguments to what has room on a line. */
export function cutCmdline(cmdline: readonly string[]): CmdlineFields {
  const kept: string[] = [];
  let room = MAX_CMDLINE;
  for (const argument of cmdline) {
    const length = quoteJson(argument).length + 1;
    if (length > room) {
      kept.push(argument.slice(0, Math.floor(room / MAX_ESCAPE)));
      return { cmdline: kept, cmdlineTruncated: true };
    }
    kept.push(argument);
    room -= length;
  }
  return { cmdline: kept, cmdlineTruncated: false };
}
