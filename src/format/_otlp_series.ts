/** The points of one thing over a run: its counters never fall, and it says when it is gone. */

import { addIntegers, type Integer, subtractIntegers } from "../integer.ts";
import { utf8Bytes } from "../text.ts";
import { roundSeconds } from "./_json.ts";
import { encodeNumber, encodeTime } from "./_otlp_json.ts";
import type { Metric, Point, Values } from "./_otlp_metrics.ts";

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
    this.#moreBytes = utf8Bytes(attributes) - attributes.length;
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

/** Two counts together; those with fractions are seconds. */
function sum(a: Integer, b: Integer, isWhole: boolean): Integer {
  return isWhole ? addIntegers(a, b) : roundSeconds(Number(a) + Number(b));
}

function difference(a: Integer, b: Integer, isWhole: boolean): Integer {
  return isWhole ? subtractIntegers(a, b) : roundSeconds(Number(a) - Number(b));
}
