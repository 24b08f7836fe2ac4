// deno-lint-ignore-file no-console -- it prints its figures.
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { type AnyLine, Burner } from "../support/burner.ts";
import { Child, needs, startProcline } from "../support/procline.ts";

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
