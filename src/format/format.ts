/**
 * What every output format offers: samples become lines of JSON.
 *
 * @module
 */

import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";

/** Turns a run into lines, each with its newline. */
export interface Encoder {
  /** The lines that open a run; empty for a format without any. */
  run(run: Run): string;
  /** The lines of a sample, as one text. */
  sample(sample: Sample): string;
  /**
   * The lines of a sample, one after the other: no more of them need be in memory than are asked for. To be read to their end before those
   * of another sample are.
   */
  lines(sample: Sample): Iterable<string>;
  /** The lines that close a run; empty for a format without any. */
  end(end: RunEnd): string;
}

/** What the user wants to stand on every line. */
export interface EncoderOptions {
  /** Names and values that stand on every line. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
}
