/**
 * A procfs in memory, made from a few numbers: for testing programs that sample.
 *
 * @module
 */

import { ProcReadError, type ReadFailure } from "../errors.ts";
import type { Integer } from "../integer.ts";
import type { ProcFile, ProcFs } from "../kernel/proc_fs.ts";

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
   * When it started, in seconds since boot.
   *
   * @default {1}
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
   * `cmdline`, `io`.
   */
  readonly files?: Readonly<Record<string, FileContent>>;
}

/** The content of a file or the target of a link; or why it cannot be read. */
export type FileContent =
  | string
  | Uint8Array
  | { readonly error: ReadFailure };

/** What a {@linkcode MemoryFs} stands on. */
export interface MemoryFsOptions {
  /** The file system that answers for what is not in memory. Default: nothing does. */
  readonly over?: ProcFs;
}

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const KIB = 1024;
const UNLIMITED = "18446744073709551615";
const AUXV = [6n, BigInt(PAGE_BYTES), 17n, BigInt(TICKS_PER_SECOND), 0n, 0n];

/**
 * A procfs in memory, with 100 ticks of a second, pages of 4,096 bytes and four CPUs. Or, with
 * `over`, another file system to which processes are added, and from which they are removed.
 *
 * A file that is open when its process is removed answers `"gone"` from then on, also if a process
 * with the same id is added: so does the kernel.
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

  /** Adds a process, or replaces the one that has this id. */
  addProcess(process: MemoryProcess): void {
    const { pid } = process;
    this.#removed.delete(pid);
    this.#processes.set(pid, process);
    this.#numAdded++;
    this.#startLife(pid);
  }

  /**
   * Changes some of the numbers of a process.
   *
   * @throws {TypeError} If no such process was added.
   */
  changeProcess(
    pid: number,
    changes: Partial<Omit<MemoryProcess, "pid">>,
  ): void {
    const process = this.#processes.get(pid);
    if (process === undefined) {
      throw new TypeError(`Cannot change process ${pid}: it was not added`);
    }
    this.#processes.set(pid, { ...process, ...changes });
  }

  /** Removes a process: its files are gone, and it is not listed. */
  removeProcess(pid: number): void {
    this.#processes.delete(pid);
    this.#removed.add(pid);
    this.#startLife(pid);
  }

  /** Writes a file, in place of whatever has this path. */
  write(path: string, content: FileContent): void {
    this.#files.set(path, content);
  }

  /**
   * Lets this many seconds pass in `/proc/uptime`, which starts at 10; backwards if they are below
   * 0.
   */
  pass(seconds: number): void {
    this.#uptimeSeconds += seconds;
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    const content = this.#own(path);
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

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    const own = new Set(this.#namesIn(path));
    let below: string[] = [];
    this.#refuseRemoved(path);
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

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    const content = this.#own(path);
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
      readText: () => {
        if (this.#lives.get(pid) !== life) throw failure(path, "gone");
        return below === null
          ? this.readTextFile(path)
          : this.#changed(path, below.readText());
      },
      close: () => below?.close(),
    };
  }

  /** The content of a file that is in memory; undefined if it is not. */
  #own(path: string): string | Uint8Array | undefined {
    this.#refuseRemoved(path);
    const content = this.#files.get(path) ?? this.#processFile(path) ??
      (this.#over === null ? this.#hostFile(path) : undefined);
    if (typeof content !== "object" || content instanceof Uint8Array) {
      return content;
    }
    throw failure(path, content.error);
  }

  #processFile(path: string): FileContent | undefined {
    const process = this.#processes.get(pidIn(path));
    if (process === undefined) return undefined;
    const name = path.slice(`/proc/${process.pid}/`.length);
    const content = process.files?.[name] ?? fileOf(process, name);
    if (content === undefined) throw failure(path, "gone");
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
    if (path !== "/proc/stat" || this.#numAdded === 0) return text;
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

  #isOfOwnProcess(path: string): boolean {
    return this.#processes.has(pidIn(path));
  }

  #refuseRemoved(path: string): void {
    if (this.#removed.has(pidIn(path))) throw failure(path, "gone");
  }

  #startLife(pid: number): void {
    this.#lives.set(pid, (this.#lives.get(pid) ?? 0) + 1);
  }
}

/** A file that the numbers of a process make; undefined if they make no such file. */
function fileOf(process: MemoryProcess, name: string): string | undefined {
  const { vsizeBytes = 4_096_000, rssBytes = 409_600 } = process;
  switch (name) {
    case "stat":
      return statText(process);
    case "statm":
      return vsizeBytes === 0
        ? "0 0 0 0 0 0 0\n"
        : `${pages(vsizeBytes)} ${pages(rssBytes)} 10 5 0 20 0\n`;
    case "exe":
      return `/usr/bin/${process.comm ?? "program"}`;
    case "cgroup":
      return "0::/\n";
    case "cmdline":
      return `${process.comm ?? "program"}\0`;
    case "status":
      return statusText(process);
    default:
      return undefined;
  }
}

/** The line that the kernel would print. */
export function statText(process: MemoryProcess): string {
  const { pid, ppid = 1, comm = "program", state = "S" } = process;
  const { numThreads = 1, startSeconds = 1, flags = 4194304 } = process;
  const { vsizeBytes = 4_096_000, rsslimBytes, addresses = 4096 } = process;
  const times = [
    process.userCpuSeconds,
    process.kernelCpuSeconds,
    process.childrenUserCpuSeconds,
    process.childrenKernelCpuSeconds,
  ].map((seconds) => ticks(seconds ?? 0)).join(" ");
  return `${pid} (${comm}) ${state} ${ppid} ${pid} ${pid} 0 -1 ${flags} 9 0 0 0 ` +
    `${times} 20 0 ${numThreads} 0 ${ticks(startSeconds)} ${vsizeBytes} 50 ` +
    `${rsslimBytes ?? UNLIMITED} ${addresses} ${addresses + 100} ` +
    `${addresses + 900} 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
}

function statusText(process: MemoryProcess): string {
  const { pid, uid = 1000, numThreads = 1 } = process;
  const { vsizeBytes = 4_096_000, rssBytes = 409_600 } = process;
  const sizes = [
    `VmPeak:\t${kib(vsizeBytes)} kB`,
    `VmHWM:\t${kib(rssBytes)} kB`,
    `VmRSS:\t${kib(rssBytes)} kB`,
  ];
  return [
    `Tgid:\t${pid}`,
    `Uid:\t${uid}\t${uid}\t${uid}\t${uid}`,
    ...(vsizeBytes === 0 ? [] : sizes),
    `Threads:\t${numThreads}`,
    "Cpus_allowed_list:\t0-3",
    "",
  ].join("\n");
}

function ticks(seconds: number): number {
  return Math.round(seconds * TICKS_PER_SECOND);
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

function failure(path: string, reason: ReadFailure): ProcReadError {
  return new ProcReadError(path, { reason, detail: "so the test has it" });
}
