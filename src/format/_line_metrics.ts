/** The figures of trees, cgroups and the host as metrics: each row of the dictionary is one. */

import type { Integer } from "../integer.ts";
import type { EntryKind, Unit } from "../model/field.ts";
import type { Sample } from "../model/sample.ts";
import {
  type Figure,
  figureOf,
  figuresOf,
  mapFiguresOf,
  mapsOf,
} from "./_figures.ts";
import { HELP } from "./_help.ts";
import { roundSeconds } from "./_json.ts";
import type { Family, Label, Metric, MetricType, Point } from "./_metric.ts";

/** The labels of these metrics. */
export const LINE_LABELS: readonly string[] = [
  "cgroup",
  "nth",
  "device",
  "key",
];

/** What a name ends with that has this unit. Microseconds are written as seconds. */
const UNIT_WORDS: Readonly<Partial<Record<Unit, string>>> = {
  bytes: "bytes",
  "bytes_per_second": "bytes_per_second",
  seconds: "seconds",
  microseconds: "seconds",
  percent: "percentage",
  cores: "cores",
};

const TYPES: Readonly<Record<EntryKind, MetricType>> = {
  gauge: "gauge",
  counter: "counter",
  mixed: "unknown",
};

const MICROSECONDS = 1e6;

/** A kind of line of which the figures are metrics. */
type MetricKind = keyof typeof HELP;

/** Something that figures are about. */
interface Thing {
  readonly values: object;
  /** What tells it from others of its kind. */
  readonly labels: readonly Label[];
}

/** The metrics of a run with these collectors, beside those of its groups. */
export function lineMetrics(collectors: readonly string[]): readonly Metric[] {
  return [
    ...metricsOf("tree", collectors, treeOf),
    ...metricsOf("cgroup", collectors, cgroupsOf),
    ...metricsOf("host", collectors, hostOf),
  ];
}

function treeOf({ tree }: Sample): readonly Thing[] {
  return [{ values: tree, labels: [] }];
}

/** The cgroups; those of which the paths were cut to the same text are numbered. */
function cgroupsOf({ cgroups = [] }: Sample): readonly Thing[] {
  const seen = new Map<string, number>();
  return cgroups.map((values) => {
    const { path } = values;
    const nth = (seen.get(path) ?? 0) + 1;
    seen.set(path, nth);
    const label: Label = ["cgroup", path];
    return { values, labels: nth === 1 ? [label] : [label, ["nth", `${nth}`]] };
  });
}

function hostOf({ host }: Sample): readonly Thing[] {
  return host === undefined ? [] : [{ values: host, labels: [] }];
}

function metricsOf(
  kind: MetricKind,
  collectors: readonly string[],
  thingsOf: (sample: Sample) => readonly Thing[],
): readonly Metric[] {
  return [
    ...figuresOf(kind, collectors).map((figure) =>
      figureMetric(kind, figure, thingsOf)
    ),
    ...mapsOf(kind, collectors).flatMap((map) =>
      mapMetrics(kind, map, thingsOf)
    ),
  ];
}

function figureMetric(
  kind: MetricKind,
  figure: Figure,
  thingsOf: (sample: Sample) => readonly Thing[],
): Metric {
  const { field } = figure;
  const type = field.kind === "counter" ? "counter" : "gauge";
  return {
    family: familyOf(kind, figure, field.unit, type),
    points: (sample) =>
      thingsOf(sample).map(({ values, labels }) => ({
        labels,
        value: inBaseUnit(figureOf(values, figure), field.unit),
      })),
  };
}

/** The families of a map: one for each unit and type that its figures have. */
function mapMetrics(
  kind: MetricKind,
  map: Figure,
  thingsOf: (sample: Sample) => readonly Thing[],
): readonly Metric[] {
  const { field } = map;
  const own = { unit: field.unit, kind: field.entryKind ?? "gauge" };
  const sorts = new Map(
    [own, ...Object.values(field.entries ?? {})]
      .map((sort) => [`${sort.unit} ${sort.kind}`, sort] as const),
  );
  return Array.from(sorts.values(), (sort) => ({
    family: familyOf(kind, map, sort.unit, TYPES[sort.kind]),
    points: (sample) =>
      thingsOf(sample).flatMap((thing) =>
        mapFiguresOf(thing.values, map)
          .filter(({ unit, kind }) => unit === sort.unit && kind === sort.kind)
          .map(({ names, value, unit }): Point => ({
            labels: [...thing.labels, ...labelsOf(names)],
            value: inBaseUnit(value, unit),
          }))
      ),
  }));
}

/** The names that lead to a figure: its own, and the device that it is about. */
function labelsOf(names: readonly string[]): Label[] {
  const device = names.slice(0, -1).join("/");
  const key: Label = ["key", names.at(-1) ?? ""];
  return device === "" ? [key] : [["device", device], key];
}

function familyOf(
  kind: MetricKind,
  { field }: Figure,
  unit: Unit,
  type: MetricType,
): Family {
  const texts: Readonly<Record<string, string>> = HELP[kind];
  const stem = `procline_${kind}_${field.name.replace(/_total$/, "")}`;
  const word = UNIT_WORDS[unit];
  const help = texts[field.name] ?? field.name;
  if (word === undefined) return { name: stem, type, help };
  return {
    name: stem.endsWith(`_${word}`) ? stem : `${stem}_${word}`,
    type,
    unit: word,
    help: unit === "microseconds"
      ? help.replace("microseconds", "seconds")
      : help,
  };
}

function inBaseUnit(
  value: Integer | boolean | null,
  unit: Unit,
): Integer | boolean | null {
  return unit === "microseconds" && value !== null
    ? roundSeconds(Number(value) / MICROSECONDS)
    : value;
}
