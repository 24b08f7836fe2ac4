/**
 * The kernel's files of this host: the only module that reads with Deno.
 *
 * @module
 */

import { ProcReadError } from "../errors.ts";
import { quote } from "../text.ts";
import {
  isOutOfDescriptors,
  readFailureOf,
  systemMessage,
} from "./deno_errors.ts";
import type { ProcFile, ProcFs } from "./proc_fs.ts";

/** Where the kernel's file systems are mounted. */
export interface HostFsOptions {
  /**
   * The directory that stands for `/proc`.
   *
   * @default {"/proc"}
   */
  readonly proc?: string;
  /**
   * The directory that stands for `/sys`.
   *
   * @default {"/sys"}
   */
  readonly sys?: string;
  /**
   * How many files {@linkcode HostFs.open} holds open at most. Beyond it, and where the system has no descriptor left, a
   * file is opened anew for each read: the same text, but without protection from a process id that is taken again. A function is
   * asked once eight are open; where its answer is undefined, the default holds.
   *
   * @default {4096}
   */
  readonly maxOpenFiles?: number | (() => number | undefined) | undefined;
}

const BUFFER_BYTES = 64 * 1024;
const DEFAULT_MAX_OPEN_FILES = 4096;
/** So many files may be open before it is asked how many may. */
const UNASKED_OPEN_FILES = 8;

/**
 * The kernel's files of this host, or of a directory that looks like them.
 *
 * Deno lets a program read /proc only with every permission (`-A`).
 *
 * @example
 * ```ts
 * import { HostFs, parseStat } from "@procline/procline";
 *
 * const fs = new HostFs({ proc: "/proc" });
 * const stat = parseStat(fs.readTextFile("/proc/self/stat"));
 * console.log(stat.comm, stat.numThreads);
 * ```
 */
export class HostFs implements ProcFs {
  readonly #proc: string;
  readonly #sys: string;
  #maxOpenFiles: number | (() => number | undefined);
  readonly #shared: Shared = {
    buffer: new Uint8Array(BUFFER_BYTES),
    starts: [],
    decoder: new TextDecoder("utf-8", { ignoreBOM: true }),
    openFiles: 0,
  };

  /** Reads below `/proc` and `/sys`, or below the directories that stand for them. */
  constructor(options: HostFsOptions = {}) {
    this.#proc = options.proc ?? "/proc";
    this.#sys = options.sys ?? "/sys";
    this.#maxOpenFiles = options.maxOpenFiles ?? DEFAULT_MAX_OPEN_FILES;
  }

  /** The whole file as UTF-8. See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return this.#shared.decoder.decode(this.#readWhole(path));
  }

  /**
   * What a symbolic link holds. See {@linkcode ProcFs.readLink}.
   *
   * A link that is no valid UTF-8 or is longer than 4,096 bytes fails with the reason `"failed"`.
   */
  readLink(path: string): string {
    const hostPath = this.#hostPath(path);
    try {
      return Deno.readLinkSync(hostPath);
    } catch (error) {
      throw readError({ path, hostPath }, error);
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
      throw readError({ path, hostPath }, error);
    }
  }

  /** The whole file as bytes. See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return this.#readWhole(path).slice();
  }

  /** Opens a file of one record. See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    if (!this.#mayHoldAnother()) return this.#byPath(path);
    const hostPath = this.#hostPath(path);
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(hostPath);
    } catch (error) {
      if (isOutOfDescriptors(error)) return this.#byPath(path);
      throw readError({ path, hostPath }, error);
    }
    return new OpenHostFile(file, { path, hostPath, shared: this.#shared });
  }

  #mayHoldAnother(): boolean {
    const { openFiles } = this.#shared;
    if (typeof this.#maxOpenFiles === "function") {
      if (openFiles < UNASKED_OPEN_FILES) return true;
      this.#maxOpenFiles = this.#maxOpenFiles() ?? DEFAULT_MAX_OPEN_FILES;
    }
    return openFiles < this.#maxOpenFiles;
  }

  #byPath(path: string): ProcFile {
    return { readText: () => this.readTextFile(path), close: () => {} };
  }

  /** The bytes of a file, in the shared buffer where they fit. */
  #readWhole(path: string): Uint8Array {
    const hostPath = this.#hostPath(path);
    try {
      const file = Deno.openSync(hostPath);
      try {
        let { buffer } = this.#shared;
        let length = 0;
        for (;;) {
          const read = file.readSync(
            length === 0 ? buffer : buffer.subarray(length),
          );
          if (read === null || read === 0) return buffer.subarray(0, length);
          length += read;
          if (length === buffer.length) {
            const larger = new Uint8Array(buffer.length * 2);
            larger.set(buffer);
            buffer = larger;
          }
        }
      } finally {
        file.close();
      }
    } catch (error) {
      throw readError({ path, hostPath }, error);
    }
  }

  #hostPath(path: string): string {
    return moved(path, { from: "/proc", to: this.#proc }) ??
      moved(path, { from: "/sys", to: this.#sys }) ?? path;
  }
}

/** A path below a directory that another one stands for; null for other paths, and where the two are the same. */
function moved(
  path: string,
  { from, to }: { readonly from: string; readonly to: string },
): string | null {
  if (from === to || !path.startsWith(from)) return null;
  const rest = path.slice(from.length);
  return rest === "" || rest.startsWith("/") ? to + rest : null;
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

  constructor(file: Deno.FsFile, at: ReadPath & { readonly shared: Shared }) {
    this.#file = file;
    this.#path = at.path;
    this.#hostPath = at.hostPath;
    this.#shared = at.shared;
    at.shared.openFiles++;
  }

  readText(): string {
    const { buffer, starts, decoder } = this.#shared;
    try {
      this.#file.seekSync(0, Deno.SeekMode.Start);
      const length = this.#file.readSync(buffer) ?? 0;
      return decoder.decode(starts[length] ??= buffer.subarray(0, length));
    } catch (error) {
      throw readError({ path: this.#path, hostPath: this.#hostPath }, error);
    }
  }

  close(): void {
    this.#file.close();
    this.#shared.openFiles--;
  }
}

/** A path as the kernel names it, and where it is on this host. */
interface ReadPath {
  readonly path: string;
  readonly hostPath: string;
}

/** What is to be thrown for an error of Deno's. A missing permission is a fault of the set-up and stays what it is. */
function readError(at: ReadPath, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Deno.errors.NotCapable) {
    return error;
  }
  const { path, hostPath } = at;
  const message = systemMessage(error);
  return new ProcReadError(path, {
    reason: readFailureOf(error),
    detail: path === hostPath ? message : `${message} at ${quote(hostPath)}`,
  });
}
