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

/** The host's share of a second in which the times of `/proc/stat` went from one line to another. */
function shareBetween(before: string, now: string, seconds = 1) {
  const fs = new MemoryFs();
  const clock = new ManualClock();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/stat", `cpu  ${before}\n`);
  using sampler = new Sampler({ pid: 10, collect: [host()], fs, clock });
  sampler.sample();
  clock.pass(seconds);
  fs.write("/proc/stat", `cpu  ${now}\n`);
  const sample = sampler.sample().host;
  return [sample?.cpuPercentage, sample?.unreadable?.cpuPercentage];
}

for (
  const [what, before, now, share] of [
    [
      "idle that falls",
      "10 0 10 900 50 0 0 0",
      "40 0 30 850 50 0 0 0",
      50,
    ],
    [
      "iowait that falls",
      "10 0 10 900 50 0 0 0",
      "40 0 30 950 20 0 0 0",
      50,
    ],
    [
      "idle that wraps at 2^64",
      "10 0 10 18446744073709551610 0 0 0 0",
      "40 0 30 5 0 0 0 0",
      50,
    ],
    [
      "guest time, a part of user, that falls",
      "10 0 10 0 0 0 0 0 90 0",
      "40 0 30 0 0 0 0 0 50 0",
      50,
    ],
    [
      "more ticks than four CPUs have in a second",
      "0 0 0 0 0 0 0 0",
      "408 0 0 0 0 0 0 0",
      400,
    ],
  ] as const
) {
  Deno.test(`host knows its share in spite of ${what}`, () => {
    assertEquals(shareBetween(before, now), [share, undefined]);
  });
}

for (
  const [what, before, now] of [
    ["steal that falls", "10 0 10 0 0 0 0 500", "40 0 30 0 0 0 0 400"],
    [
      "steal that falls while user grows by more",
      "10 0 10 0 0 0 0 500",
      "300 0 30 0 0 0 0 499",
    ],
    [
      "steal that falls below 0, and wraps at 2^64",
      "10 0 10 0 0 0 0 5",
      "40 0 30 0 0 0 0 18446744073709551600",
    ],
    [
      "steal that comes back from there",
      "10 0 10 0 0 0 0 18446744073709551600",
      "40 0 30 0 0 0 0 5",
    ],
    [
      "steal that falls below 0, and wraps at 2^32",
      "10 0 10 0 0 0 0 5",
      "40 0 30 0 0 0 0 4294967290",
    ],
    [
      "user that wraps at 2^32",
      "4294967290 0 10 0 0 0 0 0",
      "30 0 30 0 0 0 0 0",
    ],
    ["softirq that falls", "10 0 10 0 0 0 7 0", "40 0 30 0 0 0 6 0"],
    ["nice that falls", "10 5 10 0 0 0 7 0", "40 4 30 0 0 0 7 0"],
  ] as const
) {
  Deno.test(`host knows no share after ${what}, and says so`, () => {
    assertEquals(shareBetween(before, now), [null, "counter"]);
  });
}

Deno.test("host knows no share if no time has passed, and says so", () => {
  assertEquals(shareBetween("10 0 10 0", "20 0 10 0", 0), [null, "clock"]);
});

Deno.test("host knows its share of an older kernel, which has four times", () => {
  assertEquals(shareBetween("10 0 10 0", "20 0 10 0"), [10, undefined]);
});

Deno.test("host does not show seconds that no host has counted, and says so", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/stat", "cpu  1 0 1 9 0 0 0 18446744073709551600\n");
  using sampler = new Sampler({ pid: 10, collect: [host()], fs });
  const sample = sampler.sample().host;
  assertEquals(
    [sample?.cpuSecondsTotal, sample?.unreadable?.cpuSecondsTotal],
    [null, "counter"],
  );
});

Deno.test("host says why its share is not known if /proc/stat may not be read", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/stat", { error: "denied" });
  using sampler = new Sampler({ pid: 10, collect: [host()], fs });
  const sample = sampler.sample().host;
  assertEquals([sample?.cpuPercentage, sample?.unreadable?.cpuPercentage], [
    null,
    "denied",
  ]);
});

Deno.test("host calls pressure unsupported that the kernel does not account for", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/pressure/cpu", { error: "unsupported" });
  using sampler = new Sampler({ pid: 10, collect: [host()], fs });
  assertEquals(sampler.sample().host?.unreadable?.cpuPressure, "unsupported");
});
