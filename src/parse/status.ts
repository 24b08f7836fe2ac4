/**
 * `/proc/<pid>/status`: a process in words. See proc_pid_status(5).
 *
 * ```text
 * Name:	cat
 * State:	R (running)
 * Tgid:	8427
 * Uid:	1000	1000	1000	1000
 * Cpus_allowed_list:	0-3
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { parseCount, parseLines } from "./_fields.ts";
import { type CpuRange, parseCpuList } from "./cpu_list.ts";

/** What `status` holds. */
export interface Status {
  /** The id of the process that the thread belongs to: equal to the id in the path, or the path is a thread's. */
  readonly tgid: number;
  /** The real user id. */
  readonly uid: number;
  /** The CPUs that the thread may run on, offline ones included; null before Linux 2.6.26. */
  readonly cpusAllowed: readonly CpuRange[] | null;
}

/**
 * Parses the text of `/proc/<pid>/status`.
 *
 * @throws {ProcParseError} If `Tgid` or `Uid` is missing, a field is damaged, or the text is cut.
 */
export function parseStatus(text: string): Status {
  let tgid: number | undefined;
  let uid: number | undefined;
  let cpusAllowed: CpuRange[] | null = null;
  for (const line of parseLines("status", text)) {
    const colon = line.indexOf(":\t");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 2);
    if (name === "Tgid") {
      tgid = parseCount("status", { name, text: value });
    } else if (name === "Uid") {
      const [real = ""] = value.split("\t", 1);
      uid = parseCount("status", { name, text: real });
    } else if (name === "Cpus_allowed_list") {
      cpusAllowed = parseCpuList("status", { field: name, text: value });
    }
  }
  if (tgid === undefined || uid === undefined) {
    const field = tgid === undefined ? "Tgid" : "Uid";
    throw new ProcParseError("status", { field, text: "" });
  }
  return { tgid, uid, cpusAllowed };
}
