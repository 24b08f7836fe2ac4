import {
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { readLines } from "../../src/cli/read_lines.ts";
import { RootError } from "../../src/errors.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { openRecording } from "../../src/recording/replayed_run.ts";
import {
  FROM_SOURCE,
  parseSamples,
  run,
  startProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

const PROCESSES = 60;

function numOpen(): number {
  return Array.from(Deno.readDirSync("/proc/self/fd")).length;
}

Deno.test("sampler() of no process, a thread, no cgroup leaves no descriptor open, 500 times", () => {
  const before = numOpen();
  const threads = Array.from(
    Deno.readDirSync("/proc/self/task"),
    ({ name }) => Number(name),
  );
  const thread = threads.find((tid) => tid !== Deno.pid) ?? 0;
  const roots = [{ pid: 2 ** 30 }, { pid: thread }, { cgroup: "/no/such" }];
  for (let i = 0; i < 500; i++) {
    for (const root of roots) {
      assertThrows(() => new Sampler(root), RootError);
    }
    const clock = {
      epochMs: () => 0,
      monotonicMs: () => {
        throw new TypeError("a bug");
      },
    };
    assertThrows(() => new Sampler({ pid: Deno.pid, clock }), TypeError);
  }
  assertEquals(numOpen(), before);
});

Deno.test("openRecording() that refuses a recording leaves no descriptor open, 500 times", async () => {
  using directory = new TemporaryDirectory();
  const path = `${directory.path}/run.ndjson`;
  const text = await Deno.readTextFile("testdata/recordings/exec.ndjson");
  const before = numOpen();
  for (
    const damaged of [
      `{}\n${text}`,
      text.replace('"rootPid":10', '"rootPid":77'),
    ]
  ) {
    await Deno.writeTextFile(path, damaged);
    for (let i = 0; i < 500; i++) {
      await assertRejects(() => openRecording(readLines(path)));
    }
  }
  const wrap = () => {
    throw new TypeError("a bug");
  };
  await Deno.writeTextFile(path, text);
  await assertRejects(
    () => openRecording(readLines(path), { wrap }),
    TypeError,
  );
  assertEquals(numOpen(), before);
});

Deno.test("procline goes on by path if the system gives it few descriptors", async () => {
  await using tree = startScript(`
    for i in $(seq ${PROCESSES - 2}); do hold & done
    echo ready
    hold
  `);
  await tree.line();
  const { code, stdout, stderr } = await run([
    ..."bash -c".split(" "),
    'ulimit -n 64 && exec "$@"',
    "bash",
    ...FROM_SOURCE,
    `--pid=${tree.pid}`,
    "--count=3",
    "--interval=50ms",
  ]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const samples = parseSamples(stdout);
  assertEquals(
    samples.map(({ tree }) => tree.num_processes),
    [PROCESSES - 1, PROCESSES - 1, PROCESSES - 1],
  );
  for (const { processes } of samples) {
    assertEquals(processes.filter(({ rss_bytes }) => rss_bytes === null), []);
  }
});

Deno.test("procline closes the files of processes that have ended", async () => {
  await using tree = startScript(`
    read -r _ <&3
    for i in $(seq 50); do sleep 1000 & pids="$pids $!"; done
    echo grown
    read -r _ <&3
    kill $pids
    wait
    echo shrunk
    hold
  `);
  await using procline = startProcline([
    `--pid=${tree.pid}`,
    "--interval=20ms",
  ]);
  const numFiles = () =>
    Array.from(Deno.readDirSync(`/proc/${procline.pid}/fd`)).length;
  // The least of several counts: one more file is open during a sample, and while the runtime
  // writes.
  const settled = async (processes: number) => {
    await procline.sampleWhere(({ tree }) => tree.num_processes === processes);
    let least = Infinity;
    for (let i = 0; i < 12; i++) {
      await procline.sample();
      least = Math.min(least, numFiles());
    }
    return least;
  };

  const before = await settled(1);
  await tree.write("grow\n");
  await tree.line();
  const most = await settled(51);
  await tree.write("shrink\n");
  await tree.line();

  // Two files for each of the 50; one more or less may be open whenever it is counted.
  assertGreater(most, before + 97);
  assertLess(await settled(1), before + 3);
});
