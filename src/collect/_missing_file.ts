/** Whether a kernel lacks a file: then the sampler's own process does not have it either. */

import type { ProcReader } from "../kernel/proc_reader.ts";

/**
 * A sentence, if this kernel does not have a file of the sampler's own process; null if it does.
 */
export function missingFile(
  reader: ProcReader,
  collector: string,
  path: string,
): string | null {
  return isMissing(reader, path)
    ? `The collector ${collector} finds nothing: this kernel has no ${path}`
    : null;
}

/** Tells a process that has ended from a kernel without the file that was not there. */
export class OwnFile {
  readonly #reader: ProcReader;
  readonly #path: string;
  /** Null until a missing file of a process makes it worth asking. */
  #isMissing: boolean | null = null;

  /** `path` is that of the sampler's own process. Nothing is read yet. */
  constructor(reader: ProcReader, path: string) {
    this.#reader = reader;
    this.#path = path;
  }

  /** Whether this kernel does not have it. */
  get isMissing(): boolean {
    this.#isMissing ??= isMissing(this.#reader, this.#path);
    return this.#isMissing;
  }
}

function isMissing(reader: ProcReader, path: string): boolean {
  return reader.read(path, (text) => text).reason === "gone";
}
