/**
 * Which processes belong to a tree: the root, every process whose chain of parents leads to it, and
 * every process that was once a member, while it lives. Or else: the members of a cgroup, or every
 * process that /proc lists.
 *
 * The names in /proc are listed, or new ids looked up, and the parent of each new process is read
 * from its `stat`. `task/<tid>/children` takes the place of neither: "exiting children may cause
 * non-exiting children to be omitted" (proc_tid_children(5)), and with them all of theirs. On a
 * host with many others it is read in addition, for what has an id that nobody would look up.
 *
 * @module
 */

import { ProcParseError, RootError } from "../errors.ts";
import { pathBelow } from "../host/cgroup_mounts.ts";
import type { KeptFile } from "../kernel/kept_file.ts";
import type {
  ProcReader,
  Reading,
  UnreadReason,
} from "../kernel/proc_reader.ts";
import {
  type Parentage,
  parseParentage,
  parseStat,
  parseTask,
  type Stat,
  type Task,
} from "../parse/stat.ts";
import { parseCgroup } from "../parse/cgroup.ts";
import { parseNspid, parseTgid } from "../parse/status.ts";
import { quote } from "../text.ts";
import {
  canListCgroup,
  type PidList,
  readCgroupMembers,
} from "./cgroup_members.ts";
import {
  keepChildren,
  listsChildren,
  MAX_ROUNDS,
  type NewProcesses,
  parentsFirst,
  readChildren,
  recountEnded,
  type Sorted,
  sortNewProcesses,
} from "./family.ts";
import { Outsiders, TURNS } from "./outsiders.ts";
import { isReaped, type LookUp, type ProcessList } from "./process_list.ts";
import { hasFallen, RisingStat } from "./rising_counters.ts";
import type {
  CgroupRoot,
  OpenProcess,
  Root,
  TreeProcess,
} from "./tree_process.ts";

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
   * Whether all processes were listed and placed, and no child was reaped while the sweep was under
   * way, so that no member is missing and each one's time is counted once.
   */
  readonly consistent: boolean;
  /** Members of the cgroup that have no id in the pid namespace of the reader. */
  readonly hidden: number;
  /** Cgroups below that cannot be opened, as their names are not UTF-8. */
  readonly unnamed: number;
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

/** What was read of processes that were not known. */
interface Found extends NewProcesses {
  readonly read: Map<number, Parentage>;
  readonly unreadable: Map<number, UnreadReason>;
}

/** New processes, sorted, and whether all could be. */
interface Placed extends Sorted {
  /** False if parents kept ending. */
  readonly isSettled: boolean;
}

/** Where outsiders are fewer, to list them costs as little as to look some up. */
const MIN_OUTSIDERS = 64;
/** To look up an id costs as much as to list so many processes. */
const LOOKUP_COST = 16;
/** Where members are asked, all are listed in so many, lest those that ended become too many. */
const MOST_SWEEPS = 128;

/** What a sweep has found so far. */
interface SweepState {
  readonly ended: Set<OpenProcess>;
  readonly fresh: Map<number, Parentage>;
}

/** The processes of one tree, from sweep to sweep. */
export class Tree {
  readonly #reader: ProcReader;
  readonly #processes: ProcessList;
  /** The process that the tree grows from; null for a cgroup and for all processes. */
  readonly #root: OpenProcess | null;
  /** The cgroup whose members the tree is; null for a process and for all processes. */
  readonly #cgroup: CgroupRoot | null;
  #cgroupIsGone = false;
  /** See {@linkcode Sweep.hidden}. */
  #numHidden = 0;
  /** The members in their order; null if it has to be found again. */
  #order: readonly OpenProcess[] | null = null;
  readonly #members = new Map<number, OpenProcess>();
  readonly #outsiders = new Outsiders();
  /** What could not be placed in the latest sweep, and may be there. */
  #unplaced: ReadonlySet<number> = new Set();
  /** Members of which it is not known whether they may adopt, and those that may. */
  readonly #unchecked = new Set<OpenProcess>();
  readonly #adopters = new Set<OpenProcess>();
  /** The children of the root; null if that is no process. */
  #rootChildren: KeptFile<readonly number[]> | null = null;
  /** Whether the kernel lists children; null before that matters. */
  #listsChildren: boolean | null = null;
  /** Whether members are asked for their children, and no outsider has a turn. */
  #asks = false;
  /** Members whose children the kernel is asked for in this sweep. */
  readonly #asked = new Set<OpenProcess>();
  #turn = 0;

  /**
   * Follows the tree below a process, the members of a cgroup and of those below it, or every
   * process.
   *
   * @throws {RootError} If there is no such process or cgroup, it may not be read, or the id is
   * that of a thread.
   */
  constructor(reader: ProcReader, root: Root, processes: ProcessList) {
    this.#reader = reader;
    this.#processes = processes;
    if ("cgroup" in root) {
      this.#root = null;
      this.#cgroup = root;
      requireCgroup(reader, root.cgroup);
      return;
    }
    this.#cgroup = null;
    if ("all" in root) {
      this.#root = null;
      return;
    }
    const { pid } = root;
    refuseThread(reader, pid);
    const { value: process, reason } = this.#admit(pid);
    if (process === null) throw rootError(pid, reason);
    this.#root = process;
    this.#rootChildren = keepChildren(reader, pid);
  }

  /**
   * Whether the root had ended at the last sweep: a process that was not there, or was a zombie
   * whose other threads had ended; a cgroup that was removed. All processes never end.
   */
  get rootEnded(): boolean {
    if (this.#root === null) return this.#cgroupIsGone;
    return this.#members.get(this.#root.pid) !== this.#root ||
      isZombie(this.#root);
  }

  /**
   * Whether any process of the tree lived at the last sweep: one that could not be read does, a
   * zombie whose other threads had ended does not.
   */
  get lives(): boolean {
    return this.#numHidden > 0 ||
      this.#members.values().some((member) => !isZombie(member));
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
      ? this.#processes.read(this.#prepareLookUp())
      : this.#listCgroup(this.#cgroup.cgroup);
    const { hidden = 0, unnamed = 0 } = list;
    this.#numHidden = hidden;
    const state = {
      ended: new Set<OpenProcess>(),
      fresh: new Map<number, Parentage>(),
    };
    const departed = this.#readMembers(list, state);
    const isSettled = this.#recount(state);
    state.ended.forEach(({ pid }) => this.#processes.drop(pid));

    const leftOut = { gone: 0, denied: hidden, malformed: unnamed };
    const count = (reason: UnreadReason): void => {
      leftOut[countedAs(reason)]++;
    };
    if (list.reason !== null) count(list.reason);
    this.#members.forEach(({ reason }) => {
      if (reason !== null) count(reason);
    });
    const found = this.#readNew(list, state);
    const unplaced = new Set<number>();
    const leaveOut = (reason: UnreadReason, pid: number): void => {
      count(reason);
      unplaced.add(pid);
    };
    const isPlaced = this.#admitNew(found, state.ended, leaveOut);
    found.unreadable.forEach(leaveOut);
    this.#unplaced = unplaced;
    return {
      readable: this.#inOrder().filter(({ reason }) => reason === null),
      living: this.#inOrder(),
      ended: [...state.ended],
      departed,
      consistent: isSettled && isPlaced && isWhole(list) && hidden === 0,
      hidden,
      unnamed,
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
    this.#rootChildren?.close();
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
    this.#inOrder().forEach((member) => {
      if (list.pids.has(member.pid) || !this.#mayHaveLeft(member, list)) {
        this.#readAgain(member, state);
        return;
      }
      const { value, reason } = reapedAsGone(member.file.read());
      // A cgroup does not list its zombies, which cannot leave it, see the kernel's cgroup-v2.rst.
      if (value !== null && isZombie({ stat: value })) {
        this.#readAgain(member, state);
        return;
      }
      if (reason === "gone") state.ended.add(member);
      else departed.push(member);
      this.#forget(member);
    });
    return departed;
  }

  /**
   * Whether a member that was not listed may be in the cgroup no more. If the list is not whole,
   * its own `cgroup` tells.
   */
  #mayHaveLeft({ pid }: TreeProcess, list: PidList): boolean {
    if (this.#cgroup === null || isWhole(list)) return this.#cgroup !== null;
    const { path: root = null, hierarchies = [] } = this.#cgroup;
    const entries = this.#reader.read(`/proc/${pid}/cgroup`, parseCgroup).value;
    const path = entries?.find(({ controllers }) =>
      (controllers[0] ?? "") === hierarchies[0]
    )?.path;
    if (root === null || path === undefined) return false;
    return pathBelow(root, path) === null;
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

  /** Reads the parents of processes that are not known, or not any more. */
  #readNew(list: PidList, state: SweepState): Found {
    const found = {
      read: state.fresh,
      unreadable: new Map<number, UnreadReason>(),
    };
    const unknown: number[] = [];
    list.changed?.forEach((parentage, pid) => {
      if (!this.#members.has(pid) && !state.fresh.has(pid)) {
        state.fresh.set(pid, parentage);
      }
    });
    const mayBeNew = list.changed === undefined ? list.pids : this.#unplaced;
    mayBeNew.forEach((pid) => {
      if (
        !this.#outsiders.has(pid) && !this.#members.has(pid) &&
        !state.fresh.has(pid)
      ) unknown.push(pid);
    });
    unknown.forEach((pid) => this.#readInto(found, pid));
    this.#askForChildren(found);
    this.#dueOutsiders(list, unknown).forEach((pid) => {
      if (!state.fresh.has(pid)) this.#readInto(found, pid);
    });
    return found;
  }

  /** The outsiders that are to be read again, given those of a list that are not known. */
  #dueOutsiders(list: PidList, unknown: readonly number[]): readonly number[] {
    if (this.#root === null) return [];
    const hasTurns = !this.#asks;
    if (list.changed !== undefined) {
      return hasTurns ? this.#outsiders.dueUnlisted() : [];
    }
    this.#outsiders.begin(list.reason === null ? list.pids : null);
    if (list.reason !== null) return [];
    return this.#outsiders.due(this.#processes.reused(unknown), hasTurns);
  }

  /** Reads the parent of a process. */
  #readInto({ read, unreadable }: Found, pid: number): void {
    const { value: parentage, reason } = this.#readParentage(pid);
    if (parentage !== null) {
      read.set(pid, parentage);
      this.#processes.saw(parentage);
      return;
    }
    const hasEnded = reason === "gone" && this.#processes.drop(pid);
    // An outsider that has ended is not listed the next time.
    if (reason === "gone" && this.#outsiders.has(pid)) return;
    this.#outsiders.delete(pid);
    if (!hasEnded) unreadable.set(pid, reason);
  }

  /**
   * Makes members of the new processes that belong; returns whether that is known of all that could
   * be read.
   */
  #admitNew(
    found: Found,
    ended: ReadonlySet<OpenProcess>,
    leaveOut: (reason: UnreadReason, pid: number) => void,
  ): boolean {
    if (found.read.size === 0) return true;
    const { members, outsiders, unknown, isSettled } = this.#root === null
      ? allMembers(found)
      : this.#place(found, ended);
    outsiders.forEach((ppid, pid) => this.#outsiders.set(pid, ppid));
    unknown.forEach(leaveOut);
    members.forEach((parentage, pid) => {
      const { reason } = this.#admit(pid, parentage);
      if (reason !== null) leaveOut(reason, pid);
    });
    return isSettled;
  }

  /**
   * Sorts new processes. Where an outsider is a member after all, what descends from it is read
   * again; where a parent has ended since its child was read, the child is: it has another by now.
   */
  #place(found: Found, ended: ReadonlySet<OpenProcess>): Placed {
    const endedPids = new Set(Array.from(ended, ({ pid }) => pid));
    for (let round = 0;; round++) {
      const sorted = sortNewProcesses(
        found,
        (pid) => this.#members.has(pid) || endedPids.has(pid),
        (pid) => this.#outsiders.has(pid),
      );
      const mistaken = [...sorted.members.keys()].filter((pid) =>
        this.#outsiders.delete(pid)
      );
      const below = mistaken.length === 0
        ? []
        : this.#outsiders.takeDescendants(mistaken);
      const again = below.filter((pid) => !found.read.has(pid));
      again.forEach((pid) => this.#readInto(found, pid));
      let isSettled = again.length === 0;
      sorted.unknown.forEach((reason, pid) => {
        if (reason === "gone" && this.#findParent(found, pid)) {
          isSettled = false;
        }
      });
      if (isSettled || round === MAX_ROUNDS) return { ...sorted, isSettled };
    }
  }

  /**
   * Reads a process again whose parent was not there; returns whether there is something new. If it
   * still has that parent, /proc hides it, or it is too young to have been listed.
   */
  #findParent(found: Found, pid: number): boolean {
    const before = found.read.get(pid);
    if (before === undefined || found.read.has(before.ppid)) return false;
    const mayBeHidden = !this.#processes.showsAll &&
      !found.unreadable.has(before.ppid);
    if (mayBeHidden) return false;
    found.read.delete(pid);
    this.#readInto(found, pid);
    const now = found.read.get(pid);
    if (now === undefined) return true;
    if (now.ppid !== before.ppid || now.starttime !== before.starttime) {
      return true;
    }
    const { value: parent } = this.#readParentage(now.ppid);
    if (parent === null) return false;
    found.unreadable.delete(now.ppid);
    found.read.set(now.ppid, parent);
    return true;
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
    this.#unchecked.add(process);
    this.#order = null;
    return { value: process, reason: null };
  }

  #forget(member: OpenProcess): void {
    member.file.close();
    if (member === this.#root) this.#rootChildren?.close();
    this.#members.delete(member.pid);
    this.#unchecked.delete(member);
    this.#adopters.delete(member);
    this.#asked.delete(member);
    this.#order = null;
  }

  /**
   * How new processes may be looked up in this sweep; null if all are to be listed.
   *
   * A look-up does not tell what has ended, and an outsider's child may have a member as its parent
   * then. Who has set PR_SET_CHILD_SUBREAPER adopts below itself, where all are members. So only
   * the first process of a pid namespace can, if a program has come into that from outside
   * (find_new_reaper() of the kernel's kernel/exit.c): it is asked for its children each time.
   */
  #prepareLookUp(): LookUp | null {
    const { size } = this.#outsiders;
    const isSmallPart = this.#root !== null && this.#processes.canLookUp &&
      this.#isAmongMany(size);
    this.#chooseAsked(isSmallPart);
    if (!isSmallPart) return null;
    const most = Math.trunc(size / LOOKUP_COST);
    const areMany = this.#unchecked.size + this.#unplaced.size > most;
    this.#findAdopters(most);
    // Whoever is not checked yet may have adopted.
    if (areMany) return null;
    if (this.#adopters.size > 0 && !this.#asks) return null;
    this.#adopters.forEach((member) => this.#asked.add(member));
    return {
      most,
      sweeps: this.#asks ? MOST_SWEEPS : TURNS,
      read: (id) => this.#reader.read(statPath(id), parseOwnTask),
    };
  }

  /**
   * Chooses which members are asked for their children in this sweep.
   *
   * Nothing tells of an id that was chosen in ways that no number shows, but its `stat`. Where
   * outsiders are too many to read each again in its turn, the members have turns: whoever has such
   * an id is a child of one. All are asked where one way begins and the other one ends.
   */
  #chooseAsked(areMany: boolean): void {
    const didAsk = this.#asks;
    this.#asks = areMany &&
      (this.#listsChildren ??= listsChildren(this.#reader));
    if (!this.#asks && !didAsk) return;
    this.#turn = (this.#turn + 1) % TURNS;
    this.#members.forEach((member) => {
      if (this.#asks !== didAsk || member.pid % TURNS === this.#turn) {
        this.#asked.add(member);
      }
    });
  }

  /** Whether outsiders are more than the threads that may have children. */
  #isAmongMany(numOutsiders: number): boolean {
    if (numOutsiders < Math.max(MIN_OUTSIDERS, this.#members.size)) {
      return false;
    }
    let numThreads = 0;
    this.#members.forEach(({ stat }) => numThreads += stat.numThreads);
    return numOutsiders >= numThreads;
  }

  /** Finds out whether new members may adopt, so many at most. */
  #findAdopters(most: number): void {
    for (const member of [...this.#unchecked].slice(0, most)) {
      const { value: ids, reason } = this.#reader.read(
        `/proc/${member.pid}/status`,
        parseNspid,
      );
      // If its id is reused, what was read is of another process.
      const { value: stat } = readStat(member);
      const isIts = stat !== null && isSameProcess(member, stat);
      if (!isIts || reason === "gone") continue;
      this.#unchecked.delete(member);
      if (ids === null || ids.at(-1) === 1) this.#adopters.add(member);
    }
  }

  /** Asks the kernel for children of members, and reads those that are not known as members. */
  #askForChildren(found: Found): void {
    this.#asked.forEach((member) => {
      const { pid, stat } = member;
      const { pids, isWhole } = readChildren(this.#reader, {
        pid,
        numThreads: stat.numThreads,
      }, member === this.#root ? this.#rootChildren : null);
      const others = this.#notMembers(pids, found);
      // Else what was read may be of a process that has taken its id.
      if (others.length > 0 && !this.hasEnded(member)) {
        others.forEach((child) => this.#readFamily(child, found));
      }
      if (isWhole) this.#asked.delete(member);
    });
  }

  /** Reads a process that is a member by its parent, and what is below it. */
  #readFamily(first: number, found: Found): void {
    const waiting = [first];
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      this.#readInto(found, pid);
      const numThreads = found.read.get(pid)?.numThreads;
      if (numThreads === undefined) continue;
      const { pids } = readChildren(this.#reader, { pid, numThreads });
      waiting.push(...this.#notMembers(pids, found));
    }
  }

  /** Those of some children that are not known as members, and have not been read. */
  #notMembers(pids: ReadonlySet<number>, found: Found): number[] {
    return [...pids].filter((pid) =>
      !this.#members.has(pid) && !found.read.has(pid) &&
      !found.unreadable.has(pid)
    );
  }

  #readParentage(pid: number): Reading<Parentage> {
    return reapedAsGone(this.#reader.read(statPath(pid), parseOwnParentage));
  }
}

/** All processes of a cgroup are members. */
function allMembers({ read }: Found): Placed {
  return {
    members: read,
    outsiders: new Map(),
    unknown: new Map(),
    isSettled: true,
  };
}

/** Whether all threads of a process have ended, and it waits to be reaped. */
function isZombie(
  { stat: { state, numThreads } }: Pick<TreeProcess, "stat">,
): boolean {
  return state === "Z" && numThreads === 1;
}

function statPath(pid: number): string {
  return `/proc/${pid}/stat`;
}

function reapedAsGone<T extends Parentage>(reading: Reading<T>): Reading<T> {
  return reading.value !== null && isReaped(reading.value)
    ? { value: null, reason: "gone" }
    : reading;
}

function parseOwnStat(text: string, path: string): Stat {
  return checkPid(parseStat(text), text, path);
}

function parseOwnParentage(text: string, path: string): Parentage {
  return checkPid(parseParentage(text), text, path);
}

function parseOwnTask(text: string, path: string): Task {
  return checkPid(parseTask(text), text, path);
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

/** Whether every process is on a list that has an id here. */
function isWhole({ reason, unnamed = 0 }: PidList): boolean {
  return reason === null && unnamed === 0;
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
  if (!canListCgroup(reader, directory)) {
    throw new RootError(
      `Cannot sample ${quote(directory)}: it is no cgroup that may be read`,
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
