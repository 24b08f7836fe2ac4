/**
 * The options of the command: one table makes the help, the parser and the suggestions.
 *
 * @module
 */

import { FORMATS, SORTS } from "../format/formats.ts";
import { LINES } from "../model/dictionary.ts";
import { quote } from "../text.ts";
import { VIEWS } from "../view/views.ts";
import { nearest, type Option, type OptionValues } from "./arguments.ts";
import { UsageError } from "./errors.ts";

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
  env: {
    value: "LIST",
    isList: true,
    help: "Read these variables of environments: HOME,LANG",
    isLiveOnly: true,
    isOnce: true,
    group: "What is read",
  },
  "smaps-every": {
    value: "N",
    help: "Read smaps in each Nth sample only",
    isLiveOnly: true,
    group: "What is read",
  },
  "numa-every": {
    value: "N",
    help: "Read numa in each Nth sample only",
    isLiveOnly: true,
    group: "What is read",
  },
  "wss-every": {
    value: "N",
    help: "Read wss in each Nth sample only",
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

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** The values of the options that were given. */
export type Values = OptionValues<OptionName>;

/** The text of an option; undefined: it was not given, or takes none. */
export function text(values: Values, name: OptionName): string | undefined {
  const value = values[name];
  if (value === "") {
    throw new UsageError(`Cannot use --${name} without a value`);
  }
  return typeof value === "string" ? value : undefined;
}

/** Names out of a list, or all of them but for some (`inAll`), in the order of the list. */
export function parseNames<Name extends string>(
  option: "collect" | "only" | "fields",
  value: string,
  all: readonly Name[],
  inAll: readonly Name[] = all,
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
  const isAll = names.includes("all");
  return all.filter((name) =>
    names.includes(name) || (isAll && inAll.includes(name))
  );
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
