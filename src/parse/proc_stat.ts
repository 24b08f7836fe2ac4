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

import { type PartlyMalformed, ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { FieldTexts, parseCount, parseLines, parseUnsigned } from "./_scan.ts";
import type { CpuRange } from "./cpu_list.ts";

/**
 * What `/proc/stat` holds. Times are those of all CPUs together, in ticks of AT_CLKTCK, see `Auxv`.
 * They grow, but `idle` and `iowait` may also fall a little. Null if the kernel does not report
 * them, or their text makes no sense.
 */
export interface ProcStat extends PartlyMalformed {
  /** Time in user mode, guests included. */
  readonly user: Integer | null;
  /** Time in user mode with a nice value above 0, guests included. */
  readonly nice: Integer | null;
  /** Time in kernel mode. */
  readonly system: Integer | null;
  /** Time without work. */
  readonly idle: Integer | null;
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

/** In the order of the line. */
const TIMES: readonly string[] = [
  "user",
  "nice",
  "system",
  "idle",
  "iowait",
  "irq",
  "softirq",
  "steal",
  "guest",
  "guest_nice",
];

/** The other lines that are read. */
const COUNTS: ReadonlySet<string> = new Set([
  "ctxt",
  "btime",
  "processes",
  "procs_running",
  "procs_blocked",
]);

/**
 * Parses the text of `/proc/stat`.
 *
 * @throws {ProcParseError} If there is none of these lines, or the text is cut.
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
  const texts = new Map<string, string>();
  for (const line of parseLines("stat", text)) {
    if (line.startsWith(CPU)) {
      const times = line.slice(CPU.length).split(" ", TIMES.length);
      times.forEach((time, i) => texts.set(TIMES[i] ?? "", time));
      continue;
    }
    const space = line.indexOf(" ");
    if (space < 0) continue;
    const name = line.slice(0, space);
    if (COUNTS.has(name)) texts.set(name, line.slice(space + 1));
  }
  const found = new FieldTexts("stat", text, texts);
  const fields = {
    user: found.read("user", parseUnsigned),
    nice: found.read("nice", parseUnsigned),
    system: found.read("system", parseUnsigned),
    idle: found.read("idle", parseUnsigned),
    iowait: found.read("iowait", parseUnsigned),
    irq: found.read("irq", parseUnsigned),
    softirq: found.read("softirq", parseUnsigned),
    steal: found.read("steal", parseUnsigned),
    guest: found.read("guest", parseUnsigned),
    guestNice: found.read("guest_nice", parseUnsigned),
    ctxt: found.read("ctxt", parseUnsigned),
    btime: found.read("btime", parseUnsigned),
    processes: found.read("processes", parseUnsigned),
    procsRunning: found.read("procs_running", parseCount),
    procsBlocked: found.read("procs_blocked", parseCount),
  };
  return { ...fields, ...found.noted };
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
