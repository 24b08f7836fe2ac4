/**
 * The kernel's files of this host: the only module that reads with Deno.
 *
 * @module
 */

import { ProcReadError } from "../errors.ts";
import { quote } from "../text.ts";
import {
  isBehindEnd,
  isOutOfDescriptors,
  linkNotUtf8,
  readFailureOf,
  systemMessage,
} from "./deno_errors.ts";
import type {
  BytesUse,
  DirEntry,
  FileStatus,
  ProcBytes,
  ProcFile,
  ProcFs,
} from "./proc_fs.ts";

/** Where the kernel's file systems are mounted, and how many of their files may be open. */
export interface HostFsOptions {
  /**
   * The directory that stands for `/proc`. If it is the /proc of a pid namespace that this program
   * is not in, as a container's is from outside (`/proc/PID/root/proc`), it has no `self`: the
   * files below `/proc/self` are then those of this program's own /proc.
   *
   * @default {"/proc"}
   */
  readonly proc?: string | undefined;
  /**
   * The directory that stands for `/sys`.
   *
   * @default {"/sys"}
   */
  readonly sys?: string | undefined;
  /**
   * How many files {@linkcode HostFs.open} holds open at most: a whole number, 0 or above;
   * `Infinity`: as many as the system gives; `"auto"`: half of the descriptors that this program
   * may have, so that some are left for everything else. Beyond it, and when the
   * system has no descriptor left, a file is opened again for each read: the same text, but without
   * protection from a reused process id.
   *
   * @default {"auto"}
   */
  readonly maxOpenFiles?: number | "auto" | undefined;
}

const BELOW_SELF = "/proc/self/";
const BUFFER_BYTES = 64 * 1024;
/** The limit of open files is looked up once this many are open. */
const FEW_OPEN_FILES = 8;
/** How many files may be open if the limit cannot be read. */
const DEFAULT_MAX_OPEN_FILES = 4096;
/** The soft limit in proc_pid_limits(5). The parser of that file stands above this module. */
const OPEN_FILES_LIMIT = /^Max open files +(\d+|unlimited) /m;

/**
 * The kernel's files of this host, or of a directory that looks like them.
 *
 * Deno lets a program read /proc only with every permission (`-A`).
 *
 * @example
 * ```ts
 * import { HostFs } from "@procline/procline";
 * import { parseStat } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = new HostFs();
 * const stat = parseStat(fs.readTextFile("/proc/self/stat"));
 * assertEquals(stat.pid, Deno.pid);
 * ```
 */
export class HostFs implements ProcFs {
  readonly #proc: string;
  readonly #sys: string;
  #maxOpenFiles: number | "auto";
  /** Whether `/proc/self` leads nowhere below that directory; null before it was tried. */
  #isSelfElsewhere: boolean | null = null;
  readonly #shared: Shared = {
    buffer: new Uint8Array(BUFFER_BYTES),
    starts: [],
    decoder: new TextDecoder("utf-8", { ignoreBOM: true }),
    openFiles: 0,
  };

  /**
   * Reads below `/proc` and `/sys`, or below the directories that stand for them.
   *
   * @throws {RangeError} If `maxOpenFiles` is no such number.
   */
  constructor(options: HostFsOptions = {}) {
    this.#proc = options.proc ?? "/proc";
    this.#sys = options.sys ?? "/sys";
    this.#maxOpenFiles = options.maxOpenFiles ?? "auto";
    checkMaxOpenFiles(this.#maxOpenFiles);
  }

  /** The whole file as UTF-8. See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return this.#shared.decoder.decode(
      this.#readWhole(path, this.#hostPath(path)),
    );
  }

  /**
   * The target of a symbolic link. See {@linkcode ProcFs.readLink}.
   *
   * Bytes that are not UTF-8 become U+FFFD. A link that is longer than 4,096 bytes fails with the
   * reason `"failed"`.
   */
  readLink(path: string): string {
    const hostPath = this.#hostPath(path);
    try {
      return Deno.readLinkSync(hostPath);
    } catch (error) {
      const target = linkNotUtf8(error);
      if (target !== null) return target;
      throw readError(path, hostPath, error);
    }
  }

  /**
   * What the path leads to. See {@linkcode ProcFs.stat}. The link `exe` of a process leads to its
   * program even where that has no name any more.
   */
  stat(path: string): FileStatus {
    const hostPath = this.#hostPath(path);
    try {
      const { dev, ino, nlink } = Deno.statSync(hostPath);
      return { device: dev, inode: ino ?? 0, numLinks: nlink ?? 1 };
    } catch (error) {
      throw readError(path, hostPath, error);
    }
  }

  /** The names in a directory. See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    const hostPath = this.#hostPath(path);
    try {
      const names: string[] = [];
      for (const { name } of Deno.readDirSync(hostPath)) names.push(name);
      return names;
    } catch (error) {
      throw readError(path, hostPath, error);
    }
  }

  /** The names in a directory, and which are directories. See {@linkcode ProcFs.readEntries}. */
  readEntries(path: string): DirEntry[] {
    const hostPath = this.#hostPath(path);
    try {
      return Array.from(
        Deno.readDirSync(hostPath),
        ({ name, isDirectory }) => ({ name, isDirectory }),
      );
    } catch (error) {
      throw readError(path, hostPath, error);
    }
  }

  /** The whole file as bytes. See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return this.#readWhole(path, this.#hostPath(path)).slice();
  }

  /** Opens a file of one record. See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    if (!this.#mayOpenAnother()) return this.#byPath(path);
    const hostPath = this.#hostPath(path);
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(hostPath);
    } catch (error) {
      if (isOutOfDescriptors(error)) return this.#byPath(path);
      throw readError(path, hostPath, error);
    }
    return new OpenHostFile(file, path, hostPath, this.#shared);
  }

  /** Opens a file of binary records. See {@linkcode ProcFs.openBytes}. */
  openBytes(path: string, use: BytesUse): ProcBytes {
    const hostPath = this.#hostPath(path);
    const write = use === "readwrite";
    try {
      const file = Deno.openSync(hostPath, { read: true, write });
      return new OpenBytes(file, path, hostPath);
    } catch (error) {
      throw readError(path, hostPath, error, write);
    }
  }

  #mayOpenAnother(): boolean {
    const { openFiles } = this.#shared;
    if (this.#maxOpenFiles === "auto") {
      if (openFiles < FEW_OPEN_FILES) return true;
      this.#maxOpenFiles = this.#halfOfLimit();
    }
    return openFiles < this.#maxOpenFiles;
  }

  /** Read from the /proc of this program, whatever stands for it in other paths. */
  #halfOfLimit(): number {
    const path = "/proc/self/limits";
    let text: string;
    try {
      text = this.#shared.decoder.decode(this.#readWhole(path, path));
    } catch (error) {
      if (!(error instanceof ProcReadError)) throw error;
      return DEFAULT_MAX_OPEN_FILES;
    }
    const limit = OPEN_FILES_LIMIT.exec(text)?.[1];
    if (limit === undefined) return DEFAULT_MAX_OPEN_FILES;
    return limit === "unlimited" ? Infinity : Math.trunc(Number(limit) / 2);
  }

  #byPath(path: string): ProcFile {
    return {
      byPath: true,
      readText: () => this.readTextFile(path),
      close: () => {},
    };
  }

  /** The bytes of a file, in the shared buffer if they fit. */
  #readWhole(path: string, hostPath: string): Uint8Array {
    try {
      const file = Deno.openSync(hostPath);
      try {
        return readToEnd(file, this.#shared.buffer, 0);
      } finally {
        file.close();
      }
    } catch (error) {
      throw readError(path, hostPath, error);
    }
  }

  #hostPath(path: string): string {
    if (path.startsWith(BELOW_SELF) && this.#proc !== "/proc") {
      this.#isSelfElsewhere ??= leadsNowhere(`${this.#proc}/self`);
      if (this.#isSelfElsewhere) return path;
    }
    return underMount(path, "/proc", this.#proc) ??
      underMount(path, "/sys", this.#sys) ?? path;
  }
}

/** The rest of a file after what the buffer holds, and that; in the buffer if it fits. */
function readToEnd(
  file: Deno.FsFile,
  start: Uint8Array,
  startLength: number,
): Uint8Array {
  let buffer = start;
  let length = startLength;
  for (;;) {
    if (length === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
    const read = file.readSync(length === 0 ? buffer : buffer.subarray(length));
    if (read === null || read === 0) return buffer.subarray(0, length);
    length += read;
  }
}

function checkMaxOpenFiles(most: number | "auto"): void {
  if (most === "auto" || most === Infinity) return;
  if (Number.isSafeInteger(most) && most >= 0) return;
  throw new RangeError(
    `Cannot hold ${most} files open: maxOpenFiles is a whole number, 0 or above, Infinity or "auto"`,
  );
}

/**
 * Whether there is a link whose target the kernel does not give: proc_self_get_link() answers
 * ENOENT to a process that has no id in the namespace. A link with any target, and a directory
 * without such a name, are what a test or another tool has made.
 */
function leadsNowhere(link: string): boolean {
  try {
    if (!Deno.lstatSync(link).isSymlink) return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
  try {
    Deno.readLinkSync(link);
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

/**
 * The path below a directory that stands for a mount point; null for other paths, and if the two
 * are the same.
 */
function underMount(
  path: string,
  mountPoint: string,
  directory: string,
): string | null {
  if (mountPoint === directory || !path.startsWith(mountPoint)) return null;
  const rest = path.slice(mountPoint.length);
  return rest === "" || rest.startsWith("/") ? directory + rest : null;
}

/** What all files of a {@linkcode HostFs} share. */
interface Shared {
  readonly buffer: Uint8Array;
  /** `starts[n]`: the first n bytes of the buffer. The same few lengths come again and again. */
  readonly starts: Uint8Array[];
  readonly decoder: TextDecoder;
  openFiles: number;
}

/** A file that is open. */
class OpenHostFile implements ProcFile {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #hostPath: string;
  readonly #shared: Shared;

  constructor(
    file: Deno.FsFile,
    path: string,
    hostPath: string,
    shared: Shared,
  ) {
    this.#file = file;
    this.#path = path;
    this.#hostPath = hostPath;
    this.#shared = shared;
    shared.openFiles++;
  }

  readText(): string {
    const { buffer, starts, decoder } = this.#shared;
    try {
      this.#file.seekSync(0, Deno.SeekMode.Start);
      const length = this.#file.readSync(buffer) ?? 0;
      return decoder.decode(
        length === buffer.length
          ? readToEnd(this.#file, buffer, length)
          : starts[length] ??= buffer.subarray(0, length),
      );
    } catch (error) {
      throw readError(this.#path, this.#hostPath, error);
    }
  }

  close(): void {
    this.#file.close();
    this.#shared.openFiles--;
  }
}

/** A file of binary records that is open. */
class OpenBytes implements ProcBytes {
  readonly #file: Deno.FsFile;
  readonly #path: string;
  readonly #hostPath: string;

  constructor(file: Deno.FsFile, path: string, hostPath: string) {
    this.#file = file;
    this.#path = path;
    this.#hostPath = hostPath;
  }

  readAt(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    try {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      // A file of sysfs gives a page at a time.
      let end = 0;
      while (end < length) {
        const read = this.#file.readSync(bytes.subarray(end));
        if (read === null || read === 0) break;
        end += read;
      }
      return bytes.subarray(0, end);
    } catch (error) {
      throw readError(this.#path, this.#hostPath, error);
    }
  }

  writeAt(offset: number, bytes: Uint8Array): number {
    let end = 0;
    try {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      while (end < bytes.length) {
        const written = this.#file.writeSync(bytes.subarray(end));
        if (written === 0) break;
        end += written;
      }
    } catch (error) {
      if (!isBehindEnd(error)) {
        throw readError(this.#path, this.#hostPath, error, true);
      }
    }
    return end;
  }

  close(): void {
    this.#file.close();
  }
}

/**
 * What to throw for an error of Deno's. A missing permission is a fault of the set-up and is thrown
 * as it is.
 */
function readError(
  path: string,
  hostPath: string,
  error: unknown,
  isWrite = false,
): unknown {
  if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) {
    return error;
  }
  const message = systemMessage(error);
  return new ProcReadError(path, {
    reason: readFailureOf(error),
    detail: path === hostPath ? message : `${message} at ${quote(hostPath)}`,
    isWrite,
  });
}
