import { assertEquals } from "@std/assert";
import type { Integer } from "../../src/integer.ts";
import { type Contribution, LastingSums } from "../../src/tree/lasting_sums.ts";
import { parseStat } from "../../src/parse/stat.ts";
import type { TreeProcess } from "../../src/tree/tree_process.ts";
import { statText } from "../support/fake_proc.ts";

function processOf(pid: number, ppid: number): TreeProcess {
  const stat = parseStat(statText({ pid, ppid }));
  return { pid, startTicks: stat.starttime, stat };
}

const ROOT = processOf(10, 1);
const CHILD = processOf(11, 10);

function added(total: Integer, reaped = 0): Contribution {
  return { total: [total], reaped: [reaped] };
}

Deno.test("LastingSums.total is the sum of what the living members add", () => {
  const sums = new LastingSums(1);
  sums.apply({
    changed: new Map([[ROOT, added(5)], [CHILD, added(7)]]),
    ended: [],
  });
  assertEquals(sums.total, [12]);
  sums.apply({ changed: new Map([[CHILD, added(9)]]), ended: [] });
  assertEquals(sums.total, [14]);
});

Deno.test("LastingSums.total does not fall if a counter does", () => {
  const sums = new LastingSums(1);
  sums.apply({ changed: new Map([[ROOT, added(50)]]), ended: [] });
  sums.apply({ changed: new Map([[ROOT, added(40)]]), ended: [] });
  assertEquals(sums.total, [50]);
});

Deno.test("LastingSums keeps what a process has added that departed, and owes nobody for it", () => {
  const sums = new LastingSums(1);
  sums.apply({
    changed: new Map([[ROOT, added(0)], [CHILD, added(30)]]),
    ended: [],
  });
  sums.apply({
    changed: new Map([[ROOT, added(20, 20)]]),
    ended: [],
    departed: [CHILD],
  });
  assertEquals(sums.total, [50]);
});

Deno.test("LastingSums adds exactly beyond 2^53", () => {
  const sums = new LastingSums(1);
  sums.apply({
    changed: new Map([
      [ROOT, added(9007199254740993n)],
      [CHILD, added(1)],
    ]),
    ended: [],
  });
  assertEquals(sums.total, [9007199254740994n]);
});

Deno.test("LastingSums credits a living ancestor with a long chain that ended at once", () => {
  const sums = new LastingSums(1);
  const chain = Array.from(
    { length: 10_000 },
    (_, i) => processOf(100 + i, i === 0 ? 10 : 99 + i),
  );
  sums.apply({
    changed: new Map([ROOT, ...chain].map((one) => [one, added(1, 0)])),
    ended: [],
  });
  // The root has reaped all but 40 of the 10,000.
  sums.apply({
    changed: new Map([[ROOT, added(9961, 9960)]]),
    ended: chain,
  });
  assertEquals(sums.total, [10_001]);
});
