import { assert, assertEquals, assertFalse } from "@std/assert";
import { isWithinInterval, rateBetween } from "../../src/model/rate.ts";

Deno.test("rateBetween() knows how fast a counter grew", () => {
  assertEquals(rateBetween(10, 25, 2), { value: 7.5, reason: null });
});

Deno.test("rateBetween() knows how fast a counter grew beyond 2^53", () => {
  const before = 2n ** 63n;
  assertEquals(rateBetween(before, before + 10n, 2), {
    value: 5,
    reason: null,
  });
});

for (
  const [what, before, now] of [
    ["fell by 1", 100, 99],
    ["wrapped at 2^32", 2 ** 32 - 1, 5],
    ["wrapped at 2^64", 2n ** 64n - 1n, 5],
    ["fell though it stays beyond 2^53", 2n ** 63n, 2n ** 62n],
  ] as const
) {
  Deno.test(`rateBetween() knows no rate of a counter that ${what}`, () => {
    assertEquals(rateBetween(before, now, 1), {
      value: null,
      reason: "counter",
    });
  });
}

Deno.test("rateBetween() knows no rate if no time has passed, and says so", () => {
  assertEquals(rateBetween(1, 2, 0), { value: null, reason: "clock" });
  assertEquals(rateBetween(1, 2, NaN), { value: null, reason: "clock" });
});

Deno.test("rateBetween() gives no reason for the first reading", () => {
  assertEquals(rateBetween(null, 2, 0), { value: null, reason: null });
});

Deno.test("isWithinInterval() knows a window from that of a process first seen late", () => {
  assert(isWithinInterval(0.5, 1, 100));
  assert(isWithinInterval(1.02, 1, 100));
  assertFalse(isWithinInterval(1.03, 1, 100));
  assertFalse(isWithinInterval(0, 0, 100));
});
