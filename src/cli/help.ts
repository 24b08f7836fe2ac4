/**
 * The text of `--help`, made from the tables of options, formats and collectors.
 *
 * @module
 */

import { COLLECTORS } from "../collect/collectors.ts";
import { describeFormat, FORMATS } from "../format/formats.ts";
import type { Option } from "./arguments.ts";
import { OPTIONS } from "./options.ts";

const INDENT = 26;

/** What follows the help of an option: the values that it takes. */
function choicesOf(name: string): string[] {
  switch (name) {
    case "format":
      return FORMATS.map((format) => `${format}: ${describeFormat(format)}`);
    case "collect":
      return inLines(COLLECTORS);
    default:
      return [];
  }
}

/** Names with commas between them, in lines that fit a terminal of 80 columns. */
function inLines(names: readonly string[]): string[] {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length < 80 - INDENT - 1) {
      lines[lines.length - 1] = `${last},${name}`;
    } else {
      if (last !== undefined) lines[lines.length - 1] = `${last},`;
      lines.push(name);
    }
  }
  return lines;
}

/** The text of `--help`. */
export function helpText(): string {
  const rows = Object.entries<Option>(OPTIONS).flatMap(([name, option]) => {
    const short = option.short === undefined ? "    " : `-${option.short}, `;
    const value = option.value === undefined ? "" : ` ${option.value}`;
    const head = `  ${short}--${name}${value}`.padEnd(INDENT);
    return [
      `${head}${option.help}`,
      ...choicesOf(name).map((line) => `${" ".repeat(INDENT)}${line}`),
    ];
  });
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
if it is not found, 126 if it cannot run; 128 + n if signal n ended it.
`;
}
