/**
 * Whole numbers as the kernel prints them: up to 64 bits, which a JavaScript number holds exactly
 * only up to 2^53 - 1.
 *
 * @module
 */

/** A whole number: a `number` where that is exact (up to 2^53 - 1 either way), else a `bigint`. */
export type Integer = number | bigint;

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** 2^64 - 1, which the kernel prints for "no limit" (RLIM_INFINITY, setrlimit(2)). */
export const UNLIMITED: bigint = 0xffff_ffff_ffff_ffffn;

/** `value` as the smallest exact type. */
export function toInteger(value: bigint): Integer {
  return value <= MAX_SAFE && value >= -MAX_SAFE ? Number(value) : value;
}

/** The exact sum. */
export function addIntegers(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toInteger(BigInt(a) + BigInt(b));
}

/** The exact difference. */
export function subtractIntegers(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return toInteger(BigInt(a) - BigInt(b));
}

/** The exact product. */
export function multiplyIntegers(a: Integer, b: Integer): Integer {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product;
  }
  return toInteger(BigInt(a) * BigInt(b));
}
