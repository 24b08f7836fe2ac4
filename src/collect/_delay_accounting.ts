/** Whether the kernel accounts for what threads wait for. */

import type { Integer } from "../integer.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseSingleValue } from "../parse/single_value.ts";
import type { Stat } from "../parse/stat.ts";

/** Since Linux 5.14: before that, only a start of the kernel with `nodelayacct` is without it. */
export const TASK_DELAYACCT = "/proc/sys/kernel/task_delayacct";

/** Whether it is switched on; null if that cannot be told. */
export function isAccounting(reader: ProcReader): boolean | null {
  const { value } = reader.read(
    TASK_DELAYACCT,
    (text) => parseSingleValue("task_delayacct", text),
  );
  return value === null ? null : value !== 0;
}

/** Tells from sample to sample whose delays are accounted for. */
export class DelayAccounting {
  readonly #reader: ProcReader;
  #isOn: boolean | null = null;
  /** Whether some thread has ever waited: then the kernel accounts, or has. */
  #hasWaits = false;
  /** Threads that started up to then, in ticks since boot, are not accounted for. */
  #offUntil: Integer = -1;

  /** Nothing is known yet. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** A sample begins; `nowTicks` is the time since boot in ticks, null if it is not known. */
  begin(nowTicks: number | null): void {
    this.#isOn = isAccounting(this.#reader);
    if (this.#isOn === false && nowTicks !== null) this.#offUntil = nowTicks;
  }

  /**
   * Whether it has come to light that the kernel accounts, though it does not say so: those that
   * showed no wait had none.
   */
  get isShown(): boolean {
    return this.#isOn === null && this.#hasWaits;
  }

  /**
   * Whether what `stat` says of a thread was accounted for. One that started while it was switched
   * off never is, and one whose delays are above 0 was.
   */
  covers({ delayacctBlkioTicks: ticks, starttime }: Stat): boolean {
    if (ticks === null || this.#isOn === false) return false;
    this.#hasWaits ||= ticks > 0;
    if (ticks > 0) return true;
    return this.#isOn === null ? this.#hasWaits : starttime > this.#offUntil;
  }
}
