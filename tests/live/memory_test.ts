// deno-lint-ignore-file no-console -- it prints its figures.
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { existsSync } from "@std/fs";
import { OLDEST_DENO_PATH } from "../../.ci/_runtime.ts";
import { type AnyLine, Burner } from "../support/burner.ts";
import {
  CHECKOUT,
  Child,
  ignored,
  needs,
  run,
  startProcline,
  TemporaryDirectory,
} from "../support/procline.ts";

const MIB = 2 ** 20;
const SHARED = 64 * MIB;

Deno.test({
  ...needs(
    ["cc"],
    "procline --collect smaps_rollup separates memory that eight workers share from memory of their own",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using parent = new Child([burner.program, "workers", "8", "64"]);
    assertEquals(await parent.line(), "ready");
    await using procline = startProcline([
      "--pid",
      `${parent.pid}`,
      "--collect",
      "smaps_rollup",
      "--count",
      "1",
    ]);

    const sample = await procline.sample();

    const tree = sample.tree as unknown as AnyLine;
    const { rss_bytes, pss_bytes, uss_bytes } = tree;
    const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`;
    console.log(
      `nine processes that share 64 MiB: rss ${mib(rss_bytes)}, pss ${
        mib(pss_bytes)
      }, uss ${mib(uss_bytes)}`,
    );
    assertEquals(tree.num_processes, 9);
    assertGreater(rss_bytes, 0.95 * 9 * SHARED);
    assertLess(rss_bytes, 1.05 * 9 * SHARED);
    assertGreater(pss_bytes, 0.9 * SHARED);
    assertLess(pss_bytes, 1.1 * SHARED);
    // No process would free the 64 MiB by its end: a ninth of them is in the pss of each, and none
    // of them in the uss of any.
    assertLess(uss_bytes, 0.1 * SHARED);
    for (const line of sample.processes as unknown as AnyLine[]) {
      assertGreater(line.pss_bytes, 0.9 * SHARED / 9);
      assertLess(line.pss_bytes, 1.2 * SHARED / 9);
      assertLess(line.uss_bytes, 0.02 * SHARED);
      assertEquals(
        line.uss_bytes,
        line.private_clean_bytes + line.private_dirty_bytes,
      );
    }
  },
});

for (
  const [deno, suffix] of [[Deno.execPath(), ""], [
    OLDEST_DENO_PATH,
    ", on Deno 2.4",
  ]] as const
) {
  const name =
    `a sample with smaps does not keep the texts that it was read from${suffix}`;
  Deno.test({
    ...(existsSync(deno)
      ? { name, ignore: false }
      : ignored(name, `no ${deno}`)),
    fn: async () => {
      using directory = new TemporaryDirectory();
      const program = `${directory.path}/held.ts`;
      await Deno.writeTextFile(
        program,
        `import { Sampler } from "${CHECKOUT}mod.ts";
import { smaps } from "${CHECKOUT}src/collect/mod.ts";
import { MemoryFs } from "${CHECKOUT}src/testing/mod.ts";

const SIZES = ["Size", "Rss", "Pss", "Shared_Clean", "Shared_Dirty", "Private_Clean",
  "Private_Dirty", "Referenced", "Anonymous"].map((name) => name + ":  4 kB\\n").join("");
const fs = new MemoryFs();
gc();
const before = Deno.memoryUsage().heapUsed;
for (let pid = 10; pid < 50; pid++) {
  // A mebibyte of lines that say nothing of memory.
  const smaps = "1000-2000 r--p 00000000 fe:00 1          /usr/lib/a-library.so\\n" + SIZES +
    ("VmFlags: rd mr mw me " + pid + "\\n").repeat(2 ** 20 / 24);
  fs.addProcess({ pid, ppid: pid === 10 ? 1 : 10, files: { smaps } });
}
const sampler = new Sampler({ pid: 10, fs, collect: [smaps()] });
const { mappings } = sampler.sample();
for (let pid = 10; pid < 50; pid++) fs.removeProcess(pid);
gc();
console.log(mappings.length, Math.round((Deno.memoryUsage().heapUsed - before) / 2 ** 20));
`,
      );

      const { stdout, stderr } = await run([
        deno,
        ..."run -A --no-check --v8-flags=--expose-gc".split(" "),
        program,
      ]);

      assertEquals(stderr, "");
      const [mappings, heldMiB] = stdout.split(" ").map(Number);
      assertEquals(mappings, 40);
      // The texts are 40 MiB.
      assertLess(heldMiB ?? NaN, 8);
    },
  });
}
