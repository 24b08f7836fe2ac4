/**
 * Parsers of kernel files: text in, a readonly value out, in the kernel's own units. One for each
 * file, named after its man page; none of them reads anything.
 *
 * ```ts
 * import { parseStatm } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const { resident } = parseStatm("1994 1306 1203 224 0 173 0\n");
 * assertEquals(resident, 1306);
 * ```
 *
 * @module
 */

export { type PartlyMalformed, ProcParseError } from "../errors.ts";
export type { Integer } from "../integer.ts";
export { type Auxv, parseAuxv } from "./auxv.ts";
export { type CgroupEntry, parseCgroup } from "./cgroup.ts";
export { parseCfsPeriod, parseCfsQuota } from "./cfs_quota.ts";
export { parseCgroupProcs } from "./cgroup_procs.ts";
export { parseChildren } from "./children.ts";
export { parseCmdline } from "./cmdline.ts";
export { countCpus, type CpuRange, parseCpuList } from "./cpu_list.ts";
export { type CpuMax, parseCpuMax } from "./cpu_max.ts";
export {
  type EnvironRange,
  parseEnviron,
  parseEnvironRange,
} from "./environ.ts";
export { type FlatKeyed, parseFlatKeyed } from "./flat_keyed.ts";
export { type Io, parseIo } from "./io.ts";
export { type FrameFlags, parseKpageflags } from "./kpageflags.ts";
export {
  type Limit,
  type Limits,
  parseLimits,
  parseRlimits,
  type Rlimits,
} from "./limits.ts";
export { type Loadavg, parseLoadavg } from "./loadavg.ts";
export { type MappedRange, parseMaps } from "./maps.ts";
export { type Meminfo, parseMeminfo } from "./meminfo.ts";
export {
  type Mount,
  parseMountinfo,
  parsePlacedMounts,
  type PlacedMount,
} from "./mountinfo.ts";
export { type NestedKeyed, parseNestedKeyed } from "./nested_keyed.ts";
export { type NumaMapping, parseNumaMaps } from "./numa_maps.ts";
export { type Pagemap, parsePagemap } from "./pagemap.ts";
export { parseOomScore } from "./oom_score.ts";
export { parseOomScoreAdj } from "./oom_score_adj.ts";
export { parsePressure, type Pressure, type PressureLine } from "./pressure.ts";
export { parseProcStat, type ProcStat } from "./proc_stat.ts";
export { parseSchedstat, type Schedstat } from "./schedstat.ts";
export { parseSingleValue } from "./single_value.ts";
export {
  type MappedMemory,
  type Mapping,
  parseResidentRanges,
  parseSmaps,
  type ResidentRange,
} from "./smaps.ts";
export { parseSmapsRollup, type SmapsRollup } from "./smaps_rollup.ts";
export { parseSocketTable, type SocketTable } from "./socket_table.ts";
export { parseStat, type Stat } from "./stat.ts";
export { parseStatm, type Statm } from "./statm.ts";
export {
  parseSignals,
  parseStatus,
  type Signals,
  type Status,
} from "./status.ts";
export { parseUptime } from "./uptime.ts";
export { parseWchan } from "./wchan.ts";
