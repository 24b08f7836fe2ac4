/**
 * Amounts of memory as fields of a line: kB become bytes, and what is not known gets its reason.
 */

import { type Integer, kibToBytes, usedBytes } from "../integer.ts";
import type { NullReason, NullReasons } from "../model/null_reason.ts";

/**
 * An older kernel may print `VmLib` as a number just below 2^64, see `Status.vmLib`; no address
 * space is that large.
 */
const MAX_KIB = 2 ** 54;

/** Converts the amounts of one line, and notes which of them are null, and why. */
export class Amounts {
  readonly #missing: NullReason;
  readonly #reasons: Record<string, NullReason> = {};
  #isAbsurd = false;

  /** `missing` is the reason for what the kernel's text does not have. */
  constructor(missing: NullReason) {
    this.#missing = missing;
  }

  /** Why which fields are null; null if none is. */
  get reasons(): NullReasons | null {
    return Object.keys(this.#reasons).length === 0 ? null : this.#reasons;
  }

  /** Whether an amount that is in use is beyond 2^53 bytes. */
  get isAbsurd(): boolean {
    return this.#isAbsurd;
  }

  /** The bytes of memory that is in use, given in kB. */
  used(key: string, kib: Integer | null): number | null {
    return this.usedBytes(key, kibToBytes(kib));
  }

  /** The bytes of memory that is in use. */
  usedBytes(key: string, bytes: Integer | null): number | null {
    const used = bytes === null ? null : usedBytes(bytes);
    if (used === null) {
      this.#reasons[key] = bytes === null ? this.#missing : "failed";
      this.#isAbsurd ||= bytes !== null;
    }
    return used;
  }

  /** The bytes of a range of addresses, given in kB, which may be beyond 2^53. */
  range(key: string, kib: Integer | null): Integer | null {
    if (kib !== null && kib < MAX_KIB) return kibToBytes(kib);
    this.#reasons[key] = this.#missing;
    return null;
  }
}
