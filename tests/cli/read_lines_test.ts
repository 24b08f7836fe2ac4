import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { linesOf } from "../../src/cli/read_lines.ts";
import { RecordingError } from "../../src/errors.ts";
import { growthOfCpu } from "../support/cpu_growth.ts";

const MIB = 1024 ** 2;
const NEWLINE = 10;

/** Gives bytes in parts of this length. */
function inParts(bytes: Uint8Array, length: number): () => Uint8Array | null {
  let at = 0;
  return () => {
    if (at >= bytes.length) return null;
    at += length;
    return bytes.subarray(at - length, at);
  };
}

/** Gives `length` letters and a newline, in parts of 64 KiB. */
function longLine(length: number): () => Uint8Array | null {
  const part = new Uint8Array(64 * 1024).fill(0x61);
  let left = length + 1;
  return () => {
    if (left === 0) return null;
    const now = Math.min(left, part.length);
    left -= now;
    if (left > 0) return part.subarray(0, now);
    const last = part.slice(0, now);
    last[now - 1] = NEWLINE;
    return last;
  };
}

for (const length of [1, 2, 3, 5, 100]) {
  Deno.test(`linesOf() gives the same lines from parts of ${length} bytes`, () => {
    for (
      const [text, lines] of [
        ["", []],
        ["\n", [""]],
        ["a", ["a"]],
        ["a\n", ["a"]],
        ["\n\na", ["", "", "a"]],
        ["one\ntwo\n\nfour", ["one", "two", "", "four"]],
        ["z\u00fc\u20ac\u{1f600}\r\nb\n", ["z\u00fc\u20ac\u{1f600}\r", "b"]],
        // A byte order mark opens a file, and is part of a text elsewhere.
        ["\ufeffa\n\ufeffb\n", ["a", "\ufeffb"]],
      ] satisfies [string, string[]][]
    ) {
      const bytes = new TextEncoder().encode(text);
      assertEquals([...linesOf(inParts(bytes, length))], lines);
    }
  });
}

Deno.test("linesOf() shows a letter that is cut at the end", () => {
  const bytes = new TextEncoder().encode("a\n\u20ac").subarray(0, 4);
  assertEquals([...linesOf(inParts(bytes, 100))], ["a", "\ufffd"]);
});

Deno.test("linesOf() refuses a line that is too long, as soon as that is known", () => {
  const texts = ["1234\n", "12", "345\n", "never read"];
  const lines = linesOf(() => new TextEncoder().encode(texts.shift()), 4);
  assertEquals(lines.next().value, "1234");
  assertThrows(
    () => lines.next(),
    RecordingError,
    "Cannot replay: line 2 is longer than 4 characters",
  );
  assertEquals(texts, ["never read"]);
});

Deno.test("linesOf() refuses a line that has no end, before it is all in memory", () => {
  const zeros = new Uint8Array(MIB);
  let reads = 0;
  const endless = linesOf(() => {
    reads++;
    return zeros;
  }, 8 * MIB);
  assertThrows(() => endless.next(), RecordingError, "line 1 is");
  assertEquals(reads, 9);
});

Deno.test("linesOf() takes eight times as long for a line of eight times the length, not 64 times", () => {
  const readLine = (length: number) => {
    assertEquals([...linesOf(longLine(length))][0]?.length, length);
  };
  assertLess(growthOfCpu(readLine, MIB / 2, 4 * MIB, 60), 24);
});

Deno.test("linesOf() looks at each letter of a long line once", () => {
  const split = String.prototype.split;
  let looked = 0;
  String.prototype.split = new Proxy(split, {
    apply(target, text, args) {
      looked += String(text).length;
      return Reflect.apply(target, text, args);
    },
  });
  try {
    for (const _ of linesOf(longLine(4 * MIB)));
  } finally {
    String.prototype.split = split;
  }
  assertEquals(looked, 4 * MIB + 1);
});
