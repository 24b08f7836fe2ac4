/** A procfs in memory. */

import { ProcReadError, type ReadFailure } from "../../src/errors.ts";
import type { ProcFile, ProcFs } from "../../src/kernel/proc_fs.ts";

/** A process as a test describes it; what is left out is that of a small sleeping program. */
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
  readonly rsslim?: string;
  /** Where code and stack lie: what exec moves. */
  readonly addresses?: number;
  readonly sizePages?: number;
  readonly residentPages?: number;
  /** What the link `exe` holds, or why it cannot be read. */
  readonly exe?: string | { readonly error: ReadFailure };
}

const NO_LIMIT = "18446744073709551615";

/** The line that the kernel would print. */
export function statText(process: FakeProcess): string {
  const { pid, ppid = 1, comm = "prog", state = "S", flags = 4194304 } =
    process;
  const { utime = 0, stime = 0, cutime = 0, cstime = 0 } = process;
  const { numThreads = 1, starttime = 100, rsslim = NO_LIMIT } = process;
  const { addresses = 4096 } = process;
  return `${pid} (${comm}) ${state} ${ppid} ${pid} ${pid} 0 -1 ${flags} 9 0 0 0 ` +
    `${utime} ${stime} ${cutime} ${cstime} 20 0 ${numThreads} 0 ${starttime} ` +
    `4096000 50 ${rsslim} ${addresses} ${addresses + 100} ${addresses + 900} ` +
    "0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
}

type Content = string | Uint8Array | { readonly error: ReadFailure };

/** A procfs with 100 ticks of a second, pages of 4,096 bytes and four CPUs, that a test fills. */
export class FakeProc implements ProcFs {
  readonly #processes = new Map<number, FakeProcess>();
  readonly #lives = new Map<number, number>();
  readonly #files = new Map<string, Content>();
  readonly #byPath: boolean;
  /** The paths that were read, in their order. */
  readonly reads: string[] = [];
  /** Called before a path is read. */
  onRead: (path: string) => void = () => {};
  #births = 0;

  /** With `byPath`, an open file follows its path, as where no descriptor is left. */
  constructor(options: { readonly byPath?: boolean } = {}) {
    this.#byPath = options.byPath ?? false;
    this.write("/proc/self/auxv", auxv(4096n, 100n));
    this.write("/proc/self/mountinfo", "22 1 0:21 / /proc rw - proc proc rw\n");
    this.write("/proc/sys/kernel/random/boot_id", "boot\n");
    this.write("/proc/sys/kernel/hostname", "host\n");
    this.write("/sys/devices/system/cpu/online", "0-3\n");
    this.uptime(10);
  }

  /** Sets the time since boot. */
  uptime(seconds: number): void {
    this.write("/proc/uptime", `${seconds.toFixed(2)} 0.00\n`);
  }

  /** Writes a file. */
  write(path: string, content: Content): void {
    this.#files.set(path, content);
  }

  /** Adds a process, or another one in its place. */
  start(process: FakeProcess): void {
    this.#processes.set(process.pid, process);
    this.#lives.set(process.pid, ++this.#births);
    this.created(1000 + this.#births);
  }

  /** Sets how many tasks the kernel says it has created. */
  created(count: number): void {
    this.write("/proc/stat", `cpu  9 0 9 9\nprocesses ${count}\n`);
  }

  /** Changes what a process shows. */
  change(pid: number, changes: Omit<FakeProcess, "pid">): void {
    const process = this.#processes.get(pid);
    if (process === undefined) throw new Error(`No process ${pid}`);
    this.#processes.set(pid, { ...process, ...changes });
  }

  /** Ends a process. */
  end(pid: number): void {
    this.#processes.delete(pid);
    this.#lives.delete(pid);
  }

  readTextFile(path: string): string {
    const content = this.#read(path);
    if (typeof content !== "string") throw new Error(`${path} holds no text`);
    return content;
  }

  readLink(path: string): string {
    return this.readTextFile(path);
  }

  readDir(path: string): string[] {
    this.onRead(path);
    if (path === "/proc") {
      return ["uptime", "self", ...[...this.#processes.keys()].map(String)];
    }
    const names = new Set<string>();
    for (const file of this.#files.keys()) {
      if (!file.startsWith(`${path}/`)) continue;
      names.add(file.slice(path.length + 1).split("/")[0] ?? "");
    }
    if (names.size === 0) throw failure(path, "gone");
    return [...names];
  }

  readFile(path: string): Uint8Array {
    const content = this.#read(path);
    return typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
  }

  open(path: string): ProcFile {
    this.#read(path);
    const pid = Number(/^\/proc\/(\d+)\//.exec(path)?.[1] ?? 0);
    const life = this.#lives.get(pid);
    return {
      readText: () => {
        if (this.#byPath) return this.readTextFile(path);
        this.onRead(path);
        if (this.#lives.get(pid) !== life) throw failure(path, "gone");
        return this.readTextFile(path);
      },
      close: () => {},
    };
  }

  #read(path: string): string | Uint8Array {
    this.onRead(path);
    this.reads.push(path);
    const content = this.#files.get(path) ?? this.#processFile(path);
    if (content === undefined) throw failure(path, "gone");
    if (typeof content === "object" && "error" in content) {
      throw failure(path, content.error);
    }
    return content;
  }

  #processFile(path: string): Content | undefined {
    const [, digits, file] = /^\/proc\/(\d+)\/(\w+)$/.exec(path) ?? [];
    const process = this.#processes.get(Number(digits));
    if (process === undefined) return undefined;
    const { pid, sizePages = 1000, residentPages = 100, exe } = process;
    switch (file) {
      case "stat":
        return statText(process);
      case "statm":
        return `${sizePages} ${residentPages} 10 5 0 20 0\n`;
      case "exe":
        return exe ?? "/usr/bin/prog";
      case "cgroup":
        return "0::/\n";
      case "cmdline":
        return "prog\0--fast\0";
      case "status":
        return `Tgid:\t${pid}\nUid:\t7\t7\t7\t7\nThreads:\t1\n` +
          "Cpus_allowed_list:\t0-3\n";
      default:
        return undefined;
    }
  }
}

function auxv(pageSize: bigint, ticks: bigint): Uint8Array {
  return new Uint8Array(
    new BigUint64Array([6n, pageSize, 17n, ticks, 0n, 0n]).buffer,
  );
}

function failure(path: string, reason: ReadFailure): ProcReadError {
  return new ProcReadError(path, { reason, detail: "fake" });
}
