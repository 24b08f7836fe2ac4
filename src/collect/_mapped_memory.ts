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
  const { privateClean, privateDirty } = memory;
  const unique = privateClean === null || privateDirty === null
    ? null
    : addIntegers(privateClean, privateDirty);
  return {
    ussBytes: amounts.used(
      "ussBytes",
      unique,
      "Private_Clean",
      "Private_Dirty",
    ),
    pssBytes: amounts.used("pssBytes", memory.pss, "Pss"),
    pssDirtyBytes: amounts.used("pssDirtyBytes", memory.pssDirty, "Pss_Dirty"),
    privateCleanBytes: amounts.used(
      "privateCleanBytes",
      memory.privateClean,
      "Private_Clean",
    ),
    privateDirtyBytes: amounts.used(
      "privateDirtyBytes",
      memory.privateDirty,
      "Private_Dirty",
    ),
    sharedCleanBytes: amounts.used(
      "sharedCleanBytes",
      memory.sharedClean,
      "Shared_Clean",
    ),
    sharedDirtyBytes: amounts.used(
      "sharedDirtyBytes",
      memory.sharedDirty,
      "Shared_Dirty",
    ),
    referencedBytes: amounts.used(
      "referencedBytes",
      memory.referenced,
      "Referenced",
    ),
    anonymousBytes: amounts.used(
      "anonymousBytes",
      memory.anonymous,
      "Anonymous",
    ),
    ksmBytes: amounts.used("ksmBytes", memory.ksm, "KSM"),
    lazyFreeBytes: amounts.used("lazyFreeBytes", memory.lazyFree, "LazyFree"),
    anonHugePagesBytes: amounts.used(
      "anonHugePagesBytes",
      memory.anonHugePages,
      "AnonHugePages",
    ),
    shmemPmdMappedBytes: amounts.used(
      "shmemPmdMappedBytes",
      memory.shmemPmdMapped,
      "ShmemPmdMapped",
    ),
    filePmdMappedBytes: amounts.used(
      "filePmdMappedBytes",
      memory.filePmdMapped,
      "FilePmdMapped",
    ),
    sharedHugetlbBytes: amounts.used(
      "sharedHugetlbBytes",
      memory.sharedHugetlb,
      "Shared_Hugetlb",
    ),
    privateHugetlbBytes: amounts.used(
      "privateHugetlbBytes",
      memory.privateHugetlb,
      "Private_Hugetlb",
    ),
    swapPssBytes: amounts.used("swapPssBytes", memory.swapPss, "SwapPss"),
  };
}
