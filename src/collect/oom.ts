/**
 * The collector `oom`: how likely the kernel is to kill a process when memory runs out.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { OomFields } from "../model/collected_fields.ts";
import {
  joinReasons,
  processReason,
  type Readout,
  reasonFor,
} from "../model/null_reason.ts";
import { parseOomScore } from "../parse/oom_score.ts";
import { parseOomScoreAdj } from "../parse/oom_score_adj.ts";
import type { Collector, ProcessVisit } from "./collector.ts";

/**
 * Adds the score by which the kernel chooses whom to kill, and its adjustment.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { oom } from "@procline/procline/collect";
 * import { assertGreaterOrEqual } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [oom()] });
 * assertGreaterOrEqual(sampler.sample().processes[0]?.oomScore ?? NaN, 0);
 * ```
 */
export function oom(): Collector {
  return {
    name: "oom",
    unusable: () => null,
    start: (reader) => ({ visit: (visit) => readOom(reader, visit) }),
  };
}

function readOom(
  reader: ProcReader,
  { directory, process: { stat } }: ProcessVisit,
): Readout<OomFields> {
  const score = reader.read(`${directory}/oom_score`, parseOomScore);
  const adjustment = reader.read(
    `${directory}/oom_score_adj`,
    parseOomScoreAdj,
  );
  const why = ({ reason }: { readonly reason: typeof score.reason }) =>
    reason === null ? null : processReason(reason, stat);
  return {
    fields: { oomScore: score.value, oomScoreAdj: adjustment.value },
    reasons: joinReasons(
      reasonFor("oomScore", why(score)),
      reasonFor("oomScoreAdj", why(adjustment)),
    ),
  };
}
