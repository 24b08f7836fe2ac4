/**
 * Which processes there are: the numbers among the names in /proc.
 *
 * Listing costs a microsecond or two for each process of the host. While the kernel's count of the
 * tasks it has created stays the same (`processes` in proc_stat(5), raised together with the task's
 * entry into the list of all), none can have come, and the list is kept; unless the tasks that
 * there are (proc_loadavg(5)) have become fewer, as the children of those that ended have other
 * parents.
 *
 * Nor is it listed again where few ids were given out since: those are looked up. What has come is
 * among them if they are as many as the tasks that were created, and those that an older task is
 * found to have, which the kernel has passed over. A task gets its id a little before it is counted
 * and can be seen (copy_process() of kernel/fork.c). At one instant, let the last id and the count
 * be read, and let E tasks be in between. While the numbers agree, E stays the same. So if it was
 * 0 once, all that have come can be seen when they are looked up; if it was not, it is not 0
 * since: what is missed has then come in between, and another task has taken its place there at
 * each instant at which the counts were read. Once there is none, the numbers do not agree, and all
 * are listed: then, in the sweeps that follow, and where any number is not known. A task that was
 * refused after it had its id makes the numbers agree as well: so the last ids before a listing are
 * looked up once more after it.
 *
 * What has ended meanwhile stays on a list that is looked up until all are listed, so this is only
 * for a tree to which no parent's end can give a process, see `Tree`.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { ParsedFile, ProcReader, Reading } from "../kernel/proc_reader.ts";
import { parseTasksCreated } from "../parse/proc_stat.ts";
import type { Parentage, Task } from "../parse/stat.ts";
import type { PidList } from "./cgroup_members.ts";
import { type Allocation, GivenPids, type PidRange } from "./given_pids.ts";

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
  /** Whether a few ids may be looked up in place of a listing. */
  readonly mayLookUp: boolean;
}

/**
 * The list is refreshed after this many uses anyway: some other kernels emulate /proc with a
 * constant count.
 */
const MAX_USES = 32;

/** How often counts are read that do not agree: a task may have been created in between. */
const MAX_COUNTINGS = 3;

/** So many sweeps list all after one in which the counts did not agree. */
const UNSETTLED_SWEEPS = 2;

/** Among so many ids before the last one may be those of tasks that cannot be seen yet. */
const MOST_HALF_MADE = 16;

/** How new processes are looked up in place of a listing. */
export interface LookUp {
  /** How many ids at most: where they are more, to list costs less. */
  readonly most: number;
  /** In how many sweeps at most before all are listed again. */
  readonly sweeps: number;
  /** Reads the `stat` of what has an id, process or thread. */
  readonly read: (id: number) => Reading<Task>;
}

/** Lists processes. */
export class ProcessList {
  readonly #reader: ProcReader;
  readonly #rules: ProcessListRules;
  /** Null before the first sweep: what comes before it is to be quick. */
  #given: GivenPids | null = null;
  /** Whether /proc shows all processes of its pid namespace. */
  readonly showsAll: boolean;
  #mayKeep: boolean;
  /** `/proc/stat`; null if its count cannot be relied on, undefined before the first sweep. */
  #stat: ParsedFile<Integer | null> | null | undefined = undefined;
  #cached: CachedList | null = null;
  #uses = 0;
  /** Whether the list may hold processes that had ended by a sweep that used it. */
  #hasLookedUp = false;
  /** The tasks that had been created when all were listed. */
  #createdWhenListed: Integer | null = null;
  /** What the latest sweep has counted. */
  #counted: Allocation = { loadavg: null, created: null };
  /** How many sweeps are to list all, as the counts did not agree. */
  #unsettled = 0;
  /** Ids that are looked up once more: what has them seemed to end, or was not to be seen yet. */
  #onceMore: readonly number[] = [];
  /** The latest start of a task that was seen, and the same when the latest sweep began. */
  #newest: Integer = 0;
  #newestBefore: Integer = 0;
  /** What started before this was there when the sweep before counted. */
  #oldUpTo: Integer = 0;
  /** The latest list, and the one before it. */
  #listed: ReadonlySet<number> = new Set();
  #listedBefore: ReadonlySet<number> = new Set();

  /** Lists nothing yet, and opens nothing. */
  constructor(reader: ProcReader, rules: ProcessListRules) {
    this.#reader = reader;
    this.#rules = rules;
    this.showsAll = rules.showsAll;
    this.#mayKeep = rules.showsAll;
  }

  /** Whether new processes may be looked up here at all. */
  get canLookUp(): boolean {
    return this.#rules.mayLookUp && this.#mayKeep && this.#ids.isExact;
  }

  /**
   * The processes that there are. A kept list may also hold some that have ended, see {@linkcode
   * drop}.
   *
   * @param lookUp How a few may be looked up; null if it matters which have ended. Default: null.
   */
  read(lookUp: LookUp | null = null): PidList {
    const cached = this.#cached;
    this.#oldUpTo = this.#newestBefore;
    this.#newestBefore = this.#newest;
    // Before the names: what comes meanwhile is found the next time.
    this.#count();
    const changed = this.#changedSince(cached, lookUp);
    const { loadavg, created } = this.#counted;
    const tasks = loadavg?.total ?? null;
    if (cached !== null && created !== null && changed !== null) {
      changed.forEach((_, pid) => cached.pids.add(pid));
      this.#cached = { pids: cached.pids, created, tasks };
      this.#uses++;
      this.#hasLookedUp = true;
      this.#ids.listed(true);
      return { pids: cached.pids, reason: null, changed };
    }
    const isKept = cached !== null && cached.created === created &&
      cached.tasks === tasks && !this.#hasLookedUp;
    if (isKept && this.#uses < MAX_USES) {
      this.#uses++;
      this.#ids.listed(true);
      return { pids: cached.pids, reason: null };
    }
    const { value: listed, reason } = this.#reader.listPids();
    const pids = new Set(listed);
    this.#uses = 0;
    this.#hasLookedUp = false;
    this.#cached = null;
    if (reason !== null) return { pids, reason };
    this.#listedBefore = this.#listed;
    this.#listed = pids;
    this.#onceMore = unseenBefore(loadavg?.lastPid ?? 0, pids);
    const isCounted = created !== null && created >= pids.size;
    this.#ids.listed(isCounted);
    if (isCounted && this.#mayKeep) this.#cached = { pids, created, tasks };
    const isUnchanged = cached !== null && this.#createdWhenListed === created;
    this.#createdWhenListed = created;
    if (
      isUnchanged && !pids.isSubsetOf(cached.pids) &&
      this.#readCreated() === created
    ) {
      this.#distrust();
    }
    return { pids, reason };
  }

  /** A task was seen that started then. */
  saw({ starttime }: Parentage): void {
    if (starttime > this.#newest) this.#newest = starttime;
  }

  /**
   * The ids among which those of known processes may be of other ones now, given the processes of
   * the latest list that are not known.
   */
  reused(unknown: readonly number[]): PidRange {
    this.#ids.explain(unknown.filter((pid) => !this.#listedBefore.has(pid)));
    return this.#ids.range;
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
    this.#given?.close();
  }

  /** The count had missed a process. */
  #distrust(): void {
    this.#stat?.close();
    this.#stat = null;
    this.#cached = null;
    this.#mayKeep = false;
  }

  /** Reads the last id and the tasks that were created. */
  #count(): void {
    const loadavg = this.#ids.readLoadavg();
    this.#counted = { loadavg, created: this.#readCreated() };
    this.#ids.begin(this.#counted);
  }

  /** What was looked up; null if all are to be listed, also as counts have not agreed lately. */
  #changedSince(
    cached: CachedList | null,
    lookUp: LookUp | null,
  ): ReadonlyMap<number, Parentage> | null {
    if (cached === null || lookUp === null) return null;
    const isUnchanged = this.#createdWhenListed === this.#counted.created;
    if (this.#uses >= (isUnchanged ? MAX_USES : lookUp.sweeps)) return null;
    const onceMore = this.#onceMore;
    const changed = this.#lookUp(lookUp);
    if (changed === null) this.#unsettled = UNSETTLED_SWEEPS;
    else if (this.#unsettled === 0) return changed;
    else {
      this.#unsettled--;
      // What was found is left to the list, which may be a kept one.
      this.#onceMore = onceMore;
    }
    return null;
  }

  /**
   * The processes that have one of the ids that were given out since the previous sweep; null if
   * there may be others that have come, or too many ids.
   */
  #lookUp({ most, read }: LookUp): ReadonlyMap<number, Parentage> | null {
    const tasks = new Map<number, Task>();
    let isChosen = false;
    for (let counting = 1;; counting++) {
      const given = this.#ids.idsUpTo(most);
      if (given === null) return null;
      const { ids, surplus } = given;
      // One task more: no id that is looked up can account for it.
      if (surplus >= 0 && (ids.length === 0 || this.#isLast(ids.at(-1)))) {
        const ending = this.#findTasks(
          [...this.#onceMore, ...ids],
          read,
          tasks,
        );
        if (ending === null) return null;
        const numOld = this.#numOld(ids, tasks);
        if (surplus === numOld) {
          this.#onceMore = ending;
          return processesAmong(tasks);
        }
        isChosen = surplus < numOld;
      }
      const before = this.#counted;
      if (counting < MAX_COUNTINGS) this.#count();
      if (isSameCount(before, this.#counted)) {
        if (isChosen) this.#ids.distrust();
        return null;
      }
    }
  }

  /** Whether an id is still the last one that was given out: none was while the tasks were read. */
  #isLast(id: number | undefined): boolean {
    return this.#ids.readLoadavg()?.lastPid === id;
  }

  /**
   * Adds the tasks that have some ids; returns the ids of those that seem to end, null if an id may
   * be that of a process, and cannot be read.
   */
  #findTasks(
    ids: readonly number[],
    read: LookUp["read"],
    tasks: Map<number, Task>,
  ): number[] | null {
    const ending: number[] = [];
    for (const id of ids) {
      if (tasks.has(id)) continue;
      const { value: task, reason } = read(id);
      if (task === null) {
        if (reason !== "gone") return null;
        continue;
      }
      // Of a process whose thread runs a program, the main thread is what ends: the other one takes
      // its id (de_thread() of fs/exec.c), and the signal of its end.
      if (isReaped(task)) ending.push(id);
      else if (task.isFurtherThread === null) return null;
      else if (task.isFurtherThread && task.state === "Z") return null;
      else {
        this.saw(task);
        tasks.set(id, task);
      }
    }
    return ending;
  }

  /** How many ids are those of tasks that were there when the sweep before counted. */
  #numOld(ids: readonly number[], tasks: ReadonlyMap<number, Task>): number {
    return ids.filter((id) => {
      const task = tasks.get(id);
      return task !== undefined && task.starttime < this.#oldUpTo;
    }).length;
  }

  #readCreated(): Integer | null {
    if (this.#stat === undefined) {
      this.#stat = this.#rules.mayCount
        ? this.#reader.open("/proc/stat", parseTasksCreated).value
        : null;
    }
    return this.#stat?.read().value ?? null;
  }

  get #ids(): GivenPids {
    return this.#given ??= new GivenPids(
      this.#reader,
      this.#rules.mayCount && this.#rules.hasOwnLoadavg,
    );
  }
}

/** Whether a process is gone, except for its entry in /proc: in state X, or without threads. */
export function isReaped({ state, numThreads }: Parentage): boolean {
  return state === "X" || state === "x" || numThreads === 0;
}

/** The last ids of which no process is listed: those of threads, of what ended or is half made. */
function unseenBefore(
  lastPid: number,
  listed: ReadonlySet<number>,
): number[] {
  return Array.from({ length: MOST_HALF_MADE }, (_, i) => lastPid - i)
    .filter((id) => id > 0 && !listed.has(id));
}

/** The processes among tasks. */
function processesAmong(
  tasks: ReadonlyMap<number, Task>,
): ReadonlyMap<number, Parentage> {
  return new Map([...tasks].filter(([, task]) => !task.isFurtherThread));
}

/** Whether nothing was given out or created between two countings. */
function isSameCount(a: Allocation, b: Allocation): boolean {
  return a.created === b.created && a.loadavg?.lastPid === b.loadavg?.lastPid;
}
