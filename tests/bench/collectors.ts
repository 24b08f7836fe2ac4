/** What each collector adds to the cost of a process. */
import { COLLECTORS } from "../../src/collect/collectors.ts";
import {
  type Bench,
  costsPerSample,
  type Part,
  sourceContender,
  startTree,
  type Table,
} from "./_bench.ts";
import { figureOf } from "./_figure.ts";

const PROCESSES = 100;
const SAMPLES = 60;

export const collectors: Part = {
  name: "collectors",
  steps: (bench) => bench.rounds * (COLLECTORS.length + 1),
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
  const perProcess = (cost: number) => 1000 * cost / PROCESSES;
  const without = costs.get(bare.name) ?? [];
  return {
    title: `CPU that a collector adds to one of ${PROCESSES} processes`,
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
    ],
    goals: [],
  };
}
