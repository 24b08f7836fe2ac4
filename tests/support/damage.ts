/** What the tests of the parsers share: texts from testdata, and damage. */

import { assert, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";

/**
 * What a byte may become: a sign, a separator, a control character, a letter, a digit, and a digit
 * that no parser may take for one.
 */
const INTRUDERS = [
  "-",
  " ",
  "\n",
  "\t",
  "\0",
  "=",
  ":",
  "x",
  "9",
  "٣",
  "\u2028",
];

/** The text of a file in testdata/. */
export function readTestdata(path: string): string {
  return Deno.readTextFileSync(
    new URL(`../../testdata/${path}`, import.meta.url),
  );
}

/** Asserts that `parse` refuses `text` for its `field`, and keeps the offending text. */
export function assertRefuses(
  parse: (text: string) => unknown,
  refused: { readonly text: string; readonly field: string },
): void {
  const error = assertThrows(() => parse(refused.text), ProcParseError);
  assert(
    error.field === refused.field,
    `The error names ${error.field} in place of ${refused.field}`,
  );
  assert(
    refused.text.includes(error.text) || error.text === "",
    `The error quotes a text that is not there: ${error.text}`,
  );
}

/**
 * Asserts that `parse` gives a value without a NaN, or throws a ProcParseError, for `text` damaged
 * in many ways.
 */
export function assertSurvivesDamage(
  parse: (text: string) => unknown,
  text: string,
): void {
  for (let at = 0; at <= text.length; at++) {
    tryParse(parse, text.slice(0, at));
    tryParse(parse, text.slice(at));
    for (const intruder of INTRUDERS) {
      tryParse(parse, text.slice(0, at) + intruder + text.slice(at + 1));
    }
  }
  for (const line of text.split("\n")) {
    tryParse(parse, text.replace(`${line}\n`, ""));
    tryParse(parse, text.replace(`${line}\n`, () => `${line}\n${line}\n`));
  }
  tryParse(parse, text.replaceAll(/\d+/g, "18446744073709551615"));
  tryParse(parse, text.replaceAll(/\d+/g, "18446744073709551616"));
  tryParse(parse, text.replaceAll(/\d+/g, "9".repeat(400)));
  tryParse(parse, text.replaceAll(/\d+/g, "-1"));
  tryParse(parse, text.replaceAll(/\d+/g, ""));
  tryParse(parse, text.replaceAll("\n", "\r\n"));
}

function tryParse(parse: (text: string) => unknown, text: string): void {
  try {
    assertNoNaN(parse(text));
  } catch (error) {
    if (!(error instanceof ProcParseError)) throw error;
  }
}

/** Asserts that a value holds no NaN and no infinity. */
export function assertNoNaN(value: unknown): void {
  if (typeof value === "number") {
    assert(Number.isFinite(value), `Not a number: ${value}`);
  } else if (value instanceof Map) {
    for (const one of value.values()) assertNoNaN(one);
  } else if (typeof value === "object" && value !== null) {
    for (const one of Object.values(value)) assertNoNaN(one);
  }
}
