/** The memory of a process over time. */

const PAGE_BYTES = 4096;

/** The resident memory of a process, by its `statm`. */
export function residentBytes(pid: number): number {
  const [, resident] = Deno.readTextFileSync(`/proc/${pid}/statm`).split(" ");
  return Number(resident) * PAGE_BYTES;
}

/** The slope of the straight line that fits best through values at equal distances. */
export function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const level = values.reduce((sum, value) => sum + value, 0) / values.length;
  let covariance = 0;
  let variance = 0;
  for (const [x, y] of values.entries()) {
    covariance += (x - middle) * (y - level);
    variance += (x - middle) ** 2;
  }
  return covariance / variance;
}
