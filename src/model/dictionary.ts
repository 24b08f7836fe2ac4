/**
 * The dictionary: every field of every line, once, in the order of the lines. Encodings, the names
 * that a label may not have, docs and the JSON schema are made from it.
 *
 * The interfaces say what a field means; `satisfies` holds each list to its interface, so that a
 * row too few or too many does not compile. The rows of collectors stand in `collected_fields.ts`.
 *
 * @module
 */
// deno-lint-ignore-file camelcase -- the names are those on the lines.

import type {
  ExecEvent,
  ExitEvent,
  ReparentedEvent,
  StartEvent,
} from "./events.ts";
import {
  cgroupRows,
  type CollectedFields,
  collectedRows,
  type CollectedTotals,
  delaysRows,
  fdRows,
  hostRows,
  ioRows,
  numaRows,
  otherThreadsRows,
  type RunIo,
  schedstatRows,
  smapsRollupRows,
  smapsRows,
  socketsRows,
  statRows,
  statusRows,
  threadRows,
  treeMemoryLimitRows,
  wssRows,
} from "./collected_fields.ts";
import {
  counter,
  type Field,
  type Fields,
  flag,
  gauge,
  label,
  type LineKind,
  map,
  ROOM,
  text,
  type Unit,
} from "./field.ts";
import type { CollectedSums, GroupSample, RestSample } from "./group.ts";
import type { NullReasons } from "./null_reason.ts";
import type { ProcessSample } from "./process.ts";
import type { Run, RunEnd, RunSummary } from "./run.ts";
import type { TreeSample } from "./sample.ts";

/**
 * The version of procline, as deno.json has it, which is not read for it: that would cost a start.
 * A test holds them equal.
 */
export const VERSION = "0.1.0";

/** The version of this dictionary: it changes if a field changes its meaning or goes. */
export const SCHEMA = 1;

/** How many decimals a figure that may have a fraction keeps, by its unit; null: all of them. */
const DECIMALS: Readonly<Partial<Record<Unit, number | null>>> = {
  percent: 3,
  seconds: 6,
  bytes_per_second: 3,
  cores: null,
  load: null,
};

/**
 * How many decimals figures of this unit keep; null: all of them; undefined: they are whole
 * numbers.
 *
 * A thousandth of a percent and a microsecond are finer than any clock behind them.
 */
export function decimalsOf(unit: Unit): number | null | undefined {
  return DECIMALS[unit];
}

/** What stands on every line. Labels follow the first three; `unreadable` stands last. */
export interface EveryLine {
  /** When the sample was taken, the run started or ended: RFC 3339 in UTC. */
  readonly timestamp: string;
  /** The same in milliseconds since 1970-01-01 UTC. */
  readonly epochMs: number;
  /** What the line is about. */
  readonly kind: string;
  /**
   * Which fields are null because they could not be read, and why; also maps with a figure that is
   * null. Left out if every field was read.
   */
  readonly unreadable: NullReasons | null;
}

/** The rows of {@linkcode EveryLine}. */
export const EVERY_LINE = {
  timestamp: text("timestamp"),
  epochMs: gauge("epoch_ms", "milliseconds"),
  kind: text("kind"),
  unreadable: map("unreadable", "none"),
} satisfies Record<keyof EveryLine, Field>;

/** What `--hostname` puts on every line: they stand behind the labels. */
export interface OriginOnLine {
  /** The name of the host; null if it cannot be read. */
  readonly hostname: string | null;
  /** The id of the run, a UUID. */
  readonly runId: string;
}

/** The rows of {@linkcode OriginOnLine}. */
export const ORIGIN = {
  hostname: label("hostname", { maxBytes: ROOM.hostname }),
  runId: label("run_id", { maxBytes: ROOM.uuid }),
} satisfies Record<keyof OriginOnLine, Field>;

/** What the line of a run has beside the run. */
export interface RunLine extends Run {
  /** The version of the dictionary of fields. */
  readonly schema: number;
  /**
   * Whether arguments of the command were cut off for their length. On a line only if it is true.
   */
  readonly commandTruncated: boolean;
}

/** Read by this collector. */
const BY_IO = { collector: "io" } as const;

function runRows() {
  return {
    schema: label("schema"),
    version: text("version"),
    runId: ORIGIN.runId,
    bootId: label("boot_id", { maxBytes: ROOM.uuid }),
    hostname: ORIGIN.hostname,
    rootPid: label("root_pid", { nullMeans: "the root is no process" }),
    rootCgroup: label("root_cgroup", {
      nullMeans: "the root is no cgroup",
      maxBytes: ROOM.rootCgroup,
    }),
    command: text("command", {
      nullMeans: "the root was there before",
      maxBytes: ROOM.command,
    }),
    commandTruncated: flag("command_truncated"),
    intervalSeconds: gauge("interval_seconds", "seconds"),
    pageSizeBytes: gauge("page_size_bytes", "bytes"),
    ticksPerSecond: gauge("ticks_per_second", "count"),
    numCores: gauge("num_cores", "cores"),
    collectors: text("collectors"),
  } satisfies Record<Exclude<keyof RunLine, "epochMs" | "unreadable">, Field>;
}

/** The CPU time of a process, on its own line and on that of its end. */
function cpuTotalsRows() {
  return {
    userCpuSecondsTotal: counter("user_cpu_seconds_total", "seconds"),
    kernelCpuSecondsTotal: counter("kernel_cpu_seconds_total", "seconds"),
    childrenUserCpuSecondsTotal: counter(
      "children_user_cpu_seconds_total",
      "seconds",
    ),
    childrenKernelCpuSecondsTotal: counter(
      "children_kernel_cpu_seconds_total",
      "seconds",
    ),
  } satisfies Fields;
}

function processRows() {
  return {
    pid: label("pid", { maxBytes: ROOM.id }),
    ppid: label("ppid", { maxBytes: ROOM.id }),
    orphan: flag("orphan"),
    exe: label("exe", { maxBytes: ROOM.fileName }),
    exeDeleted: flag("exe_deleted", { of: "exe" }),
    comm: label("comm", { maxBytes: ROOM.comm }),
    state: text("state"),
    startTicks: label("start_ticks", { unit: "ticks" }),
    uptimeSeconds: gauge("uptime_seconds", "seconds", { isShared: true }),
    numThreads: gauge("num_threads", "count", { maxBytes: ROOM.id }),
    rssBytes: gauge("rss_bytes", "bytes"),
    mayShareMemory: flag("may_share_memory"),
    rsslimBytes: gauge("rsslim_bytes", "bytes", { nullMeans: "unlimited" }),
    vsizeBytes: gauge("vsize_bytes", "bytes"),
    cpuPercentage: gauge("cpu_percentage", "percent", { isShared: true }),
    userCpuPercentage: gauge("user_cpu_percentage", "percent", {
      isShared: true,
    }),
    kernelCpuPercentage: gauge("kernel_cpu_percentage", "percent", {
      isShared: true,
    }),
    cpuWindowSeconds: gauge("cpu_window_seconds", "seconds", {
      isShared: true,
    }),
    averageCpuPercentage: gauge("average_cpu_percentage", "percent", {
      nullMeans: "there is a window",
    }),
    ...cpuTotalsRows(),
  } satisfies Record<
    Exclude<keyof ProcessSample, keyof CollectedFields | "unreadable">,
    Field
  >;
}

function treeRows() {
  const smapsRollup = smapsRollupRows();
  return {
    rootPid: label("root_pid", { nullMeans: "the root is no process" }),
    seq: gauge("seq", "count"),
    numProcesses: gauge("num_processes", "count"),
    numThreads: gauge("num_threads", "count"),
    rssBytes: gauge("rss_bytes", "bytes"),
    mayShareMemory: flag("may_share_memory"),
    vsizeBytes: gauge("vsize_bytes", "bytes"),
    pssBytes: smapsRollup.pssBytes,
    ussBytes: smapsRollup.ussBytes,
    ...numaRows(),
    ...wssRows(),
    ...socketsRows(),
    ...treeMemoryLimitRows(),
    cpuPercentage: gauge("cpu_percentage", "percent"),
    userCpuPercentage: gauge("user_cpu_percentage", "percent"),
    kernelCpuPercentage: gauge("kernel_cpu_percentage", "percent"),
    unseenCpuPercentage: gauge("unseen_cpu_percentage", "percent"),
    averageCpuPercentage: gauge("average_cpu_percentage", "percent", {
      nullMeans: "there is an interval",
    }),
    cpuLimitPercentage: gauge("cpu_limit_percentage", "percent"),
    userCpuSecondsTotal: counter("user_cpu_seconds_total", "seconds"),
    kernelCpuSecondsTotal: counter("kernel_cpu_seconds_total", "seconds"),
    numCores: gauge("num_cores", "cores"),
    intervalSeconds: gauge("interval_seconds", "seconds", {
      nullMeans: "the first sample",
    }),
    sampleSeconds: gauge("sample_seconds", "seconds"),
    missedSamples: gauge("missed_samples", "count"),
    gone: gauge("gone", "count"),
    denied: gauge("denied", "count"),
    malformed: gauge("malformed", "count"),
    consistent: text("consistent", { isBoolean: true }),
    samplerCpuPercentage: gauge("sampler_cpu_percentage", "percent", {
      nullMeans: "the first sample",
    }),
    samplerRssBytes: gauge("sampler_rss_bytes", "bytes"),
    ...schedstatRows(),
    ...delaysRows(),
    ...ioRows(),
  } satisfies Record<
    Exclude<keyof TreeSample | keyof CollectedTotals, "unreadable">,
    Field
  >;
}

/** Sums over processes, on the lines of groups and of the rest. */
function sumsRows() {
  return {
    numProcesses: gauge("num_processes", "count"),
    numThreads: gauge("num_threads", "count"),
    rssBytes: gauge("rss_bytes", "bytes"),
    vsizeBytes: gauge("vsize_bytes", "bytes"),
    cpuPercentage: gauge("cpu_percentage", "percent"),
    userCpuPercentage: gauge("user_cpu_percentage", "percent"),
    kernelCpuPercentage: gauge("kernel_cpu_percentage", "percent"),
  } satisfies Fields;
}

function collectedSumsRows() {
  const status = statusRows();
  const schedstat = schedstatRows();
  const io = ioRows();
  const smapsRollup = smapsRollupRows();
  const delays = delaysRows();
  return {
    swapBytes: status.swapBytes,
    pssBytes: smapsRollup.pssBytes,
    ussBytes: smapsRollup.ussBytes,
    swapPssBytes: smapsRollup.swapPssBytes,
    numFds: fdRows().numFds,
    ...socketsRows(),
    runDelayPercentage: schedstat.runDelayPercentage,
    blkioDelayPercentage: delays.blkioDelayPercentage,
    ioReadCharsBytesPerSecond: io.ioReadCharsBytesPerSecond,
    ioWrittenCharsBytesPerSecond: io.ioWrittenCharsBytesPerSecond,
    ioReadBytesPerSecond: io.ioReadBytesPerSecond,
    ioWrittenBytesPerSecond: io.ioWrittenBytesPerSecond,
  } satisfies Record<keyof CollectedSums, Field>;
}

function groupRows() {
  const stat = statRows();
  const schedstat = schedstatRows();
  const delays = delaysRows();
  return {
    groupBy: label("group_by"),
    group: label("group", {
      nullMeans: "all values beyond the first 100",
      maxBytes: ROOM.cgroupPath,
    }),
    other: flag("other"),
    ...sumsRows(),
    maxRssBytes: gauge("max_rss_bytes", "bytes", {
      nullMeans: "none has any memory",
    }),
    userCpuSecondsTotal: counter("user_cpu_seconds_total", "seconds"),
    kernelCpuSecondsTotal: counter("kernel_cpu_seconds_total", "seconds"),
    oldestStartTicks: gauge("oldest_start_ticks", "ticks", {
      nullMeans: "no process is left",
    }),
    states: map("states", "count"),
    minorFaultsTotal: stat.minorFaultsTotal,
    majorFaultsTotal: stat.majorFaultsTotal,
    voluntaryCtxtSwitchesTotal: counter(
      "voluntary_ctxt_switches_total",
      "count",
      { collector: "status" },
    ),
    nonvoluntaryCtxtSwitchesTotal: counter(
      "nonvoluntary_ctxt_switches_total",
      "count",
      { collector: "status" },
    ),
    runDelaySecondsTotal: schedstat.runDelaySecondsTotal,
    timeslicesTotal: schedstat.timeslicesTotal,
    blkioDelaySecondsTotal: delays.blkioDelaySecondsTotal,
    ...ioRows(),
    ...collectedSumsRows(),
    worstFdPercentage: gauge("worst_fd_percentage", "percent", {
      collector: "fd",
      nullMeans: "none has a limit",
    }),
  } satisfies Record<Exclude<keyof GroupSample, "unreadable">, Field>;
}

function restRows() {
  return {
    numGroups: gauge("num_groups", "count", {
      nullMeans: "the lines are of processes",
    }),
    ...sumsRows(),
    ...collectedSumsRows(),
    ...otherThreadsRows(),
  } satisfies Record<Exclude<keyof RestSample, "unreadable">, Field>;
}

/** The process of a start or an exit. */
function subjectRows() {
  return {
    pid: label("pid"),
    ppid: label("ppid"),
    startTicks: label("start_ticks", { unit: "ticks" }),
    exe: label("exe", { maxBytes: ROOM.fileName }),
    comm: label("comm", { maxBytes: ROOM.comm }),
    cmdline: text("cmdline", { maxBytes: ROOM.cmdline }),
    cmdlineTruncated: flag("cmdline_truncated", { of: "cmdline" }),
  } satisfies Fields;
}

function startRows() {
  return {
    ...subjectRows(),
    uid: label("uid"),
    startedAt: text("started_at"),
  } satisfies Record<Exclude<keyof StartEvent, "kind" | "unreadable">, Field>;
}

function exitRows() {
  return {
    ...subjectRows(),
    lifetimeSeconds: gauge("lifetime_seconds", "seconds"),
    ...cpuTotalsRows(),
    peakRssBytes: gauge("peak_rss_bytes", "bytes", { nullMeans: "never seen" }),
  } satisfies Record<Exclude<keyof ExitEvent, "kind" | "unreadable">, Field>;
}

function execRows() {
  return {
    pid: label("pid"),
    startTicks: label("start_ticks", { unit: "ticks" }),
    exe: label("exe", { nullMeans: "never read", maxBytes: ROOM.fileName }),
    previousExe: label("previous_exe", {
      nullMeans: "never read",
      maxBytes: ROOM.fileName,
    }),
    comm: label("comm", { maxBytes: ROOM.comm }),
  } satisfies Record<Exclude<keyof ExecEvent, "kind">, Field>;
}

function reparentedRows() {
  return {
    pid: label("pid"),
    startTicks: label("start_ticks", { unit: "ticks" }),
    ppid: label("ppid"),
    previousPpid: label("previous_ppid"),
  } satisfies Record<Exclude<keyof ReparentedEvent, "kind">, Field>;
}

function runIoRows() {
  return {
    ioReadCharsBytes: gauge("io_read_chars_bytes", "bytes", BY_IO),
    ioWrittenCharsBytes: gauge("io_written_chars_bytes", "bytes", BY_IO),
    ioReadCalls: gauge("io_read_calls", "count", BY_IO),
    ioWriteCalls: gauge("io_write_calls", "count", BY_IO),
    ioReadBytes: gauge("io_read_bytes", "bytes", BY_IO),
    ioWrittenBytes: gauge("io_written_bytes", "bytes", BY_IO),
    ioCancelledWriteBytes: gauge("io_cancelled_write_bytes", "bytes", BY_IO),
  } satisfies Record<keyof RunIo, Field>;
}

function endRows() {
  return {
    reason: text("reason"),
    exitCode: gauge("exit_code", "none", {
      nullMeans: "ended by a signal, or no command",
    }),
    signal: text("signal", { nullMeans: "no signal, or no command" }),
    wallSeconds: gauge("wall_seconds", "seconds"),
    userCpuSeconds: gauge("user_cpu_seconds", "seconds"),
    kernelCpuSeconds: gauge("kernel_cpu_seconds", "seconds"),
    meanCores: gauge("mean_cores", "cores", {
      nullMeans: "no time has passed",
      decimals: 3,
    }),
    peakRssBytes: gauge("peak_rss_bytes", "bytes", { nullMeans: "never seen" }),
    peakRssEpochMs: gauge("peak_rss_epoch_ms", "milliseconds", {
      nullMeans: "never seen",
    }),
    peakRssNumProcesses: gauge("peak_rss_num_processes", "count", {
      nullMeans: "never seen",
    }),
    peakNumProcesses: gauge("peak_num_processes", "count"),
    samples: gauge("samples", "count"),
    missedSamples: gauge("missed_samples", "count"),
    ...runIoRows(),
  } satisfies Record<
    | Exclude<keyof RunEnd, "epochMs" | "lastedSeconds" | "summary">
    | Exclude<keyof RunSummary, "unreadable">,
    Field
  >;
}

/** The fields of each kind of line, the kinds in the order in which a run prints them. */
export const LINES = lazily({
  run: runRows,
  start: startRows,
  exit: exitRows,
  exec: execRows,
  reparented: reparentedRows,
  process: () => ({ ...processRows(), ...collectedRows() }),
  group: groupRows,
  rest: restRows,
  thread: threadRows,
  smaps: smapsRows,
  cgroup: cgroupRows,
  host: hostRows,
  tree: treeRows,
  end: endRows,
}) satisfies Readonly<Record<LineKind, Fields>>;

/** Values that are made when they are first wanted: most runs print few kinds of line. */
function lazily<Values extends object>(
  makers: { readonly [Key in keyof Values]: () => Values[Key] },
): Values {
  const values = {};
  for (const [key, make] of Object.entries<() => unknown>(makers)) {
    Object.defineProperty(values, key, {
      get: () => {
        const value = make();
        Object.defineProperty(values, key, { value });
        return value;
      },
      enumerable: true,
      configurable: true,
    });
  }
  return values as Values;
}

/** Every name that a line may hold. */
export function fieldNames(): ReadonlySet<string> {
  return namesIn([EVERY_LINE, ...Object.values(LINES)]);
}

/**
 * The kinds of line whose fields can be chosen. A field that several have is read by one collector
 * for all of them.
 */
export const CHOOSABLE: readonly LineKind[] = [
  "process",
  "group",
  "rest",
  "thread",
];

/**
 * The names of what says which process, thread or group such a line is about: it is never left out.
 */
export const IDENTITY: ReadonlySet<string> = new Set([
  "pid",
  "tid",
  "start_ticks",
  "group_by",
  "group",
  "other",
]);

/**
 * The kinds of line of which a process has several: its own line says, by their name, why it lacks
 * some.
 */
export const MISSED_LINES: readonly LineKind[] = ["thread", "smaps"];

/** The names of the fields that lines of these kinds may have of their own. */
export function fieldNamesOf(
  kinds: readonly LineKind[],
): ReadonlySet<string> {
  return namesIn(kinds.map((kind) => LINES[kind]));
}

function namesIn(lists: readonly Fields[]): ReadonlySet<string> {
  return new Set(
    lists.flatMap((fields) => Object.values(fields).map(({ name }) => name)),
  );
}

/** The name on a line of the field with this key in a sample. */
export function wireName(key: string): string {
  return key.replace(UPPER_CASE, (letter) => `_${letter.toLowerCase()}`);
}

const UPPER_CASE = /[A-Z]/g;

/** The collectors that make lines of their own. */
const LINE_COLLECTORS: Readonly<Partial<Record<LineKind, string>>> = {
  start: "events",
  exit: "events",
  exec: "events",
  reparented: "events",
  thread: "threads",
  smaps: "smaps",
  cgroup: "cgroup",
  host: "host",
};

/** How a person asks for a collector. */
export function optionOf(collector: string): string {
  return OPTIONS[collector] ?? `--collect ${collector}`;
}

/** The options of collectors that have one of their own. */
const OPTIONS: Readonly<Record<string, string>> = {
  events: "--events",
  env: "--env LIST",
};

/** The collectors of which something stands on a line. */
export function collectorsOnLines(): ReadonlySet<string> {
  const rows = Object.values<Fields>(LINES).flatMap((fields) =>
    Object.values(fields).map(({ collector }) => collector)
  );
  return new Set(
    [...rows, ...Object.values(LINE_COLLECTORS)]
      .filter((name) => name !== undefined),
  );
}

/** The collector without which there are no lines of a kind; null if every run has them. */
export function collectorOf(kind: LineKind): string | null {
  return LINE_COLLECTORS[kind] ?? null;
}
