/** A procfs in memory. It counts in ticks and pages, as the kernel does, and notes what is read. */

import type { ReadFailure } from "../../src/errors.ts";
import type {
  DirEntry,
  FileStatus,
  ProcFile,
  ProcFs,
} from "../../src/kernel/proc_fs.ts";
import {
  type FileContent,
  MemoryFs,
  type MemoryProcess,
  statText as memoryStatText,
} from "../../src/testing/memory_fs.ts";

/** A process as a test describes it. The defaults are those of a small sleeping program. */
export interface FakeProcess {
  readonly pid: number;
  readonly ppid?: number;
  readonly comm?: string;
  readonly state?: string;
  readonly utime?: number;
  readonly stime?: number;
  readonly cutime?: number;
  readonly cstime?: number;
  readonly starttime?: number;
  readonly numThreads?: number;
  readonly flags?: number;
  readonly rsslim?: bigint;
  /** Where code and stack lie in memory: exec moves them. */
  readonly addresses?: number;
  readonly sizePages?: number;
  readonly residentPages?: number;
  /** What the link `exe` holds, or why it cannot be read. */
  readonly exe?: string | { readonly error: ReadFailure };
}

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

function toMemory(process: FakeProcess): MemoryProcess {
  const { pid, comm = "prog", starttime = 100, rsslim } = process;
  const { utime = 0, stime = 0, cutime = 0, cstime = 0 } = process;
  const { sizePages = 1000, residentPages = 100 } = process;
  const { exe = "/usr/bin/prog", ppid = 1, state = "S" } = process;
  const { numThreads = 1, flags = 4194304, addresses = 4096 } = process;
  return {
    pid,
    ppid,
    comm,
    state,
    numThreads,
    userCpuSeconds: utime / TICKS_PER_SECOND,
    kernelCpuSeconds: stime / TICKS_PER_SECOND,
    childrenUserCpuSeconds: cutime / TICKS_PER_SECOND,
    childrenKernelCpuSeconds: cstime / TICKS_PER_SECOND,
    startSeconds: starttime / TICKS_PER_SECOND,
    rssBytes: residentPages * PAGE_BYTES,
    vsizeBytes: sizePages * PAGE_BYTES,
    ...(rsslim === undefined ? {} : { rsslimBytes: rsslim }),
    flags,
    addresses,
    files: {
      exe,
      cmdline: "prog\0--fast\0",
      status: `Tgid:\t${pid}\nUid:\t7\t7\t7\t7\nThreads:\t1\n` +
        "Cpus_allowed_list:\t0-3\n",
    },
  };
}

/** The line that the kernel would print. */
export function statText(process: FakeProcess): string {
  return memoryStatText(toMemory(process));
}

/** A procfs that a test fills, with 100 ticks a second, pages of 4,096 bytes and four CPUs. */
export class FakeProc implements ProcFs {
  readonly #memory = new MemoryFs();
  readonly #processes = new Map<number, FakeProcess>();
  readonly #byPath: boolean;
  /** The files and links that were opened or read, in this order. Directories are not noted. */
  readonly reads: string[] = [];
  /** Called before a path is read. */
  onRead: (path: string) => void = () => {};
  #births = 0;

  /** With `byPath`, an open file is read by its path, as if no descriptor were left. */
  constructor(options: { readonly byPath?: boolean } = {}) {
    this.#byPath = options.byPath ?? false;
  }

  /** Sets the time since boot. */
  uptime(seconds: number): void {
    this.write("/proc/uptime", `${seconds.toFixed(2)} 0.00\n`);
  }

  write(path: string, content: FileContent): void {
    this.#memory.write(path, content);
  }

  /** Adds a process. It replaces one with the same id. */
  start(process: FakeProcess): void {
    this.#processes.set(process.pid, process);
    this.#memory.addProcess(toMemory(process));
    this.created(1000 + ++this.#births);
  }

  /** Sets how many tasks the kernel says it has created. */
  created(count: number): void {
    this.write("/proc/stat", `cpu  9 0 9 9\nprocesses ${count}\n`);
  }

  /** Changes what a process shows. */
  change(pid: number, changes: Omit<FakeProcess, "pid">): void {
    const process = this.#processes.get(pid);
    if (process === undefined) throw new Error(`No process ${pid}`);
    const changed = { ...process, ...changes };
    this.#processes.set(pid, changed);
    this.#memory.changeProcess(pid, toMemory(changed));
  }

  end(pid: number): void {
    this.#processes.delete(pid);
    this.#memory.removeProcess(pid);
  }

  readTextFile(path: string): string {
    this.#note(path);
    return this.#memory.readTextFile(path);
  }

  readLink(path: string): string {
    this.#note(path);
    return this.#memory.readLink(path);
  }

  stat(path: string): FileStatus {
    this.#note(path);
    return this.#memory.stat(path);
  }

  writeStatus(path: string, status: FileStatus): void {
    this.#memory.writeStatus(path, status);
  }

  readDir(path: string): string[] {
    this.onRead(path);
    const names = this.#memory.readDir(path);
    return path === "/proc" ? ["uptime", "self", ...names] : names;
  }

  readEntries(path: string): DirEntry[] {
    this.onRead(path);
    return this.#memory.readEntries(path);
  }

  readFile(path: string): Uint8Array {
    this.#note(path);
    return this.#memory.readFile(path);
  }

  open(path: string): ProcFile {
    this.#note(path);
    const file = this.#memory.open(path);
    return {
      byPath: this.#byPath,
      readText: () => {
        this.#note(path);
        return this.#byPath ? this.#memory.readTextFile(path) : file.readText();
      },
      close: () => file.close(),
    };
  }

  #note(path: string): void {
    this.onRead(path);
    this.reads.push(path);
  }
}
