/**
 * The collector `smaps`: memory by mapped path. The kernel prints a paragraph for each mapping, so that this is the dearest of all.
 *
 * @module
 */

import { cutText } from "../text.ts";
import { addIntegers, type Integer } from "../integer.ts";
import { type Mapping, parseSmaps } from "../parse/smaps.ts";
import {
  kibToBytes,
  MAPPED_MEMORY_KEYS,
  MAPPED_MEMORY_SIZES,
  mappedMemoryFields,
} from "./_mapped_memory.ts";
import type { MappingSample } from "../model/groups.ts";
import {
  noteUnsupported,
  orNull,
  type Unreadable,
  type UnreadableNotes,
} from "../model/null_reason.ts";
import type { Visit } from "./collector.ts";

/** The room that a path has on a line, in bytes of JSON. */
const MAX_PATH_BYTES = 4000;

/** The fields that a kernel may not tell. */
const FIELDS = [
  ...MAPPED_MEMORY_KEYS,
  "sizeBytes",
  "rssBytes",
  "swapBytes",
  "lockedBytes",
] as const;

type Sizes = Omit<Mapping, "pathname">;

const SIZES = [
  ...MAPPED_MEMORY_SIZES,
  "size",
  "rss",
  "swap",
  "locked",
] as const satisfies readonly (keyof Sizes)[];

/** What the `smaps` of a process gives: mappings, or why there are none. */
export interface SmapsReading {
  /** The mappings that have the same path, summed. */
  readonly mappings: readonly MappingSample[];
  /** Why `smaps` could not be read; null where it could, and where the process has ended. */
  readonly unread: Unreadable | null;
}

/** Reads the `smaps` of a process; no mappings for one without memory, or that may not be read. */
export function collectSmaps(visit: Visit): SmapsReading {
  const { reader, directory } = visit;
  const { value, unread } = reader.read(`${directory}/smaps`, parseSmaps);
  const byPath = Map.groupBy(value ?? [], ({ pathname }) => pathname);
  const mappings = Array.from(
    byPath.values(),
    (mappings) => sampleOf(mappings, visit),
  );
  return { mappings, unread: unread === "gone" ? null : unread };
}

/** What mappings of the same path make together. */
function sampleOf(
  mappings: readonly Mapping[],
  { member }: Visit,
): MappingSample {
  const pathname = mappings[0]?.pathname ?? "";
  const cut = cutText(pathname, MAX_PATH_BYTES);
  const sizes = sumOf(mappings);
  const fields = {
    sizeBytes: kibToBytes(sizes.size),
    rssBytes: kibToBytes(sizes.rss),
    swapBytes: kibToBytes(sizes.swap),
    lockedBytes: kibToBytes(sizes.locked),
    ...mappedMemoryFields(sizes),
  };
  const notes: UnreadableNotes = {};
  noteUnsupported(fields, { keys: FIELDS, notes });
  return {
    pid: member.pid,
    startTicks: member.startTicks,
    pathname: cut,
    pathnameTruncated: cut !== pathname,
    numMappings: mappings.length,
    ...fields,
    unreadable: orNull(notes),
  };
}

/** The sums of the sizes; null where the kernel does not tell one. */
function sumOf(mappings: readonly Mapping[]): Sizes {
  const sums: Partial<Record<keyof Sizes, Integer | null>> = {};
  for (const key of SIZES) {
    let sum: Integer | null = 0;
    for (const { [key]: size } of mappings) {
      sum = sum === null || size === null ? null : addIntegers(sum, size);
    }
    sums[key] = sum;
  }
  return sums as Sizes;
}
