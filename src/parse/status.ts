/**
 * `/proc/<pid>/status`: a process in words. See proc_pid_status(5).
 *
 * ```text
 * Name:	cat
 * State:	R (running)
 * Tgid:	8427
 * Uid:	1000	1000	1000	1000
 * VmHWM:	    1752 kB
 * VmRSS:	    1752 kB
 * Threads:	1
 * Cpus_allowed_list:	0-3
 * voluntary_ctxt_switches:	0
 * ```
 *
 * The lines of sizes are missing for a process without memory: a zombie, a kernel thread, one that
 * is exiting. Resident sizes and `VmSwap` are as exact as those of `statm`.
 *
 * @module
 */

import { type PartlyMalformed, ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  FieldFaults,
  FieldTexts,
  findFields,
  notOfItsKind,
  parseCount,
  parseSize,
  parseUnsigned,
} from "./_scan.ts";
import { type CpuRange, parseCpuList } from "./cpu_list.ts";

/**
 * What `status` holds. Sizes are in kB (of 1,024 bytes), and null without memory. Any field is null
 * if the kernel does not report it, or its text makes no sense.
 */
export interface Status extends PartlyMalformed {
  /**
   * The id of the process that the thread belongs to: equal to the id in the path, or the path is a
   * thread's.
   */
  readonly tgid: number | null;
  /** The real user id. */
  readonly uid: number | null;
  /** Threads of the process; 0 for one that is being reaped. */
  readonly threads: number | null;
  /** Whether it is a kernel thread; null before Linux 6.4. */
  readonly kthread: boolean | null;
  /** The most virtual memory it has had. */
  readonly vmPeak: Integer | null;
  /** Memory locked by mlock(2). */
  readonly vmLck: Integer | null;
  /** Memory that may not be moved, for something accesses its pages directly. Since Linux 3.2. */
  readonly vmPin: Integer | null;
  /** The most resident memory it has had. */
  readonly vmHwm: Integer | null;
  /**
   * Resident memory: `rssAnon`, `rssFile` and `rssShmem` together. Its line is there exactly if
   * the process has memory.
   */
  readonly vmRss: Integer | null;
  /** Resident anonymous memory. Since Linux 4.5. */
  readonly rssAnon: Integer | null;
  /** Resident memory of mapped files. Since Linux 4.5. */
  readonly rssFile: Integer | null;
  /**
   * Resident shared memory: System V's, of tmpfs, and shared anonymous mappings. Since Linux 4.5.
   */
  readonly rssShmem: Integer | null;
  /** Size of the data segments. */
  readonly vmData: Integer | null;
  /** Size of the stack. */
  readonly vmStk: Integer | null;
  /** Size of the program's code. */
  readonly vmExe: Integer | null;
  /**
   * Size of the libraries' code. An older kernel subtracts `vmExe` from all code without a look at
   * the sign, and so prints a number just below 2^64 for a program that maps less code than it
   * declares.
   */
  readonly vmLib: Integer | null;
  /** Size of the page tables; from Linux 4.15 on those of all levels. Since Linux 2.6.10. */
  readonly vmPte: Integer | null;
  /** Swapped-out private anonymous memory; shared memory is not counted. Since Linux 2.6.34. */
  readonly vmSwap: Integer | null;
  /** The CPUs that the thread may run on, offline ones included; null before Linux 2.6.26. */
  readonly cpusAllowed: readonly CpuRange[] | null;
  /**
   * Context switches of this thread alone that it asked for, by waiting; null before Linux 2.6.23.
   */
  readonly voluntaryCtxtSwitches: Integer | null;
  /** Context switches of this thread alone that were forced on it; null before Linux 2.6.23. */
  readonly nonvoluntaryCtxtSwitches: Integer | null;
}

const FIELDS: ReadonlySet<string> = new Set([
  "Tgid",
  "Uid",
  "Threads",
  "Kthread",
  "Cpus_allowed_list",
  "voluntary_ctxt_switches",
  "nonvoluntary_ctxt_switches",
  "VmPeak",
  "VmLck",
  "VmPin",
  "VmHWM",
  "VmRSS",
  "RssAnon",
  "RssFile",
  "RssShmem",
  "VmData",
  "VmStk",
  "VmExe",
  "VmLib",
  "VmPTE",
  "VmSwap",
]);

/**
 * Parses the text of `/proc/<pid>/status`.
 *
 * @throws {ProcParseError} If there is none of these fields, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseStatus } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "Tgid:\t42\nUid:\t0\t1000\t0\t0\nVmRSS:\t  8 kB\nThreads:\t1\n";
 * assertEquals(parseStatus(text).uid, 0);
 * ```
 */
export function parseStatus(text: string): Status {
  const found = findFields("status", text, FIELDS, ":\t");
  const size = (name: string) => found.read(name, parseSize);
  const fields = {
    tgid: found.read("Tgid", parseCount),
    uid: found.read("Uid", parseRealId),
    threads: found.read("Threads", parseCount),
    kthread: found.read("Kthread", parseFlag),
    vmPeak: size("VmPeak"),
    vmLck: size("VmLck"),
    vmPin: size("VmPin"),
    vmHwm: size("VmHWM"),
    vmRss: size("VmRSS"),
    rssAnon: size("RssAnon"),
    rssFile: size("RssFile"),
    rssShmem: size("RssShmem"),
    vmData: size("VmData"),
    vmStk: size("VmStk"),
    vmExe: size("VmExe"),
    vmLib: size("VmLib"),
    vmPte: size("VmPTE"),
    vmSwap: size("VmSwap"),
    cpusAllowed: found.read("Cpus_allowed_list", parseCpus),
    voluntaryCtxtSwitches: found.read("voluntary_ctxt_switches", parseUnsigned),
    nonvoluntaryCtxtSwitches: found.read(
      "nonvoluntary_ctxt_switches",
      parseUnsigned,
    ),
  };
  return { ...fields, ...found.noted };
}

/** The context switches in `status`: those of one thread. */
export type CtxtSwitches =
  & Pick<Status, "voluntaryCtxtSwitches" | "nonvoluntaryCtxtSwitches">
  & PartlyMalformed;

/**
 * Parses what `status` says of context switches, and nothing else: of each thread no more is
 * wanted. Null before Linux 2.6.23.
 *
 * @throws {ProcParseError} If it is no `status`, or the text is cut.
 */
export function parseCtxtSwitches(text: string): CtxtSwitches {
  if (!text.endsWith("\n")) throw missing("nonvoluntary_ctxt_switches");
  const faults = new FieldFaults();
  const read = (name: string): Integer | null =>
    faults.attempt(() => {
      const value = lineOf(text, name);
      return value === null ? null : parseUnsigned("status", name, value);
    });
  const fields = {
    voluntaryCtxtSwitches: read("voluntary_ctxt_switches"),
    nonvoluntaryCtxtSwitches: read("nonvoluntary_ctxt_switches"),
  };
  const isOfItsKind = Object.values(fields).some((value) => value !== null) ||
    faults.noted.malformed !== undefined || lineOf(text, "Tgid") !== null;
  if (!isOfItsKind) throw notOfItsKind("status", text);
  return { ...fields, ...faults.noted };
}

/**
 * What `status` says of signals. Sets of signals are lists of their numbers, see signal(7). A field
 * is null if the kernel does not report it, or its text makes no sense.
 */
export interface Signals extends PartlyMalformed {
  /** Signals that are queued for the real user, `SigQ`. */
  readonly queued: Integer | null;
  /** Signals that are pending for this thread alone. */
  readonly sigPnd: readonly number[] | null;
  /** Signals that are pending for the process, of which any thread may take them. */
  readonly shdPnd: readonly number[] | null;
  /** Signals that this thread blocks. */
  readonly sigBlk: readonly number[] | null;
  /** Signals that the process ignores. */
  readonly sigIgn: readonly number[] | null;
  /** Signals for which the process has a handler. */
  readonly sigCgt: readonly number[] | null;
}

const SIGNALS: ReadonlySet<string> = new Set([
  "SigQ",
  "SigPnd",
  "ShdPnd",
  "SigBlk",
  "SigIgn",
  "SigCgt",
]);

/**
 * Parses what `/proc/<pid>/status` says of signals, and nothing else.
 *
 * @throws {ProcParseError} If there is none of these fields, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseSignals } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "SigQ:\t2/96365\nSigBlk:\t0000000000010002\n";
 * assertEquals(parseSignals(text).sigBlk, [2, 17]);
 * ```
 */
export function parseSignals(text: string): Signals {
  const found = findFields("status", text, SIGNALS, ":\t");
  const fields = {
    queued: found.read("SigQ", parseQueued),
    sigPnd: found.read("SigPnd", parseSignalSet),
    shdPnd: found.read("ShdPnd", parseSignalSet),
    sigBlk: found.read("SigBlk", parseSignalSet),
    sigIgn: found.read("SigIgn", parseSignalSet),
    sigCgt: found.read("SigCgt", parseSignalSet),
  };
  return { ...fields, ...found.noted };
}

/** How many threads a process has, and whose it is. */
export interface UserThreads {
  /** The real user id. */
  readonly uid: number;
  /** Threads; 0 for a process that is being reaped. */
  readonly threads: number;
}

/**
 * Parses what `/proc/<pid>/status` says of the real user and the threads, and nothing else.
 *
 * @throws {ProcParseError} If one is missing or damaged, or the text is cut before their end.
 */
export function parseUserThreads(text: string): UserThreads {
  const ids = lineOf(text, "Uid");
  if (ids === null) throw missing("Uid");
  const threads = lineOf(text, "Threads");
  if (threads === null) throw missing("Threads");
  return {
    uid: parseRealId("status", "Uid", ids),
    threads: parseCount("status", "Threads", threads),
  };
}

/** What `status` shows of what is limited; the user, whose threads are limited together. */
export type LimitedUse =
  & Pick<Status, "uid" | "vmLck" | "vmData" | "vmStk">
  & Pick<Signals, "queued">
  & PartlyMalformed;

/**
 * Parses what `/proc/<pid>/status` shows of what setrlimit(2) limits, and nothing else; null as in
 * {@linkcode Status} and {@linkcode Signals}.
 *
 * @throws {ProcParseError} If there is none of these fields, or the text is cut.
 */
export function parseLimitedUse(text: string): LimitedUse {
  if (!text.endsWith("\n")) throw missing("nonvoluntary_ctxt_switches");
  const texts = new Map<string, string>();
  for (const name of ["Uid", "VmLck", "VmData", "VmStk", "SigQ"]) {
    const line = lineOf(text, name);
    if (line !== null) texts.set(name, line);
  }
  const found = new FieldTexts("status", text, texts);
  const use = {
    uid: found.read("Uid", parseRealId),
    vmLck: found.read("VmLck", parseSize),
    vmData: found.read("VmData", parseSize),
    vmStk: found.read("VmStk", parseSize),
    queued: found.read("SigQ", parseQueued),
  };
  return { ...use, ...found.noted };
}

/**
 * Parses what `/proc/<pid>/status` says of the process that the thread belongs to, and nothing
 * else.
 *
 * @throws {ProcParseError} If it is missing or damaged, or the text is cut before its end.
 */
export function parseTgid(text: string): number {
  const value = lineOf(text, "Tgid");
  if (value === null) throw missing("Tgid");
  return parseCount("status", "Tgid", value);
}

/**
 * Parses the ids that `/proc/<pid>/status` shows of the process in the pid namespace of this procfs
 * and in each one below it down to the process's own, and nothing else; null before Linux 4.1.
 *
 * @throws {ProcParseError} If an id is damaged, or the text is cut before their end.
 */
export function parseNspid(text: string): number[] | null {
  const ids = lineOf(text, "NSpid");
  return ids === null
    ? null
    : ids.split("\t").map((id) => parseCount("status", "NSpid", id));
}

/**
 * Parses what `/proc/<pid>/status` says of the CPUs that the thread may run on, and nothing else;
 * null before Linux 2.6.26.
 *
 * @throws {ProcParseError} If the list is damaged, or the text is cut before its end.
 */
export function parseCpusAllowed(text: string): CpuRange[] | null {
  const field = "Cpus_allowed_list";
  const list = lineOf(text, field);
  return list === null ? null : parseCpuList("status", { field, text: list });
}

/**
 * Parses what `status` says of the virtual size, in kB, and nothing else; null if there is no such
 * line, as for a process without memory.
 *
 * @throws {ProcParseError} If it makes no sense.
 */
export function parseVmSize(text: string): Integer | null {
  const line = lineOf(text, "VmSize");
  return line === null ? null : parseSize("status", "VmSize", line);
}

/**
 * What a line holds; null if there is no such line. The kernel escapes a newline in the name, which
 * so forges no line.
 */
function lineOf(text: string, name: string): string | null {
  const head = `${name}:\t`;
  const start = text.startsWith(head) ? 0 : text.indexOf(`\n${head}`) + 1;
  if (start === 0 && !text.startsWith(head)) return null;
  const end = text.indexOf("\n", start);
  if (end < 0) throw missing(name);
  return text.slice(start + head.length, end);
}

/** The first of the four ids of a line. */
function parseRealId(file: string, name: string, text: string): number {
  return parseCount(file, name, text.split("\t", 1)[0] ?? "");
}

/** The first of the two numbers of `SigQ`: the other is a limit. */
function parseQueued(file: string, name: string, text: string): Integer {
  const [queued = "", limit = ""] = text.split("/", 2);
  parseUnsigned(file, name, limit);
  return parseUnsigned(file, name, queued);
}

/** 64 signals as hexadecimal digits, or 128 on MIPS: the lowest bit is that of signal 1. */
const SIGNAL_SET = /^(?:[0-9a-f]{16}){1,2}$/;

function parseSignalSet(file: string, field: string, text: string): number[] {
  if (!SIGNAL_SET.test(text)) throw new ProcParseError(file, { field, text });
  const numbers: number[] = [];
  for (let at = text.length - 1; at >= 0; at--) {
    const digit = parseInt(text.charAt(at), 16);
    for (let bit = 0; digit >> bit > 0; bit++) {
      if ((digit >> bit & 1) === 1) {
        numbers.push((text.length - 1 - at) * 4 + bit + 1);
      }
    }
  }
  return numbers;
}

/** A thread may run on one CPU at least. */
function parseCpus(file: string, field: string, text: string): CpuRange[] {
  if (text === "") throw new ProcParseError(file, { field, text });
  return parseCpuList(file, { field, text });
}

/** A field that is 0 or 1. */
function parseFlag(file: string, field: string, text: string): boolean {
  if (text !== "0" && text !== "1") {
    throw new ProcParseError(file, { field, text });
  }
  return text === "1";
}

function missing(field: string): ProcParseError {
  return new ProcParseError("status", { field, text: "" });
}
