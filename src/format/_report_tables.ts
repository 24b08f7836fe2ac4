/** The tables of a report: the verdict, groups, processes, and every number of the charts. */

import { showAge, showBinary, showCount } from "./_amounts.ts";
import type { Instant, Timeline } from "./_columns.ts";
import type { ReportedProcess } from "./_heaviest_of_run.ts";
import { type Axes, layersOf, totals } from "./_report_axes.ts";
import type { ReportRun } from "./_report_run.ts";
import {
  commandOf,
  memoryText,
  ofRun,
  percentText,
  secondsText,
} from "./_report_words.ts";
import { describeEnd, describeRoot } from "./_run_words.ts";
import { cutMarkup, escapeMarkup } from "./_svg.ts";

/** The most changes of groups that are listed. */
const MOST_CHANGES = 8;
/** The most names of whose the peak of memory is. */
const MOST_OWNERS = 3;
/** The most bytes of a fact. */
const MOST_FACT_BYTES = 2000;
/** The most bytes of a command in a table, and of it where the pointer rests. */
const MOST_CELL_BYTES = 160;
const MOST_TITLE_BYTES = 1000;

/** What a person asks first, a row each, of every run the same; an empty one says nothing. */
function facts(run: ReportRun): [string, string][] {
  const { end, seconds } = run;
  const { hostname, epochMs } = run.run;
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
      }, after ${seconds.toFixed(2)} s${
        seconds < 60 ? "" : ` (${showAge(seconds)})`
      }`,
    ],
    ["CPU", cpuText(run)],
    ["CPU limit", cpuLimitText(run)],
    ["Peak memory", peakText(run)],
    ["Memory limit", memoryLimitText(run)],
    ["Processes", processesText(run)],
    ["Most CPU", heaviestText(run)],
    [
      "Labels",
      Object.entries(run.labels).map(([name, value]) => `${name}=${value}`)
        .join(", "),
    ],
    ["Samples", samplesText(run)],
    ["Trust", trustText(run)],
  ];
}

function cpuText({ end, lacksCpu, cpuSeconds, run }: ReportRun): string {
  if (end === null) {
    return `${lacksCpu ? "at least " : ""}${
      cpuSeconds.toFixed(2)
    } s until the last sample`;
  }
  const { numCores } = run;
  const cores = numCores === null ? "" : ` of ${shortened(numCores)}`;
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

/** A number of cores in few digits. */
function shortened(cores: number): number {
  return Number(cores.toFixed(2));
}

/** Whether the cores that the tree may use were too few. */
function cpuLimitText({ limits, run, cpuLimit }: ReportRun): string {
  const { cpuSeconds, nearCpuSeconds, throttledSeconds, pressure } = limits;
  const all = totals(cpuLimit).map((percentage) => percentage / 100);
  const atFirst = run.numCores ?? all[0];
  const least = Math.min(...all);
  const cores = atFirst === undefined
    ? "not known"
    : `${showCount(shortened(atFirst), "core")}${
      least < atFirst ? ` at first, ${shortened(least)} at least` : ""
    }`;
  return [
    cores,
    ...cpuSeconds === 0 ? [] : [
      `95 % or more of that used in ${nearCpuSeconds.toFixed(2)} of ${
        cpuSeconds.toFixed(2)
      } s`,
    ],
    throttledSeconds === null
      ? "throttling is not known"
      : throttledSeconds === 0
      ? "never throttled"
      : `throttled for ${throttledSeconds.toFixed(2)} s`,
    ...pressure.percentage === 0 ? [] : [
      `tasks waited for ${pressure.resource} up to ${
        percentText(pressure.percentage)
      } of the time`,
    ],
  ].join("; ");
}

/** How near memory was to its limit. */
function memoryLimitText({ limits, memoryLimit }: ReportRun): string {
  const bytes = totals(memoryLimit);
  if (bytes.length === 0) return "no sample shows one";
  const least = showBinary(Math.min(...bytes));
  const { mostMemoryPercentage: most } = limits;
  return most === null
    ? least
    : `${least}; at most ${percentText(most)} of its cgroup's limit used`;
}

function processesText({ processes, counts }: ReportRun): string {
  const most = Math.max(0, ...totals(counts));
  return `${processes.count} seen by samples, at most ${most} at one time`;
}

/** The process that used the most CPU time itself. */
function heaviestText({ processes }: ReportRun): string {
  const [first] = processes.heaviestByCpu;
  if (first === undefined || first.cpuSeconds === 0) {
    return "none that samples saw";
  }
  return `${first.comm}, process ${first.pid}: ${
    first.cpuSeconds.toFixed(2)
  } s, from ${secondsText(first.startMs)} to ${secondsText(first.endMs)}: ${
    cutMarkup(commandOf(first), MOST_CELL_BYTES)
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
    return peak === null
      ? "not known"
      : `${peakAt(peak.total, peak.ms)}${ownersText(run)}`;
  }
  const afterMs = Math.max(0, peakRssEpochMs - run.run.epochMs);
  const among = typeof peakRssNumProcesses === "number"
    ? `, in ${showCount(peakRssNumProcesses, "process", "processes")}`
    : "";
  const owners = run.peakMemory?.total === peakRssBytes ? ownersText(run) : "";
  return `${peakAt(peakRssBytes, afterMs)}${among}${owners}`;
}

/** Whose most of the peak is. */
function ownersText({ peakMemory, groups }: ReportRun): string {
  const parts = [...(peakMemory?.parts ?? []).entries()]
    .filter(([, bytes]) => bytes > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_OWNERS)
    .map(([at, bytes]) =>
      `${groups[at]?.name ?? "other names"} ${showBinary(bytes)}`
    );
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}

function peakAt(bytes: number, afterMs: number): string {
  return `${showBinary(bytes)} after ${secondsText(afterMs)}`;
}

/** The most memory at one time, in bytes; null if it is not known. */
function peakBytesOf({ end, peakMemory }: ReportRun): number | null {
  return end?.summary.peakRssBytes ?? peakMemory?.total ?? null;
}

/** How many samples there were, and how many of the run's are not here. */
function samplesText(
  { samples, end, run, trust, longest }: ReportRun,
): string {
  const every = `one each ${run.intervalSeconds} s`;
  const apart = longest === null
    ? ""
    : `, at most ${longest.seconds.toFixed(2)} s apart (until ${
      secondsText(longest.endMs)
    })`;
  if (end === null) {
    return `${samples}, ${every}; ${trust.missed} missed before the last of them${apart}`;
  }
  const { samples: taken, missedSamples } = end.summary;
  const here = taken === samples ? `${samples}` : `${samples} of ${taken}`;
  return `${here}, ${every}; ${missedSamples} missed${apart}`;
}

/** A part of CPU time, in percent, that is worth a word. */
const NOTED_UNSEEN = 1;

/** How far the samples can be trusted. */
function trustText(
  { samples, trust, end, cpuSeconds, unseenSeconds }: ReportRun,
): string {
  if (samples === 0) return "there is no sample";
  const missed = end?.summary.missedSamples ?? trust.missed;
  const unseen = cpuSeconds > 0 ? 100 * unseenSeconds / cpuSeconds : 0;
  const faults = [
    ...missed === 0 ? [] : [
      `${percentText(100 * missed / (missed + samples))} of samples missed`,
    ],
    ...unseen < NOTED_UNSEEN ? [] : [
      `${percentText(unseen)} of CPU time stands on no process line`,
    ],
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
      `<td class="wide">${escapeMarkup(cutMarkup(text, MOST_FACT_BYTES))}</td>`
    );
    return [`<tr><th scope="row">${name}</th>${cells.join("")}</tr>`];
  });
  return `<table>${head}<tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

/** A cell of a table: what it says, and by what it is sorted, or all of what is cut. */
type Cell =
  | string
  | { readonly text: string; readonly value: number }
  | { readonly text: string; readonly whole: string };

function table(
  id: string,
  title: string,
  heads: readonly string[],
  rows: readonly (readonly Cell[])[],
): string {
  const head = heads.map((name, i) =>
    `<th scope="col"${isNumber(rows[0]?.[i]) ? ' class="number"' : ""}>${
      escapeMarkup(name)
    }</th>`
  ).join("");
  const body = rows.map((cells) => `<tr>${cells.map(cellText).join("")}</tr>`)
    .join("\n");
  const escaped = escapeMarkup(title);
  return `<h2>${escaped}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="${escaped}"><table class="sorts" id="${id}"><thead><tr>${head}</tr></thead><tbody>
${body}
</tbody></table></div>
`;
}

function isNumber(cell: Cell | undefined): boolean {
  return typeof cell === "object" && "value" in cell;
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") {
    return `<td class="wide">${escapeMarkup(cell)}</td>`;
  }
  const text = escapeMarkup(cell.text);
  return "value" in cell
    ? `<td class="number" data-value="${cell.value}">${text}</td>`
    : `<td class="wide" title="${escapeMarkup(cell.whole)}">${text}</td>`;
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
  const suffix = ofRun(at, of);
  const unseen = groups.reduce(
    (left, { cpuSeconds }) => left - cpuSeconds,
    cpuSecondsOf(run),
  );
  const heads = ["Command", "PID", "CPU s", "Most memory", "From, s", "To, s"];
  const row = (process: ReportedProcess): Cell[] => [
    {
      text: cutMarkup(commandOf(process), MOST_CELL_BYTES),
      whole: cutMarkup(commandOf(process), MOST_TITLE_BYTES),
    },
    count(process.pid),
    seconds(process.cpuSeconds),
    bytes(process.peakRssBytes),
    seconds(process.startMs / 1000),
    seconds(process.endMs / 1000),
  ];
  const byCpu = `Processes with the most CPU time${suffix}`;
  const byMemory = `Processes with the most memory at one time${suffix}`;
  return [
    table(
      `groups${at}`,
      `Groups by name${suffix}`,
      ["Name", "CPU s", "Most memory", "Most processes"],
      groups.toSorted((a, b) => b.cpuSeconds - a.cpuSeconds).map((group) => [
        group.name ?? "other names",
        seconds(group.cpuSeconds),
        bytes(group.peakRssBytes),
        count(group.peakProcesses),
      ]).concat(
        unseen < 0.005 ? [] : [["seen on no process", seconds(unseen), "", ""]],
      ),
    ),
    table(
      `by-cpu${at}`,
      byCpu,
      heads,
      processes.heaviestByCpu.map(row),
    ),
    table(
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
  const figures = (
    id: string,
    title: string,
    unit: string,
    heads: readonly string[],
    timeline: Timeline,
    row: (instant: Instant) => readonly string[],
  ) => {
    const head = ["Time, s", ...heads]
      .map((name) => `<th scope="col">${escapeMarkup(name)}`).join("");
    const rows = timeline.instants().map((one) =>
      `<tr data-at="${(one.ms / lengthMs).toFixed(5)}">${
        [(one.ms / 1000).toFixed(2), ...row(one)]
          .map((cell) => `<td>${cell}`).join("")
      }`
    ).join("\n");
    const label = escapeMarkup(`${title} of run ${at}`);
    // The ends of rows and cells may be left out, and there are thousands.
    return `<details><summary>${escapeMarkup(title)}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="sorts figures" id="${id}${at}-numbers" data-unit="${unit}"><thead><tr>${head}</thead><tbody align="right">
${rows}
</tbody></table></div></details>
`;
  };
  const layers = (instant: Instant, hasUnseen: boolean) => [
    instant.total,
    ...layersOf(run, shown, instant, hasUnseen),
  ];
  return [
    `<h2>${escapeMarkup(`Numbers${ofRun(at, axes.runs)}`)}</h2>\n`,
    figures(
      "cpu",
      "CPU, % of one core",
      " %",
      ["All", ...names, "on no line"],
      run.cpu,
      (instant) => layers(instant, true).map(figure),
    ),
    figures(
      "memory",
      "Resident memory, MiB",
      " MiB",
      ["All", ...names],
      run.memory,
      (instant) =>
        layers(instant, false).map((bytes) => figure(bytes / MEBIBYTE)),
    ),
    figures(
      "counts",
      "Processes and threads",
      "",
      ["Processes", "Threads"],
      run.counts,
      ({ parts }) => parts.map(String),
    ),
  ].join("");
}

const MEBIBYTE = 1024 ** 2;

/** A figure with three decimals, as percentages on lines have. */
function figure(value: number): string {
  const text = value.toFixed(3);
  return Number(text) === 0 ? "0" : text;
}

/** What changed from the first run to the second; nothing if there is no second. */
export function differences([before, after]: readonly ReportRun[]): string {
  if (before === undefined || after === undefined) return "";
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
    ["Seconds", before.seconds, after.seconds, (value) => value.toFixed(2)],
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
  return table(
    "differences",
    "Differences",
    ["Figure", "Run 1", "Run 2", "Change", "Change, %"],
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
