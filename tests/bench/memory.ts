/** The memory of the binary, beside that of a compiled program that only parses its arguments. */
import {
  type Bench,
  type Binaries,
  type Part,
  ratios,
  startTree,
  type Table,
} from "./_bench.ts";
import { residentBytes, slopeOf } from "../support/memory.ts";
import { figureOf, formatNumber } from "./_figure.ts";

const PROCESSES = 1000;
const MIB = 1024 ** 2;

export const memory: Part = {
  name: "memory",
  steps: (bench) =>
    bench.binaries === null ? 0 : runsOf(bench) * waysOf(bench).length,
  run: measure,
};

/** The line in the head of a table that tells what the tree uses. */
const HEAD = /^CPU /gm;

/** The options of each run. */
const WAYS = [[], ["--top=10"], ["--format=table"]] as const;

function waysOf(bench: Bench): readonly (readonly string[])[] {
  return bench.smoke ? WAYS.slice(0, 1) : WAYS;
}

function runsOf(bench: Bench): number {
  return bench.smoke ? 1 : 3;
}

async function measure(bench: Bench): Promise<Table> {
  const title =
    `Resident memory of the binary at ${PROCESSES} processes, by /proc/PID/statm`;
  const { binaries } = bench;
  if (binaries === null) {
    return { title, columns: ["no binary"], rows: [], goals: [] };
  }
  await using tree = await startTree(bench, { processes: PROCESSES });
  const samples = bench.smoke ? 200 : 600;
  const floors: number[] = [];
  const runs = waysOf(bench).map((options) => ({
    options,
    lasts: [] as number[],
    slopes: [] as number[],
  }));
  for (let run = 0; run < runsOf(bench); run++) {
    floors.push(await argsOnlyBytes(binaries) / MIB);
    for (const { options, lasts, slopes } of runs) {
      const sizes = (await proclineBytes(binaries, {
        root: tree.root,
        samples,
        options,
      })).map((bytes) => bytes / MIB);
      lasts.push(sizes.at(-1) ?? NaN);
      slopes.push(1024 * slopeOf(sizes.slice(samples / 2)));
      bench.step(["procline, binary", ...options].join(" "));
    }
  }
  return {
    title,
    columns: [
      "program",
      "MiB",
      "to the first",
      "KiB more with each sample",
    ],
    rows: [
      ["only parses its arguments", figureOf(floors), "", ""],
      ...runs.map(({ options, lasts, slopes }) => [
        [`procline after ${samples} samples`, ...options].join(" "),
        figureOf(lasts),
        ratios(lasts, floors),
        `${slopes.map(formatNumber).join(", ")} over the last ${samples / 2}`,
      ]),
    ],
    goals: runs.map(({ options, lasts }) => ({
      what: [
        "Memory of the binary to that of a program that parses its arguments",
        ...options,
      ].join(" "),
      ratio: ratios(lasts, floors).median,
      limit: 1.3,
    })),
  };
}

async function argsOnlyBytes({ argsOnly }: Binaries): Promise<number> {
  const child = new Deno.Command(argsOnly, {
    args: ["--pid=1", "--interval=1s"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  reader.releaseLock();
  const bytes = residentBytes(child.pid);
  await child.stdin.close();
  await child.stdout.cancel();
  await child.status;
  return bytes;
}

/** The resident bytes of procline after each sample. */
async function proclineBytes(
  { procline }: Binaries,
  { root, samples, options }: {
    readonly root: number;
    readonly samples: number;
    readonly options: readonly string[];
  },
): Promise<number[]> {
  const child = new Deno.Command(procline, {
    args: [
      `--pid=${root}`,
      `--count=${samples + 1}`,
      "--interval=20ms",
      ...options,
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const sizes: number[] = [];
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  // What ends a sample: the tree's line, or what the head of a table says of the tree.
  const end = options.includes("--format=table") ? HEAD : /"kind":"tree"/g;
  for await (const text of lines) {
    for (const _ of text.matchAll(end)) {
      if (sizes.length < samples) sizes.push(residentBytes(child.pid));
    }
  }
  await child.status;
  return sizes;
}
