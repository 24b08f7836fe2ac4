import { assertEquals } from "@std/assert";
import { parseWchan } from "../../src/parse/wchan.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

Deno.test("parseWchan() reads a symbol, and knows 0 as none", () => {
  assertEquals(
    ["hrtimer_nanosleep", "futex_wait_queue.isra.0", "0"].map(parseWchan),
    ["hrtimer_nanosleep", "futex_wait_queue.isra.0", null],
  );
});

Deno.test("parseWchan() refuses what is no symbol", () => {
  for (
    const text of [
      "",
      "\n",
      "do_wait\n",
      "do wait",
      "\x1b[31m",
      "a".repeat(512),
    ]
  ) {
    assertRefuses(parseWchan, { field: "the symbol", text });
  }
  assertSurvivesDamage(parseWchan, "hrtimer_nanosleep");
});
