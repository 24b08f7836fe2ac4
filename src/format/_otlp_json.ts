/** How attributes, numbers and times stand in the JSON of OTLP, and how its lines are filled. */

import { type Integer, MAX_INT64 } from "../integer.ts";
import { VERSION } from "../model/dictionary.ts";
import { ROOM } from "../model/field.ts";
import { cutText, cutTexts, quoteJson, utf8Bytes } from "../text.ts";

/** The conventions that names and units are from. */
const SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0";

/** The scope of all metrics and records. */
export const SCOPE = `"scope":{"name":"procline","version":"${VERSION}"}`;

/** What closes a scope and a resource. */
export const SCHEMA = `"schemaUrl":"${SCHEMA_URL}"`;

/**
 * The bytes of a line, its newline counted: half of what the collector reads in one piece, which
 * splits longer ones.
 */
export const LINE_BYTES = 512 * 1024;

/** What an attribute may hold. */
export type AttributeValue =
  | string
  | Integer
  | Fraction
  | boolean
  | readonly string[];

/** A number that may have a fraction: it stays a double where it has none. */
export interface Fraction {
  /** The number. */
  readonly double: number;
}

/** Attributes by their keys; those that are null or undefined are left out. */
export type Attributes = Readonly<
  Record<string, AttributeValue | null | undefined>
>;

/** The attributes as the items of a list, with commas between them. */
export function encodeAttributes(attributes: Attributes): string {
  const items: string[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    items.push(`{"key":${quoteJson(key)},"value":${encodeAny(value)}}`);
  }
  return items.join(",");
}

/**
 * A value of an attribute. A whole number that OTLP does not have is text; texts are cut to what a
 * line of `records` has room for.
 */
function encodeAny(value: AttributeValue): string {
  switch (typeof value) {
    case "string":
      return encodeString(cutText(value, ROOM.line));
    case "boolean":
      return `{"boolValue":${value}}`;
    case "number":
      return `{"intValue":"${value}"}`;
    case "bigint":
      return value > MAX_INT64
        ? `{"stringValue":"${value}"}`
        : `{"intValue":"${value}"}`;
    default: {
      if ("double" in value) return `{"doubleValue":${value.double}}`;
      const { texts } = cutTexts(value, ROOM.line);
      return `{"arrayValue":{"values":[${texts.map(encodeString).join(",")}]}}`;
    }
  }
}

/** A text. Half a pair of UTF-16 is no text, and readers refuse it: U+FFFD takes its place. */
export function encodeString(text: string): string {
  return `{"stringValue":${quoteJson(text.toWellFormed())}}`;
}

/**
 * The value of a point. A whole number that OTLP does not have, above 2^63 - 1, is the nearest
 * double.
 */
export function encodeNumber(value: Integer, isWhole: boolean): string {
  return isWhole && (typeof value === "number" || value <= MAX_INT64)
    ? `"asInt":"${value}"`
    : `"asDouble":${Number(value)}`;
}

/** A time in nanoseconds since 1970, as OTLP has it. */
export function encodeTime(epochMs: number): string {
  return `"${Math.trunc(epochMs)}000000"`;
}

/** A part of a line, which is not cut. */
export interface Part {
  /** The part. */
  readonly text: string;
  /** Its bytes in UTF-8. */
  readonly bytes: number;
}

/** Lines of at most {@linkcode LINE_BYTES}, each with as many parts as fit. */
export function* packLines(
  open: string,
  parts: Iterable<Part>,
  close: string,
): Generator<string, void> {
  const empty = utf8Bytes(open) + utf8Bytes(close) + 1;
  let line = open;
  let bytes = empty;
  for (const { text, bytes: more } of parts) {
    if (bytes > empty && bytes + more + 1 > LINE_BYTES) {
      yield `${line}${close}\n`;
      line = open;
      bytes = empty;
    }
    line += bytes > empty ? `,${text}` : text;
    bytes += more + 1;
  }
  if (bytes > empty) yield `${line}${close}\n`;
}
