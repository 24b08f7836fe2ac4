/** What a report costs: from the lines of an hour, and at the end of a run of ten hours. */
import { format } from "../../src/format/html.ts";
import { format as records } from "../../src/format/records.ts";
import type { Sample } from "../../src/model/sample.ts";
import {
  END,
  EPOCH_MS,
  processOf,
  RUN,
  sampleOf,
  treeOf,
} from "../support/samples.ts";
import {
  BENCH,
  type Bench,
  CHECKOUT,
  type Part,
  ratios,
  startCost,
  type Table,
} from "./_bench.ts";
import { figureOf } from "./_figure.ts";

const PROCESSES = 200;
const HOUR_SAMPLES = 3600;
const MEBIBYTE = 1024 ** 2;
/** Of these a new process takes the place of one in each sample. */
const SHORT_LIVED = 20;

export const html: Part = {
  name: "html",
  steps: ({ rounds }) => 2 * rounds + 1,
  run: measure,
};

async function measure(bench: Bench): Promise<Table> {
  const lines = `${bench.directory}/hour.ndjson`;
  const page = `${bench.directory}/hour.html`;
  await writeHour(lines);
  const deno = [Deno.execPath(), "run", "-A", "--no-check"];
  const contenders = [
    {
      name: "JSON.parse of each line",
      argv: [`${BENCH}parse_lines.ts`, lines],
    },
    {
      name: "--replay LINES --format html",
      argv: [
        `${CHECKOUT}mod.ts`,
        ...["--replay", lines, "--format", "html", "--output", page],
      ],
    },
  ].map((one) => ({ ...one, times: [] as number[], peaks: [] as number[] }));
  for (let round = 0; round < bench.rounds; round++) {
    for (const { name, argv, times, peaks } of contenders) {
      await using cost = startCost(bench, [...deno, ...argv]);
      const { milliseconds, peakBytes } = await cost.used();
      times.push(milliseconds);
      peaks.push(peakBytes / MEBIBYTE);
      bench.step(name);
    }
  }
  const bytes = (path: string) => Deno.statSync(path).size;
  const [parsed, reported] = contenders;
  const ratio = ratios(reported?.times, parsed?.times);
  const live = endOfTenHours();
  bench.step("ten hours");
  return {
    title: `A report of ${PROCESSES} processes: CPU, the most memory, the page`,
    columns: ["", "ms", "times", "MiB", "bytes"],
    rows: [
      ...contenders.map(({ name, times, peaks }, i) => [
        `${name}, an hour`,
        figureOf(times),
        i === 0 ? "" : ratio,
        figureOf(peaks),
        `${bytes(i === 0 ? lines : page)}`,
      ]),
      ["the end of ten hours, live", live.ms, "", "", `${live.bytes}`],
    ],
    goals: [
      {
        what: "CPU of a report of lines to JSON.parse of the lines",
        ratio: ratio.median,
        limit: 2,
      },
      {
        what: "Memory of a report of lines, of 256 MiB",
        ratio: figureOf(reported?.peaks ?? []).median / 256,
        limit: 1,
      },
    ],
  };
}

/** The samples of made-up processes, one each second. */
function* samplesOf(count: number): Generator<Sample, void> {
  for (let seq = 0; seq < count; seq++) {
    const processes = Array.from({ length: PROCESSES }, (_, i) => {
      const isShort = i < SHORT_LIVED;
      return processOf({
        pid: isShort ? 10_000 + SHORT_LIVED * seq + i : 1000 + i,
        startTicks: isShort ? 90_000 + 100 * seq : 90_000,
        uptimeSeconds: isShort ? 0.5 : 10 + seq,
        comm: `worker-${i % 40}`,
        cpuPercentage: (7 * i + seq) % 100,
        rssBytes: MEBIBYTE * (1 + (i + seq) % 50),
        userCpuSecondsTotal: seq / 100,
      });
    });
    const sum = (of: (process: typeof processes[number]) => number) =>
      processes.reduce((total, process) => total + of(process), 0);
    yield sampleOf({
      epochMs: EPOCH_MS + 1000 * seq,
      processes,
      tree: treeOf({
        seq,
        numProcesses: PROCESSES,
        cpuPercentage: sum(({ cpuPercentage }) => cpuPercentage ?? 0),
        rssBytes: sum(({ rssBytes }) => rssBytes ?? 0),
      }),
    });
  }
}

async function writeHour(path: string): Promise<void> {
  const encoder = records.create();
  const encoded = new TextEncoder();
  using file = await Deno.create(path);
  const write = async (lines: Iterable<string>) => {
    const bytes = encoded.encode([...lines].join(""));
    for (let at = 0; at < bytes.length;) {
      at += await file.write(bytes.subarray(at));
    }
  };
  const run = { ...RUN, collectors: [], intervalSeconds: 1 };
  await write(encoder.begin(run));
  for (const sample of samplesOf(HOUR_SAMPLES)) {
    await write(encoder.lines(sample));
  }
  await write(encoder.end(END));
}

function endOfTenHours(): { readonly ms: number; readonly bytes: number } {
  const encoder = format.create();
  encoder.begin({ ...RUN, collectors: [], intervalSeconds: 1 });
  for (const sample of samplesOf(10 * HOUR_SAMPLES)) encoder.lines(sample);
  const begin = performance.now();
  const page = [...encoder.end(END)].join("");
  return { ms: performance.now() - begin, bytes: page.length };
}
