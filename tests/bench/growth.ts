/** How the cost of a sample grows with the tree. */
import {
  type Bench,
  cContender,
  costsPerSample,
  type Part,
  ratios,
  sourceContender,
  startTree,
  type Table,
} from "./_bench.ts";
import { type Figure, figureOf } from "./_figure.ts";

const SIZES = [
  { processes: 10, samples: 240 },
  { processes: 100, samples: 240 },
  { processes: 1000, samples: 80 },
  { processes: 5000, samples: 30 },
] as const;
const SMOKE_SIZES = [
  { processes: 100, samples: 120 },
  { processes: 1000, samples: 40 },
] as const;
const LIMIT = 1.2;

export const growth: Part = {
  name: "growth",
  steps: (bench) => 2 * bench.rounds * sizesOf(bench).length,
  run: measure,
};

function sizesOf(bench: Bench) {
  return bench.smoke ? SMOKE_SIZES : SIZES;
}

/** Each round measures all sizes, since the sizes are compared with each other. */
async function measure(bench: Bench): Promise<Table> {
  const procline = new Map<number, number[]>();
  const c = new Map<number, number[]>();
  for (let round = 0; round < bench.rounds; round++) {
    for (const { processes, samples } of sizesOf(bench)) {
      await using tree = await startTree(bench, { processes });
      const contenders = [
        sourceContender(bench, samples),
        cContender(bench, samples),
      ];
      const costs = await costsPerSample({ ...bench, rounds: 1 }, {
        root: tree.root,
        contenders,
      });
      for (const [i, costsOf] of [procline, c].entries()) {
        const [cost = NaN] = costs.get(contenders[i]?.name ?? "") ?? [];
        costsOf.set(processes, [
          ...costsOf.get(processes) ?? [],
          1000 * cost / processes,
        ]);
      }
    }
  }
  const figures = new Map<number, Figure>(
    procline.entries().map(([processes, values]) => [
      processes,
      figureOf(values),
    ]),
  );
  const beyond100 = [...figures].filter(([processes]) => processes >= 100)
    .map(([, { median }]) => median);
  return {
    title: "CPU of one process in one sample, by the size of the tree",
    columns: ["processes", "microseconds, procline", "C", "ratio to C"],
    rows: [...figures].map(([processes, figure]) => [
      processes,
      figure,
      figureOf(c.get(processes) ?? []),
      ratios(procline.get(processes), c.get(processes)),
    ]),
    goals: [{
      what:
        "CPU of a process in the largest tree to the least in smaller ones from 100",
      ratio: (beyond100.at(-1) ?? NaN) / Math.min(...beyond100.slice(0, -1)),
      limit: LIMIT,
    }],
  };
}
