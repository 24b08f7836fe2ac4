import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
} from "@std/assert";
import {
  besidesMissed,
  FROM_SOURCE,
  needs,
  parseSamples,
  run,
  runProcline,
  splitLines,
  startProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

/**
 * A shell command that waits in `cat` for the end of the input. Meanwhile the shell can run its
 * traps.
 */
const HOLD = "exec 3<&0; cat <&3 > /dev/null & wait $!";

testEachWay("procline passes on the exit code of a command", async (way) => {
  for (const code of [0, 3, 255]) {
    const finished = await way.run(["--", "sh", "-c", `exit ${code}`]);
    assertEquals(finished.code, code);
    assertEquals(finished.stderr, "");
    splitLines(finished.stdout).forEach((line) => JSON.parse(line));
  }
});

testEachWay(
  "procline ends with 128 + n if signal n ended the command",
  async (way) => {
    const killed = await way.run(["--", "sh", "-c", "kill -9 $$"]);
    assertEquals(killed.code, 137);

    const terminated = await way.run(["--", "sh", "-c", "kill -TERM $$"]);
    assertEquals(terminated.code, 143);
  },
);

testEachWay(
  "procline ends with 127 if the command is not found",
  async (way) => {
    const { code, stdout, stderr } = await way.run(["--", "no-such-command"]);

    assertEquals(
      stderr,
      'procline: Cannot run "no-such-command": it is not found\n',
    );
    assertEquals(code, 127);
    assertEquals(stdout, "");
  },
);

testEachWay(
  "procline ends with 126 if the command cannot be run",
  async (way) => {
    using directory = new TemporaryDirectory();
    const file = `${directory.path}/data`;
    await Deno.writeTextFile(file, "no program", { mode: 0o644 });

    for (const path of [file, directory.path]) {
      const { code, stdout, stderr } = await way.run(["--", path]);

      assertEquals(
        stderr,
        `procline: Cannot run "${path}": it may not be executed\n`,
      );
      assertEquals(code, 126);
      assertEquals(stdout, "");
    }
  },
);

testEachWay(
  "procline keeps stdout for its lines and sends the command's to stderr",
  async (way) => {
    await using procline = way.start([
      "--interval",
      "50ms",
      "--",
      "sh",
      "-c",
      "echo to stdout; echo to stderr >&2; read line; echo $line; exit 4",
    ]);
    const lines = [await procline.line(), await procline.line()];
    await procline.closeInput();
    lines.push(...await procline.rest());

    assertEquals(await procline.code(), 4);
    assertEquals(await procline.stderr, "to stdout\nto stderr\n\n");
    const kinds = lines.map((line) => JSON.parse(line).kind);
    assertEquals(kinds.slice(0, 3), ["run", "process", "tree"]);
  },
);

testEachWay(
  "procline --output leaves the streams of the command alone",
  async (way) => {
    using directory = new TemporaryDirectory();
    const output = `${directory.path}/samples.ndjson`;
    const script = "echo to stdout; echo to stderr >&2";

    const { code, stdout, stderr } = await way.run([
      "--output",
      output,
      "--interval",
      "20ms",
      "--",
      "sh",
      "-c",
      // It ends when the first sample has been written.
      `${script}; until grep -q tree ${output}; do :; done`,
    ]);

    assertEquals(code, 0);
    assertEquals(stdout, "to stdout\n");
    assertEquals(stderr, "to stderr\n");
    const samples = parseSamples(await Deno.readTextFile(output));
    assertGreater(samples.length, 0);
    assertEquals(samples[0]?.processes[0]?.pid, samples[0]?.tree.root_pid);
  },
);

testEachWay(
  "procline sends SIGTERM, SIGINT, SIGHUP and SIGUSR1 on to the command",
  async (way) => {
    for (const signal of ["TERM", "INT", "HUP", "USR1"] as const) {
      await using procline = way.start([
        "--interval",
        "50ms",
        "--",
        "sh",
        "-c",
        `trap 'echo got ${signal} >&2; exit 9' ${signal}; ${HOLD}`,
      ]);
      await procline.sampleWhere(({ tree }) => tree.num_processes === 2);

      procline.kill(`SIG${signal}`);

      assertEquals(await procline.code(), 9);
      // The `cat` that the command started ends with the input.
      await procline.closeInput();
      assertEquals(await procline.stderr, `got ${signal}\n`);
    }
  },
);

testEachWay(
  "procline sends every further signal on to the command",
  async (way) => {
    await using procline = way.start([
      "--interval",
      "50ms",
      "--",
      "sh",
      "-c",
      `exec 3<&0
    hold() { exec cat <&3 > /dev/null; }
    trap '(hold) &' USR1 USR2
    trap 'exit 9' TERM
    (hold) & wait; wait; wait`,
    ]);

    for (const [at, signal] of (["SIGUSR1", "SIGUSR2"] as const).entries()) {
      await procline.sampleWhere(({ tree }) => tree.num_processes === 2 + at);
      procline.kill(signal);
    }
    await procline.sampleWhere(({ tree }) => tree.num_processes === 4);
    procline.kill("SIGTERM");

    assertEquals(await procline.code(), 9);
  },
);

testEachWay(
  "procline ends as a command does that a passed on signal ends",
  async (way) => {
    await using procline = way.start(["--interval", "50ms", "--", "cat"]);
    await procline.sample();

    procline.kill("SIGTERM");
    await procline.rest();

    assertEquals(await procline.code(), 143);
  },
);

testEachWay(
  "procline --count ends the samples of a command, not the command",
  async (way) => {
    await using procline = way.start([
      "--interval",
      "20ms",
      "--count",
      "2",
      "--",
      "sh",
      "-c",
      "read line; exit 5",
    ]);
    await procline.sample();
    await procline.sample();

    await procline.closeInput();

    const [end, ...more] = await procline.rest();
    assertEquals(JSON.parse(end ?? "").reason, "count");
    assertEquals(more, []);
    assertEquals(await procline.code(), 5);
  },
);

Deno.test("procline --count ends after this many samples with exit code 0", async () => {
  await using tree = startScript("echo ready; hold");
  await tree.line();

  const { code, stdout, stderr } = await runProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "20ms",
    "--count",
    "3",
  ]);

  assertEquals(code, 0);
  assertEquals(stderr, "");
  assertEquals(parseSamples(stdout).length, 3);
});

Deno.test("procline --duration ends after that time with exit code 0", async () => {
  await using tree = startScript("echo ready; hold");
  await tree.line();

  const { code, stdout } = await runProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "100ms",
    "--duration",
    "450ms",
  ]);

  assertEquals(code, 0);
  const trees = parseSamples(stdout).map((sample) => sample.tree);
  const [first, last] = [trees.at(0), trees.at(-1)];
  assertLess((last?.epoch_ms ?? NaN) - (first?.epoch_ms ?? NaN), 460);
  // Samples are due at 0, 100, 200, 300 and 400 ms. A busy host skips some, and counts them.
  const missed = trees.reduce((sum, line) => sum + line.missed_samples, 0);
  assertEquals((last?.seq ?? NaN) + 1, trees.length + missed);
  assertLess(last?.seq ?? NaN, 5);
});

Deno.test("procline --pid ends with 0 when its root ends", async () => {
  await using tree = startScript("echo ready; hold");
  await tree.line();
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "50ms",
  ]);
  await procline.sample();

  await tree.closeInput();
  await procline.rest();

  assertEquals(await procline.code(), 0);
  assertEquals(besidesMissed(await procline.stderr), "");
});

const ENDS = [["SIGTERM", 143], ["SIGINT", 130], ["SIGHUP", 129]] as const;
for (const [signal, expected] of ENDS) {
  Deno.test(`procline ends with ${expected} after ${signal} and tears no line`, async () => {
    await using tree = startScript("echo ready; hold");
    await tree.line();
    await using procline = startProcline([
      "--pid",
      `${tree.pid}`,
      "--interval",
      "5ms",
    ]);
    await procline.sample();

    procline.kill(signal);

    (await procline.rest()).forEach((line) => JSON.parse(line));
    assertEquals(await procline.code(), expected);
    assertEquals(besidesMissed(await procline.stderr), "");
  });
}

Deno.test("procline ends with 143 within two seconds of SIGTERM though nobody reads", async () => {
  await using tree = startScript(manyCats(40));
  await tree.line();
  const stuck = new Deno.Command(FROM_SOURCE[0] ?? "", {
    args: [
      ...FROM_SOURCE.slice(1),
      "--pid",
      `${tree.pid}`,
      "--interval",
      "1ms",
    ],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  try {
    await writesNoMore(stuck.pid);

    const start = performance.now();
    stuck.kill("SIGTERM");
    assertEquals((await stuck.status).code, 143);
    assertLess(performance.now() - start, 2000);
  } finally {
    await stuck.stdout.cancel();
  }
});

Deno.test({
  ...needs(["jq"], "jq reads every line of a run of 100 samples"),
  fn: async () => {
    await using tree = startScript("(hold) & echo ready; hold");
    await tree.line();

    const { code, stdout, stderr } = await run([
      "bash",
      "-c",
      `set -o pipefail; "$@" | jq -r 'select(.kind == "tree") | .root_pid'`,
      "bash",
      ...FROM_SOURCE,
      "--pid",
      `${tree.pid}`,
      "--interval",
      "20ms",
      "--count",
      "100",
    ]);

    assertEquals(stderr, "");
    assertEquals(code, 0);
    assertEquals(splitLines(stdout), Array(100).fill(`${tree.pid}`));
  },
});

Deno.test("procline ends with 0 when head has read its line", async () => {
  await using tree = startScript("echo ready; hold");
  await tree.line();

  const { code, stdout, stderr } = await run([
    "bash",
    "-c",
    `"$@" | head -1; exit "\${PIPESTATUS[0]}"`,
    "bash",
    ...FROM_SOURCE,
    "--pid",
    `${tree.pid}`,
    "--interval",
    "50ms",
  ]);

  assertEquals(code, 0);
  assertEquals(stderr, "");
  assertEquals(splitLines(stdout).map((line) => JSON.parse(line).kind), [
    "run",
  ]);
});

Deno.test("procline ends within an interval once its consumer has gone", async () => {
  await using tree = startScript("echo ready; hold");
  await tree.line();
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "500ms",
  ]);
  await procline.sample();

  const start = performance.now();
  await procline.closeOutput();

  assertEquals(await procline.code(), 0);
  assertLess(performance.now() - start, 500 + 300);
  assertEquals(besidesMissed(await procline.stderr), "");
});

testEachWay(
  "procline lets a command run on when the consumer of its lines has gone",
  async (way) => {
    await using procline = way.start([
      "--interval",
      "20ms",
      "--",
      "sh",
      "-c",
      "read line; echo done; exit 6",
    ]);
    await procline.sample();
    await procline.closeOutput();
    await procline.closeInput();

    assertEquals(await procline.code(), 6);
    assertEquals(await procline.stderr, "done\n");
  },
);

Deno.test("procline ends with 1 and a sentence when the disk is full", async () => {
  await using tree = startScript("echo ready; hold");
  await tree.line();
  const args = ["--pid", `${tree.pid}`, "--interval", "50ms"];

  for (
    const [script, sentence] of [
      [
        `"$@" > /dev/full`,
        /^procline: Cannot write the output: No space left on device \(os error 28\)\n$/,
      ],
      [
        `"$@" --output /dev/full`,
        /^procline: Cannot write the output: No space left on device \(os error 28\)\n$/,
      ],
      [
        `"$@" --record /dev/full > /dev/null`,
        /^procline: Cannot write "\/dev\/full": No space left on device \(os error 28\)\n$/,
      ],
    ] as const
  ) {
    const { code, stdout, stderr } = await run([
      "bash",
      "-c",
      script,
      "bash",
      ...FROM_SOURCE,
      ...args,
    ]);
    assertMatch(stderr, sentence);
    assertEquals(code, 1);
    assertEquals(stdout, "");
  }
});

Deno.test("procline counts in missed_samples what a slow consumer missed, and seq skips as much", async () => {
  await using tree = startScript(manyCats(40));
  await tree.line();
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "10ms",
  ]);
  await writesNoMore(procline.pid);

  let previous = await procline.sample();
  assertEquals(previous.tree.seq, 0);
  let missed = 0;
  while (missed === 0 || previous.tree.missed_samples > 0) {
    const sample = await procline.sample();
    const { seq, missed_samples, interval_seconds } = sample.tree;
    assertEquals(seq, previous.tree.seq + 1 + missed_samples);
    assertEquals(sample.processes.length, sample.tree.num_processes);
    assertGreater(interval_seconds ?? NaN, 0.009 * missed_samples);
    missed += missed_samples;
    previous = sample;
  }
  assertGreater(missed, 0);

  procline.kill("SIGTERM");
  (await procline.rest()).forEach((line) => JSON.parse(line));
  assertEquals(await procline.code(), 143);
});

Deno.test("procline says in one sentence that it needs every permission", async () => {
  const [deno = "", , , module = ""] = FROM_SOURCE;

  for (const permissions of [[], ["--allow-read=/proc"], ["--allow-read"]]) {
    const { code, stdout, stderr } = await run([
      deno,
      "run",
      "--no-prompt",
      ...permissions,
      module,
      "--pid",
      `${Deno.pid}`,
      "--count",
      "1",
    ]);
    assertMatch(
      stderr,
      /^procline: Cannot read \/proc .* deno run -A[^\n]*\n$/,
    );
    assertEquals(code, 1);
    assertEquals(stdout, "");
  }
});

/** A script of this many processes and their parent. Their lines fill a pipe in a few samples. */
function manyCats(number: number): string {
  return `
    for i in $(seq ${number}); do (hold) & done
    echo ready
    hold
  `;
}

/**
 * Returns when the pipe to the consumer of a process is full: the kernel's count of written bytes
 * has risen, and stands still.
 */
async function writesNoMore(pid: number): Promise<void> {
  let before = -1;
  for (;;) {
    const text = await Deno.readTextFile(`/proc/${pid}/io`);
    const written = Number(/^wchar: (\d+)$/m.exec(text)?.[1]);
    assert(!Number.isNaN(written), "The kernel counts no written bytes");
    if (written > 10_000 && written === before) return;
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
