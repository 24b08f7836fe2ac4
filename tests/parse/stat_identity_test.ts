import { assert, assertFalse } from "@std/assert";
import {
  mayHaveExecuted,
  parseStat,
  showsExec,
  type Stat,
} from "../../src/parse/stat.ts";
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

Deno.test("mayHaveExecuted() cannot tell if the addresses are not random, though nothing has changed", () => {
  // As `setarch -R` starts a program on x86-64, and on arm64.
  for (const startstack of [140737488349136, 2 ** 48 - 70_000]) {
    const fixed = { ...statOf({}), startstack };
    assert(mayHaveExecuted(fixed, fixed));
    assertFalse(showsExec(fixed));
  }
  for (const startstack of [140726888866368, 2 ** 48 - 2 ** 33, 0xff9b_0000]) {
    const random = { ...statOf({}), startstack };
    assertFalse(mayHaveExecuted(random, random));
    assert(showsExec(random));
  }
});
