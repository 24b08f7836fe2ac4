/**
 * What this program uses itself, read again and again.
 *
 * @module
 */

import { ProcParseError, ProcReadError } from "../errors.ts";
import { hostSelfUsage, type SelfUsage } from "../kernel/clock.ts";
import { HostFs } from "../kernel/host_fs.ts";
import { KeptFile } from "../kernel/kept_file.ts";
import { ProcReader } from "../kernel/proc_reader.ts";
import { parseAuxv } from "../parse/auxv.ts";
import { parseStatm, type Statm } from "../parse/statm.ts";

const AUXV = "/proc/self/auxv";
const STATM = "/proc/self/statm";

/**
 * The same as {@linkcode hostSelfUsage}, for less: its `statm`, which the runtime opens for each
 * answer, is held open. It reads this program's own /proc, which takes every permission.
 */
export class HostSelfUsage implements SelfUsage {
  readonly #fs = new HostFs();
  readonly #statm: KeptFile<Statm>;
  /** The bytes of a page; undefined before it is read, null if it cannot be. */
  #pageSizeBytes: number | null | undefined = undefined;

  /** Nothing is opened before it is asked. */
  constructor() {
    this.#statm = new KeptFile(new ProcReader(this.#fs), STATM, parseStatm);
  }

  /** See {@linkcode SelfUsage.cpuSeconds}. */
  cpuSeconds(): number {
    return hostSelfUsage.cpuSeconds();
  }

  /** See {@linkcode SelfUsage.rssBytes}. */
  rssBytes(): number {
    if (this.#pageSizeBytes === undefined) {
      this.#pageSizeBytes = pageSizeOf(this.#fs);
    }
    const pages = this.#pageSizeBytes === null
      ? null
      : this.#statm.read().value?.resident ?? null;
    return pages === null || this.#pageSizeBytes === null
      ? hostSelfUsage.rssBytes()
      : Number(pages) * this.#pageSizeBytes;
  }

  /** Closes its file. */
  [Symbol.dispose](): void {
    this.#statm.close();
  }
}

/** Null if the kernel does not tell: what the runtime says is taken then. */
function pageSizeOf(fs: HostFs): number | null {
  try {
    return parseAuxv(fs.readFile(AUXV)).pageSizeBytes;
  } catch (error) {
    if (error instanceof ProcReadError || error instanceof ProcParseError) {
      return null;
    }
    throw error;
  }
}
