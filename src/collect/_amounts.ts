/**
 * Amounts of memory as fields of a line: kB become bytes, and what is not known gets its reason.
 */

import { isMalformed, type PartlyMalformed } from "../errors.ts";
import { type Integer, kibToBytes, usedBytes } from "../integer.ts";
import {
  noneIfEmpty,
  type NullReason,
  type NullReasons,
} from "../model/null_reason.ts";

/**
 * An older kernel may print `VmLib` as a number just below 2^64, see `Status.vmLib`; no address
 * space is that large.
 */
const MAX_KIB = 2 ** 54;

/** Converts the amounts of one line, and notes which of them are null, and why. */
export class Amounts {
  readonly #source: PartlyMalformed;
  readonly #missing: NullReason;
  readonly #reasons: Record<string, NullReason> = {};
  #isAbsurd = false;

  /** `missing` is the reason for what the kernel's text, parsed as `source`, does not have. */
  constructor(source: PartlyMalformed, missing: NullReason) {
    this.#source = source;
    this.#missing = missing;
  }

  /** Why which fields are null; null if none is. */
  get reasons(): NullReasons | null {
    return noneIfEmpty(this.#reasons);
  }

  /** Whether an amount that is in use is beyond 2^53 bytes. */
  get isAbsurd(): boolean {
    return this.#isAbsurd;
  }

  /** The bytes of memory that is in use, given in kB by these lines. */
  used(
    key: string,
    kib: Integer | null,
    ...lines: readonly string[]
  ): number | null {
    const bytes = kibToBytes(kib);
    const used = bytes === null ? null : usedBytes(bytes);
    if (used === null) {
      this.#reasons[key] = bytes === null ? this.#whyNot(lines) : "failed";
      this.#isAbsurd ||= bytes !== null;
    }
    return used;
  }

  /** The bytes of a range of addresses, given in kB by a line, which may be beyond 2^53. */
  range(key: string, kib: Integer | null, line: string): Integer | null {
    if (kib !== null && kib < MAX_KIB) return kibToBytes(kib);
    this.#reasons[key] = this.#whyNot([line]);
    return null;
  }

  #whyNot(lines: readonly string[]): NullReason {
    return isMalformed(this.#source, lines) ? "malformed" : this.#missing;
  }
}
