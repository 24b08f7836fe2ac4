/** What a small tree costs on a host with many processes that are not in it. */
import {
  type Bench,
  cContender,
  costsPerSample,
  type Part,
  sourceContender,
  startTree,
  type Table,
} from "./_bench.ts";
import { figureOf } from "./_figure.ts";

const SAMPLES = 120;
const OTHERS = 10_000;

export const largeHost: Part = {
  name: "large_host",
  steps: (bench) => 4 * bench.rounds,
  run: measure,
};

async function measure(bench: Bench): Promise<Table> {
  await using tree = await startTree(bench, { processes: 10 });
  const contenders = [
    sourceContender(bench, SAMPLES),
    cContender(bench, SAMPLES),
  ];
  const options = { root: tree.root, contenders };
  const alone = await costsPerSample(bench, options);
  await using _others = await startTree(bench, { processes: OTHERS });
  const crowded = await costsPerSample(bench, options);
  const [procline = "", c = ""] = contenders.map(({ name }) => name);
  const extra = (crowded.get(procline) ?? []).map((cost, i) =>
    1000 * (cost - (alone.get(procline)?.[i] ?? NaN)) / OTHERS
  );
  return {
    title: "CPU of one sample of a tree of ten, by the rest of the host",
    columns: [
      "processes outside the tree",
      "ms, procline",
      "ms, C (walks the tree alone)",
    ],
    rows: [
      [
        "this machine's",
        figureOf(alone.get(procline) ?? []),
        figureOf(alone.get(c) ?? []),
      ],
      [
        `${OTHERS} more`,
        figureOf(crowded.get(procline) ?? []),
        figureOf(crowded.get(c) ?? []),
      ],
      ["microseconds for each of them", figureOf(extra), ""],
    ],
    goals: [],
  };
}
