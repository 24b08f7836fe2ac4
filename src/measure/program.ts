/**
 * Which program a process runs: what its link `exe` says, and what that leaves open.
 *
 * @module
 */

import {
  DELETED,
  type ProcReader,
  type Reading,
} from "../kernel/proc_reader.ts";
import { whyNothing } from "../model/null_reason.ts";
import type { Program } from "../model/program.ts";
import { parseMaps } from "../parse/maps.ts";
import { parseStat, type Stat } from "../parse/stat.ts";

/** A file without a place in any directory, see memfd_create(2): its name may hold a slash. */
const MEMFD = "/memfd:";

/**
 * Reads which program a process runs. A link that is not there does not mean that the process has
 * ended.
 *
 * @param directory The directory whose files describe its program.
 */
export function readProgram(
  reader: ProcReader,
  directory: string,
  stat: Stat,
): Program {
  const link = readExe(reader, directory);
  if (link.value === null) {
    const { reason } = link;
    const why = reason === "gone" ? whyNothing(stat) : reason;
    return { path: null, exe: null, exeDeleted: null, reason: why };
  }
  const exeDeleted = link.value.endsWith(DELETED) &&
    isDeleted(reader, directory, link.value);
  const path = exeDeleted ? link.value.slice(0, -DELETED.length) : link.value;
  const isMemfd = exeDeleted && path.startsWith(MEMFD);
  const exe = path.slice(isMemfd ? 1 : path.lastIndexOf("/") + 1);
  return { path, exe, exeDeleted, reason: null };
}

/**
 * The target of the link `exe`. The kernel gives none that is longer than 4,096 bytes: the file
 * that is mapped where the code starts is the same, and its path is text.
 */
function readExe(reader: ProcReader, directory: string): Reading<string> {
  const link = reader.readLink(`${directory}/exe`);
  if (link.reason !== "failed") return link;
  const stat = reader.read(`${directory}/stat`, parseStat);
  if (stat.value === null) return link;
  const { startcode } = stat.value;
  const maps = reader.read(`${directory}/maps`, parseMaps);
  if (maps.value === null) return maps.reason === "gone" ? link : maps;
  const code = maps.value.find(({ start, end }) =>
    start <= startcode && startcode < end
  );
  return code === undefined || !code.pathname.startsWith("/")
    ? link
    : { value: code.pathname, reason: null };
}

/**
 * Whether the file was deleted whose link ends as if it were. It was if no name leads to it. If one
 * does, it may be another of its names: then the whole text of the link, in the process's own view
 * of the directories, leads to no file or to another one.
 */
function isDeleted(
  reader: ProcReader,
  directory: string,
  link: string,
): boolean {
  const file = reader.stat(`${directory}/exe`).value;
  if (file === null || file.numLinks === 0) return true;
  return !reader.leadsTo(`${directory}/root${link}`, file);
}
