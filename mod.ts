/**
 * procline watches what a process tree uses on Linux, and prints it as lines of JSON.
 *
 * As a command: `deno run -A mod.ts --pid 42 | jq`, or `deno run -A mod.ts -- make -j8`. As a
 * module:
 *
 * ```ts
 * import { Sampler } from "@procline/procline";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * console.log(sampler.sample().tree.rssBytes);
 * ```
 *
 * The entry `./collect` has what reads more fields, `./parse` the parsers of kernel files,
 * `./recording` recordings, `./testing` what tests need, `./view` fewer lines. What is exported
 * here is loaded at each start of the command: names that only some programs need belong there.
 *
 * @module
 */

export type { Collector } from "./src/collect/collector.ts";
export type { CollectorName } from "./src/collect/collectors.ts";
export {
  ProcParseError,
  ProcReadError,
  type ReadFailure,
  RecordingError,
  RootError,
} from "./src/errors.ts";
export type {
  Encoder,
  EncoderOptions,
  Format,
  TextWindow,
} from "./src/format/format.ts";
export { type FormatName, FORMATS, loadFormat } from "./src/format/formats.ts";
export type { HostFacts } from "./src/host/facts.ts";
export type { Integer } from "./src/integer.ts";
export type { Clock } from "./src/kernel/clock.ts";
export { HostFs, type HostFsOptions } from "./src/kernel/host_fs.ts";
export type {
  BytesUse,
  DirEntry,
  FileStatus,
  MountWatch,
  ProcBytes,
  ProcFile,
  ProcFs,
} from "./src/kernel/proc_fs.ts";
export type { UnreadReason } from "./src/kernel/proc_reader.ts";
export { Sampler } from "./src/measure/sampler.ts";
export type {
  SamplerOptions,
  SamplesOptions,
} from "./src/measure/sampler_options.ts";
export type { LineKind } from "./src/model/field.ts";
export type {
  ExecEvent,
  ExitEvent,
  ProcessEvent,
  ReparentedEvent,
  StartEvent,
} from "./src/model/events.ts";
export type { NullReason, NullReasons } from "./src/model/null_reason.ts";
export type { ProcessSample } from "./src/model/process.ts";
export type { EndReason, Run, RunEnd, RunSummary } from "./src/model/run.ts";
export type { Sample, SampleTimes, TreeSample } from "./src/model/sample.ts";

if (import.meta.main) {
  const { runProgram } = await import("./src/cli/program.ts");
  Deno.exit(await runProgram());
}
