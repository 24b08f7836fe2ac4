import { assertEquals } from "@std/assert";
import { parseOomScore } from "../../src/parse/oom_score.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

Deno.test("parseOomScore() reads the score", () => {
  assertEquals([parseOomScore("0\n"), parseOomScore("1333\n")], [0, 1333]);
});

Deno.test("parseOomScore() refuses a text that is no score, or cut", () => {
  const cases = [
    { field: "the end of the line", text: "666" },
    { field: "the end of the line", text: "" },
    { field: "the score", text: "\n" },
    { field: "the score", text: "-1\n" },
    { field: "the score", text: "6 6\n" },
    { field: "the score", text: "x\n" },
    { field: "the score", text: "9007199254740993\n" },
  ];
  for (const refused of cases) assertRefuses(parseOomScore, refused);
  assertSurvivesDamage(parseOomScore, "666\n");
});
