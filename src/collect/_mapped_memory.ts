/** What `smaps` and `smaps_rollup` both report, in bytes. */

import { addIntegers } from "../integer.ts";
import type { MappedMemoryFields } from "../model/collected_fields.ts";
import type { MappedMemory } from "../parse/smaps.ts";
import type { Amounts } from "./_amounts.ts";

/** The fields of memory that is mapped. */
export function mappedMemoryFields(
  memory: MappedMemory,
  amounts: Amounts,
): MappedMemoryFields {
  const unique = addIntegers(memory.privateClean, memory.privateDirty);
  return {
    ussBytes: amounts.used("ussBytes", unique),
    pssBytes: amounts.used("pssBytes", memory.pss),
    pssDirtyBytes: amounts.used("pssDirtyBytes", memory.pssDirty),
    privateCleanBytes: amounts.used("privateCleanBytes", memory.privateClean),
    privateDirtyBytes: amounts.used("privateDirtyBytes", memory.privateDirty),
    sharedCleanBytes: amounts.used("sharedCleanBytes", memory.sharedClean),
    sharedDirtyBytes: amounts.used("sharedDirtyBytes", memory.sharedDirty),
    referencedBytes: amounts.used("referencedBytes", memory.referenced),
    anonymousBytes: amounts.used("anonymousBytes", memory.anonymous),
    ksmBytes: amounts.used("ksmBytes", memory.ksm),
    lazyFreeBytes: amounts.used("lazyFreeBytes", memory.lazyFree),
    anonHugePagesBytes: amounts.used(
      "anonHugePagesBytes",
      memory.anonHugePages,
    ),
    shmemPmdMappedBytes: amounts.used(
      "shmemPmdMappedBytes",
      memory.shmemPmdMapped,
    ),
    filePmdMappedBytes: amounts.used(
      "filePmdMappedBytes",
      memory.filePmdMapped,
    ),
    sharedHugetlbBytes: amounts.used(
      "sharedHugetlbBytes",
      memory.sharedHugetlb,
    ),
    privateHugetlbBytes: amounts.used(
      "privateHugetlbBytes",
      memory.privateHugetlb,
    ),
    swapPssBytes: amounts.used("swapPssBytes", memory.swapPss),
  };
}
