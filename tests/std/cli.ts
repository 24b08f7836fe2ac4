/**
 * What the tools use of `@std/cli/parse-args`, built on `node:util`: the same names, signatures and
 * outcomes, for these options.
 */
import { parseArgs as parse } from "node:util";

export interface ParseOptions {
  boolean?: readonly string[];
  string?: readonly string[];
  /** The options, among those of `string`, that may be repeated. */
  collect?: readonly string[];
  /** Other names: `{ h: "help" }`. */
  alias?: Record<string, string>;
  /** Called with what is not one of these options; false leaves it out. */
  unknown?: (argument: string, key?: string, value?: unknown) => unknown;
}

export interface Args {
  [name: string]: unknown;
  _: (string | number)[];
}

export function parseArgs(args: string[], options: ParseOptions = {}): Args {
  const { boolean = [], string = [], collect = [], alias = {} } = options;
  const { unknown = () => true } = options;
  const { values, tokens } = parse({
    args,
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      [...boolean, ...string].map((name) => [name, {
        type: string.includes(name) ? "string" : "boolean",
        multiple: collect.includes(name),
        ...shortOf(name, alias),
      }]),
    ),
  });
  const parsed: Args = { _: [] };
  for (const name of boolean) parsed[name] = values[name] === true;
  for (const name of collect) parsed[name] = values[name] ?? [];
  for (const name of string) parsed[name] ??= values[name];
  for (const token of tokens) {
    if (token.kind === "positional") {
      if (unknown(token.value) !== false) parsed._.push(token.value);
    } else if (
      token.kind === "option" && !boolean.includes(token.name) &&
      !string.includes(token.name)
    ) {
      const { name, rawName, value } = token;
      if (unknown(rawName, name, value) !== false) parsed[name] = value ?? true;
    }
  }
  return parsed;
}

function shortOf(
  name: string,
  alias: Record<string, string>,
): { short?: string } {
  const letter = Object.keys(alias).find((key) => alias[key] === name);
  return letter === undefined ? {} : { short: letter };
}
