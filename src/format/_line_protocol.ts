/**
 * The text of Influx line protocol: `measurement,tag=value field=1i,other=0.5 nanoseconds`.
 *
 * Readers differ in what they make of a backslash and of controls: InfluxDB 1 refuses a tag that
 * ends with a backslash, VictoriaMetrics takes two for one, readers of lines take U+0085 and U+2028
 * for the end of one. What they do not all take for itself is written as U+2426 and the four
 * hexadecimal digits of its code, and so is U+2426 itself: two texts stay two, and the text can be
 * had back.
 */

import { type Integer, MAX_INT64 } from "../integer.ts";
import { cutText } from "../text.ts";

/**
 * The bytes of JSON that a tag's value may take. InfluxDB refuses a point whose measurement and
 * tags take more than 65,535 bytes in all.
 */
const TAG_BYTES = 4000;

/** Controls, separators of lines, halves of a pair, and the mark itself. */
// deno-lint-ignore no-control-regex -- those are what is looked for.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u2426]|\p{Cs}/gu;

/** The same, and a backslash that some reader would take together with what follows. */
const UNSAFE_IN_TAG = new RegExp(
  `${UNSAFE.source}|\\\\(?=[\\\\,= "]|${UNSAFE.source}|$)`,
  "gu",
);

/** What has a meaning between tags. */
const SPECIAL = /[,= ]/g;

/** Whether a tag's text needs any of that; most do not. */
const IS_PLAIN = /^[\w./:@[\]()+-]*$/;

/** The least whole number that a field can hold; see {@linkcode intOf}. */
const MIN_INT64 = -MAX_INT64 - 1n;

/** A tag, with the comma before it; empty if the value is, as no tag may be. */
export function tagOf(key: string, value: string): string {
  return value === "" ? "" : `,${escapeKey(key)}=${escapeTag(value)}`;
}

/** The name of a tag or field. */
export function escapeKey(key: string): string {
  return IS_PLAIN.test(key) ? key : escapeTag(key);
}

function escapeTag(text: string): string {
  if (IS_PLAIN.test(text) && text.length <= TAG_BYTES) return text;
  return cutText(text, TAG_BYTES)
    .replace(UNSAFE_IN_TAG, codeOf)
    .replace(SPECIAL, "\\$&");
}

/** A text as the value of a field, in quotes. */
export function textOf(text: string): string {
  return `"${text.replace(UNSAFE, codeOf).replace(/["\\]/g, "\\$&")}"`;
}

/**
 * A whole number as the value of a field, which is one of 64 bits with a sign; null if it does not
 * fit, or is none.
 */
export function intOf(value: Integer): string | null {
  const fits = value >= MIN_INT64 && value <= MAX_INT64 &&
    (typeof value === "bigint" || Number.isInteger(value));
  return fits ? `${value}i` : null;
}

/**
 * A number that may have a fraction as the value of a field; it always has a point or an exponent,
 * as `0` would be taken for a whole number by readers that go by the look of it. Null if it is not
 * finite.
 */
export function floatOf(value: Integer): string | null {
  const text = String(value);
  if (!Number.isFinite(Number(value))) return null;
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function codeOf(char: string): string {
  return `\u2426${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
