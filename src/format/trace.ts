/**
 * The format `trace`: an array of trace events, as Perfetto, speedscope and the tracing page of a
 * browser read it. See the "Trace Event Format" of Chromium.
 *
 * @module
 */

import type { ExitEvent, ProcessEvent, StartEvent } from "../model/events.ts";
import type { GroupSample } from "../model/group.ts";
import type { ProcessSample } from "../model/process.ts";
import { larger } from "../model/rate.ts";
import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { showCount } from "./_amounts.ts";
import { describeEnd, describeRoot } from "./_run_words.ts";
import type { Encoder, EncoderOptions, Format } from "./format.ts";

/** The format `trace`: when processes start and end is told by events. */
export const format: Format = {
  reserved: new Set(),
  needs: () => ["events"],
  create: (options) => new TraceEncoder(options),
};

/** All events are of one process of the trace, the tree: its processes are slices in lanes. */
const TREE = 1;
/** The thread of what is about the whole tree; lanes follow. */
const WHOLE = 0;

/** One event: `ph` is its phase, which says what it is; `ts` and `dur` are microseconds. */
interface TraceEvent {
  readonly ph: "M" | "X" | "C" | "i";
  readonly name: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly tid?: number;
  readonly s?: "p";
  readonly args: Readonly<Record<string, unknown>>;
}

/** A process that has not ended. */
interface OpenSlice {
  readonly start: StartEvent;
  /** When it started, or the run did. */
  readonly ts: number;
  readonly tid: number;
  /** The programs that it has run since, and from when. */
  readonly execs: { readonly name: string; readonly ts: number }[];
  /** As it was last seen; null: in no sample. */
  seen: ProcessSample | null;
  peakRssBytes: number | null;
}

/**
 * Encodes a run as trace events. Times are microseconds since the run's start; what started before
 * it starts there.
 *
 * A process is a slice in a lane that is free at its start: it ends with the sample that saw its
 * end, and a program that it goes on with is a slice within it, from the sample that saw it. The CPU
 * of an interval is drawn over that interval.
 */
class TraceEncoder implements Encoder {
  readonly #labels: Readonly<Record<string, string>>;
  #run: Run | null = null;
  /** When the last sample was taken. */
  #last = 0;
  /** By process id. */
  readonly #open = new Map<number, OpenSlice>();
  /** When each lane is free. */
  readonly #lanes: number[] = [];
  /** The groups that the last sample had processes of. */
  #groups: ReadonlySet<string> = new Set();

  /** Encodes with the labels in the name of the tree. */
  constructor({ labels = {} }: EncoderOptions = {}) {
    this.#labels = labels;
  }

  /** Opens the array, and names the tree. */
  *begin(run: Run): Generator<string, void> {
    this.#run = run;
    const { hostname, runId, version } = run;
    const labels = Object.entries(this.#labels)
      .map(([name, value]) => `${name}=${value}`);
    yield "[\n";
    yield line({
      ph: "M",
      name: "process_name",
      args: { name: describeRoot(run) },
    });
    yield line({
      ph: "M",
      name: "process_labels",
      args: {
        labels: [
          ...hostname === null ? [] : [hostname],
          new Date(run.epochMs).toISOString(),
          ...labels,
        ].join(", "),
        run_id: runId,
        version,
      },
    });
    yield line({
      ph: "M",
      name: "thread_name",
      tid: WHOLE,
      args: { name: "all processes" },
    });
  }

  /** The slices of processes that have ended, the counters, and whether samples were missed. */
  *lines(sample: Sample): Generator<string, void> {
    const { events, processes, tree } = sample;
    const before = this.#last;
    const ts = this.#timeOf(sample.epochMs);
    this.#last = ts;
    for (const event of events) yield* this.#event(event, ts);
    for (const process of processes) this.#see(process);
    if (tree.missedSamples > 0) {
      const name = `${showCount(tree.missedSamples, "sample")} missed`;
      yield line(instant(name, ts));
    }
    if (!tree.consistent) yield line(instant("sample is not consistent", ts));
    yield* this.#counters(sample, before, ts);
  }

  /** The slices of the processes that are left, and the end of the array. */
  *end(end: RunEnd): Generator<string, void> {
    const how = this.#run === null ? "" : `: ${describeEnd(this.#run, end)}`;
    yield* this.#close(`end${how}`, this.#timeOf(end.epochMs));
  }

  /** The same with the last sample. */
  *close(): Generator<string, void> {
    yield* this.#close("end: not known", this.#last);
  }

  *#close(name: string, endTs: number): Generator<string, void> {
    const ts = this.#last;
    for (const slice of this.#open.values()) {
      yield* slices(slice, ts, null);
    }
    this.#open.clear();
    for (const cpu of ["CPU, % of one core", ...this.#cpuOfGroups()]) {
      yield line(counter(cpu, ts, { user: 0, kernel: 0 }));
    }
    yield `${JSON.stringify(whole(instant(name, endTs)))}\n`;
    yield "]\n";
  }

  #timeOf(epochMs: number): number {
    const { epochMs: start } = this.#begun;
    return Math.max(0, Math.round(1000 * (epochMs - start)), this.#last);
  }

  get #begun(): Run {
    if (this.#run === null) {
      throw new Error("Cannot encode a sample: begin() was not called");
    }
    return this.#run;
  }

  *#event(event: ProcessEvent, now: number): Generator<string, void> {
    const slice = this.#open.get(event.pid);
    switch (event.kind) {
      case "start":
        yield* this.#start(event, now);
        break;
      case "exec":
        slice?.execs.push({ name: event.comm, ts: now });
        break;
      case "exit":
        if (slice === undefined) break;
        this.#open.delete(event.pid);
        this.#lanes[slice.tid - 1] = now;
        yield* slices(slice, now, event);
        break;
      case "reparented":
        break;
    }
  }

  #see(process: ProcessSample): void {
    const slice = this.#open.get(process.pid);
    if (slice === undefined) return;
    slice.seen = process;
    slice.peakRssBytes = larger(slice.peakRssBytes, process.rssBytes);
  }

  /** Takes a lane that is free. */
  *#start(start: StartEvent, now: number): Generator<string, void> {
    const startedMs = start.startedAt === null
      ? NaN
      : Date.parse(start.startedAt) - this.#begun.epochMs;
    const ts = Number.isNaN(startedMs)
      ? now
      : Math.min(Math.max(0, Math.round(1000 * startedMs)), now);
    const free = this.#lanes.findIndex((end) => end <= ts);
    const lane = free < 0 ? this.#lanes.length : free;
    const tid = lane + 1;
    this.#lanes[lane] = Infinity;
    this.#open.set(start.pid, {
      start,
      ts,
      tid,
      execs: [],
      seen: null,
      peakRssBytes: null,
    });
    if (free >= 0) return;
    yield line({
      ph: "M",
      name: "thread_name",
      tid,
      args: { name: `lane ${tid}` },
    });
    yield line({
      ph: "M",
      name: "thread_sort_index",
      tid,
      args: { sort_index: tid },
    });
  }

  *#counters(
    { tree, groups }: Sample,
    before: number,
    ts: number,
  ): Generator<string, void> {
    const { userCpuPercentage: user, kernelCpuPercentage: kernel } = tree;
    if (user !== null && kernel !== null) {
      yield line(counter("CPU, % of one core", before, { user, kernel }));
    }
    if (tree.rssBytes !== null) {
      yield line(counter("resident memory, bytes", ts, { rss: tree.rssBytes }));
    }
    const { numProcesses, numThreads } = tree;
    yield line(counter("processes", ts, { processes: numProcesses }));
    yield line(counter("threads", ts, { threads: numThreads }));
    if (groups !== undefined) yield* this.#groupCounters(groups, before, ts);
  }

  *#groupCounters(
    groups: readonly GroupSample[],
    before: number,
    ts: number,
  ): Generator<string, void> {
    const present = new Set<string>();
    for (const group of groups) {
      const name = nameOf(group);
      if (group.numProcesses === 0 && !this.#groups.has(name)) continue;
      if (group.numProcesses > 0) present.add(name);
      const { userCpuPercentage: user, kernelCpuPercentage: kernel } = group;
      if (user !== null && kernel !== null) {
        yield line(counter(cpuOf(name), before, { user, kernel }));
      }
      if (group.rssBytes !== null) {
        yield line(
          counter(`memory of ${name}`, ts, { rss: group.rssBytes }),
        );
      }
    }
    this.#groups = present;
  }

  #cpuOfGroups(): string[] {
    return [...this.#groups].map(cpuOf);
  }
}

function cpuOf(group: string): string {
  return `CPU of ${group}`;
}

function nameOf({ groupBy, group, other }: GroupSample): string {
  if (other) return "all others";
  return group === null ? `no ${groupBy}` : String(group);
}

/** The slice of a process, and within it one for each program that it went on with. */
function* slices(
  { start, ts, tid, execs, seen, peakRssBytes }: OpenSlice,
  end: number,
  exit: ExitEvent | null,
): Generator<string, void> {
  const last = exit ?? seen;
  const { pid, ppid, exe, cmdline, uid, startedAt } = start;
  yield line({
    ph: "X",
    name: start.comm,
    ts,
    dur: end - ts,
    tid,
    args: {
      pid,
      ppid,
      exe,
      cmdline,
      uid,
      started_at: startedAt,
      user_cpu_seconds: last?.userCpuSecondsTotal,
      kernel_cpu_seconds: last?.kernelCpuSecondsTotal,
      peak_rss_bytes: exit?.peakRssBytes ?? peakRssBytes,
      still_runs: exit === null,
    },
  });
  for (const [i, exec] of execs.entries()) {
    const until = execs[i + 1]?.ts ?? end;
    yield line({
      ph: "X",
      name: exec.name,
      ts: exec.ts,
      dur: until - exec.ts,
      tid,
      // Read once more at each exec; what stands between two of them is not kept.
      args: i < execs.length - 1 ? { pid } : { pid, cmdline: exit?.cmdline },
    });
  }
}

function counter(
  name: string,
  ts: number,
  args: Readonly<Record<string, number>>,
): TraceEvent {
  return { ph: "C", name, ts, args };
}

function instant(name: string, ts: number): TraceEvent {
  return { ph: "i", name, ts, tid: WHOLE, s: "p", args: {} };
}

function whole({ ph, name, ts = 0, dur, tid = WHOLE, s, args }: TraceEvent) {
  return { ph, name, pid: TREE, tid, ts, dur, s, args };
}

/** An event on a line of its own; others follow. */
function line(event: TraceEvent): string {
  return `${JSON.stringify(whole(event))},\n`;
}
