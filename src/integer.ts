/**
 * Whole numbers as the kernel prints them: up to 64 bits, which a JavaScript number holds exactly
 * only up to 2^53 - 1. Sums of counters, and amounts of memory.
 *
 * @module
 */

/**
 * A whole number: a `number` if that is exact (up to 2^53 - 1 either way), otherwise a `bigint`.
 */
export type Integer = number | bigint;

const KIB = 1024;

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** 2^64 - 1, which the kernel prints for "no limit" (RLIM_INFINITY, setrlimit(2)). */
export const UNLIMITED: bigint = 0xffff_ffff_ffff_ffffn;

/** The largest whole number of 64 bits with a sign, which is the most that many readers have. */
export const MAX_INT64: bigint = 2n ** 63n - 1n;

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

/** Bytes of kB (of 1,024 bytes); null stays null. */
export function kibToBytes(kib: Integer | null): Integer | null {
  return kib === null ? null : multiplyIntegers(kib, KIB);
}

/** An amount of memory that is in use; null if it is beyond 2^53 bytes, which no host has. */
export function usedBytes(bytes: Integer): number | null {
  return typeof bytes === "number" ? bytes : null;
}
