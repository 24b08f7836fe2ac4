import { assertEquals } from "@std/assert";
import { parseOomScoreAdj } from "../../src/parse/oom_score_adj.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

Deno.test("parseOomScoreAdj() reads the adjustment with its sign", () => {
  assertEquals(["-1000\n", "0\n", "1000\n"].map(parseOomScoreAdj), [
    -1000,
    0,
    1000,
  ]);
});

Deno.test("parseOomScoreAdj() refuses a text that is no number, or cut", () => {
  const cases = [
    { field: "the end of the line", text: "-17" },
    { field: "the end of the line", text: "" },
    { field: "the adjustment", text: "\n" },
    { field: "the adjustment", text: "--1\n" },
    { field: "the adjustment", text: "1 2\n" },
  ];
  for (const refused of cases) assertRefuses(parseOomScoreAdj, refused);
  assertSurvivesDamage(parseOomScoreAdj, "-1000\n");
});
