/**
 * What a collector is given of a process, and how it says what it could not read.
 *
 * @module
 */

import { type UnreadableNotes, whyGone } from "../model/null_reason.ts";
import type { Reader, Unread } from "../kernel/proc_reader.ts";
import type { Member } from "../tree/tree.ts";

/** One process in one sample. */
export interface Visit {
  /** Reads its files. */
  readonly reader: Reader;
  /** The process. */
  readonly member: Member;
  /** The directory whose files tell of it; a thread's where the main thread has ended before the others. */
  readonly directory: string;
  /** Whether it came into the cgroup with a past, which is not the cgroup's. */
  readonly hasPast: boolean;
  /** When the processes of the sample are visited from, by the monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** Clock ticks of a second. */
  readonly ticksPerSecond: number;
  /** Collects why which fields are null. */
  readonly notes: UnreadableNotes;
}

/** All fields as null, with the reason noted: a file that is not there means that the process has nothing to show. */
export function nothing<K extends string>(
  visit: Pick<Visit, "member" | "notes">,
  why: { readonly keys: readonly K[]; readonly unread: Unread | "unsupported" },
): Record<K, null> {
  const reason = why.unread === "gone"
    ? whyGone(visit.member.stat)
    : why.unread;
  const fields: Partial<Record<K, null>> = {};
  for (const key of why.keys) {
    fields[key] = null;
    visit.notes[key] = reason;
  }
  return fields as Record<K, null>;
}
