import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Sampler } from "../../src/measure/sampler.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { IDLE } from "../support/stage.ts";

/** A sampler of one process, with the clocks of this host. */
function samplerOf(): Sampler {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  return new Sampler({ pid: 10, fs }, { selfUsage: IDLE });
}

for (const intervalMs of [0, -1, NaN, Infinity, -Infinity, 0.0009, 5e-324]) {
  Deno.test(`sampler() refuses an interval of ${intervalMs} milliseconds`, async () => {
    using sampler = samplerOf();
    const says =
      `Cannot sample every ${intervalMs} milliseconds: intervalMs is a finite number above 0, 0.001 at least`;
    await assertRejects(
      () => sampler.samples({ intervalMs }).next(),
      RangeError,
      says,
    );
    assertThrows(() => sampler.describeRun(intervalMs), RangeError, says);
    assertEquals(sampler.summary.samples, 0);
  });
}

for (const count of [0, -1, 1.5, NaN, -Infinity, 2 ** 53]) {
  Deno.test(`sampler() refuses to take ${count} samples`, async () => {
    using sampler = samplerOf();
    await assertRejects(
      () => sampler.samples({ count }).next(),
      RangeError,
      `Cannot take ${count} samples: count is a whole number above 0, or Infinity`,
    );
  });
}

for (const durationMs of [0, -1, NaN, -Infinity]) {
  Deno.test(`sampler() refuses to sample for ${durationMs} milliseconds`, async () => {
    using sampler = samplerOf();
    await assertRejects(
      () => sampler.samples({ durationMs }).next(),
      RangeError,
      `Cannot sample for ${durationMs} milliseconds: durationMs is a number above 0, or Infinity`,
    );
  });
}

Deno.test("sampler() refuses text for a duration, an interval and a count", async () => {
  // A program that is not checked by the compiler, such as one in JavaScript, may give it.
  for (const name of ["durationMs", "intervalMs", "count"]) {
    using sampler = samplerOf();
    const options = JSON.parse(`{"${name}": "5"}`);
    await assertRejects(
      () => sampler.samples(options).next(),
      RangeError,
      " 5 ",
    );
  }
});

for (const missed of [-1, 0.5, NaN, Infinity]) {
  Deno.test(`sampler() refuses ${missed} missed intervals, and counts none of them`, () => {
    using sampler = samplerOf();
    assertThrows(
      () => sampler.sample(missed),
      RangeError,
      `Cannot sample with ${missed} intervals missed: missed is a whole number, 0 or above`,
    );
    assertEquals(sampler.sample().tree.seq, 0);
  });
}

Deno.test("sampler() takes Infinity for a count and a duration without end", async () => {
  using sampler = samplerOf();
  const endless = { intervalMs: 0.5, count: Infinity, durationMs: Infinity };
  const samples = sampler.samples(endless);
  for (let taken = 0; taken < 3; taken++) {
    assertEquals((await samples.next()).done, false);
  }
  await samples.return();
});
