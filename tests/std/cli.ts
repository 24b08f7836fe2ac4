/**
 * What the benches use of `@std/cli`, built on `node:util`: the same names, signatures and
 * outcomes, for the options that are named.
 */
import { parseArgs as parse } from "node:util";

export interface ParseOptions<
  Booleans extends string,
  Strings extends string,
  Collected extends string,
  Defaults extends Record<string, unknown>,
> {
  boolean?: readonly Booleans[];
  string?: readonly Strings[];
  collect?: readonly Collected[];
  default?: Defaults;
  alias?: Record<string, string>;
}

/**
 * Collected names are those of `string` options; every other name may be given too, and is unknown.
 */
export type Args<
  Booleans extends string,
  Strings extends string,
  Collected extends string,
  Defaults extends Record<string, unknown>,
> =
  & Record<string, unknown>
  & { [Name in Booleans]: boolean }
  & { [Name in Exclude<Strings, Collected | keyof Defaults>]?: string }
  & {
    [Name in Exclude<Strings & keyof Defaults, Collected>]:
      | string
      | Defaults[Name];
  }
  & { [Name in Strings & Collected]: string[] }
  & { _: Array<string | number> };

export function parseArgs<
  const Booleans extends string = never,
  const Strings extends string = never,
  const Collected extends string = never,
  const Defaults extends Record<string, unknown> = Record<never, never>,
>(
  args: string[],
  options: ParseOptions<Booleans, Strings, Collected, Defaults> = {},
): Args<Booleans, Strings, Collected, Defaults> {
  const strings = new Set<string>(options.string);
  const collected = new Set<string>(options.collect);
  const { values, positionals } = parse({
    args,
    strict: false,
    allowPositionals: true,
    options: Object.fromEntries(
      [...options.boolean ?? [], ...strings].map((name) => [name, {
        type: strings.has(name) ? "string" : "boolean",
        multiple: collected.has(name),
        ...shortOf(name, options.alias),
      }]),
    ),
  });

  const parsed: Record<string, unknown> = {
    _: positionals.map((text) => isNumber(text) ? Number(text) : text),
  };
  for (const name of options.boolean ?? []) parsed[name] = false;
  for (const name of collected) parsed[name] = [];
  Object.assign(parsed, options.default);
  for (const [name, value] of Object.entries(values)) {
    if (strings.has(name)) parsed[name] = value === true ? "" : value;
    else if (typeof value === "string" && isNumber(value)) {
      parsed[name] = Number(value);
    } else parsed[name] = value;
  }
  return parsed as Args<Booleans, Strings, Collected, Defaults>;
}

/** Aliases of one letter, as in `alias: { h: "help" }` or `alias: { help: "h" }`. */
function shortOf(
  name: string,
  alias: Record<string, string> = {},
): { short?: string } {
  const letter = alias[name] ??
    Object.keys(alias).find((key) => alias[key] === name);
  return letter === undefined ? {} : { short: letter };
}

function isNumber(text: string): boolean {
  return /^0x[0-9a-f]+$/i.test(text) ||
    /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(e[-+]?\d+)?$/.test(text);
}
