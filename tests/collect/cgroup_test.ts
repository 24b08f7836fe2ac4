import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cgroup } from "../../src/collect/cgroup.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { CgroupSample } from "../../src/model/collected_fields.ts";
import type { FileContent } from "../../src/testing/memory_fs.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
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

/** A group and its line, sampled each second. */
class Stage {
  readonly fs = procWithDevices(0);
  readonly #clock = new ManualClock({ epochMs: 0, monotonicMs: 0 });
  readonly #sampler: Sampler;

  constructor() {
    this.#sampler = new Sampler({
      pid: 10,
      collect: [cgroup()],
      fs: this.fs,
      clock: this.#clock,
    }, { selfUsage: { cpuSeconds: () => 0, rssBytes: () => 0 } });
  }

  /** Sets the seconds that the group has used. */
  used(user: number, kernel: number): void {
    this.fs.write(
      `${GROUP}/cpu.stat`,
      `usage_usec ${(user + kernel) * 1e6}\n` +
        `user_usec ${user * 1e6}\nsystem_usec ${kernel * 1e6}\n`,
    );
  }

  after(seconds: number): CgroupSample {
    this.#clock.pass(seconds);
    const [group] = this.#sampler.sample().cgroups ?? [];
    if (group === undefined) throw new Error("There is no group");
    return group;
  }
}

const SHARES = [
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
] as const;

Deno.test("cgroup holds its shares to the CPUs at the window's ends, the larger number, and the parts with them", () => {
  const stage = new Stage();
  stage.used(0, 0);
  stage.after(0);
  stage.used(3, 0.9);
  stage.fs.write("/sys/devices/system/cpu/online", "0\n");
  assertAlmostEquals(stage.after(1).cpuPercentage ?? NaN, 390, 1e-9);
  // Two seconds in one, on one CPU: the files are not read at one instant.
  stage.used(4.5, 1.4);
  const shares = stage.after(1);
  assertEquals(shares.cpuPercentage, 100);
  assertAlmostEquals(shares.userCpuPercentage ?? NaN, 75, 1e-9);
  assertAlmostEquals(shares.kernelCpuPercentage ?? NaN, 25, 1e-9);
});

Deno.test("cgroup knows no share of a group that was made anew, whose counters fell, and says so", () => {
  const stage = new Stage();
  stage.fs.write(`${GROUP}/cpu.max`, "50000 100000\n");
  stage.used(10, 10);
  const first = stage.after(0);
  assertEquals([first.cpuPercentage, first.unreadable?.cpuPercentage], [
    null,
    undefined,
  ]);
  stage.used(11, 1);
  const anew = stage.after(1);
  for (const key of [...SHARES, "cpuLimitPercentage"] as const) {
    assertEquals([anew[key], anew.unreadable?.[key]], [null, "counter"]);
  }
  assertEquals(anew.cpuSecondsTotal, 12);
  stage.used(11.5, 1);
  assertAlmostEquals(stage.after(1).cpuLimitPercentage ?? NaN, 100, 1e-9);
});

Deno.test("cgroup knows no part of a share whose counter fell, and says so", () => {
  const stage = new Stage();
  stage.used(5, 5);
  stage.after(0);
  stage.used(6, 4.5);
  const sample = stage.after(1);
  assertAlmostEquals(sample.cpuPercentage ?? NaN, 50, 1e-9);
  assertEquals(
    [sample.kernelCpuPercentage, sample.unreadable?.kernelCpuPercentage],
    [null, "counter"],
  );
});

Deno.test("cgroup says why it knows no share of a limit that may not be read", () => {
  const stage = new Stage();
  stage.used(0, 0);
  stage.fs.write(`${GROUP}/cpu.max`, { error: "denied" });
  stage.after(0);
  const { cpuLimitPercentage, unreadable } = stage.after(1);
  assertEquals([cpuLimitPercentage, unreadable?.cpuLimitPercentage], [
    null,
    "denied",
  ]);
});

Deno.test("cgroup calls a file that the kernel does not serve unsupported", () => {
  const stage = new Stage();
  stage.fs.write(`${GROUP}/cpu.pressure`, { error: "unsupported" });
  assertEquals(stage.after(0).unreadable?.cpuPressure, "unsupported");
});

Deno.test("cgroup loses a figure that makes no sense or is missing, and no other", () => {
  const fs = procWithDevices(0);
  const clock = new ManualClock();
  const stat = (usage: string, user: string) =>
    fs.write(
      `${GROUP}/cpu.stat`,
      `usage_usec ${usage}\nuser_usec ${user}\nnr_periods x\n`,
    );
  fs.write(`${GROUP}/io.stat`, "8:0 rbytes=1 wbytes=-\n8:16 rbytes=2\n");
  fs.write(`${GROUP}/memory.stat`, "anon 5\nfile 1e3\n");
  fs.write(`${GROUP}/io.pressure`, "some avg10=0.50 avg60=? avg300=0.00\n");
  stat("1000000", "500000");
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs, clock });
  sampler.sample();
  clock.pass(1);
  stat("1500000", "-1x");
  const [group] = sampler.sample().cgroups ?? [];
  assertEquals([group?.cpuSecondsTotal, group?.cpuPercentage], [1.5, 50]);
  assertEquals([group?.userCpuSecondsTotal, group?.userCpuPercentage], [
    null,
    null,
  ]);
  assertEquals(group?.ioStat, {
    "8:0": { rbytes: 1, wbytes: null },
    "8:16": { rbytes: 2 },
  });
  assertEquals(group?.memoryStat, { anon: 5, file: null });
  assertEquals(group?.ioPressure, {
    some_avg10: 0.5,
    some_avg60: null,
    some_avg300: 0,
  });
  const why = group?.unreadable ?? {};
  for (
    const [key, reason] of Object.entries({
      userCpuSecondsTotal: "malformed",
      userCpuPercentage: "malformed",
      kernelCpuSecondsTotal: "unsupported",
      cpuPeriodsTotal: "malformed",
      cpuThrottledSecondsTotal: "unsupported",
      ioStat: "malformed",
      memoryStat: "malformed",
      ioPressure: "malformed",
    })
  ) assertEquals(why[key], reason, key);
  assertEquals([why.cpuSecondsTotal, why.cpuPercentage], [
    undefined,
    undefined,
  ]);
  // The counter comes back: there is no earlier reading to compare with, then there is.
  clock.pass(1);
  stat("1600000", "700000");
  assertEquals(sampler.sample().cgroups?.[0]?.userCpuPercentage, null);
  clock.pass(1);
  stat("1700000", "800000");
  assertAlmostEquals(
    sampler.sample().cgroups?.[0]?.userCpuPercentage ?? 0,
    10,
  );
});

/** A container's id. */
const ID = "4a".repeat(32);

/** What the line of a process says of its cgroup, if its `cgroup` holds this. */
function ownerOf(text: string): unknown[] {
  const fs = new FakeProc();
  fs.start({ pid: 10, ppid: 1 });
  fs.write("/proc/10/cgroup", text);
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  const [process] = sampler.sample().processes;
  const { cgroup: path, unit, containerId, podUid } = process ?? {};
  for (const key of ["cgroup", "unit", "containerId", "podUid"]) {
    assertEquals(process?.unreadable?.[key], undefined);
  }
  return [path, unit, containerId, podUid];
}

Deno.test("cgroup says in which group a process is, and whose it is", () => {
  assertEquals(ownerOf("0::/\n"), ["/", null, null, null]);
  assertEquals(ownerOf("0::/system.slice/nginx.service\n"), [
    "/system.slice/nginx.service",
    "nginx.service",
    null,
    null,
  ]);
  const pod = "01234567-89ab-cdef-0123-456789abcdef";
  const path = `/kubepods.slice/kubepods-pod${
    pod.replaceAll("-", "_")
  }.slice/cri-containerd-${ID}.scope`;
  assertEquals(ownerOf(`0::${path}\n`), [
    path,
    `cri-containerd-${ID}.scope`,
    ID,
    pod,
  ]);
  assertEquals(ownerOf(""), [null, null, null, null]);
});

Deno.test("cgroup takes the path that names a container or is no root, where v1 is in use", () => {
  // systemd 232 to 255, hybrid: the unit is in v2 and in the hierarchy of systemd.
  assertEquals(
    ownerOf(
      "9:memory:/system.slice/a.service\n4:cpu,cpuacct:/system.slice\n" +
        "1:name=systemd:/system.slice/a.service\n0::/system.slice/a.service\n",
    ),
    ["/system.slice/a.service", "a.service", null, null],
  );
  // Docker 20.10 under such a systemd: its containers are in v1 alone.
  assertEquals(
    ownerOf(
      `9:memory:/docker/${ID}\n4:cpu,cpuacct:/docker/${ID}\n` +
        `1:name=systemd:/docker/${ID}\n0::/system.slice/containerd.service\n`,
    ),
    [`/docker/${ID}`, null, ID, null],
  );
  // CentOS 7, v1 alone: the cpu controller was not asked for.
  assertEquals(
    ownerOf(
      "8:cpuacct,cpu:/\n4:memory:/\n3:pids:/user.slice\n" +
        "1:name=systemd:/user.slice/user-0.slice/session-1.scope\n",
    ),
    ["/user.slice/user-0.slice/session-1.scope", "session-1.scope", null, null],
  );
  // Only one controller has a group.
  assertEquals(
    ownerOf("9:name=systemd:/\n4:memory:/jobs/a\n1:cpu:/\n0::/\n"),
    ["/jobs/a", null, null, null],
  );
  assertEquals(ownerOf("4:memory:/\n1:cpu:/\n"), ["/", null, null, null]);
});

Deno.test("cgroup sees a process move, cuts long paths, and says why it knows no group", () => {
  const fs = new FakeProc();
  fs.start({ pid: 10, ppid: 1 });
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  const processAfter = (content: FileContent) => {
    fs.write("/proc/10/cgroup", content);
    return sampler.sample().processes[0];
  };
  assertEquals(processAfter("0::/a.service\n")?.unit, "a.service");
  assertEquals(processAfter("0::/b.service\n")?.unit, "b.service");
  const long = processAfter(`0::/${"x/".repeat(600)}c.service\n`);
  assertEquals(long?.cgroup, `/${"x/".repeat(399)}x`);
  assertEquals([long?.cgroupTruncated, long?.unit], [true, "c.service"]);
  for (
    const [content, reason] of [
      [{ error: "denied" }, "denied"],
      ["0:/a\n", "malformed"],
      [{ error: "gone" }, "unsupported"],
    ] as const
  ) {
    const process = processAfter(content);
    for (const key of ["cgroup", "unit", "containerId", "podUid"] as const) {
      assertEquals([process?.[key], process?.unreadable?.[key]], [
        null,
        reason,
      ]);
    }
  }
  // The kernel has cgroups: it is this process that is on its way out.
  fs.write("/proc/self/cgroup", "0::/\n");
  assertEquals(
    processAfter({ error: "gone" })?.unreadable?.cgroup,
    "exiting",
  );
});
