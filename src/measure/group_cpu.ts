/**
 * The CPU time of a tree that is a cgroup, by the group's own account.
 *
 * `cpu.stat` of a cgroup v2, or `cpuacct.stat` of v1, counts every process of the group and of
 * those below it, whoever waits for them, and nothing that they have used elsewhere. The processes'
 * own counters do neither.
 *
 * @module
 */

import { VERSION_2 } from "../host/cgroup_mounts.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseFlatKeyed } from "../parse/flat_keyed.ts";
import { type CpuTicks, NO_TICKS } from "../model/cpu.ts";

/** What a group has used, and which group it is. */
interface Account {
  readonly used: CpuTicks;
  /**
   * The device and inode of its directory: a group that was made anew has others. Null: unknown.
   */
  readonly identity: string | null;
}

/** The tree's CPU time in a sweep. */
export interface SweepCpu {
  /** What the counters of its processes make, ended ones included. */
  readonly sums: CpuTicks;
  /** The own time of the processes that live and were not moved in: what stands on their lines. */
  readonly lines: CpuTicks;
  /** Whether the group is not there. */
  readonly isGone: boolean;
}

const MICROSECONDS = 1e6;

/** Follows what a cgroup has used from sweep to sweep. */
export class GroupCpu {
  readonly #reader: ProcReader;
  readonly #directory: string;
  readonly #ticksPerSecond: number;
  /** Where the group's account is; null: it has none, for `cpuacct` is of another hierarchy. */
  readonly #file: "cpu.stat" | "cpuacct.stat" | null;
  /** The account when it was last read; null before that. */
  #account: Account | null = null;
  /** What the counters of processes have told since then, as the account could not be read. */
  #untold = NO_TICKS;
  /** Whether the group was not there since then. */
  #wasGone = false;
  /** What the counters of processes made in the previous sweep. */
  #sums = NO_TICKS;
  /** The total by the account, in which no rounding of lines adds up. */
  #counted = NO_TICKS;
  #total = NO_TICKS;

  /** Follows the group of a directory. */
  constructor(
    reader: ProcReader,
    directory: string,
    { ticksPerSecond, hierarchies }: {
      readonly ticksPerSecond: number;
      readonly hierarchies: readonly string[];
    },
  ) {
    this.#reader = reader;
    this.#directory = directory;
    this.#ticksPerSecond = ticksPerSecond;
    this.#file = hierarchies.includes("cpuacct")
      ? "cpuacct.stat"
      : hierarchies.every((name) => name === VERSION_2)
      ? "cpu.stat"
      : null;
  }

  /**
   * The CPU time of the tree in ticks, parts of them included: what the counters of its processes
   * made at the first sweep, and what the group has used since. It never falls.
   */
  get total(): CpuTicks {
    return this.#total;
  }

  /**
   * Reads what the group has used since the previous sweep. Where that cannot be read, the counters
   * of the processes tell. Where their lines sum to more, as each is cut to ticks, their sum
   * stands.
   *
   * @returns Whether it is by the group's account.
   */
  advance({ sums, lines, isGone }: SweepCpu): boolean {
    const byCounters = rise(this.#sums, sums);
    this.#sums = sums;
    const used = this.#usedByAccount(byCounters, isGone);
    this.#counted = plus(this.#counted, used ?? byCounters);
    this.#total = larger(larger(this.#total, this.#counted), lines);
    return used !== null;
  }

  /** What the account says was used and is not counted yet; null if it cannot say. */
  #usedByAccount(byCounters: CpuTicks, isGone: boolean): CpuTicks | null {
    const before = this.#account;
    const now = this.#read();
    if (now === null) {
      this.#untold = plus(this.#untold, byCounters);
      this.#wasGone ||= isGone;
      return null;
    }
    const isSame = before !== null &&
      isSameGroup(before, now, this.#wasGone);
    const counted = isSame ? plus(before.used, this.#untold) : NO_TICKS;
    this.#account = isSame
      ? { ...now, used: larger(before.used, now.used) }
      : now;
    this.#untold = NO_TICKS;
    this.#wasGone = false;
    return before === null ? null : rise(counted, now.used);
  }

  #read(): Account | null {
    const file = this.#file;
    if (file === null) return null;
    const { value } = this.#reader.read(
      `${this.#directory}/${file}`,
      (text) => parseFlatKeyed(file, text),
    );
    const isVersion2 = file === "cpu.stat";
    const user = value?.values.get(isVersion2 ? "user_usec" : "user") ?? null;
    const kernel = value?.values.get(isVersion2 ? "system_usec" : "system") ??
      null;
    if (user === null || kernel === null) return null;
    const ticksPerUnit = isVersion2 ? this.#ticksPerSecond / MICROSECONDS : 1;
    const status = this.#reader.stat(this.#directory).value;
    return {
      used: {
        user: Number(user) * ticksPerUnit,
        kernel: Number(kernel) * ticksPerUnit,
      },
      identity: status === null || status.inode === 0
        ? null
        : `${status.device} ${status.inode}`,
    };
  }
}

/**
 * Whether it is not another group of the same path. Where only the counters tell: those of one
 * group never fall.
 */
function isSameGroup(
  before: Account,
  now: Account,
  wasGone: boolean,
): boolean {
  if (before.identity !== null && now.identity !== null) {
    return before.identity === now.identity;
  }
  return !wasGone && before.used.user <= now.used.user &&
    before.used.kernel <= now.used.kernel;
}

function plus(a: CpuTicks, b: CpuTicks): CpuTicks {
  return { user: a.user + b.user, kernel: a.kernel + b.kernel };
}

/** What was added; none of what has fallen. */
function rise(before: CpuTicks, now: CpuTicks): CpuTicks {
  return {
    user: Math.max(now.user - before.user, 0),
    kernel: Math.max(now.kernel - before.kernel, 0),
  };
}

function larger(a: CpuTicks, b: CpuTicks): CpuTicks {
  return {
    user: Math.max(a.user, b.user),
    kernel: Math.max(a.kernel, b.kernel),
  };
}
