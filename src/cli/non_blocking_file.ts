/**
 * A pipe that is written by system calls, without waiting.
 *
 * @module
 */

import { LIBRARY, loadIfAllowed, O_CLOEXEC } from "../kernel/host_fs.ts";

const O_WRONLY = 1;
const O_NONBLOCK = 0o4000;

/** Null where this program may not call functions of the C library, or the file cannot be opened. */
export function openNonBlocking(path: string): NonBlockingFile | null {
  return loadIfAllowed(() => new NonBlockingFile(path));
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
export class NonBlockingFile {
  readonly #library = openLibrary();
  readonly #descriptor: number;

  /**
   * Opens it again: its flags are nobody else's.
   *
   * @throws {Error} If it, or the library, cannot be opened.
   */
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
