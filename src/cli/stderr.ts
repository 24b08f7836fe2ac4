/**
 * Sentences for a person, on a stream that may be stuck, full or closed: none of that holds up the
 * lines, or a signal.
 *
 * @module
 */

import type { ByteStream } from "./output.ts";

/** This many sentences may wait for a stream that is stuck; further ones are lost. */
const MAX_WAITING = 100;
/** How long the end of a run waits for its last sentence to be taken. */
const DEADLINE_MS = 1000;

/** Writes sentences, one after the other. */
export class StderrWriter {
  readonly #stream: ByteStream;
  #waiting = 0;
  #isBroken = false;
  #last: Promise<void> = Promise.resolve();

  /** Writes to a stream. */
  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  /** Writes a sentence, without waiting for anyone to take it. */
  warn(sentence: string): void {
    if (this.#waiting >= MAX_WAITING) return;
    this.#waiting++;
    const before = this.#last;
    this.#last = this.#write(sentence, before);
  }

  /** Resolves once all is written, or nobody has taken it for a second. */
  async flush(): Promise<void> {
    if (this.#waiting === 0) return;
    const late = new Promise<void>((resolve) =>
      setTimeout(resolve, DEADLINE_MS)
    );
    await Promise.race([this.#last, late]);
  }

  async #write(sentence: string, before: Promise<void>): Promise<void> {
    await before;
    const bytes = new TextEncoder().encode(`procline: ${sentence}\n`);
    try {
      for (let at = 0; at < bytes.length && !this.#isBroken;) {
        at += await this.#stream.write(bytes.subarray(at));
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Nobody is left who could be told.
      this.#isBroken = true;
    }
    this.#waiting--;
  }
}
