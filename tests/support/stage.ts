/** A tree of fakes and its sampler, for the tests of what a sample holds. */
import { assert } from "@std/assert";
import { UncachedFs } from "../../src/kernel/uncached_fs.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { SamplerOptions } from "../../src/measure/sampler_options.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import { ManualClock } from "../../src/testing/manual_clock.ts";
import { FakeProc, type FakeProcess } from "./fake_proc.ts";

/** The usage of a sampling program that uses nothing itself. */
export const IDLE = { cpuSeconds: () => 0, rssBytes: () => 0 };

/** A tree of fakes and its sampler. Only the test lets time pass. */
export class Stage {
  readonly fs: FakeProc;
  readonly clock = new ManualClock({ epochMs: 1_000_000, monotonicMs: 5000 });
  readonly sampler: Sampler;
  #uptime = 10;

  constructor(
    processes: readonly FakeProcess[],
    options: Pick<SamplerOptions, "collect" | "onMalformed"> & {
      readonly pid?: number;
      readonly byPath?: boolean;
      readonly uncached?: boolean;
      readonly listsAll?: boolean;
      /** Writes further files before the sampler starts. */
      readonly prepare?: (fs: FakeProc) => void;
    } = {},
  ) {
    const {
      byPath = false,
      uncached = false,
      listsAll = false,
      prepare,
      ...rest
    } = options;
    this.fs = new FakeProc({ byPath });
    for (const process of processes) this.fs.start(process);
    prepare?.(this.fs);
    this.sampler = new Sampler({
      pid: 10,
      fs: uncached ? new UncachedFs(this.fs) : this.fs,
      clock: this.clock,
      ...rest,
    }, { uncached, listsAll, selfUsage: IDLE });
  }

  /** Lets time pass, then takes a sample. */
  after(seconds: number): Sample {
    this.clock.pass(seconds);
    this.#uptime += seconds;
    this.fs.uptime(this.#uptime);
    return this.sampler.sample();
  }
}

/** The process ids of a sample, in its order. */
export function pids(sample: Sample): number[] {
  return sample.processes.map(({ pid }) => pid);
}

/** One process of a sample. */
export function processOf(sample: Sample, pid: number): ProcessSample {
  const process = sample.processes.find((one) => one.pid === pid);
  assert(process !== undefined, `No process ${pid} in the sample`);
  return process;
}

/** The root of most trees. */
export const ROOT: FakeProcess = { pid: 10, ppid: 1 };
/** A child of it. */
export const CHILD: FakeProcess = { pid: 11, ppid: 10 };
