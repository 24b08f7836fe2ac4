import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseNumaMaps } from "../../src/parse/numa_maps.ts";

Deno.test("parseNumaMaps() reads nodes, policies, files and sizes of pages", () => {
  const text =
    "563ab31c3000 default file=/usr/bin/head mapped=2 mapmax=3 active=0 N0=2 kernelpagesize_kB=4\n" +
    "7f05ac000000 bind:0-1 anon=600 dirty=600 swapcache=1 writeback=2 N0=512 N11=88 kernelpagesize_kB=4\n" +
    "7f05c0000000 prefer (many):0-1 file=/anon_hugepage\\040(deleted) huge anon=3 dirty=3 N1=3 kernelpagesize_kB=2048\n" +
    "7f05d0000000 bind=static|balancing:0 heap anon=1 dirty=1 N0=1 kernelpagesize_kB=4\n" +
    "7ffe64c3b000 weighted interleave:0,2 stack\n" +
    "ffffffffff600000 default\n";
  assertEquals(parseNumaMaps(text), [
    {
      start: 0x563ab31c3000,
      policy: "default",
      pathname: "/usr/bin/head",
      huge: false,
      pages: new Map([[0, 2]]),
      kernelPageSize: 4,
    },
    {
      start: 0x7f05ac000000,
      policy: "bind:0-1",
      pathname: "",
      huge: false,
      pages: new Map([[0, 512], [11, 88]]),
      kernelPageSize: 4,
    },
    {
      start: 0x7f05c0000000,
      policy: "prefer (many):0-1",
      pathname: "/anon_hugepage (deleted)",
      huge: true,
      pages: new Map([[1, 3]]),
      kernelPageSize: 2048,
    },
    {
      start: 0x7f05d0000000,
      policy: "bind=static|balancing:0",
      pathname: "[heap]",
      huge: false,
      pages: new Map([[0, 1]]),
      kernelPageSize: 4,
    },
    {
      start: 0x7ffe64c3b000,
      policy: "weighted interleave:0,2",
      pathname: "[stack]",
      huge: false,
      pages: new Map(),
      kernelPageSize: null,
    },
    {
      start: 0xffffffffff600000n,
      policy: "default",
      pathname: "",
      huge: false,
      pages: new Map(),
      kernelPageSize: null,
    },
  ]);
});

Deno.test("parseNumaMaps() takes nothing in the name of a file for a count", () => {
  // The names of these files: "/tmp/x N0=9 huge", "/tmp/\t\n=", "/tmp/\\", "/tmp/heap".
  const behind = "anon=1 N3=1 kernelpagesize_kB=4\n";
  const text = String.raw`1000 default file=/tmp/x\040N0\0759\040huge ` +
    behind + String.raw`2000 default file=/tmp/\011\012\075 ` + behind +
    "3000 default file=/tmp/\\ " + behind +
    "4000 default file=/tmp/heap " + behind;
  assertEquals(
    parseNumaMaps(text).map(({ pathname, huge, pages }) => [
      pathname,
      huge,
      pages.get(3),
      pages.size,
    ]),
    ["/tmp/x N0=9 huge", "/tmp/\t\n=", "/tmp/\\", "/tmp/heap"]
      .map((name) => [name, false, 1, 1]),
  );
});

Deno.test("parseNumaMaps() skips counts that a later kernel may add", () => {
  const text = "1000 default anon=1 ksm=7 N0=1 Nx=2 kernelpagesize_kB=4 new\n";
  assertEquals(parseNumaMaps(text)[0]?.pages, new Map([[0, 1]]));
});

Deno.test("parseNumaMaps() is exact beyond 2^53", () => {
  const text = `1000 default N0=${2n ** 64n - 1n} kernelpagesize_kB=4\n`;
  assertEquals(parseNumaMaps(text)[0]?.pages.get(0), 2n ** 64n - 1n);
});

Deno.test("parseNumaMaps() finds nothing mapped in a zombie", () => {
  assertEquals(parseNumaMaps(""), []);
});

for (
  const [text, field] of [
    ["\n", "a mapping"],
    ["1000\n", "a mapping"],
    ["default N0=1\n", "a mapping"],
    ["1000 N0=1 kernelpagesize_kB=4\n", "a mapping"],
    ["x1000 default N0=1 kernelpagesize_kB=4\n", "a mapping"],
    ["1000 default N0=x kernelpagesize_kB=4\n", "N0"],
    ["1000 default N0=-1 kernelpagesize_kB=4\n", "N0"],
    ["1000 default N0= kernelpagesize_kB=4\n", "N0"],
    ["1000 default N0=0 kernelpagesize_kB=4\n", "N0"],
    ["1000 default N0=1 N0=1 kernelpagesize_kB=4\n", "N0"],
    ["1000 default N0=1 kernelpagesize_kB=0\n", "kernelpagesize_kB"],
    ["1000 default N0=1 kernelpagesize_kB=4k\n", "kernelpagesize_kB"],
    [
      "1000 default N0=1 kernelpagesize_kB=4 kernelpagesize_kB=4\n",
      "kernelpagesize_kB",
    ],
    ["1000 default N0=1 kernelpagesize_kB=4", "the end of the last line"],
  ] as const
) {
  Deno.test(`parseNumaMaps() refuses ${JSON.stringify(text)}`, () => {
    const error = assertThrows(() => parseNumaMaps(text), ProcParseError);
    assertEquals([error.file, error.field], ["numa_maps", field]);
  });
}
