/**
 * What `smaps` and `smaps_rollup` both tell, in bytes.
 *
 * @module
 */

import { addIntegers, type Integer, multiplyIntegers } from "../integer.ts";
import type { MappedMemory } from "../parse/smaps.ts";

/** Memory by kind, in bytes. See proc_pid_smaps(5). Null on a kernel that does not tell. */
export interface MappedMemoryFields {
  /** Proportional set size: each resident page divided by the processes that share it. Sums over a tree are true. */
  readonly pssBytes: Integer | null;
  /** The dirty part of it. Since Linux 6.0. */
  readonly pssDirtyBytes: Integer | null;
  /** Unique set size: what no other process shares, private clean and private dirty together. */
  readonly ussBytes: Integer | null;
  /** Resident pages that are private and clean. */
  readonly privateCleanBytes: Integer | null;
  /** Resident pages that are private and dirty. */
  readonly privateDirtyBytes: Integer | null;
  /** Resident pages that are shared and clean. */
  readonly sharedCleanBytes: Integer | null;
  /** Resident pages that are shared and dirty. */
  readonly sharedDirtyBytes: Integer | null;
  /** Resident pages that are marked as accessed. */
  readonly referencedBytes: Integer | null;
  /** Resident pages that belong to no file. */
  readonly anonymousBytes: Integer | null;
  /** Pages that KSM merged. Since Linux 6.7. */
  readonly ksmBytes: Integer | null;
  /** Pages given up by madvise(2) and not yet taken. Since Linux 4.12. */
  readonly lazyFreeBytes: Integer | null;
  /** Anonymous huge pages. Since Linux 2.6.38. */
  readonly anonHugePagesBytes: Integer | null;
  /** Shared memory in huge pages. Since Linux 4.8. */
  readonly shmemPmdMappedBytes: Integer | null;
  /** Page cache in huge pages. Since Linux 5.4. */
  readonly filePmdMappedBytes: Integer | null;
  /** Shared pages of hugetlbfs; no part of resident memory. Since Linux 4.4. */
  readonly sharedHugetlbBytes: Integer | null;
  /** Private pages of hugetlbfs; no part of resident memory. Since Linux 4.4. */
  readonly privateHugetlbBytes: Integer | null;
  /** Swapped-out anonymous memory, divided by its sharers. Since Linux 4.3. */
  readonly swapPssBytes: Integer | null;
}

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
