/** What each collector adds to the cost of a process. */
import { COLLECTORS } from "../../src/collect/collectors.ts";
import {
  type Bench,
  costsPerSample,
  INTERVAL_MS,
  type Part,
  sampleArguments,
  SOURCE,
  sourceContender,
  startCost,
  startTree,
  type Table,
} from "./_bench.ts";
import { type Figure, figureOf, formatNumber } from "./_figure.ts";

const PROCESSES = 100;
const SAMPLES = 60;

export const collectors: Part = {
  name: "collectors",
  steps: (bench) => bench.rounds * (COLLECTORS.length + 3),
  run: measure,
};

async function measure(bench: Bench): Promise<Table> {
  await using tree = await startTree(bench, { processes: PROCESSES });
  const bare = sourceContender(bench, SAMPLES);
  const contenders = COLLECTORS.map((name) => ({
    ...sourceContender(bench, SAMPLES, [`--collect=${name}`]),
    name,
  }));
  const costs = await costsPerSample(bench, {
    root: tree.root,
    contenders: [bare, ...contenders],
  });
  const all = await costOfAll(bench, tree.root);
  const perProcess = (cost: number) => 1000 * cost / PROCESSES;
  const without = costs.get(bare.name) ?? [];
  return {
    title:
      `CPU that a collector adds to one of ${PROCESSES} processes (below 20 it is noise)`,
    columns: ["collector", "microseconds"],
    rows: [
      ["(without any)", figureOf(without.map(perProcess))],
      ...contenders.map(({ name }) => [
        name,
        figureOf(
          (costs.get(name) ?? []).map((cost, i) =>
            perProcess(cost - (without[i] ?? NaN))
          ),
        ),
      ]),
      [
        `--collect all, with all that a sample does (${
          formatNumber(all.kernelPercentage.median)
        } % of it in the kernel)`,
        figureOf(all.milliseconds.map(perProcess)),
      ],
      [
        "(C that opens and reads the same files of each process once: tests/bench/read.c)",
        figureOf(all.readMilliseconds.map(perProcess)),
      ],
    ],
    goals: [],
  };
}

/** What a sample costs with what `--collect all` reads. */
interface CostOfAll {
  /** CPU milliseconds, round by round. */
  readonly milliseconds: readonly number[];
  /** Those of a program that does nothing but read these files of each process. */
  readonly readMilliseconds: readonly number[];
  /** How much of it the kernel takes to give what is read. */
  readonly kernelPercentage: Figure;
}

async function costOfAll(bench: Bench, root: number): Promise<CostOfAll> {
  const usedBy = async (argv: readonly string[]) => {
    await using cost = startCost(bench, argv);
    return await cost.used();
  };
  const used = (samples: number) =>
    usedBy([...SOURCE, ...sampleArguments(root, samples), "--collect=all"]);
  const pause = `${1000 * INTERVAL_MS}`;
  const reading = (samples: number) =>
    usedBy([`${bench.directory}/read`, `${root}`, `${samples}`, pause]);
  const milliseconds: number[] = [];
  const readMilliseconds: number[] = [];
  const percentages: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    const many = await used(SAMPLES);
    const one = await used(1);
    const all = many.milliseconds - one.milliseconds;
    const kernel = many.kernelMilliseconds - one.kernelMilliseconds;
    milliseconds.push(all / (SAMPLES - 1));
    percentages.push(100 * kernel / all);
    bench.step("--collect all");
    const read = (await reading(SAMPLES)).milliseconds -
      (await reading(1)).milliseconds;
    readMilliseconds.push(read / (SAMPLES - 1));
    bench.step("reading alone");
  }
  return {
    milliseconds,
    readMilliseconds,
    kernelPercentage: figureOf(percentages),
  };
}
