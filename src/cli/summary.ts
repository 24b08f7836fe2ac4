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

  /** Shows it. */
  show(
    sampler: Sampler,
    parts: Pick<SummaryParts, "run" | "end" | "missedBecause">,
  ): void {
    const { stderr, show } = this.#context;
    const { summary, host } = sampler;
    const heaviest = this.heaviest.found(host.ticksPerSecond);
    const columns = stderr.terminal?.size()?.columns;
    show(summaryText({ ...parts, summary, heaviest }, columns));
  }
}
