import { assertEquals } from "@std/assert";
import { parseFlatKeyed } from "../../src/parse/flat_keyed.ts";
import {
  assertRefuses,
  assertSurvivesDamage,
  readTestdata,
} from "../support/damage.ts";

const CPU_STAT = "usage_usec 368351276\nuser_usec 279804623\nnr_periods 0\n";

Deno.test("parseFlatKeyed() reads numbers by key, in order", () => {
  assertEquals([...parseFlatKeyed("cpu.stat", CPU_STAT).values], [
    ["usage_usec", 368351276],
    ["user_usec", 279804623],
    ["nr_periods", 0],
  ]);
});

Deno.test("parseFlatKeyed() reads /proc/vmstat", () => {
  const { values } = parseFlatKeyed("vmstat", readTestdata("vmstat/host.txt"));
  assertEquals(values.size, 192);
  assertEquals(values.get("pgfault"), 44279750);
});

Deno.test("parseFlatKeyed() takes a key called max, as in memory.events and pids.events", () => {
  assertEquals([...parseFlatKeyed("pids.events", "max 5\n").values], [[
    "max",
    5,
  ]]);
});

Deno.test("parseFlatKeyed() takes keys that are names of every object", () => {
  const text = "__proto__ 1\nconstructor 2\n";
  const { values } = parseFlatKeyed("memory.stat", text);
  assertEquals(values.get("__proto__"), 1);
  assertEquals(values.get("toString"), undefined);
});

Deno.test("parseFlatKeyed() keeps numbers above 2^53 exact", () => {
  const text = "a 9007199254740993\nb 18446744073709551615\n";
  assertEquals([...parseFlatKeyed("cpu.stat", text).values.values()], [
    9007199254740993n,
    18446744073709551615n,
  ]);
});

Deno.test("parseFlatKeyed() reads a counter that ran over", () => {
  const { values } = parseFlatKeyed(
    "cpu.stat",
    "nr_periods -2147483648\nb -0\n",
  );
  assertEquals([...values.values()], [-2147483648, 0]);
});

Deno.test("parseFlatKeyed() leaves out what is not a whole number", () => {
  const { values } = parseFlatKeyed(
    "misc.max",
    "res_a max\nres_b 3\nres_c 1.50\n",
  );
  assertEquals([...values], [["res_b", 3]]);
});

Deno.test("parseFlatKeyed() finds nothing in an empty file", () => {
  assertEquals(parseFlatKeyed("cpu.stat.local", "").values.size, 0);
});

Deno.test("parseFlatKeyed() gives null for what makes no sense, and keeps the rest", () => {
  for (const wrong of ["five", "5 6", "18446744073709551616", "x5", ""]) {
    const text = `a ${wrong}\nb 5\n`;
    const { values, malformed } = parseFlatKeyed("cpu.stat", text);
    assertEquals([...values], [["a", null], ["b", 5]]);
    assertEquals(malformed?.map(({ field, text }) => [field, text]), [
      ["a", wrong],
    ]);
  }
  const { values, malformed } = parseFlatKeyed("cpu.stat", " 5\nword\na 1\n");
  assertEquals([...values], [["a", 1]]);
  assertEquals(malformed?.map(({ text }) => text), [" 5"]);
});

Deno.test("parseFlatKeyed() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "usage_usec\n" },
    { field: "any line", text: "domain threaded\n" },
    { field: "any line", text: "\n" },
    { field: "the end of the last line", text: CPU_STAT.slice(0, -1) },
  ];
  const parse = (text: string) => parseFlatKeyed("cpu.stat", text);
  for (const refused of cases) assertRefuses(parse, refused);
});

Deno.test("parseFlatKeyed() throws nothing but ProcParseError", () => {
  assertSurvivesDamage((text) => parseFlatKeyed("cpu.stat", text), CPU_STAT);
});
