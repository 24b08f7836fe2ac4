/** What must be true of every line, whatever was read. */
import { LINES } from "../../src/model/dictionary.ts";
import type { Fields } from "../../src/model/field.ts";
import { faultsBySchema } from "./schema.ts";

/** A line of any kind. */
// deno-lint-ignore no-explicit-any
export type AnyLine = Readonly<Record<string, any>>;

const MAY_BE_NEGATIVE = new Set(["nice", "priority"]);

/** The fields of each kind of line by their names on it. */
const FIELDS_BY_KIND = new Map(
  Object.entries<Fields>(LINES).map(([kind, fields]) => [
    kind,
    new Map(Object.values(fields).map((field) => [field.name, field])),
  ]),
);
const ROUNDING = 1e-3;
/** No host and no recording of these tests has fewer CPUs: below them nothing is held. */
const FEWEST_CPUS = navigator.hardwareConcurrency > 1 ? 2 : 1;

/** What is wrong with the lines of one sample, a sentence each. */
export function faultsOf(text: string): string[] {
  if (!text.endsWith("\n")) return ["The last line has no end"];
  const lines: AnyLine[] = text.trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  return [...lines.flatMap(faultsOfLine), ...faultsOfSums(lines)];
}

/** Whether a value is null, or a map with a figure that is. */
function hasNull(value: unknown): boolean {
  return value === null ||
    (typeof value === "object" && Object.values(value).some(hasNull));
}

function faultsOfLine(line: AnyLine): string[] {
  const faults = faultsBySchema(line);
  const is = `${line.kind} line`;
  const fields = FIELDS_BY_KIND.get(line.kind);
  if (fields === undefined) return [`A line is of kind ${line.kind}`];
  const order = [...fields.keys(), "unreadable"];
  const positions = Object.keys(line).map((name) => order.indexOf(name))
    .filter((at) => at >= 0);
  if (positions.some((at, i) => at < (positions[i - 1] ?? 0))) {
    faults.push(`A ${is} has its fields in another order: ${line}`);
  }
  for (const [name, reason] of Object.entries(line.unreadable ?? {})) {
    // A process without lines of a kind says why under the name of that kind.
    if (hasNull(line[name]) || FIELDS_BY_KIND.has(name)) continue;
    faults.push(`A ${is} calls its ${name} of ${line[name]} ${reason}`);
  }
  for (const [name, value] of Object.entries(line)) {
    if (hasNull(value)) {
      const isSaid = line.unreadable?.[name] !== undefined ||
        fields.get(name)?.nullMeans !== undefined;
      if (!isSaid) faults.push(`A ${is} does not say why ${name} is null`);
    } else if (typeof value !== "number") {
      continue;
    } else if (fields.get(name)?.unit === "percent") {
      const most = name.endsWith("cpu_limit_percentage")
        ? Infinity
        : 100 * maxCores(line);
      if (!(value >= 0 && value <= most + ROUNDING)) {
        faults.push(`A ${is} has a ${name} of ${value}`);
      }
    } else if (value < 0 && !MAY_BE_NEGATIVE.has(name)) {
      faults.push(`A ${is} has a ${name} of ${value}`);
    }
  }
  return faults;
}

/** The counter that a figure is made of, by the names of both. */
function counterBehind(kind: string, name: string): string {
  if (kind === "host") return "cpu_seconds_total";
  return name.replace(/_limit_percentage$/, "_percentage")
    .replace(/_percentage$/, "_seconds_total")
    .replace(/_per_second$/, "_total");
}

/** What names the thing that a line is about. */
function subjectOf(line: AnyLine): string {
  return JSON.stringify([line.kind, line.pid, line.start_ticks, line.path]);
}

/**
 * The figures of a sample that are null for want of an earlier reading, as it seems, though the
 * sample before has the counter behind them: they lack a reason.
 */
export function faultsOfSilence(
  before: string | undefined,
  text: string,
): string[] {
  if (before === undefined) return [];
  const earlier = new Map(
    before.trimEnd().split("\n").map((line): [string, AnyLine] => {
      const parsed = JSON.parse(line);
      return [subjectOf(parsed), parsed];
    }),
  );
  return text.trimEnd().split("\n").flatMap((json) => {
    const line: AnyLine = JSON.parse(json);
    const last = earlier.get(subjectOf(line));
    const fields = FIELDS_BY_KIND.get(line.kind);
    return Object.entries(line).flatMap(([name, value]) => {
      const { nullMeans = "" } = fields?.get(name) ?? {};
      if (value !== null || !nullMeans.includes("earlier reading")) return [];
      if (line.unreadable?.[name] !== undefined) return [];
      if (name === "cpu_limit_percentage" && line.cpu_limit_cores === null) {
        return line.unreadable?.cpu_limit_cores === undefined
          ? []
          : [`A ${line.kind} line does not say why ${name} is null`];
      }
      const behind = last?.[counterBehind(line.kind, name)] ?? null;
      return behind === null
        ? []
        : [`A ${line.kind} line is silent on ${name} after ${behind}`];
    });
  });
}

function faultsOfSums(lines: readonly AnyLine[]): string[] {
  const faults: string[] = [];
  const tree = lines.at(-1);
  if (tree?.kind !== "tree") return ["The last line is not the tree's"];
  const mapped = new Set(
    lines.filter(({ kind }) => kind === "smaps").map(({ pid }) => pid),
  );
  for (const { kind, pid, unreadable } of lines) {
    if (kind !== "process" || unreadable?.smaps === undefined) continue;
    if (mapped.has(pid)) faults.push(`Process ${pid} has mappings, and none`);
  }
  const processes = lines.filter(({ kind }) => kind === "process");
  if (tree.num_processes !== processes.length) {
    faults.push(
      `${processes.length} lines for ${tree.num_processes} processes`,
    );
  }
  for (const name of ["num_threads", "rss_bytes", "vsize_bytes"]) {
    const sum = processes.reduce((sum, line) => sum + (line[name] ?? 0), 0);
    if (tree[name] !== null && tree[name] !== sum) {
      faults.push(
        `The ${name} of the tree are ${tree[name]}, the lines' ${sum}`,
      );
    }
  }
  const most = 100 * maxCores(tree);
  for (const { pid, cpu_percentage } of processes) {
    if (cpu_percentage > most + ROUNDING) {
      faults.push(`Process ${pid} has a cpu_percentage of ${cpu_percentage}`);
    }
  }
  const sum = sumOfShares(processes, tree);
  if (sum !== null && Math.abs(sum - tree.cpu_percentage) > ROUNDING * 10) {
    faults.push(
      `Lines and unseen have ${sum} % of a core, the tree ${tree.cpu_percentage}`,
    );
  }
  const pids = new Set(processes.map(({ pid }) => pid));
  if (pids.size < processes.length) faults.push("A process has two lines");
  return [...faults, ...faultsOfThreads(lines, processes)];
}

/** Threads have the process that they are of, and make what it has used with what is unseen. */
function faultsOfThreads(
  lines: readonly AnyLine[],
  processes: readonly AnyLine[],
): string[] {
  const threads = lines.filter(({ kind }) => kind === "thread");
  const faults = threads.filter(({ cpu_percentage }) =>
    (cpu_percentage ?? 0) > 100
  ).map(({ tid, cpu_percentage }) =>
    `Thread ${tid} has a cpu_percentage of ${cpu_percentage}`
  );
  const byPid = Map.groupBy(threads, ({ pid }) => pid);
  const tids = new Set(threads.map(({ tid }) => tid));
  if (tids.size < threads.length) faults.push("A thread has two lines");
  for (const process of processes) {
    const { pid, unseen_threads_cpu_seconds: unseen, unreadable } = process;
    const own = byPid.get(pid) ?? [];
    byPid.delete(pid);
    if (unseen === undefined) continue;
    if ((unseen === null) !== (unreadable?.thread !== undefined)) {
      faults.push(`Process ${pid} does not say why a thread is missing`);
    }
    const seen = own.reduce((sum, thread) => sum + secondsOf(thread), 0);
    const expected = Math.max(secondsOf(process) - seen, 0);
    if (unseen !== null && Math.abs(unseen - expected) > ROUNDING) {
      faults.push(`Process ${pid} has ${unseen} s unseen, not ${expected}`);
    }
  }
  for (const pid of byPid.keys()) {
    faults.push(`A thread is of process ${pid}, which has no line`);
  }
  return faults;
}

function secondsOf(line: AnyLine): number {
  return line.user_cpu_seconds_total + line.kernel_cpu_seconds_total;
}

/**
 * The lines' CPU and what is unseen; null if it is not known, if a line is over another window than
 * the tree's, or if what was measured was held to the CPUs there are.
 */
function sumOfShares(
  processes: readonly AnyLine[],
  tree: AnyLine,
): number | null {
  const window = tree.interval_seconds;
  const isKnown = tree.consistent && tree.unseen_cpu_percentage !== null &&
    window !== null && window > 0 &&
    processes.every((line) =>
      line.cpu_percentage !== null &&
      Math.abs(line.cpu_window_seconds - window) < 1e-6
    );
  if (!isKnown || tree.cpu_percentage >= 100 * FEWEST_CPUS) return null;
  return processes.reduce(
    (sum, line) => sum + line.cpu_percentage,
    tree.unseen_cpu_percentage,
  );
}

/**
 * The most cores that a percentage may show: those of this host, the four of the recordings, or
 * those on the line, whichever is most. There is no limit if the line has no number of cores.
 */
function maxCores(line: AnyLine): number {
  return Math.max(line.num_cores ?? Infinity, navigator.hardwareConcurrency, 4);
}
