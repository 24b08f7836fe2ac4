/**
 * A file that takes lines.
 *
 * @module
 */

import { systemMessage } from "../kernel/deno_errors.ts";
import { quote } from "../text.ts";
import { fileError } from "./_file_error.ts";
import { namedPipe, openNamedPipe } from "./_named_pipe.ts";
import { type ByteStream, joinedTexts } from "./output.ts";

/** How a file is written. */
export interface OutputFileOptions {
  /** Whether nobody else may read it: whatever its mode was, it gets the mode 0600. */
  readonly isPrivate: boolean;
  /** Warns the user, in a sentence. */
  readonly warn: (sentence: string) => void;
}

const PRIVATE_MODE = 0o600;
const PERMISSIONS = 0o7777;
/** Texts are joined up to this length before they are written. */
const MIN_TEXT_LENGTH = 64 * 1024;

/**
 * A file that takes lines: opened at once, so that what is wrong with it is found out, and left as
 * it is until the first line is there. Then what was in it goes, and from then on each line is
 * appended to whatever is in it. If no line comes, a file that was not there before is removed.
 *
 * A named pipe is opened for its first line, as that waits for a reader.
 */
export class OutputFile implements ByteStream, Disposable {
  /** What it is: which file, of which kind. */
  readonly info: Deno.FileInfo;
  readonly #path: string;
  readonly #options: OutputFileOptions;
  readonly #wasThere: boolean;
  /** Null for a named pipe that is not open yet. */
  #file: Deno.FsFile | null;
  #isBegun = false;

  /**
   * Opens it, or makes it.
   *
   * @throws {FileError} If that cannot be done.
   */
  constructor(path: string, options: OutputFileOptions) {
    this.#path = path;
    this.#options = options;
    const pipe = namedPipe(path);
    if (pipe !== null) {
      this.info = pipe;
      this.#file = null;
      this.#wasThere = true;
      return;
    }
    const mode = options.isPrivate ? { mode: PRIVATE_MODE } : {};
    const { file, wasThere } = openFile(path, mode);
    using opened = new DisposableStack();
    opened.use(file);
    this.info = file.statSync();
    this.#file = file;
    this.#wasThere = wasThere;
    opened.move();
  }

  /**
   * Takes some of the bytes and says how many.
   *
   * @throws {FileError} If what was in it cannot be removed, or a named pipe not be opened.
   */
  async write(bytes: Uint8Array): Promise<number> {
    const file = await this.#begun();
    return await file.write(bytes);
  }

  /**
   * Writes texts, one behind the other.
   *
   * @throws {FileError} If that cannot be done.
   */
  async writeTexts(texts: readonly string[]): Promise<void> {
    const file = await this.#begun();
    const encoder = new TextEncoder();
    for (const text of joinedTexts(texts, MIN_TEXT_LENGTH)) {
      const bytes = encoder.encode(text);
      try {
        for (let at = 0; at < bytes.length;) {
          at += await file.write(bytes.subarray(at));
        }
      } catch (cause) {
        throw fileError("write", this.#path, cause);
      }
    }
  }

  /**
   * Ends a run that went well: if it had no line, neither has the file. Warns if another program
   * has removed it meanwhile.
   *
   * @throws {FileError} If what was in it cannot be removed.
   */
  async finish(): Promise<void> {
    const file = await this.#begun();
    warnIfRemoved(this.#path, file, this.info, this.#options.warn);
  }

  /** Closes it; removes it if it was not there before, and no line has come. */
  [Symbol.dispose](): void {
    try {
      if (!this.#wasThere && !this.#isBegun) {
        removeUnused(this.#path, this.info);
      }
    } finally {
      this.#file?.close();
    }
  }

  /** The file, once it is ready for the first line. */
  async #begun(): Promise<Deno.FsFile> {
    this.#file ??= await openNamedPipe(this.#path);
    if (!this.#isBegun && this.info.isFile) this.#empty(this.#file);
    this.#isBegun = true;
    return this.#file;
  }

  #empty(file: Deno.FsFile): void {
    if (this.#options.isPrivate && this.#wasThere) this.#makePrivate();
    try {
      const { size } = file.statSync();
      if (size > 0) this.#sayWhatGoes(size);
      file.truncateSync(0);
    } catch (cause) {
      throw fileError("empty", this.#path, cause);
    }
  }

  #sayWhatGoes(bytes: number): void {
    this.#options.warn(
      `Overwriting ${quote(this.#path)}, which held ${bytes} bytes`,
    );
  }

  /** Deno sets the mode of a path alone: it has to lead to this file still. */
  #makePrivate(): void {
    const path = this.#path;
    try {
      const now = Deno.statSync(path);
      if (!isSameFile(now, this.info)) return;
      if (((now.mode ?? 0) & PERMISSIONS) === PRIVATE_MODE) return;
      Deno.chmodSync(path, PRIVATE_MODE);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#options.warn(
        `Cannot keep ${quote(path)} from other users, its mode stays: ${
          systemMessage(error)
        }`,
      );
    }
  }
}

/**
 * Removes a file that was made for nothing. The path may be a link, and another program may have
 * written to the file meanwhile.
 *
 * @throws {FileError} If it is there still, and cannot be removed.
 */
export function removeUnused(path: string, info: Deno.FileInfo): void {
  try {
    const real = Deno.realPathSync(path);
    const now = Deno.statSync(real);
    if (isSameFile(now, info) && now.size === 0) Deno.removeSync(real);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return;
    throw fileError("remove", path, cause);
  }
}

/** Says that a file has no name any more, if it had one when it was opened. */
export function warnIfRemoved(
  path: string,
  file: Deno.FsFile,
  opened: Deno.FileInfo,
  warn: (sentence: string) => void,
): void {
  if (!opened.isFile || opened.nlink === 0) return;
  if (file.statSync().nlink !== 0) return;
  warn(`${quote(path)} was removed meanwhile: what was written to it is lost`);
}

/**
 * Whether two paths, or descriptors, led to one file.
 *
 * A number beyond 2^53 has lost its last digits here: such files are the same if they have the same
 * size and times as well.
 */
export function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  if (a.dev !== b.dev || a.ino !== b.ino) return false;
  return Number.isSafeInteger(a.ino) ||
    (a.size === b.size && a.mtime?.getTime() === b.mtime?.getTime() &&
      a.birthtime?.getTime() === b.birthtime?.getTime());
}

function openFile(
  path: string,
  mode: Pick<Deno.OpenOptions, "mode">,
): AppendableFile {
  try {
    return openToAppend(path, mode);
  } catch (cause) {
    throw fileError("open", path, cause);
  }
}

/** A file that was opened to be added to. */
export interface AppendableFile {
  /** The file. */
  readonly file: Deno.FsFile;
  /** Whether it was there before. */
  readonly wasThere: boolean;
}

/**
 * Opens a file to append to it, or makes it; throws what the system says if that cannot be done.
 */
export function openToAppend(
  path: string,
  options: Pick<Deno.OpenOptions, "mode" | "read">,
): AppendableFile {
  const append = { ...options, append: true };
  const made = openUnless(Deno.errors.AlreadyExists, path, {
    ...append,
    createNew: true,
  });
  if (made !== null) return { file: made, wasThere: false };
  const found = openUnless(Deno.errors.NotFound, path, append);
  if (found !== null) return { file: found, wasThere: true };
  // A link that leads to nothing is there, and its file is not.
  const behindLink = Deno.openSync(path, { ...append, create: true });
  return { file: behindLink, wasThere: false };
}

/** Opens a file; null if that fails in this way. */
function openUnless(
  failure: typeof Deno.errors.NotFound | typeof Deno.errors.AlreadyExists,
  path: string,
  options: Deno.OpenOptions,
): Deno.FsFile | null {
  try {
    return Deno.openSync(path, options);
  } catch (cause) {
    if (cause instanceof failure) return null;
    throw cause;
  }
}
