/**
 * A file that is read in each sample: it is opened once.
 *
 * @module
 */

import type { Parse, ParsedFile, ProcReader, Reading } from "./proc_reader.ts";

/**
 * A file of one record, or of short ones, that is held open from its first reading on. While it
 * cannot be opened, each reading tries that again.
 */
export class KeptFile<T> {
  readonly #reader: ProcReader;
  readonly #path: string;
  readonly #parse: Parse<T>;
  #file: ParsedFile<T> | null = null;

  /** Nothing is opened before the first reading. */
  constructor(reader: ProcReader, path: string, parse: Parse<T>) {
    this.#reader = reader;
    this.#path = path;
    this.#parse = parse;
  }

  /** Whether it is open. */
  get isOpen(): boolean {
    return this.#file !== null;
  }

  /** The file's present content, parsed: the same object until its text changes. */
  read(): Reading<T> {
    if (this.#file === null) {
      const opened = this.#reader.open(this.#path, this.#parse);
      if (opened.reason !== null) return opened;
      this.#file = opened.value;
    }
    return this.#file.read();
  }

  /** Closes the file. */
  close(): void {
    this.#file?.close();
    this.#file = null;
  }
}
