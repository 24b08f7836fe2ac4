/**
 * Turns kernel files into values: a path and a parser give a value, or the reason why there is
 * none.
 *
 * @module
 */

import {
  type PartlyMalformed,
  ProcParseError,
  ProcReadError,
  type ReadFailure,
} from "../errors.ts";
import type {
  BytesUse,
  DirEntry,
  FileStatus,
  ProcBytes,
  ProcFile,
  ProcFs,
} from "./proc_fs.ts";

/** Why a kernel file gave no value: it could not be read, or its text makes no sense. */
export type UnreadReason = ReadFailure | "malformed";

/** The result of reading a kernel file. */
export type Reading<T> =
  | { readonly value: T; readonly reason: null }
  | { readonly value: null; readonly reason: UnreadReason };

/** An open file of one record. `read()` returns the same object until the text changes. */
export interface ParsedFile<T> {
  /**
   * Whether it is held open, so that what it shows is of the process that it was opened for. If
   * not, it is opened by its path for each read.
   */
  readonly isHeld: boolean;
  /** The file's present content, parsed. */
  read(): Reading<T>;
  /** Closes the file. Reading it afterwards is an error. */
  close(): void;
}

/**
 * Makes a value of a file's text. It gets the path too, so that one function serves the same file
 * of every process.
 */
export type Parse<T> = (text: string, path: string) => T;

/** Called for a damaged kernel file. */
export type MalformedListener = (error: ProcParseError) => void;

/**
 * What the kernel puts behind the target of a link whose file was deleted; a file may be named so,
 * too. See proc_pid_exe(5).
 */
export const DELETED = " (deleted)";

/** The name of a process's directory, among those in `/proc`. */
const PID = /^[1-9][0-9]{0,8}$/;

/** Turns what was thrown for a path into a reason, and rethrows what is not a failure to read. */
type ReasonOf = (path: string, error: unknown) => UnreadReason;

/** Reads kernel files and parses them; reports each kind of damaged file once. */
export class ProcReader {
  /** Where the files come from. */
  readonly fs: ProcFs;
  readonly #onMalformed: MalformedListener;
  readonly #reported = new Set<string>();
  readonly #reasonOf: ReasonOf = (path, error) => {
    if (error instanceof ProcReadError) return error.reason;
    if (!(error instanceof ProcParseError)) throw error;
    this.#report(error, path);
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

  /** The parsed text of a file of which one field may make no sense, and the others do. */
  readFields<T extends PartlyMalformed>(
    path: string,
    parse: Parse<T>,
  ): Reading<T> {
    return this.read(path, this.#reporting(parse));
  }

  /** A text that was read from a path before, parsed. */
  parse<T>(path: string, text: string, parse: Parse<T>): Reading<T> {
    return this.#reading(path, () => parse(text, path));
  }

  /** The same, if one field of it may make no sense, and the others do. */
  parseFields<T extends PartlyMalformed>(
    path: string,
    text: string,
    parse: Parse<T>,
  ): Reading<T> {
    return this.#reading(path, () => this.#reporting(parse)(text, path));
  }

  /** Opens a file of one record, to be read and parsed again and again. */
  open<T>(path: string, parse: Parse<T>): Reading<ParsedFile<T>> {
    return this.#reading(
      path,
      () => new OpenFile(this.fs.open(path), path, parse, this.#reasonOf),
    );
  }

  /** Opens such a file, of which one field may make no sense, and the others do. */
  openFields<T extends PartlyMalformed>(
    path: string,
    parse: Parse<T>,
  ): Reading<ParsedFile<T>> {
    return this.open(path, this.#reporting(parse));
  }

  /** The parsed text of an environment, of which only the variables of these names are read. */
  readEnvironment<T>(
    path: string,
    names: readonly string[],
    parse: Parse<T>,
  ): Reading<T> {
    return this.#reading(
      path,
      () => parse(environmentOf(this.fs, path, names), path),
    );
  }

  /** Opens a file of binary records. */
  openBytes(path: string, use: BytesUse): Reading<ProcBytes> {
    return this.#reading(path, () => openBytesOf(this.fs, path, use));
  }

  /** What is made of files of binary records, in any way, for a path that a fault is of. */
  attempt<T>(path: string, read: () => T): Reading<T> {
    return this.#reading(path, read);
  }

  /** The target of a symbolic link. */
  readLink(path: string): Reading<string> {
    return this.#reading(path, () => this.fs.readLink(path));
  }

  /** Which file a path leads to. */
  stat(path: string): Reading<FileStatus> {
    return this.#reading(path, () => this.fs.stat(path));
  }

  /** Whether a path leads to this file. */
  leadsTo(path: string, file: FileStatus): boolean {
    const found = this.stat(path).value;
    return found?.device === file.device && found.inode === file.inode;
  }

  /** The names in a directory. */
  readDir(path: string): Reading<string[]> {
    return this.#reading(path, () => this.fs.readDir(path));
  }

  /** The ids of the processes that there are: the numbers among the names in `/proc`. */
  listPids(): Reading<number[]> {
    return this.#reading(
      "/proc",
      () =>
        this.fs.readDir("/proc").filter((name) => PID.test(name)).map(Number),
    );
  }

  /** The names in a directory, and which of them are directories, where the file system tells. */
  readEntries(path: string): Reading<DirEntry[]> {
    return this.#reading(path, () => entriesOf(this.fs, path));
  }

  #reading<T>(path: string, read: () => T): Reading<T> {
    try {
      return { value: read(), reason: null };
    } catch (error) {
      return { value: null, reason: this.#reasonOf(path, error) };
    }
  }

  /** A parser that tells of the fields that make no sense. */
  #reporting<T extends PartlyMalformed>(parse: Parse<T>): Parse<T> {
    return (text, path) => {
      const value = parse(text, path);
      value.malformed?.forEach((error) => this.#report(error, path));
      return value;
    };
  }

  #report(error: ProcParseError, path: string): void {
    if (this.#reported.has(error.file)) return;
    this.#reported.add(error.file);
    this.#onMalformed(error.at(path));
  }
}

/** An open file, and the value of its latest text. */
class OpenFile<T> implements ParsedFile<T> {
  readonly isHeld: boolean;
  readonly #file: ProcFile;
  readonly #path: string;
  readonly #parse: Parse<T>;
  readonly #reasonOf: ReasonOf;
  #text: string | null = null;
  #reading: Reading<T> | null = null;

  constructor(
    file: ProcFile,
    path: string,
    parse: Parse<T>,
    reasonOf: ReasonOf,
  ) {
    this.isHeld = file.byPath !== true;
    this.#file = file;
    this.#path = path;
    this.#parse = parse;
    this.#reasonOf = reasonOf;
  }

  read(): Reading<T> {
    try {
      const text = this.#file.readText();
      if (this.#reading !== null && text === this.#text) return this.#reading;
      this.#text = text;
      this.#reading = { value: this.#parse(text, this.#path), reason: null };
      return this.#reading;
    } catch (error) {
      const reason = this.#reasonOf(this.#path, error);
      const reading = { value: null, reason };
      if (error instanceof ProcParseError) this.#reading = reading;
      return reading;
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** What `readEntries` of a file system gives; of one without it, the names alone. */
export function entriesOf(fs: ProcFs, path: string): DirEntry[] {
  return fs.readEntries?.(path) ??
    fs.readDir(path).map((name) => ({ name, isDirectory: null }));
}

/**
 * What `readEnvironment` of a file system gives; of one without it, that part of the whole file.
 */
export function environmentOf(
  fs: ProcFs,
  path: string,
  names: readonly string[],
): string {
  return fs.readEnvironment?.(path, names) ??
    keepVariables(fs.readTextFile(path), names);
}

/**
 * The first variable of each of these names, which is the one that getenv(3) finds, and a NUL for
 * all others.
 */
function keepVariables(text: string, names: readonly string[]): string {
  const wanted = new Set(names);
  let kept = "";
  let isCut = false;
  let equals = -1;
  let end = -1;
  for (let start = 0; start < text.length; start = end + 1) {
    const nul = text.indexOf("\0", start);
    end = nul < 0 ? text.length : nul;
    // Looked for only once for all entries that have none: a program may have filled them up.
    if (equals < start) equals = text.indexOf("=", start);
    if (equals < 0) equals = text.length;
    if (equals < end && wanted.delete(text.slice(start, equals))) {
      kept += `${text.slice(start, end)}\0`;
    } else isCut = true;
  }
  return isCut ? `${kept}\0` : kept;
}

/** What `openBytes` of a file system gives; one without it has no such files. */
export function openBytesOf(
  fs: ProcFs,
  path: string,
  use: BytesUse,
): ProcBytes {
  const file = fs.openBytes?.(path, use);
  if (file !== undefined) return file;
  throw new ProcReadError(path, {
    reason: "unsupported",
    detail: "this file system opens no file of bytes",
  });
}
