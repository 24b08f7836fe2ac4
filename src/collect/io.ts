/**
 * The collector `io`: what processes read and write.
 *
 * The kernel adds the io of a child that is waited for to its parent, in the same counters: a parent's rate leaps when a child
 * that wrote much ends, and the tree's io is summed as its CPU time is.
 *
 * @module
 */

import { type Integer, subtractIntegers } from "../integer.ts";
import { type Counters, type Entry, Ledger } from "../tree/lasting_sums.ts";
import { type Io, parseIo } from "../parse/io.ts";
import type { Reader, Reading } from "../kernel/proc_reader.ts";
import type { Unreadable, UnreadableNotes } from "../model/null_reason.ts";
import type { Member, Sweep } from "../tree/tree.ts";
import { nothing, type Visit } from "./collector.ts";
import type { IoFields, IoRates, IoTotals } from "../model/groups.ts";

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

/** How often parents are read again where children end while they are read. */
const MAX_ROUNDS = 4;

/** Reads the io of processes, from sample to sample. */
export class IoCollector {
  readonly #reader: Reader;
  readonly #ledger = new Ledger(TOTAL_KEYS.length);
  readonly #seen = new Map<Member, Seen>();
  /** What members had counted before they came into the cgroup. */
  readonly #before = new Map<Member, Counters>();
  /** What the members add that were read in this sample. */
  #entries = new Map<Member, Entry>();
  /** The members that have ended since the sweep. */
  #gone = new Set<Member>();
  #previous: Seen | null = null;
  /** Why the io of some member is not known in this sample. */
  #unread: Unreadable | null = null;
  /** Whether the kernel counts io; null where nothing has made that doubtful. */
  #isSupported: boolean | null = null;

  /** Reads with `reader`. */
  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Reads the `io` of a process. */
  collect(visit: Visit): IoFields {
    const { member, atMs, hasPast } = visit;
    const { value: totals, unread } = this.#read(member);
    if (totals === null) {
      const fields = nothing(visit, {
        keys: [...TOTAL_KEYS, ...RATE_KEYS],
        unread,
      });
      if (unread === "gone" && this.#doesCount()) this.#gone.add(member);
      else if (!this.#seen.has(member)) {
        this.#unread = visit.notes.ioReadBytesTotal ?? null;
      }
      return fields;
    }
    const now = { totals, atMs };
    const before = this.#seen.get(member) ?? null;
    if (before === null && hasPast) this.#before.set(member, listed(totals));
    this.#seen.set(member, now);
    this.#enter(member, totals);
    return { ...totals, ...ratesBetween(before, now) };
  }

  /** Takes note of a process that has ended since the sweep. */
  miss(member: Member): void {
    this.#gone.add(member);
  }

  /** Sums up the tree, ended processes included, once all its processes have been read. */
  sumUp(
    sweep: Sweep,
    options: {
      readonly atMs: number;
      readonly notes: UnreadableNotes;
    },
  ): IoFields {
    if (this.#gone.size > 0) this.#settle(sweep);
    this.#ledger.settle({
      changed: this.#entries,
      ended: [...new Set([...sweep.ended, ...this.#gone])],
      left: sweep.left,
    });
    for (const member of [...sweep.ended, ...sweep.left, ...this.#gone]) {
      this.#seen.delete(member);
      this.#before.delete(member);
    }
    this.#entries = new Map();
    this.#gone = new Set();
    const { total } = this.#ledger;
    const totals = countedOf((_, i) => total[i] ?? 0);
    const now = { totals, atMs: options.atMs };
    const rates = ratesBetween(this.#previous, now);
    this.#previous = now;
    const unread = this.#unread;
    this.#unread = null;
    if (unread === null) return { ...totals, ...rates };
    this.#previous = null;
    const nulls: Record<string, null> = {};
    for (const key of [...TOTAL_KEYS, ...RATE_KEYS]) {
      nulls[key] = null;
      options.notes[key] = unread;
    }
    return { ...totals, ...rates, ...nulls };
  }

  #read(member: Member): Reading<Counted> {
    return this.#reader.read(`/proc/${member.pid}/io`, (text) => {
      const io = parseIo(text);
      return countedOf((key) => io[TOTALS[key]]);
    });
  }

  #enter(member: Member, totals: Counted): void {
    const credit = listed(totals);
    const before = this.#before.get(member);
    const total = before === undefined
      ? credit
      : credit.map((value, i) => subtractIntegers(value, before[i] ?? 0));
    this.#entries.set(member, { total, credit });
  }

  /** Whether a missing `io` tells of an end, and not of a kernel without it. */
  #doesCount(): boolean {
    this.#isSupported ??=
      this.#reader.read("/proc/self/io", parseIo).unread !== "gone";
    return this.#isSupported;
  }

  /**
   * Makes sure that a process which ended since the sweep is counted once. Whether its parent had waited for it when the parent was
   * read is not known: the parent is read again, and so are its other children, which may have ended before that.
   */
  #settle(sweep: Sweep): void {
    const byPid = new Map<number, Member>();
    for (const member of [...sweep.ended, ...sweep.living]) {
      byPid.set(member.pid, member);
    }
    const ended = new Set<Member>(sweep.ended);
    let unsettled: ReadonlySet<Member> = this.#gone;
    for (let round = 0; unsettled.size > 0 && round < MAX_ROUNDS; round++) {
      for (const member of unsettled) ended.add(member);
      const parents = new Set<Member>();
      for (const member of unsettled) {
        const parent = livingAncestor(member, { byPid, ended });
        if (parent !== undefined) parents.add(parent);
      }
      const found = new Set<Member>();
      const readAgain = (member: Member) => {
        const { value, unread } = this.#read(member);
        if (value !== null) this.#enter(member, value);
        else if (unread === "gone") found.add(member);
      };
      for (const parent of parents) {
        readAgain(parent);
        for (const member of sweep.living) {
          const isSibling = member.stat.ppid === parent.pid;
          if (isSibling && this.#entries.has(member)) readAgain(member);
        }
      }
      unsettled = found.difference(this.#gone);
      for (const member of unsettled) {
        this.#gone.add(member);
        this.#entries.delete(member);
      }
    }
  }
}

/** The nearest ancestor that has not ended. */
function livingAncestor(
  member: Member,
  among: {
    readonly byPid: ReadonlyMap<number, Member>;
    readonly ended: ReadonlySet<Member>;
  },
): Member | undefined {
  const passed = new Set<Member>();
  let at = among.byPid.get(member.stat.ppid);
  while (at !== undefined && among.ended.has(at) && !passed.has(at)) {
    passed.add(at);
    at = among.byPid.get(at.stat.ppid);
  }
  return at !== undefined && among.ended.has(at) ? undefined : at;
}

function listed(totals: Counted): Counters {
  return TOTAL_KEYS.map((key) => totals[key]);
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
