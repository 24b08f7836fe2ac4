/** What a report costs: from the lines of an hour, and at the end of a run of ten hours. */
import { format as records } from "../../src/format/records.ts";
import { END, RUN } from "../support/samples.ts";
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
import { PROCESSES, samplesOf, SECONDS_OF_HOUR } from "./_made_up_samples.ts";

const MEBIBYTE = 1024 ** 2;
/** What a report of ten hours may take beside the run, in mebibytes, and at its end. */
const MOST_LIVE_MIB = 64;
const MOST_END_MS = 2000;

export const html: Part = {
  name: "html",
  steps: ({ rounds }) => 2 * rounds + 2,
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
  const live = await tenHours(bench, "report");
  const alone = await tenHours(bench, "alone");
  const moreMib = (live.peakBytes - alone.peakBytes) / MEBIBYTE;
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
      ["memory of ten hours, beside none", "", "", moreMib, ""],
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
      {
        what: "The end of ten hours, of 2 s",
        ratio: live.ms / MOST_END_MS,
        limit: 1,
      },
      {
        what: "Memory of ten hours beside a run, of 64 MiB",
        ratio: moreMib / MOST_LIVE_MIB,
        limit: 1,
      },
    ],
  };
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
  for (const sample of samplesOf(SECONDS_OF_HOUR)) {
    await write(encoder.lines(sample));
  }
  await write(encoder.end(END));
}

/** The end of ten hours, and how large the program was at most. */
interface TenHours {
  readonly ms: number;
  readonly bytes: number;
  readonly peakBytes: number;
}

async function tenHours(bench: Bench, what: string): Promise<TenHours> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `${BENCH}ten_hours.ts`, what],
    stdin: "null",
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) {
    throw new Error(`Cannot measure ten hours: ${decoder.decode(stderr)}`);
  }
  bench.step(`ten hours, ${what}`);
  return JSON.parse(decoder.decode(stdout));
}
