/**
 * The groups of fields that a user may ask for, each named after the file it reads.
 *
 * @module
 */

import type { HostFacts } from "../host.ts";
import type { Integer } from "../integer.ts";
import type { Reader } from "../reader.ts";
import { sumKnown } from "../sums.ts";
import type { Member, Sweep } from "../tree.ts";
import type {
  Unreadable,
  UnreadableFields,
  UnreadableNotes,
} from "../unreadable.ts";
import { CgroupCollector, type CgroupSample } from "./cgroup.ts";
import { type CgroupFigure, readCgroupFigures } from "./cgroup_files.ts";
import { type CmdlineFields, collectCmdline } from "./cmdline.ts";
import { collectFd, type FdFields } from "./fd.ts";
import { HostCollector, type HostSample } from "./host.ts";
import { IoCollector, type IoFields } from "./io.ts";
import { collectSmaps, type MappingSample } from "./smaps.ts";
import { collectSmapsRollup, type SmapsRollupFields } from "./smaps_rollup.ts";
import { collectStat, type StatFields } from "./stat.ts";
import { collectStatus, type StatusFields } from "./status.ts";
import type { Visit } from "./visit.ts";

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

/** What collectors add to a process's line; each group is there only where it was asked for. */
export interface CollectedFields
  extends
    Partial<CmdlineFields>,
    Partial<StatFields>,
    Partial<StatusFields>,
    Partial<IoFields>,
    Partial<FdFields>,
    Partial<SmapsRollupFields> {}

/** What collectors add to the tree's line; each group is there only where it was asked for. */
export interface CollectedTotals extends Partial<IoFields> {
  /** The sum of the processes' proportional set sizes in bytes: the memory that the tree really takes. With `smaps_rollup`. */
  readonly pssBytes?: Integer | null;
  /** The sum of the processes' unique set sizes in bytes: what its end would free. With `smaps_rollup`. */
  readonly ussBytes?: Integer | null;
}

/** What collectors add to a sample beside its processes; each is there only where it was asked for. */
export interface CollectedExtras {
  /** The mappings of each process, in those samples in which they were read. With `smaps`. */
  readonly mappings?: readonly MappingSample[];
  /** The cgroups that processes of the tree are in. With `cgroup`. */
  readonly cgroups?: readonly CgroupSample[];
  /** Every figure of those cgroups. With `cgroup` and `cgroup_files`. */
  readonly cgroupFigures?: readonly CgroupFigure[];
  /** The host. With `host`. */
  readonly host?: HostSample;
}

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
