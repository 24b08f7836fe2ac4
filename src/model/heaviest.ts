/**
 * The processes of a run that have used the most.
 *
 * @module
 */

import type { NullReason } from "./null_reason.ts";

/** What a process has used in a run, as far as samples saw it. */
export interface HeavyProcess {
  /** The process id. */
  readonly pid: number;
  /** The name of the main thread, as last seen. */
  readonly comm: string;
  /**
   * The arguments, as read at first sight and after it had run another program; null: not known.
   */
  readonly cmdline: readonly string[] | null;
  /** Why they are not known; null if they are, and in a run that has not read any. */
  readonly cmdlineReason: NullReason | null;
  /** CPU seconds that it has used itself in the run. */
  readonly cpuSeconds: number;
  /** The most resident memory that a sample has seen, in bytes; null if none has seen any. */
  readonly peakRssBytes: number | null;
}

/** The processes of a run that have used the most, ended ones too; the heaviest first. */
export interface Heaviest {
  /** How many processes samples saw. */
  readonly numProcesses: number;
  /** CPU seconds of all of them. */
  readonly cpuSeconds: number;
  /** Those with the most CPU time; none that has used nothing. */
  readonly byCpu: readonly HeavyProcess[];
  /** Those with the most memory at one time; none that has shown nothing. */
  readonly byPeakRss: readonly HeavyProcess[];
}
