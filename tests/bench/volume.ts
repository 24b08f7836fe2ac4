/**
 * How much the lines of an hour take, by what is printed, and those of a fleet in a day: `deno task
 * volume`. The host is made up, so that the figures are the same on each machine: programs of 30
 * names, of which one in five uses CPU and memory in a second.
 */
// deno-lint-ignore-file no-console -- a tool prints.
import { CHECKOUT, readArguments } from "../../.ci/_tool.ts";
import { fd, io, stat, status } from "../../src/collect/mod.ts";
import { type FormatName, loadFormat } from "../../src/format/formats.ts";
import type { LineKind } from "../../src/model/field.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { groupBy } from "../../src/view/group_by.ts";
import { top } from "../../src/view/top.ts";
import type { View } from "../../src/view/view.ts";
import { startViews } from "../../src/view/views.ts";

const USAGE = `Say how much the lines of an hour take, by what is printed

Usage: deno task volume [--write]

      --write            Write the table into docs/shipping.md
  -h, --help             Print this help

Sizes are in MB an hour (10^6 bytes), at a sample a second, scaled up from the
lines of two minutes; those of a fleet are in GB a day (10^9 bytes), at a sample
each ten seconds, by arithmetic from two minutes of one host. zstd(1) at its
default level 3; without it the column is a dash.`;

const SIZES = [50, 500];
const SECONDS = 120;
const HOUR = 3600;
const DAY = 24 * HOUR;
const NAMES = [
  ...["nginx", "postgres", "python3", "node", "java", "redis-server"],
  ...Array.from({ length: 24 }, (_, i) => `service-${i + 1}`),
];
/** A fleet: how many hosts there are, with how many processes, and how often they are sampled. */
const FLEET = { hosts: 500, processes: 500, intervalSeconds: 10 };

/** What is printed. */
interface Choice {
  readonly options: string;
  readonly views: readonly View[];
  readonly format?: FormatName;
  /** Whether the text of a sample takes the place of the one before. */
  readonly isReplaced?: boolean;
  readonly fields?: readonly string[];
  readonly only?: readonly LineKind[];
}

const CHOICES: readonly Choice[] = [
  { options: "all", views: [] },
  { options: "--top 10", views: [top(10)] },
  {
    options: "--top 10 --fields comm,cpu_percentage,rss_bytes",
    views: [top(10)],
    fields: ["comm", "cpu_percentage", "rss_bytes"],
  },
  { options: "--group-by comm", views: [groupBy("comm")] },
  { options: "--only tree", views: [], only: ["tree"] },
];

/** The ways of a fleet into its store. */
const WAYS: readonly Choice[] = [
  { options: "all", views: [] },
  { options: "--top 20", views: [top(20)] },
  { options: "--group-by comm", views: [groupBy("comm")] },
  { options: "--only tree", views: [], only: ["tree"] },
  {
    options: "--format influx",
    views: [groupBy("comm")],
    format: "influx",
  },
  {
    options: "--format influx --tag-pid",
    views: [],
    format: "influx",
  },
  { options: "--format otlp", views: [], format: "otlp" },
  {
    options: "--format otlp --group-by comm",
    views: [groupBy("comm")],
    format: "otlp",
  },
  {
    options: "--export prometheus=FILE",
    views: [groupBy("comm")],
    format: "prometheus",
    isReplaced: true,
  },
];

/** The formats, of which {@linkcode sampleTable} says how long a sample is. */
const FORMS: readonly Choice[] = [
  { options: "--format records", views: [] },
  { options: "--format lading", views: [], format: "lading" },
  ...WAYS.filter(({ format = "records" }) => format !== "records"),
  {
    options: "--export openmetrics=FILE",
    views: [groupBy("comm")],
    format: "openmetrics",
    isReplaced: true,
  },
];
/** How many processes such a sample has. */
const LARGE = 1000;

/** A made-up process and what it has used. */
interface Life {
  readonly pid: number;
  readonly comm: string;
  userCpuSeconds: number;
  kernelCpuSeconds: number;
  rssBytes: number;
}

/** Numbers from 0 to 1 that look random and are the same in each run (mulberry32). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** The lines of two minutes, at a sample in each interval of so many seconds. */
async function linesOf(
  size: number,
  choice: Choice,
  intervalSeconds = 1,
): Promise<string> {
  const random = numbers(size);
  const fs = new MemoryFs();
  const clock = new ManualClock({ epochMs: 1_790_000_000_000 });
  const lives: Life[] = Array.from({ length: size }, (_, i) => ({
    pid: 1000 + i,
    comm: NAMES[i % NAMES.length] ?? "",
    userCpuSeconds: 10 * random.next().value,
    kernelCpuSeconds: random.next().value,
    rssBytes: 4096 * Math.floor(1000 + 20_000 * random.next().value),
  }));
  for (const life of lives) {
    fs.addProcess({ ...life, ppid: life.pid === 1000 ? 1 : 1000 });
  }
  const { fields, only } = choice;
  const format = await loadFormat(choice.format ?? "records");
  const needed = format.needs([]);
  using sampler = new Sampler({
    pid: 1000,
    fs,
    clock,
    collect: [stat(), status(), io(), fd()].filter(({ name }) =>
      needed.includes(name)
    ),
  });
  const run = sampler.describeRun();
  const encoder = format.create({ fields, only });
  const view = startViews(choice.views, run);
  const parts = [...encoder.begin(run)];
  sampler.sampleSilently();
  for (let second = 0; second < SECONDS; second++) {
    clock.pass(1);
    fs.pass(1);
    for (const life of lives) {
      if (random.next().value > 0.2) continue;
      life.userCpuSeconds += 0.9 * random.next().value;
      life.kernelCpuSeconds += 0.1 * random.next().value;
      life.rssBytes += 4096 * Math.floor(64 * random.next().value - 30);
      const { userCpuSeconds, kernelCpuSeconds, rssBytes } = life;
      fs.changeProcess(life.pid, {
        userCpuSeconds,
        kernelCpuSeconds,
        rssBytes,
      });
    }
    if ((second + 1) % intervalSeconds !== 0) continue;
    parts.push(...encoder.lines(view.apply(sampler.sample())));
  }
  return parts.join("");
}

/** The length of a text, compressed. */
async function gzipped(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return (await new Response(stream).arrayBuffer()).byteLength;
}

/** The same by zstd(1); null if it is not installed. */
async function zstandard(text: string): Promise<number | null> {
  try {
    const child = new Deno.Command("zstd", {
      args: ["-q", "-c"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const output = child.output();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    return (await output).stdout.length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function perHour(bytes: number | null): string {
  if (bytes === null) return "-";
  return rounded(bytes * HOUR / SECONDS / 1e6);
}

function rounded(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}

/**
 * The series of a text of points or metrics: what tells them apart, counted; null of other texts.
 */
function seriesOf(text: string, { format }: Choice): number | null {
  const lines = text.split("\n").filter((line) =>
    line !== "" && !line.startsWith("#")
  );
  if (format === "prometheus") {
    return new Set(lines.map((line) => line.replace(/ [^ ]*$/, ""))).size;
  }
  if (format !== "influx") return null;
  return new Set(lines.flatMap((line) => {
    // Escaped spaces are none that part the tags from the fields.
    const [tags = "", fields = ""] = line.replaceAll("\\ ", "_").split(" ");
    return fields.replaceAll(/"[^"]*"/g, '""').split(",")
      .map((field) => `${tags} ${field.split("=")[0]}`);
  })).size;
}

/** How long a sample is in each format. */
async function sampleTable(): Promise<string> {
  const rows: string[] = [];
  for (const form of FORMS) {
    const text = await linesOf(LARGE, form, FLEET.intervalSeconds);
    const samples = SECONDS / FLEET.intervalSeconds;
    const length = new TextEncoder().encode(text).length / samples;
    rows.push(
      `| \`${form.options}\` | ${rounded(length / 1000)} | ${
        rounded(length / LARGE)
      } |`,
    );
  }
  return [
    `A sample of ${LARGE} processes:`,
    "",
    "| printed | kB | bytes a process |",
    "| ------- | -- | --------------- |",
    ...rows,
  ].join("\n");
}

/** What a fleet makes in a day, by arithmetic from two minutes of one of its hosts. */
async function fleetTable(): Promise<string> {
  const { hosts, processes, intervalSeconds } = FLEET;
  const samples = SECONDS / intervalSeconds;
  const rows: string[] = [];
  for (const way of WAYS) {
    const text = await linesOf(processes, way, intervalSeconds);
    const length = new TextEncoder().encode(text).length;
    const perSample = length / samples;
    const perDay = (bytes: number | null) =>
      bytes === null ? "-" : rounded(bytes * (DAY / SECONDS) * hosts / 1e9);
    const series = seriesOf(text, way);
    const cells = [
      way.options === "all" ? "all lines" : `\`${way.options}\``,
      rounded(perSample / 1000),
      rounded(perSample * hosts / intervalSeconds / 1e6),
      perDay(length),
      way.isReplaced ? "-" : perDay(await zstandard(text)),
      series === null ? "-" : rounded(series * hosts / 1000),
    ];
    rows.push(`| ${cells.join(" | ")} |`);
  }
  return [
    `A fleet of ${hosts} hosts with ${processes} processes each, at a sample each ${intervalSeconds} s:`,
    "",
    "| way | kB a sample of a host | MB a second | GB a day | with zstd | thousands of series |",
    "| --- | --------------------- | ----------- | -------- | --------- | ------------------- |",
    ...rows,
  ].join("\n");
}

async function table(): Promise<string> {
  const rows: string[] = [];
  for (const size of SIZES) {
    for (const choice of CHOICES) {
      const text = await linesOf(size, choice);
      const length = new TextEncoder().encode(text).length;
      const cells = [
        String(size),
        choice.options === "all" ? "all lines" : `\`${choice.options}\``,
        perHour(length),
        perHour(await gzipped(text)),
        perHour(await zstandard(text)),
      ];
      rows.push(`| ${cells.join(" | ")} |`);
    }
  }
  return [
    "| processes | printed | raw | gzip | zstd |",
    "| --------- | ------- | --- | ---- | ---- |",
    ...rows,
  ].join("\n");
}

const BEGIN = "<!-- Written by `deno task volume --write`. -->";
const END = "<!-- End of what `deno task volume --write` has written. -->";

async function write(text: string): Promise<void> {
  const path = `${CHECKOUT}docs/shipping.md`;
  const page = await Deno.readTextFile(path);
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new Error(`Cannot find where to write in ${path}`);
  }
  const before = page.slice(0, begin + BEGIN.length);
  await Deno.writeTextFile(path, `${before}\n\n${text}\n\n${page.slice(end)}`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "-q", path],
  }).output();
  if (!success) throw new Error(`Cannot format ${path}`);
}

async function main(): Promise<void> {
  const { flags } = readArguments(USAGE, { flags: ["write"] });
  const tables = [await table(), await sampleTable(), await fleetTable()];
  const text = tables.join("\n\n");
  if (flags.has("write")) await write(text);
  else console.log(text);
}

if (import.meta.main) await main();
