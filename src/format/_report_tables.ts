/** The tables of a report: the verdict, groups, processes, and every number of the charts. */

import { showAge, showBinary, showCount } from "./_amounts.ts";
import type { Timeline } from "./_columns.ts";
import type { ReportedProcess } from "./_heaviest_of_run.ts";
import { type Axes, layersOf } from "./_report_axes.ts";
import type { ReportRun } from "./_report_run.ts";
import {
  commandOf,
  memoryText,
  ofRun,
  percentText,
  secondsText,
} from "./_report_words.ts";
import { describeEnd, describeRoot } from "./_run_words.ts";
import { escapeMarkup } from "./_svg.ts";

/** The most changes of groups that are listed. */
const MOST_CHANGES = 8;

/** What a person asks first, a row each, of every run the same; an empty one says nothing. */
function facts(run: ReportRun): [string, string][] {
  const { end, lastMs } = run;
  const { hostname, epochMs, numCores } = run.run;
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
    [
      "Labels",
      Object.entries(run.labels).map(([name, value]) => `${name}=${value}`)
        .join(", "),
    ],
    ["Samples", samplesText(run)],
    ["Trust", trustText(run)],
  ];
}

function cpuText(run: ReportRun, numCores: number | null): string {
  const { end } = run;
  const cores = numCores === null ? "" : ` of ${Number(numCores.toFixed(2))}`;
  if (end === null) {
    return `${run.lacksCpu ? "at least " : ""}${
      run.cpuSeconds.toFixed(2)
    } s until the last sample`;
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

function cpuSecondsOf({ end, cpuSeconds }: ReportRun): number {
  return end === null
    ? cpuSeconds
    : end.summary.userCpuSeconds + end.summary.kernelCpuSeconds;
}

/** As the end of the run says it; without one, as the samples do. */
function peakText(run: ReportRun): string {
  const { peakRssBytes = null, peakRssEpochMs = null, peakRssNumProcesses } =
    run.end?.summary ?? {};
  if (peakRssBytes === null || peakRssEpochMs === null) {
    const peak = run.peakMemory;
    return peak === null ? "not known" : peakAt(peak.total, peak.ms);
  }
  const afterMs = Math.max(0, peakRssEpochMs - run.run.epochMs);
  const among = typeof peakRssNumProcesses === "number"
    ? `, in ${showCount(peakRssNumProcesses, "process", "processes")}`
    : "";
  return `${peakAt(peakRssBytes, afterMs)}${among}`;
}

function peakAt(bytes: number, afterMs: number): string {
  return `${showBinary(bytes)} after ${secondsText(afterMs)}`;
}

/** The most memory at one time, in bytes; null if it is not known. */
function peakBytesOf({ end, peakMemory }: ReportRun): number | null {
  return end?.summary.peakRssBytes ?? peakMemory?.total ?? null;
}

/** How many samples there were, and how many of the run's are not here. */
function samplesText({ samples, end, run, trust }: ReportRun): string {
  const every = `one each ${run.intervalSeconds} s`;
  if (end === null) {
    return `${samples}, ${every}; ${trust.missed} missed before the last of them`;
  }
  const { samples: taken, missedSamples } = end.summary;
  const here = taken === samples ? `${samples}` : `${samples} of ${taken}`;
  return `${here}, ${every}; ${missedSamples} missed`;
}

/** How far the samples can be trusted. */
function trustText({ samples, trust }: ReportRun): string {
  if (samples === 0) return "there is no sample";
  const faults = [
    ...trust.gone === 0 ? [] : [
      `${
        showCount(trust.gone, "sample")
      } left out processes that had just ended`,
    ],
    ...trust.unread === 0 ? [] : [
      `up to ${
        showCount(trust.unread, "process", "processes")
      } could not be read`,
    ],
    ...trust.inconsistent === 0
      ? []
      : [`${showCount(trust.inconsistent, "sample")} not consistent`],
  ];
  return faults.length === 0 ? "every sample is whole" : faults.join("; ");
}

/** The facts of each run. */
export function verdict(runs: readonly ReportRun[]): string {
  const columns = runs.map(facts);
  const head = runs.length === 1
    ? ""
    : `<thead><tr><th scope="col">Run</th>${
      runs.map((_, i) => `<th scope="col">${i + 1}</th>`).join("")
    }</tr></thead>`;
  const rows = (columns[0] ?? []).flatMap(([name], row) => {
    const texts = columns.map((column) => column[row]?.[1] ?? "");
    if (texts.every((text) => text === "")) return [];
    const cells = texts.map((text) =>
      `<td class="wide">${escapeMarkup(text)}</td>`
    );
    return [`<tr><th scope="row">${name}</th>${cells.join("")}</tr>`];
  });
  return `<table>${head}<tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

/** A cell of a table: what it says, and by what it is sorted. */
type Cell = string | { readonly text: string; readonly value: number };

function table(
  id: string,
  title: string,
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
  notes: readonly string[] = [],
): string {
  const head = heads.map((name, i) =>
    `<th scope="col"${isNumber(rows[0]?.[i]) ? ' class="number"' : ""}>${
      escapeMarkup(name)
    }</th>`
  ).join("");
  const body = rows.map((cells, i) =>
    `<tr${notes[i] ?? ""}>${cells.map(cellText).join("")}</tr>`
  ).join("\n");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${
    escapeMarkup(title)
  }"><table class="sorts" id="${id}"><thead><tr>${head}</tr></thead><tbody>
${body}
</tbody></table></div>
`;
}

function titledTable(
  id: string,
  title: string,
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
): string {
  return `<h2>${escapeMarkup(title)}</h2>
${table(id, title, heads, rows)}`;
}

function isNumber(cell: Cell | undefined): boolean {
  return typeof cell === "object";
}

function cellText(cell: Cell): string {
  return typeof cell === "string"
    ? `<td class="wide">${escapeMarkup(cell)}</td>`
    : `<td class="number" data-value="${cell.value}">${
      escapeMarkup(cell.text)
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

/** The heaviest groups and processes. */
export function tables(run: ReportRun, at: number, of: number): string {
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
  const byCpu = `Processes with the most CPU time${suffix}`;
  const byMemory = `Processes with the most memory at one time${suffix}`;
  return [
    titledTable(
      `groups${at}`,
      `Groups by name${suffix}`,
      ["Name", "CPU s", "Most memory", "Most processes"],
      groups.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds).map((group) => [
        group.name ?? "other names",
        seconds(group.cpuSeconds),
        bytes(group.peakRssBytes),
        count(group.peakProcesses),
      ]),
    ),
    titledTable(
      `by-cpu${at}`,
      byCpu,
      heads,
      processes.heaviestByCpu.map(row),
    ),
    titledTable(
      `by-memory${at}`,
      byMemory,
      heads,
      processes.heaviestByMemory.map(row),
    ),
  ].join("");
}

/** Every figure that the charts draw. */
export function numbers(run: ReportRun, axes: Axes, at: number): string {
  const { lengthMs, shown } = axes;
  const names = [...shown.map(({ name }) => name), "other names"];
  const rowNotes = (timeline: Timeline) =>
    timeline.instants().map(({ ms }) =>
      ` data-at="${(ms / lengthMs).toFixed(5)}"`
    );
  const layered = (
    id: string,
    title: string,
    timeline: Timeline,
    show: (value: number) => string,
    hasUnseen: boolean,
  ) =>
    table(
      id,
      title,
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
  return `<h2>${escapeMarkup(`Numbers${ofRun(run, at)}`)}</h2>
<details><summary>CPU</summary>
${
    layered(`cpu${at}-numbers`, `CPU of run ${at}`, run.cpu, percentText, true)
  }</details>
<details><summary>Memory</summary>
${
    layered(
      `memory${at}-numbers`,
      `Memory of run ${at}`,
      run.memory,
      showBinary,
      false,
    )
  }</details>
<details><summary>Processes and threads</summary>
${
    table(
      `counts${at}-numbers`,
      `Processes and threads of run ${at}`,
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
export function differences(runs: readonly ReportRun[]): string {
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
  const peaks = [peakBytesOf(before), peakBytesOf(after)] as const;
  const rows: [string, number | null, number | null, Show][] = [
    ["Seconds", seconds(before), seconds(after), (value) => value.toFixed(2)],
    [
      "CPU seconds",
      cpuSecondsOf(before),
      cpuSecondsOf(after),
      (value) => value.toFixed(2),
    ],
    [
      "Peak memory",
      ...peaks,
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
      .slice(0, MOST_CHANGES)
      .map(([name, [one, other]]): typeof rows[number] => [
        `CPU seconds of ${name}`,
        one,
        other,
        (value) => value.toFixed(2),
      ]),
  ];
  return titledTable(
    "differences",
    "Differences",
    ["", "Run 1", "Run 2", "Change", "Change, %"],
    rows.map(([name, one, other, show]) => {
      const change = one === null || other === null ? null : other - one;
      return [
        name,
        shown(one, show),
        shown(other, show),
        shown(change, show),
        shown(
          change === null || one === null || one === 0
            ? null
            : 100 * change / one,
          percentText,
        ),
      ];
    }),
  );
}

/** How a figure is shown. */
type Show = (value: number) => string;

/** A figure; what is not known comes first. */
function shown(value: number | null, show: Show): Cell {
  return value === null
    ? { text: "-", value: -Number.MAX_VALUE }
    : { text: show(value), value };
}
