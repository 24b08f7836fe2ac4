/**
 * The collector `fd`: open file descriptors and their limit.
 *
 * @module
 */

import type { Parse, UnreadReason } from "../kernel/proc_reader.ts";
import type { FdFields } from "../model/collected_fields.ts";
import {
  joinReasons,
  lineReason,
  type NullReason,
  processReason,
  type Readout,
  reasonFor,
} from "../model/null_reason.ts";
import { type Limits, parseLimits } from "../parse/limits.ts";
import { parseIfOther } from "./_same_text.ts";
import type { Collector, ProcessVisit, VisitedFiles } from "./collector.ts";

/**
 * Adds how many file descriptors each process has open, and how many it may.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { fd } from "@procline/procline/collect";
 * import { assertExists } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [fd()] });
 * assertExists(sampler.sample().processes[0]?.numFds);
 * ```
 */
export function fd(): Collector {
  return {
    name: "fd",
    unusable: () => null,
    start: (_, { files }) => {
      const parse = parseIfOther(parseLimits);
      return { visit: (visit) => readFd(files, visit, parse) };
    },
  };
}

function readFd(
  files: VisitedFiles,
  { directory, process }: ProcessVisit,
  parse: Parse<Limits>,
): Readout<FdFields> {
  const fds = files.readDir(`${directory}/fd`);
  const limits = files.readFields(`${directory}/limits`, parse);
  const why = (reason: UnreadReason | null): NullReason | null =>
    reason === null ? null : processReason(reason, process.stat);
  return {
    fields: {
      numFds: fds.value?.length ?? null,
      fdLimit: limits.value?.openFiles?.soft ?? null,
    },
    reasons: joinReasons(
      reasonFor("numFds", why(fds.reason)),
      reasonFor(
        "fdLimit",
        limits.value?.openFiles === null
          ? lineReason(limits.value, "Max open files")
          : why(limits.reason),
      ),
    ),
  };
}
