/**
 * A file that lines are added to, run after run, and that other programs rotate.
 *
 * @module
 */

import { systemMessage } from "../kernel/deno_errors.ts";
import { quote } from "../text.ts";
import { fileError } from "./_file_error.ts";
import { namedPipe, openNamedPipe } from "./_named_pipe.ts";
import type { ByteStream, TextOutput } from "./output.ts";
import {
  type AppendableFile,
  isSameFile,
  openToAppend,
  removeUnused,
  warnIfRemoved,
} from "./output_file.ts";

/** How a file is added to. */
export interface AppendFileOptions {
  /** For what else a file is used, as it stands in a sentence; null: for nothing. */
  readonly otherUse: (info: Deno.FileInfo) => string | null;
  /** Warns the user, in a sentence. */
  readonly warn: (sentence: string) => void;
}

const NEWLINE = 10;
const NOTHING = new Uint8Array(0);
/**
 * How long a file has to stay as it is, in the middle of a line, until nobody is taken to write
 * that line any more.
 */
const SETTLE_MS = 50;

/**
 * A file that lines are added to: opened at once, and as it was until the first line is there.
 *
 * Lines are written whole, as many as there are by one write(2) with O_APPEND: on a local file
 * system none of another program gets into them. If the file ends in the middle of a line, as a
 * program that was killed has left it, a newline comes before the next one.
 *
 * It can be opened anew under its path, after another program has moved it away. A named pipe
 * cannot; it is opened for its first line, as that waits for a reader.
 */
export class AppendFile implements ByteStream, Disposable {
  readonly #path: string;
  readonly #options: AppendFileOptions;
  #info: Deno.FileInfo;
  /** Null for a named pipe that is not open yet. */
  #file: Deno.FsFile | null;
  #canRead = true;
  /** Whether it was there before, and so is to stay. */
  #isKept: boolean;
  /** Where the last line ended that was written here. */
  #end = 0;
  /** The beginning of a line, the rest of which has not come yet. */
  #begun = NOTHING;
  #isInSample = false;
  #isToReopen = false;
  #isClosed = false;

  /**
   * Opens it, or makes it.
   *
   * @throws {FileError} If that cannot be done.
   */
  constructor(path: string, options: AppendFileOptions) {
    this.#path = path;
    this.#options = options;
    const pipe = namedPipe(path);
    if (pipe !== null) {
      this.#info = pipe;
      this.#file = null;
      this.#isKept = true;
      return;
    }
    const { file, wasThere, canRead } = openFirst(path);
    using opened = new DisposableStack();
    opened.use(file);
    this.#info = file.statSync();
    this.#file = file;
    this.#isKept = wasThere;
    this.#canRead = canRead;
    opened.move();
  }

  /** Which file it is now, and of which kind. */
  get info(): Deno.FileInfo {
    return this.#info;
  }

  /**
   * Takes the bytes and says how many. A line is written once all of it is there.
   *
   * @throws {FileError} If a named pipe cannot be opened.
   */
  async write(bytes: Uint8Array): Promise<number> {
    this.#file ??= await openNamedPipe(this.#path);
    const file = this.#file;
    if (!this.#info.isFile) return await file.write(bytes);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      await this.#append(file, [
        await this.#gap(file),
        this.#begun,
        bytes.subarray(0, end),
      ]);
      this.#begun = NOTHING;
    }
    this.#begun = joined([this.#begun, bytes.subarray(end)]);
    return bytes.length;
  }

  /**
   * Ends a run that went well: the file stays, also without a line. Warns if another program has
   * removed it, and it was not opened anew.
   */
  finish(): Promise<void> {
    this.#isKept = true;
    const { warn } = this.#options;
    if (this.#file !== null) {
      warnIfRemoved(this.#path, this.#file, this.#info, warn);
    }
    return Promise.resolve();
  }

  /** An output to this file that leaves a sample, or what else is written at once, in one file. */
  undivided(output: TextOutput): TextOutput {
    return {
      write: (lines) => this.#undivided(output.write(lines)),
      writeLast: (lines) => this.#undivided(output.writeLast(lines)),
    };
  }

  /**
   * Opens the file anew, once the sample that is being written is there. If that cannot be done, a
   * sentence says so, and lines go on to the file as it was.
   */
  reopen(): void {
    if (this.#isClosed) return;
    this.#isToReopen = true;
    if (!this.#isInSample) this.#reopenNow();
  }

  /** Does so if its path does not lead to it any more. */
  reopenIfMoved(): void {
    try {
      if (isSameFile(Deno.statSync(this.#path), this.#info)) return;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Whatever it is, it will be said.
    }
    this.reopen();
  }

  /** Closes it; removes it if it was not there before, is empty, and the run has failed. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    try {
      if (!this.#isKept) removeUnused(this.#path, this.#info);
    } finally {
      this.#file?.close();
    }
  }

  async #undivided(written: Promise<void>): Promise<void> {
    this.#isInSample = true;
    try {
      await written;
    } finally {
      this.#isInSample = false;
      if (this.#isToReopen) this.#reopenNow();
    }
  }

  #reopenNow(): void {
    this.#isToReopen = false;
    if (this.#info.isFifo === true) return;
    try {
      if (namedPipe(this.#path) !== null) throw new Error("it is a named pipe");
      const { file, canRead } = openToReadAndAppend(this.#path);
      using opened = new DisposableStack();
      opened.use(file);
      const info = file.statSync();
      const use = this.#options.otherUse(info);
      if (use !== null) throw new Error(`it is the same as ${use}`);
      opened.move();
      this.#file?.close();
      this.#file = file;
      this.#info = info;
      this.#canRead = canRead;
      this.#isKept = true;
      this.#end = 0;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#options.warn(
        `Cannot open ${
          quote(this.#path)
        } anew, lines go on to the file that it was: ${systemMessage(error)}`,
      );
    }
  }

  /** What has to stand before the next line: a newline if a line was not written to its end. */
  async #gap(file: Deno.FsFile): Promise<Uint8Array> {
    let { size } = file.statSync();
    if (size === this.#end || size === 0) return NOTHING;
    if (!this.#canRead) return this.#gapUnread();
    while (size > 0 && !endsWithNewline(file, size)) {
      // Another program may be about to write it.
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const now = file.statSync().size;
      if (now === size) return Uint8Array.of(NEWLINE);
      size = now;
    }
    return NOTHING;
  }

  /** The same for a file that may not be read, once each time that it was opened. */
  #gapUnread(): Uint8Array {
    if (this.#end > 0) return NOTHING;
    this.#options.warn(
      `Cannot read how ${
        quote(this.#path)
      } ends: an empty line comes first, in case that its last line was cut`,
    );
    return Uint8Array.of(NEWLINE);
  }

  async #append(
    file: Deno.FsFile,
    parts: readonly Uint8Array[],
  ): Promise<void> {
    const bytes = joined(parts);
    for (let at = 0; at < bytes.length;) {
      at += await file.write(bytes.subarray(at));
    }
    this.#end = file.seekSync(0, Deno.SeekMode.Current);
  }
}

function openFirst(path: string): ReturnType<typeof openToReadAndAppend> {
  try {
    return openToReadAndAppend(path);
  } catch (cause) {
    throw fileError("open", path, cause);
  }
}

/** A file that may only be written is opened all the same. */
function openToReadAndAppend(
  path: string,
): AppendableFile & { readonly canRead: boolean } {
  try {
    return { ...openToAppend(path, { read: true }), canRead: true };
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    return { ...openToAppend(path, {}), canRead: false };
  }
}

function endsWithNewline(file: Deno.FsFile, size: number): boolean {
  const last = new Uint8Array(1);
  file.seekSync(size - 1, Deno.SeekMode.Start);
  // Nothing is there any more if the file was cut meanwhile.
  return file.readSync(last) === null || last[0] === NEWLINE;
}

/** The parts one behind the other, in bytes of their own. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
