/** What was read of a program when it was seen first: it is read again after another was run. */

import type { CollectedFields } from "../model/collected_fields.ts";
import { ENDING, type NullReason, type Readout } from "../model/null_reason.ts";
import { showsExec, showsOtherProgram, type Stat } from "../parse/stat.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import type { ProcessVisit, RunningCollector } from "./collector.ts";

/** Where addresses do not show an exec, it is read again in one of so many samples. */
const TURNS = 32;

/** A process of such a kind has nothing to read, and gets nothing. */
const LASTING: ReadonlySet<NullReason> = new Set<NullReason>([
  "zombie",
  "kernel_thread",
]);

/** What was read of a process, and what it was like then. */
interface Known<Fields> {
  readonly readout: Readout<Fields>;
  readonly stat: Stat;
  readonly path: string | null;
}

/** Reads fields of a process at first sight, and after it may have run another program. */
export class ReadAtExec<Fields extends CollectedFields>
  implements RunningCollector {
  readonly #read: (visit: ProcessVisit) => Readout<Fields>;
  readonly #key: string;
  readonly #known = new WeakMap<TreeProcess, Known<Fields>>();
  #sample = 0;

  /** Reads with `read`; the field with this key is null if nothing could be read. */
  constructor(read: (visit: ProcessVisit) => Readout<Fields>, key: string) {
    this.#read = read;
    this.#key = key;
  }

  /** A sample begins. */
  begin(): void {
    this.#sample++;
  }

  /** The fields of a process. */
  visit(visit: ProcessVisit): Readout<Fields> {
    const { process, program: { path } } = visit;
    const { stat } = process;
    const known = this.#known.get(process);
    if (known !== undefined && !this.#mayDiffer(known, visit)) {
      return known.readout;
    }
    const readout = this.#read(visit);
    const reason = readout.reasons?.[this.#key];
    if (known !== undefined && reason !== undefined && ENDING.has(reason)) {
      return known.readout;
    }
    if (reason === undefined || LASTING.has(reason)) {
      this.#known.set(process, { readout, stat, path });
    } else {
      this.#known.delete(process);
    }
    return readout;
  }

  /** Whether a process may have replaced its program since it was read. */
  #mayDiffer(
    { readout, stat: before, path }: Known<Fields>,
    { process: { pid, stat }, program }: ProcessVisit,
  ): boolean {
    if (stat.state === "Z") return false;
    if (program.path !== path) return true;
    const isOther = stat.startstack === 0
      ? stat.comm !== before.comm
      : stat !== before && showsOtherProgram(before, stat);
    if (isOther || showsExec(stat)) return isOther;
    return readout.reasons?.[this.#key] === undefined &&
      pid % TURNS === this.#sample % TURNS;
  }
}
