/**
 * Job control: what a shell and a terminal make of this program, see credentials(7) and termios(3).
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseStat, type Stat } from "../parse/stat.ts";
import type { Terminal } from "./output.ts";

/**
 * Stops this program, as a signal would have done if nobody listened: not in a process group that
 * nobody would continue.
 */
export function stopProcess(reader: ProcReader): void {
  if (!isOrphanedGroup(reader)) Deno.kill(Deno.pid, "SIGSTOP");
}

/**
 * Whether no parent of a process in our group is in another group of our session, see setpgid(2):
 * the kernel does not stop such a group. Looks at the line of our parents.
 */
function isOrphanedGroup(reader: ProcReader): boolean {
  const own = readStat(reader, "self");
  let above = own === null ? null : readStat(reader, own.ppid);
  while (own !== null && above !== null && above.session === own.session) {
    if (above.pgrp !== own.pgrp) return false;
    above = readStat(reader, above.ppid);
  }
  return true;
}

/** The `stat` of a process; null if it cannot be read. */
export function readStat(
  reader: ProcReader,
  pid: number | "self",
): Stat | null {
  return reader.read(`/proc/${pid}/stat`, parseStat).value;
}

/** Whether another process group has the terminal, as after `bg` of a shell. */
export function isInBackground(
  reader: ProcReader,
  { device }: Terminal,
): boolean {
  const own = readStat(reader, "self");
  return own !== null && own.tpgid > 0 && own.tpgid !== own.pgrp &&
    own.ttyNr === device;
}
