/** Lines without the separator that they should have are skipped, as other lines are. */
import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseEnvironRange } from "../../src/parse/environ.ts";
import { parseIo } from "../../src/parse/io.ts";
import { parseMeminfo } from "../../src/parse/meminfo.ts";
import { parseProcStat } from "../../src/parse/proc_stat.ts";

Deno.test("parseIo() skips a name with another letter in the place of its colon", () => {
  const { rchar, wchar } = parseIo("rchar: 5\nrchar!\nwchar!\n");
  assertEquals([rchar, wchar], [5, null]);
});

Deno.test("parseProcStat() skips a name with a letter behind it", () => {
  assertEquals(parseProcStat("cpu  1 2 3 4\nctxt 7\nctxtX\n").ctxt, 7);
});

Deno.test("parseMeminfo() finds nothing in a name without a colon", () => {
  assertThrows(() => parseMeminfo("MemTotal!\n"), ProcParseError);
});

Deno.test("parseEnvironRange() takes no address from a line that is cut", () => {
  const whole = `7 (a b) S ${"4096 8192 ".repeat(24)}`;
  assertThrows(() => parseEnvironRange(whole.slice(0, -3)), ProcParseError);
  assertThrows(() => parseEnvironRange(""), ProcParseError);
});
