/**
 * `/proc/meminfo`: the memory of the whole system. See proc_meminfo(5).
 *
 * ```text
 * MemTotal:       24683672 kB
 * MemFree:        22898004 kB
 * MemAvailable:   24027912 kB
 * ```
 *
 * In a container it is still the host's, unless something like lxcfs replaces it, which may
 * leave lines out.
 *
 * @module
 */

import type { PartlyMalformed } from "../errors.ts";
import type { Integer } from "../integer.ts";
import { parseSizes } from "./_scan.ts";

/** What `meminfo` holds, in kB (of 1,024 bytes); null if it does not report it, or its text
 * makes no sense. */
export interface Meminfo extends PartlyMalformed {
  /** Usable memory: all but what firmware and the kernel's code hold. */
  readonly memTotal: Integer | null;
  /** Memory that nothing uses. */
  readonly memFree: Integer | null;
  /** The kernel's estimate of what new programs could have without swapping. Since Linux 3.14. */
  readonly memAvailable: Integer | null;
  /** Page cache of block devices. */
  readonly buffers: Integer | null;
  /** Page cache of files, shared memory included. */
  readonly cached: Integer | null;
  /** Swap space. */
  readonly swapTotal: Integer | null;
  /** Swap space that nothing uses. */
  readonly swapFree: Integer | null;
  /** Memory that waits to be written to storage. */
  readonly dirty: Integer | null;
  /** Memory that is being written to storage. */
  readonly writeback: Integer | null;
  /** Anonymous memory that is mapped. Since Linux 2.6.18. */
  readonly anonPages: Integer | null;
  /** Page cache that is mapped. */
  readonly mapped: Integer | null;
  /** Shared memory and tmpfs. Since Linux 2.6.32. */
  readonly shmem: Integer | null;
  /** The kernel's own data structures: `sReclaimable` and `sUnreclaim` together. */
  readonly slab: Integer | null;
  /** The part of `slab` that can be given up, caches. Since Linux 2.6.19. */
  readonly sReclaimable: Integer | null;
  /** The part of `slab` that cannot be given up. Since Linux 2.6.19. */
  readonly sUnreclaim: Integer | null;
  /** Page tables. Since Linux 2.6.18. */
  readonly pageTables: Integer | null;
  /** Memory that programs were promised. */
  readonly committedAs: Integer | null;
  /** What `committedAs` may grow to if overcommit is off. Since Linux 2.6.10. */
  readonly commitLimit: Integer | null;
}

const SIZES: ReadonlySet<string> = new Set([
  "MemTotal",
  "MemFree",
  "MemAvailable",
  "Buffers",
  "Cached",
  "SwapTotal",
  "SwapFree",
  "Dirty",
  "Writeback",
  "AnonPages",
  "Mapped",
  "Shmem",
  "Slab",
  "SReclaimable",
  "SUnreclaim",
  "PageTables",
  "Committed_AS",
  "CommitLimit",
]);

/**
 * Parses the text of `/proc/meminfo`.
 *
 * @throws {ProcParseError} If there is none of these sizes, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseMeminfo } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const { memFree } = parseMeminfo("MemTotal:  1024 kB\nMemFree:  512 kB\n");
 * assertEquals(memFree, 512);
 * ```
 */
export function parseMeminfo(text: string): Meminfo {
  const { values: sizes, ...faults } = parseSizes("meminfo", text, SIZES);
  return {
    memTotal: sizes.get("MemTotal") ?? null,
    memFree: sizes.get("MemFree") ?? null,
    memAvailable: sizes.get("MemAvailable") ?? null,
    buffers: sizes.get("Buffers") ?? null,
    cached: sizes.get("Cached") ?? null,
    swapTotal: sizes.get("SwapTotal") ?? null,
    swapFree: sizes.get("SwapFree") ?? null,
    dirty: sizes.get("Dirty") ?? null,
    writeback: sizes.get("Writeback") ?? null,
    anonPages: sizes.get("AnonPages") ?? null,
    mapped: sizes.get("Mapped") ?? null,
    shmem: sizes.get("Shmem") ?? null,
    slab: sizes.get("Slab") ?? null,
    sReclaimable: sizes.get("SReclaimable") ?? null,
    sUnreclaim: sizes.get("SUnreclaim") ?? null,
    pageTables: sizes.get("PageTables") ?? null,
    committedAs: sizes.get("Committed_AS") ?? null,
    commitLimit: sizes.get("CommitLimit") ?? null,
    ...faults,
  };
}
