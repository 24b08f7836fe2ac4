/** The `stat` of threads, held open as far as there is room. */

import { ProcParseError } from "../errors.ts";
import type { ParsedFile, ProcReader, Reading } from "../kernel/proc_reader.ts";
import { parseStat, type Stat } from "../parse/stat.ts";

/**
 * So many are held open at most: to open a file anew for each reading costs twice as much, but
 * processes have the first claim on what descriptors there are.
 */
const MOST_HELD = 4096;

/** The `stat` of one thread. */
export class ThreadStat {
  readonly #files: ThreadFiles;
  readonly #path: string;
  #file: ParsedFile<Stat> | null = null;

  /** Nothing is opened yet. */
  constructor(files: ThreadFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /**
   * What it shows now. If its thread has ended and the id is another's, the other one's: see
   * `starttime`.
   */
  read(): Reading<Stat> {
    if (this.#file !== null) {
      const reading = endedAsGone(this.#file.read());
      if (reading.reason === "gone" || this.#files.isOver) this.close();
      if (reading.reason !== "gone") return reading;
    }
    const opened = this.#files.open(this.#path);
    if (opened === null) {
      return endedAsGone(this.#files.reader.read(this.#path, parseOwnStat));
    }
    if (opened.value === null) return opened;
    this.#file = opened.value;
    const reading = endedAsGone(this.#file.read());
    if (reading.reason === "gone") this.close();
    return reading;
  }

  /** Closes the file. */
  close(): void {
    if (this.#file === null) return;
    this.#file.close();
    this.#files.closed();
    this.#file = null;
  }
}

/** The open files of all threads. */
export class ThreadFiles {
  /** Where they come from. */
  readonly reader: ProcReader;
  #numHeld = 0;
  #most = MOST_HELD;

  /** None is open. */
  constructor(reader: ProcReader) {
    this.reader = reader;
  }

  /** Whether more are open than may be. */
  get isOver(): boolean {
    return this.#numHeld > this.#most;
  }

  /**
   * Opens a file to be held; null if there is no room. Once no descriptor is left, half of those
   * that are held are given back.
   */
  open(path: string): Reading<ParsedFile<Stat>> | null {
    if (this.#numHeld >= this.#most) return null;
    const opened = this.reader.open(path, parseOwnStat);
    if (opened.value === null) return opened;
    if (!opened.value.isHeld) {
      opened.value.close();
      this.#most = Math.floor(this.#numHeld / 2);
      return null;
    }
    this.#numHeld++;
    return opened;
  }

  /** One of them was closed. */
  closed(): void {
    this.#numHeld--;
  }
}

/** A thread in state X, or of a process without threads, is gone but for its entry. */
function endedAsGone(reading: Reading<Stat>): Reading<Stat> {
  const stat = reading.value;
  if (stat === null) return reading;
  return /^[Xx]$/.test(stat.state) || stat.numThreads === 0
    ? { value: null, reason: "gone" }
    : reading;
}

function parseOwnStat(text: string, path: string): Stat {
  const stat = parseStat(text);
  if (path.endsWith(`/task/${stat.pid}/stat`)) return stat;
  throw new ProcParseError("stat", { field: "pid", text });
}
