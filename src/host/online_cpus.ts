/**
 * The CPUs of the host, which go on and off line while it runs.
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import { KeptFile } from "../kernel/kept_file.ts";
import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import { countCpus, type CpuRange, parseCpuList } from "../parse/cpu_list.ts";
import { parseOnlineCpus } from "../parse/proc_stat.ts";
import { type HostFacts, isOnLxcfs } from "./facts.ts";

const ONLINE = "/sys/devices/system/cpu/online";
const STAT = "/proc/stat";
const PRESENT = "/sys/devices/system/cpu/present";

/** The CPUs that are online, or why they are not known. */
export interface OnlineReading {
  /** The CPUs. */
  readonly cpus: Reading<readonly CpuRange[]>;
  /**
   * Whether they may have other numbers than in an affinity: lxcfs numbers those of a container
   * from 0.
   */
  readonly areRenumbered: boolean;
}

/** Reads which CPUs are online, again and again: its file stays open. */
export class OnlineCpus {
  readonly #reader: ProcReader;
  readonly #facts: HostFacts;
  readonly #file: KeptFile<CpuRange[]>;

  /** Nothing is opened before the first reading. */
  constructor(reader: ProcReader, facts: HostFacts) {
    this.#reader = reader;
    this.#facts = facts;
    this.#file = new KeptFile(reader, ONLINE, parseCpuFile);
  }

  /**
   * The CPUs that are online: those of sysfs, or, where that does not tell, those with a line in
   * `/proc/stat`.
   */
  read(): OnlineReading {
    const reading = this.#file.read();
    if (reading.reason === null) return this.#from(ONLINE, reading);
    const lines = this.#reader.read(STAT, parseOnlineCpus);
    return lines.value === null || lines.value.length === 0
      ? this.#from(ONLINE, reading)
      : this.#from(STAT, lines);
  }

  #from(path: string, cpus: Reading<readonly CpuRange[]>): OnlineReading {
    return { cpus, areRenumbered: isOnLxcfs(this.#facts, path) };
  }

  /** Closes its file. */
  close(): void {
    this.#file.close();
  }
}

/**
 * How many CPUs the host has, those that are off line included: what bounds a share of the CPUs
 * in times that nobody has watched. Null if sysfs does not tell.
 */
export function readPresentCpus(reader: ProcReader): number | null {
  const { value } = reader.read(PRESENT, parseCpuFile);
  return value === null ? null : countCpus(value);
}

/** The CPUs that a file of one list holds. A missing newline means a truncated read. */
export function parseCpuFile(text: string): CpuRange[] {
  if (!text.endsWith("\n")) {
    throw new ProcParseError("cpus", { field: "the end of the line", text });
  }
  const [line = ""] = text.split("\n", 1);
  return parseCpuList("cpus", { field: "list", text: line });
}
