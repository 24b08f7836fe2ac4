/**
 * The sampler: everything that is remembered from one sample to the next.
 *
 * @module
 */

import {
  type Clock,
  hostClock,
  hostSelfUsage,
  type SelfUsage,
} from "./clock.ts";
import {
  cpuPercentages,
  type CpuTicks,
  type CpuUsage,
  ticksBetween,
} from "./cpu.ts";
import { type HostFacts, readHostFacts, readUsableCores } from "./host.ts";
import type { Integer } from "./integer.ts";
import type { Stat } from "./parse/stat.ts";
import { parseUptime } from "./parse/uptime.ts";
import { HostFs, type ProcFs } from "./proc_fs.ts";
import {
  livingDirectory,
  readMemory,
  readProgram,
  type UnreadableNotes,
} from "./process.ts";
import { type MalformedListener, Reader, type Reading } from "./reader.ts";
import type { ProcessSample, Sample } from "./sample.ts";
import { ticks } from "./ticks.ts";
import { type Measured, sumUp } from "./totals.ts";
import { type Member, Tree } from "./tree.ts";

/** What to sample, and where to read. */
export interface SamplerOptions {
  /** The process id of the root. */
  readonly pid: number;
  /**
   * The file system to read.
   *
   * @default {new HostFs()}
   */
  readonly fs?: ProcFs;
  /**
   * The clocks to label samples and to measure windows with.
   *
   * @default {hostClock}
   */
  readonly clock?: Clock;
  /**
   * What the sampling program has used itself.
   *
   * @default {hostSelfUsage}
   */
  readonly selfUsage?: () => SelfUsage;
  /** Called for the first damaged kernel file of each name. Default: nobody is told, the counts in the samples tell. */
  readonly onMalformed?: MalformedListener;
}

/** When to sample. */
export interface SamplesOptions {
  /**
   * Milliseconds from sample to sample.
   *
   * @default {1000}
   */
  readonly intervalMs?: number;
  /** Stop after so many samples. Default: no such end. */
  readonly count?: number | undefined;
  /** Stop so many milliseconds after the first sample. Default: no such end. */
  readonly durationMs?: number | undefined;
  /** Stops the samples, also in the middle of a wait. */
  readonly signal?: AbortSignal | undefined;
}

/** What is remembered of a process from one sample to the next. */
interface Seen {
  readonly cpu: CpuTicks;
  readonly atMs: number;
}

/** What all processes of one sample are measured with. */
interface Moment {
  readonly monotonicMs: number;
  readonly uptime: Reading<number>;
  readonly numCores: number | null;
}

/**
 * Samples one process tree.
 *
 * It reads synchronously, some ten microseconds for each process: a program that must not wait so long runs it in a Worker.
 *
 * @example One sample
 * ```ts
 * import { Sampler } from "@procline/procline";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const { tree, processes } = sampler.sample();
 * console.log(tree.numProcesses, tree.rssBytes, processes[0]?.exe);
 * ```
 *
 * @example A sample per interval, and a program that slows down when its children take too much memory
 * ```ts
 * import { Sampler } from "@procline/procline";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const signal = AbortSignal.timeout(250);
 * for await (const sample of sampler.samples({ intervalMs: 100, signal })) {
 *   if ((sampler.rssBytes ?? 0) > 1e9) console.log("slow down at", sample.epochMs);
 * }
 * ```
 */
export class Sampler {
  /** The process id of the root. */
  readonly pid: number;
  /** What is known of the host. */
  readonly host: HostFacts;
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #selfUsage: () => SelfUsage;
  readonly #tree: Tree;
  readonly #seen = new Map<Member, Seen>();
  #numCores: number | null;
  #seq = -1;
  #previous: { readonly atMs: number; readonly self: SelfUsage } | null = null;
  #rssBytes: Integer | null = null;

  /**
   * Starts to follow the tree below a process.
   *
   * @throws {RangeError} If `pid` is not a whole number above 0.
   * @throws {RootError} If there is no such process, it may not be read, or the id is that of a thread.
   * @throws {ProcReadError} If `/proc/self/auxv` cannot be read: this is not Linux, or `fs` holds no procfs.
   * @throws {ProcParseError} If `/proc/self/auxv` makes no sense.
   */
  constructor(options: SamplerOptions) {
    const { pid } = options;
    if (!Number.isSafeInteger(pid) || pid < 1) {
      throw new RangeError(
        `Cannot sample process ${pid}: a process id is a whole number above 0`,
      );
    }
    this.pid = pid;
    this.#clock = options.clock ?? hostClock;
    this.#selfUsage = options.selfUsage ?? hostSelfUsage;
    this.#reader = new Reader(
      options.fs ?? new HostFs(),
      options.onMalformed,
    );
    this.host = readHostFacts(this.#reader);
    this.#tree = new Tree(this.#reader, pid);
    this.#numCores = this.#readNumCores();
  }

  /** Resident memory of the tree in bytes at the last sample; null before the first, and where it could not be read. */
  get rssBytes(): Integer | null {
    return this.#rssBytes;
  }

  /** The cores that the root may use, as last read; null where that cannot be read. */
  get numCores(): number | null {
    return this.#numCores;
  }

  /** Whether the root has ended: it was not there at the last sample. */
  get rootEnded(): boolean {
    return !this.#tree.hasRoot;
  }

  /**
   * Takes a sample now.
   *
   * @param missed The intervals that passed without a sample since the previous one.
   * @throws {ProcReadError} If `/proc` cannot be listed.
   */
  sample(missed = 0): Sample {
    const monotonicMs = this.#clock.monotonicMs();
    const epochMs = this.#clock.epochMs();
    this.#seq += missed + 1;
    const sweep = this.#tree.sweep();
    for (const member of sweep.ended) this.#seen.delete(member);
    if (this.#tree.hasRoot) this.#numCores = this.#readNumCores();
    const moment: Moment = {
      monotonicMs,
      uptime: this.#reader.read("/proc/uptime", parseUptime),
      numCores: this.#numCores,
    };
    const leftOut = { ...sweep.leftOut };
    const measured: Measured[] = [];
    for (const member of sweep.members) {
      const process = this.#measure(member, moment);
      if (process === null) leftOut.gone++;
      else measured.push(process);
    }
    const self = this.#selfUsage();
    const previous = this.#previous;
    this.#previous = { atMs: monotonicMs, self };
    const intervalSeconds = previous === null
      ? null
      : (monotonicMs - previous.atMs) / 1000;
    const totals = sumUp(measured, {
      intervalSeconds,
      ticksPerSecond: this.host.ticksPerSecond,
      numCores: this.#numCores,
    });
    this.#rssBytes = totals.rssBytes;
    return {
      epochMs,
      monotonicMs,
      processes: measured.map(({ process }) => process),
      tree: {
        rootPid: this.pid,
        seq: this.#seq,
        ...totals,
        intervalSeconds,
        sampleSeconds: (this.#clock.monotonicMs() - monotonicMs) / 1000,
        missedSamples: missed,
        ...leftOut,
        samplerCpuPercentage: previous === null || intervalSeconds === null
          ? null
          : ownPercentage(previous.self, { now: self, intervalSeconds }),
        samplerRssBytes: self.rssBytes,
      },
    };
  }

  /**
   * Takes a sample at once and then one per interval, at fixed times, until the root has ended, the count or the duration is
   * reached, or the signal aborts. A consumer that is slow misses samples; nothing queues up.
   *
   * @throws {RangeError} If the interval is not above 0.
   * @throws {ProcReadError} If `/proc` cannot be listed.
   */
  async *samples(options: SamplesOptions = {}): AsyncGenerator<Sample, void> {
    const { intervalMs = 1000, count = Infinity, durationMs, signal } = options;
    if (!(intervalMs > 0)) {
      throw new RangeError(
        `Cannot sample every ${intervalMs} milliseconds: an interval is above 0`,
      );
    }
    const clock = this.#clock;
    let taken = 0;
    if (count < 1) return;
    for await (
      const { missed } of ticks({ intervalMs, durationMs, signal, clock })
    ) {
      const sample = this.sample(missed);
      if (this.rootEnded) return;
      yield sample;
      if (++taken >= count || hasEnded(sample)) return;
    }
  }

  /** Closes the files that the sampler holds open. */
  close(): void {
    this.#tree.close();
    this.#seen.clear();
  }

  /** Closes the files that the sampler holds open. */
  [Symbol.dispose](): void {
    this.close();
  }

  #readNumCores(): number | null {
    return readUsableCores(this.#reader, { facts: this.host, pid: this.pid });
  }

  /** A member's line and what it used; null where the process ended after its `stat` was read. */
  #measure(member: Member, moment: Moment): Measured | null {
    const { stat } = member;
    const notes: UnreadableNotes = {};
    const from = {
      directory: livingDirectory(this.#reader, member),
      stat,
      pageSizeBytes: this.host.pageSizeBytes,
      notes,
    };
    const memory = readMemory(this.#reader, from);
    if (memory === null) return null;
    const program = readProgram(this.#reader, from);
    const uptimeSeconds = this.#uptimeSeconds(stat, { moment, notes });
    const cpu = { user: Number(stat.utime), kernel: Number(stat.stime) };
    const usage = this.#usage(member, { moment, cpu, uptimeSeconds });
    const { ticksPerSecond } = this.host;
    const percentages = usage === null
      ? null
      : cpuPercentages(usage, { ticksPerSecond, numCores: moment.numCores });
    if (usage === null) {
      const why = notes.uptimeSeconds ?? "clock";
      notes.cpuPercentage = notes.userCpuPercentage = why;
      notes.kernelCpuPercentage = notes.cpuWindowSeconds = why;
    }
    const process: ProcessSample = {
      pid: member.pid,
      ppid: stat.ppid,
      exe: program.exe,
      exeDeleted: program.exeDeleted,
      comm: stat.comm,
      state: stat.state,
      startTicks: stat.starttime,
      uptimeSeconds,
      numThreads: stat.numThreads,
      rssBytes: memory.rssBytes,
      rsslimBytes: memory.rsslimBytes,
      vsizeBytes: memory.vsizeBytes,
      cpuPercentage: percentages?.total ?? null,
      userCpuPercentage: percentages?.user ?? null,
      kernelCpuPercentage: percentages?.kernel ?? null,
      cpuWindowSeconds: usage?.windowSeconds ?? null,
      userCpuSecondsTotal: cpu.user / ticksPerSecond,
      kernelCpuSecondsTotal: cpu.kernel / ticksPerSecond,
      unreadable: Object.keys(notes).length === 0 ? null : notes,
    };
    return { process, cpu, usage };
  }

  #uptimeSeconds(
    stat: Stat,
    options: { readonly moment: Moment; readonly notes: UnreadableNotes },
  ): number | null {
    const { value: now, unread } = options.moment.uptime;
    const { ticksPerSecond } = this.host;
    const start = Number(stat.starttime) / ticksPerSecond;
    if (now !== null && start <= now + 1 / ticksPerSecond) {
      return Math.max(now - start, 0);
    }
    options.notes.uptimeSeconds = unread ?? "clock";
    return null;
  }

  /** The CPU since the previous sample, or since the start of a process that is seen first; null where its age is not known. */
  #usage(
    member: Member,
    options: {
      readonly moment: Moment;
      readonly cpu: CpuTicks;
      readonly uptimeSeconds: number | null;
    },
  ): CpuUsage | null {
    const { cpu, uptimeSeconds } = options;
    const atMs = options.moment.monotonicMs;
    const seen = this.#seen.get(member);
    this.#seen.set(member, { cpu, atMs });
    if (seen !== undefined) {
      const windowSeconds = (atMs - seen.atMs) / 1000;
      return { used: ticksBetween(seen.cpu, cpu), windowSeconds };
    }
    return uptimeSeconds === null
      ? null
      : { used: cpu, windowSeconds: uptimeSeconds };
  }
}

function ownPercentage(
  before: SelfUsage,
  options: { readonly now: SelfUsage; readonly intervalSeconds: number },
): number {
  const { now, intervalSeconds } = options;
  return intervalSeconds > 0
    ? 100 * (now.cpuSeconds - before.cpuSeconds) / intervalSeconds
    : 0;
}

function hasEnded(sample: Sample): boolean {
  const root = sample.processes.find(({ pid }) => pid === sample.tree.rootPid);
  return root !== undefined && root.state === "Z" && root.numThreads === 1;
}
