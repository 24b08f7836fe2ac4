/**
 * The boundary between files and values: a kernel file becomes a parsed value, or the reason why there is none.
 *
 * @module
 */

import { ProcParseError, ProcReadError, type ReadFailure } from "./errors.ts";
import type { ProcFile, ProcFs } from "./proc_fs.ts";

/** Why a kernel file gave no value: it could not be read, or its text makes no sense. */
export type Unread = ReadFailure | "malformed";

/** What came of reading a kernel file. */
export type Reading<T> =
  | { readonly value: T; readonly unread: null }
  | { readonly value: null; readonly unread: Unread };

/** Called for a damaged kernel file. */
export type MalformedListener = (error: ProcParseError) => void;

/** Reads kernel files and parses them; tells of each damaged kind of file once. */
export class Reader {
  /** Where the files come from. */
  readonly fs: ProcFs;
  readonly #onMalformed: MalformedListener;
  readonly #told = new Set<string>();

  /** `onMalformed` is called for the first damaged file of each name. */
  constructor(fs: ProcFs, onMalformed: MalformedListener = () => {}) {
    this.fs = fs;
    this.#onMalformed = onMalformed;
  }

  /** The parsed text of a file. */
  read<T>(path: string, parse: (text: string) => T): Reading<T> {
    return this.#reading(path, () => parse(this.fs.readTextFile(path)));
  }

  /** The parsed text of a file that stays open. */
  readOpen<T>(
    file: ProcFile,
    options: { readonly path: string; readonly parse: (text: string) => T },
  ): Reading<T> {
    return this.#reading(
      options.path,
      () => options.parse(file.readText()),
    );
  }

  /** Opens a file of one record, to be read again and again. */
  open(path: string): Reading<ProcFile> {
    return this.#reading(path, () => this.fs.open(path));
  }

  /** What a symbolic link holds. */
  readLink(path: string): Reading<string> {
    return this.#reading(path, () => this.fs.readLink(path));
  }

  /** The names in a directory. */
  readDir(path: string): Reading<string[]> {
    return this.#reading(path, () => this.fs.readDir(path));
  }

  #reading<T>(path: string, read: () => T): Reading<T> {
    try {
      return { value: read(), unread: null };
    } catch (error) {
      if (error instanceof ProcReadError) {
        return { value: null, unread: error.reason };
      }
      if (error instanceof ProcParseError) {
        this.#tell(error, path);
        return { value: null, unread: "malformed" };
      }
      throw error;
    }
  }

  #tell(error: ProcParseError, path: string): void {
    if (this.#told.has(error.file)) return;
    this.#told.add(error.file);
    this.#onMalformed(error.at(path));
  }
}
