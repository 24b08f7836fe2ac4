import { assertEquals } from "@std/assert";
import type { Integer } from "../../src/integer.ts";
import { type Entry, Ledger } from "../../src/tree/lasting_sums.ts";
import { parseStat } from "../../src/parse/stat.ts";
import type { Member } from "../../src/tree/tree.ts";
import { statText } from "../support/fake_proc.ts";

function member(pid: number, ppid: number): Member {
  const stat = parseStat(statText({ pid, ppid }));
  return { pid, startTicks: stat.starttime, stat };
}

const ROOT = member(10, 1);
const CHILD = member(11, 10);

function entry(total: Integer, credit = 0): Entry {
  return { total: [total], credit: [credit] };
}

Deno.test("Ledger.total is the sum of what the living members add", () => {
  const ledger = new Ledger(1);
  ledger.settle({
    changed: new Map([[ROOT, entry(5)], [CHILD, entry(7)]]),
    ended: [],
  });
  assertEquals(ledger.total, [12]);
  ledger.settle({ changed: new Map([[CHILD, entry(9)]]), ended: [] });
  assertEquals(ledger.total, [14]);
});

Deno.test("Ledger.total does not fall where a counter does", () => {
  const ledger = new Ledger(1);
  ledger.settle({ changed: new Map([[ROOT, entry(50)]]), ended: [] });
  ledger.settle({ changed: new Map([[ROOT, entry(40)]]), ended: [] });
  assertEquals(ledger.total, [50]);
});

Deno.test("Ledger keeps what a member has added that left, and owes nobody for it", () => {
  const ledger = new Ledger(1);
  ledger.settle({
    changed: new Map([[ROOT, entry(0)], [CHILD, entry(30)]]),
    ended: [],
  });
  ledger.settle({
    changed: new Map([[ROOT, entry(20, 20)]]),
    ended: [],
    left: [CHILD],
  });
  assertEquals(ledger.total, [50]);
});

Deno.test("Ledger adds exactly beyond 2^53", () => {
  const ledger = new Ledger(1);
  ledger.settle({
    changed: new Map([
      [ROOT, entry(9007199254740993n)],
      [CHILD, entry(1)],
    ]),
    ended: [],
  });
  assertEquals(ledger.total, [9007199254740994n]);
});
