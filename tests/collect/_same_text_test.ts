import { assertEquals, assertThrows } from "@std/assert";
import { parseIfOther } from "../../src/collect/_same_text.ts";
import { parseLimits } from "../../src/parse/limits.ts";

Deno.test("parseIfOther() parses a text once as long as no other comes", () => {
  const parsed: string[] = [];
  const parse = parseIfOther((text, path) => {
    parsed.push(`${path} ${text}`);
    return { text };
  });
  const first = parse("a", "/proc/1/limits");
  assertEquals(parse("a", "/proc/2/limits") === first, true);
  assertEquals(parse("b", "/proc/3/limits"), { text: "b" });
  assertEquals(parse("a", "/proc/4/limits"), { text: "a" });
  assertEquals(parsed, [
    "/proc/1/limits a",
    "/proc/3/limits b",
    "/proc/4/limits a",
  ]);
});

Deno.test("parseIfOther() throws each time that a text is refused", () => {
  const parse = parseIfOther(parseLimits);
  for (const _ of [1, 2]) assertThrows(() => parse("", "/proc/1/limits"));
});
