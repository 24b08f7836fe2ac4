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
} from "../kernel/clock.ts";
import {
  AGE_ERROR_TICKS,
  cpuPercentages,
  type CpuScale,
  type CpuTicks,
  type CpuUsage,
  lifetimeTicks,
  NO_TICKS,
  ownTicks,
  ticksBetween,
  waitedTicks,
} from "./cpu.ts";
import { type CollectorName, Collectors } from "../collect/collectors.ts";
import { Events } from "./lifecycle.ts";
import { findCgroup } from "../host/cgroup_paths.ts";
import { type HostFacts, readHostFacts } from "../host/facts.ts";
import { readCgroupCores, readProcessCores } from "../host/cores.ts";
import type { Integer } from "../integer.ts";
import { countCpus } from "../parse/cpu_list.ts";
import { type Counters, type Entry, Ledger } from "../tree/lasting_sums.ts";
import { parseStat, type Stat } from "../parse/stat.ts";
import { parseUptime } from "../parse/uptime.ts";
import { PathFs } from "../kernel/uncached_fs.ts";
import { HostFs } from "../kernel/host_fs.ts";
import type { ProcFs } from "../kernel/proc_fs.ts";
import { memoryOf, ProcessFiles } from "./process_files.ts";
import { ProcessList } from "../tree/process_list.ts";
import {
  type MalformedListener,
  Reader,
  type Reading,
} from "../kernel/proc_reader.ts";
import type { ProcessEvent } from "../model/events.ts";
import type { ProcessSample } from "../model/process.ts";
import type { RunSummary } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { ticks } from "./schedule.ts";
import { type Measured, sumUp, type Totals } from "./tree_totals.ts";
import { type Member, type Sweep, Tree } from "../tree/tree.ts";
import {
  orNull,
  type Unreadable,
  type UnreadableNotes,
} from "../model/null_reason.ts";

/** What to sample, and where to read. */
export interface SamplerOptions {
  /** The process id of the root. Either this or `cgroup` is given. */
  readonly pid?: number;
  /**
   * The directory of a cgroup v2 whose members, and those of the cgroups below it, make the tree: a systemd unit, a container.
   * A path that does not start with the mount point of cgroup v2 counts from there.
   */
  readonly cgroup?: string;
  /**
   * The file system to read.
   *
   * @default {new HostFs()}
   */
  readonly fs?: ProcFs;
  /** What is known of the host. Default: it is read with `fs`. */
  readonly host?: HostFacts;
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
  readonly selfUsage?: SelfUsage;
  /** Called for the first damaged kernel file of each name. Default: nobody is told, the counts in the samples tell. */
  readonly onMalformed?: MalformedListener;
  /**
   * Whether samples tell what has happened to processes since the previous one.
   *
   * @default {false}
   */
  readonly events?: boolean;
  /** The groups of fields to read beside those that every line has. Default: none. */
  readonly collect?: readonly CollectorName[];
  /**
   * The collector `smaps` reads in the first of so many samples.
   *
   * @default {1}
   */
  readonly smapsEvery?: number;
  /**
   * Whether to read every file by its path and every link in each sample: dearer, and without protection from a process id that
   * is taken again. It is what the faster way is tested against.
   *
   * @default {false}
   */
  readonly plain?: boolean;
  /**
   * Whether the root is the only child of this program. Then what this program has waited for is the root's whole time, and the
   * tree's is exact to its end.
   *
   * @default {false}
   */
  readonly isOnlyChild?: boolean;
  /** When the run began, by the monotonic clock, in milliseconds. Default: when the sampler is made. */
  readonly startMs?: number;
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
  /**
   * Whether to go on after the root has ended, until no process of the tree lives.
   *
   * @default {false}
   */
  readonly orphans?: boolean | undefined;
}

/** {@linkcode NO_TICKS} for the ledger: most processes have waited for nobody. */
const NO_COUNTERS: Counters = [0, 0];

/** What is remembered of a member from one sample to the next. */
interface Watched {
  readonly files: ProcessFiles;
  /** What its `stat` said when it was last read. */
  stat: Stat;
  /** What its `stat` said when it was last measured; null before that. */
  measured: Stat | null;
  /** When that was, by the monotonic clock. */
  measuredMs: number;
  /** What it and the children that it had waited for had used before it came into the cgroup; null for one that has no such past. */
  readonly past: CpuTicks | null;
}

/** What this program had used by a time of the monotonic clock. */
interface OwnCpu {
  readonly seconds: number;
  readonly atMs: number;
}

/** What all processes of one sample are measured with, and where their events go. */
interface Moment extends CpuScale {
  readonly seq: number;
  readonly monotonicMs: number;
  /** That of the previous sample; null in the first. */
  readonly previousMs: number | null;
  readonly visitMs: number;
  readonly uptime: Reading<number>;
  /** The usage of a process that says the same as in the previous sample: none, in the whole interval. */
  readonly idle: CpuUsage;
  /** Takes what is seen to have happened to a process. */
  readonly events: ProcessEvent[];
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
  /** The process id of the root; null where the root is a cgroup. */
  readonly pid: number | null;
  /** The directory of the cgroup v2 that is the root; null where the root is a process. */
  readonly cgroup: string | null;
  /** What is known of the host. */
  readonly host: HostFacts;
  /** When the run began, by the monotonic clock, in milliseconds. */
  readonly startMs: number;
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #selfUsage: SelfUsage;
  readonly #tree: Tree;
  readonly #ledger = new Ledger(2);
  readonly #events: Events | null;
  readonly #collectors: Collectors;
  readonly #waitedBefore: CpuTicks | null;
  readonly #watched = new Map<Member, Watched>();
  readonly #plain: boolean;
  #numCores: number | null;
  #seq = -1;
  /** When the previous sample was taken, by the monotonic clock; null before the first. */
  #previousMs: number | null = null;
  /** When the previous sample began, in seconds since boot; null before the first, and where that could not be read. */
  #previousUptime: number | null = null;
  /** What this program had used when that was last read; null before that. */
  #ownCpu: OwnCpu | null = null;
  /** What this program had waited for when that was last read. */
  #ownWaited: CpuTicks = NO_TICKS;
  #rssBytes: Integer | null = null;
  #peakRssBytes: Integer | null = null;
  #peakNumProcesses = 0;
  #samples = 0;
  #missed = 0;
  /** The tree's CPU time at the previous sample; null before the first. */
  #cpu: CpuTicks | null = null;
  /** The tree's CPU time when the run started: none for a child of this program. */
  #cpuBefore: CpuTicks | null;

  /**
   * Starts to follow the tree below a process.
   *
   * @throws {TypeError} If not one root is given.
   * @throws {RangeError} If `pid` is not a whole number above 0.
   * @throws {RootError} If there is no such process or cgroup, it may not be read, or the id is that of a thread.
   * @throws {ProcReadError} If `/proc/self/auxv` cannot be read: this is not Linux, or `fs` holds no procfs.
   * @throws {ProcParseError} If `/proc/self/auxv` makes no sense.
   */
  constructor(options: SamplerOptions) {
    const { pid = null, cgroup = null } = options;
    if ((pid === null) === (cgroup === null)) {
      throw new TypeError("Cannot sample without one root: give pid or cgroup");
    }
    if (pid !== null && (!Number.isSafeInteger(pid) || pid < 1)) {
      throw new RangeError(
        `Cannot sample process ${pid}: a process id is a whole number above 0`,
      );
    }
    this.pid = pid;
    this.#clock = options.clock ?? hostClock;
    this.#selfUsage = options.selfUsage ?? hostSelfUsage;
    this.#plain = options.plain ?? false;
    const fs = options.fs ?? new HostFs();
    this.#reader = new Reader(
      this.#plain ? new PathFs(fs) : fs,
      options.onMalformed,
    );
    this.host = options.host ?? readHostFacts(this.#reader);
    this.cgroup = cgroup === null
      ? null
      : findCgroup(this.host.cgroup2, cgroup);
    this.#tree = new Tree(this.#reader, {
      root: pid === null ? { cgroup: this.cgroup ?? "" } : { pid },
      processes: new ProcessList(this.#reader, {
        keep: pid !== null && !this.#plain &&
          this.host.hidepidMounts.length === 0,
      }),
    });
    this.#numCores = this.#readNumCores();
    this.#events = options.events === true
      ? new Events(this.#reader, this.host)
      : null;
    this.#collectors = new Collectors(this.#reader, {
      names: options.collect ?? [],
      smapsEvery: options.smapsEvery ?? 1,
      facts: this.host,
    });
    this.#waitedBefore = options.isOnlyChild === true
      ? this.#readOwnWaited()
      : null;
    this.#cpuBefore = options.isOnlyChild === true ? NO_TICKS : null;
    this.startMs = options.startMs ?? this.#clock.monotonicMs();
  }

  /** Resident memory of the tree in bytes at the last sample; null before the first, and where it could not be read. */
  get rssBytes(): Integer | null {
    return this.#rssBytes;
  }

  /** The cores that the root may use, as last read; null where that cannot be read. */
  get numCores(): number | null {
    return this.#numCores;
  }

  /** Whether the root has ended: at the last sample it was not there, or was a zombie without threads. */
  get rootEnded(): boolean {
    return this.#tree.rootEnded;
  }

  /**
   * Takes a sample now.
   *
   * @param missed The intervals that passed without a sample since the previous one.
   */
  sample(missed = 0): Sample {
    const sample = this.#take(missed);
    this.#ownCpu ??= this.#readOwnCpu();
    return sample;
  }

  #take(missed: number): Sample {
    const monotonicMs = this.#clock.monotonicMs();
    const epochMs = this.#clock.epochMs();
    this.#seq += missed + 1;
    const sweep = this.#sweep();
    if (!this.rootEnded) this.#numCores = this.#readNumCores();
    const uptime = this.#reader.read("/proc/uptime", parseUptime);
    const visitMs = this.#clock.monotonicMs();
    const previousMs = this.#previousMs;
    const intervalSeconds = previousMs === null
      ? null
      : (monotonicMs - previousMs) / 1000;
    const events: ProcessEvent[] = [];
    const moment: Moment = {
      seq: this.#seq,
      monotonicMs,
      previousMs,
      visitMs,
      uptime,
      idle: { used: NO_TICKS, windowSeconds: intervalSeconds ?? 0 },
      ticksPerSecond: this.host.ticksPerSecond,
      maxCores: this.#maxCores(),
      events,
    };
    const time = { epochMs, uptimeSeconds: uptime.value };
    this.#events?.begin(time);
    for (const member of [...sweep.ended, ...sweep.left]) {
      this.#watched.get(member)?.files.close();
      this.#watched.delete(member);
    }
    for (const member of sweep.ended) {
      events.push(...this.#events?.end(member, time) ?? []);
    }
    for (const member of sweep.left) this.#events?.forget(member);
    this.#collectors.begin();
    const leftOut = { ...sweep.leftOut };
    const measured: Measured[] = [];
    sweep.members.forEach((member) => {
      const process = this.#measure(member, moment);
      if (process !== null) {
        measured.push(process);
        return;
      }
      leftOut.gone++;
      this.#collectors.miss(member);
    });
    this.#previousMs = monotonicMs;
    this.#previousUptime = uptime.value === null
      ? null
      : uptime.value - (visitMs - monotonicMs) / 1000 -
        AGE_ERROR_TICKS / this.host.ticksPerSecond;
    const cpu = this.#cpuTotal();
    const notes: UnreadableNotes = {};
    const totals = sumUp(measured, {
      notes,
      intervalSeconds,
      cpu,
      previousCpu: this.#cpu ?? NO_TICKS,
      ticksPerSecond: this.host.ticksPerSecond,
      numCores: this.#numCores,
      maxCores: moment.maxCores,
    });
    this.#cpu = cpu;
    this.#cpuBefore ??= cpu;
    this.#rssBytes = totals.rssBytes;
    const processes = measured.map(({ process }) => process);
    const hasMemory = processes.some(({ rssBytes }) => rssBytes !== null);
    this.#remember(totals, { missed, hasMemory });
    const collected = this.#collectors.sumUp(processes, {
      sweep,
      atMs: visitMs,
      notes,
    });
    const collectMs = this.#clock.monotonicMs();
    const { extras, unread } = this.#collectors.take(collectMs);
    return {
      epochMs,
      monotonicMs,
      visitMs,
      collectMs,
      events,
      ...extras,
      processes: unread.size === 0
        ? processes
        : processes.map((process) => withoutMappings(process, unread)),
      tree: {
        ...collected,
        rootPid: this.pid,
        seq: this.#seq,
        ...totals,
        intervalSeconds,
        sampleSeconds: (this.#clock.monotonicMs() - monotonicMs) / 1000,
        missedSamples: missed,
        ...leftOut,
        consistent: sweep.consistent,
        samplerCpuPercentage: previousMs === null
          ? null
          : this.#ownPercentage(),
        samplerRssBytes: this.#selfUsage.rssBytes(),
        unreadable: orNull(notes),
      },
    };
  }

  /** What the run has come to, from its start to the latest sample. */
  get summary(): RunSummary {
    const { ticksPerSecond } = this.host;
    const used = ticksBetween(
      this.#cpuBefore ?? this.#cpuTotal(),
      this.#cpuTotal(),
    );
    return {
      wallSeconds: ((this.#previousMs ?? this.startMs) - this.startMs) /
        1000,
      userCpuSeconds: used.user / ticksPerSecond,
      kernelCpuSeconds: used.kernel / ticksPerSecond,
      peakRssBytes: this.#peakRssBytes,
      peakNumProcesses: this.#peakNumProcesses,
      samples: this.#samples,
      missedSamples: this.#missed,
    };
  }

  /**
   * Takes a sample at once and then one per interval, at fixed times, until one finds that the root has ended (a zombie has), the
   * count or the duration is reached, or the signal aborts. A consumer that is slow misses samples; nothing queues up.
   *
   * @throws {RangeError} If the interval is not above 0.
   */
  async *samples(options: SamplesOptions = {}): AsyncGenerator<Sample, void> {
    const { intervalMs = 1000, count = Infinity, orphans = false } = options;
    const { durationMs, signal } = options;
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
      const sample = this.#take(missed);
      yield sample;
      const isOver = orphans ? sample.processes.length === 0 : this.rootEnded;
      if (isOver || ++taken >= count) return;
      this.#ownCpu ??= this.#readOwnCpu();
    }
  }

  /** Closes the files that the sampler holds open. */
  close(): void {
    this.#tree.close();
    for (const { files } of this.#watched.values()) files.close();
    this.#watched.clear();
  }

  /** Closes the files that the sampler holds open. */
  [Symbol.dispose](): void {
    this.close();
  }

  #readNumCores(): number | null {
    const { host: facts, pid, cgroup: directory } = this;
    if (pid !== null) return readProcessCores(this.#reader, facts, pid);
    return directory === null
      ? null
      : readCgroupCores(this.#reader, facts, directory);
  }

  /**
   * What bounds a percentage: not the root's own cores, as its children may run on others, and a limit of a cgroup holds on the average
   * of a period only.
   */
  #maxCores(): number | null {
    const { onlineCpus } = this.host;
    return onlineCpus === null ? this.#numCores : countCpus(onlineCpus);
  }

  #sweep(): Sweep {
    const sweep = this.#tree.sweep();
    const waited = this.#waitedBefore === null
      ? NO_TICKS
      : ticksBetween(this.#waitedBefore, this.#readOwnWaited());
    this.#ledger.settle({
      changed: this.#takeIn(sweep.living),
      ended: sweep.ended,
      left: sweep.left,
      outside: counters(waited),
    });
    return sweep;
  }

  /** Takes in what each member's `stat` says; what those add to the tree's CPU time where it says something new. */
  #takeIn(living: readonly Member[]): Map<Member, Entry> {
    const changed = new Map<Member, Entry>();
    living.forEach((member) => {
      const { stat } = member;
      let watched = this.#watched.get(member);
      if (watched?.stat === stat) return;
      if (watched === undefined) {
        watched = this.#watch(member);
        this.#watched.set(member, watched);
      }
      watched.stat = stat;
      changed.set(member, {
        total: counters(
          ticksBetween(watched.past ?? NO_TICKS, lifetimeTicks(stat)),
        ),
        credit: counters(waitedTicks(stat)),
      });
    });
    return changed;
  }

  #watch(member: Member): Watched {
    const { stat } = member;
    return {
      files: new ProcessFiles(this.#reader, { member, plain: this.#plain }),
      stat,
      measured: null,
      measuredMs: 0,
      past: this.#comesWithPast(member) ? lifetimeTicks(stat) : null,
    };
  }

  /** Whether a new member is one that was moved into the cgroup, and lived before the previous sample: its past is not the cgroup's. */
  #comesWithPast(member: Member): boolean {
    const { ticksPerSecond } = this.host;
    return this.cgroup !== null && this.#previousUptime !== null &&
      Number(member.startTicks) / ticksPerSecond < this.#previousUptime;
  }

  #cpuTotal(): CpuTicks {
    const [user = 0, kernel = 0] = this.#ledger.total;
    return { user: Number(user), kernel: Number(kernel) };
  }

  #readOwnCpu(): OwnCpu {
    const seconds = this.#selfUsage.cpuSeconds();
    return { seconds, atMs: this.#clock.monotonicMs() };
  }

  /** The share of one core that this program has used since it was last asked. */
  #ownPercentage(): number | null {
    const before = this.#ownCpu;
    const now = this.#readOwnCpu();
    this.#ownCpu = now;
    if (before === null) return null;
    const windowMs = now.atMs - before.atMs;
    return windowMs > 0
      ? 100 * (now.seconds - before.seconds) / (windowMs / 1000)
      : 0;
  }

  /** What this program has waited for; as last known where that cannot be read. */
  #readOwnWaited(): CpuTicks {
    const stat = this.#reader.read("/proc/self/stat", parseStat).value;
    if (stat !== null) this.#ownWaited = waitedTicks(stat);
    return this.#ownWaited;
  }

  #remember(
    totals: Totals,
    { missed, hasMemory }: {
      readonly missed: number;
      readonly hasMemory: boolean;
    },
  ): void {
    const { rssBytes, numProcesses } = totals;
    this.#samples++;
    this.#missed += missed;
    if (
      rssBytes !== null && hasMemory && rssBytes > (this.#peakRssBytes ?? -1)
    ) {
      this.#peakRssBytes = rssBytes;
    }
    this.#peakNumProcesses = Math.max(this.#peakNumProcesses, numProcesses);
  }

  /** A member's line and what it used; null where the process ended after its `stat` was read. */
  #measure(member: Member, moment: Moment): Measured | null {
    const watched = this.#watched.get(member);
    if (watched === undefined) return null;
    const { files } = watched;
    const { stat, pid } = member;
    const { ticksPerSecond } = moment;
    const { pageSizeBytes } = this.host;
    const notes: UnreadableNotes = {};
    let directory = files.livingDirectory();
    let statm = files.readStatm(directory);
    if (statm.unread === "gone") {
      if (this.#tree.hasEnded(member)) return null;
      // A thread that told of it has ended.
      directory = files.livingDirectory();
      statm = files.readStatm(directory);
    }
    const memory = memoryOf(statm, { stat, pageSizeBytes, notes });
    const program = files.readProgram(directory, moment);
    if (program.unreadable !== null) notes.exe = program.unreadable;
    const uptimeSeconds = uptimeAt(moment, stat);
    if (uptimeSeconds === null) {
      notes.uptimeSeconds = moment.uptime.unread ?? "clock";
    }
    if (this.#events !== null) {
      const { rssBytes } = memory;
      const sighting = { directory, program, rssBytes, uptimeSeconds };
      moment.events.push(...this.#events.see(member, sighting));
    }
    const isNew = watched.measured === null;
    const usage = usageSince(watched, moment) ??
      usageSinceStart(stat, uptimeSeconds);
    watched.measured = stat;
    watched.measuredMs = moment.monotonicMs;
    const percentages = usage === null ? null : cpuPercentages(usage, moment);
    if (usage === null) {
      const why = notes.uptimeSeconds ?? "clock";
      notes.cpuPercentage = notes.userCpuPercentage = why;
      notes.kernelCpuPercentage = notes.cpuWindowSeconds = why;
    }
    const collected = this.#collectors.isEmpty ? null : this.#collectors.visit({
      reader: this.#reader,
      member,
      directory,
      hasPast: watched.past !== null,
      atMs: moment.visitMs,
      ticksPerSecond,
      notes,
    });
    const own = ownTicks(stat);
    const waited = waitedTicks(stat);
    const process: ProcessSample = {
      pid,
      ppid: stat.ppid,
      orphan: this.pid !== null && pid !== this.pid &&
        !this.#tree.has(stat.ppid),
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
      userCpuSecondsTotal: own.user / ticksPerSecond,
      kernelCpuSecondsTotal: own.kernel / ticksPerSecond,
      childrenUserCpuSecondsTotal: waited.user / ticksPerSecond,
      childrenKernelCpuSecondsTotal: waited.kernel / ticksPerSecond,
      unreadable: orNull(notes),
    };
    return {
      process: collected === null ? process : { ...process, ...collected },
      usage,
      newSeconds: isNew ? uptimeSeconds : null,
      hasPast: isNew && watched.past !== null,
      stat,
    };
  }
}

/** The age of a process; null where it is not known. */
function uptimeAt(moment: Moment, stat: Stat): number | null {
  const { uptime: { value: now }, ticksPerSecond } = moment;
  const start = Number(stat.starttime) / ticksPerSecond;
  return now !== null && start <= now + 1 / ticksPerSecond
    ? Math.max(now - start, 0)
    : null;
}

/** What a process that is seen first has used since its start; null where its age is not known. */
function usageSinceStart(
  stat: Stat,
  uptimeSeconds: number | null,
): CpuUsage | null {
  return uptimeSeconds === null
    ? null
    : { used: ownTicks(stat), windowSeconds: uptimeSeconds };
}

/** What a process has used since it was last measured, which need not have been in the previous sample; null before that. */
function usageSince(watched: Watched, moment: Moment): CpuUsage | null {
  const { stat, measured, measuredMs } = watched;
  const { idle, previousMs, monotonicMs } = moment;
  if (measured === null) return null;
  if (measured === stat && measuredMs === previousMs) return idle;
  return {
    used: measured === stat
      ? NO_TICKS
      : ticksBetween(ownTicks(measured), ownTicks(stat)),
    windowSeconds: (monotonicMs - measuredMs) / 1000,
  };
}

/** A process's line that says why it has no mappings. */
function withoutMappings(
  process: ProcessSample,
  unread: ReadonlyMap<number, Unreadable>,
): ProcessSample {
  const smaps = unread.get(process.pid);
  return smaps === undefined
    ? process
    : { ...process, unreadable: { ...process.unreadable, smaps } };
}

function counters({ user, kernel }: CpuTicks): Counters {
  return user === 0 && kernel === 0 ? NO_COUNTERS : [user, kernel];
}
