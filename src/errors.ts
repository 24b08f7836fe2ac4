/**
 * The errors of this package. Each message is a sentence without a period that names what was done,
 * to what, with which value.
 *
 * @module
 */

import { quote, quoteName } from "./text.ts";

/**
 * Why a kernel file could not be read.
 *
 * - `"gone"`: the file or its process does not exist (ENOENT), or the process ended (ESRCH) or the
 *   cgroup was removed (ENODEV) between open and read.
 * - `"denied"`: the kernel refuses it to this user (EACCES, EPERM), or to everyone, where it was to
 *   be written and is mounted read-only (EROFS). Normal on a host with more than one user.
 * - `"unsupported"`: the kernel has the file, but does not serve it here (EOPNOTSUPP, ENOSYS): the
 * pressure of a kernel that was started with `psi=0`.
 * - `"failed"`: everything else, for example EIO or ENAMETOOLONG.
 */
export type ReadFailure = "gone" | "denied" | "unsupported" | "failed";

/**
 * Thrown by a `ProcFs` if a file, link or directory cannot be read, or the one file that is written
 * cannot be.
 *
 * @example
 * ```ts
 * import { HostFs, ProcReadError } from "@procline/procline";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const read = () => new HostFs().readTextFile("/proc/0/stat");
 * assertEquals(assertThrows(read, ProcReadError).reason, "gone");
 * ```
 */
export class ProcReadError extends Error {
  /** The path as the kernel names it, `/proc/42/stat`, wherever procfs is mounted. */
  readonly path: string;
  /** What kind of failure it was. */
  readonly reason: ReadFailure;

  /**
   * Names the path and the reason; `detail` is what the system said, `isWrite` whether it was to be
   * written (default: it was not).
   */
  constructor(
    path: string,
    options: {
      readonly reason: ReadFailure;
      readonly detail: string;
      readonly isWrite?: boolean;
    },
  ) {
    const verb = options.isWrite === true ? "write" : "read";
    super(`Cannot ${verb} ${quote(path)}: ${options.detail}`);
    this.name = "ProcReadError";
    this.path = path;
    this.reason = options.reason;
  }
}

/**
 * Thrown by a parser for text that the kernel would not write.
 *
 * @example
 * ```ts
 * import { parseUptime, ProcParseError } from "@procline/procline/parse";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const error = assertThrows(() => parseUptime("soon\n"), ProcParseError);
 * assertEquals([error.file, error.text], ["uptime", "soon\n"]);
 * ```
 */
export class ProcParseError extends SyntaxError {
  /**
   * The kernel file's name as its man page has it (`stat`), or its whole path once the reader has
   * added it.
   */
  readonly file: string;
  /** The field as its man page names it, `utime`. */
  readonly field: string;
  /** The offending text. */
  readonly text: string;

  /** Names the file, the field and the offending text. */
  constructor(
    file: string,
    options: { readonly field: string; readonly text: string },
  ) {
    super(
      `Cannot parse ${quoteName(options.field)} in ${
        quoteName(file)
      }: current value is ${quote(options.text)}`,
    );
    this.name = "ProcParseError";
    this.file = file;
    this.field = options.field;
    this.text = options.text;
  }

  /**
   * The same error with the file's path in place of its name: what the reader knows and the parser
   * does not.
   */
  at(path: string): ProcParseError {
    return new ProcParseError(path, { field: this.field, text: this.text });
  }
}

/** A value of which some fields are null, for their text is nothing that the kernel would write. */
export interface PartlyMalformed {
  /**
   * What is wrong with their texts, each error with the name of its field. Left out if every field
   * makes sense.
   */
  readonly malformed?: readonly ProcParseError[];
}

/** Whether one of these fields, as the man page names them, is null for its text makes no sense. */
export function isMalformed(
  { malformed = [] }: PartlyMalformed,
  fields: readonly string[],
): boolean {
  return malformed.some(({ field }) => fields.includes(field));
}

/**
 * Thrown if the root of a tree cannot be sampled: no such process, or the id of a thread.
 *
 * @example
 * ```ts
 * import { RootError, Sampler } from "@procline/procline";
 * import { assertThrows } from "@std/assert";
 *
 * const start = () => new Sampler({ pid: 2 ** 30 });
 * assertThrows(start, RootError, "no such process");
 * ```
 */
export class RootError extends Error {
  /** Says which root, and why not. */
  constructor(message: string) {
    super(message);
    this.name = "RootError";
  }
}

/**
 * Thrown for a recording that is damaged, cut, or of another version.
 *
 * @example
 * ```ts
 * import { openRecording, RecordingError } from "@procline/procline/recording";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => openRecording(["{}"]), RecordingError);
 * ```
 */
export class RecordingError extends Error {
  /** Says which line, and what is wrong with it. */
  constructor(message: string) {
    super(message);
    this.name = "RecordingError";
  }
}
