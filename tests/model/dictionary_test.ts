import { assert, assertEquals, assertLess } from "@std/assert";
import schema from "../../docs/records.schema.json" with { type: "json" };
import configuration from "../../deno.json" with { type: "json" };
import {
  EVERY_LINE,
  LINES,
  ORIGIN,
  VERSION,
} from "../../src/model/dictionary.ts";
import { type Field, type Fields, ROOM } from "../../src/model/field.ts";

/** A number of 64 bits with a sign and six decimals. */
const NUMBER_BYTES = 27;
/** `"kernel_thread"`, the longest reason. */
const REASON_BYTES = 15;
/** The quotes, the colon and the comma of a field. */
const AROUND = 4;
/** `2026-01-02T03:04:05.678Z` with its quotes. */
const TIMESTAMP_BYTES = 26;
/** The figures of a pressure file: four of `some`, and four of `full`. */
const PRESSURE_BYTES = 8 * ("some_avg300".length + AROUND + NUMBER_BYTES);

/** The fields of a kind of line that may be null. */
function nullable(kind: string): ReadonlySet<string> {
  const branch = schema.oneOf.find(({ title }) => title === kind);
  const properties = Object.entries<object>(branch?.properties ?? {});
  return new Set(
    properties.filter(([, property]) =>
      JSON.stringify(property).includes("null")
    )
      .map(([name]) => name),
  );
}

/** The most bytes that a line of a kind may take, with its labels and its end. */
function longest(kind: string, fields: Fields): number {
  const mayBeNull = nullable(kind);
  const own = Object.values(fields).map((field) => {
    const { name, maxBytes = NUMBER_BYTES, isShortened } = field;
    const value = isShortened === true
      ? 0
      : name.endsWith("_pressure")
      ? PRESSURE_BYTES
      : maxBytes;
    const unread = mayBeNull.has(name)
      ? "null".length + name.length + AROUND + REASON_BYTES
      : 0;
    return name.length + AROUND + Math.max(value, unread);
  });
  const every = Object.values(EVERY_LINE).map(({ name }) =>
    name.length + AROUND + TIMESTAMP_BYTES
  );
  const origin = kind === "run" ? [] : Object.values<Field>(ORIGIN).map((
    { name, maxBytes = NUMBER_BYTES },
  ) => name.length + AROUND + maxBytes);
  return [...own, ...every, ...origin].reduce(
    (sum, bytes) => sum + bytes,
    ROOM.labels,
  );
}

for (const [kind, fields] of Object.entries<Fields>(LINES)) {
  Deno.test(`a line of kind ${kind} has room for all that it may hold`, () => {
    assertLess(longest(kind, fields), ROOM.line);
  });

  Deno.test(`the fields of a line of kind ${kind} have names of their own`, () => {
    const names = Object.values(fields).map(({ name }) => name);
    assertEquals(new Set(names).size, names.length);
    for (const { name } of Object.values(EVERY_LINE)) {
      assert(!names.includes(name), name);
    }
  });

  Deno.test(`the fields of a line of kind ${kind} are named after their keys`, () => {
    for (const [key, { name }] of Object.entries(fields)) {
      const camelCase = name.replaceAll(
        /_([a-z0-9])/g,
        (_, at) => at.toUpperCase(),
      );
      assertEquals(key, camelCase);
    }
  });
}

Deno.test("VERSION is that of deno.json", () => {
  assertEquals(VERSION, configuration.version);
});
