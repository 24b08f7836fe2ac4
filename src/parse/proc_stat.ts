/**
 * `/proc/stat`: the whole system since boot. See proc_stat(5); `/proc/<pid>/stat` is `stat.ts`.
 *
 * ```text
 * cpu  27298 0 8409 2690106 846 0 254 5199 0 0
 * cpu0 4102 0 1464 675994 22 0 104 1483 0 0
 * ctxt 1274233
 * btime 1795453021
 * processes 18402
 * procs_running 4
 * procs_blocked 0
 * ```
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  type NumberField,
  parseCount,
  parseLines,
  parseNumberLine,
  parseUnsigned,
} from "./_scan.ts";
import type { CpuRange } from "./cpu_list.ts";

/**
 * What `/proc/stat` holds. Times are those of all CPUs together, in ticks of AT_CLKTCK, see `Auxv`.
 * They grow, but `idle` and `iowait` may also fall a little. Null if the kernel does not report
 * them.
 */
export interface ProcStat {
  /** Time in user mode, guests included. */
  readonly user: Integer;
  /** Time in user mode with a nice value above 0, guests included. */
  readonly nice: Integer;
  /** Time in kernel mode. */
  readonly system: Integer;
  /** Time without work. */
  readonly idle: Integer;
  /** Time without work while a task waited for I/O. Since Linux 2.5.41. */
  readonly iowait: Integer | null;
  /** Time in interrupts. Since Linux 2.6.0. */
  readonly irq: Integer | null;
  /** Time in soft interrupts. Since Linux 2.6.0. */
  readonly softirq: Integer | null;
  /** Time that the hypervisor gave to other systems. Since Linux 2.6.11. */
  readonly steal: Integer | null;
  /** Time that guests of this system ran, a part of `user`. Since Linux 2.6.24. */
  readonly guest: Integer | null;
  /** Time that guests with a nice value above 0 ran, a part of `nice`. Since Linux 2.6.33. */
  readonly guestNice: Integer | null;
  /** Context switches. */
  readonly ctxt: Integer | null;
  /** When the system booted, in seconds since 1970. It changes if the clock is set. */
  readonly btime: Integer | null;
  /** Processes and threads created. */
  readonly processes: Integer | null;
  /** Threads that run or wait for a CPU. Since Linux 2.5.45. */
  readonly procsRunning: number | null;
  /** Threads that wait for I/O. Since Linux 2.5.45. */
  readonly procsBlocked: number | null;
}

const CPU = "cpu  ";
const PROCESSES = "\nprocesses ";

const TIMES: readonly NumberField[] = [
  { name: "user" },
  { name: "nice" },
  { name: "system" },
  { name: "idle" },
  { name: "iowait" },
  { name: "irq" },
  { name: "softirq" },
  { name: "steal" },
  { name: "guest" },
  { name: "guest_nice" },
];

/** Up to idle every kernel prints them. */
const REQUIRED = 4;

/**
 * Parses the text of `/proc/stat`.
 *
 * @throws {ProcParseError} If the line `cpu` or one of its first four times is missing, a field is
 * damaged, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseProcStat } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseProcStat("cpu  1 2 3 4\nctxt 9\n").ctxt, 9);
 * ```
 */
export function parseProcStat(text: string): ProcStat {
  let times: readonly Integer[] = [];
  let ctxt: Integer | null = null;
  let btime: Integer | null = null;
  let processes: Integer | null = null;
  let procsRunning: number | null = null;
  let procsBlocked: number | null = null;
  for (const line of parseLines("stat", text)) {
    const space = line.indexOf(" ");
    const name = line.slice(0, space);
    const value = line.slice(space + 1);
    if (line.startsWith(CPU)) times = parseTimes(line);
    else if (name === "ctxt") ctxt = parseUnsigned("stat", name, value);
    else if (name === "btime") btime = parseUnsigned("stat", name, value);
    else if (name === "processes") {
      processes = parseUnsigned("stat", name, value);
    } else if (name === "procs_running") {
      procsRunning = parseCount("stat", name, value);
    } else if (name === "procs_blocked") {
      procsBlocked = parseCount("stat", name, value);
    }
  }
  const [user, nice, system, idle] = times;
  if (
    user === undefined || nice === undefined || system === undefined ||
    idle === undefined
  ) {
    throw new ProcParseError("stat", { field: "cpu", text: "" });
  }
  return {
    user,
    nice,
    system,
    idle,
    iowait: times[4] ?? null,
    irq: times[5] ?? null,
    softirq: times[6] ?? null,
    steal: times[7] ?? null,
    guest: times[8] ?? null,
    guestNice: times[9] ?? null,
    ctxt,
    btime,
    processes,
    procsRunning,
    procsBlocked,
  };
}

/**
 * Parses what `/proc/stat` says of the processes and threads created, and nothing else; null if the
 * kernel does not report them.
 *
 * @throws {ProcParseError} If the number is damaged, or the text is cut before its end.
 */
export function parseTasksCreated(text: string): Integer | null {
  const start = text.indexOf(PROCESSES);
  if (start < 0) return null;
  const end = text.indexOf("\n", start + PROCESSES.length);
  return parseUnsigned(
    "stat",
    "processes",
    end < 0 ? "" : text.slice(start + PROCESSES.length, end),
  );
}

/**
 * Parses which CPUs have a line of their own in `/proc/stat`: those that are online. Empty if the
 * text has no such lines.
 *
 * @throws {ProcParseError} If the lines do not ascend.
 */
export function parseOnlineCpus(text: string): CpuRange[] {
  const ranges: CpuRange[] = [];
  for (const [, digits = ""] of text.matchAll(/^cpu(\d{1,6}) /gm)) {
    const cpu = Number(digits);
    const before = ranges.at(-1);
    if (before !== undefined && cpu <= before.last) {
      throw new ProcParseError("stat", { field: "cpu", text: digits });
    }
    if (before?.last === cpu - 1) {
      ranges[ranges.length - 1] = { first: before.first, last: cpu };
    } else ranges.push({ first: cpu, last: cpu });
  }
  return ranges;
}

function parseTimes(line: string): Integer[] {
  return parseNumberLine("stat", `${line}\n`, CPU.length, TIMES, REQUIRED);
}
