import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseStatm } from "../../src/parse/statm.ts";

function says(text: string, message: string): void {
  const error = assertThrows(() => parseStatm(text), ProcParseError);
  assertEquals(error.message, message);
}

Deno.test("parseStatm() reads the fields that a kernel fills", () => {
  assertEquals(parseStatm("1994 1306 1203 224 0 173 0\n"), {
    size: 1994,
    resident: 1306,
    shared: 1203,
    text: 224,
    data: 173,
  });
});

Deno.test("parseStatm() reads the zeros of a process without memory", () => {
  assertEquals(parseStatm("0 0 0 0 0 0 0\n"), {
    size: 0,
    resident: 0,
    shared: 0,
    text: 0,
    data: 0,
  });
});

Deno.test("parseStatm() keeps numbers of 64 bits exact", () => {
  const statm = parseStatm(
    "18446744073709551615 9007199254740993 0 0 0 9007199254740991 0\n",
  );
  assertEquals(statm.size, 18446744073709551615n);
  assertEquals(statm.resident, 9007199254740993n);
  assertEquals(statm.data, 9007199254740991);
});

Deno.test("parseStatm() loses a number that makes no sense, and keeps the others", () => {
  const words = ["1994", "1306", "1203", "224", "0", "173", "0"];
  const keys = ["size", "resident", "shared", "text", null, "data", null];
  const whole = parseStatm(`${words.join(" ")}\n`);
  keys.forEach((key, i) => {
    for (const wrong of ["x", "-2", "2k", "18446744073709551616"]) {
      const text = `${words.with(i, wrong).join(" ")}\n`;
      const { malformed, ...statm } = parseStatm(text);
      assertEquals(statm, key === null ? whole : { ...whole, [key]: null });
      assertEquals(malformed?.map(({ text }) => text), [wrong]);
    }
  });
});

Deno.test("parseStatm() refuses a line of which neither of the first two numbers makes sense", () => {
  says("a b 3 4 0 5 0\n", 'Cannot parse size in statm: current value is "a"');
});

Deno.test("parseStatm() names the field that is missing", () => {
  says("1 2 3 4 0 5\n", 'Cannot parse dt in statm: current value is ""');
  says("1\n", 'Cannot parse resident in statm: current value is ""');
  says("\n", 'Cannot parse size in statm: current value is ""');
});

Deno.test("parseStatm() refuses an empty text", () => {
  says("", 'Cannot parse the end of the line in statm: current value is ""');
});

Deno.test("parseStatm() refuses a line that is cut", () => {
  says(
    "1994 1306 1203 224 0 173 0",
    'Cannot parse the end of the line in statm: current value is "1994 1306 1203 224 0 173 0"',
  );
});
