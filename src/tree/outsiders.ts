/**
 * The processes that are known not to belong to a tree.
 *
 * Nothing tells that one has become another process, or has another parent, but its `stat`: it is
 * read again if its id may have been given out anew or its parent has ended, and each in its turn.
 *
 * @module
 */

import { isInRange, type PidRange } from "./given_pids.ts";

/**
 * Each is read again once in this many sweeps, whatever is known of it; or in place of that each
 * member of the tree is asked for its children.
 */
export const TURNS = 32;

/** The processes that are known not to belong to a tree, and their parents. */
export class Outsiders {
  readonly #ppids = new Map<number, number>();
  #turn = -1;
  /** Those that are not listed any more. */
  #ended: ReadonlySet<number> = new Set();

  /** How many they are. */
  get size(): number {
    return this.#ppids.size;
  }

  /** Whether a process is one of them. */
  has(pid: number): boolean {
    return this.#ppids.has(pid);
  }

  /** Adds a process, or notes that it has another parent. */
  set(pid: number, ppid: number): void {
    this.#ppids.set(pid, ppid);
  }

  /** Takes a process away; returns whether it was one of them. */
  delete(pid: number): boolean {
    return this.#ppids.delete(pid);
  }

  /** A sweep begins: those that are not listed have ended. Null: nothing could be listed. */
  begin(listed: ReadonlySet<number> | null): void {
    this.#turn = (this.#turn + 1) % TURNS;
    const ended = new Set<number>();
    this.#ppids.forEach((_, pid) => {
      if (listed?.has(pid) === false) ended.add(pid);
    });
    ended.forEach((pid) => this.#ppids.delete(pid));
    this.#ended = ended;
  }

  /**
   * Those that have to be read again, if ids of this range may be those of other processes;
   * `hasTurns`: and those whose turn it is.
   */
  due(reused: PidRange, hasTurns = true): number[] {
    const due: number[] = [];
    const isReused = reused === "all" || reused.after !== reused.upTo;
    const anyEnded = this.#ended.size > 0;
    this.#ppids.forEach((ppid, pid) => {
      const isDue = (hasTurns && pid % TURNS === this.#turn) ||
        // A parent whose id is reused has ended as well.
        (isReused && (isInRange(reused, pid) || isInRange(reused, ppid))) ||
        (anyEnded && this.#ended.has(ppid));
      if (isDue) due.push(pid);
    });
    return due;
  }

  /** A sweep begins that lists nothing: returns those whose turn it is. */
  dueUnlisted(): number[] {
    this.#turn = (this.#turn + 1) % TURNS;
    const due: number[] = [];
    this.#ppids.forEach((_, pid) => {
      if (pid % TURNS === this.#turn) due.push(pid);
    });
    return due;
  }

  /** Takes away what descends from some processes, as far as known; returns it. */
  takeDescendants(pids: readonly number[]): number[] {
    const children = Map.groupBy(this.#ppids, ([, ppid]) => ppid);
    const taken: number[] = [];
    const waiting = [...pids];
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
      for (const [child] of children.get(pid) ?? []) {
        if (!this.#ppids.delete(child)) continue;
        taken.push(child);
        waiting.push(child);
      }
    }
    return taken;
  }
}
