import { assertEquals } from "@std/assert";
import { parseCmdline } from "../../src/parse/cmdline.ts";

for (
  const [what, text, expected] of [
    ["arguments", "make\0-j8\0all\0", ["make", "-j8", "all"]],
    ["no arguments of a zombie", "", []],
    ["one empty argument", "\0", [""]],
    ["empty arguments", "./cmdl\0bad\0\0a b\nc\0", [
      "./cmdl",
      "bad",
      "",
      "a b\nc",
    ]],
    ["an empty last argument", "sh\0-c\0\0", ["sh", "-c", ""]],
    ["a title without a NUL", "ZZZZZZZZ", ["ZZZZZZZZ"]],
    ["a title with the environment behind it", "TTTSHELL=/bin/bash\0", [
      "TTTSHELL=/bin/bash",
    ]],
    ["arguments whose end is missing", "a\0b", ["a", "b"]],
    ["13 NULs", "\0".repeat(13), Array(13).fill("")],
    ["a title that is filled up with spaces", "x    \0", ["x    "]],
  ] satisfies [string, string, string[]][]
) {
  Deno.test(`parseCmdline() reads ${what}`, () => {
    assertEquals(parseCmdline(text), expected);
  });
}
