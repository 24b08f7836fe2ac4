/**
 * What `smaps` and `smaps_rollup` both tell, in bytes.
 *
 * @module
 */

import { addIntegers, type Integer, multiplyIntegers } from "../integer.ts";
import type { MappedMemory } from "../parse/smaps.ts";
import type { MappedMemoryFields } from "../model/groups.ts";

const KIB = 1024;

const KEYS = {
  pssBytes: "pss",
  pssDirtyBytes: "pssDirty",
  privateCleanBytes: "privateClean",
  privateDirtyBytes: "privateDirty",
  sharedCleanBytes: "sharedClean",
  sharedDirtyBytes: "sharedDirty",
  referencedBytes: "referenced",
  anonymousBytes: "anonymous",
  ksmBytes: "ksm",
  lazyFreeBytes: "lazyFree",
  anonHugePagesBytes: "anonHugePages",
  shmemPmdMappedBytes: "shmemPmdMapped",
  filePmdMappedBytes: "filePmdMapped",
  sharedHugetlbBytes: "sharedHugetlb",
  privateHugetlbBytes: "privateHugetlb",
  swapPssBytes: "swapPss",
} as const satisfies Readonly<Record<string, keyof MappedMemory>>;

/** The names of the fields. */
export const MAPPED_MEMORY_KEYS: readonly (keyof MappedMemoryFields)[] = [
  "ussBytes",
  ...Object.keys(KEYS) as (keyof typeof KEYS)[],
];

/** What the fields are made of: their names in what is parsed. */
export const MAPPED_MEMORY_SIZES: readonly (typeof KEYS)[keyof typeof KEYS][] =
  Object.values(KEYS);

/** Makes bytes of what the kernel prints in kB. */
export function mappedMemoryFields(memory: MappedMemory): MappedMemoryFields {
  const fields: Partial<Record<keyof MappedMemoryFields, Integer | null>> = {};
  for (const [key, name] of Object.entries(KEYS)) {
    fields[key as keyof typeof KEYS] = kibToBytes(memory[name]);
  }
  fields.ussBytes = kibToBytes(
    addIntegers(memory.privateClean, memory.privateDirty),
  );
  return fields as MappedMemoryFields;
}

/** Bytes of kB; null stays null. */
export function kibToBytes(value: Integer | null): Integer | null {
  return value === null ? null : multiplyIntegers(value, KIB);
}
