import { assertEquals } from "@std/assert";
import { parsePressure } from "../../src/parse/pressure.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

const SOME = "some avg10=2.81 avg60=0.72 avg300=0.47 total=14975985\n";
const FULL = "full avg10=0.00 avg60=100.00 avg300=0.05 total=7028589\n";

Deno.test("parsePressure() reads both lines", () => {
  assertEquals(parsePressure(SOME + FULL), {
    some: { avg10: 2.81, avg60: 0.72, avg300: 0.47, total: 14975985 },
    full: { avg10: 0, avg60: 100, avg300: 0.05, total: 7028589 },
  });
});

Deno.test("parsePressure() gives null for a line that is not there", () => {
  assertEquals(parsePressure(SOME).full, null);
  assertEquals(parsePressure(FULL).some, null);
});

Deno.test("parsePressure() keeps a total above 2^53 exact", () => {
  const text = SOME.replace("14975985", "18446744073709551615");
  assertEquals(parsePressure(text).some?.total, 18446744073709551615n);
});

Deno.test("parsePressure() does not look at lines and fields it does not know", () => {
  const text = SOME.replace("\n", " max=1\n") + "most avg10=?\n";
  assertEquals(parsePressure(text), parsePressure(SOME));
});

Deno.test("parsePressure() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "\n" },
    { field: "any line", text: "none avg10=0.00\n" },
    { field: "the end of the last line", text: SOME + FULL.slice(0, -3) },
    { field: "the end of the last line", text: "" },
  ];
  for (const refused of cases) assertRefuses(parsePressure, refused);
});

Deno.test("parsePressure() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parsePressure, SOME + FULL);
});
