import { assertEquals } from "@std/assert";
import { parseSmapsRollup } from "../../src/parse/smaps_rollup.ts";
import { assertRefuses, assertSurvivesDamage } from "../support/damage.ts";

const CAT =
  `55a28ac8f000-7ffe64c5c000 ---p 00000000 00:00 0                          [rollup]
Rss:                1764 kB
Pss:                 273 kB
Pss_Dirty:           111 kB
Pss_Anon:            112 kB
Pss_File:            161 kB
Pss_Shmem:             1 kB
Shared_Clean:       1612 kB
Shared_Dirty:          2 kB
Private_Clean:        40 kB
Private_Dirty:       113 kB
Referenced:         1765 kB
Anonymous:           114 kB
KSM:                   3 kB
LazyFree:              4 kB
AnonHugePages:         5 kB
ShmemPmdMapped:        6 kB
FilePmdMapped:         7 kB
Shared_Hugetlb:        8 kB
Private_Hugetlb:       9 kB
Swap:                 10 kB
SwapPss:              11 kB
Locked:               12 kB
`;

Deno.test("parseSmapsRollup() reads all sizes", () => {
  assertEquals(parseSmapsRollup(CAT), {
    rss: 1764,
    pss: 273,
    pssDirty: 111,
    pssAnon: 112,
    pssFile: 161,
    pssShmem: 1,
    sharedClean: 1612,
    sharedDirty: 2,
    privateClean: 40,
    privateDirty: 113,
    referenced: 1765,
    anonymous: 114,
    ksm: 3,
    lazyFree: 4,
    anonHugePages: 5,
    shmemPmdMapped: 6,
    filePmdMapped: 7,
    sharedHugetlb: 8,
    privateHugetlb: 9,
    swap: 10,
    swapPss: 11,
    locked: 12,
  });
});

Deno.test("parseSmapsRollup() gives null for what Linux 4.14 does not print", () => {
  const old = CAT.replaceAll(/(?:Pss_|KSM|FilePmdMapped).*\n/g, "");
  const rollup = parseSmapsRollup(old);
  assertEquals(rollup.pss, 273);
  assertEquals(rollup.pssDirty, null);
  assertEquals(rollup.pssAnon, null);
  assertEquals(rollup.pssFile, null);
  assertEquals(rollup.pssShmem, null);
  assertEquals(rollup.ksm, null);
  assertEquals(rollup.filePmdMapped, null);
  assertEquals(rollup.swapPss, 11);
});

Deno.test("parseSmapsRollup() keeps sizes above 2^53 exact", () => {
  const text = CAT.replace(" 273 kB", "18446744073709551615 kB");
  assertEquals(parseSmapsRollup(text).pss, 18446744073709551615n);
});

Deno.test("parseSmapsRollup() refuses a text that is cut, or of another kind", () => {
  const cases = [
    { field: "any line", text: CAT.split("\n", 1)[0] + "\n" },
    { field: "any line", text: "\n" },
    { field: "the end of the last line", text: CAT.slice(0, -3) },
    { field: "the end of the last line", text: "" },
  ];
  for (const refused of cases) assertRefuses(parseSmapsRollup, refused);
});

Deno.test("parseSmapsRollup() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseSmapsRollup, CAT);
});
