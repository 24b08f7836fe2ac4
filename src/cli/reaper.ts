/**
 * Reaps orphans that procline has adopted: as process 1 of a container, or as a subreaper, it is
 * the parent of every process whose own parent has ended, and they stay zombies until it waits for
 * them.
 *
 * @module
 */

import type { ProcessSample } from "../model/process.ts";
import { CLibrary } from "./libc.ts";

/** Waits for what this program has not started. */
export class Reaper {
  readonly #warn: (sentence: string) => void;
  #library: CLibrary | null = null;
  #isUseless = false;

  /** `warn` is told once if nothing can be reaped. */
  constructor(warn: (sentence: string) => void) {
    this.#warn = warn;
  }

  /**
   * Reaps processes that have ended. The sample has seen what each has used: the kernel adds it to
   * what this program has reaped.
   */
  reap(zombies: readonly ProcessSample[]): void {
    for (const { pid } of zombies) this.#open(pid)?.reap(pid);
  }

  #open(pid: number): CLibrary | null {
    if (this.#isUseless) return null;
    try {
      return this.#library ??= new CLibrary();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#isUseless = true;
      this.#warn(
        `Cannot reap process ${pid}, which has become a child of procline: let an init be process 1, as docker run --init does: ${error.message}`,
      );
      return null;
    }
  }
}
