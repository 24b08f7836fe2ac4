import { assertEquals } from "@std/assert";
import { parseKpageflags } from "../../src/parse/kpageflags.ts";

Deno.test("parseKpageflags() tells parts of large pages, and what is no memory of processes", () => {
  // As include/uapi/linux/kernel-page-flags.h numbers them.
  const bit = (...bits: readonly bigint[]) =>
    bits.reduce((flags, one) => flags | (1n << one), 0n);
  const kinds = [
    [0n, false, false],
    // On a list to be reclaimed, active, mapped, anonymous, backed by swap, idle.
    [bit(5n, 6n, 11n, 12n, 14n, 25n), false, false],
    // The first frame of a transparent huge page, and another.
    [bit(5n, 15n, 22n), false, false],
    [bit(16n, 22n), true, false],
    // The same of hugetlbfs.
    [bit(15n, 17n), false, true],
    [bit(16n, 17n), true, true],
    // No page; the zero page; the huge zero page's second frame; reserved.
    [bit(20n), false, true],
    [bit(24n), false, true],
    [bit(16n, 22n, 24n), true, true],
    [bit(32n), false, true],
    // Bits that only the kernel's own developers need, 33 and above.
    [bit(5n, 33n, 34n, 36n), false, false],
  ] as const;
  const bytes = new Uint8Array(
    BigUint64Array.from(kinds.map(([flags]) => flags)).buffer,
  );
  assertEquals(
    parseKpageflags(bytes),
    kinds.map(([, isTail, isApart]) => ({ isTail, isApart })),
  );
  assertEquals(parseKpageflags(bytes.subarray(0, 23)).length, 2);
});
