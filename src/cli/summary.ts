/**
 * Whether a run has a summary at its end, and where that goes.
 *
 * @module
 */

import { type SummaryParts, summaryText } from "../format/summary.ts";
import { HeaviestProcesses } from "../measure/heaviest_processes.ts";
import type { Sampler } from "../measure/sampler.ts";
import type { CommandContext } from "./context.ts";

/** The summary of one run: watches its processes, and is shown at its end. */
export class RunSummaryPrinter {
  /** What the sampler is to tell of its processes. */
  readonly heaviest = new HeaviestProcesses();
  readonly #context: CommandContext;

  /** Shows it on standard error. */
  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Shows that of a run that was sampled. */
  show(
    sampler: Sampler,
    parts: Pick<SummaryParts, "run" | "end" | "seconds" | "missedBecause">,
  ): void {
    const { summary, host } = sampler;
    const heaviest = this.heaviest.found(host.ticksPerSecond);
    this.showParts({ ...parts, summary, heaviest });
  }

  /** Shows that of any run. */
  showParts(parts: SummaryParts): void {
    const { stderr, show } = this.#context;
    show(summaryText(parts, stderr.terminal?.size()?.columns));
  }
}
