/**
 * The time to the first line, beside that of a program that only parses its arguments and prints a
 * line.
 */
import {
  BENCH,
  type Bench,
  CHECKOUT,
  type Part,
  ratios,
  type Table,
} from "./_bench.ts";
import { figureOf } from "./_figure.ts";

/**
 * How often each program is started in a round. A start takes tens of milliseconds, and a shared
 * machine disturbs it by as much.
 */
const STARTS_PER_ROUND = 12;

/** From its source Deno opens every module that may be wanted, of each format and collector. */
const SOURCE_GOAL = 2.4;
/** The binary from the modules is not what is released. */
const GOALS = 3;

const OPTIONS = ["--count=1", `--pid=${Deno.pid}`];

export const start: Part = {
  name: "start",
  steps: startsOf,
  run: measure,
};

function startsOf(bench: Bench): number {
  return STARTS_PER_ROUND * bench.rounds;
}

async function measure(bench: Bench): Promise<Table> {
  const run = [Deno.execPath(), "run", "-A"];
  const pairs = [
    {
      name: "deno run, source",
      least: [...run, `${BENCH}args.ts`],
      procline: [...run, `${CHECKOUT}mod.ts`],
    },
    {
      name: "deno run, bundle",
      least: [...run, `${BENCH}args.ts`],
      procline: [...run, bench.bundle],
    },
    ...(bench.binaries === null ? [] : [
      {
        name: "binary from the bundle",
        least: [bench.binaries.argsOnly],
        procline: [bench.binaries.procline],
      },
      {
        name: "binary from the modules",
        least: [bench.binaries.argsOnly],
        procline: [bench.binaries.fromModules],
      },
    ]),
  ];
  const times = pairs.map(() => ({
    least: [] as number[],
    procline: [] as number[],
  }));
  for (let i = 0; i < startsOf(bench); i++) {
    for (const [at, { least, procline }] of pairs.entries()) {
      times[at]?.least.push(await firstLineMs([...least, ...OPTIONS]));
      times[at]?.procline.push(await firstLineMs([...procline, ...OPTIONS]));
    }
    bench.step("start");
  }
  return {
    title: "Time to the first line",
    columns: ["", "ms, only parses its arguments", "ms, procline", "ratio"],
    rows: pairs.map(({ name }, at) => [
      name,
      figureOf(times[at]?.least ?? []),
      figureOf(times[at]?.procline ?? []),
      ratios(times[at]?.procline, times[at]?.least),
    ]),
    goals: pairs.slice(0, GOALS).map(({ name }, at) => ({
      what:
        `Time to the first line to that of a program that parses arguments, ${name}`,
      ratio: ratios(times[at]?.procline, times[at]?.least).median,
      limit: at === 0 ? SOURCE_GOAL : 1.3,
    })),
  };
}

/** The milliseconds from the start of a command to its first line; it runs to its end. */
export async function firstLineMs(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [program = "", ...args] = argv;
  const begin = performance.now();
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", ...env },
  }).spawn();
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  const end = performance.now();
  if (done) {
    throw new Error(`Cannot time ${argv.join(" ")}: it printed nothing`);
  }
  while (!(await reader.read()).done);
  await child.status;
  return end - begin;
}
