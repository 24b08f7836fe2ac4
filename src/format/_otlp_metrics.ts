/**
 * The metrics of OTLP: by the names of the semantic conventions where there is one, and for all
 * else by the dictionary's.
 */

import type { Integer } from "../integer.ts";
import type { LineKind, Unit } from "../model/field.ts";
import { quoteJson } from "../text.ts";
import {
  type Figure,
  figuresOf,
  isWhole,
  mapFiguresOf,
  mapsOf,
} from "./_figures.ts";
import { roundBy } from "./_json.ts";
import {
  type Convention,
  conventionOf,
  type Instrument,
  UNITS,
} from "./_otlp_conventions.ts";
import { encodeAttributes } from "./_otlp_json.ts";

/** A share of cores keeps six decimals: of many cores a percentage of one is little. */
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

  /**
   * Of a process, what every run has and the conventions do not is left out, and so is what is a
   * yes or no.
   */
  #place({ key, field, factor }: Figure): void {
    const convention = conventionOf(key, this.#kind);
    if (convention !== null) {
      const { attribute } = convention;
      const isOfCores = convention.isOfCores === true;
      const index = this.#addPoint({
        ...convention,
        name: this.#nameOf(convention),
        isWhole: !isOfCores && isWhole(field.unit),
        mayFall: convention.instrument === "counter" &&
          field.kind !== "counter",
      }, attribute === undefined ? {} : { [attribute[0]]: attribute[1] });
      this.#placed.push({ key, factor, index, isOfCores });
    } else if (
      this.#kind !== "process" ||
      (field.collector !== undefined && field.kind !== "flag")
    ) {
      const isCounter = field.kind === "counter";
      const shape = this.#ownShape(field.name, field.unit, isCounter);
      const index = this.#addPoint(shape, {});
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
      ? this.#addPoint(
        this.#ownShape(field.name, unit, isCounter, `.${last}`),
        device === "" ? {} : { "procline.device": device },
      )
      : this.#addPoint({
        ...convention,
        name: this.#nameOf(convention),
        isWhole: isWhole(unit),
        mayFall: false,
      }, { [convention.by]: convention.names?.[last] ?? last });
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

  /** Of what the conventions do not have; `end`: what a figure of a map is called. */
  #ownShape(name: string, unit: Unit, isCounter: boolean, end = ""): Shape {
    return {
      name: `procline.${this.#kind}.${name.replace(/_total$/, "")}${end}`,
      unit: UNITS[unit],
      instrument: isCounter ? "counter" : "gauge",
      isWhole: isWhole(unit),
      mayFall: false,
    };
  }
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
