/** Measurements that were repeated, and how they are printed. */

/** What several rounds have measured. */
export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The figure of several measurements. */
export function figureOf(values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return {
    median: sorted.length % 2 === 1
      ? sorted[middle] ?? NaN
      : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2,
    least: sorted[0] ?? NaN,
    most: sorted.at(-1) ?? NaN,
  };
}

/** Formats a figure as its median, least and most: `12.3 (11.9 to 14.0)`. */
export function formatFigure({ median, least, most }: Figure): string {
  const [a, b, c] = [median, least, most].map(formatNumber);
  return `${a} (${b} to ${c})`;
}

/**
 * Formats an integer as it is. Another number has two decimals below 10, one below 100, and none
 * from there on.
 */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return `${value}`;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
