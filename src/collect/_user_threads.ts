/** How many threads a user has, of all processes that /proc lists. */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { Known, NullReason } from "../model/null_reason.ts";
import { parseUserThreads } from "../parse/status.ts";

/** Counts the threads of each real user: at most once in a sample, and only if it is asked. */
export class UserThreads {
  readonly #reader: ProcReader;
  /** By user id; null if they were not counted in this sample. */
  #counts: ReadonlyMap<number, number> | null = null;
  /** Why the count is not known. */
  #reason: NullReason | null = null;

  /** Nothing is counted yet. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** A sample begins. */
  begin(): void {
    this.#counts = null;
    this.#reason = null;
  }

  /** The threads of a user; or why that is not known, as one of all processes cannot be read. */
  count(uid: number): Known<number> {
    this.#counts ??= this.#countAll();
    return this.#reason === null
      ? { value: this.#counts.get(uid) ?? 0, reason: null }
      : { value: null, reason: this.#reason };
  }

  #countAll(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    const { value: pids, reason } = this.#reader.listPids();
    if (pids === null) {
      this.#reason = reason;
      return counts;
    }
    for (const pid of pids) {
      const { value, reason } = this.#reader.read(
        `/proc/${pid}/status`,
        parseUserThreads,
      );
      if (value !== null) {
        counts.set(value.uid, (counts.get(value.uid) ?? 0) + value.threads);
      } else if (reason !== "gone") this.#reason = reason;
    }
    return counts;
  }
}
