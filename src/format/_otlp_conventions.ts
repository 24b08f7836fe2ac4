/** Which fields have a place in the semantic conventions of OpenTelemetry, and under which name. */

import type { LineKind, Unit } from "../model/field.ts";

/**
 * How a figure may change.
 *
 * - `"counter"`: it only grows. A sum that is monotonic.
 * - `"updown"`: an amount, of which those of several things can be added up. A sum that is not.
 * - `"gauge"`: any other.
 */
export type Instrument = "counter" | "updown" | "gauge";

/** A metric that the semantic conventions name, or procline in their manner. */
export interface Convention {
  /** Its name, behind `process.` for a process and `procline.tree.` or another for others. */
  readonly name: string;
  readonly unit: string;
  readonly instrument: Instrument;
  /** The attribute that tells figures of one metric apart, and its value. */
  readonly attribute?: readonly [key: string, value: string];
  /** Of a map: the attribute that has the names of its figures. */
  readonly by?: string;
  /** The names that stand in place of a figure's own there. */
  readonly names?: Readonly<Record<string, string>>;
  /** The one kind of line of which it is; left out: of each that has such a field. */
  readonly kind?: LineKind;
  /** Set if the conventions do not have it: of a process it is `procline.process.` too. */
  readonly isOwn?: boolean;
  /** Set if a percentage of one core is a share of the cores that the tree may use. */
  readonly isOfCores?: boolean;
}

const CPU_TIME = {
  name: "cpu.time",
  unit: "s",
  instrument: "counter",
} as const;
const CPU_UTILIZATION = {
  name: "cpu.utilization",
  unit: "1",
  instrument: "gauge",
  kind: "process",
  isOfCores: true,
} as const;
const DISK_IO = { name: "disk.io", unit: "By", instrument: "counter" } as const;
const FAULTS = {
  name: "paging.faults",
  unit: "{fault}",
  instrument: "counter",
} as const;
const SWITCHES = {
  name: "context_switches",
  unit: "{context_switch}",
  instrument: "counter",
} as const;
const VOLUNTARY = {
  ...SWITCHES,
  attribute: ["process.context_switch.type", "voluntary"],
} as const;
const INVOLUNTARY = {
  ...SWITCHES,
  attribute: ["process.context_switch.type", "involuntary"],
} as const;

/** The fields that have a place in the conventions, by their keys in a sample. */
const CONVENTIONS: Readonly<Record<string, Convention>> = {
  userCpuSecondsTotal: { ...CPU_TIME, attribute: ["cpu.mode", "user"] },
  kernelCpuSecondsTotal: { ...CPU_TIME, attribute: ["cpu.mode", "system"] },
  cpuSecondsTotal: { ...CPU_TIME, by: "cpu.mode", kind: "host" },
  userCpuPercentage: { ...CPU_UTILIZATION, attribute: ["cpu.mode", "user"] },
  kernelCpuPercentage: {
    ...CPU_UTILIZATION,
    attribute: ["cpu.mode", "system"],
  },
  rssBytes: { name: "memory.usage", unit: "By", instrument: "updown" },
  vsizeBytes: { name: "memory.virtual", unit: "By", instrument: "updown" },
  pssBytes: {
    name: "memory.pss",
    unit: "By",
    instrument: "updown",
    isOwn: true,
  },
  numaBytes: {
    name: "memory.numa",
    unit: "By",
    instrument: "updown",
    by: "procline.numa.node",
    isOwn: true,
  },
  numProcesses: {
    name: "process.count",
    unit: "{process}",
    instrument: "updown",
    isOwn: true,
  },
  numThreads: {
    name: "thread.count",
    unit: "{thread}",
    instrument: "updown",
  },
  uptimeSeconds: { name: "uptime", unit: "s", instrument: "gauge" },
  numFds: {
    name: "unix.file_descriptor.count",
    unit: "{file_descriptor}",
    instrument: "updown",
  },
  sockets: {
    name: "socket.count",
    unit: "{socket}",
    instrument: "updown",
    by: "procline.socket.protocol",
    isOwn: true,
  },
  tcpStates: {
    name: "network.connection.count",
    unit: "{connection}",
    instrument: "updown",
    by: "network.connection.state",
    names: {
      syn_recv: "syn_received",
      fin_wait1: "fin_wait_1",
      fin_wait2: "fin_wait_2",
      close: "closed",
    },
    isOwn: true,
  },
  ioReadBytesTotal: { ...DISK_IO, attribute: ["disk.io.direction", "read"] },
  ioWrittenBytesTotal: {
    ...DISK_IO,
    attribute: ["disk.io.direction", "write"],
  },
  majorFaultsTotal: {
    ...FAULTS,
    attribute: ["system.paging.fault.type", "major"],
  },
  minorFaultsTotal: {
    ...FAULTS,
    attribute: ["system.paging.fault.type", "minor"],
  },
  voluntaryCtxtSwitches: VOLUNTARY,
  nonvoluntaryCtxtSwitches: INVOLUNTARY,
  voluntaryCtxtSwitchesTotal: VOLUNTARY,
  nonvoluntaryCtxtSwitchesTotal: INVOLUNTARY,
};

/** What a field counts in, by the UCUM names that OpenTelemetry has; empty: in nothing. */
export const UNITS: Readonly<Record<Unit, string>> = {
  none: "",
  count: "{count}",
  bytes: "By",
  "bytes_per_second": "By/s",
  seconds: "s",
  milliseconds: "ms",
  microseconds: "us",
  ticks: "{tick}",
  percent: "%",
  cores: "{cpu}",
  load: "{thread}",
};

/** The metric that a field of a kind of line is by the conventions; null if they have none. */
export function conventionOf(key: string, kind: LineKind): Convention | null {
  const convention = CONVENTIONS[key];
  return convention === undefined || (convention.kind ?? kind) !== kind
    ? null
    : convention;
}
