/** What metrics of Prometheus are, before they are text. */

import type { Integer } from "../integer.ts";
import type { Sample } from "../model/sample.ts";

/** What a metric is; `"unknown"`: gauges and counters under one name. */
export type MetricType = "gauge" | "counter" | "unknown" | "info";

/** Metrics of one name. */
export interface Family {
  /** Its name, without what a notation puts behind it: no `_total`, no `_info`. */
  readonly name: string;
  /** What it is. */
  readonly type: MetricType;
  /** The unit that its name ends with; left out: none. */
  readonly unit?: string;
  /** What it means, in a line. */
  readonly help: string;
  /**
   * The whole name of its samples in the text format 0.0.4, if it is not {@linkcode sampleName}.
   */
  readonly plainName?: string;
}

/** What stands behind the name of a family on its samples. */
const ENDINGS: Readonly<Partial<Record<MetricType, string>>> = {
  counter: "_total",
  info: "_info",
};

/** The name of the samples of a family. */
export function sampleName({ name, type }: Family): string {
  return `${name}${ENDINGS[type] ?? ""}`;
}

/** A label and its value. */
export type Label = readonly [name: string, value: string];

/** One sample of a family. */
export interface Point {
  /** The labels that are its own. */
  readonly labels: readonly Label[];
  /** Its value; null or undefined: it is not known, and there is no such sample. */
  readonly value: Integer | boolean | null | undefined;
}

/** A family, and what it is made of. */
export interface Metric {
  /** The family. */
  readonly family: Family;
  /** Its samples, each with other labels. */
  readonly points: (sample: Sample) => Iterable<Point>;
}

/** A sample that is the only one of its family. */
export function single(value: Point["value"]): readonly Point[] {
  return [{ labels: [], value }];
}
