/**
 * What every part of the bench works with: compiled programs, trees of sleeping processes, and the
 * cost of a command.
 */
import { type Figure, figureOf } from "./_figure.ts";

/** The directory of the checkout, with a slash at its end. */
export const CHECKOUT: string = decodeURIComponent(
  new URL("../../", import.meta.url).pathname,
);

/** The directory of the bench, with a slash at its end. */
export const BENCH = `${CHECKOUT}tests/bench/`;

/**
 * The pause between two samples in milliseconds: long enough for all that is measured here, short
 * enough for many.
 */
export const INTERVAL_MS = 30;

/** How much is measured, and with what. */
export interface Bench {
  /** Where the compiled programs are. */
  readonly directory: string;
  /** How often each measurement is repeated. */
  readonly rounds: number;
  /** Whether the short version runs, which measures less and takes about a minute. */
  readonly smoke: boolean;
  /**
   * The compiled procline, and a compiled program that only parses its arguments; null where `deno
   * compile` finds no runtime.
   */
  readonly binaries: Binaries | null;
  /** All modules as one file. */
  readonly bundle: string;
  /** Called once for each unit of work that is done, of as many as the part has told. */
  readonly step: (done: string) => void;
}

/** Programs that `deno compile` has made. */
export interface Binaries {
  /** As it is released: from the bundle. */
  readonly procline: string;
  /** The same from the modules. */
  readonly fromModules: string;
  readonly argsOnly: string;
}

/** What a ratio is to be held to. */
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
   * How many samples it takes in a run; the cost of one is this run's less that of a run of one,
   * divided.
   */
  readonly samples: number;
  /** Runs it, and gives the CPU milliseconds it has used. */
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

/** The plain C program. */
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

/** procline from its source. */
export function sourceContender(
  bench: Bench,
  samples: number,
  options: readonly string[] = [],
): Contender {
  return proclineContender(bench, {
    name: ["procline, source", ...options].join(" "),
    command: [Deno.execPath(), "run", "-A", `${CHECKOUT}mod.ts`],
    samples,
    options,
  });
}

/** procline as a binary; none where there is none. */
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
      `--pid=${root}`,
      `--count=${samples}`,
      `--interval=${INTERVAL_MS}ms`,
      ...procline.options,
    ],
  });
}

/** The CPU milliseconds that a command uses, with all that it starts and waits for. */
export async function cpuMilliseconds(
  bench: Bench,
  argv: readonly string[],
): Promise<number> {
  await using cost = startCost(bench, argv);
  return await cost.milliseconds();
}

/** A command under measure; it is ended where its block ends. */
export interface Cost extends AsyncDisposable {
  /** Sends it SIGTERM. */
  terminate(): void;
  /** What it has used by its end. */
  milliseconds(): Promise<number>;
}

/** Starts a command under measure. */
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
    milliseconds: async () => {
      const { code, stdout, stderr } = await output;
      hasEnded = true;
      const decoder = new TextDecoder();
      if (code !== 0) {
        throw new Error(
          `Cannot measure ${argv.join(" ")}: ${decoder.decode(stderr)}`,
        );
      }
      const { user, kernel } = JSON.parse(decoder.decode(stdout));
      return 1000 * (user + kernel);
    },
    [Symbol.asyncDispose]: async () => {
      if (!hasEnded) Deno.kill(child.pid, "SIGKILL");
      await output;
    },
  };
}

/** A tree of sleeping processes, which ends where its block does. */
export interface SleepingTree extends AsyncDisposable {
  /** Its root's process id. */
  readonly root: number;
}

/** Starts a tree, and waits until each of its processes sleeps. */
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
 * The CPU milliseconds of one sample of each contender, in each round: a run of many samples less a
 * run of one, divided. The contenders take turns, so that what disturbs one round disturbs all of
 * them.
 */
export async function costsPerSample(
  bench: Bench,
  options: { readonly root: number; readonly contenders: readonly Contender[] },
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { root, contenders } = options;
  const costs = new Map<string, number[]>(
    contenders.map(({ name }) => [name, []]),
  );
  for (let round = 0; round < bench.rounds; round++) {
    for (const { name, samples, run } of contenders) {
      const many = await run(root, samples);
      const one = await run(root, 1);
      costs.get(name)?.push((many - one) / (samples - 1));
      bench.step(name);
    }
  }
  return costs;
}

/** The values of one list, each divided by its counterpart in another. */
export function ratios(
  values: readonly number[] = [],
  base: readonly number[] = [],
): Figure {
  return figureOf(values.map((value, i) => value / (base[i] ?? NaN)));
}
