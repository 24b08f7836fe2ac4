/**
 * The time since boot, and the ages of processes by it.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import { KeptFile } from "../kernel/kept_file.ts";
import type {
  ProcReader,
  Reading,
  UnreadReason,
} from "../kernel/proc_reader.ts";
import { parseStat } from "../parse/stat.ts";
import { parsePrintedUptime, type PrintedSeconds } from "../parse/uptime.ts";
import { type HostFacts, isOnLxcfs } from "./facts.ts";

/** Seconds, or why they are not known; `"clock"`: by two clocks that do not agree. */
export type KnownSeconds =
  | { readonly value: number; readonly reason: null }
  | { readonly value: null; readonly reason: UnreadReason | "clock" };

/**
 * The seconds since a process started; not known if it seems to start in the future, by more than
 * the tick that its start was cut to.
 *
 * @param uptimeSeconds Seconds since boot.
 */
export function ageAt(
  uptimeSeconds: number,
  startTicks: Integer,
  ticksPerSecond: number,
): KnownSeconds {
  const start = Number(startTicks) / ticksPerSecond;
  if (start <= uptimeSeconds) {
    return { value: uptimeSeconds - start, reason: null };
  }
  return start <= uptimeSeconds + 1 / ticksPerSecond
    ? { value: 0, reason: null }
    : { value: null, reason: "clock" };
}

/** Seconds since boot, and by how much the true ones may be more. */
export type Uptime = KnownSeconds & { readonly errorSeconds: number };

const UPTIME = "/proc/uptime";

/** The kernel prints hundredths. */
const DECIMALS = 2;

/** How far a start may lie behind the time since boot: both are cut, to a tick and a hundredth. */
const CUT_SECONDS = 0.02;

/**
 * Reads the time since boot that the starts of processes count from.
 *
 * In a container `/proc/uptime` may count from the container's start, while `starttime` of `stat`
 * still counts from the host's boot. lxcfs does that, and some kernels. It is known by a mount of
 * lxcfs, and by this program's own start, which would lie in the future. What is missing is then
 * the start of the container's init.
 */
export class BootUptime {
  readonly #reader: ProcReader;
  readonly #facts: HostFacts;
  /** `/proc/uptime`; null where lxcfs makes it, whose files are another's after its restart. */
  readonly #file: KeptFile<PrintedSeconds> | null;
  /**
   * The seconds from boot to where `/proc/uptime` counts from; undefined before that was found out,
   * null if it cannot be.
   */
  #origin: number | null | undefined = undefined;

  /** Nothing is read before the first time. */
  constructor(reader: ProcReader, facts: HostFacts) {
    this.#reader = reader;
    this.#facts = facts;
    this.#file = isOnLxcfs(facts, UPTIME)
      ? null
      : new KeptFile(reader, UPTIME, parsePrintedUptime);
  }

  /** The time since boot now. */
  read(): Uptime {
    const { value, reason } = this.#printed();
    if (reason !== null) return { value: null, reason, errorSeconds: 0 };
    // lxcfs printed whole seconds at first, as "123.0": a further digit would tell nothing.
    const errorSeconds = value.decimals < DECIMALS ? 1 : 0;
    if (this.#origin === undefined) {
      this.#origin = this.#findOrigin(value.seconds + errorSeconds);
    }
    const origin = this.#origin;
    if (origin === null) return { value: null, reason: "clock", errorSeconds };
    // Where seconds are cut, so was the start that they count from.
    const start = errorSeconds === 0 ? origin : Math.trunc(origin);
    return { value: value.seconds + start, reason: null, errorSeconds };
  }

  /** Closes its file. */
  close(): void {
    this.#file?.close();
  }

  #printed(): Reading<PrintedSeconds> {
    return this.#file?.read() ??
      this.#reader.read(UPTIME, parsePrintedUptime);
  }

  #findOrigin(uptimeSeconds: number): number | null {
    const own = this.#startOf("self");
    const latest = uptimeSeconds + CUT_SECONDS;
    const isOwn = isOnLxcfs(this.#facts, UPTIME);
    if (!isOwn && (own === null || own <= latest)) return 0;
    const init = this.#startOf("1");
    return init === null || (own !== null && own > latest + init) ? null : init;
  }

  #startOf(pid: string): number | null {
    const { value } = this.#reader.read(`/proc/${pid}/stat`, parseStat);
    return value === null
      ? null
      : Number(value.starttime) / this.#facts.ticksPerSecond;
  }
}
