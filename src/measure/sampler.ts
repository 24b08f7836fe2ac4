/**
 * The sampler: everything that is remembered from one sample to the next.
 *
 * @module
 */

import { RunningCollectors } from "../collect/collector.ts";
import { CgroupMounts } from "../host/cgroup_mounts.ts";
import { findCgroup } from "../host/cgroup_paths.ts";
import { type HostFacts, readHostFacts } from "../host/facts.ts";
import { BootUptime } from "../host/uptime.ts";
import { type Clock, hostClock, hostSelfUsage } from "../kernel/clock.ts";
import { HostFs } from "../kernel/host_fs.ts";
import { ProcReader } from "../kernel/proc_reader.ts";
import { VERSION } from "../model/dictionary.ts";
import type { ProcessEvent } from "../model/events.ts";
import { joinReasons, type Readout, reasonFor } from "../model/null_reason.ts";
import { AGE_ERROR_TICKS, NO_RATE } from "../model/rate.ts";
import type { ProcessSample } from "../model/process.ts";
import type { CollectedTotals } from "../model/collected_fields.ts";
import type { MissedReasons, Run, RunSummary } from "../model/run.ts";
import type { Sample, TreeSample } from "../model/sample.ts";
import { LastingSums } from "../tree/lasting_sums.ts";
import { ProcessList } from "../tree/process_list.ts";
import { type LeftOut, type Sweep, Tree } from "../tree/tree.ts";
import { quoteName } from "../text.ts";
import type { Root, TreeProcess } from "../tree/tree_process.ts";
import { type CpuTicks, NO_TICKS, ticksBetween } from "../model/cpu.ts";
import { GroupCpu } from "./group_cpu.ts";
import { OwnReaped, OwnUsage } from "./own_usage.ts";
import {
  type MeteredProcess,
  ProcessMeter,
  type SampleContext,
} from "./process_meter.ts";
import {
  checkCollectors,
  checkCount,
  checkDuration,
  checkInterval,
  checkRoot,
  type InternalOptions,
  type InternalSamplesOptions,
  type SamplerOptions,
  type SamplesOptions,
} from "./sampler_options.ts";
import { RootCores } from "./root_cores.ts";
import type { HeaviestProcesses } from "./heaviest_processes.ts";
import { MissedTicks, ticks } from "./schedule.ts";
import { ioOfRun, RunTally, treeTotals } from "./totals.ts";

/** The totals of a tree of which nothing has been counted. */
const NO_TOTALS: Readout<CollectedTotals> = { fields: {}, reasons: null };

/** What a sample costs. */
type OwnCost = Pick<
  TreeSample,
  "sampleSeconds" | "samplerCpuPercentage" | "samplerRssBytes"
>;

/** A sample that has been begun. */
interface SampleUnderWay {
  readonly steps: Generator<void, Sample>;
  /** Null until it is finished, as another sample was asked for. */
  sample: Sample | null;
}

/** How long a sample goes on before the rest of the program has a turn. */
const TURN_MS = 50;
/** How many processes are read in one step: to look at the clock costs something too. */
const STEP_PROCESSES = 8;

/** The processes of a sample as they were measured, and how many could not be. */
interface Measurement {
  readonly metered: MeteredProcess[];
  readonly leftOut: LeftOut;
}

/**
 * Samples one process tree.
 *
 * It reads synchronously, some ten microseconds for each process: a program that must not block
 * takes its samples from `samples()`, which gives way, or runs it in a Worker.
 *
 * @example One sample
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { assertEquals } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * const { tree, processes } = sampler.sample();
 * assertEquals(tree.numProcesses, processes.length);
 * assertEquals(processes[0]?.pid, Deno.pid);
 * ```
 *
 * @example A sample per interval, and a program that slows down if its tree takes too much memory
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { assertGreater } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid });
 * for await (const sample of sampler.samples({ intervalMs: 100, count: 2 })) {
 *   if ((sampler.rssBytes ?? 0) > 4e9) console.log("slow down at", sample.epochMs);
 * }
 * assertGreater((sampler.rssBytes ?? 0) / 1048576, 1);
 * ```
 */
export class Sampler {
  /** The process id of the root; null if the root is a cgroup or all processes. */
  readonly pid: number | null;
  /** The directory of the cgroup that is the root; null if the root is none. */
  readonly cgroup: string | null;
  /** What is known of the host. */
  readonly host: HostFacts;
  /** When the run began, by the monotonic clock, in milliseconds. */
  readonly startMs: number;
  readonly #command: readonly string[] | null;
  readonly #heaviest: HeaviestProcesses | null;
  #missedBecause: MissedReasons = { reading: 0, writing: 0, waiting: 0 };
  readonly #reader: ProcReader;
  readonly #clock: Clock;
  readonly #onWarning: (sentence: string) => void;
  readonly #warned = new Set<string>();
  readonly #cgroupMounts: CgroupMounts;
  readonly #tree: Tree;
  readonly #meter: ProcessMeter;
  readonly #collectors: RunningCollectors;
  readonly #collectorNames: readonly string[];
  readonly #ownUsage: OwnUsage;
  readonly #ownReaped: OwnReaped | null;
  readonly #tally = new RunTally();
  /** The CPU time of the tree in user mode and in the kernel, by the counters of its processes. */
  readonly #cpuSums = new LastingSums(2);
  /** The same by the account of the cgroup that is the root; null for a process. */
  readonly #groupCpu: GroupCpu | null;
  /** Whether the CPU time since the previous sample is by that account. */
  #isByGroup = false;
  readonly #cores: RootCores;
  readonly #uptime: BootUptime;
  #seq = -1;
  /** When the previous sample was taken, by the monotonic clock; null before the first. */
  #previousMs: number | null = null;
  /**
   * The start time, in seconds since boot, before which a process was there at the previous sample:
   * when that began, less what cutting to ticks may hide. Null before the first, and if it could
   * not be read.
   */
  #previousUptime: number | null = null;
  /** When the host booted, see `Sample.bootEpochMs`. */
  #bootEpochMs: number | null = null;
  /** The tree's CPU time at the previous sample; null before the first. */
  #previousCpu: CpuTicks | null = null;
  /** The tree's CPU time when the run started: none for a child of this program. */
  #cpuAtStart: CpuTicks | null;
  /**
   * What collectors counted of the tree when the run started: nothing for a child of this program.
   */
  #collectedAtStart: Readout<CollectedTotals> | null;
  /** The same at the latest sample. */
  #collected: Readout<CollectedTotals> = NO_TOTALS;
  #rssBytes: number | null = null;
  /** What had happened to processes when the silent sample was taken. */
  #silentEvents: readonly ProcessEvent[] = [];
  /** The sample that `samples()` is taking; null between two. */
  #underWay: SampleUnderWay | null = null;
  #isClosed = false;

  /**
   * Starts to follow the tree below a process, the members of a cgroup, or all processes.
   *
   * @throws {TypeError} If not exactly one root is given.
   * @throws {RangeError} If `pid` is not a whole number above 0, `cgroup` is empty, or a collector
   * is given twice.
   * @throws {RootError} If there is no such process or cgroup, it may not be read, or the id is
   * that of a thread.
   * @throws {ProcReadError} If `/proc/self/auxv` cannot be read and /proc has no process: `fs`
   * holds no procfs.
   * @throws {ProcParseError} If `/proc/self/auxv` makes no sense and /proc has no process.
   */
  constructor(options: SamplerOptions, internal: InternalOptions = {}) {
    const { pid = null, cgroup = null, all = false, collect = [] } = options;
    const { uncached = false } = internal;
    const { listsAll = options.fs?.isRecording ?? false } = internal;
    const { startedByUs = false } = internal;
    checkRoot(pid, cgroup, all);
    checkCollectors(collect);
    this.pid = pid;
    this.#clock = options.clock ?? hostClock;
    this.#onWarning = options.onWarning ?? (() => {});
    this.#reader = new ProcReader(
      options.fs ?? new HostFs(),
      options.onMalformed,
    );
    this.host = internal.host ?? readHostFacts(this.#reader);
    this.#cgroupMounts = new CgroupMounts(this.#reader);
    this.cgroup = cgroup === null
      ? null
      : findCgroup(this.#cgroupMounts, cgroup);
    // Closes what is open if anything below throws.
    using opened = new DisposableStack();
    // The count of created tasks vouches for a kept list, but not for processes that /proc hides:
    // they may come into sight without being new. What lxcfs makes of the count is its own affair.
    const list = new ProcessList(this.#reader, {
      mayCount: cgroup === null && !uncached &&
        !this.host.replacedFiles.includes("/proc/stat"),
      showsAll: this.host.hidepidMounts.length === 0,
      // Without a `self`, what is read below it is of another procfs.
      hasOwnLoadavg: this.host.selfPid !== null &&
        !this.host.replacedFiles.includes("/proc/loadavg"),
      mayLookUp: !listsAll,
    });
    opened.defer(() => list.close());
    const root = this.#root(pid);
    const tree = new Tree(this.#reader, root, list);
    opened.defer(() => tree.close());
    this.#tree = tree;
    const cores = new RootCores(
      this.#reader,
      this.host,
      this.#cgroupMounts,
      this,
    );
    opened.defer(() => cores.close());
    this.#cores = cores;
    const uptime = new BootUptime(this.#reader, this.host);
    opened.defer(() => uptime.close());
    this.#uptime = uptime;
    this.#collectors = new RunningCollectors(
      collect,
      this.#reader,
      { facts: this.host, mounts: this.#cgroupMounts, root },
    );
    this.#collectorNames = collect.map(({ name }) => name);
    this.#meter = new ProcessMeter(
      this.#reader,
      this.host,
      this.#tree,
      this.#collectors,
      uncached,
    );
    this.#groupCpu = this.cgroup === null
      ? null
      : new GroupCpu(this.#reader, this.cgroup, {
        ticksPerSecond: this.host.ticksPerSecond,
        hierarchies: this.#cgroupMounts.hierarchiesAt(this.cgroup),
      });
    this.#ownUsage = new OwnUsage(
      this.#clock,
      internal.selfUsage ?? hostSelfUsage,
    );
    this.#ownReaped = startedByUs ? new OwnReaped(this.#reader) : null;
    this.#cpuAtStart = startedByUs ? NO_TICKS : null;
    this.#collectedAtStart = startedByUs ? NO_TOTALS : null;
    this.#command = internal.command ?? null;
    this.#heaviest = internal.heaviest ?? null;
    this.startMs = internal.startMs ?? this.#clock.monotonicMs();
    opened.move();
  }

  /**
   * Resident memory of the tree in bytes at the last sample; null before the first, and if it could
   * not be read.
   */
  get rssBytes(): number | null {
    return this.#rssBytes;
  }

  /** The cores that the root may use, as last read; null if that cannot be read. */
  get numCores(): number | null {
    return this.#cores.ofRoot(this.rootEnded).value;
  }

  /**
   * Whether the root has ended: at the last sample it was not there, or was a zombie whose
   * other threads had ended.
   */
  get rootEnded(): boolean {
    return this.#tree.rootEnded;
  }

  /**
   * Whether no process of the tree lived at the last sample.
   *
   * @internal
   */
  get treeEnded(): boolean {
    return !this.#tree.lives;
  }

  /** What was measured over the run, from its start to the latest sample. */
  get summary(): RunSummary {
    const { ticksPerSecond } = this.host;
    const now = this.#previousCpu ?? NO_TICKS;
    const used = ticksBetween(this.#cpuAtStart ?? now, now);
    const wallSeconds = ((this.#previousMs ?? this.startMs) - this.startMs) /
      1000;
    const cpuSeconds = (used.user + used.kernel) / ticksPerSecond;
    const io = ioOfRun(this.#collectedAtStart, this.#collected);
    return {
      wallSeconds,
      userCpuSeconds: used.user / ticksPerSecond,
      kernelCpuSeconds: used.kernel / ticksPerSecond,
      meanCores: wallSeconds === 0 ? null : cpuSeconds / wallSeconds,
      ...this.#tally.counted,
      ...io.fields,
      ...(io.reasons === null ? {} : { unreadable: io.reasons }),
    };
  }

  /**
   * Why samples were missed.
   *
   * @internal
   */
  get missedBecause(): MissedReasons {
    return this.#missedBecause;
  }

  /**
   * Describes a run of this sampler, as an encoder wants it before its first sample. Each call
   * makes a new id.
   *
   * @param intervalMs The milliseconds from sample to sample.
   * @throws {RangeError} If it is no interval that `samples()` would take.
   * @throws {Error} If the sampler is closed.
   *
   * @example
   * ```ts
   * import { Sampler } from "@procline/procline";
   * import { assertEquals } from "@std/assert";
   *
   * using sampler = new Sampler({ pid: Deno.pid });
   * assertEquals(sampler.describeRun(250).intervalSeconds, 0.25);
   * ```
   */
  describeRun(intervalMs = 1000): Run {
    this.#refuseClosed();
    checkInterval(intervalMs);
    const { bootId, hostname, pageSizeBytes, ticksPerSecond } = this.host;
    const cores = this.#cores.ofRoot(this.rootEnded);
    const reasons = joinReasons(
      this.host.unreadable,
      reasonFor("numCores", cores.reason),
    );
    return {
      epochMs: Math.floor(this.#clock.epochMs()),
      version: VERSION,
      runId: crypto.randomUUID(),
      bootId,
      hostname,
      rootPid: this.pid,
      rootCgroup: this.cgroup,
      command: this.#command,
      intervalSeconds: intervalMs / 1000,
      pageSizeBytes,
      ticksPerSecond,
      numCores: cores.value,
      // Events are lines of their own: no field depends on them.
      collectors: this.#collectorNames.filter((name) => name !== "events"),
      ...(reasons === null ? {} : { unreadable: reasons }),
    };
  }

  /**
   * Takes a sample now.
   *
   * @param missed The intervals that passed without a sample since the previous one.
   *
   * @throws {RangeError} If that is no whole number, or below 0.
   * @throws {Error} If the sampler is closed.
   */
  sample(missed = 0): Sample {
    if (!Number.isSafeInteger(missed) || missed < 0) {
      throw new RangeError(
        `Cannot sample with ${missed} intervals missed: missed is a whole number, 0 or above`,
      );
    }
    this.#finishUnderWay();
    const sample = lastOf(this.#sampleInSteps(missed));
    // From the end of the first sample on: what the start has cost is not a sample's.
    this.#ownUsage.start();
    return sample;
  }

  /**
   * Takes a sample at once and then one per interval, at fixed times, until one finds that the root
   * has ended (a zombie counts as ended; with `orphans`, that no process of the tree lives; with
   * `restarts`, a cgroup does not end), the count or the duration is reached, or the signal aborts.
   * A consumer that is slow misses samples; nothing queues up.
   *
   * A sample that takes long gives way to the rest of the program each 50 milliseconds; its sweep,
   * which finds the processes and reads their `stat`, is unbroken. If the signal aborts meanwhile,
   * the sample is still finished.
   *
   * @throws {RangeError} If the interval, the count or the duration is no such number as its option
   * takes.
   * @throws {Error} If the sampler is closed.
   */
  async *samples(
    options: SamplesOptions = {},
    internal: InternalSamplesOptions = {},
  ): AsyncGenerator<Sample, void> {
    const { intervalMs = 1000, count = Infinity, orphans = false } = options;
    const { durationMs = Infinity, signal, restarts = false } = options;
    this.#refuseClosed();
    checkInterval(intervalMs);
    checkCount(count);
    checkDuration(durationMs);
    const clock = this.#clock;
    const missedTicks = new MissedTicks(clock, intervalMs, this.#missedBecause);
    let taken = 0;
    for await (
      const tick of ticks({ intervalMs, durationMs, signal, clock })
    ) {
      missedTicks.begin(tick);
      this.#missedBecause = missedTicks.reasons;
      this.#finishUnderWay();
      const steps = this.#sampleInSteps(tick.missed);
      let sample = await this.#inTurns(steps, internal.dropped);
      if (sample === null) return;
      missedTicks.read();
      yield sample;
      missedTicks.written();
      // The next one needs its room.
      sample = null;
      this.#refuseClosed();
      const isOver = orphans ? this.treeEnded : this.rootEnded;
      const mayComeBack = restarts && this.cgroup !== null;
      if ((isOver && !mayComeBack) || ++taken >= count) return;
      // Once the consumer has the first sample: see OwnUsage.start.
      this.#ownUsage.start();
    }
  }

  /** Closes the files that the sampler holds open. No sample can be taken after that. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tree.close();
    this.#meter.close();
    this.#collectors.close();
    this.#cores.close();
    this.#uptime.close();
    this.#cgroupMounts.close();
  }

  /** Closes the files that the sampler holds open. */
  [Symbol.dispose](): void {
    this.close();
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new Error("Cannot sample: the sampler is closed");
  }

  /**
   * Takes a sample that is not printed, so that the percentages and rates of the first one that is
   * have a window. It has no number and counts for nothing; what has happened to processes stands
   * in the next sample.
   *
   * @returns When it was taken.
   * @throws {Error} If the sampler is closed.
   *
   * @internal
   */
  sampleSilently(): Pick<Sample, "epochMs" | "times"> {
    this.#finishUnderWay();
    return this.#keepSilent(lastOf(this.#sampleInSteps(0, true)));
  }

  /**
   * The same in turns, as `samples()` takes a sample; null if it was dropped.
   *
   * @throws {Error} If the sampler is closed.
   *
   * @internal
   */
  async sampleSilentlyInTurns(
    internal: InternalSamplesOptions = {},
  ): Promise<Pick<Sample, "epochMs" | "times"> | null> {
    this.#finishUnderWay();
    const steps = this.#sampleInSteps(0, true);
    const sample = await this.#inTurns(steps, internal.dropped);
    return sample === null ? null : this.#keepSilent(sample);
  }

  #keepSilent(
    { epochMs, times, events }: Sample,
  ): Pick<Sample, "epochMs" | "times"> {
    this.#silentEvents = events;
    this.#ownUsage.start();
    return { epochMs, times };
  }

  /**
   * Takes a sample, and lets the program do something else now and then. Null if it was dropped:
   * what it has read so far belongs to no sample, so none can follow.
   */
  async #inTurns(
    steps: Generator<void, Sample>,
    dropped: AbortSignal | undefined,
  ): Promise<Sample | null> {
    const underWay: SampleUnderWay = { steps, sample: null };
    let turnMs = this.#clock.monotonicMs();
    for (;;) {
      const { done = false, value } = steps.next();
      if (done) return value ?? null;
      if (this.#clock.monotonicMs() - turnMs < TURN_MS) continue;
      this.#underWay = underWay;
      await nextTurn();
      if (underWay.sample !== null) return underWay.sample;
      this.#underWay = null;
      if (dropped?.aborted === true) {
        this.close();
        return null;
      }
      this.#refuseClosed();
      turnMs = this.#clock.monotonicMs();
    }
  }

  /** Finishes the sample that `samples()` is taking: another one is asked for. */
  #finishUnderWay(): void {
    const underWay = this.#underWay;
    if (underWay === null || this.#isClosed) return;
    this.#underWay = null;
    underWay.sample = lastOf(underWay.steps);
  }

  /**
   * What one sample does, in its order. Between two steps the program may do something else: there
   * are none before the processes have been found and counted.
   */
  *#sampleInSteps(
    missed: number,
    isSilent = false,
  ): Generator<void, Sample> {
    this.#refuseClosed();
    const sweepMs = this.#clock.monotonicMs("sweep");
    const epochMs = Math.floor(this.#clock.epochMs());
    if (!isSilent) this.#seq += missed + 1;
    this.#cgroupMounts.refresh();

    const sweep = this.#sweep();
    const context = this.#readContext(sweepMs);
    if (context.uptime.value !== null) {
      // The uptime was read after the sweep, which may have taken long.
      const readMs = epochMs + context.processesMs - sweepMs;
      this.#bootEpochMs ??= readMs - context.uptime.value * 1000;
    }
    this.#collectors.begin(sweep, {
      bootEpochMs: this.#bootEpochMs,
      uptime: context.uptime,
      runSeconds: context.runSeconds,
      onlineCpus: this.#cores.online,
      maxCores: context.maxCores,
      rootEnded: this.rootEnded,
    }, isSilent);
    yield;
    const { metered, leftOut } = yield* this.#measure(sweep, context);
    const cpu = {
      now: this.#cpuTotal(),
      before: this.#previousCpu ?? NO_TICKS,
      isByGroup: this.#isByGroup,
    };
    const totals = treeTotals(
      metered,
      context,
      cpu,
      this.#cores.ofRoot(this.rootEnded),
    );
    const collected = this.#collectors.total(sweep, context.processesMs);
    yield;

    const hostMs = this.#clock.monotonicMs("host");
    const rest = yield* this.#collectors.finish(hostMs);
    const unusable = metered.filter(({ isAbsurd, stat }) =>
      isAbsurd || rest.absurd.has(stat.pid)
    );
    const hasMemory = metered.some(({ rssBytes }) => rssBytes !== null);
    this.#heaviest?.add(metered, sweep, this.#ownReaped !== null);
    const processes: ProcessSample[] = [];
    // What was measured of a process is let go once its line is made: of many it is much.
    metered.reverse();
    for (let one = metered.pop(); one !== undefined; one = metered.pop()) {
      const late = rest.ofProcesses.get(one.stat.pid) ?? null;
      processes.push(this.#meter.toSample(one, context, late));
      if (processes.length % STEP_PROCESSES === 0) yield;
    }
    this.#remember(context, totals.fields, cpu.now, collected);
    if (!isSilent) {
      this.#tally.add(epochMs, totals.fields, hasMemory, missed);
    }
    const cost = this.#ownCost(context);
    const events = [...this.#silentEvents, ...rest.events];
    this.#silentEvents = [];
    return {
      epochMs,
      bootEpochMs: this.#bootEpochMs,
      times: { sweepMs, processesMs: context.processesMs, hostMs },
      events,
      ...rest.extras,
      processes,
      tree: {
        rootPid: this.pid,
        seq: this.#seq,
        ...totals.fields,
        ...collected.fields,
        ...rest.ofTree.fields,
        ...leftOut,
        malformed: leftOut.malformed + unusable.length,
        intervalSeconds: context.intervalSeconds,
        missedSamples: missed,
        consistent: sweep.consistent && collected.consistent,
        ...cost.fields,
        unreadable: joinReasons(
          totals.reasons,
          collected.reasons,
          rest.ofTree.reasons,
          cost.reasons,
        ),
      },
    };
  }

  /** Finds which processes there are, and books what they have used. */
  #sweep(): Sweep {
    const sweep = this.#tree.sweep();
    this.#warnAbout(sweep);
    const changed = this.#meter.contributions(
      sweep.living,
      (process) => this.#joinsLate(process),
    );
    const { user, kernel } = this.#ownReaped?.ticks() ?? NO_TICKS;
    this.#cpuSums.apply({
      changed,
      ended: sweep.ended,
      departed: sweep.departed,
      reapedByUs: [user, kernel],
    });
    for (const process of sweep.ended) this.#meter.forget(process);
    for (const process of sweep.departed) this.#meter.forget(process);
    this.#isByGroup = this.#groupCpu?.advance({
      sums: this.#processCpu(),
      lines: this.#meter.ownTicks(),
      isGone: this.rootEnded,
    }) ?? false;
    return sweep;
  }

  /** What the tree grows from. */
  #root(pid: number | null): Root {
    if (pid !== null) return { pid };
    const { cgroup } = this;
    if (cgroup === null) return { all: true };
    return {
      cgroup,
      path: this.#cgroupMounts.pathOf(cgroup),
      hierarchies: this.#cgroupMounts.hierarchiesAt(cgroup),
    };
  }

  /** Says once what of the cgroup can never be seen, and that there is nothing to see yet. */
  #warnAbout({ hidden, unnamed, living, leftOut }: Sweep): void {
    if (this.cgroup === null) return;
    const cgroup = quoteName(this.cgroup);
    const isEmpty = living.length + hidden + unnamed + leftOut.gone +
        leftOut.denied + leftOut.malformed === 0;
    if (isEmpty && !this.rootEnded && this.#previousMs === null) {
      this.#warnOnce(
        `The cgroup ${cgroup} has no processes: there will be figures once some are started in it or moved there`,
      );
    }
    if (hidden > 0) {
      this.#warnOnce(
        `Processes in ${cgroup} have no id in the pid namespace of this program: they are counted as denied`,
      );
    }
    if (unnamed > 0) {
      this.#warnOnce(
        `A cgroup below ${cgroup} has a name that is not UTF-8 and cannot be opened: it is counted as malformed`,
      );
    }
  }

  #warnOnce(sentence: string): void {
    if (this.#warned.has(sentence)) return;
    this.#warned.add(sentence);
    this.#onWarning(sentence);
  }

  /**
   * Whether a new member is one that was moved into the cgroup, and lived before the previous
   * sample: what it used before is not the cgroup's.
   */
  #joinsLate(process: TreeProcess): boolean {
    return this.cgroup !== null && this.#previousUptime !== null &&
      Number(process.startTicks) / this.host.ticksPerSecond <
        this.#previousUptime;
  }

  /** Reads what is the same for all processes of the sample. */
  #readContext(sweepMs: number): SampleContext {
    const cores = this.#cores.read(this.#previousMs === null, this.rootEnded);
    const { maxCores } = cores;
    const uptime = this.#uptime.read();
    const previousMs = this.#previousMs;
    const intervalSeconds = previousMs === null
      ? null
      : (sweepMs - previousMs) / 1000;
    const processesMs = this.#clock.monotonicMs("processes");
    const { ticksPerSecond } = this.host;
    return {
      seq: this.#seq,
      sweepMs,
      previousMs,
      processesMs,
      runSeconds: (processesMs - this.startMs) / 1000 +
        AGE_ERROR_TICKS / ticksPerSecond,
      uptime,
      intervalSeconds,
      idle: {
        value: {
          used: NO_TICKS,
          windowSeconds: intervalSeconds ?? 0,
          maxCores,
        },
        reason: null,
      },
      ticksPerSecond,
      ...cores,
    };
  }

  *#measure(
    sweep: Sweep,
    context: SampleContext,
  ): Generator<void, Measurement> {
    const metered: MeteredProcess[] = [];
    let { gone } = sweep.leftOut;
    const { readable } = sweep;
    for (let at = 0; at < readable.length; at += STEP_PROCESSES) {
      if (at > 0) yield;
      readable.slice(at, at + STEP_PROCESSES).forEach((process) => {
        const measured = this.#meter.measure(process, context);
        if (measured === null) {
          gone++;
          this.#collectors.endedBeforeVisit(process);
          return;
        }
        metered.push(measured);
      });
    }
    return { metered, leftOut: { ...sweep.leftOut, gone } };
  }

  #cpuTotal(): CpuTicks {
    return this.#groupCpu?.total ?? this.#processCpu();
  }

  #processCpu(): CpuTicks {
    const [user = 0, kernel = 0] = this.#cpuSums.total;
    return { user: Number(user), kernel: Number(kernel) };
  }

  #remember(
    { sweepMs, processesMs, uptime }: SampleContext,
    { rssBytes }: Pick<TreeSample, "rssBytes">,
    cpu: CpuTicks,
    collected: Readout<CollectedTotals>,
  ): void {
    this.#previousCpu = cpu;
    this.#cpuAtStart ??= cpu;
    this.#collected = collected;
    this.#collectedAtStart ??= collected;
    this.#previousMs = sweepMs;
    this.#previousUptime = uptime.value === null
      ? null
      : uptime.value - (processesMs - sweepMs) / 1000 -
        AGE_ERROR_TICKS / this.host.ticksPerSecond;
    this.#rssBytes = rssBytes;
  }

  /** What the sample has cost, and this program since the previous one. */
  #ownCost(
    { sweepMs, previousMs, maxCores }: SampleContext,
  ): Readout<OwnCost> {
    const cpu = previousMs === null
      ? NO_RATE
      : this.#ownUsage.percentage(maxCores);
    return {
      fields: {
        sampleSeconds: (this.#clock.monotonicMs() - sweepMs) / 1000,
        samplerCpuPercentage: cpu.value,
        samplerRssBytes: this.#ownUsage.rssBytes,
      },
      reasons: reasonFor("samplerCpuPercentage", cpu.reason),
    };
  }
}

/** Takes all steps at once. */
function lastOf(steps: Generator<void, Sample>): Sample {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Resolves once the program has done what was waiting to be done. */
async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve));
}
