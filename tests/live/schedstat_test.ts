// deno-lint-ignore-file no-console -- it prints its figures.
import {
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "@std/assert";
import { Burner, linesToEnd, ofKind } from "../support/burner.ts";
import { pidstat } from "../support/pidstat.ts";
import { Child, needs, run, startProcline } from "../support/procline.ts";

/** The last CPU that this test may run on. */
async function oneCpu(): Promise<string> {
  const { stdout } = await run(["taskset", "-cp", `${Deno.pid}`]);
  return /(\d+)\n$/.exec(stdout)?.[1] ?? "0";
}

/** Four processes that burn, all on one CPU, below a shell. They end with the block. */
class Starved implements AsyncDisposable {
  readonly #shell: Child;
  readonly burners: readonly number[];

  private constructor(shell: Child, burners: readonly number[]) {
    this.#shell = shell;
    this.burners = burners;
  }

  static async start(program: string): Promise<Starved> {
    const shell = new Child([
      ..."taskset -c".split(" "),
      await oneCpu(),
      "sh",
      "-c",
      `exec 3<&0
       for i in 1 2 3 4; do "$0" busy > /dev/null & burners="$burners $!"; done
       echo $burners
       cat <&3 > /dev/null`,
      program,
    ]);
    return new Starved(shell, (await shell.line()).split(" ").map(Number));
  }

  get pid(): number {
    return this.#shell.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.burners) Deno.kill(pid, "SIGKILL");
    await this.#shell[Symbol.asyncDispose]();
  }
}

Deno.test({
  ...needs(
    ["cc", "taskset"],
    "procline --collect schedstat tells a starved program from one that sleeps",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using starved = await Starved.start(burner.program);
    await using procline = startProcline([
      `--pid=${starved.pid}`,
      "--collect=schedstat",
      "--interval=1s",
      "--count=3",
    ]);
    const lines = await linesToEnd(procline);

    const burners = ofKind(lines, "process").filter(({ comm }) =>
      comm === "burner"
    );
    assertEquals(burners.length, 3 * 4);
    for (const tree of ofKind(lines, "tree")) {
      console.log(
        "waiting, running:",
        tree.run_delay_percentage,
        tree.cpu_percentage,
      );
    }
    // Four that could run, and one core: three of them wait at any time. Others of the host may run
    // there too, and then all four wait.
    const mean = (name: string) =>
      ofKind(lines, "tree").slice(1).reduce(
        (sum, tree) => sum + tree[name],
        0,
      ) / 2;
    const waiting = mean("run_delay_percentage");
    const running = mean("cpu_percentage");
    assertGreaterOrEqual(waiting, 290);
    assertLessOrEqual(waiting, 410);
    assertAlmostEquals(waiting + running, 400, 20);
    for (const line of burners) {
      assertGreater(line.run_delay_percentage, 20);
      assertLess(line.run_delay_percentage, 130);
    }
    // The shell and its cat sleep.
    for (const line of ofKind(lines, "process")) {
      if (line.comm !== "burner") assertLess(line.run_delay_percentage, 5);
    }
  },
});

Deno.test({
  ...needs(
    ["cc", "taskset", "pidstat"],
    "procline agrees with pidstat on what a process waits for a core",
  ),
  fn: async () => {
    using burner = await Burner.compile();
    await using starved = await Starved.start(burner.program);
    const pid = `${starved.burners[0]}`;
    const [told, rows] = await Promise.all([
      (async () => {
        await using procline = startProcline([
          `--pid=${pid}`,
          "--collect=schedstat",
          "--interval=4s",
          "--count=2",
        ]);
        return ofKind(await linesToEnd(procline), "process").at(-1);
      })(),
      pidstat(["-u"], pid, ["5", "1"]),
    ]);
    const wait = Number(rows.at(-1)?.["%wait"]);
    console.log("procline / pidstat:", told?.run_delay_percentage, wait);
    // The two windows overlap, and the share of one of four is even: 75 %.
    assertAlmostEquals(told?.run_delay_percentage, wait, 8);
    assertGreater(wait, 50);
  },
});

Deno.test({
  ...needs(
    ["python3"],
    "procline --collect schedstat adds up what the kernel counts for each thread, and keeps those that have ended",
  ),
  fn: async () => {
    await using threads = new Child(["python3", "-u", "-c", THREADS]);
    assertEquals(await threads.line(), "ready");
    await using procline = startProcline([
      `--pid=${threads.pid}`,
      "--collect=schedstat",
      "--interval=100ms",
    ]);
    const seen = await procline.sampleWhere(({ tree }) =>
      tree.num_threads === 5
    );
    const before = await slicesOf(threads.pid);
    // The four threads end, and only the main one is left.
    await threads.write("\n");
    const left = await procline.sampleWhere(({ tree }) =>
      tree.num_threads === 1
    );
    const total = (line?: object) =>
      Number((line as Record<string, unknown> | undefined)?.timeslices_total);
    assertEquals(before.size, 5);
    assertLessOrEqual(total(seen.processes[0]), sum(before));
    assertGreaterOrEqual(total(left.processes[0]), sum(before));
    assertGreater(
      total(left.processes[0]),
      sum(await slicesOf(threads.pid)) + 4 * 20,
    );
  },
});

/** Four threads that sleep fifty times, and then wait for a line of input, as the main one does. */
const THREADS = `
import sys, threading, time
ready = threading.Barrier(5)
end = threading.Event()
def work():
  for _ in range(50): time.sleep(0.0005)
  ready.wait()
  end.wait()
threads = [threading.Thread(target=work) for _ in range(4)]
for one in threads: one.start()
ready.wait()
print("ready")
sys.stdin.readline()
end.set()
for one in threads: one.join()
sys.stdin.read()
`;

/** How often each thread of a process was put on a CPU, as the kernel says it. */
async function slicesOf(pid: number): Promise<Map<string, number>> {
  const slices = new Map<string, number>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const text = await Deno.readTextFile(`/proc/${pid}/task/${name}/schedstat`);
    slices.set(name, Number(text.split(" ")[2]));
  }
  return slices;
}

function sum(values: ReadonlyMap<string, number>): number {
  return values.values().reduce((total, value) => total + value, 0);
}
