/** Measures what a sample costs, and prints tables: `deno task bench`. */
// deno-lint-ignore-file no-console -- a tool prints.
import { ProgressBar } from "@std/cli/unstable-progress-bar";
import {
  bundle,
  compile,
  compileProcline,
  V8_FLAGS,
} from "../../.ci/compile.ts";
import { readArguments, runWell } from "../../.ci/_tool.ts";
import {
  BENCH,
  type Bench,
  type Binaries,
  CHECKOUT,
  type Part,
  type Table,
} from "./_bench.ts";
import { collectors } from "./collectors.ts";
import { formats } from "./formats.ts";
import { growth } from "./growth.ts";
import { html } from "./html.ts";
import { largeHost } from "./large_host.ts";
import { memory } from "./memory.ts";
import { peers } from "./peers.ts";
import { formatDocument, formatGoals, formatTable, machine } from "./report.ts";
import { start } from "./start.ts";
import { threads } from "./threads.ts";
import { url } from "./url.ts";

const PARTS: readonly Part[] = [
  peers,
  growth,
  threads,
  largeHost,
  memory,
  start,
  url,
  collectors,
  formats,
  html,
];
const SMOKE_PARTS: readonly Part[] = [peers, threads, memory, start];
const C_PROGRAMS = ["cost", "read", "tree", "walk"];
const GROSSLY_OFF = 2;

const USAGE = `Measure what a sample costs, and print tables

Usage: deno task bench [PART ...] [OPTIONS]

      --rounds N         Repeat each measurement (default 5; 3 with --smoke)
      --smoke            Measure less, about a minute; exits with 1 if a ratio
                         is at twice its goal
      --json             Print one JSON object
      --write            Measure all parts, and write docs/benchmarks.md
  -h, --help             Print this help

The parts: ${PARTS.map(({ name }) => name).join(", ")}`;

async function main(): Promise<number> {
  const { flags, value, operands } = readArguments(USAGE, {
    flags: ["json", "smoke", "write"],
    values: ["rounds"],
    operands: true,
  });
  const smoke = flags.has("smoke");
  const all = smoke ? SMOKE_PARTS : PARTS;
  const parts = operands.length > 0
    ? PARTS.filter(({ name }) => operands.includes(name))
    : all;
  const rounds = Number(value("rounds") ?? (smoke ? 3 : 5));
  if (
    parts.length < operands.length || !Number.isInteger(rounds) || rounds < 1
  ) {
    console.error(`Cannot use these parts, or rounds\n\n${USAGE}`);
    return 2;
  }

  const directory = await Deno.makeTempDir({ prefix: "procline_bench_" });
  try {
    for (const program of C_PROGRAMS) await compileC(program, directory);
    const bundled = `${directory}/procline.js`;
    await bundle(bundled);
    const tables = await measure(parts, {
      directory,
      rounds,
      smoke,
      bundle: bundled,
      binaries: await compileBinaries(directory),
    });
    const goals = tables.flatMap((table) => table.goals);
    if (flags.has("write")) {
      const text = formatDocument(tables, rounds);
      await Deno.writeTextFile(`${CHECKOUT}docs/benchmarks.md`, text);
    } else if (flags.has("json")) {
      console.log(JSON.stringify({ machine: machine(), rounds, tables }));
    } else {
      console.log([machine(), ...tables.map(formatTable)].join("\n\n"));
      console.log(`\n${formatGoals(goals)}`);
    }
    const isOff = goals.some(({ ratio, limit }) =>
      !(ratio <= GROSSLY_OFF * limit)
    );
    return smoke && isOff ? 1 : 0;
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

async function compileC(program: string, directory: string): Promise<void> {
  await runWell([
    ..."cc -O2 -pthread -o".split(" "),
    `${directory}/${program}`,
    `${BENCH}${program}.c`,
  ]);
}

/**
 * Compiles procline as for a release, and what it is compared with; null if there is no runtime to
 * compile with.
 */
async function compileBinaries(directory: string): Promise<Binaries | null> {
  const procline = `${directory}/procline`;
  const fromModules = `${directory}/procline_modules`;
  const argsOnly = `${directory}/args_only`;
  if (!await compileProcline(procline)) return null;
  const v8Flags = V8_FLAGS;
  await compile(`${CHECKOUT}mod.ts`, fromModules, { v8Flags });
  await compile(`${BENCH}args.ts`, argsOnly);
  return { procline, fromModules, argsOnly };
}

if (import.meta.main) Deno.exit(await main());
