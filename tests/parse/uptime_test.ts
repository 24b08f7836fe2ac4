import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parsePrintedUptime, parseUptime } from "../../src/parse/uptime.ts";

Deno.test("parseUptime() reads the seconds since boot", () => {
  assertEquals(parseUptime("7921.84 31403.12\n"), 7921.84);
});

Deno.test("parseUptime() reads a host that has just booted", () => {
  assertEquals(parseUptime("0.00 0.00\n"), 0);
});

Deno.test("parseUptime() reads a host that has been up for centuries", () => {
  assertEquals(parseUptime("18446744073.99 1.00\n"), 18446744073.99);
});

for (
  const [what, text] of [
    ["an empty text", ""],
    ["a text that is cut", "7921.84 31403.12"],
    ["one number", "7921.84\n"],
    ["a number without hundredths", "7921 31403.12\n"],
    ["tenths", "7921.8 31403.12\n"],
    ["a minus", "-1.00 31403.12\n"],
    ["letters", "x.84 31403.12\n"],
    ["a further line", "7921.84 31403.12\n1.00 1.00\n"],
  ] as const
) {
  Deno.test(`parseUptime() refuses ${what}`, () => {
    const error = assertThrows(() => parseUptime(text), ProcParseError);
    assertEquals(
      error.message,
      `Cannot parse uptime in uptime: current value is ${JSON.stringify(text)}`,
    );
  });
}

for (
  const [text, seconds, decimals] of [
    ["7921.84 31403.12\n", 7921.84, 2],
    ["123.0 456.0\n", 123, 1],
    ["123 456\n", 123, 0],
    ["123.456789 -3.5\n", 123.456789, 6],
  ] as const
) {
  Deno.test(`parsePrintedUptime() reads ${JSON.stringify(text)}`, () => {
    assertEquals(parsePrintedUptime(text), { seconds, decimals });
  });
}

for (
  const text of ["", "1.00", "1.00 2.00", "1.00\n", "-1.0 2.0\n", "1. 2.\n"]
) {
  Deno.test(`parsePrintedUptime() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parsePrintedUptime(text), ProcParseError);
  });
}
