import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import {
  countCpus,
  type CpuRange,
  parseCpuList,
} from "../../src/parse/cpu_list.ts";

function parse(text: string): CpuRange[] {
  return parseCpuList("online", { field: "the list", text });
}

Deno.test("parseCpuList() reads ranges and single CPUs", () => {
  assertEquals(parse("0-3,8"), [{ first: 0, last: 3 }, { first: 8, last: 8 }]);
});

Deno.test("parseCpuList() reads one CPU", () => {
  assertEquals(parse("0"), [{ first: 0, last: 0 }]);
});

Deno.test("parseCpuList() reads an empty list", () => {
  assertEquals(parse(""), []);
});

Deno.test("parseCpuList() reads ranges that touch", () => {
  assertEquals(parse("0-1,2"), [{ first: 0, last: 1 }, { first: 2, last: 2 }]);
});

for (
  const text of [
    "x",
    "0-",
    "-3",
    "0,,1",
    "0,",
    "3-1",
    "1,0",
    "0-3,3",
    "0 1",
    "1.5",
    "0-1-2",
    "0-3\n",
    "1234567",
  ]
) {
  Deno.test(`parseCpuList() refuses ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parse(text), ProcParseError);
    assertEquals(
      error.message,
      `Cannot parse the list in online: current value is ${
        JSON.stringify(text)
      }`,
    );
  });
}

Deno.test("countCpus() counts what stands in one list", () => {
  assertEquals(countCpus(parse("0-3,8")), 5);
  assertEquals(countCpus(parse("")), 0);
});

Deno.test("countCpus() counts what stands in both lists", () => {
  assertEquals(countCpus(parse("0-3,8"), parse("2-9")), 3);
  assertEquals(countCpus(parse("0-9"), parse("1,3,5-6")), 4);
  assertEquals(countCpus(parse("0-3"), parse("4-7")), 0);
  assertEquals(countCpus(parse("0-3"), parse("")), 0);
});
