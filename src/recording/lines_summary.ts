/**
 * What a run came to, by its samples alone: for a run that is read from lines.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import { HeaviestKept, type Kept } from "../measure/heaviest_kept.ts";
import { RunTally } from "../measure/totals.ts";
import type { Heaviest } from "../model/heaviest.ts";
import type { NullReason } from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import { larger } from "../model/rate.ts";
import type { Run, RunSummary } from "../model/run.ts";
import type { Sample, TreeSample } from "../model/sample.ts";

/** A process that lives, as far as samples have shown it. */
interface Seen {
  readonly startTicks: Integer;
  /** Seconds that it had used before the run. */
  readonly secondsBefore: number;
  seconds: number;
  comm: string;
  cmdline: readonly string[] | null;
  cmdlineReason: NullReason | null;
  peakRssBytes: number | null;
  /** The number of the latest sample that it was in. */
  sample: number;
}

/** Sums up a run, sample by sample. */
export class LinesSummary {
  readonly #run: Run;
  readonly #tally = new RunTally();
  readonly #kept = new HeaviestKept();
  readonly #living = new Map<number, Seen>();
  #numSamples = 0;
  #lastMs: number;
  /** The tree's seconds at the start of the run; null before the first sample. */
  #before: { readonly user: number; readonly kernel: number } | null = null;
  #tree: TreeSample | null = null;

  /** Sums up a run that begins. */
  constructor(run: Run) {
    this.#run = run;
    this.#lastMs = run.epochMs;
  }

  /** Adds a sample, in which each process stands for itself. */
  add(sample: Sample): void {
    const { epochMs, processes, tree, events } = sample;
    const hasMemory = (tree.rssBytes ?? 0) > 0 ||
      processes.some(({ rssBytes }) => rssBytes !== null);
    this.#tally.add(epochMs, tree, hasMemory, tree.missedSamples);
    this.#numSamples++;
    this.#lastMs = Math.max(this.#lastMs, epochMs);
    this.#before ??= this.#beforeRun(tree);
    this.#tree = tree;
    const started = new Map(
      events.flatMap((event) =>
        event.kind === "start" ? [[event.pid, event] as const] : []
      ),
    );
    for (const process of processes) {
      this.#see(process, started.get(process.pid)?.cmdline ?? null);
    }
    if (this.#living.size === processes.length) return;
    for (const [pid, seen] of this.#living) {
      if (seen.sample === this.#numSamples) continue;
      this.#living.delete(pid);
      this.#kept.end(this.#toKept(pid, seen));
    }
  }

  /** What was measured so far, as the line of the end has it, without io. */
  get summary(): RunSummary {
    const tree = this.#tree;
    const { user, kernel } = this.#before ?? { user: 0, kernel: 0 };
    const userCpuSeconds = (tree?.userCpuSecondsTotal ?? user) - user;
    const kernelCpuSeconds = (tree?.kernelCpuSecondsTotal ?? kernel) - kernel;
    const wallSeconds = (this.#lastMs - this.#run.epochMs) / 1000;
    return {
      wallSeconds,
      userCpuSeconds,
      kernelCpuSeconds,
      meanCores: wallSeconds === 0
        ? null
        : (userCpuSeconds + kernelCpuSeconds) / wallSeconds,
      ...this.#tally.counted,
    };
  }

  /** The heaviest processes so far. */
  get heaviest(): Heaviest {
    const living = Array.from(
      this.#living,
      ([pid, seen]) => this.#toKept(pid, seen),
    );
    return this.#kept.found(living, this.#run.ticksPerSecond);
  }

  /** What the first sample has of the time before the run: all but what its interval has. */
  #beforeRun(tree: TreeSample): { user: number; kernel: number } {
    if (this.#run.command !== null) return { user: 0, kernel: 0 };
    const seconds = tree.intervalSeconds ?? 0;
    const inInterval = (share: number | null) => (share ?? 0) / 100 * seconds;
    const user = tree.userCpuSecondsTotal -
      inInterval(tree.userCpuPercentage);
    const kernel = tree.kernelCpuSecondsTotal -
      inInterval(tree.kernelCpuPercentage);
    return { user: Math.max(user, 0), kernel: Math.max(kernel, 0) };
  }

  #see(process: ProcessSample, startCmdline: readonly string[] | null): void {
    const { pid, startTicks, rssBytes, comm, unreadable } = process;
    const { userCpuSecondsTotal, kernelCpuSecondsTotal } = process;
    const { cpuPercentage, cpuWindowSeconds } = process;
    const seconds = userCpuSecondsTotal + kernelCpuSecondsTotal;
    let seen = this.#living.get(pid);
    if (seen !== undefined && seen.startTicks !== startTicks) {
      this.#kept.end(this.#toKept(pid, seen));
      seen = undefined;
    }
    if (seen === undefined) {
      const isWithin = cpuPercentage !== null && cpuWindowSeconds !== null;
      const used = isWithin ? cpuPercentage / 100 * cpuWindowSeconds : 0;
      seen = {
        startTicks,
        secondsBefore: this.#run.command !== null && this.#numSamples === 1
          ? 0
          : Math.max(seconds - used, 0),
        seconds,
        comm,
        cmdline: startCmdline,
        cmdlineReason: null,
        peakRssBytes: null,
        sample: 0,
      };
      this.#living.set(pid, seen);
    }
    seen.seconds = seconds;
    seen.comm = comm;
    seen.sample = this.#numSamples;
    seen.peakRssBytes = larger(seen.peakRssBytes, rssBytes);
    const { cmdline = null } = process;
    // A process that has no arguments any more has had those that were read before.
    if (cmdline !== null) {
      seen.cmdline = cmdline;
      seen.cmdlineReason = null;
    } else if (seen.cmdline === null) {
      seen.cmdlineReason = unreadable?.cmdline ?? null;
    }
  }

  #toKept(
    pid: number,
    { comm, cmdline, cmdlineReason, peakRssBytes, seconds, secondsBefore }:
      Seen,
  ): Kept {
    const { ticksPerSecond } = this.#run;
    const ticks = Math.round((seconds - secondsBefore) * ticksPerSecond);
    return {
      pid,
      comm,
      cmdline,
      cmdlineReason,
      peakRssBytes,
      ticks: Math.max(ticks, 0),
    };
  }
}
