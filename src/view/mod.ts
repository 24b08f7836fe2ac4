/**
 * Views: samples with less in them. A view is started for a run, and every sample of the run goes
 * through it on its way to an encoder.
 *
 * @example The three heaviest processes, and what all others come to
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { top } from "@procline/procline/view";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const view = top(3).create(sampler.describeRun());
 * const { processes, rest, tree } = view.apply(sampler.sample());
 * assertEquals(processes.length + (rest?.numProcesses ?? 0), tree.numProcesses);
 * ```
 *
 * @module
 */

export type {
  CollectedGroupTotals,
  CollectedSums,
  Grouping,
  GroupSample,
  GroupTotals,
  ProcessSums,
  RestSample,
  ThreadGroup,
  ThreadGroupTotals,
} from "../model/group.ts";
export { groupBy } from "./group_by.ts";
export { top } from "./top.ts";
export type { RunningView, View } from "./view.ts";
export type { GroupKey } from "./group_keys.ts";
