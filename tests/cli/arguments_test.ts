import { assertEquals } from "@std/assert";
import { nearest } from "../../src/cli/arguments.ts";

const WORDS = ["pid", "interval", "count", "collect", "record", "replay"];

for (
  const [word, meant] of [
    ["intervall", "interval"],
    ["intrval", "interval"],
    ["inteval", "interval"],
    ["pdi", "pid"],
    ["pidd", "pid"],
    ["coutn", "count"],
    ["recor", "record"],
    ["collects", "collect"],
    ["interval", "interval"],
    ["iterva", "interval"],
  ] as const
) {
  Deno.test(`nearest() takes ${word} for ${meant}`, () => {
    assertEquals(nearest(word, WORDS), meant);
  });
}

for (const word of ["", "x", "zzzzzzzz", "intervalometer", "xyz"]) {
  Deno.test(`nearest() finds nothing near "${word}"`, () => {
    assertEquals(nearest(word, WORDS), null);
  });
}

Deno.test("nearest() prefers the first of two words that are as near", () => {
  assertEquals(nearest("bat", ["cat", "hat"]), "cat");
});

Deno.test("nearest() prefers the nearer word", () => {
  assertEquals(nearest("smap", ["stat", "smaps"]), "smaps");
});

Deno.test("nearest() finds nothing among no words", () => {
  assertEquals(nearest("pid", []), null);
});
