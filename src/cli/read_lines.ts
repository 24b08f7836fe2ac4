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
  const decoder = new TextDecoder();
  let at = 1;
  let parts: string[] = [];
  let length = 0;
  const add = (part: string): void => {
    length += part.length;
    if (length > maxLength) {
      throw new RecordingError(
        `Cannot replay: line ${at} of the recording is longer than ${maxLength} characters`,
      );
    }
    parts.push(part);
  };
  const takeLine = (): string => {
    const line = parts.join("");
    parts = [];
    length = 0;
    return line;
  };
  for (;;) {
    const bytes = read();
    const text = bytes === null
      ? decoder.decode()
      : decoder.decode(bytes, { stream: true });
    const [rest = "", ...begun] = text.split("\n");
    add(rest);
    for (const part of begun) {
      yield takeLine();
      at++;
      add(part);
    }
    if (bytes === null) break;
  }
  if (length > 0) yield takeLine();
}

function openToRead(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (cause) {
    throw fileError("read", path, cause);
  }
}
