/**
 * What a field of a line is, and how a row of the dictionary is written.
 *
 * @module
 */

/**
 * The room on a line, in bytes of JSON, so that log shippers take it whole: `line` is more than the
 * parts of any length (those of one kind of line, and the labels) and all else together, but for
 * those that are shortened where a line would be longer. A test adds them up.
 */
export const ROOM = {
  line: 16_000,
  labels: 2000,
  cmdline: 4000,
  cwd: 4000,
  env: 4000,
  pathname: 4000,
  /** Those of Kubernetes under systemd have some 250. */
  cgroupPath: 800,
  command: 4000,
  rootCgroup: 8000,
  /** A number of 32 bits with a sign. */
  id: 11,
  /** A name in a directory: 255 bytes, of which JSON may escape each. */
  fileName: 1530,
  /** The name of a thread: 63 bytes at most, those of a kernel worker. */
  comm: 378,
  hostname: 384,
  /** 64 hexadecimal digits. */
  containerId: 64,
  uuid: 36,
  /** Ten names, and counts that are below 2^31. */
  sockets: 200,
  /** Eleven. */
  tcpStates: 280,
  /** Some 40 devices. */
  ioStat: 5000,
  /** Six numbers of 64 bits. */
  signals: 195,
  wchan: 66,
  /** Sixteen limits of 64 bits. */
  rlimits: 470,
  rlimitsPercentage: 236,
  /** The kernel's own lists, which are not cut. */
  memoryStat: 4000,
  /** Some 45 nodes. */
  numaBytes: 1100,
  vmstat: 9000,
} as const;

/** What a label may be called: letters, digits, dots, dashes and underscores, no digit first. */
export const LABEL_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** What a field counts in. */
export type Unit =
  | "none"
  | "count"
  | "bytes"
  | "bytes_per_second"
  | "seconds"
  | "milliseconds"
  | "microseconds"
  | "ticks"
  | "percent"
  | "cores"
  | "load";

/**
 * What a field is.
 *
 * - `"label"`: it says which thing the line is about.
 * - `"gauge"`: an amount that rises and falls.
 * - `"counter"`: an amount that only grows while its thing lives.
 * - `"flag"`: it stands on a line only if it is true.
 * - `"text"`: words, a state, a yes or no.
 * - `"map"`: several figures by name, or several texts.
 */
export type Kind = "label" | "gauge" | "counter" | "flag" | "text" | "map";

/** A kind of line; they stand in the order in which a run prints the first of each. */
export type LineKind =
  | "run"
  | "start"
  | "exit"
  | "exec"
  | "reparented"
  | "process"
  | "group"
  | "rest"
  | "thread"
  | "smaps"
  | "cgroup"
  | "host"
  | "tree"
  | "end";

/** One field of a line. */
export interface Field {
  /** Its name on the line. */
  readonly name: string;
  /** What it is. */
  readonly kind: Kind;
  /** What it counts in. */
  readonly unit: Unit;
  /**
   * What null stands for when `unreadable` gives no reason; left out: null always has a reason
   * there.
   */
  readonly nullMeans?: string;
  /** The collector that reads it; left out: every run does. */
  readonly collector?: string;
  /** Set if it changes in every sample, but is often equal among processes. */
  readonly isShared?: boolean;
  /** How many decimals it keeps, if they are others than those of its unit. */
  readonly decimals?: number;
  /** The bytes of JSON that it may take, if they are others than those of 64 bits. */
  readonly maxBytes?: number;
  /**
   * Set if less of it is printed where a line would be longer than it may be; a flag by its name
   * and `_truncated` then says so.
   */
  readonly isShortened?: boolean;
  /**
   * Of a flag: the key of the field that it is about, which stands before it on the line; where
   * that is null, so is the flag. Left out: it is never null.
   */
  readonly of?: string;
  /** Set if its text is a yes or no. */
  readonly isBoolean?: boolean;
  /** Of a map: set if it holds texts, not figures. */
  readonly holdsTexts?: boolean;
  /** Of a map: the names that it always has. */
  readonly names?: readonly string[];
  /** Of a map: what its figures are; left out: gauges. */
  readonly entryKind?: EntryKind;
  /** Of a map: those figures that differ from the map's own unit and kind. */
  readonly entries?: Readonly<Record<string, MapEntry>>;
}

/** What figures of a map are; `"mixed"`: gauges and counters, and only their names tell which. */
export type EntryKind = "gauge" | "counter" | "mixed";

/** What one figure of a map is. */
export interface MapEntry {
  /** What it counts in. */
  readonly unit: Unit;
  /** What it is. */
  readonly kind: EntryKind;
}

/** The fields of a line by their keys in a sample, in the order of the line. */
export type Fields = Readonly<Record<string, Field>>;

/** What a row may say beside its name, kind and unit. */
export type FieldNotes = Partial<Omit<Field, "name" | "kind" | "unit">>;

/** A field that says which thing the line is about. */
export function label(
  name: string,
  more: FieldNotes & { readonly unit?: Unit } = {},
): Field {
  return { name, kind: "label", unit: "none", ...more };
}

/** An amount that rises and falls. */
export function gauge(name: string, unit: Unit, more: FieldNotes = {}): Field {
  return { name, kind: "gauge", unit, ...more };
}

/** An amount that only grows. */
export function counter(
  name: string,
  unit: Unit,
  more: FieldNotes = {},
): Field {
  return { name, kind: "counter", unit, ...more };
}

/** A field that stands on a line only if it is true. */
export function flag(name: string, more: FieldNotes = {}): Field {
  return { name, kind: "flag", unit: "none", ...more };
}

/** Words, a state, a yes or no. */
export function text(name: string, more: FieldNotes = {}): Field {
  return { name, kind: "text", unit: "none", ...more };
}

/** Several figures by name, or several texts. */
export function map(name: string, unit: Unit, more: FieldNotes = {}): Field {
  return { name, kind: "map", unit, ...more };
}
