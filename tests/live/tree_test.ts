import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertMatch,
} from "@std/assert";
import {
  Child,
  needs,
  parseSamples,
  run,
  runProcline,
  startProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

const MIB = 2 ** 20;

Deno.test("procline --pid counts a tree of known shape exactly", async () => {
  await using tree = startScript(`
    (hold) &
    sh -c '(cat <&3 > /dev/null) & cat <&3 > /dev/null & echo ready; cat <&3 > /dev/null; wait' &
    wait
  `);
  assertEquals(await tree.line(), "ready");
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "50ms",
  ]);

  // The outer shell, its cat, the inner shell, and the inner shell's three cats.
  const shape = ["cat", "cat", "cat", "cat", "sh", "sh"];
  const { processes, tree: line } = await procline.sampleWhere((sample) =>
    sample.processes.map(({ comm }) => comm).sort().join() === shape.join()
  );

  assertEquals(line.num_processes, 6);
  assertEquals(line.num_threads, 6);
  assertEquals(processes[0]?.pid, tree.pid);
  assertEquals(processes[0]?.ppid, Deno.pid);
  const inner = processes.find(({ pid, comm }) =>
    comm === "sh" && pid !== tree.pid
  );
  assertEquals(inner?.ppid, tree.pid);
  const parents = processes.slice(1).map(({ ppid }) => ppid);
  assertEquals(parents.filter((ppid) => ppid === tree.pid).length, 2);
  assertEquals(parents.filter((ppid) => ppid === inner?.pid).length, 3);
  for (const [at, { ppid }] of processes.entries()) {
    const before = processes.slice(0, at).map(({ pid }) => pid);
    assert(at === 0 || before.includes(ppid), "A child before its parent");
  }
});

Deno.test({
  ...needs(
    ["cc"],
    "procline --pid counts threads in num_threads and never as processes",
  ),
  fn: async () => {
    await using family = await startFamily("threads", 4);
    const [child, ...tids] = (await readyLine(family)).map(Number);

    const { code, stdout } = await runProcline([
      "--pid",
      `${family.pid}`,
      "--count",
      "1",
    ]);

    assertEquals(code, 0);
    const [sample] = parseSamples(stdout);
    // The main thread and four more; and the child that a thread forked, with one thread.
    assertEquals(
      sample?.processes.map(({ pid, ppid, num_threads }) => ({
        pid,
        ppid,
        num_threads,
      })),
      [
        { pid: family.pid, ppid: Deno.pid, num_threads: 5 },
        { pid: child, ppid: family.pid, num_threads: 1 },
      ],
    );
    assertEquals(sample?.tree.num_processes, 2);
    assertEquals(sample?.tree.num_threads, 6);
    assertEquals(tids.length, 4);
  },
});

Deno.test({
  ...needs(
    ["cc"],
    "procline --pid refuses the id of a thread with exit code 1",
  ),
  fn: async () => {
    await using family = await startFamily("threads", 1);
    const [, tid] = await readyLine(family);

    const { code, stdout, stderr } = await runProcline(["--pid", `${tid}`]);

    assertEquals(
      stderr,
      `procline: Cannot sample ${tid}: it is a thread of process ${family.pid}\n`,
    );
    assertEquals(code, 1);
    assertEquals(stdout, "");
  },
});

Deno.test("procline reads a busy loop as one core, for the process and for its tree", async () => {
  await using tree = startScript(`
    sh -c 'while :; do :; done' &
    echo $!
    read end
    kill $!
    wait
  `);
  const busy = Number(await tree.line());
  using _ended = new Ended(busy);
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "2s",
    "--count",
    "2",
  ]);
  await procline.sample();
  const before = await readSchedule(busy);

  const { processes, tree: line } = await procline.sample();
  const after = await readSchedule(busy);

  const percent = 100 / (after.atMs - before.atMs);
  const ran = (after.ranMs - before.ranMs) * percent;
  const waited = (after.waitedMs - before.waitedMs) * percent;
  const loop = processes.find(({ pid }) => pid === busy);
  for (const used of [loop?.cpu_percentage, line.cpu_percentage]) {
    // It runs all the time, except while it waits for a core on a busy host.
    assertGreater((used ?? NaN) + waited, 90);
    assertLess(used ?? NaN, 110);
    // The scheduler counts how long it ran. On a busy host this count is read up to 0.2 s late, of
    // 2 s.
    assertLess(Math.abs((used ?? NaN) - ran), 10);
  }
  assertGreater(loop?.cpu_window_seconds ?? NaN, 1.9);
  assertLess(loop?.cpu_window_seconds ?? NaN, 2.5);
  const idle = processes.find(({ pid }) => pid === tree.pid);
  assertLess(idle?.cpu_percentage ?? NaN, 5);
});

Deno.test({
  ...needs(["cc", "ps"], "procline agrees with ps on the memory of a process"),
  fn: async () => {
    await using family = await startFamily("memory", 64);
    await readyLine(family);
    const pid = `${family.pid}`;

    const ps = await run(["ps", "-o", "rss=", "-p", pid]);
    const { stdout } = await runProcline(["--pid", pid, "--count", "1"]);

    const psBytes = Number(ps.stdout) * 1024;
    assertGreater(psBytes, 64 * MIB);
    const [sample] = parseSamples(stdout);
    const bytes = sample?.tree.rss_bytes ?? NaN;
    assertGreater(bytes, 0.95 * psBytes);
    assertLess(bytes, 1.05 * psBytes);
    assertEquals(sample?.processes[0]?.rss_bytes, bytes);
  },
});

Deno.test({
  ...needs(
    ["cc"],
    "procline shows the memory and program of a process whose main thread has ended",
  ),
  fn: async () => {
    await using family = await startFamily("leader", 64);
    await readyLine(family);
    await using procline = startProcline([
      "--pid",
      `${family.pid}`,
      "--interval",
      "50ms",
    ]);

    const { processes, tree } = await procline.sampleWhere((sample) =>
      sample.processes[0]?.state === "Z"
    );

    const [leader] = processes;
    assertEquals(leader?.num_threads, 2);
    assertEquals(leader?.exe, "family");
    const bytes = leader?.rss_bytes ?? NaN;
    assertGreaterOrEqual(bytes, 64 * MIB);
    assertLess(bytes, 80 * MIB);
    assertEquals(tree.rss_bytes, bytes);
    // The run does not end: further samples come.
    assertEquals((await procline.sample()).tree.num_processes, 1);
  },
});

Deno.test({
  ...needs(
    ["setsid"],
    "procline keeps a process in the tree that has a session of its own",
  ),
  fn: async () => {
    await using tree = startScript(
      "setsid cat <&3 > /dev/null & echo $!; wait",
    );
    const pid = Number(await tree.line());
    await using procline = startProcline([
      `--pid=${tree.pid}`,
      "--interval=20ms",
    ]);
    await procline.sampleWhere(({ processes }) =>
      processes.some((line) => line.pid === pid && line.comm === "cat")
    );
  },
});

Deno.test("procline keeps an orphan in the tree while the root lives", async () => {
  await using tree = startScript(`
    sh -c 'cat <&3 > /dev/null & echo $!; wait' &
    echo $!
    wait
    echo waited
    hold
  `);
  const printed = [await tree.line(), await tree.line()].map(Number);
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "50ms",
  ]);
  const before = await procline.sampleWhere(({ tree }) =>
    tree.num_processes === 3
  );
  const middle = before.processes.find(({ ppid }) => ppid === tree.pid);
  const last = before.processes.find(({ ppid }) => ppid === middle?.pid);
  assertEquals(
    printed.sort(),
    [middle?.pid ?? NaN, last?.pid ?? NaN].sort(),
  );

  Deno.kill(middle?.pid ?? NaN, "SIGKILL");
  assertEquals(await tree.line(), "waited");
  const after = await procline.sampleWhere(({ processes }) =>
    processes.every(({ pid }) => pid !== middle?.pid)
  );

  assertEquals(
    after.processes.map(({ pid }) => pid),
    [tree.pid, last?.pid ?? NaN],
  );
  const ppid = after.processes[1]?.ppid;
  assert(ppid !== middle?.pid && ppid !== tree.pid, "It is no orphan");
  const later = await procline.sample();
  assertEquals(later.tree.num_processes, 2);
});

/**
 * How long a process has run, and waited for a core: its schedstat, in nanoseconds of the
 * scheduler.
 */
async function readSchedule(
  pid: number,
): Promise<{ ranMs: number; waitedMs: number; atMs: number }> {
  const text = await Deno.readTextFile(`/proc/${pid}/schedstat`);
  const [ran = NaN, waited = NaN] = text.split(" ").map(Number);
  return {
    ranMs: ran / 1e6,
    waitedMs: waited / 1e6,
    atMs: performance.now(),
  };
}

/** A process that is killed, by its id, at the end of the block. */
class Ended implements Disposable {
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
  }

  [Symbol.dispose](): void {
    Deno.kill(this.#pid, "SIGKILL");
  }
}

/** Compiles family.c and starts it. It keeps running after its file is removed. */
async function startFamily(mode: string, number: number): Promise<Child> {
  using directory = new TemporaryDirectory();
  const program = `${directory.path}/family`;
  const source = new URL("family.c", import.meta.url).pathname;
  const { code, stderr } = await run([
    "cc",
    "-pthread",
    "-o",
    program,
    decodeURIComponent(source),
  ]);
  assertEquals(code, 0, stderr);
  const family = new Child([program, mode, `${number}`]);
  return family;
}

/** The words after "ready". */
async function readyLine(family: Child): Promise<string[]> {
  const line = await family.line();
  assertMatch(line, /^ready/);
  return line.split(" ").slice(1);
}

Deno.test("procline --count 1 tells what a process uses now, not on average since its start", async () => {
  // The child sleeps for a second before it burns: its average is far below what it uses.
  await using tree = startScript(`
    sh -c 'sleep 1; echo $$; while :; do :; done' &
    read end
    kill $!
    wait
  `);
  const busy = Number(await tree.line());
  using _ended = new Ended(busy);
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--count",
    "1",
  ]);

  const { processes, tree: line } = await procline.sample();

  const loop = processes.find(({ pid }) => pid === busy);
  assertEquals(loop?.average_cpu_percentage, null);
  assertGreater(loop?.cpu_window_seconds ?? NaN, 0.19);
  // On a busy host it waits for a core in some of the 20 ticks.
  assertGreater(loop?.cpu_percentage ?? NaN, 20);
  assertEquals(line.seq, 0);
  assertGreater(line.interval_seconds ?? NaN, 0.19);
});
