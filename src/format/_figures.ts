/**
 * What is a figure on a line: the metrics of the formats that know nothing else. They are made from
 * the dictionary of fields, never from a list of their own.
 */

import type { Integer } from "../integer.ts";
import { LINES } from "../model/dictionary.ts";
import type { EntryKind, Field, LineKind, Unit } from "../model/field.ts";
import { factorOf, type JsonField, jsonFields, roundBy } from "./_json.ts";

/** A field of a kind of line that is one figure, or a map of figures. */
export type Figure = Pick<JsonField, "key" | "field" | "factor">;

/** One figure of a map. */
export interface MapFigure {
  /** The names that lead to it: `["anon"]`; of a map of maps, `["8:0", "rbytes"]`. */
  readonly names: readonly string[];
  /** What it counts in. */
  readonly unit: Unit;
  /** What it is. */
  readonly kind: EntryKind;
  /** Its value; null if it is not known. */
  readonly value: Integer | null;
}

/** Flags that tell which thing a line is about, as labels do. */
const NAMING: ReadonlySet<string> = new Set(["other"]);

/**
 * The fields of a kind of line that are one figure: gauges, counters, and what is a yes or no
 * (flags, and texts that are booleans). Those of collectors that do not run are left out, and so
 * are flags that say that a text was cut.
 */
export function figuresOf(
  kind: LineKind,
  collectors: readonly string[],
): readonly Figure[] {
  return jsonFields(LINES[kind], new Set(collectors)).filter(({ field }) =>
    isAmount(field) || field.isBoolean === true ||
    (field.kind === "flag" && !NAMING.has(field.name) &&
      !field.name.endsWith("_truncated"))
  );
}

/** The fields of a kind of line that are maps of figures. */
export function mapsOf(
  kind: LineKind,
  collectors: readonly string[],
): readonly Figure[] {
  return jsonFields(LINES[kind], new Set(collectors))
    .filter(({ field }) => field.kind === "map" && field.holdsTexts !== true);
}

/** Whether a figure is a number of things, an amount, a share; not a yes or no. */
function isAmount({ kind }: Field): boolean {
  return kind === "gauge" || kind === "counter";
}

/** Whether every value in this unit is a whole number: then it may have 64 bits. */
export function isWhole(unit: Unit): boolean {
  return factorOf(unit) === undefined;
}

/**
 * The value of a figure in a sample of its kind, with the decimals that it has on every line; null
 * if it is not known or not there.
 */
export function figureOf(
  values: object,
  { key, factor }: Figure,
): Integer | boolean | null {
  const value = readValue(values, key);
  switch (typeof value) {
    case "number":
      return roundBy(value, factor);
    case "bigint":
    case "boolean":
      return value;
    default:
      return null;
  }
}

/** The figures of a map, in its order; none if the map is not known. */
export function mapFiguresOf(
  values: object,
  { key, field }: Figure,
): readonly MapFigure[] {
  const figures: MapFigure[] = [];
  collect(readValue(values, key), [], field, figures);
  return figures;
}

function collect(
  value: unknown,
  names: readonly string[],
  field: Field,
  figures: MapFigure[],
): void {
  const isFigure = names.length > 0 &&
    (value === null || typeof value === "number" || typeof value === "bigint");
  if (isFigure) {
    const { unit, kind } = field.entries?.[names.at(-1) ?? ""] ??
      { unit: field.unit, kind: field.entryKind ?? "gauge" };
    figures.push({
      names,
      unit,
      kind,
      value: typeof value === "number" ? roundBy(value, factorOf(unit)) : value,
    });
  } else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      collect(inner, [...names, name], field, figures);
    }
  }
}

/** A value of a sample, by its key. */
export function readValue(values: object, key: string): unknown {
  return (values as Readonly<Record<string, unknown>>)[key];
}
