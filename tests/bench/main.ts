/**
 * Measures what a sample costs, and prints tables: deno task bench [PART ...] [--rounds N] [--json]
 * [--smoke]
 *
 * The parts are peers, growth, threads, large_host, memory, start and collectors. `--smoke`
 * measures less of some of them, takes about a minute, and exits with 1 where a ratio is at twice
 * its goal.
 */
import { parseArgs } from "@std/cli";
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import {
  BENCH,
  type Bench,
  type Binaries,
  CHECKOUT,
  type Part,
  type Table,
} from "./_bench.ts";
import { collectors } from "./collectors.ts";
import { growth } from "./growth.ts";
import { largeHost } from "./large_host.ts";
import { memory } from "./memory.ts";
import { peers } from "./peers.ts";
import { formatGoals, formatTable, machine } from "./report.ts";
import { start } from "./start.ts";
import { threads } from "./threads.ts";

const PARTS: readonly Part[] = [
  peers,
  growth,
  threads,
  largeHost,
  memory,
  start,
  collectors,
];
const SMOKE_PARTS: readonly Part[] = [peers, threads, memory, start];
const C_PROGRAMS = ["cost", "tree", "walk"];
const GROSSLY_OFF = 2;

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, {
    boolean: ["json", "smoke"],
    string: ["rounds"],
  });
  const names = args._.map(String);
  const parts = names.length > 0
    ? PARTS.filter(({ name }) => names.includes(name))
    : args.smoke
    ? SMOKE_PARTS
    : PARTS;
  const rounds = Number(args.rounds ?? (args.smoke ? 3 : 5));
  if (
    parts.length < names.length || !Number.isInteger(rounds) || rounds < 1
  ) {
    console.error(
      `Expected parts among ${
        PARTS.map(({ name }) => name).join(", ")
      } and a number of rounds`,
    );
    return 2;
  }

  const directory = await Deno.makeTempDir({ prefix: "procline_bench_" });
  try {
    for (const program of C_PROGRAMS) compileC(program, directory);
    const tables = await measure(parts, {
      directory,
      rounds,
      smoke: args.smoke,
      binaries: compileBinaries(directory),
    });
    const goals = tables.flatMap((table) => table.goals);
    if (args.json) {
      console.log(JSON.stringify({ machine: machine(), rounds, tables }));
    } else {
      console.log([machine(), ...tables.map(formatTable)].join("\n\n"));
      console.log(`\n${formatGoals(goals)}`);
    }
    const isOff = goals.some(({ ratio, limit }) =>
      !(ratio <= GROSSLY_OFF * limit)
    );
    return args.smoke && isOff ? 1 : 0;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function measure(
  parts: readonly Part[],
  setup: Omit<Bench, "step">,
): Promise<Table[]> {
  let doing = "";
  const done = { ...setup, step: () => {} };
  const bar = !Deno.stderr.isTerminal() ? null : new ProgressBar({
    max: parts.reduce((sum, part) => sum + part.steps(done), 0),
    clear: true,
    formatter: ({ styledTime, progressBar, value, max }) =>
      `${styledTime} ${progressBar} ${value}/${max} ${doing}`,
  });
  try {
    const tables: Table[] = [];
    for (const part of parts) {
      const step = (name: string) => {
        if (bar !== null) bar.value++;
        doing = `${part.name}: ${name}`;
      };
      tables.push(await part.run({ ...setup, step }));
    }
    return tables;
  } finally {
    await bar?.stop();
  }
}

function compileC(program: string, directory: string): void {
  run([
    ..."cc -O2 -pthread -o".split(" "),
    `${directory}/${program}`,
    `${BENCH}${program}.c`,
  ]);
}

/** Compiles with deno.json's own command, as far as `.ci/denort` finds a runtime. */
function compileBinaries(directory: string): Binaries | null {
  const tasks = JSON.parse(Deno.readTextFileSync(`${CHECKOUT}deno.json`)).tasks;
  const [, ...compile] = tasks.compile.command.split(" ");
  const outcomes = [
    { entry: `${CHECKOUT}mod.ts`, output: `${directory}/procline` },
    { entry: `${BENCH}args.ts`, output: `${directory}/args_only` },
  ].map(({ entry, output }) => {
    const at = compile.indexOf("--output");
    const flags = compile.slice(0, at).filter((flag: string) =>
      entry.endsWith("mod.ts") || !flag.startsWith("--v8-flags")
    );
    return runOrNull([
      `${CHECKOUT}.ci/denort`,
      ...flags,
      "--output",
      output,
      entry,
    ]);
  });
  if (outcomes.includes(null)) return null;
  return {
    procline: `${directory}/procline`,
    argsOnly: `${directory}/args_only`,
  };
}

function run(argv: readonly string[]): void {
  if (runOrNull(argv) === null) {
    throw new Error(`Cannot run ${argv.join(" ")}: see above`);
  }
}

function runOrNull(argv: readonly string[]): true | null {
  const [program = "", ...args] = argv;
  const { success } = new Deno.Command(program, {
    args,
    cwd: CHECKOUT,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).outputSync();
  return success ? true : null;
}

Deno.exitCode = await main();
