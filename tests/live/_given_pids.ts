/**
 * A sweep that looks up which processes have come, between two that list all: `deno run
 * _given_pids.ts PID SECONDS`. Prints what they do not agree in, as JSON.
 */
// deno-lint-ignore-file no-console -- it prints what it has found.
import { HostFs } from "../../src/kernel/host_fs.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { ProcessList } from "../../src/tree/process_list.ts";
import { type Sweep, Tree } from "../../src/tree/tree.ts";
import type { TreeProcess } from "../../src/tree/tree_process.ts";

/** The time between two sweeps. */
const INTERVAL_MS = 4;

const [pid = 0, seconds = 0] = Deno.args.map(Number);

/** Counts how often /proc is listed. */
class CountingFs extends HostFs {
  listings = 0;

  override readDir(path: string): string[] {
    if (path === "/proc") this.listings++;
    return super.readDir(path);
  }
}

function treeOn(fs: HostFs, mayLookUp: boolean): Tree {
  const reader = new ProcReader(fs);
  const rules = { mayCount: true, showsAll: true, hasOwnLoadavg: true };
  const list = new ProcessList(reader, { ...rules, mayLookUp });
  return new Tree(reader, { pid }, list);
}

/**
 * The processes that were there all the time from one sweep to the next of the same tree, and their
 * parents too. Whether an orphan belongs depends on when it was seen first.
 */
function stayed(before: Sweep, after: Sweep): TreeProcess[] {
  const there = new Set(before.living).intersection(new Set(after.living));
  const pids = new Set(Array.from(there, (one) => one.pid));
  return [...there].filter(({ pid: own, stat }) =>
    own === pid || pids.has(stat.ppid)
  );
}

/** Those of them that another tree has not found meanwhile. */
function missing(there: readonly TreeProcess[], found: Sweep): string[] {
  const starts = new Map(found.living.map((one) => [one.pid, one.startTicks]));
  return found.consistent
    ? there.filter(({ pid, startTicks }) => starts.get(pid) !== startTicks)
      .map(({ pid, startTicks, stat }) =>
        `${pid} ${stat.comm}, started at ${startTicks}, child of ${stat.ppid}`
      )
    : [];
}

const fs = new CountingFs();
const tree = treeOn(fs, true);
const oracle = treeOn(new HostFs(), false);
/** In how many sweeps a process was not found. */
const late = new Map<string, number>();
const wrong: string[] = [];
let sweeps = 0;
let seen = 0;
let last: { readonly sweep: Sweep; readonly listed: Sweep } | null = null;
const until = performance.now() + seconds * 1000;
while (performance.now() < until) {
  const before = oracle.sweep();
  const sweep = tree.sweep();
  const after = oracle.sweep();
  const there = stayed(before, after);
  seen += there.length;
  for (const one of missing(there, sweep)) {
    late.set(one, (late.get(one) ?? 0) + 1);
  }
  if (last !== null) {
    const mine = stayed(last.sweep, sweep);
    wrong.push(...missing(mine, last.listed), ...missing(mine, before));
  }
  last = { sweep, listed: after };
  sweeps++;
  await new Promise((done) => setTimeout(done, INTERVAL_MS));
}
const { listings } = fs;
console.log(
  JSON.stringify({ sweeps, listings, seen, late: [...late], wrong }),
);
