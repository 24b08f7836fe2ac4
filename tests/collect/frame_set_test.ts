import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FrameSet } from "../../src/collect/_frame_set.ts";

Deno.test("FrameSet has what a Set has, in order", () => {
  const frame = fc.oneof(
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: 2 ** 15 - 70, max: 2 ** 15 + 70 }),
    fc.integer({ min: 2 ** 32 - 70, max: 2 ** 32 + 70 }),
    fc.maxSafeNat(),
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 200 }), (frames) => {
      const set = new FrameSet();
      const known = new Set<number>();
      for (const one of frames) {
        assertEquals(set.add(one), !known.has(one));
        known.add(one);
      }
      const sorted = [...known].sort((a, b) => a - b);
      assertEquals([...set.frames()], sorted);
      for (const one of frames) assertEquals(set.has(one), true);
      for (const one of [0, 63, 299, 2 ** 32, 2 ** 40]) {
        assertEquals(set.has(one), known.has(one));
      }
      const words = new Set(sorted.map((one) => Math.floor(one / 64)));
      const listed = [...set.words()].flatMap(({ first, count }) =>
        Array.from({ length: count }, (_, i) => first + i)
      );
      assertEquals(listed, [...words]);
    }),
    { numRuns: 500, seed: 20261127 },
  );
});

Deno.test("FrameSet puts words that stand side by side together, across its pieces too", () => {
  const set = new FrameSet();
  for (const frame of [2 ** 15 - 1, 2 ** 15, 2 ** 15 + 64, 5, 300]) {
    set.add(frame);
  }
  assertEquals([...set.words()], [
    { first: 0, count: 1 },
    { first: 4, count: 1 },
    { first: 511, count: 3 },
  ]);
});
