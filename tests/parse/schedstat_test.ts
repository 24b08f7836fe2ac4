import { assertEquals } from "@std/assert";
import { parseSchedstat } from "../../src/parse/schedstat.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

const BURNER = "332314753 1029281061 108\n";

Deno.test("parseSchedstat() reads the three counters", () => {
  assertEquals(parseSchedstat(BURNER), {
    runTime: 332314753,
    runDelay: 1029281061,
    timeslices: 108,
  });
});

Deno.test("parseSchedstat() keeps counters above 2^53 exact", () => {
  assertEquals(
    parseSchedstat("9007199254740993 18446744073709551615 9007199254740991\n"),
    {
      runTime: 9007199254740993n,
      runDelay: 18446744073709551615n,
      timeslices: 9007199254740991,
    },
  );
});

Deno.test("parseSchedstat() does not look at what a newer kernel may add", () => {
  assertEquals(parseSchedstat("1 2 3 four\n"), parseSchedstat("1 2 3\n"));
});

Deno.test("parseSchedstat() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "the end of the line", text: BURNER.slice(0, -1) },
    { field: "the end of the line", text: "" },
    { field: "run time", text: "\n" },
    { field: "run delay", text: "1\n" },
    { field: "timeslices", text: "1 2\n" },
    { field: "run time", text: "-1 2 3\n" },
    { field: "run delay", text: "1 2k 3\n" },
    { field: "timeslices", text: "1 2 18446744073709551616\n" },
  ];
  for (const refused of cases) assertRefuses(parseSchedstat, refused);
});

Deno.test("parseSchedstat() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseSchedstat, BURNER);
});
