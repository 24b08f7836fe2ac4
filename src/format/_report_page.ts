/** The page of a report: what happened in a run, in the order in which a person asks. */

import { showAge, showBinary, showCount } from "./_amounts.ts";
import type { Instant, Timeline } from "./_columns.ts";
import { packRows, type ReportedProcess } from "./_heaviest_of_run.ts";
import type { ReportedGroup, ReportRun } from "./_report_run.ts";
import { enhance } from "./_report_script.ts";
import { commandText, describeEnd, describeRoot } from "./_run_words.ts";
import {
  type Area,
  type Chart,
  chartSvg,
  escapeText,
  lanesSvg,
  type Line,
  niceAbove,
  niceBytesAbove,
  type Slice,
  type Span,
  type Tick,
  timeTicks,
} from "./_svg.ts";

/** The colours of Okabe and Ito, which colour-blind people tell apart, and one more. */
const COLORS = [
  ...["#0072b2", "#e69f00", "#009e73", "#cc79a7"],
  ...["#56b4e9", "#d55e00", "#f0e442", "#7a4a9e"],
] as const;
/** Of all groups that have no colour of their own. */
const OTHER_COLOR = "#a0a0a0";
/** Of CPU that stands on no process. */
const UNSEEN_COLOR = "#505050";
const COUNT_COLOR = "#56b4e9";
const MISSED_COLOR = "#d55e00";
const THROTTLED_COLOR = "#cc79a7";
const PRESSURE_COLOR = "#e69f00";

const CHART_HEIGHT = 180;
/** A run of one sample has an axis, too. */
const LEAST_LENGTH_MS = 100;
/** A limit that is so much higher than all that was used would leave it no room. */
const MOST_LIMIT = 2;
/** Below this share of time in which tasks waited, in percent, pressure is not marked. */
const MARKED_PRESSURE = 10;
/** Rows of lanes. */
const MOST_LANES = 200;

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 1400px; padding: 0 16px 48px; color: #1a1a1a; background: #ffffff; }
h1 { font-size: 1.4em; overflow-wrap: anywhere; } h2 { font-size: 1.1em; margin: 1.6em 0 0.3em; }
table { border-collapse: collapse; } th, td { padding: 2px 12px 2px 0; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
table.sorts thead th { cursor: pointer; } table.sorts tbody tr:nth-child(odd) { background: #80808018; }
table.chart { table-layout: fixed; width: 100%; } table.chart td { padding: 0; overflow: hidden; }
svg.time { touch-action: pan-y; user-select: none; }
.scroll { overflow-x: auto; } .wide { overflow-wrap: anywhere; } .sorts .wide { min-width: 16em; } .key { white-space: nowrap; margin-right: 1em; }
.tip { position: fixed; white-space: pre; font-size: 12px; padding: 6px 8px; background: #000000d9; color: #ffffff; border-radius: 4px; pointer-events: none; z-index: 1; }
@media (prefers-color-scheme: dark) { body { color: #e8e8e8; background: #16181c; } }
@media print { details, details > * { display: block; } body { max-width: none; } }
`;

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** A group that has a colour of its own. */
interface Shown {
  readonly name: string;
  readonly color: string;
}

/** How all charts of a page are drawn: on the same axes. */
interface Axes {
  readonly lengthMs: number;
  readonly times: readonly Tick[];
  readonly shown: readonly Shown[];
  readonly cpu: number;
  readonly memory: number;
  readonly counts: number;
}

/** The page for one run, or for two side by side. */
export function* reportPage(runs: readonly ReportRun[]): Generator<string> {
  const title = `procline: ${
    runs.map(({ run }) => describeRoot(run)).join(" and ")
  }`;
  const axes = axesOf(runs);
  yield `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeText(title)}</h1>
${verdict(runs)}
`;
  if (runs.length > 1) yield differences(runs);
  yield `${legend(axes.shown)}\n`;
  const charts = [cpuChart, memoryChart, countsChart, lanes];
  for (const chart of charts) {
    for (const [i, run] of runs.entries()) yield chart(run, axes, i + 1);
  }
  for (const [i, run] of runs.entries()) yield tables(run, i + 1, runs.length);
  for (const [i, run] of runs.entries()) yield numbers(run, axes, i + 1);
  yield `<h2>How to make this page</h2>
<p>Beside a run: <code>procline --export html=report.html -- COMMAND</code>. From its lines, later: <code>procline --replay LINES --format html &gt; report.html</code>.
Drag over a chart to zoom, press Escape to see all again, click the head of a table to sort it.</p>
</main>
<script>
(${enhance.toString()})(document);
</script>
</body>
</html>
`;
}

function axesOf(runs: readonly ReportRun[]): Axes {
  const lengthMs = Math.max(
    LEAST_LENGTH_MS,
    ...runs.map(({ lastMs }) => lastMs),
  );
  const most = (
    timelines: readonly Timeline[],
    limits: readonly Timeline[],
  ) => {
    const used = Math.max(0, ...timelines.flatMap(totals));
    const limit = Math.max(0, ...limits.flatMap(totals));
    return limit <= MOST_LIMIT * used ? Math.max(used, limit) : used;
  };
  return {
    lengthMs,
    times: timeTicks(lengthMs),
    shown: shownGroups(runs),
    cpu: niceAbove(
      most(runs.map(({ cpu }) => cpu), runs.map(({ cpuLimit }) => cpuLimit)),
    ),
    memory: niceBytesAbove(
      most(
        runs.map(({ memory }) => memory),
        runs.map(({ memoryLimit }) => memoryLimit),
      ),
    ),
    counts: niceAbove(
      Math.max(
        1,
        ...runs.flatMap(({ counts }) =>
          counts.instants().flatMap(({ parts }) => [...parts])
        ),
      ),
    ),
  };
}

function totals(timeline: Timeline): number[] {
  return timeline.instants().map(({ total }) => total);
}

/** The heaviest groups, by their shares of CPU time and of peak memory. */
function shownGroups(runs: readonly ReportRun[]): Shown[] {
  const groups = runs.flatMap((run) => run.groups);
  const sum = (of: (group: ReportedGroup) => number) =>
    groups.reduce((total, group) => total + of(group), 0) || 1;
  const cpu = sum(({ cpuSeconds }) => cpuSeconds);
  const memory = sum(({ peakRssBytes }) => peakRssBytes);
  const weights = new Map<string, number>();
  for (const { name, cpuSeconds, peakRssBytes } of groups) {
    if (name === null) continue;
    const weight = cpuSeconds / cpu + peakRssBytes / memory;
    weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  return [...weights].sort(([, a], [, b]) => b - a)
    .slice(0, COLORS.length)
    .map(([name], i) => ({ name, color: COLORS[i] ?? OTHER_COLOR }));
}

/** The layers of an instant, from below: groups with a colour, all other parts, what is unseen. */
function layersOf(
  { groups }: ReportRun,
  shown: readonly Shown[],
  { parts }: Instant,
  hasUnseen: boolean,
): number[] {
  const own = shown.map(({ name }) =>
    parts[groups.findIndex((group) => group.name === name)] ?? 0
  );
  const unseen = hasUnseen ? parts.at(-1) ?? 0 : 0;
  const all = parts.reduce((sum, part) => sum + part, 0);
  const others = all - unseen - own.reduce((sum, part) => sum + part, 0);
  return [...own, Math.max(0, others), ...hasUnseen ? [unseen] : []];
}

function stacked(
  run: ReportRun,
  timeline: Timeline,
  { lengthMs, shown }: Axes,
  most: number,
  hasUnseen: boolean,
): Area[] {
  const instants = timeline.instants();
  const layers = instants.map((one) => layersOf(run, shown, one, hasUnseen));
  const colors = [
    ...shown.map(({ color }) => color),
    OTHER_COLOR,
    ...hasUnseen ? [UNSEEN_COLOR] : [],
  ];
  const areas = colors.map((color, layer) => ({
    color,
    points: instants.map(({ ms }, i) => {
      const top = (layers[i] ?? []).slice(0, layer + 1)
        .reduce((sum, part) => sum + part, 0);
      return [ms / lengthMs, top / most] as const;
    }),
  }));
  return areas.filter((_, layer) =>
    layers.some((parts) => (parts[layer] ?? 0) > 0)
  ).reverse();
}

function lineOf(
  timeline: Timeline,
  lengthMs: number,
  most: number,
  dashes?: string,
): Line[] {
  const instants = timeline.instants();
  const isOnChart = instants.every(({ total }) => total <= most);
  if (instants.length === 0 || !isOnChart) return [];
  const points = instants.map(({ ms, total }) =>
    [ms / lengthMs, total / most] as const
  );
  return [dashes === undefined ? { points } : { points, dashes }];
}

function cpuChart(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, times, cpu: most } = axes;
  const peak = Math.max(0, ...totals(run.cpu));
  return section(`CPU${ofRun(run, at)}`, {
    id: `cpu${at}`,
    title: "CPU over time by group",
    description: `Percent of one core. The most was ${percentText(peak)}.${
      limitText(run.cpuLimit, most, percentText)
    }`,
    height: CHART_HEIGHT,
    areas: stacked(run, run.cpu, axes, most, true),
    lines: lineOf(run.cpuLimit, lengthMs, most, "6 4"),
    spans: spansOf(run, lengthMs),
    values: fourths(most, percentText),
    times,
  });
}

function memoryChart(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, times, memory: most } = axes;
  const peak = Math.max(0, ...totals(run.memory));
  const hasPss = run.pss.instants().length > 0;
  return section(`Memory${ofRun(run, at)}`, {
    id: `memory${at}`,
    title: "Resident memory over time by group",
    description: `Shared pages count in each process. The most was ${
      showBinary(peak)
    }.${
      hasPss
        ? " The line is proportional memory, in which they count once."
        : ""
    }${limitText(run.memoryLimit, most, showBinary)}`,
    height: CHART_HEIGHT,
    areas: stacked(run, run.memory, axes, most, false),
    lines: [
      ...lineOf(run.pss, lengthMs, most),
      ...lineOf(run.memoryLimit, lengthMs, most, "6 4"),
    ],
    spans: [],
    values: fourths(most, showBinary),
    times,
  });
}

function countsChart(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, times, counts: most } = axes;
  const instants = run.counts.instants();
  const points = (part: number) =>
    instants.map(({ ms, parts }) =>
      [ms / lengthMs, (parts[part] ?? 0) / most] as const
    );
  return section(`Processes and threads${ofRun(run, at)}`, {
    id: `counts${at}`,
    title: "Processes and threads over time",
    description: "The area is processes, the line is threads.",
    height: CHART_HEIGHT / 2,
    areas: [{ points: points(0), color: COUNT_COLOR }],
    lines: [{ points: points(1) }],
    spans: [],
    values: fourths(most, (count) => String(Number(count.toFixed(2))), 2),
    times,
  });
}

function section(title: string, chart: Chart): string {
  return `<h2>${escapeText(title)}</h2>
<p>${escapeText(chart.description)}</p>
${chartSvg(chart)}
`;
}

function ofRun({ run }: ReportRun, at: number): string {
  return at === 1 ? "" : ` of run ${at}, ${describeRoot(run)}`;
}

function fourths(
  most: number,
  show: (value: number) => string,
  parts = 4,
): Tick[] {
  return Array.from({ length: parts + 1 }, (_, i) => ({
    at: i / parts,
    text: show(most * i / parts),
  }));
}

function percentText(percentage: number): string {
  return `${percentage.toFixed(1)} %`;
}

function limitText(
  limit: Timeline,
  most: number,
  show: (value: number) => string,
): string {
  const [first] = limit.instants();
  if (first === undefined) return "";
  return first.total <= most
    ? ` The dashed line is the limit, ${show(first.total)} at first.`
    : ` The limit, ${show(first.total)}, is far above.`;
}

function spansOf(run: ReportRun, lengthMs: number): Span[] {
  const { widthMs } = run.marks;
  const intervalMs = 1000 * run.run.intervalSeconds;
  return run.marks.entries().flatMap(({ ms, value }) => {
    const { missed, taken, throttledSeconds, pressure } = value;
    // A sample stands for the time before it.
    const lastsMs = Math.max(widthMs, intervalMs * (missed + 1));
    const span = {
      from: Math.max(0, ms + widthMs - lastsMs) / lengthMs,
      to: Math.min(lengthMs, ms + widthMs) / lengthMs,
    };
    return [
      ...missed === 0 ? [] : [{
        ...span,
        color: MISSED_COLOR,
        part: missed / (missed + taken),
        text: `${showCount(missed, "sample")} missed`,
      }],
      ...throttledSeconds === 0 ? [] : [{
        ...span,
        color: THROTTLED_COLOR,
        part: Math.min(1, 1000 * throttledSeconds / lastsMs),
        text: `throttled for ${throttledSeconds.toFixed(3)} s`,
      }],
      ...pressure < MARKED_PRESSURE ? [] : [{
        ...span,
        color: PRESSURE_COLOR,
        part: Math.min(1, pressure / 100),
        text: `tasks waited for ${percentText(pressure)} of the time`,
      }],
    ];
  });
}

function lanes(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, times, shown } = axes;
  const all = run.processes.slices;
  const rows = packRows(all);
  const slices = all.flatMap((process, i): Slice[] => {
    const row = rows[i] ?? 0;
    if (row >= MOST_LANES) return [];
    const { name = null } = run.groups[process.group] ?? {};
    return [{
      row,
      from: process.startMs / lengthMs,
      to: process.endMs / lengthMs,
      color: shown.find((group) => group.name === name)?.color ?? OTHER_COLOR,
      name: process.comm,
      text: processText(process),
    }];
  });
  const left = run.processes.count - slices.length;
  const title = `Processes over time${ofRun(run, at)}`;
  const note = left === 0
    ? "Each process that a sample saw, from its start to the sample that saw its end."
    : `The longest and the heaviest ${slices.length} processes; ${left} more are not drawn.`;
  return `<h2>${escapeText(title)}</h2>
<p>${escapeText(note)}</p>
${
    lanesSvg(
      {
        id: `lanes${at}`,
        title: "Processes over time",
        description: note,
        times,
      },
      slices,
    )
  }
`;
}

function processText(process: ReportedProcess): string {
  const { pid, ppid, startMs, endMs, cpuSeconds, peakRssBytes } = process;
  return `${commandOf(process)}\npid ${pid}, parent ${ppid}\nfrom ${
    secondsText(startMs)
  } to ${secondsText(endMs)}\nCPU ${cpuSeconds.toFixed(2)} s, most memory ${
    memoryText(peakRssBytes)
  }`;
}

function commandOf({ cmdline, comm }: ReportedProcess): string {
  return cmdline === null || cmdline.length === 0
    ? `[${comm}]`
    : commandText(cmdline);
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function memoryText(bytes: number | null): string {
  return bytes === null ? "not known" : showBinary(bytes);
}

function legend(shown: readonly Shown[]): string {
  const items = [
    ...shown,
    { name: "other names", color: OTHER_COLOR },
    { name: "CPU that no process line shows", color: UNSEEN_COLOR },
  ];
  return `<p>${
    items.map(({ name, color }) => keyText(color, 1, name)).join("\n")
  }</p>
<p>Shaded: ${
    [
      keyText(MISSED_COLOR, 0.4, "samples missed"),
      keyText(THROTTLED_COLOR, 0.4, "throttled"),
      keyText(
        PRESSURE_COLOR,
        0.4,
        "tasks waited for a tenth of the time or more",
      ),
    ].join("\n")
  }</p>`;
}

/** A colour and what it stands for. */
function keyText(color: string, opacity: number, name: string): string {
  return `<span class="key"><svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" fill="${color}" fill-opacity="${opacity}"/></svg> ${
    escapeText(name)
  }</span>`;
}

/** What a person asks first, a row each. */
function facts(run: ReportRun): [string, string][] {
  const { end, trust, lastMs } = run;
  const { hostname, epochMs, intervalSeconds, numCores } = run.run;
  const wallSeconds = end?.summary.wallSeconds ?? lastMs / 1000;
  return [
    ["Root", describeRoot(run.run)],
    ["Host", hostname ?? "not known"],
    ["Started", new Date(epochMs).toISOString()],
    [
      "Ended",
      `${
        end === null
          ? "not known: the lines have no end"
          : describeEnd(run.run, end)
      }, after ${wallSeconds.toFixed(2)} s${
        wallSeconds < 60 ? "" : ` (${showAge(wallSeconds)})`
      }`,
    ],
    ["CPU", cpuText(run, numCores)],
    ["Peak memory", peakText(run)],
    ["Processes", `${run.processes.count} seen by samples`],
    ...Object.keys(run.labels).length === 0 ? [] : [
      [
        "Labels",
        Object.entries(run.labels).map(([name, value]) => `${name}=${value}`)
          .join(", "),
      ] as [string, string],
    ],
    [
      "Samples",
      `${run.samples}, one each ${intervalSeconds} s; ${
        end === null
          ? "how many were missed is not known"
          : `${end.summary.missedSamples} missed`
      }`,
    ],
    [
      "Trust",
      trust.gone + trust.unread + trust.inconsistent === 0
        ? "every sample is whole"
        : [
          ...trust.gone > 0
            ? [
              `${
                showCount(trust.gone, "sample")
              } left out processes that had just ended`,
            ]
            : [],
          ...trust.unread > 0
            ? [
              `up to ${
                showCount(trust.unread, "process", "processes")
              } could not be read`,
            ]
            : [],
          ...trust.inconsistent > 0
            ? [`${showCount(trust.inconsistent, "sample")} not consistent`]
            : [],
        ].join("; "),
    ],
  ];
}

function cpuText(run: ReportRun, numCores: number | null): string {
  const { end } = run;
  const cores = numCores === null ? "" : ` of ${Number(numCores.toFixed(2))}`;
  if (end === null) {
    return `${cpuSecondsOf(run).toFixed(2)} s on process lines`;
  }
  const { userCpuSeconds: user, kernelCpuSeconds: kernel, meanCores } =
    end.summary;
  return `${(user + kernel).toFixed(2)} s (${user.toFixed(2)} user, ${
    kernel.toFixed(2)
  } kernel)${
    meanCores === null
      ? ""
      : `; ${meanCores.toFixed(2)}${cores} cores on average`
  }`;
}

function cpuSecondsOf({ end, groups }: ReportRun): number {
  return end === null
    ? groups.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
    : end.summary.userCpuSeconds + end.summary.kernelCpuSeconds;
}

/** The sample with the most memory; null if none shows any. */
function peakOf({ memory }: ReportRun): Instant | null {
  return memory.instants().reduce<Instant | null>(
    (most, one) => most === null || one.total > most.total ? one : most,
    null,
  );
}

function peakText(run: ReportRun): string {
  const peak = peakOf(run);
  if (peak === null) return "not known";
  const count = run.end?.summary.peakRssNumProcesses ?? null;
  return `${showBinary(peak.total)} after ${secondsText(peak.ms)}${
    count === null ? "" : `, in ${showCount(count, "process", "processes")}`
  }`;
}

function verdict(runs: readonly ReportRun[]): string {
  const columns = runs.map(facts);
  const head = runs.length === 1
    ? ""
    : `<thead><tr><th scope="col">Run</th>${
      runs.map((_, i) => `<th scope="col">${i + 1}</th>`).join("")
    }</tr></thead>`;
  const rows = (columns[0] ?? []).map(([name], row) =>
    `<tr><th scope="row">${name}</th>${
      columns.map((column) =>
        `<td class="wide">${escapeText(column[row]?.[1] ?? "")}</td>`
      ).join("")
    }</tr>`
  );
  return `<table>${head}<tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

/** A cell of a table: what it says, and by what it is sorted. */
type Cell = string | { readonly text: string; readonly value: number };

function table(
  id: string,
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  notes: readonly string[] = [],
): string {
  const head = heads.map((name, i) =>
    `<th scope="col"${isNumber(rows[0]?.[i]) ? ' class="number"' : ""}>${
      escapeText(name)
    }</th>`
  ).join("");
  const body = rows.map((cells, i) =>
    `<tr${notes[i] ?? ""}>${cells.map(cellText).join("")}</tr>`
  ).join("\n");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${
    escapeText(heads.join(", "))
  }"><table class="sorts" id="${id}"><thead><tr>${head}</tr></thead><tbody>
${body}
</tbody></table></div>
`;
}

function isNumber(cell: Cell | undefined): boolean {
  return typeof cell === "object";
}

function cellText(cell: Cell): string {
  return typeof cell === "string"
    ? `<td class="wide">${escapeText(cell)}</td>`
    : `<td class="number" data-value="${cell.value}">${
      escapeText(cell.text)
    }</td>`;
}

function seconds(value: number): Cell {
  return { text: value.toFixed(2), value };
}

function bytes(value: number | null): Cell {
  return { text: memoryText(value), value: value ?? -1 };
}

function count(value: number): Cell {
  return { text: String(value), value };
}

function tables(run: ReportRun, at: number, of: number): string {
  const { groups, processes } = run;
  const suffix = of === 1 ? "" : ofRun(run, at);
  const heads = ["Command", "PID", "CPU s", "Most memory", "From, s", "To, s"];
  const row = (process: ReportedProcess): Cell[] => [
    commandOf(process),
    count(process.pid),
    seconds(process.cpuSeconds),
    bytes(process.peakRssBytes),
    seconds(process.startMs / 1000),
    seconds(process.endMs / 1000),
  ];
  return `<h2>${escapeText(`Groups by name${suffix}`)}</h2>
${
    table(
      `groups${at}`,
      ["Name", "CPU s", "Most memory", "Most processes"],
      groups.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds).map((group) => [
        group.name ?? "other names",
        seconds(group.cpuSeconds),
        bytes(group.peakRssBytes),
        count(group.peakProcesses),
      ]),
    )
  }<h2>${escapeText(`Processes with the most CPU time${suffix}`)}</h2>
${table(`by-cpu${at}`, heads, processes.heaviestByCpu.map(row))}<h2>${
    escapeText(`Processes with the most memory at one time${suffix}`)
  }</h2>
${table(`by-memory${at}`, heads, processes.heaviestByMemory.map(row))}`;
}

/** Every figure that the charts draw. */
function numbers(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, shown } = axes;
  const names = [...shown.map(({ name }) => name), "other names"];
  const rowNotes = (timeline: Timeline) =>
    timeline.instants().map(({ ms }) =>
      ` data-at="${(ms / lengthMs).toFixed(5)}"`
    );
  const layered = (
    id: string,
    timeline: Timeline,
    show: (value: number) => string,
    hasUnseen: boolean,
  ) =>
    table(
      id,
      ["Time, s", "All", ...names, ...hasUnseen ? ["on no line"] : []],
      timeline.instants().map((one) => [
        seconds(one.ms / 1000),
        ...[one.total, ...layersOf(run, shown, one, hasUnseen)].map((
          value,
        ) => ({
          text: show(value),
          value,
        })),
      ]),
      rowNotes(timeline),
    );
  return `<h2>${escapeText(`Numbers${ofRun(run, at)}`)}</h2>
<details><summary>CPU</summary>
${layered(`cpu${at}-numbers`, run.cpu, percentText, true)}</details>
<details><summary>Memory</summary>
${layered(`memory${at}-numbers`, run.memory, showBinary, false)}</details>
<details><summary>Processes and threads</summary>
${
    table(
      `counts${at}-numbers`,
      ["Time, s", "Processes", "Threads"],
      run.counts.instants().map(({ ms, parts }) => [
        seconds(ms / 1000),
        ...parts.map(count),
      ]),
      rowNotes(run.counts),
    )
  }</details>
`;
}

/** What changed from the first run to the second. */
function differences(runs: readonly ReportRun[]): string {
  const [before, after] = runs;
  if (before === undefined || after === undefined) return "";
  const seconds = (run: ReportRun) =>
    run.end?.summary.wallSeconds ?? run.lastMs / 1000;
  const groups = new Map<string, [number, number]>();
  for (const [i, { groups: all }] of [before, after].entries()) {
    for (const { name, cpuSeconds } of all) {
      if (name === null) continue;
      const pair = groups.get(name) ?? [0, 0];
      pair[i] = cpuSeconds;
      groups.set(name, pair);
    }
  }
  const rows: [string, number, number, (value: number) => string][] = [
    ["Seconds", seconds(before), seconds(after), (value) => value.toFixed(2)],
    [
      "CPU seconds",
      cpuSecondsOf(before),
      cpuSecondsOf(after),
      (value) => value.toFixed(2),
    ],
    [
      "Peak memory",
      peakOf(before)?.total ?? 0,
      peakOf(after)?.total ?? 0,
      (value) => value < 0 ? `-${showBinary(-value)}` : showBinary(value),
    ],
    [
      "Processes seen",
      before.processes.count,
      after.processes.count,
      (value) => String(value),
    ],
    ...[...groups]
      .sort(([, a], [, b]) => Math.abs(b[1] - b[0]) - Math.abs(a[1] - a[0]))
      .slice(0, COLORS.length)
      .map(([name, [one, other]]): typeof rows[number] => [
        `CPU seconds of ${name}`,
        one,
        other,
        (value) => value.toFixed(2),
      ]),
  ];
  return `<h2>Differences</h2>
${
    table(
      "differences",
      ["", "Run 1", "Run 2", "Change", "Change, %"],
      rows.map(([name, one, other, show]) => [
        name,
        { text: show(one), value: one },
        { text: show(other), value: other },
        { text: show(other - one), value: other - one },
        {
          text: one === 0 ? "-" : `${(100 * (other - one) / one).toFixed(1)} %`,
          value: one === 0 ? 0 : (other - one) / one,
        },
      ]),
    )
  }`;
}
