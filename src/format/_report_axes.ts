/** What all charts of a report share: their axes, and which groups have which colours. */

import type { Instant, Timeline } from "./_columns.ts";
import type { ReportedGroup, ReportRun } from "./_report_run.ts";
import { niceAbove, niceBytesAbove, type Tick, timeTicks } from "./_svg.ts";

/** The colours of Okabe and Ito, which colour-blind people tell apart, and one more. */
const COLORS = [
  ...["#0072b2", "#e69f00", "#009e73", "#cc79a7"],
  ...["#56b4e9", "#d55e00", "#f0e442", "#7a4a9e"],
] as const;
/** Of all groups that have no colour of their own. */
export const OTHER_COLOR = "#a0a0a0";

/** A run of one sample has an axis, too. */
const LEAST_LENGTH_MS = 100;
/** A limit that is so much higher than all that was used would leave it no room. */
const MOST_LIMIT = 2;

/** What is less than that, in percent or bytes, is left of sums of fractions. */
const ROUNDING = 0.0005;

/** A group that has a colour of its own. */
export interface Shown {
  /** Its name. */
  readonly name: string;
  /** The colour, as `#rrggbb`. */
  readonly color: string;
}

/** How all charts of a page are drawn: on the same axes. */
export interface Axes {
  /** The time that they show, in milliseconds: that of the longest run. */
  readonly lengthMs: number;
  /** The marks of the time. */
  readonly times: readonly Tick[];
  /** The groups that have a colour of their own, the heaviest first. */
  readonly shown: readonly Shown[];
  /** How many runs are drawn. */
  readonly runs: number;
  /** Where the axis of CPU ends, in percent of a core. */
  readonly cpu: number;
  /** Where that of memory ends, in bytes. */
  readonly memory: number;
  /** Where that of processes and threads ends. */
  readonly counts: number;
}

/** The axes on which all these runs are drawn. */
export function axesOf(runs: readonly ReportRun[]): Axes {
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
    runs: runs.length,
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

/** What a chart shows at each of its instants. */
export function totals(timeline: Timeline): number[] {
  return timeline.instants().map(({ total }) => total);
}

/** The heaviest groups, by their shares of CPU time and of peak memory. */
function shownGroups(runs: readonly ReportRun[]): Shown[] {
  const groups = runs.flatMap((run) => run.groups);
  const sum = (of: (group: ReportedGroup) => number) =>
    groups.reduce((total, group) => total + of(group), 0) || 1;
  const cpu = sum(({ cpuSeconds }) => cpuSeconds);
  const memory = sum(({ peakRssBytes }) => peakRssBytes ?? 0);
  const weights = new Map<string, number>();
  for (const { name, cpuSeconds, peakRssBytes } of groups) {
    if (name === null) continue;
    const weight = cpuSeconds / cpu + (peakRssBytes ?? 0) / memory;
    weights.set(name, (weights.get(name) ?? 0) + weight);
  }
  return [...weights].sort(([, a], [, b]) => b - a)
    .slice(0, COLORS.length)
    .map(([name], i) => ({ name, color: COLORS[i] ?? OTHER_COLOR }));
}

/** The layers of an instant, from below: groups with a colour, all other parts, what is unseen. */
export function layersOf(
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
  return [...own, others < ROUNDING ? 0 : others, ...hasUnseen ? [unseen] : []];
}
