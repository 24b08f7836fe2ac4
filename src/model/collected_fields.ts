/**
 * What collectors add to a sample: the interface of each group, and under it the group's rows,
 * which `dictionary.ts` puts into lines.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { NullReasons } from "./null_reason.ts";
import {
  counter,
  type Field,
  type FieldNotes,
  flag,
  gauge,
  label,
  map,
  ROOM,
  text,
} from "./field.ts";

const UNLIMITED: FieldNotes = { nullMeans: "unlimited" };
const NO_READING_BEFORE: FieldNotes = {
  nullMeans: "no earlier reading to compare with",
};

/** What the collector `cmdline` adds to a process's line. */
export interface CmdlineFields {
  /**
   * The arguments, see proc_pid_cmdline(5): what the process shows, which it may have overwritten.
   * They may hold secrets, and the kernel may read on into the environment if they are overwritten.
   * More than eight empty ones at the end, or any behind a lone one that holds a space, are taken
   * for what fills up a title, and left out.
   * Null for a zombie, a kernel thread, and a process in the middle of execve(2).
   */
  readonly cmdline: readonly string[] | null;
  /** Whether arguments were cut off for their length. On a line only if it is true. */
  readonly cmdlineTruncated: boolean | null;
}

function cmdlineRows() {
  return {
    cmdline: text("cmdline", {
      collector: "cmdline",
      maxBytes: ROOM.cmdline,
      isShortened: true,
    }),
    cmdlineTruncated: flag("cmdline_truncated", {
      collector: "cmdline",
      of: "cmdline",
    }),
  } satisfies Record<keyof CmdlineFields, Field>;
}

/** What the collector `cwd` adds to a process's line. */
export interface CwdFields {
  /**
   * The working directory, from the link `cwd`; see proc_pid_cwd(5). It is the path as the sampling
   * program sees it, or below the root of another mount namespace; bytes that are not UTF-8 are
   * U+FFFD. Null for a zombie, where another user's may not be read, and for a path of more than
   * 4,096 bytes, which the kernel does not tell (`failed`).
   */
  readonly cwd: string | null;
  /** Whether the directory has been removed. On a line only if it is true. */
  readonly cwdDeleted: boolean | null;
  /** Whether the path was cut for its length. On a line only if it is true. */
  readonly cwdTruncated: boolean | null;
}

const BY_CWD: FieldNotes = { collector: "cwd" };

function cwdRows() {
  return {
    cwd: text("cwd", { ...BY_CWD, maxBytes: ROOM.cwd, isShortened: true }),
    cwdDeleted: flag("cwd_deleted", { ...BY_CWD, of: "cwd" }),
    cwdTruncated: flag("cwd_truncated", { ...BY_CWD, of: "cwd" }),
  } satisfies Record<keyof CwdFields, Field>;
}

/** Texts by name; null: there is none of this name. */
export type NamedTexts = Readonly<Record<string, string | null>>;

/** What the collector `env` adds to a process's line. */
export interface EnvFields {
  /**
   * The variables of its environment that were asked for, in the order of the list, but names that
   * are whole numbers first; null for one that is not set. They are as they were when its program
   * was started, see proc_pid_environ(5), as far as the program had not written over them when a
   * sample saw it first: what it sets later, by setenv(3), is not seen. Of a variable that is set
   * twice it is the first, as getenv(3) has it; bytes that are not UTF-8 are U+FFFD. Between
   * fork(2) and execve(2) it is the parent's. Null without memory, in the middle of execve(2), and
   * if another user's may not be read.
   */
  readonly env: NamedTexts | null;
  /** Whether values were cut for their length, the longest first. On a line only if it is true. */
  readonly envTruncated: boolean | null;
}

const BY_ENV: FieldNotes = { collector: "env" };

function envRows() {
  return {
    env: map("env", "none", {
      ...BY_ENV,
      nullMeans: "of a name in it: it is not set",
      maxBytes: ROOM.env,
      isShortened: true,
      holdsTexts: true,
    }),
    envTruncated: flag("env_truncated", { ...BY_ENV, of: "env" }),
  } satisfies Record<keyof EnvFields, Field>;
}

/** What the collector `stat` adds to a process's line. See proc_pid_stat(5). */
export interface StatFields extends ThreadStatFields {
  /** The process group. */
  readonly pgrp: number;
  /** The session. */
  readonly session: number;
  /** Minor page faults of the children it has reaped, `cminflt`. */
  readonly childrenMinorFaultsTotal: Integer;
  /** Major page faults of the children it has reaped, `cmajflt`. */
  readonly childrenMajorFaultsTotal: Integer;
}

/** The part of it that a thread has too. */
export interface ThreadStatFields {
  /** The scheduler's priority; -2 to -100 for a real-time policy. */
  readonly priority: number;
  /** The nice value, 19 (low priority) to -20. */
  readonly nice: number;
  /** Page faults that needed no device, `minflt`. */
  readonly minorFaultsTotal: Integer;
  /** Page faults that needed a device, `majflt`. */
  readonly majorFaultsTotal: Integer;
  /**
   * Seconds spent waiting for block I/O, `delayacct_blkio_ticks`, of its main thread alone; 0 while
   * the kernel's delay accounting is off, which `delays` tells from none; null before Linux 2.6.18.
   */
  readonly blockIoDelaySecondsTotal: number | null;
}

const BY_STAT: FieldNotes = { collector: "stat" };

export function statRows() {
  return {
    pgrp: label("pgrp", { ...BY_STAT, maxBytes: ROOM.id }),
    session: label("session", { ...BY_STAT, maxBytes: ROOM.id }),
    priority: gauge("priority", "none", { ...BY_STAT, maxBytes: ROOM.id }),
    nice: gauge("nice", "none", { ...BY_STAT, maxBytes: ROOM.id }),
    minorFaultsTotal: counter("minor_faults_total", "count", BY_STAT),
    majorFaultsTotal: counter("major_faults_total", "count", BY_STAT),
    childrenMinorFaultsTotal: counter(
      "children_minor_faults_total",
      "count",
      BY_STAT,
    ),
    childrenMajorFaultsTotal: counter(
      "children_major_faults_total",
      "count",
      BY_STAT,
    ),
    blockIoDelaySecondsTotal: counter(
      "block_io_delay_seconds_total",
      "seconds",
      {
        ...BY_STAT,
        nullMeans: "not reported before Linux 2.6.18",
      },
    ),
  } satisfies Record<keyof StatFields, Field>;
}

/** The user, as the collector `status` adds it to a process's line. See proc_pid_status(5). */
export interface UserFields {
  /** The real user id. */
  readonly uid: number | null;
}

const BY_STATUS: FieldNotes = { collector: "status" };

function userRows() {
  return {
    uid: label("uid", BY_STATUS),
  } satisfies Record<keyof UserFields, Field>;
}

/**
 * What the collector `status` adds to a process's line. See proc_pid_status(5). Null without
 * memory, and on a kernel that does not report it.
 */
export interface StatusFields {
  /** The most resident memory it has had, in bytes, `VmHWM`. */
  readonly peakRssBytes: number | null;
  /** The most virtual memory it has had, in bytes, `VmPeak`. */
  readonly peakVsizeBytes: Integer | null;
  /** Resident anonymous memory in bytes, `RssAnon`. Since Linux 4.5. */
  readonly rssAnonBytes: number | null;
  /** Resident memory of mapped files in bytes, `RssFile`. Since Linux 4.5. */
  readonly rssFileBytes: number | null;
  /** Resident shared memory in bytes, `RssShmem`. Since Linux 4.5. */
  readonly rssShmemBytes: number | null;
  /** Size of the data segment in bytes, `VmData`. */
  readonly dataBytes: Integer | null;
  /** Size of the stack in bytes, `VmStk`. */
  readonly stackBytes: Integer | null;
  /** Size of the program's code in bytes, `VmExe`. */
  readonly textBytes: Integer | null;
  /** Size of the libraries' code in bytes, `VmLib`. */
  readonly libBytes: Integer | null;
  /** Size of the page tables in bytes, `VmPTE`. Since Linux 2.6.10. */
  readonly pageTablesBytes: Integer | null;
  /** Anonymous memory that is swapped out, in bytes, `VmSwap`. Since Linux 2.6.34. */
  readonly swapBytes: number | null;
  /** Locked memory in bytes, `VmLck`. */
  readonly lockedBytes: Integer | null;
  /**
   * Context switches that its threads asked for, by waiting: of those that there are now. It falls
   * where one ends.
   */
  readonly voluntaryCtxtSwitches: Integer | null;
  /** Context switches forced on its threads, in the same way. */
  readonly nonvoluntaryCtxtSwitches: Integer | null;
}

export function statusRows() {
  return {
    peakRssBytes: gauge("peak_rss_bytes", "bytes", BY_STATUS),
    peakVsizeBytes: gauge("peak_vsize_bytes", "bytes", BY_STATUS),
    rssAnonBytes: gauge("rss_anon_bytes", "bytes", BY_STATUS),
    rssFileBytes: gauge("rss_file_bytes", "bytes", BY_STATUS),
    rssShmemBytes: gauge("rss_shmem_bytes", "bytes", BY_STATUS),
    dataBytes: gauge("data_bytes", "bytes", BY_STATUS),
    stackBytes: gauge("stack_bytes", "bytes", BY_STATUS),
    textBytes: gauge("text_bytes", "bytes", BY_STATUS),
    libBytes: gauge("lib_bytes", "bytes", BY_STATUS),
    pageTablesBytes: gauge("page_tables_bytes", "bytes", BY_STATUS),
    swapBytes: gauge("swap_bytes", "bytes", BY_STATUS),
    lockedBytes: gauge("locked_bytes", "bytes", BY_STATUS),
    voluntaryCtxtSwitches: gauge("voluntary_ctxt_switches", "count", BY_STATUS),
    nonvoluntaryCtxtSwitches: gauge(
      "nonvoluntary_ctxt_switches",
      "count",
      BY_STATUS,
    ),
  } satisfies Record<keyof StatusFields, Field>;
}

/**
 * What `io` counts, in bytes or calls. See proc_pid_io(5), Linux 2.6.20. Null if another user's may
 * not be read.
 */
export interface IoTotals {
  /** Bytes read by system calls, from pipes and caches too, `rchar`. */
  readonly ioReadCharsBytesTotal: Integer | null;
  /** Bytes written by system calls, to pipes and caches too, `wchar`. */
  readonly ioWrittenCharsBytesTotal: Integer | null;
  /** System calls that read, `syscr`. */
  readonly ioReadCallsTotal: Integer | null;
  /** System calls that write, `syscw`. */
  readonly ioWriteCallsTotal: Integer | null;
  /** Bytes fetched from storage, `read_bytes`. */
  readonly ioReadBytesTotal: Integer | null;
  /** Bytes sent to storage, or rather made dirty in the page cache, `write_bytes`. */
  readonly ioWrittenBytesTotal: Integer | null;
  /**
   * Bytes made dirty that never went to storage, for the file was truncated,
   * `cancelled_write_bytes`.
   */
  readonly ioCancelledWriteBytesTotal: Integer | null;
}

/** The same per second, since the previous sample; null on the first. */
export interface IoRates {
  /** Bytes per second read by system calls. */
  readonly ioReadCharsBytesPerSecond: number | null;
  /** Bytes per second written by system calls. */
  readonly ioWrittenCharsBytesPerSecond: number | null;
  /** Bytes per second fetched from storage. */
  readonly ioReadBytesPerSecond: number | null;
  /** Bytes per second sent to storage. */
  readonly ioWrittenBytesPerSecond: number | null;
}

/**
 * What the processes of a run have read and written, by the calls of proc_pid_io(5): each figure is
 * what the tree's counter of that name has grown by since the run's start. What a process did after
 * the last sample that saw it is in it if its parent is in the tree and has reaped it. Null if the
 * counter was not known at the start or is not at the end.
 */
export interface RunIo {
  /** Bytes that calls have read, from storage, caches, pipes and others. */
  readonly ioReadCharsBytes: Integer | null;
  /** Bytes that calls have written. */
  readonly ioWrittenCharsBytes: Integer | null;
  /** Calls that read. */
  readonly ioReadCalls: Integer | null;
  /** Calls that wrote. */
  readonly ioWriteCalls: Integer | null;
  /** Bytes that were read from storage. */
  readonly ioReadBytes: Integer | null;
  /** Bytes that were written to storage, or are to be. */
  readonly ioWrittenBytes: Integer | null;
  /** Bytes of those that were never written, as their file was cut or removed before. */
  readonly ioCancelledWriteBytes: Integer | null;
}

/**
 * What the collector `io` adds to the line of a process, reaped children included, and to the
 * tree's.
 */
export interface IoFields extends IoTotals, IoRates {}

const BY_IO: FieldNotes = { collector: "io" };
const IO_RATE: FieldNotes = { ...BY_IO, ...NO_READING_BEFORE };

export function ioRows() {
  return {
    ioReadCharsBytesTotal: counter("io_read_chars_bytes_total", "bytes", BY_IO),
    ioWrittenCharsBytesTotal: counter(
      "io_written_chars_bytes_total",
      "bytes",
      BY_IO,
    ),
    ioReadCallsTotal: counter("io_read_calls_total", "count", BY_IO),
    ioWriteCallsTotal: counter("io_write_calls_total", "count", BY_IO),
    ioReadBytesTotal: counter("io_read_bytes_total", "bytes", BY_IO),
    ioWrittenBytesTotal: counter("io_written_bytes_total", "bytes", BY_IO),
    ioCancelledWriteBytesTotal: counter(
      "io_cancelled_write_bytes_total",
      "bytes",
      BY_IO,
    ),
    ioReadCharsBytesPerSecond: gauge(
      "io_read_chars_bytes_per_second",
      "bytes_per_second",
      IO_RATE,
    ),
    ioWrittenCharsBytesPerSecond: gauge(
      "io_written_chars_bytes_per_second",
      "bytes_per_second",
      IO_RATE,
    ),
    ioReadBytesPerSecond: gauge(
      "io_read_bytes_per_second",
      "bytes_per_second",
      IO_RATE,
    ),
    ioWrittenBytesPerSecond: gauge(
      "io_written_bytes_per_second",
      "bytes_per_second",
      IO_RATE,
    ),
  } satisfies Record<keyof IoFields, Field>;
}

/** What the collector `numa` adds to the line of a process, and to the tree's. */
export interface NumaFields {
  /**
   * Resident memory in bytes by the number of the node that it is on, see numa(7), `numa_maps`; a
   * node without any is not there. Near `rssBytes`, but read mapping by mapping, at another
   * instant, and with the pages of hugetlbfs, which are no part of that. Of the tree: the sum over
   * its processes, in which shared pages count for each. Null without memory, and in a sample in
   * which it is not read (`--numa-every`).
   */
  readonly numaBytes: Readonly<Record<string, Integer>> | null;
  /** Whether there are more nodes than fit on a line. On a line only if it is true. */
  readonly numaBytesTruncated: boolean;
}

const BY_NUMA: FieldNotes = { collector: "numa" };

export function numaRows() {
  return {
    numaBytes: map("numa_bytes", "bytes", {
      ...BY_NUMA,
      nullMeans: "not read in this sample",
      maxBytes: ROOM.numaBytes,
    }),
    numaBytesTruncated: flag("numa_bytes_truncated", BY_NUMA),
  } satisfies Record<keyof NumaFields, Field>;
}

/** What the collector `wss` adds to the line of a process, and to the tree's. */
export interface WssFields {
  /**
   * The working set in bytes: what was used of the resident memory since the reading before, `N`
   * samples earlier with `--wss-every N`. All pages are marked as idle at each reading, by the
   * kernel's page_idle, and those that are not idle at the next one were used; a large page counts
   * as a whole. This changes which pages the kernel takes for old. Of the tree: each page once,
   * however many of its processes share it. Not in it are the zero page, pages of hugetlbfs and
   * what is swapped out. Null at the first reading (`first_sample`), also of a process that came
   * into the tree later but has started before, without memory, in a sample in which it is not
   * read, where the kernel does not tell (`unsupported`, `denied`), and for memory that is
   * scattered over more than 128 GiB of addresses (`failed`).
   */
  readonly wssBytes: number | null;
}

export function wssRows() {
  return {
    wssBytes: gauge("wss_bytes", "bytes", {
      collector: "wss",
      nullMeans: "not read in this sample",
    }),
  } satisfies Record<keyof WssFields, Field>;
}

/** What the collector `fd` adds to a process's line. */
export interface FdFields {
  /** Open file descriptors, see proc_pid_fd(5). Null if another user's may not be read. */
  readonly numFds: number | null;
  /**
   * The soft limit of open file descriptors, see proc_pid_limits(5); null: unlimited, unless
   * `unreadable` gives a reason.
   */
  readonly fdLimit: Integer | null;
}

const BY_FD: FieldNotes = { collector: "fd" };

export function fdRows() {
  return {
    numFds: gauge("num_fds", "count", BY_FD),
    fdLimit: gauge("fd_limit", "count", { ...BY_FD, ...UNLIMITED }),
  } satisfies Record<keyof FdFields, Field>;
}

/**
 * What the collector `limits` adds to a process's line, by the names of getrlimit(2) in lower case:
 * `cpu`, `fsize`, `data`, `stack`, `core`, `rss`, `nproc`, `nofile`, `memlock`, `as`, `locks`,
 * `sigpending`, `msgqueue`, `nice`, `rtprio`, `rttime`. See proc_pid_limits(5).
 */
export interface LimitsFields {
  /**
   * What the kernel enforces: bytes, but seconds for `cpu`, microseconds for `rttime`, and numbers
   * for `nproc`, `nofile`, `locks`, `sigpending`, `nice` and `rtprio`. A null in it: unlimited. One
   * that the kernel does not report, or whose text makes no sense, is not in it, and `unreadable`
   * says why.
   */
  readonly rlimitsSoft: KeyedCounters | null;
  /** How far the process itself may raise the soft limits, in the same way. */
  readonly rlimitsHard: KeyedCounters | null;
  /**
   * How much is used of the soft limits as a percentage: of `cpu` its own CPU time, of `data`
   * `VmData`, of `stack` `VmStk`, of `nproc` `userNumThreads`, of `nofile` its open file
   * descriptors, of `memlock` `VmLck`, of `as` its virtual size, of `sigpending` what is queued for
   * its real user. The use of others cannot be measured. A limit that is unlimited or 0 is not in
   * it; a null in it has its reason in `unreadable`.
   */
  readonly rlimitsPercentage: KeyedCounters | null;
  /**
   * The threads of all processes of its real user that /proc shows. The kernel also counts those
   * that another pid namespace hides, and holds no user with privileges to `nproc`.
   */
  readonly userNumThreads: number | null;
}

const BY_LIMITS: FieldNotes = { collector: "limits" };
const LIMITS_MAP: FieldNotes = {
  ...BY_LIMITS,
  nullMeans: "of a limit in it: unlimited",
  maxBytes: ROOM.rlimits,
};

function limitsRows() {
  return {
    rlimitsSoft: map("rlimits_soft", "none", LIMITS_MAP),
    rlimitsHard: map("rlimits_hard", "none", LIMITS_MAP),
    rlimitsPercentage: map("rlimits_percentage", "percent", {
      ...BY_LIMITS,
      maxBytes: ROOM.rlimitsPercentage,
    }),
    userNumThreads: gauge("user_num_threads", "count", BY_LIMITS),
  } satisfies Record<keyof LimitsFields, Field>;
}

/** What the collector `oom` adds to a process's line. */
export interface OomFields {
  /**
   * How likely the kernel is to kill it first when memory runs out: 0 to 2000, by its share of
   * memory and `oomScoreAdj`. See proc_pid_oom_score(5), Linux 2.6.11.
   */
  readonly oomScore: number | null;
  /**
   * What was added to that: -1000, so that it is never killed, to 1000. See
   * proc_pid_oom_score_adj(5), Linux 2.6.36.
   */
  readonly oomScoreAdj: number | null;
}

const BY_OOM: FieldNotes = { collector: "oom" };

function oomRows() {
  return {
    oomScore: gauge("oom_score", "none", BY_OOM),
    oomScoreAdj: gauge("oom_score_adj", "none", BY_OOM),
  } satisfies Record<keyof OomFields, Field>;
}

/** What the collector `signals` adds to a process's line. See proc_pid_status(5) and signal(7). */
export interface SignalsFields {
  /**
   * Sets of signals, each as one number, whose bit `n - 1` is signal `n`: `pending` for the
   * process, of which any thread may take them (`ShdPnd`), `thread_pending` for one of its threads
   * alone (`SigPnd` of all threads), `blocked` by its main thread, `ignored`, and `caught` by a
   * handler. And how many are `queued` for its real user (`SigQ`). A null in it has its reason in
   * `unreadable`.
   */
  readonly signals: KeyedCounters | null;
}

function signalsRows() {
  return {
    signals: map("signals", "none", {
      collector: "signals",
      maxBytes: ROOM.signals,
    }),
  } satisfies Record<keyof SignalsFields, Field>;
}

/** What the collector `wchan` adds to a process's line. */
export interface WchanFields {
  /**
   * The function of the kernel in which its main thread waits, see proc_pid_wchan(5), cut after 64
   * bytes. Null: it runs, has ended, or the kernel does not tell, unless `unreadable` gives a
   * reason; `denied` if this user may not trace it.
   */
  readonly wchan: string | null;
}

function wchanRows() {
  return {
    wchan: text("wchan", {
      collector: "wchan",
      nullMeans: "it runs, or the kernel does not tell",
      maxBytes: ROOM.wchan,
    }),
  } satisfies Record<keyof WchanFields, Field>;
}

/**
 * What the collector `delays` adds to the line of a process, of all its threads together, and to
 * the tree's. Null where the kernel does not account for it (`unsupported`): while
 * `/proc/sys/kernel/task_delayacct` is 0, and of threads that started while it was. The kernel
 * forgets it when a thread ends: what was last seen is kept, as of `schedstat`. Other delays, as
 * those for swap, are in no file of /proc: only taskstats has them.
 */
export interface DelaysFields {
  /** Seconds spent waiting for block devices, `delayacct_blkio_ticks`, see proc_pid_stat(5). */
  readonly blkioDelaySecondsTotal: number | null;
  /** The same in the window of `cpuPercentage` as a percentage of it: 100 for each thread. */
  readonly blkioDelayPercentage: number | null;
}

const BY_DELAYS: FieldNotes = { collector: "delays" };

export function delaysRows() {
  return {
    blkioDelaySecondsTotal: counter(
      "blkio_delay_seconds_total",
      "seconds",
      BY_DELAYS,
    ),
    blkioDelayPercentage: gauge("blkio_delay_percentage", "percent", BY_DELAYS),
  } satisfies Record<keyof DelaysFields, Field>;
}

/**
 * What the collector `schedstat` adds to the line of a process, of all its threads together, and to
 * the tree's. See the kernel's Documentation/scheduler/sched-stats.rst, Linux 2.6.20. Null where
 * the kernel does not account for it.
 *
 * The kernel forgets it when a thread ends: what was last seen is kept, and what such a thread did
 * after that is in none of the figures, nor is a thread that no sample saw.
 */
export interface SchedstatFields {
  /**
   * Seconds that threads have waited for a CPU though they could have run. A wait counts once it
   * ends. The tree keeps those of processes that have ended.
   */
  readonly runDelaySecondsTotal: number | null;
  /**
   * The same in the window of `cpuPercentage` as a percentage of it: 100 for each thread that did
   * nothing but wait. It may be more if a wait is longer than the window in which it ends.
   */
  readonly runDelayPercentage: number | null;
  /** How often a thread was put on a CPU. */
  readonly timeslicesTotal: Integer | null;
}

const BY_SCHEDSTAT: FieldNotes = { collector: "schedstat" };

export function schedstatRows() {
  return {
    runDelaySecondsTotal: counter(
      "run_delay_seconds_total",
      "seconds",
      BY_SCHEDSTAT,
    ),
    runDelayPercentage: gauge("run_delay_percentage", "percent", BY_SCHEDSTAT),
    timeslicesTotal: counter("timeslices_total", "count", BY_SCHEDSTAT),
  } satisfies Record<keyof SchedstatFields, Field>;
}

/**
 * What the collector `schedstat` adds to a process's line alone, of its main thread, from `stat`.
 * See proc_pid_stat(5) and sched(7). Null on a kernel that does not say it.
 */
export interface SchedulingFields extends PolicyFields {
  /** The number of the CPU that it ran on last. */
  readonly lastProcessor: number | null;
}

/** The part of it that a thread has too. */
export interface PolicyFields {
  /**
   * The scheduling policy: `SCHED_OTHER`, `SCHED_FIFO`, `SCHED_RR`, `SCHED_BATCH`, `SCHED_IDLE`,
   * `SCHED_DEADLINE` or `SCHED_EXT`; of another one its number.
   */
  readonly policy: string | null;
  /** The real-time priority, 1 to 99; 0: its policy has none. */
  readonly rtPriority: number | null;
}

function schedulingRows() {
  return {
    lastProcessor: gauge("last_processor", "none", BY_SCHEDSTAT),
    policy: text("policy", BY_SCHEDSTAT),
    rtPriority: gauge("rt_priority", "none", BY_SCHEDSTAT),
  } satisfies Record<keyof SchedulingFields, Field>;
}

/**
 * What the collector `sockets` adds to the line of a process, and to the tree's, in which a socket
 * that several processes share counts once. A socket is one that a descriptor of the process leads
 * to, however many do.
 */
export interface SocketFields {
  /** Open sockets. Null if another user's descriptors may not be read. */
  readonly numSockets: number | null;
  /**
   * Open sockets by protocol. `tcp`, `tcp6`, `udp`, `udp6`, `unix`, `raw`, `raw6`, `netlink` and
   * `packet` are those that the tables of these names have in `/proc/PID/net` of the process's
   * network namespace, see proc_pid_net(5); one of IPv6 may take IPv4 too. `other` are those in no
   * table: of other protocols, of another network namespace, as of a process that has left that in
   * which it opened them, and those that are neither bound nor connected, or not any more.
   */
  readonly sockets: Readonly<Record<string, Integer>> | null;
  /**
   * Open sockets of TCP by their state, over IPv4 and IPv6 together. The states are as the kernel
   * names them: `established`, `syn_sent`, `syn_recv`, `fin_wait1`, `fin_wait2`, `time_wait`,
   * `close`, `close_wait`, `last_ack`, `listen`, `closing`. What is in `time_wait` belongs to no
   * process any more.
   */
  readonly tcpStates: Readonly<Record<string, Integer>> | null;
}

/** What sockets are counted by. */
export const SOCKET_PROTOCOLS = [
  "tcp",
  "tcp6",
  "udp",
  "udp6",
  "unix",
  "raw",
  "raw6",
  "netlink",
  "packet",
  "other",
] as const;

/** The states of TCP in the order of the kernel's numbers, which begin with 1. */
export const TCP_STATES = [
  "established",
  "syn_sent",
  "syn_recv",
  "fin_wait1",
  "fin_wait2",
  "time_wait",
  "close",
  "close_wait",
  "last_ack",
  "listen",
  "closing",
] as const;

const BY_SOCKETS: FieldNotes = { collector: "sockets" };

export function socketsRows() {
  return {
    numSockets: gauge("num_sockets", "count", BY_SOCKETS),
    sockets: map("sockets", "count", {
      ...BY_SOCKETS,
      names: SOCKET_PROTOCOLS,
      maxBytes: ROOM.sockets,
    }),
    tcpStates: map("tcp_states", "count", {
      ...BY_SOCKETS,
      names: TCP_STATES,
      maxBytes: ROOM.tcpStates,
    }),
  } satisfies Record<keyof SocketFields, Field>;
}

/** Memory by kind, in bytes. See proc_pid_smaps(5). Null on a kernel that does not report it. */
export interface MappedMemoryFields {
  /** Unique set size: what no other process shares, private clean and private dirty together. */
  readonly ussBytes: number | null;
  /**
   * Proportional set size: each resident page divided by the processes that share it. Sums over a
   * tree are true.
   */
  readonly pssBytes: number | null;
  /** The dirty part of it. Since Linux 6.0. */
  readonly pssDirtyBytes: number | null;
  /** Resident pages that are private and clean. */
  readonly privateCleanBytes: number | null;
  /** Resident pages that are private and dirty. */
  readonly privateDirtyBytes: number | null;
  /** Resident pages that are shared and clean. */
  readonly sharedCleanBytes: number | null;
  /** Resident pages that are shared and dirty. */
  readonly sharedDirtyBytes: number | null;
  /** Resident pages that are marked as accessed. */
  readonly referencedBytes: number | null;
  /** Resident pages that belong to no file. */
  readonly anonymousBytes: number | null;
  /** Pages that KSM merged. Since Linux 6.7. */
  readonly ksmBytes: number | null;
  /** Pages given up by madvise(2) and not yet taken. Since Linux 4.12. */
  readonly lazyFreeBytes: number | null;
  /** Anonymous huge pages. Since Linux 2.6.38. */
  readonly anonHugePagesBytes: number | null;
  /** Shared memory in huge pages. Since Linux 4.8. */
  readonly shmemPmdMappedBytes: number | null;
  /** Page cache in huge pages. Since Linux 5.4. */
  readonly filePmdMappedBytes: number | null;
  /** Shared pages of hugetlbfs; no part of resident memory. Since Linux 4.4. */
  readonly sharedHugetlbBytes: number | null;
  /** Private pages of hugetlbfs; no part of resident memory. Since Linux 4.4. */
  readonly privateHugetlbBytes: number | null;
  /** Swapped-out anonymous memory, divided by its sharers. Since Linux 4.3. */
  readonly swapPssBytes: number | null;
}

function mappedMemory(
  by: FieldNotes,
): Readonly<Record<keyof MappedMemoryFields, Field>> {
  return {
    ussBytes: gauge("uss_bytes", "bytes", by),
    pssBytes: gauge("pss_bytes", "bytes", by),
    pssDirtyBytes: gauge("pss_dirty_bytes", "bytes", by),
    privateCleanBytes: gauge("private_clean_bytes", "bytes", by),
    privateDirtyBytes: gauge("private_dirty_bytes", "bytes", by),
    sharedCleanBytes: gauge("shared_clean_bytes", "bytes", by),
    sharedDirtyBytes: gauge("shared_dirty_bytes", "bytes", by),
    referencedBytes: gauge("referenced_bytes", "bytes", by),
    anonymousBytes: gauge("anonymous_bytes", "bytes", by),
    ksmBytes: gauge("ksm_bytes", "bytes", by),
    lazyFreeBytes: gauge("lazy_free_bytes", "bytes", by),
    anonHugePagesBytes: gauge("anon_huge_pages_bytes", "bytes", by),
    shmemPmdMappedBytes: gauge("shmem_pmd_mapped_bytes", "bytes", by),
    filePmdMappedBytes: gauge("file_pmd_mapped_bytes", "bytes", by),
    sharedHugetlbBytes: gauge("shared_hugetlb_bytes", "bytes", by),
    privateHugetlbBytes: gauge("private_hugetlb_bytes", "bytes", by),
    swapPssBytes: gauge("swap_pss_bytes", "bytes", by),
  };
}

/**
 * What the collector `smaps_rollup` adds to a process's line. See proc_pid_smaps(5), Linux 4.14.
 * Null without memory.
 */
export interface SmapsRollupFields extends MappedMemoryFields {
  /** The anonymous part of `pssBytes`. Since Linux 5.3. */
  readonly pssAnonBytes: number | null;
  /** The part of mapped files. Since Linux 5.3. */
  readonly pssFileBytes: number | null;
  /** The part of shared memory. Since Linux 5.3. */
  readonly pssShmemBytes: number | null;
  /** Resident memory as `smaps_rollup` counts it. */
  readonly rollupRssBytes: number | null;
  /** Swapped-out memory as `smaps_rollup` counts it, shared memory too. */
  readonly rollupSwapBytes: number | null;
  /** The part of `pssBytes` that is locked by mlock(2). */
  readonly rollupLockedBytes: number | null;
}

const BY_SMAPS_ROLLUP: FieldNotes = { collector: "smaps_rollup" };

export function smapsRollupRows() {
  return {
    ...mappedMemory(BY_SMAPS_ROLLUP),
    pssAnonBytes: gauge("pss_anon_bytes", "bytes", BY_SMAPS_ROLLUP),
    pssFileBytes: gauge("pss_file_bytes", "bytes", BY_SMAPS_ROLLUP),
    pssShmemBytes: gauge("pss_shmem_bytes", "bytes", BY_SMAPS_ROLLUP),
    rollupRssBytes: gauge("rollup_rss_bytes", "bytes", BY_SMAPS_ROLLUP),
    rollupSwapBytes: gauge("rollup_swap_bytes", "bytes", BY_SMAPS_ROLLUP),
    rollupLockedBytes: gauge("rollup_locked_bytes", "bytes", BY_SMAPS_ROLLUP),
  } satisfies Record<keyof SmapsRollupFields, Field>;
}

/**
 * The mappings of one process that have the same path, summed, in bytes. See proc_pid_smaps(5).
 */
export interface MappingSample extends MappedMemoryFields {
  /** The process id. */
  readonly pid: number;
  /** When the process started, in ticks since boot. */
  readonly startTicks: Integer;
  /** The mapped file, a name like `[heap]`, or an empty text for memory without a name. */
  readonly pathname: string;
  /** Whether the path was cut for its length. On a line only if it is true. */
  readonly pathnameTruncated: boolean;
  /** How many mappings these are. */
  readonly numMappings: number;
  /** Virtual size. */
  readonly sizeBytes: Integer | null;
  /** Resident memory. */
  readonly rssBytes: number | null;
  /** Swapped-out memory. */
  readonly swapBytes: number | null;
  /** The part of `pssBytes` that is locked by mlock(2). */
  readonly lockedBytes: number | null;
  /** Why which fields are null; null if every field was read. */
  readonly unreadable: NullReasons | null;
}

export function smapsRows() {
  return {
    pid: label("pid"),
    startTicks: label("start_ticks", { unit: "ticks" }),
    pathname: label("pathname", { maxBytes: ROOM.pathname }),
    pathnameTruncated: flag("pathname_truncated"),
    numMappings: gauge("num_mappings", "count"),
    sizeBytes: gauge("size_bytes", "bytes"),
    rssBytes: gauge("rss_bytes", "bytes"),
    swapBytes: gauge("swap_bytes", "bytes"),
    lockedBytes: gauge("locked_bytes", "bytes"),
    ...mappedMemory({}),
  } satisfies Record<Exclude<keyof MappingSample, "unreadable">, Field>;
}

/**
 * Figures by the kernel's own names. One whose text makes no sense is null, and `unreadable` then
 * says `malformed` of the field.
 */
export type KeyedCounters = Readonly<Record<string, Integer | null>>;

/** The figures of a pressure file: shares of time in percent, and microseconds. */
const PRESSURE: FieldNotes = {
  entries: {
    some_total: { unit: "microseconds", kind: "counter" },
    full_total: { unit: "microseconds", kind: "counter" },
  },
};

/** The limit of memory that is nearest to be reached. */
export interface MemoryLimitFields {
  /**
   * How near memory is to a limit that kills: the highest, over the group and those above it that a
   * mount shows, of what a group uses as a percentage of that group's own `memory.max`. What it
   * uses is `memory.current` less `inactive_file` of `memory.stat`, the page cache that the kernel
   * takes back first; `memory.high` does not count, as it only slows down. Of cgroup v1:
   * `memory.limit_in_bytes`, `memory.usage_in_bytes`, `total_inactive_file`. Null: unlimited,
   * unless `unreadable` gives a reason; `unmounted` also if a lower limit stands on a group that no
   * mount shows.
   */
  readonly memoryLimitPercentage: number | null;
  /** The limit of memory that is nearest to be reached, in bytes; null as that is. */
  readonly memoryLimitBytes: Integer | null;
  /** The path of the group that has that limit; null as that is. */
  readonly memoryLimitCgroup: string | null;
  /** Whether the path was cut for its length. On a line only if it is true. */
  readonly memoryLimitCgroupTruncated: boolean;
}

function memoryLimit(
  by: FieldNotes,
): Readonly<Record<keyof MemoryLimitFields, Field>> {
  const notes = { ...by, ...UNLIMITED };
  return {
    memoryLimitPercentage: gauge("memory_limit_percentage", "percent", notes),
    memoryLimitBytes: gauge("memory_limit_bytes", "bytes", notes),
    memoryLimitCgroup: label("memory_limit_cgroup", {
      ...notes,
      maxBytes: ROOM.cgroupPath,
    }),
    memoryLimitCgroupTruncated: flag("memory_limit_cgroup_truncated", by),
  };
}

/**
 * A cgroup that processes of the tree are in. Its figures are those of the whole group, its
 * descendants included.
 *
 * Where cgroup v1 is in use, too, its controllers have hierarchies of their own: a line has the
 * path that stands on the lines of its processes, and the figures of those hierarchies in which
 * they are at this path. CPU seconds are `cpuacct.usage` and `cpuacct.stat` there, the limit
 * `cpu.cfs_quota_us` / `cpu.cfs_period_us`, memory in use `memory.usage_in_bytes`; what v1 does not
 * have is null with the reason `unsupported`.
 */
export interface CgroupSample extends MemoryLimitFields {
  /** The path below the root of the hierarchy. */
  readonly path: string;
  /** Whether the path was cut for its length. On a line only if it is true. */
  readonly pathTruncated: boolean;
  /** Processes of the tree that are in this very group, zombies of cgroup v1 left out. */
  readonly numProcesses: number;
  /**
   * CPU seconds that the group has used, `usage_usec` of `cpu.stat`. There without any controller,
   * except in cgroup v1.
   */
  readonly cpuSecondsTotal: number | null;
  /** CPU seconds that the group has used in user mode, `user_usec`. */
  readonly userCpuSecondsTotal: number | null;
  /** CPU seconds that the group has used in the kernel, `system_usec`. */
  readonly kernelCpuSecondsTotal: number | null;
  /** CPU used since the previous sample as a percentage of one core; null on the first. */
  readonly cpuPercentage: number | null;
  /** The part of `cpuPercentage` in user mode. */
  readonly userCpuPercentage: number | null;
  /** The part of `cpuPercentage` in the kernel. */
  readonly kernelCpuPercentage: number | null;
  /**
   * Cores that the group may use, `cpu.max`; null: unlimited, unless `unreadable` gives a reason.
   */
  readonly cpuLimitCores: number | null;
  /** `cpuPercentage` as a percentage of `cpuLimitCores`; null without a limit. */
  readonly cpuLimitPercentage: number | null;
  /** Periods of the limit in which the group ran, `nr_periods`; null without the cpu controller. */
  readonly cpuPeriodsTotal: Integer | null;
  /**
   * Periods of the limit in which the group was held back, `nr_throttled`; null without the cpu
   * controller.
   */
  readonly cpuThrottledPeriodsTotal: Integer | null;
  /**
   * Seconds that the group was held back by its limit, `throttled_usec`, `throttled_time` of cgroup
   * v1; null without the cpu controller.
   */
  readonly cpuThrottledSecondsTotal: number | null;
  /** Memory in use in bytes, page cache included, `memory.current`. */
  readonly memoryCurrentBytes: number | null;
  /** The most memory in use, in bytes, `memory.peak`, since Linux 5.19; in any cgroup v1. */
  readonly memoryPeakBytes: number | null;
  /**
   * The group's own limit in bytes, `memory.max`; null: unlimited, unless `unreadable` gives a
   * reason.
   */
  readonly memoryMaxBytes: Integer | null;
  /**
   * The bytes beyond which the group is slowed down, `memory.high`; null: unlimited, unless
   * `unreadable` gives a reason.
   */
  readonly memoryHighBytes: Integer | null;
  /** Swap in use in bytes, `memory.swap.current`; of cgroup v1 `total_swap` of `memory.stat`. */
  readonly swapCurrentBytes: number | null;
  /**
   * The limit of swap in bytes, `memory.swap.max`; null: unlimited, unless `unreadable` gives a
   * reason.
   */
  readonly swapMaxBytes: Integer | null;
  /**
   * `memory.stat`, by the kernel's names: amounts in bytes, events (`pgfault` and others) in
   * counts.
   */
  readonly memoryStat: KeyedCounters | null;
  /**
   * `memory.events`: how often limits were reached (`low`, `high`, `max`, `oom`, `oom_kill`). Of
   * cgroup v1 `memory.failcnt` as `max`, and `oom_kill` of `memory.oom_control`.
   */
  readonly memoryEvents: KeyedCounters | null;
  /** `io.stat` for each device (`8:0`): bytes and operations. */
  readonly ioStat: Readonly<Record<string, KeyedCounters>> | null;
  /** Whether there are more devices than fit on a line. On a line only if it is true. */
  readonly ioStatTruncated: boolean;
  /** Tasks in the group, `pids.current`. */
  readonly pidsCurrent: Integer | null;
  /**
   * The limit of tasks in the group, `pids.max`; null: unlimited, unless `unreadable` gives a
   * reason.
   */
  readonly pidsMax: Integer | null;
  /**
   * `cpu.pressure`: shares of time and microseconds in which tasks waited for a CPU. Since Linux
   * 4.20.
   */
  readonly cpuPressure: KeyedCounters | null;
  /** `memory.pressure`: shares of time and microseconds in which tasks waited for memory. */
  readonly memoryPressure: KeyedCounters | null;
  /** `io.pressure`: shares of time and microseconds in which tasks waited for io. */
  readonly ioPressure: KeyedCounters | null;
  /** Why which fields are null; null if every field was read. */
  readonly unreadable: NullReasons | null;
}

export function cgroupRows() {
  return {
    path: label("path", { maxBytes: ROOM.cgroupPath }),
    pathTruncated: flag("path_truncated"),
    numProcesses: gauge("num_processes", "count"),
    cpuSecondsTotal: counter("cpu_seconds_total", "seconds"),
    userCpuSecondsTotal: counter("user_cpu_seconds_total", "seconds"),
    kernelCpuSecondsTotal: counter("kernel_cpu_seconds_total", "seconds"),
    cpuPercentage: gauge("cpu_percentage", "percent", NO_READING_BEFORE),
    userCpuPercentage: gauge(
      "user_cpu_percentage",
      "percent",
      NO_READING_BEFORE,
    ),
    kernelCpuPercentage: gauge(
      "kernel_cpu_percentage",
      "percent",
      NO_READING_BEFORE,
    ),
    cpuLimitCores: gauge("cpu_limit_cores", "cores", UNLIMITED),
    cpuLimitPercentage: gauge("cpu_limit_percentage", "percent", {
      nullMeans: "unlimited, or no earlier reading to compare with",
    }),
    cpuPeriodsTotal: counter("cpu_periods_total", "count"),
    cpuThrottledPeriodsTotal: counter("cpu_throttled_periods_total", "count"),
    cpuThrottledSecondsTotal: counter("cpu_throttled_seconds_total", "seconds"),
    memoryCurrentBytes: gauge("memory_current_bytes", "bytes"),
    memoryPeakBytes: gauge("memory_peak_bytes", "bytes"),
    memoryMaxBytes: gauge("memory_max_bytes", "bytes", UNLIMITED),
    ...memoryLimit({}),
    memoryHighBytes: gauge("memory_high_bytes", "bytes", UNLIMITED),
    swapCurrentBytes: gauge("swap_current_bytes", "bytes"),
    swapMaxBytes: gauge("swap_max_bytes", "bytes", UNLIMITED),
    memoryStat: map("memory_stat", "none", {
      maxBytes: ROOM.memoryStat,
      entryKind: "mixed",
    }),
    memoryEvents: map("memory_events", "count", { entryKind: "counter" }),
    ioStat: map("io_stat", "count", {
      maxBytes: ROOM.ioStat,
      entryKind: "counter",
      entries: {
        rbytes: { unit: "bytes", kind: "counter" },
        wbytes: { unit: "bytes", kind: "counter" },
        dbytes: { unit: "bytes", kind: "counter" },
      },
    }),
    ioStatTruncated: flag("io_stat_truncated"),
    pidsCurrent: gauge("pids_current", "count"),
    pidsMax: gauge("pids_max", "count", UNLIMITED),
    cpuPressure: map("cpu_pressure", "percent", PRESSURE),
    memoryPressure: map("memory_pressure", "percent", PRESSURE),
    ioPressure: map("io_pressure", "percent", PRESSURE),
  } satisfies Record<Exclude<keyof CgroupSample, "unreadable">, Field>;
}

/** One figure of a cgroup: of any of its files, by the kernel's own names. */
export interface CgroupFigure {
  /** The group's path below the root of the hierarchy. */
  readonly path: string;
  /** The file and the keys in it: `memory.stat.anon`, `cpu.pressure.some.avg10`. */
  readonly name: string;
  /** The device that it is about, `8:0`; null: none. */
  readonly device: string | null;
  /** Whether it only grows. */
  readonly isCounter: boolean;
  /** The figure; null: unlimited. */
  readonly value: Integer | null;
}

/**
 * The whole host at the time of a sample. Where lxcfs stands in for `/proc/stat`, `/proc/meminfo`,
 * `/proc/loadavg` or `/sys/devices/system/cpu`, CPUs, CPU time, memory and load are those of the
 * container, and its counters may fall.
 */
export interface HostSample {
  /**
   * CPUs that are online now; null if neither sysfs nor `/proc/stat` reports them. Where lxcfs
   * stands in for `/sys/devices/system/cpu`, the container's.
   */
  readonly numCpus: number | null;
  /**
   * Processes that ran or waited for a CPU or a device, averaged over 1 minute, see
   * proc_loadavg(5). Where lxcfs stands in for `/proc/loadavg`, those of the container.
   */
  readonly load1: number | null;
  /** Processes that ran or waited for a CPU or a device, averaged over 5 minutes. */
  readonly load5: number | null;
  /** Processes that ran or waited for a CPU or a device, averaged over 15 minutes. */
  readonly load15: number | null;
  /** Threads that are running or could. */
  readonly numRunning: number | null;
  /** Threads of the host. */
  readonly numThreads: number | null;
  /**
   * CPU seconds of all CPUs since boot, by kind: `user`, `nice`, `system`, `idle` and so on, see
   * proc_stat(5). Where lxcfs stands in for `/proc/stat`, those of the container, which may fall.
   * Null if one has fallen below 0.
   */
  readonly cpuSecondsTotal: KeyedCounters | null;
  /**
   * CPU used since the previous sample as a percentage of one core, idle and waiting time not
   * counted; held to 100 times the CPUs. Null on the first, and if a time fell or leapt.
   */
  readonly cpuPercentage: number | null;
  /** Context switches since boot. */
  readonly ctxtSwitchesTotal: Integer | null;
  /** Processes and threads created since boot. */
  readonly forksTotal: Integer | null;
  /**
   * The memory of the host in bytes, `MemTotal`, see proc_meminfo(5). Where lxcfs stands in for
   * `/proc/meminfo`, this and the amounts that follow are within the container's limit.
   */
  readonly memTotalBytes: number | null;
  /** Memory in bytes that nothing uses, `MemFree`. */
  readonly memFreeBytes: number | null;
  /** Memory in bytes that programs could get without swapping, `MemAvailable`. Since Linux 3.14. */
  readonly memAvailableBytes: number | null;
  /** The page cache in bytes, `Cached`. */
  readonly cachedBytes: number | null;
  /** Memory in bytes that waits to be written back, `Dirty`. */
  readonly dirtyBytes: number | null;
  /** Swap in bytes, `SwapTotal`. */
  readonly swapTotalBytes: number | null;
  /** Swap in bytes that nothing uses, `SwapFree`. */
  readonly swapFreeBytes: number | null;
  /**
   * `/proc/pressure/cpu`: shares of time and microseconds in which tasks waited for a CPU. Since
   * Linux 4.20.
   */
  readonly cpuPressure: KeyedCounters | null;
  /** `/proc/pressure/memory`: shares of time and microseconds in which tasks waited for memory. */
  readonly memoryPressure: KeyedCounters | null;
  /** `/proc/pressure/io`: shares of time and microseconds in which tasks waited for io. */
  readonly ioPressure: KeyedCounters | null;
  /** `/proc/vmstat`, by the kernel's names, in pages or counts. */
  readonly vmstat: KeyedCounters | null;
  /** Why which fields are null; null if every field was read. */
  readonly unreadable: NullReasons | null;
}

export function hostRows() {
  return {
    numCpus: gauge("num_cpus", "count"),
    load1: gauge("load1", "load"),
    load5: gauge("load5", "load"),
    load15: gauge("load15", "load"),
    numRunning: gauge("num_running", "count"),
    numThreads: gauge("num_threads", "count"),
    cpuSecondsTotal: map("cpu_seconds_total", "seconds", {
      entryKind: "counter",
    }),
    cpuPercentage: gauge("cpu_percentage", "percent", NO_READING_BEFORE),
    ctxtSwitchesTotal: counter("ctxt_switches_total", "count"),
    forksTotal: counter("forks_total", "count"),
    memTotalBytes: gauge("mem_total_bytes", "bytes"),
    memFreeBytes: gauge("mem_free_bytes", "bytes"),
    memAvailableBytes: gauge("mem_available_bytes", "bytes"),
    cachedBytes: gauge("cached_bytes", "bytes"),
    dirtyBytes: gauge("dirty_bytes", "bytes"),
    swapTotalBytes: gauge("swap_total_bytes", "bytes"),
    swapFreeBytes: gauge("swap_free_bytes", "bytes"),
    cpuPressure: map("cpu_pressure", "percent", PRESSURE),
    memoryPressure: map("memory_pressure", "percent", PRESSURE),
    ioPressure: map("io_pressure", "percent", PRESSURE),
    vmstat: map("vmstat", "none", {
      maxBytes: ROOM.vmstat,
      entryKind: "mixed",
    }),
  } satisfies Record<Exclude<keyof HostSample, "unreadable">, Field>;
}

/** Whose a process is, as the collector `cgroup` adds it to a process's line. */
export interface OwnerFields {
  /**
   * The path of its cgroup, as `/proc/PID/cgroup` has it, see cgroups(7). Where cgroup v1 is in use
   * as well: the first path that names a container, else the first that is not `/`, in cgroup v2,
   * in the hierarchy of systemd, and in those of controllers. Null: it is in none.
   */
  readonly cgroup: string | null;
  /** Whether the path was cut for its length. On a line only if it is true. */
  readonly cgroupTruncated: boolean | null;
  /** The innermost systemd unit in the path that is no slice. Null: it names none. */
  readonly unit: string | null;
  /** The id of the innermost container in the path, 64 hexadecimal digits. Null: it names none. */
  readonly containerId: string | null;
  /** The UID of the Kubernetes pod in the path, with dashes. Null: it names none. */
  readonly podUid: string | null;
}

const BY_CGROUP: FieldNotes = { collector: "cgroup" };
const IF_NAMED: FieldNotes = { ...BY_CGROUP, nullMeans: "the path names none" };

function ownerRows() {
  return {
    cgroup: label("cgroup", {
      ...BY_CGROUP,
      nullMeans: "it is in none",
      maxBytes: ROOM.cgroupPath,
    }),
    cgroupTruncated: flag("cgroup_truncated", { ...BY_CGROUP, of: "cgroup" }),
    unit: label("unit", { ...IF_NAMED, maxBytes: ROOM.fileName }),
    containerId: label("container_id", {
      ...IF_NAMED,
      maxBytes: ROOM.containerId,
    }),
    podUid: label("pod_uid", { ...IF_NAMED, maxBytes: ROOM.uuid }),
  } satisfies Record<keyof OwnerFields, Field>;
}

/**
 * A thread of a process, see proc_pid_task(5): what its own `stat` says. A process with one thread
 * has one such line.
 */
export interface ThreadSample
  extends
    Partial<ThreadStatFields>,
    Partial<ThreadSwitches>,
    Partial<ThreadWaits>,
    Partial<PolicyFields>,
    Partial<IoTotals> {
  /** The process id. */
  readonly pid: number;
  /** The thread id; that of the main thread is the process id. */
  readonly tid: number;
  /** The name of the thread, 15 bytes at most except for kernel threads. */
  readonly comm: string;
  /**
   * One letter, as a process has it. A main thread that has ended before the others is Z until
   * they have, too.
   */
  readonly state: string;
  /**
   * When the thread started, in ticks since boot; with the thread id it says which one it is. If
   * another thread calls execve(2), it goes on with the id and the start of the main thread, and
   * its own id is gone: the counters of the main thread grow by what that one has used since.
   */
  readonly startTicks: Integer;
  /** Seconds since its start; null if it started in the future or /proc/uptime cannot be read. */
  readonly uptimeSeconds: number | null;
  /** The number of the CPU that it ran on last. */
  readonly processor: number | null;
  /**
   * CPU used in the window, user and kernel mode together, as a percentage of one core; held to
   * 100, which is all that a thread can use. Null if no window is known: in the first sample of a
   * thread that was there before the run, and where another thread has become the main one and
   * nothing tells which.
   */
  readonly cpuPercentage: number | null;
  /** The part of `cpuPercentage` in user mode. */
  readonly userCpuPercentage: number | null;
  /** The part of `cpuPercentage` in the kernel. */
  readonly kernelCpuPercentage: number | null;
  /**
   * The length of that window in seconds: since the previous sample, or since the start of a
   * thread that has started in the run and is seen first.
   */
  readonly cpuWindowSeconds: number | null;
  /**
   * CPU that it has used on average since its start, as a percentage of one core, in the first
   * sample of a thread that was there before the run. Null if there is a window, or its age is not
   * known.
   */
  readonly averageCpuPercentage: number | null;
  /** CPU seconds in user mode since its start, `utime`; held where that falls. */
  readonly userCpuSecondsTotal: number;
  /** The same in the kernel, `stime`. */
  readonly kernelCpuSecondsTotal: number;
  /** Why which fields are null; null if every field was read. */
  readonly unreadable: NullReasons | null;
}

/** The context switches of a thread, if the collector `status` runs as well. */
export interface ThreadSwitches {
  /** Context switches that it asked for, by waiting. */
  readonly voluntaryCtxtSwitches: Integer | null;
  /** Context switches forced on it. */
  readonly nonvoluntaryCtxtSwitches: Integer | null;
}

/**
 * How long a thread waits for a CPU, if the collector `schedstat` runs as well. Null on a kernel
 * that does not count it.
 */
export interface ThreadWaits {
  /** Seconds that it has waited for a CPU though it could have run. A wait counts once it ends. */
  readonly runDelaySecondsTotal: number | null;
  /**
   * The same in the window of `cpuPercentage` as a percentage of it. It may be more than 100 if a
   * wait is longer than the window in which it ends.
   */
  readonly runDelayPercentage: number | null;
  /** How often it was put on a CPU. */
  readonly timeslicesTotal: Integer | null;
}

export function threadRows() {
  const stat = statRows();
  const status = statusRows();
  const schedstat = schedstatRows();
  const scheduling = schedulingRows();
  const io = ioRows();
  return {
    pid: label("pid"),
    tid: label("tid"),
    comm: label("comm", { maxBytes: ROOM.comm }),
    state: text("state"),
    startTicks: label("start_ticks", { unit: "ticks" }),
    uptimeSeconds: gauge("uptime_seconds", "seconds"),
    processor: gauge("processor", "none"),
    cpuPercentage: gauge("cpu_percentage", "percent"),
    userCpuPercentage: gauge("user_cpu_percentage", "percent"),
    kernelCpuPercentage: gauge("kernel_cpu_percentage", "percent"),
    cpuWindowSeconds: gauge("cpu_window_seconds", "seconds"),
    averageCpuPercentage: gauge("average_cpu_percentage", "percent", {
      nullMeans: "there is a window",
    }),
    userCpuSecondsTotal: counter("user_cpu_seconds_total", "seconds"),
    kernelCpuSecondsTotal: counter("kernel_cpu_seconds_total", "seconds"),
    priority: stat.priority,
    nice: stat.nice,
    minorFaultsTotal: stat.minorFaultsTotal,
    majorFaultsTotal: stat.majorFaultsTotal,
    blockIoDelaySecondsTotal: stat.blockIoDelaySecondsTotal,
    voluntaryCtxtSwitches: status.voluntaryCtxtSwitches,
    nonvoluntaryCtxtSwitches: status.nonvoluntaryCtxtSwitches,
    runDelaySecondsTotal: schedstat.runDelaySecondsTotal,
    runDelayPercentage: schedstat.runDelayPercentage,
    timeslicesTotal: schedstat.timeslicesTotal,
    policy: scheduling.policy,
    rtPriority: scheduling.rtPriority,
    ioReadCharsBytesTotal: io.ioReadCharsBytesTotal,
    ioWrittenCharsBytesTotal: io.ioWrittenCharsBytesTotal,
    ioReadCallsTotal: io.ioReadCallsTotal,
    ioWriteCallsTotal: io.ioWriteCallsTotal,
    ioReadBytesTotal: io.ioReadBytesTotal,
    ioWrittenBytesTotal: io.ioWrittenBytesTotal,
    ioCancelledWriteBytesTotal: io.ioCancelledWriteBytesTotal,
  } satisfies Record<Exclude<keyof ThreadSample, "unreadable">, Field>;
}

/** What the collector `threads` adds to a process's line. */
export interface ThreadsFields {
  /**
   * CPU seconds of the process, in user mode and in the kernel, that stand on none of its threads'
   * lines: those of threads that have ended, and what cutting to ticks takes from the living, up
   * to two ticks each. Threads are read after their process: 0 if they have used as much more
   * meanwhile. Null if a thread could not be read.
   */
  readonly unseenThreadsCpuSeconds: number | null;
}

const BY_THREADS: FieldNotes = { collector: "threads" };

function threadsRows() {
  return {
    unseenThreadsCpuSeconds: gauge(
      "unseen_threads_cpu_seconds",
      "seconds",
      BY_THREADS,
    ),
  } satisfies Record<keyof ThreadsFields, Field>;
}

/**
 * The threads that the view `top` does not print, of all processes: those of the processes that it
 * prints, and of the others. With `threads`.
 */
export interface OtherThreads {
  /** Threads. Null: the lines are of groups, and none of threads. */
  readonly numOtherThreads: number | null;
  /**
   * CPU that they used in the interval as a percentage of one core: with the lines of threads it
   * makes that of all. Null: the lines are of groups, unless `unreadable` gives a reason.
   */
  readonly otherThreadsCpuPercentage: number | null;
  /** The part of `otherThreadsCpuPercentage` in user mode. */
  readonly otherThreadsUserCpuPercentage: number | null;
  /** The part of `otherThreadsCpuPercentage` in the kernel. */
  readonly otherThreadsKernelCpuPercentage: number | null;
}

const OF_GROUPS: FieldNotes = {
  ...BY_THREADS,
  nullMeans: "the lines are of groups",
};

export function otherThreadsRows() {
  return {
    numOtherThreads: gauge("num_other_threads", "count", OF_GROUPS),
    otherThreadsCpuPercentage: gauge(
      "other_threads_cpu_percentage",
      "percent",
      OF_GROUPS,
    ),
    otherThreadsUserCpuPercentage: gauge(
      "other_threads_user_cpu_percentage",
      "percent",
      OF_GROUPS,
    ),
    otherThreadsKernelCpuPercentage: gauge(
      "other_threads_kernel_cpu_percentage",
      "percent",
      OF_GROUPS,
    ),
  } satisfies Record<keyof OtherThreads, Field>;
}

/** What collectors add to a process's line; each group is there only if it was asked for. */
export interface CollectedFields
  extends
    Partial<CmdlineFields>,
    Partial<CwdFields>,
    Partial<EnvFields>,
    Partial<UserFields>,
    Partial<OwnerFields>,
    Partial<StatFields>,
    Partial<StatusFields>,
    Partial<SmapsRollupFields>,
    Partial<NumaFields>,
    Partial<WssFields>,
    Partial<FdFields>,
    Partial<LimitsFields>,
    Partial<SocketFields>,
    Partial<OomFields>,
    Partial<SignalsFields>,
    Partial<WchanFields>,
    Partial<SchedstatFields>,
    Partial<SchedulingFields>,
    Partial<DelaysFields>,
    Partial<IoFields>,
    Partial<ThreadsFields> {}

/** The rows of {@linkcode CollectedFields}. */
export function collectedRows() {
  return {
    ...cmdlineRows(),
    ...cwdRows(),
    ...envRows(),
    ...userRows(),
    ...ownerRows(),
    ...statRows(),
    ...statusRows(),
    ...smapsRollupRows(),
    ...numaRows(),
    ...wssRows(),
    ...fdRows(),
    ...limitsRows(),
    ...socketsRows(),
    ...oomRows(),
    ...signalsRows(),
    ...wchanRows(),
    ...schedstatRows(),
    ...schedulingRows(),
    ...delaysRows(),
    ...ioRows(),
    ...threadsRows(),
  } satisfies Record<keyof CollectedFields, Field>;
}

/**
 * What collectors add to the tree's line; each group is there only if it was asked for. The limit
 * of memory is that of the root's cgroup, of all processes that of `/`.
 */
export interface CollectedTotals
  extends
    Partial<IoFields>,
    Partial<SchedstatFields>,
    Partial<DelaysFields>,
    Partial<MemoryLimitFields>,
    Partial<NumaFields>,
    Partial<WssFields>,
    Partial<SocketFields> {
  /**
   * The sum of the processes' proportional set sizes in bytes: the memory that the tree really
   * takes. With `smaps_rollup`.
   */
  readonly pssBytes?: number | null;
  /**
   * The sum of the processes' unique set sizes in bytes: what its end would free. With
   * `smaps_rollup`.
   */
  readonly ussBytes?: number | null;
}

/**
 * The rows of the limit of memory in {@linkcode CollectedTotals}; all others are those of a
 * process.
 */
export function treeMemoryLimitRows(): Readonly<
  Record<keyof MemoryLimitFields, Field>
> {
  return memoryLimit(BY_CGROUP);
}

/** What collectors add to a sample beside its processes; each is there only if it was asked for. */
export interface CollectedExtras {
  /** The threads of each process. With `threads`. */
  readonly threads?: readonly ThreadSample[];
  /** The mappings of each process, in those samples in which they were read. With `smaps`. */
  readonly mappings?: readonly MappingSample[];
  /** The cgroups that processes of the tree are in. With `cgroup`. */
  readonly cgroups?: readonly CgroupSample[];
  /** Every figure of those cgroups. With `cgroup_files`. */
  readonly cgroupFigures?: readonly CgroupFigure[];
  /** The host. With `host`. */
  readonly host?: HostSample;
}
