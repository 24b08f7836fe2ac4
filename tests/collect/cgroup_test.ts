import { assertEquals } from "@std/assert";
import { cgroup } from "../../src/collect/cgroup.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc } from "../support/fake_proc.ts";

const GROUP = "/sys/fs/cgroup/job";

/**
 * A process in a group whose `io.stat` has this many devices. The collector counts at most 113
 * bytes of JSON for each.
 */
function procWithDevices(count: number): FakeProc {
  const fs = new FakeProc();
  fs.write(
    "/proc/self/mountinfo",
    "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
  );
  fs.start({ pid: 10, ppid: 1 });
  fs.write("/proc/10/cgroup", "0::/job\n");
  const device = (i: number) =>
    `${100 + i}:0 rbytes=${"1".repeat(20)} wbytes=${"1".repeat(20)}` +
    ` rios=${"3".repeat(9)} wios=${"4".repeat(9)}\n`;
  fs.write(
    `${GROUP}/io.stat`,
    Array.from({ length: count }, (_, i) => device(i)).join(""),
  );
  return fs;
}

for (
  const [count, shown, isCut] of [[40, 40, false], [90, 44, true]] as const
) {
  Deno.test(`cgroup shows ${shown} of ${count} devices on a line`, () => {
    const fs = procWithDevices(count);
    using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
    const [group] = sampler.sample().cgroups ?? [];
    assertEquals(Object.keys(group?.ioStat ?? {}).length, shown);
    assertEquals(group?.ioStatTruncated, isCut);
  });
}
