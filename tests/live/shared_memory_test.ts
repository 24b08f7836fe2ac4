// deno-lint-ignore-file no-console -- it prints its figures.
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { type AnyLine, ofKind, parseLines } from "../support/burner.ts";
import {
  Child,
  compile,
  FROM_SOURCE,
  needs,
  run,
  TemporaryDirectory,
} from "../support/procline.ts";

const MIB = 2 ** 20;
const SIZE = 100;

/** The lines of one sample of a tree. */
async function linesOf(
  argv: readonly string[],
  args: readonly string[] = ["--count=1"],
): Promise<AnyLine[]> {
  await using tree = new Child(argv);
  assertEquals((await tree.line()).slice(0, 5), "ready");
  const { stdout } = await run([
    ...FROM_SOURCE,
    `--pid=${tree.pid}`,
    ...args,
  ]);
  return parseLines(stdout);
}

/** About so many times the memory that the program has touched, in bytes. */
function assertTimes(bytes: number, times: number, what: string): void {
  assertGreater(bytes, times * SIZE * MIB, what);
  assertLess(bytes, times * (SIZE + 12) * MIB, what);
}

Deno.test({
  ...needs(
    ["cc"],
    "procline counts memory once between vfork and exec: from any thread, nested, in rss, pss, uss and the peak",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = await compile("sharers", directory);
    for (
      const [how, numShared] of [["vfork", 1], ["thread", 1], ["nested", 2]]
    ) {
      const lines = await linesOf([program, `${how}`, `${SIZE}`], [
        "--count=1",
        "--collect=smaps_rollup,status",
      ]);
      const processes = ofKind(lines, "process");
      const [tree] = ofKind(lines, "tree");
      const [end] = ofKind(lines, "end");
      assertEquals(processes.length, 1 + Number(numShared));
      for (const { rss_bytes, pss_bytes, unreadable } of processes.slice(1)) {
        assertEquals([rss_bytes, pss_bytes], [null, null]);
        assertEquals(unreadable.rss_bytes, "shared_with_parent");
        assertEquals(unreadable.uss_bytes, "shared_with_parent");
        assertEquals(unreadable.rss_anon_bytes, "shared_with_parent");
      }
      for (const name of ["rss_bytes", "pss_bytes", "uss_bytes"]) {
        assertEquals(tree?.[name], processes[0]?.[name], name);
        assertTimes(tree?.[name], 1, `${how} ${name}`);
      }
      assertEquals(tree?.may_share_memory, undefined);
      assertEquals(end?.peak_rss_bytes, tree?.rss_bytes);
    }
  },
});

Deno.test({
  ...needs(
    ["cc"],
    "procline counts the memory of each copy that fork makes, and of a child of clone that may share it",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = await compile("sharers", directory);
    // Right after the fork, and once they have been there for a while.
    for (const args of [["--count=1"], ["--count=3", "--interval=20ms"]]) {
      const forked = await linesOf([program, "fork", `${SIZE}`], args);
      for (const tree of ofKind(forked, "tree")) {
        assertEquals([tree.num_processes, tree.may_share_memory], [
          5,
          undefined,
        ]);
        assertTimes(tree.rss_bytes, 5, "fork");
      }
    }
    const lines = await linesOf([program, "clone", `${SIZE}`]);
    const [parent, child] = ofKind(lines, "process");
    const [tree] = ofKind(lines, "tree");
    assertEquals([parent?.may_share_memory, child?.may_share_memory], [
      undefined,
      true,
    ]);
    assertEquals(tree?.may_share_memory, true);
    assertTimes(tree?.rss_bytes, 2, "clone");
  },
});

/** The peak of a run of so many samples, and how often a process had its parent's memory. */
async function peakOf(argv: readonly string[], samples: number) {
  await using tree = new Child(argv);
  assertEquals(await tree.line(), "ready");
  const { stdout } = await run([
    ...FROM_SOURCE,
    `--pid=${tree.pid}`,
    `--count=${samples}`,
    "--interval=5ms",
  ]);
  const lines = parseLines(stdout);
  const shared =
    ofKind(lines, "process").filter(({ unreadable }) =>
      unreadable?.rss_bytes === "shared_with_parent"
    ).length;
  return { peak: ofKind(lines, "end")[0]?.peak_rss_bytes as number, shared };
}

Deno.test({
  ...needs(
    ["cc", "true"],
    "procline sees no peak above the truth of a program that runs others again and again",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = await compile("sharers", directory);
    const { peak, shared } = await peakOf([program, "spawn", `${SIZE}`], 400);
    console.log(`posix_spawn: ${shared} of 400 samples see it, peak ${peak}`);
    assertTimes(peak, 1, "spawn");
  },
});

const PYTHON = `
import select, subprocess, sys
memory = bytearray(${SIZE} << 20)
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0)[0]:
    subprocess.run(["/bin/true"])
`;

Deno.test({
  ...needs(
    ["python3", "true"],
    "procline sees no peak above the truth of a Python program that runs others",
  ),
  fn: async () => {
    const { peak, shared } = await peakOf(["python3", "-c", PYTHON], 400);
    console.log(`Python: ${shared} of 400 samples see it, peak ${peak}`);
    assertGreater(peak, SIZE * MIB);
    assertLess(peak, (SIZE + 40) * MIB);
  },
});
