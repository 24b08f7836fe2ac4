/** How the fields of a line stand in JSON. */

import type { Integer } from "../integer.ts";
import { decimalsOf } from "../model/dictionary.ts";
import type { Field, Fields, Unit } from "../model/field.ts";
import {
  cutNamedTexts,
  cutText,
  cutTexts,
  quoteJson,
  utf8Bytes,
} from "../text.ts";

/** What a field may hold. */
export type FieldValue =
  | string
  | Integer
  | boolean
  | null
  | undefined
  | readonly string[]
  | FieldRecord;

/** Figures by name. */
export interface FieldRecord {
  readonly [name: string]: string | Integer | null | FieldRecord;
}

/** A field, prepared to be written. */
export interface JsonField {
  /** Its key in a sample: `rssBytes`. */
  readonly key: string;
  /** Its name as it stands before a value: `,"rss_bytes":`. */
  readonly prefix: string;
  /** 10 to the number of decimals that are kept; null: all are; undefined: it is a whole number. */
  readonly factor: number | null | undefined;
  /** Its row in the dictionary. */
  readonly field: Field;
}

/**
 * Fields in the order of a line, prepared to be written; those of collectors that do not run are
 * left out.
 */
export function jsonFields(
  fields: Fields,
  collectors: ReadonlySet<string>,
): readonly JsonField[] {
  const prepared: JsonField[] = [];
  for (const [key, field] of Object.entries(fields)) {
    const { collector, name } = field;
    if (collector !== undefined && !collectors.has(collector)) continue;
    const prefix = `,"${name}":`;
    prepared.push({ key, prefix, factor: fieldFactor(field), field });
  }
  return prepared;
}

/**
 * 10 to the number of decimals that a field keeps; null: all are kept; undefined: it is a whole
 * number.
 */
export function fieldFactor(
  { decimals, unit }: Field,
): number | null | undefined {
  return decimals === undefined ? factorOf(unit) : 10 ** decimals;
}

/** The same of a unit. */
export function factorOf(unit: Unit): number | null | undefined {
  const decimals = decimalsOf(unit);
  return typeof decimals === "number" ? 10 ** decimals : decimals;
}

/**
 * The fields of `values`, each with a comma before it; without those that are undefined, and flags
 * that are not set. The dictionary holds its lists to the interfaces: what they name is a value.
 */
export function encodeFields(
  values: object,
  fields: readonly JsonField[],
): string {
  const valueOf = values as Readonly<Record<string, FieldValue>>;
  let text = "";
  for (const { key, prefix, factor, field } of fields) {
    const value = valueOf[key];
    if (value === undefined || (field.kind === "flag" && value !== true)) {
      continue;
    }
    text += prefix;
    text += typeof value === "number"
      ? encodeNumber(value, factor)
      : encodeValue(value, field);
  }
  return text;
}

/**
 * Values of which those that may be shortened are, so that they take so many bytes less, if they
 * can; the first of the line are shortened first.
 */
export function shorten(
  values: object,
  fields: readonly JsonField[],
  excess: number,
): object {
  const shortened = { ...values } as Record<string, FieldValue>;
  let rest = excess;
  for (const { key, field } of fields) {
    const value = shortened[key];
    if (field.isShortened !== true || rest <= 0) continue;
    if (typeof value !== "string" && typeof value !== "object") continue;
    if (value === null) continue;
    const flag = `${key}Truncated`;
    if (shortened[flag] !== true) {
      shortened[flag] = true;
      rest += utf8Bytes(`,"${field.name}_truncated":true`);
    }
    const bytes = utf8Bytes(encodeValue(value, field));
    const cut = cutValue(value, Math.max(bytes - rest, 0));
    shortened[key] = cut;
    rest -= bytes - utf8Bytes(encodeValue(cut, field));
  }
  return shortened;
}

/** As much of a value as takes at most this many bytes in JSON. */
function cutValue(
  value: string | readonly string[] | FieldRecord,
  maxBytes: number,
): string | readonly string[] | FieldRecord {
  // Without its quotes; without the brackets, and with a comma behind the last one.
  if (typeof value === "string") {
    return cutText(value, Math.max(maxBytes - 2, 0));
  }
  if (isList(value)) return cutTexts(value, Math.max(maxBytes - 1, 0)).texts;
  return isNamedTexts(value) ? cutNamedTexts(value, maxBytes).texts : value;
}

function isNamedTexts(
  record: FieldRecord,
): record is Readonly<Record<string, string | null>> {
  return Object.values(record).every((one) =>
    one === null || typeof one === "string"
  );
}

/** Labels as fields, each with a comma before it. */
export function encodeLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([name, value]) =>
    `,${quoteJson(name)}:${quoteJson(value)}`
  ).join("");
}

/** A number with as many decimals as are kept. */
export function roundBy(
  value: number,
  factor: number | null | undefined,
): number {
  return typeof factor === "number"
    ? Math.round(value * factor) / factor
    : value;
}

/** Seconds with as many decimals as on every line. */
export function roundSeconds(seconds: number): number {
  return roundBy(seconds, factorOf("seconds"));
}

/**
 * A number; one that may have a fraction keeps a decimal point, so that a program which infers
 * types from the first lines takes the column for what it is.
 */
function encodeNumber(
  value: number,
  factor: number | null | undefined,
): string {
  if (factor === undefined) return String(value);
  const rounded = roundBy(value, factor);
  const text = String(rounded);
  return Number.isInteger(rounded) && Math.abs(rounded) < 1e21
    ? `${text}.0`
    : text;
}

function encodeValue(
  value: Exclude<FieldValue, number | undefined>,
  field: Field,
): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoteJson(value);
  if (typeof value !== "object") return String(value);
  return isList(value)
    ? `[${value.map(quoteJson).join(",")}]`
    : encodeRecord(value, field);
}

function encodeRecord(record: FieldRecord, field: Field): string {
  const entries = Object.entries(record).map(([name, value]) => {
    const unit = field.entries?.[name]?.unit ?? field.unit;
    const text = typeof value === "number"
      ? encodeNumber(value, factorOf(unit))
      : encodeValue(value, field);
    return `${quoteJson(name)}:${text}`;
  });
  return `{${entries.join(",")}}`;
}

function isList(value: FieldValue): value is readonly string[] {
  return Array.isArray(value);
}
