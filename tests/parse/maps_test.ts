import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseMaps } from "../../src/parse/maps.ts";

Deno.test("parseMaps() reads ranges and what is mapped there", () => {
  const text = "563ab31c3000-563ab31c5000 r--p 00000000 fe:00 260386" +
    "                     /usr/bin/a b (deleted)\n" +
    "7ffe64c3b000-7ffe64c5c000 rw-p 00000000 00:00 0      [stack]\n" +
    "7ffe64c5c000-7ffe64c5d000 rw-p 00000000 00:00 0 \n" +
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n";
  assertEquals(parseMaps(text), [
    {
      start: 0x563ab31c3000,
      end: 0x563ab31c5000,
      pathname: "/usr/bin/a b (deleted)",
    },
    { start: 0x7ffe64c3b000, end: 0x7ffe64c5c000, pathname: "[stack]" },
    { start: 0x7ffe64c5c000, end: 0x7ffe64c5d000, pathname: "" },
    {
      start: 0xffffffffff600000n,
      end: 0xffffffffff601000n,
      pathname: "[vsyscall]",
    },
  ]);
});

Deno.test("parseMaps() reads an escaped newline as one", () => {
  const text = "1000-2000 r-xp 00000000 fe:00 7    /tmp/two\\012lines\\\n";
  assertEquals(parseMaps(text)[0]?.pathname, "/tmp/two\nlines\\");
});

Deno.test("parseMaps() finds nothing mapped in a zombie", () => {
  assertEquals(parseMaps(""), []);
});

for (
  const text of ["1000-2000 r-xp 00000000 fe:00 7 /a", "\n", "1000-2000\n"]
) {
  Deno.test(`parseMaps() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseMaps(text), ProcParseError);
  });
}
