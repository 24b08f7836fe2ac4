/**
 * What procline asks of a file system: the only door to the kernel's files. The real one is
 * `HostFs`.
 *
 * Synchronous, because one unbroken sweep is the tightest snapshot and because a small file of
 * /proc costs less than the promise of an asynchronous read. A caller that must not block runs the
 * sampler in a Worker.
 *
 * @module
 */

/** A kernel file of one record (`stat`), or of short ones (`children`), that stays open. */
export interface ProcFile {
  /**
   * Whether it is not held open, as no descriptor was left, but opened by its path for each read:
   * if its process has ended and the id is reused, it shows the new process.
   *
   * @default {false}
   */
  readonly byPath?: boolean | undefined;
  /**
   * The file's present content, from its start.
   *
   * @throws {ProcReadError} With the reason `"gone"` once the process has ended; unless `byPath`,
   * also when its id is reused.
   */
  readText(): string;
  /** Closes the file. Reading it afterwards is an error. */
  close(): void;
}

/** A file of binary records, of which parts are read. */
export interface ProcBytes {
  /**
   * The bytes from `offset` on: `length` of them, fewer at the end of the file, none behind it.
   *
   * @throws {ProcReadError} If they cannot be read.
   */
  readAt(offset: number, length: number): Uint8Array;
  /**
   * Writes bytes from `offset` on, if the file was opened for that; returns how many were taken:
   * fewer at the end of the file, 0 behind it.
   *
   * @throws {ProcReadError} If they cannot be written.
   */
  writeAt(offset: number, bytes: Uint8Array): number;
  /** Closes the file. Using it afterwards is an error. */
  close(): void;
}

/** What a file of binary records is opened for. */
export type BytesUse = "read" | "readwrite";

/** Which file it is, and how many names it has: a part of what stat(2) tells. */
export interface FileStatus {
  /** The device that holds it, `st_dev`. */
  readonly device: number;
  /** Its number on that device, `st_ino`. */
  readonly inode: number;
  /** How many names lead to it, `st_nlink`: 0 for a file that was deleted. */
  readonly numLinks: number;
}

/** Tells whether the mounts that a program sees have changed. */
export interface MountWatch {
  /**
   * Whether `/proc/self/mountinfo` may have another text than when this was last asked, or the
   * watch began.
   */
  hasChanged(): boolean;
  /** Ends the watch. */
  close(): void;
}

/** A name in a directory. */
export interface DirEntry {
  /** The name; invalid UTF-8 in it became U+FFFD, and leads nowhere. */
  readonly name: string;
  /** Whether it is a directory; null: not known. */
  readonly isDirectory: boolean | null;
}

/**
 * What procline asks of a file system. Paths are as the kernel names them, `/proc/42/stat`.
 *
 * Every method throws a {@linkcode ProcReadError} if it cannot do what it says.
 */
export interface ProcFs {
  /**
   * Whether it writes down what is read, for a replay that reads it again: then a sampler lists all
   * processes in each sample, as its replay does. Default: no.
   */
  readonly isRecording?: boolean;
  /** The whole file as UTF-8: invalid bytes become U+FFFD; a byte order mark is kept. */
  readTextFile(path: string): string;
  /** The target of a symbolic link; bytes that are not UTF-8 become U+FFFD. */
  readLink(path: string): string;
  /** What the path leads to, links followed. */
  stat(path: string): FileStatus;
  /** The names in a directory, in no order. */
  readDir(path: string): string[];
  /**
   * The same, and which of them are directories. A file system that cannot tell may leave it out.
   */
  readEntries?(path: string): DirEntry[];
  /**
   * Of a file that holds an environment, `/proc/42/environ`, the variables of these names: the text
   * of each, `NAME=value`, and a NUL behind it, and a further NUL if there is anything else in the
   * file. What leaves it out reads the whole file; what writes down what is read does not.
   */
  readEnvironment?(path: string, names: readonly string[]): string;
  /** The whole file as bytes. */
  readFile(path: string): Uint8Array;
  /** Opens a file of one record, or of short ones, to be read again and again. */
  open(path: string): ProcFile;
  /**
   * Opens a file of binary records that is too large to be read whole. Nothing else here writes; of
   * procline, the collector `wss` alone asks for it, to mark pages as idle. A file system that has
   * no such files may leave it out.
   */
  openBytes?(path: string, use: BytesUse): ProcBytes;
  /**
   * Begins to watch the mounts; null if that cannot be done. A file system without it leaves it
   * out: they are read each time.
   */
  watchMounts?(): MountWatch | null;
}
