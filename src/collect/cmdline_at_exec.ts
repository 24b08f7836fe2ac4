/**
 * The collector `cmdline_at_exec`: the arguments that each process was started with.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { CmdlineFields } from "../model/collected_fields.ts";
import { ENDING, type NullReason, type Readout } from "../model/null_reason.ts";
import { mayHaveExecuted, type Stat } from "../parse/stat.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { readCmdline } from "./cmdline.ts";
import type { Collector, ProcessVisit, RunningCollector } from "./collector.ts";

/** The arguments of a process that hides its addresses are read again in one of so many samples. */
const TURNS = 32;

/** A process of such a kind has no arguments, and gets none. */
const LASTING: ReadonlySet<NullReason> = new Set<NullReason>([
  "zombie",
  "kernel_thread",
]);

/**
 * Adds the arguments of each process, as the collector `cmdline` does, but reads them only when a
 * process is seen first and after it may have run another program. A title that the process gives
 * itself later is not seen.
 *
 * The fields are shown by the format `table` alone: on other lines, arguments are those of now.
 *
 * @example
 * ```ts
 * import { loadFormat, Sampler } from "@procline/procline";
 * import { cmdlineAtExec } from "@procline/procline/collect";
 * import { assertStringIncludes } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [cmdlineAtExec()] });
 * const encoder = (await loadFormat("table")).create();
 * Array.from(encoder.begin(sampler.describeRun()));
 * const rows = Array.from(encoder.lines(sampler.sample())).join("");
 * assertStringIncludes(rows, "COMMAND");
 * ```
 */
export function cmdlineAtExec(): Collector {
  return {
    name: "cmdline_at_exec",
    unusable: () => null,
    start: (reader) => new CmdlineAtExec(reader),
  };
}

/** What was read of a process, and what it was like then. */
interface Known {
  readonly readout: Readout<CmdlineFields>;
  readonly stat: Stat;
  readonly path: string | null;
  /** Whether `stat` shows where its memory is, which tells of another program. */
  readonly showsMemory: boolean;
}

/**
 * Reads arguments at first sight, and after a process may have run another program.
 *
 * @internal
 */
export class CmdlineAtExec implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #known = new WeakMap<TreeProcess, Known>();
  #sample = 0;

  /** Reads with `reader`. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** A sample begins. */
  begin(): void {
    this.#sample++;
  }

  /** The arguments of a process. */
  visit(visit: ProcessVisit): Readout<CmdlineFields> {
    const { directory, process, program: { path } } = visit;
    const { stat } = process;
    const known = this.#known.get(process);
    if (known !== undefined && !this.#mayDiffer(known, visit)) {
      return known.readout;
    }
    const readout = readCmdline(this.#reader, directory, stat);
    const reason = readout.reasons?.cmdline;
    if (known !== undefined && reason !== undefined && ENDING.has(reason)) {
      return known.readout;
    }
    if (reason === undefined || LASTING.has(reason)) {
      const showsMemory = stat.startstack !== 0;
      this.#known.set(process, { readout, stat, path, showsMemory });
    } else {
      this.#known.delete(process);
    }
    return readout;
  }

  /** Whether a process may have replaced its program since its arguments were read. */
  #mayDiffer(
    { readout, stat: before, path, showsMemory }: Known,
    { process: { pid, stat }, program }: ProcessVisit,
  ): boolean {
    // Most have not run since.
    if (showsMemory && stat === before && program.path === path) return false;
    if (stat.state === "Z") return false;
    if (stat.startstack !== 0) {
      return program.path !== path || mayHaveExecuted(before, stat);
    }
    return stat.comm !== before.comm || program.path !== path ||
      (readout.fields.cmdline !== null &&
        pid % TURNS === this.#sample % TURNS);
  }
}
