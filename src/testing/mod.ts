/**
 * What tests of programs that sample need: a procfs in memory, a file system whose reads go wrong,
 * a clock that a test moves, and a sampler on a recording.
 *
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { ManualClock, MemoryFs } from "@procline/procline/testing";
 *
 * const fs = new MemoryFs();
 * fs.addProcess({ pid: 10, rssBytes: 1_048_576 });
 * using sampler = new Sampler({ pid: 10, fs, clock: new ManualClock() });
 * console.log(sampler.sample().tree.rssBytes); // 1048576
 * ```
 *
 * @module
 */

export {
  type Fault,
  FAULT_KINDS,
  FaultFs,
  type FaultFsOptions,
  type FaultKind,
  type FaultyRead,
} from "./fault_fs.ts";
export { ManualClock, type ManualClockOptions } from "./manual_clock.ts";
export {
  type FileContent,
  MemoryFs,
  type MemoryFsOptions,
  type MemoryProcess,
} from "./memory_fs.ts";
export {
  openRecording,
  ReplayedRun,
  type ReplayOptions,
} from "../recording/replayed_run.ts";
