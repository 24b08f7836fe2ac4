import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseCpuMax } from "../../src/parse/cpu_max.ts";

function says(text: string, message: string): void {
  const error = assertThrows(() => parseCpuMax(text), ProcParseError);
  assertEquals(error.message, message);
}

Deno.test("parseCpuMax() reads a quota", () => {
  assertEquals(parseCpuMax("150000 100000\n"), {
    quotaMicroseconds: 150000,
    periodMicroseconds: 100000,
  });
});

Deno.test("parseCpuMax() reads no limit as null", () => {
  assertEquals(parseCpuMax("max 100000\n"), {
    quotaMicroseconds: null,
    periodMicroseconds: 100000,
  });
});

Deno.test("parseCpuMax() refuses a period of 0", () => {
  says("max 0\n", 'Cannot parse $PERIOD in cpu.max: current value is "0"');
});

Deno.test("parseCpuMax() refuses a quota of 0, by which nothing can be divided", () => {
  says("0 100000\n", 'Cannot parse $MAX in cpu.max: current value is "0"');
});

Deno.test("parseCpuMax() refuses a period that is not a number", () => {
  says("max x\n", 'Cannot parse $PERIOD in cpu.max: current value is "x"');
  says("max max\n", 'Cannot parse $PERIOD in cpu.max: current value is "max"');
});

Deno.test("parseCpuMax() refuses a quota that is not a number", () => {
  says("-1 100000\n", 'Cannot parse $MAX in cpu.max: current value is "-1"');
  says("Max 100000\n", 'Cannot parse $MAX in cpu.max: current value is "Max"');
});

Deno.test("parseCpuMax() refuses a quota beyond 2^53", () => {
  says(
    "9007199254740992 100000\n",
    'Cannot parse $MAX in cpu.max: current value is "9007199254740992"',
  );
});

for (const text of ["", "max", "max\n", "max 100000", "max 1 2\n", " 1 2\n"]) {
  Deno.test(`parseCpuMax() refuses ${JSON.stringify(text)}`, () => {
    says(
      text,
      `Cannot parse $MAX $PERIOD in cpu.max: current value is ${
        JSON.stringify(text)
      }`,
    );
  });
}
