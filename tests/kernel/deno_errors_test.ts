import { assertEquals } from "@std/assert";
import { readFailureOf } from "../../src/kernel/deno_errors.ts";

for (
  const [reason, errno, says] of [
    ["gone", 3, "No such process"],
    ["unsupported", 95, "Operation not supported"],
    ["unsupported", 38, "Function not implemented"],
    ["failed", 5, "Input/output error"],
    ["failed", 22, "Invalid argument"],
    ["failed", 36, "File name too long"],
  ] as const
) {
  Deno.test(`readFailureOf() calls "${says}" ${reason}, with and without a path`, () => {
    const text = `${says} (os error ${errno})`;
    assertEquals(readFailureOf(new Error(text)), reason);
    assertEquals(readFailureOf(new Error(`${text}: open '/a'`)), reason);
  });
}

Deno.test("readFailureOf() knows errors by their class", () => {
  assertEquals(readFailureOf(new Deno.errors.NotFound("x")), "gone");
  assertEquals(readFailureOf(new Deno.errors.PermissionDenied("x")), "denied");
});
