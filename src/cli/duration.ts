/**
 * Durations as people write them: `250ms`, `2s`, `1.5m`, `1h`.
 *
 * @module
 */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The milliseconds of a duration; null where the text is none, or is 0. */
export function parseDuration(text: string): number | null {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h)$/.exec(text) ??
    [];
  const factor = UNIT_MS[unit ?? ""];
  if (number === undefined || factor === undefined) return null;
  const ms = Number(number) * factor;
  return ms > 0 ? ms : null;
}
