/**
 * Arithmetic on CPU time: ticks within a window become percentages of one core.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import { isWithinInterval, percentOfCores } from "./rate.ts";
import type { Stat } from "../parse/stat.ts";

/** CPU time in clock ticks. */
export interface CpuTicks {
  /** In user mode, guests included. */
  readonly user: number;
  /** In the kernel. */
  readonly kernel: number;
}

/** CPU time per second, as percentages of one core: 100 is one core fully used. */
export interface CpuPercentages {
  /** User and kernel mode together. */
  readonly total: number;
  /** User mode. */
  readonly user: number;
  /** Kernel mode. */
  readonly kernel: number;
}

/** CPU time that was used within a window. */
export interface CpuUsage {
  /** What was used. */
  readonly used: CpuTicks;
  /** The window's length in seconds. */
  readonly windowSeconds: number;
  /**
   * The CPUs that the host had online at the window's ends, the larger number: no percentage is
   * above 100 times that. Null: not known, no bound.
   */
  readonly maxCores: number | null;
}

/** No CPU time: what most processes of most trees use between two samples. */
export const NO_TICKS: CpuTicks = { user: 0, kernel: 0 };

const NOTHING: CpuPercentages = { total: 0, user: 0, kernel: 0 };

/** The time of a process itself, of all its threads, since its start. */
export function ownTicks(stat: Stat): CpuTicks {
  return ticksOf(stat.utime, stat.stime);
}

/** The time of the children that a process has reaped, and of theirs, since its start. */
export function reapedTicks(stat: Stat): CpuTicks {
  return ticksOf(stat.cutime, stat.cstime);
}

/** The time of a process itself and of the children that it has reaped, since its start. */
export function lifetimeTicks(stat: Stat): CpuTicks {
  return addTicks(ownTicks(stat), reapedTicks(stat));
}

function ticksOf(user: Integer, kernel: Integer): CpuTicks {
  return user === 0 && kernel === 0
    ? NO_TICKS
    : { user: Number(user), kernel: Number(kernel) };
}

/** The CPU time that passed from `before` to `after`. */
export function ticksBetween(before: CpuTicks, after: CpuTicks): CpuTicks {
  if (before === after) return NO_TICKS;
  return {
    user: after.user - before.user,
    kernel: after.kernel - before.kernel,
  };
}

/** The sum. */
export function addTicks(a: CpuTicks, b: CpuTicks): CpuTicks {
  if (b === NO_TICKS) return a;
  return { user: a.user + b.user, kernel: a.kernel + b.kernel };
}

/** `time` times `factor`. */
export function scaleTicks(time: CpuTicks, factor: number): CpuTicks {
  return { user: time.user * factor, kernel: time.kernel * factor };
}

/**
 * Usage per second of the interval: what a process adds to the tree's share. If the window is
 * longer than the interval (first seen late), usage is assumed to be even; if it is shorter (born
 * within the interval), all of it falls into the interval.
 */
export function ticksPerIntervalSecond(
  usage: Pick<CpuUsage, "used" | "windowSeconds">,
  intervalSeconds: number,
  ticksPerSecond: number,
): CpuTicks {
  const { used, windowSeconds } = usage;
  if (used === NO_TICKS) return NO_TICKS;
  const seconds =
    isWithinInterval(windowSeconds, intervalSeconds, ticksPerSecond)
      ? intervalSeconds
      : windowSeconds;
  return seconds > 0
    ? { user: used.user / seconds, kernel: used.kernel / seconds }
    : NO_TICKS;
}

/**
 * The shares of one core that were used, held to 0 .. 100 x cores; 0 if no time has passed. If the
 * total is held, its parts are in proportion: ticks are too coarse for a short window, but not
 * wrong about what they were spent on.
 */
export function cpuPercentages(
  usage: CpuUsage,
  ticksPerSecond: number,
): CpuPercentages {
  const { used, windowSeconds, maxCores } = usage;
  if (used === NO_TICKS || !(windowSeconds > 0)) return NOTHING;
  const perTick = 100 / ticksPerSecond / windowSeconds;
  const user = Math.max(used.user * perTick, 0);
  const kernel = Math.max(used.kernel * perTick, 0);
  const limit = percentOfCores(maxCores);
  const total = user + kernel;
  if (total <= limit) return { total, user, kernel };
  const part = limit / total;
  return { total: limit, user: user * part, kernel: kernel * part };
}
