import { assert, assertEquals, assertMatch } from "@std/assert";
import { Pane } from "../support/pane.ts";
import {
  FROM_SOURCE,
  needs,
  run,
  runProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

const PROCLINE = FROM_SOURCE.join(" ");
const TITLE = /^ +PID +%CPU +RSS RSS\/MIN +THR S +AGE COMMAND$/;
const RESTORED = { isAlternate: false, hasCursor: true, wraps: true };
const DRAWING = { isAlternate: true, hasCursor: false, wraps: false };

/** Runs procline in a pane between two lines, and waits with the pane open. */
function script(args: string): string {
  return `echo before; (echo $BASHPID > $FILES/pid; exec ${PROCLINE} ${args});
echo "code $?"; exec cat`;
}

function hasTable(lines: readonly string[]): boolean {
  return lines.some((line) => TITLE.test(line));
}

/** Without the line about processes of the host that ended while a sample was taken. */
function perfect(lines: readonly string[]): string[] {
  return lines.filter((line) => !line.startsWith("Not perfect: "));
}

/** A tree of a shell and this many children; some of them have a name that fits no window. */
function startTree(children: number, withLongNames = 1) {
  return startScript(`
    long() { exec bash -c 'exec -a "$0" cat <&3 > /dev/null' ${
    "x".repeat(200)
  }; }
    for i in $(seq ${withLongNames}); do long & done
    for i in $(seq ${children - withLongNames}); do hold & done
    echo ready
    hold
  `);
}

for (const columns of [80, 120]) {
  Deno.test({
    ...needs(
      ["tmux"],
      `-t fits a terminal of ${columns} columns, and says what it left out`,
    ),
    fn: async () => {
      await using tree = startTree(30);
      await tree.line();
      await using pane = await Pane.open(
        { columns, rows: 24 },
        script(`-t --pid ${tree.pid} --interval 100ms --sort tree`),
      );
      const shown = await pane.until(
        "the program of each child in a table",
        (lines) =>
          hasTable(lines) && lines.some((line) => line.endsWith("x…")) &&
          perfect(lines).slice(3, -1).every((line) => /(?:cat|x…)$/.test(line)),
      );
      assertEquals(await pane.flags(), DRAWING);
      assertEquals(shown.length, 24);
      const lines = perfect(shown);
      const rows = lines.slice(3, -1);
      assertMatch(
        lines[0] ?? "",
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC {2}pid \d+ \w+ {2}31 processes {2}31 threads$/,
      );
      assertMatch(
        lines[1] ?? "",
        /^CPU [\d.]+%.*, [\d.]+% of [\d.]+ cores? {2}RSS [\d.]+M$/,
      );
      assertMatch(lines[2] ?? "", TITLE);
      for (const row of rows) {
        assertMatch(
          row,
          /^ +\d+ +[\d.]+ +[\d.]+[KM] +\S+ +1 [SR] +\d+s (?:cat| {2}cat| {2}x+…)$/,
        );
        if (row.endsWith("x…")) assertEquals(row.length, columns);
      }
      assertEquals(lines.at(-1), `${31 - rows.length} more rows`);
    },
  });
}

Deno.test({
  ...needs(
    ["tmux"],
    "-t draws again when the window changes, not only with the next sample",
  ),
  fn: async () => {
    await using tree = startTree(30, 30);
    await tree.line();
    await using pane = await Pane.open(
      { columns: 80, rows: 24 },
      script(`-t --pid ${tree.pid} --interval 1h`),
    );
    const before = await pane.until("a table", hasTable);
    await pane.resize(90, 10);
    const small = await pane.until(
      "a small table",
      (lines) => lines.length === 10 && / more rows$/.test(lines[9] ?? ""),
    );
    assertEquals(small[0], before[0]);
    await pane.resize(100, 40);
    const large = await pane.until(
      "a large table",
      (lines) => perfect(lines).length === 34,
    );
    assertEquals(large[0], before[0]);
    assert(!large.some((line) => line.includes("more row")));
    await pane.press("C-c");
    const after = await pane.until(
      "the end",
      (lines) => lines.includes("code 130"),
    );
    assertEquals([after[0], after.at(-1)], ["before", "code 130"]);
    assertEquals(hasTable(after), false);
  },
});

Deno.test({
  ...needs(
    ["tmux"],
    "-t leaves no part of the table behind in a window that has become wide and low",
  ),
  fn: async () => {
    await using tree = startTree(30, 30);
    await tree.line();
    await using pane = await Pane.open(
      { columns: 80, rows: 24 },
      script(`-t --pid ${tree.pid} --interval 100ms`),
    );
    /** Whether all rows but that of the root, wherever it stands, are as long as can be. */
    const areLong = (rows: readonly string[], length: number) =>
      rows.every((row) =>
        row.length === length && row.endsWith("x…") || row.endsWith(" cat")
      );
    await pane.until(
      "long rows",
      (lines) => hasTable(lines) && areLong(lines.slice(4, 23), 80),
    );
    await pane.resize(120, 12);
    await pane.until(
      "longer rows",
      (lines) => lines.length === 12 && areLong(lines.slice(4, 11), 120),
    );
    await pane.press("C-c");
    const lines = await pane.until(
      "its code",
      (lines) => lines.some((line) => line.startsWith("code ")),
    );
    assertEquals([lines[0], lines.at(-1)], ["before", "code 130"]);
  },
});

for (
  const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
    ["SIGUSR1", 138],
    ["SIGALRM", 142],
  ] as const
) {
  Deno.test({
    ...needs(["tmux"], `-t restores the terminal after ${signal}`),
    fn: async () => {
      await using pane = await Pane.open(
        { columns: 80, rows: 24 },
        script(`-t --pid $$ --interval 100ms`),
      );
      await pane.until("a table", hasTable);
      assertEquals(await pane.flags(), DRAWING);
      Deno.kill(Number(await Deno.readTextFile(pane.file("pid"))), signal);
      const lines = await pane.until(
        "its code",
        (lines) => lines.some((line) => line.startsWith("code ")),
      );
      // A shell may say how its child ended.
      assertEquals(lines.filter((line) => line !== ""), [
        "before",
        `code ${code}`,
      ]);
      assertEquals(await pane.flags(), RESTORED);
    },
  });
}

Deno.test({
  ...needs(
    ["tmux"],
    "-t restores the terminal and leaves the last table when the root has ended",
  ),
  fn: async () => {
    await using tree = startTree(2);
    await tree.line();
    await using pane = await Pane.open(
      { columns: 80, rows: 24 },
      script(`-t --pid ${tree.pid} --interval 100ms`),
    );
    await pane.until("a table", hasTable);
    await tree.closeInput();
    const lines = await pane.until(
      "its code",
      (lines) => lines.includes("code 0"),
    );
    assertEquals(await pane.flags(), RESTORED);
    assertEquals(lines[0], "before");
    assert(hasTable(lines));
    assertMatch(
      lines.at(-2) ?? "",
      /^End: exited; \d+ samples(?:, \d+ missed)? in \d+\.\d s$/,
    );
  },
});

Deno.test({
  ...needs(
    ["tmux"],
    "-t gives the terminal back on Ctrl-Z, and takes it again with fg",
  ),
  fn: async () => {
    await using pane = await Pane.open(
      { columns: 80, rows: 24 },
      "exec bash --norc -i",
    );
    await pane.until(
      "a prompt",
      (lines) => /[$#]$/.test(lines.at(-1) ?? ""),
    );
    await pane.press(`${PROCLINE} -t --pid $$ --interval 100ms`, "Enter");
    await pane.until("a table", hasTable);
    await pane.press("C-z");
    await pane.until(
      "a stopped job",
      (lines) => lines.some((line) => line.startsWith("[1]+  Stopped")),
    );
    assertEquals(await pane.flags(), RESTORED);
    // In the background it would draw over the shell: it is stopped.
    await pane.press("bg; wait; jobs", "Enter");
    await pane.until(
      "a job that is stopped again",
      (lines) =>
        lines.filter((line) => line.startsWith("[1]+  Stopped")).length >= 2,
    );
    await pane.press("clear; fg", "Enter");
    await pane.until("a table", hasTable);
    assertEquals(await pane.flags(), DRAWING);
    await pane.press("C-c");
    await pane.until("a prompt", (lines) => !hasTable(lines));
    assertEquals(await pane.flags(), RESTORED);
  },
});

Deno.test({
  ...needs(
    ["tmux"],
    "-t shows hostile names and arguments, and they move nothing",
  ),
  fn: async () => {
    const nasty =
      "\\033[2J\\033[1;1H\\r\\n\\t\\302\\233H\\342\\200\\256日本語é";
    await using tree = startScript(`
      printf '${nasty}' > /dev/null
      bash -c 'exec -a "$(printf "x${nasty}")" cat "$@"' - <&3 > /dev/null &
      (sleep 0.01; printf 'a\\033[5;5Hb\\n' > /proc/self/comm; hold) &
      echo ready
      hold
    `);
    await tree.line();
    await using pane = await Pane.open(
      { columns: 80, rows: 24 },
      script(`-t --pid ${tree.pid} --interval 100ms`),
    );
    const shown = await pane.until(
      "the name",
      (lines) => lines.some((line) => line.includes("日本語")),
    );
    const lines = perfect(shown);
    assertMatch(lines[0] ?? "", /^\d{4}-/);
    assertMatch(lines[2] ?? "", TITLE);
    const row = lines.find((line) => line.includes("日本語")) ?? "";
    assertMatch(row, / x\?\[2J\?\[1;1H\?\?\?\?H\?日本語é$/);
    assert(
      lines.slice(3).every((line) => /^ *\d+ /.test(line)),
      lines.join("\n"),
    );
  },
});

Deno.test({
  ...needs(
    ["tmux"],
    "-t prints blocks while a command writes to the same terminal",
  ),
  fn: async () => {
    await using pane = await Pane.open(
      { columns: 80, rows: 40 },
      script(`-t --interval 200ms --count 3 -- sh -c 'echo mine; sleep 0.5'`),
    );
    const lines = await pane.until(
      "its code",
      (lines) => lines.includes("code 0"),
    );
    assertEquals(lines[0], "before");
    assert(lines.includes("mine"));
    assert(
      lines.filter((line) => TITLE.test(line)).length >= 2,
      lines.join("\n"),
    );
  },
});

Deno.test({
  ...needs(
    ["tmux"],
    "-t draws in place if the output of a command goes elsewhere",
  ),
  fn: async () => {
    await using pane = await Pane.open(
      { columns: 80, rows: 24 },
      script(
        `-t --interval 100ms -- sh -c 'echo mine; sleep 100' 2> $FILES/log`,
      ),
    );
    await pane.until("a table", hasTable);
    assertEquals(await pane.flags(), DRAWING);
    await pane.press("C-c");
    const lines = await pane.until(
      "its code",
      (lines) => lines.some((line) => line.startsWith("code ")),
    );
    assertEquals([lines[0], lines.at(-1)], ["before", "code 130"]);
    assertEquals(await pane.flags(), RESTORED);
    const log = await Deno.readTextFile(pane.file("log"));
    assertEquals(
      log.split("\n").slice(0, 2),
      ["mine", 'procline: Summary of sh -c "echo mine; sleep 100"'],
    );
  },
});

Deno.test({
  ...needs(["tmux"], "-t has colours on a terminal, unless NO_COLOR is set"),
  fn: async () => {
    for (
      const [env, expected] of [[{}, true], [{ NO_COLOR: "1" }, false]] as const
    ) {
      await using pane = await Pane.open(
        { columns: 80, rows: 24 },
        script(`-t --pid $$ --interval 100ms`),
        env,
      );
      await pane.until("a table", hasTable);
      const styled = await pane.styled();
      assertEquals(styled.includes("\u001b[1m"), expected, styled);
    }
  },
});

Deno.test("-t prints blocks into a pipe, uncut", async () => {
  const long = "x".repeat(300);
  await using tree = startScript(`sh -c 'cat <&3 > /dev/null; :' ${long} &
    echo ready
    hold`);
  await tree.line();
  const { code, stdout, stderr } = await runProcline([
    "-t",
    `--pid=${tree.pid}`,
    "--count=2",
    "--interval=50ms",
    "--sort=tree",
  ]);
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  assertEquals(lines.filter((line) => TITLE.test(line)).length, 2);
  assertEquals(lines.filter((line) => line.includes(long)).length, 2);
  assert(lines.some((line) => / {3}sh -c cat <&3/.test(line)), stdout);
});

Deno.test({
  ...needs(
    ["tmux", "prlimit"],
    "-t restores the terminal after an error, and says it only then",
  ),
  fn: async () => {
    await using pane = await Pane.open(
      { columns: 80, rows: 24 },
      script("-t --pid $$ --interval 50ms --record $FILES/run"),
    );
    await pane.until("a table", hasTable);
    const pid = await Deno.readTextFile(pane.file("pid"));
    // From now on its files may not grow any more.
    await run(["prlimit", `--pid=${pid.trim()}`, "--fsize=1"]);
    const lines = await pane.until(
      "its code",
      (lines) => lines.some((line) => line.startsWith("code ")),
    );
    assertEquals(await pane.flags(), RESTORED);
    assertEquals(lines[0], "before");
    assertEquals(lines.at(-1), "code 1");
    assertMatch(
      lines.slice(1, -1).join(""),
      /^procline: Cannot write .*File too large/,
    );
  },
});

Deno.test("-t --record replays to the same bytes, and records of it have no arguments", async () => {
  await using tree = startTree(3);
  await tree.line();
  using directory = new TemporaryDirectory();
  const recording = `${directory.path}/run`;
  const { stdout: live } = await runProcline([
    "-t",
    `--pid=${tree.pid}`,
    "--count=3",
    "--interval=50ms",
    `--record=${recording}`,
  ]);
  const { stdout: replayed, stderr } = await runProcline([
    "-t",
    `--replay=${recording}`,
  ]);
  assertEquals([replayed, stderr], [live, ""]);
  assertMatch(live, / S +\d+s cat$/m);
  const { stdout: records } = await runProcline([`--replay=${recording}`]);
  assertEquals(records.includes('cmdline":'), false);
});
