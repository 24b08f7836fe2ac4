import { assertEquals } from "@std/assert";
import { parsePagemap } from "../../src/parse/pagemap.ts";

const PRESENT = 1n << 63n;
const SWAPPED = 1n << 62n;

function bytesOf(...entries: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(entries).buffer);
}

Deno.test("parsePagemap() reads the frames of the pages that are in memory", () => {
  const bytes = bytesOf(
    0n,
    PRESENT | 42n,
    SWAPPED | 5n,
    // Soft-dirty, mapped once, of a file: bits 55, 56 and 61.
    PRESENT | (1n << 55n) | (1n << 56n) | (1n << 61n) | 42n,
    PRESENT | 0xffff_ffffn,
    PRESENT | ((1n << 52n) - 1n),
  );
  assertEquals(parsePagemap(bytes), {
    frames: [42, 42, 0xffff_ffff, 2 ** 52 - 1],
    numHidden: 0,
  });
});

Deno.test("parsePagemap() counts pages of which the frame is hidden", () => {
  const bytes = bytesOf(PRESENT, PRESENT | (1n << 56n), 0n, SWAPPED);
  assertEquals(parsePagemap(bytes), { frames: [], numHidden: 2 });
});

Deno.test("parsePagemap() skips a piece of an entry at the end, and reads from any byte of a buffer", () => {
  const bytes = bytesOf(PRESENT | 1n, PRESENT | 2n, PRESENT | 3n);
  assertEquals(parsePagemap(bytes.subarray(0, 15)).frames, [1]);
  assertEquals(parsePagemap(bytes.subarray(8)).frames, [2, 3]);
  const shifted = new Uint8Array(25);
  shifted.set(bytes, 1);
  assertEquals(parsePagemap(shifted.subarray(1)).frames, [1, 2, 3]);
  assertEquals(parsePagemap(new Uint8Array(0)), { frames: [], numHidden: 0 });
});
