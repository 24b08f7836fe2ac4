import { assertEquals } from "@std/assert";
import { copyText, cutNamedTexts, cutText, jsonBytes } from "../src/text.ts";

Deno.test("cutText() leaves a text whole that has room", () => {
  assertEquals(cutText("a€", 4), "a€");
  assertEquals(cutText("", 0), "");
});

Deno.test("cutText() counts the bytes of JSON, and parts no pair", () => {
  assertEquals(cutText("a€b", 4), "a€");
  assertEquals(cutText("a€b", 3), "a");
  assertEquals(cutText('""', 3), '"');
  assertEquals(cutText("\u001b\u001b", 11), "\u001b");
  assertEquals(cutText("😀😀", 7), "😀");
  assertEquals(cutText("😀", 3), "");
});

Deno.test("cutText() takes as much as has room", () => {
  for (const unit of ["x", "€", "😀", "\u0001"]) {
    const text = unit.repeat(3000);
    for (const room of [1, 100, 2000, 2999]) {
      const bytes = jsonBytes(cutText(text, room));
      assertEquals(bytes <= room && bytes > room - 6, true, `${bytes}`);
    }
  }
});

Deno.test("copyText() is equal, whatever the units of the text", () => {
  for (
    const text of ["", "/usr/lib/libc.so.6", "€😀", "\ud83d", "\udca9\ud83d"]
  ) {
    assertEquals(copyText(text), text);
  }
});

Deno.test("cutNamedTexts() leaves texts whole that have room", () => {
  const texts = { a: "xx", b: null, c: "" };
  // {"a":"xx","b":null,"c":""} and the room of a null for each.
  assertEquals(cutNamedTexts(texts, 31), { texts, isCut: false });
  assertEquals(cutNamedTexts({}, 2), { texts: {}, isCut: false });
});

Deno.test("cutNamedTexts() cuts the longest, to one length", () => {
  const texts = { a: "x".repeat(50), b: "yy", c: "z".repeat(20), d: null };
  // 70 - 2 - 4 * (1 + 8) leave 32, of which b has 2: 15 for each of the others.
  assertEquals(cutNamedTexts(texts, 70), {
    texts: { a: "x".repeat(15), b: "yy", c: "z".repeat(15), d: null },
    isCut: true,
  });
});

Deno.test("cutNamedTexts() takes at most the room, of texts of any kind", () => {
  for (const unit of ["x", "\u0000", "€", "😀", '"']) {
    for (const room of [60, 100, 250]) {
      const texts = {
        a: unit.repeat(300),
        b: null,
        "\n": unit,
        c: unit.repeat(7),
      };
      const { texts: cut, isCut } = cutNamedTexts(texts, room);
      const bytes = new TextEncoder().encode(JSON.stringify(cut)).length;
      assertEquals([isCut, bytes <= room], [true, true], `${unit} ${bytes}`);
      assertEquals(Object.keys(cut), Object.keys(texts));
      for (const [name, text] of Object.entries(cut)) {
        const whole = Object.entries(texts).find(([one]) => one === name)?.[1];
        assertEquals(whole?.startsWith(text ?? "") ?? text === null, true);
        assertEquals(text?.isWellFormed() ?? true, true);
      }
    }
  }
});
