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
import { factorOf, roundBy } from "./_json.ts";
import { RunTime } from "./_run_time.ts";
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
/** Percentages have as many decimals as on lines. */
const PERCENT_FACTOR = factorOf("percent");
/** What the names of the counters of CPU begin with. */
const CPU = "CPU";
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
  /** When that was. */
  seenTs: number;
  peakRssBytes: number | null;
}

/** What has a counter of CPU and one of memory, beside the tree. */
type Part = Pick<
  GroupSample,
  "numProcesses" | "userCpuPercentage" | "kernelCpuPercentage" | "rssBytes"
>;

/** What `--top` leaves out. No name of a group is so long, but for paths. */
const REST = "all that --top leaves out";
/** The processes of all names beyond those that have a group. */
const OTHER = "all names beyond the first hundred";

/**
 * Encodes a run as trace events. Times are microseconds since the run's start; what started before
 * it starts there.
 *
 * A process is a slice in a lane that is free at its start: it ends with the sample that saw its
 * end, and a program that it goes on with is a slice within it, from the sample that saw it. The
 * CPU of an interval is drawn over that interval.
 */
class TraceEncoder implements Encoder {
  readonly #labels: Readonly<Record<string, string>>;
  #run: Run | null = null;
  #time: RunTime | null = null;
  /** When the last sample was taken. */
  #last = 0;
  /** By process id. */
  readonly #open = new Map<number, OpenSlice>();
  /** When each lane is free. */
  readonly #lanes: number[] = [];
  /** The groups that the last sample had processes of, and the rest, by their counters' names. */
  #parts: ReadonlySet<string> = new Set();
  /** The counters that have a value. */
  readonly #drawn = new Set<string>();

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
    const ts = this.#timeOf(sample.epochMs, tree.intervalSeconds);
    this.#last = ts;
    for (const event of events) yield* this.#event(event, ts);
    for (const process of processes) this.#see(process, ts);
    if (tree.missedSamples > 0) {
      const name = `${showCount(tree.missedSamples, "sample")} missed`;
      yield line(instant(name, ts));
    }
    if (!tree.consistent) yield line(instant("sample is not consistent", ts));
    yield* this.#counters(sample, before, ts);
  }

  /** The slices of the processes that are left, and the end of the array. */
  *end(end: RunEnd): Generator<string, void> {
    const how = describeEnd(this.#begun, end);
    yield* this.#close(`end: ${how}`, this.#timeOf(end.epochMs, null));
  }

  /** The same with the last sample. */
  *close(): Generator<string, void> {
    yield* this.#close("end: not known", this.#last);
  }

  *#close(name: string, endTs: number): Generator<string, void> {
    const ts = this.#last;
    for (const slice of this.#open.values()) {
      // What a sample before the last saw is not how it ended.
      yield* slices(slice, ts, slice.seenTs === ts ? slice.seen : null);
    }
    this.#open.clear();
    for (const name of this.#drawn) {
      if (name.startsWith(CPU)) {
        yield line(counter(name, ts, { user: 0, kernel: 0 }));
      }
    }
    yield `${JSON.stringify(whole(instant(name, endTs)))}\n`;
    yield "]\n";
  }

  #timeOf(epochMs: number, intervalSeconds: number | null): number {
    this.#time ??= new RunTime(this.#begun);
    return Math.round(1000 * this.#time.next(epochMs, intervalSeconds));
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
        yield* slices(
          { ...slice, peakRssBytes: event.peakRssBytes ?? slice.peakRssBytes },
          now,
          event,
        );
        break;
      case "reparented":
        break;
    }
  }

  #see(process: ProcessSample, ts: number): void {
    const slice = this.#open.get(process.pid);
    if (slice === undefined) return;
    slice.seen = process;
    slice.seenTs = ts;
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
      seenTs: -1,
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
    { tree, groups, rest }: Sample,
    before: number,
    ts: number,
  ): Generator<string, void> {
    yield* this.#cpu(`${CPU}, % of one core`, tree, before);
    yield* this.#memory("resident memory, bytes", tree, ts);
    const { numProcesses, numThreads } = tree;
    yield line(counter("processes", ts, { processes: numProcesses }));
    yield line(counter("threads", ts, { threads: numThreads }));
    const parts = new Map<string, Part>(
      groups?.map((group) => [group.group ?? OTHER, group]),
    );
    if (rest !== undefined) parts.set(REST, rest);
    // One that is printed no more would stay as it was.
    for (const name of this.#parts) {
      if (!parts.has(name)) parts.set(name, NOTHING);
    }
    const present = new Set<string>();
    for (const [name, part] of parts) {
      const isPresent = part.numProcesses > 0;
      if (!isPresent && !this.#parts.has(name)) continue;
      if (isPresent) present.add(name);
      yield* this.#cpu(`${CPU} of ${name}`, part, before);
      yield* this.#memory(`memory of ${name}`, part, ts);
    }
    this.#parts = present;
  }

  *#cpu(
    name: string,
    { userCpuPercentage: user, kernelCpuPercentage: kernel }: Omit<
      Part,
      "numProcesses" | "rssBytes"
    >,
    ts: number,
  ): Generator<string, void> {
    yield* user === null || kernel === null
      ? this.#unknown(name, ts)
      : this.#known(name, ts, {
        user: roundBy(user, PERCENT_FACTOR),
        kernel: roundBy(kernel, PERCENT_FACTOR),
      });
  }

  *#memory(
    name: string,
    { rssBytes: rss }: Pick<Part, "rssBytes">,
    ts: number,
  ): Generator<string, void> {
    yield* rss === null
      ? this.#unknown(name, ts)
      : this.#known(name, ts, { rss });
  }

  *#known(
    name: string,
    ts: number,
    values: Readonly<Record<string, number>>,
  ): Generator<string, void> {
    this.#drawn.add(name);
    yield line(counter(name, ts, values));
  }

  /** A counter goes on as it was: a mark says that it does not hold. */
  *#unknown(name: string, ts: number): Generator<string, void> {
    if (this.#drawn.has(name)) yield line(instant(`not known: ${name}`, ts));
  }
}

/** What is there no more. */
const NOTHING: Part = {
  numProcesses: 0,
  userCpuPercentage: 0,
  kernelCpuPercentage: 0,
  rssBytes: 0,
};

/** The slice of a process, and within it one for each program that it went on with. */
function* slices(
  { start, ts, tid, execs, peakRssBytes }: OpenSlice,
  end: number,
  last: ExitEvent | ProcessSample | null,
): Generator<string, void> {
  const exit = last !== null && "kind" in last ? last : null;
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
      user_cpu_seconds: last?.userCpuSecondsTotal ?? null,
      kernel_cpu_seconds: last?.kernelCpuSecondsTotal ?? null,
      peak_rss_bytes: peakRssBytes,
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
