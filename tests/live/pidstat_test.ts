// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLessOrEqual,
} from "@std/assert";
import { type AnyLine, ofKind, parseLines } from "../support/burner.ts";
import {
  ALL_OF_PIDSTAT,
  PIDSTAT_OPTIONS,
  pidstatArgv,
  type PidstatRow,
  pidstatRows,
} from "../support/pidstat.ts";
import {
  Child,
  compile,
  needs,
  runProcline,
  TemporaryDirectory,
  until,
} from "../support/procline.ts";
import { stateOf } from "../support/stat.ts";

/** How long pidstat looks on. */
const LOOK_SECONDS = 5;
const TICKS = 100;
const KIB = 1024;

/** What the threads do: see `work` in threads.c. */
const WRITTEN = 1024 * KIB;
const CUT = 512 * KIB;
const NAPS = 64;
const BURNT_TICKS = 30;

const NAMES = ["threads", "writer", "burner", "sleep-1"].concat(
  ["sleep-2", "sleep-3", "sleep-4", "sleep-5"],
);

/** What procline has said before and after what pidstat has looked on. */
interface Seen {
  readonly before: readonly AnyLine[];
  readonly after: readonly AnyLine[];
  readonly rows: readonly PidstatRow[];
  /** Whether all work was done while pidstat looked on. */
  readonly isWhole: boolean;
}

async function lookOn(program: string, path: string): Promise<Seen> {
  await using child = new Child([program, "work", path]);
  assertEquals(await child.line(), "ready");
  const pid = `${child.pid}`;
  // A thread gives itself its name once it runs.
  await until(() => namesOf(pid).join() === NAMES.toSorted().join());
  await until(() => stateOf(child.pid) === "S");
  const before = await linesOf(pid);
  await using pidstat = new Child(
    pidstatArgv(ALL_OF_PIDSTAT, pid, [`${LOOK_SECONDS}`, "1"]),
    PIDSTAT_OPTIONS,
  );
  const from = performance.now();
  await pidstat.line();
  // It reads before it waits, and says nothing then.
  await until(() => stateOf(pidstat.pid) === "S");
  await child.write("\n");
  assertEquals(await child.line(), "done");
  await until(() => stateOf(child.pid) === "S");
  const isWhole = performance.now() - from < LOOK_SECONDS * 1000 - 500;
  const rows = pidstatRows(await pidstat.rest());
  return { before, after: await linesOf(pid), rows, isWhole };
}

/** The names of its threads. */
function namesOf(pid: string): string[] {
  const directory = `/proc/${pid}/task`;
  return Array.from(
    Deno.readDirSync(directory),
    ({ name }) => Deno.readTextFileSync(`${directory}/${name}/comm`).trim(),
  ).toSorted();
}

/** The lines of one sample. */
async function linesOf(pid: string): Promise<AnyLine[]> {
  const { stdout } = await runProcline([
    ...["--pid", pid, "--collect", "all", "--count", "1"],
  ]);
  return parseLines(stdout);
}

/** A policy as the kernel calls it. */
function policyOf(theirs = ""): string {
  return `SCHED_${theirs === "NORMAL" ? "OTHER" : theirs}`;
}

/** What pidstat tells by the second or in percent, over all the time that it has looked on. */
const COUNTED = [
  ["%usr", "user_cpu_seconds_total", LOOK_SECONDS / 100],
  ["%system", "kernel_cpu_seconds_total", LOOK_SECONDS / 100],
  ["minflt/s", "minor_faults_total", LOOK_SECONDS],
  ["majflt/s", "major_faults_total", LOOK_SECONDS],
  ["kB_rd/s", "io_read_bytes_total", LOOK_SECONDS * KIB],
  ["kB_wr/s", "io_written_bytes_total", LOOK_SECONDS * KIB],
  ["kB_ccwr/s", "io_cancelled_write_bytes_total", LOOK_SECONDS * KIB],
  ["iodelay", "block_io_delay_seconds_total", 1 / TICKS],
] as const;

/** Those of threads alone: the row of a process has what its main thread has. */
const COUNTED_OF_THREADS = [
  ["%wait", "run_delay_seconds_total", LOOK_SECONDS / 100],
  ["cswch/s", "voluntary_ctxt_switches", LOOK_SECONDS],
  ["nvcswch/s", "nonvoluntary_ctxt_switches", LOOK_SECONDS],
] as const;

/** Holds that a row is what a line has grown by. */
function compareGrowth(
  row: PidstatRow,
  [before, after]: readonly [AnyLine, AnyLine],
  counted: readonly (readonly [string, string, number])[],
): void {
  const told = counted.map(([head, field, unit]) => {
    const ours = after[field] - before[field];
    const theirs = Number(row[head]) * unit;
    // pidstat divides by the time that it has slept, which is a little longer, keeps two decimals,
    // and counts what was waited in ticks.
    const least = head === "%wait" ? 1.1 / TICKS : 0.006 * unit;
    const error = Math.max(0.02 * ours, least);
    assertAlmostEquals(ours, theirs, error, `${row["Command"]} ${head}`);
    return `${head} ${ours} / ${theirs.toFixed(2)}`;
  });
  console.log(`${row["Command"]}: ${told.join(", ")}`);
}

Deno.test({
  ...needs(
    ["cc", "pidstat"],
    "procline agrees with pidstat -t -u -r -d -w -s -v -R on eight named threads",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const program = await compile("threads", directory);
    const path = `${directory.path}/written`;
    let seen = await lookOn(program, path);
    // On a busy host it may not be done in time.
    for (let i = 0; i < 3 && !seen.isWhole; i++) {
      seen = await lookOn(program, path);
    }
    const { before, after, rows } = seen;

    const pairOf = (kind: string, tid?: number): [AnyLine, AnyLine] => {
      const [one = {}, other = {}] = [before, after].map((lines) =>
        ofKind(lines, kind).find((line) => line.tid === tid)
      );
      return [one, other];
    };
    const pair = pairOf("process");
    const [, process] = pair;
    const host = ofKind(after, "host")[0] ?? {};
    const [own = {}, ...others] = rows;
    assertEquals(own["TGID"], `${process.pid}`);
    compareGrowth(own, pair, COUNTED);
    const main = pairOf("thread", process.pid);
    compareGrowth(own, main, COUNTED_OF_THREADS);
    const stack = ofKind(after, "smaps").find(({ pathname }) =>
      pathname === "[stack]"
    );
    for (const row of rows) {
      // These are the process's in each row. pidstat takes resident pages from stat, where the
      // kernel leaves out what each CPU still holds back.
      assertEquals(Number(row["UID"]), process.uid);
      assertEquals(Number(row["VSZ"]) * KIB, process.vsize_bytes);
      assertAlmostEquals(Number(row["RSS"]) * KIB, process.rss_bytes, 2 ** 20);
      assertAlmostEquals(
        Number(row["%MEM"]),
        100 * process.rss_bytes / host.mem_total_bytes,
        0.02,
      );
      assertEquals(Number(row["StkSize"]) * KIB, process.stack_bytes);
      assertEquals(Number(row["StkRef"]) * KIB, stack?.referenced_bytes);
      assertEquals(Number(row["threads"]), process.num_threads);
      assertEquals(Number(row["fd-nr"]), process.num_fds);
    }
    assertEquals(process.num_threads, NAMES.length);
    assertEquals(policyOf(own["policy"]), process.policy);
    assertEquals(Number(own["prio"]), process.rt_priority);

    assertEquals(
      others.map((row) => row["Command"]).toSorted(),
      NAMES.map((name) => `|__${name}`).toSorted(),
    );
    const grown = new Map<string, (field: string) => number>();
    for (const row of others) {
      const [before, after] = pairOf("thread", Number(row["TID"]));
      assertEquals(row["Command"], `|__${after.comm}`);
      compareGrowth(row, [before, after], [...COUNTED, ...COUNTED_OF_THREADS]);
      assertEquals(Number(row["CPU"]), after.processor);
      assertEquals(policyOf(row["policy"]), after.policy);
      assertEquals(Number(row["prio"]), after.rt_priority);
      grown.set(after.comm, (field) => after[field] - before[field]);
    }

    // What the program does.
    const by = (name: string, field: string) => grown.get(name)?.(field) ?? NaN;
    assertEquals(by("writer", "io_written_chars_bytes_total"), WRITTEN);
    assertEquals(by("writer", "io_write_calls_total"), NAPS);
    // A file system in memory counts neither, another one also blocks that tell of the file.
    const written = by("writer", "io_written_bytes_total");
    const isCounted = written > 0;
    assertGreaterOrEqual(written, isCounted ? WRITTEN : 0);
    assertLessOrEqual(written, isCounted ? WRITTEN + 64 * KIB : 0);
    const cut = by("writer", "io_cancelled_write_bytes_total");
    assertEquals(cut, isCounted ? CUT : 0);
    assertGreaterOrEqual(by("writer", "voluntary_ctxt_switches"), NAPS);
    const burnt = by("burner", "user_cpu_seconds_total") +
      by("burner", "kernel_cpu_seconds_total");
    assertAlmostEquals(burnt * TICKS, BURNT_TICKS, 3);
    assertGreater(by("burner", "voluntary_ctxt_switches"), 0);
    const burner = ofKind(after, "thread").find(({ comm }) =>
      comm === "burner"
    );
    assertEquals(burner?.policy, "SCHED_BATCH");
    for (const name of NAMES.slice(3)) {
      assertEquals(by(name, "voluntary_ctxt_switches"), 0, name);
    }
  },
});
