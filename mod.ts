/**
 * procline watches what a process tree uses on Linux, and prints it as lines of JSON.
 *
 * As a command: `deno run -A mod.ts --pid 42 | jq`, or `deno run -A mod.ts -- make -j8`. As a module:
 *
 * ```ts
 * import { Sampler } from "@procline/procline";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * console.log(sampler.sample().tree.rssBytes);
 * ```
 *
 * @module
 */

export * from "./src/kernel/clock.ts";
export type { CgroupSample, KeyedCounters } from "./src/model/groups.ts";
export type { CgroupFigure } from "./src/model/groups.ts";
export type { CmdlineFields } from "./src/model/groups.ts";
export {
  type CollectedExtras,
  type CollectedFields,
  type CollectedTotals,
} from "./src/model/groups.ts";
export { type CollectorName, COLLECTORS } from "./src/collect/collectors.ts";
export type { FdFields } from "./src/model/groups.ts";
export type { HostSample } from "./src/model/groups.ts";
export type { IoFields, IoRates, IoTotals } from "./src/model/groups.ts";
export type { MappedMemoryFields } from "./src/model/groups.ts";
export type { MappingSample } from "./src/model/groups.ts";
export type { SmapsRollupFields } from "./src/model/groups.ts";
export type { StatFields } from "./src/model/groups.ts";
export type { StatusFields } from "./src/model/groups.ts";
export * from "./src/errors.ts";
export type * from "./src/format/format.ts";
export * from "./src/format/formats.ts";
export * from "./src/format/lading.ts";
export * from "./src/format/records.ts";
export type { HostFacts } from "./src/host/facts.ts";
export type { Integer } from "./src/integer.ts";
export * from "./src/parse/auxv.ts";
export * from "./src/parse/cgroup.ts";
export * from "./src/parse/cgroup_procs.ts";
export * from "./src/parse/cmdline.ts";
export * from "./src/parse/cpu_list.ts";
export * from "./src/parse/cpu_max.ts";
export * from "./src/parse/flat_keyed.ts";
export * from "./src/parse/io.ts";
export * from "./src/parse/limits.ts";
export * from "./src/parse/loadavg.ts";
export * from "./src/parse/meminfo.ts";
export * from "./src/parse/mountinfo.ts";
export * from "./src/parse/nested_keyed.ts";
export * from "./src/parse/pressure.ts";
export * from "./src/parse/proc_stat.ts";
export * from "./src/parse/single_value.ts";
export {
  type MappedMemory,
  type Mapping,
  parseSmaps,
} from "./src/parse/smaps.ts";
export * from "./src/parse/smaps_rollup.ts";
export * from "./src/parse/stat.ts";
export * from "./src/parse/statm.ts";
export * from "./src/parse/status.ts";
export * from "./src/parse/uptime.ts";
export * from "./src/kernel/host_fs.ts";
export type * from "./src/kernel/proc_fs.ts";
export type { MalformedListener, Unread } from "./src/kernel/proc_reader.ts";
export * from "./src/recording/recording.ts";
export * from "./src/recording/codec.ts";
export * from "./src/recording/recording_fs.ts";
export * from "./src/recording/replay.ts";
export type * from "./src/model/sample.ts";
export type * from "./src/model/process.ts";
export type * from "./src/model/events.ts";
export type * from "./src/model/run.ts";
export type * from "./src/model/groups.ts";
export * from "./src/measure/sampler.ts";
export type { Unreadable, UnreadableFields } from "./src/model/null_reason.ts";

if (import.meta.main) {
  const { runProgram } = await import("./src/cli/program.ts");
  Deno.exit(await runProgram());
}
