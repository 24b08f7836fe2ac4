/**
 * A file whose whole text is replaced again and again, so that who reads it always finds one text,
 * and that whole.
 *
 * @module
 */

import { quote } from "../text.ts";
import { fileError } from "./_file_error.ts";
import { FileError, UsageError } from "./errors.ts";
import type { FilePlace } from "./files.ts";
import { joinedTexts } from "./output.ts";
import { isSameFile } from "./output_file.ts";

/** The text is encoded and written in parts of about so many characters. */
const PART_LENGTH = 64 * 1024;

/** A file beside the place of another. */
interface FileBeside {
  readonly path: string;
  readonly file: Deno.FsFile;
}

/**
 * A file that is written beside its place and then renamed, see rename(2): its directory has to be
 * writable. A link in its place is replaced itself, not the file that it leads to.
 *
 * The name beside it does not end as that of the file does: who looks for `*.prom` never sees it.
 */
export class ReplacedFile implements Disposable {
  readonly #path: string;
  readonly #directory: string;
  readonly #name: string;
  readonly #warn: (sentence: string) => void;
  /** The file that takes the next text, if it is open. */
  #next: FileBeside | null;
  /** The path of a file beside the place that has to go; null: there is none. */
  #left: string | null = null;
  /** What this object has put into its place; null: nothing yet. */
  #placed: Deno.FileInfo | null = null;
  #isClosed = false;

  /**
   * Makes a file beside the place, which shows that this can be done; the first text goes there.
   * `warn` is told, in a sentence, what cannot be removed.
   *
   * @throws {UsageError} If something stands in its place that is no regular file.
   * @throws {FileError} If there cannot be a file.
   */
  constructor(path: string, warn: (sentence: string) => void) {
    const slash = path.lastIndexOf("/") + 1;
    this.#path = path;
    this.#warn = warn;
    this.#directory = slash === 0 ? "./" : path.slice(0, slash);
    this.#name = path.slice(slash);
    try {
      const info = this.info;
      if (info !== null && !info.isFile) {
        throw new UsageError(
          `Cannot replace ${quote(path)} at each sample: it is no regular file`,
        );
      }
      const beside = this.#pathBeside();
      this.#next = { path: beside, file: Deno.openSync(beside, FRESH) };
    } catch (cause) {
      throw cause instanceof UsageError
        ? cause
        : fileError("write", path, cause);
    }
  }

  /** What its path leads to now; null: nothing. */
  get info(): Deno.FileInfo | null {
    return unlessGone(() => Deno.statSync(this.#path));
  }

  /** Its place, where there may be nothing. */
  get place(): FilePlace {
    return { directory: Deno.statSync(this.#directory), name: this.#name };
  }

  /**
   * Puts a text into its place. If that fails, what was there stays.
   *
   * @throws {FileError} If it fails.
   */
  async replace(text: Iterable<string>): Promise<void> {
    const encoder = new TextEncoder();
    const parts = Array.from(
      joinedTexts(text, PART_LENGTH),
      (part) => encoder.encode(part),
    );
    try {
      this.#removeLeft();
      const { path, file } = this.#next ?? await this.#open();
      for (const bytes of parts) {
        for (let at = 0; at < bytes.length && !this.#isClosed;) {
          at += await file.write(bytes.subarray(at));
        }
      }
      // Not in steps: whatever is renamed is known to remove() from then on.
      if (this.#isClosed) return;
      const placed = file.statSync();
      Deno.renameSync(path, this.#path);
      this.#placed = placed;
      this.#next = null;
      file.close();
    } catch (cause) {
      this.#discard();
      throw fileError("replace", this.#path, cause);
    }
  }

  /**
   * Removes it, unless somebody else has put something into its place.
   *
   * @throws {FileError} If that cannot be done.
   */
  remove(): void {
    const placed = this.#placed;
    this.#placed = null;
    if (placed === null) return;
    try {
      const now = unlessGone(() => Deno.lstatSync(this.#path));
      if (now !== null && isSameFile(now, placed)) Deno.removeSync(this.#path);
    } catch (cause) {
      throw fileError("remove", this.#path, cause);
    }
  }

  /** Drops a text that is being written, and removes what stands beside the place. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#discard();
    try {
      this.#removeLeft();
    } catch (cause) {
      const error = fileError("remove", this.#left ?? this.#path, cause);
      if (!(error instanceof FileError)) throw error;
      this.#warn(error.message);
    }
  }

  /** Opens a file beside the place, for which it may have to wait. */
  async #open(): Promise<FileBeside> {
    const path = this.#pathBeside();
    const file = await Deno.open(path, FRESH);
    const next = { path, file };
    this.#next = next;
    if (this.#isClosed) this.#discard();
    return next;
  }

  #pathBeside(): string {
    return `${this.#directory}.procline-${crypto.randomUUID()}.tmp`;
  }

  #discard(): void {
    if (this.#next === null) return;
    const { path, file } = this.#next;
    this.#next = null;
    this.#left = path;
    file.close();
    try {
      this.#removeLeft();
    } catch (error) {
      // It is tried again before the next text, and at the end: then it counts.
      if (!(error instanceof Error)) throw error;
    }
  }

  #removeLeft(): void {
    const left = this.#left;
    if (left === null) return;
    unlessGone(() => Deno.removeSync(left));
    this.#left = null;
  }
}

/** The file is a new one, and no link of somebody else's. */
const FRESH: Deno.OpenOptions = { write: true, createNew: true };

/** What `ask` gives; null if there is no such file. */
function unlessGone<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
