import { assertEquals, assertGreater } from "@std/assert";
import { walkSync } from "@std/fs";
import { CHECKOUT } from "../support/procline.ts";

/** The text of every test file, by its path. */
const TESTS: ReadonlyMap<string, string> = new Map(
  Array.from(walkSync(`${CHECKOUT}tests`, { exts: ["_test.ts"] }))
    .filter(({ name }) => name !== "promises_test.ts")
    .map(({ path }) => [path, Deno.readTextFileSync(path)]),
);

/** Whether there is a test of this name, in which `...` stands for any text. */
function isThere(name: string): boolean {
  const parts = name.split("...").map((part) =>
    part.trim().replaceAll("\\", "\\\\")
  );
  return [...TESTS.values()].some((text) => {
    let at = 0;
    for (const part of parts) {
      at = text.indexOf(part, at);
      if (at < 0) return false;
      at += part.length;
    }
    return true;
  });
}

Deno.test("each promise and odd case in docs/promises.md names tests that are there", () => {
  const text = Deno.readTextFileSync(`${CHECKOUT}docs/promises.md`);
  const rows = text.split("\n").filter((line) => /^\| [A-Z/]/.test(line));
  assertGreater(rows.length, 50);
  for (const row of rows) {
    const names = [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? "");
    assertGreater(names.length, 0, row);
    assertEquals(names.filter((name) => !isThere(name)), [], row);
  }
});
