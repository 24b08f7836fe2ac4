/**
 * The format `otlp`: metrics as lines of OTLP in JSON, as the file exporter of the OpenTelemetry
 * Collector writes them and its `otlpjsonfile` receiver reads them.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { ThreadSample } from "../model/collected_fields.ts";
import type { LineKind } from "../model/field.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { startEpochMs } from "../model/start_date.ts";
import { utf8Bytes } from "../text.ts";
import {
  encodeAttributes,
  encodeTime,
  LINE_BYTES,
  packLines,
  type Part,
  SCHEMA,
  SCOPE,
} from "./_otlp_json.ts";
import { Catalog, type Metric, type Values } from "./_otlp_metrics.ts";
import { Series } from "./_otlp_series.ts";
import {
  type DescribedProcess,
  hasSameAttributes,
  originOf,
  processAttributes,
  RESERVED,
  runResource,
  whyNoLabels,
} from "./_otlp_resource.ts";
import { RisingTime } from "./_rising_time.ts";
import type { Encoder, EncoderOptions, Format } from "./format.ts";

/** The format `otlp`. */
export const format: Format = {
  reserved: RESERVED,
  refuseLabels: whyNoLabels,
  needs: () => [],
  create: (options) => new OtlpEncoder(options),
};

const OPEN = '{"resourceMetrics":[';
const CLOSE = "]}";

/** What stands behind the metrics of a resource. */
const RESOURCE_END = `],${SCHEMA}}],${SCHEMA}}`;

/** A resource that has more than a line holds is continued on the next. */
const RESOURCE_BYTES = LINE_BYTES - OPEN.length - CLOSE.length - 1;

/** A process that had points in the sample before. */
interface Printed {
  /** As its resource was made of. */
  process: DescribedProcess;
  /** What stands before its metrics. */
  head: Part;
  readonly createdMs: number | null;
  readonly series: Series;
  /** Its threads, by their ids. */
  readonly threads: Map<number, PrintedThread>;
  /** The number of the sample that it was last seen in. */
  turn: number;
}

/** A thread that had points in the sample before. */
interface PrintedThread {
  readonly startTicks: Integer;
  readonly comm: string;
  readonly series: Series;
  /** The number of the sample that it was last seen in. */
  turn: number;
}

/** What stands on the lines of one thing in a sample; null: it is there no more. */
interface SeriesValues {
  readonly series: Series;
  readonly values: Values | null;
}

/** A kind of line with a few things of its kind: their points stand in the run's resource. */
type RunKind = "group" | "rest" | "cgroup" | "host" | "tree";

/** One of those things in a sample. */
interface Thing extends SeriesValues {
  readonly kind: RunKind;
}

/** One of those things, over the samples of a run. */
interface Known {
  readonly kind: RunKind;
  readonly series: Series;
  turn: number;
}

/**
 * Encodes samples as `MetricsData`: a resource for each process with its threads, and one for the
 * run, which has the tree, groups, the rest, cgroups and the host.
 *
 * No two points of one series have the same time: times rise also if the wall clock steps back. A
 * value that is not known has no point. Where a process ends, or is printed no more, each of its
 * series gets one point without a value.
 */
class OtlpEncoder implements Encoder {
  readonly #labels: Readonly<Record<string, string>>;
  #run: Run | null = null;
  /** The attributes of every resource, as the items of a list. */
  #origin = "";
  /** What stands before the metrics of the run's resource. */
  #runHead: Part = { text: "", bytes: 0 };
  #time = new RisingTime();
  /** When the sums of what was there at the start count from; null before the first sample. */
  #firstMs: number | null = null;
  #previousMs: number | null = null;
  #turn = 0;
  #catalogs = new Map<LineKind, Catalog>();
  #processes = new Map<number, Printed>();
  /** By kind and name. */
  #known = new Map<string, Known>();

  /** Encodes with the labels on every resource. */
  constructor(options: EncoderOptions = {}) {
    this.#labels = options.labels ?? {};
  }

  /** No line: takes what every resource says of the run. */
  begin(run: Run): Iterable<string> {
    const origin = originOf(run, this.#labels);
    this.#run = run;
    this.#origin = encodeAttributes(origin);
    this.#runHead = resourceHead(encodeAttributes(runResource(run, origin)));
    this.#time = new RisingTime();
    this.#firstMs = null;
    this.#previousMs = null;
    this.#turn = 0;
    this.#catalogs = new Map();
    this.#processes = new Map();
    this.#known = new Map();
    return [];
  }

  /** As many lines as the resources of the sample need. */
  *lines(sample: Sample): Generator<string, void> {
    const run = this.#run;
    if (run === null) {
      throw new Error("Cannot encode a sample: begin() was not called");
    }
    const timeMs = this.#time.next(sample.epochMs);
    // What a command and its children have counted, they have counted since the run's start.
    this.#firstMs ??= run.command === null
      ? timeMs
      : Math.min(Math.trunc(run.epochMs), timeMs);
    this.#turn++;
    yield* packLines(OPEN, this.#resources(run, sample, timeMs), CLOSE);
    this.#previousMs = timeMs;
  }

  /** The points without a value, of all that was in the last sample. */
  *end({ epochMs }: RunEnd): Generator<string, void> {
    if (this.#firstMs === null) return;
    const timeMs = this.#time.next(epochMs);
    this.#turn++;
    yield* packLines(OPEN, this.#endedResources(timeMs), CLOSE);
    this.#processes.clear();
  }

  *#resources(
    run: Run,
    sample: Sample,
    timeMs: number,
  ): Generator<Part, void> {
    const time = pointTime(timeMs);
    const { bootEpochMs, tree: { numCores } } = sample;
    const catalog = this.#catalogOf("process");
    const threads = Map.groupBy(sample.threads ?? [], ({ pid }) => pid);
    for (const process of sample.processes) {
      const before = this.#processes.get(process.pid);
      const isKnown = before?.process.startTicks === process.startTicks;
      // Another process has its id now.
      if (before !== undefined && !isKnown) {
        yield* this.#endedProcess(before, time);
      }
      const printed = isKnown ? before : this.#startProcess(
        process,
        startDateOf(process, bootEpochMs, run.ticksPerSecond),
        timeMs,
      );
      if (printed.turn === this.#turn) continue;
      printed.turn = this.#turn;
      if (!hasSameAttributes(printed.process, process)) {
        printed.process = process;
        printed.head = this.#headOf(process, printed.createdMs);
      }
      yield* resourceOf(
        printed.head,
        metricsOf(printed.series, {
          catalog,
          values: catalog.read(process, numCores),
          time,
        }),
      );
      const own = threads.get(process.pid) ?? [];
      const things = own.flatMap((thread) =>
        this.#thread(printed, thread, sample, timeMs)
      );
      yield* this.#threadResources(printed, things, time);
    }
    yield* this.#endedProcesses(time);
    const things = [...this.#things(sample, timeMs)];
    yield* this.#runResources([...things, ...this.#endedThings()], time);
  }

  *#endedResources(timeMs: number): Generator<Part, void> {
    const time = pointTime(timeMs);
    yield* this.#endedProcesses(time);
    yield* this.#runResources([...this.#endedThings()], time);
  }

  #startProcess(
    process: ProcessSample,
    createdMs: number | null,
    timeMs: number,
  ): Printed {
    const startMs = Math.min(createdMs ?? timeMs, timeMs);
    const printed: Printed = {
      process,
      head: this.#headOf(process, createdMs),
      createdMs,
      series: this.#startSeries("", startMs, timeMs),
      threads: new Map(),
      turn: 0,
    };
    this.#processes.set(process.pid, printed);
    return printed;
  }

  /** The series of a process or thread. */
  #startSeries(attributes: string, startMs: number, timeMs: number): Series {
    // One that has started since the sample before is printed from its start on.
    const isNew = this.#previousMs !== null && startMs >= this.#previousMs;
    return new Series(attributes, {
      startMs,
      fallingStartMs: isNew ? startMs : timeMs,
    });
  }

  #headOf(process: DescribedProcess, createdMs: number | null): Part {
    const attributes = processAttributes(process, createdMs);
    const own = Object.fromEntries(
      Object.entries(attributes).filter(([key]) =>
        !Object.hasOwn(this.#labels, key)
      ),
    );
    return resourceHead(`${encodeAttributes(own)},${this.#origin}`);
  }

  *#endedProcesses(time: string): Generator<Part, void> {
    for (const [pid, printed] of this.#processes) {
      if (printed.turn === this.#turn) continue;
      this.#processes.delete(pid);
      yield* this.#endedProcess(printed, time);
    }
  }

  *#endedProcess(printed: Printed, time: string): Generator<Part, void> {
    const { head, series } = printed;
    const catalog = this.#catalogOf("process");
    yield* resourceOf(head, metricsOf(series, { catalog, values: null, time }));
    yield* this.#endedThreads(printed, time);
  }

  /**
   * A thread of the sample; before it, one whose id or name it has. One that has another name now
   * is another series: what it had used before is not known to be of any time.
   */
  #thread(
    { threads }: Printed,
    thread: ThreadSample,
    { bootEpochMs }: Sample,
    timeMs: number,
  ): SeriesValues[] {
    const { tid, comm, startTicks } = thread;
    const values = this.#catalogOf("thread").read(thread, null);
    const before = threads.get(tid);
    const isSame = before?.startTicks === startTicks;
    if (before !== undefined && isSame && before.comm === comm) {
      before.turn = this.#turn;
      return [{ series: before.series, values }];
    }
    const ticksPerSecond = this.#run?.ticksPerSecond ?? 1;
    const createdMs = startDateOf(thread, bootEpochMs, ticksPerSecond);
    const startMs = isSame ? timeMs : Math.min(createdMs ?? timeMs, timeMs);
    const series = this.#startSeries(
      encodeAttributes({ "thread.id": tid, "thread.name": comm }),
      startMs,
      timeMs,
    );
    threads.set(tid, { startTicks, comm, series, turn: this.#turn });
    const now = { series, values };
    return before === undefined
      ? [now]
      : [{ series: before.series, values: null }, now];
  }

  /** The points of the threads of a process, and the markers of those that have ended. */
  *#threadResources(
    { head, threads }: Printed,
    things: SeriesValues[],
    time: string,
  ): Generator<Part, void> {
    for (const [tid, { series, turn }] of threads) {
      if (turn === this.#turn) continue;
      threads.delete(tid);
      things.push({ series, values: null });
    }
    if (things.length === 0) return;
    const filler = new ResourceFiller(head);
    for (const metric of this.#catalogOf("thread").metrics) {
      yield* pointsOf(filler, metric, things, time);
    }
    yield* filler.end();
  }

  #endedThreads(printed: Printed, time: string): Generator<Part, void> {
    for (const thread of printed.threads.values()) thread.turn = 0;
    return this.#threadResources(printed, [], time);
  }

  /** What has points in the run's resource, in the order of the lines of `records`. */
  *#things(sample: Sample, timeMs: number): Generator<Thing, void> {
    const { groups = [], rest, cgroups = [], host, tree } = sample;
    for (const group of groups) {
      yield* this.#thing("group", group, timeMs, {
        "procline.group.by": group.groupBy,
        "procline.group.name": group.group,
        "procline.group.other": group.other ? true : null,
      }, rest === undefined);
    }
    if (rest !== undefined) yield* this.#thing("rest", rest, timeMs);
    for (const cgroup of cgroups) {
      yield* this.#thing("cgroup", cgroup, timeMs, {
        "procline.cgroup.path": cgroup.path,
      });
    }
    if (host !== undefined) yield* this.#thing("host", host, timeMs);
    yield* this.#thing("tree", tree, timeMs);
  }

  /**
   * A thing of the sample; none if there was one of the same attributes before it, as of cgroups
   * whose paths were cut.
   *
   * @param wasNothing Whether one that was not there in the sample before had counted nothing then.
   */
  *#thing(
    kind: RunKind,
    values: object,
    timeMs: number,
    attributes: Readonly<Record<string, string | boolean | null>> = {},
    wasNothing = false,
  ): Generator<Thing, void> {
    const encoded = encodeAttributes(attributes);
    const key = `${kind} ${encoded}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      const isFirst = this.#previousMs === null;
      const startMs = isFirst && (kind !== "cgroup" && kind !== "host")
        ? this.#firstMs ?? timeMs
        : wasNothing
        ? this.#previousMs ?? timeMs
        : timeMs;
      const series = new Series(encoded, { startMs, fallingStartMs: startMs });
      known = { kind, series, turn: 0 };
      this.#known.set(key, known);
    }
    if (known.turn === this.#turn) return;
    known.turn = this.#turn;
    const catalog = this.#catalogOf(kind);
    yield { kind, series: known.series, values: catalog.read(values, null) };
  }

  /**
   * What is there no more. Groups are remembered, as there are few and the counters of one go on; a
   * cgroup that comes back is another.
   */
  *#endedThings(): Generator<Thing, void> {
    for (const [key, { kind, series, turn }] of this.#known) {
      if (turn === this.#turn) continue;
      if (kind === "cgroup") this.#known.delete(key);
      yield { kind, series, values: null };
    }
  }

  /** The run's resource, as often as its points need lines. */
  *#runResources(
    things: readonly Thing[],
    time: string,
  ): Generator<Part, void> {
    const filler = new ResourceFiller(this.#runHead);
    for (const kind of new Set(things.map((thing) => thing.kind))) {
      const ofKind = things.filter((thing) => thing.kind === kind);
      for (const metric of this.#catalogOf(kind).metrics) {
        yield* pointsOf(filler, metric, ofKind, time);
      }
      for (const { series, values } of ofKind) {
        if (values === null) series.forget();
      }
    }
    yield* filler.end();
  }

  #catalogOf(kind: LineKind): Catalog {
    let catalog = this.#catalogs.get(kind);
    if (catalog === undefined) {
      catalog = new Catalog(kind, this.#run?.collectors ?? []);
      this.#catalogs.set(kind, catalog);
    }
    return catalog;
  }
}

/**
 * When a process or thread started; null if that is not known, as it cannot be if it lies in the
 * future.
 */
function startDateOf(
  { startTicks, uptimeSeconds }: Pick<
    ProcessSample,
    "startTicks" | "uptimeSeconds"
  >,
  bootEpochMs: number | null,
  ticksPerSecond: number,
): number | null {
  return uptimeSeconds === null
    ? null
    : startEpochMs(startTicks, bootEpochMs, ticksPerSecond);
}

/** Fills a resource with points, and begins it anew where a line would be too long. */
class ResourceFiller {
  readonly #head: Part;
  #text = "";
  #bytes = 0;
  #metric: Metric | null = null;

  /** Nothing is in it yet. */
  constructor(head: Part) {
    this.#head = head;
  }

  /** Adds a point; points of one metric come one after the other. The resource that is full. */
  *add(metric: Metric, { text, bytes }: Part): Generator<Part, void> {
    const more = bytes + metric.head.length + metric.tail.length + 2;
    if (this.#metric !== null && this.#size() + more > RESOURCE_BYTES) {
      yield* this.end();
    }
    if (this.#metric === metric) {
      this.#append(",", 1);
    } else {
      const before = this.#metric === null ? "" : `${this.#metric.tail},`;
      this.#append(before + metric.head, before.length + metric.head.length);
      this.#metric = metric;
    }
    this.#append(text, bytes);
  }

  /** The resource, if anything is in it. */
  *end(): Generator<Part, void> {
    if (this.#metric === null) return;
    const bytes = this.#size();
    yield {
      text: this.#head.text + this.#text + this.#metric.tail + RESOURCE_END,
      bytes,
    };
    this.#text = "";
    this.#bytes = 0;
    this.#metric = null;
  }

  #append(text: string, bytes: number): void {
    this.#text += text;
    this.#bytes += bytes;
  }

  /** The bytes of the resource if it ends here. */
  #size(): number {
    const tail = this.#metric?.tail.length ?? 0;
    return this.#head.bytes + this.#bytes + tail + RESOURCE_END.length;
  }
}

/** Fills in the points that several things have of one metric. */
function* pointsOf(
  filler: ResourceFiller,
  metric: Metric,
  things: readonly SeriesValues[],
  time: string,
): Generator<Part, void> {
  for (const { series, values } of things) {
    for (const point of metric.points) {
      const text = series.point(metric, point, values, time);
      if (text === "") continue;
      yield* filler.add(metric, { text, bytes: series.bytesOf(text) });
    }
  }
}

function resourceHead(attributes: string): Part {
  const text =
    `{"resource":{"attributes":[${attributes}]},"scopeMetrics":[{${SCOPE},"metrics":[`;
  return { text, bytes: utf8Bytes(text) };
}

/** A resource, unless it has no metrics; the names and values of metrics are ASCII. */
function* resourceOf(head: Part, metrics: string): Generator<Part, void> {
  if (metrics === "") return;
  yield {
    text: head.text + metrics + RESOURCE_END,
    bytes: head.bytes + metrics.length + RESOURCE_END.length,
  };
}

function pointTime(timeMs: number): string {
  return `"timeUnixNano":${encodeTime(timeMs)},`;
}

/** What the metrics of one process are made of. */
interface ProcessPoints {
  readonly catalog: Catalog;
  /** Its values; null: it has ended. */
  readonly values: Values | null;
  readonly time: string;
}

/** The metrics that have any points. */
function metricsOf(
  series: Series,
  { catalog, values, time }: ProcessPoints,
): string {
  let text = "";
  for (const metric of catalog.metrics) {
    let points = "";
    for (const point of metric.points) {
      const one = series.point(metric, point, values, time);
      if (one !== "") points += points === "" ? one : `,${one}`;
    }
    if (points === "") continue;
    text += text === "" ? "" : ",";
    text += metric.head + points + metric.tail;
  }
  return text;
}
