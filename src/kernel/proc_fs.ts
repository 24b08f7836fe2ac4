/**
 * The only door to the kernel's files: what procline asks of a file system. The real one is `HostFs`.
 *
 * Synchronous, because one unbroken sweep is the tightest snapshot and because a small file of /proc costs less than the promise
 * that would stand for it. A caller who must not block runs the sampler in a Worker.
 *
 * @module
 */

/** A kernel file of one record (`stat`, `statm`) that stays open. */
export interface ProcFile {
  /**
   * What the file says now, from its start.
   *
   * @throws {ProcReadError} With the reason `"gone"` once the process has ended, also when its id is taken again.
   */
  readText(): string;
  /** Gives the file back. Further reads are errors. */
  close(): void;
}

/**
 * What procline asks of a file system. Paths are as the kernel names them, `/proc/42/stat`.
 *
 * Every method throws a {@linkcode ProcReadError} where it cannot do what it says.
 */
export interface ProcFs {
  /** The whole file as UTF-8; bytes that are none become U+FFFD, a byte order mark stays. */
  readTextFile(path: string): string;
  /** What a symbolic link holds. */
  readLink(path: string): string;
  /** The names in a directory, in no order. */
  readDir(path: string): string[];
  /** The whole file as bytes. */
  readFile(path: string): Uint8Array;
  /** Opens a file of one record, to be read again and again. */
  open(path: string): ProcFile;
}
