import { assertEquals } from "@std/assert";
import { ManualClock } from "../../src/testing/manual_clock.ts";

Deno.test("ManualClock stands still, passes on both clocks and steps one", () => {
  const clock = new ManualClock({ epochMs: 1000, monotonicMs: 5 });
  const times = () => [clock.epochMs(), clock.monotonicMs()];
  assertEquals(times(), [1000, 5]);
  clock.pass(1.5);
  assertEquals(times(), [2500, 1505]);
  clock.step(-2);
  assertEquals(times(), [500, 1505]);
});
