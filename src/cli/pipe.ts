/**
 * Standard output, if it is a pipe.
 *
 * The runtime hands a write to another thread, as it may have to wait: of a small tree that costs
 * more than to encode its lines. A pipe that is opened not to block takes what it has room for at
 * once, and only for the rest is there something to wait for.
 *
 * @module
 */

import type { ByteStream } from "./output.ts";

/** The part with dlopen(3), which was one of its own before glibc 2.34; all else comes along. */
const LIBRARY = "libdl.so.2";

const O_WRONLY = 1;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/** The C library is opened for a run that writes more often: that takes a millisecond. */
const FEW_WRITES = 8;

/** A pipe, opened again by its path: its flags are nobody else's. */
export class Pipe implements ByteStream {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #writes = 0;
  /** Undefined before it is wanted; null: it cannot be had. */
  #direct: NonBlockingFile | null | undefined;

  /**
   * Opens the pipe.
   *
   * @throws {Error} Deno's, if it cannot be opened.
   */
  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { write: true });
  }

  /** Writes what there is room for now; waits only if there is none. */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    if (this.#writes < FEW_WRITES) this.#writes++;
    else {
      if (this.#direct === undefined) {
        this.#direct = openNonBlocking(this.#path);
      }
      const written = this.#direct?.write(bytes) ?? 0;
      if (written > 0) return written;
    }
    // If there is a fault, it is found again here, and thrown.
    return await this.#file.write(bytes);
  }
}

/**
 * Null where this program may not call functions of the C library, or the file cannot be opened.
 * Nobody is asked for the permission.
 */
function openNonBlocking(path: string): NonBlockingFile | null {
  const { state } = Deno.permissions.querySync({ name: "ffi" });
  if (state !== "granted") return null;
  try {
    return new NonBlockingFile(path);
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

function openLibrary() {
  return Deno.dlopen(
    LIBRARY,
    {
      open: { parameters: ["buffer", "i32"], result: "i32" },
      write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
    } as const,
  );
}

/** A file that is written by write(2), open until the program ends. */
class NonBlockingFile {
  readonly #library = openLibrary();
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = this.#library.symbols.open(
      new TextEncoder().encode(`${path}\0`),
      O_WRONLY | O_NONBLOCK | O_CLOEXEC,
    );
    if (this.#descriptor < 0) throw new Error(`Cannot open ${path} again`);
  }

  /** Returns how many bytes it took; below 1 if there is no room, or another fault. */
  write(bytes: Uint8Array<ArrayBuffer>): number {
    return this.#library.symbols.write(
      this.#descriptor,
      bytes,
      BigInt(bytes.length),
    );
  }
}
