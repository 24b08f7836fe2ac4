/** A process of fakes whose threads a test writes down one by one. */
import { loadCollectors } from "../../src/collect/collectors.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { ThreadSample } from "../../src/model/collected_fields.ts";
import type { Sample } from "../../src/model/sample.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { type FileContent, MemoryFs } from "../../src/testing/memory_fs.ts";
import { IDLE } from "./stage.ts";

/** What the `stat` of a thread says; times are in ticks of 10 ms. */
export interface FakeThread {
  readonly tid: number;
  readonly comm?: string;
  readonly state?: string;
  readonly utime?: number;
  readonly stime?: number;
  readonly minflt?: number;
  readonly starttime?: number;
  readonly processor?: number;
  /** Where the stack of its process lies. */
  readonly startstack?: number;
  /** What stands in place of its `stat`. */
  readonly stat?: FileContent;
  /** Its further files. */
  readonly files?: Readonly<Record<string, FileContent>>;
}

/** The line that the kernel would print. */
export function threadStat(
  {
    tid,
    comm = "prog",
    state = "S",
    utime = 0,
    stime = 0,
    minflt = 9,
    starttime = 100,
    processor = 0,
    startstack = 9000,
  }: FakeThread,
): string {
  return `${tid} (${comm}) ${state} 1 10 10 0 -1 4194304 ${minflt} 0 1 0 ` +
    `${utime} ${stime} 0 0 20 0 3 0 ${starttime} 4096000 50 18446744073709551615 ` +
    `4096 4196 ${startstack} 0 0 0 0 0 0 0 0 0 17 ${processor} 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
}

/** Process 10, which started a second after the boot, and its sampler. */
export class ThreadStage implements Disposable {
  readonly fs = new MemoryFs();
  readonly clock = new ManualClock({ epochMs: 1_000_000, monotonicMs: 5000 });
  readonly sampler: Sampler;

  private constructor(sampler: (stage: ThreadStage) => Sampler) {
    this.fs.addProcess({ pid: 10, comm: "prog" });
    this.sampler = sampler(this);
  }

  /** Starts with these threads; the run starts at the tenth second after the boot. */
  static async start(
    threads: readonly FakeThread[],
    collectors: readonly string[] = ["threads"],
  ): Promise<ThreadStage> {
    const collect = await loadCollectors(collectors);
    const stage = new ThreadStage(({ fs, clock }) =>
      new Sampler({ pid: 10, fs, clock, collect }, { selfUsage: IDLE })
    );
    stage.set(threads);
    return stage;
  }

  /**
   * The process has these threads now, and has itself used `ticks`, and had `minflt` page faults;
   * default: what they have, and always as many.
   */
  set(
    threads: readonly FakeThread[],
    ticks = threads.reduce(
      (sum, { utime = 0, stime = 0 }) => sum + utime + stime,
      0,
    ),
    minflt?: number,
  ): void {
    const files: Record<string, FileContent> = {};
    const [main] = threads;
    if (minflt !== undefined && main !== undefined) {
      files["stat"] = threadStat({ ...main, utime: ticks, minflt });
    }
    for (const thread of threads) {
      const directory = `task/${thread.tid}`;
      files[`${directory}/stat`] = thread.stat ?? threadStat(thread);
      for (const [name, content] of Object.entries(thread.files ?? {})) {
        files[`${directory}/${name}`] = content;
        // The process's own is that of its main thread.
        if (thread.tid === 10 && name === "schedstat") files[name] = content;
      }
    }
    this.fs.changeProcess(10, {
      numThreads: threads.length,
      userCpuSeconds: ticks / 100,
      files,
    });
  }

  /** A second later: these threads, and a sample. */
  sample(
    threads?: readonly FakeThread[],
    ticks?: number,
    minflt?: number,
  ): Sample {
    this.pass(1);
    if (threads !== undefined) this.set(threads, ticks, minflt);
    return this.sampler.sample();
  }

  /** Lets time pass. */
  pass(seconds: number): void {
    this.clock.pass(seconds);
    this.fs.pass(seconds);
  }

  [Symbol.dispose](): void {
    this.sampler.close();
  }
}

/** Some fields of each thread of a sample. */
export function pick<Key extends keyof ThreadSample>(
  { threads = [] }: Sample,
  ...keys: readonly Key[]
): unknown[] {
  return threads.map((thread) => keys.map((key) => thread[key]));
}
