/**
 * The command line: one table of options makes the help, the parser and the suggestions.
 *
 * @module
 */

import { quote } from "../text.ts";
import { type CollectorName, COLLECTORS } from "../collect/collectors.ts";
import { type Format, FORMATS, isFieldName } from "../format/formats.ts";
import {
  nearest,
  type Option,
  type OptionValues,
  parseArguments,
  UsageError,
} from "./arguments.ts";
import { parseDuration } from "./duration.ts";

/** A process, a cgroup, or a command to run with its arguments. */
export type CommandRoot =
  | { readonly pid: number }
  | { readonly cgroup: string }
  | { readonly argv: readonly string[] };

/** What to sample and how long. */
export interface SampleCommand {
  /** What is to be done. */
  readonly kind: "sample";
  /** The root of the tree. */
  readonly root: CommandRoot;
  /** Milliseconds from sample to sample. */
  readonly intervalMs: number;
  /** The number of samples; undefined: no such end. */
  readonly count: number | undefined;
  /** The milliseconds to sample; undefined: no such end. */
  readonly durationMs: number | undefined;
  /** The output format. */
  readonly format: Format;
  /** Names and values that stand on every line. */
  readonly labels: Readonly<Record<string, string>>;
  /** The groups of fields to read beside those that every line has. */
  readonly collect: readonly CollectorName[];
  /** The collector `smaps` reads in the first of so many samples. */
  readonly smapsEvery: number;
  /** Whether lines tell of starts, ends, execs and new parents. */
  readonly events: boolean;
  /** Whether to go on after the root has ended. */
  readonly orphans: boolean;
  /** The directory that stands for /proc. */
  readonly proc: string;
  /** The directory that stands for /sys. */
  readonly sys: string;
  /** The file that takes the lines; undefined: stdout. */
  readonly output: string | undefined;
  /** The file that takes a recording of what is read; undefined: none. */
  readonly record: string | undefined;
}

/** What to print again. */
export interface ReplayCommand {
  /** What is to be done. */
  readonly kind: "replay";
  /** The recording. */
  readonly recording: string;
  /** The number of samples; undefined: all. */
  readonly count: number | undefined;
  /** The output format. */
  readonly format: Format;
  /** Names and values that stand on every line, beside those of the recording. */
  readonly labels: Readonly<Record<string, string>>;
  /** The file that takes the lines; undefined: stdout. */
  readonly output: string | undefined;
}

/** What a command line asks for. */
export type Command =
  | SampleCommand
  | ReplayCommand
  | { readonly kind: "help" }
  | { readonly kind: "version" };

const OPTIONS = {
  pid: { value: "PID", help: "Sample the tree of a running process" },
  cgroup: { value: "PATH", help: "Sample a cgroup v2: a unit, a container" },
  interval: {
    value: "TIME",
    help: "From sample to sample: 250ms, 2s, 1m (default 1s)",
  },
  count: { value: "N", help: "End after N samples" },
  duration: { value: "TIME", help: "End after this time" },
  format: {
    value: "NAME",
    help:
      "records: a line per process and tree (default)\nlading: a line per gauge",
  },
  label: {
    value: "KEY=TEXT",
    multiple: true,
    help: "Put a label on every line; may be repeated",
  },
  collect: {
    value: "LIST",
    help:
      `Read more, or all: stat,cmdline,io,status,fd,\ncgroup,host,smaps_rollup,smaps`,
  },
  "smaps-every": { value: "N", help: "Read smaps in each Nth sample only" },
  events: { help: "Tell of starts, ends, execs and new parents too" },
  orphans: { help: "Go on after the root's end while its tree lives" },
  output: { value: "FILE", help: "Write the lines to FILE, not to stdout" },
  record: { value: "FILE", help: "Write down all that is read, for --replay" },
  replay: { value: "FILE", help: "Print from a recording again" },
  proc: { value: "DIR", help: "Where procfs is mounted (default /proc)" },
  sys: { value: "DIR", help: "Where sysfs is mounted (default /sys)" },
  help: { short: "h", help: "Print this help" },
  version: { short: "V", help: "Print the version" },
} as const satisfies Readonly<Record<string, Option>>;

type OptionName = keyof typeof OPTIONS;

/** The values of the options that were given. */
type Values = OptionValues<OptionName>;

const DEFAULT_INTERVAL_MS = 1000;

/** The largest process id that Linux can give, see proc_sys_kernel(5) on pid_max. */
const MAX_PID = 2 ** 22;

/** The bytes that all labels may take on a line, so that no line grows too long for a log shipper. */
const MAX_LABEL_BYTES = 2000;

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** The text of `--help`. */
export function helpText(): string {
  const rows = Object.entries(OPTIONS).flatMap(
    ([name, option]: [string, Option]) => {
      const short = option.short === undefined ? "    " : `-${option.short}, `;
      const value = option.value === undefined ? "" : ` ${option.value}`;
      const head = `  ${short}--${name}${value}`.padEnd(26);
      const [first, ...more] = option.help.split("\n");
      return [
        `${head}${first}`,
        ...more.map((line) => `${" ".repeat(26)}${line}`),
      ];
    },
  );
  return `Watch what a process tree uses, as lines of JSON.

Usage: procline [OPTIONS] --pid PID
       procline [OPTIONS] --cgroup PATH
       procline [OPTIONS] -- COMMAND [ARGS]
       procline [OPTIONS] --replay FILE

${rows.join("\n")}

Examples:
  procline --pid 42 | jq -c 'select(.kind=="tree") | [.timestamp, .rss_bytes]'
  procline --pid 42 --count 1 |
    jq -r 'select(.kind=="process") | "\\(.rss_bytes) \\(.pid) \\(.comm)"' | sort -rn
  procline --output build.ndjson -- make -j8
  jq -s 'map(select(.kind=="tree").rss_bytes) | max' build.ndjson

Exit status: 0 done, 1 cannot go on, 2 wrong usage; with a COMMAND its own, 127
where it is not found, 126 where it cannot run; 128 + n where signal n ended it.
`;
}

/**
 * What the arguments ask for.
 *
 * @throws {UsageError} If they cannot be made sense of.
 */
export function parseOptions(args: readonly string[]): Command {
  const dashes = args.indexOf("--");
  const argv = dashes < 0 ? null : args.slice(dashes + 1);
  const values: Values = parseArguments(
    dashes < 0 ? args : args.slice(0, dashes),
    OPTIONS,
  );
  if (values.help === true) return { kind: "help" };
  if (values.version === true) return { kind: "version" };
  const roots = [
    values.pid === undefined ? [] : ["--pid"],
    values.cgroup === undefined ? [] : ["--cgroup"],
    argv === null ? [] : ["-- COMMAND"],
    values.replay === undefined ? [] : ["--replay"],
  ].flat();
  if (roots.length === 0) {
    throw new UsageError(
      "Cannot start without a root: give --pid PID, --cgroup PATH, -- COMMAND or --replay FILE",
    );
  }
  if (roots.length > 1) {
    throw new UsageError(
      `Cannot use ${roots.join(" and ")} together: a run has one root`,
    );
  }
  const common = {
    count: parseCount(values, "count"),
    format: parseFormat(text(values, "format") ?? "records"),
    labels: parseLabels(values.label),
    output: text(values, "output"),
  };
  const recording = text(values, "replay");
  if (recording !== undefined) {
    for (
      const name of [
        "interval",
        "collect",
        "smaps-every",
        "duration",
        "events",
        "orphans",
        "record",
        "proc",
        "sys",
      ] as const
    ) {
      if (values[name] !== undefined) {
        throw new UsageError(
          `Cannot use --${name} with --replay: the recording has it`,
        );
      }
    }
    return { kind: "replay", recording, ...common };
  }
  return {
    kind: "sample",
    root: parseRoot(values, argv),
    intervalMs: parseTime(values, "interval") ?? DEFAULT_INTERVAL_MS,
    durationMs: parseTime(values, "duration"),
    collect: collectorsOf(text(values, "collect"), common.format),
    smapsEvery: parseCount(values, "smaps-every") ?? 1,
    events: values.events === true,
    orphans: values.orphans === true,
    proc: text(values, "proc") ?? "/proc",
    sys: text(values, "sys") ?? "/sys",
    record: text(values, "record"),
    ...common,
  };
}

function text(values: Values, name: OptionName): string | undefined {
  const value = values[name];
  if (value === "") {
    throw new UsageError(`Cannot use --${name} without a value`);
  }
  return typeof value === "string" ? value : undefined;
}

function parsePid(value: string): number {
  const pid = /^\d{1,7}$/.test(value) ? Number(value) : 0;
  if (pid < 1 || pid > MAX_PID) {
    throw new UsageError(
      `Cannot use --pid ${
        quote(value)
      }: a process id is a whole number above 0`,
    );
  }
  return pid;
}

function parseArgv(argv: readonly string[]): readonly string[] {
  if (argv[0] === undefined || argv[0] === "") {
    throw new UsageError("Cannot run a command: none stands after --");
  }
  return argv;
}

function parseRoot(
  values: Values,
  argv: readonly string[] | null,
): CommandRoot {
  if (argv !== null) return { argv: parseArgv(argv) };
  const cgroup = text(values, "cgroup");
  return cgroup === undefined
    ? { pid: parsePid(text(values, "pid") ?? "") }
    : { cgroup };
}

function parseCount(
  values: Values,
  name: "count" | "smaps-every",
): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(value)) {
    throw new UsageError(
      `Cannot use --${name} ${quote(value)}: it is no whole number above 0`,
    );
  }
  return Number(value);
}

/** In the format `lading` some collectors need others: its labels hold the arguments, its cgroups every file. */
function collectorsOf(
  value: string | undefined,
  format: Format,
): readonly CollectorName[] {
  const asked = parseCollectors(value);
  if (format !== "lading" || asked.length === 0) return asked;
  const needed: CollectorName[] = asked.includes("cgroup")
    ? ["cmdline", "cgroup_files"]
    : ["cmdline"];
  return [...new Set([...asked, ...needed])];
}

function parseCollectors(value: string | undefined): CollectorName[] {
  if (value === undefined) return [];
  const names = value.split(",");
  if (names.includes("all")) return [...COLLECTORS];
  for (const name of names) {
    if (COLLECTORS.some((known) => known === name)) continue;
    const meant = nearest(name, COLLECTORS);
    const hint = meant === null
      ? `the collectors are ${COLLECTORS.join(", ")} and all`
      : `did you mean ${meant}?`;
    throw new UsageError(`Cannot use --collect ${quote(name)}: ${hint}`);
  }
  return COLLECTORS.filter((name) => names.includes(name));
}

function parseTime(
  values: Values,
  name: "interval" | "duration",
): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms === null) {
    throw new UsageError(
      `Cannot use --${name} ${
        quote(value)
      }: a time is a number above 0 with a unit, like 250ms, 2s, 1m or 1h`,
    );
  }
  return ms;
}

function parseFormat(value: string): Format {
  const format = FORMATS.find((name) => name === value);
  if (format === undefined) {
    throw new UsageError(
      `Cannot use --format ${quote(value)}: the formats are ${
        FORMATS.join(" and ")
      }`,
    );
  }
  return format;
}

function parseLabels(given: Values["label"]): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  if (!Array.isArray(given)) return labels;
  for (const label of given) {
    const equals = label.indexOf("=");
    if (equals < 0) {
      throw new UsageError(
        `Cannot use --label ${quote(label)}: a label is written KEY=TEXT`,
      );
    }
    const name = label.slice(0, equals);
    const why = whyNoLabel(name);
    if (why !== null) {
      throw new UsageError(`Cannot use --label ${quote(label)}: ${why}`);
    }
    labels[name] = label.slice(equals + 1);
  }
  const bytes = new TextEncoder().encode(JSON.stringify(labels)).length;
  if (bytes > MAX_LABEL_BYTES) {
    throw new UsageError(
      `Cannot use so many labels: they would take more than ${MAX_LABEL_BYTES} bytes of each line`,
    );
  }
  return labels;
}

/** Why a label may not have this name; null where it may. */
export function whyNoLabel(name: string): string | null {
  if (!LABEL_NAME.test(name)) {
    return "a key has letters, digits, dots, dashes and underscores, and no digit first";
  }
  return isFieldName(name) ? `${name} is a field of the lines` : null;
}
