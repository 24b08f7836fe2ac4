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

/** A tree, and which samples of a run are measured: those after the first `from`. */
interface Size {
  readonly processes: number;
  readonly from: number;
  readonly samples: number;
}

const SIZES: readonly Size[] = [
  // Of a few processes it takes V8 hundreds of samples to find out which code is worth compiling:
  // what that costs, and what is left of it later.
  { processes: 10, from: 1, samples: 480 },
  { processes: 10, from: 480, samples: 1200 },
  { processes: 50, from: 1, samples: 480 },
  { processes: 50, from: 480, samples: 1200 },
  { processes: 100, from: 1, samples: 240 },
  { processes: 1000, from: 1, samples: 80 },
  { processes: 5000, from: 1, samples: 30 },
];
const SMOKE_SIZES: readonly Size[] = [
  { processes: 100, from: 1, samples: 120 },
  { processes: 1000, from: 1, samples: 40 },
];
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
  const costs = new Map<string, Map<Size, number[]>>();
  for (let round = 0; round < bench.rounds; round++) {
    for (const size of sizesOf(bench)) {
      const { processes, from, samples } = size;
      await using tree = await startTree(bench, { processes });
      const measured = await costsPerSample({ ...bench, rounds: 1 }, {
        root: tree.root,
        contenders: contendersOf(bench, samples),
        from,
      });
      for (const [name, [cost = NaN]] of measured) {
        const bySize = costs.get(name) ?? new Map<Size, number[]>();
        const before = bySize.get(size) ?? [];
        costs.set(
          name,
          bySize.set(size, [
            ...before,
            1000 * cost / processes,
          ]),
        );
      }
    }
  }
  const [c = "", ...ours] = contendersOf(bench, 1).map(({ name }) => name);
  const [source = ""] = ours;
  const of = (name: string, size: Size) => costs.get(name)?.get(size) ?? [];
  const goalsAt = (size: Size): Goal[] => {
    const limit = SMALL_GOALS.get(size.processes);
    return limit === undefined ? [] : ours.map((name) => ({
      what:
        `CPU of ${name} to that of the C program, ${size.processes} processes, samples ${
          samplesOf(size)
        }`,
      ratio: ratios(of(name, size), of(c, size)).median,
      limit,
    }));
  };
  const sizes = sizesOf(bench);
  const largest = sizes.filter(({ processes }) => processes >= 100)
    .map((size) => figureOf(of(source, size)).median);
  return {
    title: "CPU of one process in one sample, by the size of the tree",
    columns: [
      "processes",
      "samples",
      ...["microseconds, source", "binary"].slice(0, ours.length),
      "C",
      ...["source to C", "binary to C"].slice(0, ours.length),
    ],
    rows: sizes.map((size) => [
      size.processes,
      samplesOf(size),
      ...ours.map((name) => figureOf(of(name, size))),
      figureOf(of(c, size)),
      ...ours.map((name) => ratios(of(name, size), of(c, size))),
    ]),
    goals: [
      ...sizes.flatMap((size) => goalsAt(size)),
      {
        what:
          "CPU of a process in the largest tree to the least in smaller ones from 100",
        ratio: (largest.at(-1) ?? NaN) / Math.min(...largest.slice(0, -1)),
        limit: LIMIT,
      },
    ],
  };
}

/** Which samples of a run are measured. */
function samplesOf({ from, samples }: Size): string {
  return `${from + 1} to ${samples}`;
}

function contendersOf(bench: Bench, samples: number): Contender[] {
  return [
    cContender(bench, samples),
    sourceContender(bench, samples),
    ...binaryContender(bench, samples),
  ];
}
