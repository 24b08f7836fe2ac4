/**
 * Which processes there are: the numbers among the names in /proc.
 *
 * Listing costs a microsecond or two for each process of the host. While the kernel's count of the
 * tasks it has created stays the same (`processes` in proc_stat(5), raised together with the task's
 * entry into the list of all), none can have come, and the list is kept; unless the tasks that
 * there are (proc_loadavg(5)) have become fewer, as the children of those that ended have other
 * parents.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { ParsedFile, ProcReader } from "../kernel/proc_reader.ts";
import { parseTasksCreated } from "../parse/proc_stat.ts";
import type { PidList } from "./cgroup_members.ts";
import { GivenPids, type PidRange } from "./given_pids.ts";

/** A list that is kept, and the counts at which it was made. */
interface CachedList {
  readonly pids: Set<number>;
  /** The tasks that had been created. */
  readonly created: Integer;
  /** The tasks that there were; null if not known. */
  readonly tasks: number | null;
}

/** What may be relied on. */
export interface ProcessListRules {
  /**
   * Whether the kernel's counts are read. If not, processes are listed each time, and any id may be
   * that of another process.
   */
  readonly mayCount: boolean;
  /**
   * Whether /proc shows all processes of its pid namespace. If not, a process can come into sight
   * later than it starts, so that no list is kept.
   */
  readonly showsAll: boolean;
  /** Whether `/proc/loadavg` is that of this procfs, as it is not where lxcfs stands for it. */
  readonly hasOwnLoadavg: boolean;
}

/**
 * The list is refreshed after this many uses anyway: some other kernels emulate /proc with a
 * constant count.
 */
const MAX_USES = 32;

/** Lists processes. */
export class ProcessList {
  readonly #reader: ProcReader;
  readonly #given: GivenPids;
  /** Whether /proc shows all processes of its pid namespace. */
  readonly showsAll: boolean;
  #mayKeep: boolean;
  /** `/proc/stat`; null if its count cannot be relied on. */
  #stat: ParsedFile<Integer | null> | null;
  #cached: CachedList | null = null;
  #uses = 0;
  /** The latest list, and the one before it. */
  #listed: ReadonlySet<number> = new Set();
  #listedBefore: ReadonlySet<number> = new Set();

  /** Lists nothing yet. */
  constructor(reader: ProcReader, rules: ProcessListRules) {
    this.#reader = reader;
    this.showsAll = rules.showsAll;
    this.#mayKeep = rules.showsAll;
    this.#stat = rules.mayCount
      ? reader.open("/proc/stat", parseTasksCreated).value
      : null;
    this.#given = new GivenPids(reader, rules.mayCount && rules.hasOwnLoadavg);
  }

  /**
   * The processes that there are. A kept list may also hold some that have ended, see {@linkcode
   * drop}.
   */
  read(): PidList {
    // Before the names: what comes meanwhile is found the next time.
    const loadavg = this.#given.readLoadavg();
    const created = this.#readCreated();
    const tasks = loadavg?.total ?? null;
    this.#given.begin({ loadavg, created });
    const cached = this.#cached;
    const isSame = cached !== null && cached.created === created;
    if (isSame && cached.tasks === tasks && this.#uses < MAX_USES) {
      this.#uses++;
      this.#given.listed(true);
      return { pids: cached.pids, reason: null };
    }
    const { value: listed, reason } = this.#reader.listPids();
    const pids = new Set(listed);
    this.#uses = 0;
    this.#cached = null;
    if (reason !== null) return { pids, reason };
    this.#listedBefore = this.#listed;
    this.#listed = pids;
    const isCounted = created !== null && created >= pids.size;
    this.#given.listed(isCounted);
    if (isCounted && this.#mayKeep) this.#cached = { pids, created, tasks };
    if (
      isSame && !pids.isSubsetOf(cached.pids) && this.#readCreated() === created
    ) {
      this.#distrust();
    }
    return { pids, reason };
  }

  /**
   * The ids among which those of known processes may be of other ones now, given the processes of
   * the latest list that are not known.
   */
  reused(unknown: readonly number[]): PidRange {
    this.#given.explain(unknown.filter((pid) => !this.#listedBefore.has(pid)));
    return this.#given.range;
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

  /** Closes its files, and keeps no list any more. */
  close(): void {
    this.#distrust();
    this.#given.close();
  }

  /** The count had missed a process. */
  #distrust(): void {
    this.#stat?.close();
    this.#stat = null;
    this.#cached = null;
    this.#mayKeep = false;
  }

  #readCreated(): Integer | null {
    return this.#stat?.read().value ?? null;
  }
}
