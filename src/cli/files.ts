/**
 * The files that a run writes and a replay reads.
 *
 * @module
 */

import { systemMessage } from "../kernel/deno_errors.ts";
import { quote } from "../text.ts";
import { FileError } from "./errors.ts";

/**
 * Opens a file to be written from its start; what was in it goes.
 *
 * @throws {FileError} If that cannot be done.
 */
export function createFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, create: true, truncate: true });
  } catch (cause) {
    throw fileError("open", path, cause);
  }
}

/**
 * Writes the whole of a text.
 *
 * @throws {FileError} If that cannot be done.
 */
export function writeWhole(
  file: Deno.FsFile,
  path: string,
  text: string,
): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += file.writeSync(bytes.subarray(at));
    }
  } catch (cause) {
    throw fileError("write", path, cause);
  }
}

/**
 * The lines of a file, without their newlines, as they are read; the last one also if its
 * newline is missing.
 *
 * @throws {FileError} If it cannot be read.
 */
export function* readLines(path: string): Generator<string, void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(256 * 1024);
  let rest = "";
  try {
    using file = Deno.openSync(path);
    for (;;) {
      const length = file.readSync(buffer);
      if (length === null) break;
      const lines = (rest +
        decoder.decode(buffer.subarray(0, length), { stream: true }))
        .split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (cause) {
    throw fileError("read", path, cause);
  }
  if (rest !== "") yield rest;
}

function fileError(
  doing: "open" | "read" | "write",
  path: string,
  cause: unknown,
): unknown {
  if (!(cause instanceof Error) || cause instanceof Deno.errors.NotCapable) {
    return cause;
  }
  return new FileError(
    `Cannot ${doing} ${quote(path)}: ${systemMessage(cause)}`,
  );
}
