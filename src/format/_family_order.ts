/** Processes in the order of a tree. */

import type { ProcessSample } from "../model/process.ts";

/** A process, and how deep it stands below the first that is shown of its ancestors. */
export interface Placed {
  readonly process: ProcessSample;
  readonly depth: number;
}

/**
 * Each process directly behind its parent and the parent's earlier children with theirs; children
 * by their start, then by pid. Those whose parent is not among them begin a tree of their own.
 */
export function inFamilies(processes: readonly ProcessSample[]): Placed[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const children = new Map<number | null, ProcessSample[]>();
  for (const process of processes) {
    const { pid, ppid } = process;
    const parent = pids.has(ppid) && ppid !== pid ? ppid : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [process]);
    else siblings.push(process);
  }
  for (const siblings of children.values()) siblings.sort(byStart);
  const placed: Placed[] = [];
  const waiting: Placed[] = [];
  const stack = (parent: number | null, depth: number) => {
    for (const process of children.get(parent)?.toReversed() ?? []) {
      waiting.push({ process, depth });
    }
  };
  stack(null, 0);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    placed.push(next);
    stack(next.process.pid, next.depth + 1);
  }
  return placed;
}

function byStart(a: ProcessSample, b: ProcessSample): number {
  return Number(a.startTicks) - Number(b.startTicks) || a.pid - b.pid;
}
