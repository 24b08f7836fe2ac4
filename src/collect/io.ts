/**
 * The collector `io`: what processes read and write.
 *
 * The kernel adds the io of a child that is waited for to its parent, in the same counters: a parent's rate leaps when a child
 * that wrote much ends, and the tree's io is summed as its CPU time is.
 *
 * @module
 */

import { type Integer, subtractIntegers } from "../integer.ts";
import { type Entry, Ledger } from "../ledger.ts";
import { type Io, parseIo } from "../parse/io.ts";
import type { Unreadable, UnreadableNotes } from "../unreadable.ts";
import type { Member, Sweep } from "../tree.ts";
import { nothing, type Visit } from "./visit.ts";

/** What `io` counts, in bytes or calls. See proc_pid_io(5), Linux 2.6.20. Null where another user's may not be read. */
export interface IoTotals {
  /** Bytes read by system calls, from pipes and caches too, `rchar`. */
  readonly ioReadCharsBytesTotal: Integer | null;
  /** Bytes written by system calls, to pipes and caches too, `wchar`. */
  readonly ioWrittenCharsBytesTotal: Integer | null;
  /** System calls that read, `syscr`. */
  readonly ioReadCallsTotal: Integer | null;
  /** System calls that write, `syscw`. */
  readonly ioWriteCallsTotal: Integer | null;
  /** Bytes fetched from storage, `read_bytes`. */
  readonly ioReadBytesTotal: Integer | null;
  /** Bytes sent to storage, or rather made dirty in the page cache, `write_bytes`. */
  readonly ioWrittenBytesTotal: Integer | null;
  /** Bytes made dirty that never went to storage, for the file was truncated, `cancelled_write_bytes`. */
  readonly ioCancelledWriteBytesTotal: Integer | null;
}

/** The same per second, since the previous sample; null on the first. */
export interface IoRates {
  /** Bytes per second read by system calls. */
  readonly ioReadCharsBytesPerSecond: number | null;
  /** Bytes per second written by system calls. */
  readonly ioWrittenCharsBytesPerSecond: number | null;
  /** Bytes per second fetched from storage. */
  readonly ioReadBytesPerSecond: number | null;
  /** Bytes per second sent to storage. */
  readonly ioWrittenBytesPerSecond: number | null;
}

/** What the collector `io` adds to the line of a process, waited-for children included, and to the tree's. */
export interface IoFields extends IoTotals, IoRates {}

/** The fields of a total, and where it stands in `io`. */
const TOTALS = {
  ioReadCharsBytesTotal: "rchar",
  ioWrittenCharsBytesTotal: "wchar",
  ioReadCallsTotal: "syscr",
  ioWriteCallsTotal: "syscw",
  ioReadBytesTotal: "readBytes",
  ioWrittenBytesTotal: "writeBytes",
  ioCancelledWriteBytesTotal: "cancelledWriteBytes",
} as const satisfies Readonly<Record<keyof IoTotals, keyof Io>>;

/** The fields of a rate, and the total that it is made of. */
const RATES = {
  ioReadCharsBytesPerSecond: "ioReadCharsBytesTotal",
  ioWrittenCharsBytesPerSecond: "ioWrittenCharsBytesTotal",
  ioReadBytesPerSecond: "ioReadBytesTotal",
  ioWrittenBytesPerSecond: "ioWrittenBytesTotal",
} as const satisfies Readonly<Record<keyof IoRates, keyof IoTotals>>;

const TOTAL_KEYS = Object.keys(TOTALS) as (keyof IoTotals)[];
const RATE_KEYS = Object.keys(RATES) as (keyof IoRates)[];

type Counted = Readonly<Record<keyof IoTotals, Integer>>;

interface Seen {
  readonly totals: Counted;
  readonly atMs: number;
}

/** Reads the io of processes, from sample to sample. */
export class IoCollector {
  readonly #ledger = new Ledger(TOTAL_KEYS.length);
  readonly #seen = new Map<Member, Seen>();
  /** What the members add that were read in this sample. */
  #entries = new Map<Member, Entry>();
  #previous: Seen | null = null;
  /** Why the io of some member is not known in this sample. */
  #unread: Unreadable | null = null;

  /** Reads the `io` of a process. */
  collect(visit: Visit): IoFields {
    const { reader, member, atMs } = visit;
    const { value: io, unread } = reader.read(
      `/proc/${member.pid}/io`,
      parseIo,
    );
    if (io === null) {
      const fields = nothing(visit, {
        keys: [...TOTAL_KEYS, ...RATE_KEYS],
        unread,
      });
      if (!this.#seen.has(member)) {
        this.#unread = visit.notes.ioReadBytesTotal ?? null;
      }
      return fields;
    }
    const totals = countedOf((key) => io[TOTALS[key]]);
    const now = { totals, atMs };
    const rates = ratesBetween(this.#seen.get(member) ?? null, now);
    this.#seen.set(member, now);
    const counters = TOTAL_KEYS.map((key) => totals[key]);
    this.#entries.set(member, { total: counters, credit: counters });
    return { ...totals, ...rates };
  }

  /** Sums up the tree, ended processes included, once all its processes have been read. */
  sumUp(
    sweep: Sweep,
    options: {
      readonly atMs: number;
      readonly notes: UnreadableNotes;
    },
  ): IoFields {
    this.#ledger.settle({ changed: this.#entries, ended: sweep.ended });
    this.#entries = new Map();
    for (const member of sweep.ended) this.#seen.delete(member);
    const { total } = this.#ledger;
    const totals = countedOf((_, i) => total[i] ?? 0);
    const now = { totals, atMs: options.atMs };
    const rates = ratesBetween(this.#previous, now);
    this.#previous = now;
    const unread = this.#unread;
    this.#unread = null;
    if (unread === null) return { ...totals, ...rates };
    const nulls: Record<string, null> = {};
    for (const key of [...TOTAL_KEYS, ...RATE_KEYS]) {
      nulls[key] = null;
      options.notes[key] = unread;
    }
    return { ...totals, ...rates, ...nulls };
  }
}

function countedOf(
  value: (key: keyof IoTotals, index: number) => Integer,
): Counted {
  const totals: Partial<Record<keyof IoTotals, Integer>> = {};
  TOTAL_KEYS.forEach((key, i) => totals[key] = value(key, i));
  return totals as Counted;
}

function ratesBetween(before: Seen | null, now: Seen): IoRates {
  const rates: Partial<Record<keyof IoRates, number | null>> = {};
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
  for (const key of RATE_KEYS) {
    const total = RATES[key];
    rates[key] = before === null || seconds <= 0 ? null : Math.max(
      Number(subtractIntegers(now.totals[total], before.totals[total])) /
        seconds,
      0,
    );
  }
  return rates as IoRates;
}
