/**
 * The groups of fields that a user may ask for, each named after the file it reads.
 *
 * @module
 */

import type { HostFacts } from "../host/facts.ts";
import type { Reader } from "../kernel/proc_reader.ts";
import { sumKnown } from "../model/arithmetic.ts";
import type { Member, Sweep } from "../tree/tree.ts";
import type {
  Unreadable,
  UnreadableFields,
  UnreadableNotes,
} from "../model/null_reason.ts";
import { CgroupCollector } from "./cgroup.ts";
import type {
  CollectedExtras,
  CollectedFields,
  CollectedTotals,
} from "../model/groups.ts";
import { readCgroupFigures } from "./cgroup_files.ts";
import { collectCmdline } from "./cmdline.ts";
import { collectFd } from "./fd.ts";
import { HostCollector } from "./host.ts";
import { IoCollector } from "./io.ts";
import { collectSmaps } from "./smaps.ts";
import { collectSmapsRollup } from "./smaps_rollup.ts";
import { collectStat } from "./stat.ts";
import { collectStatus } from "./status.ts";
import type { Visit } from "./collector.ts";

/** The name of a collector. */
export type CollectorName =
  | "cmdline"
  | "stat"
  | "status"
  | "io"
  | "fd"
  | "smaps_rollup"
  | "smaps"
  | "cgroup"
  | "cgroup_files"
  | "host";

/** Every collector that a user can ask for, the cheap ones first. `cgroup_files` belongs to `cgroup` in the format `lading`. */
export const COLLECTORS: readonly CollectorName[] = [
  "stat",
  "cmdline",
  "io",
  "status",
  "fd",
  "cgroup",
  "host",
  "smaps_rollup",
  "smaps",
];

/** A process's line, as far as sums need it. */
type Collected = CollectedFields & {
  readonly unreadable: UnreadableFields | null;
};

/** What was read beside the processes. */
interface Taken {
  readonly extras: CollectedExtras;
  /** Why which processes have no mappings, by process id. */
  readonly unread: ReadonlyMap<number, Unreadable>;
}

/** Runs the collectors that were asked for. */
export class Collectors {
  readonly #reader: Reader;
  readonly #asked: ReadonlySet<CollectorName>;
  readonly #smapsEvery: number;
  readonly #io: IoCollector | null;
  readonly #cgroup: CgroupCollector | null;
  readonly #host: HostCollector | null;
  /** The visits whose `smaps` are to be read: after all else, as that takes long. */
  #visits: Visit[] = [];
  #takesSmaps = false;
  #samples = 0;

  /** Prepares the collectors of these names. */
  constructor(
    reader: Reader,
    options: {
      readonly names: readonly CollectorName[];
      readonly smapsEvery: number;
      readonly facts: HostFacts;
    },
  ) {
    const { facts } = options;
    this.#asked = new Set(options.names);
    this.#smapsEvery = options.smapsEvery;
    this.#io = this.#asked.has("io") ? new IoCollector(reader) : null;
    this.#reader = reader;
    this.#cgroup = this.#asked.has("cgroup")
      ? new CgroupCollector(reader, facts)
      : null;
    this.#host = this.#asked.has("host")
      ? new HostCollector(reader, facts)
      : null;
  }

  /** Begins a sample. */
  begin(): void {
    this.#takesSmaps = this.#asked.has("smaps") &&
      this.#samples++ % this.#smapsEvery === 0;
  }

  /** Whether nothing was asked for. */
  get isEmpty(): boolean {
    return this.#asked.size === 0;
  }

  /** Reads what was asked for of a process. */
  visit(visit: Visit): CollectedFields {
    const asked = this.#asked;
    this.#cgroup?.visit(visit);
    if (this.#takesSmaps) this.#visits.push(visit);
    return {
      ...(asked.has("cmdline") ? collectCmdline(visit) : {}),
      ...(asked.has("stat") ? collectStat(visit) : {}),
      ...(asked.has("status") ? collectStatus(visit) : {}),
      ...this.#io?.collect(visit),
      ...(asked.has("fd") ? collectFd(visit) : {}),
      ...(asked.has("smaps_rollup") ? collectSmapsRollup(visit) : {}),
    };
  }

  /** Takes note of a process that has ended since the sweep, in place of a visit. */
  miss(member: Member): void {
    this.#io?.miss(member);
  }

  /** Sums up the tree, once all its processes have been visited. */
  sumUp(
    processes: readonly Collected[],
    options: {
      readonly sweep: Sweep;
      readonly atMs: number;
      readonly notes: UnreadableNotes;
    },
  ): CollectedTotals {
    const { sweep, ...rest } = options;
    return {
      ...this.#io?.sumUp(sweep, rest),
      ...(this.#asked.has("smaps_rollup")
        ? {
          pssBytes: sumKnown(processes, { ...rest, key: "pssBytes" }),
          ussBytes: sumKnown(processes, { ...rest, key: "ussBytes" }),
        }
        : {}),
    };
  }

  /** Reads what was asked for beside the processes, and what takes long. */
  take(atMs: number): Taken {
    const figures = this.#asked.has("cgroup_files")
      ? this.#cgroup?.directories.flatMap((group) =>
        readCgroupFigures(this.#reader, group)
      )
      : undefined;
    const extras = {
      ...(figures === undefined ? {} : { cgroupFigures: figures }),
      ...(this.#cgroup === null ? {} : { cgroups: this.#cgroup.take(atMs) }),
      ...(this.#host === null ? {} : { host: this.#host.take(atMs) }),
    };
    const visits = this.#visits;
    this.#visits = [];
    const unread = new Map<number, Unreadable>();
    if (!this.#takesSmaps) return { extras, unread };
    const mappings = visits.flatMap((visit) => {
      const smaps = collectSmaps(visit);
      if (smaps.unread !== null) unread.set(visit.member.pid, smaps.unread);
      return smaps.mappings;
    });
    return { extras: { ...extras, mappings }, unread };
  }
}
