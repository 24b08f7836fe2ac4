/**
 * Which process ids may have been given out since an earlier sweep, so that one which is known may
 * now be that of another process.
 *
 * The kernel gives out ids in order (alloc_pid() of kernel/pid.c): each task, process or thread,
 * gets the next one that is free; after the highest, `kernel.pid_max` less 1, it goes on at 300.
 * The last one is the last number of proc_loadavg(5). So what was given out in between lies in one
 * range, unless the ids went round, or a program chose ids itself: by `ns_last_pid`
 * (pid_namespaces(7)) or by `set_tid` (clone3(2)). Whatever tells of that makes any id possible:
 *
 * - More tasks were created (`processes` of proc_stat(5)) than ids may be free.
 * - The range is larger than the tasks and the ids that are in use account for: `ns_last_pid` was
 *   set forward, or the kernel gave ids to tasks that were then refused (the `pids` controller), of
 *   which so many may have gone round.
 * - More tasks were created than the range holds, in the initial namespace; in others, the count
 *   has tasks that got no id here.
 * - A process is listed for the first time, and its id is not in the range.
 * - Ids are looked up, and those that older tasks are found to have leave fewer than were created.
 *
 * What tells nobody: an id that was chosen by `set_tid` and is that of an outsider, in a namespace
 * that is not the initial one, or while as many ids were passed over, or given to tasks that were
 * refused or cannot be seen yet; `ns_last_pid` set back and forth by less than the tasks account
 * for; refused tasks that went round once and not much further; tasks that did where most threads
 * keep two ids of others besides their own.
 *
 * @module
 */

import { type Integer, subtractIntegers } from "../integer.ts";
import type { ParsedFile, ProcReader } from "../kernel/proc_reader.ts";
import { type Loadavg, parseLoadavg } from "../parse/loadavg.ts";
import { parseSingleValue } from "../parse/single_value.ts";
import { parseNspid } from "../parse/status.ts";

/** The ids given out after one and up to another; all, or none. */
export type PidRange = "all" | {
  /** The last one that was given out before. */
  readonly after: number;
  /** The last one that was given out. Below `after` if the ids went round; equal: none was. */
  readonly upTo: number;
};

/** What was known when a sweep began. */
export interface Allocation {
  /** Null if it cannot be read, or is not of the namespace that /proc shows. */
  readonly loadavg: Loadavg | null;
  /** The tasks that were created since boot; null if that is not known. */
  readonly created: Integer | null;
}

/** The ids that were given out since an earlier sweep, and what the counts say of them. */
export interface GivenIds {
  /** In this order. */
  readonly ids: readonly number[];
  /**
   * How many more they are than the tasks that were created. One more: an id was in use and passed
   * over, its task was refused, or cannot be seen yet. One less: a task has an id outside of the
   * range, or one that had its id before can be seen now.
   */
  readonly surplus: number;
}

/** RESERVED_PIDS of the kernel's include/linux/pid.h: where ids go on after the highest. */
const RESERVED_PIDS = 300;

/** PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h. */
const INITIAL_NAMESPACE = "pid:[4026531836]";

/**
 * A thread holds its own id, and may keep those of a group and of a session whose leaders ended.
 */
const IDS_OF_A_THREAD = 3;

/**
 * So many of them may be free no more where ids go round: who has made a session keeps one id for
 * both, and few keep two.
 */
const IDS_OF_MOST_THREADS = 2;

/**
 * A task is counted, and listed, a little later than it gets its id: the ids before the last one
 * may be of such. Were there more of them, outsiders would be read for nothing.
 */
const MOST_ON_THEIR_WAY = 64;

/** Whether an id is in a range. */
export function isInRange(range: PidRange, pid: number): boolean {
  if (range === "all") return true;
  const { after, upTo } = range;
  return after <= upTo
    ? pid > after && pid <= upTo
    : pid > after || (pid >= RESERVED_PIDS && pid <= upTo);
}

/** Follows which process ids are given out. */
export class GivenPids {
  /** Null if it is not of the namespace that /proc shows. */
  #loadavg: ParsedFile<Loadavg> | null;
  #pidMax: ParsedFile<Integer> | null;
  readonly #isInitial: boolean;
  /** When the latest sweep began that could list all processes, and when this one did. */
  #before: Allocation | null = null;
  #now: Allocation | null = null;
  #range: PidRange = "all";
  #counted: CountedIds | null = null;

  /** `isOwn`: whether `/proc/loadavg` is that of this procfs. */
  constructor(reader: ProcReader, isOwn: boolean) {
    const isUsable = isOwn && isOfReadersNamespace(reader);
    this.#loadavg = isUsable
      ? reader.open("/proc/loadavg", parseLoadavg).value
      : null;
    this.#pidMax = isUsable
      ? reader.open("/proc/sys/kernel/pid_max", parsePidMax).value
      : null;
    this.#isInitial = isUsable &&
      reader.readLink("/proc/self/ns/pid").value === INITIAL_NAMESPACE;
  }

  /** The ids that may have been given out since the previous sweep began. */
  get range(): PidRange {
    return this.#range;
  }

  /**
   * Whether the ids that are given out can account for all tasks that are created: in another
   * namespace than the initial one, the kernel counts tasks that get no id there.
   */
  get isExact(): boolean {
    return this.#isInitial && this.#loadavg !== null;
  }

  /**
   * What was given out since the previous sweep; null if they are more, or it is not known what
   * they account for.
   */
  idsUpTo(most: number): GivenIds | null {
    if (!this.isExact) return null;
    const counted = this.#counted;
    if (counted === null || counted.length > most) return null;
    const { after, length, pidMax, created } = counted;
    const ids: number[] = [];
    for (let pid = after; ids.length < length;) {
      pid = pid + 1 >= pidMax ? RESERVED_PIDS : pid + 1;
      ids.push(pid);
    }
    return { ids, surplus: length - created };
  }

  /** What `/proc/loadavg` says; null if it cannot be used. Before the tasks created are read. */
  readLoadavg(): Loadavg | null {
    return this.#loadavg?.read().value ?? null;
  }

  /** A sweep begins: finds what was given out since the previous one. */
  begin(now: Allocation): void {
    this.#counted = null;
    this.#range = this.#before === null
      ? "all"
      : this.#between(this.#before, now);
    this.#now = now;
  }

  /**
   * All processes have been listed: the next range begins with this sweep. `isCounted`: the tasks
   * created are at least as many as the processes that there are.
   */
  listed(isCounted: boolean): void {
    this.#before = this.#now;
    if (isCounted) return;
    this.#before = null;
    this.#range = "all";
  }

  /** A task was found to have an id that was not given out in order: it may be any. */
  distrust(): void {
    this.#range = "all";
  }

  /** Processes are listed for the first time: if the range does not tell why, it holds all ids. */
  explain(pids: readonly number[]): void {
    const { after } = this.#range === "all" ? { after: 0 } : this.#range;
    const isTold = (pid: number) =>
      isInRange(this.#range, pid) ||
      (pid <= after && pid > after - MOST_ON_THEIR_WAY);
    if (pids.every(isTold)) return;
    // They may have started since the sweep began.
    const upTo = this.readLoadavg()?.lastPid ?? 0;
    this.#range = after === 0 || upTo === 0 ? "all" : { after, upTo };
    if (!pids.every(isTold)) this.#range = "all";
  }

  /** Closes its files, and knows no last id any more. */
  close(): void {
    this.#loadavg?.close();
    this.#pidMax?.close();
    this.#loadavg = null;
    this.#pidMax = null;
  }

  #between(before: Allocation, now: Allocation): PidRange {
    if (before.created === null || now.created === null) return "all";
    const created = Number(subtractIntegers(now.created, before.created));
    const after = before.loadavg?.lastPid ?? 0;
    const upTo = now.loadavg?.lastPid ?? 0;
    const isKnown = after !== 0 && upTo !== 0;
    if (created === 0 && (isKnown || after === upTo)) {
      if (isKnown && after === upTo) {
        this.#counted = { after, length: 0, created, pidMax: 0 };
      }
      return { after, upTo };
    }
    if (!isKnown) return "all";
    const pidMax = Number(this.#pidMax?.read().value ?? 0);
    const tasks = (before.loadavg?.total ?? 0) + created;
    const free = pidMax - RESERVED_PIDS - IDS_OF_MOST_THREADS * tasks;
    // Twice, as tasks are created while these files are read.
    if (created < 0 || 2 * created >= free) return "all";
    const range = { after, upTo };
    const length = lengthOf(range, pidMax);
    if (length === null || length > created + IDS_OF_A_THREAD * tasks) {
      return "all";
    }
    this.#counted = { after, length, created, pidMax };
    return this.#isInitial && created > length
      ? this.#lookAgain(range, { created, pidMax })
      : range;
  }

  /** The tasks may have been created since the last id was read. */
  #lookAgain(
    { after }: { readonly after: number },
    { created, pidMax }: { readonly created: number; readonly pidMax: number },
  ): PidRange {
    const range = { after, upTo: this.readLoadavg()?.lastPid ?? 0 };
    return created > (lengthOf(range, pidMax) ?? -1) ? "all" : range;
  }
}

/** A range of ids, and the tasks that were created meanwhile. */
interface CountedIds {
  readonly after: number;
  readonly length: number;
  readonly created: number;
  readonly pidMax: number;
}

/** How many ids a range holds; null if the kernel cannot have given them out in order. */
function lengthOf(
  { after, upTo }: { readonly after: number; readonly upTo: number },
  pidMax: number,
): number | null {
  if (after >= pidMax || upTo >= pidMax) return null;
  if (after <= upTo) return upTo - after;
  return upTo < RESERVED_PIDS
    ? null
    : pidMax - 1 - after + upTo - RESERVED_PIDS + 1;
}

/**
 * Whether /proc shows the pid namespace of its reader, whose last id and highest id the kernel
 * tells: `NSpid` holds the reader's id in each namespace from that of /proc down to its own.
 */
function isOfReadersNamespace(reader: ProcReader): boolean {
  return reader.read("/proc/self/status", parseNspid).value?.length === 1;
}

function parsePidMax(text: string): Integer {
  return parseSingleValue("pid_max", text) ?? 0;
}
