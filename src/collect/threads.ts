/**
 * The collector `threads`: a line for each thread of each process. It lists `task` and reads the
 * `stat` of each thread with the process, and with the collector `schedstat` that file too; with
 * the collectors `status` and `io` also these files of each, once all processes were visited.
 *
 * @module
 */

import { ageAt } from "../host/uptime.ts";
import type { Integer } from "../integer.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import type {
  IoTotals,
  PolicyFields,
  ThreadSample,
  ThreadsFields,
  ThreadStatFields,
  ThreadSwitches,
  ThreadWaits,
} from "../model/collected_fields.ts";
import { cpuPercentages, type CpuUsage, NO_TICKS } from "../model/cpu.ts";
import {
  type Known,
  lineReason,
  noneIfEmpty,
  type NullReason,
  processReason,
  type Readout,
  sameReason,
} from "../model/null_reason.ts";
import { parseIo } from "../parse/io.ts";
import { parseSchedstat } from "../parse/schedstat.ts";
import { showsExec, showsOtherProgram, type Stat } from "../parse/stat.ts";
import { parseCtxtSwitches } from "../parse/status.ts";
import { type Counters, subtractCounters } from "../tree/lasting_sums.ts";
import type { Sweep } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { listThreads } from "./_files_by_thread.ts";
import { OwnFile } from "./_missing_file.ts";
import {
  areAsOne,
  cpuTicks,
  faultsIn,
  type Growth,
  mostOf,
  successorsOf,
  ThreadCounters,
} from "./_thread_counters.ts";
import { secondsOf } from "./_thread_delays.ts";
import { ThreadFiles, ThreadStat } from "./_thread_files.ts";
import type {
  CollectedRun,
  Collector,
  Extras,
  ProcessVisit,
  RunningCollector,
  SampleTime,
  VisitedFiles,
} from "./collector.ts";
import { IO_COUNTERS, ioTotals, NO_IO } from "./io.ts";
import {
  hasRun,
  isEmpty,
  NANOSECONDS,
  OWN_SCHEDSTAT,
  policyOf,
} from "./schedstat.ts";
import { threadStatFields } from "./stat.ts";
import { NO_SWITCHES, switchesOf } from "./status.ts";

/** How many times its error an age must be, to be the window of a percentage. */
const PRECISE = 100;

/** So many threads are read at the end of a sample before the rest of the program has a turn. */
const STEP_THREADS = 64;

/** What readings of one time that are not made at once may be apart. */
const SLACK_TICKS = 5;
/** The same of page faults. */
const SLACK_FAULTS = 128;

const NO_WAITS: ThreadWaits = {
  runDelaySecondsTotal: null,
  runDelayPercentage: null,
  timeslicesTotal: null,
};

/**
 * Adds the threads of each process, as lines of their own, and to each process what stands on none
 * of them.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { threads } from "@procline/procline/collect";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [threads()] });
 * const [main] = sampler.sample().threads ?? [];
 * assertEquals([main?.pid, main?.tid], [Deno.pid, Deno.pid]);
 * ```
 */
export function threads(): Collector {
  return {
    name: "threads",
    comparesSamples: true,
    unusable: () => null,
    start: (reader, run) => new ThreadsReader(reader, run),
  };
}

/** A thread as it was last read. */
interface KnownThread {
  readonly tid: number;
  readonly startTicks: Integer;
  readonly file: ThreadStat;
  stat: Stat;
  /** `utime`, `stime`, `minflt`, `majflt` and `delayacct_blkio_ticks`. */
  readonly cpu: ThreadCounters;
  /** Its context switches; null before they were read. */
  switches: ThreadCounters | null;
  /** In the order of {@linkcode IO_COUNTERS}; null before they were read. */
  io: ThreadCounters | null;
  /** Nanoseconds that it has waited, and time slices; null before they were read. */
  waits: ThreadCounters | null;
  /** Whether they were read when it was last read. */
  hasWaits: boolean;
  /** When it was last read, by the monotonic clock. */
  measuredMs: number;
}

/** The threads of a process as they were last read. */
interface KnownProcess {
  readonly threads: Map<number, KnownThread>;
  /** That of the process itself. */
  stat: Stat;
  /** Its program. */
  path: string | null;
}

/** The process of which threads are read, and what was known of it. */
interface Visited {
  readonly visit: ProcessVisit;
  readonly known: KnownProcess;
  /** Whether a thread that is not the main one is still there. */
  readonly hasSurvivors: boolean;
}

/** A thread whose `stat` was read in this sample. */
interface ReadThread {
  readonly pid: number;
  readonly thread: KnownThread;
  readonly directory: string;
  readonly age: Known<number>;
  readonly usage: Known<CpuUsage>;
  /** Null: `schedstat` is not read. */
  readonly waits: Known<Waits> | null;
}

/** What `schedstat` of a thread says. */
interface Waits {
  /** Nanoseconds that it has waited for a CPU. */
  readonly runDelay: Integer;
  readonly timeslices: Integer;
  /** As a share of the window. */
  readonly percentage: Known<number>;
}

/** Reads the threads of processes, from sample to sample. */
class ThreadsReader implements RunningCollector {
  readonly #reader: ProcReader;
  /** Those that other collectors read too. */
  readonly #shared: VisitedFiles;
  readonly #files: ThreadFiles;
  readonly #ticksPerSecond: number;
  readonly #hasStat: boolean;
  readonly #hasStatus: boolean;
  readonly #hasIo: boolean;
  readonly #hasSchedstat: boolean;
  readonly #ownSchedstat: OwnFile;
  readonly #known = new Map<TreeProcess, KnownProcess>();
  #time: SampleTime | null = null;
  /** The threads of the sample, whose other files are read at its end. */
  #threads: ReadThread[] = [];

  constructor(reader: ProcReader, { facts, collectors, files }: CollectedRun) {
    this.#reader = reader;
    this.#shared = files;
    this.#files = new ThreadFiles(reader);
    this.#ticksPerSecond = facts.ticksPerSecond;
    this.#hasStat = collectors.includes("stat");
    this.#hasStatus = collectors.includes("status");
    this.#hasIo = collectors.includes("io");
    this.#hasSchedstat = collectors.includes("schedstat");
    this.#ownSchedstat = new OwnFile(reader, OWN_SCHEDSTAT);
  }

  begin(sweep: Sweep, time: SampleTime): void {
    this.#time = time;
    this.#threads = [];
    for (const process of sweep.ended) this.#forget(process);
    for (const process of sweep.departed) this.#forget(process);
  }

  visit(visit: ProcessVisit): Readout<ThreadsFields> {
    const { process, program } = visit;
    const { stat } = process;
    const ticks = Number(stat.utime) + Number(stat.stime);
    let known = this.#known.get(process);
    if (known === undefined) {
      known = { threads: new Map(), stat, path: program.path };
      this.#known.set(process, known);
    }
    const { threads, used, reason } = this.#readThreads(visit, known);
    known.stat = stat;
    known.path = program.path;
    for (const thread of threads) this.#threads.push(thread);
    if (reason !== null) {
      return {
        fields: { unseenThreadsCpuSeconds: null },
        reasons: { unseenThreadsCpuSeconds: reason, thread: reason },
      };
    }
    const unseen = Math.max(ticks - used, 0) / this.#ticksPerSecond;
    return { fields: { unseenThreadsCpuSeconds: unseen }, reasons: null };
  }

  /** The lines. With other collectors it reads more files of each thread, which takes long. */
  *finishInSteps(): Generator<void, Extras> {
    const lines: ThreadSample[] = [];
    for (const thread of this.#threads) {
      lines.push(this.#lineOf(thread));
      if (lines.length % STEP_THREADS === 0) yield;
    }
    this.#threads = [];
    return { extras: { threads: lines } };
  }

  close(): void {
    for (const process of this.#known.keys()) this.#forget(process);
  }

  /** The threads, what they have used, and why one is missing. */
  #readThreads(visit: ProcessVisit, known: KnownProcess) {
    const { pid, startTicks, stat: own } = visit.process;
    const threads: ReadThread[] = [];
    let used = 0;
    const listed = listThreads(this.#shared, pid);
    if (listed.value === null) {
      return { threads, used, reason: processReason(listed.reason, own) };
    }
    const tids = new Set(listed.value);
    let hasSurvivors = false;
    for (const [tid, thread] of known.threads) {
      if (tids.has(tid)) hasSurvivors ||= tid !== pid;
      // The main thread may have taken its place: it is forgotten once that was looked at.
      else thread.file.close();
    }
    let reason: NullReason | null = null;
    for (const tid of inOrder(tids, pid)) {
      const read = this.#readThread(tid, { visit, known, hasSurvivors });
      if (read.value !== null) {
        const { thread } = read.value;
        if (tid === pid && thread.startTicks !== startTicks) {
          // Another process has the id by now.
          return { threads: [], used: 0, reason: processReason("gone", own) };
        }
        threads.push(read.value);
        used += cpuTicks(thread.cpu.held);
      } else if (read.reason !== "gone") reason = read.reason;
      else known.threads.delete(tid);
    }
    for (const tid of known.threads.keys()) {
      if (!tids.has(tid)) known.threads.delete(tid);
    }
    if (threads.length === 0) reason ??= processReason("gone", own);
    threads.sort((a, b) => byStart(a.thread, b.thread, pid));
    return { threads, used, reason };
  }

  #readThread(tid: number, visited: Visited): Reading<ReadThread> {
    const { visit: { process: { pid }, atMs }, known } = visited;
    const directory = `/proc/${pid}/task/${tid}`;
    const before = known.threads.get(tid);
    const file = before?.file ??
      new ThreadStat(this.#files, `${directory}/stat`);
    const { value: stat, reason } = file.read();
    if (stat === null) return { value: null, reason };
    const age = this.#ageOf(stat);
    let usage: Known<CpuUsage>;
    let thread: KnownThread;
    if (before?.startTicks === stat.starttime) {
      thread = before;
      usage = this.#usageSince(thread, stat, visited);
      thread.stat = stat;
      thread.measuredMs = atMs;
    } else {
      thread = {
        tid,
        startTicks: stat.starttime,
        file,
        stat,
        cpu: new ThreadCounters(countersOf(stat)),
        switches: null,
        io: null,
        waits: null,
        hasWaits: false,
        measuredMs: atMs,
      };
      known.threads.set(tid, thread);
      usage = this.#usageSinceStart(thread, age);
    }
    const waits = this.#hasSchedstat
      ? this.#readWaits(thread, visited, usage, before === thread)
      : null;
    return {
      value: { pid, thread, directory, age, usage, waits },
      reason: null,
    };
  }

  /** How long it has waited; `isKnown`: it was read in the sample before. */
  #readWaits(
    thread: KnownThread,
    { visit: { process: { pid, stat: own } } }: Visited,
    usage: Known<CpuUsage>,
    isKnown: boolean,
  ): Known<Waits> {
    const { tid, stat } = thread;
    // The only thread of a process: its own file is the process's, which `schedstat` reads.
    const directory = own.numThreads < 2 && tid === pid
      ? `/proc/${pid}`
      : `/proc/${pid}/task/${tid}`;
    const path = `${directory}/schedstat`;
    const { value, reason } = this.#shared.read(path, parseSchedstat);
    const { hasWaits } = thread;
    thread.hasWaits = false;
    if (value === null) {
      return {
        value: null,
        reason: reason === "gone" && this.#ownSchedstat.isMissing
          ? "unsupported"
          : processReason(reason, stat),
      };
    }
    if (isEmpty(value) && hasRun(stat)) {
      return { value: null, reason: "unsupported" };
    }
    thread.hasWaits = true;
    const now = [value.runDelay, value.timeslices];
    const first = isKnown ? null : 0;
    const before = hasWaits ? thread.waits?.held[0] ?? first : first;
    const held = thread.waits?.next(now) ?? now;
    thread.waits ??= new ThreadCounters(now);
    const [runDelay = 0, timeslices = 0] = held;
    return {
      value: {
        runDelay,
        timeslices,
        percentage: shareOf(runDelay, before, usage),
      },
      reason: null,
    };
  }

  /** What a thread that was read before has used since. */
  #usageSince(
    thread: KnownThread,
    stat: Stat,
    { visit, known, hasSurvivors }: Visited,
  ): Known<CpuUsage> {
    const { process: { pid, stat: own }, program, atMs } = visit;
    const windowSeconds = (atMs - thread.measuredMs) / 1000;
    if (stat === thread.stat) {
      // Its text is the same: most threads sleep.
      const usage = { used: NO_TICKS, windowSeconds, maxCores: 1 };
      return { value: usage, reason: null };
    }
    const now = countersOf(stat);
    let isSure = true;
    if (
      thread.tid === pid && !hasSurvivors && known.threads.size > 1 &&
      mayRunAnother(thread.stat, stat, program.path !== known.path)
    ) {
      const grown = subtractCounters(
        countersOf(own),
        countersOf(known.stat),
      );
      const windowTicks = windowSeconds * this.#ticksPerSecond;
      isSure = goOn(thread, [...known.threads.values()], now, {
        ticks: Math.min(windowTicks, cpuTicks(grown)) + SLACK_TICKS,
        // To start a program makes many: the process has to be read after that.
        faults: showsOtherProgram(own, stat)
          ? Infinity
          : faultsIn(grown) + SLACK_FAULTS,
      });
    }
    const [user = 0, kernel = 0] = thread.cpu.held;
    const [userNow = 0, kernelNow = 0] = thread.cpu.next(now);
    if (!isSure) return { value: null, reason: "counter" };
    return {
      value: {
        used: {
          user: Number(userNow) - Number(user),
          kernel: Number(kernelNow) - Number(kernel),
        },
        windowSeconds,
        maxCores: 1,
      },
      reason: null,
    };
  }

  /**
   * What a thread that is read first has used since its start; not known if its age is not, or if
   * it was there before the run.
   */
  #usageSinceStart(
    thread: KnownThread,
    age: Known<number>,
  ): Known<CpuUsage> {
    if (age.value === null) return age;
    const { uptime: { errorSeconds = 0 } = {}, runSeconds = 0 } = this.#time ??
      {};
    if (age.value < errorSeconds * PRECISE) {
      return { value: null, reason: "clock" };
    }
    if (age.value > runSeconds) return { value: null, reason: "first_sample" };
    return { value: lifetimeUsage(thread, age.value), reason: null };
  }

  #ageOf({ starttime }: Stat): Known<number> {
    const uptime = this.#time?.uptime ?? { value: null, reason: "clock" };
    return uptime.value === null
      ? { value: null, reason: uptime.reason }
      : ageAt(uptime.value, starttime, this.#ticksPerSecond);
  }

  #lineOf(
    { pid, thread, directory, age, usage, waits }: ReadThread,
  ): ThreadSample {
    const reasons: Record<string, NullReason> = {};
    const { tid, startTicks, stat, cpu } = thread;
    const [user = 0, kernel = 0] = cpu.held;
    const percentages = usage.value === null
      ? null
      : cpuPercentages(usage.value, this.#ticksPerSecond);
    if (age.reason !== null) reasons.uptimeSeconds = age.reason;
    if (stat.processor === null) reasons.processor = "unsupported";
    if (usage.reason !== null) {
      Object.assign(reasons, sameReason(WINDOW_KEYS, usage.reason));
      if (usage.reason !== "first_sample") {
        reasons.averageCpuPercentage = usage.reason;
      }
    }
    const more = {
      ...this.#hasStat ? this.#statFields(thread) : {},
      ...this.#hasStatus ? this.#switches(thread, directory, reasons) : {},
      ...waits === null ? {} : scheduling(stat, waits, reasons),
      ...this.#hasIo ? this.#io(thread, directory, reasons) : {},
    };
    return {
      pid,
      tid,
      comm: stat.comm,
      state: stat.state,
      startTicks,
      uptimeSeconds: age.value,
      processor: stat.processor,
      cpuPercentage: percentages?.total ?? null,
      userCpuPercentage: percentages?.user ?? null,
      kernelCpuPercentage: percentages?.kernel ?? null,
      cpuWindowSeconds: usage.value?.windowSeconds ?? null,
      averageCpuPercentage: usage.reason === "first_sample"
        ? cpuPercentages(
          lifetimeUsage(thread, age.value ?? 0),
          this.#ticksPerSecond,
        ).total
        : null,
      userCpuSecondsTotal: Number(user) / this.#ticksPerSecond,
      kernelCpuSecondsTotal: Number(kernel) / this.#ticksPerSecond,
      ...more,
      unreadable: noneIfEmpty(reasons),
    };
  }

  #statFields({ stat, cpu }: KnownThread): ThreadStatFields {
    const [, , minflt = 0, majflt = 0, delay = 0] = cpu.held;
    return threadStatFields({
      priority: stat.priority,
      nice: stat.nice,
      minflt,
      majflt,
      delayacctBlkioTicks: stat.delayacctBlkioTicks === null ? null : delay,
    }, this.#ticksPerSecond);
  }

  #switches(
    thread: KnownThread,
    directory: string,
    reasons: Record<string, NullReason>,
  ): ThreadSwitches {
    const { value, reason } = this.#shared.readFields(
      `${directory}/status`,
      parseCtxtSwitches,
    );
    if (value === null) {
      const why = processReason(reason, thread.stat);
      Object.assign(reasons, sameReason(Object.keys(NO_SWITCHES), why));
      return NO_SWITCHES;
    }
    const read = switchesOf(value);
    Object.assign(reasons, read.reasons);
    const { voluntaryCtxtSwitches, nonvoluntaryCtxtSwitches } = read.fields;
    const held = hold(thread.switches, [
      voluntaryCtxtSwitches,
      nonvoluntaryCtxtSwitches,
    ]);
    thread.switches = held.counters;
    const [voluntary = null, nonvoluntary = null] = held.shown;
    return {
      voluntaryCtxtSwitches: voluntary,
      nonvoluntaryCtxtSwitches: nonvoluntary,
    };
  }

  #io(
    thread: KnownThread,
    directory: string,
    reasons: Record<string, NullReason>,
  ): IoTotals {
    const { value, reason } = this.#reader.readFields(
      `${directory}/io`,
      parseIo,
    );
    if (value === null) {
      const why = processReason(reason, thread.stat);
      Object.assign(reasons, sameReason(Object.keys(NO_IO), why));
      return NO_IO;
    }
    const held = hold(thread.io, IO_COUNTERS.map(({ key }) => value[key]));
    thread.io = held.counters;
    const total = (i: number): Integer | null => held.shown[i] ?? null;
    IO_COUNTERS.forEach(({ line, keys: [key] }, i) => {
      if (total(i) === null) reasons[key] = lineReason(value, line);
    });
    return ioTotals(total);
  }

  #forget(process: TreeProcess): void {
    const known = this.#known.get(process);
    if (known === undefined) return;
    for (const { file } of known.threads.values()) file.close();
    this.#known.delete(process);
  }
}

/** The fields that are not known without a window. */
const WINDOW_KEYS: readonly (keyof ThreadSample)[] = [
  "cpuPercentage",
  "userCpuPercentage",
  "kernelCpuPercentage",
  "cpuWindowSeconds",
];

/** What a thread of this age has used in all. */
function lifetimeUsage(
  { cpu: { held: [user = 0, kernel = 0] } }: KnownThread,
  ageSeconds: number,
): CpuUsage {
  return {
    used: { user: Number(user), kernel: Number(kernel) },
    windowSeconds: ageSeconds,
    maxCores: 1,
  };
}

/** What has grown from `before`, in nanoseconds, as a percentage of the window. */
function shareOf(
  now: Integer,
  before: Integer | null,
  usage: Known<CpuUsage>,
): Known<number> {
  if (usage.value === null) return usage;
  if (before === null) return { value: null, reason: "first_sample" };
  const { windowSeconds } = usage.value;
  if (windowSeconds <= 0) return { value: null, reason: "clock" };
  const seconds = (Number(now) - Number(before)) / NANOSECONDS;
  return { value: 100 * seconds / windowSeconds, reason: null };
}

/** How a thread waits and is scheduled; adds the reasons for what is null. */
function scheduling(
  stat: Stat,
  { value, reason }: Known<Waits>,
  reasons: Record<string, NullReason>,
): ThreadWaits & PolicyFields {
  const policy = policyOf(stat);
  Object.assign(reasons, policy.reasons);
  if (value === null) {
    Object.assign(reasons, sameReason(Object.keys(NO_WAITS), reason));
    return { ...NO_WAITS, ...policy.fields };
  }
  const { runDelay, timeslices, percentage } = value;
  if (percentage.reason !== null) {
    reasons.runDelayPercentage = percentage.reason;
  }
  return {
    runDelaySecondsTotal: secondsOf(runDelay, NANOSECONDS),
    runDelayPercentage: percentage.value,
    timeslicesTotal: timeslices,
    ...policy.fields,
  };
}

function countersOf(stat: Stat): Counters {
  return [
    stat.utime,
    stat.stime,
    stat.minflt,
    stat.majflt,
    stat.delayacctBlkioTicks ?? 0,
  ];
}

/**
 * Whether a main thread may run another program than before. If the process hides its addresses,
 * the name and the link `exe` tell.
 */
function mayRunAnother(before: Stat, now: Stat, isOther: boolean): boolean {
  if (now.startstack === 0) return isOther || now.comm !== before.comm;
  return showsOtherProgram(before, now) || (isOther && !showsExec(now));
}

/**
 * Lets the main thread go on as the thread that has taken its place. Where several may have, each
 * counter goes on from the most that one of them had counted: no more is added than was used.
 *
 * @returns Whether it is known how much CPU time was used.
 */
function goOn(
  main: KnownThread,
  all: readonly KnownThread[],
  now: Counters,
  most: Growth,
): boolean {
  const { possible, probable: threads } = successorsOf(all, now, most);
  const isKnown = areAsOne(possible);
  if (threads.length === 1 && threads[0] === main) return isKnown;
  main.cpu.goOnFrom(mostOf(threads.map(({ cpu }) => cpu.raw)) ?? now);
  for (const kind of ["switches", "io", "waits"] as const) {
    const known = threads.map((thread) => thread[kind]?.raw ?? null)
      .filter((raw) => raw !== null);
    const raw = known.length < threads.length ? null : mostOf(known);
    main[kind]?.goOnFrom(raw);
    if (kind === "waits" && raw === null) main.hasWaits = false;
  }
  return isKnown;
}

/** Counters, and as they are shown; null: not known this time. */
interface Held {
  readonly counters: ThreadCounters;
  readonly shown: readonly (Integer | null)[];
}

/** What could not be read this time is held as it was. */
function hold(
  before: ThreadCounters | null,
  now: readonly (Integer | null)[],
): Held {
  const known = now.map((value, i) => value ?? before?.raw[i] ?? 0);
  const counters = before ?? new ThreadCounters(known);
  const held = before === null ? counters.held : counters.next(known);
  return {
    counters,
    shown: now.map((value, i) => value === null ? null : held[i] ?? null),
  };
}

/** The main thread first: what it goes on as is looked up among the others. */
function* inOrder(tids: ReadonlySet<number>, pid: number): Generator<number> {
  if (tids.has(pid)) yield pid;
  for (const tid of tids) if (tid !== pid) yield tid;
}

/** The main thread first, then by start, then by id. */
function byStart(a: KnownThread, b: KnownThread, pid: number): number {
  if (a.tid === pid || b.tid === pid) return a.tid === pid ? -1 : 1;
  return Number(a.startTicks) - Number(b.startTicks) || a.tid - b.tid;
}
