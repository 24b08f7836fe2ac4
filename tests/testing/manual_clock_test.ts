import { assertEquals, assertThrows } from "@std/assert";
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

for (const value of [NaN, Infinity, -Infinity]) {
  Deno.test(`ManualClock refuses ${value} for a time, and stands where it stood`, () => {
    assertThrows(
      () => new ManualClock({ epochMs: value }),
      RangeError,
      `Cannot set a clock to epochMs ${value}: it is a finite number`,
    );
    assertThrows(
      () => new ManualClock({ monotonicMs: value }),
      RangeError,
      `Cannot set a clock to monotonicMs ${value}: it is a finite number`,
    );
    const clock = new ManualClock();
    assertThrows(
      () => clock.pass(value),
      RangeError,
      `Cannot let ${value} seconds pass: seconds is a finite number, 0 or above`,
    );
    assertThrows(
      () => clock.step(value),
      RangeError,
      `Cannot step ${value} seconds: seconds is a finite number`,
    );
    assertEquals([clock.epochMs(), clock.monotonicMs()], [0, 0]);
  });
}

Deno.test("ManualClock lets no time pass backwards", () => {
  const clock = new ManualClock();
  clock.pass(0);
  assertThrows(
    () => clock.pass(-1),
    RangeError,
    "Cannot let -1 seconds pass: ",
  );
});
