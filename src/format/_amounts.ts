/** Figures for people: few characters, rounded. */

const UNITS = ["B", "K", "M", "G", "T", "P", "E"] as const;

/** What stands for a figure that a thing does not have, or that is not there yet. */
export const NONE = "-";

/**
 * Bytes in at most five characters, in units of 1024: `512B`, `1.5K`, `99.9M`, `100M`, `1023G`.
 */
export function showBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < UNITS.length - 1 && isTooLong(value)) {
    value /= 1024;
    unit++;
  }
  const hasDecimal = unit > 0 && Math.round(value * 10) < 1000;
  return `${value.toFixed(hasDecimal ? 1 : 0)}${UNITS[unit]}`;
}

function isTooLong(value: number): boolean {
  return Math.round(value) >= 1024;
}

/** A change of bytes, with its sign: `+1.5K`, `-2.0M`, `0B`. */
export function showChange(bytes: number): string {
  const shown = showBytes(Math.abs(bytes));
  if (shown === "0B") return shown;
  return `${bytes < 0 ? "-" : "+"}${shown}`;
}

/** A percentage: `0.0`, `99.9`, from 1000 on without its decimal. */
export function showPercentage(percentage: number): string {
  return percentage.toFixed(Math.round(percentage * 10) < 10_000 ? 1 : 0);
}

/** Whole seconds in at most six characters below 10,000 days: `59s`, `1m00s`, `2h03m`, `4d05h`. */
export function showAge(seconds: number): string {
  const total = Math.floor(seconds);
  const [days, hours] = [Math.floor(total / 86_400), Math.floor(total / 3600)];
  const minutes = Math.floor(total / 60);
  if (minutes === 0) return `${total}s`;
  if (hours === 0) return `${minutes}m${twoDigits(total % 60)}s`;
  if (days === 0) return `${hours}h${twoDigits(minutes % 60)}m`;
  return days < 100 ? `${days}d${twoDigits(hours % 24)}h` : `${days}d`;
}

/** A number of minutes or seconds, as it stands behind a larger unit. */
export function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

/** A number of things: `1 process`, `2 processes`. */
export function showCount(
  count: number,
  one: string,
  several = `${one}s`,
): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** Bytes in units of 1024, with their names: `512 B`, `1.5 KiB`, `1023.9 MiB`. */
export function showBinary(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < UNITS.length - 1 && Math.round(value * 10) >= 10_240) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${UNITS[unit]}iB`;
}
