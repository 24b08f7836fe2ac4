/** A file system that counts what is open, for the tests of what is closed. */
import type { FileStatus, ProcFile, ProcFs } from "../../src/kernel/proc_fs.ts";

/** Reads through another file system. */
export class CountingFs implements ProcFs {
  readonly #fs: ProcFs;
  readonly #onRead: (number: number) => void;
  #reads = 0;
  /** How many files have been opened. */
  numOpened = 0;
  /** How many of them are open. */
  numOpen = 0;

  /** `onRead` is called before each read with its number, from 1, and may throw. */
  constructor(fs: ProcFs, onRead: (number: number) => void = () => {}) {
    this.#fs = fs;
    this.#onRead = onRead;
  }

  readTextFile(path: string): string {
    this.#onRead(++this.#reads);
    return this.#fs.readTextFile(path);
  }

  readLink(path: string): string {
    this.#onRead(++this.#reads);
    return this.#fs.readLink(path);
  }

  readDir(path: string): string[] {
    this.#onRead(++this.#reads);
    return this.#fs.readDir(path);
  }

  readFile(path: string): Uint8Array {
    this.#onRead(++this.#reads);
    return this.#fs.readFile(path);
  }

  stat(path: string): FileStatus {
    this.#onRead(++this.#reads);
    return this.#fs.stat(path);
  }

  open(path: string): ProcFile {
    this.#onRead(++this.#reads);
    const file = this.#fs.open(path);
    this.numOpened++;
    this.numOpen++;
    return {
      readText: () => {
        this.#onRead(++this.#reads);
        return file.readText();
      },
      close: () => {
        this.numOpen--;
        file.close();
      },
    };
  }
}
