/**
 * What the files of one process say beside its `stat`: memory and program, or why they are not known.
 *
 * @module
 */

import { type Integer, multiplyIntegers, UNLIMITED } from "../integer.ts";
import { parseStat, type Stat } from "../parse/stat.ts";
import { parseStatm, type Statm } from "../parse/statm.ts";
import type { ParsedFile, Reader, Reading } from "../kernel/proc_reader.ts";
import {
  type Unreadable,
  type UnreadableNotes,
  whyGone,
} from "../model/null_reason.ts";
import type { Member } from "../tree/tree.ts";

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

/** The link of a program that seems the same is read again once in so many samples: its file may have been removed. */
const LINK_TURNS = 32;

/** The files of a process that are read in each sample: held open, or read again where they may say something else. */
export class ProcessFiles {
  readonly #reader: Reader;
  readonly #member: Member;
  readonly #isPlain: boolean;
  readonly #ownDirectory: string;
  /** Its open `statm`; null where it could not be opened. */
  readonly #statm: ParsedFile<Statm> | null;
  /** Its program, and what its `stat` said when the link was read; null where it has to be read again. */
  #program: { readonly program: Program; readonly stat: Stat } | null = null;

  /** `plain` reads each file in each sample. */
  constructor(
    reader: Reader,
    of: { readonly member: Member; readonly plain: boolean },
  ) {
    this.#reader = reader;
    this.#member = of.member;
    this.#isPlain = of.plain;
    this.#ownDirectory = `/proc/${of.member.pid}`;
    this.#statm = reader.open(`${this.#ownDirectory}/statm`, parseStatm).value;
  }

  /**
   * The directory whose files tell of its memory and program. While threads outlive the main thread, that is the directory of one
   * of them: the main thread is a zombie then, and its own shows nothing.
   */
  livingDirectory(): string {
    const { stat } = this.#member;
    const directory = this.#ownDirectory;
    if (stat.state !== "Z" || stat.numThreads < 2) return directory;
    for (const tid of this.#reader.readDir(`${directory}/task`).value ?? []) {
      const task = `${directory}/task/${tid}`;
      const thread = this.#reader.read(`${task}/stat`, parseStat).value;
      if (thread !== null && !/[ZXx]/.test(thread.state)) return task;
    }
    return directory;
  }

  /** The `statm` in its living directory. */
  readStatm(directory: string): Reading<Statm> {
    return this.#statm === null || directory !== this.#ownDirectory
      ? this.#reader.read(`${directory}/statm`, parseStatm)
      : this.#statm.read();
  }

  /** Reads the link again where the process may run another program; and each link in turn, whose file may have been removed. */
  readProgram(
    directory: string,
    sample: { readonly seq: number },
  ): Program {
    const { stat, pid } = this.#member;
    const known = this.#program;
    if (
      known !== null && !this.#isPlain &&
      pid % LINK_TURNS !== sample.seq % LINK_TURNS &&
      !mayHaveExecuted(known.stat, stat)
    ) return known.program;
    const link = this.#reader.readLink(`${directory}/exe`);
    const program = programOf(link, stat);
    this.#program = link.value === null ? null : { program, stat };
    return program;
  }

  /** Gives the files back. */
  close(): void {
    this.#statm?.close();
  }
}

/** The memory of a process from its `statm`. */
export function memoryOf(
  { value: statm, unread }: Reading<Statm>,
  options: {
    readonly stat: Stat;
    readonly pageSizeBytes: number;
    readonly notes: UnreadableNotes;
  },
): Memory {
  const { stat, pageSizeBytes, notes } = options;
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
  if (now.startstack === 0) return true;
  return now !== before && (now.startstack !== before.startstack ||
    now.startcode !== before.startcode ||
    now.endcode !== before.endcode ||
    now.comm !== before.comm);
}
