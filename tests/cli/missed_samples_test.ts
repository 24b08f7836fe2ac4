import { assertEquals } from "@std/assert";
import { MissedSamples } from "../../src/cli/missed_samples.ts";
import type { RunSummary } from "../../src/model/run.ts";

/** What is said of a run in which these intervals passed without a sample before each sample. */
async function saidOf(missed: readonly number[]): Promise<string[]> {
  const said: string[] = [];
  const watch = new MissedSamples((sentence) => said.push(sentence));
  let missedSamples = 0;
  for (const [i, count] of missed.entries()) {
    missedSamples += count;
    const summary = { samples: i + 1, missedSamples } as RunSummary;
    const missedBecause = { reading: missedSamples, writing: 0, waiting: 0 };
    await watch.add(count, { summary, missedBecause });
  }
  return said;
}

const times = (times: number, missed: number) => Array(times).fill(missed);

Deno.test("missedSamples warns once when most of twenty samples came late", async () => {
  assertEquals(await saidOf([...times(9, 0), ...times(11, 3)]), [
    "Missed 33 of 53 samples so far, as reading the processes took too long; a longer --interval helps",
  ]);
  assertEquals((await saidOf(times(100, 3))).length, 1);
  assertEquals((await saidOf([...times(40, 0), ...times(20, 1)])).length, 1);
});

Deno.test("missedSamples says nothing of a few samples, half of them, or one after a stop", async () => {
  assertEquals(await saidOf(times(19, 3)), []);
  assertEquals(await saidOf([...times(10, 0), ...times(10, 3)]), []);
  assertEquals(await saidOf([...times(30, 0), 5000, ...times(30, 0)]), []);
});
