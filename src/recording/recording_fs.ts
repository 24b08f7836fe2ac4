/**
 * A file system that writes down what is read through it.
 *
 * @module
 */

import { ProcReadError } from "../errors.ts";
import type {
  BytesUse,
  DirEntry,
  FileStatus,
  ProcBytes,
  ProcFile,
  ProcFs,
} from "../kernel/proc_fs.ts";
import {
  entriesOf,
  environmentOf,
  openBytesOf,
} from "../kernel/proc_reader.ts";
import type { RecordedRead } from "./recording.ts";

type Outcome = Pick<
  RecordedRead,
  | "byPath"
  | "text"
  | "bytes"
  | "count"
  | "link"
  | "status"
  | "names"
  | "directories"
>;

/** A file that holds the whole environment of a process: what was not asked for is not written. */
const ENVIRONMENT = /^\/proc\/.+\/environ$/;

/**
 * A file system that writes down what is read through it. Of the environment of a process it reads
 * and writes the variables that are asked for by name, and nothing else.
 *
 * @example
 * ```ts
 * import { RecordingFs } from "@procline/procline/recording";
 * import { MemoryFs } from "@procline/procline/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = new RecordingFs(new MemoryFs());
 * fs.readTextFile("/proc/uptime");
 * assertEquals(fs.drain().map(({ path }) => path), ["/proc/uptime"]);
 * ```
 */
export class RecordingFs implements ProcFs {
  /** See {@linkcode ProcFs.isRecording}. */
  readonly isRecording = true;
  readonly #fs: ProcFs;
  #reads: RecordedRead[] = [];
  #files = 0;

  /** Reads through `fs`. */
  constructor(fs: ProcFs) {
    this.#fs = fs;
  }

  /** The reads since the last call. */
  drain(): RecordedRead[] {
    const reads = this.#reads;
    this.#reads = [];
    return reads;
  }

  /** See {@linkcode ProcFs.readTextFile}. */
  readTextFile(path: string): string {
    return this.#record({ path }, () => {
      const text = this.#fs.readTextFile(path);
      return { value: text, outcome: { text } };
    });
  }

  /** See {@linkcode ProcFs.readEnvironment}. */
  readEnvironment(path: string, names: readonly string[]): string {
    return this.#record({ path }, () => {
      const text = environmentOf(this.#fs, path, names);
      return { value: text, outcome: { text } };
    }, true);
  }

  /** See {@linkcode ProcFs.readLink}. */
  readLink(path: string): string {
    return this.#record({ path }, () => {
      const link = this.#fs.readLink(path);
      return { value: link, outcome: { link } };
    });
  }

  /** See {@linkcode ProcFs.stat}. */
  stat(path: string): FileStatus {
    return this.#record({ path, stat: true }, () => {
      const status = this.#fs.stat(path);
      return { value: status, outcome: { status } };
    });
  }

  /** See {@linkcode ProcFs.readDir}. */
  readDir(path: string): string[] {
    return this.#record({ path }, () => {
      const names = this.#fs.readDir(path);
      return { value: names, outcome: { names } };
    });
  }

  /** See {@linkcode ProcFs.readEntries}. */
  readEntries(path: string): DirEntry[] {
    return this.#record({ path }, () => {
      const entries = entriesOf(this.#fs, path);
      const names = entries.map(({ name }) => name);
      const isKnown = entries.every(({ isDirectory }) => isDirectory !== null);
      const directories = entries.filter(({ isDirectory }) => isDirectory)
        .map(({ name }) => name);
      return {
        value: entries,
        outcome: isKnown ? { names, directories } : { names },
      };
    });
  }

  /** See {@linkcode ProcFs.readFile}. */
  readFile(path: string): Uint8Array {
    return this.#record({ path }, () => {
      const bytes = this.#fs.readFile(path);
      return { value: bytes, outcome: { bytes: toBase64(bytes) } };
    });
  }

  /** See {@linkcode ProcFs.open}. */
  open(path: string): ProcFile {
    const file = ++this.#files;
    const opened = this.#record({ path, file, open: true }, () => {
      const value = this.#fs.open(path);
      return { value, outcome: value.byPath === true ? { byPath: true } : {} };
    });
    return {
      byPath: opened.byPath,
      readText: () =>
        this.#record({ path, file }, () => {
          const text = opened.readText();
          return { value: text, outcome: { text } };
        }),
      close: () => opened.close(),
    };
  }

  /** See {@linkcode ProcFs.openBytes}. */
  openBytes(path: string, use: BytesUse): ProcBytes {
    const opened = this.#record({ path, open: true }, () => ({
      value: openBytesOf(this.#fs, path, use),
      outcome: {},
    }));
    return {
      readAt: (offset, length) =>
        this.#record({ path, offset, length }, () => {
          const value = opened.readAt(offset, length);
          const bytes = toBase64(withoutZeros(value));
          return { value, outcome: { count: value.length, bytes } };
        }),
      writeAt: (offset, bytes) => {
        const { length } = bytes;
        return this.#record({ path, offset, length, write: true }, () => {
          const count = opened.writeAt(offset, bytes);
          return { value: count, outcome: { count } };
        });
      },
      close: () => opened.close(),
    };
  }

  #record<T>(
    asked: Pick<
      RecordedRead,
      "path" | "file" | "open" | "stat" | "offset" | "length" | "write"
    >,
    read: () => { readonly value: T; readonly outcome: Outcome },
    isCut = false,
  ): T {
    try {
      if (!isCut && ENVIRONMENT.test(asked.path)) {
        throw new ProcReadError(asked.path, {
          reason: "denied",
          detail: "a recording holds no whole environment",
        });
      }
      const { value, outcome } = read();
      this.#reads.push({ ...asked, ...outcome });
      return value;
    } catch (error) {
      if (error instanceof ProcReadError) {
        this.#reads.push({ ...asked, error: error.reason });
      }
      throw error;
    }
  }
}

/** Without the zeros at the end. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
}

/** As many bytes are put into a text at once. */
const BASE64_PART = 8192;

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += BASE64_PART) {
    text += String.fromCharCode(...bytes.subarray(at, at + BASE64_PART));
  }
  return btoa(text);
}
