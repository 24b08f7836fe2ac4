/**
 * The boundary between files and values: a kernel file becomes a parsed value, or the reason why there is none.
 *
 * @module
 */

import { ProcParseError, ProcReadError, type ReadFailure } from "../errors.ts";
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

/** Makes a value of the text of a file. It is told the path, so that one function does for the same file of every process. */
export type Parse<T> = (text: string, path: string) => T;

/** Called for a damaged kernel file. */
export type MalformedListener = (error: ProcParseError) => void;

/** Turns what was thrown for a path into a reason, and throws on what is no failure of reading. */
type WhyUnread = (path: string, error: unknown) => Unread;

/** Reads kernel files and parses them; tells of each damaged kind of file once. */
export class Reader {
  /** Where the files come from. */
  readonly fs: ProcFs;
  readonly #onMalformed: MalformedListener;
  readonly #told = new Set<string>();
  readonly #whyUnread: WhyUnread = (path, error) => {
    if (error instanceof ProcReadError) return error.reason;
    if (!(error instanceof ProcParseError)) throw error;
    this.#tell(error, path);
    return "malformed";
  };

  /** `onMalformed` is called for the first damaged file of each name. */
  constructor(fs: ProcFs, onMalformed: MalformedListener = () => {}) {
    this.fs = fs;
    this.#onMalformed = onMalformed;
  }

  /** The parsed text of a file. */
  read<T>(path: string, parse: Parse<T>): Reading<T> {
    return this.#reading(path, () => parse(this.fs.readTextFile(path), path));
  }

  /** Opens a file of one record, to be read and parsed again and again. */
  open<T>(path: string, parse: Parse<T>): Reading<ParsedFile<T>> {
    const whyUnread = this.#whyUnread;
    return this.#reading(
      path,
      () => new OpenFile(this.fs.open(path), { path, parse, whyUnread }),
    );
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
      return { value: null, unread: this.#whyUnread(path, error) };
    }
  }

  #tell(error: ProcParseError, path: string): void {
    if (this.#told.has(error.file)) return;
    this.#told.add(error.file);
    this.#onMalformed(error.at(path));
  }
}

/** An open file, and what came of its text when that was last another one. */
class OpenFile<T> implements ParsedFile<T> {
  readonly #file: ProcFile;
  readonly #path: string;
  readonly #parse: Parse<T>;
  readonly #whyUnread: WhyUnread;
  #text: string | null = null;
  #reading: Reading<T> | null = null;

  constructor(
    file: ProcFile,
    of: {
      readonly path: string;
      readonly parse: Parse<T>;
      readonly whyUnread: WhyUnread;
    },
  ) {
    this.#file = file;
    this.#path = of.path;
    this.#parse = of.parse;
    this.#whyUnread = of.whyUnread;
  }

  read(): Reading<T> {
    try {
      const text = this.#file.readText();
      if (this.#reading !== null && text === this.#text) return this.#reading;
      this.#text = text;
      this.#reading = { value: this.#parse(text, this.#path), unread: null };
      return this.#reading;
    } catch (error) {
      const reading = {
        value: null,
        unread: this.#whyUnread(this.#path, error),
      };
      if (error instanceof ProcParseError) this.#reading = reading;
      return reading;
    }
  }

  close(): void {
    this.#file.close();
  }
}
