import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseMeminfo } from "../../src/parse/meminfo.ts";
import {
  assertRefuses,
  assertSurvivesDamage,
  readTestdata,
} from "../support/damage.ts";

const MINIMAL = "MemTotal:        1024 kB\nMemFree:          512 kB\n";

Deno.test("parseMeminfo() reads a host", () => {
  assertEquals(parseMeminfo(readTestdata("meminfo/host.txt")), {
    memTotal: 24683672,
    memFree: 23227420,
    memAvailable: 24084548,
    buffers: 1616,
    cached: 585732,
    swapTotal: 0,
    swapFree: 0,
    dirty: 6940,
    writeback: 0,
    anonPages: 132824,
    mapped: 46904,
    shmem: 8788,
    slab: 627252,
    sReclaimable: 577048,
    sUnreclaim: 50204,
    pageTables: 4044,
    committedAs: 279780,
    commitLimit: 12341836,
  });
});

Deno.test("parseMeminfo() gives null for what is not there", () => {
  const { memTotal, memFree, ...others } = parseMeminfo(MINIMAL);
  assertEquals([memTotal, memFree], [1024, 512]);
  assertEquals(Object.values(others), Array(16).fill(null));
});

Deno.test("parseMeminfo() keeps sizes above 2^53 exact", () => {
  const text = `${MINIMAL}Committed_AS:   18446744073709551612 kB\n`;
  assertEquals(parseMeminfo(text).committedAs, 18446744073709551612n);
});

Deno.test("parseMeminfo() does not take SwapCached for Cached", () => {
  const text = `${MINIMAL}SwapCached:            7 kB\n`;
  assertEquals(parseMeminfo(text).cached, null);
});

Deno.test("parseMeminfo() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: "\n" },
    { field: "any line", text: "SwapCached:   7 kB\n" },
    { field: "the end of the last line", text: MINIMAL.slice(0, -1) },
    { field: "the end of the last line", text: "" },
  ];
  for (const refused of cases) assertRefuses(parseMeminfo, refused);
});

Deno.test("parseMeminfo() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseMeminfo, readTestdata("meminfo/host.txt"));
});

Deno.test("parseMeminfo() finds nothing in a name without a colon", () => {
  assertThrows(() => parseMeminfo("MemTotal!\n"), ProcParseError);
});
