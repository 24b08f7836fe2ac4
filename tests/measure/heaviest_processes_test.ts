import { assertEquals } from "@std/assert";
import { cmdlineAtExec } from "../../src/collect/cmdline_at_exec.ts";
import { HeaviestProcesses } from "../../src/measure/heaviest_processes.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { FakeProc, type FakeProcess } from "../support/fake_proc.ts";
import { CHILD, IDLE, ROOT } from "../support/stage.ts";

const PAGE = 4096;

/** A tree that is watched from its start. */
function watch(
  processes: readonly FakeProcess[],
  startedByUs = false,
) {
  const fs = new FakeProc();
  for (const process of processes) fs.start(process);
  if (startedByUs) {
    fs.write(
      "/proc/self/stat",
      `1 (self) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 4096 1 1${
        " 0".repeat(27)
      }\n`,
    );
  }
  const clock = new ManualClock();
  const heaviest = new HeaviestProcesses();
  fs.uptime(10);
  const sampler = new Sampler({
    pid: 10,
    fs,
    clock,
    collect: [cmdlineAtExec()],
  }, { selfUsage: IDLE, heaviest, startedByUs });
  let uptime = 10;
  return {
    fs,
    sampler,
    after: (seconds: number) => {
      clock.pass(seconds);
      uptime += seconds;
      fs.uptime(uptime);
      sampler.sample();
    },
    silently: () => sampler.sampleSilently(),
    found: () => heaviest.found(100),
  };
}

Deno.test("HeaviestProcesses keeps the five heaviest of many that come and go", () => {
  const { fs, after, found } = watch([ROOT]);
  after(0);
  for (let i = 0; i < 40; i++) {
    const pid = 100 + i;
    fs.start({
      pid,
      ppid: 10,
      starttime: 1001 + 100 * i,
      utime: (7 * i) % 40,
      residentPages: 100 + (11 * i) % 40,
    });
    fs.write(`/proc/${pid}/cmdline`, `cc\0${i}.c\0`);
    after(1);
    fs.end(pid);
  }
  after(1);
  const { byCpu, byPeakRss, numProcesses, cpuSeconds } = found();
  // 7 i mod 40 takes each value once, the largest at 17, 34, 11, 28, 5.
  assertEquals(byCpu.map(({ pid }) => pid), [117, 134, 111, 128, 105]);
  assertEquals(byCpu.map((one) => Math.round(one.cpuSeconds * 100)), [
    39,
    38,
    37,
    36,
    35,
  ]);
  assertEquals(byCpu[0]?.cmdline, ["cc", "17.c"]);
  // So does 11 i mod 40: at 29, 18, 7, 36, 25.
  assertEquals(
    byPeakRss.map(({ pid, peakRssBytes }) => [pid, peakRssBytes]),
    [
      [129, 139 * PAGE],
      [118, 138 * PAGE],
      [107, 137 * PAGE],
      [136, 136 * PAGE],
      [125, 135 * PAGE],
    ],
  );
  assertEquals([numProcesses, cpuSeconds], [41, 7.8]);
});

Deno.test("HeaviestProcesses counts what was used in the run, ended and living, to the last stat", () => {
  const { fs, after, found } = watch([{ ...ROOT, utime: 5000 }]);
  after(0);
  fs.change(10, { utime: 5030 });
  // Born in the run: all that it has used counts.
  fs.start({ ...CHILD, starttime: 1010, utime: 20, stime: 5 });
  after(1);
  assertEquals(
    found().byCpu.map(({ pid, cpuSeconds }) => [pid, cpuSeconds]),
    [[10, 0.3], [11, 0.25]],
  );
  fs.change(11, { utime: 60 });
  after(1);
  assertEquals(found().byCpu.map(({ pid }) => pid), [11, 10]);
});

Deno.test("HeaviestProcesses counts from the silent sample on, and all of a command", () => {
  const older = watch([{ ...ROOT, utime: 100 }]);
  older.silently();
  older.fs.change(10, { utime: 130 });
  older.after(0.2);
  assertEquals(older.found().byCpu[0]?.cpuSeconds, 0.3);

  const command = watch([{ ...ROOT, utime: 100 }], true);
  command.after(0);
  assertEquals(command.found().byCpu[0]?.cpuSeconds, 1);
});

Deno.test("HeaviestProcesses shows nobody for CPU who has used none, and nobody for memory without any", () => {
  const { after, found } = watch([{ ...ROOT, state: "Z", sizePages: 0 }]);
  after(0);
  const { byCpu, byPeakRss, numProcesses } = found();
  assertEquals([byCpu, byPeakRss, numProcesses], [[], [], 1]);
});

Deno.test("HeaviestProcesses keeps the arguments of a zombie, and those of the last program", () => {
  const { fs, after, found } = watch([ROOT, { ...CHILD, residentPages: 200 }]);
  after(0);
  fs.write("/proc/11/cmdline", "ld\0-o\0a\0");
  fs.change(11, { comm: "ld", exe: "/usr/bin/ld", addresses: 8192 });
  after(1);
  fs.write("/proc/11/cmdline", "");
  fs.change(11, { state: "Z" });
  after(1);
  const [first] = found().byPeakRss;
  assertEquals([first?.pid, first?.comm, first?.cmdline], [
    11,
    "ld",
    ["ld", "-o", "a"],
  ]);
});

Deno.test("HeaviestProcesses says why arguments are not known", () => {
  const { fs, after, found } = watch([ROOT, { ...CHILD, residentPages: 200 }]);
  fs.write("/proc/11/cmdline", { error: "denied" });
  after(0);
  fs.end(11);
  after(1);
  const [first] = found().byPeakRss;
  assertEquals([first?.pid, first?.cmdline, first?.cmdlineReason], [
    11,
    null,
    "denied",
  ]);
});
