import { assertEquals } from "@std/assert";
import {
  isBehindEnd,
  linkNotUtf8,
  readFailureOf,
} from "../../src/kernel/deno_errors.ts";

for (
  const [reason, errno, says] of [
    ["gone", 3, "No such process"],
    ["unsupported", 95, "Operation not supported"],
    ["unsupported", 38, "Function not implemented"],
    ["denied", 30, "Read-only file system"],
    ["failed", 5, "Input/output error"],
    ["failed", 6, "No such device or address"],
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

Deno.test("linkNotUtf8() reads a path as Rust escapes it, with U+FFFD for what is not UTF-8", () => {
  const says = (path: string) =>
    linkNotUtf8(
      new Deno.errors.InvalidData(
        `File name or path "${path}" is not valid UTF-8`,
      ),
    );
  assertEquals(says("/a\\xFF\\xFEb"), "/a\ufffd\ufffdb");
  // The start of a character of three bytes, and then something else.
  assertEquals(says("/\\xE2\\x82/\\xFF"), "/\ufffd/\ufffd");
  assertEquals(says("/é😀\\xFF"), "/é😀\ufffd");
  assertEquals(
    says(`/\\n\\t\\r\\0\\\\n\\"\\'\\u{1b}[2J\\u{10ffff}\\xFF`),
    `/\n\t\r\0\\n"'\x1b[2J\u{10ffff}\ufffd`,
  );
  assertEquals(
    says('/\\" is not valid UTF-8\\xFF'),
    '/" is not valid UTF-8\ufffd',
  );
  assertEquals(says("\ufeff\\xFF"), "\ufeff\ufffd");
});

Deno.test("linkNotUtf8() knows no other error", () => {
  assertEquals(linkNotUtf8(new Deno.errors.InvalidData("x")), null);
  assertEquals(
    linkNotUtf8(new Error('File name or path "/a" is not valid UTF-8')),
    null,
  );
});

Deno.test("isBehindEnd() knows what the kernel says of a place behind the last frame", () => {
  const says = (text: string) => isBehindEnd(new Error(text));
  assertEquals(says("No such device or address (os error 6)"), true);
  assertEquals(says("Invalid argument (os error 22)"), false);
  assertEquals(isBehindEnd("No such device or address (os error 6)"), false);
});
