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

/** A container's own group, bound before the hierarchy that Docker mounts too. */
const OWN_GROUP = "28 1 0:26 /docker/own /own rw - cgroup2 cgroup rw\n";
const HIERARCHY = "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

Deno.test("cgroup takes no figures from another group, and says what it cannot find", () => {
  const fs = new FakeProc();
  fs.write("/proc/self/mountinfo", OWN_GROUP + HIERARCHY);
  fs.start({ pid: 10, ppid: 1 });
  const lines = (path: string) => {
    fs.write("/proc/10/cgroup", `0::${path}\n`);
    return sampler.sample().cgroups?.map((group) => [
      group.path,
      group.numProcesses,
      group.cpuSecondsTotal,
      group.unreadable?.cpuSecondsTotal ?? null,
      group.unreadable?.memoryMaxBytes ?? null,
    ]);
  };
  const write = (directory: string, seconds: number) => {
    fs.write(
      `${directory}/cpu.stat`,
      `usage_usec ${seconds}000000\nuser_usec ${seconds}000000\nsystem_usec 0\n`,
    );
    fs.write(`${directory}/memory.max`, "max\n");
  };
  write("/own", 1);
  write("/sys/fs/cgroup", 2);
  write("/sys/fs/cgroup/docker/other", 3);
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  assertEquals(lines("/docker/own"), [["/docker/own", 1, 1, null, null]]);
  assertEquals(lines("/docker/other"), [["/docker/other", 1, 3, null, null]]);
  assertEquals(lines("/"), [["/", 1, 2, null, null]]);
  assertEquals(lines("/../x"), [["/../x", 1, null, "unmounted", "unmounted"]]);
  fs.write("/proc/self/mountinfo", OWN_GROUP);
  assertEquals(
    lines("/docker/other"),
    [["/docker/other", 1, null, "unmounted", "unmounted"]],
  );
  assertEquals(lines("/docker/own"), [["/docker/own", 1, 1, null, null]]);
});

Deno.test("cgroup says that a group was removed under its last process", () => {
  const fs = new FakeProc();
  fs.write("/proc/self/mountinfo", HIERARCHY);
  fs.start({ pid: 10, ppid: 1, state: "Z" });
  fs.write("/proc/10/cgroup", "0::/job (deleted)\n");
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  const [group] = sampler.sample().cgroups ?? [];
  assertEquals(group?.path, "/job (deleted)");
  assertEquals(group?.unreadable?.cpuSecondsTotal, "gone");
  assertEquals(group?.unreadable?.memoryCurrentBytes, "gone");
});
