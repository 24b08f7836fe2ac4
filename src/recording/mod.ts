/**
 * Recordings: what one run read, as lines of JSON. `procline --record FILE` writes one; here it is
 * sampled again, and other programs write their own. And lines of records, read back into samples.
 *
 * ```ts
 * import { openRecording } from "@procline/procline/recording";
 *
 * const text = Deno.readTextFileSync("testdata/recordings/exec.ndjson");
 * using replayed = await openRecording(text.trimEnd().split("\n"));
 * for (const sample of replayed.samples()) console.log(sample.tree.rssBytes);
 * ```
 *
 * @module
 */

export { RecordingError } from "../errors.ts";
export type { MissedReasons } from "../model/run.ts";
export {
  decodeRecorded,
  decodeRecordingHeader,
  encodeRecorded,
  encodeRecordingHeader,
} from "./codec.ts";
export {
  type RecordedEnd,
  type RecordedRead,
  type RecordedSample,
  RECORDING_VERSION,
  type RecordingHeader,
} from "./recording.ts";
export { RecordingFs } from "./recording_fs.ts";
export { ReplayClock, ReplayFs } from "./replay_fs.ts";
export { ReplayedLines, type ReplayedPart } from "./replayed_lines.ts";
export {
  openRecording,
  ReplayedRun,
  type ReplayOptions,
} from "./replayed_run.ts";
