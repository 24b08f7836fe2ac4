import { assertAlmostEquals, assertEquals } from "@std/assert";
import { schedstat } from "../../src/collect/schedstat.ts";
import { readHostFacts } from "../../src/host/facts.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { MemoryFs, type MemoryProcess } from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

/** A second thread of process 10 in a `MemoryFs`. */
const SECOND = 1_000_010;
/** A third. */
const THIRD = 2_000_010;

/** Milliseconds that a thread has run and waited, and how often it was put on a CPU. */
type Times = readonly [run: number, delay: number, slices: number];

function textOf([run, delay, slices]: Times): string {
  return `${run * 1e6} ${delay * 1e6} ${slices}\n`;
}

/** A process 10 in memory with a sampler. */
class Waiters {
  readonly fs = new MemoryFs();
  readonly #clock = new ManualClock();
  readonly #sampler: Sampler;

  constructor(...processes: readonly MemoryProcess[]) {
    for (const one of processes) this.fs.addProcess(one);
    this.#sampler = new Sampler({
      pid: 10,
      collect: [schedstat()],
      fs: this.fs,
      clock: this.#clock,
    });
  }

  /** What the file of a process says, that is of its main thread. */
  process(pid: number, times: Times): this {
    this.fs.write(`/proc/${pid}/schedstat`, textOf(times));
    return this;
  }

  /** What the files of the threads of process 10 say, which are all that it has. */
  threads(threads: Readonly<Record<number, Times>>): this {
    const tids = Object.keys(threads);
    for (const tid of [SECOND, THIRD]) {
      this.fs.write(`/proc/10/task/${tid}/schedstat`, { error: "gone" });
    }
    this.fs.changeProcess(10, { numThreads: tids.length });
    this.fs.write("/proc/10/task", tids);
    for (const [tid, times] of Object.entries(threads)) {
      this.fs.write(`/proc/10/task/${tid}/schedstat`, textOf(times));
      if (tid === "10") this.process(10, times);
    }
    return this;
  }

  after(seconds: number): Sample {
    this.fs.pass(seconds);
    this.#clock.pass(seconds);
    return this.#sampler.sample();
  }
}

function figuresOf(
  line:
    | Pick<
      ProcessSample,
      "runDelaySecondsTotal" | "runDelayPercentage" | "timeslicesTotal"
    >
    | undefined,
): unknown[] {
  const { runDelaySecondsTotal, runDelayPercentage, timeslicesTotal } = line ??
    {};
  return [runDelaySecondsTotal, runDelayPercentage, timeslicesTotal];
}

Deno.test("schedstat counts what a process has waited, and its share of the window", () => {
  const stage = new Waiters({ pid: 10 }).process(10, [500, 1500, 7]);
  const first = stage.after(1);
  assertEquals(figuresOf(first.processes[0]), [1.5, null, 7]);
  assertEquals(
    first.processes[0]?.unreadable?.runDelayPercentage,
    "first_sample",
  );
  assertEquals(figuresOf(first.tree), [1.5, null, 7]);
  assertEquals(first.tree.unreadable?.runDelayPercentage, "first_sample");
  // 0.6 s of 2 s.
  const second = stage.process(10, [900, 2100, 12]).after(2);
  assertEquals(figuresOf(second.processes[0]), [2.1, 30, 12]);
  assertEquals(figuresOf(second.tree), [2.1, 30, 12]);
});

Deno.test("schedstat adds up the threads of a process, not its main thread alone", () => {
  const stage = new Waiters({ pid: 10 });
  stage.threads({ 10: [100, 1000, 5], [SECOND]: [50, 2000, 6] }).after(1);
  const { processes: [line], tree } = stage
    .threads({ 10: [100, 1500, 7], [SECOND]: [60, 2900, 8] }).after(1);
  // 0.5 s and 0.9 s of one second.
  assertEquals(figuresOf(line), [4.4, 140, 15]);
  assertEquals(figuresOf(tree), [4.4, 140, 15]);
});

Deno.test("schedstat keeps what a thread had waited that has ended, and counts a new one from nothing", () => {
  const stage = new Waiters({ pid: 10 });
  stage.threads({ 10: [100, 1000, 5], [SECOND]: [50, 2000, 6] }).after(1);
  const ended = stage.threads({ 10: [100, 1100, 6] }).after(1);
  assertEquals(figuresOf(ended.processes[0]), [3.1, 10, 12]);
  const born = stage.threads({ 10: [100, 1100, 6], [THIRD]: [1, 200, 2] })
    .after(1);
  assertEquals(figuresOf(born.processes[0]), [3.3, 20, 14]);
});

Deno.test("schedstat tells a thread id that was taken again by what has fallen", () => {
  for (const taken of [[60, 3000, 1], [10, 3000, 9]] as const) {
    const stage = new Waiters({ pid: 10 });
    stage.threads({ 10: [100, 1000, 5], [SECOND]: [50, 2000, 6] }).after(1);
    const { processes: [line] } = stage
      .threads({ 10: [100, 1000, 5], [SECOND]: taken }).after(4);
    // All 3 s are the new thread's, in 4 s.
    assertEquals(figuresOf(line), [6, 75, 11 + taken[2]]);
  }
});

Deno.test("schedstat counts a thread once that becomes the main one by execve", () => {
  const stage = new Waiters({ pid: 10 });
  stage.threads({
    10: [100, 1000, 5],
    [SECOND]: [900, 2000, 60],
    [THIRD]: [1, 1, 1],
  }).after(1);
  // The second thread has called execve(2): it has the id of the main one, and what it had waited.
  stage.fs.changeProcess(10, { addresses: 8192 });
  const { processes: [line] } = stage.threads({ 10: [950, 2500, 70] }).after(1);
  assertEquals(figuresOf(line), [3.501, 50, 76]);
});

Deno.test("schedstat counts the main thread once that calls execve itself", () => {
  const stage = new Waiters({ pid: 10 });
  stage.threads({ 10: [900, 2000, 60], [SECOND]: [100, 1000, 5] }).after(1);
  stage.fs.changeProcess(10, { addresses: 8192 });
  const { processes: [line] } = stage.threads({ 10: [950, 2500, 70] }).after(1);
  assertEquals(figuresOf(line), [3.5, 50, 75]);
});

Deno.test("schedstat tells an execve of another thread by a main thread that falls, where nothing else shows it", () => {
  const stage = new Waiters({ pid: 10 });
  stage.threads({ 10: [900, 2000, 60], [SECOND]: [100, 1000, 5] }).after(1);
  const { processes: [line] } = stage.threads({ 10: [150, 1500, 9] }).after(1);
  // 2 s of the old main thread, and 1.5 s of the other.
  assertEquals(figuresOf(line), [3.5, 50, 69]);
});

Deno.test("schedstat holds a wait that falls by a little", () => {
  const stage = new Waiters({ pid: 10 }).process(10, [100, 1000, 5]);
  stage.after(1);
  stage.fs.write("/proc/10/schedstat", "100000000 999999991 5\n");
  assertEquals(figuresOf(stage.after(1).processes[0]), [1, 0, 5]);
});

Deno.test("schedstat keeps in the tree what an ended process had waited", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 })
    .process(10, [100, 1000, 5]).process(11, [100, 4000, 6]);
  stage.after(1);
  stage.fs.removeProcess(11);
  const { tree } = stage.process(10, [100, 1250, 6]).after(1);
  assertEquals(figuresOf(tree), [5.25, 25, 12]);
});

Deno.test("schedstat counts a process whose id another one has taken as two", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 })
    .process(10, [0, 0, 1]).process(11, [100, 4000, 6]);
  stage.after(1);
  stage.fs.pass(1);
  stage.fs.addProcess({ pid: 11, ppid: 10 });
  const { tree, processes } = stage.process(11, [900, 5000, 7]).after(1);
  assertEquals(processes[1]?.runDelaySecondsTotal, 5);
  assertEquals(tree.runDelaySecondsTotal, 9);
});

Deno.test("schedstat measures a process that is born in the run from its start", () => {
  const stage = new Waiters({ pid: 10 }).process(10, [0, 0, 1]);
  stage.after(1);
  stage.fs.addProcess({ pid: 11, ppid: 10, startSeconds: 12.5 });
  const { tree, processes } = stage.process(11, [1, 300, 2]).after(2);
  // 0.3 s of its 0.5 s, which are a quarter of the interval.
  assertAlmostEquals(processes[1]?.runDelayPercentage ?? NaN, 60);
  assertAlmostEquals(tree.runDelayPercentage ?? NaN, 15);
});

Deno.test("schedstat counts in the tree what a child younger than a tick has waited", () => {
  const stage = new Waiters({ pid: 10 }).process(10, [0, 0, 1]);
  stage.after(1);
  stage.fs.addProcess({ pid: 11, ppid: 10, startSeconds: 13 });
  const { tree, processes } = stage.process(11, [1, 6, 2]).after(2);
  assertEquals(processes[1]?.unreadable?.runDelayPercentage, "clock");
  // 6 ms in 2 s.
  assertAlmostEquals(tree.runDelayPercentage ?? NaN, 0.3);
  assertEquals(tree.unreadable, null);
});

Deno.test("schedstat knows no sum once a process has ended whose part was never known", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 });
  stage.process(10, [0, 0, 1]).fs.write("/proc/11/schedstat", "1 2\n");
  stage.after(1);
  stage.fs.removeProcess(11);
  const { tree } = stage.after(1);
  assertEquals(figuresOf(tree), [null, null, null]);
  // What is there now is known again, not what has been.
  assertEquals(figuresOf(stage.after(1).tree), [null, 0, null]);
});

Deno.test("schedstat says why it is not known, and the tree keeps what was known before", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 })
    .process(10, [0, 0, 1]).process(11, [100, 4000, 6]);
  stage.after(1);
  stage.fs.write("/proc/11/schedstat", { error: "denied" });
  const { tree, processes } = stage.after(1);
  assertEquals(figuresOf(processes[1]), [null, null, null]);
  assertEquals(processes[1]?.unreadable, {
    runDelaySecondsTotal: "denied",
    runDelayPercentage: "denied",
    timeslicesTotal: "denied",
  });
  assertEquals(figuresOf(tree), [4, null, 7]);
  assertEquals(tree.unreadable, { runDelayPercentage: "denied" });
  // It is back: 2 s in 2 s.
  const back = stage.process(11, [200, 6000, 9]).after(1);
  assertEquals(figuresOf(back.processes[1]), [6, 100, 9]);
});

Deno.test("schedstat knows no sum of which a part was never known", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 });
  stage.fs.write("/proc/11/schedstat", "1 2\n");
  const { tree } = stage.after(1);
  assertEquals(figuresOf(tree), [null, null, null]);
  assertEquals(tree.unreadable?.runDelaySecondsTotal, "malformed");
});

Deno.test("schedstat loses a process of which one thread cannot be read, and counts on after that", () => {
  const stage = new Waiters({ pid: 10 });
  stage.threads({ 10: [100, 1000, 5], [SECOND]: [50, 2000, 6] }).after(1);
  stage.fs.write(`/proc/10/task/${SECOND}/schedstat`, { error: "failed" });
  const { processes: [line] } = stage.after(1);
  assertEquals([line?.runDelaySecondsTotal, line?.unreadable], [null, {
    runDelaySecondsTotal: "failed",
    runDelayPercentage: "failed",
    timeslicesTotal: "failed",
  }]);
  const back = stage.threads({ 10: [100, 1000, 5], [SECOND]: [50, 3000, 7] })
    .after(1);
  assertEquals(figuresOf(back.processes[0]), [4, 50, 12]);
});

Deno.test("schedstat tells a kernel that counts nothing from a thread that has not run", () => {
  const zeros = new Waiters({ pid: 10 }).process(10, [0, 0, 0]).after(1);
  assertEquals(figuresOf(zeros.processes[0]), [null, null, null]);
  assertEquals(besidesFirstSample(zeros.processes[0]?.unreadable), {
    runDelaySecondsTotal: "unsupported",
    runDelayPercentage: "unsupported",
    timeslicesTotal: "unsupported",
  });
  assertEquals(zeros.tree.unreadable?.runDelaySecondsTotal, "unsupported");
  const unborn = new Waiters({ pid: 10, state: "R" }).process(10, [0, 0, 0])
    .after(1);
  assertEquals(unborn.processes[0]?.runDelaySecondsTotal, 0);
});

Deno.test("schedstat says that a kernel does not have the file", () => {
  const stage = new Waiters({ pid: 10 });
  stage.fs.write("/proc/10/schedstat", { error: "gone" });
  const { processes: [line] } = stage.after(1);
  assertEquals(line?.unreadable?.runDelaySecondsTotal, "unsupported");
  const reader = new ProcReader(stage.fs);
  const facts = readHostFacts(reader);
  assertEquals(
    schedstat().unusable(reader, facts),
    "The collector schedstat finds nothing: this kernel has no /proc/self/schedstat",
  );
  stage.fs.write("/proc/self/schedstat", "0 0 0\n");
  assertEquals(
    schedstat().unusable(reader, facts),
    "The collector schedstat finds nothing: this kernel counts nothing in /proc/self/schedstat",
  );
  stage.fs.write("/proc/self/schedstat", "0 0 1\n");
  assertEquals(schedstat().unusable(reader, facts), null);
});

Deno.test("schedstat counts a process that ends while it is read as far as it was seen", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 })
    .process(10, [0, 0, 1]).process(11, [100, 4000, 6]);
  stage.fs.write("/proc/self/schedstat", "1 0 1\n");
  stage.after(1);
  stage.fs.write("/proc/11/schedstat", { error: "gone" });
  const { tree, processes } = stage.after(1);
  assertEquals(processes[1]?.unreadable?.runDelaySecondsTotal, "exiting");
  assertEquals(figuresOf(tree), [4, 0, 7]);
});

Deno.test("schedstat reads zombies, whose threads have ended, and kernel threads", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10, state: "Z" }, {
    pid: 12,
    ppid: 10,
    flags: 0x0020_0000,
    state: "I",
  }).process(10, [0, 0, 1]).process(11, [100, 4000, 6]).process(12, [1, 10, 2]);
  const { processes: [, zombie, kernel] } = stage.after(1);
  assertEquals(zombie?.runDelaySecondsTotal, 4);
  assertEquals(kernel?.runDelaySecondsTotal, 0.01);
});

Deno.test("schedstat reads all threads of a process whose main thread has ended", () => {
  const stage = new Waiters({ pid: 10, state: "Z" });
  const { processes: [line] } = stage
    .threads({ 10: [100, 1000, 5], [SECOND]: [50, 2000, 6] }).after(1);
  assertEquals(figuresOf(line), [3, null, 11]);
});

Deno.test("schedstat names the policy of the main thread, its real-time priority and its last CPU", () => {
  const scheduled = (processor: number, rtPriority: number, policy: number) => {
    const stage = new Waiters({ pid: 10 });
    const text = stage.fs.readTextFile("/proc/10/stat").replace(
      / 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n$/,
      ` 17 ${processor} ${rtPriority} ${policy} 0 0 0 0 0 0 0 0 0 0 0\n`,
    );
    stage.fs.write("/proc/10/stat", text);
    const { processes: [line] } = stage.after(1);
    return [line?.lastProcessor, line?.rtPriority, line?.policy];
  };
  assertEquals(scheduled(3, 0, 0), [3, 0, "SCHED_OTHER"]);
  assertEquals(scheduled(0, 50, 1), [0, 50, "SCHED_FIFO"]);
  assertEquals(scheduled(1, 99, 2), [1, 99, "SCHED_RR"]);
  assertEquals([3, 5, 6, 7, 4].map((policy) => scheduled(0, 0, policy)[2]), [
    "SCHED_BATCH",
    "SCHED_IDLE",
    "SCHED_DEADLINE",
    "SCHED_EXT",
    "4",
  ]);
});

Deno.test("schedstat says that an old kernel does not tell how a process is scheduled", () => {
  const stage = new Waiters({ pid: 10 });
  const text = stage.fs.readTextFile("/proc/10/stat");
  stage.fs.write("/proc/10/stat", `${text.split(" ", 29).join(" ")}\n`);
  const { processes: [line] } = stage.after(1);
  assertEquals([line?.lastProcessor, line?.policy, line?.rtPriority], [
    null,
    null,
    null,
  ]);
  assertEquals(line?.unreadable?.policy, "unsupported");
  assertEquals(line?.unreadable?.lastProcessor, "unsupported");
});
