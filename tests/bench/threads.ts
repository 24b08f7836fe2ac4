/** What the threads of a process cost: nothing, as long as their files are not read. */
import {
  type Bench,
  cContender,
  type Contender,
  costsPerSample,
  type Part,
  ratios,
  sourceContender,
  startTree,
  type Table,
} from "./_bench.ts";
import { figureOf } from "./_figure.ts";

const SAMPLES = 200;
const SMOKE_SAMPLES = 40;
const THREADS = 1000;

export const threads: Part = {
  name: "threads",
  steps: (bench) => 4 * bench.rounds,
  run: measure,
};

async function measure(bench: Bench): Promise<Table> {
  await using one = await startTree(bench, { processes: 1 });
  await using many = await startTree(bench, { processes: 1, threads: THREADS });
  const roots = [{ count: 1, root: one.root }, {
    count: THREADS,
    root: many.root,
  }];
  const samples = bench.smoke ? SMOKE_SAMPLES : SAMPLES;
  const contenders = [
    sourceContender(bench, samples),
    cContender(bench, samples),
  ]
    .flatMap(({ name, samples, run }) =>
      roots.map(({ count, root }): Contender => ({
        name: `${name}, ${count}`,
        samples,
        run: async (_, samples) => await run(root, samples),
      }))
    );
  const costs = await costsPerSample(bench, { root: one.root, contenders });
  const lists = contenders.map(({ name }) => costs.get(name) ?? []);
  const [few = [], all = [], cFew = [], cAll = []] = lists;
  return {
    title: "CPU of one sample of one process, by its threads",
    columns: ["threads", "ms, procline", "ms, C"],
    rows: [
      [1, figureOf(few), figureOf(cFew)],
      [THREADS, figureOf(all), figureOf(cAll)],
      ["ratio", ratios(all, few), ratios(cAll, cFew)],
    ],
    goals: [{
      what: "CPU of procline for a process with 1,000 threads to one with one",
      ratio: ratios(all, few).median,
      limit: 1.2,
    }],
  };
}
