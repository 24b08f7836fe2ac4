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
 * Estimates growth by the median of the slopes between all pairs of points (Theil and Sen): unlike
 * the difference of two samples, or a line fitted by least squares, it takes neither one jump nor a
 * short peak for growth.
 *
 * It keeps at most 24 points. As time goes on it keeps every second one only, until they span more
 * than five minutes; from then on the oldest one goes for each new one.
 */
export class Growth {
  readonly #times: number[] = [];
  readonly #bytes: number[] = [];
  /** How far from one another points are kept. */
  #strideMs = 0;
  /** What the points say; undefined if that has not been asked since the latest. */
  #slope: number | null | undefined;

  /** Adds a point. One that is not later than the one before it is left out. */
  add(atMs: number, bytes: number): void {
    const times = this.#times;
    const last = times.at(-1);
    if (last !== undefined && atMs <= last) return;
    this.#slope = undefined;
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
    return this.#slope ??= this.#medianSlope();
  }

  #medianSlope(): number | null {
    const times = this.#times;
    const bytes = this.#bytes;
    const count = times.length;
    const spanMs = (times[count - 1] ?? 0) - (times[0] ?? 0);
    if (count < LEAST_POINTS || spanMs < LEAST_SPAN_MS) return null;
    if (bytes.every((one) => one === bytes[0])) return 0;
    const slopes = new Float64Array(count * (count - 1) / 2);
    let at = 0;
    for (let i = 1; i < count; i++) {
      for (let j = 0; j < i; j++) {
        const rise = (bytes[i] ?? 0) - (bytes[j] ?? 0);
        slopes[at++] = rise / ((times[i] ?? 0) - (times[j] ?? 0));
      }
    }
    slopes.sort();
    const middle = slopes.length >> 1;
    const upper = slopes[middle] ?? 0;
    const median = slopes.length % 2 === 1
      ? upper
      : ((slopes[middle - 1] ?? 0) + upper) / 2;
    return median * MINUTE_MS;
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

/** Keeps the first, the third and so on. */
function keepEverySecond(numbers: number[]): void {
  let kept = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    numbers[kept++] = numbers[i] ?? 0;
  }
  numbers.length = kept;
}
