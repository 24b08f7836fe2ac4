/**
 * The collector `smaps_rollup`: memory with shared pages divided by their sharers. The kernel walks the page tables of the process
 * for it, and holds its memory lock meanwhile: some milliseconds for each GiB.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import { parseSmapsRollup } from "../parse/smaps_rollup.ts";
import {
  kibToBytes,
  MAPPED_MEMORY_KEYS,
  type MappedMemoryFields,
  mappedMemoryFields,
} from "./mapped_memory.ts";
import { nothing, type Visit } from "./visit.ts";

/** What the collector `smaps_rollup` adds to a process's line. See proc_pid_smaps(5), Linux 4.14. Null without memory. */
export interface SmapsRollupFields extends MappedMemoryFields {
  /** The anonymous part of `pssBytes`. Since Linux 5.3. */
  readonly pssAnonBytes: Integer | null;
  /** The part of mapped files. Since Linux 5.3. */
  readonly pssFileBytes: Integer | null;
  /** The part of shared memory. Since Linux 5.3. */
  readonly pssShmemBytes: Integer | null;
  /** Resident memory as `smaps_rollup` counts it. */
  readonly rollupRssBytes: Integer | null;
  /** Swapped-out memory as `smaps_rollup` counts it, shared memory too. */
  readonly rollupSwapBytes: Integer | null;
  /** The part of `pssBytes` that is locked by mlock(2). */
  readonly rollupLockedBytes: Integer | null;
}

const OWN_KEYS = [
  "pssAnonBytes",
  "pssFileBytes",
  "pssShmemBytes",
  "rollupRssBytes",
  "rollupSwapBytes",
  "rollupLockedBytes",
] as const;

/** Reads the `smaps_rollup` of a process. */
export function collectSmapsRollup(visit: Visit): SmapsRollupFields {
  const { value: rollup, unread } = visit.reader.read(
    `${visit.directory}/smaps_rollup`,
    parseSmapsRollup,
  );
  if (rollup === null) {
    return nothing(visit, {
      keys: [...MAPPED_MEMORY_KEYS, ...OWN_KEYS],
      unread,
    });
  }
  const fields: SmapsRollupFields = {
    ...mappedMemoryFields(rollup),
    pssAnonBytes: kibToBytes(rollup.pssAnon),
    pssFileBytes: kibToBytes(rollup.pssFile),
    pssShmemBytes: kibToBytes(rollup.pssShmem),
    rollupRssBytes: kibToBytes(rollup.rss),
    rollupSwapBytes: kibToBytes(rollup.swap),
    rollupLockedBytes: kibToBytes(rollup.locked),
  };
  for (const key of [...MAPPED_MEMORY_KEYS, ...OWN_KEYS]) {
    if (fields[key] === null) visit.notes[key] = "unsupported";
  }
  return fields;
}
