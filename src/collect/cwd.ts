/**
 * The collector `cwd`: the working directory of each process.
 *
 * @module
 */

import { DELETED, type ProcReader } from "../kernel/proc_reader.ts";
import type { CwdFields } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import { processReason, type Readout } from "../model/null_reason.ts";
import { cutText } from "../text.ts";
import type { Collector, ProcessVisit } from "./collector.ts";

/** What stands in a text for bytes that are no UTF-8. A name may hold it in its own right. */
const REPLACEMENT = "\ufffd";

/**
 * Adds the working directory of each process.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { cwd } from "@procline/procline/collect";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [cwd()] });
 * assertEquals(sampler.sample().processes[0]?.cwd, Deno.cwd());
 * ```
 */
export function cwd(): Collector {
  return {
    name: "cwd",
    unusable: () => null,
    start: (reader) => ({ visit: (visit) => readCwd(reader, visit) }),
  };
}

function readCwd(
  reader: ProcReader,
  { directory, process }: ProcessVisit,
): Readout<CwdFields> {
  const link = `${directory}/cwd`;
  const { value, reason } = reader.readLink(link);
  if (value === null) {
    return {
      fields: { cwd: null, cwdDeleted: null, cwdTruncated: null },
      reasons: { cwd: processReason(reason, process.stat) },
    };
  }
  const cwdDeleted = value.endsWith(DELETED) && isDeleted(reader, link, value);
  const path = cwdDeleted ? value.slice(0, -DELETED.length) : value;
  const cwd = cutText(path, ROOM.cwd);
  return {
    fields: { cwd, cwdDeleted, cwdTruncated: cwd !== path },
    reasons: null,
  };
}

/**
 * Whether the directory was deleted to which the link leads, whose text ends as if it were. It was
 * unless the directory above has it by this name: a directory has no other.
 */
function isDeleted(reader: ProcReader, link: string, target: string): boolean {
  const file = reader.stat(link).value;
  if (file === null || file.numLinks === 0) return true;
  const name = target.slice(target.lastIndexOf("/") + 1);
  return !name.includes(REPLACEMENT) &&
    !reader.leadsTo(`${link}/../${name}`, file);
}
