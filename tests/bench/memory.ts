/** The memory of the binary, beside that of a compiled program that only parses its arguments. */
import {
  type Bench,
  type Binaries,
  type Part,
  startTree,
  type Table,
} from "./_bench.ts";
import { residentBytes, slopeOf } from "../support/memory.ts";
import { figureOf, formatNumber } from "./_figure.ts";

const PROCESSES = 1000;
const MIB = 1024 ** 2;

export const memory: Part = {
  name: "memory",
  steps: (bench) => bench.binaries === null ? 0 : runsOf(bench),
  run: measure,
};

function runsOf(bench: Bench): number {
  return bench.smoke ? 1 : 3;
}

async function measure(bench: Bench): Promise<Table> {
  const title =
    `Resident memory of the binary at ${PROCESSES} processes, by /proc/PID/statm`;
  if (bench.binaries === null) {
    return { title, columns: ["no binary"], rows: [], goals: [] };
  }
  await using tree = await startTree(bench, { processes: PROCESSES });
  const samples = bench.smoke ? 200 : 600;
  const floors: number[] = [];
  const lasts: number[] = [];
  const slopes: number[] = [];
  for (let run = 0; run < runsOf(bench); run++) {
    floors.push(await argsOnlyBytes(bench.binaries) / MIB);
    const sizes = (await proclineBytes(bench.binaries, {
      root: tree.root,
      samples,
    })).map((bytes) => bytes / MIB);
    lasts.push(sizes.at(-1) ?? NaN);
    slopes.push(1024 * slopeOf(sizes.slice(samples / 2)));
    bench.step("procline, binary");
  }
  const ratio = figureOf(lasts.map((last, i) => last / (floors[i] ?? NaN)));
  return {
    title,
    columns: ["program", "MiB", "KiB more with each sample"],
    rows: [
      ["only parses its arguments", figureOf(floors), ""],
      [
        `procline after ${samples} samples`,
        figureOf(lasts),
        `${slopes.map(formatNumber).join(", ")} over the last ${samples / 2}`,
      ],
      ["ratio", ratio, ""],
    ],
    goals: [{
      what:
        "Memory of the binary to that of a program that parses its arguments",
      ratio: ratio.median,
      limit: 1.35,
    }],
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
  options: { readonly root: number; readonly samples: number },
): Promise<number[]> {
  const child = new Deno.Command(procline, {
    args: [
      `--pid=${options.root}`,
      `--count=${options.samples + 1}`,
      "--interval=20ms",
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const sizes: number[] = [];
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  for await (const text of lines) {
    for (const _ of text.matchAll(/"kind":"tree"/g)) {
      if (sizes.length < options.samples) sizes.push(residentBytes(child.pid));
    }
  }
  await child.status;
  return sizes;
}
