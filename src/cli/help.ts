/**
 * The text of `--help`, made from the tables of options, formats and collectors.
 *
 * @module
 */

import { COLLECTORS, describeCollector } from "../collect/collectors.ts";
import { describeFormat, FORMATS } from "../format/formats.ts";
import { GROUP_KEYS } from "../view/group_keys.ts";
import type { Option, OptionGroup } from "./arguments.ts";
import { OPTIONS } from "./options.ts";

const INDENT = 27;

/** How procline is called. */
export const USAGE: readonly string[] = [
  "procline [OPTIONS] --pid PID | --name NAME",
  "procline [OPTIONS] --cgroup PATH | --unit NAME",
  "procline [OPTIONS] --all",
  "procline [OPTIONS] -- COMMAND [ARGS]",
  "procline [OPTIONS] --replay FILE",
];

/** What a run prints, cut to what fits a terminal. */
const OUTPUT =
  `Output, cut: a line for each process, then one for the tree, each second:
  {"timestamp":"2026-01-02T03:04:05.678Z",..."kind":"process","pid":42,...}
  {"timestamp":"2026-01-02T03:04:05.678Z",..."kind":"tree","rss_bytes":52,...}
`;

/** What it is used for. */
export const EXAMPLES =
  `procline -p 42 | jq -c 'select(.kind=="tree") | [.timestamp, .rss_bytes]'
procline -p 42 -n 1 |
  jq -r 'select(.kind=="process") | "\\(.rss_bytes) \\(.pid) \\(.comm)"' | sort -rn
procline -o build.ndjson -- make -j8
jq -s 'map(select(.kind=="tree").rss_bytes) | max' build.ndjson`;

/** What the exit code says. */
export const EXIT_STATUS =
  `0 done, 1 cannot go on, 2 wrong usage; with a COMMAND its own, 127
if it is not found, 126 if it cannot run; 128 + n if signal n ended it.`;

/** The options that the short help shows. */
const FIRST_OPTIONS: ReadonlySet<string> = new Set([
  "pid",
  "cgroup",
  "interval",
  "count",
  "duration",
  "collect",
  "format",
  "top",
  "output",
  "help",
]);

/** The values that an option takes, each with what it means: a line each. */
export function choicesOf(name: string): string[] {
  switch (name) {
    case "format":
      return FORMATS.map((format) => `${format}: ${describeFormat(format)}`);
    case "collect":
      return COLLECTORS.map((one) => `${one}: ${describeCollector(one)}`);
    case "group-by":
      return [`by ${GROUP_KEYS.join(", ")}`];
    default:
      return [];
  }
}

/** The options of each group, in the order of the table. */
export function optionGroups(): ReadonlyMap<
  OptionGroup,
  readonly (readonly [name: string, option: Option])[]
> {
  return Map.groupBy(
    Object.entries<Option>(OPTIONS),
    ([, { group }]) => group,
  );
}

/** How an option is written: `-p, --pid PID`. */
export function spelling(name: string, { short, value }: Option): string {
  const letter = short === undefined ? "    " : `-${short}, `;
  return `${letter}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function row(name: string, option: Option): string {
  return `  ${spelling(name, option)}`.padEnd(INDENT) + option.help;
}

function usage(): string {
  return `Watch what a process tree uses, as lines of JSON.

Usage: ${USAGE.join("\n       ")}
`;
}

/** The text of `-h`: what most runs need. */
export function shortHelpText(): string {
  const rows = Object.entries<Option>(OPTIONS)
    .filter(([name]) => FIRST_OPTIONS.has(name))
    .map(([name, option]) => row(name, option).replace(/:$/, ""));
  return `${usage()}
${rows.join("\n")}

procline --help lists all options.
`;
}

/** The text of `--help`. */
export function helpText(): string {
  const groups = Array.from(optionGroups(), ([group, options]) => {
    const rows = options.flatMap(([name, option]) => [
      row(name, option),
      ...choicesOf(name).map((line) => `${" ".repeat(INDENT + 2)}${line}`),
    ]);
    return `${group}:\n${rows.join("\n")}\n`;
  });
  return `${usage()}
${groups.join("\n")}
${OUTPUT}
Examples:
${EXAMPLES.replaceAll(/^/gm, "  ")}

Exit status: ${EXIT_STATUS}
`;
}
