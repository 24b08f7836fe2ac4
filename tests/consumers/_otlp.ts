/** Lines of OTLP, and what a reader of them must have read, from the lines of `records`. */
import { assertEquals } from "@std/assert";
import { loadFormat } from "../../src/format/formats.ts";
import { openRecording } from "../../src/recording/replayed_run.ts";
import { linesOf } from "./_recorded.ts";
import type { Context } from "./consumer.ts";
import { recordingCases } from "../support/recordings.ts";

/** What two formats print of one recording. */
export interface Fed {
  readonly name: string;
  /** Lines of `otlp`. */
  readonly metrics: string;
  /** Lines of `otlp-logs`. */
  readonly logs: string;
  /** Lines of `records`. */
  readonly records: string;
}

/** A point or a log record, as both readers print it. */
export interface Item {
  readonly line: number;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly time: string;
  readonly int?: string;
  readonly double?: number;
  readonly flags?: number;
}

/** Each recording, and a live tree with hostile names, of which everything is collected. */
export async function feed(context: Context): Promise<Fed[]> {
  const path = `${context.directory}/hostile.rec`;
  await using tree = await context.startHostileTree();
  await context.procline([
    ..."--collect all --events --interval 200ms --count 3 --output /dev/null"
      .split(" "),
    ...["--record", path, "--pid", `${tree.pid}`],
  ]);
  const recordings = [...recordingCases(), { name: "hostile", path }];
  return await Promise.all(recordings.map(async ({ name, path }) => {
    const lines = linesOf(await Deno.readTextFile(path));
    return {
      name,
      metrics: await replay(lines, "otlp"),
      logs: await replay(lines, "otlp-logs"),
      records: await replay(lines, "records"),
    };
  }));
}

/** What `--replay` prints, without a new process for each. */
async function replay(
  lines: readonly string[],
  format: string,
): Promise<string> {
  const encoder = (await loadFormat(format)).create();
  using replayed = await openRecording(lines, { onMalformed: () => {} });
  const texts = [...encoder.begin(replayed.run)];
  for (const sample of replayed.samples()) {
    texts.push(...encoder.lines(sample));
  }
  if (replayed.end !== null) texts.push(...encoder.end(replayed.end));
  return texts.join("");
}

/** The items that a reader has printed. */
export function itemsIn(printed: string): Item[] {
  return linesOf(printed).map((line) => JSON.parse(line));
}

/** The fields of a process, and of the tree, that are compared: field, metric, attribute. */
const COMPARED: readonly (readonly [string, string, string])[] = [
  ["num_threads", "thread.count", ""],
  ["num_fds", "unix.file_descriptor.count", ""],
  ["rss_bytes", "memory.usage", ""],
  ["vsize_bytes", "memory.virtual", ""],
  ["user_cpu_seconds_total", "cpu.time", "user"],
  ["kernel_cpu_seconds_total", "cpu.time", "system"],
  ["minor_faults_total", "paging.faults", "minor"],
  ["major_faults_total", "paging.faults", "major"],
  ["io_read_bytes_total", "disk.io", "read"],
  ["io_written_bytes_total", "disk.io", "write"],
];

/** Which process or tree, when, and what of it; and the value, as text. */
type Figures = ReadonlyMap<string, string>;

/**
 * Compares the points that were read with the lines of `records`, value by value, and names byte by
 * byte.
 *
 * @returns How many values were compared.
 * @throws {Error} If they differ.
 */
export function compareMetrics(
  items: readonly Item[],
  records: string,
  name: string,
): number {
  const wanted = figuresOfRecords(records);
  assertEquals(figuresOfItems(items), wanted, name);
  return wanted.size;
}

function figuresOfRecords(records: string): Figures {
  const figures = new Map<string, string>();
  for (const line of linesOf(records)) {
    const fields = JSON.parse(line);
    const { kind, pid, start_ticks, epoch_ms, exe, comm } = fields;
    if (kind !== "process" && kind !== "tree") continue;
    const who = kind === "tree" ? "tree" : `${pid} ${start_ticks}`;
    if (kind === "process") {
      figures.set(`${who} ${epoch_ms} names`, JSON.stringify([exe, comm]));
    }
    for (const [field, metric, told] of COMPARED) {
      const value = fields[field] ?? null;
      if (value === null) continue;
      figures.set(`${who} ${epoch_ms} ${metric} ${told}`, String(value));
    }
  }
  return new Map([...figures].toSorted());
}

function figuresOfItems(items: readonly Item[]): Figures {
  const figures = new Map<string, string>();
  const metrics = new Set(COMPARED.map(([, metric]) => metric));
  for (const item of items) {
    const { resource, name, attributes, time, int, double, flags } = item;
    if (flags === 1) continue;
    const pid = resource["process.pid"];
    const who = pid === undefined
      ? "tree"
      : `${pid} ${resource["procline.start_ticks"]}`;
    const metric = name.replace(
      pid === undefined ? /^procline\.tree\./ : /^process\./,
      "",
    );
    if (metric === name || !metrics.has(metric)) continue;
    const epochMs = time.slice(0, -6);
    const [told = ""] = Object.values(attributes);
    const key = `${who} ${epochMs} ${metric} ${told}`;
    if (figures.has(key)) throw new Error(`${key} is there twice`);
    figures.set(key, int ?? String(double));
    if (pid === undefined) continue;
    const names = [
      resource["process.executable.name"] ?? null,
      resource["procline.comm"],
    ];
    figures.set(`${who} ${epochMs} names`, JSON.stringify(names));
  }
  return new Map([...figures].toSorted());
}

/**
 * Compares the log records that were read with the lines of `records`: which event, and of which
 * process.
 *
 * @returns How many were compared.
 * @throws {Error} If they differ.
 */
export function compareLogs(
  items: readonly Item[],
  records: string,
  name: string,
): number {
  const events = linesOf(records).map((line) => JSON.parse(line))
    .filter(({ kind }) => /^(?:start|exit|exec|reparented)$/.test(kind))
    .map(({ kind, pid, comm, cmdline }) => ({
      name: `procline.process.${kind}`,
      pid: String(pid),
      comm,
      cmdline: cmdline ?? undefined,
    }));
  const read = items.filter(({ name }) => name.startsWith("procline.process"))
    .map(({ name, attributes }) => ({
      name,
      pid: attributes["process.pid"],
      comm: attributes["procline.comm"],
      cmdline: attributes["process.command_args"],
    }));
  assertEquals(read, events, name);
  return events.length;
}
