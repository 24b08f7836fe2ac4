/**
 * Why a field of a sample is null.
 *
 * @module
 */

import { PF_KTHREAD, type Stat } from "../parse/stat.ts";
import type { Unread } from "../kernel/proc_reader.ts";

/**
 * Why a field is null.
 *
 * - `"gone"`, `"denied"`, `"failed"`: its file could not be read, see `ReadFailure`.
 * - `"malformed"`: its file makes no sense.
 * - `"zombie"`, `"kernel_thread"`, `"exiting"`: such a process has no memory and no program.
 * - `"executing"`: the process is in the middle of execve(2), and has no arguments to show.
 * - `"unsupported"`: this kernel, or the controllers of this cgroup, do not tell.
 * - `"clock"`: the process seems to start in the future, as one of another time namespace does (time_namespaces(7)).
 */
export type Unreadable =
  | Unread
  | "zombie"
  | "kernel_thread"
  | "exiting"
  | "executing"
  | "unsupported"
  | "clock";

/** Which fields of a line are null, and why. */
export type UnreadableFields = Readonly<Record<string, Unreadable>>;

/** Collects why which fields of a line are null. */
export type UnreadableNotes = Record<string, Unreadable>;

/** Such notes as a line has them; null where every field was read. */
export function orNull(notes: UnreadableNotes): UnreadableFields | null {
  return Object.keys(notes).length === 0 ? null : notes;
}

/** Notes of each field that is null without a reason so far that the host does not tell it. */
export function noteUnsupported<K extends string>(
  fields: Readonly<Partial<Record<K, unknown>>>,
  options: { readonly keys: readonly K[]; readonly notes: UnreadableNotes },
): void {
  for (const key of options.keys) {
    if (fields[key] === null) options.notes[key] ??= "unsupported";
  }
}

/** The reason for a file that is no process's: where it is not there, this host has none. */
export function unsupportedIfGone(unread: Unread): Unreadable {
  return unread === "gone" ? "unsupported" : unread;
}

/** Why a process that lives shows no memory and no program. */
export function whyGone(stat: Stat): Unreadable {
  if (stat.state === "Z") return "zombie";
  return (stat.flags & PF_KTHREAD) !== 0 ? "kernel_thread" : "exiting";
}
