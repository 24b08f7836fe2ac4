import { assertEquals } from "@std/assert";
import { parseLoadavg } from "../../src/parse/loadavg.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

const LOADAVG = "0.47 0.24 12.16 5/152 18399\n";

Deno.test("parseLoadavg() reads the line", () => {
  assertEquals(parseLoadavg(LOADAVG), {
    load1: 0.47,
    load5: 0.24,
    load15: 12.16,
    running: 5,
    total: 152,
    lastPid: 18399,
  });
});

Deno.test("parseLoadavg() refuses a text that is cut, or of another kind", () => {
  const cases = [
    "",
    "\n",
    "a b c d/e f\n",
    LOADAVG.slice(0, -1),
    LOADAVG.slice(0, -7) + "\n",
    LOADAVG.replace("5/152", "5 152"),
    LOADAVG + LOADAVG,
  ];
  for (const text of cases) {
    assertRefuses(parseLoadavg, { field: "any line", text });
  }
});

Deno.test("parseLoadavg() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseLoadavg, LOADAVG);
});
