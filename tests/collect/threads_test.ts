import { assert, assertEquals } from "@std/assert";
import { schedstat } from "../../src/collect/schedstat.ts";
import { threads } from "../../src/collect/threads.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { ProcFile } from "../../src/kernel/proc_fs.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import { NotedFs } from "../support/noted_fs.ts";
import {
  type FakeThread,
  pick,
  ThreadStage,
  threadStat,
} from "../support/threads.ts";

Deno.test("threads makes a line of each thread, the main one first, then by start", async () => {
  using stage = await ThreadStage.start([
    { tid: 14, starttime: 300, comm: "late", state: "R", processor: 3 },
    { tid: 7, starttime: 300, comm: "wrapped" },
    { tid: 10 },
    { tid: 12, starttime: 200 },
  ]);
  const sample = stage.sample();
  assertEquals(
    pick(sample, "pid", "tid", "startTicks", "comm", "state", "processor"),
    [
      [10, 10, 100, "prog", "S", 0],
      [10, 12, 200, "prog", "S", 0],
      [10, 7, 300, "wrapped", "S", 0],
      [10, 14, 300, "late", "R", 3],
    ],
  );
  assertEquals(pick(sample, "uptimeSeconds"), [[10], [9], [8], [8]]);
});

Deno.test("threads makes one line of a process with one thread", () => {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10 });
  fs.addProcess({ pid: 11, ppid: 10, state: "Z" });
  using sampler = new Sampler({ pid: 10, fs, collect: [threads()] });
  assertEquals(pick(sampler.sample(), "pid", "tid", "state"), [
    [10, 10, "S"],
    [11, 11, "Z"],
  ]);
});

Deno.test("threads measures each thread over its own window, and none by more than one core", async () => {
  using stage = await ThreadStage.start([
    { tid: 10, utime: 500 },
    { tid: 12, starttime: 500, utime: 10, stime: 20 },
  ]);
  // Both were there before the run: 10 started 10 s ago and has used 5, 12 6 s ago and 0.3.
  const first = stage.sample();
  assertEquals(
    pick(first, "cpuPercentage", "cpuWindowSeconds", "averageCpuPercentage"),
    [[null, null, 50], [null, null, 5]],
  );
  assertEquals(first.threads?.[0]?.unreadable, {
    cpuPercentage: "first_sample",
    userCpuPercentage: "first_sample",
    kernelCpuPercentage: "first_sample",
    cpuWindowSeconds: "first_sample",
  });
  const second = stage.sample([
    { tid: 10, utime: 525 },
    { tid: 12, starttime: 500, utime: 40, stime: 60 },
    // It started half a second ago, and has used 0.2.
    { tid: 13, starttime: 1150, utime: 5, stime: 15 },
  ]);
  assertEquals(
    pick(
      second,
      "cpuPercentage",
      "userCpuPercentage",
      "kernelCpuPercentage",
      "cpuWindowSeconds",
      "userCpuSecondsTotal",
    ),
    [
      [25, 25, 0, 1, 5.25],
      [70, 30, 40, 1, 0.4],
      [40, 10, 30, 0.5, 0.05],
    ],
  );
  // A reading that came late: 1.3 s in a window of one.
  const third = stage.sample([{ tid: 10, utime: 655 }]);
  assertEquals(pick(third, "cpuPercentage"), [[100]]);
});

Deno.test("threads says on the process's line what stands on no thread's", async () => {
  using stage = await ThreadStage.start([
    { tid: 10, utime: 100 },
    { tid: 11, utime: 50, stime: 5 },
  ]);
  const unseen = (...args: Parameters<ThreadStage["sample"]>) =>
    stage.sample(...args).processes[0]?.unseenThreadsCpuSeconds;
  // 2 s of the process, 1.55 s of its threads.
  assertEquals(unseen(undefined), 0);
  assertEquals(
    unseen([{ tid: 10, utime: 100 }, { tid: 11, utime: 55, stime: 5 }], 200),
    0.4,
  );
  // One has ended.
  assertEquals(unseen([{ tid: 10, utime: 100 }], 210), 1.1);
  // The thread was read after its process.
  assertEquals(unseen([{ tid: 10, utime: 212 }], 210), 0);
});

Deno.test("threads leaves out a thread that ends between listing and reading", async () => {
  using stage = await ThreadStage.start([{ tid: 10 }, { tid: 11 }]);
  stage.sample();
  const { threads, processes: [process] } = stage.sample([
    { tid: 10 },
    { tid: 11, stat: { error: "gone" } },
    { tid: 12, stat: threadStat({ tid: 12, state: "X" }) },
  ]);
  assertEquals(threads?.map(({ tid }) => tid), [10]);
  assertEquals(process?.unreadable ?? null, null);
  // It is back: another thread.
  assertEquals(
    pick(
      stage.sample([{ tid: 10 }, { tid: 11, starttime: 1250, utime: 10 }]),
      "tid",
      "cpuPercentage",
    ),
    [[10, 0], [11, 20]],
  );
});

Deno.test("threads says why a thread has no line", async () => {
  using stage = await ThreadStage.start([{ tid: 10 }, { tid: 11 }]);
  stage.sample();
  for (
    const [stat, why] of [
      [{ error: "denied" }, "denied"],
      ["11 (prog", "malformed"],
      // The stat of another thread.
      [threadStat({ tid: 12 }), "malformed"],
    ] as const
  ) {
    const { threads, processes: [process] } = stage.sample([
      { tid: 10 },
      { tid: 11, stat },
    ]);
    assertEquals(threads?.map(({ tid }) => tid), [10]);
    assertEquals(process?.unseenThreadsCpuSeconds, null);
    assertEquals(process?.unreadable, {
      thread: why,
      unseenThreadsCpuSeconds: why,
    });
  }
  // Its window goes on from where it was last read.
  const { threads } = stage.sample([{ tid: 10 }, { tid: 11, utime: 40 }]);
  assertEquals(
    threads?.map(({ cpuPercentage, cpuWindowSeconds }) => [
      cpuPercentage,
      cpuWindowSeconds,
    ]),
    [[0, 1], [10, 4]],
  );
});

Deno.test("threads of a process that may not be listed, or is gone by then, are said to be missing", async () => {
  using stage = await ThreadStage.start([{ tid: 10 }]);
  stage.fs.changeProcess(10, { files: { task: { error: "denied" } } });
  const denied = stage.sample();
  assertEquals(denied.threads, []);
  assertEquals(denied.processes[0]?.unreadable?.thread, "denied");
  // The id is another process's by now.
  const other = stage.sample([{ tid: 10, starttime: 1200, utime: 50 }]);
  assertEquals(other.threads, []);
  assertEquals(other.processes[0]?.unreadable?.thread, "exiting");
});

Deno.test("threads gives a reused thread id a fresh start", async () => {
  using stage = await ThreadStage.start([
    { tid: 10 },
    { tid: 11, starttime: 150, utime: 900 },
  ]);
  stage.sample();
  const sample = stage.sample([
    { tid: 10 },
    { tid: 11, starttime: 1150, utime: 10 },
  ], 1000);
  // 0.1 s in the half second since its start.
  assertEquals(
    pick(sample, "startTicks", "cpuPercentage", "cpuWindowSeconds")[1],
    [1150, 20, 0.5],
  );
});

Deno.test("threads shows a main thread that has ended before the others", async () => {
  using stage = await ThreadStage.start([
    { tid: 10, state: "Z", utime: 7, startstack: 0 },
    { tid: 11, state: "R", utime: 3 },
  ]);
  assertEquals(pick(stage.sample(), "tid", "state", "userCpuSecondsTotal"), [
    [10, "Z", 0.07],
    [11, "R", 0.03],
  ]);
});

Deno.test("threads holds a counter that dips", async () => {
  using stage = await ThreadStage.start([{ tid: 10, utime: 50, stime: 50 }]);
  stage.sample();
  const dipped = stage.sample([{ tid: 10, utime: 49, stime: 53 }]);
  assertEquals(
    pick(
      dipped,
      "userCpuSecondsTotal",
      "kernelCpuSecondsTotal",
      "cpuPercentage",
    ),
    [[0.5, 0.53, 3]],
  );
});

for (
  const [who, before, now, expected] of [
    // 20.00 s are no growth of the main thread's 0.01 s in a second: the other one goes on, with
    // 0.3.
    ["a busier thread", 2000, 2030, [30, 0.31]],
    // The counter of the main thread would fall from 50 to 0.2 s: it goes on from where it was.
    ["a thread that has used less", 20, 35, [15, 50.15]],
  ] as const
) {
  Deno.test(`threads goes on from its own use where ${who} runs a program and becomes the main one`, async () => {
    const main = who === "a busier thread" ? 1 : 5000;
    using stage = await ThreadStage.start([
      { tid: 10, utime: main },
      { tid: 11, utime: before },
      { tid: 12, utime: 0 },
    ]);
    stage.sample();
    const used = main + before;
    const sample = stage.sample(
      [{ tid: 10, comm: "next", utime: now, startstack: 7000 }],
      used + now - before,
    );
    assertEquals(
      pick(sample, "tid", "comm", "cpuPercentage", "userCpuSecondsTotal"),
      [[10, "next", ...expected]],
    );
    // And on.
    const later = stage.sample(
      [{ tid: 10, comm: "next", utime: now + 50, startstack: 7000 }],
      used + now - before + 50,
    );
    assertEquals(pick(later, "cpuPercentage", "userCpuSecondsTotal"), [
      [50, expected[1] + 0.5],
    ]);
  });
}

Deno.test("threads goes on with the main thread where that runs a program itself", async () => {
  using stage = await ThreadStage.start([
    { tid: 10, utime: 400 },
    { tid: 11, utime: 10 },
  ]);
  stage.sample();
  const sample = stage.sample(
    [{ tid: 10, comm: "next", utime: 440, startstack: 7000 }],
    450,
  );
  assertEquals(pick(sample, "cpuPercentage", "userCpuSecondsTotal"), [[
    40,
    4.4,
  ]]);
});

Deno.test("threads does not tell the use of a main thread that may be one of several", async () => {
  using stage = await ThreadStage.start([
    { tid: 10, utime: 10 },
    { tid: 11, utime: 30 },
  ]);
  stage.sample();
  // It has grown by 0.3 or by 0.1 s, and the process has used 0.3.
  const sample = stage.sample(
    [{ tid: 10, comm: "next", utime: 40, startstack: 7000 }],
    70,
  );
  assertEquals(pick(sample, "cpuPercentage", "userCpuSecondsTotal"), [[
    null,
    0.2,
  ]]);
  assertEquals(sample.threads?.[0]?.unreadable?.cpuPercentage, "counter");
});

const IO = (read: number, calls = 2) =>
  `rchar: ${read}\nwchar: 1\nsyscr: ${calls}\nsyscw: 3\nread_bytes: 4096\n` +
  "write_bytes: 8192\ncancelled_write_bytes: 0\n";

const FAULTS_AND_READS = [
  "minorFaultsTotal",
  "ioReadCallsTotal",
  "ioReadCharsBytesTotal",
] as const;

Deno.test("threads goes on with the thread whose page faults fit, where none has used CPU time", async () => {
  const threads = [
    { tid: 10, minflt: 55, files: { io: IO(800, 8) } },
    { tid: 11, minflt: 258, files: { io: IO(5000, 1000) } },
  ];
  using stage = await ThreadStage.start(threads, ["threads", "stat", "io"]);
  stage.sample(threads, 0, 313);
  // The other one has had 53 more; the main thread would have had 256, the process had 53.
  const sample = stage.sample(
    [{
      tid: 10,
      comm: "next",
      minflt: 311,
      startstack: 7000,
      files: { io: IO(5700, 1008) },
    }],
    0,
    366,
  );
  assertEquals(pick(sample, ...FAULTS_AND_READS), [[108, 16, 1500]]);
});

Deno.test("threads takes page faults for no proof of the CPU time that was used", async () => {
  const threads = [
    { tid: 10, utime: 0, minflt: 5000 },
    { tid: 11, utime: 50, minflt: 4700 },
    { tid: 12, utime: 30, minflt: 9999 },
  ];
  using stage = await ThreadStage.start(threads, ["threads", "stat"]);
  stage.sample(threads, 80, 19_699);
  // Thread 11 it is, which has had 400 faults since the process was read.
  const sample = stage.sample(
    [{ tid: 10, comm: "next", utime: 52, minflt: 5100, startstack: 7000 }],
    132,
    19_699,
  );
  assertEquals(pick(sample, "cpuPercentage"), [[null]]);
  assertEquals(sample.threads?.[0]?.unreadable?.cpuPercentage, "counter");
});

Deno.test("threads adds no more than was used, where nothing tells which thread has become the main one", async () => {
  const threads = [
    { tid: 10, minflt: 55, files: { io: IO(9000, 8) } },
    { tid: 11, minflt: 60, files: { io: IO(5000, 1000) } },
    { tid: 12, minflt: 60, files: {} },
  ];
  using stage = await ThreadStage.start(threads, ["threads", "stat", "io"]);
  stage.sample(threads, 0, 175);
  const next = {
    tid: 10,
    comm: "next",
    minflt: 70,
    startstack: 7000,
  };
  const sample = stage.sample(
    [
      { ...next, files: { io: IO(9500, 1008) } },
    ],
    0,
    190,
  );
  // From 60 on. Of the io of the third one nothing was known.
  assertEquals(pick(sample, ...FAULTS_AND_READS), [[65, 8, 9000]]);
  const later = stage.sample(
    [
      { ...next, files: { io: IO(9700, 1010) } },
    ],
    0,
    190,
  );
  assertEquals(
    pick(later, "ioReadCallsTotal", "ioReadCharsBytesTotal"),
    [[10, 9200]],
  );
});

Deno.test("threads takes names as they are", async () => {
  const names = [") R 1 (", "a\nb", "", "((", "\ufffd\u001b[31m", "x) Z 0 0 0"];
  using stage = await ThreadStage.start(
    names.map((comm, i) => ({ tid: 10 + i, comm })),
  );
  assertEquals(
    pick(stage.sample(), "comm", "state"),
    names.map((comm) => [comm, "S"]),
  );
});

const STATUS = (voluntary: number) =>
  `Tgid:\t10\nUid:\t7\t7\t7\t7\nvoluntary_ctxt_switches:\t${voluntary}\n` +
  "nonvoluntary_ctxt_switches:\t2\n";
Deno.test("threads has what other collectors read of a process, where those run", async () => {
  using stage = await ThreadStage.start([
    { tid: 10, files: { status: STATUS(5), io: IO(100) } },
    { tid: 11, files: { status: STATUS(6), io: { error: "denied" } } },
  ], ["stat", "status", "io", "threads"]);
  const sample = stage.sample();
  assertEquals(
    pick(
      sample,
      "minorFaultsTotal",
      "majorFaultsTotal",
      "priority",
      "voluntaryCtxtSwitches",
      "nonvoluntaryCtxtSwitches",
      "ioReadCharsBytesTotal",
      "ioWrittenBytesTotal",
    ),
    [[9, 1, 20, 5, 2, 100, 8192], [9, 1, 20, 6, 2, null, null]],
  );
  assertEquals(sample.threads?.[1]?.unreadable?.ioReadBytesTotal, "denied");
});

Deno.test("threads reads stat alone without other collectors", async () => {
  using stage = await ThreadStage.start([{ tid: 10, files: { io: IO(1) } }]);
  const [thread] = stage.sample().threads ?? [];
  assertEquals(
    Object.keys(thread ?? {}).filter((key) => /Faults|Ctxt|io/.test(key)),
    [],
  );
});

/** Counts the files that are open, and gives out a few only. */
class FewFiles extends MemoryFs {
  numOpen = 0;
  mostOpen = 0;
  readonly #most: number;

  constructor(most: number) {
    super();
    this.#most = most;
  }

  override open(path: string): ProcFile {
    const file = super.open(path);
    if (this.numOpen >= this.#most) {
      return {
        byPath: true,
        readText: () => this.readTextFile(path),
        close: () => {},
      };
    }
    this.numOpen++;
    this.mostOpen = Math.max(this.mostOpen, this.numOpen);
    return {
      readText: () => file.readText(),
      close: () => {
        this.numOpen--;
        file.close();
      },
    };
  }
}

Deno.test("threads gives files back where descriptors run out, and closes all at the end", () => {
  const fs = new FewFiles(40);
  fs.addProcess({ pid: 10, numThreads: 100 });
  {
    using sampler = new Sampler({ pid: 10, fs, collect: [threads()] });
    for (const numThreads of [100, 100, 30, 3]) {
      fs.changeProcess(10, { numThreads });
      assertEquals(sampler.sample().threads?.length, numThreads);
    }
    // Those of the three threads, of the process and of the sampler.
    assert(fs.numOpen < 12, `${fs.numOpen}`);
    assertEquals(fs.mostOpen, 40);
    fs.changeProcess(10, { numThreads: 100 });
    sampler.sample();
    assert(fs.numOpen < 30, `${fs.numOpen}`);
  }
  assertEquals(fs.numOpen, 0);
});

/** What has waited so many milliseconds. */
const SCHEDSTAT = (ms: number, slices = 7) => `1000000 ${ms * 1e6} ${slices}\n`;

const waiting = (tid: number, ms: number, rest: Partial<FakeThread> = {}) => ({
  tid,
  utime: 1,
  files: { schedstat: SCHEDSTAT(ms) },
  ...rest,
});

Deno.test("threads says how long each thread has waited for a CPU, and how it is scheduled", async () => {
  using stage = await ThreadStage.start(
    [waiting(10, 100), waiting(11, 2000)],
    ["threads", "schedstat"],
  );
  const first = stage.sample();
  const keys = [
    "tid",
    "runDelaySecondsTotal",
    "runDelayPercentage",
    "timeslicesTotal",
    "policy",
    "rtPriority",
  ] as const;
  assertEquals(pick(first, ...keys), [
    [10, 0.1, null, 7, "SCHED_OTHER", 0],
    [11, 2, null, 7, "SCHED_OTHER", 0],
  ]);
  assertEquals(
    first.threads?.map(({ unreadable }) => unreadable?.runDelayPercentage),
    ["first_sample", "first_sample"],
  );
  // Two seconds later one has waited a quarter of that, the other no more; a third has started a
  // second ago, and waited for 0.8 of it.
  stage.pass(1);
  const next = stage.sample([
    waiting(10, 600),
    waiting(11, 2000),
    waiting(12, 800, { starttime: 1200 }),
  ]);
  assertEquals(pick(next, ...keys), [
    [10, 0.6, 25, 7, "SCHED_OTHER", 0],
    [11, 2, 0, 7, "SCHED_OTHER", 0],
    [12, 0.8, 80, 7, "SCHED_OTHER", 0],
  ]);
  assertEquals(next.threads?.map(({ unreadable }) => unreadable), [
    null,
    null,
    null,
  ]);
});

Deno.test("threads goes on with what the thread has waited that becomes the main one", async () => {
  using stage = await ThreadStage.start([
    waiting(10, 5000, { utime: 5000 }),
    waiting(11, 100, { utime: 20 }),
  ], ["threads", "schedstat"]);
  stage.sample();
  const now = {
    comm: "next",
    utime: 35,
    startstack: 7000,
    files: { schedstat: SCHEDSTAT(350, 9) },
  };
  const sample = stage.sample([waiting(10, 0, now)], 5035);
  // 250 ms more, and two time slices.
  assertEquals(
    pick(
      sample,
      "runDelaySecondsTotal",
      "runDelayPercentage",
      "timeslicesTotal",
    ),
    [[5.25, 25, 9]],
  );
});

Deno.test("threads tells a kernel that counts no waiting from a thread that has not waited", async () => {
  using stage = await ThreadStage.start([
    { tid: 10, utime: 3, files: { schedstat: "0 0 0\n" } },
    { tid: 11, files: {} },
    { tid: 12, files: { schedstat: { error: "denied" } } },
    { tid: 13, files: { schedstat: "x y z\n" } },
    { tid: 14, state: "R", files: { schedstat: "0 0 0\n" } },
  ], ["threads", "schedstat"]);
  const { threads = [] } = stage.sample();
  assertEquals(
    threads.map(({ runDelaySecondsTotal, unreadable }) =>
      unreadable?.timeslicesTotal ?? runDelaySecondsTotal
    ),
    ["unsupported", "unsupported", "denied", "malformed", 0],
  );
});

Deno.test("threads has no window for what was waited where the reading before failed", async () => {
  using stage = await ThreadStage.start(
    [waiting(10, 100), waiting(11, 0)],
    ["threads", "schedstat"],
  );
  stage.sample();
  const denied = { files: { schedstat: { error: "denied" } } } as const;
  stage.sample([waiting(10, 0, denied), waiting(11, 0)]);
  const [main] = stage.sample([waiting(10, 300), waiting(11, 0)]).threads ?? [];
  assertEquals(main?.runDelaySecondsTotal, 0.3);
  assertEquals(main?.runDelayPercentage, null);
  assertEquals(main?.unreadable?.runDelayPercentage, "first_sample");
  const [next] = stage.sample([waiting(10, 400), waiting(11, 0)]).threads ?? [];
  assertEquals(next?.runDelayPercentage, 10);
});

Deno.test("threads and schedstat read the schedstat of each thread once", () => {
  const fs = new NotedFs();
  for (const [pid, tids] of [[10, [10, 11]], [20, [20]]] as const) {
    const files: Record<string, string> = { schedstat: SCHEDSTAT(1) };
    for (const tid of tids) {
      files[`task/${tid}/stat`] = threadStat({ tid, utime: 1 });
      files[`task/${tid}/schedstat`] = SCHEDSTAT(tid);
    }
    fs.addProcess({
      pid,
      ppid: pid === 10 ? 1 : 10,
      numThreads: tids.length,
      files,
    });
  }
  using sampler = new Sampler({
    pid: 10,
    collect: [threads(), schedstat()],
    fs,
  });
  fs.reads.length = 0;
  const sample = sampler.sample();
  assertEquals(pick(sample, "tid", "runDelaySecondsTotal"), [
    [10, 0.01],
    [11, 0.011],
    [20, 0.001],
  ]);
  assertEquals(fs.reads.filter((path) => path.endsWith("/schedstat")), [
    "/proc/10/task/10/schedstat",
    "/proc/10/task/11/schedstat",
    "/proc/20/schedstat",
  ]);
});
