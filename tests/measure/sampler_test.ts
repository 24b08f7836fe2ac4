import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import {
  type ProcParseError,
  ProcReadError,
  RootError,
} from "../../src/errors.ts";
import { events } from "../../src/collect/events.ts";
import { io } from "../../src/collect/io.ts";
import { hostClock } from "../../src/kernel/clock.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { SamplerOptions } from "../../src/measure/sampler_options.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { FakeProc, type FakeProcess, statText } from "../support/fake_proc.ts";
import { CHILD, IDLE, pids, processOf, ROOT, Stage } from "../support/stage.ts";
import { besidesFirstSample } from "../support/samples.ts";

Deno.test("sampler() finds nested trees, a parent before its children", () => {
  const stage = new Stage([
    { pid: 1, ppid: 0 },
    { pid: 5, ppid: 12 },
    ROOT,
    CHILD,
    { pid: 12, ppid: 11 },
    { pid: 13, ppid: 10 },
    { pid: 20, ppid: 1 },
  ]);
  assertEquals(pids(stage.after(0)), [10, 11, 12, 5, 13]);
});

Deno.test("sampler() finds the child of a thread by its parent process", () => {
  const stage = new Stage([{ ...ROOT, numThreads: 3 }, CHILD]);
  const { tree } = stage.after(0);
  assertEquals([tree.numProcesses, tree.numThreads], [2, 4]);
});

Deno.test("sampler() refuses the id of a thread as root", () => {
  const fs = new FakeProc();
  fs.start(ROOT);
  fs.write("/proc/77/status", "Tgid:\t10\nUid:\t0\t0\t0\t0\nThreads:\t2\n");
  assertThrows(
    () => new Sampler({ pid: 77, fs }),
    RootError,
    "Cannot sample 77: it is a thread of process 10",
  );
});

Deno.test("sampler() refuses a root that is not there, and what is not an id", () => {
  const fs = new FakeProc();
  assertThrows(
    () => new Sampler({ pid: 10, fs }),
    RootError,
    "no such process",
  );
  for (const pid of [0, -1, 1.5, NaN]) {
    assertThrows(() => new Sampler({ pid, fs }), RangeError);
  }
  assertThrows(() => new Sampler({ fs }), TypeError);
});

Deno.test("sampler() does not loop if parents form a ring", () => {
  const stage = new Stage([
    ROOT,
    { pid: 30, ppid: 31 },
    { pid: 31, ppid: 30 },
    { pid: 40, ppid: 40 },
  ]);
  assertEquals(pids(stage.after(0)), [10]);
});

Deno.test("sampler() does not loop if members come to form a ring", () => {
  const stage = new Stage([ROOT, CHILD, { pid: 12, ppid: 11 }]);
  stage.after(0);
  stage.fs.change(11, { ppid: 12 });
  assertEquals(pids(stage.after(1)), [10, 11, 12]);
});

Deno.test("sampler() counts user, kernel and total CPU between two samples", () => {
  const stage = new Stage([{ ...ROOT, utime: 100, stime: 50 }]);
  stage.after(0);
  stage.fs.change(10, { utime: 130, stime: 60 });
  const root = processOf(stage.after(2), 10);
  // 30 ticks of 10 ms in 2 s are 15 %, 10 are 5 %.
  assertAlmostEquals(root.userCpuPercentage ?? NaN, 15, 1e-9);
  assertAlmostEquals(root.kernelCpuPercentage ?? NaN, 5, 1e-9);
  assertAlmostEquals(root.cpuPercentage ?? NaN, 20, 1e-9);
  assertEquals(root.cpuWindowSeconds, 2);
  assertEquals(root.userCpuSecondsTotal, 1.3);
  assertEquals(root.kernelCpuSecondsTotal, 0.6);
});

Deno.test("sampler() tells the boot by the first sample, also when the wall clock steps", () => {
  // The clock of the stage stands at 1,000 s, and the host is up for 10 s.
  const stage = new Stage([ROOT]);
  assertEquals(stage.after(0).bootEpochMs, 990_000);
  stage.clock.step(3600);
  assertEquals(stage.after(1).bootEpochMs, 990_000);
});

Deno.test("sampler() knows the boot only once the uptime can be read", () => {
  const stage = new Stage([ROOT]);
  const uptime = stage.fs.readTextFile("/proc/uptime");
  stage.fs.write("/proc/uptime", "");
  assertEquals(stage.sampler.sample().bootEpochMs, null);
  stage.fs.write("/proc/uptime", uptime);
  assertEquals(stage.after(1).bootEpochMs, 990_000);
});

Deno.test("sampler() knows only the average of what was there before the run, until there is a window", () => {
  // Started at 1 s, seen at 10 s: 90 ticks in 9 s.
  const stage = new Stage([{ ...ROOT, utime: 90, starttime: 100 }]);
  const first = stage.after(0);
  const root = processOf(first, 10);
  assertEquals(root.averageCpuPercentage, 10);
  assertEquals(root.uptimeSeconds, 9);
  for (
    const key of [
      "cpuPercentage",
      "userCpuPercentage",
      "kernelCpuPercentage",
      "cpuWindowSeconds",
    ] as const
  ) {
    assertEquals([root[key], root.unreadable?.[key]], [null, "first_sample"]);
  }
  const { tree } = first;
  assertEquals(tree.averageCpuPercentage, 10);
  for (
    const key of [
      "cpuPercentage",
      "userCpuPercentage",
      "kernelCpuPercentage",
      "unseenCpuPercentage",
      "cpuLimitPercentage",
    ] as const
  ) {
    assertEquals([tree[key], tree.unreadable?.[key]], [null, "first_sample"]);
  }
  stage.fs.change(10, { utime: 140 });
  const second = stage.after(1);
  const later = processOf(second, 10);
  assertAlmostEquals(later.cpuPercentage ?? NaN, 50, 1e-9);
  assertEquals([later.averageCpuPercentage, later.unreadable], [null, null]);
  assertAlmostEquals(second.tree.cpuPercentage ?? NaN, 50, 1e-9);
  assertEquals(second.tree.averageCpuPercentage, null);
});

Deno.test("sampler() lets a process from before the run that is seen late add its average alone", () => {
  // Seen at 12 s for the first time: 1,000 ticks in 10 s, of which one second's fall into the
  // interval, on no line.
  const stage = new Stage([ROOT]);
  stage.after(0);
  stage.fs.start({ ...CHILD, starttime: 200, utime: 1000 });
  const { tree, processes } = stage.after(2);
  const child = processes.find(({ pid }) => pid === 11);
  assertEquals(child?.cpuPercentage, null);
  assertEquals(child?.averageCpuPercentage, 100);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 100, 1e-9);
  assertAlmostEquals(tree.unseenCpuPercentage ?? NaN, 100, 1e-9);
});

Deno.test("sampler() gives a process born between samples its own window", () => {
  const stage = new Stage([ROOT]);
  stage.after(0);
  // Started at 11.5 s, seen at 12 s: 25 ticks in half a second.
  stage.fs.start({ ...CHILD, starttime: 1150, utime: 25 });
  const sample = stage.after(2);
  assertEquals(processOf(sample, 11).cpuWindowSeconds, 0.5);
  assertAlmostEquals(processOf(sample, 11).cpuPercentage ?? NaN, 50, 1e-9);
  // The same ticks are 12.5 % of the tree's interval of 2 s.
  assertAlmostEquals(sample.tree.cpuPercentage ?? NaN, 12.5, 1e-9);
});

Deno.test("sampler() holds percentages to the cores, and their parts with them", () => {
  const stage = new Stage([ROOT]);
  stage.after(0);
  stage.fs.change(10, { utime: 600, stime: 200 });
  const root = processOf(stage.after(1), 10);
  assertEquals(root.cpuPercentage, 400);
  assertEquals([root.userCpuPercentage, root.kernelCpuPercentage], [300, 100]);
});

Deno.test("sampler() does not hold percentages to the limit of a cgroup, which holds on the average of a period only", () => {
  const stage = new Stage([ROOT]);
  stage.fs.write(
    "/proc/self/mountinfo",
    "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
  );
  stage.fs.write("/proc/10/cgroup", "0::/a/b\n");
  stage.fs.write("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  stage.fs.write("/sys/fs/cgroup/a/cpu.max", "25000 100000\n");
  using sampler = new Sampler({ pid: 10, fs: stage.fs, clock: stage.clock });
  sampler.sample();
  stage.fs.change(10, { utime: 3 });
  stage.clock.pass(0.06);
  const { tree } = sampler.sample();
  assertEquals(tree.numCores, 0.25);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 50, 1e-9);
  assertAlmostEquals(tree.cpuLimitPercentage ?? NaN, 200, 1e-9);
});

Deno.test("sampler() sees each limit on the way up, whichever mount shows it", () => {
  const stage = new Stage([ROOT]);
  const own = "28 1 0:26 /a/b /own rw - cgroup2 cgroup rw\n";
  stage.fs.write("/proc/10/cgroup", "0::/a/b\n");
  stage.fs.write("/own/cpu.max", "150000 100000\n");
  stage.fs.write("/sys/fs/cgroup/a/cpu.max", "50000 100000\n");
  stage.fs.write("/sys/fs/cgroup/cpu.max", "25000 100000\n");
  const numCores = (mountinfo: string) => {
    stage.fs.write("/proc/self/mountinfo", mountinfo);
    return stage.after(1).tree.numCores;
  };
  assertEquals(numCores(own), 1.5);
  // Mounts that come and go in the run count from then on.
  assertEquals(
    numCores(`${own}30 1 0:26 /a /sys/fs/cgroup/a rw - cgroup2 cgroup2 rw\n`),
    0.5,
  );
  assertEquals(
    numCores(`${own}30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n`),
    0.25,
  );
  assertEquals(numCores(""), 4);
});

Deno.test("sampler() counts only CPUs that are allowed and switched on", () => {
  const stage = new Stage([ROOT]);
  stage.fs.write(
    "/proc/10/status",
    "Tgid:\t10\nUid:\t0\t0\t0\t0\nThreads:\t1\nCpus_allowed_list:\t2-127\n",
  );
  assertEquals(stage.after(0).tree.numCores, 2);
});

Deno.test("sampler() shows children in full that may run on more CPUs than the root", () => {
  const stage = new Stage([ROOT, CHILD, { pid: 12, ppid: 10 }]);
  stage.fs.write(
    "/proc/10/status",
    "Tgid:\t10\nUid:\t0\t0\t0\t0\nThreads:\t1\nCpus_allowed_list:\t0\n",
  );
  stage.after(0);
  stage.fs.change(11, { utime: 90 });
  stage.fs.change(12, { utime: 80 });
  const { tree } = stage.after(1);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 170, 1e-9);
  assertAlmostEquals(tree.cpuLimitPercentage ?? NaN, 170, 1e-9);
  assertEquals(tree.unseenCpuPercentage, 0);
});

Deno.test("sampler() says 0 % if no time has passed", () => {
  const stage = new Stage([ROOT]);
  stage.after(0);
  stage.fs.change(10, { utime: 5 });
  const sample = stage.after(0);
  assertEquals(processOf(sample, 10).cpuPercentage, 0);
  assertEquals(sample.tree.cpuPercentage, 0);
});

for (const byPath of [false, true]) {
  const how = byPath ? "without an open file" : "with an open file";
  Deno.test(`sampler() gives a reused pid a fresh start, ${how}`, () => {
    const stage = new Stage([
      ROOT,
      { ...CHILD, utime: 500, stime: 500 },
    ], { byPath });
    stage.after(0);
    stage.fs.end(11);
    stage.fs.start({ ...CHILD, starttime: 1050, utime: 1, exe: "/bin/other" });
    const sample = stage.after(1);
    const child = processOf(sample, 11);
    assertEquals(child.exe, "other");
    // 1 tick since 10.5 s, half a second ago.
    assertEquals(child.cpuWindowSeconds, 0.5);
    assertAlmostEquals(child.cpuPercentage ?? NaN, 2, 1e-9);
    assert((sample.tree.cpuPercentage ?? -1) >= 0);
    // What was last seen of the first process stays: 10 s, and 10 ms of the second.
    assertAlmostEquals(
      sample.tree.userCpuSecondsTotal + sample.tree.kernelCpuSecondsTotal,
      10.01,
      1e-9,
    );
  });
}

Deno.test("sampler() takes a fall of CPU time for another process if no open file vouches", () => {
  const stage = new Stage([ROOT, { ...CHILD, utime: 500 }], { byPath: true });
  stage.after(0);
  stage.fs.change(11, { utime: 3 });
  const child = processOf(stage.after(1), 11);
  assertEquals(child.cpuPercentage, null);
  assertEquals(child.unreadable?.cpuPercentage, "first_sample");
  assert((child.averageCpuPercentage ?? -1) >= 0);
});

for (
  const { fall, falls, then, cpu, total } of [
    // By a tick and back: the 52,160 ticks were counted, and 10 more.
    { fall: "a tick", falls: 52_159, then: 52_170, cpu: 10, total: 521.7 },
    // By much, and on from there: 50 ticks more.
    { fall: "much", falls: 100, then: 150, cpu: 50, total: 522.1 },
    { fall: "all", falls: 0, then: 0, cpu: 0, total: 521.6 },
  ]
) {
  for (const who of [10, 11]) {
    Deno.test(`sampler() keeps process ${who} if its open file shows CPU time that fell by ${fall}`, () => {
      const busy = { utime: 52_160, stime: 0 };
      const stage = new Stage([
        { ...ROOT, ...(who === 10 ? busy : {}) },
        { ...CHILD, ...(who === 11 ? busy : {}) },
      ], { collect: [events()] });
      assertEquals(stage.after(0).tree.userCpuSecondsTotal, 521.6);
      stage.fs.change(who, { utime: falls });
      const fallen = stage.after(1);
      assertEquals(fallen.events, []);
      assertEquals(fallen.tree.userCpuSecondsTotal, 521.6);
      assertEquals(fallen.tree.cpuPercentage, 0);
      assertEquals(fallen.tree.unseenCpuPercentage, 0);
      const { cpuPercentage, cpuWindowSeconds, userCpuSecondsTotal } =
        processOf(fallen, who);
      assertEquals(
        { cpuPercentage, cpuWindowSeconds, userCpuSecondsTotal },
        { cpuPercentage: 0, cpuWindowSeconds: 1, userCpuSecondsTotal: 521.6 },
      );

      stage.fs.change(who, { utime: then });
      const after = stage.after(1);
      const line = processOf(after, who);
      assertEquals(after.events, []);
      assertAlmostEquals(line.cpuPercentage ?? NaN, cpu, 1e-9);
      assertAlmostEquals(after.tree.cpuPercentage ?? NaN, cpu, 1e-9);
      assertAlmostEquals(after.tree.userCpuSecondsTotal, total, 1e-9);
      assertAlmostEquals(line.userCpuSecondsTotal, total, 1e-9);
      assertEquals(stage.sampler.rootEnded, false);
    });
  }
}

Deno.test("sampler() counts a tick once that is lost and found again and again", () => {
  const stage = new Stage([{ ...ROOT, utime: 500, stime: 100 }]);
  stage.after(0);
  for (let i = 0; i < 40; i++) {
    stage.fs.change(10, { utime: 499 + i % 2, stime: 101 - i % 2 });
    const { tree } = stage.after(1);
    assertEquals(tree.userCpuSecondsTotal, 5);
    assertEquals(tree.kernelCpuSecondsTotal, 1.01);
  }
});

Deno.test("sampler() holds the time of reaped children if the parent's count of it falls", () => {
  const stage = new Stage([
    { ...ROOT, cutime: 5000, cstime: 300 },
    { ...CHILD, utime: 200 },
  ], { collect: [events()] });
  assertEquals(stage.after(0).tree.userCpuSecondsTotal, 52);
  stage.fs.change(10, { cutime: 1000, cstime: 299 });
  const { tree, processes, events: happened } = stage.after(1);
  assertEquals(happened, []);
  assertEquals(tree.consistent, true);
  assertEquals([tree.userCpuSecondsTotal, tree.kernelCpuSecondsTotal], [52, 3]);
  assertEquals(processes[0]?.childrenUserCpuSecondsTotal, 50);
  assertEquals(processes[0]?.childrenKernelCpuSecondsTotal, 3);
  // The child uses another second, ends, and is reaped.
  stage.fs.end(11);
  stage.fs.change(10, { cutime: 1300 });
  assertEquals(stage.after(1).tree.userCpuSecondsTotal, 53);
});

Deno.test("sampler() goes on counting what others use while the count of one has fallen", () => {
  const stage = new Stage([ROOT, { ...CHILD, utime: 40_000 }, {
    pid: 12,
    ppid: 10,
  }]);
  stage.after(0);
  stage.fs.change(11, { utime: 0 });
  stage.fs.change(12, { utime: 60 });
  const { tree } = stage.after(1);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 60, 1e-9);
  assertEquals(tree.userCpuSecondsTotal, 400.6);
});

Deno.test("sampler() reports a start once, and an exit with what was counted, of a process whose time fell", () => {
  const stage = new Stage([ROOT, { ...CHILD, utime: 4000, cutime: 900 }], {
    collect: [events()],
  });
  stage.after(0);
  stage.fs.change(11, { utime: 100, cutime: 0 });
  stage.after(1);
  stage.fs.end(11);
  const ends = stage.after(1).events.filter((event) => event.kind === "exit");
  assertEquals(
    ends.map((end) => [
      end.pid,
      end.userCpuSecondsTotal,
      end.childrenUserCpuSecondsTotal,
    ]),
    [[11, 40, 9]],
  );
});

Deno.test("sampler() takes an open stat for damaged that shows another start time", () => {
  const stage = new Stage([ROOT, { ...CHILD, utime: 500 }], {
    collect: [events()],
  });
  stage.after(0);
  stage.fs.change(11, { starttime: 101 });
  const damaged = stage.after(1);
  assertEquals([pids(damaged), damaged.tree.malformed], [[10], 1]);
  assertEquals(damaged.events, []);
  stage.fs.change(11, { starttime: 100, utime: 510 });
  const healed = stage.after(1);
  assertEquals(healed.events, []);
  assertEquals(processOf(healed, 11).cpuWindowSeconds, 2);
  assertEquals(healed.tree.userCpuSecondsTotal, 5.1);
});

Deno.test("sampler() sees an exec between samples as the same process", () => {
  const stage = new Stage([{ ...ROOT, utime: 100, exe: "/bin/dash" }]);
  stage.after(0);
  stage.fs.change(10, {
    exe: "/bin/sleep",
    comm: "sleep",
    addresses: 9999,
    utime: 110,
  });
  const root = processOf(stage.after(1), 10);
  assertEquals(root.exe, "sleep");
  assertEquals(root.cpuWindowSeconds, 1);
  assertAlmostEquals(root.cpuPercentage ?? NaN, 10, 1e-9);
});

Deno.test("sampler() sees an exec of the same name by its addresses", () => {
  const stage = new Stage([{ ...ROOT, pid: 33, exe: "/bin/prog" }], {
    pid: 33,
  });
  stage.after(0);
  stage.fs.change(33, { exe: "/opt/prog (deleted)", addresses: 8192 });
  const [root] = stage.after(1).processes;
  assertEquals([root?.exe, root?.exeDeleted], ["prog", true]);
});

Deno.test("sampler() sees an exec by the link alone where addresses are not random", () => {
  const addresses = 2 ** 47 - 8192;
  const stage = new Stage([{ ...ROOT, pid: 33, exe: "/bin/prog", addresses }], {
    pid: 33,
    collect: [events()],
  });
  stage.after(0);
  stage.fs.change(33, { exe: "/opt/other" });
  const { processes: [root], events: happened } = stage.after(1);
  assertEquals(root?.exe, "other");
  // Or its file was renamed: that is no event.
  assertEquals(happened, []);
});

Deno.test("sampler() counts what a process uses after a sample that could not read it", () => {
  // 5 s in the 9 s of its life: that was there before the run.
  const stage = new Stage([{ ...ROOT, utime: 500 }, { ...CHILD, utime: 100 }]);
  const stat = statText({ ...ROOT, utime: 500 });
  stage.fs.write("/proc/10/stat", { error: "denied" });
  assertEquals(stage.after(0).tree.denied, 1);
  stage.fs.write("/proc/10/stat", stat.replace(" 500 ", " 520 "));
  stage.fs.change(11, { utime: 150 });
  const { tree, processes } = stage.after(1);
  assertEquals(processes.map(({ pid }) => pid), [10, 11]);
  assertEquals([tree.cpuPercentage, tree.unseenCpuPercentage], [70, 20]);
});

Deno.test("sampler() labels a sample with whole milliseconds", () => {
  const fs = new FakeProc();
  fs.start({ ...ROOT });
  const clock = new ManualClock({ epochMs: 1004.75, monotonicMs: 5000 });
  using sampler = new Sampler({ pid: 10, fs, clock }, { selfUsage: IDLE });
  assertEquals(sampler.describeRun().epochMs, 1004);
  assertEquals(sampler.sample().epochMs, 1004);
});

Deno.test("sampler() says why a program is not known, and keeps the process", () => {
  const stage = new Stage([{ ...ROOT, exe: { error: "denied" } }]);
  const root = processOf(stage.after(0), 10);
  assertEquals([root.exe, root.exeDeleted], [null, null]);
  assertEquals(besidesFirstSample(root.unreadable), { exe: "denied" });
});

Deno.test("sampler() counts a process that is gone between listing and reading", () => {
  const stage = new Stage([ROOT, CHILD]);
  stage.fs.onRead = (path) => {
    if (path === "/proc/11/stat") stage.fs.end(11);
  };
  const sample = stage.after(0);
  assertEquals([pids(sample), sample.tree.gone], [[10], 1]);
});

Deno.test("sampler() counts a process that is gone between stat and statm", () => {
  const stage = new Stage([ROOT, CHILD]);
  stage.fs.onRead = (path) => {
    if (path === "/proc/11/statm") stage.fs.end(11);
  };
  const sample = stage.after(0);
  assertEquals([pids(sample), sample.tree.gone], [[10], 1]);
});

for (const dead of [{ state: "X" }, { state: "R", numThreads: 0 }]) {
  Deno.test(`sampler() takes a stat for gone: ${JSON.stringify(dead)}`, () => {
    const stage = new Stage([ROOT, CHILD]);
    stage.after(0);
    stage.fs.change(11, { ...dead, ppid: 0, utime: 0 });
    stage.fs.created(2000);
    const sample = stage.after(1);
    assertEquals(pids(sample), [10]);
    assertEquals(sample.tree.gone, 1);
  });
}

Deno.test("sampler() does not count as gone what had ended before the sample", () => {
  const stage = new Stage([ROOT, CHILD, { pid: 12, ppid: 1 }]);
  stage.after(0);
  stage.fs.end(11);
  stage.fs.end(12);
  for (let at = 1; at < 70; at++) {
    const sample = stage.after(at);
    assertEquals([pids(sample), sample.tree.gone], [[10], 0]);
  }
});

Deno.test("sampler() keeps an orphan, and what it starts", () => {
  const stage = new Stage([ROOT, CHILD, { pid: 12, ppid: 11 }]);
  assertEquals(processOf(stage.after(0), 12).orphan, false);
  stage.fs.end(11);
  stage.fs.change(12, { ppid: 1 });
  stage.fs.start({ pid: 13, ppid: 12 });
  const sample = stage.after(1);
  assertEquals(pids(sample), [10, 12, 13]);
  assertEquals(processOf(sample, 12).orphan, true);
  assertEquals(processOf(sample, 13).orphan, false);
});

const INIT: FakeProcess = { pid: 1, ppid: 0 };

/** Says which id was given out last, by a kernel that gives them out from 300 to 32,767. */
function givesPids(
  fs: FakeProc,
  lastPid: number,
  { created, tasks = 5 }: {
    readonly created: number;
    readonly tasks?: number;
  },
): void {
  fs.write("/proc/loadavg", `0.00 0.00 0.00 1/${tasks} ${lastPid}\n`);
  fs.created(created);
}

/** A tree, init and some children of it, on a kernel whose last id was 1,000. */
function stageWithPids(
  strangers: readonly number[],
  options: {
    readonly isInitial?: boolean;
    readonly nspid?: string;
    readonly hasSelf?: boolean;
  } = {},
): Stage {
  const { isInitial = true, nspid = "77", hasSelf = true } = options;
  return new Stage(
    [ROOT, INIT, ...strangers.map((pid) => ({ pid, ppid: 1 }))],
    {
      prepare: (fs) => {
        if (hasSelf) fs.write("/proc/self", "77");
        fs.write("/proc/self/status", `Name:\ta\nNSpid:\t${nspid}\n`);
        fs.write("/proc/self/ns/pid", `pid:[${isInitial ? 4026531836 : 7}]`);
        fs.write("/proc/sys/kernel/pid_max", "32768\n");
        givesPids(fs, 1000, { created: 5000 });
      },
    },
  );
}

/** A child of the root takes the id of a process that has ended. */
function takes(stage: Stage, pid: number): void {
  stage.fs.end(pid);
  stage.fs.start({ pid, ppid: 10, starttime: 1050 });
}

/** The outsiders that were read again. */
function readAgain(stage: Stage): string[] {
  return stage.fs.reads.filter((path) => /^\/proc\/\d{2,}\/stat$/.test(path))
    .filter((path) => path !== "/proc/10/stat");
}

Deno.test("sampler() reads an outsider again if its id was given out, and no other", () => {
  const stage = stageWithPids([1001, 1002, 1050, 1051, 1100, 900]);
  stage.after(0);
  takes(stage, 1050);
  givesPids(stage.fs, 1050, { created: 5048 });
  stage.fs.reads.length = 0;
  const sample = stage.after(1);
  assertEquals([pids(sample), sample.tree.consistent], [[10, 1050], true]);
  assertEquals([...new Set(readAgain(stage))].sort(), [
    "/proc/1001/stat",
    "/proc/1002/stat",
    "/proc/1050/stat",
  ]);
  // What was given out then is not read again.
  stage.fs.reads.length = 0;
  givesPids(stage.fs, 1055, { created: 5052 });
  stage.after(1);
  assertEquals([...new Set(readAgain(stage))].sort(), [
    "/proc/1050/stat",
    "/proc/1051/stat",
  ]);
});

Deno.test("sampler() finds a child of the root in the place of an outsider after the ids went round", () => {
  const stage = stageWithPids([300, 320, 340, 905, 32_767]);
  stage.after(0);
  takes(stage, 320);
  givesPids(stage.fs, 330, { created: 5000 + 31_700 });
  assertEquals(pids(stage.after(1)), [10, 320]);
  // Within the range: from 330 up to 340.
  takes(stage, 340);
  givesPids(stage.fs, 340, { created: 5000 + 31_710 });
  assertEquals(pids(stage.after(1)), [10, 320, 340]);
  // Around the end, and no more than that.
  givesPids(stage.fs, 32_760, { created: 5000 + 64_000 });
  stage.after(1);
  takes(stage, 300);
  givesPids(stage.fs, 301, { created: 5000 + 64_008 });
  stage.fs.reads.length = 0;
  assertEquals(pids(stage.after(1)), [10, 300, 320, 340]);
  assertEquals(stage.fs.reads.includes("/proc/905/stat"), false);
});

for (
  const [why, change] of [
    [
      "as many tasks were created as go round the ids",
      (fs) => givesPids(fs, 1001, { created: 5000 + 32_469 }),
    ],
    [
      "the last id lies further on than the tasks account for",
      (fs) => givesPids(fs, 9000, { created: 5003 }),
    ],
    [
      "the last id lies further back",
      (fs) => givesPids(fs, 990, { created: 5001 }),
    ],
    [
      "the last id lies among those that are given out once",
      (fs) => givesPids(fs, 200, { created: 5001 }),
    ],
    [
      "more tasks were created than ids given out",
      (fs) => givesPids(fs, 1001, { created: 5002 }),
    ],
    [
      "a task was created and no id given out",
      (fs) => givesPids(fs, 1000, { created: 5001 }),
    ],
    [
      "fewer tasks have been created than before",
      (fs) => givesPids(fs, 1001, { created: 4999 }),
    ],
    [
      "the last id cannot be read",
      (fs) => {
        fs.created(5001);
        fs.write("/proc/loadavg", { error: "failed" });
      },
    ],
    [
      "the tasks created cannot be read",
      (fs) => {
        fs.write("/proc/stat", { error: "failed" });
      },
    ],
    [
      "the highest id cannot be read",
      (fs) => {
        givesPids(fs, 1001, { created: 5001 });
        fs.write("/proc/sys/kernel/pid_max", { error: "denied" });
      },
    ],
    [
      "the last id is not below the highest",
      (fs) => {
        givesPids(fs, 1001, { created: 5001 });
        fs.write("/proc/sys/kernel/pid_max", "1001\n");
      },
    ],
    [
      "a process is listed that nobody gave its id",
      (fs) => {
        fs.start({ pid: 4000, ppid: 1 });
        givesPids(fs, 1010, { created: 5003 });
      },
    ],
  ] satisfies [string, (fs: FakeProc) => void][]
) {
  Deno.test(`sampler() reads all outsiders again if ${why}`, () => {
    const stage = stageWithPids([500, 20_000]);
    stage.after(0);
    takes(stage, 500);
    change(stage.fs);
    const sample = stage.after(1);
    assertEquals([pids(sample), sample.tree.consistent], [[10, 500], true]);
  });
}

for (
  const [where, options] of [
    ["/proc is that of a namespace above", { nspid: "77\t5" }],
    ["the kernel does not tell the namespace", { nspid: "x" }],
    ["/proc is that of a container, seen from outside", { hasSelf: false }],
  ] satisfies [string, Parameters<typeof stageWithPids>[1]][]
) {
  Deno.test(`sampler() relies on no last id if ${where}`, () => {
    const stage = stageWithPids([500], options);
    stage.after(0);
    takes(stage, 500);
    givesPids(stage.fs, 1001, { created: 5001 });
    assertEquals(pids(stage.after(1)), [10, 500]);
  });
}

Deno.test("sampler() relies on no last id that lxcfs makes up", () => {
  const stage = new Stage([ROOT, INIT, { pid: 500, ppid: 1 }], {
    prepare: (fs) => {
      fs.write("/proc/self", "77");
      fs.write("/proc/self/status", "Name:\ta\nNSpid:\t77\n");
      fs.write("/proc/sys/kernel/pid_max", "32768\n");
      fs.write(
        "/proc/self/mountinfo",
        "9 1 0:26 /proc/loadavg /proc/loadavg rw - fuse.lxcfs lxcfs rw\n",
      );
      givesPids(fs, 1000, { created: 5000 });
    },
  });
  stage.after(0);
  takes(stage, 500);
  givesPids(stage.fs, 1001, { created: 5001 });
  assertEquals(pids(stage.after(1)), [10, 500]);
});

Deno.test("sampler() does not read all outsiders again for tasks of other namespaces", () => {
  const stage = stageWithPids([500, 1003, 20_000], { isInitial: false });
  stage.after(0);
  givesPids(stage.fs, 1005, { created: 5400 });
  stage.fs.reads.length = 0;
  stage.after(1);
  assertEquals([...new Set(readAgain(stage))], ["/proc/1003/stat"]);
});

Deno.test("sampler() does not read all outsiders again for what starts while it begins a sweep", () => {
  const stage = stageWithPids([500, 1003, 20_000]);
  stage.after(0);
  givesPids(stage.fs, 1001, { created: 5002 });
  stage.fs.start({ pid: 1002, ppid: 1 });
  givesPids(stage.fs, 1001, { created: 5002 });
  stage.fs.reads.length = 0;
  stage.fs.onRead = (path) => {
    // The first answer is 1001; by then another task has been created.
    if (path === "/proc/stat") givesPids(stage.fs, 1002, { created: 5002 });
  };
  assertEquals(pids(stage.after(1)), [10]);
  assertEquals([...new Set(readAgain(stage))], ["/proc/1002/stat"]);
});

Deno.test("sampler() finds in the next sweep what took an id after a sweep had begun", () => {
  const stage = stageWithPids([1003]);
  stage.after(0);
  stage.fs.onRead = (path) => {
    if (path !== "/proc/stat") return;
    takes(stage, 1003);
    givesPids(stage.fs, 1003, { created: 5003 });
    stage.fs.onRead = () => {};
  };
  stage.after(1);
  assertEquals(pids(stage.after(1)), [10, 1003]);
});

Deno.test("sampler() finds what took an id while /proc could not be listed", () => {
  const stage = stageWithPids([1003]);
  stage.after(0);
  takes(stage, 1003);
  givesPids(stage.fs, 1003, { created: 5003 });
  stage.fs.readDir = () => {
    throw new ProcReadError("/proc", { reason: "failed", detail: "the test" });
  };
  assertEquals(stage.after(1).tree.consistent, false);
  Reflect.deleteProperty(stage.fs, "readDir");
  givesPids(stage.fs, 1004, { created: 5004 });
  assertEquals(pids(stage.after(1)), [10, 1003]);
});

Deno.test("sampler() counts an outsider whose stat cannot be read again", () => {
  const stage = stageWithPids([1003]);
  stage.after(0);
  stage.fs.write("/proc/1003/stat", { error: "denied" });
  givesPids(stage.fs, 1003, { created: 5003 });
  assertEquals(stage.after(1).tree.denied, 1);
  assertEquals(stage.after(1).tree.denied, 1);
});

Deno.test("sampler() finds what a member adopts, once its parent is no more", () => {
  // As in a container whose first process is the root: a program that came in from outside starts
  // another, and ends.
  const stage = stageWithPids([1002]);
  stage.fs.start({ pid: 1003, ppid: 1002 });
  givesPids(stage.fs, 1003, { created: 5003, tasks: 5 });
  assertEquals(pids(stage.after(0)), [10]);
  assertEquals(pids(stage.after(1)), [10]);
  stage.fs.end(1002);
  stage.fs.change(1003, { ppid: 10 });
  // No task was created; one less is there.
  givesPids(stage.fs, 1003, { created: 5003, tasks: 4 });
  assertEquals(pids(stage.after(1)), [10, 1003]);
});

Deno.test("sampler() finds what a member adopts if the id of its parent was given out again", () => {
  const stage = stageWithPids([1005]);
  stage.fs.start({ pid: 1003, ppid: 1005 });
  givesPids(stage.fs, 1003, { created: 5003 });
  assertEquals(pids(stage.after(0)), [10]);
  stage.fs.end(1005);
  stage.fs.start({ pid: 1005, ppid: 1 });
  stage.fs.change(1003, { ppid: 10 });
  givesPids(stage.fs, 1005, { created: 5005 });
  assertEquals(pids(stage.after(1)), [10, 1003]);
});

Deno.test("sampler() places a process whose parent ends between the two's reads", () => {
  const stage = new Stage([ROOT, INIT]);
  stage.after(0);
  stage.fs.start({ pid: 19, ppid: 20 });
  stage.fs.start({ pid: 20, ppid: 10 });
  stage.fs.onRead = (path) => {
    // 19 was listed first, and still has its parent.
    if (path !== "/proc/20/stat") return;
    stage.fs.end(20);
    stage.fs.change(19, { ppid: 10 });
  };
  const { tree, processes } = stage.after(1);
  assertEquals(processes.map(({ pid }) => pid), [10, 19]);
  assertEquals([tree.consistent, tree.gone], [true, 1]);
});

Deno.test("sampler() says if parents keep ending before their children are placed", () => {
  const stage = new Stage([ROOT, INIT]);
  stage.after(0);
  let parent = 100;
  stage.fs.start({ pid: 19, ppid: parent });
  stage.fs.onRead = (path) => {
    if (path === "/proc/19/stat") stage.fs.change(19, { ppid: ++parent });
  };
  const { tree } = stage.after(1);
  assertEquals([tree.consistent, tree.gone], [false, 1]);
  stage.fs.onRead = () => {};
  stage.fs.change(19, { ppid: 10 });
  const placed = stage.after(1);
  assertEquals([pids(placed), placed.tree.consistent], [[10, 19], true]);
});

Deno.test("sampler() reads each outsider again in 32 samples, whatever else is known", () => {
  const stage = stageWithPids([500], { isInitial: false });
  stage.after(0);
  // By set_tid of clone3(2): nothing tells.
  takes(stage, 500);
  givesPids(stage.fs, 1001, { created: 5002 });
  let found = 0;
  while (!pids(stage.after(1)).includes(500)) found++;
  assert(found < 32, `${found} samples`);
});

Deno.test("sampler() finds all at once where a pid was reused above a long chain of outsiders", () => {
  const chain = Array.from(
    { length: 10_000 },
    (_, i) => ({ pid: 1000 + i, ppid: i === 0 ? 1 : 999 + i }),
  );
  const stage = new Stage([ROOT, { pid: 1, ppid: 0 }, ...chain]);
  stage.after(0);
  stage.fs.end(1000);
  stage.fs.start({ pid: 1000, ppid: 10, starttime: 1050 });
  assertEquals(stage.after(1).tree.numProcesses, 10_001);
});

Deno.test("sampler() takes no sample once it is closed", () => {
  const { sampler } = new Stage([ROOT]);
  sampler.close();
  assertThrows(
    () => sampler.sample(),
    Error,
    "Cannot sample: the sampler is closed",
  );
});

Deno.test("sampler() refuses a collector that is given twice", () => {
  assertThrows(
    () => new Stage([ROOT], { collect: [io(), io()] }),
    RangeError,
    "Cannot collect io twice",
  );
});

Deno.test("sampler() knows no memory of a zombie, and says so", () => {
  const stage = new Stage([ROOT, {
    ...CHILD,
    state: "Z",
    sizePages: 0,
    residentPages: 0,
    exe: { error: "gone" },
    utime: 7,
  }]);
  const sample = stage.after(0);
  const zombie = processOf(sample, 11);
  assertEquals([zombie.rssBytes, zombie.vsizeBytes, zombie.exe], [
    null,
    null,
    null,
  ]);
  assertEquals(besidesFirstSample(zombie.unreadable), {
    rssBytes: "zombie",
    vsizeBytes: "zombie",
    exe: "zombie",
  });
  assertEquals(zombie.userCpuSecondsTotal, 0.07);
  // The root's 100 pages alone.
  assertEquals(sample.tree.rssBytes, 409_600);
});

Deno.test("sampler() reads the memory of a zombie leader from a living thread", () => {
  const stage = new Stage([ROOT, {
    ...CHILD,
    state: "Z",
    numThreads: 2,
    sizePages: 0,
    residentPages: 0,
    exe: { error: "gone" },
  }]);
  const task = "/proc/11/task";
  stage.fs.write(`${task}/11/stat`, "11 (prog) Z 10" + TAIL);
  stage.fs.write(`${task}/15/stat`, "15 (work) R 10" + TAIL);
  stage.fs.write(`${task}/15/statm`, "2000 300 10 5 0 20 0\n");
  stage.fs.write(`${task}/15/exe`, "/usr/bin/leader");
  const leader = processOf(stage.after(0), 11);
  assertEquals([leader.state, leader.exe], ["Z", "leader"]);
  assertEquals(leader.rssBytes, 300 * 4096);
});

const TAIL = " 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 100 0 0 0 1 1 1\n";

Deno.test("sampler() takes the memory of a zombie leader from another thread if the first has ended", () => {
  const stage = new Stage([ROOT, { ...CHILD, state: "Z", numThreads: 3 }]);
  const thread = (tid: number) =>
    stage.fs.write(
      `/proc/11/task/${tid}/stat`,
      statText({ pid: tid, ppid: 10 }),
    );
  thread(12);
  thread(13);
  stage.fs.write("/proc/11/task/12/statm", { error: "gone" });
  stage.fs.write("/proc/11/task/13/statm", "1000 100 10 5 0 20 0\n");
  stage.fs.onRead = (path) => {
    if (path === "/proc/11/task/12/statm") {
      stage.fs.write("/proc/11/task/12/stat", { error: "gone" });
    }
  };
  assertEquals(processOf(stage.after(0), 11).rssBytes, 409600);
});

Deno.test("sampler() keeps a process that lives though its statm is not there, and says so", () => {
  const stage = new Stage([ROOT, CHILD]);
  stage.fs.write("/proc/11/statm", { error: "gone" });
  const sample = stage.after(0);
  assertEquals([sample.tree.numProcesses, sample.tree.gone], [2, 0]);
  assertEquals(processOf(sample, 11).unreadable?.rssBytes, "gone");
  assertEquals(sample.tree.rssBytes, null);
});

Deno.test("sampler() knows no peak if no process has shown its memory", () => {
  const stage = new Stage([{ ...ROOT, state: "Z", sizePages: 0 }]);
  stage.after(0);
  assertEquals(stage.sampler.summary.peakRssBytes, null);
});

Deno.test("sampler() lists processes again in each sample if /proc hides some, which may come into sight late", () => {
  const fs = new FakeProc();
  fs.write(
    "/proc/self/mountinfo",
    "22 1 0:21 / /proc rw - proc proc rw,hidepid=invisible\n",
  );
  fs.start(ROOT);
  using sampler = new Sampler({ pid: 10, fs });
  sampler.sample();
  fs.start(CHILD);
  fs.created(1001);
  assertEquals(sampler.sample().tree.numProcesses, 2);
});

Deno.test("sampler() says what kind of process has no memory", () => {
  const none = {
    sizePages: 0,
    residentPages: 0,
    exe: { error: "gone" },
  } as const;
  const stage = new Stage([
    ROOT,
    { ...CHILD, ...none, flags: 0x200000 },
    { pid: 12, ppid: 10, ...none, state: "R" },
  ]);
  const sample = stage.after(0);
  assertEquals(processOf(sample, 11).unreadable?.rssBytes, "kernel_thread");
  assertEquals(processOf(sample, 12).unreadable?.rssBytes, "exiting");
});

Deno.test("sampler() counts refused and damaged processes, and reports a damaged file once", () => {
  const told: ProcParseError[] = [];
  const stage = new Stage([ROOT, CHILD, { pid: 12 }, { pid: 13 }], {
    onMalformed: (error) => told.push(error),
  });
  stage.fs.write("/proc/11/stat", { error: "denied" });
  stage.fs.write("/proc/12/stat", "12 (cut) S 10");
  stage.fs.write("/proc/13/stat", { error: "failed" });
  const { tree } = stage.after(0);
  assertEquals([tree.denied, tree.malformed, tree.gone], [1, 2, 0]);
  assertEquals(tree.numProcesses, 1);
  stage.after(1);
  assertEquals(told.map(({ file }) => file), ["/proc/12/stat"]);
});

Deno.test("sampler() shows limits exactly, and none as null", () => {
  const stage = new Stage([ROOT, { ...CHILD, rsslim: 9223372036854775808n }]);
  const sample = stage.after(0);
  assertEquals(processOf(sample, 10).rsslimBytes, null);
  assertEquals(processOf(sample, 11).rsslimBytes, 2n ** 63n);
});

Deno.test("sampler() knows no age of a process that starts in the future", () => {
  const stage = new Stage([ROOT, { ...CHILD, starttime: 1844673907394 }]);
  const child = processOf(stage.after(0), 11);
  assertEquals(child.uptimeSeconds, null);
  assertEquals(child.cpuPercentage, null);
  assertEquals(child.unreadable?.uptimeSeconds, "clock");
  const later = processOf(stage.after(1), 11);
  assertEquals(later.cpuPercentage, 0);
});

Deno.test("sampler() lets a step of the wall clock change the label alone", () => {
  const stage = new Stage([ROOT]);
  const before = stage.after(0);
  stage.clock.step(-3600);
  stage.fs.change(10, { utime: 10 });
  const after = stage.after(1);
  assertEquals(after.epochMs - before.epochMs, -3_599_000);
  assertEquals(after.tree.intervalSeconds, 1);
  assertAlmostEquals(after.tree.cpuPercentage ?? NaN, 10, 1e-9);
});

Deno.test("sampler() does not let a process with a past spike the tree", () => {
  const stage = new Stage([ROOT, {
    pid: 50,
    ppid: 1,
    utime: 90,
    starttime: 100,
  }]);
  stage.after(0);
  stage.fs.change(50, { ppid: 10, utime: 100 });
  let sample = stage.after(1);
  let seconds = 1;
  while (sample.tree.numProcesses === 1) {
    sample = stage.after(1);
    seconds++;
  }
  // The newcomer used 100 ticks in its life, of which one second falls into the interval.
  assertAlmostEquals(
    sample.tree.cpuPercentage ?? NaN,
    100 / (9 + seconds),
    1e-9,
  );
});

Deno.test("sampler() finds the time of children that lived between samples", () => {
  const stage = new Stage([ROOT]);
  stage.after(0);
  stage.fs.change(10, { utime: 10, cutime: 40, cstime: 20 });
  const { tree, processes } = stage.after(1);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 70, 1e-9);
  assertAlmostEquals(processes[0]?.cpuPercentage ?? NaN, 10, 1e-9);
  assertAlmostEquals(tree.unseenCpuPercentage ?? NaN, 60, 1e-9);
  assertEquals(tree.userCpuSecondsTotal, 0.5);
  assertEquals(tree.kernelCpuSecondsTotal, 0.2);
});

Deno.test("sampler() counts a child that is reaped once", () => {
  const stage = new Stage([ROOT, { ...CHILD, utime: 100 }]);
  assertEquals(stage.after(0).tree.userCpuSecondsTotal, 1);
  stage.fs.end(11);
  // It used 30 more ticks before it ended.
  stage.fs.change(10, { cutime: 130 });
  const { tree } = stage.after(1);
  assertEquals(tree.userCpuSecondsTotal, 1.3);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 30, 1e-9);
});

Deno.test("sampler() keeps what was last seen of a child that nobody reaped", () => {
  const stage = new Stage([ROOT, { ...CHILD, utime: 100 }]);
  stage.after(0);
  stage.fs.end(11);
  assertEquals(stage.after(1).tree.userCpuSecondsTotal, 1);
  assertEquals(stage.after(1).tree.userCpuSecondsTotal, 1);
});

Deno.test("sampler() keeps what was last seen of a child whose parent ignores it, though a grandparent reaps others", () => {
  const stage = new Stage([
    ROOT,
    CHILD,
    { pid: 12, ppid: 11, utime: 300 },
  ]);
  assertEquals(stage.after(0).tree.userCpuSecondsTotal, 3);
  stage.fs.end(12);
  stage.fs.change(10, { cutime: 400 });
  assertEquals(stage.after(1).tree.userCpuSecondsTotal, 7);
  assertEquals(stage.after(1).tree.userCpuSecondsTotal, 7);
});

Deno.test("sampler() lets a subreaper's wait pay for a grandchild", () => {
  const stage = new Stage([
    ROOT,
    CHILD,
    { pid: 12, ppid: 11 },
    { pid: 13, ppid: 12, utime: 100 },
  ]);
  stage.after(0);
  stage.fs.end(12);
  stage.fs.end(13);
  stage.fs.change(10, { cutime: 105 });
  assertEquals(stage.after(1).tree.userCpuSecondsTotal, 1.05);
});

Deno.test("sampler() counts a child once that is reaped in the middle of a sample", () => {
  const stage = new Stage([ROOT, { ...CHILD, utime: 100 }]);
  stage.after(0);
  // The parent has already been read when the child ends and is reaped.
  stage.fs.onRead = (path) => {
    if (path !== "/proc/11/stat") return;
    stage.fs.end(11);
    stage.fs.change(10, { cutime: 100 });
    stage.fs.onRead = () => {};
  };
  const { tree } = stage.after(1);
  assertEquals([tree.userCpuSecondsTotal, tree.consistent], [1, true]);
  assertEquals(stage.after(1).tree.userCpuSecondsTotal, 1);
});

Deno.test("sampler() says if children keep ending while it reads", () => {
  const stage = new Stage([ROOT, CHILD]);
  for (let pid = 20; pid < 40; pid++) stage.fs.start({ pid, ppid: 10 });
  stage.after(0);
  let next = 20;
  let waited = 0;
  stage.fs.onRead = (path) => {
    if (path !== "/proc/10/stat" || next >= 40) return;
    stage.fs.end(next++);
    stage.fs.change(10, { cutime: ++waited });
  };
  const { tree } = stage.after(1);
  assertEquals(tree.consistent, false);
  stage.fs.onRead = () => {};
  assertEquals(stage.after(1).tree.consistent, true);
});

Deno.test("sampler() takes the whole time of an only child from its own wait", () => {
  const stage = new Stage([ROOT]);
  stage.fs.write("/proc/self/stat", "1 (self) S 0" + SELF_TAIL(5));
  using sampler = new Sampler({
    pid: 10,
    fs: stage.fs,
    clock: stage.clock,
  }, { startedByUs: true });
  stage.fs.change(10, { utime: 20 });
  sampler.sample();
  stage.fs.end(10);
  stage.fs.write("/proc/self/stat", "1 (self) S 0" + SELF_TAIL(105));
  sampler.sample();
  assertEquals(sampler.rootEnded, true);
  assertEquals(sampler.summary.userCpuSeconds, 1);
});

function SELF_TAIL(cutime: number): string {
  return ` 1 1 0 -1 0 0 0 0 0 0 0 ${cutime} 0 20 0 1 0 1 0 0 0 1 1 1\n`;
}

/** A cgroup with one process. */
function cgroupStage(options: Partial<SamplerOptions> = {}) {
  const fs = new FakeProc();
  fs.write(
    "/proc/self/mountinfo",
    "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
  );
  fs.start({ pid: 10, ppid: 1 });
  const clock = new ManualClock({ epochMs: 0, monotonicMs: 0 });
  const holds = (...pids: readonly number[]) =>
    fs.write(
      "/sys/fs/cgroup/job/cgroup.procs",
      pids.map((pid) => `${pid}\n`).join(""),
    );
  holds(10);
  const sampler = new Sampler({
    cgroup: "/job",
    fs,
    clock,
    ...options,
  }, { selfUsage: IDLE });
  let uptime = 10;
  const after = (seconds: number) => {
    clock.pass(seconds);
    uptime += seconds;
    fs.uptime(uptime);
    return sampler.sample();
  };
  return { fs, holds, after, sampler };
}

Deno.test("sampler() counts a zombie of a cgroup once, which does not list it any more", () => {
  const { fs, holds, after } = cgroupStage();
  fs.start({ pid: 20, ppid: 10, utime: 0, starttime: 100 });
  holds(10, 20);
  after(0);
  fs.change(20, { utime: 500, state: "Z", sizePages: 0, residentPages: 0 });
  holds(10);
  const { tree, processes } = after(1);
  assertEquals(tree.userCpuSecondsTotal, 5);
  assertEquals(processes.map(({ state }) => state), ["S", "Z"]);
  fs.end(20);
  fs.change(10, { cutime: 500 });
  assertEquals(after(1).tree.userCpuSecondsTotal, 5);
});

Deno.test("sampler() counts of a process that comes into a cgroup what it uses there, each time", () => {
  const { fs, holds, after, sampler } = cgroupStage();
  fs.start({ pid: 20, ppid: 1, utime: 500, starttime: 100 });
  after(0);
  holds(10, 20);
  const { tree } = after(1);
  assertEquals([tree.userCpuSecondsTotal, tree.cpuPercentage], [0, 0]);
  assertEquals(tree.unseenCpuPercentage, 0);
  fs.change(20, { utime: 530 });
  assertEquals(after(1).tree.userCpuSecondsTotal, 0.3);
  holds(10);
  fs.change(20, { utime: 600 });
  assertEquals(after(1).tree.userCpuSecondsTotal, 0.3);
  holds(10, 20);
  assertEquals(after(1).tree.userCpuSecondsTotal, 0.3);
  fs.change(20, { utime: 640 });
  assertAlmostEquals(after(1).tree.userCpuSecondsTotal, 0.7, 1e-9);
  assertAlmostEquals(sampler.summary.userCpuSeconds, 0.7, 1e-9);
});

Deno.test("sampler() counts a process whole that was born in a cgroup", () => {
  const { fs, holds, after } = cgroupStage();
  after(0);
  fs.start({ pid: 20, ppid: 10, utime: 40, starttime: 1050 });
  holds(10, 20);
  const { tree } = after(1);
  assertEquals(tree.userCpuSecondsTotal, 0.4);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 40, 1e-9);
});

Deno.test("sampler() reports no exit if a process leaves a cgroup", () => {
  const { fs, holds, after } = cgroupStage({ collect: [events()] });
  fs.start({ pid: 20, ppid: 10 });
  holds(10, 20);
  after(0);
  holds(10);
  assertEquals(after(1).events, []);
  holds();
  fs.end(10);
  assertEquals(after(1).events.map(({ kind }) => kind), ["exit"]);
});

Deno.test("sampler() says what of a cgroup it cannot see, once, and counts it each time", () => {
  const sentences: string[] = [];
  const { fs, holds, after } = cgroupStage({
    onWarning: (sentence) => sentences.push(sentence),
  });
  assertEquals(after(0).tree.consistent, true);
  assertEquals(sentences, []);
  fs.write("/sys/fs/cgroup/job/\ufffd/cgroup.procs", { error: "gone" });
  holds(10, 0, 0);
  for (const _ of [1, 2]) {
    const { tree } = after(1);
    assertEquals(tree.numProcesses, 1);
    assertEquals([tree.denied, tree.malformed, tree.gone], [2, 1, 0]);
    assertEquals(tree.consistent, false);
  }
  assertEquals(sentences, [
    "Processes in /sys/fs/cgroup/job have no id in the pid namespace of this program: they are counted as denied",
    "A cgroup below /sys/fs/cgroup/job has a name that is not UTF-8 and cannot be opened: it is counted as malformed",
  ]);
});

Deno.test("sampler() says at the first sample, and only then, that a cgroup has no processes", () => {
  const sentences: string[] = [];
  const onWarning = (sentence: string) => sentences.push(sentence);
  const { holds, after } = cgroupStage({ onWarning });
  holds();
  assertEquals(after(0).tree.numProcesses, 0);
  assertEquals(sentences, [
    "The cgroup /sys/fs/cgroup/job has no processes: there will be figures once some are started in it or moved there",
  ]);
  holds(10);
  after(1);
  holds();
  after(1);
  assertEquals(sentences.length, 1);

  const filled = cgroupStage({ onWarning });
  filled.after(0);
  filled.holds();
  filled.after(1);
  assertEquals(sentences.length, 1);
});

Deno.test("sampler() sees a process leave a cgroup of which a part cannot be listed", () => {
  const { fs, holds, after } = cgroupStage();
  fs.write("/sys/fs/cgroup/job/below/cgroup.procs", { error: "denied" });
  fs.start({ pid: 20, ppid: 10 });
  fs.start({ pid: 30, ppid: 10 });
  holds(10, 20, 30);
  const pids = () => after(1).processes.map(({ pid }) => pid);
  assertEquals(pids(), [10, 20, 30]);
  // One has gone into the part that is not listed, the other has left.
  fs.write("/proc/20/cgroup", "0::/job/below\n");
  fs.write("/proc/30/cgroup", "0::/jobs\n");
  holds(10);
  assertEquals(pids(), [10, 20]);
});

Deno.test("sampler() takes a cgroup up again that is removed and made again", () => {
  const { fs, holds, after, sampler } = cgroupStage();
  fs.change(10, { utime: 100 });
  after(0);
  fs.change(10, { utime: 150 });
  after(1);
  fs.end(10);
  fs.write("/sys/fs/cgroup/job/cgroup.procs", { error: "gone" });
  const gap = after(1).tree;
  assertEquals([gap.numProcesses, gap.userCpuSecondsTotal], [0, 1.5]);
  assertEquals([gap.consistent, sampler.rootEnded], [true, true]);
  assertEquals([gap.numCores, gap.cpuLimitPercentage], [null, null]);
  assertEquals(gap.unreadable, {
    numCores: "gone",
    cpuLimitPercentage: "gone",
  });
  fs.start({ pid: 20, ppid: 1, starttime: 1250, utime: 30 });
  holds(20);
  const { tree, processes } = after(1);
  assertEquals([tree.numCores, tree.unreadable], [4, null]);
  assertEquals(processes.map(({ pid }) => pid), [20]);
  assertEquals(sampler.rootEnded, false);
  assertAlmostEquals(tree.userCpuSecondsTotal, 1.8, 1e-9);
});

Deno.test("Sampler.samples() goes on while a cgroup is gone, if restarts are asked for", async () => {
  const sampled = async (restarts: boolean) => {
    const { fs, holds, sampler } = cgroupStage({ clock: hostClock });
    const counts: number[] = [];
    const options = { intervalMs: 1, count: 4, restarts };
    for await (const { tree } of sampler.samples(options)) {
      counts.push(tree.numProcesses);
      if (counts.length === 1) {
        fs.write("/sys/fs/cgroup/job/cgroup.procs", { error: "gone" });
      } else if (counts.length === 3) holds(10);
    }
    sampler.close();
    return counts;
  };
  assertEquals(await sampled(false), [1, 0]);
  assertEquals(await sampled(true), [1, 0, 0, 1]);
});

/** What a group has used, in hundredths of a second. */
function cpuStat(user: number, kernel: number): string {
  return `usage_usec ${(user + kernel) * 1e4}\nuser_usec ${user * 1e4}\n` +
    `system_usec ${kernel * 1e4}\nnr_periods 0\n`;
}

Deno.test("sampler() takes the CPU of a cgroup from its own account", () => {
  const { fs, after, sampler } = cgroupStage();
  const used = (user: number, kernel: number) =>
    fs.write("/sys/fs/cgroup/job/cpu.stat", cpuStat(user, kernel));
  fs.change(10, { utime: 100 });
  // What the group used before the run is not asked for.
  used(700, 300);
  const first = after(0).tree;
  assertEquals([first.userCpuSecondsTotal, first.kernelCpuSecondsTotal], [
    1,
    0,
  ]);
  // 0.8 s of children that nobody waited for, 0.1 s of its own, of which it shows all.
  fs.change(10, { utime: 110 });
  used(760, 330);
  const { tree, processes } = after(1);
  assertAlmostEquals(tree.userCpuSecondsTotal, 1.6, 1e-9);
  assertAlmostEquals(tree.kernelCpuSecondsTotal, 0.3, 1e-9);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 90, 1e-9);
  assertAlmostEquals(tree.userCpuPercentage ?? NaN, 60, 1e-9);
  assertAlmostEquals(tree.unseenCpuPercentage ?? NaN, 80, 1e-9);
  assertAlmostEquals(processes[0]?.cpuPercentage ?? NaN, 10, 1e-9);
  assertAlmostEquals(sampler.summary.userCpuSeconds, 0.6, 1e-9);
  assertAlmostEquals(sampler.summary.kernelCpuSeconds, 0.3, 1e-9);
});

Deno.test("sampler() lets the lines of a cgroup stand where they sum to more by rounding", () => {
  const { fs, after } = cgroupStage();
  const used = (user: number) =>
    fs.write("/sys/fs/cgroup/job/cpu.stat", cpuStat(user, 0));
  used(0);
  after(0);
  // 4.9 of 5 ticks, and then 10.1 of 10: the total takes no rounding twice.
  used(4.9);
  fs.change(10, { utime: 5 });
  const { tree } = after(1);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 5, 1e-9);
  assertEquals(tree.unseenCpuPercentage, 0);
  assertAlmostEquals(tree.userCpuSecondsTotal, 0.05, 1e-9);
  used(10.1);
  fs.change(10, { utime: 10 });
  const next = after(1).tree;
  assertAlmostEquals(next.userCpuSecondsTotal, 0.101, 1e-9);
  assertAlmostEquals(next.cpuPercentage ?? NaN, 5.1, 1e-9);
  assertAlmostEquals(next.unseenCpuPercentage ?? NaN, 0.1, 1e-9);
});

Deno.test("sampler() counts what a process reaps from another cgroup there, not here", () => {
  const { fs, after } = cgroupStage();
  fs.write("/sys/fs/cgroup/job/cpu.stat", cpuStat(0, 0));
  after(0);
  fs.write("/sys/fs/cgroup/job/cpu.stat", cpuStat(1, 0));
  fs.change(10, { utime: 1, cutime: 300 });
  const { tree } = after(1);
  assertAlmostEquals(tree.userCpuSecondsTotal, 0.01, 1e-9);
  assertAlmostEquals(tree.cpuPercentage ?? NaN, 1, 1e-9);
});

Deno.test("sampler() never lets the total of a cgroup fall, whatever becomes of its account", () => {
  const { fs, holds, after } = cgroupStage();
  const account = "/sys/fs/cgroup/job/cpu.stat";
  const total = () => after(1).tree.userCpuSecondsTotal;
  fs.write(account, cpuStat(100, 0));
  assertEquals(total(), 0);
  fs.write(account, cpuStat(150, 0));
  assertAlmostEquals(total(), 0.5, 1e-9);
  // It cannot be read: the processes tell, and what they told is not counted again.
  fs.write(account, { error: "denied" });
  fs.change(10, { utime: 20 });
  assertAlmostEquals(total(), 0.7, 1e-9);
  fs.write(account, cpuStat(180, 0));
  assertAlmostEquals(total(), 0.8, 1e-9);
  // The group was removed and made again between two samples: all that the new one has counts.
  fs.write(account, cpuStat(30, 0));
  assertAlmostEquals(total(), 1.1, 1e-9);
  // The same with a gap, after which the new one has used more than the old one had.
  fs.write("/sys/fs/cgroup/job/cgroup.procs", { error: "gone" });
  fs.write(account, { error: "gone" });
  assertAlmostEquals(total(), 1.1, 1e-9);
  holds(10);
  fs.write(account, cpuStat(40, 0));
  assertAlmostEquals(total(), 1.5, 1e-9);
  // The directory tells that it is another one.
  fs.writeStatus("/sys/fs/cgroup/job", { device: 1, inode: 7, numLinks: 2 });
  fs.write(account, cpuStat(50, 0));
  assertAlmostEquals(total(), 1.6, 1e-9);
  fs.writeStatus("/sys/fs/cgroup/job", { device: 1, inode: 8, numLinks: 2 });
  fs.write(account, cpuStat(60, 0));
  assertAlmostEquals(total(), 2.2, 1e-9);
});

Deno.test("sampler() gives the same samples by path as with open files", () => {
  const run = (uncached: boolean) => {
    const stage = new Stage([ROOT, CHILD], { uncached });
    const samples = [stage.after(0)];
    stage.fs.change(11, { exe: "/bin/next", addresses: 1, utime: 4 });
    stage.fs.start({ pid: 12, ppid: 11, starttime: 1010 });
    samples.push(stage.after(1));
    stage.fs.end(12);
    stage.fs.change(11, { cutime: 2 });
    samples.push(stage.after(1));
    return samples;
  };
  assertEquals(run(false), run(true));
});

Deno.test("Sampler.rssBytes holds the tree's resident total of the last sample", () => {
  const stage = new Stage([ROOT, CHILD]);
  assertEquals(stage.sampler.rssBytes, null);
  stage.after(0);
  // Two processes of 100 pages.
  assertEquals(stage.sampler.rssBytes, 819_200);
});

Deno.test("sampler() goes on with the processes it knows if /proc cannot be listed, and says so", () => {
  const stage = new Stage([ROOT, CHILD]);
  stage.after(0);
  stage.fs.start({ pid: 12, ppid: 10, starttime: 1010 });
  stage.fs.onRead = (path) => {
    if (path === "/proc") {
      throw new ProcReadError(path, { reason: "failed", detail: "too many" });
    }
  };
  const blind = stage.after(1);
  assertEquals(pids(blind), [10, 11]);
  assertEquals([blind.tree.malformed, blind.tree.consistent], [1, false]);
  stage.fs.onRead = () => {};
  const seeing = stage.after(1);
  assertEquals(pids(seeing), [10, 11, 12]);
  assertEquals([seeing.tree.malformed, seeing.tree.consistent], [0, true]);
});

Deno.test("sampler() gives a sleeper whose stat could not be read for once the window of two intervals", () => {
  const stage = new Stage([ROOT, CHILD]);
  stage.after(0);
  stage.fs.onRead = (path) => {
    if (path === "/proc/11/stat") {
      throw new ProcReadError(path, { reason: "failed", detail: "EIO" });
    }
  };
  assertEquals(pids(stage.after(1)), [10]);
  stage.fs.onRead = () => {};
  const sample = stage.after(2);
  assertEquals(processOf(sample, 10).cpuWindowSeconds, 2);
  const { cpuWindowSeconds, cpuPercentage } = processOf(sample, 11);
  assertEquals([cpuWindowSeconds, cpuPercentage], [3, 0]);
});

Deno.test("sampler() counts a process that it cannot place, as its parent cannot be read, for the same reason", () => {
  const stage = new Stage([ROOT, CHILD, { pid: 12, ppid: 11 }]);
  stage.fs.onRead = (path) => {
    if (path === "/proc/11/stat") {
      throw new ProcReadError(path, { reason: "denied", detail: "not yours" });
    }
  };
  const { processes, tree } = stage.after(0);
  assertEquals(processes.map(({ pid }) => pid), [10]);
  assertEquals([tree.gone, tree.denied, tree.malformed], [0, 2, 0]);
});

Deno.test("sampler() counts a member once that is refused at first and read again after a child of its ended", () => {
  const stage = new Stage([ROOT, CHILD, { pid: 12, ppid: 11 }]);
  stage.after(0);
  stage.fs.end(12);
  stage.fs.change(11, { cutime: 3 });
  let reads = 0;
  stage.fs.onRead = (path) => {
    if (path === "/proc/11/stat" && ++reads === 1) {
      throw new ProcReadError(path, { reason: "denied", detail: "not yours" });
    }
  };
  const sample = stage.after(1);
  assertEquals(pids(sample), [10, 11]);
  assertEquals(sample.tree.denied, 0);
});

const STATUS =
  "Name:\tprog\nState:\tS (sleeping)\nTgid:\t10\nPid:\t10\nPPid:\t1\nUid:\t0\t0\t0\t0\nThreads:\t1\nCpus_allowed_list:\t0-3\n";

Deno.test("sampler() does not know the cores if none of its CPUs is on", () => {
  const stage = new Stage([ROOT]);
  stage.fs.write("/proc/10/status", STATUS.replace("0-3", "7"));
  const { tree } = stage.after(0);
  assertEquals([tree.numCores, tree.cpuLimitPercentage], [null, null]);
});

Deno.test("sampler() loses an amount of memory that makes no sense, and no other", () => {
  const malformed: string[] = [];
  const stage = new Stage([ROOT], {
    onMalformed: ({ file, field }) => malformed.push(`${file} ${field}`),
  });
  stage.fs.write("/proc/10/statm", "1000 -1 10 5 0 20 0\n");
  const { tree, processes: [root] } = stage.after(0);
  assertEquals([root?.rssBytes, root?.vsizeBytes], [null, 4_096_000]);
  assertEquals(besidesFirstSample(root?.unreadable), { rssBytes: "malformed" });
  assertEquals([tree.rssBytes, tree.vsizeBytes], [null, 4_096_000]);
  assertEquals(besidesFirstSample(tree.unreadable), { rssBytes: "malformed" });
  stage.fs.write("/proc/10/statm", "1000 100 10 5 0 x 0\n");
  assertEquals(stage.after(1).tree.rssBytes, 409_600);
  assertEquals(malformed, ["/proc/10/statm resident"]);
});

Deno.test("sampler() gives the first sample a window after a silent one, which has no number and counts for nothing", () => {
  const stage = new Stage([{ ...ROOT, utime: 90, residentPages: 500 }], {
    collect: [events()],
  });
  stage.sampler.sampleSilently();
  stage.fs.change(10, { utime: 108, residentPages: 50 });
  stage.fs.start({ ...CHILD, starttime: 1010, utime: 4 });
  const sample = stage.after(0.2);
  const root = processOf(sample, 10);
  assertEquals(root.averageCpuPercentage, null);
  // 18 ticks in 0.2 s.
  assertAlmostEquals(root.cpuPercentage ?? NaN, 90, 1e-9);
  assertAlmostEquals(root.cpuWindowSeconds ?? NaN, 0.2, 1e-9);
  assertAlmostEquals(sample.tree.cpuPercentage ?? NaN, 110, 1e-9);
  assertAlmostEquals(sample.tree.intervalSeconds ?? NaN, 0.2, 1e-9);
  assertEquals([sample.tree.seq, sample.tree.missedSamples], [0, 0]);
  // The start of the root was seen in the silent sample.
  assertEquals(sample.events.map(({ kind, pid }) => [kind, pid]), [
    ["start", 10],
    ["start", 11],
  ]);
  const { summary } = stage.sampler;
  assertEquals(summary.samples, 1);
  assertEquals(summary.peakRssBytes, sample.tree.rssBytes);
});

Deno.test("sampler() of all processes takes every one that /proc lists, and has no root", () => {
  const fs = new FakeProc();
  const kernel = { sizePages: 0, residentPages: 0, flags: 0x0020_0000 };
  fs.uptime(10);
  fs.start({ pid: 1, ppid: 0, utime: 3 });
  fs.start({ ...kernel, pid: 2, ppid: 0, comm: "kthreadd" });
  fs.start({ pid: 500, ppid: 1, utime: 4 });
  // What nsenter brought into a pid namespace has no parent there.
  fs.start({ pid: 700, ppid: 0, utime: 5 });
  const clock = new ManualClock();
  using sampler = new Sampler({ all: true, fs, clock }, { selfUsage: IDLE });
  const run = sampler.describeRun();
  assertEquals([run.rootPid, run.rootCgroup, run.numCores], [null, null, 4]);
  const first = sampler.sample();
  assertEquals(pids(first).toSorted((a, b) => a - b), [1, 2, 500, 700]);
  assertEquals(first.processes.some(({ orphan }) => orphan), false);
  assertAlmostEquals(first.tree.userCpuSecondsTotal, 0.12, 1e-9);
  fs.end(1);
  fs.change(500, { ppid: 0, utime: 54 });
  fs.start({ pid: 800, ppid: 500, starttime: 1050 });
  clock.pass(1);
  fs.uptime(11);
  const second = sampler.sample();
  assertEquals(pids(second).toSorted((a, b) => a - b), [2, 500, 700, 800]);
  assertAlmostEquals(second.tree.cpuPercentage ?? NaN, 50, 1e-9);
  assertEquals(sampler.rootEnded, false);
});

Deno.test("sampler() refuses two roots, and none", () => {
  const fs = new FakeProc();
  for (
    const options of [{}, { pid: 1, all: true }, { cgroup: "/a", all: true }]
  ) {
    assertThrows(
      () => new Sampler({ ...options, fs }),
      TypeError,
      "Cannot sample without one root: give pid, cgroup or all",
    );
  }
});
