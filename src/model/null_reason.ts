/**
 * Why a field of a sample is null, and sums of which a part may be unknown.
 *
 * @module
 */

import { isMalformed, type PartlyMalformed } from "../errors.ts";
import { addIntegers, type Integer, usedBytes } from "../integer.ts";
import type { UnreadReason } from "../kernel/proc_reader.ts";
import { PF_KTHREAD, type Stat } from "../parse/stat.ts";

/**
 * Why a field is null.
 *
 * - `"gone"`, `"denied"`, `"failed"`: its file could not be read, see `ReadFailure`; `"failed"`
 *   also for an amount of memory beyond 2^53 bytes, which no host has.
 * - `"malformed"`: its file, or its line there, makes no sense.
 * - `"zombie"`, `"kernel_thread"`, `"exiting"`: such a process has no memory and no program.
 * - `"shared_with_parent"`: the process has its parent's memory and none of its own, as between
 *   vfork(2) and execve(2); it counts on the parent's line.
 * - `"executing"`: the process is in the middle of execve(2), and has no arguments to show.
 * - `"first_sample"`: it was there before the run, and there is no earlier reading to compare with.
 * - `"unsupported"`: this kernel, or the controllers of this cgroup, do not report it: there is no
 *   such file, or no such line.
 * - `"unmounted"`: no mount of cgroup v2 that the sampling program sees holds this group.
 * - `"clock"`: the process seems to start in the future, as one of another time namespace does
 *   (time_namespaces(7)); or no time has passed since the previous reading.
 * - `"counter"`: a counter behind it fell since the previous reading, or grew by more than time
 *   allows, as steal does on some hypervisors and the counters of a cgroup that was made anew.
 */
export type NullReason =
  | UnreadReason
  | "zombie"
  | "kernel_thread"
  | "exiting"
  | "shared_with_parent"
  | "executing"
  | "first_sample"
  | "unsupported"
  | "unmounted"
  | "clock"
  | "counter";

/** Which fields of a line are null, and why, by the names of the fields in a sample. */
export type NullReasons = Readonly<Record<string, NullReason>>;

/** A value, or the reason why it is not known. */
export type Known<T> =
  | { readonly value: T; readonly reason: null }
  | { readonly value: null; readonly reason: NullReason };

/** Fields that were read together. */
export interface Readout<Fields> {
  /** The fields. */
  readonly fields: Fields;
  /** Why which of them are null; null if all could be read. */
  readonly reasons: NullReasons | null;
  /** Whether an amount of memory makes no sense, for it is beyond 2^53 bytes. */
  readonly isAbsurd?: boolean;
}

/** Reasons that were collected; null if there are none. */
export function noneIfEmpty(reasons: NullReasons): NullReasons | null {
  return Object.keys(reasons).length === 0 ? null : reasons;
}

/** The reasons for those fields that are kept; null if there are none. */
export function keepReasons(
  reasons: NullReasons,
  isKept: (key: string) => boolean,
): NullReasons | null {
  const kept = Object.entries(reasons).filter(([key]) => isKept(key));
  return noneIfEmpty(Object.fromEntries(kept));
}

/** The reason for one field; null if there is none. */
export function reasonFor(
  key: string,
  reason: NullReason | null,
): NullReasons | null {
  return reason === null ? null : { [key]: reason };
}

/** The same reason for several fields. */
export function sameReason(
  keys: readonly string[],
  reason: NullReason,
): NullReasons {
  return Object.fromEntries(keys.map((key) => [key, reason]));
}

/**
 * Why these fields are null, each of which stands on a line of one file: its text makes no sense,
 * or the line is not there. Null if none is.
 *
 * @param lines The names that the man page gives to the lines, by the keys of the fields.
 */
export function lineReasons(
  source: PartlyMalformed,
  fields: Readonly<Record<string, unknown>>,
  lines: Readonly<Record<string, string>>,
): NullReasons | null {
  const reasons = Object.entries(lines).filter(([key]) => fields[key] === null)
    .map(([key, line]) => [key, lineReason(source, line)] as const);
  return reasons.length === 0 ? null : Object.fromEntries(reasons);
}

/** Why a line of a file gives no value: its text makes no sense, or it is not there. */
export function lineReason(source: PartlyMalformed, line: string): NullReason {
  return isMalformed(source, [line]) ? "malformed" : "unsupported";
}

/** All reasons together; null if there are none. */
export function joinReasons(
  ...lists: readonly (NullReasons | null)[]
): NullReasons | null {
  const given = lists.filter((reasons) => reasons !== null);
  return given.length < 2 ? given[0] ?? null : Object.assign({}, ...given);
}

/** Why counters are not known, in their order; null: one is. */
export type CounterReasons = readonly (NullReason | null)[];

/** Why the sums of two are not known; null if all are. */
export function joinCounterReasons(
  a: CounterReasons | null,
  b: CounterReasons | null,
): CounterReasons | null {
  if (a === null || b === null) return a ?? b;
  return a.map((reason, i) => reason ?? b[i] ?? null);
}

/** The reason for a file of a process: if it is not there, the process has nothing to show. */
export function processReason(reason: UnreadReason, stat: Stat): NullReason {
  return reason === "gone" ? whyNothing(stat) : reason;
}

/**
 * The reason for a file that belongs to the host: if it is not there, the host does not support it.
 */
export function hostReason(reason: UnreadReason): NullReason {
  return reason === "gone" ? "unsupported" : reason;
}

/** Why a living process shows no memory and no program. */
export function whyNothing(stat: Stat): NullReason {
  if (stat.state === "Z") return "zombie";
  return (stat.flags & PF_KTHREAD) !== 0 ? "kernel_thread" : "exiting";
}

/** Whether a process is a zombie or has given back its memory: it does nothing more. */
export function isEnding(stat: Stat): boolean {
  return stat.state === "Z" ||
    (stat.vsize === 0 && (stat.flags & PF_KTHREAD) === 0);
}

/**
 * Why what a process has used is not known while its counter is null for a reason; null: what was
 * read before will do. A reading that went wrong is made up for by the next, and a process that is
 * ending does nothing more; but one that is refused, as after an execve(2) of a set-user-ID
 * program, goes on unseen.
 */
export function whyUnseen(
  reason: NullReason,
  { wasKnown, isEnded }: {
    readonly wasKnown: boolean;
    readonly isEnded: boolean;
  },
): NullReason | null {
  return wasKnown && (isEnded || reason !== "denied") ? null : reason;
}

/** Why a process that is about to end, or has, shows no more what it showed before. */
export const ENDING: ReadonlySet<NullReason> = new Set<NullReason>([
  "zombie",
  "exiting",
  "gone",
]);

const UNTOLD: ReadonlySet<NullReason> = new Set<NullReason>([
  "denied",
  "failed",
  "malformed",
  "unsupported",
  "unmounted",
]);

/** Whether there is a figure, or may be, that nobody tells: a sum without it would be too small. */
export function isUntold(
  reason: NullReason | null | undefined,
): reason is NullReason {
  return reason !== null && reason !== undefined && UNTOLD.has(reason);
}

const HAS_NO_MEMORY: ReadonlySet<NullReason> = new Set<NullReason>([
  "zombie",
  "kernel_thread",
  "exiting",
  "shared_with_parent",
]);

/** Whether a process has no memory, so that it adds nothing to a sum of it. */
export function hasNoMemory(reason: NullReason | undefined): boolean {
  return reason !== undefined && HAS_NO_MEMORY.has(reason);
}

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
