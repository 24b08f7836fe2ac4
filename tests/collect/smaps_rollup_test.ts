import { assertEquals } from "@std/assert";
import { smapsRollup } from "../../src/collect/smaps_rollup.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

/** Two pages that two processes share, and three that are private. */
const TEXT = "1000-2000 ---p 00000000 00:00 0    [rollup]\n" +
  Object.entries({
    Rss: 20,
    Pss: 16,
    Shared_Clean: 8,
    Shared_Dirty: 0,
    Private_Clean: 4,
    Private_Dirty: 8,
    Referenced: 20,
    Anonymous: 8,
    Swap: 3,
    Locked: 0,
  }).map(([name, kib]) => `${name}:     ${kib} kB\n`).join("");

Deno.test("smaps_rollup adds proportional and unique memory, and their sums", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files: { smaps_rollup: TEXT } });
  fs.addProcess({ pid: 11, ppid: 10, files: { smaps_rollup: TEXT } });
  using sampler = new Sampler({ pid: 10, collect: [smapsRollup()], fs });
  const { tree, processes: [line] } = sampler.sample();
  assertEquals([line?.pssBytes, line?.ussBytes], [16_384, 12_288]);
  assertEquals([line?.rollupRssBytes, line?.rollupSwapBytes], [20_480, 3072]);
  // Twice 16 kB and twice 12 kB.
  assertEquals([tree.pssBytes, tree.ussBytes], [32_768, 24_576]);
  assertEquals(besidesFirstSample(line?.unreadable), {
    pssDirtyBytes: "unsupported",
    ksmBytes: "unsupported",
    lazyFreeBytes: "unsupported",
    anonHugePagesBytes: "unsupported",
    shmemPmdMappedBytes: "unsupported",
    filePmdMappedBytes: "unsupported",
    sharedHugetlbBytes: "unsupported",
    privateHugetlbBytes: "unsupported",
    swapPssBytes: "unsupported",
    pssAnonBytes: "unsupported",
    pssFileBytes: "unsupported",
    pssShmemBytes: "unsupported",
  });
});

Deno.test("smaps_rollup knows no sum of which a part may not be read", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.addProcess({
    pid: 11,
    ppid: 10,
    files: { smaps_rollup: { error: "denied" } },
  });
  using sampler = new Sampler({ pid: 10, collect: [smapsRollup()], fs });
  const { tree } = sampler.sample();
  assertEquals([tree.pssBytes, tree.ussBytes], [null, null]);
  assertEquals(besidesFirstSample(tree.unreadable), {
    pssBytes: "denied",
    ussBytes: "denied",
  });
});

Deno.test("smaps_rollup adds nothing of a zombie to the sum", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, rssBytes: 8192 });
  fs.addProcess({ pid: 11, ppid: 10, state: "Z" });
  using sampler = new Sampler({ pid: 10, collect: [smapsRollup()], fs });
  assertEquals(sampler.sample().tree.pssBytes, 8192);
});

Deno.test("smaps_rollup loses a size that makes no sense or is missing, and no other", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, files: { smaps_rollup: TEXT } });
  const damaged = TEXT.replace("Pss:     16 kB", "Pss:     x kB")
    .replace(/Private_Clean.*\n/, "");
  fs.addProcess({ pid: 11, ppid: 10, files: { smaps_rollup: damaged } });
  using sampler = new Sampler({ pid: 10, collect: [smapsRollup()], fs });
  const { tree, processes: [, line] } = sampler.sample();
  assertEquals([line?.pssBytes, line?.ussBytes, line?.privateDirtyBytes], [
    null,
    null,
    8192,
  ]);
  const why = besidesFirstSample(line?.unreadable) ?? {};
  assertEquals([why.pssBytes, why.ussBytes, why.privateCleanBytes], [
    "malformed",
    "unsupported",
    "unsupported",
  ]);
  assertEquals([tree.pssBytes, tree.ussBytes], [null, null]);
  assertEquals(besidesFirstSample(tree.unreadable), {
    pssBytes: "malformed",
    ussBytes: "unsupported",
  });
});
