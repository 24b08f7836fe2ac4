/**
 * The format `lading`: one line for each gauge, as the capture files of DataDog/lading have them.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type {
  CgroupFigure,
  CgroupSample,
  MappedMemoryFields,
  MappingSample,
} from "../model/collected_fields.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { quoteJson } from "../text.ts";
import { encodeLabels } from "./_json.ts";
import type { Encoder, EncoderOptions, Format } from "./format.ts";

/**
 * The format `lading`.
 *
 * Its labels hold the arguments, and its cgroups every figure: a run with collectors needs those
 * that read them.
 */
export const format: Format = {
  reserved: new Set([
    "run_id",
    "time",
    "fetch_index",
    "metric_name",
    "metric_kind",
    "value",
    "pid",
    "exe",
    "cmdline",
    "comm",
    "pathname",
    "cgroup",
    "device",
  ]),
  needs: (asked) => {
    if (asked.length === 0) return [];
    return asked.includes("cgroup") ? ["cmdline", "cgroup_files"] : ["cmdline"];
  },
  create: (options) => new LadingEncoder(options),
};

/** 2^64 as a double, the way lading prints the limit of a process without one. */
const UNLIMITED = "1.8446744073709552e19";

/** What lading prints for a cgroup's limit that is `max`: the largest double. */
const MAX_DOUBLE = "1.7976931348623157e308";

const MILLICORES = 1000;

/**
 * Encodes samples as lading's capture lines. A value that is not known has no line; a process whose
 * program is not known has no label `exe`.
 *
 * Every sample has the gauges of lading's first observer. Those of its present one come with the
 * collectors that read their files: `stat.*` with `stat`, `status.*` with `status`,
 * `smaps_rollup.*` and `total_pss_bytes` with `smaps_rollup`, `smaps.*.by_pathname` with `smaps`,
 * `total_wss_bytes` with `wss`, `cgroup.v2.*` with `cgroup` and `cgroup_files`, `vmstat.*` with
 * `host`. They have the labels pid, exe, cmdline and comm; the label cmdline needs the collector
 * `cmdline`. Two differences: figures of a cgroup have a label `cgroup`, or those of two cgroups
 * could not be told apart, and no process is left out.
 */
class LadingEncoder implements Encoder {
  readonly #labels: string;
  readonly #showsHostname: boolean;
  /** The name of the host as a label; empty: none. */
  #hostname = "";
  /** What stands before the time on each line; null before `begin`. */
  #start: string | null = null;
  #collectors: ReadonlySet<string> = new Set();
  #lastMs = -Infinity;

  /** Encodes with the labels on every line. */
  constructor(options: EncoderOptions = {}) {
    this.#labels = encodeLabels(options.labels ?? {});
    this.#showsHostname = options.hostname === true;
  }

  /** No line: takes the run's id, which stands on every line to come. */
  begin(run: Run): Iterable<string> {
    this.#start = `{"run_id":${quoteJson(run.runId)},"time":`;
    this.#collectors = new Set(run.collectors);
    const { hostname } = run;
    this.#hostname = this.#showsHostname && hostname !== null
      ? encodeLabels({ hostname })
      : "";
    return [];
  }

  /**
   * A line for each gauge and counter. `time` strictly increases, also if the wall clock steps
   * back.
   */
  *lines(sample: Sample): Generator<string, void> {
    if (this.#start === null) {
      throw new Error("Cannot encode a sample: begin() was not called");
    }
    const time = Math.max(sample.epochMs, this.#lastMs + 1);
    this.#lastMs = time;
    const start =
      `${this.#start}${time},"fetch_index":${sample.tree.seq},"metric_name":`;
    const series = seriesOf(sample, this.#collectors);
    for (const { labels, metrics, isCounter } of series) {
      const kind = isCounter === true ? "counter" : "gauge";
      const end = `${encodeLabels(labels)}${this.#labels}${this.#hostname}}\n`;
      for (const [name, value] of metrics) {
        if (value === null || value === undefined) continue;
        yield `${start}${
          quoteJson(name)
        },"metric_kind":"${kind}","value":${value}${end}`;
      }
    }
  }

  /** No line. */
  end(): Iterable<string> {
    return [];
  }
}

/** Metrics with the same labels and of the same kind. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly isCounter?: boolean;
  readonly metrics: readonly (readonly [
    name: string,
    value: Integer | string | null | undefined,
  ])[];
}

function* seriesOf(
  sample: Sample,
  collectors: ReadonlySet<string>,
): Generator<Series, void> {
  const { tree, processes, host } = sample;
  for (const process of processes) {
    yield olderSeries(process);
    yield newerSeries(process, collectors, tree.numCores);
  }
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  for (const mapping of sample.mappings ?? []) {
    yield mappingSeries(mapping, byPid.get(mapping.pid));
  }
  const cgroups = collectors.has("cgroup_files") ? sample.cgroups ?? [] : [];
  for (const cgroup of cgroups) {
    yield cgroupSeries(cgroup, host?.numCpus ?? tree.numCores);
  }
  for (const figure of sample.cgroupFigures ?? []) yield figureSeries(figure);
  yield {
    labels: {},
    metrics: Object.entries(host?.vmstat ?? {}).map(([name, value]) =>
      [`vmstat.${name}`, value] as const
    ),
  };
  yield {
    labels: {},
    metrics: [
      ["num_processes", tree.numProcesses],
      ["processes_found", tree.numProcesses],
      ["total_rss_bytes", tree.rssBytes],
      ["total_pss_bytes", tree.pssBytes],
      ["total_wss_bytes", tree.wssBytes],
    ],
  };
}

/** The gauges of lading's first observer: its older names. */
function olderSeries(process: ProcessSample): Series {
  const pid = String(process.pid);
  const cpu = cpuOf(process);
  return {
    labels: process.exe === null ? { pid } : { pid, exe: process.exe },
    metrics: [
      ["rss_bytes", process.rssBytes],
      ["rsslim_bytes", process.rsslimBytes ?? UNLIMITED],
      ["vsize_bytes", process.vsizeBytes],
      ["num_threads", process.numThreads],
      ["cpu_percentage", cpu.cpuPercentage],
      ["kernel_cpu_percentage", cpu.kernelCpuPercentage],
      ["user_cpu_percentage", cpu.userCpuPercentage],
    ],
  };
}

/** The gauges of lading's observer of today, as far as their files were read. */
function newerSeries(
  process: ProcessSample,
  collectors: ReadonlySet<string>,
  numCores: number | null,
): Series {
  return {
    labels: processLabels(process),
    metrics: [
      ...(collectors.has("stat") ? statMetrics(process, numCores) : []),
      ...(collectors.has("status") ? statusMetrics(process) : []),
      ...(collectors.has("smaps_rollup") ? rollupMetrics(process) : []),
    ],
  };
}

/** lading joins the arguments with spaces, and says "zombie" if there are none. */
function processLabels(process: ProcessSample): Record<string, string> {
  const { pid, exe, cmdline, comm } = process;
  const hasNone = cmdline === null &&
    /^(zombie|kernel_thread|exiting|executing)$/.test(
      process.unreadable?.cmdline ?? "",
    );
  const words = hasNone
    ? ""
    : cmdline?.filter((argument) => argument !== "").join(" ");
  return {
    pid: String(pid),
    ...(exe === null ? {} : { exe }),
    ...(words === undefined ? {} : { cmdline: words || "zombie" }),
    comm,
  };
}

function statMetrics(
  process: ProcessSample,
  numCores: number | null,
): Series["metrics"] {
  return cpuMetrics(cpuOf(process), "stat.", numCores);
}

/** The shares of one core of a process or a cgroup. */
type CpuShares = Pick<
  ProcessSample,
  "cpuPercentage" | "userCpuPercentage" | "kernelCpuPercentage"
>;

/** lading's first sample of a process has what it used on average since its start. */
function cpuOf(process: ProcessSample): CpuShares {
  const { averageCpuPercentage: average } = process;
  if (average === null) return process;
  const { userCpuSecondsTotal: user, kernelCpuSecondsTotal: kernel } = process;
  const total = user + kernel;
  return {
    cpuPercentage: average,
    userCpuPercentage: total > 0 ? average * user / total : 0,
    kernelCpuPercentage: total > 0 ? average * kernel / total : 0,
  };
}

/** The CPU of a cgroup, as a share of the cores that it may use: all of them if it has no limit. */
function cgroupSeries(cgroup: CgroupSample, allCores: number | null): Series {
  const numCores = cgroup.cpuLimitCores ?? allCores;
  return {
    labels: { cgroup: cgroup.path },
    metrics: cpuMetrics(cgroup, "", numCores),
  };
}

/** lading calls the time in the kernel by two names, and the total too. */
function cpuMetrics(
  cpu: CpuShares,
  prefix: string,
  numCores: number | null,
): Series["metrics"] {
  const shares = [
    ["total_cpu", cpu.cpuPercentage],
    ["user_cpu", cpu.userCpuPercentage],
    ["kernel_cpu", cpu.kernelCpuPercentage],
    ["system_cpu", cpu.kernelCpuPercentage],
  ] as const;
  const ofCores = (share: number | null): number | null =>
    share === null || numCores === null || numCores <= 0
      ? null
      : share / numCores;
  return [
    ...shares.map(([name, share]) =>
      [`${prefix}${name}_percentage`, ofCores(share)] as const
    ),
    [`${prefix}cpu_percentage`, ofCores(cpu.cpuPercentage)],
    ...shares.map(([name, share]) =>
      [
        `${prefix}${name}_usage_millicores`,
        share === null ? null : share / 100 * MILLICORES,
      ] as const
    ),
    [
      `${prefix}cpu_limit_millicores`,
      numCores === null ? null : numCores * MILLICORES,
    ],
  ];
}

function statusMetrics(process: ProcessSample): Series["metrics"] {
  return [
    ["status.vmrss_bytes", process.rssBytes],
    ["status.rssanon_bytes", process.rssAnonBytes],
    ["status.rssfile_bytes", process.rssFileBytes],
    ["status.rssshmem_bytes", process.rssShmemBytes],
    ["status.vmdata_bytes", process.dataBytes],
    ["status.vmstk_bytes", process.stackBytes],
    ["status.vmexe_bytes", process.textBytes],
    ["status.vmlib_bytes", process.libBytes],
  ];
}

/** What `smaps` and `smaps_rollup` have in common, by lading's names. */
function memoryMetrics(
  memory: Partial<MappedMemoryFields>,
  nameOf: (field: string) => string,
): Series["metrics"] {
  return [
    [nameOf("pss"), memory.pssBytes],
    [nameOf("shared_clean"), memory.sharedCleanBytes],
    [nameOf("shared_dirty"), memory.sharedDirtyBytes],
    [nameOf("private_clean"), memory.privateCleanBytes],
    [nameOf("private_dirty"), memory.privateDirtyBytes],
    [nameOf("referenced"), memory.referencedBytes],
    [nameOf("anonymous"), memory.anonymousBytes],
    [nameOf("lazy_free"), memory.lazyFreeBytes],
    [nameOf("anon_huge_pages"), memory.anonHugePagesBytes],
    [nameOf("shmem_pmd_mapped"), memory.shmemPmdMappedBytes],
    [nameOf("file_pmd_mapped"), memory.filePmdMappedBytes],
    [nameOf("shared_hugetlb"), memory.sharedHugetlbBytes],
    [nameOf("private_hugetlb"), memory.privateHugetlbBytes],
    [nameOf("swap_pss"), memory.swapPssBytes],
  ];
}

function rollupMetrics(process: ProcessSample): Series["metrics"] {
  const nameOf = (field: string): string => `smaps_rollup.${field}`;
  return [
    [nameOf("rss"), process.rollupRssBytes],
    ...memoryMetrics(process, nameOf),
    [nameOf("pss_dirty"), process.pssDirtyBytes],
    [nameOf("pss_anon"), process.pssAnonBytes],
    [nameOf("pss_file"), process.pssFileBytes],
    [nameOf("pss_shmem"), process.pssShmemBytes],
    [nameOf("ksm"), process.ksmBytes],
    [nameOf("swap"), process.rollupSwapBytes],
    [nameOf("locked"), process.rollupLockedBytes],
  ];
}

function mappingSeries(
  mapping: MappingSample,
  process: ProcessSample | undefined,
): Series {
  const nameOf = (field: string): string => `smaps.${field}.by_pathname`;
  const { pathname } = mapping;
  return {
    labels: process === undefined
      ? { pid: String(mapping.pid), pathname }
      : { ...processLabels(process), pathname },
    metrics: [
      [nameOf("rss"), mapping.rssBytes],
      [nameOf("size"), mapping.sizeBytes],
      [nameOf("swap"), mapping.swapBytes],
      [nameOf("locked"), mapping.lockedBytes],
      ...memoryMetrics(mapping, nameOf),
    ],
  };
}

function figureSeries(figure: CgroupFigure): Series {
  const { path, device, isCounter, value } = figure;
  return {
    labels: device === null ? { cgroup: path } : { cgroup: path, device },
    isCounter,
    metrics: [[`cgroup.v2.${figure.name}`, value ?? MAX_DOUBLE]],
  };
}
