/**
 * The command line: arguments become what they ask for.
 *
 * Each start evaluates this module. What only some options need stands in modules of their own.
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
import { quote } from "../text.ts";
import { VIEWS } from "../view/views.ts";
import { parseArguments, parseDuration } from "./arguments.ts";
import type {
  Command,
  CommandRoot,
  OutputOptions,
  SampleCommand,
  Shell,
} from "./command.ts";
import { UsageError } from "./errors.ts";
import {
  type OptionName,
  OPTIONS,
  parseNames,
  text,
  type Values,
} from "./options.ts";

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
  const parsers = await loadParsers(values, format);
  const exports = await parsers.exports?.parseExports(values) ?? [];
  const names = [name, ...exports.map((one) => one.name)];
  parsers.views?.refuseTagPid(values, names);
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
    views: await parsers.views?.parseViews(values, name, format, exports) ?? [],
    only: parsers.chosen?.parseOnly(text(values, "only"), name),
    fields: parsers.chosen?.parseFields(text(values, "fields"), name),
    labels: parsers.labels?.parseLabels(values, formats) ?? {},
    hostname: values.hostname === true,
    output: parseOutput(values),
    append: values.append !== undefined,
    exports,
    keep: parsers.exports?.parseKeep(values, exports) ?? false,
    count: parseCount(values, "count"),
    summary: parseSummary(values),
  };
  refuseEvents(values, names);
  refuseReplacedTexts(name, output, values.replay !== undefined);
  refuseAppendedTexts(name, output);
  const replayed = parsers.replay?.parseReplayed(values, name, output);
  parsers.chosen?.refuseEmptyChoice(output, values);
  const refusal = parsers.chosen?.whyNoView(output, values);
  if (replayed !== undefined) {
    parsers.replay?.refuseLiveOnly(values);
    if (refusal !== undefined && output.views.length > 0) throw refusal;
    return {
      kind: "replay",
      ...replayed,
      formatName: name,
      refusal,
      ...output,
    };
  }
  if (refusal !== undefined) throw refusal;
  refuseRestarts(values);
  const env = await parseVariables(text(values, "env"));
  const command: SampleCommand = {
    kind: "sample",
    root: parseRoot(values, argv),
    intervalMs: parseInterval(values),
    durationMs: parseTime(values, "duration"),
    collect: await parseCollectors(text(values, "collect"), env),
    env,
    smapsEvery: parseCount(values, "smaps-every") ?? 1,
    numaEvery: parseCount(values, "numa-every") ?? 1,
    wssEvery: parseCount(values, "wss-every") ?? 1,
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
  parsers.chosen?.refuseUnread(command);
  refuseUnreadEvery(values, command.collect);
  return command;
}

/** Refuses to read in some samples what is not read at all. */
function refuseUnreadEvery(
  values: Values,
  collect: readonly CollectorName[],
): void {
  for (const name of ["smaps", "numa", "wss"] as const) {
    if (values[`${name}-every`] === undefined || collect.includes(name)) {
      continue;
    }
    throw new UsageError(
      `Cannot use --${name}-every without --collect ${name}: nothing reads ${name}`,
    );
  }
}

/** What reads the options that few command lines have; null if none of them was given. */
async function loadParsers(values: Values, { groupBy }: Format) {
  const isGiven = (name: OptionName) => values[name] !== undefined;
  const hasView = groupBy !== undefined || isGiven("tag-pid") ||
    Object.keys(VIEWS).some((name) => Object.hasOwn(values, name));
  return {
    exports: isGiven("export") || isGiven("keep")
      ? await import("./export_options.ts")
      : null,
    views: hasView ? await import("./view_options.ts") : null,
    chosen: isGiven("only") || isGiven("fields")
      ? await import("./chosen_lines.ts")
      : null,
    labels: isGiven("label") ? await import("./labels.ts") : null,
    replay: isGiven("replay") ? await import("./replay_options.ts") : null,
  };
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

function parseShell(value: string): Shell {
  if (value === "bash" || value === "zsh" || value === "fish") return value;
  throw new UsageError(
    `Cannot use --completions ${quote(value)}: the shells are ${
      OPTIONS.completions.completes.join(", ")
    }`,
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
  name: "count" | "smaps-every" | "numa-every" | "wss-every",
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
  env: readonly string[],
): Promise<readonly CollectorName[]> {
  const byOption: readonly CollectorName[] = env.length === 0 ? [] : ["env"];
  if (value === undefined) return byOption;
  if (value.split(",").includes("env")) {
    throw new UsageError(
      "Cannot use --collect env: --env LIST names the variables to read",
    );
  }
  const { COLLECTORS, IN_ALL } = await import("../collect/collectors.ts");
  return [...parseNames("collect", value, COLLECTORS, IN_ALL), ...byOption];
}

/** The names of the variables to read of each process. */
async function parseVariables(
  value: string | undefined,
): Promise<readonly string[]> {
  if (value === undefined) return [];
  const names = value.split(",");
  const { whyNoVariables } = await import("../collect/env.ts");
  const why = whyNoVariables(names);
  if (why === null) return names;
  throw new UsageError(`Cannot use --env ${quote(value)}: ${why}`);
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
