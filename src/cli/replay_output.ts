/**
 * Where a replay goes to: signals are heard, and other files wait for no reader of lines.
 *
 * @module
 */

import { hostClock } from "../kernel/clock.ts";
import { ConsumerGoneError } from "./errors.ts";
import type { Exports } from "./exports.ts";
import type { TextOutput } from "./output.ts";

/** Where what is replayed goes to. */
export interface ReplayOutput {
  /** Takes the lines. */
  readonly output: TextOutput;
  /** What is written beside them; null if nothing is. */
  readonly exports: Exports | null;
  /** Ends the output after the line that is being written. */
  readonly signal: AbortSignal;
}

/** How a run ended of which the end was not reached. */
export const NOT_REPLAYED = "not known: what was replayed has no end";

/** Goes on when the consumer of the lines has gone: there is more to write than they. */
export class LastingOutput implements TextOutput {
  readonly #output: TextOutput;
  #isGone = false;

  /** Writes to an output. */
  constructor(output: TextOutput) {
    this.#output = output;
  }

  /** Takes lines, if there is a consumer. */
  async write(lines: Iterable<string>): Promise<void> {
    await this.#try(() => this.#output.write(lines));
  }

  /** Takes the last lines, if there is a consumer. */
  async writeLast(lines: Iterable<string>): Promise<void> {
    await this.#try(() => this.#output.writeLast(lines));
  }

  async #try(write: () => Promise<void>): Promise<void> {
    if (this.#isGone) return;
    try {
      await write();
    } catch (error) {
      if (!(error instanceof ConsumerGoneError)) throw error;
      this.#isGone = true;
    }
  }
}

/** How long nothing else has its turn while nothing is written. */
const TURN_MS = 50;

/** Makes a function that lets signals be heard now and then: a write does so too. */
export function turnsOfSignals(): () => Promise<void> {
  let lastMs = hostClock.monotonicMs();
  return async () => {
    if (hostClock.monotonicMs() - lastMs < TURN_MS) return;
    await new Promise<void>((resolve) => setTimeout(resolve));
    lastMs = hostClock.monotonicMs();
  };
}
