/**
 * What an output format is: samples become lines of text.
 *
 * @module
 */

import type { LineKind } from "../model/field.ts";
import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";

/** One output format. */
export interface Format {
  /** Names that a label may not have: what stands on the lines. */
  readonly reserved: ReadonlySet<string>;
  /**
   * Why its lines cannot have labels of these names together, in a few words; null if they can. For
   * what `reserved` cannot say.
   *
   * Default: they can.
   */
  readonly refuseLabels?: (names: readonly string[]) => string | null;
  /** The collectors that it needs, by name, given those that were asked for. */
  needs(asked: readonly string[]): readonly string[];
  /**
   * Whether the text of a sample is a picture of the present, which may be drawn in place of the
   * one before. Its lines can be iterated again then: they are made anew, for the window as it is.
   *
   * @default {false}
   */
  readonly isPicture?: boolean;
  /**
   * Whether the text of a sample takes the place of the one before, so that only the last is ever
   * seen. `begin` has no text then, and the text of a sample depends on nothing but the run and
   * that sample: others may be left out. `end` gives the whole text once more, as it stays after
   * the run; none if there was no sample.
   *
   * @default {false}
   */
  readonly isReplaced?: boolean;
  /**
   * Whether it can show two runs side by side, see `EncoderOptions.comparedWith`. Its encoder takes
   * each sample before `lines` returns, and has no text before the end then.
   *
   * @default {false}
   */
  readonly comparesRuns?: boolean;
  /**
   * What processes are grouped by for it if the person does not say.
   *
   * Default: they are not grouped.
   */
  readonly groupBy?: "comm";
  /** Makes an encoder for one run. */
  create(options?: EncoderOptions): Encoder;
}

/**
 * Turns one run into text, line by line, each with its newline. `begin` comes first: it says what
 * the samples will hold.
 */
export interface Encoder {
  /** The text that opens a run; none in a format without an opening. */
  begin(run: Run): Iterable<string>;
  /**
   * The text of a sample. Lazily: lines are made as they are consumed. Consume one sample before
   * asking for the next, and do not change a sample afterwards.
   *
   * @throws {Error} If `begin` was not called.
   */
  lines(sample: Sample): Iterable<string>;
  /** The text that closes a run; none in a format without an end. */
  end(end: RunEnd): Iterable<string>;
  /**
   * The text that closes a run of which the end is not known, in place of `end`. For a format whose
   * text is one document: no other run can follow.
   *
   * Default: none.
   */
  close?(): Iterable<string>;
}

/** What a person wants of the lines. */
export interface EncoderOptions {
  /**
   * Names and values that stand on every line.
   *
   * @default {{}}
   */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether the name of the host and the id of the run stand on every line, not only on the first
   * of the format `records`.
   *
   * @default {false}
   */
  readonly hostname?: boolean | undefined;
  /** The kinds of line to print, of the format `records`. Default: all. */
  readonly only?: readonly LineKind[] | undefined;
  /**
   * The fields of processes, groups and the rest to print, by their names on the line, of the
   * format `records`. What says which process or group it is stays. Default: all.
   */
  readonly fields?: readonly string[] | undefined;
  /**
   * What the format `table` sorts its rows by, the most first; `tree`: each process below its
   * parent.
   *
   * @default {"cpu"}
   */
  readonly sort?: "cpu" | "rss" | "growth" | "tree" | undefined;
  /**
   * The encoder of another run, which has ended, to show that beside this one; of the format
   * `html`. Default: there is none.
   */
  readonly comparedWith?: Encoder | undefined;
  /**
   * The window that shows the text, of the format `table`; asked for each sample. Default: nothing
   * is cut, and there is no colour.
   */
  readonly window?: (() => TextWindow) | undefined;
}

/** The part of a terminal that text is shown in. */
export interface TextWindow {
  /** Columns; `Infinity`: lines are not cut. */
  readonly columns: number;
  /** Lines; `Infinity`: none is left out. */
  readonly rows: number;
  /** Whether escape sequences for colour and weight may be used. */
  readonly hasColor: boolean;
}
