/**
 * The collector `io`: what processes read and write.
 *
 * The kernel adds the io of a child that is reaped to its parent, in the same counters: a parent's
 * rate leaps when a child that wrote much ends, and the tree's io is summed as its CPU time is.
 *
 * @module
 */

import { subtractIntegers } from "../integer.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import type { IoFields, IoRates, IoTotals } from "../model/collected_fields.ts";
import {
  type NullReason,
  processReason,
  type Readout,
  sameReason,
} from "../model/null_reason.ts";
import { rateBetween } from "../model/rate.ts";
import { type Io, parseIo } from "../parse/io.ts";
import { recountEnded } from "../tree/family.ts";
import {
  type Contribution,
  type Counters,
  LastingSums,
} from "../tree/lasting_sums.ts";
import type { Sweep } from "../tree/tree.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import { missingFile } from "./_missing_file.ts";
import type {
  Collector,
  ProcessVisit,
  RunningCollector,
  Totals,
} from "./collector.ts";

const NOTHING: IoFields = {
  ioReadCharsBytesTotal: null,
  ioWrittenCharsBytesTotal: null,
  ioReadCallsTotal: null,
  ioWriteCallsTotal: null,
  ioReadBytesTotal: null,
  ioWrittenBytesTotal: null,
  ioCancelledWriteBytesTotal: null,
  ioReadCharsBytesPerSecond: null,
  ioWrittenCharsBytesPerSecond: null,
  ioReadBytesPerSecond: null,
  ioWrittenBytesPerSecond: null,
};

/** The counters that rates are made of. */
const RATES: readonly (readonly [keyof IoRates, keyof Io])[] = [
  ["ioReadCharsBytesPerSecond", "rchar"],
  ["ioWrittenCharsBytesPerSecond", "wchar"],
  ["ioReadBytesPerSecond", "readBytes"],
  ["ioWrittenBytesPerSecond", "writeBytes"],
];

const NO_RATES: IoRates = {
  ioReadCharsBytesPerSecond: null,
  ioWrittenCharsBytesPerSecond: null,
  ioReadBytesPerSecond: null,
  ioWrittenBytesPerSecond: null,
};

const OWN_IO = "/proc/self/io";

/** The number of counters in `io`. */
const WIDTH = 7;

/** What was counted when. */
interface PreviousReading {
  readonly io: Io;
  readonly atMs: number;
}

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
    unusable: (reader) => missingFile(reader, "io", OWN_IO),
    start: (reader) => new IoReader(reader),
  };
}

/** Reads the io of processes, from sample to sample. */
class IoReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #sums = new LastingSums(WIDTH);
  readonly #previous = new Map<TreeProcess, PreviousReading>();
  /** What processes had counted before they were moved into the cgroup. */
  readonly #usedBefore = new Map<TreeProcess, Counters>();
  /** What each process that was read in this sample adds. */
  #contributions = new Map<TreeProcess, Contribution>();
  /** The processes that have ended since the sweep. */
  #gone = new Set<TreeProcess>();
  #previousTotals: PreviousReading | null = null;
  /** Why the io of some process is not known in this sample. */
  #unknown: NullReason | null = null;
  /** Whether the kernel counts io; null until a missing `io` makes it worth asking. */
  #isSupported: boolean | null = null;

  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  begin(): void {
    this.#contributions = new Map();
    this.#gone = new Set();
    this.#unknown = null;
  }

  visit(visit: ProcessVisit): Readout<IoFields> {
    const { process, atMs, joinedLate } = visit;
    const { value: io, reason } = this.#read(process);
    if (io === null) {
      const why = processReason(reason, process.stat);
      if (reason === "gone" && this.#kernelCountsIo()) this.#gone.add(process);
      // What was read of it before stays in the sum, so that the sum is still known.
      else if (!this.#previous.has(process)) this.#unknown = why;
      return {
        fields: NOTHING,
        reasons: sameReason(Object.keys(NOTHING), why),
      };
    }
    const before = this.#previous.get(process) ?? null;
    if (before === null && joinedLate) {
      this.#usedBefore.set(process, toCounters(io));
    }
    const now = { io, atMs };
    this.#previous.set(process, now);
    this.#store(process, io);
    const rates = ratesBetween(before, now);
    return {
      fields: { ...totalsOf(io), ...rates.fields },
      reasons: rates.reasons,
    };
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
      this.#usedBefore.delete(process);
    }
    if (this.#unknown !== null) {
      this.#previousTotals = null;
      return {
        fields: NOTHING,
        reasons: sameReason(Object.keys(NOTHING), this.#unknown),
        consistent,
      };
    }
    const now = { io: toIo(this.#sums.total), atMs };
    const rates = ratesBetween(this.#previousTotals, now);
    this.#previousTotals = now;
    return {
      fields: { ...totalsOf(now.io), ...rates.fields },
      reasons: rates.reasons,
      consistent,
    };
  }

  #read(process: TreeProcess) {
    return this.#reader.read(`/proc/${process.pid}/io`, parseIo);
  }

  /**
   * Stores what a process adds; returns whether it has changed since it was stored in this sample.
   */
  #store(process: TreeProcess, io: Io): boolean {
    const reaped = toCounters(io);
    const before = this.#usedBefore.get(process);
    const total = before === undefined
      ? reaped
      : reaped.map((value, i) => subtractIntegers(value, before[i] ?? 0));
    const last = this.#contributions.get(process)?.reaped;
    this.#contributions.set(process, { total, reaped });
    return last?.some((value, i) => value !== reaped[i]) ?? false;
  }

  /**
   * Whether a missing `io` means that the process has ended, not that the kernel lacks io
   * accounting.
   */
  #kernelCountsIo(): boolean {
    this.#isSupported ??= this.#reader.read(OWN_IO, parseIo).reason !== "gone";
    return this.#isSupported;
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
      if (value !== null) return this.#store(process, value);
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

function totalsOf(io: Io): IoTotals {
  return {
    ioReadCharsBytesTotal: io.rchar,
    ioWrittenCharsBytesTotal: io.wchar,
    ioReadCallsTotal: io.syscr,
    ioWriteCallsTotal: io.syscw,
    ioReadBytesTotal: io.readBytes,
    ioWrittenBytesTotal: io.writeBytes,
    ioCancelledWriteBytesTotal: io.cancelledWriteBytes,
  };
}

function toCounters(io: Io): Counters {
  const { rchar, wchar, syscr, syscw } = io;
  const { readBytes, writeBytes, cancelledWriteBytes } = io;
  return [
    rchar,
    wchar,
    syscr,
    syscw,
    readBytes,
    writeBytes,
    cancelledWriteBytes,
  ];
}

function toIo(counters: Counters): Io {
  const [rchar = 0, wchar = 0, syscr = 0, syscw = 0] = counters;
  const [, , , , readBytes = 0, writeBytes = 0, cancelledWriteBytes = 0] =
    counters;
  return {
    rchar,
    wchar,
    syscr,
    syscw,
    readBytes,
    writeBytes,
    cancelledWriteBytes,
  };
}

function ratesBetween(
  before: PreviousReading | null,
  now: PreviousReading,
): Readout<IoRates> {
  const seconds = (now.atMs - (before?.atMs ?? now.atMs)) / 1000;
  const fields: Record<keyof IoRates, number | null> = { ...NO_RATES };
  const reasons: Record<string, NullReason> = {};
  for (const [key, counter] of RATES) {
    const { value, reason } = rateBetween(
      before?.io[counter] ?? null,
      now.io[counter],
      seconds,
    );
    fields[key] = value;
    if (reason !== null) reasons[key] = reason;
  }
  return {
    fields,
    reasons: Object.keys(reasons).length === 0 ? null : reasons,
  };
}
