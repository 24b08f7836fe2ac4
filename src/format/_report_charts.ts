/** The pictures of a report: charts over time, and a lane for each process. */

import { showBinary, showCount } from "./_amounts.ts";
import type { Timeline } from "./_columns.ts";
import {
  MOST_SLICES,
  packRows,
  type ReportedProcess,
} from "./_heaviest_of_run.ts";
import {
  type Axes,
  layersOf,
  OTHER_COLOR,
  type Shown,
  totals,
} from "./_report_axes.ts";
import type { Marks, ReportRun } from "./_report_run.ts";
import {
  commandOf,
  memoryText,
  ofRun,
  percentText,
  secondsText,
} from "./_report_words.ts";
import {
  type Area,
  type Chart,
  chartSvg,
  cutMarkup,
  escapeMarkup,
  lanesSvg,
  type Line,
  type Mark,
  type Slice,
  type Span,
  type Strip,
  type Tick,
} from "./_svg.ts";

/** Of CPU that stands on no process. */
const UNSEEN_COLOR = "#505050";
const COUNT_COLOR = "#56b4e9";
const MISSED_COLOR = "#d55e00";
const THROTTLED_COLOR = "#cc79a7";
const PRESSURE_COLOR = "#e69f00";

const CHART_HEIGHT = 180;
/** Below this share of time in which tasks waited, in percent, pressure is not marked. */
const MARKED_PRESSURE = 10;
/** What the commands of all slices of a page may take together, in bytes. */
const ALL_COMMANDS_BYTES = 300_000;
/** The most bytes of the command of a slice. */
const MOST_COMMAND_BYTES = 1000;
/** No gap that is narrower could be seen. */
const TOUCHING = 0.0001;
/** Rows of lanes. */
const MOST_LANES = 200;

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
  if (instants.length === 0 || !isOnChart(timeline, most)) return [];
  const points = instants.map(({ ms, total }) =>
    [ms / lengthMs, total / most] as const
  );
  return [dashes === undefined ? { points } : { points, dashes }];
}

/** CPU over time. */
export function cpuChart(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, times, cpu: most } = axes;
  return section(`CPU${ofRun(at, axes.runs)}`, {
    id: `cpu${at}`,
    title: "CPU over time by group",
    description: `Percent of one core. ${mostText(run.cpu, percentText)}${
      limitText(run.cpuLimit, most, percentText)
    }`,
    height: CHART_HEIGHT,
    areas: stacked(run, run.cpu, axes, most, true),
    lines: lineOf(run.cpuLimit, lengthMs, most, "6 4"),
    spans: missedSpans(run, lengthMs),
    strips: strips(run, lengthMs),
    mark: null,
    values: fourths(most, percentText),
    times,
  });
}

/** Memory over time. */
export function memoryChart(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, times, memory: most } = axes;
  const hasPss = run.pss.instants().length > 0;
  return section(`Memory${ofRun(at, axes.runs)}`, {
    id: `memory${at}`,
    title: "Resident memory over time by group",
    description: `Shared pages count in each process. ${
      mostText(run.memory, showBinary)
    }${
      run.peakMemory === null
        ? ""
        : ` A circle marks it, after ${secondsText(run.peakMemory.ms)}.`
    }${
      hasPss
        ? " The line across is proportional memory, in which they count once."
        : ""
    }${limitText(run.memoryLimit, most, showBinary)}`,
    height: CHART_HEIGHT,
    areas: stacked(run, run.memory, axes, most, false),
    lines: [
      ...lineOf(run.pss, lengthMs, most),
      ...lineOf(run.memoryLimit, lengthMs, most, "6 4"),
    ],
    spans: joined(missedSpans(run, lengthMs)),
    strips: [],
    mark: peakMark(run, lengthMs, most),
    values: fourths(most, showBinary),
    times,
  });
}

/** The sample with the most memory. */
function peakMark(
  run: ReportRun,
  lengthMs: number,
  most: number,
): Mark | null {
  const peak = run.peakMemory;
  if (peak === null) return null;
  const { ms, total } = peak;
  return {
    at: [ms / lengthMs, total / most],
    text: showBinary(total),
  };
}

/** Processes and threads over time. */
export function countsChart(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, times, counts: most } = axes;
  const instants = run.counts.instants();
  const points = (part: number) =>
    instants.map(({ ms, parts }) =>
      [ms / lengthMs, (parts[part] ?? 0) / most] as const
    );
  return section(`Processes and threads${ofRun(at, axes.runs)}`, {
    id: `counts${at}`,
    title: "Processes and threads over time",
    description: "The area is processes, the line is threads.",
    height: CHART_HEIGHT / 2,
    areas: [{ points: points(0), color: COUNT_COLOR }],
    lines: [{ points: points(1) }],
    spans: joined(missedSpans(run, lengthMs)),
    strips: [],
    mark: null,
    values: fourths(most, (count) => String(Number(count.toFixed(2))), 2),
    times,
  });
}

function section(title: string, chart: Chart): string {
  return `<h2>${escapeMarkup(title)}</h2>
<p>${escapeMarkup(chart.description)}</p>
${chartSvg(chart)}
`;
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

/** The most that a chart shows; no figure if nothing was measured. */
function mostText(
  timeline: Timeline,
  show: (value: number) => string,
): string {
  const all = totals(timeline);
  return all.length === 0
    ? "No sample shows any."
    : `The most was ${show(Math.max(...all))}.`;
}

function limitText(
  limit: Timeline,
  most: number,
  show: (value: number) => string,
): string {
  const [first] = limit.instants();
  if (first === undefined) return "";
  return isOnChart(limit, most)
    ? ` The dashed line is the limit, ${show(first.total)} at first.`
    : ` The limit, ${show(first.total)} at first, is above what is drawn.`;
}

/** Whether all of a line is within a chart that ends at `most`. */
function isOnChart(timeline: Timeline, most: number): boolean {
  return totals(timeline).every((total) => total <= most);
}

/** Stretches in which samples were missed. */
function missedSpans(run: ReportRun, lengthMs: number): Span[] {
  return spansOf(
    run,
    lengthMs,
    MISSED_COLOR,
    ({ missed, taken }) =>
      missed === 0 ? null : {
        opacity: 0.1 + 0.25 * missed / (missed + taken),
        text: `${showCount(missed, "sample")} missed`,
      },
  );
}

/** The same, with those that touch as one: how many it were stands in the first chart. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (last === undefined || span.from > last.to + TOUCHING) {
      all.push({ ...span, text: "samples missed" });
    } else {
      const opacity = Math.max(last.opacity, span.opacity);
      all[all.length - 1] = { ...last, to: span.to, opacity };
    }
  }
  return all;
}

/** Stretches in which something held the tree back, by what it was. */
function strips(run: ReportRun, lengthMs: number): Strip[] {
  return [
    {
      name: "throttled",
      spans: spansOf(
        run,
        lengthMs,
        THROTTLED_COLOR,
        ({ throttledSeconds }, lastsMs) =>
          throttledSeconds === 0 ? null : {
            opacity: opacityOf(1000 * throttledSeconds / lastsMs),
            text: `throttled for ${throttledSeconds.toFixed(3)} s`,
          },
      ),
    },
    {
      name: "waiting",
      spans: spansOf(
        run,
        lengthMs,
        PRESSURE_COLOR,
        ({ pressure }) =>
          pressure.percentage < MARKED_PRESSURE ? null : {
            opacity: opacityOf(pressure.percentage / 100),
            text: `tasks waited for ${pressure.resource} ${
              percentText(pressure.percentage)
            } of the time`,
          },
      ),
    },
  ].filter(({ spans }) => spans.length > 0);
}

/** Of a mark that stands alone, by how much of its time was so. */
function opacityOf(part: number): number {
  return 0.25 + 0.75 * Math.min(1, part);
}

/** The columns of a run of which something is to be said. */
function spansOf(
  run: ReportRun,
  lengthMs: number,
  color: string,
  say: (
    marks: Marks,
    lastsMs: number,
  ) => Pick<Span, "opacity" | "text"> | null,
): Span[] {
  const { widthMs } = run.marks;
  const intervalMs = 1000 * run.run.intervalSeconds;
  return run.marks.entries().flatMap(({ ms, value }) => {
    // A sample stands for the time before it.
    const lastsMs = Math.max(widthMs, intervalMs * (value.missed + 1));
    const said = say(value, lastsMs);
    return said === null ? [] : [{
      ...said,
      color,
      from: Math.max(0, ms + widthMs - lastsMs) / lengthMs,
      to: Math.min(lengthMs, ms + widthMs) / lengthMs,
    }];
  });
}

/** Each process over time. */
export function lanes(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, times, shown, runs } = axes;
  const all = run.processes.slices(MOST_SLICES / runs);
  const commandBytes = Math.min(
    MOST_COMMAND_BYTES,
    ALL_COMMANDS_BYTES / runs / Math.max(1, all.length),
  );
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
      text: processText(process, commandBytes),
    }];
  });
  const left = run.processes.count - slices.length;
  const title = `Processes over time${ofRun(at, runs)}`;
  const note = left === 0
    ? "Each process that a sample saw, from its start to the sample that saw its end."
    : `The longest and the heaviest ${slices.length} processes; ${left} more are not drawn.`;
  return `<h2>${escapeMarkup(title)}</h2>
<p>${escapeMarkup(note)}</p>
${
    lanesSvg(
      {
        id: `lanes${at}`,
        title: "Processes over time",
        description: note,
        times,
        spans: joined(missedSpans(run, lengthMs)),
      },
      slices,
    )
  }
`;
}

function processText(
  process: ReportedProcess,
  commandBytes: number,
): string[] {
  const { pid, ppid, startMs, endMs, cpuSeconds, peakRssBytes } = process;
  return [
    cutMarkup(commandOf(process), commandBytes),
    `pid ${pid}, parent ${ppid}`,
    `from ${secondsText(startMs)} to ${secondsText(endMs)}`,
    `CPU ${cpuSeconds.toFixed(2)} s, most memory ${memoryText(peakRssBytes)}`,
  ];
}

/** What the colours stand for; what is nowhere in these runs is left out. */
export function legend(runs: readonly ReportRun[], shown: readonly Shown[]) {
  const isSome = (of: (marks: Marks) => boolean) =>
    runs.some(({ marks }) => marks.entries().some(({ value }) => of(value)));
  const hasOthers = runs.some(({ groups }) => groups.length > shown.length);
  const hasUnseen = runs.some(({ cpu }) =>
    cpu.instants().some(({ parts }) => (parts.at(-1) ?? 0) > 0)
  );
  const marked = [
    ...isSome(({ missed }) => missed > 0)
      ? [keyText(MISSED_COLOR, 0.4, "samples missed")]
      : [],
    ...isSome(({ throttledSeconds }) => throttledSeconds > 0)
      ? [keyText(THROTTLED_COLOR, 0.7, "throttled")]
      : [],
    ...isSome(({ pressure }) => pressure.percentage >= MARKED_PRESSURE)
      ? [
        keyText(
          PRESSURE_COLOR,
          0.7,
          "tasks waited for a tenth of the time or more",
        ),
      ]
      : [],
  ];
  const items = [
    ...shown,
    ...hasOthers ? [{ name: "other names", color: OTHER_COLOR }] : [],
    ...hasUnseen
      ? [{ name: "CPU that no process line shows", color: UNSEEN_COLOR }]
      : [],
  ];
  return `<p>${
    items.map(({ name, color }) => keyText(color, 1, name)).join("\n")
  }</p>
${marked.length === 0 ? "" : `<p>Marked: ${marked.join("\n")}</p>\n`}`;
}

/** A colour and what it stands for. */
function keyText(color: string, opacity: number, name: string): string {
  return `<span class="key"><svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" fill="${color}" fill-opacity="${opacity}"/></svg> ${
    escapeMarkup(name)
  }</span>`;
}
