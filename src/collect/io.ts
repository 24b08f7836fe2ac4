/**
 * The collector `io`: what processes read and write.
 *
 * The kernel adds the io of a child that is reaped to its parent, in the same counters: a parent's
 * rate leaps when a child that wrote much ends, and the tree's io is summed as its CPU time is.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import type { IoFields, IoRates, IoTotals } from "../model/collected_fields.ts";
import {
  type CounterReasons,
  isEnding,
  joinReasons,
  lineReason,
  noneIfEmpty,
  type NullReason,
  type NullReasons,
  processReason,
  type Readout,
  sameReason,
  whyUnseen,
} from "../model/null_reason.ts";
import { NO_RATE, type Rate, rateBetween } from "../model/rate.ts";
import { parseIo } from "../parse/io.ts";
import { recountEnded } from "../tree/family.ts";
import {
  type Contribution,
  type Counters,
  LastingSums,
  subtractCounters,
} from "../tree/lasting_sums.ts";
import { RisingCounters } from "../tree/rising_counters.ts";
import type { Sweep } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { missingFile, OwnFile } from "./_missing_file.ts";
import { UnreadMembers } from "./_unread_members.ts";
import type {
  Collector,
  ProcessVisit,
  RunningCollector,
  Totals,
} from "./collector.ts";

/** Totals of which none is known. */
export const NO_IO: IoTotals = ioTotals(() => null);

const NOTHING: IoFields = {
  ...NO_IO,
  ioReadCharsBytesPerSecond: null,
  ioWrittenCharsBytesPerSecond: null,
  ioReadBytesPerSecond: null,
  ioWrittenBytesPerSecond: null,
};

const OWN_IO = "/proc/self/io";

/** The counters of `io`, as the man page names them, and the fields that they make. */
export const IO_COUNTERS = [
  {
    line: "rchar",
    key: "rchar",
    keys: ["ioReadCharsBytesTotal", "ioReadCharsBytesPerSecond"],
  },
  {
    line: "wchar",
    key: "wchar",
    keys: ["ioWrittenCharsBytesTotal", "ioWrittenCharsBytesPerSecond"],
  },
  { line: "syscr", key: "syscr", keys: ["ioReadCallsTotal"] },
  { line: "syscw", key: "syscw", keys: ["ioWriteCallsTotal"] },
  {
    line: "read_bytes",
    key: "readBytes",
    keys: ["ioReadBytesTotal", "ioReadBytesPerSecond"],
  },
  {
    line: "write_bytes",
    key: "writeBytes",
    keys: ["ioWrittenBytesTotal", "ioWrittenBytesPerSecond"],
  },
  {
    line: "cancelled_write_bytes",
    key: "cancelledWriteBytes",
    keys: ["ioCancelledWriteBytesTotal"],
  },
] as const;

/** A counter and when it was read; null if it is not known. */
type CounterReading = { readonly value: Integer; readonly atMs: number } | null;

/** In the order of {@linkcode IO_COUNTERS}. */
type IoReading = readonly CounterReading[];

/**
 * Adds what each process, and the tree, reads and writes.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { io } from "@procline/procline/collect";
 * import { assertGreater } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [io()] });
 * assertGreater(sampler.sample().tree.ioReadCharsBytesTotal, 0);
 * ```
 */
export function io(): Collector {
  return {
    name: "io",
    comparesSamples: true,
    unusable: (reader) => missingFile(reader, "io", OWN_IO),
    start: (reader) => new IoReader(reader),
  };
}

/** Reads the io of processes, from sample to sample. */
class IoReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #sums = new LastingSums(IO_COUNTERS.length);
  /** The last known value of each counter. */
  readonly #previous = new Map<TreeProcess, IoReading>();
  /** Holds the counters of each process, so that none falls. */
  readonly #rising = new Map<TreeProcess, RisingCounters>();
  /** What processes had counted before they were moved into the cgroup. */
  readonly #usedBefore = new Map<TreeProcess, Counters>();
  /** What each process that was read in this sample adds. */
  #contributions = new Map<TreeProcess, Contribution>();
  /** The processes that have ended since the sweep. */
  #gone = new Set<TreeProcess>();
  #previousTotals: IoReading = [];
  /** The processes of which some counter is not known. */
  readonly #unread = new UnreadMembers();
  readonly #own: OwnFile;

  constructor(reader: ProcReader) {
    this.#reader = reader;
    this.#own = new OwnFile(reader, OWN_IO);
  }

  begin(): void {
    this.#contributions = new Map();
    this.#gone = new Set();
  }

  visit(visit: ProcessVisit): Readout<IoFields> {
    const { process, atMs, joinedLate } = visit;
    const { value: io, reason } = this.#read(process);
    const before = this.#previous.get(process) ?? null;
    if (io === null) {
      const why = processReason(reason, process.stat);
      if (reason === "gone" && !this.#own.isMissing) this.#gone.add(process);
      else this.#noteUnknown(process, before, IO_COUNTERS.map(() => why));
      return {
        fields: NOTHING,
        reasons: sameReason(Object.keys(NOTHING), why),
      };
    }
    const now = IO_COUNTERS.map(({ key }) => readingOf(io[key], atMs));
    const known = now.map((reading, i) => reading ?? before?.[i] ?? null);
    const held = this.#hold(process, toCounters(known));
    const { fields, reasons: rates } = fieldsOf(before ?? [], now, held);
    const unread = now.every((reading) => reading !== null)
      ? null
      : IO_COUNTERS.map(({ line }, i) =>
        now[i] === null ? lineReason(io, line) : null
      );
    if (unread === null) this.#unread.forget(process);
    else this.#noteUnknown(process, before, unread);
    if (before === null && joinedLate) {
      this.#usedBefore.set(process, held);
    }
    this.#previous.set(process, known);
    this.#store(process, held);
    return { fields, reasons: withReasons(rates, unread) };
  }

  /** What was read of a process before stays in the sum, which may still be known. */
  #noteUnknown(
    process: TreeProcess,
    before: IoReading | null,
    reasons: CounterReasons,
  ): void {
    const last = this.#unread.whyUnknown(process);
    const isEnded = isEnding(process.stat);
    const unknown = reasons.map((reason, i) => {
      const wasKnown = (before?.[i] ?? null) !== null &&
        (last?.[i] ?? null) === null;
      return reason === null ? null : whyUnseen(reason, { wasKnown, isEnded });
    });
    this.#unread.note(process, unknown);
  }

  endedBeforeVisit(process: TreeProcess): void {
    this.#gone.add(process);
  }

  total(sweep: Sweep, atMs: number): Totals {
    const consistent = this.#recount(sweep);
    const ended = [...new Set([...sweep.ended, ...this.#gone])];
    this.#sums.apply({
      changed: this.#contributions,
      ended,
      departed: sweep.departed,
    });
    for (const process of [...ended, ...sweep.departed]) {
      this.#previous.delete(process);
      this.#rising.delete(process);
      this.#usedBefore.delete(process);
    }
    const unknown = this.#unread.end({
      living: sweep.living,
      ended,
      departed: sweep.departed,
    });
    const now = this.#sums.total.map((value, i) =>
      (unknown?.[i] ?? null) === null ? { value, atMs } : null
    );
    const { fields, reasons: rates } = fieldsOf(
      this.#previousTotals,
      now,
      this.#sums.total,
    );
    this.#previousTotals = now;
    return { fields, reasons: withReasons(rates, unknown), consistent };
  }

  #read(process: TreeProcess) {
    return this.#reader.readFields(`/proc/${process.pid}/io`, parseIo);
  }

  /** What the counters of a process are held at. */
  #hold(process: TreeProcess, counters: Counters): Counters {
    const rising = this.#rising.get(process);
    if (rising !== undefined) return rising.next(counters);
    this.#rising.set(process, new RisingCounters(counters));
    return counters;
  }

  /**
   * Stores what a process adds; returns whether it has changed since it was stored in this sample.
   */
  #store(process: TreeProcess, reaped: Counters): boolean {
    const before = this.#usedBefore.get(process);
    const total = before === undefined
      ? reaped
      : subtractCounters(reaped, before);
    const last = this.#contributions.get(process)?.reaped;
    this.#contributions.set(process, { total, reaped });
    return last?.some((value, i) => value !== reaped[i]) ?? false;
  }

  /**
   * Makes sure that a process which ended since the sweep is counted once. Its parent may or may
   * not have reaped it when the parent was read: parents are read again.
   */
  #recount(sweep: Sweep): boolean {
    if (this.#gone.size === 0) return true;
    const ended = new Set([...sweep.ended, ...this.#gone]);
    const living = new Map<number, TreeProcess>();
    for (const process of this.#contributions.keys()) {
      if (!ended.has(process)) living.set(process.pid, process);
    }
    const justEnded = new Set(this.#gone);
    return recountEnded(justEnded, ended, living, (process) => {
      const { value, reason } = this.#read(process);
      if (value !== null) {
        const before = this.#previous.get(process) ?? [];
        const counters = IO_COUNTERS.map(({ key }, i) =>
          value[key] ?? before[i]?.value ?? 0
        );
        return this.#store(process, this.#hold(process, counters));
      }
      if (reason === "gone") {
        ended.add(process);
        living.delete(process.pid);
        this.#gone.add(process);
        this.#contributions.delete(process);
      }
      return false;
    });
  }
}

/** The reasons of rates, and those of counters that are not known: of their rates, too. */
function withReasons(
  rates: NullReasons | null,
  counters: CounterReasons | null,
): NullReasons | null {
  if (counters === null) return rates === null ? null : noneIfEmpty(rates);
  const reasons = IO_COUNTERS.map(({ keys }, i) => {
    const why = counters[i] ?? null;
    return why === null ? null : sameReason(keys, why);
  });
  return noneIfEmpty(joinReasons(rates, ...reasons) ?? {});
}

function readingOf(value: Integer | null, atMs: number): CounterReading {
  return value === null ? null : { value, atMs };
}

/** A counter that was never known adds nothing. */
function toCounters(reading: IoReading): Counters {
  return reading.map((counter) => counter?.value ?? 0);
}

/** The counters as they are held, and their rates since each was last known. */
function fieldsOf(
  before: IoReading,
  now: IoReading,
  held: Counters,
): Readout<IoFields> {
  const reasons: Record<string, NullReason> = {};
  const total = (i: number): Integer | null =>
    (now[i] ?? null) === null ? null : held[i] ?? null;
  const rate = (key: keyof IoRates, i: number): number | null => {
    const { value, reason } = rateSince(before[i] ?? null, now[i] ?? null);
    if (reason !== null) reasons[key] = reason;
    return value;
  };
  const fields = {
    ...ioTotals(total),
    ioReadCharsBytesPerSecond: rate("ioReadCharsBytesPerSecond", 0),
    ioWrittenCharsBytesPerSecond: rate("ioWrittenCharsBytesPerSecond", 1),
    ioReadBytesPerSecond: rate("ioReadBytesPerSecond", 4),
    ioWrittenBytesPerSecond: rate("ioWrittenBytesPerSecond", 5),
  };
  return { fields, reasons };
}

/** The totals, given each by its place among {@linkcode IO_COUNTERS}. */
export function ioTotals(total: (i: number) => Integer | null): IoTotals {
  return {
    ioReadCharsBytesTotal: total(0),
    ioWrittenCharsBytesTotal: total(1),
    ioReadCallsTotal: total(2),
    ioWriteCallsTotal: total(3),
    ioReadBytesTotal: total(4),
    ioWrittenBytesTotal: total(5),
    ioCancelledWriteBytesTotal: total(6),
  };
}

function rateSince(before: CounterReading, now: CounterReading): Rate {
  if (before === null || now === null) return NO_RATE;
  return rateBetween(before.value, now.value, (now.atMs - before.atMs) / 1000);
}
