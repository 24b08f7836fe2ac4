/**
 * The kernel's files of this host: the only module that reads with Deno.
 *
 * A file that is read often is read by system calls, through the C library, which is there wherever
 * Deno runs: with those it is read from its start in one call, where Deno needs two, a failure
 * costs no error of Deno's, and the kernel tells whether mounts have changed.
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
  readFailureOfErrno,
  systemMessage,
} from "./deno_errors.ts";
import type {
  BytesUse,
  DirEntry,
  FileStatus,
  MountWatch,
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
const BUFFER_SIZE = BigInt(BUFFER_BYTES);
/** Of a file of many records, the kernel gives a page of memory at once: a multiple of this. */
const PAGE_BYTES = 4096;
/** No record is longer, but for that of a file of one. */
const SHORT_RECORD_BYTES = 64;
/** A file that is read so often is read with one system call from then on. */
const FEW_READS = 8;
/** The limit of open files is looked up once this many are open. */
const FEW_OPEN_FILES = 8;
/** How many files may be open if the limit cannot be read. */
const DEFAULT_MAX_OPEN_FILES = 4096;
/** The soft limit in proc_pid_limits(5). The parser of that file stands above this module. */
const OPEN_FILES_LIMIT = /^Max open files +(\d+|unlimited) /m;

/**
 * The C library: the part with dlopen(3), which was one of its own before glibc 2.34; all else
 * comes along.
 */
export const LIBRARY = "libdl.so.2";

/** The file is not passed on to other programs, see open(2). */
export const O_CLOEXEC = 0o2000000;
const POLLPRI = 2;

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
    systemCalls: undefined,
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
    return this.#shared.decoder.decode(this.#readWhole(this.#where(path)));
  }

  /**
   * The target of a symbolic link. See {@linkcode ProcFs.readLink}.
   *
   * Bytes that are not UTF-8 become U+FFFD. A link that is longer than 4,096 bytes fails with the
   * reason `"failed"`.
   */
  readLink(path: string): string {
    const where = this.#where(path);
    try {
      return Deno.readLinkSync(where.hostPath);
    } catch (error) {
      const target = linkNotUtf8(error);
      if (target !== null) return target;
      throw readError(where, error);
    }
  }

  /**
   * What the path leads to. See {@linkcode ProcFs.stat}. The link `exe` of a process leads to its
   * program even where that has no name any more.
   */
  stat(path: string): FileStatus {
    const where = this.#where(path);
    try {
      const { dev, ino, nlink } = Deno.statSync(where.hostPath);
      return { device: dev, inode: ino ?? 0, numLinks: nlink ?? 1 };
    } catch (error) {
      throw readError(where, error);
    }
  }

  /** The names in a directory. See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    const where = this.#where(path);
    try {
      const names: string[] = [];
      for (const { name } of Deno.readDirSync(where.hostPath)) names.push(name);
      return names;
    } catch (error) {
      throw readError(where, error);
    }
  }

  /** The names in a directory, and which are directories. See {@linkcode ProcFs.readEntries}. */
  readEntries(path: string): DirEntry[] {
    const where = this.#where(path);
    try {
      return Array.from(
        Deno.readDirSync(where.hostPath),
        ({ name, isDirectory }) => ({ name, isDirectory }),
      );
    } catch (error) {
      throw readError(where, error);
    }
  }

  /** The whole file as bytes. See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return this.#readWhole(this.#where(path)).slice();
  }

  /** Opens a file of one record, or of short ones. See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    if (!this.#mayOpenAnother()) return this.#byPath(path);
    const where = this.#where(path);
    try {
      const file = openFile(where, this.#shared.systemCalls);
      return new OpenHostFile(file, where, this.#shared);
    } catch (error) {
      if (isOutOfDescriptors(error)) return this.#byPath(path);
      throw readError(where, error);
    }
  }

  /** Watches the mounts by poll(2), see proc_pid_mounts(5). See {@linkcode ProcFs.watchMounts}. */
  watchMounts(): MountWatch | null {
    if (!this.#mayOpenAnother()) return null;
    const shared = this.#shared;
    const calls = systemCallsOf(shared);
    if (calls === null) return null;
    const where = this.#where("/proc/self/mountinfo");
    shared.openFiles++;
    const descriptor = calls.open(where.hostPath);
    if (descriptor < 0) {
      closedOne(shared);
      return null;
    }
    const file = new DescriptorFile(where, calls, descriptor);
    return {
      hasChanged: () => file.hasEvent(),
      close() {
        file.close();
        closedOne(shared);
      },
    };
  }

  /** Opens a file of binary records. See {@linkcode ProcFs.openBytes}. */
  openBytes(path: string, use: BytesUse): ProcBytes {
    const where = this.#where(path);
    const write = use === "readwrite";
    try {
      const file = Deno.openSync(where.hostPath, { read: true, write });
      return new OpenBytes(file, where);
    } catch (error) {
      throw readError(where, error, write);
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
      text = this.#shared.decoder.decode(
        this.#readWhole({ path, hostPath: path }),
      );
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
  #readWhole(where: FilePath): Uint8Array {
    const { buffer, systemCalls } = this.#shared;
    try {
      const file = openFile(where, systemCalls);
      try {
        return readToEnd(file, buffer, 0);
      } finally {
        file.close();
      }
    } catch (error) {
      throw readError(where, error);
    }
  }

  #where(path: string): FilePath {
    return { path, hostPath: this.#hostPath(path) };
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
  file: OpenedFile,
  start: Uint8Array<ArrayBuffer>,
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
    const read = file.read(
      length === 0 ? buffer : buffer.subarray(length),
      length,
    );
    if (read === 0) return buffer.subarray(0, length);
    length += read;
  }
}

/**
 * Whether there may be more behind what was read at once. If so, it fills the buffer, or a page but
 * for a record that did not fit (seq_read_iter() of the kernel's fs/seq_file.c).
 */
function mayBeCut(length: number): boolean {
  return (length - 1) % PAGE_BYTES >= PAGE_BYTES - SHORT_RECORD_BYTES;
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
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** `starts[n]`: the first n bytes of the buffer. The same few lengths come again and again. */
  readonly starts: Uint8Array<ArrayBuffer>[];
  readonly decoder: TextDecoder;
  openFiles: number;
  /** Undefined before they are wanted, and while no file is open; null: they cannot be had. */
  systemCalls: SystemCalls | null | undefined;
}

/** Null where they cannot be had: all files can be read with Deno's own functions. */
function systemCallsOf(shared: Shared): SystemCalls | null {
  if (shared.systemCalls === undefined) {
    shared.systemCalls = loadIfAllowed(() => new SystemCalls());
  }
  return shared.systemCalls;
}

/**
 * What calls functions of the C library; null where this program may not, or loading it fails.
 * Nobody is asked for the permission.
 */
export function loadIfAllowed<Calls>(load: () => Calls): Calls | null {
  const { state } = Deno.permissions.querySync({ name: "ffi" });
  if (state !== "granted") return null;
  try {
    return load();
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/** A file was closed. After the last one the library is: a test would find it open. */
function closedOne(shared: Shared): void {
  if (--shared.openFiles > 0) return;
  shared.systemCalls?.close();
  shared.systemCalls = undefined;
}

/**
 * A file that is held open. Once it has been read often it is opened a second time, for system
 * calls: Deno does not tell which descriptor its own file has.
 */
class OpenHostFile implements ProcFile {
  readonly #where: FilePath;
  readonly #shared: Shared;
  #file: OpenedFile;
  #reads = 0;

  constructor(file: OpenedFile, where: FilePath, shared: Shared) {
    this.#file = file;
    this.#where = where;
    this.#shared = shared;
    shared.openFiles++;
  }

  readText(): string {
    const { buffer, starts, decoder } = this.#shared;
    const second = ++this.#reads === FEW_READS ? this.#openAgain() : null;
    try {
      const length = this.#file.read(buffer, 0);
      const text = decoder.decode(
        mayBeCut(length)
          ? readToEnd(this.#file, buffer, length)
          : starts[length] ??= buffer.subarray(0, length),
      );
      // The first file could be read after the second one was opened: the process had not ended, so
      // that both are its.
      if (second !== null) {
        this.#file.close();
        this.#file = second;
      }
      return text;
    } catch (error) {
      second?.close();
      throw readError(this.#where, error);
    }
  }

  close(): void {
    this.#file.close();
    closedOne(this.#shared);
  }

  /** Null if it is read by system calls already, or cannot be. */
  #openAgain(): OpenedFile | null {
    if (this.#file.bySystemCalls) return null;
    const calls = systemCallsOf(this.#shared);
    if (calls === null) return null;
    try {
      return openFile(this.#where, calls);
    } catch (error) {
      // The reading that follows says what is wrong with the file.
      if (error instanceof ProcReadError) return null;
      throw error;
    }
  }
}

/** A file of binary records that is open. */
class OpenBytes implements ProcBytes {
  readonly #file: Deno.FsFile;
  readonly #where: FilePath;

  constructor(file: Deno.FsFile, where: FilePath) {
    this.#file = file;
    this.#where = where;
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
      throw readError(this.#where, error);
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
        throw readError(this.#where, error, true);
      }
    }
    return end;
  }

  close(): void {
    this.#file.close();
  }
}

/** Opens the library. */
function openLibrary() {
  return Deno.dlopen(
    LIBRARY,
    {
      open: { parameters: ["buffer", "i32"], result: "i32" },
      pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "i32" },
      close: { parameters: ["i32"], result: "i32" },
      poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
      strerror: { parameters: ["i32"], result: "pointer" },
      __errno_location: { parameters: [], result: "pointer" },
    } as const,
  );
}

/** Files by their descriptors, until it is closed. */
class SystemCalls {
  readonly #library: ReturnType<typeof openLibrary>;
  readonly #encoder = new TextEncoder();
  /** Where this thread's errno(3) is. */
  readonly #errno: Deno.UnsafePointerView;
  /** A `struct pollfd`, see poll(2). */
  readonly #asked = new Int32Array(2);

  /**
   * Opens the library.
   *
   * @throws {Error} If it cannot be opened.
   */
  constructor() {
    this.#library = openLibrary();
    const errno = this.#library.symbols.__errno_location();
    if (errno === null) throw new Error("The C library has no errno");
    this.#errno = new Deno.UnsafePointerView(errno);
  }

  /**
   * Opens a file to read it, by open(2); returns its descriptor, or the number in errno(3), below
   * 0, that says why it could not.
   */
  open(path: string): number {
    const descriptor = this.#library.symbols.open(
      this.#encoder.encode(`${path}\0`),
      O_CLOEXEC,
    );
    return descriptor < 0 ? -this.#errno.getInt32() : descriptor;
  }

  /**
   * Reads from a place in a file into a buffer, by pread(2); returns how many bytes it read, or the
   * number in errno(3), below 0, that says why it could not.
   */
  read(
    descriptor: number,
    buffer: Uint8Array<ArrayBuffer>,
    at: number,
  ): number {
    const length = this.#library.symbols.pread(
      descriptor,
      buffer,
      buffer.length === BUFFER_BYTES ? BUFFER_SIZE : BigInt(buffer.length),
      at === 0 ? 0n : BigInt(at),
    );
    return length < 0 ? -this.#errno.getInt32() : length;
  }

  /** Whether a file in /proc that tells of events has told of one since this was last asked. */
  hasEvent(descriptor: number): boolean {
    this.#asked[0] = descriptor;
    this.#asked[1] = POLLPRI;
    return this.#library.symbols.poll(this.#asked, 1n, 0) !== 0;
  }

  /** What a number in errno(3) means, as Deno words it. */
  describe(errno: number): string {
    const text = this.#library.symbols.strerror(errno);
    const words = text === null ? "" : Deno.UnsafePointerView.getCString(text);
    return `${words} (os error ${errno})`;
  }

  /** Closes a file. */
  closeFile(descriptor: number): void {
    this.#library.symbols.close(descriptor);
  }

  /** Closes the library. */
  close(): void {
    this.#library.close();
  }
}

/** Where a file is. */
interface FilePath {
  /** As the kernel names it. */
  readonly path: string;
  /** As it is found on this host. */
  readonly hostPath: string;
}

/** A file that is open. */
interface OpenedFile {
  /** Whether system calls read it. */
  readonly bySystemCalls: boolean;
  /**
   * Reads into a buffer, from a place in the file: its start, or where the reading before has
   * ended. Returns how many bytes it has read, 0 at the end.
   */
  read(buffer: Uint8Array<ArrayBuffer>, at: number): number;
  /** Closes it. */
  close(): void;
}

/**
 * Opens a file, by system calls if they are there.
 *
 * @throws {Error} Deno's, or a {@linkcode ProcReadError}: see {@linkcode readError}.
 */
function openFile(
  where: FilePath,
  calls: SystemCalls | null = null,
): OpenedFile {
  const { hostPath } = where;
  // A string of C ends at its first NUL.
  if (calls === null || hostPath.includes("\0")) {
    return new DenoFile(Deno.openSync(hostPath));
  }
  const descriptor = calls.open(hostPath);
  if (descriptor < 0) throw errnoError(where, calls, -descriptor);
  return new DescriptorFile(where, calls, descriptor);
}

/**
 * What to throw for an error of Deno's. A missing permission is a fault of the set-up and is thrown
 * as it is.
 */
function readError(
  where: FilePath,
  error: unknown,
  isWrite = false,
): unknown {
  if (
    !(error instanceof Error) || error instanceof ProcReadError ||
    error instanceof Deno.errors.NotCapable
  ) return error;
  return new ProcReadError(where.path, {
    reason: readFailureOf(error),
    detail: detailOf(where, systemMessage(error)),
    isWrite,
  });
}

function errnoError(
  where: FilePath,
  calls: SystemCalls,
  errno: number,
): ProcReadError {
  return new ProcReadError(where.path, {
    reason: readFailureOfErrno(errno),
    detail: detailOf(where, calls.describe(errno)),
  });
}

function detailOf({ path, hostPath }: FilePath, message: string): string {
  return path === hostPath ? message : `${message} at ${quote(hostPath)}`;
}

class DenoFile implements OpenedFile {
  readonly bySystemCalls = false;
  readonly #file: Deno.FsFile;
  #isAtStart = true;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  read(buffer: Uint8Array<ArrayBuffer>, at: number): number {
    if (at === 0 && !this.#isAtStart) {
      this.#file.seekSync(0, Deno.SeekMode.Start);
    }
    this.#isAtStart = false;
    return this.#file.readSync(buffer) ?? 0;
  }

  close(): void {
    this.#file.close();
  }
}

class DescriptorFile implements OpenedFile {
  readonly bySystemCalls = true;
  readonly #where: FilePath;
  readonly #calls: SystemCalls;
  /** Below 0 once it is closed: the number may be another file's then. */
  #descriptor: number;

  constructor(where: FilePath, calls: SystemCalls, descriptor: number) {
    this.#where = where;
    this.#calls = calls;
    this.#descriptor = descriptor;
  }

  read(buffer: Uint8Array<ArrayBuffer>, at: number): number {
    const length = this.#calls.read(this.#descriptor, buffer, at);
    if (length < 0) throw errnoError(this.#where, this.#calls, -length);
    return length;
  }

  /** See {@linkcode SystemCalls.hasEvent}. */
  hasEvent(): boolean {
    return this.#calls.hasEvent(this.#descriptor);
  }

  close(): void {
    if (this.#descriptor < 0) {
      throw new Error(
        `Cannot close ${quote(this.#where.path)}: it is closed already`,
      );
    }
    this.#calls.closeFile(this.#descriptor);
    this.#descriptor = -1;
  }
}
