/**
 * Collectors: groups of fields and lines to read beside those that every sample has, as values for
 * the option `collect` of a sampler.
 *
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { io, smaps } from "@procline/procline/collect";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [io(), smaps({ every: 10 })] });
 * console.log(sampler.sample().tree.ioReadBytesTotal);
 * ```
 *
 * @module
 */

export { cgroup } from "./cgroup.ts";
export { cgroupFiles } from "./cgroup_files.ts";
export { cmdline } from "./cmdline.ts";
export { cmdlineAtExec } from "./cmdline_at_exec.ts";
export type { Collector } from "./collector.ts";
export {
  type CollectorName,
  COLLECTORS,
  describeCollector,
  loadCollectors,
  type LoadOptions,
} from "./collectors.ts";
export { cwd } from "./cwd.ts";
export { delays } from "./delays.ts";
export { env, type EnvOptions } from "./env.ts";
export { events } from "./events.ts";
export { fd } from "./fd.ts";
export { host } from "./host.ts";
export { io } from "./io.ts";
export { limits } from "./limits.ts";
export { memoryLimit } from "./memory_limit.ts";
export { numa, type NumaOptions } from "./numa.ts";
export { oom } from "./oom.ts";
export { schedstat } from "./schedstat.ts";
export { signals } from "./signals.ts";
export { smaps, type SmapsOptions } from "./smaps.ts";
export { smapsRollup } from "./smaps_rollup.ts";
export { sockets } from "./sockets.ts";
export { stat } from "./stat.ts";
export { status } from "./status.ts";
export { threads } from "./threads.ts";
export { wchan } from "./wchan.ts";
export { wss, type WssOptions } from "./wss.ts";
export type {
  CgroupFigure,
  CgroupSample,
  CmdlineFields,
  CollectedExtras,
  CollectedFields,
  CollectedTotals,
  CwdFields,
  DelaysFields,
  EnvFields,
  FdFields,
  HostSample,
  IoFields,
  IoRates,
  IoTotals,
  KeyedCounters,
  LimitsFields,
  MappedMemoryFields,
  MappingSample,
  MemoryLimitFields,
  NamedTexts,
  NumaFields,
  OomFields,
  OtherThreads,
  OwnerFields,
  PolicyFields,
  RunIo,
  SchedstatFields,
  SchedulingFields,
  SignalsFields,
  SmapsRollupFields,
  SocketFields,
  StatFields,
  StatusFields,
  ThreadSample,
  ThreadsFields,
  ThreadStatFields,
  ThreadSwitches,
  ThreadWaits,
  UserFields,
  WchanFields,
  WssFields,
} from "../model/collected_fields.ts";
