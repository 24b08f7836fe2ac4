/**
 * What a view is: a sample becomes a sample with less in it, for the lines to be few and still to
 * add up to the tree.
 *
 * @module
 */

import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";

/** Less of a sample. The functions of the entry `./view` make one. */
export interface View {
  /** The collectors that it needs, by name. */
  readonly needs: readonly string[];
  /** Starts it for one run: what is remembered from sample to sample lives in the result. */
  create(run: Run): RunningView;
}

/** A view at work. */
export interface RunningView {
  /**
   * The sample with less in it. Each sample of a run is given once, in their order, also those that
   * are not printed.
   */
  apply(sample: Sample): Sample;
}
