import { assertAlmostEquals, assertEquals } from "@std/assert";
import { cgroup } from "../../src/collect/cgroup.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { CgroupSample } from "../../src/model/collected_fields.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { FakeProc } from "../support/fake_proc.ts";

const VERSION_1 =
  "31 1 0:31 / /c/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
  "32 1 0:32 / /c/memory rw - cgroup cgroup rw,memory\n" +
  "33 1 0:33 / /c/pids rw - cgroup cgroup rw,pids\n" +
  "34 1 0:34 / /c/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";
const UNIFIED = "35 1 0:35 / /c/unified rw - cgroup2 cgroup2 rw\n";
const FREE = "9223372036854771712\n";

const MIB = 1024 ** 2;

/** A host with a service whose slice has a limit of 400 MiB, and 1.5 cores. */
function hostWith(mounts: string, entries: string): FakeProc {
  const fs = new FakeProc();
  fs.write("/proc/self/mountinfo", mounts);
  fs.start({ pid: 10, ppid: 1 });
  fs.write("/proc/10/cgroup", entries);
  const slice = "/c/memory/a.slice";
  const own = `${slice}/b.service`;
  const stat = (inactive: number) =>
    `cache ${50 * MIB}\ninactive_file 1\nhierarchical_memory_limit ${
      400 * MIB
    }\n` +
    `total_inactive_file ${inactive * MIB}\ntotal_swap 8192\n`;
  for (
    const [path, text] of Object.entries({
      [`${own}/memory.usage_in_bytes`]: `${120 * MIB}\n`,
      [`${own}/memory.max_usage_in_bytes`]: `${130 * MIB}\n`,
      [`${own}/memory.limit_in_bytes`]: FREE,
      [`${own}/memory.failcnt`]: "17\n",
      [`${own}/memory.oom_control`]:
        "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
      [`${own}/memory.stat`]: stat(20),
      [`${slice}/memory.usage_in_bytes`]: `${360 * MIB}\n`,
      [`${slice}/memory.limit_in_bytes`]: `${400 * MIB}\n`,
      [`${slice}/memory.use_hierarchy`]: "1\n",
      [`${slice}/memory.stat`]: stat(40),
      "/c/memory/memory.limit_in_bytes": FREE,
      "/c/cpu,cpuacct/a.slice/cpu.cfs_quota_us": "150000\n",
      "/c/cpu,cpuacct/a.slice/cpu.cfs_period_us": "100000\n",
      "/c/cpu,cpuacct/a.slice/b.service/cpu.cfs_quota_us": "-1\n",
      "/c/cpu,cpuacct/a.slice/b.service/cpu.cfs_period_us": "100000\n",
      "/c/pids/a.slice/b.service/pids.current": "3\n",
      "/c/pids/a.slice/b.service/pids.max": "max\n",
    })
  ) fs.write(path, text);
  return fs;
}

/** Sets the account of the CPU time of a group: nanoseconds, and ticks. */
function used(fs: FakeProc, path: string, seconds: number): void {
  const directory = `/c/cpu,cpuacct${path}`;
  fs.write(`${directory}/cpuacct.usage`, `${seconds * 1e9}\n`);
  fs.write(
    `${directory}/cpuacct.stat`,
    `user ${seconds * 75}\nsystem ${seconds * 25}\n`,
  );
  fs.write(
    `${directory}/cpu.stat`,
    "nr_periods 40\nnr_throttled 8\nthrottled_time 2500000000\n",
  );
}

const SERVICE = "/a.slice/b.service";
const EVERYWHERE = `9:pids:${SERVICE}\n8:memory:${SERVICE}\n` +
  `4:cpu,cpuacct:${SERVICE}\n1:name=systemd:${SERVICE}\n`;

Deno.test("cgroup reads memory and CPU of cgroup v1 into the same fields", () => {
  const fs = hostWith(VERSION_1, EVERYWHERE);
  used(fs, SERVICE, 100);
  const clock = new ManualClock({ epochMs: 0, monotonicMs: 0 });
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs, clock });
  sampler.sample();
  clock.pass(2);
  used(fs, SERVICE, 101);
  const { cgroups = [], processes, tree } = sampler.sample();
  assertEquals(processes[0]?.cgroup, SERVICE);
  assertEquals(processes[0]?.unit, "b.service");
  assertEquals(cgroups.map(({ path }) => path), [SERVICE]);
  const [group] = cgroups;
  assertEquals(
    [group?.cpuSecondsTotal, group?.userCpuSecondsTotal],
    [101, 75.75],
  );
  // 1 s in 2 s, of which 75 ticks were in user mode.
  assertEquals([group?.cpuPercentage, group?.userCpuPercentage], [50, 37.5]);
  assertEquals(
    [group?.cpuPeriodsTotal, group?.cpuThrottledPeriodsTotal],
    [40, 8],
  );
  assertEquals(group?.cpuThrottledSecondsTotal, 2.5);
  assertEquals(group?.memoryCurrentBytes, 120 * MIB);
  assertEquals(group?.memoryPeakBytes, 130 * MIB);
  assertEquals(
    [group?.memoryMaxBytes, group?.unreadable?.memoryMaxBytes],
    [null, undefined],
  );
  assertEquals(group?.swapCurrentBytes, 8192);
  assertEquals(group?.memoryStat?.cache, 50 * MIB);
  assertEquals(group?.memoryEvents, { max: 17, oom_kill: 2 });
  assertEquals([group?.pidsCurrent, group?.pidsMax], [3, null]);
  assertEquals(
    [group?.cpuLimitCores, group?.unreadable?.cpuLimitCores],
    [null, undefined],
  );
  for (const key of ["memoryHighBytes", "swapMaxBytes", "ioStat"] as const) {
    assertEquals([group?.[key], group?.unreadable?.[key]], [
      null,
      "unsupported",
    ]);
  }
  // (360 - 40) MiB of the slice's 400 MiB.
  for (const line of [group, tree]) {
    assertEquals(line?.memoryLimitPercentage, 80);
    assertEquals(line?.memoryLimitBytes, 400 * MIB);
    assertEquals(line?.memoryLimitCgroup, "/a.slice");
    assertEquals(line?.unreadable?.memoryLimitPercentage, undefined);
  }
  assertEquals(tree.numCores, 1.5);
});

/** The lines of the cgroups of a first sample. */
function linesOf(fs: FakeProc): Map<string, CgroupSample> {
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  const { cgroups = [] } = sampler.sample();
  return new Map(cgroups.map((one) => [one.path, one]));
}

Deno.test("cgroup takes what a hybrid host has of a path, and no figure of another path", () => {
  // The service has no limit of CPU: systemd leaves it in its slice there.
  const fs = hostWith(
    VERSION_1 + UNIFIED,
    `9:pids:${SERVICE}\n8:memory:${SERVICE}\n4:cpu,cpuacct:/a.slice\n` +
      `1:name=systemd:${SERVICE}\n0::${SERVICE}\n`,
  );
  used(fs, "/a.slice", 300);
  fs.write(
    `/c/unified${SERVICE}/cpu.stat`,
    "usage_usec 5000000\nuser_usec 4000000\nsystem_usec 1000000\n",
  );
  const lines = linesOf(fs);
  assertEquals([...lines.keys()], [SERVICE]);
  const service = lines.get(SERVICE);
  assertEquals([service?.numProcesses, service?.cpuSecondsTotal], [1, 5]);
  assertEquals(service?.memoryCurrentBytes, 120 * MIB);
  assertEquals(service?.memoryLimitPercentage, 80);
  assertEquals(service?.unreadable?.cpuPeriodsTotal, "unsupported");
  // Its slice has used 300 s, and its limit is the slice's.
  assertEquals(
    [service?.cpuLimitCores, service?.unreadable?.cpuLimitCores],
    [null, "unsupported"],
  );
});

Deno.test("cgroup knows no memory of a path at which cgroup v1 holds none of its processes", () => {
  const fs = hostWith(
    VERSION_1 + UNIFIED,
    `8:memory:${SERVICE}\n4:cpu,cpuacct:/\n1:name=systemd:/\n0::/job\n`,
  );
  const lines = linesOf(fs);
  assertEquals([...lines.keys()], ["/job"]);
  const job = lines.get("/job");
  for (const key of ["memoryCurrentBytes", "memoryLimitPercentage"] as const) {
    assertEquals([job?.[key], job?.unreadable?.[key]], [null, "unsupported"]);
  }
});

Deno.test("cgroup counts no zombie in the root of cgroup v1, where the kernel shows it", () => {
  const fs = hostWith(VERSION_1, EVERYWHERE);
  fs.start({ pid: 11, ppid: 10, state: "Z" });
  fs.write("/proc/11/cgroup", "8:memory:/\n4:cpu,cpuacct:/\n");
  assertEquals([...linesOf(fs).keys()], [SERVICE]);
});

Deno.test("cgroup leaves a process where it was that ends before its groups are read", () => {
  const fs = hostWith(VERSION_1, EVERYWHERE);
  fs.start({ pid: 11, ppid: 10 });
  fs.write("/proc/11/cgroup", EVERYWHERE);
  fs.start({ pid: 12, ppid: 10 });
  fs.write("/proc/12/cgroup", EVERYWHERE.replaceAll(SERVICE, "/"));
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  const read = () => {
    const { processes, cgroups = [] } = sampler.sample();
    return {
      ofProcesses: processes.map(({ pid, state, cgroup }) => [
        pid,
        state,
        cgroup,
      ]),
      groups: cgroups.map(({ path, numProcesses }) => [path, numProcesses]),
    };
  };
  // One that lives is in the root.
  assertEquals(read().groups, [[SERVICE, 2], ["/", 1]]);
  fs.onRead = (path) => {
    if (path !== "/proc/11/cgroup") return;
    fs.onRead = () => {};
    fs.change(11, { state: "Z" });
    fs.write("/proc/11/cgroup", EVERYWHERE.replaceAll(SERVICE, "/"));
  };
  assertEquals(read(), {
    ofProcesses: [[10, "S", SERVICE], [11, "S", SERVICE], [12, "S", "/"]],
    groups: [[SERVICE, 1], ["/", 1]],
  });
  // And as a zombie.
  assertEquals(read(), {
    ofProcesses: [[10, "S", SERVICE], [11, "Z", SERVICE], [12, "S", "/"]],
    groups: [[SERVICE, 1], ["/", 1]],
  });
});

Deno.test("cgroup counts no zombie that was in the root of cgroup v1", () => {
  const fs = hostWith(VERSION_1, EVERYWHERE.replaceAll(SERVICE, "/"));
  fs.start({ pid: 11, ppid: 10 });
  fs.write("/proc/11/cgroup", EVERYWHERE.replaceAll(SERVICE, "/"));
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  const counted = () =>
    sampler.sample().cgroups?.map(({ path, numProcesses }) => [
      path,
      numProcesses,
    ]);
  assertEquals(counted(), [["/", 2]]);
  fs.change(11, { state: "Z" });
  assertEquals(counted(), [["/", 1]]);
});

Deno.test("cgroup knows of a zombie that is seen first what cgroup v2 tells", () => {
  const fs = hostWith(
    VERSION_1 + UNIFIED,
    `8:memory:${SERVICE}\n4:cpu,cpuacct:${SERVICE}\n0::${SERVICE}\n`,
  );
  fs.start({ pid: 11, ppid: 10, state: "Z" });
  fs.write("/proc/11/cgroup", `8:memory:/\n4:cpu,cpuacct:/\n0::${SERVICE}\n`);
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  const { processes } = sampler.sample();
  assertEquals(processes.map(({ cgroup }) => cgroup), [SERVICE, SERVICE]);
});

Deno.test("sampler() goes on with the last group of a root that is a zombie in cgroup v1", () => {
  const fs = hostWith(VERSION_1, EVERYWHERE);
  fs.start({ pid: 11, ppid: 10 });
  fs.write("/proc/11/cgroup", EVERYWHERE);
  using sampler = new Sampler({ pid: 10, collect: [cgroup()], fs });
  assertEquals(sampler.sample().tree.memoryLimitPercentage, 80);
  fs.change(10, { state: "Z" });
  fs.write("/proc/10/cgroup", EVERYWHERE.replaceAll(SERVICE, "/"));
  assertEquals(sampler.sample().tree.memoryLimitPercentage, 80);
});

for (
  const [root, memory] of [
    ["/c/cpu,cpuacct/a.slice/b.service", 80],
    ["/c/memory/a.slice/b.service", 80],
    ["/c/cpu/a.slice/b.service", 80],
    ["a.slice/b.service", 80],
  ] as const
) {
  Deno.test(`sampler() takes a cgroup v1 for the root: ${root}`, () => {
    const fs = hostWith(VERSION_1, EVERYWHERE);
    // systemd has this link.
    fs.write("/c/cpu", "cpu,cpuacct");
    for (const name of ["cpu,cpuacct", "memory"]) {
      fs.write(`/c/${name}${SERVICE}/cgroup.procs`, "10\n");
    }
    used(fs, SERVICE, 50);
    using sampler = new Sampler({ cgroup: root, collect: [cgroup()], fs });
    const { tree, processes } = sampler.sample();
    assertEquals(processes.map(({ pid }) => pid), [10]);
    assertEquals([tree.numCores, tree.memoryLimitPercentage], [1.5, memory]);
  });
}

Deno.test("sampler() takes the CPU of a cgroup v1 from its own account", () => {
  const fs = hostWith(VERSION_1, EVERYWHERE);
  const directory = `/c/cpu,cpuacct${SERVICE}`;
  fs.write(`${directory}/cgroup.procs`, "10\n");
  used(fs, SERVICE, 50);
  const clock = new ManualClock({ epochMs: 0, monotonicMs: 0 });
  using sampler = new Sampler({ cgroup: directory, fs, clock });
  sampler.sample();
  clock.pass(4);
  used(fs, SERVICE, 52);
  // 2 s in 4 s, though its process has used nothing.
  const { tree } = sampler.sample();
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 50, 1e-9);
  assertAlmostEquals(tree.unseenCpuPercentage ?? NaN, 50, 1e-9);
});

Deno.test("sampler() says why it does not know the cores where a quota of cgroup v1 cannot be read", () => {
  for (const reason of ["denied", "failed"] as const) {
    const fs = hostWith(VERSION_1, EVERYWHERE);
    fs.write("/c/cpu,cpuacct/a.slice/cpu.cfs_quota_us", { error: reason });
    using sampler = new Sampler({ pid: 10, fs });
    const { numCores, unreadable } = sampler.sample().tree;
    assertEquals([numCores, unreadable?.numCores], [null, reason]);
  }
});
