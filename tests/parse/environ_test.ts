import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseEnviron, parseEnvironRange } from "../../src/parse/environ.ts";

for (
  const [what, text, expected] of [
    ["variables", "HOME=/root\0LANG=C.UTF-8\0", [["HOME", "/root"], [
      "LANG",
      "C.UTF-8",
    ]]],
    ["nothing", "", []],
    ["an empty value", "A=\0", [["A", ""]]],
    ["a value with equals signs", "A==b=\0", [["A", "=b="]]],
    ["a value of several lines, and escapes", "A=b\nB=c\n\u001b[2J\0", [
      ["A", "b\nB=c\n\u001b[2J"],
    ]],
    ["the first of two values", "A=1\0B=2\0A=3\0", [["A", "1"], ["B", "2"]]],
    ["an entry without an equals sign", "A\0B=2\0", [["B", "2"]]],
    ["a title that was written over the start", "title\0\0\0LANG=C\0", [
      ["LANG", "C"],
    ]],
    ["an end without a NUL", "A=1\0B=2", [["A", "1"], ["B", "2"]]],
    ["names that no shell sets", "=1\0__proto__=2\0a b=3\0", [
      ["", "1"],
      ["__proto__", "2"],
      ["a b", "3"],
    ]],
    ["bytes that are not UTF-8", "A=\ufffd\0", [["A", "\ufffd"]]],
  ] as const
) {
  Deno.test(`parseEnviron() reads ${what}`, () => {
    assertEquals([...parseEnviron(text)], expected.map((one) => [...one]));
  });
}

/** A `stat` with these fields at its end. */
function statWith(fields: string): string {
  const zeros = "0 ".repeat(46);
  return `7 (a) b) (c) S ${zeros}${fields}\n`;
}

Deno.test("parseEnvironRange() finds the environment, whatever the name of the process holds", () => {
  assertEquals(
    parseEnvironRange(statWith("140729014382541 140729014387688 0")),
    { envStart: 140729014382541, envEnd: 140729014387688 },
  );
  assertEquals(parseEnvironRange(statWith("18446744073709551615 0 0")), {
    envStart: 18446744073709551615n,
    envEnd: 0,
  });
});

Deno.test("parseEnvironRange() knows no environment of a kernel before Linux 3.5", () => {
  assertEquals(parseEnvironRange("7 (a) S 1 1 0\n"), {
    envStart: 0,
    envEnd: 0,
  });
});

for (const field of ["-1", "x", "1.5", ""]) {
  Deno.test(`parseEnvironRange() refuses the address "${field}"`, () => {
    const error = assertThrows(
      () => parseEnvironRange(statWith(`1 ${field} 0`)),
      ProcParseError,
    );
    assertEquals([error.field, error.text], ["env_end", field]);
  });
}

Deno.test("parseEnviron() takes time in proportion to the text", () => {
  const time = (text: string) => {
    const begin = performance.now();
    parseEnviron(text);
    return performance.now() - begin;
  };
  time("A=b\0".repeat(1000));
  assertLess(time("\0".repeat(2 ** 21)), 2000);
  assertLess(time("x".repeat(2 ** 21)), 2000);
});

Deno.test("parseEnvironRange() takes no address from a line that is cut", () => {
  const whole = `7 (a b) S ${"4096 8192 ".repeat(24)}`;
  assertThrows(() => parseEnvironRange(whole.slice(0, -3)), ProcParseError);
  assertThrows(() => parseEnvironRange(""), ProcParseError);
});
