import { assertEquals } from "@std/assert";
import { startEpochMs } from "../../src/model/start_date.ts";

Deno.test("startEpochMs() counts ticks from the boot", () => {
  assertEquals(startEpochMs(250, 1_700_000_000_000, 100), 1_700_000_002_500);
  assertEquals(startEpochMs(1000n, 1_700_000_000_000, 1000), 1_700_000_001_000);
});

Deno.test("startEpochMs() is a whole millisecond, the nearest", () => {
  assertEquals(startEpochMs(1, 1_700_000_000_000.9998, 100), 1_700_000_000_011);
  assertEquals(startEpochMs(1, 1_700_000_000_001.0002, 100), 1_700_000_000_011);
});

Deno.test("startEpochMs() knows no date where the boot is not known, and none that is no date", () => {
  assertEquals(startEpochMs(1, null, 100), null);
  assertEquals(startEpochMs(1, -1_000_000, 100), null);
  assertEquals(startEpochMs(2n ** 64n - 1n, 1_700_000_000_000, 100), null);
});
