/**
 * How near cgroups are to their limits of memory, those above them included: a limit may stand on
 * any group on the way up, and another group below that may fill it.
 *
 * @module
 */

import type { PartlyMalformed } from "../errors.ts";
import { type Integer, subtractIntegers } from "../integer.ts";
import type {
  ProcReader,
  Reading,
  UnreadReason,
} from "../kernel/proc_reader.ts";
import { type FlatKeyed, parseFlatKeyed } from "../parse/flat_keyed.ts";
import { parseSingleValue } from "../parse/single_value.ts";
import {
  type CgroupMounts,
  type GroupAddress,
  VERSION_2,
} from "./cgroup_mounts.ts";

/** The limit of a group, and how near the group is to it. */
export interface MemoryLimit {
  /** The path of the group that has the limit. */
  readonly path: string;
  /** The limit in bytes. */
  readonly bytes: Integer;
  /** What the group uses without its inactive page cache, as a percentage of the limit. */
  readonly percentage: number;
}

/** The limit that is nearest to be reached; null: none is in sight. Or why it is not known. */
export type MemoryLimitReading =
  | { readonly value: MemoryLimit | null; readonly reason: null }
  | { readonly value: null; readonly reason: UnreadReason | "unmounted" };

/** The names of the files of a version of cgroups, and of lines of `memory.stat`. */
interface Files {
  readonly limit: string;
  readonly usage: string;
  /**
   * The part of the page cache that the kernel takes back first, those of groups below included.
   */
  readonly inactive: string;
}

const FILES_2: Files = {
  limit: "memory.max",
  usage: "memory.current",
  inactive: "inactive_file",
};

const FILES_1: Files = {
  limit: "memory.limit_in_bytes",
  usage: "memory.usage_in_bytes",
  inactive: "total_inactive_file",
};

/** The line of `memory.stat` of cgroup v1 with the lowest limit on the way up, in sight or not. */
const LOWEST_LIMIT = "hierarchical_memory_limit";

/**
 * Without a limit, cgroup v1 shows the largest number of bytes that is whole pages:
 * 9223372036854771712 with pages of 4 KiB. No page has more than 256 KiB.
 */
const VERSION_1_UNLIMITED = 2n ** 63n - 2n ** 18n;

/** Whether a limit of cgroup v1 stands for none. */
export function isUnlimited(bytes: Integer): boolean {
  return bytes >= VERSION_1_UNLIMITED;
}

/** A group's own limit; null: it has none. */
interface OwnLimit {
  readonly limit: MemoryLimit | null;
  /** Whether the files of the group are there. */
  readonly isThere: boolean;
}

/** Reads limits; what groups have in common is read once for each sample. */
export class MemoryLimits {
  readonly #reader: ProcReader;
  readonly #mounts: CgroupMounts;
  readonly #stats = new Map<string, Reading<FlatKeyed>>();
  readonly #limits = new Map<string, Reading<OwnLimit>>();

  /** Reads with a reader. */
  constructor(reader: ProcReader, mounts: CgroupMounts) {
    this.#reader = reader;
    this.#mounts = mounts;
  }

  /** A new sample begins: all is read anew. */
  refresh(): void {
    this.#stats.clear();
    this.#limits.clear();
  }

  /** `memory.stat` of a group's directory. */
  statOf(directory: string): Reading<FlatKeyed> {
    return remembered(this.#stats, directory, () =>
      this.#reader.readFields(
        `${directory}/memory.stat`,
        (text): FlatKeyed & PartlyMalformed =>
          parseFlatKeyed("memory.stat", text),
      ));
  }

  /**
   * The limit that is nearest to be reached, of a group and of those above it that are in sight. Of
   * equals, the one further down.
   *
   * On cgroup v1 a limit holds for the groups below if `memory.use_hierarchy` is 1, as it always is
   * since Linux 5.11 and under systemd before.
   */
  highest({ hierarchy, path }: GroupAddress): MemoryLimitReading {
    const { directory, reason } = this.#mounts.place(path, hierarchy);
    if (directory === null) return { value: null, reason };
    const directories = this.#mounts.upwards(path, hierarchy);
    let highest: MemoryLimit | null = null;
    let lowest: Integer | null = null;
    let isAnyThere = false;
    for (const at of directories) {
      const own = remembered(
        this.#limits,
        at,
        () => this.#readLimit(at, hierarchy),
      );
      if (own.reason !== null) return own;
      const { limit, isThere } = own.value;
      const holds = limit === null || !isAnyThere ||
        this.#holdsBelow(at, hierarchy);
      isAnyThere ||= isThere;
      if (limit === null || !holds) continue;
      if (lowest === null || limit.bytes < lowest) lowest = limit.bytes;
      if (highest === null || limit.percentage > highest.percentage) {
        highest = limit;
      }
    }
    if (hierarchy === VERSION_2) return { value: highest, reason: null };
    if (!isAnyThere) return { value: null, reason: "unsupported" };
    return this.#isLowest(lowest, directories)
      ? { value: highest, reason: null }
      : { value: null, reason: "unmounted" };
  }

  /** Whether no group out of sight has a lower limit, as far as the kernel says it. */
  #isLowest(lowest: Integer | null, directories: readonly string[]): boolean {
    for (const directory of directories) {
      const bytes = this.statOf(directory).value?.values.get(LOWEST_LIMIT) ??
        null;
      if (bytes === null) continue;
      return isUnlimited(bytes) || (lowest !== null && bytes >= lowest);
    }
    return true;
  }

  /** Whether the limit of a group holds for what the groups below use. */
  #holdsBelow(directory: string, hierarchy: string): boolean {
    if (hierarchy === VERSION_2) return true;
    const { value } = this.#reader.read(
      `${directory}/memory.use_hierarchy`,
      (text) => parseSingleValue("memory.use_hierarchy", text),
    );
    return value !== 0;
  }

  #readLimit(directory: string, hierarchy: string): Reading<OwnLimit> {
    const isVersion2 = hierarchy === VERSION_2;
    const files = isVersion2 ? FILES_2 : FILES_1;
    const read = (file: string) =>
      this.#reader.read(
        `${directory}/${file}`,
        (text) => parseSingleValue(file, text),
      );
    const limit = read(files.limit);
    if (limit.reason === "gone" || limit.reason === "unsupported") {
      return { value: { limit: null, isThere: false }, reason: null };
    }
    if (limit.reason !== null) return limit;
    const bytes = limit.value;
    if (bytes === null || (!isVersion2 && isUnlimited(bytes))) {
      return { value: { limit: null, isThere: true }, reason: null };
    }
    const usage = read(files.usage);
    if (usage.reason !== null) return { value: null, reason: usage.reason };
    const stat = this.statOf(directory);
    if (stat.reason !== null) return { value: null, reason: stat.reason };
    const inactive = stat.value.values.get(files.inactive);
    if (usage.value === null || inactive === null) {
      return { value: null, reason: "malformed" };
    }
    if (inactive === undefined) return { value: null, reason: "unsupported" };
    // They are read one after the other: there may be more of the one than there was of the other.
    const used = Math.max(Number(subtractIntegers(usage.value, inactive)), 0);
    const path = this.#mounts.pathOf(directory) ?? directory;
    // What has nothing to use is full.
    const percentage = bytes === 0 ? 100 : 100 * used / Number(bytes);
    return {
      value: { limit: { path, bytes, percentage }, isThere: true },
      reason: null,
    };
  }
}

function remembered<T>(
  known: Map<string, T>,
  key: string,
  make: () => T,
): T {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}
