import { assertAlmostEquals, assertEquals } from "@std/assert";
import { io } from "../../src/collect/io.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { FakeProc } from "../support/fake_proc.ts";
import { CHILD, IDLE, ROOT, Stage } from "../support/stage.ts";

Deno.test("sampler() divides CPU seconds by wall seconds to mean cores", () => {
  const stage = new Stage([{ ...ROOT, utime: 500 }, CHILD]);
  stage.after(0);
  assertEquals(stage.sampler.summary.meanCores, null);
  stage.fs.change(10, { utime: 650, stime: 50 });
  stage.fs.change(11, { utime: 100 });
  stage.after(2);
  // 150 + 50 + 100 ticks of a hundredth of a second, in 2 s.
  assertAlmostEquals(stage.sampler.summary.meanCores ?? NaN, 1.5, 1e-9);
});

Deno.test("sampler() knows when the tree had the most memory first, and in how many processes", () => {
  const stage = new Stage([{ ...ROOT, residentPages: 100 }]);
  stage.after(0);
  stage.fs.start({ ...CHILD, residentPages: 200, starttime: 1050 });
  stage.after(1);
  stage.fs.change(11, { residentPages: 50 });
  stage.fs.start({ ...CHILD, pid: 12, residentPages: 150, starttime: 1150 });
  stage.after(1);
  stage.fs.change(12, { residentPages: 10 });
  stage.after(1);
  const { peakRssBytes, peakRssEpochMs, peakRssNumProcesses } =
    stage.sampler.summary;
  // 300 pages in the second sample, and again in the third.
  assertEquals([peakRssBytes, peakRssEpochMs, peakRssNumProcesses], [
    300 * 4096,
    1_001_000,
    2,
  ]);
  assertEquals(stage.sampler.summary.peakNumProcesses, 3);
});

Deno.test("sampler() knows no time of a peak that nobody has seen", () => {
  const stage = new Stage([{ ...ROOT, state: "Z", sizePages: 0 }]);
  stage.after(0);
  const { peakRssEpochMs, peakRssNumProcesses } = stage.sampler.summary;
  assertEquals([peakRssEpochMs, peakRssNumProcesses], [null, null]);
});

/** A root and its child of which `read` and `written` bytes are counted. */
function ioStage(startedByUs: boolean) {
  const fs = new FakeProc();
  const clock = new ManualClock();
  const counts = (pid: number, read: number, written: number | "") =>
    fs.write(
      `/proc/${pid}/io`,
      `rchar: ${read}\n${
        written === "" ? "" : `wchar: ${written}\n`
      }syscr: 1\nsyscw: 2\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n`,
    );
  fs.start(ROOT);
  counts(10, 100, 10);
  if (startedByUs) {
    fs.write(
      "/proc/self/stat",
      `1 (self) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 4096 1 1${
        " 0".repeat(27)
      }\n`,
    );
  }
  const sampler = new Sampler({ pid: 10, fs, clock, collect: [io()] }, {
    selfUsage: IDLE,
    startedByUs,
  });
  return {
    counts,
    fs,
    sampler,
    sample: () => {
      clock.pass(1);
      sampler.sample();
      const { ioReadCharsBytes, ioWrittenCharsBytes, unreadable } =
        sampler.summary;
      return [ioReadCharsBytes, ioWrittenCharsBytes, unreadable];
    },
  };
}

Deno.test("sampler() counts what was read and written since the start of the run", () => {
  const { counts, fs, sample, sampler } = ioStage(false);
  assertEquals(sample(), [0, 0, undefined]);
  fs.start(CHILD);
  counts(11, 40, 7);
  counts(10, 150, 12);
  assertEquals(sample(), [90, 9, undefined]);
  assertEquals(sampler.summary.ioReadCalls, 1);
});

Deno.test("sampler() counts all that a command of its own has read", () => {
  const { counts, sample } = ioStage(true);
  assertEquals(sample(), [100, 10, undefined]);
  counts(10, 150, 12);
  assertEquals(sample(), [150, 12, undefined]);
});

Deno.test("sampler() says why it is not known what was written: at the start, or now", () => {
  const { counts, sample } = ioStage(false);
  counts(10, 100, "");
  const why = { ioWrittenCharsBytes: "unsupported" } as const;
  assertEquals(sample(), [0, null, why]);
  counts(10, 130, 50);
  assertEquals(sample(), [30, null, why]);

  const later = ioStage(false);
  later.sample();
  later.fs.start(CHILD);
  later.fs.write("/proc/11/io", { error: "denied" });
  const [read, written, reasons] = later.sample();
  assertEquals([read, written], [null, null]);
  assertEquals(Object.values(Object(reasons)), Array(7).fill("denied"));
});

Deno.test("sampler() has no io in its summary that nobody collects", () => {
  const stage = new Stage([ROOT]);
  stage.after(0);
  assertEquals("ioReadCharsBytes" in stage.sampler.summary, false);
});
