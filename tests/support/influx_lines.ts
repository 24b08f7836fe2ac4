/** A strict reader of Influx line protocol, by the words of its reference. */
import { assert } from "@std/assert";

/** A value of a field. */
export type FieldValue =
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "text"; readonly value: string };

/** A point. */
export interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly time: bigint;
}

const INT = /^-?(?:0|[1-9]\d*)i$/;
const FLOAT = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/;

/** The points of a text; throws if a line is none, or two say the same of one series. */
export function pointsOf(text: string): Point[] {
  if (text === "") return [];
  assert(text.endsWith("\n"), "The last line has no end");
  return text.slice(0, -1).split("\n").map(pointOf);
}

/** What tells a point from others: those that have it in common overwrite each other. */
export function identityOf({ measurement, tags, time }: Point): string {
  const sorted = Object.entries(tags).sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify([measurement, sorted, String(time)]);
}

/** What was written with marks, as it was. */
export function unmarked(text: string): string {
  return text.replaceAll(
    /\u2426([0-9a-f]{4})/g,
    (_, code) => String.fromCharCode(parseInt(code, 16)),
  );
}

function pointOf(line: string): Point {
  // deno-lint-ignore no-control-regex -- those are what no line may have.
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Cs}/u;
  assert(!unsafe.test(line), line);
  const [series = ""] = split(line, " ", { hasTexts: false });
  const rest = line.slice(series.length + 1);
  const fieldSet = rest.slice(0, rest.lastIndexOf(" "));
  const time = rest.slice(rest.lastIndexOf(" ") + 1);
  assert(/^-?\d+$/.test(time), `No time: ${line}`);
  const [measurement = "", ...tagTexts] = split(series, ",", {
    hasTexts: false,
  });
  const tags = entriesOf(tagTexts.map((tag) => {
    const [key = "", value = "", ...others] = split(tag, "=", {
      hasTexts: false,
    });
    assert(key !== "" && value !== "" && others.length === 0, `Tag: ${line}`);
    assert(!/\\$/.test(value.replaceAll(/\\[,= ]/g, "")), `End: ${line}`);
    return [unescape(key), unescape(value)];
  }));
  const fields = entriesOf(
    split(fieldSet, ",", { hasTexts: true }).map((field) => {
      const [key = "", value = "", ...others] = split(field, "=", {
        hasTexts: true,
      });
      assert(key !== "" && others.length === 0, `Field: ${line}`);
      return [unescape(key), valueOf(value)];
    }),
  );
  assert(/^[a-z_]+$/.test(measurement), measurement);
  return { measurement, tags, fields, time: BigInt(time) };
}

/** Splits at a character that is not escaped, nor within a text in quotes. */
function split(
  text: string,
  at: string,
  { hasTexts }: { readonly hasTexts: boolean },
): string[] {
  const parts: string[] = [];
  let part = "";
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "\\" && i + 1 < text.length) {
      part += char + text[++i];
    } else if (char === at && !isQuoted) {
      parts.push(part);
      part = "";
    } else {
      if (hasTexts && char === '"') isQuoted = !isQuoted;
      part += char;
    }
  }
  assert(!isQuoted, `A text does not end: ${text}`);
  return [...parts, part];
}

function unescape(text: string): string {
  return text.replaceAll(/\\([,= ])/g, "$1");
}

function valueOf(text: string): FieldValue {
  if (text === "true" || text === "false") {
    return { type: "boolean", value: text === "true" };
  }
  if (INT.test(text)) {
    const value = BigInt(text.slice(0, -1));
    assert(BigInt.asIntN(64, value) === value, `${text} has more than 64 bits`);
    return { type: "int", value };
  }
  if (text.startsWith('"')) {
    assert(/^"(?:[^"\\]|\\["\\])*"$/.test(text), `Text: ${text}`);
    const value = text.slice(1, -1).replaceAll(/\\(["\\])/g, "$1");
    return { type: "text", value };
  }
  assert(FLOAT.test(text) && /[.e]/.test(text), `Value: ${text}`);
  return { type: "float", value: Number(text) };
}

function entriesOf<Value>(
  entries: readonly (readonly [string, Value])[],
): Record<string, Value> {
  const record: Record<string, Value> = Object.create(null);
  for (const [key, value] of entries) {
    assert(!Object.hasOwn(record, key), `${key} is there twice`);
    record[key] = value;
  }
  return record;
}
