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

/**
 * The host's share of a second in which the times of `/proc/stat` went from one line to another.
 */
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

/** The host's line after two samples, a second apart, of these files. */
function hostWith(files: Readonly<Record<string, string>>) {
  const fs = new MemoryFs();
  const clock = new ManualClock();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/stat", "cpu  100 0 50 1000 20 0 0 0\nctxt 5\nprocesses 9\n");
  const malformed: string[] = [];
  using sampler = new Sampler({
    pid: 10,
    collect: [host()],
    fs,
    clock,
    onMalformed: ({ file, field }) => malformed.push(`${file} ${field}`),
  });
  sampler.sample();
  clock.pass(1);
  for (const [path, text] of Object.entries(files)) {
    fs.write(`/proc/${path}`, text);
  }
  const sample = sampler.sample().host;
  return { sample, unreadable: sample?.unreadable ?? {}, malformed };
}

Deno.test("host loses a figure that makes no sense or is missing, and no other", () => {
  const { sample, unreadable, malformed } = hostWith({
    stat: "cpu  110 0 60 1000 x 0 0 0\nctxt -1\n",
    loadavg: "0.50 nan 0.10 2/80 4242\n",
    meminfo: "MemTotal: 8 kB\nCached: 1 MB\n",
    vmstat: "pgfault 7\npgmajfault -\nnr_free_pages 5\n",
    "pressure/cpu": "some avg10=x avg60=0.50 avg300=0.00 total=3\n",
  });
  assertEquals(sample?.cpuSecondsTotal, {
    user: 1.1,
    nice: 0,
    system: 0.6,
    idle: 10,
    iowait: null,
    irq: 0,
    softirq: 0,
    steal: 0,
  });
  // Of the busy times none is missing: 20 ticks in a second.
  assertAlmostEquals(sample?.cpuPercentage ?? 0, 20);
  assertEquals([sample?.load1, sample?.load5, sample?.numThreads], [
    0.5,
    null,
    80,
  ]);
  assertEquals([sample?.memTotalBytes, sample?.cachedBytes], [8192, null]);
  assertEquals(sample?.vmstat, {
    pgfault: 7,
    pgmajfault: null,
    nr_free_pages: 5,
  });
  assertEquals(sample?.cpuPressure, {
    some_avg10: null,
    some_avg60: 0.5,
    some_avg300: 0,
    some_total: 3,
  });
  for (
    const [key, reason] of Object.entries({
      cpuSecondsTotal: "malformed",
      ctxtSwitchesTotal: "malformed",
      forksTotal: "unsupported",
      load5: "malformed",
      cachedBytes: "malformed",
      memFreeBytes: "unsupported",
      vmstat: "malformed",
      cpuPressure: "malformed",
    })
  ) assertEquals(unreadable[key], reason, key);
  // Each kind of file is told of once.
  assertEquals(malformed.sort(), [
    "/proc/loadavg load5",
    "/proc/meminfo Cached",
    "/proc/pressure/cpu some avg10",
    "/proc/stat iowait",
    "/proc/vmstat pgmajfault",
  ]);
});

Deno.test("host does not know how busy the CPUs are if one of their busy times makes no sense", () => {
  const wrong = hostWith({ stat: "cpu  110 0 -60 1000 0\nctxt 5\n" });
  assertEquals(wrong.sample?.cpuPercentage, null);
  assertEquals(wrong.unreadable.cpuPercentage, "malformed");
  const missing = hostWith({ stat: "ctxt 5\nprocesses 9\n" });
  assertEquals(missing.sample?.cpuSecondsTotal, null);
  assertEquals(missing.unreadable.cpuSecondsTotal, "unsupported");
  assertEquals(missing.unreadable.cpuPercentage, "unsupported");
  assertEquals(missing.sample?.ctxtSwitchesTotal, 5);
});
