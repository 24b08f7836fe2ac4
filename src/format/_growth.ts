/** How fast an amount of memory grows, over the samples that have been seen of it. */

/** Fewer points say nothing: two differ by chance. */
const LEAST_POINTS = 5;
/** A shorter time would be multiplied by more than twelve to make a minute. */
const LEAST_SPAN_MS = 5000;
/** More points than this are thinned out. */
const MOST_POINTS = 24;
/** What is longer ago does not count; unless so few points are all that there are. */
const MOST_SPAN_MS = 600_000;

const MINUTE_MS = 60_000;

/**
 * Estimates growth by medians of the slopes between pairs of points (Theil and Sen): of all points,
 * and of each third of them. The result is the smaller one of the first, and of the median of the
 * thirds; none if these have different signs. A single jump is in one third only and a peak has
 * slopes of both signs: neither is growth, as it would be by the difference of two samples, or by a
 * line of least squares. Growth in steps shows once there were several.
 *
 * It keeps at most 24 points. As time goes on it keeps every second one only, until they span more
 * than five minutes; from then on the oldest one goes for each new one.
 */
export class Growth {
  readonly #times: number[] = [];
  readonly #bytes: number[] = [];
  /** How far from one another points are kept. */
  #strideMs = 0;
  /** Whether the memory has been the same ever since the first point. */
  #isFlat = true;
  /** What the points say; undefined if that has not been asked since the latest. */
  #known: number | null | undefined;

  /** Adds a point. One that is not later than the one before it is left out. */
  add(atMs: number, bytes: number): void {
    const times = this.#times;
    const last = times.at(-1);
    if (last !== undefined && atMs <= last) return;
    this.#isFlat &&= last === undefined || bytes === this.#bytes[0];
    // What has not grown so far has not grown by one more point of the same.
    if (!this.#isFlat || this.#known !== 0) this.#known = undefined;
    const before = times.at(-2);
    // The latest point is always kept, and makes room for its successor if it is not far enough
    // from the one before it.
    if (
      last !== undefined && before !== undefined &&
      last - before < this.#strideMs
    ) {
      times.pop();
      this.#bytes.pop();
    }
    times.push(atMs);
    this.#bytes.push(bytes);
    if (times.length > MOST_POINTS) this.#thin();
  }

  /** Bytes per minute; null before there are enough points. */
  get bytesPerMinute(): number | null {
    if (this.#known === undefined) this.#known = this.#estimate();
    return this.#known;
  }

  #estimate(): number | null {
    const times = this.#times;
    const last = times.length - 1;
    const spanMs = (times[last] ?? 0) - (times[0] ?? 0);
    if (times.length < LEAST_POINTS || spanMs < LEAST_SPAN_MS) return null;
    if (this.#bytes.every((one) => one === this.#bytes[0])) return 0;
    const first = Math.round(last / 3);
    const second = Math.round(2 * last / 3);
    // Thirds share a point: what happens between any two points is in one of them.
    const thirds = median(Float64Array.of(
      this.#slope(0, first),
      this.#slope(first, second),
      this.#slope(second, last),
    ));
    const all = this.#slope(0, last);
    if (all * thirds <= 0) return 0;
    return Math.sign(all) * Math.min(Math.abs(all), Math.abs(thirds)) *
      MINUTE_MS;
  }

  /** The median of the slopes between the points from one to another, in bytes per millisecond. */
  #slope(from: number, to: number): number {
    const count = to - from + 1;
    const slopes = new Float64Array(count * (count - 1) / 2);
    let at = 0;
    for (let i = from + 1; i <= to; i++) {
      const time = this.#times[i] ?? 0;
      const bytes = this.#bytes[i] ?? 0;
      for (let j = from; j < i; j++) {
        slopes[at++] = (bytes - (this.#bytes[j] ?? 0)) /
          (time - (this.#times[j] ?? 0));
      }
    }
    return median(slopes);
  }

  #thin(): void {
    const times = this.#times;
    const spanMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
    if (spanMs * 2 > MOST_SPAN_MS) {
      times.shift();
      this.#bytes.shift();
      return;
    }
    keepEverySecond(times);
    keepEverySecond(this.#bytes);
    // A little less than two steps: samples are never quite on time.
    this.#strideMs = 1.9 * spanMs / MOST_POINTS;
  }
}

function median(numbers: Float64Array): number {
  numbers.sort();
  const middle = numbers.length >> 1;
  const upper = numbers[middle] ?? 0;
  return numbers.length % 2 === 1
    ? upper
    : ((numbers[middle - 1] ?? 0) + upper) / 2;
}

/** Keeps the first, the third and so on. */
function keepEverySecond(numbers: number[]): void {
  let kept = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    numbers[kept++] = numbers[i] ?? 0;
  }
  numbers.length = kept;
}
