import { assertEquals, assertGreater } from "@std/assert";
import {
  FROM_SOURCE,
  parseSamples,
  run,
  startProcline,
  startScript,
} from "../support/procline.ts";

const PROCESSES = 60;

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

  assertGreater(most, before + 99);
  assertEquals(await settled(1), before);
});
