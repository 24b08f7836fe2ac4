import { assertEquals } from "@std/assert";
import { parseChildren } from "../../src/parse/children.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

Deno.test("parseChildren() reads the process ids as they stand there", () => {
  assertEquals(parseChildren("8427 8429 300 4194303 "), [
    8427,
    8429,
    300,
    4194303,
  ]);
});

Deno.test("parseChildren() finds none in an empty file", () => {
  assertEquals(parseChildren(""), []);
});

Deno.test("parseChildren() refuses what is not a process id, and a text that is cut", () => {
  const cases = [
    { field: "a pid", text: " " },
    { field: "a pid", text: "8427  8429 " },
    { field: "a pid", text: "-1 " },
    { field: "a pid", text: "8427\n8429 " },
    { field: "a pid", text: "18446744073709551615 " },
    { field: "the end of the last pid", text: "8427 84" },
    { field: "the end of the last pid", text: "8427\n" },
  ];
  for (const refused of cases) assertRefuses(parseChildren, refused);
});

Deno.test("parseChildren() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseChildren, "8427 8429 300 ");
});
