/**
 * `/proc/<pid>/stat`: a process in one line. See proc_pid_stat(5).
 *
 * ```text
 * 8427 (cat) R 8426 8426 8426 0 -1 4194304 90 0 0 0 0 0 0 0 20 0 1 0 792205 2703360 417 ...
 * ```
 *
 * | fields | here | fields | here |
 * | --- | --- | --- | --- |
 * | 1 to 3 | pid, comm, state | 18 to 20 | priority, nice, numThreads |
 * | 4 to 8 | ppid, pgrp, session, ttyNr, tpgid | 21 | always 0 |
 * | 9 | flags | 22 to 25 | starttime, vsize, rss, rsslim |
 * | 10 to 13 | minflt, cminflt, majflt, cmajflt | 26 to 28 | startcode, endcode, startstack |
 * | 14 to 17 | utime, stime, cutime, cstime | 39 to 41 | processor, rtPriority, policy |
 * | | | 42 | delayacctBlkioTicks |
 *
 * The name (field 2) holds whatever the process chose, parentheses, spaces and newlines included;
 * nothing after it can hold a `)`, so it ends at the last one.
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  type NumberField,
  parseCount,
  parseNumberLine,
  parseUnsigned,
} from "./_scan.ts";

/** What `stat` holds, in the kernel's units. Ticks are those of AT_CLKTCK, see `Auxv`. */
export interface Stat {
  /** The process id, or the thread id if the path is a thread's. */
  readonly pid: number;
  /**
   * The name of the main thread, 15 bytes at most except of kernel threads; bytes that are not
   * UTF-8 are U+FFFD.
   */
  readonly comm: string;
  /** One letter: R, S, D, Z, T, t, I, X and others. */
  readonly state: string;
  /**
   * The process id of the parent; 0 for the first process of a pid namespace and for a process that
   * is being reaped.
   */
  readonly ppid: number;
  /** The process group; -1 for a process that is being reaped. */
  readonly pgrp: number;
  /** The session; -1 for a process that is being reaped. */
  readonly session: number;
  /** The controlling terminal's device number; 0: none. */
  readonly ttyNr: number;
  /** The foreground process group of the controlling terminal; -1: none. */
  readonly tpgid: number;
  /** The kernel's PF_* bits. */
  readonly flags: number;
  /** Minor page faults. */
  readonly minflt: Integer;
  /** Minor page faults of waited-for children. */
  readonly cminflt: Integer;
  /** Major page faults. */
  readonly majflt: Integer;
  /** Major page faults of waited-for children. */
  readonly cmajflt: Integer;
  /** User time of all threads, ended ones included, in ticks; guest time is part of it. */
  readonly utime: Integer;
  /** Kernel time of all threads, ended ones included, in ticks. */
  readonly stime: Integer;
  /** User time of waited-for children, and of theirs, in ticks. Signed in the kernel. */
  readonly cutime: Integer;
  /** Kernel time of waited-for children, and of theirs, in ticks. Signed in the kernel. */
  readonly cstime: Integer;
  /** The scheduler's priority; -2 to -100 for a real-time policy. */
  readonly priority: number;
  /** The nice value, 19 (low priority) to -20. */
  readonly nice: number;
  /** Threads; 0 for a process that is being reaped. */
  readonly numThreads: number;
  /** When the process started, in ticks since boot. Unchanged by exec. */
  readonly starttime: Integer;
  /** Virtual size in bytes; 0 without memory. */
  readonly vsize: Integer;
  /**
   * Resident pages by per-CPU counters, off by hundreds of kB and at times 0: `Statm.resident` is
   * the one to use.
   */
  readonly rss: Integer;
  /** The soft limit RLIMIT_RSS in bytes; 2^64 - 1: none. */
  readonly rsslim: Integer;
  /** Where the code starts; 0 or 1 if this user may not trace the process. */
  readonly startcode: Integer;
  /** Where the code ends; 0 or 1 if this user may not trace the process. */
  readonly endcode: Integer;
  /** Where the stack starts; 0 if this user may not trace the process. */
  readonly startstack: Integer;
  /**
   * The CPU that it ran on last, of a process its main thread; null on a kernel that does not say
   * it, and if the number is none of a CPU.
   */
  readonly processor: number | null;
  /** The real-time priority, 1 to 99; 0: it has none; null on a kernel that does not say it. */
  readonly rtPriority: number | null;
  /** The number of the scheduling policy, see sched(7); null on a kernel that does not say it. */
  readonly policy: number | null;
  /**
   * Time spent waiting for block I/O, in ticks, since Linux 2.6.18; 0 while delay accounting is
   * off; null on an older kernel.
   */
  readonly delayacctBlkioTicks: Integer | null;
}

/** The part of {@linkcode Stat} that decides whether a process belongs to a tree. */
export type Parentage = Pick<
  Stat,
  "pid" | "state" | "ppid" | "numThreads" | "starttime"
>;

/** The same, and whether it is a thread beside the main one of its process. */
export interface Task extends Parentage {
  /** Null if the kernel does not tell. */
  readonly isFurtherThread: boolean | null;
}

/** PF_KTHREAD of the kernel's include/linux/sched.h: a kernel thread, without memory or program. */
export const PF_KTHREAD = 0x200000;

/**
 * PF_FORKNOEXEC of the kernel's include/linux/sched.h: it was forked, and has not called execve(2).
 */
export const PF_FORKNOEXEC = 0x40;

/** The fields after the state, the 4th on. */
const FIELDS: readonly NumberField[] = [
  { name: "ppid" },
  { name: "pgrp", signed: true },
  { name: "session", signed: true },
  { name: "tty_nr", signed: true },
  { name: "tpgid", signed: true },
  { name: "flags" },
  { name: "minflt" },
  { name: "cminflt" },
  { name: "majflt" },
  { name: "cmajflt" },
  { name: "utime" },
  { name: "stime" },
  { name: "cutime", signed: true },
  { name: "cstime", signed: true },
  { name: "priority", signed: true },
  { name: "nice", signed: true },
  { name: "num_threads" },
  { name: "itrealvalue", signed: true },
  { name: "starttime" },
  { name: "vsize" },
  { name: "rss", signed: true },
  { name: "rsslim" },
  { name: "startcode" },
  { name: "endcode" },
  { name: "startstack" },
  { name: "kstkesp" },
  { name: "kstkeip" },
  { name: "signal" },
  { name: "blocked" },
  { name: "sigignore" },
  { name: "sigcatch" },
  { name: "wchan" },
  { name: "nswap" },
  { name: "cnswap" },
  { name: "exit_signal", signed: true },
  { name: "processor", signed: true },
  { name: "rt_priority" },
  { name: "policy" },
  { name: "delayacct_blkio_ticks" },
];

/** Places in FIELDS. */
const PPID = 0;
const NUM_THREADS = 16;
const STARTTIME = 18;
const EXIT_SIGNAL = 34;
const PROCESSOR = 35;

/** Up to startstack every kernel since 2.6.0 prints them. */
const REQUIRED = 25;

/**
 * Parses the text of `/proc/<pid>/stat`.
 *
 * @throws {ProcParseError} If a field is missing or damaged, or the line is cut.
 *
 * @example
 * ```ts
 * import { parseStat } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const line = `42 (make) S 1 42 42 0 -1 0${" 0".repeat(43)}\n`;
 * const { comm, ppid } = parseStat(line);
 * assertEquals([comm, ppid], ["make", 1]);
 * ```
 */
export function parseStat(text: string): Stat {
  const { pid, comm, state, start } = parseHead(text);
  const values = parseNumberLine("stat", text, start, FIELDS, REQUIRED);
  return {
    pid,
    comm,
    state,
    ppid: narrow(values, 0),
    pgrp: narrow(values, 1),
    session: narrow(values, 2),
    ttyNr: narrow(values, 3),
    tpgid: narrow(values, 4),
    flags: narrow(values, 5),
    minflt: wide(values, 6),
    cminflt: wide(values, 7),
    majflt: wide(values, 8),
    cmajflt: wide(values, 9),
    utime: wide(values, 10),
    stime: wide(values, 11),
    cutime: wide(values, 12),
    cstime: wide(values, 13),
    priority: narrow(values, 14),
    nice: narrow(values, 15),
    numThreads: narrow(values, 16),
    starttime: wide(values, 18),
    vsize: wide(values, 19),
    rss: wide(values, 20),
    rsslim: wide(values, 21),
    startcode: wide(values, 22),
    endcode: wide(values, 23),
    startstack: wide(values, 24),
    processor: cpuNumber(values[PROCESSOR]),
    rtPriority: smallNumber(values[36]),
    policy: smallNumber(values[37]),
    delayacctBlkioTicks: values[38] ?? null,
  };
}

/**
 * Parses what the text of `/proc/<pid>/stat` says of a process's place in a tree, and looks at
 * nothing else: of most processes of a host no more is wanted.
 *
 * @throws {ProcParseError} If one of these fields is missing or damaged, or the line is cut before
 * the last of them.
 */
export function parseParentage(text: string): Parentage {
  const head = parseHead(text);
  const words = text.slice(head.start).split(" ", STARTTIME + 2);
  return parentageOf(text, head, words);
}

/** The same by the words behind the state, of which the last one may be cut. */
function parentageOf(
  text: string,
  { pid, state }: Pick<Stat, "pid" | "state">,
  words: readonly string[],
): Parentage {
  if (words.length < STARTTIME + 2) {
    throw new ProcParseError("stat", { field: "starttime", text });
  }
  const field = (index: number): Integer =>
    parseUnsigned("stat", FIELDS[index]?.name ?? "", words[index] ?? "");
  return {
    pid,
    state,
    ppid: toNumber(field(PPID), PPID),
    numThreads: toNumber(field(NUM_THREADS), NUM_THREADS),
    starttime: field(STARTTIME),
  };
}

/**
 * Parses the same of a task of which it is not known whether it is a process or a further thread:
 * the signal that its parent gets at its end is -1 for those, and for nothing else
 * (thread_group_leader() of the kernel's include/linux/sched/signal.h).
 *
 * @throws {ProcParseError} If one of these fields is missing or damaged.
 */
export function parseTask(text: string): Task {
  const head = parseHead(text);
  const words = text.slice(head.start).split(" ", EXIT_SIGNAL + 2);
  const exitSignal = words[EXIT_SIGNAL] ?? "";
  const isWhole = words.length === EXIT_SIGNAL + 2 &&
    /^-?\d+$/.test(exitSignal);
  return {
    ...parentageOf(text, head, words),
    isFurtherThread: isWhole ? exitSignal.startsWith("-") : null,
  };
}

/**
 * How near to the end of the addresses, a power of two, a stack begins that is not put at random:
 * in between are the arguments and the environment. A random one is so near once in 8,192 times on
 * x86-64, in 512 on arm64, in 4 of a 32-bit program: its link is read more often then. One is not
 * told with more arguments than that, or where the addresses of 32 bits end at 3 GiB.
 */
const FIXED_STACK_BYTES = 2 ** 21;

/**
 * Whether a process may run another program than when its `stat` was `before`. Its link `exe` alone
 * can tell where it hides its addresses (start_stack is 0, start_code 1), and where they are not
 * random (personality(2), `setarch -R`, gdb): two programs may be laid out alike.
 */
export function mayHaveExecuted(before: Stat, now: Stat): boolean {
  return !showsExec(now) ||
    (now !== before && showsOtherProgram(before, now));
}

/** Whether the addresses of a process show that it runs another program. */
export function showsExec({ startstack }: Stat): boolean {
  return startstack !== 0 && !isNearEnd(startstack);
}

/**
 * Whether a process has the addresses or the name of another program than before.
 *
 * execve(2) lays out the memory again: binfmt_elf sets start_code, end_code and start_stack, the
 * last at random unless that is switched off, and begin_new_exec() sets the name.
 */
export function showsOtherProgram(before: Stat, now: Stat): boolean {
  return now.startstack !== before.startstack ||
    now.startcode !== before.startcode ||
    now.endcode !== before.endcode ||
    now.comm !== before.comm;
}

/** Whether an address lies just below a power of two, where the addresses of a process end. */
function isNearEnd(address: Integer): boolean {
  const near = Number(address);
  const end = 2 ** Math.ceil(Math.log2(near));
  return near > FIXED_STACK_BYTES && end - near <= FIXED_STACK_BYTES;
}

/** What precedes the numbers, and where those start. */
function parseHead(
  text: string,
): Pick<Stat, "pid" | "comm" | "state"> & { readonly start: number } {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  if (open < 2 || close < open) {
    throw new ProcParseError("stat", { field: "comm", text });
  }
  const pid = parseCount("stat", "pid", text.slice(0, open - 1));
  const state = text.slice(close + 2, close + 3);
  if (
    !/^[A-Za-z]$/.test(state) || text[open - 1] !== " " ||
    text[close + 1] !== " " || text[close + 3] !== " "
  ) {
    throw new ProcParseError("stat", {
      field: "state",
      text: text.slice(close + 1, close + 4),
    });
  }
  return { pid, comm: text.slice(open + 1, close), state, start: close + 4 };
}

/** A field of 64 bits, known to be there. */
function wide(values: readonly Integer[], index: number): Integer {
  const value = values[index];
  if (value === undefined) throw missing(index);
  return value;
}

/** A field of 32 bits, known to be there. */
function narrow(values: readonly Integer[], index: number): number {
  const value = values[index];
  if (value === undefined) throw missing(index);
  return toNumber(value, index);
}

/** A number that is small on every kernel; null if it is not there. */
function smallNumber(value: Integer | undefined): number | null {
  return typeof value === "number" ? value : null;
}

/** The number of a CPU; null if it is none. */
function cpuNumber(value: Integer | undefined): number | null {
  return typeof value === "number" && value >= 0 ? value : null;
}

function toNumber(value: Integer, index: number): number {
  if (typeof value === "number") return value;
  throw new ProcParseError("stat", {
    field: FIELDS[index]?.name ?? "",
    text: String(value),
  });
}

function missing(index: number): ProcParseError {
  return new ProcParseError("stat", {
    field: FIELDS[index]?.name ?? "",
    text: "",
  });
}
