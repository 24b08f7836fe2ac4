/** Whose a process is, by its cgroup: the fields that the collector `cgroup` adds to its line. */

import { cgroupOwner, ownPath } from "../host/cgroup_owner.ts";
import type {
  ProcReader,
  Reading,
  UnreadReason,
} from "../kernel/proc_reader.ts";
import type { OwnerFields } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import {
  type NullReason,
  processReason,
  type Readout,
  sameReason,
} from "../model/null_reason.ts";
import type { CgroupEntry } from "../parse/cgroup.ts";
import { cutText } from "../text.ts";
import type { TreeProcess } from "../tree/tree_process.ts";

const NOT_READ: OwnerFields = {
  cgroup: null,
  cgroupTruncated: null,
  unit: null,
  containerId: null,
  podUid: null,
};

const SHOWN = ["cgroup", "unit", "containerId", "podUid"];

/** The fields of the owner, from the entries of a process's `cgroup`. */
export class CgroupOwners {
  readonly #reader: ProcReader;
  /** By the entries, which processes share. */
  readonly #known = new WeakMap<
    readonly CgroupEntry[],
    Readout<OwnerFields>
  >();

  /** Reads with a reader. */
  constructor(reader: ProcReader) {
    this.#reader = reader;
  }

  /** The fields for the line of a process. */
  fieldsOf(
    { value, reason }: Reading<readonly CgroupEntry[]>,
    process: TreeProcess,
  ): Readout<OwnerFields> {
    if (reason !== null) {
      const why = this.#whyNone(reason, process);
      return { fields: NOT_READ, reasons: sameReason(SHOWN, why) };
    }
    let known = this.#known.get(value);
    if (known === undefined) {
      known = { fields: ownerFields(value), reasons: null };
      this.#known.set(value, known);
    }
    return known;
  }

  /** A kernel without cgroups has no such file at all. */
  #whyNone(reason: UnreadReason, { stat }: TreeProcess): NullReason {
    const isAbsent = reason === "gone" &&
      this.#reader.read("/proc/self/cgroup", (text) => text).reason === "gone";
    return isAbsent ? "unsupported" : processReason(reason, stat);
  }
}

function ownerFields(entries: readonly CgroupEntry[]): OwnerFields {
  const path = ownPath(entries);
  if (path === null) return NOT_READ;
  const cgroup = cutText(path, ROOM.cgroupPath);
  return {
    cgroup,
    cgroupTruncated: cgroup.length < path.length,
    ...cgroupOwner(path),
  };
}
