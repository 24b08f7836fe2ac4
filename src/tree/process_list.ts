/**
 * Which processes there are: the numbers among the names in /proc.
 *
 * A listing costs a microsecond or two for each process of the host. While the kernel's count of the tasks it has created stays the same
 * (`processes` in proc_stat(5), raised together with the task's entry into the list of all), none can have come, and the list is kept.
 *
 * @module
 */

import type { Listed } from "./cgroup_members.ts";
import type { Integer } from "../integer.ts";
import { parseTasksCreated } from "../parse/proc_stat.ts";
import type { ParsedFile, Reader } from "../kernel/proc_reader.ts";

/** A list that was kept and the count at which it was made. */
interface Kept {
  readonly pids: Set<number>;
  readonly created: Integer;
}

/** A list is made anew after so many uses all the same: not every kernel that has a /proc is Linux, and its count may stand still. */
const MAX_USES = 32;

const PID = /^[1-9][0-9]{0,8}$/;

/** Lists processes. */
export class ProcessList {
  readonly #reader: Reader;
  /** `/proc/stat`; null where its count is not to be relied on. */
  #stat: ParsedFile<Integer | null> | null;
  #kept: Kept | null = null;
  #uses = 0;

  /** `keep` says whether a list may be kept: not where a process can come into sight later than it starts. */
  constructor(reader: Reader, options: { readonly keep: boolean }) {
    this.#reader = reader;
    this.#stat = options.keep
      ? reader.open("/proc/stat", parseTasksCreated).value
      : null;
  }

  /** The processes that there are. A list that was kept may also hold some that have ended, see {@linkcode drop}. */
  read(): Listed {
    // Before the names: what comes meanwhile is found the next time.
    const created = this.#readCreated();
    const kept = this.#kept;
    const isSame = kept !== null && kept.created === created;
    if (isSame && this.#uses < MAX_USES) {
      this.#uses++;
      return { pids: kept.pids, unread: null };
    }
    const { value: names, unread } = this.#reader.readDir("/proc");
    const pids = new Set<number>();
    for (const name of names ?? []) {
      if (PID.test(name)) pids.add(Number(name));
    }
    this.#uses = 0;
    this.#kept = created === null || created < pids.size || unread !== null
      ? null
      : { pids, created };
    if (
      isSame && !pids.isSubsetOf(kept.pids) && this.#readCreated() === created
    ) {
      this.close();
    }
    return { pids, unread };
  }

  /**
   * Takes a process that has ended off a list that was kept.
   *
   * @returns Whether it was, so that the process may have ended before the list was last read.
   */
  drop(pid: number): boolean {
    if (this.#uses === 0) return false;
    this.#kept?.pids.delete(pid);
    return true;
  }

  /** Closes its file, and keeps no list any more. */
  close(): void {
    this.#stat?.close();
    this.#stat = null;
    this.#kept = null;
  }

  #readCreated(): Integer | null {
    return this.#stat?.read().value ?? null;
  }
}
