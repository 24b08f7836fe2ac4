/**
 * What a small tree costs on a host with many processes that are not in it, and on which some
 * start.
 */
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
import { figureOf } from "./_figure.ts";

const SAMPLES = 360;
const OTHERS = 10_000;
const FORKS_PER_SECOND = 20;
/** What V8 compiles for a first sample of so many others is done after these. */
const FIRST_SAMPLES = 60;
/** A sample among the others may cost this many times one without them. */
const MOST = 1.3;

export const largeHost: Part = {
  name: "large_host",
  steps: (bench) => 4 * bench.rounds,
  run: measure,
};

/** Starts so many processes a second that end at once, until it is disposed of. */
function startForks(perSecond: number): AsyncDisposable {
  const child = new Deno.Command("bash", {
    args: [
      "-c",
      `while read -rt ${1 / perSecond}; [ $? -gt 128 ]; do (:); done`,
    ],
    stdin: "piped",
  }).spawn();
  return {
    [Symbol.asyncDispose]: async () => {
      await child.stdin.close();
      await child.status;
    },
  };
}

async function measure(bench: Bench): Promise<Table> {
  await using tree = await startTree(bench, { processes: 10 });
  const contenders = [
    sourceContender(bench, SAMPLES),
    cContender(bench, SAMPLES),
  ];
  const options = { root: tree.root, contenders, from: FIRST_SAMPLES };
  await using _forks = startForks(FORKS_PER_SECOND);
  const alone = await costsPerSample(bench, options);
  await using _others = await startTree(bench, { processes: OTHERS });
  const crowded = await costsPerSample(bench, options);
  const [procline = "", c = ""] = contenders.map(({ name }) => name);
  const extra = (crowded.get(procline) ?? []).map((cost, i) =>
    1000 * (cost - (alone.get(procline)?.[i] ?? NaN)) / OTHERS
  );
  const ratio = ratios(crowded.get(procline), alone.get(procline));
  return {
    title:
      `CPU of one sample of a tree of ten, by the rest of the host, with ${FORKS_PER_SECOND} forks a second`,
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
    goals: [{
      what: `a tree of ten beside ${OTHERS} others, to the same without them`,
      ratio: ratio.median,
      limit: MOST,
    }],
  };
}
