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

/** A file of one record that stays open. While it says the same, the same value stands for it. */
export interface ParsedFile<T> {
  /** What the file says now. */
  read(): Reading<T>;
  /** Gives the file back. Further reads are errors. */
  close(): void;
}

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

  /** Opens a file of one record, to be read and parsed again and again. */
  open<T>(path: string, parse: (text: string) => T): Reading<ParsedFile<T>> {
    return this.#reading(path, () => {
      const file = this.fs.open(path);
      let text: string | null = null;
      let reading: Reading<T> | null = null;
      return {
        read: () => {
          const unparsed = this.#readOpen(path, file);
          if (unparsed.value === null) return unparsed;
          if (reading === null || unparsed.value !== text) {
            text = unparsed.value;
            const current = text;
            reading = this.#reading(path, () => parse(current));
          }
          return reading;
        },
        close: () => file.close(),
      };
    });
  }

  /** What a symbolic link holds. */
  readLink(path: string): Reading<string> {
    return this.#reading(path, () => this.fs.readLink(path));
  }

  /** The names in a directory. */
  readDir(path: string): Reading<string[]> {
    return this.#reading(path, () => this.fs.readDir(path));
  }

  #readOpen(path: string, file: ProcFile): Reading<string> {
    try {
      return { value: file.readText(), unread: null };
    } catch (error) {
      return { value: null, unread: this.#whyUnread(path, error) };
    }
  }

  #reading<T>(path: string, read: () => T): Reading<T> {
    try {
      return { value: read(), unread: null };
    } catch (error) {
      return { value: null, unread: this.#whyUnread(path, error) };
    }
  }

  #whyUnread(path: string, error: unknown): Unread {
    if (error instanceof ProcReadError) return error.reason;
    if (!(error instanceof ProcParseError)) throw error;
    this.#tell(error, path);
    return "malformed";
  }

  #tell(error: ProcParseError, path: string): void {
    if (this.#told.has(error.file)) return;
    this.#told.add(error.file);
    this.#onMalformed(error.at(path));
  }
}
