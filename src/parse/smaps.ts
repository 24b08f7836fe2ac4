/**
 * `/proc/<pid>/smaps`: the memory of each mapping. See proc_pid_smaps(5) and proc_pid_maps(5).
 *
 * ```text
 * 563ab31c3000-563ab31c5000 r--p 00000000 fe:00 260386                     /usr/bin/head
 * Size:                  8 kB
 * Rss:                   8 kB
 * Pss:                   8 kB
 * VmFlags: rd mr mw me
 * ```
 *
 * The kernel prints it mapping by mapping, not at once: what is mapped meanwhile may be missing. A
 * line that starts with a range of addresses opens a mapping; whatever its path looks like, it
 * stands behind them.
 *
 * @module
 */

import { type PartlyMalformed, ProcParseError } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  FieldFaults,
  parseAddress,
  parseLines,
  parseSize,
  scanSize,
} from "./_scan.ts";

/**
 * What `smaps` and `smaps_rollup` both report, in kB (of 1,024 bytes); null if the kernel does not,
 * or the text makes no sense.
 */
export interface MappedMemory extends PartlyMalformed {
  /** Resident memory. */
  readonly rss: Integer | null;
  /** Resident memory, each page divided by the number of its mappings (proportional set size). */
  readonly pss: Integer | null;
  /** The part of `pss` in dirty pages. Since Linux 6.0. */
  readonly pssDirty: Integer | null;
  /** Resident pages that are mapped more than once and not modified. */
  readonly sharedClean: Integer | null;
  /** Resident pages that are mapped more than once and modified. */
  readonly sharedDirty: Integer | null;
  /** Resident pages that are mapped once and not modified. */
  readonly privateClean: Integer | null;
  /** Resident pages that are mapped once and modified. */
  readonly privateDirty: Integer | null;
  /** Resident pages that are marked as accessed. */
  readonly referenced: Integer | null;
  /** Resident pages that belong to no file, copies of a private file's pages included. */
  readonly anonymous: Integer | null;
  /** Pages that KSM merged, the zero page not counted. Since Linux 6.7. */
  readonly ksm: Integer | null;
  /** Pages given up by madvise(2) with MADV_FREE and not yet taken. Since Linux 4.12. */
  readonly lazyFree: Integer | null;
  /** Anonymous huge pages. Since Linux 2.6.38. */
  readonly anonHugePages: Integer | null;
  /** Shared memory in huge pages. Since Linux 4.8. */
  readonly shmemPmdMapped: Integer | null;
  /** Page cache in huge pages. Since Linux 5.4. */
  readonly filePmdMapped: Integer | null;
  /**
   * Pages of hugetlbfs that are mapped more than once; no part of `rss` and `pss`. Since Linux 4.4.
   */
  readonly sharedHugetlb: Integer | null;
  /** Pages of hugetlbfs that are mapped once; no part of `rss` and `pss`. Since Linux 4.4. */
  readonly privateHugetlb: Integer | null;
  /** Swapped-out memory; shared memory counts too, but not in `swapPss`. */
  readonly swap: Integer | null;
  /**
   * Swapped-out anonymous memory, each page divided by the number of its users. Since Linux 4.3.
   */
  readonly swapPss: Integer | null;
  /** The part of `pss` that is locked by mlock(2). */
  readonly locked: Integer | null;
}

/** One mapping. */
export interface Mapping extends MappedMemory {
  /**
   * The mapped file as the kernel prints it, ` (deleted)` included; a name like `[heap]`,
   * `[stack]`, `[vdso]`, `[anon:name]` or `anon_inode:[perf_event]`; empty for memory without a
   * name. The kernel escapes a newline as `\012` and nothing else, so that a file whose name holds
   * those four characters looks the same.
   */
  readonly pathname: string;
  /** Size of the range of addresses, in kB. */
  readonly size: Integer | null;
}

const RANGE = /^[0-9a-f]+-[0-9a-f]+ /;
/** Of the words between the addresses and the path, nothing is used. */
const HEADER = /^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$/s;

const ADDRESSES = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) /;
const RSS = "Rss:";

/** The lines of sizes that `smaps` and `smaps_rollup` have. */
export const MEMORY_SIZES: readonly string[] = [
  "Rss",
  "Pss",
  "Pss_Dirty",
  "Shared_Clean",
  "Shared_Dirty",
  "Private_Clean",
  "Private_Dirty",
  "Referenced",
  "Anonymous",
  "KSM",
  "LazyFree",
  "AnonHugePages",
  "ShmemPmdMapped",
  "FilePmdMapped",
  "Shared_Hugetlb",
  "Private_Hugetlb",
  "Swap",
  "SwapPss",
  "Locked",
];

const SIZES: ReadonlySet<string> = new Set(["Size", ...MEMORY_SIZES]);

/**
 * Parses the text of `/proc/<pid>/smaps`; no mappings for a zombie and a kernel thread.
 *
 * @throws {ProcParseError} If a mapping's first line is damaged or missing, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseSmaps } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * // A zombie and a kernel thread have no mappings.
 * assertEquals(parseSmaps(""), []);
 * ```
 */
export function parseSmaps(text: string): Mapping[] {
  return text === "" ? [] : scanMappings(text) ?? parseMappings(text);
}

/**
 * The same of any text but an empty one, line by line: slower, and what `parseSmaps` is compared
 * with.
 *
 * @internal
 */
export function parseMappings(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  let pathname: string | undefined;
  let sizes = new Map<string, Integer>();
  let named = new Set<string>();
  let faults = new FieldFaults();
  for (const line of parseLines("smaps", text)) {
    if (RANGE.test(line)) {
      if (pathname !== undefined) {
        mappings.push({ ...mappingOf(pathname, sizes), ...faults.noted });
      }
      pathname = parsePathname(line);
      sizes = new Map();
      named = new Set();
      faults = new FieldFaults();
      continue;
    }
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    if (!SIZES.has(name)) continue;
    // A size before the first mapping or repeated within one: a header line is missing.
    if (pathname === undefined || named.has(name)) {
      throw noMapping(line);
    }
    named.add(name);
    try {
      sizes.set(name, parseSize("smaps", name, line.slice(colon + 1)));
    } catch (error) {
      faults.note(error);
    }
  }
  if (pathname !== undefined) {
    mappings.push({ ...mappingOf(pathname, sizes), ...faults.noted });
  }
  return mappings;
}

/** One of the lines below the first of each mapping. */
interface LineShape {
  /** How it starts; if it is of a size, up to its last eight columns before ` kB`. */
  readonly head: string;
  /** The name of the size; null if it is of none. */
  readonly name: string | null;
}

const NEWLINE = 10;

/** The width of what the kernel prints behind the head of a size, blanks before it included. */
const DIGITS_AND_UNIT = "12345678 kB".length;

/**
 * The mappings of a text in which each has the same lines as the first, as the kernel prints them.
 * Null if a line is of another shape.
 */
function scanMappings(text: string): Mapping[] | null {
  const shapes = shapesOf(text);
  if (shapes === null) return null;
  // Not cleared between mappings: each has all sizes, and overwrites those of the one before.
  const sizes = new Map<string, Integer>();
  const mappings: Mapping[] = [];
  for (let at = 0; at < text.length;) {
    let end = text.indexOf("\n", at);
    const pathname = HEADER.exec(text.slice(at, end))?.[1];
    if (end < 0 || pathname === undefined) return null;
    for (const { head, name } of shapes) {
      const start = end + 1;
      if (!text.startsWith(head, start)) return null;
      if (name === null) {
        end = text.indexOf("\n", start);
        if (end < 0) return null;
        continue;
      }
      // A guess; if it is wrong, `scanSize` meets a newline or the search finds the true end.
      end = start + head.length + DIGITS_AND_UNIT;
      if (text.charCodeAt(end) !== NEWLINE) end = text.indexOf("\n", start);
      const size = scanSize(text, start + head.length, end);
      if (size === null) return null;
      sizes.set(name, size);
    }
    at = end + 1;
    mappings.push(mappingOf(pathname, sizes));
  }
  return mappings;
}

/** The lines below the first mapping; null if the plain parser has to read them. */
function shapesOf(text: string): LineShape[] | null {
  const shapes: LineShape[] = [];
  const named = new Set<string>();
  let end = text.indexOf("\n");
  for (;;) {
    const start = end + 1;
    end = text.indexOf("\n", start);
    const line = text.slice(start, end);
    if (end < 0 || RANGE.test(line)) return shapes;
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    if (colon < 0 || named.has(name)) return null;
    named.add(name);
    shapes.push(
      SIZES.has(name)
        ? { head: headOf(line, colon), name }
        : { head: `${name}:`, name: null },
    );
  }
}

/** The name of a size, the colon, and the blanks that stand before any number. */
function headOf(line: string, colon: number): string {
  let end = colon + 1;
  while (line[end] === " " && end < line.length - DIGITS_AND_UNIT) end++;
  return line.slice(0, end);
}

/** A range of addresses, and how much of it is in memory. */
export interface ResidentRange {
  /** Its first address. */
  readonly start: Integer;
  /** The first address behind it. */
  readonly end: Integer;
  /** Resident memory in kB (of 1,024 bytes). */
  readonly rss: Integer;
}

/**
 * Parses of the text of `/proc/<pid>/smaps` only which ranges are mapped, and how much of each is
 * in memory.
 *
 * @throws {ProcParseError} If a mapping's first line or its size in memory is damaged or missing,
 * or the text is cut.
 *
 * @example
 * ```ts
 * import { parseResidentRanges } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "1000-9000 rw-p 00000000 00:00 0   [heap]\nSize: 32 kB\nRss: 8 kB\n";
 * assertEquals(parseResidentRanges(text), [{ start: 0x1000, end: 0x9000, rss: 8 }]);
 * ```
 */
export function parseResidentRanges(text: string): ResidentRange[] {
  if (text === "") return [];
  const ranges: ResidentRange[] = [];
  let mapping = "";
  let isOpen = false;
  for (const line of parseLines("smaps", text)) {
    if (RANGE.test(line)) {
      if (isOpen) throw noMapping(mapping);
      isOpen = true;
      mapping = line;
    } else if (line.startsWith(RSS)) {
      if (!isOpen) throw noMapping(line);
      isOpen = false;
      const [, start, end] = ADDRESSES.exec(mapping) ?? [];
      if (start === undefined || end === undefined) throw noMapping(mapping);
      ranges.push({
        start: parseAddress(start),
        end: parseAddress(end),
        rss: parseSize("smaps", "Rss", line.slice(RSS.length)),
      });
    }
  }
  if (isOpen) throw noMapping(mapping);
  return ranges;
}

function noMapping(line: string): ProcParseError {
  return new ProcParseError("smaps", { field: "a mapping", text: line });
}

function parsePathname(line: string): string {
  const pathname = HEADER.exec(line)?.[1];
  if (pathname === undefined) throw noMapping(line);
  return pathname;
}

function mappingOf(
  pathname: string,
  sizes: ReadonlyMap<string, Integer>,
): Mapping {
  const size = sizes.get("Size") ?? null;
  // The spread stands first: V8 then copies the object fast.
  return { ...mappedMemory(sizes), pathname, size };
}

/** What `sizes` report of a mapping, or of all of them. */
export function mappedMemory(
  sizes: ReadonlyMap<string, Integer>,
): MappedMemory {
  return {
    rss: sizes.get("Rss") ?? null,
    pss: sizes.get("Pss") ?? null,
    pssDirty: sizes.get("Pss_Dirty") ?? null,
    sharedClean: sizes.get("Shared_Clean") ?? null,
    sharedDirty: sizes.get("Shared_Dirty") ?? null,
    privateClean: sizes.get("Private_Clean") ?? null,
    privateDirty: sizes.get("Private_Dirty") ?? null,
    referenced: sizes.get("Referenced") ?? null,
    anonymous: sizes.get("Anonymous") ?? null,
    ksm: sizes.get("KSM") ?? null,
    lazyFree: sizes.get("LazyFree") ?? null,
    anonHugePages: sizes.get("AnonHugePages") ?? null,
    shmemPmdMapped: sizes.get("ShmemPmdMapped") ?? null,
    filePmdMapped: sizes.get("FilePmdMapped") ?? null,
    sharedHugetlb: sizes.get("Shared_Hugetlb") ?? null,
    privateHugetlb: sizes.get("Private_Hugetlb") ?? null,
    swap: sizes.get("Swap") ?? null,
    swapPss: sizes.get("SwapPss") ?? null,
    locked: sizes.get("Locked") ?? null,
  };
}
