/**
 * Recordings that are made of fakes: of a command and of a cgroup. No recording in testdata/ has
 * one of these as its root.
 */
import { events } from "../../src/collect/events.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import type {
  RecordedSample,
  RecordingHeader,
} from "../../src/recording/recording.ts";
import { RecordingFs } from "../../src/recording/recording_fs.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { FakeProc } from "./fake_proc.ts";
import type { Recorded } from "./replay.ts";

const ROOT = 10;
const GROUP = "/sys/fs/cgroup/job";

/** What is sampled, and what happens before each sample. */
interface Play {
  readonly root: { readonly pid: number } | { readonly cgroup: string };
  readonly startedByUs: boolean;
  readonly steps: readonly ((fs: FakeProc) => void)[];
}

/**
 * A command that reaps a child, whose own child becomes an orphan that nobody in the tree reaps;
 * and then the command ends.
 */
export function commandRecording(): Recorded {
  const own = (ticks: number) =>
    `1 (self) S 0 1 1 0 -1 0 0 0 0 0 0 0 ${ticks} 0 20 0 1 0 1 4096 1 1${
      " 0".repeat(27)
    }\n`;
  return record({
    root: { pid: ROOT },
    startedByUs: true,
    steps: [
      (fs) => {
        fs.write("/proc/self/stat", own(0));
        fs.start({ pid: 11, ppid: ROOT, utime: 5, starttime: 990 });
        fs.start({ pid: 12, ppid: 11, utime: 7, starttime: 995 });
      },
      (fs) => {
        fs.end(11);
        fs.change(ROOT, { utime: 10, cutime: 9 });
        fs.change(12, { ppid: 1, utime: 20 });
      },
      (fs) => fs.end(12),
      (fs) => {
        fs.end(ROOT);
        fs.write("/proc/self/stat", own(25));
      },
    ],
  });
}

/**
 * A cgroup that a process is moved into after it started, and leaves again. It has children that
 * nobody waits for, is removed, and is made again.
 */
export function cgroupRecording(): Recorded {
  const used = (fs: FakeProc, user: number, kernel: number) =>
    fs.write(
      `${GROUP}/cpu.stat`,
      `usage_usec ${user + kernel}\nuser_usec ${user}\nsystem_usec ${kernel}\n`,
    );
  const holds = (fs: FakeProc, ...pids: readonly number[]) =>
    fs.write(`${GROUP}/cgroup.procs`, pids.map((pid) => `${pid}\n`).join(""));
  return record({
    root: { cgroup: GROUP },
    startedByUs: false,
    steps: [
      (fs) => {
        fs.write(
          "/proc/self/mountinfo",
          "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        );
        used(fs, 7_000_000, 2_000_000);
        fs.write(`${GROUP}/inner/cgroup.procs`, "11\n");
        fs.start({ pid: 11, ppid: ROOT, utime: 5 });
        holds(fs, ROOT);
      },
      (fs) => {
        fs.start({ pid: 20, ppid: 1, utime: 500, starttime: 100 });
        holds(fs, ROOT, 20);
        used(fs, 7_600_000, 2_050_000);
      },
      (fs) => {
        fs.change(20, { utime: 530 });
        used(fs, 7_900_000, 2_050_000);
      },
      (fs) => {
        holds(fs, ROOT);
        fs.change(ROOT, { utime: 10 });
        // Less than the 10 ticks of its line.
        used(fs, 7_999_000, 2_050_000);
      },
      (fs) => {
        fs.end(11);
        fs.write(`${GROUP}/inner/cgroup.procs`, "");
        used(fs, 8_500_000, 2_100_000);
      },
      (fs) => {
        fs.end(ROOT);
        for (const file of ["cgroup.procs", "cpu.stat", "inner/cgroup.procs"]) {
          fs.write(`${GROUP}/${file}`, { error: "gone" });
        }
      },
      (fs) => {
        fs.start({ pid: 40, ppid: 1, utime: 12, starttime: 1650 });
        holds(fs, 40);
        used(fs, 300_000, 0);
      },
    ],
  });
}

function record({ root, startedByUs, steps }: Play): Recorded {
  const fs = new FakeProc();
  const recorder = new RecordingFs(fs);
  const clock = new ManualClock({ epochMs: 0, monotonicMs: 0 });
  fs.start({ pid: ROOT, ppid: 1 });
  const [prepare = () => {}, ...others] = steps;
  prepare(fs);
  const smapsEvery = 1;
  using sampler = new Sampler({
    ...root,
    collect: [events()],
    fs: recorder,
    clock,
  }, { startedByUs });
  const header: RecordingHeader = {
    startMs: sampler.startMs,
    run: {
      epochMs: 0,
      version: "0",
      runId: "fake",
      bootId: sampler.host.bootId,
      hostname: sampler.host.hostname,
      command: null,
      rootPid: sampler.pid,
      rootCgroup: sampler.cgroup,
      intervalSeconds: 1,
      pageSizeBytes: sampler.host.pageSizeBytes,
      ticksPerSecond: sampler.host.ticksPerSecond,
      numCores: sampler.numCores,
      collectors: [],
    },
    labels: {},
    events: true,
    startedByUs,
    smapsEvery,
    reads: recorder.drain(),
  };
  const samples = [() => {}, ...others].map((step, i): RecordedSample => {
    step(fs);
    clock.pass(1);
    fs.uptime(11 + i);
    const { epochMs, times } = sampler.sample();
    return { epochMs, times, missed: 0, reads: recorder.drain() };
  });
  return { header, samples };
}
