// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import {
  type AnyLine,
  linesToEnd,
  nextSample,
  ofKind,
  parseLines,
} from "../support/burner.ts";
import { faultsOf } from "../support/lines.ts";
import {
  PIDSTAT_OPTIONS,
  pidstatArgv,
  pidstatRows,
} from "../support/pidstat.ts";
import {
  Child,
  compile,
  FROM_SOURCE,
  needs,
  run,
  runProcline,
  startProcline,
  TemporaryDirectory,
  until,
} from "../support/procline.ts";
import { mainThreadSecondsOf, stateOf } from "../support/stat.ts";
import { hasPsutil, needsPsutil, PYTHON } from "../support/psutil.ts";

const TICK = 0.01;

/** Compiles threads.c into a directory and starts it; see there for its arguments. */
async function startThreads(
  directory: TemporaryDirectory,
  ...args: readonly string[]
): Promise<Child> {
  const child = new Child([await compile("threads", directory), ...args]);
  assertEquals(await child.line(), "ready");
  return child;
}

/** The threads of a process, each by its id. */
function byTid(lines: readonly AnyLine[]): Map<number, AnyLine> {
  return new Map(ofKind(lines, "thread").map((line) => [line.tid, line]));
}

function secondsOf(line: AnyLine): number {
  return line.user_cpu_seconds_total + line.kernel_cpu_seconds_total;
}

/** One thread as a peer tells of it. */
interface Told {
  readonly name: string;
  readonly percentage: number;
  readonly processor: number | null;
}

/** The second picture that top has printed. */
function toldByTop(text: string): Map<number, Told> {
  const table = text.split(/^ *PID USER .*COMMAND\n/m).at(-1) ?? "";
  return new Map(
    table.trimEnd().split("\n").map((row): [number, Told] => {
      const words = row.trim().split(/\s+/);
      return [Number(words[0]), {
        name: words[11] ?? "",
        percentage: Number(words[8]),
        processor: null,
      }];
    }),
  );
}

/** The rows of threads that pidstat has printed. */
function toldByPidstat(lines: readonly string[]): Map<number, Told> {
  const rows = pidstatRows(lines).filter(({ Command }) =>
    Command?.startsWith("|__")
  );
  return new Map(rows.map((row): [number, Told] => [Number(row["TID"]), {
    name: row["Command"]?.slice(3) ?? "",
    percentage: Number(row["%CPU"]),
    processor: Number(row["CPU"]),
  }]));
}

const PSUTIL =
  "import psutil, sys, json; print(json.dumps([[t.id, t.user_time, t.system_time] for t in psutil.Process(int(sys.argv[1])).threads()]))";

/** How long the threads run while all look on, and how long the peers look. */
const BUSY_MS = 1500;
const LOOK_SECONDS = 6;
const WINDOW_SECONDS = 12;

/** What procline, top, pidstat and psutil say of the same second and a half of eight threads. */
interface Seen {
  readonly lines: readonly AnyLine[];
  readonly peers: ReadonlyMap<string, ReadonlyMap<number, Told>>;
  readonly psutil: readonly (readonly [number, number, number])[];
  /** Whether the peers had begun before and ended after it. */
  readonly isWhole: boolean;
}

async function lookOn(): Promise<Seen> {
  using directory = new TemporaryDirectory();
  await using load = await startThreads(directory, "load");
  load.kill("SIGSTOP");
  const pid = `${load.pid}`;
  await using procline = startProcline([
    ...["--pid", pid, "--collect", "threads", "--count", "2"],
    ...["--interval", `${WINDOW_SECONDS}s`],
  ]);
  await nextSample(procline);
  await using top = new Child([
    ...["top", "-H", "-b", "-w", "200", "-n", "2", "-p", pid],
    ...["-d", `${LOOK_SECONDS}`],
  ], { env: { LC_ALL: "C" } });
  await using pidstat = new Child(
    pidstatArgv(["-t", "-u"], pid, [`${LOOK_SECONDS}`, "1"]),
    PIDSTAT_OPTIONS,
  );
  const from = performance.now();
  const picture = [await top.line()];
  while (!picture.at(-1)?.includes("COMMAND")) picture.push(await top.line());
  await pidstat.line();
  // It reads before it waits, and says nothing then.
  await until(() => stateOf(pidstat.pid) === "S");
  load.kill("SIGCONT");
  await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
  load.kill("SIGSTOP");
  const isWhole = performance.now() - from < LOOK_SECONDS * 1000 - 500;
  const [topLines, pidstatLines, lines] = await Promise.all([
    top.rest(),
    pidstat.rest(),
    linesToEnd(procline),
  ]);
  const told = hasPsutil
    ? JSON.parse((await run([PYTHON, "-c", PSUTIL, pid])).stdout)
    : [];
  return {
    lines,
    peers: new Map([
      ["top", toldByTop(topLines.join("\n"))],
      ["pidstat", toldByPidstat(pidstatLines)],
    ]),
    psutil: told,
    isWhole,
  };
}

const NAMES = ["threads", "busy", "half", "tenth"].concat(
  ["sleep-1", "sleep-2", "sleep-3", "sleep-4"],
);

Deno.test({
  ...needs(
    ["cc", "top", "pidstat"],
    "procline agrees with top -H, pidstat -t and psutil on eight named threads of known load",
  ),
  fn: async () => {
    let seen = await lookOn();
    // On a busy host a program may start too late to look on from the start.
    for (let i = 0; i < 3 && !seen.isWhole; i++) seen = await lookOn();
    const { lines, peers, psutil } = seen;

    const own = byTid(lines);
    const process = ofKind(lines, "process").at(-1) ?? {};
    assertEquals(
      Array.from(own.values(), ({ comm }) => comm).toSorted(),
      NAMES.toSorted(),
    );
    for (const [peer, told] of peers) {
      const rows: string[] = [];
      for (const [tid, line] of own) {
        const theirs = told.get(tid);
        // The library of top 4.0 takes the stat of the process for that of its main thread.
        const ours = peer === "top" && tid === process.pid ? process : line;
        const ourTicks = ours.cpu_percentage / 100 * ours.cpu_window_seconds /
          TICK;
        const theirTicks = (theirs?.percentage ?? NaN) / 100 * LOOK_SECONDS /
          TICK;
        rows.push(
          `${line.comm} ${ourTicks.toFixed(1)} / ${theirTicks.toFixed(1)}`,
        );
        assertEquals(theirs?.name, line.comm);
        // top and pidstat divide by the time that they have slept, which is a little longer.
        assertAlmostEquals(ourTicks, theirTicks, 3 + ourTicks * 0.08, peer);
        if (typeof theirs?.processor === "number") {
          assertEquals(line.processor, theirs.processor, line.comm);
        }
      }
      console.log(`procline / ${peer} in ticks: ${rows.join(", ")}`);
    }
    for (const [tid, user, kernel] of psutil) {
      const line = own.get(tid);
      assertEquals(
        [line?.user_cpu_seconds_total, line?.kernel_cpu_seconds_total],
        [user, kernel],
      );
    }
    const seconds = (name: string) =>
      secondsOf(own.values().find(({ comm }) => comm === name) ?? {});
    // On a busy host none gets what it could use.
    assertGreater(seconds("busy"), 0);
    assertGreaterOrEqual(seconds("busy"), seconds("tenth") - 2 * TICK);
    assertEquals(seconds("sleep-3"), 0);
    // The sum of the threads is the process's, but for what is cut of each.
    const sum = own.values().reduce((sum, line) => sum + secondsOf(line), 0);
    assertAlmostEquals(secondsOf(process), sum, 2 * own.size * TICK);
    assertAlmostEquals(
      process.unseen_threads_cpu_seconds,
      Math.max(secondsOf(process) - sum, 0),
      1e-6,
    );
  },
});

Deno.test({
  ...needsPsutil(
    ["cc"],
    "procline counts what an ended thread has used in the process, as psutil does",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using child = await startThreads(directory, "ended", "0.5");
    const { stdout } = await runProcline([
      ...["--pid", `${child.pid}`, "--collect", "threads", "--count", "1"],
    ]);
    const lines = parseLines(stdout);
    const [process] = ofKind(lines, "process");
    const [main, ...others] = ofKind(lines, "thread");
    assertEquals(others, []);
    assertAlmostEquals(process?.unseen_threads_cpu_seconds, 0.5, 0.1);
    assertLess(secondsOf(main ?? {}), 0.1);
    const psutil = await run([
      ...[PYTHON, "-c"],
      "import psutil, sys; p = psutil.Process(int(sys.argv[1])); print(sum(p.cpu_times()[:2]))",
      `${child.pid}`,
    ]);
    assertAlmostEquals(secondsOf(process ?? {}), Number(psutil.stdout), 1e-9);
  },
});

Deno.test({
  ...needs(["cc"], "procline takes the names of threads as they are"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using child = await startThreads(directory, "names");
    const read = () =>
      runProcline([
        ...["--pid", `${child.pid}`, "--collect", "threads", "--count", "1"],
      ]);
    const names = [") R 1 (", "a\nb", "\ufffd\ufffd x", "", "threads"];
    // A thread gives itself its name once it runs.
    for (let i = 0;; i++) {
      const { stdout } = await read();
      const lines = parseLines(stdout);
      const found = ofKind(lines, "thread").map(({ comm }) => comm);
      if (found.toSorted().join() !== names.toSorted().join() && i < 5) {
        continue;
      }
      assertEquals(found.toSorted(), names.toSorted());
      break;
    }
  },
});

for (
  const [what, worker, main] of [
    ["that has used more", "0.6", "0"],
    ["that has used less", "0.02", "0.5"],
  ] as const
) {
  Deno.test({
    ...needs(
      ["cc"],
      `procline follows a thread that runs a program, ${what} than the main thread, whose id it takes`,
    ),
    fn: async () => {
      using directory = new TemporaryDirectory();
      await using child = await startThreads(directory, "exec", worker, main);
      const { pid } = child;
      await using procline = startProcline([
        ...["--pid", `${pid}`, "--collect", "threads", "--interval", "300ms"],
      ]);
      const before = byTid(await nextSample(procline));
      assertEquals(before.size, 2);
      await child.write("\n");
      assertEquals(await child.line(), "ready");
      let now = byTid(await nextSample(procline));
      let last = before.get(pid) ?? {};
      // A sample may have been under way.
      for (let i = 0; i < 3; i++) {
        const line = now.get(pid) ?? {};
        console.log(
          `main thread ${secondsOf(last).toFixed(2)} -> ${
            secondsOf(line).toFixed(2)
          } s, ${line.cpu_percentage} %`,
        );
        assertEquals(line.start_ticks, last.start_ticks);
        assertGreaterOrEqual(
          line.user_cpu_seconds_total,
          last.user_cpu_seconds_total,
        );
        const grown = secondsOf(line) - secondsOf(last);
        assertLessOrEqual(grown, line.cpu_window_seconds + 5 * TICK);
        // Neither of both has worked meanwhile, but for the start of the program.
        assertLess(grown, 0.25);
        last = line;
        now = byTid(await nextSample(procline));
      }
      assertEquals([...now.keys()], [pid]);
      // The kernel shows what the thread has used that runs now: 0.6 s, not the main one's 0.
      assertAlmostEquals(mainThreadSecondsOf(pid), Number(worker), 0.25);
    },
  });
}

Deno.test({
  ...needs(
    ["cc"],
    "procline shows a main thread that has ended as a zombie, and the one that goes on",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using child = await startThreads(directory, "leave");
    await until(() => stateOf(child.pid) === "Z");
    await using procline = startProcline([
      ...["--pid", `${child.pid}`, "--collect", "threads", "--count", "3"],
      ...["--interval", "300ms"],
    ]);
    const lines = await linesToEnd(procline);
    const [main, other] = ofKind(lines, "thread").slice(-2);
    assertEquals([main?.tid, main?.state], [child.pid, "Z"]);
    assertEquals(main?.cpu_percentage, 0);
    assertEquals(other?.comm, "survivor");
    assertGreater(other?.cpu_percentage, 0);
  },
});

Deno.test({
  ...needs(
    ["cc"],
    "procline has lines without a fault of threads that come and go",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using child = await startThreads(directory, "churn");
    const { stdout } = await runProcline([
      ...["--pid", `${child.pid}`, "--count", "30", "--interval", "50ms"],
      ...["--collect", "threads,stat,status,io,fd"],
    ]);
    const samples = stdout.split(/(?<="kind":"tree".*\n)/).filter((text) =>
      text.includes('"kind":"tree"')
    );
    assertGreater(samples.length, 10);
    for (const text of samples) {
      const own = text.replace(/^.*"kind":"(?:run|end)".*\n/gm, "");
      assertEquals(faultsOf(own), []);
    }
    const all = parseLines(stdout);
    const unseen = ofKind(all, "process").map((line) =>
      line.unseen_threads_cpu_seconds
    );
    // What the threads of a sample have used is soon that of ended ones.
    assertGreater(unseen.at(-1), unseen[0] ?? 0);
  },
});

Deno.test({
  ...needs(
    ["cc", "prlimit"],
    "procline reads 5,000 threads within a few descriptors, and prints the busiest",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using child = await startThreads(directory, "many", "5000");
    const { stdout, stderr, code } = await run([
      ...["prlimit", "--nofile=300:300", ...FROM_SOURCE],
      ...["--pid", `${child.pid}`, "--collect", "threads", "--count", "3"],
      ...["--interval", "300ms", "--only", "thread,tree,process"],
    ]);
    assertEquals(code, 0, stderr);
    const lines = parseLines(stdout);
    const trees = ofKind(lines, "tree");
    assertEquals(ofKind(lines, "thread").length, 5000 * trees.length);
    for (const { num_threads } of trees) assertEquals(num_threads, 5000);
    console.log(
      `5,000 threads: ${
        trees.map(({ sample_seconds }) =>
          `${(sample_seconds / 5000 * 1e6).toFixed(1)} us`
        ).join(", ")
      } a thread`,
    );
    const few = await runProcline([
      ...["--pid", `${child.pid}`, "--collect", "threads", "--count", "1"],
      ...["--top", "3", "--only", "thread"],
    ]);
    const [rest, ...three] = parseLines(few.stdout);
    assertEquals(three.length, 3);
    assert(three.every(({ kind }) => kind === "thread"));
    assertEquals(rest?.num_other_threads, 4997);
  },
});
