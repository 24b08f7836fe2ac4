/**
 * The options of a sampler: the root, where to read, when.
 *
 * @module
 */

import type { Collector } from "../collect/collector.ts";
import type { ProcParseError } from "../errors.ts";
import type { HostFacts } from "../host/facts.ts";
import type { Clock, SelfUsage } from "../kernel/clock.ts";
import type { ProcFs } from "../kernel/proc_fs.ts";
import { MIN_INTERVAL_MS } from "./schedule.ts";
import type { HeaviestProcesses } from "./heaviest_processes.ts";

/** What to sample, and where to read. */
export interface SamplerOptions {
  /** The process id of the root. Either this, `cgroup` or `all` is given. */
  readonly pid?: number | undefined;
  /**
   * The cgroup v2 whose members, and those of the cgroups below it, make the tree: a systemd unit,
   * a container. Either its directory, or its path in the hierarchy, as `/proc/PID/cgroup` has it.
   */
  readonly cgroup?: string | undefined;
  /**
   * Whether every process that /proc lists makes the tree, kernel threads too. Such a run has no
   * root and does not end by itself.
   *
   * @default {false}
   */
  readonly all?: boolean | undefined;
  /**
   * What to read beside the fields that every line has: values made by the entry `./collect`.
   *
   * @default {[]}
   */
  readonly collect?: readonly Collector[] | undefined;
  /**
   * The file system to read.
   *
   * @default {new HostFs()}
   */
  readonly fs?: ProcFs | undefined;
  /** The clocks to label samples and to measure windows with. Default: those of this host. */
  readonly clock?: Clock | undefined;
  /**
   * Called for the first damaged kernel file of each name. Default: only the counts in the samples
   * show it.
   */
  readonly onMalformed?: ((error: ProcParseError) => void) | undefined;
  /**
   * Called once for each kind of thing that this program can never see of a tree, with a sentence:
   * members of a cgroup in another pid namespace, cgroups that cannot be opened; and if a cgroup
   * has no processes at the first sample. Default: only the counts in the samples show it.
   */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/**
 * Further options, for the command and the tests.
 *
 * @internal
 */
export interface InternalOptions {
  /** What is known of the host. Default: it is read with `fs`. */
  readonly host?: HostFacts | undefined;
  /** What the sampling program has used itself. Default: what this one has. */
  readonly selfUsage?: SelfUsage | undefined;
  /**
   * Whether each file is read in each sample by its path, and each link: slower, and without
   * protection from a reused process id. It is what the faster way is tested against. Default: no.
   */
  readonly uncached?: boolean | undefined;
  /**
   * Whether all processes are listed in each sample by which any may have come, as a recording has
   * to hold what each way of reading asks for. Default: a few are looked up in place of that.
   */
  readonly listsAll?: boolean | undefined;
  /**
   * Set if the root is the only child of this program. Its CPU time is then taken from our own
   * `cutime` once it is reaped, which is exact. Default: it is not.
   */
  readonly startedByUs?: boolean | undefined;
  /** The command that the root is, with its arguments. Default: it is none. */
  readonly command?: readonly string[] | undefined;
  /** Is told of all processes of each sample. Default: nobody is. */
  readonly heaviest?: HeaviestProcesses | undefined;
  /**
   * When the run began, by the monotonic clock, in milliseconds. Default: when the sampler is made.
   */
  readonly startMs?: number | undefined;
}

/**
 * Further options of the samples, for the command.
 *
 * @internal
 */
export interface InternalSamplesOptions {
  /** Drops a sample that is being taken, and closes the sampler. Default: nothing does. */
  readonly dropped?: AbortSignal | undefined;
}

/** When to sample. */
export interface SamplesOptions {
  /**
   * Milliseconds from sample to sample: a finite number, 0.001 at least.
   *
   * @default {1000}
   */
  readonly intervalMs?: number | undefined;
  /**
   * Stop after this many samples: a whole number above 0; `Infinity`: no such end.
   *
   * @default {Infinity}
   */
  readonly count?: number | undefined;
  /**
   * Stop this many milliseconds after the first sample: a number above 0; `Infinity`: no such end.
   *
   * @default {Infinity}
   */
  readonly durationMs?: number | undefined;
  /** Stops the samples, also in the middle of a wait. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether to go on after the root has ended, until no process of the tree lives.
   *
   * @default {false}
   */
  readonly orphans?: boolean | undefined;
  /**
   * Whether to go on while the cgroup that is the root is not there, until it is made again: a unit
   * that is restarted. Its samples have no processes meanwhile. Without a cgroup it has no effect.
   *
   * @default {false}
   */
  readonly restarts?: boolean | undefined;
}

/** Refuses a collector that is given twice. */
export function checkCollectors(collectors: readonly Collector[]): void {
  const names = collectors.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new RangeError(`Cannot collect ${twice} twice`);
}

/** Refuses an interval that is none. */
export function checkInterval(intervalMs: number): void {
  if (Number.isFinite(intervalMs) && intervalMs >= MIN_INTERVAL_MS) return;
  throw new RangeError(
    `Cannot sample every ${intervalMs} milliseconds: intervalMs is a finite number above 0, ${MIN_INTERVAL_MS} at least`,
  );
}

/** Refuses a number of samples that is none. */
export function checkCount(count: number): void {
  if (count === Infinity || (Number.isSafeInteger(count) && count > 0)) return;
  throw new RangeError(
    `Cannot take ${count} samples: count is a whole number above 0, or Infinity`,
  );
}

/** Refuses a duration that is none. */
export function checkDuration(durationMs: number): void {
  if (typeof durationMs === "number" && durationMs > 0) return;
  throw new RangeError(
    `Cannot sample for ${durationMs} milliseconds: durationMs is a number above 0, or Infinity`,
  );
}

/** Refuses a root that is none, and more than one. */
export function checkRoot(
  pid: number | null,
  cgroup: string | null,
  all: boolean,
): void {
  const given = [pid !== null, cgroup !== null, all].filter((one) => one);
  if (given.length !== 1) {
    throw new TypeError(
      "Cannot sample without one root: give pid, cgroup or all",
    );
  }
  if (cgroup === "") {
    throw new RangeError(
      "Cannot sample the cgroup without a name: the whole hierarchy is /",
    );
  }
  if (pid !== null && (!Number.isSafeInteger(pid) || pid < 1)) {
    throw new RangeError(
      `Cannot sample process ${pid}: a process id is a whole number above 0`,
    );
  }
}
