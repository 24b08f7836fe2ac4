/** The tables of a report: the verdict, groups, processes, and every number of the charts. */

import { showAge, showBinary, showCount } from "./_amounts.ts";
import type { Instant, Timeline } from "./_columns.ts";
import type { ReportedProcess } from "./_heaviest_of_run.ts";
import { type Axes, layersOf } from "./_report_charts.ts";
import type { ReportRun } from "./_report_run.ts";
import {
  commandOf,
  memoryText,
  ofRun,
  percentText,
  secondsText,
} from "./_report_words.ts";
import { describeEnd, describeRoot } from "./_run_words.ts";
import { escapeText } from "./_svg.ts";

/** The most changes of groups that are listed. */
const MOST_CHANGES = 8;

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

/** The facts of each run. */
export function verdict(runs: readonly ReportRun[]): string {
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
  title: string,
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
    escapeText(title)
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
  return `<h2>${escapeText(title)}</h2>
${table(id, title, heads, rows)}`;
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
  return `<h2>${escapeText(`Numbers${ofRun(run, at)}`)}</h2>
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
  );
}
