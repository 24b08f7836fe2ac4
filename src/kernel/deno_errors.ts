/**
 * What the errors that Deno throws for files and streams mean.
 *
 * Deno 2 gives some system errors a class (`NotFound`), some a code (`EMFILE`), and some neither:
 * of ESRCH, only the message shows it.
 *
 * @module
 */

import type { ReadFailure } from "../errors.ts";

const EIO = 5;
const ESRCH = 3;
const ENODEV = 19;
const ENFILE = 23;
const EMFILE = 24;
const ENOSYS = 38;
/** ENOTSUP is the same number on Linux, and the code that Deno gives it. */
const EOPNOTSUPP = 95;

/** Why a kernel file could not be read. */
export function readFailureOf(error: Error): ReadFailure {
  if (error instanceof Deno.errors.NotFound) return "gone";
  if (error instanceof Deno.errors.PermissionDenied) return "denied";
  const errno = errnoOf(error);
  // A process has ended, or a cgroup was removed, between open and read.
  if (errno === ESRCH || errno === ENODEV) return "gone";
  if (errno === EOPNOTSUPP || errno === ENOSYS) return "unsupported";
  return "failed";
}

/** Whether this program, or the whole system, has as many files open as it may have. */
export function isOutOfDescriptors(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const errno = errnoOf(error);
  return errno === EMFILE || errno === ENFILE;
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

function errnoOf(error: Error): number | null {
  const digits = /\(os error (\d+)\)/.exec(error.message)?.[1];
  return digits === undefined ? null : Number(digits);
}
