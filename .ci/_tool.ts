/** What the tools of this repository have in common: arguments, commands, the checkout. */
// deno-lint-ignore-file no-console -- a tool prints.
import { parseArgs } from "@std/cli/parse-args";
import { existsSync } from "@std/fs";
import { fileURLToPath } from "node:url";

/** The directory of the checkout, with a slash at its end. */
export const CHECKOUT: string = fileURLToPath(new URL("../", import.meta.url));

/** The options that a tool takes, besides `--help`. */
export interface ToolOptions {
  /** Those without a value. Default: none. */
  readonly flags?: readonly string[];
  /** Those with a value; each may be repeated. Default: none. */
  readonly values?: readonly string[];
  /** Whether the tool takes words that are not options. Default: it refuses them. */
  readonly operands?: boolean;
}

/** The arguments of a tool. */
export interface ToolArguments {
  /** The options without a value that were given. */
  readonly flags: ReadonlySet<string>;
  /** The last value of an option; undefined if it was not given. */
  value(name: string): string | undefined;
  /** All values of an option. */
  all(name: string): readonly string[];
  /** The words that are not options. */
  readonly operands: readonly string[];
}

/**
 * Reads the arguments of this program. `--help` prints the usage and exits with 0; an argument that
 * the tool does not take exits with 2.
 */
export function readArguments(
  usage: string,
  options: ToolOptions = {},
): ToolArguments {
  const { flags = [], values = [], operands = false } = options;
  const refused: string[] = [];
  const parsed: Record<string, unknown> = parseArgs(Deno.args, {
    boolean: [...flags, "help"],
    string: [...values],
    collect: [...values],
    alias: { h: "help" },
    unknown: (argument) => {
      if (operands && !argument.startsWith("-")) return true;
      refused.push(argument);
      return false;
    },
  });
  if (parsed.help === true) {
    console.log(usage);
    Deno.exit(0);
  }
  if (refused.length > 0) {
    console.error(`Cannot use ${refused.join(" ")}\n\n${usage}`);
    Deno.exit(2);
  }
  const all = (name: string) => (parsed[name] ?? []) as readonly string[];
  return {
    flags: new Set(flags.filter((name) => parsed[name] === true)),
    value: (name) => all(name).at(-1),
    all,
    operands: (parsed._ as readonly unknown[]).map(String),
  };
}

/** The path of a program that `PATH` has; null if it has none. */
export function findProgram(name: string): string | null {
  return (Deno.env.get("PATH") ?? "").split(":")
    .map((directory) => `${directory}/${name}`)
    .find((path) => existsSync(path)) ?? null;
}

/** A command that has ended. */
export interface Ended {
  readonly code: number;
  /** What it printed on stdout and stderr. */
  readonly output: string;
}

/** Runs a command to its end, in the checkout if nothing else is said. */
export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = CHECKOUT,
): Promise<Ended> {
  const [program = "", ...args] = argv;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

/**
 * Runs a command, in the checkout if nothing else is said, and returns what it printed.
 *
 * @throws {Error} If it exits with a code other than 0.
 */
export async function runWell(
  argv: readonly string[],
  cwd = CHECKOUT,
): Promise<string> {
  const { code, output } = await run(argv, {}, cwd);
  if (code === 0) return output;
  throw new Error(`Cannot run ${argv.join(" ")}: exit code ${code}\n${output}`);
}
