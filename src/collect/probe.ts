/**
 * Which collectors can never work on this host, and why.
 *
 * @module
 */

import type { HostFacts } from "../host/facts.ts";
import type { Reader } from "../kernel/proc_reader.ts";
import type { CollectorName } from "./collectors.ts";

/** A file of the sampler's own process that a collector cannot do without. */
const OWN_FILES: Partial<Record<CollectorName, string>> = {
  io: "/proc/self/io",
  smaps: "/proc/self/smaps",
  smaps_rollup: "/proc/self/smaps_rollup",
};

/** A sentence for each collector that this host can never serve: a kernel without the file, or no cgroup v2. */
export function tellUnusable(
  reader: Reader,
  options: {
    readonly names: readonly CollectorName[];
    readonly facts: HostFacts;
  },
): string[] {
  const { names, facts } = options;
  return names.flatMap((name) => {
    if (name === "cgroup") {
      return facts.cgroup2 === null
        ? ["The collector cgroup finds nothing: cgroup v2 is not mounted"]
        : [];
    }
    const path = OWN_FILES[name];
    if (path === undefined) return [];
    const { unread } = reader.read(path, (text) => text);
    return unread === "gone"
      ? [`The collector ${name} finds nothing: this kernel has no ${path}`]
      : [];
  });
}
