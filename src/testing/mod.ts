/**
 * What tests of programs that sample need: a file system whose reads go wrong, recordings that answer in the place of a host, and a
 * clock that stands still.
 *
 * @example
 * ```ts
 * import { HostFs, Sampler } from "@procline/procline";
 * import { FaultFs, ManualClock } from "@procline/procline/testing";
 *
 * const fs = new FaultFs(new HostFs(), { kinds: ["denied"], probability: 0.01 });
 * using sampler = new Sampler({ pid: Deno.pid, fs, clock: new ManualClock() });
 * console.log(sampler.sample().tree.denied);
 * ```
 *
 * @module
 */

export type { Clock, SelfUsage } from "../kernel/clock.ts";
export { ProcReadError, type ReadFailure } from "../errors.ts";
export * from "./fault_fs.ts";
export * from "./manual_clock.ts";
export type { ProcFile, ProcFs } from "../kernel/proc_fs.ts";
export {
  type RecordedRead,
  type RecordedSample,
  type RecordingHeader,
} from "../recording/recording.ts";
export { RecordingFs } from "../recording/recording_fs.ts";
export { ReplayClock, ReplayFs } from "../recording/replay.ts";
