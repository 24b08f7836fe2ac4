import { assertAlmostEquals, assertEquals } from "@std/assert";
import { hostSelfUsage } from "../../src/kernel/clock.ts";
import { HostSelfUsage } from "../../src/measure/host_self_usage.ts";

const numOpen = () => Array.from(Deno.readDirSync("/proc/self/fd")).length;

Deno.test("hostSelfUsage with its file held open has the memory that the runtime tells", () => {
  const before = numOpen();
  const usage = new HostSelfUsage();
  for (let i = 0; i < 3; i++) {
    // Between the two readings this program may have allocated something.
    assertAlmostEquals(
      usage.rssBytes(),
      hostSelfUsage.rssBytes(),
      hostSelfUsage.rssBytes() / 10,
    );
  }
  assertEquals(numOpen(), before + 1);
  usage[Symbol.dispose]();
  assertEquals(numOpen(), before);
});
