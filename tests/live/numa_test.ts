// deno-lint-ignore-file no-console -- it prints its figures.
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { existsSync } from "@std/fs";
import { parseNumaMaps } from "../../src/parse/numa_maps.ts";
import { type AnyLine, Burner } from "../support/burner.ts";
import {
  Child,
  ignored,
  type Needed,
  needs,
  run,
  startProcline,
  TemporaryDirectory,
} from "../support/procline.ts";

const MIB = 2 ** 20;
const NUMA_MAPS = "/proc/self/numa_maps";

/** What a test is called. It is ignored if this kernel knows no nodes. */
function needsNodes(commands: readonly string[], name: string): Needed {
  return existsSync(NUMA_MAPS)
    ? needs(commands, name)
    : ignored(name, `this kernel has no ${NUMA_MAPS}`);
}

function sumOf(bytes: Readonly<Record<string, number>>): number {
  return Object.values(bytes).reduce((sum, one) => sum + one, 0);
}

/** What `numastat -p` prints as the total of each node, in MiB of two decimals. */
async function numastat(pid: number): Promise<Record<string, number>> {
  const { stdout } = await run(["numastat", "-p", `${pid}`]);
  const numbers = /^Total +(.*)$/m.exec(stdout)?.[1]?.trim().split(/ +/);
  const nodes = [...stdout.matchAll(/Node (\d+)/g)].map(([, node = ""]) =>
    node
  );
  return Object.fromEntries(
    nodes.map((node, i) => [node, Number(numbers?.[i])]),
  );
}

Deno.test({
  ...needsNodes(
    ["cc", "numastat"],
    "procline --collect numa has of each node what numastat has",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using quiet = new Child([burner.program, "quiet", "64"]);
    assertEquals(await quiet.line(), "ready");
    await using procline = startProcline([
      `--pid=${quiet.pid}`,
      "--collect=numa,smaps_rollup",
      "--numa-every=2",
      "--count=2",
      "--interval=100ms",
    ]);
    const { processes: [first], tree } = await procline.sample();
    const { processes: [second] } = await procline.sample();

    const process = first as unknown as AnyLine;
    const theirs = await numastat(quiet.pid);
    const ours = sumOf(process.numa_bytes);
    console.log(
      `numa ${JSON.stringify(process.numa_bytes)}, numastat ${
        JSON.stringify(theirs)
      } MiB, rss ${process.rollup_rss_bytes}`,
    );
    assertEquals((tree as unknown as AnyLine).numa_bytes, process.numa_bytes);
    assertEquals((second as unknown as AnyLine).numa_bytes, null);
    for (const [node, mib] of Object.entries(theirs)) {
      // numastat rounds each mapping to hundredths, and sums them.
      const bytes = process.numa_bytes[node] ?? 0;
      assertLess(Math.abs(bytes / MIB - mib), 0.1, node);
    }
    assertGreater(ours, 64 * MIB);
    // Of the resident pages, those that the kernel reserves (the vDSO) are of no node.
    assertLess(Math.abs(process.rollup_rss_bytes - ours), 64 * 1024);
  },
});

Deno.test({
  ...needsNodes(
    ["cc"],
    "numa_maps names a hostile file as it is called, and no count comes from its name",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const name = "a N0=99 huge\t\n=\\ kernelpagesize_kB=1";
    using burner = await Burner.compile();
    const program = `${directory.path}/${name}`;
    await Deno.copyFile(burner.program, program);
    await using quiet = new Child([program, "quiet", "1"]);
    assertEquals(await quiet.line(), "ready");
    const text = await Deno.readTextFile(`/proc/${quiet.pid}/numa_maps`);
    const own = parseNumaMaps(text).filter(({ pathname }) =>
      pathname === program
    );
    assertGreater(own.length, 1);
    for (const { huge, pages, kernelPageSize } of own) {
      assertEquals(huge, false);
      if (kernelPageSize !== null) assertEquals(kernelPageSize, 4);
      for (const count of pages.values()) assertLess(count, 99);
    }
  },
});
