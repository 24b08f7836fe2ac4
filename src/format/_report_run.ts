/**
 * What a report knows of one run: it is added up sample by sample, in memory that does not grow.
 */

import type { CgroupSample, KeyedCounters } from "../model/collected_fields.ts";
import type { ExitEvent, ProcessEvent, StartEvent } from "../model/events.ts";
import { KnownSum, usedSum } from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import { larger, percentageOfInterval } from "../model/rate.ts";
import type { Run, RunEnd } from "../model/run.ts";
import { lengthOfRun } from "../model/run_length.ts";
import type { Sample, TreeSample } from "../model/sample.ts";
import { Columns, type Instant, Timeline } from "./_columns.ts";
import { HeaviestOfRun, type ReportedProcess } from "./_heaviest_of_run.ts";
import { keptCommand } from "./_report_words.ts";
import { RunTime } from "./_run_time.ts";

/** Columns of a chart. Each draws two samples at most. */
const MOST_COLUMNS = 400;
/** Names beyond these are one group. */
const MOST_GROUPS = 100;
/** From here on, in percent, nearly all of the cores are used. */
const NEAR_LIMIT = 95;

/** Processes that may be back, as a sample could not read them. */
const MOST_WAITING = 1000;

/** A group of processes with one name. */
export interface ReportedGroup {
  /** Its name; null: all names beyond the first hundred. */
  readonly name: string | null;
  /** CPU seconds of the run that its processes were seen to use. */
  cpuSeconds: number;
  /** The most resident memory that a sample saw in it, in bytes; null: it was never known. */
  peakRssBytes: number | null;
  /** The most processes that a sample saw in it. */
  peakProcesses: number;
}

/** What went wrong, or was held back, in a part of the time. */
export interface Marks {
  /** Samples that were missed. */
  readonly missed: number;
  /** Samples that were taken. */
  readonly taken: number;
  /** Seconds in which cgroups were throttled. */
  readonly throttledSeconds: number;
  /** The most time that tasks waited, in percent. */
  readonly pressure: Pressure;
}

/** The share of time in which some task waited. */
export interface Pressure {
  /** In percent; 0: none did, or it is not known. */
  readonly percentage: number;
  /** What it waited for: `a CPU`, `memory`, `io`. */
  readonly resource: string;
}

const NO_PRESSURE: Pressure = { resource: "", percentage: 0 };

/** How near a run was to what it may use. */
export interface Limits {
  /** Seconds of which it is known how much of its cores the tree used. */
  cpuSeconds: number;
  /** Seconds of these in which it used nearly all of them. */
  nearCpuSeconds: number;
  /** Seconds in which cgroups were throttled, in sum; null: no sample tells. */
  throttledSeconds: number | null;
  /** The most time that tasks waited. */
  pressure: Pressure;
  /** The most memory, in percent of the nearest limit; null: there was none, or none is known. */
  mostMemoryPercentage: number | null;
}

/** How far the samples can be trusted. */
export interface Trust {
  /** Samples that were missed before one that was taken. */
  missed: number;
  /** Samples that left out processes which had just ended. */
  gone: number;
  /** The most processes that were refused, or could not be read, in a sample. */
  unread: number;
  /** Samples that were not consistent. */
  inconsistent: number;
}

/** One run, for a report. */
export class ReportRun {
  /** The run. */
  readonly run: Run;
  /** Names and values that the user gave it. */
  readonly labels: Readonly<Record<string, string>>;
  /** How it ended; null: that is not known. */
  end: RunEnd | null = null;
  /** CPU by group, in percent of a core; the last two parts are other names, and what is unseen. */
  readonly cpu = new Timeline(MOST_COLUMNS);
  /** Resident memory by group, in bytes; the last part is that of other names. */
  readonly memory = new Timeline(MOST_COLUMNS);
  /** Processes and threads. */
  readonly counts = new Timeline(MOST_COLUMNS);
  /** The proportional memory of the tree, in bytes, where it was collected. */
  readonly pss = new Timeline(MOST_COLUMNS);
  /** What the tree may use: percent of a core. */
  readonly cpuLimit = new Timeline(MOST_COLUMNS);
  /** The limit of memory that is nearest, in bytes, where it was collected. */
  readonly memoryLimit = new Timeline(MOST_COLUMNS);
  /** What went wrong, or was held back, by time. */
  readonly marks = new Columns<Marks>(MOST_COLUMNS, (a, b) => ({
    missed: a.missed + b.missed,
    taken: a.taken + b.taken,
    throttledSeconds: a.throttledSeconds + b.throttledSeconds,
    pressure: higher(a.pressure, b.pressure),
  }));
  /** Every group, in the order in which they were first seen; the last is of other names. */
  readonly groups: ReportedGroup[] = [];
  /** All processes that have ended, as far as they are shown. */
  readonly processes = new HeaviestOfRun();
  /** How far the samples can be trusted. */
  readonly trust: Trust = {
    missed: 0,
    gone: 0,
    unread: 0,
    inconsistent: 0,
  };
  /** How near it was to what it may use. */
  readonly limits: Limits = {
    cpuSeconds: 0,
    nearCpuSeconds: 0,
    throttledSeconds: null,
    pressure: NO_PRESSURE,
    mostMemoryPercentage: null,
  };
  /** When the last sample was taken: milliseconds from the start. */
  lastMs = 0;
  /** The same by the wall clock; null before the first. */
  #lastEpochMs: number | null = null;
  /** Samples. */
  samples = 0;
  /**
   * The longest time between two samples, in seconds, and when it ended; null: there are no two.
   */
  longest: { readonly seconds: number; readonly endMs: number } | null = null;
  /** CPU seconds of these that stand on no process line. */
  unseenSeconds = 0;
  /** CPU seconds of the tree in the intervals of the samples, as far as they are known. */
  cpuSeconds = 0;
  /** Whether the CPU of an interval is not known. */
  lacksCpu = false;
  readonly #time: RunTime;
  readonly #groupByName = new Map<string, number>();
  readonly #open = new Map<number, ReportedProcess>();
  /** Those of them that the last sample lacks, the first to be missed first. */
  readonly #waiting = new Set<number>();
  readonly #baseline = new Map<number, number>();
  /** Seconds in which each cgroup of the last sample was throttled, by path. */
  #throttled: ReadonlyMap<string, number> = new Map();

  /** Starts with no sample. */
  constructor(run: Run, labels: Readonly<Record<string, string>>) {
    this.run = run;
    this.#time = new RunTime(run);
    this.labels = labels;
  }

  /** The first sample with the most memory; null if none shows any. */
  get peakMemory(): Instant | null {
    return this.memory.instants().reduce<Instant | null>(
      (most, one) => most === null || one.total > most.total ? one : most,
      null,
    );
  }

  /** How long it was, in seconds: to its end, or to its last sample if that is not known. */
  get seconds(): number {
    const { end, run, lastMs } = this;
    return end === null
      ? lastMs / 1000
      : lengthOfRun(run, end, this.#lastEpochMs);
  }

  /** Adds a sample. */
  add(sample: Sample): void {
    const { tree, processes, events } = sample;
    const ms = this.#time.next(sample.epochMs, tree.intervalSeconds);
    this.samples++;
    this.lastMs = ms;
    this.#lastEpochMs = sample.epochMs;
    this.#noteEnds(events, ms);
    this.#addProcesses(sample, ms);
    this.#noteStarts(events);
    this.#addSums(processes, tree, ms);
    if (tree.pssBytes !== undefined && tree.pssBytes !== null) {
      this.pss.add(lineAt(ms, tree.pssBytes));
    }
    if (tree.numCores !== null) {
      this.cpuLimit.add(lineAt(ms, 100 * tree.numCores));
    }
    const limit = tree.memoryLimitBytes ?? null;
    if (limit !== null) this.memoryLimit.add(lineAt(ms, Number(limit)));
    this.#addMarks(sample, ms);
    const { intervalSeconds: seconds } = tree;
    if (seconds !== null && seconds > (this.longest?.seconds ?? 0)) {
      this.longest = { seconds, endMs: ms };
    }
    this.trust.missed += tree.missedSamples;
    this.trust.gone += tree.gone > 0 ? 1 : 0;
    this.trust.unread = Math.max(
      this.trust.unread,
      tree.denied + tree.malformed,
    );
    this.trust.inconsistent += tree.consistent ? 0 : 1;
  }

  /** Ends the run; what still runs ends with the last sample. */
  finish(end: RunEnd | null): void {
    this.end = end;
    for (const process of this.#open.values()) this.processes.add(process);
    this.#open.clear();
  }

  /**
   * Takes the processes of a sample. One that it lacks has ended, or left; but if some could not be
   * read it may be back in a later one, and ends here if it is not.
   */
  #addProcesses({ processes, tree }: Sample, ms: number): void {
    const missing = new Map(this.#open);
    for (const process of processes) {
      missing.delete(process.pid);
      this.#waiting.delete(process.pid);
      this.#see(process, ms);
    }
    for (const process of missing.values()) {
      if (this.#waiting.has(process.pid)) continue;
      process.endMs = ms;
      this.#waiting.add(process.pid);
    }
    const most = tree.denied + tree.malformed > 0 ? MOST_WAITING : 0;
    for (const pid of this.#waiting) {
      if (this.#waiting.size <= most) break;
      const process = this.#open.get(pid);
      if (process !== undefined) this.#close(process);
    }
  }

  #see(process: ProcessSample, ms: number): void {
    const { pid, startTicks } = process;
    let known = this.#open.get(pid);
    if (known !== undefined && known.startTicks !== startTicks) {
      this.#close(known);
      known = undefined;
    }
    const used = process.userCpuSecondsTotal + process.kernelCpuSecondsTotal;
    if (known === undefined) {
      const ageMs = 1000 * (process.uptimeSeconds ?? 0);
      const startMs = ms - ageMs;
      known = {
        pid,
        ppid: process.ppid,
        startTicks,
        comm: process.comm,
        command: null,
        group: this.#groupOf(process.comm),
        startMs: Math.min(Math.max(0, startMs), ms),
        endMs: ms,
        cpuSeconds: 0,
        peakRssBytes: null,
      };
      this.#open.set(pid, known);
      // What it used before the run is not of the run; its first window may be.
      if (startMs < 0) {
        const { cpuPercentage, cpuWindowSeconds } = process;
        const first = (cpuPercentage ?? 0) / 100 * (cpuWindowSeconds ?? 0);
        this.#baseline.set(pid, Math.max(0, used - first));
      }
    }
    if (known.comm !== process.comm) {
      known.comm = process.comm;
      known.group = this.#groupOf(process.comm);
    }
    known.endMs = ms;
    this.#noteUse(known, used, process.rssBytes);
    this.#noteArguments(known, process.cmdline);
  }

  #close(process: ReportedProcess): void {
    this.#open.delete(process.pid);
    this.#waiting.delete(process.pid);
    this.#baseline.delete(process.pid);
    this.processes.add(process);
  }

  #noteEnds(events: readonly ProcessEvent[], ms: number): void {
    for (const event of events) {
      if (event.kind !== "exit") continue;
      const process = this.#knownOf(event);
      if (process === undefined) continue;
      const used = event.userCpuSecondsTotal + event.kernelCpuSecondsTotal;
      this.#noteUse(process, used, event.peakRssBytes);
      this.#noteArguments(process, event.cmdline);
      process.endMs = ms;
      this.#close(process);
    }
  }

  #noteStarts(events: readonly ProcessEvent[]): void {
    for (const event of events) {
      if (event.kind !== "start") continue;
      const process = this.#knownOf(event);
      if (process !== undefined) this.#noteArguments(process, event.cmdline);
    }
  }

  #noteArguments(
    process: ReportedProcess,
    cmdline: readonly string[] | null | undefined,
  ): void {
    if (cmdline === null || cmdline === undefined) return;
    process.command = keptCommand(cmdline) ?? process.command;
  }

  #knownOf(
    { pid, startTicks }: StartEvent | ExitEvent,
  ): ReportedProcess | undefined {
    const process = this.#open.get(pid);
    return process?.startTicks === startTicks ? process : undefined;
  }

  #noteUse(
    process: ReportedProcess,
    usedSeconds: number,
    rssBytes: number | null,
  ): void {
    const ofRun = usedSeconds - (this.#baseline.get(process.pid) ?? 0);
    const growth = Math.max(0, ofRun - process.cpuSeconds);
    process.cpuSeconds += growth;
    const group = this.groups[process.group];
    if (group !== undefined) group.cpuSeconds += growth;
    process.peakRssBytes = larger(process.peakRssBytes, rssBytes);
  }

  #addSums(
    processes: readonly ProcessSample[],
    tree: TreeSample,
    ms: number,
  ): void {
    const cpu: number[] = new Array(MOST_GROUPS + 2).fill(0);
    const memory = Array.from(
      { length: MOST_GROUPS + 1 },
      () => new KnownSum(),
    );
    const members: number[] = new Array(MOST_GROUPS + 1).fill(0);
    const { intervalSeconds } = tree;
    const { ticksPerSecond } = this.run;
    for (const process of processes) {
      const at = this.#groupOf(process.comm);
      members[at] = (members[at] ?? 0) + 1;
      memory[at]?.add(process.rssBytes, process.unreadable?.rssBytes);
      const percentage = percentageOfInterval(
        process.cpuPercentage,
        process.cpuWindowSeconds,
        intervalSeconds,
        ticksPerSecond,
      );
      cpu[at] = (cpu[at] ?? 0) + (percentage ?? 0);
    }
    for (const [at, group] of this.groups.entries()) {
      if ((members[at] ?? 0) > 0) {
        group.peakRssBytes = larger(group.peakRssBytes, bytesOf(memory[at]));
      }
      group.peakProcesses = Math.max(group.peakProcesses, members[at] ?? 0);
    }
    this.lacksCpu ||= tree.cpuPercentage === null && intervalSeconds !== null;
    if (tree.cpuPercentage !== null) {
      this.cpuSeconds += tree.cpuPercentage / 100 * (intervalSeconds ?? 0);
      const unseen = tree.unseenCpuPercentage ?? 0;
      this.unseenSeconds += unseen / 100 * (intervalSeconds ?? 0);
      cpu[MOST_GROUPS + 1] = unseen;
      this.cpu.add({ ms, total: tree.cpuPercentage, parts: cpu });
    }
    if (tree.rssBytes !== null) {
      const parts = memory.map((sum) => bytesOf(sum) ?? 0);
      this.memory.add({ ms, total: tree.rssBytes, parts });
    }
    const { numProcesses, numThreads } = tree;
    this.counts.add({
      ms,
      total: numProcesses,
      parts: [numProcesses, numThreads],
    });
  }

  /** The number of the group of this name: the last one takes what is beyond the first hundred. */
  #groupOf(name: string): number {
    const known = this.#groupByName.get(name);
    if (known !== undefined) return known;
    const at = Math.min(this.groups.length, MOST_GROUPS);
    if (at < MOST_GROUPS) this.#groupByName.set(name, at);
    if (this.groups[at] === undefined) {
      this.groups.push({
        name: at < MOST_GROUPS ? name : null,
        cpuSeconds: 0,
        peakRssBytes: null,
        peakProcesses: 0,
      });
    }
    return at;
  }

  #addMarks({ tree, cgroups = [], host }: Sample, ms: number): void {
    const throttledSeconds = this.#throttledIn(cgroups);
    const pressure = [...cgroups, ...host === undefined ? [] : [host]].flatMap((
      { cpuPressure, memoryPressure, ioPressure },
    ) => [
      { resource: "a CPU", percentage: waiting(cpuPressure) },
      { resource: "memory", percentage: waiting(memoryPressure) },
      { resource: "io", percentage: waiting(ioPressure) },
    ]).reduce<Pressure>(higher, NO_PRESSURE);
    const missed = tree.missedSamples;
    this.marks.add(ms, { missed, taken: 1, throttledSeconds, pressure });
    this.limits.pressure = higher(this.limits.pressure, pressure);
    this.#addLimits(tree, throttledSeconds);
  }

  #addLimits(tree: TreeSample, throttledSeconds: number): void {
    if (this.limits.throttledSeconds !== null) {
      this.limits.throttledSeconds += throttledSeconds;
    }
    const { intervalSeconds, cpuLimitPercentage } = tree;
    if (intervalSeconds !== null && cpuLimitPercentage !== null) {
      this.limits.cpuSeconds += intervalSeconds;
      if (cpuLimitPercentage >= NEAR_LIMIT) {
        this.limits.nearCpuSeconds += intervalSeconds;
      }
    }
    this.limits.mostMemoryPercentage = larger(
      this.limits.mostMemoryPercentage,
      tree.memoryLimitPercentage ?? null,
    );
  }

  /** The sum over cgroups, which are nested and beside one another. */
  #throttledIn(cgroups: readonly CgroupSample[]): number {
    const before = this.#throttled;
    const known = cgroups.flatMap(({ path, cpuThrottledSecondsTotal: now }) =>
      now === null ? [] : [[path, now] as const]
    );
    this.#throttled = new Map(known);
    if (known.length > 0) this.limits.throttledSeconds ??= 0;
    return known.reduce(
      (sum, [path, now]) => sum + Math.max(0, now - (before.get(path) ?? now)),
      0,
    );
  }
}

/** The sum; null if it is not known. */
function bytesOf(sum: KnownSum | undefined): number | null {
  return sum === undefined ? null : usedSum(sum).bytes;
}

function lineAt(ms: number, value: number) {
  return { ms, total: value, parts: [value] };
}

function higher(one: Pressure, other: Pressure): Pressure {
  return other.percentage > one.percentage ? other : one;
}

/** The share of the last ten seconds in which some task waited, in percent; 0 if not known. */
function waiting(pressure: KeyedCounters | null): number {
  return Number(pressure?.some_avg10 ?? 0);
}
