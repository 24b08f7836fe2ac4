import { assertEquals } from "@std/assert";
import { lengthOfRun } from "../../src/model/run_length.ts";
import { END, EPOCH_MS, RUN } from "../support/samples.ts";

/** A run of 2 s to its last sample; its clocks in seconds after its start. */
interface Clocks {
  readonly end: number;
  readonly last: number | null;
  readonly lastedSeconds?: number;
}

function lengthBy({ end, last, ...lasted }: Clocks): number {
  const summary = { ...END.summary, wallSeconds: 2 };
  const atEnd = { ...END, epochMs: EPOCH_MS + 1000 * end, ...lasted, summary };
  const lastEpochMs = last === null ? null : EPOCH_MS + 1000 * last;
  return lengthOfRun(RUN, atEnd, lastEpochMs);
}

const DAY = 86_400;

const CASES: readonly [string, Clocks, number][] = [
  ["the time to its end", { end: 9.5, last: 2 }, 9.5],
  ["the same without samples", { end: 9.5, last: null }, 9.5],
  ["the same without its last samples", { end: 9.5, last: 0.5 }, 9.5],
  [
    "the time to its end, the clock set back before the last sample",
    { end: -992.5, last: -1000 },
    9.5,
  ],
  [
    "the time to its end, the clock set on before the last sample",
    { end: 1009.5, last: 1002 },
    9.5,
  ],
  [
    "the time to its last sample, the clock set back after that",
    { end: -3600, last: 2 },
    2,
  ],
  [
    "the time to its last sample, the clock set on by a day after that",
    { end: DAY + 2.5, last: 2 },
    2,
  ],
  ["no less than to its last sample", { end: 1.99, last: 2 }, 2],
  [
    "what a clock that nobody sets says, the clock set back",
    { end: -3600, last: 2, lastedSeconds: 9.5 },
    9.5,
  ],
  [
    "what a clock that nobody sets says, the clock set on",
    { end: 3609.5, last: 2, lastedSeconds: 9.5 },
    9.5,
  ],
  [
    "what a replay would say, if that is nearly the same",
    { end: 9.5, last: 2, lastedSeconds: 9.507 },
    9.5,
  ],
];

for (const [what, clocks, expected] of CASES) {
  Deno.test(`lengthOfRun() is ${what}`, () => {
    assertEquals(lengthBy(clocks), expected);
  });
}
