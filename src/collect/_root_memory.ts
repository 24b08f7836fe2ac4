/** The limit of memory that holds for the root of a tree, as fields of the tree's line. */

import { type CgroupMounts, VERSION_2 } from "../host/cgroup_mounts.ts";
import type { GroupAddress } from "../host/cgroup_mounts.ts";
import { groupOf } from "../host/cgroup_paths.ts";
import type { MemoryLimit, MemoryLimits } from "../host/memory_limits.ts";
import type { Reading } from "../kernel/proc_reader.ts";
import type { MemoryLimitFields } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import {
  type Known,
  processReason,
  type Readout,
  sameReason,
} from "../model/null_reason.ts";
import type { CgroupEntry } from "../parse/cgroup.ts";
import { cutText } from "../text.ts";
import type { Root } from "../tree/tree_process.ts";
import { knownLimit } from "./_group_files.ts";
import type { ProcessVisit } from "./collector.ts";

/** The limit of memory that holds for the root of the tree. */
export class RootMemory {
  readonly #root: Root;
  readonly #mounts: CgroupMounts;
  readonly #limits: MemoryLimits;
  /** The group of the root, as last seen; or why it is not known. */
  #group: Known<GroupAddress | null>;
  #isGone = false;

  /** Looks for the groups of `root`; what is read of them is shared by all who have `limits`. */
  constructor(root: Root, mounts: CgroupMounts, limits: MemoryLimits) {
    this.#root = root;
    this.#mounts = mounts;
    this.#limits = limits;
    this.#group = "pid" in root ? { value: null, reason: "exiting" } : {
      value: this.#groupAt("path" in root ? root.path : "/"),
      reason: null,
    };
  }

  /**
   * The group at a path, where memory is accounted for: cgroup v1 is taken to hold the same
   * processes there.
   */
  #groupAt(path: string | null = null): GroupAddress | null {
    const isVersion1 = this.#mounts.has("memory");
    const hierarchy = isVersion1 ? "memory" : VERSION_2;
    return path === null ? null : { hierarchy, path };
  }

  /** A sample begins. */
  begin(rootEnded: boolean): void {
    this.#isGone = rootEnded && !("pid" in this.#root);
  }

  /** Takes the group of the root from its own file; of a zombie it is the last one. */
  visit(
    { process }: ProcessVisit,
    { value, reason }: Reading<readonly CgroupEntry[]>,
  ): void {
    if (!("pid" in this.#root) || process.pid !== this.#root.pid) return;
    if (process.stat.state === "Z" && this.#group.reason === null) return;
    this.#group = reason === null
      ? { value: groupOf(value, "memory"), reason }
      : { value: null, reason: processReason(reason, process.stat) };
  }

  /** The limit that is nearest to be reached; null: unlimited. Or why it is not known. */
  limit(): Known<MemoryLimit | null> {
    if (this.#isGone) return { value: null, reason: "gone" };
    const { value, reason } = this.#group;
    if (reason !== null) return { value, reason };
    return value === null
      ? { value: null, reason: null }
      : knownLimit(this.#limits.highest(value));
  }
}

/** The fields of a limit. */
export function limitFields(
  { value, reason }: Known<MemoryLimit | null>,
): Readout<MemoryLimitFields> {
  const path = value?.path ?? null;
  const shown = path === null ? null : cutText(path, ROOM.cgroupPath);
  return {
    fields: {
      memoryLimitPercentage: value?.percentage ?? null,
      memoryLimitBytes: value?.bytes ?? null,
      memoryLimitCgroup: shown,
      memoryLimitCgroupTruncated: shown !== path,
    },
    reasons: reason === null ? null : sameReason(LIMIT_KEYS, reason),
  };
}

const LIMIT_KEYS: readonly (keyof MemoryLimitFields)[] = [
  "memoryLimitPercentage",
  "memoryLimitBytes",
  "memoryLimitCgroup",
];
