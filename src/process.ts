/**
 * What the files of one process say beside its `stat`: memory and program, or why they are not known.
 *
 * @module
 */

import { type Integer, multiplyIntegers, UNLIMITED } from "./integer.ts";
import { parseStat, PF_KTHREAD, type Stat } from "./parse/stat.ts";
import type { Statm } from "./parse/statm.ts";
import type { Reader, Reading } from "./reader.ts";
import type { Unreadable, UnreadableNotes } from "./unreadable.ts";
import type { Member } from "./tree.ts";

/** The memory of a process, in bytes. */
export interface Memory {
  /** Resident. */
  readonly rssBytes: Integer | null;
  /** The soft limit of resident memory; null: unlimited. */
  readonly rsslimBytes: Integer | null;
  /** Virtual. */
  readonly vsizeBytes: Integer | null;
}

/** The program that a process runs. */
export interface Program {
  /** Its path, without the mark of a file that was removed. */
  readonly path: string | null;
  /** The last segment of its path. */
  readonly exe: string | null;
  /** Whether its file has been removed or replaced. */
  readonly exeDeleted: boolean | null;
  /** Why it is not known; null where it is. */
  readonly unreadable: Unreadable | null;
}

const DELETED = " (deleted)";

/**
 * The directory whose files tell of a process's memory and program. While threads outlive the main thread, that is the directory
 * of one of them: the main thread is a zombie then, and its own shows nothing.
 */
export function livingDirectory(reader: Reader, member: Member): string {
  const { pid, stat } = member;
  const directory = `/proc/${pid}`;
  if (stat.state !== "Z" || stat.numThreads < 2) return directory;
  for (const tid of reader.readDir(`${directory}/task`).value ?? []) {
    const task = `${directory}/task/${tid}`;
    const thread = reader.read(`${task}/stat`, parseStat).value;
    if (thread !== null && !/[ZXx]/.test(thread.state)) return task;
  }
  return directory;
}

/** The memory of a process from its `statm`; null where the process has ended. */
export function memoryOf(
  { value: statm, unread }: Reading<Statm>,
  options: {
    readonly stat: Stat;
    readonly pageSizeBytes: number;
    readonly notes: UnreadableNotes;
  },
): Memory | null {
  const { stat, pageSizeBytes, notes } = options;
  if (unread === "gone") return null;
  const rsslimBytes = stat.rsslim === UNLIMITED ? null : stat.rsslim;
  if (statm === null || statm.size === 0) {
    notes.rssBytes = unread ?? whyGone(stat);
    notes.vsizeBytes = notes.rssBytes;
    return { rssBytes: null, rsslimBytes, vsizeBytes: null };
  }
  return {
    rssBytes: multiplyIntegers(statm.resident, pageSizeBytes),
    rsslimBytes,
    vsizeBytes: multiplyIntegers(statm.size, pageSizeBytes),
  };
}

/** The program of a process from its link `exe`. A link that is not there says nothing of the process's end. */
export function programOf(
  { value: link, unread }: Reading<string>,
  stat: Stat,
): Program {
  if (link === null) {
    const unreadable = unread === "gone" ? whyGone(stat) : unread;
    return { path: null, exe: null, exeDeleted: null, unreadable };
  }
  const exeDeleted = link.endsWith(DELETED);
  const path = exeDeleted ? link.slice(0, -DELETED.length) : link;
  const exe = path.slice(path.lastIndexOf("/") + 1);
  return { path, exe, exeDeleted, unreadable: null };
}

/**
 * Whether a process may run another program than when it looked like `before`.
 *
 * execve(2) lays out the memory anew: binfmt_elf sets start_code, end_code and start_stack, the last at random unless that is
 * switched off (personality(2)), and begin_new_exec() sets the name. Where a process hides its addresses (start_stack is 0,
 * start_code 1), the link has to be read each time.
 */
export function mayHaveExecuted(before: Stat, now: Stat): boolean {
  return now.startstack === 0 ||
    now.startstack !== before.startstack ||
    now.startcode !== before.startcode ||
    now.endcode !== before.endcode ||
    now.comm !== before.comm;
}

/** Why a process that lives shows no memory and no program. */
export function whyGone(stat: Stat): Unreadable {
  if (stat.state === "Z") return "zombie";
  return (stat.flags & PF_KTHREAD) !== 0 ? "kernel_thread" : "exiting";
}
