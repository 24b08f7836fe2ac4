/**
 * What Telegraf's plugin procstat calls the figures of a process, see
 * https://github.com/influxdata/telegraf/tree/v1.37.2/plugins/inputs/procstat
 */

import { type Integer, subtractIntegers } from "../integer.ts";

/** A field of procstat that is made of one figure. */
export interface TelegrafField {
  /** Its name. */
  readonly name: string;
  /** Its value, if it is another than the figure's. */
  readonly of?: (value: Integer) => Integer;
}

/** The names that stand in place of a figure's own, by its key in a sample. */
export const RENAMED: Readonly<Record<string, string>> = {
  userCpuSecondsTotal: "cpu_time_user",
  kernelCpuSecondsTotal: "cpu_time_system",
  blockIoDelaySecondsTotal: "cpu_time_iowait",
  cpuPercentage: "cpu_usage",
  rssBytes: "memory_rss",
  vsizeBytes: "memory_vms",
  dataBytes: "memory_data",
  stackBytes: "memory_stack",
  lockedBytes: "memory_locked",
  minorFaultsTotal: "minor_faults",
  majorFaultsTotal: "major_faults",
  childrenMinorFaultsTotal: "child_minor_faults",
  childrenMajorFaultsTotal: "child_major_faults",
  voluntaryCtxtSwitches: "voluntary_context_switches",
  voluntaryCtxtSwitchesTotal: "voluntary_context_switches",
  nonvoluntaryCtxtSwitches: "involuntary_context_switches",
  nonvoluntaryCtxtSwitchesTotal: "involuntary_context_switches",
  ioReadCharsBytesTotal: "read_bytes",
  ioWrittenCharsBytesTotal: "write_bytes",
  ioReadCallsTotal: "read_count",
  ioWriteCallsTotal: "write_count",
  ioReadBytesTotal: "disk_read_bytes",
  ioWrittenBytesTotal: "disk_write_bytes",
  fdLimit: "rlimit_num_fds_soft",
  rsslimBytes: "rlimit_memory_rss_soft",
};

/** What procstat calls the limits that it has, by their names in getrlimit(2). */
const LIMITS: Readonly<Record<string, string>> = {
  cpu: "cpu_time",
  data: "memory_data",
  stack: "memory_stack",
  rss: "memory_rss",
  nofile: "num_fds",
  memlock: "memory_locked",
  as: "memory_vms",
  locks: "file_locks",
  sigpending: "signals_pending",
  nice: "nice_priority",
  rtprio: "realtime_priority",
};

/**
 * The limits that figures of their own have, under the name of procstat: `fdLimit`, `rsslimBytes`.
 */
const HAS_FIGURE: ReadonlySet<string> = new Set([
  "rlimits_soft_nofile",
  "rlimits_soft_rss",
]);

/** The names that stand in place of those of figures in a map, by map and figure. */
export const RENAMED_IN_MAPS: Readonly<Record<string, string>> = Object
  .fromEntries(
    Object.entries(LIMITS).flatMap(([limit, name]) => [
      [`rlimits_soft_${limit}`, `rlimit_${name}_soft`],
      [`rlimits_hard_${limit}`, `rlimit_${name}_hard`],
    ]).filter(([key = ""]) => !HAS_FIGURE.has(key)),
  );

/**
 * procstat gives what it has from `smaps_rollup` as the kernel prints it, in units of 1024 bytes.
 */
const KIB = 1024;

function kib(name: string): TelegrafField {
  return {
    name,
    of: (bytes) =>
      typeof bytes === "bigint" ? bytes / BigInt(KIB) : Math.floor(bytes / KIB),
  };
}

/** Fields that stand beside a figure, as they count otherwise, by its key in a sample. */
export const ADDED: Readonly<Record<string, TelegrafField>> = {
  pssBytes: kib("memory_pss"),
  sharedCleanBytes: kib("memory_shared_clean"),
  sharedDirtyBytes: kib("memory_shared_dirty"),
  privateCleanBytes: kib("memory_private_clean"),
  privateDirtyBytes: kib("memory_private_dirty"),
  referencedBytes: kib("memory_referenced"),
  anonymousBytes: kib("memory_anonymous"),
  swapBytes: kib("memory_swap"),
  // What getpriority(2) gives as a system call: 1 to 40.
  nice: { name: "nice_priority", of: (nice) => subtractIntegers(20, nice) },
  // The priority of a real-time policy is printed as -1 less it.
  priority: {
    name: "realtime_priority",
    of: (priority) => priority < 0 ? subtractIntegers(-1, priority) : 0,
  },
};

/** The word for a process's state, by its letter. */
export const STATUS: Readonly<Record<string, string>> = {
  R: "running",
  S: "sleep",
  D: "blocked",
  Z: "zombie",
  T: "stop",
  t: "stop",
  I: "idle",
};

/**
 * What stands before the names of figures of a map in place of the map's own, by its key in a
 * sample. procstat has a point for each socket; the plugin netstat counts those of the host.
 */
export const RENAMED_MAPS: Readonly<Record<string, string>> = {
  tcpStates: "tcp",
};

/** Names that stand in place of a label's own, by its key in a process's sample. */
export const RENAMED_LABELS: Readonly<Record<string, string>> = {
  comm: "process_name",
  unit: "systemd_unit",
};

/** The fields of procstat that are made of several figures. */
export const MADE = {
  cpuTime: "cpu_time",
  createdAt: "created_at",
  memoryUsage: "memory_usage",
  udpSocket: "udp_socket",
  unixSocket: "unix_socket",
  status: "status",
} as const;

/** Every name above. */
export const TELEGRAF_NAMES: readonly string[] = [
  ...Object.values(RENAMED),
  ...Object.values(RENAMED_IN_MAPS),
  ...Object.values(ADDED).map(({ name }) => name),
  ...Object.values(RENAMED_LABELS),
  ...Object.values(MADE),
];
