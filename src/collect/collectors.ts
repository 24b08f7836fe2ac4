/**
 * The collectors by name, and how each is loaded.
 *
 * @module
 */
// deno-lint-ignore-file camelcase -- the names are those on the lines.

import { quote } from "../text.ts";
import { checkEvery } from "./_every.ts";
import type { Collector } from "./collector.ts";

/** What collectors read, and how often slow ones do. */
export interface LoadOptions {
  /**
   * The collector `smaps` reads in the first of this many samples: a whole number above 0.
   *
   * @default {1}
   */
  readonly smapsEvery?: number | undefined;
  /**
   * The collector `numa` reads in the first of this many samples: a whole number above 0.
   *
   * @default {1}
   */
  readonly numaEvery?: number | undefined;
  /** The names of the variables that the collector `env` reads. Default: it cannot be loaded. */
  readonly env?: readonly string[] | undefined;
  /**
   * The collector `wss` reads in the first of this many samples: a whole number above 0.
   *
   * @default {1}
   */
  readonly wssEvery?: number | undefined;
}

/** The name of a collector. */
export type CollectorName =
  | "stat"
  | "cmdline"
  | "cwd"
  | "env"
  | "io"
  | "status"
  | "fd"
  | "sockets"
  | "threads"
  | "cgroup"
  | "host"
  | "limits"
  | "oom"
  | "signals"
  | "wchan"
  | "schedstat"
  | "delays"
  | "smaps_rollup"
  | "numa"
  | "smaps"
  | "wss"
  | "cgroup_files"
  | "cmdline_at_exec"
  | "memory_limit"
  | "events";

/** One collector, as a person asks for it. */
interface CollectorRow {
  /** What it adds, in a few words. */
  readonly help: string;
  /** Whether only a format or an option asks for it, not `--collect`. */
  readonly isHidden?: boolean;
  /** Whether `--collect all` leaves it out: it is asked for by its name. */
  readonly isByNameOnly?: boolean;
  /** The collector of which it reads some fields in another way: it need not run beside that. */
  readonly standsFor?: CollectorName;
  /** Loads it. */
  readonly load: (options: LoadOptions) => Promise<Collector>;
}

/** Every collector, the cheap ones first. */
const ROWS: Readonly<Record<CollectorName, CollectorRow>> = {
  stat: {
    help: "page faults, priority, group and session",
    load: async () => (await import("./stat.ts")).stat(),
  },
  cmdline: {
    help: "arguments",
    load: async () => (await import("./cmdline.ts")).cmdline(),
  },
  cwd: {
    help: "working directory",
    load: async () => (await import("./cwd.ts")).cwd(),
  },
  env: {
    help: "variables of the environment, by their names",
    isHidden: true,
    load: async ({ env = [] }) =>
      (await import("./env.ts")).env({ names: env }),
  },
  io: {
    help: "bytes read and written, by calls and on storage",
    load: async () => (await import("./io.ts")).io(),
  },
  status: {
    help: "user, memory by kind, context switches",
    load: async () => (await import("./status.ts")).status(),
  },
  fd: {
    help: "open file descriptors and their limit",
    load: async () => (await import("./fd.ts")).fd(),
  },
  threads: {
    help: "a line for each thread",
    load: async () => (await import("./threads.ts")).threads(),
  },
  sockets: {
    help: "by protocol and TCP state (not in all)",
    isByNameOnly: true,
    load: async () => (await import("./sockets.ts")).sockets(),
  },
  cgroup: {
    help: "unit, container, pod; a line per cgroup",
    load: async () => (await import("./cgroup.ts")).cgroup(),
  },
  host: {
    help: "a line for the host",
    load: async () => (await import("./host.ts")).host(),
  },
  limits: {
    help: "resource limits, and how near they are",
    load: async () => (await import("./limits.ts")).limits(),
  },
  oom: {
    help: "score when memory runs out",
    load: async () => (await import("./oom.ts")).oom(),
  },
  signals: {
    help: "signals pending, blocked, ignored, caught",
    load: async () => (await import("./signals.ts")).signals(),
  },
  wchan: {
    help: "where in the kernel it waits",
    load: async () => (await import("./wchan.ts")).wchan(),
  },
  schedstat: {
    help: "time waited for a CPU, scheduling",
    load: async () => (await import("./schedstat.ts")).schedstat(),
  },
  delays: {
    help: "time waited for block devices",
    load: async () => (await import("./delays.ts")).delays(),
  },
  smaps_rollup: {
    help: "proportional and unique memory",
    load: async () => (await import("./smaps_rollup.ts")).smapsRollup(),
  },
  numa: {
    help: "resident memory by node",
    load: async ({ numaEvery = 1 }) =>
      (await import("./numa.ts")).numa({ every: numaEvery }),
  },
  smaps: {
    help: "a line for each mapped path",
    load: async ({ smapsEvery = 1 }) =>
      (await import("./smaps.ts")).smaps({ every: smapsEvery }),
  },
  wss: {
    help: "memory in use (marks pages idle; not in all)",
    isByNameOnly: true,
    load: async ({ wssEvery = 1 }) =>
      (await import("./wss.ts")).wss({ every: wssEvery }),
  },
  cgroup_files: {
    help: "every figure of each cgroup v2",
    isHidden: true,
    load: async () => (await import("./cgroup_files.ts")).cgroupFiles(),
  },
  cmdline_at_exec: {
    help: "arguments as of the start of a program",
    isHidden: true,
    standsFor: "cmdline",
    load: async () => (await import("./cmdline_at_exec.ts")).cmdlineAtExec(),
  },
  memory_limit: {
    help: "the limit of the tree's memory",
    isHidden: true,
    standsFor: "cgroup",
    load: async () => (await import("./memory_limit.ts")).memoryLimit(),
  },
  events: {
    help: "starts, exits, execs and new parents",
    isHidden: true,
    load: async () => (await import("./events.ts")).events(),
  },
};

/** The collectors that a person can ask for with `--collect`, the cheap ones first. */
export const COLLECTORS: readonly CollectorName[] = Object.keys(ROWS)
  .filter(isCollectorName).filter((name) => ROWS[name].isHidden !== true);

/** Those that `--collect all` stands for. */
export const IN_ALL: readonly CollectorName[] = COLLECTORS
  .filter((name) => ROWS[name].isByNameOnly !== true);

/**
 * What a collector adds, in a few words.
 *
 * @throws {RangeError} If there is no such collector.
 *
 * @example
 * ```ts
 * import { describeCollector } from "@procline/procline/collect";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(describeCollector("cmdline"), "arguments");
 * ```
 */
export function describeCollector(name: CollectorName): string {
  if (!Object.hasOwn(ROWS, name)) {
    throw new RangeError(
      `Cannot describe the collector ${quote(String(name))}: there is none`,
    );
  }
  return ROWS[name].help;
}

/**
 * Loads collectors by their names, in their order.
 *
 * @throws {RangeError} If there is no collector of such a name, or one of the options is none that
 * it takes.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { loadCollectors } from "@procline/procline/collect";
 * import { assertExists } from "@std/assert";
 *
 * const collect = await loadCollectors(["io", "fd"]);
 * using sampler = new Sampler({ pid: Deno.pid, collect });
 * assertExists(sampler.sample().processes[0]?.numFds);
 * ```
 */
export async function loadCollectors(
  names: readonly string[],
  options: LoadOptions = {},
): Promise<Collector[]> {
  checkEvery("smaps", options.smapsEvery ?? 1, "smapsEvery");
  checkEvery("numa", options.numaEvery ?? 1, "numaEvery");
  checkEvery("wss", options.wssEvery ?? 1, "wssEvery");
  return await Promise.all(names.map((name) => {
    if (!isCollectorName(name)) {
      throw new RangeError(
        `Cannot collect ${quote(name)}: the collectors are ${
          Object.keys(ROWS).join(", ")
        }`,
      );
    }
    return ROWS[name].load(options);
  }));
}

/** The collector of which this one reads some fields in another way; null if there is none. */
export function standsFor(name: string): CollectorName | null {
  return isCollectorName(name) ? ROWS[name].standsFor ?? null : null;
}

/** Whether there is a collector of this name. */
export function isCollectorName(name: string): name is CollectorName {
  return Object.hasOwn(ROWS, name);
}
