import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Columns, type Instant, Timeline } from "../../src/format/_columns.ts";

function instant(ms: number, total: number): Instant {
  return { ms, total, parts: [total] };
}

Deno.test("Columns.add() makes one of two columns as the run grows", () => {
  const columns = new Columns<number>(4, (a, b) => a + b);
  for (let ms = 0; ms < 4; ms++) columns.add(ms, 1);
  assertEquals(columns.entries().map(({ value }) => value), [1, 1, 1, 1]);
  columns.add(4, 1);
  assertEquals(columns.widthMs, 2);
  assertEquals(columns.entries(), [
    { ms: 0, value: 2 },
    { ms: 2, value: 2 },
    { ms: 4, value: 1 },
  ]);
});

Deno.test("Columns.entries() leaves out columns in which nothing was", () => {
  const columns = new Columns<string>(3, (a, b) => a + b);
  columns.add(0, "a");
  columns.add(20, "b");
  assertEquals(columns.widthMs, 8);
  assertEquals(columns.entries(), [
    { ms: 0, value: "a" },
    { ms: 16, value: "b" },
  ]);
});

Deno.test("Timeline draws of each column the sample with the least and the one with the most", () => {
  const timeline = new Timeline(2);
  // Columns of four milliseconds: 0 to 3 and 4 to 7.
  const totals = [5, 9, 1, 4, 3, 2, 7, 6];
  totals.forEach((total, ms) => timeline.add(instant(ms, total)));
  assertEquals(
    timeline.instants().map(({ ms, total }) => [ms, total]),
    [[0, 5], [1, 9], [2, 1], [5, 2], [6, 7], [7, 6]],
  );
});

Deno.test("Timeline draws the last sample last, also beside another of its millisecond", () => {
  const timeline = new Timeline(2);
  const all = [instant(0, 0), instant(1, 1), instant(1, 0)];
  for (const one of all) timeline.add(one);
  assertEquals(timeline.instants(), all);
});

Deno.test("Timeline keeps the most and the least of any run, in order, in bounded memory", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({
        after: fc.nat({ max: 5000 }),
        total: fc.nat({ max: 1000 }),
      }),
      { minLength: 1, maxLength: 400 },
    ),
    fc.integer({ min: 1, max: 50 }),
    (steps, most) => {
      const timeline = new Timeline(most);
      let ms = 0;
      const all = steps.map(({ after, total }) => {
        ms += after;
        return instant(ms, total);
      });
      for (const one of all) timeline.add(one);
      const drawn = timeline.instants();
      assert(drawn.length <= 2 * most + 2);
      assert(drawn.every((one) => all.includes(one)));
      const times = drawn.map((one) => one.ms);
      assertEquals(times, times.toSorted((a, b) => a - b));
      const totals = (list: readonly Instant[]) => list.map((one) => one.total);
      assertEquals(Math.max(...totals(drawn)), Math.max(...totals(all)));
      assertEquals(Math.min(...totals(drawn)), Math.min(...totals(all)));
      assertEquals(drawn[0], all[0]);
      assertEquals(drawn.at(-1), all.at(-1));
    },
  ));
});
