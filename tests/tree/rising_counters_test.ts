import { assertEquals, assertStrictEquals } from "@std/assert";
import { parseStat, type Stat } from "../../src/parse/stat.ts";
import {
  hasFallen,
  RisingCounters,
  RisingStat,
} from "../../src/tree/rising_counters.ts";
import { statText } from "../support/fake_proc.ts";

function statWith(changes: Partial<Stat>): Stat {
  return { ...parseStat(statText({ pid: 10 })), ...changes };
}

Deno.test("RisingCounters shows what rises as it is", () => {
  const counters = new RisingCounters([1, 2]);
  assertEquals(counters.next([1, 2]), [1, 2]);
  assertEquals(counters.next([5, 2]), [5, 2]);
});

Deno.test("RisingCounters holds a counter until it is back where it was", () => {
  const counters = new RisingCounters([100, 7]);
  assertEquals(counters.next([90, 8]), [100, 8]);
  assertEquals(counters.next([99, 8]), [100, 8]);
  assertEquals(counters.next([101, 9]), [101, 9]);
});

Deno.test("RisingCounters goes on from where a counter was that starts again", () => {
  const counters = new RisingCounters([100, 7]);
  assertEquals(counters.next([89, 7]), [100, 7]);
  assertEquals(counters.next([92, 7]), [103, 7]);
  assertEquals(counters.next([0, 7]), [103, 7]);
  assertEquals(counters.next([4, 9]), [107, 9]);
});

Deno.test("RisingCounters counts exactly beyond 2^53", () => {
  const counters = new RisingCounters([9007199254740993n]);
  assertEquals(counters.next([0]), [9007199254740993n]);
  assertEquals(counters.next([2]), [9007199254740995n]);
});

Deno.test("RisingCounters goes on from a counter below 0", () => {
  const counters = new RisingCounters([0]);
  assertEquals(counters.next([-1024]), [0]);
  assertEquals(counters.next([-1000]), [24]);
});

Deno.test("RisingStat holds each counter, and nothing else", () => {
  const counters = {
    utime: 100,
    stime: 200,
    cutime: 300,
    cstime: 400,
    minflt: 500,
    majflt: 600,
    cminflt: 700,
    cmajflt: 800,
    delayacctBlkioTicks: 900,
  };
  const before = statWith({ ...counters, rss: 50, vsize: 9000 });
  for (const name of Object.keys(counters)) {
    const now = { ...before, [name]: 0, rss: 1, vsize: 10, state: "R" };
    assertEquals(hasFallen(before, now), true);
    const expected = { ...before, rss: 1, vsize: 10, state: "R" };
    assertEquals(new RisingStat(before).next(now), expected);
  }
  assertEquals(hasFallen(before, { ...before, rss: 1 }), false);
});

Deno.test("RisingStat gives the same object for the same stat, and no delay where the kernel has none", () => {
  const before = statWith({ utime: 100, delayacctBlkioTicks: null });
  const rising = new RisingStat(before);
  const now = statWith({ utime: 3, delayacctBlkioTicks: null });
  const held = rising.next(now);
  assertEquals([held.utime, held.delayacctBlkioTicks], [100, null]);
  assertStrictEquals(rising.next(now), held);
});
