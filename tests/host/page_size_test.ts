import { assertEquals, assertThrows } from "@std/assert";
import { ProcReadError } from "../../src/errors.ts";
import { readHostFacts } from "../../src/host/facts.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";

const AUXV = "/proc/self/auxv";

/** A host that refuses its auxv, with a kernel thread and a process. */
function hostWithout(error: "denied" | "gone" = "denied"): MemoryFs {
  const fs = new MemoryFs();
  fs.write(AUXV, { error });
  fs.addProcess({ pid: 2, ppid: 0, flags: 0x200000 });
  fs.addProcess({ pid: 10, vsizeBytes: 4_096_000, rssBytes: 409_600 });
  return fs;
}

function factsOf(fs: MemoryFs) {
  return readHostFacts(new ProcReader(fs));
}

for (const kib of [4, 16, 64]) {
  Deno.test(`readHostFacts() finds pages of ${kib} KiB by a process that shows its memory in pages and in kB`, () => {
    const fs = hostWithout();
    fs.write("/proc/10/statm", "1000 100 10 5 0 20 0\n");
    fs.write(
      "/proc/10/status",
      `Tgid:\t10\nVmPeak:\t 99999999 kB\nVmSize:\t${
        String(1000 * kib).padStart(8)
      } kB\nThreads:\t1\n`,
    );
    const { pageSizeBytes, ticksPerSecond, auxvReason } = factsOf(fs);
    assertEquals([pageSizeBytes, ticksPerSecond, auxvReason], [
      1024 * kib,
      100,
      "denied",
    ]);
  });
}

Deno.test("readHostFacts() finds the size of a page by stat where status has no sizes", () => {
  const fs = hostWithout("gone");
  fs.write("/proc/10/status", "Tgid:\t10\nThreads:\t1\n");
  assertEquals(factsOf(fs).pageSizeBytes, 4096);
});

Deno.test("readHostFacts() asks the next process if one has grown in between, and takes no large page for a page", () => {
  const fs = hostWithout();
  fs.addProcess({ pid: 11, vsizeBytes: 8_192_000 });
  // 2 MiB for a page that statm counts.
  fs.write("/proc/10/statm", "1 1 1 0 0 0 0\n");
  fs.write("/proc/10/status", "Tgid:\t10\nVmSize:\t    2048 kB\n");
  assertEquals(factsOf(fs).pageSizeBytes, 4096);
});

Deno.test("sampler() knows memory by the size of a page that processes show", () => {
  using sampler = new Sampler({ pid: 10, fs: hostWithout() });
  const { processes: [root], tree } = sampler.sample();
  assertEquals([root?.rssBytes, root?.vsizeBytes], [409_600, 4_096_000]);
  assertEquals([tree.rssBytes, tree.unreadable?.rssBytes], [
    409_600,
    undefined,
  ]);
  const run = sampler.describeRun();
  assertEquals([run.pageSizeBytes, run.ticksPerSecond], [4096, 100]);
});

Deno.test("sampler() does not know memory if nothing tells the size of a page, and says why", () => {
  const fs = hostWithout("gone");
  fs.write("/proc/10/statm", "149919 12547 18 2262 0 19473 0\n");
  using sampler = new Sampler({ pid: 10, fs });
  const run = sampler.describeRun();
  assertEquals([run.pageSizeBytes, run.unreadable], [null, {
    pageSizeBytes: "unsupported",
  }]);
  const { processes: [root], tree } = sampler.sample();
  for (const key of ["rssBytes", "vsizeBytes"] as const) {
    assertEquals([root?.[key], root?.unreadable?.[key]], [null, "unsupported"]);
    assertEquals([tree[key], tree.unreadable?.[key]], [null, "unsupported"]);
  }
});

Deno.test("readHostFacts() refuses a /proc without auxv and without any process", () => {
  const fs = new MemoryFs();
  fs.write(AUXV, { error: "gone" });
  const error = assertThrows(() => factsOf(fs), ProcReadError);
  assertEquals([error.path, error.reason], [AUXV, "gone"]);
});
