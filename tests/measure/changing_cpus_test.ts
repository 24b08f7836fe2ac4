import { assertAlmostEquals, assertEquals } from "@std/assert";
import { host, stat } from "../../src/collect/mod.ts";
import { ProcReadError } from "../../src/errors.ts";
import { format } from "../../src/format/lading.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { Sample } from "../../src/model/sample.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { CHILD, pids, processOf, ROOT, Stage } from "../support/stage.ts";

const ONLINE = "/sys/devices/system/cpu/online";

function statusAllowing(cpus: string): string {
  return `Tgid:\t10\nUid:\t0\t0\t0\t0\nThreads:\t1\nCpus_allowed_list:\t${cpus}\n`;
}

Deno.test("sampler() holds percentages to the CPUs that were on at the start of a window, if some go off in it", () => {
  const stage = new Stage([ROOT]);
  stage.after(0);
  stage.fs.change(10, { utime: 396 });
  stage.fs.write(ONLINE, "0\n");
  const sample = stage.after(1);
  assertAlmostEquals(processOf(sample, 10).cpuPercentage ?? NaN, 396, 1e-9);
  assertAlmostEquals(sample.tree.cpuPercentage ?? NaN, 396, 1e-9);

  // In the next window one CPU is all there is.
  stage.fs.change(10, { utime: 396 + 120 });
  const next = stage.after(1);
  assertEquals(processOf(next, 10).cpuPercentage, 100);
  assertEquals(next.tree.cpuPercentage, 100);
});

Deno.test("sampler() holds percentages to the CPUs that are on at the end of a window, if more have come in it", () => {
  const stage = new Stage([ROOT]);
  stage.fs.write(ONLINE, "0\n");
  stage.after(0);
  stage.fs.change(10, { utime: 350 });
  stage.fs.write(ONLINE, "0-3\n");
  const sample = stage.after(1);
  assertAlmostEquals(sample.tree.cpuPercentage ?? NaN, 350, 1e-9);
  assertAlmostEquals(processOf(sample, 10).cpuPercentage ?? NaN, 350, 1e-9);
});

Deno.test("sampler() holds the window of a process that could not be read for a while to the CPUs at that window's start", () => {
  const stage = new Stage([ROOT, CHILD]);
  stage.after(0);
  let isDenied = true;
  stage.fs.onRead = (path) => {
    if (isDenied && path === "/proc/11/stat") {
      throw new ProcReadError(path, { reason: "denied", detail: "not yours" });
    }
  };
  stage.fs.write(ONLINE, "0\n");
  assertEquals(pids(stage.after(1)), [10]);
  isDenied = false;
  stage.fs.change(11, { utime: 600 });
  const child = processOf(stage.after(1), 11);
  assertAlmostEquals(child.cpuPercentage ?? NaN, 300, 1e-9);
});

Deno.test("sampler() holds the average since a start before the run to all CPUs of the host, as some may have been on then", () => {
  // 40 s of CPU in 10 s of life.
  const stage = new Stage([{ ...ROOT, starttime: 0, utime: 4000 }]);
  stage.fs.write(ONLINE, "0\n");
  stage.fs.write("/sys/devices/system/cpu/present", "0-3\n");
  using sampler = new Sampler({ pid: 10, fs: stage.fs, clock: stage.clock });
  assertEquals(sampler.sample().tree.averageCpuPercentage, 400);
});

Deno.test("sampler() counts the cores of a root anew in each sample: CPUs online and affinity", () => {
  const stage = new Stage([ROOT]);
  const cores = (sample: Sample) => sample.tree.numCores;
  assertEquals(cores(stage.after(1)), 4);
  stage.fs.write(ONLINE, "0-1\n");
  assertEquals(cores(stage.after(1)), 2);
  stage.fs.write("/proc/10/status", statusAllowing("1-3"));
  assertEquals(cores(stage.after(1)), 1);
  stage.fs.write(ONLINE, "0-7\n");
  assertEquals(cores(stage.after(1)), 3);
});

Deno.test("sampler() says the share of the limit that holds now", () => {
  const stage = new Stage([ROOT]);
  stage.after(0);
  stage.fs.change(10, { utime: 100 });
  stage.fs.write(ONLINE, "0-1\n");
  const { tree } = stage.after(1);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 100, 1e-9);
  assertAlmostEquals(tree.cpuLimitPercentage ?? NaN, 50, 1e-9);
});

Deno.test("sampler() gives a root that has ended no more cores than are on", () => {
  const stage = new Stage([ROOT, CHILD]);
  stage.after(0);
  stage.fs.end(10);
  stage.fs.write(ONLINE, "0\n");
  assertEquals(stage.after(1).tree.numCores, 1);
  stage.fs.write(ONLINE, "0-3\n");
  assertEquals(stage.after(1).tree.numCores, 4);
});

Deno.test("sampler() does not know the cores if it cannot tell which CPUs are on, and says why", () => {
  const stage = new Stage([ROOT]);
  assertEquals(stage.after(0).tree.numCores, 4);
  stage.fs.write(ONLINE, { error: "denied" });
  const { tree } = stage.after(1);
  assertEquals([tree.numCores, tree.unreadable?.numCores], [null, "denied"]);
  assertEquals(tree.unreadable?.cpuLimitPercentage, "denied");
});

Deno.test("sampler() does not know the cores of a root whose status may not be read, and says why", () => {
  const stage = new Stage([ROOT]);
  stage.fs.write("/proc/10/status", { error: "denied" });
  const { tree } = stage.after(0);
  assertEquals([tree.numCores, tree.unreadable?.numCores], [null, "denied"]);
});

Deno.test("host counts the CPUs that are on anew in each sample", () => {
  const stage = new Stage([ROOT], { collect: [host()] });
  assertEquals(stage.after(0).host?.numCpus, 4);
  stage.fs.write(ONLINE, "0\n");
  assertEquals(stage.after(1).host?.numCpus, 1);
  stage.fs.write(ONLINE, { error: "denied" });
  const sample = stage.after(1).host;
  assertEquals([sample?.numCpus, sample?.unreadable?.numCpus], [
    null,
    "denied",
  ]);
});

Deno.test("host holds its share to the CPUs at the window's ends, the larger number", () => {
  const stage = new Stage([ROOT], { collect: [host()] });
  const busy = (ticks: number) =>
    stage.fs.write("/proc/stat", `cpu  ${ticks} 0 0 0\n`);
  busy(0);
  stage.after(0);
  busy(390);
  stage.fs.write(ONLINE, "0-1\n");
  assertAlmostEquals(stage.after(1).host?.cpuPercentage ?? NaN, 390, 1e-9);
  // Ticks are coarse: 204 % of two CPUs.
  busy(390 + 204);
  assertEquals(stage.after(1).host?.cpuPercentage, 200);
});

Deno.test("lading follows the CPUs that are on", () => {
  const stage = new Stage([ROOT], { collect: [stat()] });
  const encoder = format.create({});
  Array.from(encoder.begin(stage.sampler.describeRun()));
  const limit = (sample: Sample) =>
    Array.from(encoder.lines(sample)).map((line) => JSON.parse(line)).find((
      { metric_name },
    ) => metric_name === "stat.cpu_limit_millicores")?.value;
  assertEquals(limit(stage.after(0)), 4000);
  stage.fs.write(ONLINE, "0-1\n");
  assertEquals(limit(stage.after(1)), 2000);
});

Deno.test("sampler() counts cores where lxcfs numbers a container's CPUs from 0", () => {
  const fs = new MemoryFs();
  fs.write(
    "/proc/self/mountinfo",
    "22 1 0:21 / /proc rw - proc proc rw\n" +
      "90 1 0:50 /sys/devices/system/cpu/online /sys/devices/system/cpu/online rw - fuse.lxcfs lxcfs rw\n",
  );
  fs.addProcess({ pid: 10, files: { status: statusAllowing("4-5,8") } });
  fs.write(ONLINE, "0-7\n");
  using sampler = new Sampler({ pid: 10, fs });
  assertEquals(sampler.sample().tree.numCores, 3);
  fs.write(ONLINE, "0-1\n");
  assertEquals(sampler.sample().tree.numCores, 2);
});

Deno.test("sampler() lists processes each time where lxcfs stands in for /proc/stat", () => {
  const fs = new MemoryFs();
  fs.write(
    "/proc/self/mountinfo",
    "90 1 0:50 /proc/stat /proc/stat rw - fuse.lxcfs lxcfs rw\n",
  );
  fs.addProcess({ pid: 10 });
  fs.write("/proc/stat", "cpu  9 0 9 9\nprocesses 1000\n");
  using sampler = new Sampler({ pid: 10, fs });
  assertEquals(pids(sampler.sample()), [10]);
  fs.addProcess({ pid: 11, ppid: 10 });
  fs.write("/proc/stat", "cpu  9 0 9 9\nprocesses 1000\n");
  assertEquals(pids(sampler.sample()), [10, 11]);
});

const HIERARCHY = "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

Deno.test("sampler() counts the cores of a process anew as its cpu.max changes, and as it is moved", () => {
  const fs = new MemoryFs();
  fs.write("/proc/self/mountinfo", HIERARCHY);
  fs.addProcess({ pid: 10, files: { cgroup: "0::/a/b\n" } });
  using sampler = new Sampler({ pid: 10, fs });
  const cores = () => sampler.sample().tree.numCores;
  assertEquals(cores(), 4);
  fs.write("/sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  assertEquals(cores(), 1.5);
  fs.write("/sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
  assertEquals(cores(), 0.5);
  fs.changeProcess(10, { files: { cgroup: "0::/c\n" } });
  assertEquals(cores(), 4);
  fs.write("/sys/fs/cgroup/c/cpu.max", { error: "denied" });
  const { tree } = sampler.sample();
  assertEquals([tree.numCores, tree.unreadable?.numCores], [null, "denied"]);
});

Deno.test("sampler() counts the cores of a cgroup by the nearest cpuset above it, anew in each sample", () => {
  const fs = new MemoryFs();
  fs.write("/proc/self/mountinfo", HIERARCHY);
  fs.write("/sys/fs/cgroup/a/b/cgroup.procs", "");
  using sampler = new Sampler({ cgroup: "/a/b", fs });
  const cores = () => sampler.sample().tree.numCores;
  assertEquals(cores(), 4);
  fs.write("/sys/fs/cgroup/a/cpuset.cpus.effective", "0-2\n");
  assertEquals(cores(), 3);
  fs.write("/sys/fs/cgroup/a/b/cpuset.cpus.effective", "1\n");
  assertEquals(cores(), 1);
});
