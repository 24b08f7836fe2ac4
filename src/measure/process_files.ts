/**
 * The files of one process beside its `stat` that are read in each sample: its `statm` and its link
 * `exe`, held open or read again only if they may have changed.
 *
 * @module
 */

import type { Program } from "../model/program.ts";
import type { ParsedFile, ProcReader, Reading } from "../kernel/proc_reader.ts";
import { mayHaveExecuted, parseStat, type Stat } from "../parse/stat.ts";
import { parseStatm, type Statm } from "../parse/statm.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { readProgram } from "./program.ts";

/**
 * The link of a program that seems the same is read again once in this many samples, as its file
 * may have been deleted.
 */
const LINK_TURNS = 32;

/** The files of a process that are read in each sample. */
export class ProcessFiles {
  readonly #reader: ProcReader;
  readonly #process: TreeProcess;
  readonly #isUncached: boolean;
  readonly #ownDirectory: string;
  /** Its open `statm`; null if it could not be opened. */
  readonly #statm: ParsedFile<Statm> | null;
  /** Its program, and its `stat` when the link was read; null if the link has to be read again. */
  #program: { readonly program: Program; readonly stat: Stat } | null = null;

  /** `isUncached`: each file is read in each sample. */
  constructor(reader: ProcReader, process: TreeProcess, isUncached: boolean) {
    this.#reader = reader;
    this.#process = process;
    this.#isUncached = isUncached;
    this.#ownDirectory = `/proc/${process.pid}`;
    this.#statm =
      reader.openFields(`${this.#ownDirectory}/statm`, parseStatm).value;
  }

  /**
   * The directory whose files describe its memory and program. While threads outlive the main
   * thread, it is the directory of one of them: the main thread is a zombie then, and its own shows
   * nothing.
   */
  livingDirectory(): string {
    const { stat } = this.#process;
    const directory = this.#ownDirectory;
    if (stat.state !== "Z" || stat.numThreads < 2) return directory;
    for (const tid of this.#reader.readDir(`${directory}/task`).value ?? []) {
      const task = `${directory}/task/${tid}`;
      const thread = this.#reader.read(`${task}/stat`, parseStat).value;
      if (thread !== null && !/[ZXx]/.test(thread.state)) return task;
    }
    return directory;
  }

  /** The `statm` in its living directory. */
  readStatm(directory: string): Reading<Statm> {
    return this.#statm === null || directory !== this.#ownDirectory
      ? this.#reader.readFields(`${directory}/statm`, parseStatm)
      : this.#statm.read();
  }

  /**
   * Rereads `exe` if the program may have changed, and every 32nd sample, as the file may have been
   * deleted.
   */
  readProgram(directory: string, seq: number): Program {
    const { stat, pid } = this.#process;
    const known = this.#program;
    if (
      known !== null && !this.#isUncached &&
      pid % LINK_TURNS !== seq % LINK_TURNS &&
      !mayHaveExecuted(known.stat, stat)
    ) return known.program;
    const program = readProgram(this.#reader, directory, stat);
    this.#program = program.path === null ? null : { program, stat };
    return program;
  }

  /** Closes the files. */
  close(): void {
    this.#statm?.close();
  }
}
