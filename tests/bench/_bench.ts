/**
 * What the parts of the bench share: compiled programs, trees of sleeping processes, and the cost
 * of a command.
 */
import { type Figure, figureOf } from "./_figure.ts";

/** The directory of the checkout, with a slash at its end. */
export const CHECKOUT: string = decodeURIComponent(
  new URL("../../", import.meta.url).pathname,
);

/** The directory of the bench, with a slash at its end. */
export const BENCH = `${CHECKOUT}tests/bench/`;

/**
 * The time between two samples in milliseconds, except for the C program and pidstat. It is long
 * enough to take a sample, and short enough to take many.
 */
export const INTERVAL_MS = 30;

/** How much is measured, and with what. */
export interface Bench {
  /** Where the compiled programs are. */
  readonly directory: string;
  /** How often each measurement is repeated. */
  readonly rounds: number;
  /** Whether the short version runs. It measures less and takes about a minute. */
  readonly smoke: boolean;
  /**
   * The compiled procline, and a compiled program that only parses its arguments; null if there is
   * no runtime to compile with.
   */
  readonly binaries: Binaries | null;
  /** All modules as one file. */
  readonly bundle: string;
  /** Called after each unit of work; {@linkcode Part.steps} says how often. */
  readonly step: (done: string) => void;
}

/** Programs that `deno compile` has made. */
export interface Binaries {
  /** procline as it is released: compiled from the bundle. */
  readonly procline: string;
  /** procline compiled from its modules. */
  readonly fromModules: string;
  readonly argsOnly: string;
}

/** A ratio, and the limit that it should keep. */
export interface Goal {
  readonly what: string;
  readonly ratio: number;
  readonly limit: number;
}

/** What a part has measured. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly goals: readonly Goal[];
}

/** A text, a number that was counted, or one that was measured in several rounds. */
export type Cell = string | number | Figure;

/** A part of the bench: `deno task bench NAME`. */
export interface Part {
  readonly name: string;
  /** How often it calls `step`. */
  steps(bench: Bench): number;
  run(bench: Bench): Promise<Table>;
}

/** Something that samples a tree. */
export interface Contender {
  readonly name: string;
  /**
   * How many samples it takes in a run. The cost of one sample is the cost of this run less that of
   * a run of one sample, divided by the number of further samples.
   */
  readonly samples: number;
  /** Runs it, and returns the CPU milliseconds that it used. */
  run(root: number, samples: number): Promise<number>;
}

/** A contender that is a command. */
export function commandContender(
  bench: Bench,
  contender: {
    readonly name: string;
    readonly samples: number;
    argv(root: number, samples: number): readonly string[];
  },
): Contender {
  const { name, samples, argv } = contender;
  return {
    name,
    samples,
    run: async (root, samples) =>
      await cpuMilliseconds(bench, argv(root, samples)),
  };
}

/** walk.c, the plain C program. It pauses for half of {@linkcode INTERVAL_MS}. */
export function cContender(bench: Bench, samples: number): Contender {
  return commandContender(bench, {
    name: "C",
    samples,
    argv: (root, samples) => [
      `${bench.directory}/walk`,
      `${root}`,
      `${samples}`,
      `${INTERVAL_MS * 500}`,
    ],
  });
}

/** The command that is procline from its source. */
export const SOURCE: readonly string[] = [
  Deno.execPath(),
  "run",
  "-A",
  `${CHECKOUT}mod.ts`,
];

/** procline from its source. */
export function sourceContender(
  bench: Bench,
  samples: number,
  options: readonly string[] = [],
): Contender {
  return proclineContender(bench, {
    name: ["procline, source", ...options].join(" "),
    command: SOURCE,
    samples,
    options,
  });
}

/** procline as a binary; an empty list if there is no binary. */
export function binaryContender(bench: Bench, samples: number): Contender[] {
  return bench.binaries === null ? [] : [proclineContender(bench, {
    name: "procline, binary",
    command: [bench.binaries.procline],
    samples,
    options: [],
  })];
}

function proclineContender(
  bench: Bench,
  procline: {
    readonly name: string;
    readonly command: readonly string[];
    readonly samples: number;
    readonly options: readonly string[];
  },
): Contender {
  return commandContender(bench, {
    name: procline.name,
    samples: procline.samples,
    argv: (root, samples) => [
      ...procline.command,
      ...sampleArguments(root, samples),
      ...procline.options,
    ],
  });
}

/** The arguments by which procline takes so many samples of a tree. */
export function sampleArguments(root: number, samples: number): string[] {
  return [
    `--pid=${root}`,
    `--count=${samples}`,
    `--interval=${INTERVAL_MS}ms`,
  ];
}

/** The CPU milliseconds that a command uses, with all that it starts and reaps. */
export async function cpuMilliseconds(
  bench: Bench,
  argv: readonly string[],
): Promise<number> {
  await using cost = startCost(bench, argv);
  return (await cost.used()).milliseconds;
}

/** A command whose cost is measured. It is killed if it still runs at the end of its block. */
export interface Cost extends AsyncDisposable {
  /** Sends it SIGTERM. */
  terminate(): void;
  /** Waits for its end, and returns what it used. */
  used(): Promise<Used>;
}

/** What a command used, with all that it started and reaped. */
export interface Used {
  /** CPU milliseconds. */
  readonly milliseconds: number;
  /** Those of them in the kernel. */
  readonly kernelMilliseconds: number;
  /** The most resident memory of one of them, in bytes. */
  readonly peakBytes: number;
}

/** Starts a command whose cost is measured. */
export function startCost(bench: Bench, argv: readonly string[]): Cost {
  const child = new Deno.Command(`${bench.directory}/cost`, {
    args: [...argv],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  }).spawn();
  const output = child.output();
  let hasEnded = false;
  return {
    terminate: () => Deno.kill(child.pid, "SIGTERM"),
    used: async () => {
      const { code, stdout, stderr } = await output;
      hasEnded = true;
      const decoder = new TextDecoder();
      if (code !== 0) {
        throw new Error(
          `Cannot measure ${argv.join(" ")}: ${decoder.decode(stderr)}`,
        );
      }
      const { user, kernel, peak_kib: peak } = JSON.parse(
        decoder.decode(stdout),
      );
      return {
        milliseconds: 1000 * (user + kernel),
        kernelMilliseconds: 1000 * kernel,
        peakBytes: 1024 * peak,
      };
    },
    [Symbol.asyncDispose]: async () => {
      if (!hasEnded) Deno.kill(child.pid, "SIGKILL");
      await output;
    },
  };
}

/** A tree of sleeping processes. It ends with its block. */
export interface SleepingTree extends AsyncDisposable {
  readonly root: number;
}

/** Starts a tree, and waits until each of its processes runs its program. */
export async function startTree(
  bench: Bench,
  options: { readonly processes: number; readonly threads?: number },
): Promise<SleepingTree> {
  const { processes, threads = 1 } = options;
  const child = new Deno.Command(`${bench.directory}/tree`, {
    args: [`${processes}`, `${threads}`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  if (value === undefined) {
    throw new Error(`Cannot start a tree: it has ${processes} processes`);
  }
  return {
    root: child.pid,
    [Symbol.asyncDispose]: async () => {
      await child.stdin.close();
      await child.stdout.cancel();
      await child.status;
    },
  };
}

/**
 * The CPU milliseconds that a sample costs each contender, round by round: of a run less those of a
 * run of `from` samples. The contenders take turns in each round, so that a disturbance affects all
 * of them.
 */
export async function costsPerSample(
  bench: Bench,
  options: {
    readonly root: number;
    readonly contenders: readonly Contender[];
    /** Default: 1. */
    readonly from?: number;
  },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { root, contenders, from = 1 } = options;
  const costs = new Map<string, number[]>(
    contenders.map(({ name }) => [name, []]),
  );
  for (let round = 0; round < bench.rounds; round++) {
    for (const { name, samples, run } of contenders) {
      const many = await run(root, samples);
      const few = await run(root, from);
      costs.get(name)?.push((many - few) / (samples - from));
      bench.step(name);
    }
  }
  return costs;
}

/** Divides each value by the one at the same place in `base`. */
export function ratios(
  values: readonly number[] = [],
  base: readonly number[] = [],
): Figure {
  return figureOf(values.map((value, i) => value / (base[i] ?? NaN)));
}
