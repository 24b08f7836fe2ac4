/** How the cost of a sample grows with the tree. */
import {
  type Bench,
  binaryContender,
  cContender,
  type Contender,
  costsPerSample,
  type Goal,
  type Part,
  ratios,
  sourceContender,
  startTree,
  type Table,
} from "./_bench.ts";
import { figureOf } from "./_figure.ts";

const SIZES = [
  // Of a few processes it takes V8 hundreds of samples to find out which code is worth compiling.
  { processes: 10, samples: 480 },
  { processes: 50, samples: 480 },
  { processes: 100, samples: 240 },
  { processes: 1000, samples: 80 },
  { processes: 5000, samples: 30 },
] as const;
const SMOKE_SIZES = [
  { processes: 100, samples: 120 },
  { processes: 1000, samples: 40 },
] as const;
const LIMIT = 1.2;
/** The ratio to C that small trees should keep. */
const SMALL_GOALS = new Map([[10, 1.8], [50, 1]]);

export const growth: Part = {
  name: "growth",
  steps: (bench) =>
    contendersOf(bench, 1).length * bench.rounds * sizesOf(bench).length,
  run: measure,
};

function sizesOf(bench: Bench) {
  return bench.smoke ? SMOKE_SIZES : SIZES;
}

/** Each round measures all sizes, since the sizes are compared with each other. */
async function measure(bench: Bench): Promise<Table> {
  /** Microseconds for a process, by contender and size, round by round. */
  const costs = new Map<string, Map<number, number[]>>();
  for (let round = 0; round < bench.rounds; round++) {
    for (const { processes, samples } of sizesOf(bench)) {
      await using tree = await startTree(bench, { processes });
      const measured = await costsPerSample({ ...bench, rounds: 1 }, {
        root: tree.root,
        contenders: contendersOf(bench, samples),
      });
      for (const [name, [cost = NaN]] of measured) {
        const bySize = costs.get(name) ?? new Map<number, number[]>();
        const before = bySize.get(processes) ?? [];
        costs.set(
          name,
          bySize.set(processes, [
            ...before,
            1000 * cost / processes,
          ]),
        );
      }
    }
  }
  const [c = "", ...ours] = contendersOf(bench, 1).map(({ name }) => name);
  const [source = ""] = ours;
  const of = (name: string, processes: number) =>
    costs.get(name)?.get(processes) ?? [];
  const goalsAt = (processes: number): Goal[] => {
    const limit = SMALL_GOALS.get(processes);
    return limit === undefined ? [] : ours.map((name) => ({
      what: `CPU of ${name} to that of the C program, ${processes} processes`,
      ratio: ratios(of(name, processes), of(c, processes)).median,
      limit,
    }));
  };
  const sizes = sizesOf(bench).map(({ processes }) => processes);
  const largest = sizes.filter((processes) => processes >= 100)
    .map((processes) => figureOf(of(source, processes)).median);
  return {
    title: "CPU of one process in one sample, by the size of the tree",
    columns: [
      "processes",
      ...["microseconds, source", "binary"].slice(0, ours.length),
      "C",
      ...["source to C", "binary to C"].slice(0, ours.length),
    ],
    rows: sizes.map((processes) => [
      processes,
      ...ours.map((name) => figureOf(of(name, processes))),
      figureOf(of(c, processes)),
      ...ours.map((name) => ratios(of(name, processes), of(c, processes))),
    ]),
    goals: [
      ...sizes.flatMap((processes) => goalsAt(processes)),
      {
        what:
          "CPU of a process in the largest tree to the least in smaller ones from 100",
        ratio: (largest.at(-1) ?? NaN) / Math.min(...largest.slice(0, -1)),
        limit: LIMIT,
      },
    ],
  };
}

function contendersOf(bench: Bench, samples: number): Contender[] {
  return [
    cContender(bench, samples),
    sourceContender(bench, samples),
    ...binaryContender(bench, samples),
  ];
}
