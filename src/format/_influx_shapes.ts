/**
 * What the points of each kind of line are made of: which fields are tags, and how values stand.
 */

import type { Integer } from "../integer.ts";
import { LINES } from "../model/dictionary.ts";
import type { Fields, LineKind } from "../model/field.ts";
import {
  type Figure,
  figureOf,
  figuresOf,
  isWhole,
  mapFiguresOf,
  mapsOf,
  readValue,
} from "./_figures.ts";
import { jsonFields } from "./_json.ts";
import { escapeKey, floatOf, intOf, tagOf, textOf } from "./_line_protocol.ts";
import {
  ADDED,
  RENAMED,
  RENAMED_IN_MAPS,
  RENAMED_LABELS,
} from "./_telegraf.ts";

/** Labels by which points are told apart: they are tags, as far as a line of a kind has them. */
const TAGS: Readonly<Partial<Record<LineKind, readonly string[]>>> = {
  process: ["comm", "pid", "cgroup", "unit", "containerId", "podUid"],
  start: ["comm"],
  exit: ["comm"],
  exec: ["comm"],
  thread: ["pid", "tid", "comm"],
  smaps: ["pid", "pathname"],
  cgroup: ["path"],
};

/** The tag that has the name of a thread. */
export const THREAD_NAME = "thread_name";

/** How the value of a field is written; null: it has none. */
export type Write = (value: unknown) => string | null;

/** One field of a point. */
export interface Column {
  /** The key in a sample that its value changes with. */
  readonly key: string;
  /** Its name, between a comma and an equals sign. */
  readonly prefix: string;
  /** Its value in a sample of its kind. */
  readonly valueOf: (values: object) => unknown;
  /** How that is written. */
  readonly write: Write;
}

/** One tag of a point. */
export interface Tag {
  /** The key in a sample. */
  readonly key: string;
  /** Its name. */
  readonly name: string;
}

/** What the points of a kind of line are made of. */
export interface Shape {
  /** The tags. */
  readonly tags: readonly Tag[];
  /** The fields that are one figure or text. */
  readonly columns: readonly Column[];
  /** Those that are maps of figures. */
  readonly maps: readonly Figure[];
}

/** The tags, each with a comma before it. */
export function encodeTags(values: object, tags: readonly Tag[]): string {
  let text = "";
  for (const { key, name } of tags) {
    const value = readValue(values, key);
    if (value !== null && value !== undefined) text += tagOf(name, `${value}`);
  }
  return text;
}

/** The fields, each with a comma before it. */
export function encodeColumns(
  values: object,
  columns: readonly Column[],
): string {
  let fields = "";
  for (const { prefix, valueOf, write } of columns) {
    const value = valueOf(values);
    if (value === null || value === undefined) continue;
    const written = write(value);
    if (written !== null) fields += prefix + written;
  }
  return fields;
}

/** The maps of a line as fields, each with a comma before it. */
export interface MapFields {
  /** Those of the line's own point. */
  readonly own: string;
  /** Those of the points for the parts of maps that have parts. */
  readonly parts: readonly PartFields[];
}

/** One part of a map. */
export interface PartFields {
  /** The name of the map. */
  readonly map: string;
  /** The name of the part. */
  readonly part: string;
  /** Its fields. */
  readonly fields: string;
}

/** What is known of the maps, some of which have other names, by their keys. */
export function encodeMaps(
  values: object,
  maps: readonly Figure[],
  renamed: Readonly<Record<string, string>> = {},
): MapFields {
  let own = "";
  const parts: PartFields[] = [];
  for (const map of maps) {
    const name = renamed[map.key] ?? map.field.name;
    const fieldsOf = new Map<string, string>();
    for (const { names, unit, value } of mapFiguresOf(values, map)) {
      const written = writerOf(isWhole(unit))(value);
      if (written === null) continue;
      const [first = "", key] = names;
      if (key === undefined) {
        const full = `${name}_${first}`;
        own += `,${escapeKey(RENAMED_IN_MAPS[full] ?? full)}=${written}`;
      } else {
        const before = fieldsOf.get(first) ?? "";
        fieldsOf.set(first, `${before},${escapeKey(key)}=${written}`);
      }
    }
    for (const [part, fields] of fieldsOf) {
      parts.push({ map: name, part, fields });
    }
  }
  return { own, parts };
}

/** The tags and fields of the points of a kind, in a run with these collectors. */
export function makeShape(
  kind: LineKind,
  collectors: readonly string[],
): Shape {
  const rows: Fields = LINES[kind];
  const isProcstat = kind === "process" || kind === "group";
  const tagKeys = TAGS[kind] ?? [];
  const maps = mapsOf(kind, collectors);
  const figures = figuresOf(kind, collectors);
  const columns = figures.flatMap((figure) =>
    figureColumns(figure, isProcstat)
  );
  const known = new Set([...figures, ...maps].map(({ key }) => key));
  for (const { key, field } of jsonFields(rows, new Set(collectors))) {
    const isLeftOut = known.has(key) || tagKeys.includes(key) ||
      field.kind === "flag" || LEFT_OUT[kind]?.includes(key) === true;
    if (isLeftOut) continue;
    columns.push({
      key,
      prefix: field.holdsTexts === true ? "," : `,${field.name}=`,
      valueOf: (values) => readValue(values, key),
      write: field.holdsTexts === true
        ? (value) => writeNamed(field.name, value)
        : writeWord,
    });
  }
  return {
    tags: tagKeys.flatMap((key) => {
      const field = rows[key];
      return field === undefined
        ? []
        : [{ key, name: tagName(kind, key) ?? field.name }];
    }),
    columns,
    maps,
  };
}

/** The name of a tag that is not its field's. */
function tagName(kind: LineKind, key: string): string | undefined {
  return kind === "thread" && key === "comm"
    ? THREAD_NAME
    : RENAMED_LABELS[key];
}

/** What stands on a point in another way. */
const LEFT_OUT: Readonly<Partial<Record<LineKind, readonly string[]>>> = {
  process: ["state"],
  group: ["groupBy", "group"],
};

function figureColumns(figure: Figure, isProcstat: boolean): Column[] {
  const { key, field } = figure;
  const write = field.kind === "flag" || field.isBoolean === true
    ? String
    : writerOf(isWhole(field.unit));
  const valueOf = (values: object) => figureOf(values, figure);
  const name = isProcstat ? RENAMED[key] ?? field.name : field.name;
  const columns: Column[] = [{ key, prefix: `,${name}=`, valueOf, write }];
  const added = isProcstat ? ADDED[key] : undefined;
  if (added !== undefined) {
    const { of = (value) => value } = added;
    columns.push({
      key,
      prefix: `,${added.name}=`,
      valueOf: (values) => {
        const value = figureOf(values, figure);
        return value === null || typeof value === "boolean" ? null : of(value);
      },
      write,
    });
  }
  return columns;
}

/** How figures are written. */
function writerOf(isWhole: boolean): Write {
  return isWhole ? writeInt : writeFloat;
}

/** A whole number; null if it is none. */
export function writeInt(value: unknown): string | null {
  return isNumber(value) ? intOf(value) : null;
}

function writeFloat(value: unknown): string | null {
  return isNumber(value) ? floatOf(value) : null;
}

/** Texts by name as fields with commas between them; null if there are none. */
function writeNamed(prefix: string, value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = Object.entries(value).filter(([, text]) =>
    typeof text === "string"
  ).map(([name, text]) => `${escapeKey(`${prefix}_${name}`)}=${textOf(text)}`);
  return fields.length === 0 ? null : fields.join(",");
}

/** Texts, lists of them as one, and the numbers that are no figures: ids. */
export function writeWord(value: unknown): string | null {
  if (isNumber(value)) return intOf(value);
  if (typeof value === "string") return textOf(value);
  return Array.isArray(value) ? textOf(value.join(" ")) : null;
}

/** Whether a value is a figure. */
export function isNumber(value: unknown): value is Integer {
  return typeof value === "number" || typeof value === "bigint";
}
