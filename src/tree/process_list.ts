/**
 * Which processes there are: the numbers among the names in /proc.
 *
 * Listing costs a microsecond or two for each process of the host. While the kernel's count of the
 * tasks it has created stays the same (`processes` in proc_stat(5), raised together with the task's
 * entry into the list of all), none can have come, and the list is kept.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { ParsedFile, ProcReader } from "../kernel/proc_reader.ts";
import { parseTasksCreated } from "../parse/proc_stat.ts";
import type { PidList } from "./cgroup_members.ts";

/** A list that is kept, and the count at which it was made. */
interface CachedList {
  readonly pids: Set<number>;
  readonly created: Integer;
}

/**
 * The list is refreshed after this many uses anyway: some other kernels emulate /proc with a
 * constant count.
 */
const MAX_USES = 32;

const PID = /^[1-9][0-9]{0,8}$/;

/** Lists processes. */
export class ProcessList {
  readonly #reader: ProcReader;
  /** `/proc/stat`; null if its count cannot be relied on. */
  #stat: ParsedFile<Integer | null> | null;
  #cached: CachedList | null = null;
  #uses = 0;

  /**
   * `mayKeep`: whether a list may be kept. It may not if a process can come into sight later than
   * it starts.
   */
  constructor(reader: ProcReader, mayKeep: boolean) {
    this.#reader = reader;
    this.#stat = mayKeep
      ? reader.open("/proc/stat", parseTasksCreated).value
      : null;
  }

  /**
   * The processes that there are. A kept list may also hold some that have ended, see {@linkcode
   * drop}.
   */
  read(): PidList {
    // Before the names: what comes meanwhile is found the next time.
    const created = this.#readCreated();
    const cached = this.#cached;
    const isSame = cached !== null && cached.created === created;
    if (isSame && this.#uses < MAX_USES) {
      this.#uses++;
      return { pids: cached.pids, reason: null };
    }
    const { value: names, reason } = this.#reader.readDir("/proc");
    const pids = new Set<number>();
    for (const name of names ?? []) {
      if (PID.test(name)) pids.add(Number(name));
    }
    this.#uses = 0;
    this.#cached = created === null || created < pids.size || reason !== null
      ? null
      : { pids, created };
    if (
      isSame && !pids.isSubsetOf(cached.pids) && this.#readCreated() === created
    ) {
      this.close();
    }
    return { pids, reason };
  }

  /**
   * Takes a process that has ended off a kept list.
   *
   * @returns True if the list was kept from an earlier sweep: the process may have ended before
   * this one began.
   */
  drop(pid: number): boolean {
    if (this.#uses === 0) return false;
    this.#cached?.pids.delete(pid);
    return true;
  }

  /** Closes its file, and keeps no list any more. */
  close(): void {
    this.#stat?.close();
    this.#stat = null;
    this.#cached = null;
  }

  #readCreated(): Integer | null {
    return this.#stat?.read().value ?? null;
  }
}
