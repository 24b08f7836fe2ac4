import { assertEquals } from "@std/assert";
import { delays } from "../../src/collect/delays.ts";
import { readHostFacts } from "../../src/host/facts.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { MemoryFs, type MemoryProcess } from "../../src/testing/memory_fs.ts";

const ACCOUNTING = "/proc/sys/kernel/task_delayacct";
const SECOND = 1_000_010;

/** Processes in memory and their sampler. */
class Waiters {
  readonly fs = new MemoryFs();
  readonly #clock = new ManualClock();
  readonly #sampler: Sampler;

  constructor(...processes: readonly MemoryProcess[]) {
    for (const one of processes) this.fs.addProcess(one);
    this.fs.write(ACCOUNTING, "1\n");
    this.#sampler = new Sampler({
      pid: 10,
      collect: [delays()],
      fs: this.fs,
      clock: this.#clock,
    });
  }

  /** The ticks that a thread has waited, by its `stat`, the last words of which are 0. */
  waited(path: string, ticks: number, start = 100): this {
    const pid = /(\d+)$/.exec(path)?.[1] ?? "";
    const text = this.fs.readTextFile(`/proc/10/stat`);
    const words = text.slice(text.lastIndexOf(")") + 2, -1).split(" ");
    words[1] = path === "/proc/11" ? "10" : words[1] ?? "";
    words[19] = `${start}`;
    words[39] = `${ticks}`;
    this.fs.write(`${path}/stat`, `${pid} (program) ${words.join(" ")}\n`);
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
      "blkioDelaySecondsTotal" | "blkioDelayPercentage" | "unreadable"
    >
    | undefined,
): unknown[] {
  const { blkioDelaySecondsTotal, blkioDelayPercentage, unreadable } = line ??
    {};
  return [
    blkioDelaySecondsTotal,
    blkioDelayPercentage,
    unreadable?.blkioDelaySecondsTotal,
  ];
}

Deno.test("delays counts what a process has waited for block devices, and its share of the window", () => {
  const stage = new Waiters({ pid: 10 }).waited("/proc/10", 150);
  assertEquals(figuresOf(stage.after(1).processes[0]), [1.5, null, undefined]);
  const { processes: [line], tree } = stage.waited("/proc/10", 190).after(2);
  // 0.4 s of 2 s.
  assertEquals(figuresOf(line), [1.9, 20, undefined]);
  assertEquals(figuresOf(tree), [1.9, 20, undefined]);
});

Deno.test("delays adds up the threads of a process, and keeps those that have ended", () => {
  const stage = new Waiters({ pid: 10, numThreads: 2 });
  stage.fs.write("/proc/10/task", ["10", `${SECOND}`]);
  stage.waited("/proc/10", 100).waited("/proc/10/task/10", 100)
    .waited(`/proc/10/task/${SECOND}`, 50, 200);
  assertEquals(figuresOf(stage.after(1).processes[0]), [1.5, null, undefined]);
  // The second thread's id is taken by one that has waited longer.
  stage.waited(`/proc/10/task/${SECOND}`, 70, 1100);
  assertEquals(figuresOf(stage.after(1).processes[0]), [2.2, 70, undefined]);
  stage.fs.write("/proc/10/task", ["10"]);
  stage.fs.write(`/proc/10/task/${SECOND}/stat`, { error: "gone" });
  assertEquals(figuresOf(stage.after(1).processes[0]), [2.2, 0, undefined]);
});

Deno.test("delays keeps in the tree what an ended process had waited", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 });
  stage.waited("/proc/10", 10).waited("/proc/11", 400).after(1);
  stage.fs.removeProcess(11);
  assertEquals(figuresOf(stage.after(1).tree), [4.1, 0, undefined]);
});

Deno.test("delays knows nothing while the kernel does not account for it", () => {
  const stage = new Waiters({ pid: 10 }).waited("/proc/10", 7);
  stage.fs.write(ACCOUNTING, "0\n");
  const { processes: [line], tree } = stage.after(1);
  assertEquals(figuresOf(line), [null, null, "unsupported"]);
  assertEquals(figuresOf(tree), [null, null, "unsupported"]);
  const reader = new ProcReader(stage.fs);
  const facts = readHostFacts(reader);
  assertEquals(
    delays().unusable(reader, facts),
    `The collector delays finds nothing while ${ACCOUNTING} is 0`,
  );
  stage.fs.write(ACCOUNTING, "1\n");
  assertEquals(delays().unusable(reader, facts), null);
});

Deno.test("delays knows no process that started before accounting was switched on", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 });
  stage.waited("/proc/10", 0).waited("/proc/11", 0);
  stage.fs.write(ACCOUNTING, "0\n");
  // 11 s after boot.
  stage.after(1);
  stage.fs.write(ACCOUNTING, "1\n");
  stage.fs.removeProcess(11);
  stage.fs.addProcess({ pid: 11, ppid: 10 });
  const { processes: [older, newer] } = stage.waited("/proc/11", 0, 1150)
    .after(1);
  assertEquals(figuresOf(older), [null, null, "unsupported"]);
  assertEquals(figuresOf(newer), [0, 0, undefined]);
});

Deno.test("delays does not know what the tree has waited once a process has ended that never told", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 });
  stage.waited("/proc/10", 0).waited("/proc/11", 0);
  stage.fs.write(ACCOUNTING, "0\n");
  stage.after(1);
  stage.fs.removeProcess(11);
  assertEquals(figuresOf(stage.after(1).tree), [null, null, "unsupported"]);
  // Those that are left started before it was switched on, too.
  stage.fs.write(ACCOUNTING, "1\n");
  stage.waited("/proc/10", 3);
  const { tree } = stage.after(1);
  assertEquals(tree.blkioDelaySecondsTotal, null);
  assertEquals(tree.unreadable?.blkioDelaySecondsTotal, "unsupported");
});

Deno.test("delays knows that nothing was lost on an older kernel once a process has waited", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 });
  stage.fs.write(ACCOUNTING, { error: "gone" });
  stage.waited("/proc/10", 0).waited("/proc/11", 0).after(1);
  stage.fs.removeProcess(11);
  assertEquals(figuresOf(stage.after(1).tree), [null, null, "unsupported"]);
  stage.waited("/proc/10", 5).after(1);
  assertEquals(figuresOf(stage.after(1).tree), [0.05, 0, undefined]);
});

Deno.test("delays does not take for none what was refused on an older kernel", () => {
  const stage = new Waiters(
    { pid: 10 },
    { pid: 11, ppid: 10, numThreads: 2 },
  );
  stage.fs.write(ACCOUNTING, { error: "gone" });
  stage.fs.write("/proc/11/task", { error: "denied" });
  stage.waited("/proc/10", 0).after(1);
  stage.fs.removeProcess(11);
  stage.waited("/proc/10", 5).after(1);
  const { tree } = stage.after(1);
  assertEquals(tree.unreadable?.blkioDelaySecondsTotal, "denied");
});

Deno.test("delays takes none for none on an older kernel once a process has waited", () => {
  const stage = new Waiters({ pid: 10 }, { pid: 11, ppid: 10 });
  stage.fs.write(ACCOUNTING, { error: "gone" });
  stage.waited("/proc/10", 0).waited("/proc/11", 0);
  assertEquals(figuresOf(stage.after(1).tree), [null, null, "unsupported"]);
  stage.waited("/proc/11", 5).after(1);
  const { processes: [line] } = stage.after(1);
  assertEquals(figuresOf(line), [0, null, undefined]);
});
