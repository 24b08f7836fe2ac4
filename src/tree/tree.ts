/**
 * Which processes belong to a tree: the root, every process whose chain of parents leads to it, and every process that was once
 * a member, while it lives. Or else: the members of a cgroup.
 *
 * The names in /proc are listed and the parent of each new process is read from its `stat`. `task/<tid>/children` is not used:
 * "exiting children may cause non-exiting children to be omitted" (proc_tid_children(5)), and with them all of theirs.
 *
 * @module
 */

import { quote } from "../text.ts";
import { type Listed, readCgroupMembers } from "./cgroup_members.ts";
import { ProcParseError, RootError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseTgid } from "../parse/status.ts";
import {
  type Parentage,
  parseParentage,
  parseStat,
  type Stat,
} from "../parse/stat.ts";
import type { ProcessList } from "./process_list.ts";
import type {
  ParsedFile,
  Reader,
  Reading,
  Unread,
} from "../kernel/proc_reader.ts";

/** A process of the tree. The object stays the same for as long as the process lives. */
export interface Member {
  /** The process id. */
  readonly pid: number;
  /** When it started, in ticks since boot. */
  readonly startTicks: Integer;
  /** What its `stat` said when it was last read. */
  readonly stat: Stat;
}

/** What one sweep of /proc found. */
export interface Sweep {
  /** The members whose `stat` could be read; a parent stands before its children. */
  readonly members: readonly Member[];
  /** All members that live, those too whose `stat` could not be read this time. */
  readonly living: readonly Member[];
  /** The members that have ended since the previous sweep, with what was last seen of them. */
  readonly ended: readonly Member[];
  /** The members that have left the cgroup since the previous sweep and live. */
  readonly left: readonly Member[];
  /** Whether all processes were listed, and no child was waited for while the sweep was under way, so that each one's time is counted once. */
  readonly consistent: boolean;
  /** Processes, members or not known, that could not be read, by reason; a read that failed otherwise counts as malformed. */
  readonly leftOut: LeftOut;
}

/** Processes that could not be read, by reason. */
export interface LeftOut {
  /** Ended while the sweep was under way. */
  readonly gone: number;
  /** Refused to this user. */
  readonly denied: number;
  /** Unreadable for another reason, or without sense. */
  readonly malformed: number;
}

/** A member and its open `stat`: the handle answers ESRCH once the process is gone, also when its id is taken again. */
interface Known extends Member {
  stat: Stat;
  readonly file: ParsedFile<Stat>;
  /** Why its `stat` could not be read in the latest sweep, though it lives; null where it could. */
  unread: Unread | null;
}

/** What a sweep has found so far. */
interface Found {
  readonly ended: Set<Known>;
  readonly fresh: Map<number, Parentage>;
}

/** What a sweep has found of processes that it did not know. */
interface Newcomers {
  readonly fresh: ReadonlyMap<number, Parentage>;
  /** Members that have ended: their children may be found only now. */
  readonly endedPids: ReadonlySet<number>;
  /** Processes that were listed and could not be read. */
  readonly unreadable: ReadonlyMap<number, Unread>;
}

/** How often parents are read again before a sweep is called inconsistent. */
const MAX_ROUNDS = 4;

/** A known outsider is read again once in so many sweeps, so that a process id that was taken again is noticed. */
const OUTSIDER_TURNS = 32;

/** What a tree grows from: a process, or the directory of a cgroup v2. */
export type Root = { readonly pid: number } | { readonly cgroup: string };

/** Where a tree begins, and where its processes are looked for. */
export interface TreeOptions {
  /** What it grows from. */
  readonly root: Root;
  /** The processes of the host. */
  readonly processes: ProcessList;
}

/** The processes of one tree, from sweep to sweep. */
export class Tree {
  readonly #reader: Reader;
  readonly #processes: ProcessList;
  /** The process that the tree grows from; null for a cgroup. */
  readonly #root: Known | null;
  /** The directory of the cgroup whose members the tree is; null for a process. */
  readonly #cgroup: string | null;
  #cgroupIsGone = false;
  /** The members in their order; null where it has to be found anew. */
  #order: readonly Known[] | null = null;
  readonly #members = new Map<number, Known>();
  /** Processes that do not belong, and their parents. */
  readonly #outsiders = new Map<number, number>();
  #sweeps = 0;

  /**
   * Follows the tree below a process, or the members of a cgroup and of those below it.
   *
   * @throws {RootError} If there is no such process or cgroup, it may not be read, or the id is that of a thread.
   */
  constructor(reader: Reader, { root, processes }: TreeOptions) {
    this.#reader = reader;
    this.#processes = processes;
    if ("cgroup" in root) {
      this.#root = null;
      this.#cgroup = root.cgroup;
      refuseOther(reader, root.cgroup);
      return;
    }
    const { pid } = root;
    this.#cgroup = null;
    refuseThread(reader, pid);
    const { value: member, unread } = this.#admit(pid);
    if (member === null) throw rootError(pid, unread);
    this.#root = member;
  }

  /**
   * Whether the root has ended at the last sweep: a process that was not there, or was a zombie without threads; a cgroup that was
   * removed.
   */
  get rootEnded(): boolean {
    if (this.#root === null) return this.#cgroupIsGone;
    const { pid, stat } = this.#root;
    return this.#members.get(pid) !== this.#root ||
      (stat.state === "Z" && stat.numThreads === 1);
  }

  /**
   * Reads which processes there are now. Where they cannot be listed, those that are known are read still, and the sweep says so.
   *
   * What it does for each process goes by `forEach`: `for`-`of` leaves an object behind for each step where no compiler optimises it,
   * as in the binary.
   */
  sweep(): Sweep {
    const { pids: listed, unread: unlisted } = this.#cgroup === null
      ? this.#processes.read()
      : this.#listCgroup(this.#cgroup);
    const leftOut = { gone: 0, denied: 0, malformed: 0 };
    const unreadable = new Map<number, Unread>();
    if (unlisted !== null) leftOut[countedAs(unlisted)]++;
    const found = {
      ended: new Set<Known>(),
      fresh: new Map<number, Parentage>(),
    };
    const { ended, fresh } = found;
    const left: Known[] = [];

    const mayLeave = this.#cgroup !== null && unlisted === null;
    this.#inOrder().forEach((member) => {
      if (!mayLeave || listed.has(member.pid)) {
        this.#refresh(member, found);
        return;
      }
      if (living(member.file.read()).unread === "gone") ended.add(member);
      else left.push(member);
      this.#forget(member);
    });
    const consistent = this.#settle(found) && unlisted === null;
    for (const { pid } of ended) this.#processes.drop(pid);
    this.#members.forEach(({ unread }) => {
      if (unread !== null) leftOut[countedAs(unread)]++;
    });

    listed.forEach((pid) => {
      if (this.#members.has(pid) || fresh.has(pid)) return;
      const isOutsider = this.#outsiders.has(pid);
      if (isOutsider && !this.#hasTurn(pid)) return;
      const { value: parentage, unread } = this.#readParentage(pid);
      if (parentage !== null) {
        fresh.set(pid, parentage);
        return;
      }
      if (isOutsider) this.#outsiders.delete(pid);
      const hasEnded = unread === "gone" && this.#processes.drop(pid);
      if (!isOutsider && !hasEnded) {
        leftOut[countedAs(unread)]++;
        unreadable.set(pid, unread);
      }
    });

    if (unlisted === null) {
      this.#outsiders.forEach((_, pid) => {
        if (!listed.has(pid)) this.#outsiders.delete(pid);
      });
    }
    const endedPids = new Set(Array.from(ended, (member) => member.pid));
    const { joining, unsure } = this.#joining({ fresh, endedPids, unreadable });
    for (const unread of unsure) leftOut[countedAs(unread)]++;
    for (const [pid, parentage] of joining) {
      const { value: member, unread } = this.#admit(pid, parentage);
      if (member === null) leftOut[countedAs(unread)]++;
    }
    this.#sweeps++;
    return {
      members: this.#inOrder().filter((member) => member.unread === null),
      living: this.#inOrder(),
      ended: [...ended],
      left,
      consistent,
      leftOut,
    };
  }

  /** Whether a member has this process id. */
  has(pid: number): boolean {
    return this.#members.has(pid);
  }

  /** Whether a member has ended since its `stat` was read. */
  hasEnded(member: Member): boolean {
    const known = this.#members.get(member.pid);
    return known !== member || living(known.file.read()).unread === "gone";
  }

  /** Closes the files of all members. */
  close(): void {
    for (const member of this.#members.values()) member.file.close();
    this.#members.clear();
    this.#processes.close();
  }

  /** The members, a parent before its children. */
  #inOrder(): readonly Known[] {
    this.#order ??= parentsFirst(this.#members.values(), this.#root);
    return this.#order;
  }

  /** Reads a member's `stat` again. */
  #refresh(member: Known, found: Found): void {
    const { value: stat, unread } = living(member.file.read());
    if (stat !== null && isSameProcess(member, stat)) {
      if (stat.ppid !== member.stat.ppid) this.#order = null;
      member.stat = stat;
      member.unread = null;
      return;
    }
    if (stat === null && unread !== "gone") {
      member.unread = unread;
      return;
    }
    this.#forget(member);
    found.ended.add(member);
    if (stat !== null) found.fresh.set(member.pid, stat);
  }

  /**
   * Makes sure that the time of a child that ended is counted once: in its parent's `cutime` if it was waited for.
   *
   * Parents are read before their children, so a child that is read alive is not in its parent's `cutime` yet. A child that is
   * gone may have been waited for after its parent was read: its parent is read again, and where that shows time of children that
   * it did not show before, so are the parent's other children, until nothing moves.
   */
  #settle(found: Found): boolean {
    let unsettled = new Set(found.ended);
    for (let round = 0; unsettled.size > 0; round++) {
      if (round === MAX_ROUNDS) return false;
      const before = new Set(found.ended);
      for (const parent of this.#survivingParents(unsettled)) {
        if (this.#members.get(parent.pid) !== parent) continue;
        const { cutime, cstime } = parent.stat;
        this.#refresh(parent, found);
        if (parent.stat.cutime === cutime && parent.stat.cstime === cstime) {
          continue;
        }
        for (const member of [...this.#members.values()]) {
          if (member.stat.ppid === parent.pid) this.#refresh(member, found);
        }
      }
      unsettled = found.ended.difference(before);
    }
    return true;
  }

  /** The nearest ancestors that still live, of members that have ended. */
  #survivingParents(ended: ReadonlySet<Known>): Set<Known> {
    const endedByPid = new Map(Array.from(ended, (one) => [one.pid, one]));
    const parents = new Set<Known>();
    for (const one of ended) {
      const passed = new Set<number>();
      let { ppid } = one.stat;
      while (!this.#members.has(ppid) && !passed.has(ppid)) {
        passed.add(ppid);
        ppid = endedByPid.get(ppid)?.stat.ppid ?? ppid;
      }
      const parent = this.#members.get(ppid);
      if (parent !== undefined) parents.add(parent);
    }
    return parents;
  }

  #listCgroup(directory: string): Listed {
    const listed = readCgroupMembers(this.#reader, directory);
    this.#cgroupIsGone = listed === null;
    return listed ?? { pids: new Set(), unread: null };
  }

  #hasTurn(pid: number): boolean {
    return pid % OUTSIDER_TURNS === this.#sweeps % OUTSIDER_TURNS;
  }

  /** Sorts new processes into outsiders, members to be, and those of whom it is not known, as a parent could not be read. */
  #joining(newcomers: Newcomers): {
    readonly joining: ReadonlyMap<number, Parentage>;
    readonly unsure: readonly Unread[];
  } {
    const { fresh } = newcomers;
    if (this.#cgroup !== null) return { joining: fresh, unsure: [] };
    const answers = new Map<number, boolean | Unread>();
    const joining = new Map<number, Parentage>();
    const unsure: Unread[] = [];
    for (const [pid, parentage] of fresh) {
      const belongs = this.#belongs(pid, { ...newcomers, answers });
      if (belongs === true) {
        if (this.#outsiders.delete(pid)) this.#reconsiderChildren(pid);
        joining.set(pid, parentage);
      } else if (belongs === false) {
        this.#outsiders.set(pid, parentage.ppid);
      } else {
        unsure.push(belongs);
      }
    }
    return { joining, unsure };
  }

  /** Whether a new process's chain of parents leads to a member; why that is not known where a parent could not be read. */
  #belongs(
    pid: number,
    found: Newcomers & { readonly answers: Map<number, boolean | Unread> },
  ): boolean | Unread {
    const chain = new Set<number>();
    let at = pid;
    let answer = found.answers.get(at);
    while (answer === undefined) {
      const parentage = found.fresh.get(at);
      if (parentage === undefined) {
        if (this.#members.has(at) || found.endedPids.has(at)) answer = true;
        else if (at === 0 || this.#outsiders.has(at)) answer = false;
        else answer = found.unreadable.get(at) ?? "gone";
        break;
      }
      if (chain.has(at)) {
        answer = false;
        break;
      }
      chain.add(at);
      at = parentage.ppid;
      answer = found.answers.get(at);
    }
    for (const link of chain) found.answers.set(link, answer);
    return answer;
  }

  /** The children of a supposed outsider that turned out to belong are read anew at the next sweep. */
  #reconsiderChildren(pid: number): void {
    for (const [child, ppid] of this.#outsiders) {
      if (ppid === pid) this.#outsiders.delete(child);
    }
  }

  /** Makes a process a member: opens its `stat` and makes sure that it is the same process still, where it was seen before. */
  #admit(pid: number, seen?: Parentage): Reading<Known> {
    const { value: file, unread } = this.#reader.open(
      statPath(pid),
      parseOwnStat,
    );
    if (file === null) return { value: null, unread };
    const { value: stat, unread: unreadStat } = living(file.read());
    if (
      stat === null ||
      (seen !== undefined && stat.starttime !== seen.starttime)
    ) {
      file.close();
      return { value: null, unread: unreadStat ?? "gone" };
    }
    const member: Known = {
      pid,
      startTicks: stat.starttime,
      stat,
      file,
      unread: null,
    };
    this.#members.set(pid, member);
    this.#order = null;
    return { value: member, unread: null };
  }

  #forget(member: Known): void {
    member.file.close();
    this.#members.delete(member.pid);
    this.#order = null;
  }

  #readParentage(pid: number): Reading<Parentage> {
    return living(this.#reader.read(statPath(pid), parseOwnParentage));
  }
}

function statPath(pid: number): string {
  return `/proc/${pid}/stat`;
}

/** A `stat` in state X or without threads is that of a process which is gone but for its entry. */
function living<T extends Parentage>(reading: Reading<T>): Reading<T> {
  const stat = reading.value;
  if (stat === null) return reading;
  return stat.state === "X" || stat.state === "x" || stat.numThreads === 0
    ? { value: null, unread: "gone" }
    : reading;
}

function parseOwnStat(text: string, path: string): Stat {
  return ofProcess(parseStat(text), { path, text });
}

function parseOwnParentage(text: string, path: string): Parentage {
  return ofProcess(parseParentage(text), { path, text });
}

/** Makes sure that a `stat` is that of the process whose path it was read by. */
function ofProcess<T extends Parentage>(
  stat: T,
  from: { readonly path: string; readonly text: string },
): T {
  if (statPath(stat.pid) === from.path) return stat;
  throw new ProcParseError("stat", { field: "pid", text: from.text });
}

/** Where no open file vouches for the identity, the start time does, and CPU time, which never falls. */
function isSameProcess(member: Member, stat: Stat): boolean {
  return stat.starttime === member.startTicks &&
    stat.utime >= member.stat.utime && stat.stime >= member.stat.stime;
}

function countedAs(unread: Unread): keyof LeftOut {
  return unread === "failed" ? "malformed" : unread;
}

/** The processes in the order of a family: each before its children, siblings by pid, orphans and theirs last. */
function parentsFirst(
  members: Iterable<Known>,
  root: Known | null,
): Known[] {
  const byPid = [...members].sort((a, b) => a.pid - b.pid);
  const present = new Set(byPid.map((member) => member.pid));
  const children = new Map<number, Known[]>();
  const tops: Known[] = [];
  for (const member of byPid) {
    const { ppid } = member.stat;
    if (member === root || !present.has(ppid)) {
      if (member === root) tops.unshift(member);
      else tops.push(member);
      continue;
    }
    const siblings = children.get(ppid);
    if (siblings === undefined) children.set(ppid, [member]);
    else siblings.push(member);
  }
  const ordered = new Set<Known>();
  const visit = (first: Known) => {
    const waiting = [first];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (ordered.has(next)) continue;
      ordered.add(next);
      waiting.push(...(children.get(next.pid) ?? []).toReversed());
    }
  };
  tops.forEach(visit);
  byPid.forEach(visit);
  return [...ordered];
}

/** Only a thread's `status` names another process than the path does; a thread's path opens though /proc does not list it. */
function refuseThread(reader: Reader, pid: number): void {
  const tgid = reader.read(`/proc/${pid}/status`, parseTgid).value;
  if (tgid !== null && tgid !== pid) {
    throw new RootError(
      `Cannot sample ${pid}: it is a thread of process ${tgid}`,
    );
  }
}

function refuseOther(reader: Reader, directory: string): void {
  const { unread } = reader.read(`${directory}/cgroup.procs`, (text) => text);
  if (unread !== null) {
    throw new RootError(
      `Cannot sample ${quote(directory)}: it is no cgroup v2 that may be read`,
    );
  }
}

function rootError(pid: number, unread: Unread): RootError {
  const why = {
    gone: "no such process, or one that /proc hides from this user",
    denied: "its stat may not be read by this user",
    failed: "its stat cannot be read",
    malformed: "its stat makes no sense",
  };
  return new RootError(`Cannot sample process ${pid}: ${why[unread]}`);
}
