import { assertEquals } from "@std/assert";
import type { Integer } from "../../src/integer.ts";
import { parseNestedKeyed } from "../../src/parse/nested_keyed.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

const IO_STAT = `8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353
8:0 rbytes=90430464 wbytes=299008000 rios=8950 wios=1252
`;

Deno.test("parseNestedKeyed() reads numbers by device and name, in order", () => {
  assertEquals(parse(IO_STAT), [
    ["8:16", [["rbytes", 1459200], ["wbytes", 314773504], ["rios", 192], [
      "wios",
      353,
    ]]],
    ["8:0", [["rbytes", 90430464], ["wbytes", 299008000], ["rios", 8950], [
      "wios",
      1252,
    ]]],
  ]);
});

Deno.test("parseNestedKeyed() reads devices without numbers", () => {
  assertEquals(parse("8:0\n8:16 \n8:32 rbytes=1\n"), [
    ["8:0", []],
    ["8:16", []],
    ["8:32", [["rbytes", 1]]],
  ]);
});

Deno.test("parseNestedKeyed() reads devices that share a line", () => {
  assertEquals(parse("7:7 7:6 7:5 rbytes=28672 wbytes=0\n7:4 rbytes=1\n"), [
    ["7:7", []],
    ["7:6", []],
    ["7:5", [["rbytes", 28672], ["wbytes", 0]]],
    ["7:4", [["rbytes", 1]]],
  ]);
});

Deno.test("parseNestedKeyed() reads a last line of devices without a newline", () => {
  assertEquals(parse("252:0 "), [["252:0", []]]);
  assertEquals(parse("8:0 rbytes=1\n7:1 7:0 "), [
    ["8:0", [["rbytes", 1]]],
    ["7:1", []],
    ["7:0", []],
  ]);
});

Deno.test("parseNestedKeyed() reads a device that the kernel cannot name", () => {
  assertEquals(parse("(unknown) rbytes=1\n(unknown) rbytes=2\n"), [
    ["(unknown)", [["rbytes", 2]]],
  ]);
});

Deno.test("parseNestedKeyed() leaves out what is not a whole number", () => {
  const text = "8:0 rbytes=1 cost.vrate=100.00 cost.usage=5 depth=max\n";
  assertEquals(parse(text), [["8:0", [["rbytes", 1], ["cost.usage", 5]]]]);
});

Deno.test("parseNestedKeyed() keeps numbers above 2^53 exact", () => {
  assertEquals(parse("8:0 rbytes=18446744073709551615 use_delay=-1\n"), [
    ["8:0", [["rbytes", 18446744073709551615n], ["use_delay", -1]]],
  ]);
});

Deno.test("parseNestedKeyed() finds nothing in an empty file", () => {
  assertEquals(parse(""), []);
});

Deno.test("parseNestedKeyed() gives null for what makes no sense, and keeps the rest", () => {
  for (const wrong of ["", "1=2", "many", "18446744073709551616"]) {
    const text = `8:0 rbytes=${wrong} wbytes=2\n`;
    assertEquals(parse(text), [["8:0", [["rbytes", null], ["wbytes", 2]]]]);
    const { malformed = [] } = parseNestedKeyed("io.stat", text);
    assertEquals(malformed.map(({ field, text }) => [field, text]), [
      ["rbytes", wrong],
    ]);
  }
  const text = "8:0 rbytes=1\nwbytes=1 8:16\n";
  assertEquals(parse(text), [["8:0", [["rbytes", 1]]]]);
  assertEquals(
    parseNestedKeyed("io.stat", text).malformed?.map(({ field }) => field),
    ["a key"],
  );
});

Deno.test("parseNestedKeyed() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "rbytes=1\n" },
    { field: "any line", text: "\n" },
    { field: "the end of the last line", text: "8:0 rbytes=1" },
    { field: "the end of the last line", text: "8:0 rbytes=1 " },
    { field: "the end of the last line", text: "8:0" },
  ];
  for (const refused of cases) assertRefuses(parse, refused);
});

Deno.test("parseNestedKeyed() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(
    (text) => parseNestedKeyed("io.stat", text),
    IO_STAT + "7:1 7:0 ",
  );
});

function parse(text: string): [string, [string, Integer | null][]][] {
  return [...parseNestedKeyed("io.stat", text).values]
    .map(([key, values]) => [key, [...values]]);
}
