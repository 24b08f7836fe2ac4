/**
 * The lines of a file that may be longer than memory.
 *
 * @module
 */

import { RecordingError } from "../errors.ts";
import { MAX_LINE_LENGTH } from "../recording/recording.ts";
import { fileError } from "./_file_error.ts";

const BUFFER_BYTES = 256 * 1024;

/**
 * The lines of a recording in a file, as they are read, see {@linkcode linesOf}.
 *
 * @throws {FileError} If it cannot be read.
 * @throws {RecordingError} If a line is too long.
 */
export function* readLines(path: string): Generator<string, void> {
  const buffer = new Uint8Array(BUFFER_BYTES);
  using file = openToRead(path);
  yield* linesOf(() => {
    try {
      const length = file.readSync(buffer);
      return length === null ? null : buffer.subarray(0, length);
    } catch (cause) {
      throw fileError("read", path, cause);
    }
  });
}

/**
 * The lines in bytes that come part by part, without their newlines; the last one also if its
 * newline is missing. A part is decoded once and looked at once, however long its line is.
 *
 * @param read Gives the next part, which is used up before the one behind it is asked for; null at
 * the end.
 * @param maxLength The characters that a line may have.
 * @throws {RecordingError} If a line is longer.
 */
export function* linesOf(
  read: () => Uint8Array | null,
  maxLength: number = MAX_LINE_LENGTH,
): Generator<string, void> {
  const splitter = new LineSplitter(maxLength);
  for (let bytes = read(); bytes !== null; bytes = read()) {
    yield* splitter.add(bytes);
  }
  yield* splitter.end();
}

/** Takes bytes apart into lines, see {@linkcode linesOf}. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #maxLength: number;
  #at = 1;
  #parts: string[] = [];
  #length = 0;

  /** A line may have so many characters. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Lets lines from here on have so many characters. */
  set maxLength(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /**
   * Takes the next bytes, and gives the lines that end in them.
   *
   * @throws {RecordingError} If a line is too long.
   */
  add(bytes: Uint8Array): Generator<string, void> {
    return this.#split(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Gives the line that has no newline, if there is one. */
  *end(): Generator<string, void> {
    yield* this.#split(this.#decoder.decode());
    if (this.#length > 0) yield this.#takeLine();
  }

  *#split(text: string): Generator<string, void> {
    const [rest = "", ...begun] = text.split("\n");
    this.#add(rest);
    for (const part of begun) {
      yield this.#takeLine();
      this.#at++;
      this.#add(part);
    }
  }

  #add(part: string): void {
    this.#length += part.length;
    if (this.#length > this.#maxLength) {
      throw new RecordingError(
        `Cannot replay: line ${this.#at} is longer than ${this.#maxLength} characters`,
      );
    }
    this.#parts.push(part);
  }

  #takeLine(): string {
    const line = this.#parts.join("");
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}

function openToRead(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (cause) {
    throw fileError("read", path, cause);
  }
}
