import { assertEquals, assertThrows } from "@std/assert";
import { ProcParseError } from "../../src/errors.ts";
import { parseAuxv } from "../../src/parse/auxv.ts";

const AT_NULL = 0n;
const AT_PHDR = 3n;
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/** The words in little-endian bytes. */
function auxv(...words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setBigUint64(i * 8, word, true));
  return bytes;
}

function says(bytes: Uint8Array, message: string): void {
  const error = assertThrows(() => parseAuxv(bytes), ProcParseError);
  assertEquals(error.message, message);
}

Deno.test("parseAuxv() reads pages of 4096 bytes and 100 ticks", () => {
  const bytes = auxv(
    ...[33n, 0x7fff_f7fc_1000n, AT_PAGESZ, 4096n, AT_CLKTCK, 100n],
    ...[AT_PHDR, 0x5555_5555_4040n, AT_NULL, 0n],
  );
  assertEquals(parseAuxv(bytes), { pageSizeBytes: 4096, ticksPerSecond: 100 });
});

Deno.test("parseAuxv() reads pages of 65536 bytes and 250 ticks", () => {
  const bytes = auxv(AT_CLKTCK, 250n, AT_PAGESZ, 65536n, AT_NULL, 0n);
  assertEquals(parseAuxv(bytes), { pageSizeBytes: 65536, ticksPerSecond: 250 });
});

Deno.test("parseAuxv() reads bytes that stand within a larger buffer", () => {
  const bytes = auxv(99n, AT_PAGESZ, 16384n, AT_CLKTCK, 100n, AT_NULL, 0n);
  assertEquals(parseAuxv(bytes.subarray(8)), {
    pageSizeBytes: 16384,
    ticksPerSecond: 100,
  });
});

Deno.test("parseAuxv() reads to the end if no AT_NULL stands there", () => {
  const bytes = auxv(AT_PAGESZ, 4096n, AT_CLKTCK, 100n);
  assertEquals(parseAuxv(bytes), { pageSizeBytes: 4096, ticksPerSecond: 100 });
});

Deno.test("parseAuxv() does not look behind AT_NULL", () => {
  says(
    auxv(AT_PAGESZ, 4096n, AT_NULL, 0n, AT_CLKTCK, 100n),
    'Cannot parse AT_CLKTCK in auxv: current value is ""',
  );
});

Deno.test("parseAuxv() refuses no bytes", () => {
  says(auxv(), 'Cannot parse AT_PAGESZ in auxv: current value is ""');
});

Deno.test("parseAuxv() refuses a missing page size", () => {
  says(
    auxv(AT_CLKTCK, 100n, AT_NULL, 0n),
    'Cannot parse AT_PAGESZ in auxv: current value is ""',
  );
});

Deno.test("parseAuxv() refuses a page size of 0", () => {
  says(
    auxv(AT_PAGESZ, 0n, AT_CLKTCK, 100n),
    'Cannot parse AT_PAGESZ in auxv: current value is "0"',
  );
});

Deno.test("parseAuxv() refuses a page size that is not a power of two", () => {
  says(
    auxv(AT_PAGESZ, 4095n, AT_CLKTCK, 100n),
    'Cannot parse AT_PAGESZ in auxv: current value is "4095"',
  );
});

Deno.test("parseAuxv() refuses 0 ticks", () => {
  says(
    auxv(AT_PAGESZ, 4096n, AT_CLKTCK, 0n),
    'Cannot parse AT_CLKTCK in auxv: current value is "0"',
  );
});

Deno.test("parseAuxv() takes a million ticks, and no more", () => {
  const bytes = auxv(AT_PAGESZ, 4096n, AT_CLKTCK, 1_000_000n);
  assertEquals(parseAuxv(bytes).ticksPerSecond, 1_000_000);
  says(
    auxv(AT_PAGESZ, 4096n, AT_CLKTCK, 1_000_001n),
    'Cannot parse AT_CLKTCK in auxv: current value is "1000001"',
  );
});

Deno.test("parseAuxv() refuses a pair that is cut", () => {
  says(
    auxv(AT_PAGESZ, 4096n, AT_CLKTCK, 100n).subarray(0, 31),
    'Cannot parse AT_CLKTCK in auxv: current value is ""',
  );
});
