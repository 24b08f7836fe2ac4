/**
 * The format `influx`: Influx line protocol, a point a line. Processes are points of the
 * measurement `procstat`, as Telegraf's plugin of that name makes them; all else stands in
 * `procline_*`, by the names of the dictionary.
 *
 * @module
 */

import { addIntegers, type Integer } from "../integer.ts";
import { fieldNames, LINES, ORIGIN } from "../model/dictionary.ts";
import { type Field, type LineKind, ROOM } from "../model/field.ts";
import type { GroupSample } from "../model/group.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { startEpochMs } from "../model/start_date.ts";
import { cutText, cutTexts, utf8Bytes } from "../text.ts";
import { isWhole, readValue } from "./_figures.ts";
import {
  type Column,
  encodeColumns,
  encodeMaps,
  encodeTags,
  isNumber,
  makeShape,
  type Shape,
  THREAD_NAME,
  writeInt,
  writeWord,
} from "./_influx_shapes.ts";
import { roundSeconds } from "./_json.ts";
import { floatOf, tagOf, textOf } from "./_line_protocol.ts";
import {
  MADE,
  RENAMED_LABELS,
  RENAMED_MAPS,
  STATUS,
  TELEGRAF_NAMES,
} from "./_telegraf.ts";
import { type FieldGroup, LineCache, processGroups } from "./_line_cache.ts";
import { RisingTime } from "./_rising_time.ts";
import type { Encoder, EncoderOptions, Format } from "./format.ts";

/** Names of tags and fields that are neither the dictionary's nor procstat's. */
const OWN = {
  host: "host",
  device: "device",
  threadName: THREAD_NAME,
  otherThreads: "other_threads",
  /** Tells a series from another whose texts were cut to the same. */
  duplicate: "duplicate",
} as const;

/** What procstat_lookup says beside the numbers, and its numbers. */
const LOOKUP = {
  finder: "pid_finder",
  result: "result",
  found: "pid_count",
  running: "running",
  code: "result_code",
} as const;

/** Names that InfluxDB has for itself. */
const OF_INFLUXDB = ["time", "_time", "_measurement", "_field", "_value"];

/** The format `influx`. */
export const format: Format = {
  get reserved() {
    return new Set([
      ...fieldNames(),
      ...TELEGRAF_NAMES,
      ...Object.values(OWN),
      ...Object.values(LOOKUP),
      ...OF_INFLUXDB,
    ]);
  },
  needs: () => [],
  groupBy: "comm",
  create: (options) => new InfluxEncoder(options),
};

/** The fields of threads of one name. */
const THREAD_GROUP_COLUMNS: readonly Column[] = Object.entries<Field>({
  numThreads: LINES.group.numThreads,
  userCpuSecondsTotal: LINES.thread.userCpuSecondsTotal,
  kernelCpuSecondsTotal: LINES.thread.kernelCpuSecondsTotal,
  minorFaultsTotal: LINES.thread.minorFaultsTotal,
  majorFaultsTotal: LINES.thread.majorFaultsTotal,
  voluntaryCtxtSwitchesTotal: LINES.thread.voluntaryCtxtSwitches,
  nonvoluntaryCtxtSwitchesTotal: LINES.thread.nonvoluntaryCtxtSwitches,
  ioReadBytesTotal: LINES.thread.ioReadBytesTotal,
  ioWrittenBytesTotal: LINES.thread.ioWrittenBytesTotal,
}).map(([key, { name, unit }]) => ({
  key,
  prefix: `,${name}=`,
  valueOf: (values) => readValue(values, key),
  write: isWhole(unit) ? writeInt : writeSeconds,
}));

/** Seconds that were added up, rounded as on every line. */
function writeSeconds(value: unknown): string | null {
  return isNumber(value) ? floatOf(roundSeconds(Number(value))) : null;
}

/** The states that a group always has a number of. */
const NO_STATES: Readonly<Record<string, number>> = Object.fromEntries(
  Object.keys(STATUS).map((state) => [state, 0]),
);

/** What labels may take of the 65,535 bytes that InfluxDB gives a measurement and its tags. */
const LABEL_BYTES = 32_768;

/**
 * Encodes samples as points. A value that is not known has no field, and a point without a field is
 * not printed. Each field has one type, which is that of its row in the dictionary.
 */
class InfluxEncoder implements Encoder {
  readonly #labels: string;
  readonly #showsOrigin: boolean;
  /** The labels, and the host if it is wanted, as tags. */
  #common = "";
  /** The run, as a field of the points of the tree and the end; empty: it is not wanted there. */
  #runId = "";
  /** What a run's samples hold; null before `begin`. */
  #collectors: readonly string[] | null = null;
  #ticksPerSecond = 100;
  #bootEpochMs: number | null = null;
  /**
   * The fields of processes; null before the first, and after what they are made of has changed.
   */
  #processes: LineCache<ProcessSample> | null = null;
  readonly #shapes = new Map<LineKind, Shape>();
  #time = new RisingTime();
  /** The measurements and tags of the sample's points that have names from outside. */
  #series = new Set<string>();

  /**
   * Encodes with the labels as tags on every point.
   *
   * @throws {RangeError} If a label has no name, or all together are longer than a point may be.
   */
  constructor(options: EncoderOptions = {}) {
    const { labels = {}, hostname = false } = options;
    const names = Object.keys(labels);
    if (names.includes("")) {
      throw new RangeError("Cannot print a label without a name");
    }
    this.#labels = names.map((name) => tagOf(name, labels[name] ?? ""))
      .join("");
    const bytes = utf8Bytes(this.#labels);
    if (bytes > LABEL_BYTES) {
      throw new RangeError(
        `Cannot print labels of ${bytes} bytes: ${LABEL_BYTES} are the most`,
      );
    }
    this.#showsOrigin = hostname;
  }

  /** The point of the run. */
  begin(run: Run): string[] {
    const { collectors, command, hostname, rootCgroup, runId } = run;
    this.#collectors = collectors;
    this.#ticksPerSecond = run.ticksPerSecond;
    this.#shapes.clear();
    this.#processes = null;
    this.#time = new RisingTime();
    this.#common = this.#labels;
    this.#runId = "";
    if (this.#showsOrigin) {
      this.#common += tagOf(OWN.host, hostname ?? "");
      this.#runId = `,${ORIGIN.runId.name}=${textOf(runId)}`;
    }
    return this.#point(
      "procline_run",
      "",
      this.#fields("run", {
        ...run,
        command: command === null
          ? null
          : cutTexts(command, ROOM.command).texts,
        rootCgroup: rootCgroup === null
          ? null
          : cutText(rootCgroup, ROOM.rootCgroup),
      }),
      `${Math.floor(run.epochMs)}000000`,
    );
  }

  /**
   * A point for each event, process or group, for the rest, each thread, mapped path and each
   * cgroup, the host and the tree. The times of samples strictly increase, also if the wall clock
   * steps back.
   */
  *lines(sample: Sample): Generator<string, void> {
    if (this.#collectors === null) {
      throw new Error("Cannot encode a sample: begin() was not called");
    }
    const { groups = [], threads = [], mappings = [] } = sample;
    const { cgroups = [], host, rest } = sample;
    const ms = this.#time.next(sample.epochMs);
    const time = `${ms}000000`;
    this.#series = new Set();
    if (sample.bootEpochMs !== this.#bootEpochMs) {
      this.#bootEpochMs = sample.bootEpochMs;
      this.#processes = null;
    }
    yield* this.#events(sample, ms);
    yield* this.#processPoints(sample, time);
    for (const group of groups) yield* this.#group(group, sample, time);
    yield* this.#threadGroups(sample, time);
    if (rest !== undefined) yield* this.#line("rest", rest, time);
    for (const one of threads) yield* this.#line("thread", one, time);
    for (const one of mappings) yield* this.#line("smaps", one, time);
    for (const one of cgroups) yield* this.#line("cgroup", one, time);
    if (host !== undefined) yield* this.#line("host", host, time);
    yield* this.#tree(sample, time);
  }

  /** The point of the end. */
  end(end: RunEnd): string[] {
    const fields = this.#fields("end", { ...end, ...end.summary });
    return this.#point(
      "procline_end",
      "",
      fields + this.#runId,
      `${Math.floor(end.epochMs)}000000`,
    );
  }

  /**
   * Events have the process id as a field, so that not each process makes a series. What happened
   * to two of one name would be one point then: so each has a nanosecond of its own.
   */
  *#events({ events }: Sample, ms: number): Generator<string, void> {
    let at = 0;
    for (const event of events) {
      const time = `${ms}${String(at++).padStart(6, "0")}`;
      yield* this.#line(event.kind, event, time);
    }
  }

  *#processPoints(sample: Sample, time: string): Generator<string, void> {
    const cache = this.#processes ?? new LineCache(this.#partsOfProcesses());
    this.#processes = cache;
    cache.begin();
    const end = ` ${time}\n`;
    for (const process of sample.processes) {
      yield "procstat" + cache.encode(process.pid, process) +
        memoryUsage(process, sample) + end;
    }
  }

  /** The tags and fields of a process in parts that change together. */
  #partsOfProcesses(): FieldGroup<ProcessSample>[] {
    const { tags, columns, maps } = this.#shapeOf("process");
    const space = {
      encode: () => `${this.#common} `,
      isSame: () => true,
      isShared: false,
    };
    // The first field, a yes or no, is there always; a comma stands before each other one.
    const encode = (process: ProcessSample, own: readonly Column[]) =>
      encodeColumns(process, own).slice(own[0] === columns[0] ? 1 : 0);
    return [
      ...processGroups(tags, encodeTags),
      space,
      ...processGroups(columns, encode),
      ...processGroups(
        maps,
        (process, own) => encodeMaps(process, own, RENAMED_MAPS).own,
      ),
    ];
  }

  /**
   * The name of a group is the tag `process_name`, whatever it is grouped by, as that is the one
   * that dashboards look at; that of all others has none.
   */
  *#group(
    group: GroupSample,
    sample: Sample,
    time: string,
  ): Generator<string, void> {
    const tags = groupingTags(group.groupBy, group.other) +
      tagOf(RENAMED_LABELS["comm"] ?? "", group.group ?? "");
    // A field that is not there keeps its last value for who asks for that.
    const states = { ...NO_STATES, ...group.states };
    const fields = this.#fields("group", { ...group, states }) +
      memoryUsage(group, sample);
    yield* this.#point(
      "procstat",
      this.#unique("procstat", tags),
      fields,
      time,
    );
  }

  /**
   * The threads of each name in each group, where lines are of groups: by the names that a thread's
   * own fields have.
   */
  *#threadGroups(
    { groups: [first] = [], grouping }: Sample,
    time: string,
  ): Generator<string, void> {
    if (first === undefined) return;
    for (const threads of grouping?.threads ?? []) {
      const { group, comm } = threads;
      const tags = groupingTags(first.groupBy, group === null) +
        (comm === null ? tagOf(OWN.otherThreads, "true") : "") +
        tagOf(RENAMED_LABELS["comm"] ?? "", group ?? "") +
        tagOf(OWN.threadName, comm ?? "");
      yield* this.#point(
        "procline_thread",
        this.#unique("procline_thread", tags),
        encodeColumns(threads, THREAD_GROUP_COLUMNS),
        time,
      );
    }
  }

  /** What procstat makes of several figures, or of another. */
  #madeColumns(kind: LineKind): Column[] {
    if (kind !== "process" && kind !== "group") return [];
    return [{
      key: "kernelCpuSecondsTotal",
      prefix: `,${MADE.cpuTime}=`,
      valueOf: (values) =>
        wholeSeconds(
          Number(readValue(values, "userCpuSecondsTotal")) +
            Number(readValue(values, "kernelCpuSecondsTotal")),
        ),
      write: writeInt,
    }, {
      key: "startTicks",
      prefix: `,${MADE.createdAt}=`,
      valueOf: (values) =>
        this.#startOf(
          readValue(
            values,
            kind === "group" ? "oldestStartTicks" : "startTicks",
          ),
        ),
      write: writeInt,
    }, {
      key: "state",
      prefix: `,${MADE.status}=`,
      valueOf: (values) => STATUS[String(readValue(values, "state"))],
      write: writeWord,
    }, {
      key: "sockets",
      prefix: `,${MADE.udpSocket}=`,
      valueOf: (values) => sumOfSockets(values, ["udp", "udp6"]),
      write: writeInt,
    }, {
      key: "sockets",
      prefix: `,${MADE.unixSocket}=`,
      valueOf: (values) => sumOfSockets(values, ["unix"]),
      write: writeInt,
    }];
  }

  /** When a process started, in nanoseconds since 1970-01-01 UTC; null if it is not known. */
  #startOf(startTicks: unknown): bigint | null {
    if (!isNumber(startTicks)) return null;
    const epochMs = startEpochMs(
      startTicks,
      this.#bootEpochMs,
      this.#ticksPerSecond,
    );
    return epochMs === null ? null : BigInt(epochMs) * 1_000_000n;
  }

  /** The tree, and how many processes were looked for and found, as procstat says it. */
  *#tree({ tree }: Sample, time: string): Generator<string, void> {
    const { numProcesses, gone, denied, malformed } = tree;
    const found = numProcesses + gone + denied + malformed;
    yield* this.#point(
      "procstat_lookup",
      tagOf(LOOKUP.finder, "procline") + tagOf(LOOKUP.result, "success"),
      `,${LOOKUP.found}=${found}i,${LOOKUP.running}=${numProcesses}i,` +
        `${LOOKUP.code}=0i`,
      time,
    );
    const fields = this.#fields("tree", tree) + this.#runId;
    yield* this.#point("procline_tree", "", fields, time);
  }

  /** The point of a line, and one for each part of those of its maps that have parts. */
  *#line(
    kind: LineKind,
    values: object,
    time: string,
  ): Generator<string, void> {
    const measurement = `procline_${kind}`;
    const { tags, columns, maps } = this.#shapeOf(kind);
    const encoded = this.#unique(measurement, encodeTags(values, tags));
    const { own, parts } = encodeMaps(values, maps);
    const fields = encodeColumns(values, columns) + own;
    yield* this.#point(measurement, encoded, fields, time);
    for (const { map, part, fields } of parts) {
      yield* this.#point(
        `${measurement}_${map}`,
        encoded + tagOf(OWN.device, part),
        fields,
        time,
      );
    }
  }

  #point(
    measurement: string,
    tags: string,
    fields: string,
    time: string,
  ): string[] {
    return fields === "" ? [] : [
      `${measurement}${tags}${this.#common} ${fields.slice(1)} ${time}\n`,
    ];
  }

  /** The tags, with one more if a point of the sample has them already. */
  #unique(measurement: string, tags: string): string {
    let unique = tags;
    for (let nth = 2; this.#series.has(measurement + unique); nth++) {
      unique = tags + tagOf(OWN.duplicate, `${nth}`);
    }
    this.#series.add(measurement + unique);
    return unique;
  }

  /** The fields, each with a comma before it. */
  #fields(kind: LineKind, values: object): string {
    const { columns, maps } = this.#shapeOf(kind);
    const renamed = kind === "group" ? RENAMED_MAPS : {};
    return encodeColumns(values, columns) +
      encodeMaps(values, maps, renamed).own;
  }

  #shapeOf(kind: LineKind): Shape {
    let shape = this.#shapes.get(kind);
    if (shape === undefined) {
      const { columns, ...more } = makeShape(kind, this.#collectors ?? []);
      shape = { ...more, columns: [...columns, ...this.#madeColumns(kind)] };
      this.#shapes.set(kind, shape);
    }
    return shape;
  }
}

/** What a group is by, if it is not the usual, and whether it is that of all others. */
function groupingTags(groupBy: string, isOther: boolean): string {
  const { groupBy: { name }, other } = LINES.group;
  return (groupBy === format.groupBy ? "" : tagOf(name, groupBy)) +
    (isOther ? tagOf(other.name, "true") : "");
}

/** The share of the host's memory, as a field; empty if one of both is not known. */
function memoryUsage(
  { rssBytes }: Pick<ProcessSample, "rssBytes">,
  { host }: Sample,
): string {
  const total = host?.memTotalBytes ?? null;
  if (rssBytes === null || total === null || total <= 0) return "";
  const percentage = Math.round(rssBytes / total * 1e5) / 1e3;
  return `,${MADE.memoryUsage}=${floatOf(percentage)}`;
}

/** The sockets of some protocols; null if they are not known. */
function sumOfSockets(
  values: object,
  protocols: readonly string[],
): Integer | null {
  const sockets = readValue(values, "sockets");
  if (typeof sockets !== "object" || sockets === null) return null;
  return protocols.map((protocol) => readValue(sockets, protocol))
    .filter(isNumber).reduce(addIntegers, 0);
}

/** Seconds that are past; a sum of fractions may be a little less than it should be. */
function wholeSeconds(seconds: number): number {
  return Math.trunc(roundSeconds(seconds));
}
