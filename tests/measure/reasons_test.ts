import { assert, assertEquals } from "@std/assert";
import { events, smaps } from "../../src/collect/mod.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { CHILD, processOf, ROOT, Stage } from "../support/stage.ts";

const OF_PROCESS = [
  "uptimeSeconds",
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
  "cpuWindowSeconds",
] as const;
const OF_TREE = [
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
  "unseenCpuPercentage",
  "cpuLimitPercentage",
] as const;

for (
  const [reason, content] of [
    ["denied", { error: "denied" }],
    ["gone", { error: "gone" }],
    ["unsupported", { error: "unsupported" }],
    ["malformed", "soon\n"],
    ["clock", "0.50 0.00\n"],
  ] as const
) {
  Deno.test(`sampler() says on the process, the tree and the start that the time since boot is ${reason}`, () => {
    const stage = new Stage([ROOT], { collect: [events()] });
    stage.fs.write("/proc/uptime", content);
    const { processes: [root], tree, events: [start] } = stage.sampler.sample();
    assert(root !== undefined && start?.kind === "start");
    for (const key of OF_PROCESS) {
      assertEquals([root[key], root.unreadable?.[key]], [null, reason]);
    }
    for (const key of OF_TREE) {
      assertEquals([tree[key], tree.unreadable?.[key]], [null, reason]);
    }
    assertEquals([start.startedAt, start.unreadable?.startedAt], [
      null,
      reason,
    ]);
  });

  Deno.test(`sampler() says at the end of a process that the time since boot is ${reason}`, () => {
    const stage = new Stage([ROOT, CHILD], { collect: [events()] });
    stage.after(0);
    stage.fs.end(11);
    stage.fs.write("/proc/uptime", content);
    const [exit] = stage.sampler.sample().events;
    assert(exit?.kind === "exit");
    assertEquals([exit.lifetimeSeconds, exit.unreadable?.lifetimeSeconds], [
      null,
      reason,
    ]);
  });
}

Deno.test("sampler() gives the sum of a tree the reason of the part that made it null", () => {
  const stage = new Stage([ROOT, CHILD]);
  stage.fs.write("/proc/11/statm", { error: "denied" });
  const { tree } = stage.after(0);
  assertEquals([tree.rssBytes, tree.unreadable?.rssBytes], [null, "denied"]);
  assertEquals([tree.vsizeBytes, tree.unreadable?.vsizeBytes], [
    null,
    "denied",
  ]);
});

Deno.test("sampler() says at the end of a process why its program was never read", () => {
  const stage = new Stage([ROOT, { ...CHILD, exe: { error: "denied" } }], {
    collect: [events()],
  });
  stage.after(0);
  stage.fs.end(11);
  const [exit] = stage.after(1).events;
  assert(exit?.kind === "exit");
  assertEquals([exit.exe, exit.unreadable], [null, { exe: "denied" }]);
});

Deno.test("smaps says why there are no mappings, also if the file is gone or empty", () => {
  const stage = new Stage([
    ROOT,
    { ...CHILD, state: "Z", sizePages: 0, residentPages: 0 },
    { pid: 12, ppid: 10 },
    { pid: 13, ppid: 10 },
  ], { collect: [smaps()] });
  stage.fs.write("/proc/12/smaps", { error: "denied" });
  stage.fs.write("/proc/13/smaps", { error: "gone" });
  const sample = stage.after(0);
  const reasonOf = (pid: number) => processOf(sample, pid).unreadable?.smaps;
  assertEquals(sample.mappings?.map(({ pid }) => pid), [10]);
  assertEquals([10, 11, 12, 13].map(reasonOf), [
    undefined,
    "zombie",
    "denied",
    "exiting",
  ]);
});

Deno.test("sampler() says on the line of the run why it does not know the host", () => {
  const stage = new Stage([ROOT]);
  assertEquals(stage.sampler.describeRun().unreadable, undefined);
  const other = new Stage([ROOT]);
  other.fs.write("/proc/sys/kernel/hostname", { error: "denied" });
  other.fs.write("/proc/sys/kernel/random/boot_id", { error: "gone" });
  other.fs.write("/proc/10/status", { error: "unsupported" });
  using sampler = new Sampler({ pid: 10, fs: other.fs });
  const run = sampler.describeRun();
  assertEquals([run.hostname, run.bootId, run.numCores], [null, null, null]);
  assertEquals(run.unreadable, {
    hostname: "denied",
    bootId: "unsupported",
    numCores: "unsupported",
  });
});

Deno.test("sampler() knows the ages of a container in which lxcfs counts from its start, and what its processes used", () => {
  const stage = new Stage([
    { pid: 1, ppid: 0, starttime: 500_000 },
    { pid: 10, ppid: 1, starttime: 502_000, utime: 1500 },
  ]);
  stage.fs.write(
    "/proc/self/mountinfo",
    "90 1 0:50 /proc/uptime /proc/uptime rw - fuse.lxcfs lxcfs rw\n",
  );
  stage.fs.write("/proc/uptime", "50.00 40.00\n");
  using sampler = new Sampler({ pid: 10, fs: stage.fs, clock: stage.clock });
  const { processes: [root] } = sampler.sample();
  assertEquals([root?.uptimeSeconds, root?.averageCpuPercentage], [30, 50]);
});

Deno.test("sampler() knows no share of a process that is too young for a time since boot of whole seconds", () => {
  const stage = new Stage([{ ...ROOT, starttime: 400, utime: 10 }]);
  stage.fs.write("/proc/uptime", "5.0 4.0\n");
  const young = stage.sampler.sample();
  assertEquals(young.processes[0]?.uptimeSeconds, 1);
  assertEquals([young.tree.cpuPercentage, young.tree.unreadable], [null, {
    cpuLimitPercentage: "clock",
    cpuPercentage: "clock",
    kernelCpuPercentage: "clock",
    unseenCpuPercentage: "clock",
    userCpuPercentage: "clock",
  }]);

  const older = new Stage([{ ...ROOT, starttime: 400, utime: 10_000 }]);
  older.fs.write("/proc/uptime", "204.0 4.0\n");
  const { processes: [root] } = older.sampler.sample();
  assertEquals([root?.uptimeSeconds, root?.averageCpuPercentage], [200, 50]);
});
