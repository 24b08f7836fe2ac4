import { assertAlmostEquals, assertEquals } from "@std/assert";
import { host } from "../../src/collect/host.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

const MEMINFO = "MemTotal:  1000 kB\nMemFree:  400 kB\nCached:  7 kB\n";

Deno.test("host says how busy the CPUs were since the previous sample", () => {
  const fs = new MemoryFs();
  const clock = new ManualClock();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/stat", "cpu  100 0 50 1000 20 0 0 0\nctxt 5\nprocesses 9\n");
  using sampler = new Sampler({ pid: 10, collect: [host()], fs, clock });
  assertEquals(sampler.sample().host?.cpuPercentage, null);

  // 60 ticks of work in two seconds. The time of idle and iowait does not count.
  clock.pass(2);
  fs.write("/proc/stat", "cpu  140 0 70 1100 60 0 0 0\nctxt 8\nprocesses 9\n");
  const sample = sampler.sample().host;
  assertAlmostEquals(sample?.cpuPercentage ?? 0, 30);
  assertEquals([sample?.ctxtSwitchesTotal, sample?.forksTotal], [8, 9]);
  assertEquals(sample?.cpuSecondsTotal?.user, 1.4);
});

Deno.test("host adds memory in bytes, load and CPUs", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/meminfo", MEMINFO);
  fs.write("/proc/loadavg", "0.50 0.25 0.10 2/80 4242\n");
  using sampler = new Sampler({ pid: 10, collect: [host()], fs });
  const sample = sampler.sample().host;
  assertEquals([sample?.memTotalBytes, sample?.cachedBytes], [1_024_000, 7168]);
  assertEquals([sample?.load1, sample?.numRunning, sample?.numThreads], [
    0.5,
    2,
    80,
  ]);
  assertEquals(sample?.numCpus, 4);
});

Deno.test("host says what this host does not report, and what may not be read", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/meminfo", MEMINFO);
  fs.write("/proc/loadavg", { error: "denied" });
  using sampler = new Sampler({ pid: 10, collect: [host()], fs });
  const sample = sampler.sample().host;
  assertEquals([sample?.load1, sample?.unreadable?.load1], [null, "denied"]);
  assertEquals(sample?.unreadable?.cpuPressure, "unsupported");
  assertEquals(sample?.unreadable?.memAvailableBytes, "unsupported");
});
