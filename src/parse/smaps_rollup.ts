/**
 * `/proc/<pid>/smaps_rollup`: the memory of all mappings together.
 * See the kernel's Documentation/ABI/testing/procfs-smaps_rollup and proc_pid_smaps(5), Linux 4.14.
 *
 * ```text
 * 55a28ac8f000-7ffe64c5c000 ---p 00000000 00:00 0                          [rollup]
 * Rss:                1764 kB
 * Pss:                 273 kB
 * Pss_Dirty:           112 kB
 * ```
 *
 * One snapshot, exact to the kB. A process without memory (a zombie, a kernel thread, one that is
 * exiting) has none: the kernel answers ESRCH.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import { parseSizes } from "./_scan.ts";
import { type MappedMemory, mappedMemory, MEMORY_SIZES } from "./smaps.ts";

/** What `smaps_rollup` holds, in kB (of 1,024 bytes); null if the kernel does not report it. */
export interface SmapsRollup extends MappedMemory {
  /** The part of `pss` in anonymous pages. Since Linux 5.3. */
  readonly pssAnon: Integer | null;
  /** The part of `pss` in pages of files. Since Linux 5.3. */
  readonly pssFile: Integer | null;
  /** The part of `pss` in shared memory. Since Linux 5.3. */
  readonly pssShmem: Integer | null;
}

const SIZES: ReadonlySet<string> = new Set([
  ...MEMORY_SIZES,
  "Pss_Anon",
  "Pss_File",
  "Pss_Shmem",
]);

/**
 * Parses the text of `/proc/<pid>/smaps_rollup`.
 *
 * @throws {ProcParseError} If there is none of these sizes, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseSmapsRollup } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "1000-2000 ---p 00000000 00:00 0   [rollup]\nPss:  8 kB\n";
 * assertEquals(parseSmapsRollup(text).pss, 8);
 * ```
 */
export function parseSmapsRollup(text: string): SmapsRollup {
  const { values: sizes, ...faults } = parseSizes("smaps_rollup", text, SIZES);
  return {
    ...mappedMemory(sizes),
    pssAnon: sizes.get("Pss_Anon") ?? null,
    pssFile: sizes.get("Pss_File") ?? null,
    pssShmem: sizes.get("Pss_Shmem") ?? null,
    ...faults,
  };
}
