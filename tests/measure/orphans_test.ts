import { assertEquals } from "@std/assert";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc, statText } from "../support/fake_proc.ts";
import { CHILD, IDLE, ROOT } from "../support/stage.ts";

/** What happens to a tree after its first sample, its second, and so on. */
type Steps = readonly ((fs: FakeProc) => void)[];

/** The root and a child, sampled with orphans: the states in each sample, and the CPU seconds. */
async function samplesWith(steps: Steps) {
  const fs = new FakeProc();
  fs.start(ROOT);
  fs.start({ ...CHILD, utime: 30 });
  using sampler = new Sampler({ pid: 10, fs }, {
    selfUsage: IDLE,
    startedByUs: true,
  });
  const states: string[] = [];
  const limits = { orphans: true, intervalMs: 1, count: steps.length + 2 };
  for await (const { processes } of sampler.samples(limits)) {
    steps[states.length]?.(fs);
    states.push(processes.map(({ state }) => state).join(" "));
  }
  return { states, cpuSeconds: sampler.summary.userCpuSeconds };
}

function orphan(fs: FakeProc): void {
  fs.end(10);
  fs.change(11, { ppid: 1 });
}

Deno.test("sampler.samples() with orphans ends with zombies that nobody reaps, and counts them", async () => {
  const ended = await samplesWith([
    orphan,
    (fs) => fs.change(11, { state: "Z", utime: 50 }),
  ]);
  assertEquals(ended, { states: ["S S", "S", "Z"], cpuSeconds: 0.5 });
});

Deno.test("sampler.samples() with orphans ends with the root's zombie, if that is all", async () => {
  const { states } = await samplesWith([
    (fs) => {
      fs.end(11);
      fs.change(10, { state: "Z" });
    },
  ]);
  assertEquals(states, ["S S", "Z"]);
});

Deno.test("sampler.samples() with orphans goes on with a zombie whose other threads run", async () => {
  const { states } = await samplesWith([
    orphan,
    (fs) => fs.change(11, { state: "Z", numThreads: 2 }),
    (fs) => fs.change(11, { numThreads: 1 }),
  ]);
  assertEquals(states, ["S S", "S", "Z", "Z"]);
});

Deno.test("sampler.samples() with orphans goes on with one that cannot be read", async () => {
  const { states } = await samplesWith([
    orphan,
    (fs) => fs.write("/proc/11/stat", { error: "denied" }),
    (fs) => fs.write("/proc/11/stat", statText({ ...CHILD, ppid: 1 })),
    (fs) => fs.write("/proc/11/stat", { error: "gone" }),
  ]);
  assertEquals(states, ["S S", "S", "", "S", ""]);
});

Deno.test("sampler.samples() with orphans goes on with members of a cgroup that have no id here", async () => {
  const fs = new FakeProc();
  fs.write(
    "/proc/self/mountinfo",
    "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
  );
  const members = "/sys/fs/cgroup/job/cgroup.procs";
  fs.write(members, "0\n");
  using sampler = new Sampler({ cgroup: "/job", fs }, { selfUsage: IDLE });
  const denied: number[] = [];
  const limits = { orphans: true, intervalMs: 1, count: 4 };
  for await (const { tree } of sampler.samples(limits)) {
    if (denied.push(tree.denied) === 2) fs.write(members, "");
  }
  assertEquals(denied, [1, 1, 0]);
});
