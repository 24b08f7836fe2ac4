import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreaterOrEqual,
  assertMatch,
} from "@std/assert";
import { ofKind } from "../support/burner.ts";
import { Pane } from "../support/pane.ts";
import {
  FROM_SOURCE,
  needs,
  run,
  runProcline,
  splitLines,
  startProcline,
  TemporaryDirectory,
} from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

testEachWay(
  "procline -- COMMAND prints the command, and the arguments of what has ended",
  async (procline) => {
    const script =
      "sh -c 'sleep 0.6 & read _ < /proc/self/stat; wait' 'a b'; exit 3";
    const { code, stdout } = await procline.run([
      "--events",
      "--collect=io",
      "--interval=50ms",
      "--",
      "sh",
      "-c",
      script,
    ]);
    assertEquals(code, 3);
    const lines = splitLines(stdout).map((line) => JSON.parse(line));
    assertEquals(lines[0].command, ["sh", "-c", script]);
    const exits = ofKind(lines, "exit").map(({ cmdline }) => cmdline);
    assertEquals(exits.filter((cmdline) => cmdline?.[0] === "sleep"), [
      ["sleep", "0.6"],
    ]);
    assert(exits.some((cmdline) => cmdline?.at(-1) === "a b"));
    const end = lines.at(-1);
    const { mean_cores, wall_seconds, user_cpu_seconds, kernel_cpu_seconds } =
      end;
    assertAlmostEquals(
      mean_cores,
      (user_cpu_seconds + kernel_cpu_seconds) / wall_seconds,
      0.001,
    );
    const peak = ofKind(lines, "tree").find(({ rss_bytes }) =>
      rss_bytes === end.peak_rss_bytes
    );
    assertEquals(
      [end.peak_rss_epoch_ms, end.peak_rss_num_processes],
      [peak?.epoch_ms, peak?.num_processes],
    );
    const last = ofKind(lines, "tree").at(-1);
    assertEquals(
      [end.io_read_chars_bytes, end.io_write_calls],
      [last?.io_read_chars_bytes_total, last?.io_write_calls_total],
    );
    assert(end.io_read_chars_bytes > 0);
  },
);

/** The lines of the summary, which stands last on standard error. */
function summaryOf(stderr: string): string {
  return stderr.slice(stderr.indexOf("procline: Summary of "));
}

/** Three children, each of which takes several intervals, and ten that take less than one. */
const BUSY =
  "for i in 1 2 3; do sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done' busy; done; for i in 1 2 3 4 5 6 7 8 9 0; do cksum < /dev/null; done > /dev/null; exit 3";

testEachWay(
  "procline --summary sums up a run, and its replay prints the same bytes",
  async (procline) => {
    using directory = new TemporaryDirectory();
    const recording = `${directory.path}/run.rec`;
    const { code, stdout, stderr } = await procline.run([
      "--summary",
      "--interval=20ms",
      `--record=${recording}`,
      "--",
      "sh",
      "-c",
      BUSY,
    ]);
    assertEquals(code, 3);
    const summary = summaryOf(stderr);
    const lines = splitLines(stdout).map((line) => JSON.parse(line));
    const [run, end] = [lines[0], lines.at(-1)];
    // Arguments are read for the summary alone.
    assertEquals(run.collectors, []);
    assert(!stdout.includes('"cmdline"'));
    const seconds = end.user_cpu_seconds + end.kernel_cpu_seconds;
    // What is rounded to three decimals may not round to the same two.
    const cores = seconds / end.wall_seconds;
    const peak = (end.peak_rss_bytes / 2 ** 20).toFixed(1);
    for (
      const text of [
        `procline: Summary of sh -c "${BUSY}"\n`,
        "  ended      with exit code 3, after ",
        `  CPU        ${seconds.toFixed(2)} s: `,
        `; ${cores.toFixed(2)} cores on average\n`,
        `  memory     ${peak} MiB resident at most, `,
        ` in ${end.peak_rss_num_processes} process`,
        `  samples    ${end.samples}, each 0.02 s`,
        "  Most memory at one time:\n",
      ]
    ) assert(summary.includes(text), `${text}\n${summary}`);
    const lasted = /exit code 3, after ([\d.]+) s$/m.exec(summary)?.[1];
    assertAlmostEquals(
      Number(lasted),
      (end.epoch_ms - run.epoch_ms) / 1000,
      0.1,
    );
    const rows = summary.slice(0, summary.indexOf("Most memory"))
      .match(/^ +[\d.]+ +[\d.]+% +[\d.]+ +\d+ sh -c .* busy$/gm);
    assertEquals(rows?.length, 3, summary);

    const again = await procline.run(["--replay", recording, "--summary"]);
    assertEquals([again.code, again.stderr], [0, summary]);
    const silent = await procline.run(["--replay", recording]);
    assertEquals(silent.stderr, "");
  },
);

testEachWay(
  "procline says so early and at the end if most samples are missed, with the reason",
  async (procline) => {
    const { code, stderr } = await procline.run([
      "--interval=0.05ms",
      "--count=40",
      "--output=/dev/null",
      "--pid",
      `${Deno.pid}`,
    ]);
    assertEquals(code, 0);
    const reason =
      "(?:reading the processes took too long|whoever takes the lines was slow|the host gave this program no time)";
    const why = `(?:as ${reason}|\\d+ as ${reason}(?:, \\d+ as ${reason})*)`;
    assertMatch(
      stderr,
      new RegExp(
        `^procline: Missed \\d+ of \\d+ samples so far, ${why}; a longer --interval helps\n` +
          `procline: Missed \\d+ of \\d+ samples, ${why}; a longer --interval helps\n$`,
      ),
    );
    const few = await procline.run([
      "--interval=500ms",
      "--count=2",
      "--output=/dev/null",
      "--pid",
      `${Deno.pid}`,
    ]);
    assertEquals(few.stderr, "");
  },
);

const PROCLINE = FROM_SOURCE.join(" ");

for (
  const [args, where, isShown] of [
    ["", "", true],
    ["", "> /dev/null", true],
    ["", "2> $FILES/stderr", true],
    ["", "> $FILES/lines 2> $FILES/stderr", false],
    ["--no-summary", "", false],
    ["-t", "", true],
  ] as const
) {
  Deno.test({
    ...needs(
      ["tmux"],
      `procline ${args} -- COMMAND ${where} on a terminal prints ${
        isShown ? "a summary cut to its window" : "no summary"
      }`,
    ),
    fn: async () => {
      await using pane = await Pane.open(
        { columns: 90, rows: 50 },
        `${PROCLINE} ${args} -i 100ms -- sh -c 'sleep 0.4; exec 2>&-' ${
          "word".repeat(40)
        } ${where}; echo "code $?"; cat $FILES/stderr 2> /dev/null; echo done; exec cat`,
      );
      const lines = await pane.until(
        "the end",
        (lines) => lines.includes("done"),
      );
      const text = lines.join("\n");
      assert(lines.includes("code 0"), text);
      const summary = lines.filter((line) =>
        line.startsWith("procline: Summary of sh -c ")
      );
      assertEquals([summary.length, text], [isShown ? 1 : 0, text]);
      if (!isShown || where.startsWith("2>")) return;
      assert(summary[0]?.endsWith("…"), text);
      assert(lines.some((line) => /^ .* sh -c .*…$/.test(line)), text);
    },
  });
}

Deno.test("procline --summary sums up a run that a signal ends, and one whose lines nobody reads", async () => {
  await using procline = startProcline([
    "--summary",
    "--interval=50ms",
    "--pid",
    `${Deno.pid}`,
  ]);
  await procline.sample();
  procline.kill("SIGTERM");
  assertEquals(await procline.code(), 143);
  assertMatch(
    await procline.stderr,
    new RegExp(
      `^procline: Summary of process ${Deno.pid}\n {2}ended {6}by a signal to procline, after `,
    ),
  );

  const { stderr, code } = await run([
    "sh",
    "-c",
    `${PROCLINE} --summary --interval=50ms --pid ${Deno.pid} | head -n 3 > /dev/null`,
  ]);
  assertEquals(code, 0);
  assertMatch(
    stderr,
    /\n {2}ended {6}as nobody read the lines any more, after/,
  );
});

Deno.test("procline says how long a run lasted to its end, though no sample was near, and so does its replay", async () => {
  using directory = new TemporaryDirectory();
  const recording = `${directory.path}/run.rec`;
  const shown = ["--format", "table", "--summary"];
  await using procline = startProcline([
    ...shown,
    `--record=${recording}`,
    "--interval=1h",
    `--pid=${Deno.pid}`,
  ]);
  await procline.line();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  procline.kill("SIGTERM");
  const last = (await procline.rest()).at(-1);
  const stderr = await procline.stderr;

  const seconds = (text = "") => Number(/([\d.]+) s$/m.exec(text)?.[1]);
  assertGreaterOrEqual(seconds(last), 1.5);
  assertMatch(stderr, /ended {6}by a signal to procline, after/);
  assertGreaterOrEqual(seconds(stderr), 1.5);
  const replayed = await runProcline(["--replay", recording, ...shown]);
  assertEquals(splitLines(replayed.stdout).at(-1), last);
  assertEquals(replayed.stderr, stderr);
});

Deno.test("procline --summary lets no argument reach the terminal", async () => {
  const { stderr } = await runProcline([
    "--summary",
    "--interval=50ms",
    "--output=/dev/null",
    "--",
    "sh",
    "-c",
    "sleep 0.3; :",
    "\u001b[31mred\n\u009b\u202e",
  ]);
  const summary = summaryOf(stderr);
  const controls = /[\p{Cc}\p{Cf}]/u;
  assertEquals(controls.test(summary.replaceAll("\n", "")), false);
  assert(summary.includes('"\\u001b[31mred\\n\\u009b\\u202e"'), summary);
});
