/** What must be true of every line, whatever was read. */

/** A line, whichever it is. */
// deno-lint-ignore no-explicit-any
export type AnyLine = Readonly<Record<string, any>>;

/** The fields of a process's line and of a tree's, in their order, with `?` where they may be left out. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  process:
    "timestamp epoch_ms kind pid ppid orphan? exe exe_deleted? comm state start_ticks uptime_seconds num_threads rss_bytes rsslim_bytes vsize_bytes cpu_percentage user_cpu_percentage kernel_cpu_percentage cpu_window_seconds user_cpu_seconds_total kernel_cpu_seconds_total children_user_cpu_seconds_total children_kernel_cpu_seconds_total * unreadable?"
      .split(" "),
  tree:
    "timestamp epoch_ms kind root_pid seq num_processes num_threads rss_bytes vsize_bytes pss_bytes? uss_bytes? cpu_percentage user_cpu_percentage kernel_cpu_percentage unseen_cpu_percentage cpu_limit_percentage user_cpu_seconds_total kernel_cpu_seconds_total num_cores interval_seconds sample_seconds missed_samples gone denied malformed consistent sampler_cpu_percentage sampler_rss_bytes * unreadable?"
      .split(" "),
};

/** Null has a meaning of its own there. */
const NULL_BY_ITSELF = new Set([
  "rsslim_bytes",
  "interval_seconds",
  "sampler_cpu_percentage",
  "fd_limit",
  "cpu_limit_cores",
  "cpu_limit_percentage",
  "memory_max_bytes",
  "memory_high_bytes",
  "swap_max_bytes",
  "pids_max",
  "root_pid",
]);

/** Between two samples: null on the first, and where the one before was not known. */
const RATE = /_per_second$/;
const GROUP_RATE = /^(user_|kernel_)?cpu_percentage$/;

const KINDS =
  /^(run|process|tree|end|start|exit|exec|reparented|smaps|cgroup|host)$/;
const TEXT_FIELDS =
  /^(timestamp|kind|exe|previous_exe|comm|state|pathname|path|started_at)$/;
const PERCENTAGE = /_?percentage$/;
const ROUNDING = 1e-3;

/** What is wrong with the lines of one sample, a sentence each. */
export function faultsOf(text: string): string[] {
  if (!text.endsWith("\n")) return ["The last line has no end"];
  const lines: AnyLine[] = text.trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  return [...lines.flatMap(faultsOfLine), ...faultsOfSums(lines)];
}

function faultsOfLine(line: AnyLine): string[] {
  const faults: string[] = [];
  const is = `${line.kind} line`;
  if (!KINDS.test(line.kind)) return [`A line is of kind ${line.kind}`];
  const order = FIELDS[line.kind];
  if (order !== undefined) {
    const [timestamp, epochMs, kind, ...rest] = Object.keys(line);
    const first = rest.findIndex((key) => key === order[3]);
    const keys = [timestamp, epochMs, kind, ...rest.slice(first)].map(String);
    const required = order.filter((name) => !/[?*]$/.test(name));
    const missing = required.filter((name) => !(name in line));
    if (missing.length > 0) faults.push(`A ${is} lacks ${missing}`);
    const known = order.map((name) => name.replace("?", ""));
    const positions = keys.map((key) =>
      known.includes(key) ? known.indexOf(key) : known.indexOf("*")
    );
    if (positions.some((at, i) => at < (positions[i - 1] ?? 0))) {
      faults.push(`A ${is} has its fields in another order: ${keys}`);
    }
  }
  for (const [name, value] of Object.entries(line)) {
    if (value === null) {
      const isSaid = line.unreadable?.[name] !== undefined ||
        NULL_BY_ITSELF.has(name) || RATE.test(name) ||
        (GROUP_RATE.test(name) && /^(cgroup|host)$/.test(line.kind)) ||
        line.kind === "exit" ||
        line.kind === "exec";
      if (!isSaid) faults.push(`A ${is} does not say why ${name} is null`);
    } else if (TEXT_FIELDS.test(name)) {
      if (typeof value !== "string") {
        faults.push(`A ${is} has no text: ${name}`);
      }
    } else if (PERCENTAGE.test(name)) {
      const most = name.endsWith("cpu_limit_percentage")
        ? Infinity
        : 100 * maxCores(line);
      if (!(value >= 0 && value <= most + ROUNDING)) {
        faults.push(`A ${is} has a ${name} of ${value}`);
      }
    } else if (
      /_(bytes|seconds|total)$|^num_|^pid$|^seq$/.test(name) &&
      typeof value !== "object"
    ) {
      if (!(value >= 0)) faults.push(`A ${is} has a ${name} of ${value}`);
    }
  }
  return faults;
}

function faultsOfSums(lines: readonly AnyLine[]): string[] {
  const faults: string[] = [];
  const tree = lines.at(-1);
  if (tree?.kind !== "tree") return ["The last line is not the tree's"];
  const processes = lines.filter(({ kind }) => kind === "process");
  if (tree.num_processes !== processes.length) {
    faults.push(
      `${processes.length} lines for ${tree.num_processes} processes`,
    );
  }
  for (const name of ["num_threads", "rss_bytes", "vsize_bytes"]) {
    const sum = processes.reduce((sum, line) => sum + (line[name] ?? 0), 0);
    if (tree[name] !== null && tree[name] !== sum) {
      faults.push(
        `The ${name} of the tree are ${tree[name]}, the lines' ${sum}`,
      );
    }
  }
  const most = 100 * maxCores(tree);
  for (const { pid, cpu_percentage } of processes) {
    if (cpu_percentage > most + ROUNDING) {
      faults.push(`Process ${pid} has a cpu_percentage of ${cpu_percentage}`);
    }
  }
  const pids = new Set(processes.map(({ pid }) => pid));
  if (pids.size < processes.length) faults.push("A process has two lines");
  return faults;
}

/** What bounds a percentage: the host's CPUs, four in the recordings; where they are not known, those that the root may use. */
function maxCores(line: AnyLine): number {
  return Math.max(line.num_cores ?? Infinity, navigator.hardwareConcurrency, 4);
}
