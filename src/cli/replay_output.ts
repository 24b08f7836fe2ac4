/**
 * Where a replay goes to: signals are heard, and other files wait for no reader of lines.
 *
 * @module
 */

import type { Encoder, Format } from "../format/format.ts";
import { hostClock } from "../kernel/clock.ts";
import type { RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import type { PartOfRun } from "../view/part_of_run.ts";
import { ConsumerGoneError } from "./errors.ts";
import type { Exports } from "./exports.ts";
import { settled, type TextOutput } from "./output.ts";

/** Where what is replayed goes to. */
export interface ReplayOutput {
  /** Takes the lines. If there are exports, it goes on when their consumer has gone. */
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

/** The text of a run that is being replayed, and where it goes to. */
export interface ReplayedText {
  /** Its format. */
  readonly format: Format;
  /** What makes it. */
  readonly encoder: Encoder;
  /** What it shows of the run. */
  readonly part: PartOfRun;
  /** What takes it. */
  readonly lines: TextOutput;
  /** What is written beside it; null if nothing is. */
  readonly exports: Exports | null;
}

/**
 * Closes the text of a run, and what is written beside it: neither waits for the other. Null: the
 * end of the run is not known. A signal leaves what has only the last sample as it was.
 */
export async function closeRun(
  { format, encoder, part, lines, exports }: ReplayedText,
  end: RunEnd | null,
  signal: AbortSignal,
): Promise<void> {
  // Of what is replaced only the last sample of all is printed.
  const closing = format.isReplaced === true
    ? []
    : end === null
    ? encoder.close?.() ?? []
    : encoder.end(part.end(end));
  const beside = signal.aborted ? exports?.cut() : exports?.end(end);
  await settled([lines.writeLast(closing), beside ?? Promise.resolve()]);
}

/** The same after a fault, whatever else fails: a document is whole as far as it goes. */
export async function abandonRun(
  { encoder, lines, exports }: Omit<ReplayedText, "format" | "part">,
): Promise<void> {
  await Promise.allSettled([
    lines.writeLast(encoder.close?.() ?? []),
    exports?.cut(),
  ]);
}

/** The last sample of a run whose text is replaced at each. */
export interface LastSample {
  /** What makes its text. */
  readonly encoder: Encoder;
  /** The sample, as it is shown. */
  readonly sample: Sample;
  /** How the run ended, as it is shown; null: that is not known. */
  readonly end: RunEnd | null;
}

/** The only text of what is replaced: as it is after the run, if the run has an end. */
export function lastText(
  { encoder, sample, end }: LastSample,
): Iterable<string> {
  const lines = encoder.lines(sample);
  if (end === null) return lines;
  // The encoder is to have made the text that the end gives once more.
  Array.from(lines);
  return encoder.end(end);
}

/** How long nothing else has its turn. */
const TURN_MS = 50;

/** Makes a function that lets signals be heard now and then: a write need not do so. */
export function turnsOfSignals(): () => Promise<void> {
  let lastMs = hostClock.monotonicMs();
  return async () => {
    if (hostClock.monotonicMs() - lastMs < TURN_MS) return;
    await new Promise<void>((resolve) => setTimeout(resolve));
    lastMs = hostClock.monotonicMs();
  };
}
