import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseSingleValue } from "../../src/parse/single_value.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

Deno.test("parseSingleValue() reads a number", () => {
  assertEquals(parseSingleValue("memory.current", "268435456\n"), 268435456);
  assertEquals(parseSingleValue("memory.current", "0\n"), 0);
});

Deno.test("parseSingleValue() gives null for max", () => {
  assertEquals(parseSingleValue("memory.max", "max\n"), null);
});

Deno.test("parseSingleValue() keeps a number above 2^53 exact", () => {
  assertEquals(
    parseSingleValue("memory.limit_in_bytes", "9223372036854771712\n"),
    9223372036854771712n,
  );
});

Deno.test("parseSingleValue() names the file in its error", () => {
  const error = assertThrows(
    () => parseSingleValue("pids.max", "none\n"),
    ProcParseError,
  );
  assertEquals(error.file, "pids.max");
  assertEquals(error.text, "none");
});

Deno.test("parseSingleValue() refuses everything else", () => {
  const cases = [
    { field: "the value", text: "\n" },
    { field: "the value", text: "-1\n" },
    { field: "the value", text: "1 \n" },
    { field: "the value", text: "1.0\n" },
    { field: "the value", text: "1\n2\n" },
    { field: "the value", text: "maximum\n" },
    { field: "the value", text: "18446744073709551616\n" },
    { field: "the end of the last line", text: "268" },
    { field: "the end of the last line", text: "" },
  ];
  const parse = (text: string) => parseSingleValue("memory.max", text);
  for (const refused of cases) assertRefuses(parse, refused);
});

Deno.test("parseSingleValue() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(
    (text) => parseSingleValue("memory.max", text),
    "268435456\n",
  );
});
