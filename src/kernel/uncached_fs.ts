/**
 * A file system that holds nothing open: what the faster way of reading is tested against.
 *
 * @module
 */

import type {
  BytesUse,
  DirEntry,
  FileStatus,
  ProcBytes,
  ProcFile,
  ProcFs,
} from "./proc_fs.ts";
import { entriesOf, openBytesOf } from "./proc_reader.ts";

/** Reads through another file system, and opens each file again for each read. */
export class UncachedFs implements ProcFs {
  readonly #fs: ProcFs;

  /** Reads through `fs`. */
  constructor(fs: ProcFs) {
    this.#fs = fs;
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return this.#fs.readTextFile(path);
  }

  /** See {@linkcode ProcFs.readLink}. */
  readLink(path: string): string {
    return this.#fs.readLink(path);
  }

  /** See {@linkcode ProcFs.stat}. */
  stat(path: string): FileStatus {
    return this.#fs.stat(path);
  }

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    return this.#fs.readDir(path);
  }

  /** See {@linkcode ProcFs.readEntries}. */
  readEntries(path: string): DirEntry[] {
    return entriesOf(this.#fs, path);
  }

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return this.#fs.readFile(path);
  }

  /** A file that is opened for each read. */
  open(path: string): ProcFile {
    return {
      byPath: true,
      readText: () => this.#fs.readTextFile(path),
      close: () => {},
    };
  }

  /** See {@linkcode ProcFs.openBytes}. */
  openBytes(path: string, use: BytesUse): ProcBytes {
    return openBytesOf(this.#fs, path, use);
  }
}
