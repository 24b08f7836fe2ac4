import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { numa } from "../../src/collect/numa.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { ROOM } from "../../src/model/field.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

/** Six pages of 4 kB on node 0, 100 on node 1; three of 2 MB on node 1. */
const TEXT = "1000 default file=/bin/a mapped=2 N0=2 kernelpagesize_kB=4\n" +
  "3000 default heap anon=104 dirty=104 N0=4 N1=100 kernelpagesize_kB=4\n" +
  "200000 default file=/huge\\040x huge dirty=3 N1=3 kernelpagesize_kB=2048\n" +
  "7ff000 default stack\n";
/** 6 x 4,096; 100 x 4,096 + 3 x 2,097,152. */
const BYTES = { "0": 24_576, "1": 6_701_056 };

Deno.test("numa adds up the mappings of each process by node, huge pages by their own size", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files: { numa_maps: TEXT } });
  fs.addProcess({
    pid: 11,
    ppid: 10,
    files: {
      numa_maps: "1000 default anon=1 dirty=1 N2=1 kernelpagesize_kB=64\n",
    },
  });
  fs.addProcess({ pid: 12, ppid: 10, files: { numa_maps: TEXT } });
  using sampler = new Sampler({ pid: 10, fs, collect: [numa()] });
  const { processes, tree } = sampler.sample();
  assertEquals(
    processes.map(({ numaBytes }) => numaBytes),
    [BYTES, { "2": 65_536 }, BYTES],
  );
  assertEquals(tree.numaBytes, {
    "0": 2 * 24_576,
    "1": 2 * 6_701_056,
    "2": 65_536,
  });
  assertEquals([tree.numaBytesTruncated, tree.consistent], [false, true]);
});

Deno.test("numa adds nothing of processes without memory to the sum", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files: { numa_maps: TEXT } });
  fs.addProcess({ pid: 11, ppid: 10, state: "Z" });
  fs.addProcess({ pid: 12, ppid: 10, flags: 0x0020_0000 });
  fs.addProcess({
    pid: 13,
    ppid: 10,
    state: "Z",
    files: { numa_maps: { error: "gone" } },
  });
  using sampler = new Sampler({ pid: 10, fs, collect: [numa()] });
  const { processes, tree } = sampler.sample();
  assertEquals(
    processes.slice(1).map(({ numaBytes, unreadable }) => [
      numaBytes,
      unreadable?.numaBytes,
    ]),
    [[null, "zombie"], [null, "kernel_thread"], [null, "zombie"]],
  );
  assertEquals(tree.numaBytes, BYTES);
});

for (
  const [what, content, reason] of [
    ["may not be read", { error: "denied" }, "denied"],
    ["cannot be read", { error: "failed" }, "failed"],
    ["is cut", TEXT.slice(0, -1), "malformed"],
    ["has a damaged line", TEXT.replace("N1=3", "N1=?"), "malformed"],
    [
      "does not say how large huge pages are",
      TEXT.replace(" kernelpagesize_kB=2048", ""),
      "unsupported",
    ],
    [
      "says more than a host has",
      TEXT.replace("N1=3", `N1=${2n ** 40n}`),
      "failed",
    ],
  ] as const
) {
  Deno.test(`numa knows no sum of which a file ${what}`, () => {
    const fs = new MemoryFs();
    fs.addProcess({ pid: 10, files: { numa_maps: TEXT } });
    fs.addProcess({ pid: 11, ppid: 10, files: { numa_maps: content } });
    using sampler = new Sampler({ pid: 10, fs, collect: [numa()] });
    const { processes, tree } = sampler.sample();
    assertEquals(processes[0]?.numaBytes, BYTES);
    assertEquals(processes[1]?.numaBytes, null);
    assertEquals(besidesFirstSample(processes[1]?.unreadable), {
      numaBytes: reason,
    });
    assertEquals([tree.numaBytes, tree.unreadable?.numaBytes], [null, reason]);
    const isAbsurd = what.startsWith("says more");
    assertEquals(tree.malformed, isAbsurd ? 1 : 0);
  });
}

Deno.test("numa takes the host's size of pages where an older kernel does not print it", () => {
  const fs = new MemoryFs();
  const text = "1000 default anon=3 dirty=3 N0=3\n";
  fs.addProcess({ pid: 10, files: { numa_maps: text } });
  using sampler = new Sampler({ pid: 10, fs, collect: [numa()] });
  assertEquals(sampler.sample().tree.numaBytes, { "0": 12_288 });
});

Deno.test("numa({ every: 3 }) reads in the first of three samples, and is null in the others", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files: { numa_maps: TEXT } });
  using sampler = new Sampler({
    pid: 10,
    fs,
    collect: [numa({ every: 3 })],
  });
  const samples = Array.from({ length: 5 }, () => {
    fs.pass(1);
    return sampler.sample();
  });
  assertEquals(
    samples.map(({ processes: [process], tree }) => [
      process?.numaBytes,
      tree.numaBytes,
    ]),
    [[BYTES, BYTES], [null, null], [null, null], [BYTES, BYTES], [null, null]],
  );
  assertEquals(samples[1]?.processes[0]?.unreadable?.numaBytes, undefined);
});

Deno.test("numa leaves out the nodes that do not fit on a line, and says so", () => {
  const fs = new MemoryFs();
  const nodes = Array.from({ length: 200 }, (_, i) => `N${i}=${2 ** 30 + i}`);
  const text = `1000 default ${nodes.join(" ")} kernelpagesize_kB=4\n`;
  fs.addProcess({ pid: 10, files: { numa_maps: text } });
  using sampler = new Sampler({ pid: 10, fs, collect: [numa()] });
  const { processes: [process] } = sampler.sample();
  const { length } = JSON.stringify(process?.numaBytes);
  assertLessOrEqual(length, ROOM.numaBytes);
  assertGreater(length, ROOM.numaBytes - `"99":4398046511104,`.length);
  assertEquals(process?.numaBytesTruncated, true);
});

Deno.test("numa says of a kernel without nodes that it finds nothing", () => {
  const fs = new MemoryFs();
  const facts = { pageSizeBytes: 4096 } as Parameters<
    ReturnType<typeof numa>["unusable"]
  >[1];
  const reader = new ProcReader(fs);
  assertEquals(
    numa().unusable(reader, facts),
    "The collector numa finds nothing: this kernel has no /proc/self/numa_maps",
  );
  fs.write("/proc/self/numa_maps", TEXT);
  assertEquals(numa().unusable(reader, facts), null);
});
