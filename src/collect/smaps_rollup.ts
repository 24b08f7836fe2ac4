/**
 * The collector `smaps_rollup`: memory with shared pages divided by their sharers. The kernel walks the page tables of the process
 * for it, and holds its memory lock meanwhile: some milliseconds for each GiB.
 *
 * @module
 */

import { parseSmapsRollup } from "../parse/smaps_rollup.ts";
import {
  kibToBytes,
  MAPPED_MEMORY_KEYS,
  mappedMemoryFields,
} from "./_mapped_memory.ts";
import type { SmapsRollupFields } from "../model/groups.ts";
import { nothing, type Visit } from "./collector.ts";

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
