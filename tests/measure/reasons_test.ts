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
