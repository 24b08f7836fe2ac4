/**
 * Standard input, which a host closes to end the programs that it has started.
 *
 * @module
 */

import { systemMessage } from "../kernel/deno_errors.ts";

/** What gives bytes: `Deno.stdin`, a test's own. */
export interface ByteSource {
  /** Gives some bytes, and says how many; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

const BUFFER_BYTES = 4096;
/** How long to wait before reading again what is empty and does not block. */
const RETRY_MS = 100;

/** Waits for the end of standard input. What is on it is read and dropped. */
export class InputEnd {
  readonly #source: ByteSource;
  readonly #closed: () => void;
  readonly #warn: (sentence: string) => void;
  #isWaiting = false;
  #hasCome = false;

  /** `closed` is called at the end, or if no more can be read: then a sentence says why. */
  constructor(
    source: ByteSource,
    closed: () => void,
    warn: (sentence: string) => void,
  ) {
    this.#source = source;
    this.#closed = closed;
    this.#warn = warn;
  }

  /** Whether the end has come. */
  get hasCome(): boolean {
    return this.#hasCome;
  }

  /** Begins to wait, if it has not yet. Nothing is read before. */
  wait(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#readAll().then(() => {
      this.#hasCome = true;
      this.#closed();
    });
  }

  async #readAll(): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (;;) {
      try {
        if (await this.#source.read(buffer) === null) return;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (!(error instanceof Deno.errors.WouldBlock)) {
          this.#warn(`Cannot read standard input: ${systemMessage(error)}`);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
