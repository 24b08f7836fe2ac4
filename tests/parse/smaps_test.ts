import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ProcParseError } from "../../src/errors.ts";
import {
  parseMappings,
  parseResidentRanges,
  parseSmaps,
} from "../../src/parse/smaps.ts";
import {
  assertRefuses,
  assertSurvivesDamage,
  readTestdata,
} from "../support/damage.ts";

const SEED = 20261127;

const HEAP =
  "563382720000-5633828f4000 rw-p 00000000 00:00 0                          [heap]\n";
const SIZES = `Size:               1872 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Rss:                1784 kB
Pss:                1783 kB
Pss_Dirty:          1782 kB
Shared_Clean:          1 kB
Shared_Dirty:          2 kB
Private_Clean:         3 kB
Private_Dirty:      1778 kB
Referenced:         1777 kB
Anonymous:          1776 kB
KSM:                   4 kB
LazyFree:              5 kB
AnonHugePages:         6 kB
ShmemPmdMapped:        7 kB
FilePmdMapped:         8 kB
Shared_Hugetlb:        9 kB
Private_Hugetlb:      10 kB
Swap:                 11 kB
SwapPss:              12 kB
Locked:               13 kB
THPeligible:           0
VmFlags: rd wr mr mw me ac 
`;

Deno.test("parseSmaps() reads all sizes of a mapping", () => {
  assertEquals(parseSmaps(HEAP + SIZES), [{
    pathname: "[heap]",
    size: 1872,
    rss: 1784,
    pss: 1783,
    pssDirty: 1782,
    sharedClean: 1,
    sharedDirty: 2,
    privateClean: 3,
    privateDirty: 1778,
    referenced: 1777,
    anonymous: 1776,
    ksm: 4,
    lazyFree: 5,
    anonHugePages: 6,
    shmemPmdMapped: 7,
    filePmdMapped: 8,
    sharedHugetlb: 9,
    privateHugetlb: 10,
    swap: 11,
    swapPss: 12,
    locked: 13,
  }]);
});

Deno.test("parseSmaps() reads the mappings of cat(1)", () => {
  const mappings = parseSmaps(readTestdata("smaps/cat.txt"));
  assertEquals(mappings.length, 38);
  assertEquals(mappings[0]?.pathname, "/usr/bin/cat");
  assertEquals(mappings.at(-1)?.pathname, "[vsyscall]");
  assertEquals(
    mappings.reduce((sum, mapping) => sum + Number(mapping.rss), 0),
    1696,
  );
});

Deno.test("parseSmaps() keeps pathnames as the kernel prints them", () => {
  const mappings = parseSmaps(readTestdata("smaps/hostile_names.txt"));
  assertEquals(mappings.map((mapping) => mapping.pathname), [
    "[heap]",
    "/tmp/gone (deleted)",
    "/tmp/back\\012slash",
    "",
    "/tmp/00400000-00401000 r--p 00000000 00:00 0",
    "/tmp/  leading",
    "/tmp/trailing  ",
    "/tmp/line\\012Rss:   99 kB\\012end",
    "/tmp/Size:   1 kB",
    "[vvar]",
    "[vdso]",
    "[stack]",
    "[vsyscall]",
  ]);
  for (
    const mapping of mappings.filter((one) => /\/tmp\//.test(one.pathname))
  ) {
    assertEquals(mapping.size, 8);
    assert(Number(mapping.rss) < 9);
  }
});

Deno.test("parseSmaps() takes only a newline for the end of a pathname", () => {
  for (const name of ["/a\rb", "/a\u2028b", "/a\u0085b", "/a\tb", "/\ufffd"]) {
    const [mapping] = parseSmaps(HEAP.replace("[heap]", name) + SIZES);
    assertEquals(mapping?.pathname, name);
  }
});

Deno.test("parseSmaps() reads 32-bit and vsyscall addresses, names of memory and odd inodes", () => {
  const headers = [
    ["08048000-08056000 r-xp 00000000 03:0c 64593      /sbin/gpm", "/sbin/gpm"],
    ["ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 ", ""],
    [
      "7f00000000-7f00001000 rw-s 7fffffffff000 103:02 18446744073709551615 /x",
      "/x",
    ],
    [
      "7f00000000-7f00001000 rw-p 00000000 00:00 0  [anon:a b: 1 kB]",
      "[anon:a b: 1 kB]",
    ],
    [
      "7f00000000-7f00001000 rw-s 00000000 00:0f 1 anon_inode:[perf_event]",
      "anon_inode:[perf_event]",
    ],
  ];
  for (const [header, pathname] of headers) {
    assertEquals(parseSmaps(`${header}\n${SIZES}`)[0]?.pathname, pathname);
  }
});

Deno.test("parseSmaps() gives null for what an old kernel does not print", () => {
  const old = SIZES.replaceAll(/(?:Pss_Dirty|KSM|Swap|Locked).*\n/g, "");
  const [mapping] = parseSmaps(HEAP + old);
  assertEquals(mapping?.pssDirty, null);
  assertEquals(mapping?.ksm, null);
  assertEquals(mapping?.swap, null);
  assertEquals(mapping?.swapPss, null);
  assertEquals(mapping?.locked, null);
});

Deno.test("parseSmaps() keeps sizes above 2^53 exact", () => {
  const [mapping] = parseSmaps(
    HEAP + SIZES.replace("     1872", "18446744073709551612"),
  );
  assertEquals(mapping?.size, 18446744073709551612n);
});

Deno.test("parseSmaps() finds no mappings in an empty file", () => {
  assertEquals(parseSmaps(""), []);
});

Deno.test("parseSmaps() refuses a text that is cut, or without a mapping's first line", () => {
  const cases = [
    { field: "a mapping", text: SIZES },
    { field: "a mapping", text: HEAP + SIZES + SIZES },
    { field: "a mapping", text: HEAP.replace(/00:00 0.*/, "00:00") + SIZES },
    { field: "the end of the last line", text: (HEAP + SIZES).slice(0, -1) },
  ];
  for (const refused of cases) assertRefuses(parseSmaps, refused);
});

Deno.test("parseSmaps() needs no more of a mapping's first line than its path", () => {
  const text = HEAP.replace("rw-p", "rwp").replace(" 0 ", " ? ") + SIZES;
  assertEquals(parseSmaps(text), parseSmaps(HEAP + SIZES));
});

Deno.test("parseSmaps() throws nothing but ProcParseError", () => {
  assertSurvivesDamage(parseSmaps, HEAP + SIZES + HEAP + SIZES);
});

Deno.test("parseSmaps() takes time in proportion to the text", () => {
  const many = (HEAP + SIZES).repeat(5000);
  assertEquals(parseSmaps(many).length, 5000);
  const wide = HEAP.replace("[heap]", `/${" ".repeat(2_000_000)}`);
  assertEquals(parseSmaps(wide + SIZES)[0]?.pathname.length, 2_000_001);
});

Deno.test("parseResidentRanges() reads ranges and what of them is in memory", () => {
  const text =
    "1000-9000 rw-p 00000000 00:00 0   [heap]\nSize: 32 kB\nRss: 8 kB\n" +
    "VmFlags: rd\n" +
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n" +
    "Size: 4 kB\nRss: 0 kB\n";
  assertEquals(parseResidentRanges(text), [
    { start: 0x1000, end: 0x9000, rss: 8 },
    { start: 0xffffffffff600000n, end: 0xffffffffff601000n, rss: 0 },
  ]);
  assertEquals(parseResidentRanges(""), []);
});

for (
  const text of [
    "1000-9000 rw-p 00000000 00:00 0\nSize: 32 kB\n",
    "1000-9000 rw-p 00000000 00:00 0\n9000-a000 rw-p 00000000 00:00 0\nRss: 0 kB\n",
    "Rss: 8 kB\n",
    "1000-9000 rw-p 00000000 00:00 0\nRss: 8 kB\nRss: 8 kB\n",
    "1000-9000 rw-p 00000000 00:00 0\nRss: x kB\n",
    "1000-9000 rw-p 00000000 00:00 0\nRss: 8 kB",
    "10000000000000000-90000000000000000 rw-p 00000000 00:00 0\nRss: 8 kB\n",
  ]
) {
  Deno.test(`parseResidentRanges() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseResidentRanges(text), ProcParseError);
  });
}

/** What a parser makes of a text: a value, or the sentence of its error. */
function outcomeOf(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof ProcParseError)) throw error;
    return error.message;
  }
}

for (
  const [what, text] of [
    ["of cat(1)", readTestdata("smaps/cat.txt").slice(0, 4000)],
    ["with hostile names", readTestdata("smaps/hostile_names.txt")],
    ["of three mappings alike", (HEAP + SIZES).repeat(3)],
    [
      "with more than eight digits",
      HEAP + SIZES.replace("Rss:                1784", "Rss:      123456789") +
      HEAP + SIZES.replace("Rss:                1784", "Rss:      123456780"),
    ],
    [
      "of old kernels",
      (HEAP + SIZES.replaceAll(/(?:Pss_D|KSM|Swap|Lock).*\n/g, "")).repeat(2),
    ],
  ] as const
) {
  Deno.test(`parseSmaps() gives what parseMappings() gives for a text ${what}, whatever is damaged`, () => {
    const lines = text.split("\n");
    const damaged = fc.oneof(
      fc.tuple(
        fc.nat(text.length),
        fc.nat(1),
        fc.constantFrom("", ..."-\n \t:0x9R"),
      ).map(([at, cut, intruder]) =>
        text.slice(0, at) + intruder + text.slice(at + cut)
      ),
      fc.nat(text.length).map((end) => text.slice(0, end)),
      fc.tuple(
        fc.nat(lines.length),
        fc.nat(1),
        fc.subarray(lines, {
          maxLength: 1,
        }),
      ).map(([at, cut, more]) => lines.toSpliced(at, cut, ...more).join("\n")),
    );
    fc.assert(
      fc.property(fc.oneof(fc.constant(text), damaged), (text) => {
        fc.pre(text !== "");
        assertEquals(
          outcomeOf(parseSmaps, text),
          outcomeOf(parseMappings, text),
        );
      }),
      { numRuns: 1000, seed: SEED },
    );
  });
}
