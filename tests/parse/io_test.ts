import { assertEquals } from "@std/assert";
import { parseIo } from "../../src/parse/io.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

const SHELL = `rchar: 323934931
wchar: 323929600
syscr: 632687
syscw: 632675
read_bytes: 0
write_bytes: 323932160
cancelled_write_bytes: 4096
`;

Deno.test("parseIo() reads the counters", () => {
  assertEquals(parseIo(SHELL), {
    rchar: 323934931,
    wchar: 323929600,
    syscr: 632687,
    syscw: 632675,
    readBytes: 0,
    writeBytes: 323932160,
    cancelledWriteBytes: 4096,
  });
});

Deno.test("parseIo() keeps counters above 2^53 exact", () => {
  const io = parseIo(
    SHELL.replace("323934931", "9007199254740993")
      .replace("323929600", "18446744073709551615"),
  );
  assertEquals(io.rchar, 9007199254740993n);
  assertEquals(io.wchar, 18446744073709551615n);
});

Deno.test("parseIo() does not look at counters it does not know", () => {
  assertEquals(parseIo(`${SHELL}new_bytes: ?\n`), parseIo(SHELL));
});

Deno.test("parseIo() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "\n" },
    { field: "any line", text: "SYSCW: 1\n" },
    { field: "the end of the last line", text: SHELL.slice(0, -1) },
    { field: "the end of the last line", text: "" },
  ];
  for (const refused of cases) assertRefuses(parseIo, refused);
});

Deno.test("parseIo() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseIo, SHELL);
});

Deno.test("parseIo() skips a name with another letter in the place of its colon", () => {
  const { rchar, wchar } = parseIo("rchar: 5\nrchar!\nwchar!\n");
  assertEquals([rchar, wchar], [5, null]);
});
