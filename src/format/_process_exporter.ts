/**
 * The groups of a sample as the metrics of process-exporter, by its names, labels and types:
 * https://github.com/ncabatoff/process-exporter (0.7.10, collector/process_collector.go).
 */

import type { Integer } from "../integer.ts";
import type {
  Grouping,
  GroupSample,
  GroupTotals,
  ThreadGroup,
} from "../model/group.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { startEpochMs } from "../model/start_date.ts";
import { roundBy, roundSeconds } from "./_json.ts";
import {
  type Family,
  type Label,
  type Metric,
  type Point,
  single,
} from "./_metric.ts";

/** The collectors whose files process-exporter always reads. */
export const ALWAYS_READ: readonly string[] = ["stat", "status", "io", "fd"];

/** The labels of these metrics. */
export const GROUP_LABELS: readonly string[] = [
  "groupname",
  "other",
  "mode",
  "memtype",
  "ctxswitchtype",
  "state",
  "threadname",
  "iomode",
  "other_threads",
];

const MILLISECONDS = 1000;

/** The value of `groupname` for the processes of all names beyond those that have a group. */
const OTHER = "other";

/** A value of a group, and the label that tells it from others of its family. */
type GroupValue = readonly [
  value: Integer | null | undefined,
  label?: Label,
];

/** The states of a process by its name for them, see proc_pid_stat(5); all else is `Other`. */
const STATES: Readonly<Record<string, string>> = {
  Running: "R",
  Sleeping: "S",
  Waiting: "D",
  Zombie: "Z",
};

/** The metrics of the groups of a run. */
export function groupMetrics(
  { ticksPerSecond, collectors }: Run,
): readonly Metric[] {
  return [
    gauge(
      "num_procs",
      "number of processes in this group",
      (group) => [[group.numProcesses]],
    ),
    counter("cpu_seconds", "Cpu user usage in seconds", (_, used) => [
      [roundSeconds(used.userCpuSecondsTotal), ["mode", "user"]],
      [roundSeconds(used.kernelCpuSecondsTotal), ["mode", "system"]],
    ]),
    gauge("memory_bytes", "number of bytes of memory in use", (group) => [
      [group.rssBytes, ["memtype", "resident"]],
      [group.vsizeBytes, ["memtype", "virtual"]],
      [group.swapBytes, ["memtype", "swapped"]],
      // Left out if smaps_rollup was not asked for.
      [group.pssBytes, ["memtype", "proportionalResident"]],
      [group.swapPssBytes, ["memtype", "proportionalSwapped"]],
    ]),
    counter(
      "read_bytes",
      "number of bytes read by this group",
      (_, used) => [[used.ioReadBytesTotal]],
    ),
    counter(
      "write_bytes",
      "number of bytes written by this group",
      (_, used) => [[used.ioWrittenBytesTotal]],
    ),
    counter(
      "major_page_faults",
      "Major page faults",
      (_, used) => [[used.majorFaultsTotal]],
    ),
    counter(
      "minor_page_faults",
      "Minor page faults",
      (_, used) => [[used.minorFaultsTotal]],
    ),
    counter("context_switches", "Context switches", (_, used) => [
      [
        used.voluntaryCtxtSwitchesTotal,
        ["ctxswitchtype", "voluntary"],
      ],
      [
        used.nonvoluntaryCtxtSwitchesTotal,
        ["ctxswitchtype", "nonvoluntary"],
      ],
    ]),
    gauge(
      "open_filedesc",
      "number of open file descriptors for this group",
      (group) => [[group.numFds]],
    ),
    gauge(
      "worst_fd_ratio",
      "the worst (closest to 1) ratio between open fds and max fds among all procs in this group",
      (group) => [[ratio(group.worstFdPercentage)]],
    ),
    gauge(
      "oldest_start_time_seconds",
      "start time in seconds since 1970/01/01 of oldest process in group",
      (group, _, { bootEpochMs }) => [
        [startOf(group, bootEpochMs, ticksPerSecond)],
      ],
    ),
    gauge("num_threads", "Number of threads", (group) => [[group.numThreads]]),
    gauge(
      "states",
      "Number of processes in states Running, Sleeping, Waiting, Zombie, or Other",
      statesOf,
    ),
    ...collectors.includes("threads") ? threadMetrics() : [],
    errors(
      "scrape_errors",
      "general scrape errors: no proc metrics collected during a cycle",
      (grouping) => grouping.emptySamples,
    ),
    errors(
      "scrape_procread_errors",
      "incremented each time a proc's metrics collection fails",
      (grouping) => grouping.unreadProcesses,
    ),
    errors(
      "scrape_partial_errors",
      "incremented each time a tracked proc's metrics collection fails partially, e.g. unreadable I/O stats",
      (grouping) => grouping.partlyReadProcesses,
    ),
  ];
}

/** The metrics of threads by their names. */
function threadMetrics(): Metric[] {
  return [
    threads(
      "gauge",
      "thread_count",
      "Number of threads in this group with same threadname",
      (one) => [[one.numThreads]],
    ),
    threads(
      "counter",
      "thread_cpu_seconds",
      "Cpu user/system usage in seconds",
      (one) => [
        [roundSeconds(one.userCpuSecondsTotal), ["mode", "user"]],
        [roundSeconds(one.kernelCpuSecondsTotal), ["mode", "system"]],
      ],
    ),
    threads(
      "counter",
      "thread_io_bytes",
      "number of bytes read/written by these threads",
      (one) => [
        [one.ioReadBytesTotal, ["iomode", "read"]],
        [one.ioWrittenBytesTotal, ["iomode", "write"]],
      ],
    ),
    threads(
      "counter",
      "thread_major_page_faults",
      "Major page faults for these threads",
      (one) => [[one.majorFaultsTotal]],
    ),
    threads(
      "counter",
      "thread_minor_page_faults",
      "Minor page faults for these threads",
      (one) => [[one.minorFaultsTotal]],
    ),
    threads(
      "counter",
      "thread_context_switches",
      "Context switches for these threads",
      (one) => [
        [one.voluntaryCtxtSwitchesTotal, ["ctxswitchtype", "voluntary"]],
        [one.nonvoluntaryCtxtSwitchesTotal, ["ctxswitchtype", "nonvoluntary"]],
      ],
    ),
  ];
}

function threads(
  type: "gauge" | "counter",
  name: string,
  help: string,
  values: (threads: ThreadGroup) => readonly GroupValue[],
): Metric {
  return {
    family: { ...familyOf(name, help), type },
    points: (sample) => threadPoints(sample, values),
  };
}

function* threadPoints(
  { groups = [], grouping }: Sample,
  values: (threads: ThreadGroup) => readonly GroupValue[],
): Generator<Point, void> {
  const all = grouping?.threads ?? [];
  const isTaken = groups.some(({ group }) => group === OTHER);
  const taken = new Set(
    all.filter(({ comm }) => comm === OTHER).map(({ group }) => group),
  );
  for (const one of all) {
    const { group, comm } = one;
    const names: Label[] = [
      ...groupLabels(group, isTaken),
      ["threadname", comm ?? OTHER],
    ];
    if (comm === null && taken.has(group)) {
      names.push(["other_threads", "true"]);
    }
    for (const [value, label] of values(one)) {
      yield { labels: label === undefined ? names : [...names, label], value };
    }
  }
}

/** What tells a group from others; a process may have the name of those beyond the first. */
function groupLabels(group: string | null, isTaken: boolean): Label[] {
  const name: Label = ["groupname", group ?? OTHER];
  return group === null && isTaken ? [name, ["other", "true"]] : [name];
}

type Values = (
  group: GroupSample,
  used: GroupTotals,
  sample: Sample,
) => readonly GroupValue[];

function gauge(name: string, help: string, values: Values): Metric {
  return metric({ ...familyOf(name, help), type: "gauge" }, values);
}

function counter(name: string, help: string, values: Values): Metric {
  return metric({ ...familyOf(name, help), type: "counter" }, values);
}

function familyOf(name: string, help: string): Omit<Family, "type"> {
  const unit = /_(bytes|seconds)$/.exec(name)?.[1];
  return {
    name: `namedprocess_namegroup_${name}`,
    ...(unit === undefined ? {} : { unit }),
    help,
  };
}

function metric(family: Family, values: Values): Metric {
  return { family, points: (sample) => pointsOf(sample, values) };
}

function* pointsOf(
  sample: Sample,
  values: Values,
): Generator<Point, void> {
  const { groups = [], grouping } = sample;
  const isTaken = groups.some(({ group }) => group === OTHER);
  for (const group of groups) {
    const names = groupLabels(group.group, isTaken);
    const used = grouping?.usedInRun.get(group.group) ?? group;
    for (const [value, label] of values(group, used, sample)) {
      yield { labels: label === undefined ? names : [...names, label], value };
    }
  }
}

/** A counter of the run. In the text format 0.0.4 its name has no `_total`. */
function errors(
  name: string,
  help: string,
  count: (grouping: Grouping) => number,
): Metric {
  const full = `namedprocess_${name}`;
  return {
    family: { name: full, type: "counter", help, plainName: full },
    points: ({ grouping }) =>
      single(grouping === undefined ? null : count(grouping)),
  };
}

function ratio(percentage: number | null | undefined): number | null {
  return percentage === null || percentage === undefined
    ? null
    : roundBy(percentage / 100, 1e9);
}

function startOf(
  { oldestStartTicks }: GroupSample,
  bootEpochMs: number | null,
  ticksPerSecond: number,
): number | null {
  if (oldestStartTicks === null) return null;
  const epochMs = startEpochMs(oldestStartTicks, bootEpochMs, ticksPerSecond);
  return epochMs === null ? null : epochMs / MILLISECONDS;
}

function statesOf({ states, numProcesses }: GroupSample): GroupValue[] {
  const values: GroupValue[] = [];
  let others = numProcesses;
  for (const [name, letter] of Object.entries(STATES)) {
    const count = states[letter] ?? 0;
    others -= count;
    values.push([count, ["state", name]]);
  }
  return [...values, [others, ["state", "Other"]]];
}
