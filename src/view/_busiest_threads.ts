/** The busiest threads, and the sums of the others. */

import type { OtherThreads, ThreadSample } from "../model/collected_fields.ts";
import {
  joinReasons,
  noneIfEmpty,
  type NullReason,
} from "../model/null_reason.ts";
import { percentageOfInterval } from "../model/rate.ts";
import type { RestSample } from "../model/group.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { FractionSum } from "./_process_sums.ts";

/** Lines of groups: no thread stands on one, and none is looked at. */
const OF_GROUPS: OtherThreads = {
  numOtherThreads: null,
  otherThreadsCpuPercentage: null,
  otherThreadsUserCpuPercentage: null,
  otherThreadsKernelCpuPercentage: null,
};

const SHARES = [
  ["cpuPercentage", "otherThreadsCpuPercentage"],
  ["userCpuPercentage", "otherThreadsUserCpuPercentage"],
  ["kernelCpuPercentage", "otherThreadsKernelCpuPercentage"],
] as const satisfies readonly (readonly [
  keyof ThreadSample,
  keyof OtherThreads,
])[];

/**
 * The sample with the `count` threads that have used the most CPU in the interval, of the processes
 * that it prints, and with the sums of all its other threads in the rest. Among equals the one
 * that has used more since its start is first, then the one with the lower id.
 *
 * Nothing is done if threads were not asked for, or lines that are replayed lack them.
 */
export function withBusiestThreads(
  sample: Sample & { readonly rest: RestSample },
  { collectors, ticksPerSecond }: Run,
  count: number,
): Sample {
  if (!collectors.includes("threads")) return sample;
  const { processes, threads, groups, rest, tree } = sample;
  if (groups !== undefined) {
    return { ...sample, rest: { ...rest, ...OF_GROUPS } };
  }
  if (threads === undefined) return sample;
  const pids = new Set(processes.map(({ pid }) => pid));
  const shareOf = (
    thread: ThreadSample,
    key: (typeof SHARES)[number][0],
  ): number | null =>
    percentageOfInterval(
      thread[key],
      thread.cpuWindowSeconds,
      tree.intervalSeconds,
      ticksPerSecond,
    );
  const cpuOf = (thread: ThreadSample) =>
    shareOf(thread, "cpuPercentage") ?? -1;
  const byUse = (a: ThreadSample, b: ThreadSample) =>
    cpuOf(b) - cpuOf(a) || totalOf(b) - totalOf(a) || a.tid - b.tid;
  const kept = new Set(
    threads.filter(({ pid }) => pids.has(pid)).toSorted(byUse).slice(0, count),
  );
  const others = threads.filter((thread) => !kept.has(thread));
  const sums: Record<string, number | null> = {};
  const reasons: Record<string, NullReason> = {};
  for (const [from, to] of SHARES) {
    const sum = new FractionSum();
    for (const thread of others) {
      sum.add(shareOf(thread, from), thread.unreadable?.[from]);
    }
    sums[to] = sum.value(others.length === 0);
    if (sum.reason !== null) reasons[to] = sum.reason;
  }
  return {
    ...sample,
    threads: threads.filter((thread) => kept.has(thread)),
    rest: {
      ...rest,
      numOtherThreads: others.length,
      ...sums,
      unreadable: joinReasons(rest.unreadable, noneIfEmpty(reasons)),
    },
  };
}

function totalOf(
  { userCpuSecondsTotal, kernelCpuSecondsTotal }: ThreadSample,
): number {
  return userCpuSecondsTotal + kernelCpuSecondsTotal;
}
