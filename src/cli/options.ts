/**
 * The command line: one table of options makes the help, the parser and the suggestions.
 *
 * @module
 */

import type { CollectorName } from "../collect/collectors.ts";
import type { Format } from "../format/format.ts";
import {
  findFormat,
  type FormatName,
  FORMATS,
  loadFormat,
  SORTS,
  takesOption,
} from "../format/formats.ts";
import { MIN_INTERVAL_MS } from "../measure/schedule.ts";
import {
  CHOOSABLE,
  collectorOf,
  fieldNamesOf,
  LINES,
} from "../model/dictionary.ts";
import { type Field, LABEL_NAME, type LineKind, ROOM } from "../model/field.ts";
import { quote } from "../text.ts";
import type { View } from "../view/view.ts";
import { type ViewName, type ViewRow, VIEWS } from "../view/views.ts";
import {
  nearest,
  type Option,
  type OptionValues,
  parseArguments,
  parseDuration,
} from "./arguments.ts";
import { UsageError } from "./errors.ts";

/**
 * A process, by its id or its name; a cgroup, by its path or as that of a unit; all processes; or a
 * command to run with its arguments.
 */
export type CommandRoot =
  | { readonly pid: number }
  | { readonly name: string }
  | { readonly cgroup: string }
  | { readonly unit: string }
  | { readonly all: true }
  | { readonly argv: readonly string[] };

/** What is written beside the lines. */
export interface Export {
  /** The name of its format. */
  readonly name: FormatName;
  /** Its format. */
  readonly format: Format;
  /** What is done to its samples before they are written. */
  readonly views: readonly View[];
  /** The file that takes it. */
  readonly path: string;
}

/** What the lines look like. */
export interface OutputOptions {
  /** The output format. */
  readonly format: Format;
  /** Whether the person has asked for it. */
  readonly isFormatGiven: boolean;
  /** What the rows of a table are sorted by; undefined: by CPU. */
  readonly sort: typeof SORTS[number] | undefined;
  /** What is done to samples before they are printed, in this order. */
  readonly views: readonly View[];
  /** The kinds of line to print; undefined: all. */
  readonly only: readonly LineKind[] | undefined;
  /** The fields of processes, groups and the rest to print; undefined: all. */
  readonly fields: readonly string[] | undefined;
  /** Names and values that stand on every line. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the name of the host and the id of the run stand on every line. */
  readonly hostname: boolean;
  /** The file that takes the lines; undefined: stdout. */
  readonly output: string | undefined;
  /** Whether they are added to what is in the file. */
  readonly append: boolean;
  /** What is written beside the lines. */
  readonly exports: readonly Export[];
  /** Whether an export that is replaced at each sample stays after the run. */
  readonly keep: boolean;
  /** The number of samples; undefined: no such end. */
  readonly count: number | undefined;
  /** Whether there is a summary at the end; undefined: of a command, on a terminal. */
  readonly summary: boolean | undefined;
}

/** What to sample and how long. */
export interface SampleCommand extends OutputOptions {
  /** What is to be done. */
  readonly kind: "sample";
  /** The root of the tree. */
  readonly root: CommandRoot;
  /** Milliseconds from sample to sample. */
  readonly intervalMs: number;
  /** The milliseconds to sample; undefined: no such end. */
  readonly durationMs: number | undefined;
  /** The collectors that were asked for. */
  readonly collect: readonly CollectorName[];
  /** The collector `smaps` reads in the first of this many samples. */
  readonly smapsEvery: number;
  /** Whether there are lines for starts, ends, execs and new parents. */
  readonly events: boolean;
  /** Whether to go on after the root has ended. */
  readonly orphans: boolean;
  /** Whether to go on while the cgroup is gone, until it is made again. */
  readonly restarts: boolean;
  /** Whether to end once standard input is closed. */
  readonly untilStdinCloses: boolean;
  /** The directory that stands for /proc. */
  readonly proc: string;
  /** The directory that stands for /sys. */
  readonly sys: string;
  /** The file that takes a recording of what is read; undefined: none. */
  readonly record: string | undefined;
  /** Whether the recording may take the place of what is in its file. */
  readonly force: boolean;
}

/** What to print again. */
export interface ReplayCommand extends OutputOptions {
  /** What is to be done. */
  readonly kind: "replay";
  /** The file that holds it, a recording or lines; a dash: standard input. */
  readonly recording: string;
  /** The file of another run that it is shown beside; undefined: there is none. */
  readonly before: string | undefined;
  /** The name of the format. */
  readonly formatName: FormatName;
  /**
   * Why what was asked makes no sense of a recording, whose lines are of processes before a view has
   * grouped them; undefined: it does.
   */
  readonly refusal: UsageError | undefined;
}

/** The path that stands for standard input. */
export const STDIN = "-";

/** A shell that completes options. */
export type Shell = "bash" | "zsh" | "fish";

/** What a command line asks for. */
export type Command =
  | SampleCommand
  | ReplayCommand
  | { readonly kind: "help"; readonly isShort: boolean }
  | { readonly kind: "completions"; readonly shell: Shell }
  | { readonly kind: "man" }
  | { readonly kind: "schema" }
  | { readonly kind: "version" };

/** Every option, group by group. */
export const OPTIONS = {
  pid: {
    short: "p",
    value: "PID",
    help: "Sample the tree of a running process",
    group: "What to watch",
    completes: "pid",
    isOnce: true,
  },
  name: {
    value: "NAME",
    help: "The same, by the name of its main thread or program",
    group: "What to watch",
    isLiveOnly: true,
    isOnce: true,
  },
  cgroup: {
    value: "PATH",
    help: "Sample a cgroup: a unit, a container",
    group: "What to watch",
    isOnce: true,
    completes: "directory",
  },
  unit: {
    value: "NAME",
    help: "The same, by the name of a systemd unit",
    group: "What to watch",
    isLiveOnly: true,
    isOnce: true,
  },
  all: {
    help: "Sample every process; -t alone means it",
    group: "What to watch",
    isLiveOnly: true,
  },
  orphans: {
    help: "Go on after the root's end while its tree lives",
    isLiveOnly: true,
    group: "What to watch",
  },
  restarts: {
    help: "Go on while a restarted unit's cgroup is gone",
    isLiveOnly: true,
    group: "What to watch",
  },
  replay: {
    value: "FILE",
    help: "Print from a recording, or from records (- stdin)",
    group: "What to watch",
    completes: "file",
    multiple: true,
  },
  proc: {
    value: "DIR",
    help: "Where procfs is mounted (default /proc)",
    isLiveOnly: true,
    group: "What to watch",
    completes: "directory",
  },
  sys: {
    value: "DIR",
    help: "Where sysfs is mounted (default /sys)",
    isLiveOnly: true,
    group: "What to watch",
    completes: "directory",
  },
  interval: {
    short: "i",
    value: "TIME",
    help: "From sample to sample: 250ms, 2s, 1m (default 1s)",
    isLiveOnly: true,
    group: "When",
  },
  count: {
    short: "n",
    value: "N",
    help: "End after N samples",
    group: "When",
  },
  duration: {
    short: "d",
    value: "TIME",
    help: "End after this time",
    isLiveOnly: true,
    group: "When",
  },
  "until-stdin-closes": {
    help: "End once whoever started it closes its stdin",
    isLiveOnly: true,
    group: "When",
  },
  collect: {
    value: "LIST",
    isList: true,
    help: "Read more, names with commas between them, or all:",
    isLiveOnly: true,
    group: "What is read",
  },
  "smaps-every": {
    value: "N",
    help: "Read smaps in each Nth sample only",
    isLiveOnly: true,
    group: "What is read",
  },
  events: {
    help: "Print starts, ends, execs and new parents too",
    isLiveOnly: true,
    group: "What is read",
  },
  format: {
    short: "f",
    value: "NAME",
    help: "Print in this format:",
    group: "What is printed",
    completes: FORMATS,
  },
  table: {
    short: "t",
    help: "Show a table: short for --format table",
    group: "What is printed",
  },
  sort: {
    value: "KEY",
    help: `Sort the table by ${SORTS.join(", ")}`,
    group: "What is printed",
    completes: SORTS,
  },
  ...VIEWS,
  "tag-pid": {
    help: "Print processes in influx, not groups",
    group: "What is printed",
  },
  only: {
    value: "KINDS",
    help: "Print only these kinds of line: tree,end",
    group: "What is printed",
    completes: ["all", ...Object.keys(LINES)],
    isList: true,
  },
  fields: {
    value: "LIST",
    isList: true,
    help: "Print only these fields of processes and groups",
    group: "What is printed",
  },
  label: {
    value: "KEY=TEXT",
    multiple: true,
    help: "Put a label on every line; may be repeated",
    group: "What is printed",
  },
  hostname: {
    help: "Put the host's name and the run's id on every line",
    group: "What is printed",
  },
  summary: {
    help: "Sum the run up on stderr at its end",
    group: "What is printed",
  },
  "no-summary": {
    help: "Do not, though a command ends on a terminal",
    group: "What is printed",
  },
  output: {
    short: "o",
    value: "FILE",
    help: "Write the lines to FILE, not to stdout (-)",
    group: "Where to",
    completes: "file",
    isOnce: true,
  },
  append: {
    value: "FILE",
    help: "Add the lines to FILE; SIGHUP opens it anew",
    group: "Where to",
    completes: "file",
    isOnce: true,
  },
  export: {
    value: "NAME=FILE",
    multiple: true,
    help: "Write format NAME to FILE too; may be repeated",
    group: "Where to",
    completes: FORMATS.map((name) => `${name}=`),
    completesRest: "file",
  },
  keep: {
    help: "Leave an export that each sample replaces at the end",
    group: "Where to",
  },
  record: {
    value: "FILE",
    help: "Write down all that is read, for --replay",
    isLiveOnly: true,
    group: "Where to",
    completes: "file",
    isOnce: true,
  },
  force: {
    help: "Let --record overwrite a file",
    isLiveOnly: true,
    group: "Where to",
  },
  schema: {
    help: "Print the JSON schema of the lines",
    group: "About procline",
  },
  completions: {
    value: "SHELL",
    help: "Print what completes options: bash, zsh or fish",
    group: "About procline",
    completes: ["bash", "zsh", "fish"],
  },
  man: { help: "Print the manual page, for man -l -", group: "About procline" },
  help: {
    short: "h",
    help: "Print all help; -h the first part of it",
    group: "About procline",
  },
  version: {
    short: "V",
    help: "Print the version",
    group: "About procline",
  },
} as const satisfies Readonly<Record<string, Option>>;

type OptionName = keyof typeof OPTIONS;

/** The values of the options that were given. */
type Values = OptionValues<OptionName>;

const DEFAULT_INTERVAL_MS = 1000;

/** The largest process id that Linux can give, see proc_sys_kernel(5) on pid_max. */
const MAX_PID = 2 ** 22;

/**
 * What the arguments ask for; its format is loaded.
 *
 * @throws {UsageError} If they make no sense.
 */
export async function parseOptions(args: readonly string[]): Promise<Command> {
  const dashes = args.indexOf("--");
  const argv = dashes < 0 ? null : args.slice(dashes + 1);
  const own = dashes < 0 ? args : args.slice(0, dashes);
  const values: Values = parseArguments(own, OPTIONS);
  if (values.help === true) {
    return { kind: "help", isShort: !own.includes("--help") };
  }
  if (values.version === true) return { kind: "version" };
  if (values.schema === true) return { kind: "schema" };
  if (values.man === true) return { kind: "man" };
  const shell = text(values, "completions");
  if (shell !== undefined) {
    return { kind: "completions", shell: parseShell(shell) };
  }
  checkRoots(values, argv);
  const name = parseFormat(values);
  const format = await loadFormat(name);
  const exports = await parseExports(values);
  refuseTagPid(values, [name, ...exports.map((one) => one.name)]);
  const record = text(values, "record");
  // What is recorded can be printed in the default format, whatever this run prints.
  const formats = [
    format,
    ...exports.map((one) => one.format),
    ...record === undefined ? [] : [await loadFormat("records")],
  ];
  const output: OutputOptions = {
    format,
    isFormatGiven: values.format !== undefined || values.table === true,
    sort: parseSort(values, name),
    views: await parseViews(values, name, format, exports),
    only: parseOnly(text(values, "only"), name),
    fields: parseFields(text(values, "fields"), name),
    labels: parseLabels(values.label, formats, values.hostname === true),
    hostname: values.hostname === true,
    output: parseOutput(values),
    append: values.append !== undefined,
    exports,
    keep: parseKeep(values, exports),
    count: parseCount(values, "count"),
    summary: parseSummary(values),
  };
  refuseEvents(values, [name, ...exports.map((one) => one.name)]);
  refuseReplacedTexts(name, output, values.replay !== undefined);
  refuseAppendedTexts(name, output);
  const replayed = parseReplayed(values, name, output);
  refuseEmptyChoice(output, values);
  const refusal = whyNoView(output, values);
  if (replayed !== null) {
    refuseLiveOnly(values);
    if (refusal !== null && output.views.length > 0) throw refusal;
    return {
      kind: "replay",
      ...replayed,
      formatName: name,
      refusal: refusal ?? undefined,
      ...output,
    };
  }
  if (refusal !== null) throw refusal;
  refuseRestarts(values);
  const command: SampleCommand = {
    kind: "sample",
    root: parseRoot(values, argv),
    intervalMs: parseInterval(values),
    durationMs: parseTime(values, "duration"),
    collect: await parseCollectors(text(values, "collect")),
    smapsEvery: parseCount(values, "smaps-every") ?? 1,
    events: values.events === true,
    orphans: values.orphans === true,
    restarts: values.restarts === true,
    untilStdinCloses: parseUntilStdinCloses(values, argv),
    proc: text(values, "proc") ?? "/proc",
    sys: text(values, "sys") ?? "/sys",
    record,
    force: parseForce(values),
    ...output,
  };
  refuseOnlyWithoutCollector(command);
  refuseFieldsWithoutCollector(command);
  if (
    values["smaps-every"] !== undefined && !command.collect.includes("smaps")
  ) {
    throw new UsageError(
      "Cannot use --smaps-every without --collect smaps: nothing reads smaps",
    );
  }
  return command;
}

function parseSummary(values: Values): boolean | undefined {
  if (values["no-summary"] !== true) {
    return values.summary === true ? true : undefined;
  }
  if (values.summary === true) {
    throw new UsageError("Cannot use --summary and --no-summary together");
  }
  return false;
}

function parseForce({ force, record }: Values): boolean {
  if (force === true && record === undefined) {
    throw new UsageError(
      "Cannot use --force without --record: no other file needs it",
    );
  }
  return force === true;
}

function parseUntilStdinCloses(
  values: Values,
  argv: readonly string[] | null,
): boolean {
  if (values["until-stdin-closes"] !== true) return false;
  if (argv === null) return true;
  throw new UsageError(
    "Cannot use --until-stdin-closes with -- COMMAND: the command has standard input",
  );
}

/** What is replayed; null: nothing is. */
function parseReplayed(
  { replay }: Values,
  name: FormatName,
  { format, exports }: OutputOptions,
): Pick<ReplayCommand, "recording" | "before"> | null {
  if (!Array.isArray(replay)) return null;
  if (replay.includes("")) {
    throw new UsageError("Cannot use --replay without a value");
  }
  const recording = replay.at(-1) ?? "";
  if (replay.length === 1) return { recording, before: undefined };
  const [before = ""] = replay;
  if (format.comparesRuns !== true || exports.length > 0) {
    throw new UsageError(
      `Cannot use --replay twice with ${
        exports.length > 0 ? "--export" : `--format ${name}`
      }: --format html alone shows two runs side by side`,
    );
  }
  if (replay.length > 2) {
    throw new UsageError(
      `Cannot use --replay ${replay.length} times: two runs are shown side by side`,
    );
  }
  if (before === STDIN && recording === STDIN) {
    throw new UsageError(
      "Cannot use --replay - twice: standard input is read once",
    );
  }
  return { recording, before };
}

function parseShell(value: string): Shell {
  if (value === "bash" || value === "zsh" || value === "fish") return value;
  throw new UsageError(
    `Cannot use --completions ${quote(value)}: the shells are ${
      OPTIONS.completions.completes.join(", ")
    }`,
  );
}

/** The formats to write beside the lines, and where to. */
async function parseExports(values: Values): Promise<readonly Export[]> {
  const given = values.export;
  if (!Array.isArray(given)) return [];
  const exports: Export[] = [];
  for (const one of given) {
    const { name, path } = parseExport(one);
    const format = await loadFormat(name);
    const key = groupKeyOf(values, name, format);
    const views = format.groupBy === undefined || key === undefined
      ? []
      : [await loadView("group-by", key)];
    exports.push({ name, format, views, path });
  }
  return exports;
}

function parseExport(given: string): Pick<Export, "name" | "path"> {
  const refuse = (why: string) =>
    new UsageError(`Cannot use --export ${quote(given)}: ${why}`);
  const equals = given.indexOf("=");
  if (equals < 0) throw refuse("an export is written NAME=FILE");
  const word = given.slice(0, equals);
  const path = given.slice(equals + 1);
  const name = findFormat(word);
  if (name === null) {
    const meant = nearest(word, FORMATS);
    throw refuse(
      meant === null
        ? `the formats are ${FORMATS.join(", ")}`
        : `did you mean ${meant}?`,
    );
  }
  if (path === "") throw refuse("no file stands after the sign");
  if (path === "-") {
    throw refuse("stdout takes what --format NAME says, an export is a file");
  }
  return { name, path };
}

function parseKeep(values: Values, exports: readonly Export[]): boolean {
  if (values.keep !== true) return false;
  if (exports.some(({ format }) => format.isReplaced === true)) return true;
  throw new UsageError(
    "Cannot use --keep without an --export that each sample replaces: every other file stays",
  );
}

/** The file that takes the lines; a dash is stdout. */
function parseOutput(values: Values): string | undefined {
  const output = text(values, "output");
  const append = text(values, "append");
  if (append === undefined) return output === "-" ? undefined : output;
  if (output !== undefined) {
    throw new UsageError(
      "Cannot use --output and --append together: lines go to one file",
    );
  }
  if (append === "-") {
    throw new UsageError(
      "Cannot use --append -: lines go to stdout without it",
    );
  }
  return append;
}

/** The options that name a root. */
const ROOTS = ["pid", "name", "cgroup", "unit", "all"] as const;

function checkRoots(values: Values, argv: readonly string[] | null): void {
  const roots = [
    ...ROOTS.filter((name) => values[name] !== undefined)
      .map((name) => `--${name}`),
    ...argv === null ? [] : ["-- COMMAND"],
    ...values.replay === undefined ? [] : ["--replay"],
  ];
  // A table without a root shows all processes, as top does.
  if (roots.length === 0 && values.table !== true) {
    throw new UsageError(
      "Cannot start without a root: give --pid PID, --name NAME, --cgroup PATH, --unit NAME, --all, -- COMMAND or --replay FILE",
    );
  }
  if (roots.length > 1) {
    throw new UsageError(
      `Cannot use ${roots.join(" and ")} together: a run has one root`,
    );
  }
}

/** Only a cgroup comes back: what starts again as a process is another one. */
function refuseRestarts(values: Values): void {
  const isGroup = values.cgroup !== undefined || values.unit !== undefined;
  if (values.restarts !== true || isGroup) return;
  throw new UsageError(
    "Cannot use --restarts without --cgroup: a process does not come back",
  );
}

function refuseLiveOnly(values: Values): void {
  const table: Readonly<Record<string, Option>> = OPTIONS;
  for (const name of Object.keys(values)) {
    if (table[name]?.isLiveOnly !== true) continue;
    throw new UsageError(
      `Cannot use --${name} with --replay: the recording has it`,
    );
  }
}

/** Refuses to print one behind the other what takes the place of what was printed before. */
function refuseReplacedTexts(
  name: string,
  { format, count }: Pick<OutputOptions, "format" | "count">,
  isReplayed: boolean,
): void {
  if (format.isReplaced !== true || isReplayed || count === 1) return;
  throw new UsageError(
    `Cannot use --format ${name} without --count 1: each sample takes the place of the one before, use --export ${name}=FILE`,
  );
}

/** Refuses to add to a file what cannot stand behind what is in it. */
function refuseAppendedTexts(
  name: string,
  { format, append }: Pick<OutputOptions, "format" | "append">,
): void {
  if (!append) return;
  const refuse = (why: string) =>
    new UsageError(`Cannot use --append with --format ${name}: ${why}`);
  if (format.isReplaced === true) {
    throw refuse("each sample takes the place of the one before");
  }
  if (format.create().close !== undefined) {
    throw refuse("a run is one document, and no other can follow it");
  }
}

/** Refuses what leaves nothing to print. */
function refuseEmptyChoice(
  { only, fields }: OutputOptions,
  values: Values,
): void {
  if (only === undefined) return;
  if (only.includes("process") && values["group-by"] !== undefined) {
    throw new UsageError(
      "Cannot use --only process with --group-by: groups stand in place of processes",
    );
  }
  if (fields !== undefined && !only.some((kind) => CHOOSABLE.includes(kind))) {
    throw new UsageError(
      "Cannot use --fields with --only that names neither process nor group: it chooses among their fields",
    );
  }
}

/**
 * Why a run that samples prints nothing of what was asked, as it has no view that makes it; null if
 * it does. What is replayed may have been made by one.
 */
function whyNoView(
  { only, fields }: OutputOptions,
  values: Values,
): UsageError | null {
  for (const kind of only ?? []) {
    const option = MADE_BY_VIEW[kind];
    if (option === undefined || values[option] !== undefined) continue;
    return new UsageError(
      `Cannot use --only ${kind} without --${option}: there are no such lines`,
    );
  }
  return whyFieldsOfOtherLines(fields ?? [], only, values);
}

/** Why only lines that this run does not print have these fields; null if others have them. */
function whyFieldsOfOtherLines(
  fields: readonly string[],
  only: readonly LineKind[] | undefined,
  values: Values,
): UsageError | null {
  const one = values["group-by"] === undefined ? "process" : "group";
  const kinds: readonly LineKind[] = [
    ...only === undefined || only.includes(one) ? [one] as const : [],
    ...values.top === undefined ? [] : ["rest"] as const,
  ];
  const printed = fieldNamesOf(kinds);
  const missing = fields.find((name) => !printed.has(name));
  if (missing === undefined) return null;
  return new UsageError(
    `Cannot use --fields ${missing}: no line of kind ${
      kinds.join(" or ")
    } has this field`,
  );
}

/** The kinds of line that a view makes. */
const MADE_BY_VIEW: Readonly<Partial<Record<LineKind, ViewName>>> = {
  group: "group-by",
  rest: "top",
};

/** Refuses to print only kinds of line, or fields, that this run does not make. */
function refuseOnlyWithoutCollector(
  { only = [], collect, events }: SampleCommand,
): void {
  for (const kind of only) {
    const collector = collectorOf(kind);
    if (collector === null) continue;
    if (
      collector === "events" ? events : collect.some((c) => c === collector)
    ) {
      continue;
    }
    const option = collector === "events"
      ? "--events"
      : `--collect ${collector}`;
    throw new UsageError(
      `Cannot use --only ${kind} without ${option}: there are no such lines`,
    );
  }
}

/** Refuses to print fields that this run does not read. */
function refuseFieldsWithoutCollector(
  { fields, collect, views }: SampleCommand,
): void {
  const collectors = [...collect, ...views.flatMap(({ needs }) => needs)];
  const missing = findUnread(fields, collectors);
  if (missing === null) return;
  throw new UsageError(
    `Cannot use --fields ${missing.field} without --collect ${missing.collector}: nothing reads it`,
  );
}

/**
 * The collectors whose figures a format shows: those that were asked for, and those that it and
 * its views need.
 */
export function collectorsFor(
  { format, views }: Pick<OutputOptions, "format" | "views">,
  asked: readonly string[],
): readonly string[] {
  return [
    ...asked,
    ...format.needs(asked.filter((name) => name !== "events")),
    ...views.flatMap(({ needs }) => needs),
  ];
}

/**
 * The first of the fields of processes, groups and the rest that none of these collectors reads,
 * and the collector that does; null if all are read.
 */
export function findUnread(
  fields: readonly string[] | undefined,
  collectors: readonly string[],
): { readonly field: string; readonly collector: string } | null {
  const rows = CHOOSABLE.flatMap((kind) => Object.values<Field>(LINES[kind]));
  for (const field of fields ?? []) {
    const collector = rows.find(({ name }) => name === field)?.collector;
    if (collector === undefined || collectors.includes(collector)) continue;
    return { field, collector };
  }
  return null;
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
    const hint = /^\D*\p{L}/u.test(value) ? `; --name takes a name` : "";
    throw new UsageError(
      `Cannot use --pid ${
        quote(value)
      }: a process id is a whole number above 0${hint}`,
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
  const pid = text(values, "pid");
  if (pid !== undefined) return { pid: parsePid(pid) };
  const name = text(values, "name");
  if (name !== undefined) return { name };
  const cgroup = text(values, "cgroup");
  if (cgroup !== undefined) return { cgroup };
  const unit = text(values, "unit");
  return unit === undefined ? { all: true } : { unit };
}

function parseCount(
  values: Values,
  name: "count" | "smaps-every",
): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(value)) {
    throw new UsageError(
      `Cannot use --${name} ${quote(value)}: it is not a whole number above 0`,
    );
  }
  return Number(value);
}

async function parseCollectors(
  value: string | undefined,
): Promise<readonly CollectorName[]> {
  if (value === undefined) return [];
  const { COLLECTORS } = await import("../collect/collectors.ts");
  return parseNames("collect", value, COLLECTORS);
}

function parseOnly(
  value: string | undefined,
  format: FormatName,
): readonly LineKind[] | undefined {
  if (value === undefined) return undefined;
  if (!takesOption(format, "only")) {
    throw new UsageError(
      `Cannot use --only with --format ${format}: its lines are of no kinds`,
    );
  }
  const kinds = Object.keys(LINES).filter(isLineKind);
  const only = parseNames("only", value, kinds);
  return only.length === kinds.length ? undefined : only;
}

/** What processes are grouped by in a format; undefined: they are not grouped. */
function groupKeyOf(
  values: Values,
  format: FormatName,
  { groupBy }: Format,
): string | undefined {
  const isByPid = values["tag-pid"] === true && takesOption(format, "tag-pid");
  return text(values, "group-by") ?? (isByPid ? undefined : groupBy);
}

function refuseTagPid(values: Values, formats: readonly FormatName[]): void {
  if (values["tag-pid"] !== true) return;
  if (values["group-by"] !== undefined) {
    throw new UsageError(
      "Cannot use --tag-pid with --group-by: groups have no process ids",
    );
  }
  if (formats.some((name) => takesOption(name, "tag-pid"))) return;
  const taking = FORMATS.filter((name) => takesOption(name, "tag-pid"));
  throw new UsageError(
    `Cannot use --tag-pid without the format ${
      taking.join(" or ")
    }: it prints processes there in place of groups`,
  );
}

/** Refuses to read events that nothing prints or records. */
function refuseEvents(
  { events, record, replay }: Values,
  formats: readonly FormatName[],
): void {
  const isForNothing = events === true && record === undefined &&
    replay === undefined &&
    !formats.some((name) => takesOption(name, "events"));
  if (!isForNothing) return;
  throw new UsageError(
    `Cannot use --events with --format ${formats[0]}: it prints no events`,
  );
}

/** The views that were asked for, and what the format needs, in the order of their use. */
async function parseViews(
  values: Values,
  name: FormatName,
  format: Format,
  exports: readonly Export[],
): Promise<readonly View[]> {
  const views: View[] = [];
  for (const view of Object.keys(VIEWS)) {
    if (!isViewName(view)) continue;
    const given = text(values, view);
    const value = view === "group-by"
      ? groupKeyOf(values, name, format)
      : given;
    if (value === undefined) continue;
    if (given !== undefined && !takesOption(name, view)) {
      // It may be meant for what is written beside the lines.
      if (
        view === "group-by" &&
        exports.some(({ format }) => format.groupBy !== undefined)
      ) continue;
      const why = format.groupBy === undefined
        ? "it prints processes alone"
        : "it prints every group";
      throw new UsageError(
        `Cannot use --${view} with --format ${name}: ${why}`,
      );
    }
    views.push(await loadView(view, value));
  }
  return views;
}

async function loadView(name: ViewName, value: string): Promise<View> {
  const { load }: ViewRow = VIEWS[name];
  try {
    return await load(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(
      `Cannot use --${name} ${quote(value)}: ${error.message}`,
    );
  }
}

function isViewName(name: string): name is ViewName {
  return Object.hasOwn(VIEWS, name);
}

function parseFields(
  value: string | undefined,
  format: FormatName,
): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!takesOption(format, "fields")) {
    throw new UsageError(
      `Cannot use --fields with --format ${format}: it chooses among the fields of records`,
    );
  }
  return parseNames("fields", value, [...fieldNamesOf(CHOOSABLE)]);
}

function isLineKind(name: string): name is LineKind {
  return Object.hasOwn(LINES, name);
}

/** Names out of a list, or all of them, in the order of the list. */
function parseNames<Name extends string>(
  option: "collect" | "only" | "fields",
  value: string,
  all: readonly Name[],
): readonly Name[] {
  const names = value.split(",");
  for (const name of names) {
    const isKnown = all.some((known) => known === name) ||
      (name === "all" && option !== "fields");
    if (isKnown) continue;
    const meant = nearest(name, all);
    const hint = meant === null
      ? NAMES_HINT[option](all)
      : `did you mean ${meant}?`;
    throw new UsageError(`Cannot use --${option} ${quote(name)}: ${hint}`);
  }
  return names.includes("all")
    ? all
    : all.filter((name) => names.includes(name));
}

/** What stands in place of a suggestion for a name that is none of a list. */
const NAMES_HINT: Readonly<
  Record<
    "collect" | "only" | "fields",
    (all: readonly string[]) => string
  >
> = {
  collect: (all) => `the collectors are ${all.join(", ")} and all`,
  only: (all) => `the kinds of line are ${all.join(", ")} and all`,
  fields: () => "no process or group has this field, see docs/fields.md",
};

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
      }: a time is a number above 0, in seconds or with a unit: 250ms, 2s, 1m, 1h`,
    );
  }
  return ms;
}

function parseInterval(values: Values): number {
  const ms = parseTime(values, "interval") ?? DEFAULT_INTERVAL_MS;
  if (ms >= MIN_INTERVAL_MS) return ms;
  throw new UsageError(
    `Cannot use --interval ${
      quote(text(values, "interval") ?? "")
    }: the shortest is ${MIN_INTERVAL_MS}ms`,
  );
}

function parseFormat(values: Values): FormatName {
  const value = text(values, "format");
  const isTable = values.table === true;
  if (value === undefined) return isTable ? "table" : "records";
  const format = findFormat(value);
  if (format === null) {
    throw new UsageError(
      `Cannot use --format ${quote(value)}: the formats are ${
        FORMATS.join(", ")
      }`,
    );
  }
  if (isTable && format !== "table") {
    throw new UsageError(
      `Cannot use -t with --format ${value}: it stands for --format table`,
    );
  }
  return format;
}

function parseSort(
  values: Values,
  format: FormatName,
): OutputOptions["sort"] {
  const value = text(values, "sort");
  if (value === undefined) return undefined;
  if (!takesOption(format, "sort")) {
    throw new UsageError(
      `Cannot use --sort with --format ${format}: it sorts a table, see -t`,
    );
  }
  const sort = SORTS.find((one) => one === value);
  if (sort === undefined) {
    throw new UsageError(
      `Cannot use --sort ${quote(value)}: a table is sorted by ${
        SORTS.join(", ")
      }`,
    );
  }
  if (sort === "tree" && values["group-by"] !== undefined) {
    throw new UsageError(
      "Cannot use --sort tree with --group-by: groups have no parents",
    );
  }
  return sort;
}

function parseLabels(
  given: Values["label"],
  formats: readonly Format[],
  showsHostname: boolean,
): Record<string, string> {
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
    const why = whyNoLabel(name, formats);
    if (why !== null) {
      throw new UsageError(`Cannot use --label ${quote(label)}: ${why}`);
    }
    if (Object.hasOwn(labels, name)) {
      throw new UsageError(
        `Cannot use --label ${quote(label)}: there is a label ${name} already`,
      );
    }
    if (showsHostname && name === "hostname") {
      throw new UsageError(
        `Cannot use --label ${
          quote(label)
        } with --hostname: it puts a hostname on every line`,
      );
    }
    labels[name] = label.slice(equals + 1);
  }
  const why = whyNoLabels(labels, formats, showsHostname);
  if (why !== null) throw new UsageError(`Cannot use the labels: ${why}`);
  const bytes = new TextEncoder().encode(JSON.stringify(labels)).length;
  if (bytes > ROOM.labels) {
    throw new UsageError(
      `Cannot use so many labels: they would take more than ${ROOM.labels} bytes of each line`,
    );
  }
  return labels;
}

/** Why labels may not have these names together in these formats; null if they may. */
export function whyNoLabels(
  labels: Readonly<Record<string, string>>,
  formats: readonly Format[],
  showsHostname: boolean,
): string | null {
  const names = Object.keys(labels);
  if (showsHostname) names.push("hostname");
  for (const { refuseLabels } of formats) {
    const why = refuseLabels?.(names) ?? null;
    if (why !== null) return why;
  }
  return null;
}

/** Why a label may not have this name in these formats; null if it may. */
export function whyNoLabel(
  name: string,
  formats: readonly Format[],
): string | null {
  if (!LABEL_NAME.test(name)) {
    return "a key has letters, digits, dots, dashes and underscores, and no digit first";
  }
  return formats.some(({ reserved }) => reserved.has(name))
    ? `${name} is a field of the lines`
    : null;
}
