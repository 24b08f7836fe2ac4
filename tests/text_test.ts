import { assertEquals } from "@std/assert";
import { copyText, cutText, jsonBytes } from "../src/text.ts";

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
