/**
 * Which processes belong to a tree: the root, every process whose chain of parents leads to it, and
 * every process that was once a member, while it lives. Or else: the members of a cgroup.
 *
 * The names in /proc are listed and the parent of each new process is read from its `stat`.
 * `task/<tid>/children` is not used: "exiting children may cause non-exiting children to be
 * omitted" (proc_tid_children(5)), and with them all of theirs.
 *
 * @module
 */

import { ProcParseError, RootError } from "../errors.ts";
import type {
  ProcReader,
  Reading,
  UnreadReason,
} from "../kernel/proc_reader.ts";
import {
  type Parentage,
  parseParentage,
  parseStat,
  type Stat,
} from "../parse/stat.ts";
import { parseTgid } from "../parse/status.ts";
import { quote } from "../text.ts";
import { type PidList, readCgroupMembers } from "./cgroup_members.ts";
import {
  type NewProcesses,
  parentsFirst,
  recountEnded,
  sortNewProcesses,
} from "./family.ts";
import type { ProcessList } from "./process_list.ts";
import { hasFallen, RisingStat } from "./rising_counters.ts";
import type { OpenProcess, Root, TreeProcess } from "./tree_process.ts";

/** What one sweep of /proc found. */
export interface Sweep {
  /** The members whose `stat` could be read; a parent stands before its children. */
  readonly readable: readonly TreeProcess[];
  /** All members that live, including those whose `stat` could not be read this time. */
  readonly living: readonly TreeProcess[];
  /** The members that have ended since the previous sweep, with what was last seen of them. */
  readonly ended: readonly TreeProcess[];
  /** The members that have left the cgroup since the previous sweep and live. */
  readonly departed: readonly TreeProcess[];
  /**
   * Whether all processes were listed, and no child was reaped while the sweep was under way, so
   * that each one's time is counted once.
   */
  readonly consistent: boolean;
  /** How many processes, members or of unknown parents, could not be read, by reason. */
  readonly leftOut: LeftOut;
}

/** How many processes could not be read, by reason. */
export interface LeftOut {
  /** Ended while the sweep was under way. */
  readonly gone: number;
  /** Refused to this user. */
  readonly denied: number;
  /** Could not be read for another reason, or made no sense. */
  readonly malformed: number;
}

/** What a sweep has found so far. */
interface SweepState {
  readonly ended: Set<OpenProcess>;
  readonly fresh: Map<number, Parentage>;
}

/**
 * A known outsider is read again once in this many sweeps, so that a reused process id is noticed:
 * often enough to be noticed soon, and seldom enough to cost little.
 */
const OUTSIDER_TURNS = 32;

/** The processes of one tree, from sweep to sweep. */
export class Tree {
  readonly #reader: ProcReader;
  readonly #processes: ProcessList;
  /** The process that the tree grows from; null for a cgroup. */
  readonly #root: OpenProcess | null;
  /** The directory of the cgroup whose members the tree is; null for a process. */
  readonly #cgroup: string | null;
  #cgroupIsGone = false;
  /** The members in their order; null if it has to be found again. */
  #order: readonly OpenProcess[] | null = null;
  readonly #members = new Map<number, OpenProcess>();
  /** Processes that do not belong, and their parents. */
  readonly #outsiders = new Map<number, number>();
  #sweeps = 0;

  /**
   * Follows the tree below a process, or the members of a cgroup and of those below it.
   *
   * @throws {RootError} If there is no such process or cgroup, it may not be read, or the id is
   * that of a thread.
   */
  constructor(reader: ProcReader, root: Root, processes: ProcessList) {
    this.#reader = reader;
    this.#processes = processes;
    if ("cgroup" in root) {
      this.#root = null;
      this.#cgroup = root.cgroup;
      requireCgroup(reader, root.cgroup);
      return;
    }
    const { pid } = root;
    this.#cgroup = null;
    refuseThread(reader, pid);
    const { value: process, reason } = this.#admit(pid);
    if (process === null) throw rootError(pid, reason);
    this.#root = process;
  }

  /**
   * Whether the root had ended at the last sweep: a process that was not there, or was a zombie
   * whose other threads had ended; a cgroup that was removed.
   */
  get rootEnded(): boolean {
    if (this.#root === null) return this.#cgroupIsGone;
    const { pid, stat } = this.#root;
    return this.#members.get(pid) !== this.#root ||
      (stat.state === "Z" && stat.numThreads === 1);
  }

  /**
   * Reads which processes there are now. If they cannot be listed, those that are known are still
   * read, and the sweep says so.
   *
   * Uses `forEach`: without an optimizing compiler (as in the binary) `for...of` allocates an
   * object per step.
   */
  sweep(): Sweep {
    const list = this.#cgroup === null
      ? this.#processes.read()
      : this.#listCgroup(this.#cgroup);
    const state = {
      ended: new Set<OpenProcess>(),
      fresh: new Map<number, Parentage>(),
    };
    const departed = this.#readMembers(list, state);
    const isSettled = this.#recount(state);
    state.ended.forEach(({ pid }) => this.#processes.drop(pid));

    const leftOut = { gone: 0, denied: 0, malformed: 0 };
    const count = (reason: UnreadReason): void => {
      leftOut[countedAs(reason)]++;
    };
    if (list.reason !== null) count(list.reason);
    this.#members.forEach(({ reason }) => {
      if (reason !== null) count(reason);
    });
    const unreadable = this.#readNew(list, state);
    unreadable.forEach(count);
    if (list.reason === null) this.#forgetOutsiders(list.pids);
    this.#admitNew({ read: state.fresh, unreadable }, state.ended, count);
    this.#sweeps++;
    return {
      readable: this.#inOrder().filter(({ reason }) => reason === null),
      living: this.#inOrder(),
      ended: [...state.ended],
      departed,
      consistent: isSettled && list.reason === null,
      leftOut,
    };
  }

  /**
   * Whether a process was adopted: its parent does not belong to the tree, though it is not the
   * root.
   */
  isOrphan({ pid, stat }: TreeProcess): boolean {
    return this.#root !== null && pid !== this.#root.pid &&
      !this.#members.has(stat.ppid);
  }

  /** Whether a member has ended since its `stat` was read. */
  hasEnded(process: TreeProcess): boolean {
    const member = this.#members.get(process.pid);
    return member !== process ||
      reapedAsGone(member.file.read()).reason === "gone";
  }

  /** Closes the files of all members, once. What the last sweep found stays known. */
  close(): void {
    this.#members.forEach(({ file }) => file.close());
    this.#processes.close();
  }

  /** The members, a parent before its children. */
  #inOrder(): readonly OpenProcess[] {
    this.#order ??= parentsFirst(this.#members.values(), this.#root);
    return this.#order;
  }

  #listCgroup(directory: string): PidList {
    const list = readCgroupMembers(this.#reader, directory);
    this.#cgroupIsGone = list === null;
    return list ?? { pids: new Set(), reason: null };
  }

  /** Reads the `stat` of each member again; returns those that have left the cgroup. */
  #readMembers(list: PidList, state: SweepState): OpenProcess[] {
    const departed: OpenProcess[] = [];
    const mayDepart = this.#cgroup !== null && list.reason === null;
    this.#inOrder().forEach((member) => {
      if (!mayDepart || list.pids.has(member.pid)) {
        this.#readAgain(member, state);
        return;
      }
      const { reason } = reapedAsGone(member.file.read());
      if (reason === "gone") state.ended.add(member);
      else departed.push(member);
      this.#forget(member);
    });
    return departed;
  }

  /** Reads a member's `stat` again; returns whether the time of its reaped children has moved. */
  #readAgain(member: OpenProcess, state: SweepState): boolean {
    const { value: stat, reason } = readStat(member);
    if (stat !== null && isSameProcess(member, stat)) {
      const { ppid, cutime, cstime } = member.stat;
      if (stat.ppid !== ppid) this.#order = null;
      keepStat(member, stat);
      member.reason = null;
      return member.stat.cutime !== cutime || member.stat.cstime !== cstime;
    }
    if (stat === null && reason !== "gone") {
      member.reason = reason;
      return false;
    }
    this.#forget(member);
    state.ended.add(member);
    if (stat !== null) state.fresh.set(member.pid, stat);
    return false;
  }

  /**
   * Makes sure that the time of a child that ended is counted once: in its parent's `cutime` if it
   * was reaped. Parents are read before their children, so a child that is read alive is not in its
   * parent's `cutime` yet.
   */
  #recount(state: SweepState): boolean {
    return recountEnded(
      new Set(state.ended),
      state.ended,
      this.#members,
      (member) => this.#readAgain(member, state),
    );
  }

  /**
   * Reads the parents of new processes, and of outsiders whose turn it is; returns which could not
   * be read.
   */
  #readNew(list: PidList, state: SweepState): Map<number, UnreadReason> {
    const unreadable = new Map<number, UnreadReason>();
    list.pids.forEach((pid) => {
      if (this.#members.has(pid) || state.fresh.has(pid)) return;
      const isOutsider = this.#outsiders.has(pid);
      if (isOutsider && !this.#isDue(pid)) return;
      const { value: parentage, reason } = this.#readParentage(pid);
      if (parentage !== null) {
        state.fresh.set(pid, parentage);
        return;
      }
      if (isOutsider) this.#outsiders.delete(pid);
      const hasEnded = reason === "gone" && this.#processes.drop(pid);
      if (!isOutsider && !hasEnded) unreadable.set(pid, reason);
    });
    return unreadable;
  }

  #isDue(pid: number): boolean {
    return pid % OUTSIDER_TURNS === this.#sweeps % OUTSIDER_TURNS;
  }

  #forgetOutsiders(pids: ReadonlySet<number>): void {
    this.#outsiders.forEach((_, pid) => {
      if (!pids.has(pid)) this.#outsiders.delete(pid);
    });
  }

  /** Makes members of the new processes that belong. */
  #admitNew(
    found: NewProcesses,
    ended: ReadonlySet<OpenProcess>,
    count: (reason: UnreadReason) => void,
  ): void {
    const { members, outsiders, unknown } = this.#cgroup === null
      ? this.#classify(found, ended)
      : { members: found.read, outsiders: new Map(), unknown: [] };
    outsiders.forEach((ppid, pid) => this.#outsiders.set(pid, ppid));
    unknown.forEach(count);
    const mistaken: number[] = [];
    members.forEach((parentage, pid) => {
      if (this.#outsiders.delete(pid)) mistaken.push(pid);
      const { reason } = this.#admit(pid, parentage);
      if (reason !== null) count(reason);
    });
    if (mistaken.length > 0) this.#reconsiderDescendants(mistaken);
  }

  #classify(found: NewProcesses, ended: ReadonlySet<OpenProcess>) {
    const endedPids = new Set(Array.from(ended, ({ pid }) => pid));
    return sortNewProcesses(
      found,
      (pid) => this.#members.has(pid) || endedPids.has(pid),
      (pid) => this.#outsiders.has(pid),
    );
  }

  /**
   * Some outsiders are members after all. Their descendants are forgotten, so that the next sweep
   * reads them again.
   */
  #reconsiderDescendants(mistaken: readonly number[]): void {
    const children = Map.groupBy(this.#outsiders, ([, ppid]) => ppid);
    const waiting = [...mistaken];
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      for (const [child] of children.get(pid) ?? []) {
        if (this.#outsiders.delete(child)) waiting.push(child);
      }
    }
  }

  /**
   * Makes a process a member: opens its `stat`, and checks that it is still the process that was
   * seen.
   */
  #admit(pid: number, seen?: Parentage): Reading<OpenProcess> {
    const { value: file, reason } = this.#reader.open(
      statPath(pid),
      parseOwnStat,
    );
    if (file === null) return { value: null, reason };
    using opened = new DisposableStack();
    opened.defer(() => file.close());
    const { value: stat, reason: statReason } = reapedAsGone(file.read());
    if (
      stat === null ||
      (seen !== undefined && stat.starttime !== seen.starttime)
    ) {
      return { value: null, reason: statReason ?? "gone" };
    }
    opened.move();
    const process: OpenProcess = {
      pid,
      startTicks: stat.starttime,
      stat,
      rising: null,
      file,
      reason: null,
    };
    this.#members.set(pid, process);
    this.#order = null;
    return { value: process, reason: null };
  }

  #forget(member: OpenProcess): void {
    member.file.close();
    this.#members.delete(member.pid);
    this.#order = null;
  }

  #readParentage(pid: number): Reading<Parentage> {
    return reapedAsGone(this.#reader.read(statPath(pid), parseOwnParentage));
  }
}

function statPath(pid: number): string {
  return `/proc/${pid}/stat`;
}

/** A process in state X or without threads is gone, except for its entry in /proc. */
function reapedAsGone<T extends Parentage>(reading: Reading<T>): Reading<T> {
  const stat = reading.value;
  if (stat === null) return reading;
  return stat.state === "X" || stat.state === "x" || stat.numThreads === 0
    ? { value: null, reason: "gone" }
    : reading;
}

function parseOwnStat(text: string, path: string): Stat {
  return checkPid(parseStat(text), text, path);
}

function parseOwnParentage(text: string, path: string): Parentage {
  return checkPid(parseParentage(text), text, path);
}

/** Makes sure that a `stat` is that of the process whose path it was read by. */
function checkPid<T extends Parentage>(
  stat: T,
  text: string,
  path: string,
): T {
  if (statPath(stat.pid) === path) return stat;
  throw new ProcParseError("stat", { field: "pid", text });
}

/**
 * Reads a member's `stat` again. Its start time never changes: a file that is held open and shows
 * another one is damaged.
 */
function readStat({ file, startTicks }: OpenProcess): Reading<Stat> {
  const reading = reapedAsGone(file.read());
  return file.isHeld && reading.value !== null &&
      reading.value.starttime !== startTicks
    ? { value: null, reason: "malformed" }
    : reading;
}

/**
 * The open file proves that it is the same process, whatever it shows. If it was opened by its path
 * again, the start time must be the same, and its own CPU time must not have fallen.
 */
function isSameProcess(member: OpenProcess, stat: Stat): boolean {
  return member.file.isHeld ||
    (stat.starttime === member.startTicks &&
      stat.utime >= member.stat.utime && stat.stime >= member.stat.stime);
}

/** Keeps what was read of a member, with counters that never fall. */
function keepStat(member: OpenProcess, stat: Stat): void {
  if (member.rising === null && hasFallen(member.stat, stat)) {
    member.rising = new RisingStat(member.stat);
  }
  member.stat = member.rising?.next(stat) ?? stat;
}

function countedAs(reason: UnreadReason): keyof LeftOut {
  return reason === "gone" || reason === "denied" ? reason : "malformed";
}

/**
 * `/proc/TID` opens, though /proc does not list it: the `Tgid` of a thread is not the id in its
 * path.
 */
function refuseThread(reader: ProcReader, pid: number): void {
  const tgid = reader.read(`/proc/${pid}/status`, parseTgid).value;
  if (tgid !== null && tgid !== pid) {
    throw new RootError(
      `Cannot sample ${pid}: it is a thread of process ${tgid}`,
    );
  }
}

function requireCgroup(reader: ProcReader, directory: string): void {
  const { reason } = reader.read(`${directory}/cgroup.procs`, (text) => text);
  if (reason !== null) {
    throw new RootError(
      `Cannot sample ${quote(directory)}: it is no cgroup v2 that may be read`,
    );
  }
}

function rootError(pid: number, reason: UnreadReason): RootError {
  const why = {
    gone: "no such process, or one that /proc hides from this user",
    denied: "its stat may not be read by this user",
    unsupported: "its stat cannot be read",
    failed: "its stat cannot be read",
    malformed: "its stat makes no sense",
  };
  return new RootError(`Cannot sample process ${pid}: ${why[reason]}`);
}
