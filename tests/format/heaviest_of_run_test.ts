import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  HeaviestOfRun,
  packRows,
  type ReportedProcess,
} from "../../src/format/_heaviest_of_run.ts";

function processOf(changes: Partial<ReportedProcess>): ReportedProcess {
  return {
    pid: 1,
    ppid: 0,
    startTicks: 0,
    comm: "a",
    command: null,
    group: 0,
    startMs: 0,
    endMs: 1,
    cpuSeconds: 0,
    peakRssBytes: null,
    ...changes,
  };
}

Deno.test("HeaviestOfRun keeps the heaviest and the longest of any number", () => {
  const heaviest = new HeaviestOfRun();
  for (let pid = 0; pid < 20_000; pid++) {
    heaviest.add(processOf({
      pid,
      startMs: pid,
      // The longest are the last, the heaviest the first, the largest in the middle.
      endMs: 2 * pid,
      cpuSeconds: 20_000 - pid,
      peakRssBytes: 20_000 - Math.abs(pid - 10_000),
    }));
  }
  assertEquals(heaviest.count, 20_000);
  assertEquals(
    heaviest.heaviestByCpu.map(({ pid }) => pid),
    Array.from({ length: 20 }, (_, i) => i),
  );
  assertEquals(
    heaviest.heaviestByMemory.slice(0, 3).map(({ pid }) => pid).sort(),
    [10000, 10001, 9999],
  );
  const drawn = heaviest.slices().map(({ pid }) => pid);
  assertEquals(drawn.length, 2000);
  assertEquals(drawn.slice(0, 2), [0, 1]);
  assertEquals(drawn.at(-1), 19_999);
});

Deno.test("HeaviestOfRun draws a process once that is both heavy and long", () => {
  const heaviest = new HeaviestOfRun();
  heaviest.add(processOf({ pid: 7 }));
  assertEquals(heaviest.slices().map(({ pid }) => pid), [7]);
});

Deno.test("packRows() never lets two slices of a row overlap, and takes no row too many", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.nat({ max: 100 }), fc.nat({ max: 30 }))),
    (pairs) => {
      const slices = pairs
        .map(([startMs, length]) => ({ startMs, endMs: startMs + length }))
        .sort((a, b) => a.startMs - b.startMs);
      const rows = packRows(slices);
      const rowsOf = Map.groupBy(slices.keys(), (i) => rows[i]);
      for (const members of rowsOf.values()) {
        let end = 0;
        for (const i of members) {
          const { startMs = 0, endMs = 0 } = slices[i] ?? {};
          assert(startMs >= end);
          end = endMs;
        }
      }
      const atOnce = slices.map(({ startMs }) =>
        slices.filter((other) =>
          other.startMs <= startMs && other.endMs > startMs
        ).length
      );
      // A slice of no length takes a row as well.
      assert(rowsOf.size <= Math.max(0, ...atOnce) + 1);
    },
  ));
});
