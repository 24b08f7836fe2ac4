/** How the fields of a sample stand in JSON. */

import { quoteJson } from "../text.ts";
import type { Integer } from "../integer.ts";

/** What a field may hold. */
export type FieldValue =
  | string
  | Integer
  | boolean
  | null
  | undefined
  | readonly string[]
  | FieldRecord;

/** A field with fields of its own. */
export interface FieldRecord {
  readonly [name: string]: string | Integer | FieldRecord;
}

/** A field: its key in a sample, its name in a line, and how its value is written. */
export interface Field<K extends string> {
  /** `rssBytes` */
  readonly key: K;
  /** `rss_bytes` */
  readonly name: string;
  /** The name as it stands before a value: `,"rss_bytes":` */
  readonly prefix: string;
  /** 10 to the number of decimals that are kept; null: every digit. */
  readonly precision: number | null;
  /** Whether it stands on a line only where it is true. */
  readonly isFlag: boolean;
}

/** A thousandth of a percent, and a microsecond: finer than any clock behind them. */
const PRECISIONS: readonly (readonly [suffix: string, precision: number])[] = [
  ["_percentage", 1e3],
  ["_seconds", 1e6],
  ["_seconds_total", 1e6],
  ["_per_second", 1e3],
];

const FLAGS: ReadonlySet<string> = new Set([
  "exe_deleted",
  "cmdline_truncated",
  "path_truncated",
  "pathname_truncated",
  "io_stat_truncated",
  "orphan",
]);

/** Fields in the order of a line: made when they are first wanted, as most runs print few kinds of line. */
export type Fields<K extends string> = () => readonly Field<K>[];

/** The fields of a line, in their order, from the keys of a sample. */
export function fieldsOf<K extends string>(keys: readonly K[]): Fields<K> {
  let fields: readonly Field<K>[] | null = null;
  return () => fields ??= keys.map(fieldOf);
}

function fieldOf<K extends string>(key: K): Field<K> {
  const name = snakeCase(key);
  const precision = PRECISIONS.find(([suffix]) => name.endsWith(suffix))?.[1];
  return {
    key,
    name,
    prefix: `,"${name}":`,
    precision: precision ?? null,
    isFlag: FLAGS.has(name),
  };
}

/** `userCpuSecondsTotal` as `user_cpu_seconds_total`. */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The fields of `values`, each with a comma before it; without those that are undefined, and flags that are not set. */
export function encodeFields<K extends string>(
  values: Readonly<Partial<Record<K, FieldValue>>>,
  fields: readonly Field<K>[],
): string {
  const texts: string[] = [];
  for (const { key, prefix, precision, isFlag } of fields) {
    const value = values[key];
    if (value === undefined || (isFlag && value !== true)) continue;
    texts.push(
      prefix,
      typeof value === "number"
        ? encodeNumber(value, precision)
        : encodeValue(value),
    );
  }
  return texts.join("");
}

/** Labels as fields, each with a comma before it. */
export function encodeLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([name, value]) =>
    `,${quoteJson(name)}:${quoteJson(value)}`
  ).join("");
}

function encodeNumber(value: number, precision: number | null): string {
  return precision === null
    ? String(value)
    : String(Math.round(value * precision) / precision);
}

function encodeValue(value: Exclude<FieldValue, number | undefined>): string {
  if (value === null) return "null";
  if (typeof value === "string") return quoteJson(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(quoteJson).join(",")}]`;
  const entries = Object.entries(value).map(([key, inner]) =>
    `${quoteJson(snakeCase(key))}:${
      typeof inner === "number" ? String(inner) : encodeValue(inner)
    }`
  );
  return `{${entries.join(",")}}`;
}

function isList(
  value: readonly string[] | FieldRecord,
): value is readonly string[] {
  return Array.isArray(value);
}
