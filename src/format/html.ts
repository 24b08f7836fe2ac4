/**
 * The format `html`: a report of a run, one file that opens anywhere.
 *
 * @module
 */

import type { Run, RunEnd } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";
import { reportPage } from "./_report_page.ts";
import { ReportRun } from "./_report_run.ts";
import type { Encoder, EncoderOptions, Format } from "./format.ts";

/** The format `html`: arguments of processes come from events, and the limit is drawn. */
export const format: Format = {
  reserved: new Set(),
  needs: (asked) => [
    "events",
    ...asked.includes("cgroup") ? [] : ["memory_limit"],
  ],
  comparesRuns: true,
  create: (options) => new HtmlEncoder(options),
};

/** Adds a run up, and prints its report at its end. */
class HtmlEncoder implements Encoder {
  readonly #labels: Readonly<Record<string, string>>;
  readonly #before: ReportRun | null;
  #run: ReportRun | null = null;

  /** Shows the labels, and another run that has ended. */
  constructor({ labels = {}, comparedWith }: EncoderOptions = {}) {
    this.#labels = labels;
    this.#before = comparedWith instanceof HtmlEncoder
      ? comparedWith.#run
      : null;
  }

  /** No text yet. */
  begin(run: Run): Iterable<string> {
    this.#run = new ReportRun(run, this.#labels);
    return [];
  }

  /** No text yet. */
  lines(sample: Sample): Iterable<string> {
    if (this.#run === null) {
      throw new Error("Cannot encode a sample: begin() was not called");
    }
    this.#run.add(sample);
    return [];
  }

  /** The report. */
  end(end: RunEnd): Iterable<string> {
    return this.#report(end);
  }

  /** The report of what there was. */
  close(): Iterable<string> {
    return this.#report(null);
  }

  #report(end: RunEnd | null): Iterable<string> {
    if (this.#run === null) return [];
    this.#run.finish(end);
    return reportPage(
      this.#before === null ? [this.#run] : [this.#before, this.#run],
    );
  }
}
