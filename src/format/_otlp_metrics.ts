/**
 * The metrics of OTLP: by the names of the semantic conventions where there is one, and for all
 * else by the dictionary's.
 */

import type { Integer } from "../integer.ts";
import { addIntegers, subtractIntegers } from "../integer.ts";
import type { LineKind, Unit } from "../model/field.ts";
import { quoteJson } from "../text.ts";
import {
  type Figure,
  figuresOf,
  isWhole,
  mapFiguresOf,
  mapsOf,
} from "./_figures.ts";
import { fieldFactor, roundBy } from "./_json.ts";
import {
  bytesOf,
  encodeAttributes,
  encodeNumber,
  encodeTime,
} from "./_otlp_json.ts";

/**
 * How a figure may change.
 *
 * - `"counter"`: it only grows. A sum that is monotonic.
 * - `"updown"`: an amount, of which those of several things can be added up. A sum that is not.
 * - `"gauge"`: any other.
 */
type Instrument = "counter" | "updown" | "gauge";

/** A metric that the semantic conventions name, or procline in their manner. */
interface Convention {
  /** Its name, behind `process.` for a process and `procline.tree.` or another for others. */
  readonly name: string;
  readonly unit: string;
  readonly instrument: Instrument;
  /** The attribute that tells figures of one metric apart, and its value. */
  readonly attribute?: readonly [key: string, value: string];
  /** Of a map: the attribute that has the names of its figures. */
  readonly by?: string;
  /** The one kind of line of which it is; left out: of each that has such a field. */
  readonly kind?: LineKind;
  /** Set if the conventions do not have it: of a process it is `procline.process.` too. */
  readonly isOwn?: boolean;
  /** Set if a percentage of one core is a share of the cores that the tree may use. */
  readonly isOfCores?: boolean;
}

const CPU_TIME = {
  name: "cpu.time",
  unit: "s",
  instrument: "counter",
} as const;
const CPU_UTILIZATION = {
  name: "cpu.utilization",
  unit: "1",
  instrument: "gauge",
  kind: "process",
  isOfCores: true,
} as const;
const DISK_IO = { name: "disk.io", unit: "By", instrument: "counter" } as const;
const FAULTS = {
  name: "paging.faults",
  unit: "{fault}",
  instrument: "counter",
} as const;
const SWITCHES = {
  name: "context_switches",
  unit: "{context_switch}",
  instrument: "counter",
} as const;
const VOLUNTARY = {
  ...SWITCHES,
  attribute: ["process.context_switch.type", "voluntary"],
} as const;
const INVOLUNTARY = {
  ...SWITCHES,
  attribute: ["process.context_switch.type", "involuntary"],
} as const;

/** The fields that have a place in the conventions, by their keys in a sample. */
const CONVENTIONS: Readonly<Record<string, Convention>> = {
  userCpuSecondsTotal: { ...CPU_TIME, attribute: ["cpu.mode", "user"] },
  kernelCpuSecondsTotal: { ...CPU_TIME, attribute: ["cpu.mode", "system"] },
  cpuSecondsTotal: { ...CPU_TIME, by: "cpu.mode", kind: "host" },
  userCpuPercentage: { ...CPU_UTILIZATION, attribute: ["cpu.mode", "user"] },
  kernelCpuPercentage: {
    ...CPU_UTILIZATION,
    attribute: ["cpu.mode", "system"],
  },
  rssBytes: { name: "memory.usage", unit: "By", instrument: "updown" },
  vsizeBytes: { name: "memory.virtual", unit: "By", instrument: "updown" },
  pssBytes: {
    name: "memory.pss",
    unit: "By",
    instrument: "updown",
    isOwn: true,
  },
  numProcesses: {
    name: "process.count",
    unit: "{process}",
    instrument: "updown",
    isOwn: true,
  },
  numThreads: {
    name: "thread.count",
    unit: "{thread}",
    instrument: "updown",
  },
  uptimeSeconds: { name: "uptime", unit: "s", instrument: "gauge" },
  numFds: {
    name: "unix.file_descriptor.count",
    unit: "{file_descriptor}",
    instrument: "updown",
  },
  ioReadBytesTotal: { ...DISK_IO, attribute: ["disk.io.direction", "read"] },
  ioWrittenBytesTotal: {
    ...DISK_IO,
    attribute: ["disk.io.direction", "write"],
  },
  majorFaultsTotal: {
    ...FAULTS,
    attribute: ["system.paging.fault.type", "major"],
  },
  minorFaultsTotal: {
    ...FAULTS,
    attribute: ["system.paging.fault.type", "minor"],
  },
  voluntaryCtxtSwitches: VOLUNTARY,
  nonvoluntaryCtxtSwitches: INVOLUNTARY,
  voluntaryCtxtSwitchesTotal: VOLUNTARY,
  nonvoluntaryCtxtSwitchesTotal: INVOLUNTARY,
};

/** What a field counts in, by the UCUM names that OpenTelemetry has; empty: in nothing. */
const UNITS: Readonly<Record<Unit, string>> = {
  none: "",
  count: "{count}",
  bytes: "By",
  "bytes_per_second": "By/s",
  seconds: "s",
  milliseconds: "ms",
  microseconds: "us",
  ticks: "{tick}",
  percent: "%",
  cores: "{cpu}",
  load: "{thread}",
};

/** A share of cores keeps as many decimals as a percentage of one. */
const SHARE_FACTOR = 1e6;

/** A metric, with what stands around its points. */
export interface Metric {
  /** What stands before its points. */
  readonly head: string;
  /** What stands behind them. */
  readonly tail: string;
  /** Whether its points say when it was 0. */
  readonly isSum: boolean;
  /** Whether it only grows. */
  readonly isMonotonic: boolean;
  /** Whether the kernel's own count may fall all the same. */
  readonly mayFall: boolean;
  /** Whether its values are whole numbers. */
  readonly isWhole: boolean;
  /** Its points: one for each value of its attributes. */
  readonly points: Point[];
}

/** One of the points of a metric. */
export interface Point {
  /** Where its value stands among those of {@linkcode Catalog.read}. */
  readonly index: number;
  /** Its own attributes, as the items of a list. */
  readonly attributes: string;
}

/** Values by the indexes of their points; undefined or null: not known. */
export type Values = readonly (Integer | null | undefined)[];

/** A field that is one figure, prepared to be read, and the point that it makes. */
interface Placed {
  readonly key: string;
  readonly factor: number | null | undefined;
  readonly index: number;
  readonly isOfCores: boolean;
}

/** What a metric is called and what it counts in. */
interface Shape {
  readonly name: string;
  readonly unit: string;
  readonly instrument: Instrument;
  readonly isWhole: boolean;
  readonly mayFall: boolean;
}

/** The metrics of a kind of line. Those of maps are added as their names are seen. */
export class Catalog {
  readonly #kind: LineKind;
  readonly #metrics = new Map<string, Metric>();
  readonly #placed: Placed[] = [];
  readonly #maps: readonly Figure[];
  /** The points of figures of maps, by the names that lead to them. */
  readonly #mapped = new Map<string, number>();
  #size = 0;

  /** The metrics that these collectors read. */
  constructor(kind: LineKind, collectors: readonly string[]) {
    this.#kind = kind;
    this.#maps = mapsOf(kind, collectors);
    for (const figure of figuresOf(kind, collectors)) this.#place(figure);
  }

  /** All metrics. */
  get metrics(): Iterable<Metric> {
    return this.#metrics.values();
  }

  /** The values of a sample of this kind. */
  read(values: object, numCores: number | null): Values {
    const valueOf = values as Readonly<
      Record<string, Integer | boolean | null | undefined>
    >;
    const found: (Integer | null | undefined)[] = [];
    for (const { key, factor, index, isOfCores } of this.#placed) {
      const value = valueOf[key];
      if (typeof value === "number") {
        const rounded = roundBy(value, factor);
        found[index] = isOfCores ? shareOf(rounded, numCores) : rounded;
      } else found[index] = typeof value === "boolean" ? Number(value) : value;
    }
    for (const map of this.#maps) {
      for (const { names, unit, kind, value } of mapFiguresOf(values, map)) {
        if (value === null) continue;
        found[this.#mappedIndex(map, names, unit, kind === "counter")] = value;
      }
    }
    return found;
  }

  /** Of a process, what every run has and the conventions do not is left out. */
  #place(figure: Figure): void {
    const { key, field } = figure;
    const convention = conventionOf(key, this.#kind);
    if (convention !== null) {
      const { attribute } = convention;
      const index = this.#addPoint({
        ...convention,
        name: this.#nameOf(convention),
        isWhole: convention.isOfCores !== true && isWhole(field.unit),
        mayFall: convention.instrument === "counter" &&
          field.kind !== "counter",
      }, attribute === undefined ? {} : { [attribute[0]]: attribute[1] });
      const isOfCores = convention.isOfCores === true;
      this.#placed.push({ key, factor: fieldFactor(field), index, isOfCores });
    } else if (this.#kind !== "process" || field.collector !== undefined) {
      const index = this.#addPoint({
        name: this.#ownName(field.name),
        unit: UNITS[field.unit],
        instrument: field.kind === "counter" ? "counter" : "gauge",
        isWhole: isWhole(field.unit),
        mayFall: false,
      }, {});
      const factor = fieldFactor(field);
      this.#placed.push({ key, factor, index, isOfCores: false });
    }
  }

  #mappedIndex(
    { key, field }: Figure,
    names: readonly string[],
    unit: Unit,
    isCounter: boolean,
  ): number {
    const path = JSON.stringify([key, ...names]);
    const known = this.#mapped.get(path);
    if (known !== undefined) return known;
    const convention = conventionOf(key, this.#kind);
    const last = names.at(-1) ?? "";
    const device = names.slice(0, -1).join(".");
    const index = convention?.by === undefined
      ? this.#addPoint({
        name: `${this.#ownName(field.name)}.${last}`,
        unit: UNITS[unit],
        instrument: isCounter ? "counter" : "gauge",
        isWhole: isWhole(unit),
        mayFall: false,
      }, device === "" ? {} : { "procline.device": device })
      : this.#addPoint({
        ...convention,
        name: this.#nameOf(convention),
        isWhole: isWhole(unit),
        mayFall: false,
      }, { [convention.by]: last });
    this.#mapped.set(path, index);
    return index;
  }

  #addPoint(
    shape: Shape,
    attributes: Readonly<Record<string, string>>,
  ): number {
    const { name } = shape;
    const metric = this.#metrics.get(name) ?? metricOf(shape);
    this.#metrics.set(name, metric);
    const index = this.#size++;
    metric.points.push({ index, attributes: encodeAttributes(attributes) });
    return index;
  }

  #nameOf({ name, isOwn }: Convention): string {
    return this.#kind === "process" && isOwn !== true
      ? `process.${name}`
      : `procline.${this.#kind}.${name}`;
  }

  #ownName(name: string): string {
    return `procline.${this.#kind}.${name.replace(/_total$/, "")}`;
  }
}

function conventionOf(key: string, kind: LineKind): Convention | null {
  const convention = CONVENTIONS[key];
  return convention === undefined || (convention.kind ?? kind) !== kind
    ? null
    : convention;
}

function shareOf(percentage: number, numCores: number | null): number | null {
  return numCores === null || numCores <= 0
    ? null
    : Math.round(percentage / 100 / numCores * SHARE_FACTOR) / SHARE_FACTOR;
}

function metricOf(
  { name, unit, instrument, isWhole, mayFall }: Shape,
): Metric {
  const isMonotonic = instrument === "counter";
  const isSum = isMonotonic || instrument === "updown";
  const start = `{"name":${quoteJson(name)},${
    unit === "" ? "" : `"unit":${quoteJson(unit)},`
  }`;
  return {
    head: isSum
      ? `${start}"sum":{"aggregationTemporality":2,"isMonotonic":${isMonotonic},"dataPoints":[`
      : `${start}"gauge":{"dataPoints":[`,
    tail: "]}}",
    isSum,
    isMonotonic,
    mayFall,
    isWhole,
    points: [],
  };
}

/** From when the sums of a thing count. */
export interface Starts {
  /** The time of a start, in milliseconds since 1970-01-01 UTC. */
  readonly startMs: number;
  /** The same of counts that may fall: what was counted before may not be known. */
  readonly fallingStartMs: number;
}

/** The points of one thing, over the samples in which it is printed. */
export class Series {
  /** The attributes of each of its points, as the items of a list. */
  readonly #attributes: string;
  readonly #since: string;
  readonly #fallingSince: string;
  /** Which points it has had, by their indexes. */
  readonly #had: boolean[] = [];
  /** What was last read of counters. */
  readonly #last: Integer[] = [];
  /** By how much counters have fallen: they go on from where they were. */
  readonly #lift: Integer[] = [];
  /** What is the same on each of its points in every sample, by their indexes. */
  readonly #starts: string[] = [];
  /** By how many bytes its attributes are longer than their characters. */
  readonly #moreBytes: number;

  /** No point yet. */
  constructor(attributes: string, { startMs, fallingStartMs }: Starts) {
    this.#attributes = attributes;
    this.#moreBytes = bytesOf(attributes) - attributes.length;
    this.#since = `"startTimeUnixNano":${encodeTime(startMs)},`;
    this.#fallingSince = `"startTimeUnixNano":${encodeTime(fallingStartMs)},`;
  }

  /**
   * A point; an empty text if there is none, as its value is not known.
   *
   * @param values The values of a sample; null: the thing is printed no more, and each point that
   * it has had says so.
   * @param time The time, as it stands on each point of a sample.
   */
  point(
    metric: Metric,
    point: Point,
    values: Values | null,
    time: string,
  ): string {
    const { index } = point;
    if (values === null) {
      return this.#had[index] === true
        ? `{${this.#start(metric, point)}${time}"flags":1}`
        : "";
    }
    const value = values[index];
    if (value === null || value === undefined) return "";
    this.#had[index] = true;
    const { isMonotonic, isWhole } = metric;
    const shown = isMonotonic ? this.#risen(index, value, isWhole) : value;
    return `{${this.#start(metric, point)}${time}${
      encodeNumber(shown, isWhole)
    }}`;
  }

  /** The bytes of one of its points in UTF-8. */
  bytesOf(point: string): number {
    return point.length + this.#moreBytes;
  }

  /** After the markers: what follows is a series anew. */
  forget(): void {
    this.#had.length = 0;
  }

  /** What stands on a point before the time: it is the same in every sample. */
  #start(
    { isSum, mayFall }: Metric,
    { index, attributes: own }: Point,
  ): string {
    const known = this.#starts[index];
    if (known !== undefined) return known;
    const comma = this.#attributes !== "" && own !== "" ? "," : "";
    const attributes = `${this.#attributes}${comma}${own}`;
    const since = isSum ? mayFall ? this.#fallingSince : this.#since : "";
    const start = attributes === ""
      ? since
      : `"attributes":[${attributes}],${since}`;
    this.#starts[index] = start;
    return start;
  }

  #risen(index: number, value: Integer, isWhole: boolean): Integer {
    const last = this.#last[index];
    this.#last[index] = value;
    if (last !== undefined && value < last) {
      this.#lift[index] = sum(
        this.#lift[index] ?? 0,
        difference(last, value, isWhole),
        isWhole,
      );
    }
    const lift = this.#lift[index];
    return lift === undefined ? value : sum(value, lift, isWhole);
  }
}

function sum(a: Integer, b: Integer, isWhole: boolean): Integer {
  return isWhole ? addIntegers(a, b) : round(Number(a) + Number(b));
}

function difference(a: Integer, b: Integer, isWhole: boolean): Integer {
  return isWhole ? subtractIntegers(a, b) : round(Number(a) - Number(b));
}

function round(value: number): number {
  return Math.round(value * SHARE_FACTOR) / SHARE_FACTOR;
}
