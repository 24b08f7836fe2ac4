/**
 * The format `records`: one wide line for the run, one for each process and one for the tree, which ends a sample.
 *
 * @module
 */

import type {
  CgroupSample,
  CollectedFields,
  HostSample,
  IoFields,
  MappingSample,
} from "../model/groups.ts";
import { MAPPED_MEMORY_KEYS } from "../collect/_mapped_memory.ts";
import type {
  ExecEvent,
  ExitEvent,
  ProcessEvent,
  ReparentedEvent,
  StartEvent,
} from "../model/events.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run, RunEnd, RunSummary } from "../model/run.ts";
import type { Sample, TreeSample } from "../model/sample.ts";
import type { UnreadableFields } from "../model/null_reason.ts";
import { encodeFields, encodeLabels, type Fields, fieldsOf } from "./_json.ts";
import { type Group, SteadyEncoder } from "./_line_cache.ts";
import type { Encoder, EncoderOptions } from "./format.ts";

const RUN_FIELDS = fieldsOf<Exclude<keyof Run, "epochMs">>([
  "version",
  "runId",
  "bootId",
  "hostname",
  "rootPid",
  "rootCgroup",
  "intervalSeconds",
  "pageSizeBytes",
  "ticksPerSecond",
  "numCores",
  "collectors",
]);

const IO_KEYS = [
  "ioReadCharsBytesTotal",
  "ioWrittenCharsBytesTotal",
  "ioReadCallsTotal",
  "ioWriteCallsTotal",
  "ioReadBytesTotal",
  "ioWrittenBytesTotal",
  "ioCancelledWriteBytesTotal",
  "ioReadCharsBytesPerSecond",
  "ioWrittenCharsBytesPerSecond",
  "ioReadBytesPerSecond",
  "ioWrittenBytesPerSecond",
] as const satisfies readonly (keyof IoFields)[];

/** Fields of a process, and how they are compared. */
interface ProcessGroup extends Omit<Group<ProcessSample>, "encode"> {
  readonly fields: Fields<keyof ProcessSample>;
}

/** The fields of a process that every line has, in their order. */
const PROCESS_GROUPS: readonly ProcessGroup[] = [
  {
    fields: fieldsOf<keyof ProcessSample>([
      "pid",
      "ppid",
      "orphan",
      "exe",
      "exeDeleted",
      "comm",
      "state",
      "startTicks",
    ]),
    isSame: (before, now) =>
      before.ppid === now.ppid &&
      before.orphan === now.orphan &&
      before.exe === now.exe &&
      before.exeDeleted === now.exeDeleted &&
      before.comm === now.comm &&
      before.state === now.state &&
      before.startTicks === now.startTicks,
    isVolatile: false,
  },
  {
    fields: fieldsOf<keyof ProcessSample>([
      "uptimeSeconds",
    ]),
    isSame: (before, now) => before.uptimeSeconds === now.uptimeSeconds,
    isVolatile: true,
  },
  {
    fields: fieldsOf<keyof ProcessSample>([
      "numThreads",
      "rssBytes",
      "rsslimBytes",
      "vsizeBytes",
    ]),
    isSame: (before, now) =>
      before.numThreads === now.numThreads &&
      before.rssBytes === now.rssBytes &&
      before.rsslimBytes === now.rsslimBytes &&
      before.vsizeBytes === now.vsizeBytes,
    isVolatile: false,
  },
  {
    fields: fieldsOf<keyof ProcessSample>([
      "cpuPercentage",
      "userCpuPercentage",
      "kernelCpuPercentage",
      "cpuWindowSeconds",
    ]),
    isSame: (before, now) =>
      before.cpuPercentage === now.cpuPercentage &&
      before.userCpuPercentage === now.userCpuPercentage &&
      before.kernelCpuPercentage === now.kernelCpuPercentage &&
      before.cpuWindowSeconds === now.cpuWindowSeconds,
    isVolatile: true,
  },
  {
    fields: fieldsOf<keyof ProcessSample>([
      "userCpuSecondsTotal",
      "kernelCpuSecondsTotal",
      "childrenUserCpuSecondsTotal",
      "childrenKernelCpuSecondsTotal",
    ]),
    isSame: (before, now) =>
      before.userCpuSecondsTotal === now.userCpuSecondsTotal &&
      before.kernelCpuSecondsTotal === now.kernelCpuSecondsTotal &&
      before.childrenUserCpuSecondsTotal === now.childrenUserCpuSecondsTotal &&
      before.childrenKernelCpuSecondsTotal ===
        now.childrenKernelCpuSecondsTotal,
    isVolatile: false,
  },
];

const COLLECTED_FIELDS = fieldsOf<keyof CollectedFields>([
  "cmdline",
  "cmdlineTruncated",
  "uid",
  "pgrp",
  "session",
  "priority",
  "nice",
  "minorFaultsTotal",
  "majorFaultsTotal",
  "childrenMinorFaultsTotal",
  "childrenMajorFaultsTotal",
  "blockIoDelaySecondsTotal",
  "peakRssBytes",
  "peakVsizeBytes",
  "rssAnonBytes",
  "rssFileBytes",
  "rssShmemBytes",
  "dataBytes",
  "stackBytes",
  "textBytes",
  "libBytes",
  "pageTablesBytes",
  "swapBytes",
  "lockedBytes",
  "voluntaryCtxtSwitches",
  "nonvoluntaryCtxtSwitches",
  ...MAPPED_MEMORY_KEYS,
  "pssAnonBytes",
  "pssFileBytes",
  "pssShmemBytes",
  "rollupRssBytes",
  "rollupSwapBytes",
  "rollupLockedBytes",
  "numFds",
  "fdLimit",
  ...IO_KEYS,
]);

const TREE_FIELDS = fieldsOf<keyof TreeSample>([
  "rootPid",
  "seq",
  "numProcesses",
  "numThreads",
  "rssBytes",
  "vsizeBytes",
  "pssBytes",
  "ussBytes",
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
  "unseenCpuPercentage",
  "cpuLimitPercentage",
  "userCpuSecondsTotal",
  "kernelCpuSecondsTotal",
  "numCores",
  "intervalSeconds",
  "sampleSeconds",
  "missedSamples",
  "gone",
  "denied",
  "malformed",
  "consistent",
  "samplerCpuPercentage",
  "samplerRssBytes",
  ...IO_KEYS,
]);

const MAPPING_FIELDS = fieldsOf<keyof MappingSample>([
  "pid",
  "startTicks",
  "pathname",
  "pathnameTruncated",
  "numMappings",
  "sizeBytes",
  "rssBytes",
  "swapBytes",
  "lockedBytes",
  ...MAPPED_MEMORY_KEYS,
]);

const CGROUP_FIELDS = fieldsOf<keyof CgroupSample>([
  "path",
  "pathTruncated",
  "numProcesses",
  "cpuSecondsTotal",
  "userCpuSecondsTotal",
  "kernelCpuSecondsTotal",
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
  "cpuLimitCores",
  "cpuLimitPercentage",
  "cpuPeriodsTotal",
  "cpuThrottledPeriodsTotal",
  "cpuThrottledSecondsTotal",
  "memoryCurrentBytes",
  "memoryPeakBytes",
  "memoryMaxBytes",
  "memoryHighBytes",
  "swapCurrentBytes",
  "swapMaxBytes",
  "memoryStat",
  "memoryEvents",
  "ioStat",
  "ioStatTruncated",
  "pidsCurrent",
  "pidsMax",
  "cpuPressure",
  "memoryPressure",
  "ioPressure",
]);

const HOST_FIELDS = fieldsOf<keyof HostSample>([
  "numCpus",
  "load1",
  "load5",
  "load15",
  "numRunning",
  "numThreads",
  "cpuSecondsTotal",
  "cpuPercentage",
  "ctxtSwitchesTotal",
  "forksTotal",
  "memTotalBytes",
  "memFreeBytes",
  "memAvailableBytes",
  "cachedBytes",
  "dirtyBytes",
  "swapTotalBytes",
  "swapFreeBytes",
  "cpuPressure",
  "memoryPressure",
  "ioPressure",
  "vmstat",
]);

const EVENT_FIELDS = {
  start: fieldsOf<keyof StartEvent>([
    "pid",
    "ppid",
    "startTicks",
    "exe",
    "comm",
    "cmdline",
    "cmdlineTruncated",
    "uid",
    "startedAt",
  ]),
  exit: fieldsOf<keyof ExitEvent>([
    "pid",
    "ppid",
    "startTicks",
    "exe",
    "comm",
    "lifetimeSeconds",
    "userCpuSecondsTotal",
    "kernelCpuSecondsTotal",
    "childrenUserCpuSecondsTotal",
    "childrenKernelCpuSecondsTotal",
    "peakRssBytes",
  ]),
  exec: fieldsOf<keyof ExecEvent>([
    "pid",
    "startTicks",
    "exe",
    "previousExe",
    "comm",
  ]),
  reparented: fieldsOf<keyof ReparentedEvent>([
    "pid",
    "startTicks",
    "ppid",
    "previousPpid",
  ]),
};

const END_FIELDS = fieldsOf<"reason" | "exitCode" | "signal">([
  "reason",
  "exitCode",
  "signal",
]);

const SUMMARY_FIELDS = fieldsOf<keyof RunSummary>([
  "wallSeconds",
  "userCpuSeconds",
  "kernelCpuSeconds",
  "peakRssBytes",
  "peakNumProcesses",
  "samples",
  "missedSamples",
]);

const UNREADABLE = fieldsOf(["unreadable"]);

/** The version of this dictionary of fields: it changes where a field changes its meaning or goes. */
const SCHEMA = 1;

/** Every name that a line of this format may hold, in the order of the lines; a label may have none of them. */
export function recordFieldNames(): ReadonlySet<string> {
  const lists: readonly Fields<string>[] = [
    RUN_FIELDS,
    ...PROCESS_GROUPS.map(({ fields }) => fields),
    COLLECTED_FIELDS,
    TREE_FIELDS,
    MAPPING_FIELDS,
    CGROUP_FIELDS,
    HOST_FIELDS,
    ...Object.values(EVENT_FIELDS),
    END_FIELDS,
    SUMMARY_FIELDS,
    UNREADABLE,
  ];
  return new Set([
    "timestamp",
    "epoch_ms",
    "kind",
    "schema",
    ...lists.flatMap((fields) => fields().map(({ name }) => name)),
  ]);
}

/**
 * Encodes samples as wide records. Percentages keep three decimals and seconds six; nothing else is rounded. What has not changed since
 * the sample before is not encoded again: a sample that it was given may not be changed afterwards.
 *
 * @example
 * ```ts
 * import { RecordsEncoder, Sampler } from "@procline/procline";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const encoder = new RecordsEncoder({ labels: { job: "nightly" } });
 * console.log(encoder.sample(sampler.sample()));
 * ```
 */
export class RecordsEncoder implements Encoder {
  readonly #labels: string;
  readonly #processes = new SteadyEncoder<ProcessSample>(
    PROCESS_GROUPS.map(({ fields, ...comparison }) => ({
      ...comparison,
      encode: (process) => encodeFields(process, fields()),
    })),
  );

  /** Encodes with the labels on every line, before the fields. */
  constructor(options: EncoderOptions = {}) {
    this.#labels = encodeLabels(options.labels ?? {});
  }

  /** The line that opens a run. */
  run(run: Run): string {
    const start = this.#start(encodeTime(run.epochMs), "run");
    return `${start},"schema":${SCHEMA}${encodeFields(run, RUN_FIELDS())}}\n`;
  }

  /** A line for each event, process, mapped path and cgroup, for the host, and the tree's line. */
  sample(sample: Sample): string {
    return Array.from(this.lines(sample)).join("");
  }

  /** The same, line by line. */
  *lines(sample: Sample): Generator<string, void> {
    const { processes, tree, host } = sample;
    const time = encodeTime(sample.epochMs);
    for (const event of sample.events) {
      yield `${this.#start(time, event.kind)}${encodeEvent(event)}}\n`;
    }
    const start = this.#start(time, "process");
    this.#processes.begin();
    const isCollected = processes.some(hasCollected);
    for (const process of processes) {
      yield start + this.#processes.encode(process.pid, process) +
        (isCollected ? encodeFields(process, COLLECTED_FIELDS()) : "") +
        encodeUnreadable(process) + "}\n";
    }
    for (const mapping of sample.mappings ?? []) {
      yield this.#start(time, "smaps") +
        encodeFields(mapping, MAPPING_FIELDS()) + encodeUnreadable(mapping) +
        "}\n";
    }
    for (const cgroup of sample.cgroups ?? []) {
      yield this.#start(time, "cgroup") +
        encodeFields(cgroup, CGROUP_FIELDS()) + encodeUnreadable(cgroup) +
        "}\n";
    }
    if (host !== undefined) {
      yield this.#start(time, "host") +
        encodeFields(host, HOST_FIELDS()) + encodeUnreadable(host) + "}\n";
    }
    yield `${this.#start(time, "tree")}${encodeFields(tree, TREE_FIELDS())}${
      encodeUnreadable(tree)
    }}\n`;
  }

  /** The line that closes a run. */
  end(end: RunEnd): string {
    const start = this.#start(encodeTime(end.epochMs), "end");
    return `${start}${encodeFields(end, END_FIELDS())}${
      encodeFields(end.summary, SUMMARY_FIELDS())
    }}\n`;
  }

  #start(time: string, kind: string): string {
    return `{${time},"kind":"${kind}"${this.#labels}`;
  }
}

/** The time of a line; the same for all lines of a sample. */
function encodeTime(epochMs: number): string {
  const timestamp = new Date(epochMs).toISOString();
  return `"timestamp":"${timestamp}","epoch_ms":${epochMs}`;
}

/** Whether a process has a field of a collector: one of each, that is there whenever it was asked for. */
function hasCollected(process: ProcessSample): boolean {
  return process.cmdline !== undefined || process.nice !== undefined ||
    process.uid !== undefined || process.pssBytes !== undefined ||
    process.numFds !== undefined || process.ioReadBytesTotal !== undefined;
}

function encodeEvent(event: ProcessEvent): string {
  switch (event.kind) {
    case "start":
      return encodeFields(event, EVENT_FIELDS.start()) +
        encodeUnreadable(event);
    case "exit":
      return encodeFields(event, EVENT_FIELDS.exit());
    case "exec":
      return encodeFields(event, EVENT_FIELDS.exec());
    case "reparented":
      return encodeFields(event, EVENT_FIELDS.reparented());
  }
}

/** `unreadable` stands on a line only where something was not read. */
function encodeUnreadable(
  { unreadable }: { readonly unreadable: UnreadableFields | null },
): string {
  return unreadable === null ? "" : encodeFields({ unreadable }, UNREADABLE());
}
