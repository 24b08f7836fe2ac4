import { assertEquals, assertLess } from "@std/assert";
import { environmentOf, ProcReader } from "../../src/kernel/proc_reader.ts";
import { type FileContent, MemoryFs } from "../../src/testing/memory_fs.ts";

function pidsIn(proc: FileContent) {
  const fs = new MemoryFs();
  fs.write("/proc", proc);
  return new ProcReader(fs).listPids();
}

Deno.test("listPids() lists the names in /proc that are process ids", () => {
  assertEquals(pidsIn(["42", "7", "self", "0", "007", "1234567890", "4x"]), {
    value: [42, 7],
    reason: null,
  });
});

Deno.test("listPids() says why /proc cannot be listed", () => {
  assertEquals(pidsIn({ error: "denied" }), { value: null, reason: "denied" });
});

/** What is read of an environment for these names. */
function variablesIn(text: string, names: readonly string[]): string {
  const fs = new MemoryFs();
  fs.write("/proc/10/environ", text);
  return environmentOf(fs, "/proc/10/environ", names);
}

for (
  const [what, text, names, expected] of [
    [
      "the variables that were asked for",
      "A=1\0TOKEN=x\0B=2\0",
      ["B", "A"],
      "A=1\0B=2\0\0",
    ],
    ["a mark of others alone", "TOKEN=x\0", ["A"], "\0"],
    ["no mark if there are no others", "A=1\0", ["A"], "A=1\0"],
    ["nothing of nothing", "", ["A"], ""],
    ["the first of two", "A=1\0A=TOKEN\0", ["A"], "A=1\0\0"],
    ["no name that only begins so", "AB=x\0xA=x\0A B=x\0", ["A"], "\0"],
    ["no name within a value", "X=A=1\0Y=\nA=1\0", ["A"], "\0"],
    ["no entry without an equals sign", "A\0B=1\0", ["A", "B"], "B=1\0\0"],
    ["an end without a NUL", "X=1\0A=1", ["A"], "A=1\0\0"],
    [
      "a value that is not UTF-8",
      "A=\ufffd=\n\u001b\0",
      ["A"],
      "A=\ufffd=\n\u001b\0",
    ],
    ["what was filled up with NULs", "title\0\0\0A=1\0\0\0", ["A"], "A=1\0\0"],
  ] as const
) {
  Deno.test(`environmentOf() keeps ${what}`, () => {
    assertEquals(variablesIn(text, names), expected);
  });
}

Deno.test("environmentOf() takes time in proportion to the text", () => {
  const time = (text: string) => {
    const begin = performance.now();
    variablesIn(text, ["A", "B"]);
    return performance.now() - begin;
  };
  // Looking for an equals sign at each of these would take minutes.
  assertLess(time("\0".repeat(2 ** 20)), 2000);
  assertLess(time(`${"a\0".repeat(2 ** 19)}A=1\0`), 2000);
});
