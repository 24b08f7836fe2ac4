/**
 * A procfs in memory, made from a few numbers: for testing programs that sample.
 *
 * @module
 */

import { ProcReadError, type ReadFailure } from "../errors.ts";
import type { Integer } from "../integer.ts";
import type {
  BytesUse,
  DirEntry,
  FileStatus,
  ProcBytes,
  ProcFile,
  ProcFs,
} from "../kernel/proc_fs.ts";
import { entriesOf, openBytesOf } from "../kernel/proc_reader.ts";

/** A process as a test describes it; what is left out is that of a small sleeping program. */
export interface MemoryProcess {
  /** The process id. */
  readonly pid: number;
  /**
   * The process id of the parent.
   *
   * @default {1}
   */
  readonly ppid?: number;
  /**
   * The name of the main thread.
   *
   * @default {"program"}
   */
  readonly comm?: string;
  /**
   * One letter, see proc_pid_stat(5).
   *
   * @default {"S"}
   */
  readonly state?: string;
  /**
   * Threads.
   *
   * @default {1}
   */
  readonly numThreads?: number;
  /**
   * CPU seconds in user mode since its start, cut to ticks of 10 ms.
   *
   * @default {0}
   */
  readonly userCpuSeconds?: number;
  /**
   * CPU seconds in the kernel since its start.
   *
   * @default {0}
   */
  readonly kernelCpuSeconds?: number;
  /**
   * CPU seconds in user mode of the children that it has reaped.
   *
   * @default {0}
   */
  readonly childrenUserCpuSeconds?: number;
  /**
   * CPU seconds in the kernel of the children that it has reaped.
   *
   * @default {0}
   */
  readonly childrenKernelCpuSeconds?: number;
  /**
   * When it started, in seconds since boot. Default: 1, or the time now if an earlier process had
   * the same id.
   */
  readonly startSeconds?: number;
  /**
   * Resident memory in bytes, cut to pages of 4,096.
   *
   * @default {409600}
   */
  readonly rssBytes?: number;
  /**
   * Virtual memory in bytes, cut to pages of 4,096; 0 for a process without memory.
   *
   * @default {4096000}
   */
  readonly vsizeBytes?: number;
  /** The soft limit of resident memory in bytes. Default: unlimited. */
  readonly rsslimBytes?: Integer;
  /**
   * Where its code and its stack lie, in bytes: another place than before means another program.
   *
   * @default {4096}
   */
  readonly addresses?: number;
  /**
   * The kernel's PF_* bits.
   *
   * @default {4194304}
   */
  readonly flags?: number;
  /**
   * The real user id.
   *
   * @default {1000}
   */
  readonly uid?: number;
  /**
   * Its files below `/proc/PID`, by name, that are not as the numbers above make them: `exe`,
   * `cmdline`, `io`; the names in a directory, `fd`, as a list.
   */
  readonly files?: Readonly<Record<string, FileContent>>;
}

/**
 * The content of a file, the target of a link, the names in a directory; or why it cannot be read.
 */
export type FileContent =
  | string
  | Uint8Array
  | readonly string[]
  | { readonly error: ReadFailure };

/** What a {@linkcode MemoryFs} stands on. */
export interface MemoryFsOptions {
  /** The file system that answers for what is not in memory. Default: nothing does. */
  readonly over?: ProcFs | undefined;
}

/** What the kernel puts behind the target of a link whose file was deleted. */
const DELETED = " (deleted)";

/** The numbers of a process that are whole. */
const WHOLE_NUMBERS = [
  "ppid",
  "numThreads",
  "addresses",
  "flags",
  "uid",
] as const;
/** Those that are cut: to ticks, to pages. */
const AMOUNTS = [
  "userCpuSeconds",
  "kernelCpuSeconds",
  "childrenUserCpuSeconds",
  "childrenKernelCpuSeconds",
  "startSeconds",
  "rssBytes",
  "vsizeBytes",
] as const;

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const KIB = 1024;
const UNLIMITED = "18446744073709551615";
const IO =
  "rchar syscr wchar syscw read_bytes write_bytes cancelled_write_bytes"
    .split(" ").map((name) => `${name}: 0\n`).join("");
/** The soft and the hard limits that a small system has. */
const LIMITS = [
  ["cpu time", "unlimited", "unlimited"],
  ["file size", "unlimited", "unlimited"],
  ["data size", "unlimited", "unlimited"],
  ["stack size", "8388608", "unlimited"],
  ["core file size", "0", "unlimited"],
  ["resident set", "unlimited", "unlimited"],
  ["processes", "4096", "4096"],
  ["open files", "1024", "4096"],
  ["locked memory", "8388608", "8388608"],
  ["address space", "unlimited", "unlimited"],
  ["file locks", "unlimited", "unlimited"],
  ["pending signals", "4096", "4096"],
  ["msgqueue size", "819200", "819200"],
  ["nice priority", "0", "0"],
  ["realtime priority", "0", "0"],
  ["realtime timeout", "unlimited", "unlimited"],
].map(([name = "", soft = "", hard = ""]) =>
  `Max ${name.padEnd(21)} ${soft.padEnd(20)} ${hard.padEnd(20)} \n`
).join("");
/** Sizes of `smaps` and `smaps_rollup`. */
const MEMORY_SIZES = ("Rss Pss Pss_Dirty Shared_Clean Shared_Dirty " +
  "Private_Clean Private_Dirty Referenced Anonymous Swap SwapPss Locked")
  .split(" ");
/** Those that are the whole of a process's memory here. */
const OWN_MEMORY: ReadonlySet<string> = new Set(
  "Rss Pss Pss_Dirty Private_Dirty Referenced Anonymous".split(" "),
);
/** The bit of `flags` that a kernel thread has, PF_KTHREAD. */
const KERNEL_THREAD = 0x0020_0000;
/** The ids of further threads count from a process's own id on in steps of this. */
const THREAD_STEP = 1_000_000;
const AUXV = [6n, BigInt(PAGE_BYTES), 17n, BigInt(TICKS_PER_SECOND), 0n, 0n];

/**
 * A procfs in memory, with 100 ticks of a second, pages of 4,096 bytes and four CPUs. Or, with
 * `over`, another file system to which processes are added, and from which they are removed.
 *
 * A file that is open when its process is removed answers `"gone"` from then on, also if a process
 * with the same id is added: so does the kernel. What was written below `/proc/PID` goes with the
 * process. A cgroup is what a test writes: the mount in `/proc/self/mountinfo`, the path in
 * `/proc/PID/cgroup`, and the group's own files.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { ManualClock, MemoryFs } from "@procline/procline/testing";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const fs = new MemoryFs();
 * const clock = new ManualClock();
 * fs.addProcess({ pid: 10, rssBytes: 3 * 4096 });
 * fs.addProcess({ pid: 11, ppid: 10 });
 * using sampler = new Sampler({ pid: 10, fs, clock });
 * sampler.sample();
 *
 * fs.changeProcess(11, { userCpuSeconds: 0.5 });
 * fs.pass(1);
 * clock.pass(1);
 * assertAlmostEquals(sampler.sample().tree.cpuPercentage ?? 0, 50);
 * ```
 */
export class MemoryFs implements ProcFs {
  readonly #over: ProcFs | null;
  readonly #files = new Map<string, FileContent>();
  readonly #statuses = new Map<string, FileStatus>();
  readonly #processes = new Map<number, MemoryProcess>();
  readonly #removed = new Set<number>();
  /** How often a process with this id was added or removed. */
  readonly #lives = new Map<number, number>();
  #numAdded = 0;
  #uptimeSeconds = 0;

  /** Holds a host without processes, or what `over` has. */
  constructor(options: MemoryFsOptions = {}) {
    this.#over = options.over ?? null;
    if (this.#over !== null) return;
    this.#uptimeSeconds = 10;
    this.write(
      "/proc/self/auxv",
      new Uint8Array(new BigUint64Array(AUXV).buffer),
    );
    this.write("/proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n");
    this.write("/proc/sys/kernel/random/boot_id", "boot\n");
    this.write("/proc/sys/kernel/hostname", "host\n");
    this.write("/sys/devices/system/cpu/online", "0-3\n");
  }

  /**
   * Adds a process, or replaces the one that has this id.
   *
   * @throws {RangeError} If `pid` is no whole number above 0, or another number is one that the
   * kernel would not show: below 0, not finite, or with a fraction where there is none.
   */
  addProcess(process: MemoryProcess): void {
    checkProcess(process);
    const { pid } = process;
    const startSeconds = this.#lives.has(pid)
      ? Math.max(this.#uptimeSeconds, 0)
      : 1;
    this.#removed.delete(pid);
    this.#forgetFiles(pid);
    this.#processes.set(pid, { startSeconds, ...process });
    this.#numAdded++;
    this.#startLife(pid);
  }

  /**
   * Changes some of the numbers of a process.
   *
   * @throws {TypeError} If no such process was added.
   * @throws {RangeError} If a number is one that the kernel would not show.
   */
  changeProcess(
    pid: number,
    changes: Partial<Omit<MemoryProcess, "pid">>,
  ): void {
    const process = this.#processes.get(pid);
    if (process === undefined) {
      throw new TypeError(`Cannot change process ${pid}: it was not added`);
    }
    const changed = { ...process, ...changes };
    checkProcess(changed);
    this.#processes.set(pid, changed);
  }

  /** Removes a process: its files are gone, and it is not listed. */
  removeProcess(pid: number): void {
    this.#processes.delete(pid);
    this.#removed.add(pid);
    this.#forgetFiles(pid);
    this.#startLife(pid);
  }

  /** Writes a file, in place of whatever has this path. */
  write(path: string, content: FileContent): void {
    this.#files.set(path, content);
  }

  /**
   * Sets which file a path leads to. Default: an unnamed device and inode, with a name, unless it
   * is a link that ends in ` (deleted)`.
   */
  writeStatus(path: string, status: FileStatus): void {
    this.#statuses.set(path, status);
  }

  /**
   * Lets this many seconds pass in `/proc/uptime`, which starts at 10; backwards if they are below
   * 0.
   *
   * @throws {RangeError} If they are not finite.
   */
  pass(seconds: number): void {
    if (!Number.isFinite(seconds)) {
      throw new RangeError(
        `Cannot let ${seconds} seconds pass: seconds is a finite number`,
      );
    }
    this.#uptimeSeconds += seconds;
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    const content = this.#ownText(path);
    if (content === undefined) {
      return this.#changed(path, this.#below(path).readTextFile(path));
    }
    return typeof content === "string"
      ? content
      : new TextDecoder("utf-8", { ignoreBOM: true }).decode(content);
  }

  /** See {@linkcode ProcFs.readLink}. */
  readLink(path: string): string {
    return this.#own(path) === undefined
      ? this.#below(path).readLink(path)
      : this.readTextFile(path);
  }

  /** See {@linkcode ProcFs.stat}. */
  stat(path: string): FileStatus {
    const status = this.#statuses.get(path);
    if (status !== undefined) return status;
    const content = this.#own(path);
    if (content === undefined) return this.#below(path).stat(path);
    const isDeleted = typeof content === "string" && content.endsWith(DELETED);
    return { device: 0, inode: 0, numLinks: isDeleted ? 0 : 1 };
  }

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    const listed = this.#own(path);
    const own = new Set(this.#namesIn(path));
    // What a test has written below a directory stands in place of what the numbers make.
    if (isList(listed) && own.size === 0) return [...listed];
    let below: string[] = [];
    if (this.#over !== null && !this.#isOfOwnProcess(path)) {
      try {
        below = this.#over.readDir(path);
      } catch (error) {
        if (!(error instanceof ProcReadError) || own.size === 0) throw error;
      }
    } else if (own.size === 0 && path !== "/proc") {
      throw failure(path, "gone");
    }
    return [
      ...below.filter((name) =>
        !own.has(name) &&
        !(path === "/proc" && this.#removed.has(Number(name)))
      ),
      ...own,
    ];
  }

  /**
   * See {@linkcode ProcFs.readEntries}. A name is a directory if something was written below it, or
   * its content is a list.
   */
  readEntries(path: string): DirEntry[] {
    const names = this.readDir(path);
    const below = new Map<string, boolean | null>();
    if (this.#over !== null && !this.#isOfOwnProcess(path)) {
      try {
        for (const { name, isDirectory } of entriesOf(this.#over, path)) {
          below.set(name, isDirectory);
        }
      } catch (error) {
        if (!(error instanceof ProcReadError)) throw error;
      }
    }
    const own = new Set(this.#namesIn(path));
    return names.map((name) => {
      const isOwn = own.has(name) || !below.has(name);
      const isDirectory = isOwn
        ? this.#isDirectory(`${path}/${name}`)
        : below.get(name) ?? null;
      return { name, isDirectory };
    });
  }

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    const content = this.#ownText(path);
    if (content === undefined) return this.#below(path).readFile(path);
    return typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
  }

  /** See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    const pid = pidIn(path);
    const life = this.#lives.get(pid);
    const below = this.#own(path) === undefined
      ? this.#below(path).open(path)
      : null;
    return {
      byPath: below?.byPath,
      readText: () => {
        if (this.#lives.get(pid) !== life) throw failure(path, "gone");
        return below === null
          ? this.readTextFile(path)
          : this.#changed(path, below.readText());
      },
      close: () => below?.close(),
    };
  }

  /**
   * See {@linkcode ProcFs.openBytes}. What is written sets bits of the content and clears none, as
   * the kernel has it of `/sys/kernel/mm/page_idle/bitmap`; nothing is added behind its end.
   */
  openBytes(path: string, use: BytesUse): ProcBytes {
    const content = this.#ownText(path);
    if (content === undefined) {
      return openBytesOf(this.#below(path), path, use);
    }
    const pid = pidIn(path);
    const life = this.#lives.get(pid);
    const present = () => {
      if (this.#lives.get(pid) !== life) throw failure(path, "gone");
      return this.readFile(path);
    };
    return {
      readAt: (offset, length) => present().slice(offset, offset + length),
      writeAt: (offset, bytes) => {
        if (use !== "readwrite") throw failure(path, "denied");
        const changed = present().slice();
        const part = changed.subarray(offset, offset + bytes.length);
        part.forEach((byte, i) => part[i] = byte | (bytes[i] ?? 0));
        this.#files.set(path, changed);
        return part.length;
      },
      close: () => {},
    };
  }

  /** The content of what is in memory; undefined if it is not. */
  #own(path: string): Exclude<FileContent, { error: unknown }> | undefined {
    if (this.#removed.has(pidIn(path))) throw failure(path, "gone");
    const content = this.#files.get(path) ?? this.#processFile(path) ??
      (this.#over === null ? this.#hostFile(path) : undefined);
    if (typeof content === "object" && "error" in content) {
      throw failure(path, content.error);
    }
    return content;
  }

  /** The same of a file or a link. */
  #ownText(path: string): string | Uint8Array | undefined {
    const content = this.#own(path);
    if (isList(content)) throw failure(path, "failed");
    return content;
  }

  #processFile(path: string): FileContent | undefined {
    const process = this.#processes.get(pidIn(path));
    if (process === undefined) return undefined;
    const name = path.slice(`/proc/${process.pid}/`.length);
    const content = process.files?.[name] ?? fileOf(process, name);
    // A directory may be there for what was written into it.
    if (content === undefined && this.#namesIn(path).length === 0) {
      throw failure(path, "gone");
    }
    return content;
  }

  #hostFile(path: string): string | undefined {
    switch (path) {
      case "/proc/uptime":
        return `${Math.max(this.#uptimeSeconds, 0).toFixed(2)} 0.00\n`;
      case "/proc/stat":
        return `cpu  9 0 9 9\nprocesses ${1000 + this.#numAdded}\n`;
      default:
        return undefined;
    }
  }

  #below(path: string): ProcFs {
    if (this.#over === null) throw failure(path, "gone");
    return this.#over;
  }

  /** The files of the host below, as the processes and the time that were added change them. */
  #changed(path: string, text: string): string {
    if (path === "/proc/uptime" && this.#uptimeSeconds !== 0) {
      const [uptime = "", ...rest] = text.split(" ");
      const shifted = Math.max(Number(uptime) + this.#uptimeSeconds, 0);
      return [shifted.toFixed(2), ...rest].join(" ");
    }
    if (this.#numAdded === 0) return text;
    // The kernel below has not given out the ids of what was added: the last one is not known.
    if (path === "/proc/loadavg") return text.replace(/\d+\n$/, "0\n");
    if (path !== "/proc/stat") return text;
    return text.replace(
      /^(processes )(\d+)$/m,
      (_, name, count) => `${name}${BigInt(count) + BigInt(this.#numAdded)}`,
    );
  }

  #namesIn(path: string): string[] {
    if (path === "/proc") return [...this.#processes.keys()].map(String);
    const pid = pidIn(path);
    const below = `${path}/`;
    const paths = [...this.#files.keys()];
    for (const name of Object.keys(this.#processes.get(pid)?.files ?? {})) {
      paths.push(`/proc/${pid}/${name}`);
    }
    return paths.filter((file) => file.startsWith(below))
      .map((file) => file.slice(below.length).split("/")[0] ?? "");
  }

  #isDirectory(path: string): boolean {
    return this.#namesIn(path).length > 0 || this.#processes.has(pidAt(path)) ||
      isList(this.#files.get(path));
  }

  #isOfOwnProcess(path: string): boolean {
    return this.#processes.has(pidIn(path));
  }

  #forgetFiles(pid: number): void {
    for (const list of [this.#files, this.#statuses]) {
      for (const path of list.keys()) {
        if (pidIn(path) === pid) list.delete(path);
      }
    }
  }

  #startLife(pid: number): void {
    this.#lives.set(pid, (this.#lives.get(pid) ?? 0) + 1);
  }
}

/** Refuses what no kernel shows of a process. */
function checkProcess(process: MemoryProcess): void {
  if (!Number.isSafeInteger(process.pid) || process.pid < 1) {
    throw new RangeError(
      `Cannot have a process with pid ${process.pid}: it is a whole number above 0`,
    );
  }
  for (const name of WHOLE_NUMBERS) {
    const value = process[name] ?? 0;
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new RangeError(
      `Cannot have a process with ${name} ${value}: it is a whole number, 0 or above`,
    );
  }
  const { rsslimBytes = 0 } = process;
  const isWhole = typeof rsslimBytes === "bigint" ||
    Number.isSafeInteger(rsslimBytes);
  if (!isWhole || rsslimBytes < 0) {
    throw new RangeError(
      `Cannot have a process with rsslimBytes ${rsslimBytes}: it is a whole number, 0 or above`,
    );
  }
  for (const name of AMOUNTS) {
    const value = process[name] ?? 0;
    if (Number.isFinite(value) && value >= 0) continue;
    throw new RangeError(
      `Cannot have a process with ${name} ${value}: it is a finite number, 0 or above`,
    );
  }
}

/** A file or directory that the numbers of a process make; undefined if they make none. */
function fileOf(
  process: MemoryProcess,
  name: string,
): FileContent | undefined {
  const { pid, comm = "program" } = process;
  const { vsizeBytes = 4_096_000, rssBytes = 409_600 } = process;
  const owns = hasMemory(process);
  switch (name) {
    case "stat":
      return statText(process);
    case "statm":
      return owns
        ? `${pages(vsizeBytes)} ${pages(rssBytes)} 10 5 0 20 0\n`
        : "0 0 0 0 0 0 0\n";
    case "exe":
      return owns ? `/usr/bin/${comm}` : { error: "gone" };
    case "cgroup":
      return "0::/\n";
    case "cmdline":
      return owns ? `${comm}\0` : "";
    case "cwd":
      return owns ? "/" : { error: "gone" };
    case "status":
      return statusText(process);
    case "io":
      return IO;
    case "oom_score":
      return "666\n";
    case "oom_score_adj":
      return "0\n";
    case "wchan":
      // What one in state D waits in is not shown.
      return (process.state ?? "S") === "S" ? "do_wait" : "0";
    case "schedstat":
      return schedstatText(process);
    case "fd":
      return owns ? ["0", "1", "2"] : [];
    case "limits":
      return LIMITS;
    case "smaps_rollup":
      return owns ? rollupText(rssBytes) : { error: "gone" };
    case "smaps":
      return owns ? smapsText(process) : "";
    case "numa_maps":
      return owns ? numaMapsText(rssBytes) : "";
    case "task":
      return threadIds(process).map(String);
  }
  const [, tid, file] = /^task\/(\d+)\/(\w+)$/.exec(name) ?? [];
  if (file === undefined || !threadIds(process).includes(Number(tid))) {
    return undefined;
  }
  const { state = "S" } = process;
  // The main thread of a zombie with threads has ended; the others live.
  const isOther = Number(tid) !== pid;
  const thread = { ...process, state: isOther && state === "Z" ? "S" : state };
  return isOther && file === "stat"
    ? threadStatText(thread, Number(tid))
    : fileOf(thread, file);
}

/** The line of a thread that has used no CPU: the main one has all of the process's. */
function threadStatText(process: MemoryProcess, tid: number): string {
  const idle = { ...process, userCpuSeconds: 0, kernelCpuSeconds: 0 };
  const text = statText(idle);
  return `${tid}${text.slice(text.indexOf(" "))}`;
}

/** A zombie and a kernel thread have none. */
function hasMemory({ state = "S", flags = 0, vsizeBytes }: MemoryProcess) {
  return !/^[ZXx]$/.test(state) && (flags & KERNEL_THREAD) === 0 &&
    vsizeBytes !== 0;
}

function threadIds({ pid, numThreads = 1 }: MemoryProcess): number[] {
  return Array.from({ length: numThreads }, (_, i) => pid + i * THREAD_STEP);
}

/** The line that the kernel would print. */
export function statText(process: MemoryProcess): string {
  const { pid, ppid = 1, comm = "program", state = "S" } = process;
  const { numThreads = 1, startSeconds = 1, flags = 4194304 } = process;
  const { rsslimBytes, addresses = 4096, vsizeBytes = 4_096_000 } = process;
  const vsize = hasMemory(process) ? vsizeBytes : 0;
  const times = [
    process.userCpuSeconds,
    process.kernelCpuSeconds,
    process.childrenUserCpuSeconds,
    process.childrenKernelCpuSeconds,
  ].map((seconds) => ticks(seconds ?? 0)).join(" ");
  return `${pid} (${comm}) ${state} ${ppid} ${pid} ${pid} 0 -1 ${flags} 9 0 0 0 ` +
    `${times} 20 0 ${numThreads} 0 ${ticks(startSeconds)} ${vsize} 50 ` +
    `${rsslimBytes ?? UNLIMITED} ${addresses} ${addresses + 100} ` +
    `${addresses + 900} 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
}

function statusText(process: MemoryProcess): string {
  const { pid, uid = 1000, numThreads = 1 } = process;
  const { vsizeBytes = 4_096_000, rssBytes = 409_600 } = process;
  const sizes = [
    `VmPeak:\t${kib(vsizeBytes)} kB`,
    `VmLck:\t0 kB`,
    `VmHWM:\t${kib(rssBytes)} kB`,
    `VmRSS:\t${kib(rssBytes)} kB`,
    `VmData:\t${kib(rssBytes)} kB`,
    `VmStk:\t132 kB`,
  ];
  return [
    `Tgid:\t${pid}`,
    `Uid:\t${uid}\t${uid}\t${uid}\t${uid}`,
    ...(hasMemory(process) ? sizes : []),
    `Threads:\t${numThreads}`,
    "SigQ:\t0/4096",
    ...["SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt"]
      .map((name) => `${name}:\t0000000000000000`),
    "Cpus_allowed_list:\t0-3",
    "voluntary_ctxt_switches:\t0",
    "nonvoluntary_ctxt_switches:\t0",
    "",
  ].join("\n");
}

/** All CPU time is that of the thread, which has never waited. */
function schedstatText(process: MemoryProcess): string {
  const { userCpuSeconds = 0, kernelCpuSeconds = 0 } = process;
  return `${Math.round((userCpuSeconds + kernelCpuSeconds) * 1e9)} 0 1\n`;
}

/** Memory that is all the process's own: anonymous and dirty. */
function rollupText(rssBytes: number): string {
  return `1000-2000 ---p 00000000 00:00 0                          [rollup]\n` +
    memorySizes(rssBytes);
}

/** One mapping with all the memory. */
function smapsText({ rssBytes = 409_600, comm }: MemoryProcess): string {
  return `1000-2000 rw-p 00000000 08:01 1 /usr/bin/${comm ?? "program"}\n` +
    `Size: ${kib(rssBytes)} kB\n${memorySizes(rssBytes)}`;
}

/** One mapping with all the memory, on node 0. */
function numaMapsText(rssBytes: number): string {
  const count = pages(rssBytes);
  const counts = `anon=${count} dirty=${count} N0=${count} kernelpagesize_kB=4`;
  return `1000 default${count === 0 ? "" : ` ${counts}`}\n`;
}

function memorySizes(rssBytes: number): string {
  return MEMORY_SIZES.map((name) =>
    `${name}: ${OWN_MEMORY.has(name) ? kib(rssBytes) : 0} kB\n`
  ).join("");
}

/** Whole ticks; a product like 28.999999999999996 is 29. */
function ticks(seconds: number): number {
  return Math.floor(seconds * TICKS_PER_SECOND + 1e-6);
}

function pages(bytes: number): number {
  return Math.trunc(bytes / PAGE_BYTES);
}

function kib(bytes: number): number {
  return Math.trunc(bytes / KIB);
}

/** The process id in a path below /proc; NaN for a path of no process. */
function pidIn(path: string): number {
  return Number(/^\/proc\/(\d+)(?:\/|$)/.exec(path)?.[1] ?? NaN);
}

/** The process whose directory it is; NaN for another path. */
function pidAt(path: string): number {
  return path === `/proc/${pidIn(path)}` ? pidIn(path) : NaN;
}

function isList(content: unknown): content is readonly string[] {
  return Array.isArray(content);
}

function failure(path: string, reason: ReadFailure): ProcReadError {
  return new ProcReadError(path, { reason, detail: "so the test has it" });
}
