/** Counts over a run what its samples say of their processes, and tells which are of the run. */

import { LINES } from "../model/dictionary.ts";
import type { Field } from "../model/field.ts";
import type { Grouping } from "../model/group.ts";
import type { NullReason, NullReasons } from "../model/null_reason.ts";
import type { ProcessSample } from "../model/process.ts";
import type { Run } from "../model/run.ts";
import type { Sample } from "../model/sample.ts";

/** What is there and could not be read; other reasons say that there is nothing to be read. */
const UNREAD: ReadonlySet<NullReason> = new Set<NullReason>([
  "denied",
  "failed",
  "gone",
  "malformed",
]);

/** The fields of a process that are amounts, by their keys. */
const AMOUNTS: ReadonlySet<string> = new Set(
  Object.entries<Field>(LINES.process)
    .filter(([, { kind }]) => kind === "gauge" || kind === "counter")
    .map(([key]) => key),
);

const SECOND_MS = 1000;

/** Counts over the samples of one run. */
export class Census {
  readonly #run: Run;
  #emptySamples = 0;
  #unreadProcesses = 0;
  #partlyReadProcesses = 0;
  /** The sweep of the first sample, by the monotonic clock; null before it. */
  #firstMs: number | null = null;

  /** Starts before the first sample. */
  constructor(run: Run) {
    this.#run = run;
  }

  /** Counts a sample; returns what all samples up to it come to. */
  count(sample: Sample): Omit<Grouping, "usedInRun"> {
    const { tree, processes, times } = sample;
    this.#firstMs ??= times.sweepMs;
    const unread = tree.denied + tree.malformed;
    this.#unreadProcesses += unread;
    if (processes.length === 0 && unread > 0) this.#emptySamples++;
    this.#partlyReadProcesses +=
      processes.filter(({ unreadable }) => lacksAmount(unreadable)).length;
    return {
      emptySamples: this.#emptySamples,
      unreadProcesses: this.#unreadProcesses,
      partlyReadProcesses: this.#partlyReadProcesses,
    };
  }

  /**
   * Whether a process or thread that is seen for the first time has started in the run, so that all
   * that it has used was used in the run.
   */
  isOfRun(
    { uptimeSeconds }: Pick<ProcessSample, "uptimeSeconds">,
    { times: { sweepMs } }: Sample,
  ): boolean {
    const { command, ticksPerSecond } = this.#run;
    if (command !== null) return true;
    const runMs = sweepMs - (this.#firstMs ?? sweepMs);
    if (runMs === 0 || uptimeSeconds === null) return runMs > 0;
    // Its start is known to a tick.
    return uptimeSeconds * SECOND_MS <= runMs + SECOND_MS / ticksPerSecond;
  }
}

function lacksAmount(unreadable: NullReasons | null): boolean {
  return unreadable !== null &&
    Object.entries(unreadable).some(([key, reason]) =>
      UNREAD.has(reason) && AMOUNTS.has(key)
    );
}
