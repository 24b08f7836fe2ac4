// deno-lint-ignore-file no-console camelcase -- it prints figures; names are those on lines.
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { type AnyLine, Burner, linesToEnd, ofKind } from "../support/burner.ts";
import {
  Child,
  needs,
  run,
  startProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

/**
 * How long to wait for a certain line. Other lines keep coming, so the patience for a single line
 * does not limit the wait.
 */
const PATIENCE_MS = 20_000;

const EVENTS = ["start", "exit", "exec", "reparented"];

/** The lines up to the first that meets a condition, that one included. */
async function linesUpTo(
  procline: Child,
  isLast: (line: AnyLine) => boolean,
): Promise<AnyLine[]> {
  const lines: AnyLine[] = [];
  const latest = Date.now() + PATIENCE_MS;
  do {
    if (Date.now() > latest) throw new Error("Waited in vain for a line");
    lines.push(JSON.parse(await procline.line()));
  } while (!isLast(lines.at(-1) ?? {}));
  return lines;
}

function watchEvents(pid: number): Child {
  return startProcline([
    "--pid",
    `${pid}`,
    "--events",
    "--interval",
    "50ms",
  ]);
}

Deno.test({
  ...needs(["ps"], "procline --events says who started, when, and with what"),
  fn: async () => {
    const beginMs = Date.now();
    await using tree = startScript("(hold) & echo ready; wait");
    await tree.line();
    const readyMs = Date.now();
    await using procline = watchEvents(tree.pid);

    const lines = await linesUpTo(procline, ({ kind }) => kind === "tree");

    const starts = ofKind(lines, "start");
    assertEquals(
      starts.map(({ pid }) => pid),
      ofKind(lines, "process").map(({ pid }) => pid),
    );
    assertEquals(starts.length, 2);
    assertEquals(starts[0]?.pid, tree.pid);
    assertEquals(starts[0]?.ppid, Deno.pid);
    assertEquals(starts[1]?.ppid, tree.pid);
    for (const { pid, uid, started_at, cmdline } of starts) {
      const text = await Deno.readTextFile(`/proc/${pid}/cmdline`);
      assertEquals(cmdline, text.slice(0, -1).split("\0"));
      const told = await run([
        "ps",
        "-o",
        "uid=",
        "-o",
        "lstart=",
        "-p",
        `${pid}`,
      ], { env: { TZ: "UTC", LC_ALL: "C" } });
      const [, psUid, psStart = ""] = /^\s*(\d+)\s+(.+?)\s*$/.exec(
        told.stdout,
      ) ?? [];
      assertEquals(uid, Number(psUid));
      const apart = Date.parse(started_at) - Date.parse(`${psStart} UTC`);
      console.log(
        `start of ${pid}: procline ${started_at}, ps ${psStart}`,
      );
      // It began between these two moments.
      assertGreaterOrEqual(Date.parse(started_at), beginMs - 50);
      assertLessOrEqual(Date.parse(started_at), readyMs + 50);
      // ps cuts the time of boot (btime in /proc/stat) to whole seconds, and then the sum as well.
      assertGreater(apart, -50);
      assertLess(apart, 2050);
    }
  },
});

Deno.test({
  ...needs(
    ["cc"],
    "procline --events says who ended, after how long and having used what",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using tree = startScript(`
      read go
      (${burner.program} quiet 32 <&3; true) &
      wait
      hold`);
    await using procline = watchEvents(tree.pid);
    await linesUpTo(procline, ({ kind }) => kind === "tree");
    await tree.write("go\n");
    assertEquals(await tree.line(), "ready");
    const readyAt = Date.now();

    // This sample comes after the process has touched its memory.
    const lines = await linesUpTo(
      procline,
      ({ kind, epoch_ms }) => kind === "tree" && epoch_ms > readyAt,
    );
    const seen = ofKind(lines, "process").findLast(({ comm }) =>
      comm === "burner"
    );
    const pid = seen?.pid;
    const uptime_seconds = seen?.uptime_seconds;
    assertEquals(ofKind(lines, "exit"), []);
    Deno.kill(pid, "SIGKILL");
    const more = await linesUpTo(
      procline,
      (line) => line.kind === "exit" && line.pid === pid,
    );

    const exit = more.at(-1);
    assertEquals(exit?.pid, pid);
    assertEquals(exit?.comm, "burner");
    assertGreater(exit?.peak_rss_bytes, 32 * 2 ** 20);
    assertLess(exit?.peak_rss_bytes, 40 * 2 ** 20);
    assertGreaterOrEqual(exit?.lifetime_seconds, uptime_seconds);
    assertLess(exit?.lifetime_seconds, uptime_seconds + 5);
    // It burnt 50 ms, and has kept still since.
    const used = exit?.user_cpu_seconds_total + exit?.kernel_cpu_seconds_total;
    assertGreaterOrEqual(used, 0.03);
    assertLess(used, 0.3);
  },
});

Deno.test("procline --events reports an exec: the same process, a new program", async () => {
  await using tree = startScript(
    "(read go; exec cat > /dev/null) <&3 & echo $!; wait",
  );
  const child = Number(await tree.line());
  await using procline = watchEvents(tree.pid);
  const before = await linesUpTo(procline, ({ kind }) => kind === "tree");
  const shell = before.find(({ kind, pid }) =>
    kind === "process" && pid === child
  );

  await tree.write("go\n");
  const exec = (await linesUpTo(procline, ({ kind }) => kind === "exec")).at(
    -1,
  );

  assertEquals(exec?.pid, child);
  assertEquals(exec?.start_ticks, shell?.start_ticks);
  assertEquals(exec?.previous_exe, shell?.exe);
  assertEquals(exec?.comm, "cat");
  const link = await Deno.readLink(`/proc/${child}/exe`);
  assertEquals(exec?.exe, link.slice(link.lastIndexOf("/") + 1));
});

Deno.test({
  ...needs(["cc"], "procline --events tells of a new parent"),
  fn: async () => {
    using burner = await Burner.compile();
    await using daemon = new Child([burner.program, "daemon", "1"]);
    const [, middle = NaN, last = NaN] = (await daemon.line()).split(" ")
      .map(Number);
    await using procline = watchEvents(daemon.pid);
    await linesUpTo(procline, ({ kind }) => kind === "tree");

    await daemon.write("end the middle\n");
    const lines = await linesUpTo(
      procline,
      ({ kind }) => kind === "reparented",
    );
    const event = lines.at(-1);

    assertEquals(event?.pid, last);
    assertEquals(event?.previous_ppid, middle);
    const status = await Deno.readTextFile(`/proc/${last}/status`);
    assertEquals(
      event?.ppid,
      Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]),
    );
    const more = await linesUpTo(procline, ({ kind }) => kind === "tree");
    const exits = ofKind([...lines, ...more], "exit");
    assertEquals(exits.map(({ pid }) => pid), [middle]);
  },
});

Deno.test("procline without --events prints none except its end", async () => {
  await using procline = startProcline([
    "--interval",
    "20ms",
    "--",
    "sh",
    "-c",
    "i=0; while [ $i -lt 20 ]; do sh -c 'exec cat /dev/null'; i=$((i + 1)); done",
  ]);

  const lines = await linesToEnd(procline);

  for (const kind of EVENTS) assertEquals(ofKind(lines, kind), []);
  assertEquals(ofKind(lines, "end").length, 1);
});

Deno.test("procline --events reports each start before its exit, and of none twice", async () => {
  await using procline = startProcline([
    "--events",
    "--interval",
    "10ms",
    "--",
    "sh",
    "-c",
    "i=0; while [ $i -lt 20 ]; do sh -c 'sleep 0.02; exec cat /dev/null'; i=$((i + 1)); done",
  ]);

  const lines = await linesToEnd(procline);

  const keyOf = ({ pid, start_ticks }: AnyLine) => `${pid} ${start_ticks}`;
  const started = new Set<string>();
  const ended = new Set<string>();
  for (const line of lines) {
    if (line.kind === "start") {
      assert(!started.has(keyOf(line)), `Started twice: ${keyOf(line)}`);
      started.add(keyOf(line));
    }
    if (line.kind === "process") assert(started.has(keyOf(line)));
    if (line.kind === "exit") {
      assert(started.has(keyOf(line)) && !ended.has(keyOf(line)));
      ended.add(keyOf(line));
    }
  }
  assertGreater(started.size, 20);
  // Every process has ended when the run ends.
  assertEquals([...started].filter((key) => !ended.has(key)), []);
});

Deno.test("procline ends with a line with what time -v reports, for the tree", async () => {
  using directory = new TemporaryDirectory();
  const started = performance.now();
  await using procline = startProcline([
    "--interval",
    "100ms",
    "--",
    "sh",
    "-c",
    "(sleep 0.6) & (sleep 0.6) & wait; exit 7",
  ], { cwd: directory.path });

  const lines = await linesToEnd(procline);
  const code = await procline.code();

  const elapsed = (performance.now() - started) / 1000;
  const end = lines.at(-1);
  const trees = ofKind(lines, "tree");
  assertEquals(code, 7);
  assertEquals(end?.reason, "exited");
  assertEquals(end?.exit_code, 7);
  assertEquals(end?.signal, null);
  // The command starts some milliseconds before the run.
  assertGreater(end?.wall_seconds, 0.5);
  assertLess(end?.wall_seconds, elapsed);
  const mostOf = (key: string) => Math.max(...trees.map((tree) => tree[key]));
  assertEquals(end?.peak_num_processes, mostOf("num_processes"));
  assertGreaterOrEqual(end?.peak_num_processes, 3);
  assertEquals(end?.peak_rss_bytes, mostOf("rss_bytes"));
  assertEquals(end?.samples, trees.length);
  assertEquals(
    end?.missed_samples,
    trees.reduce((sum, tree) => sum + tree.missed_samples, 0),
  );
  assertLessOrEqual(end?.user_cpu_seconds + end?.kernel_cpu_seconds, 0.3);
  assertEquals(await procline.rest(), []);
});

Deno.test("procline's end line names the signal that ended the command", async () => {
  await using procline = startProcline([
    "--interval",
    "50ms",
    "--",
    "sh",
    "-c",
    "kill -TERM $$",
  ]);

  const end = (await linesToEnd(procline)).at(-1);

  assertEquals(end?.reason, "exited");
  assertEquals(end?.exit_code, null);
  assertEquals(end?.signal, "SIGTERM");
  assertEquals(await procline.code(), 128 + 15);
});

for (
  const [reason, args] of [
    ["count", ["--count", "3"]],
    ["duration", ["--duration", "300ms"]],
    ["signal", []],
    ["exited", []],
  ] as const
) {
  Deno.test(`procline --pid says in its end line that it ended for this reason: ${reason}`, async () => {
    await using tree = startScript("echo ready; hold");
    await tree.line();
    await using procline = startProcline([
      "--pid",
      `${tree.pid}`,
      "--interval",
      "50ms",
      ...args,
    ]);
    const first = await linesUpTo(procline, ({ kind }) => kind === "tree");
    if (reason === "signal") procline.kill("SIGTERM");
    if (reason === "exited") await tree.closeInput();

    const lines = [...first, ...await linesToEnd(procline)];

    const end = lines.at(-1);
    assertEquals(end?.reason, reason);
    assertEquals(end?.exit_code, null);
    assertEquals(end?.signal, null);
    assertEquals(end?.samples, ofKind(lines, "tree").length);
    if (reason === "count") assertEquals(end?.samples, 3);
    if (reason === "duration") {
      assertGreaterOrEqual(end?.wall_seconds, 0.2);
      // On a busy host the last sample may come late.
      assertLess(end?.wall_seconds, 3);
    }
  });
}

Deno.test("procline --orphans ends with zombies that nobody reaps", async () => {
  // What follows the shell in its process knows of no child.
  await using tree = startScript("sleep 0.4 & echo $!; hold");
  const root = await tree.line();
  await using procline = startProcline(
    ["--pid", `${root}`, ..."--orphans -i 50ms --duration 20s".split(" ")],
  );

  const lines = await linesToEnd(procline);

  assertEquals(lines.at(-1)?.reason, "exited");
  assertLess(lines.at(-1)?.wall_seconds, 15);
  assertEquals(ofKind(lines, "process").at(-1)?.state, "Z");
  assertEquals(await procline.code(), 0);
});

Deno.test("procline --orphans shows the exit of a command that ends last", async () => {
  await using procline = startProcline(
    "--orphans --events -i 20ms -- sh -c".split(" ").concat("exit 3"),
  );

  const lines = await linesToEnd(procline);

  assertEquals(lines.at(-1)?.exit_code, 3);
  assertEquals(ofKind(lines, "exit").length, 1);
  assertEquals(ofKind(lines, "tree").at(-1)?.num_processes, 0);
});

Deno.test("procline --orphans that has outlived its root says at which end it stopped", async () => {
  await using tree = startScript(
    "sh -c 'echo $$; sleep 3 & read end' <&3 & wait",
  );
  const root = await tree.line();
  await using procline = startProcline(
    ["--pid", `${root}`, ..."--orphans -i 50ms -n 30".split(" ")],
  );
  await procline.sample();
  await tree.closeInput();

  const end = (await linesToEnd(procline)).at(-1);

  assertEquals([end?.reason, end?.samples], ["count", 30]);
});

Deno.test("procline ends with exit code 0 and says nothing if nobody reads its lines", async () => {
  // Nobody would read an end line with the reason "reader" either.
  await using tree = startScript("echo ready; hold");
  await tree.line();
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "20ms",
  ]);
  await procline.line();

  await procline.closeOutput();

  assertEquals(await procline.code(), 0);
  assertEquals(await procline.stderr, "");
});
