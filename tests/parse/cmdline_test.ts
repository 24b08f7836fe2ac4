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
    ["empty last arguments", "sh\0-c\0x\0\0\0\0", [
      "sh",
      "-c",
      "x",
      "",
      "",
      "",
    ]],
    ["a program whose only argument is empty", "true\0\0", ["true", ""]],
    ["eight empty last arguments", `a b\0c${"\0".repeat(9)}`, [
      "a b",
      "c",
      ...Array(8).fill(""),
    ]],
    ["no more than eight", `a b\0c${"\0".repeat(10)}`, ["a b", "c"]],
    ["arguments that were overwritten with 13 NULs", "\0".repeat(13), [""]],
    [
      "a title of PostgreSQL",
      `postgres: writer process${"\0".repeat(1330)}`,
      ["postgres: writer process"],
    ],
    ["a title that leaves one byte", "nginx: worker process\0\0", [
      "nginx: worker process",
    ]],
    ["a title of one word", `ffmpeg${"\0".repeat(40)}`, ["ffmpeg"]],
    ["a title that is filled up with spaces", "x    \0", ["x    "]],
  ] satisfies [string, string, string[]][]
) {
  Deno.test(`parseCmdline() reads ${what}`, () => {
    assertEquals(parseCmdline(text), expected);
  });
}
