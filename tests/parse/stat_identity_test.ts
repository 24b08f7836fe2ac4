import { assert, assertFalse } from "@std/assert";
import { mayHaveExecuted, parseStat, type Stat } from "../../src/parse/stat.ts";
import { type FakeProcess, statText } from "../support/fake_proc.ts";

function statOf(changes: Omit<FakeProcess, "pid">): Stat {
  return parseStat(statText({ pid: 10, ...changes }));
}

Deno.test("mayHaveExecuted() sees new addresses and a new name, and nothing else", () => {
  const before = statOf({});
  assertFalse(mayHaveExecuted(before, before));
  assertFalse(mayHaveExecuted(before, statOf({ utime: 5, state: "R" })));
  assert(mayHaveExecuted(before, statOf({ addresses: 8192 })));
  assert(mayHaveExecuted(before, statOf({ comm: "other" })));
});

Deno.test("mayHaveExecuted() cannot tell if the addresses are hidden, though nothing has changed", () => {
  const hidden = { ...statOf({}), startcode: 1, endcode: 1, startstack: 0 };
  assert(mayHaveExecuted(hidden, hidden));
});
