/**
 * The format `table`: for eyes. A head and a row for each process or group, block after block.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { GroupSample, RestSample } from "../model/group.ts";
import type { NullReasons } from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run, RunEnd } from "../model/run.ts";
import { lengthOfRun } from "../model/run_length.ts";
import type { Sample, TreeSample } from "../model/sample.ts";
import { inOnePiece } from "../text.ts";
import {
  NONE,
  showAge,
  showBytes,
  showChange,
  showCount,
  showPercentage,
} from "./_amounts.ts";
import { columnsOf, cutEnd, cutStart, safeText } from "./_cells.ts";
import { inFamilies } from "./_family_order.ts";
import { Growth } from "./_growth.ts";
import type { Encoder, EncoderOptions, Format, TextWindow } from "./format.ts";

/** The format `table`. */
export const format: Format = {
  reserved: new Set(),
  needs: (asked) => [
    ...asked.includes("cmdline") ? [] : ["cmdline_at_exec"],
    ...asked.includes("cgroup") ? [] : ["memory_limit"],
  ],
  isPicture: true,
  create: (options) => new TableEncoder(options),
};

/** A figure that could not be read. */
const UNKNOWN = "?";

/** Why a figure is not there, though nothing went wrong. */
const IS_NO_FAULT: ReadonlySet<string> = new Set([
  "zombie",
  "kernel_thread",
  "exiting",
  "first_sample",
]);

/** Where there is no window, nothing is cut. */
const ENDLESS: TextWindow = {
  columns: Infinity,
  rows: Infinity,
  hasColor: false,
};

/** The view `top` may leave a process out for a while: it is remembered for so many samples. */
const KEPT_SAMPLES = 60;

/** How many columns a child stands to the right of its parent. */
const INDENT = 2;
/** A row at this depth or deeper is not moved any further: the command would not be seen. */
const DEEPEST = 8;

const BOLD = "\u001b[1m";
const YELLOW = "\u001b[33m";
const PLAIN = "\u001b[0m";

/** A line, without its newline, and how it stands out. */
interface Line {
  readonly text: string;
  readonly style?: typeof BOLD | typeof YELLOW;
}

/** What is remembered of a process or a group, from one sample to the next. */
interface Remembered {
  /** When it started, and its program: another start or program has another growth. */
  readonly startTicks: Integer;
  readonly exe: string | null;
  readonly growth: Growth;
  /** The row that was made last, and of what; null before that, and for a group. */
  made: MadeRow | null;
  /** Its arguments when the text was made. */
  args: readonly string[] | null;
  text: string;
  /** The same, if the program is given by its path: without the directory. */
  short: string;
  /** The number of the latest sample that it was in. */
  seen: number;
  /** Its place among the rows of that sample; null before the first. */
  rank: number | null;
}

/** A row of a process, and what it was made of: it is made anew only if that has changed. */
interface MadeRow {
  readonly item: ProcessSample;
  readonly growth: number | null;
  readonly ageSeconds: number | null;
  readonly depth: number;
  readonly columns: number;
  readonly command: string;
  readonly text: string;
}

/** What rows are sorted by. */
interface Weighed {
  readonly cpuPercentage: number | null;
  readonly rssBytes: number | null;
}

/** A row, made to be shown. */
interface Row<Item> {
  readonly item: Item;
  readonly remembered: Remembered;
  /** What it is sorted by; null: not known. */
  readonly weight: number | null;
  readonly depth: number;
}

/** Encodes samples as blocks of rows. Its lines may be iterated again: for another window. */
class TableEncoder implements Encoder {
  readonly #sort: NonNullable<EncoderOptions["sort"]>;
  readonly #window: () => TextWindow;
  /** The labels, as they stand at the end of the first line. */
  readonly #labels: string;
  readonly #showsOrigin: boolean;
  readonly #remembered = new Map<number | string, Remembered>();
  #run: Run | null = null;
  #numSamples = 0;
  /** When the last sample was taken; null before the first. */
  #lastEpochMs: number | null = null;

  constructor(options: EncoderOptions = {}) {
    this.#sort = options.sort ?? "cpu";
    this.#window = options.window ?? (() => ENDLESS);
    this.#labels = labelsText(options.labels ?? {});
    this.#showsOrigin = options.hostname === true;
  }

  begin(run: Run): string[] {
    this.#run = run;
    this.#remembered.clear();
    this.#lastEpochMs = null;
    return [];
  }

  lines(sample: Sample): Iterable<string> {
    const run = this.#run;
    if (run === null) {
      throw new Error("Cannot encode a sample: begin() was not called");
    }
    const { processes, groups, rest } = sample;
    this.#numSamples++;
    this.#lastEpochMs = sample.epochMs;
    const makeRows = groups === undefined
      ? this.#processRows(processes, sample, rest)
      : this.#groupRows(groups, sample, rest);
    this.#forget(
      groups?.length ?? processes.length,
      rest === undefined ? 0 : KEPT_SAMPLES,
    );
    return {
      [Symbol.iterator]: () => {
        const window = this.#window();
        const { hostname, runId } = run;
        const origin = this.#showsOrigin
          ? labelsText({ hostname: hostname ?? "?", run_id: runId })
          : "";
        const labels = this.#labels + origin;
        const head = headOf(run, sample, labels, window.columns);
        return picture(head, makeRows(window.columns), window);
      },
    };
  }

  end(end: RunEnd): string[] {
    const { reason, exitCode, signal, summary } = end;
    const how = signal !== null
      ? `by ${safeText(signal)}`
      : exitCode === null
      ? null
      : `with code ${exitCode}`;
    const { samples, missedSamples } = summary;
    const seconds = lengthOfRun(this.#run, end, this.#lastEpochMs);
    const missed = missedSamples === 0 ? "" : `, ${missedSamples} missed`;
    return [
      `End: ${how === null ? reason : `${reason} ${how}`}; ${
        showCount(samples, "sample")
      }${missed} in ${seconds.toFixed(1)} s\n`,
    ];
  }

  /** Takes note of processes; returns what makes their rows in so many columns. */
  #processRows(
    processes: readonly ProcessSample[],
    sample: Sample,
    rest: RestSample | undefined,
  ): (columns: number) => TableRows {
    const rows = processes.map((item): Row<ProcessSample> => {
      const remembered = this.#remember(item.pid, item, sample);
      keepCommand(remembered, item);
      return {
        item,
        remembered,
        weight: this.#weigh(item, remembered),
        depth: 0,
      };
    });
    const sorted = this.#sort === "tree"
      ? inTreeOrder(rows)
      : this.#sorted(rows, (a, b) => a.pid - b.pid);
    return (columns) => ({
      title: cutEnd(PROCESS_TITLE, columns),
      count: sorted.length,
      row: (at) => processRow(sorted[at], columns),
      rest: rest === undefined || rest.numProcesses === 0
        ? null
        : cutEnd(restRow(rest), columns),
    });
  }

  /** The same for groups. */
  #groupRows(
    groups: readonly GroupSample[],
    sample: Sample,
    rest: RestSample | undefined,
  ): (columns: number) => TableRows {
    const rows = groups.map((item): Row<GroupSample> => {
      const remembered = this.#remember(
        item.group === null ? "other" : `=${item.group}`,
        { startTicks: 0, exe: null, rssBytes: item.rssBytes },
        sample,
      );
      const weight = this.#weigh(item, remembered);
      return { item, remembered, weight, depth: 0 };
    });
    const sorted = this.#sorted(rows, () => 0);
    const title = `${GROUP_TITLE}${groups[0]?.groupBy.toUpperCase() ?? ""}`;
    return (columns) => ({
      title: cutEnd(title, columns),
      count: sorted.length,
      row: (at) => groupRow(sorted[at], columns),
      rest: rest === undefined || rest.numProcesses === 0
        ? null
        : cutEnd(groupRestRow(rest), columns),
    });
  }

  #remember(
    key: number | string,
    { startTicks, exe, rssBytes }: Pick<
      ProcessSample,
      "startTicks" | "exe" | "rssBytes"
    >,
    { times }: Sample,
  ): Remembered {
    let remembered = this.#remembered.get(key);
    if (
      remembered?.startTicks !== startTicks || remembered.exe !== exe
    ) {
      const growth = new Growth();
      remembered = {
        startTicks,
        exe,
        growth,
        made: null,
        args: null,
        text: "",
        short: "",
        seen: 0,
        rank: null,
      };
      this.#remembered.set(key, remembered);
    }
    remembered.seen = this.#numSamples;
    if (rssBytes !== null) remembered.growth.add(times.processesMs, rssBytes);
    return remembered;
  }

  /** Forgets what has not been seen for more than so many samples. */
  #forget(living: number, samples: number): void {
    if (this.#remembered.size === living) return;
    for (const [key, { seen }] of this.#remembered) {
      if (seen + samples < this.#numSamples) this.#remembered.delete(key);
    }
  }

  /**
   * The rows in their order. They are brought into that of the sample before first: what is almost
   * sorted is sorted at once.
   */
  #sorted<Item extends Weighed>(
    rows: readonly Row<Item>[],
    byOrder: (a: Item, b: Item) => number,
  ): readonly Row<Item>[] {
    const before: Row<Item>[] = [];
    const others: Row<Item>[] = [];
    for (const row of rows) {
      const { rank } = row.remembered;
      if (rank === null || before[rank] !== undefined) others.push(row);
      else before[rank] = row;
    }
    // Without the places of those that have ended.
    const known = before.filter(() => true);
    const sorted = [...known, ...others].sort(inOrder(byOrder));
    sorted.forEach(({ remembered }, rank) => remembered.rank = rank);
    return sorted;
  }

  /** What an item is sorted by; null: not known. */
  #weigh(item: Weighed, remembered: Remembered): number | null {
    switch (this.#sort) {
      case "growth":
        return growthOf(item, remembered);
      case "rss":
        return item.rssBytes;
      default:
        return item.cpuPercentage;
    }
  }
}

/** The heaviest first; what is not known last. Among equals more memory, then `byOrder`. */
function inOrder<Item extends Weighed>(
  byOrder: (a: Item, b: Item) => number,
): (a: Row<Item>, b: Row<Item>) => number {
  return (a, b) =>
    descending(a.weight, b.weight) ||
    descending(a.item.rssBytes, b.item.rssBytes) || byOrder(a.item, b.item);
}

/** Bytes per minute; null before enough samples, and for what has no memory now. */
function growthOf(
  { rssBytes }: Weighed,
  { growth }: Remembered,
): number | null {
  return rssBytes === null ? null : growth.bytesPerMinute;
}

function descending(a: number | null, b: number | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null ? -1 : b - a;
}

function inTreeOrder(
  rows: readonly Row<ProcessSample>[],
): readonly Row<ProcessSample>[] {
  const byPid = new Map(rows.map((row) => [row.item.pid, row]));
  return inFamilies(rows.map(({ item }) => item)).flatMap(
    ({ process, depth }) => {
      const row = byPid.get(process.pid);
      return row === undefined ? [] : [{ ...row, depth }];
    },
  );
}

/** What stands below the head, in so many columns; a row is made when it is shown. */
interface TableRows {
  readonly title: string;
  readonly count: number;
  row(at: number): string;
  /** The row of what is not shown one by one; null without it. */
  readonly rest: string | null;
}

/** The lines of a sample, as many as the window has rows, each with its newline. */
function* picture(
  head: readonly Line[],
  { title, count, row, rest }: TableRows,
  { columns, rows: height, hasColor }: TextWindow,
): Generator<string, void> {
  const foot: Line[] = rest === null ? [] : [{ text: rest }];
  const top = [...head, { text: title, style: BOLD } as const];
  let shown = count;
  if (top.length + count + foot.length > height) {
    shown = Math.max(height - top.length - foot.length - 1, 0);
    const others = showCount(count - shown, "more row");
    foot.unshift({ text: cutEnd(others, columns) });
  }
  let printed = 0;
  const print = ({ text, style }: Line) => {
    printed++;
    return hasColor && style !== undefined
      ? `${style}${text}${PLAIN}\n`
      : `${text}\n`;
  };
  for (const line of top) if (printed < height) yield print(line);
  for (let at = 0; at < shown; at++) yield print({ text: row(at) });
  for (const line of foot) if (printed < height) yield print(line);
  yield "\n";
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([name, value]) =>
    `  ${safeText(name)}=${safeText(value)}`
  ).join("");
}

/** The time, the root, what the tree uses; and what is wrong with the sample, if anything is. */
function headOf(
  run: Run,
  sample: Sample,
  labels: string,
  columns: number,
): Line[] {
  const { tree, epochMs, processes } = sample;
  const time = new Date(epochMs).toISOString().replace("T", " ").slice(0, 19);
  const counts = `${showCount(tree.numProcesses, "process", "processes")}  ${
    showCount(tree.numThreads, "thread")
  }`;
  const room = columns - `${time} UTC    ${counts}`.length;
  const lines: Line[] = [
    `${time} UTC  ${rootOf(run, processes, room)}  ${counts}${labels}`,
    ...usageOf(tree, columns),
  ].map((text) => ({ text: cutEnd(text, columns) }));
  const faults = faultsOf(tree);
  if (faults !== null) {
    lines.push({ text: cutEnd(faults, columns), style: YELLOW });
  }
  return lines;
}

function rootOf(
  { rootPid, rootCgroup }: Run,
  processes: readonly ProcessSample[],
  room: number,
): string {
  if (rootPid === null) {
    return rootCgroup === null
      ? cutEnd("all processes", room)
      : cutStart(safeText(`cgroup ${rootCgroup}`), room);
  }
  const root = processes.find(({ pid }) => pid === rootPid);
  const name = root === undefined ? "" : ` ${safeText(root.comm)}`;
  return cutEnd(`pid ${rootPid}${name}`, room);
}

/** The longest text about CPU that is expected. */
const CPU_COLUMNS =
  "CPU 9999.9% (999.9% by ended processes), 100.0% of 99.99 cores".length;

/**
 * What the tree uses, and of what. Where both may not fit on one line, memory has its own if it has
 * a limit: by the window and the limit alone, so that the rows do not move from sample to sample.
 */
function usageOf(tree: TreeSample, columns: number): string[] {
  const cpu = cpuOf(tree);
  const rss = `RSS ${
    cell("rssBytes", tree.rssBytes, showBytes, tree.unreadable)
  }`;
  const limit = memoryLimitOf(tree);
  if (limit === null) return [`${cpu}  ${rss}${unknownLimitOf(tree)}`];
  const memory = `${rss}, ${limit.usage} in `;
  const most = "RSS 99.9M, cgroup 99.9M of 99.9M (100.0%) in ".length +
    columnsOf(limit.cgroup);
  return CPU_COLUMNS + "  ".length + most <= columns
    ? [`${cpu}  ${memory}${limit.cgroup}`]
    : [cpu, memory + cutStart(limit.cgroup, columns - memory.length)];
}

function cpuOf(tree: TreeSample): string {
  const { cpuPercentage, unseenCpuPercentage, cpuLimitPercentage } = tree;
  const { numCores, unreadable } = tree;
  const cpu = cell("cpuPercentage", cpuPercentage, showPercent, unreadable);
  const limit = numCores === null
    ? `, cores ${cell("numCores", null, showCores, unreadable)}`
    : cpuLimitPercentage === null
    ? ""
    : `, ${showPercent(cpuLimitPercentage)} of ${showCores(numCores)}`;
  const unseen = (unseenCpuPercentage ?? 0) < 0.05
    ? ""
    : ` (${showPercent(unseenCpuPercentage ?? 0)} by ended processes)`;
  return `CPU ${cpu}${unseen}${limit}`;
}

function showPercent(percentage: number): string {
  return `${showPercentage(percentage)}%`;
}

function showCores(cores: number): string {
  const rounded = Math.round(cores * 100) / 100;
  return showCount(rounded, "core");
}

/** How near memory is to its limit, and the cgroup that has it; null: none is known. */
function memoryLimitOf(
  tree: TreeSample,
): { readonly usage: string; readonly cgroup: string } | null {
  const { memoryLimitPercentage = null, memoryLimitBytes = null } = tree;
  if (memoryLimitPercentage === null || memoryLimitBytes === null) return null;
  const limit = Number(memoryLimitBytes);
  const used = showBytes(memoryLimitPercentage / 100 * limit);
  const share = showPercent(memoryLimitPercentage);
  return {
    usage: `cgroup ${used} of ${showBytes(limit)} (${share})`,
    cgroup: safeText(tree.memoryLimitCgroup ?? "?"),
  };
}

/** Says that the limit of memory is not known; empty if there is none, or if it was not read. */
function unknownLimitOf({ unreadable }: TreeSample): string {
  const reason = unreadable?.memoryLimitPercentage;
  return reason === undefined || IS_NO_FAULT.has(reason)
    ? ""
    : `, limit ${UNKNOWN} (${reason})`;
}

/** What makes the sample less than perfect; null if nothing does. */
function faultsOf(tree: TreeSample): string | null {
  const { missedSamples, gone, denied, malformed, consistent } = tree;
  const faults = [
    missedSamples === 0 ? null : `${showCount(missedSamples, "sample")} missed`,
    gone === 0 ? null : `${showCount(gone, "process", "processes")} gone`,
    denied === 0 ? null : `${denied} denied`,
    malformed === 0 ? null : `${malformed} malformed`,
    consistent ? null : "inconsistent",
  ].filter((fault) => fault !== null);
  return faults.length === 0 ? null : `Not perfect: ${faults.join(", ")}`;
}

/** The columns before the command, their widths and a space between any two of them. */
const PROCESS_TITLE = "    PID   %CPU    RSS RSS/MIN   THR S    AGE COMMAND";
const COMMAND_AT = PROCESS_TITLE.indexOf("COMMAND");
const GROUP_TITLE = "  PROCS   %CPU    RSS RSS/MIN   THR MAXRSS ";
/** Where the text of a row of the rest stands. */
const GROUP_AT = GROUP_TITLE.length;

function processRow(
  row: Row<ProcessSample> | undefined,
  columns: number,
): string {
  if (row === undefined) return "";
  const { item, remembered, depth } = row;
  const { made, text: command } = remembered;
  const { uptimeSeconds } = item;
  const growth = growthOf(item, remembered);
  const ageSeconds = uptimeSeconds === null ? null : Math.floor(uptimeSeconds);
  if (
    made !== null && made.growth === growth && made.ageSeconds === ageSeconds &&
    made.depth === depth && made.columns === columns &&
    made.command === command && looksSame(made.item, item)
  ) return made.text;
  const text = inOnePiece(makeProcessRow(row, growth, columns));
  remembered.made = {
    item,
    growth,
    ageSeconds,
    depth,
    columns,
    command,
    text,
  };
  return text;
}

/** Whether the cells of two samples of a process are the same, but for growth and age. */
function looksSame(a: ProcessSample, b: ProcessSample): boolean {
  return a.cpuPercentage === b.cpuPercentage && a.rssBytes === b.rssBytes &&
    a.numThreads === b.numThreads && a.state === b.state &&
    a.unreadable === b.unreadable;
}

function makeProcessRow(
  { item, remembered, depth }: Row<ProcessSample>,
  growth: number | null,
  columns: number,
): string {
  const { pid, state, uptimeSeconds, unreadable } = item;
  const indent = " ".repeat(INDENT * Math.min(depth, DEEPEST));
  const room = columns - COMMAND_AT - indent.length;
  const age = cell("uptimeSeconds", uptimeSeconds, showAge, unreadable);
  const figures = [
    String(pid).padStart(7),
    ...usageCells(item, growth),
    safeText(state),
    age.padStart(6),
  ].join(" ");
  return room < 1
    ? cutEnd(figures, columns)
    : `${figures} ${indent}${commandIn(remembered, room)}`;
}

/** A command in so many columns: the directory of its program goes before its arguments do. */
function commandIn({ text, short }: Remembered, columns: number): string {
  const whole = cutEnd(text, columns);
  return whole === text ? text : cutEnd(short, columns);
}

function groupRow(
  row: Row<GroupSample> | undefined,
  columns: number,
): string {
  if (row === undefined) return "";
  const { item, remembered } = row;
  const { group, maxRssBytes } = item;
  const name = group === null ? "(all other)" : safeText(group);
  const most = maxRssBytes === null ? NONE : showBytes(maxRssBytes);
  const figures = [
    String(item.numProcesses).padStart(7),
    ...usageCells(item, growthOf(item, remembered)),
    most.padStart(6),
  ].join(" ");
  return cutEnd(`${figures} ${name}`, columns);
}

function restRow(rest: RestSample): string {
  const figures = ["".padStart(7), ...usageCells(rest, null)].join(" ");
  const others = showCount(
    rest.numProcesses,
    "other process",
    "other processes",
  );
  return `${figures.padEnd(COMMAND_AT)}(${others})`;
}

function groupRestRow(rest: RestSample): string {
  const figures = [
    String(rest.numProcesses).padStart(7),
    ...usageCells(rest, null),
  ].join(" ");
  const others = showCount(rest.numGroups ?? 0, "other group");
  return `${figures.padEnd(GROUP_AT)}(${others})`;
}

/** What rows of all kinds have: CPU, memory, its growth, threads. */
function usageCells(
  item: Weighed & {
    readonly numThreads: number;
    readonly unreadable: NullReasons | null;
  },
  bytesPerMinute: number | null,
): string[] {
  const { cpuPercentage, rssBytes, numThreads, unreadable } = item;
  return [
    cell("cpuPercentage", cpuPercentage, showPercentage, unreadable)
      .padStart(6),
    cell("rssBytes", rssBytes, showBytes, unreadable).padStart(6),
    (bytesPerMinute === null ? NONE : showChange(bytesPerMinute)).padStart(7),
    String(numThreads).padStart(5),
  ];
}

/**
 * A figure; `-` if the thing has none or there is none yet, `?` if it could not be read.
 */
function cell(
  key: string,
  value: number | null,
  show: (value: number) => string,
  unreadable: NullReasons | null,
): string {
  if (value !== null) return show(value);
  const reason = unreadable?.[key];
  return reason === undefined || IS_NO_FAULT.has(reason) ? NONE : UNKNOWN;
}

/** Makes the text of a command anew if its arguments have been read anew. */
function keepCommand(
  remembered: Remembered,
  { cmdline, comm }: ProcessSample,
): void {
  // A name may change without that; it stands for arguments that are not there.
  if (cmdline !== null && cmdline !== undefined) {
    if (remembered.args === cmdline) return;
    remembered.args = cmdline;
    remembered.text = safeText(cmdline.join(" ")).trim();
    const directory = /^\/\S*\//.exec(safeText(cmdline[0] ?? ""))?.[0] ?? "";
    remembered.short = remembered.text.slice(directory.length);
    if (remembered.text !== "") return;
  }
  remembered.args = null;
  remembered.text = cmdline === undefined
    ? safeText(comm)
    : `[${safeText(comm)}]`;
  remembered.short = remembered.text;
}
