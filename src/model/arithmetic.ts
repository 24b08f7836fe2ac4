/**
 * Sums of a field over the processes of a sample, rates of counters, and amounts of memory.
 *
 * @module
 */

import {
  addIntegers,
  type Integer,
  multiplyIntegers,
  subtractIntegers,
} from "../integer.ts";
import type { NullReason } from "./null_reason.ts";

const KIB = 1024;

const HAS_NO_MEMORY: ReadonlySet<NullReason> = new Set<NullReason>([
  "zombie",
  "kernel_thread",
  "exiting",
]);

/**
 * Adds up a field over processes. The sum is not known if one part of it is not; a process without
 * memory adds nothing.
 */
export class KnownSum {
  #total: Integer = 0;
  #reason: NullReason | null = null;

  /** Adds a part, or the reason why it is not known. */
  add(part: Integer | null, reason: NullReason | undefined): void {
    if (part !== null) this.#total = addIntegers(this.#total, part);
    else if (reason !== undefined && !HAS_NO_MEMORY.has(reason)) {
      this.#reason = reason;
    }
  }

  /** The sum; null if it is not known. */
  get value(): Integer | null {
    return this.#reason === null ? this.#total : null;
  }

  /** Why the sum is not known; null if it is. */
  get reason(): NullReason | null {
    return this.#reason;
  }
}

/**
 * A sum of memory that is in use; null, with the reason, if it is not known or beyond 2^53 bytes.
 */
export function usedSum(
  sum: KnownSum,
): { readonly bytes: number | null; readonly reason: NullReason | null } {
  const { value, reason } = sum;
  const bytes = value === null ? null : usedBytes(value);
  return { bytes, reason: bytes === null ? reason ?? "failed" : null };
}

/**
 * How fast a counter, which may have a fraction, grew between two readings, per second; 0 if it
 * fell, null if no time has passed.
 */
export function rateBetween(
  before: Integer,
  now: Integer,
  seconds: number,
): number | null {
  if (!(seconds > 0)) return null;
  const growth = typeof before === "number" && typeof now === "number"
    ? now - before
    : Number(subtractIntegers(now, before));
  return Math.max(growth / seconds, 0);
}

/** Bytes of kB (of 1,024 bytes); null stays null. */
export function kibToBytes(kib: Integer | null): Integer | null {
  return kib === null ? null : multiplyIntegers(kib, KIB);
}

/** The same for memory that is in use: null also beyond 2^53 bytes, which no host has. */
export function usedKibToBytes(kib: Integer | null): number | null {
  return kib === null ? null : usedBytes(multiplyIntegers(kib, KIB));
}

/** An amount of memory that is in use; null if it is beyond 2^53 bytes, which no host has. */
export function usedBytes(bytes: Integer): number | null {
  return typeof bytes === "number" ? bytes : null;
}
