/**
 * What the errors that Deno throws for files and streams mean.
 *
 * Deno 2 gives some system errors a class (`NotFound`), some a code (`EMFILE`), and some neither:
 * of ESRCH, only the message shows it.
 *
 * @module
 */

import type { ReadFailure } from "../errors.ts";

const EPERM = 1;
const ENOENT = 2;
const ESRCH = 3;
const EIO = 5;
const EACCES = 13;
const ENODEV = 19;
const ENFILE = 23;
const EMFILE = 24;
const ENOSYS = 38;
/** ENOTSUP is the same number on Linux, and the code that Deno gives it. */
const EOPNOTSUPP = 95;
const ENXIO = 6;
const EROFS = 30;

const NOT_UTF8 = /^File name or path "([^]*)" is not valid UTF-8/;

/** A character as Rust prints it between quotes: `\u{200b}`, `\xFF`, `\n`, or itself. */
const RUST_CHARACTER = /\\u\{([0-9a-f]+)\}|\\x([0-9A-F]{2})|\\([^])|[^\\]+/g;

const RUST_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "0": "\0",
};

/** Why a kernel file could not be read. */
export function readFailureOf(error: Error): ReadFailure {
  if (error instanceof Deno.errors.NotFound) return "gone";
  if (error instanceof Deno.errors.PermissionDenied) return "denied";
  return readFailureOfErrno(errnoOf(error));
}

/** The same by the number in errno(3); null: it is not known. */
export function readFailureOfErrno(errno: number | null): ReadFailure {
  switch (errno) {
    case ENOENT:
    // A process has ended, or a cgroup was removed, between open and read.
    case ESRCH:
    case ENODEV:
      return "gone";
    case EACCES:
    case EPERM:
    case EROFS:
      return "denied";
    case EOPNOTSUPP:
    case ENOSYS:
      return "unsupported";
    default:
      return "failed";
  }
}

/** Whether this program, or the whole system, has as many files open as it may have. */
export function isOutOfDescriptors(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const errno = errnoOf(error);
  return errno === EMFILE || errno === ENFILE;
}

/** Whether a place in a file is behind its end: what a kernel file says of one that is written. */
export function isBehindEnd(error: unknown): boolean {
  return error instanceof Error && errnoOf(error) === ENXIO;
}

/** Whether nobody reads a stream any more: EPIPE, and EIO of a terminal that was closed. */
export function isConsumerGone(error: Error): boolean {
  return error instanceof Deno.errors.BrokenPipe || errnoOf(error) === EIO;
}

/**
 * What the system reported, without the call and the path that Deno adds: `No such file or
 * directory (os error 2)`.
 */
export function systemMessage(error: Error): string {
  return error.message.replace(/: \w+ '[^]*$/, "");
}

/**
 * The target of a link of which Deno says that it is not UTF-8, with U+FFFD for each byte that is
 * none, as a decoder has it; null if the error says something else. The message is the only thing
 * that shows it: `File name or path "/a\xFF" is not valid UTF-8`, escaped as Rust does.
 */
export function linkNotUtf8(error: unknown): string | null {
  if (!(error instanceof Deno.errors.InvalidData)) return null;
  const escaped = NOT_UTF8.exec(error.message)?.[1];
  if (escaped === undefined) return null;
  const bytes: number[] = [];
  for (const [part, code, byte, plain] of escaped.matchAll(RUST_CHARACTER)) {
    if (byte !== undefined) bytes.push(parseInt(byte, 16));
    else {
      const text = code !== undefined
        ? String.fromCodePoint(parseInt(code, 16))
        : plain === undefined
        ? part
        : RUST_ESCAPES[plain] ?? plain;
      bytes.push(...new TextEncoder().encode(text));
    }
  }
  return new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(new Uint8Array(bytes));
}

function errnoOf(error: Error): number | null {
  const digits = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return digits === undefined ? null : Number(digits);
}
