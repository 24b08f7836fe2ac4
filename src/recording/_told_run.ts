/** What is known of a run of which there is no line of its own. */

import type { NullReasons } from "../model/null_reason.ts";
import type { Run } from "../model/run.ts";
import type { TreeSample } from "../model/sample.ts";
import type { SampleUnderWay } from "./_sample_lines.ts";
import type { DecodedLine } from "./lines.ts";

/** The id of a run that is not known. */
const NO_RUN_ID = "00000000-0000-0000-0000-000000000000";

/** Clock ticks of a second, if no line of the run tells: USER_HZ, see time(7). */
const TICKS_PER_SECOND = 100;

/** What stands for a root that is no process, if nothing tells which cgroup it is. */
const UNKNOWN_ROOT = "(not known)";

/** What only the line of a run tells. */
const NOT_TOLD: NullReasons = {
  bootId: "failed",
  hostname: "failed",
  pageSizeBytes: "failed",
};

/** What the first sample tells of a run without a line of its own. */
export function toldBySample(
  { epochMs, collectors, threads, mappings, cgroups, host, origin }:
    SampleUnderWay,
  tree: TreeSample,
): Run {
  const seconds = (tree.intervalSeconds ?? 1) / (1 + tree.missedSamples);
  const names = new Set(collectors);
  if (threads.length > 0) names.add("threads");
  if (mappings.length > 0) names.add("smaps");
  if (cgroups.length > 0) names.add("cgroup");
  if (host !== null) names.add("host");
  return {
    ...UNKNOWN_RUN,
    epochMs,
    runId: origin?.runId ?? NO_RUN_ID,
    hostname: origin?.hostname ?? null,
    rootPid: tree.rootPid,
    rootCgroup: tree.rootPid === null ? UNKNOWN_ROOT : null,
    intervalSeconds: Math.max(Math.round(seconds * 1000), 1) / 1000,
    numCores: tree.numCores,
    collectors: [...names],
  };
}

/** What is known of a run of which there is only the end. */
export function toldByEnd(line: DecodedLine | null): Run {
  return {
    ...UNKNOWN_RUN,
    epochMs: line?.epochMs ?? 0,
    runId: line?.origin?.runId ?? NO_RUN_ID,
    hostname: line?.origin?.hostname ?? null,
    collectors: [...line?.shape.collectors ?? []],
  };
}

const UNKNOWN_RUN: Run = {
  epochMs: 0,
  version: "",
  runId: NO_RUN_ID,
  bootId: null,
  hostname: null,
  rootPid: null,
  rootCgroup: UNKNOWN_ROOT,
  command: null,
  intervalSeconds: 1,
  pageSizeBytes: null,
  ticksPerSecond: TICKS_PER_SECOND,
  numCores: null,
  collectors: [],
  unreadable: NOT_TOLD,
};
