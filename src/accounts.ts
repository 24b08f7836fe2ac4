/**
 * The CPU time of a tree, ended processes included, by the kernel's own accounting.
 *
 * A process that is waited for leaves its time, and that of the children it waited for itself, in its parent's `cutime` and
 * `cstime` (proc_pid_stat(5), times(2)). The sum of utime, stime, cutime and cstime over the living members so counts every
 * waited-for descendant once. A child whose parent ignores SIGCHLD, or which is waited for outside the tree, is credited to
 * nobody in it: what was last seen of it is kept.
 *
 * @module
 */

import { addTicks, type CpuTicks, NO_TICKS, ticksBetween } from "./cpu.ts";
import type { Stat } from "./parse/stat.ts";
import type { Member, Sweep } from "./tree.ts";

/** The time of a process itself. */
export function ownTicks(stat: Stat): CpuTicks {
  return { user: Number(stat.utime), kernel: Number(stat.stime) };
}

/** The time of the children that a process has waited for, and of theirs. */
export function waitedTicks(stat: Stat): CpuTicks {
  return { user: Number(stat.cutime), kernel: Number(stat.cstime) };
}

/** The CPU time of one tree, from sweep to sweep. */
export class Accounts {
  /** What each member had waited for at the previous sweep. */
  #waited = new Map<Member, CpuTicks>();
  /** What the root's parent, outside the tree, had waited for at the previous sweep. */
  #outside = NO_TICKS;
  /** What was last seen of members that nobody in the tree has waited for. */
  #lost = NO_TICKS;
  #total = NO_TICKS;

  /** The time of all processes that have been members, since their start. It never falls. */
  get total(): CpuTicks {
    return this.#total;
  }

  /**
   * Takes in a sweep.
   *
   * @param outside What the root's parent has waited for since the root's start, where the root is its only child.
   */
  settle(
    sweep: Pick<Sweep, "living" | "ended">,
    outside: CpuTicks = NO_TICKS,
  ): void {
    this.#lost = addTicks(this.#lost, this.#uncredited(sweep, outside));
    this.#outside = outside;
    this.#waited = new Map();
    let total = addTicks(this.#lost, outside);
    for (const member of sweep.living) {
      const waited = waitedTicks(member.stat);
      this.#waited.set(member, waited);
      total = addTicks(total, addTicks(ownTicks(member.stat), waited));
    }
    this.#total = {
      user: Math.max(this.#total.user, total.user),
      kernel: Math.max(this.#total.kernel, total.kernel),
    };
  }

  /**
   * What was last seen of the members that have ended, less what their nearest living ancestors have waited for since. Where an
   * ancestor was credited too little, the next one may have waited in its place (a subreaper, prctl(2)). No tick goes astray by
   * rounding: every time is cut to whole ticks, and a cut sum is never less than the sum of its cut parts.
   */
  #uncredited(
    { living, ended }: Pick<Sweep, "living" | "ended">,
    outside: CpuTicks,
  ): CpuTicks {
    if (ended.length === 0) return NO_TICKS;
    const livingByPid = new Map(living.map((one) => [one.pid, one]));
    const ppids = new Map([...ended, ...living].map((one) => [
      one.pid,
      one.stat.ppid,
    ]));
    /** From the nearest to the farthest; it ends outside the tree. */
    const ancestors = (member: Member): Member[] => {
      const found = new Set<Member>();
      const passed = new Set<number>();
      let at: number | undefined = member.stat.ppid;
      while (at !== undefined && !passed.has(at)) {
        passed.add(at);
        const ancestor = livingByPid.get(at);
        if (ancestor !== undefined) found.add(ancestor);
        at = ppids.get(at);
      }
      return [...found];
    };
    const credits = new Map(living.map((member) => {
      const waited = waitedTicks(member.stat);
      const before = this.#waited.get(member) ?? waited;
      return [member, ticksBetween(before, waited)];
    }));
    let left = ticksBetween(this.#outside, outside);
    let lost = NO_TICKS;
    for (const member of ended) {
      let owed = addTicks(ownTicks(member.stat), waitedTicks(member.stat));
      for (const ancestor of ancestors(member)) {
        const credit = credits.get(ancestor) ?? NO_TICKS;
        const paid = leastTicks(owed, credit);
        owed = ticksBetween(paid, owed);
        credits.set(ancestor, ticksBetween(paid, credit));
      }
      const paid = leastTicks(owed, left);
      left = ticksBetween(paid, left);
      owed = ticksBetween(paid, owed);
      lost = addTicks(lost, owed);
    }
    return lost;
  }
}

function leastTicks(a: CpuTicks, b: CpuTicks): CpuTicks {
  return {
    user: Math.min(a.user, b.user),
    kernel: Math.min(a.kernel, b.kernel),
  };
}
