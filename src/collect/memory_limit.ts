/**
 * The collector `memory_limit`: how near the tree is to its limit of memory, and nothing else of
 * its cgroups.
 *
 * @module
 */

import { MemoryLimits } from "../host/memory_limits.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseCgroup } from "../parse/cgroup.ts";
import type { Sweep } from "../tree/tree.ts";
import { limitFields, RootMemory } from "./_root_memory.ts";
import type {
  CollectedRun,
  Collector,
  ProcessVisit,
  RunningCollector,
  SampleTime,
  Totals,
} from "./collector.ts";

/**
 * Adds to the tree the limit of memory that holds for its root, as the collector `cgroup` does, but
 * reads the cgroup of the root alone: what that costs does not grow with the tree.
 *
 * The fields are shown by the format `table` alone: on the lines of other formats they stand with
 * `cgroup`.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { memoryLimit } from "@procline/procline/collect";
 * import { assert } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [memoryLimit()] });
 * assert("memoryLimitPercentage" in sampler.sample().tree);
 * ```
 */
export function memoryLimit(): Collector {
  return {
    name: "memory_limit",
    // If no cgroups are mounted, the table says that the limit is not known.
    unusable: () => null,
    start: (reader, run) => new LimitReader(reader, run),
  };
}

/** Follows the limit of the root from sample to sample. */
class LimitReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #limits: MemoryLimits;
  readonly #root: RootMemory;

  constructor(reader: ProcReader, { mounts, root }: CollectedRun) {
    this.#reader = reader;
    this.#limits = new MemoryLimits(reader, mounts);
    this.#root = new RootMemory(root, mounts, this.#limits);
  }

  begin(_: Sweep, { rootEnded }: SampleTime): void {
    this.#limits.refresh();
    this.#root.begin(rootEnded);
  }

  visitRoot(visit: ProcessVisit): void {
    const { directory } = visit;
    this.#root.visit(
      visit,
      this.#reader.read(`${directory}/cgroup`, parseCgroup),
    );
  }

  total(): Totals {
    const { fields, reasons } = limitFields(this.#root.limit());
    return { fields, reasons, consistent: true };
  }
}
