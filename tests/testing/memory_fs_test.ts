import { assertEquals, assertThrows } from "@std/assert";
import { ProcReadError } from "../../src/errors.ts";
import { loadCollectors } from "../../src/collect/collectors.ts";
import { status } from "../../src/collect/status.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { parseStat } from "../../src/parse/stat.ts";
import { parseStatm } from "../../src/parse/statm.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

function reasonOf(read: () => unknown): string {
  return assertThrows(read, ProcReadError).reason;
}

/** A host with one process, and an empty one in front of it. */
function layered(): { readonly below: MemoryFs; readonly fs: MemoryFs } {
  const below = new MemoryFs();
  below.addProcess({ pid: 10 });
  return { below, fs: new MemoryFs({ over: below }) };
}

Deno.test("MemoryFs makes the 52 fields of stat from a few numbers", () => {
  const fs = new MemoryFs();
  fs.addProcess({
    pid: 11,
    ppid: 10,
    comm: "a (b) c",
    state: "R",
    numThreads: 3,
    userCpuSeconds: 1.25,
    kernelCpuSeconds: 0.07,
    childrenUserCpuSeconds: 2,
    childrenKernelCpuSeconds: 3.5,
    startSeconds: 9.99,
    vsizeBytes: 8192,
    rsslimBytes: 4096,
  });
  const text = fs.readTextFile("/proc/11/stat");
  assertEquals(text.slice(text.lastIndexOf(")")).split(" ").length, 51);
  const stat = parseStat(text);
  assertEquals(
    [stat.pid, stat.ppid, stat.comm, stat.state, stat.numThreads],
    [11, 10, "a (b) c", "R", 3],
  );
  assertEquals([stat.utime, stat.stime, stat.cutime, stat.cstime], [
    125,
    7,
    200,
    350,
  ]);
  assertEquals([stat.starttime, stat.vsize, stat.rsslim], [999, 8192, 4096]);
});

Deno.test("MemoryFs cuts memory to pages, and shows none of a process without any", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, rssBytes: 10_000, vsizeBytes: 20_000 });
  fs.addProcess({ pid: 11, vsizeBytes: 0 });
  const { size, resident } = parseStatm(fs.readTextFile("/proc/10/statm"));
  assertEquals([size, resident], [4, 2]);
  assertEquals(fs.readTextFile("/proc/11/statm"), "0 0 0 0 0 0 0\n");
});

Deno.test("MemoryFs holds what a sampler reads, and what a collector reads of it", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, rssBytes: 1_048_576, uid: 7 });
  fs.addProcess({ pid: 11, ppid: 10, rssBytes: 4096 });
  fs.addProcess({ pid: 12, ppid: 1 });
  using sampler = new Sampler({ pid: 10, fs, collect: [status()] });
  const { tree, processes } = sampler.sample();
  assertEquals([tree.numProcesses, tree.rssBytes], [2, 1_052_672]);
  assertEquals(
    [processes[0]?.uid, processes[0]?.peakRssBytes, processes[0]?.exe],
    [7, 1_048_576, "program"],
  );
});

Deno.test("MemoryFs changes the numbers of a process, and refuses to change one that is not there", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, comm: "a" });
  fs.changeProcess(10, { userCpuSeconds: 1 });
  const { comm, utime } = parseStat(fs.readTextFile("/proc/10/stat"));
  assertEquals([comm, utime], ["a", 100]);
  assertThrows(
    () => fs.changeProcess(11, {}),
    TypeError,
    "Cannot change process 11: it was not added",
  );
});

Deno.test("MemoryFs has files of a process beside those that its numbers make, and in their place", () => {
  const fs = new MemoryFs();
  fs.addProcess({
    pid: 10,
    files: {
      exe: "/opt/a (deleted)",
      io: { error: "denied" },
      "task/10/stat": "thread",
      "task/12/stat": "thread",
    },
  });
  assertEquals(fs.readLink("/proc/10/exe"), "/opt/a (deleted)");
  assertEquals(reasonOf(() => fs.readTextFile("/proc/10/io")), "denied");
  assertEquals(fs.readDir("/proc/10/task"), ["10", "12"]);
  assertEquals(reasonOf(() => fs.readTextFile("/proc/10/environ")), "gone");
});

Deno.test("MemoryFs lets time pass, also back, to the boot at most", () => {
  const fs = new MemoryFs();
  assertEquals(fs.readTextFile("/proc/uptime"), "10.00 0.00\n");
  fs.pass(2.5);
  assertEquals(fs.readTextFile("/proc/uptime"), "12.50 0.00\n");
  fs.pass(-100);
  assertEquals(fs.readTextFile("/proc/uptime"), "0.00 0.00\n");
});

Deno.test("MemoryFs removes a process: its files are gone, open ones too, and it is not listed", () => {
  for (const fs of [layered().below, layered().fs]) {
    const file = fs.open("/proc/10/stat");
    file.readText();
    fs.removeProcess(10);
    assertEquals(reasonOf(() => file.readText()), "gone");
    assertEquals(reasonOf(() => fs.readTextFile("/proc/10/stat")), "gone");
    assertEquals(reasonOf(() => fs.readDir("/proc/10/task")), "gone");
    assertEquals(fs.readDir("/proc").includes("10"), false);
  }
});

Deno.test("MemoryFs adds a process in the place of another, whose open files stay gone", () => {
  for (const fs of [layered().below, layered().fs]) {
    const file = fs.open("/proc/10/stat");
    fs.addProcess({ pid: 10, comm: "new" });
    assertEquals(reasonOf(() => file.readText()), "gone");
    assertEquals(parseStat(fs.open("/proc/10/stat").readText()).comm, "new");
    assertEquals(fs.readDir("/proc").filter((name) => name === "10"), ["10"]);
    assertEquals(reasonOf(() => fs.readTextFile("/proc/10/environ")), "gone");
  }
});

Deno.test("MemoryFs over another file system leaves what it does not change to it", () => {
  const { below, fs } = layered();
  below.write("/proc/loadavg", "0.00 0.00 0.00 1/2 3\n");
  assertEquals(fs.readTextFile("/proc/loadavg"), "0.00 0.00 0.00 1/2 3\n");
  fs.write("/proc/loadavg", "9.00 0.00 0.00 1/2 3\n");
  assertEquals(fs.readTextFile("/proc/loadavg"), "9.00 0.00 0.00 1/2 3\n");
  fs.pass(5);
  assertEquals(fs.readTextFile("/proc/uptime"), "15.00 0.00\n");
  assertEquals(fs.readTextFile("/proc/10/stat").slice(0, 2), "10");
});

Deno.test("MemoryFs shows a process that it adds also to a sampler that keeps its list while the kernel has created none", () => {
  const { fs } = layered();
  using sampler = new Sampler({ pid: 10, fs });
  sampler.sample();
  sampler.sample();
  fs.addProcess({ pid: 11, ppid: 10 });
  assertEquals(sampler.sample().tree.numProcesses, 2);
});

Deno.test("MemoryFs gives each life of a process id a start and files of its own", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.write("/proc/10/io", { error: "denied" });
  fs.pass(1);
  fs.removeProcess(10);
  fs.addProcess({ pid: 10 });
  const { starttime } = parseStat(fs.readTextFile("/proc/10/stat"));
  assertEquals(starttime, 1100);
  assertEquals(fs.readTextFile("/proc/10/io").split("\n")[0], "rchar: 0");
});

Deno.test("MemoryFs cuts CPU seconds to whole ticks", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, userCpuSeconds: 0.009, kernelCpuSeconds: 0.29 });
  const { utime, stime } = parseStat(fs.readTextFile("/proc/10/stat"));
  assertEquals([utime, stime], [0, 29]);
});

Deno.test("MemoryFs has all that the collectors read of a sleeping process", async () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, numThreads: 4, rssBytes: 8192 });
  const names = [
    "stat",
    "cmdline",
    "io",
    "status",
    "fd",
    "limits",
    "oom",
    "signals",
    "wchan",
    "schedstat",
    "delays",
    "smaps_rollup",
    "numa",
    "smaps",
  ];
  const collect = await loadCollectors(names);
  using sampler = new Sampler({ pid: 10, fs, collect });
  const { processes: [process], mappings } = sampler.sample();
  assertEquals(
    [process?.numFds, process?.fdLimit, process?.pssBytes, process?.ussBytes],
    [3, 1024, 8192, 8192],
  );
  assertEquals([process?.runDelaySecondsTotal, process?.timeslicesTotal], [
    0,
    4,
  ]);
  assertEquals([
    process?.rlimitsSoft?.nofile,
    process?.oomScore,
    process?.signals?.caught,
    process?.wchan,
    process?.policy,
  ], [1024, 666, 0, "do_wait", "SCHED_OTHER"]);
  assertEquals([process?.ioReadBytesTotal, process?.voluntaryCtxtSwitches], [
    0,
    0,
  ]);
  assertEquals(mappings?.map(({ rssBytes }) => rssBytes), [8192]);
  assertEquals(process?.numaBytes, { "0": 8192 });
  assertEquals(
    Object.values(besidesFirstSample(process?.unreadable) ?? {})
      .filter((reason) => reason !== "unsupported"),
    [],
  );
});

for (
  const [what, changes] of [
    ["zombie", { state: "Z" }],
    ["kernel_thread", { flags: 0x0020_0000 }],
  ] as const
) {
  Deno.test(`MemoryFs shows no memory and no program of a ${what}`, () => {
    const fs = new MemoryFs();
    fs.addProcess({ pid: 10 });
    fs.addProcess({ pid: 11, ppid: 10, ...changes });
    using sampler = new Sampler({ pid: 10, fs });
    const { processes } = sampler.sample();
    assertEquals(besidesFirstSample(processes[1]?.unreadable), {
      rssBytes: what,
      vsizeBytes: what,
      exe: what,
    });
  });
}

Deno.test("MemoryFs says why a directory cannot be read", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files: { fd: { error: "denied" } } });
  assertEquals(reasonOf(() => fs.readDir("/proc/10/fd")), "denied");
  fs.addProcess({ pid: 11, files: { fd: ["0", "7"] } });
  assertEquals(fs.readDir("/proc/11/fd"), ["0", "7"]);
});

for (const pid of [0, -1, 1.5, NaN, Infinity]) {
  Deno.test(`MemoryFs refuses a process with the id ${pid}`, () => {
    assertThrows(
      () => new MemoryFs().addProcess({ pid }),
      RangeError,
      `Cannot have a process with pid ${pid}: it is a whole number above 0`,
    );
  });
}

for (
  const name of [
    "ppid",
    "numThreads",
    "userCpuSeconds",
    "kernelCpuSeconds",
    "childrenUserCpuSeconds",
    "childrenKernelCpuSeconds",
    "startSeconds",
    "rssBytes",
    "vsizeBytes",
    "rsslimBytes",
    "addresses",
    "flags",
    "uid",
  ]
) {
  Deno.test(`MemoryFs refuses a process with a ${name} that no kernel shows, and leaves it as it was`, () => {
    const fs = new MemoryFs();
    fs.addProcess({ pid: 10 });
    const before = fs.readTextFile("/proc/10/stat");
    for (const value of [-1, NaN, Infinity]) {
      const says = `Cannot have a process with ${name} ${value}: it is a `;
      const change = { [name]: value };
      const change10 = () => fs.changeProcess(10, change);
      assertThrows(change10, RangeError, says);
      assertThrows(
        () => fs.addProcess({ pid: 11, ...change }),
        RangeError,
        says,
      );
    }
    assertEquals(fs.readTextFile("/proc/10/stat"), before);
    assertEquals(fs.readDir("/proc"), ["10"]);
  });
}

Deno.test("MemoryFs lets no such time pass as is no number", () => {
  const fs = new MemoryFs();
  for (const seconds of [NaN, Infinity, -Infinity]) {
    assertThrows(
      () => fs.pass(seconds),
      RangeError,
      `Cannot let ${seconds} seconds pass: seconds is a finite number`,
    );
  }
  assertEquals(fs.readTextFile("/proc/uptime"), "10.00 0.00\n");
});

Deno.test("MemoryFs starts a process at the boot at the earliest, and can change it then", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.pass(-100);
  fs.addProcess({ pid: 10 });
  fs.changeProcess(10, { comm: "later" });
  assertEquals(parseStat(fs.readTextFile("/proc/10/stat")).starttime, 0);
});

Deno.test("MemoryFs over another file system does not know the last id once it has added a process", () => {
  const { below, fs } = layered();
  below.write("/proc/loadavg", "0.10 0.20 0.30 1/80 4242\n");
  assertEquals(fs.readTextFile("/proc/loadavg"), "0.10 0.20 0.30 1/80 4242\n");
  fs.addProcess({ pid: 700 });
  assertEquals(fs.readTextFile("/proc/loadavg"), "0.10 0.20 0.30 1/80 0\n");
});

Deno.test("MemoryFs opens files of bytes, of which parts are read, and in which bits are set", () => {
  const { below, fs } = layered();
  below.write("/sys/a", Uint8Array.of(1, 2, 3, 4));
  fs.write("/sys/b", Uint8Array.of(0b1, 0, 0b100));
  const above = fs.openBytes("/sys/a", "read");
  assertEquals(above.readAt(1, 2), Uint8Array.of(2, 3));
  assertEquals(reasonOf(() => above.writeAt(0, Uint8Array.of(1))), "denied");

  const file = fs.openBytes("/sys/b", "readwrite");
  assertEquals(file.readAt(1, 8), Uint8Array.of(0, 0b100));
  assertEquals(file.readAt(3, 8), new Uint8Array(0));
  assertEquals(file.writeAt(0, Uint8Array.of(0b10, 0)), 2);
  assertEquals(file.writeAt(2, Uint8Array.of(0b1, 1)), 1);
  assertEquals(file.writeAt(3, Uint8Array.of(1)), 0);
  assertEquals(fs.readFile("/sys/b"), Uint8Array.of(0b11, 0, 0b101));

  assertEquals(reasonOf(() => fs.openBytes("/sys/none", "read")), "gone");
  fs.write("/sys/b", { error: "denied" });
  assertEquals(reasonOf(() => fs.openBytes("/sys/b", "read")), "denied");
});

Deno.test("MemoryFs says gone of a file of bytes once its process has ended", () => {
  const fs = new MemoryFs();
  const pagemap = Uint8Array.of(1);
  fs.addProcess({ pid: 10, files: { pagemap } });
  const file = fs.openBytes("/proc/10/pagemap", "read");
  assertEquals(file.readAt(0, 8), pagemap);
  fs.addProcess({ pid: 10, files: { pagemap } });
  assertEquals(reasonOf(() => file.readAt(0, 8)), "gone");
});
