import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { faultsOf } from "../support/lines.ts";
import { residentBytes } from "../support/memory.ts";
import {
  besidesMissed,
  FROM_SOURCE,
  needs,
  parseSamples,
  run,
  startProcline,
  startScript,
  startTree,
} from "../support/procline.ts";
import { cpuSecondsOf } from "../support/stat.ts";

const MIB = 1024 ** 2;

/** The text of each sample, with its tree line at the end. */
function samplesIn(lines: readonly string[]): string[] {
  return lines.filter((line) => !/"kind":"(run|end)"/.test(line)).join("\n")
    .split(/(?<="kind":"tree".*\n)/).map((text) =>
      text.endsWith("\n") ? text : `${text}\n`
    );
}

Deno.test("procline waits for a consumer that reads nothing for ten seconds: it neither grows nor turns, and says what was missed", async () => {
  await using tree = startTree(58);
  await tree.line();
  await using procline = startProcline([
    `--pid=${tree.pid}`,
    "--interval=50ms",
  ]);
  await procline.sample();
  const lines: string[] = [];

  // There is no event to wait for: procline must do nothing.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = [
    cpuSecondsOf(procline.pid),
    residentBytes(procline.pid) / MIB,
  ];
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const after = [cpuSecondsOf(procline.pid), residentBytes(procline.pid) / MIB];
  while (!(lines.at(-1)?.includes('"kind":"tree"') && lines.length > 1500)) {
    lines.push(await procline.line());
  }

  const samples = samplesIn(lines);
  for (const text of samples) assertEquals(faultsOf(text), []);
  const missed = samples.reduce(
    (sum, text) =>
      sum + JSON.parse(text.trim().split("\n").at(-1) ?? "").missed_samples,
    0,
  );
  assertGreater(missed, 150);
  assertLessOrEqual((after[0] ?? NaN) - (before[0] ?? NaN), 0.2);
  assertLess((after[1] ?? NaN) - (before[1] ?? NaN), 8);
});

Deno.test("procline ends with 0 and says nothing when its consumer closes in mid-line", async () => {
  await using tree = startTree(58);
  await tree.line();
  const [deno = "", ...args] = FROM_SOURCE;
  for (const bytes of [1, 100, 5000, 70_000]) {
    const child = new Deno.Command(deno, {
      args: [...args, `--pid=${tree.pid}`, "--interval=20ms"],
      stdout: "piped",
      stderr: "piped",
      env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    }).spawn();
    const said = new Response(child.stderr).text();
    const reader = child.stdout.getReader({ mode: "byob" });
    for (let left = bytes; left > 0;) {
      const { value } = await reader.read(new Uint8Array(left));
      left -= value?.length ?? left;
    }
    await reader.cancel();
    assertEquals(
      { code: (await child.status).code, said: await said },
      { code: 0, said: "" },
    );
  }
});

/** Gives procline a pipe that does not block, and reads it slowly. */
const SLOW_PARENT = `
import fcntl, os, subprocess, sys, time
read, write = os.pipe()
fcntl.fcntl(write, fcntl.F_SETFL, os.O_NONBLOCK)
child = subprocess.Popen(sys.argv[1:], stdout=write)
os.close(write)
while True:
    data = os.read(read, 3000)
    if not data:
        break
    sys.stdout.buffer.write(data)
    time.sleep(0.001)
sys.exit(child.wait())
`;

Deno.test({
  ...needs(
    ["python3"],
    "procline writes every byte once into a pipe that does not block",
  ),
  fn: async () => {
    await using tree = startTree(298);
    await tree.line();
    const { code, stdout, stderr } = await run([
      "python3",
      "-c",
      SLOW_PARENT,
      ...FROM_SOURCE,
      `--pid=${tree.pid}`,
      "--count=5",
      "--interval=20ms",
    ]);
    assertEquals([code, besidesMissed(stderr)], [0, ""]);
    const samples = parseSamples(stdout);
    assertEquals(samples.length, 5);
    for (const { processes, tree } of samples) {
      assertEquals(processes.length, tree.num_processes);
      assert(processes.length >= 299);
    }
  },
});

Deno.test("procline ends as it would if nobody can be told why", async () => {
  for (const stderr of ["/dev/full", "&-"]) {
    const { code, stdout } = await run([
      ..."bash -c".split(" "),
      `exec "$@" 2>${stderr}`,
      "bash",
      ...FROM_SOURCE,
      ..."-- /nowhere/command".split(" "),
    ]);
    assertEquals({ code, stdout }, { code: 127, stdout: "" });
  }
});

Deno.test("procline says after SIGSTOP what it missed, on the sample that came late", async () => {
  await using tree = startScript("echo ready; hold");
  await tree.line();
  await using procline = startProcline([
    `--pid=${tree.pid}`,
    "--interval=20ms",
  ]);
  await procline.sample();
  procline.kill("SIGSTOP");
  // There is no event to wait for while the process is stopped.
  await new Promise((resolve) => setTimeout(resolve, 500));
  procline.kill("SIGCONT");

  const { tree: late } = await procline.sampleWhere(({ tree }) =>
    (tree.interval_seconds ?? 0) > 0.4
  );
  assertGreater(late.missed_samples, 15);
});
