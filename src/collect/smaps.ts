/**
 * The collector `smaps`: memory by mapped path. The kernel prints a paragraph for each mapping, so that this is the dearest of all.
 *
 * @module
 */

import { cutText } from "../_quote.ts";
import { addIntegers, type Integer } from "../integer.ts";
import { type Mapping, parseSmaps } from "../parse/smaps.ts";
import {
  kibToBytes,
  MAPPED_MEMORY_KEYS,
  type MappedMemoryFields,
  mappedMemoryFields,
} from "./mapped_memory.ts";
import {
  noteUnsupported,
  orNull,
  type Unreadable,
  type UnreadableFields,
  type UnreadableNotes,
} from "../unreadable.ts";
import type { Visit } from "./visit.ts";

/** The mappings of one process that have the same path, summed, in bytes. See proc_pid_smaps(5). */
export interface MappingSample extends MappedMemoryFields {
  /** The process id. */
  readonly pid: number;
  /** When the process started, in ticks since boot. */
  readonly startTicks: Integer;
  /** The mapped file, a name like `[heap]`, or an empty text for memory without a name. */
  readonly pathname: string;
  /** Whether the path was cut for its length. On a line only where it is true. */
  readonly pathnameTruncated: boolean;
  /** How many mappings these are. */
  readonly numMappings: number;
  /** Virtual size. */
  readonly sizeBytes: Integer | null;
  /** Resident memory. */
  readonly rssBytes: Integer | null;
  /** Swapped-out memory. */
  readonly swapBytes: Integer | null;
  /** The part of `pssBytes` that is locked by mlock(2). */
  readonly lockedBytes: Integer | null;
  /** Why which fields are null; null where every field was read. */
  readonly unreadable: UnreadableFields | null;
}

/** The room that a path has on a line, in bytes of JSON. */
const MAX_PATH_BYTES = 4000;

const SUMMED = [
  ...MAPPED_MEMORY_KEYS,
  "sizeBytes",
  "rssBytes",
  "swapBytes",
  "lockedBytes",
] as const;

/** What the `smaps` of a process gives: mappings, or why there are none. */
export interface SmapsReading {
  /** The mappings that have the same path, summed. */
  readonly mappings: readonly MappingSample[];
  /** Why `smaps` could not be read; null where it could, and where the process has ended. */
  readonly unread: Unreadable | null;
}

/** Reads the `smaps` of a process; no mappings for one without memory, or that may not be read. */
export function collectSmaps(visit: Visit): SmapsReading {
  const { reader, member, directory } = visit;
  const { value, unread } = reader.read(`${directory}/smaps`, parseSmaps);
  const byPath = new Map<string, MappingSample>();
  for (const mapping of value ?? []) {
    const { pathname } = mapping;
    const sum = byPath.get(pathname);
    const one = sampleOf(mapping, { member, pathname });
    byPath.set(pathname, sum === undefined ? one : added(sum, one));
  }
  const mappings = Array.from(byPath.values(), (sum) => {
    const notes: UnreadableNotes = {};
    noteUnsupported(sum, { keys: SUMMED, notes });
    const cut = cutText(sum.pathname, MAX_PATH_BYTES);
    return {
      ...sum,
      pathname: cut,
      pathnameTruncated: cut !== sum.pathname,
      unreadable: orNull(notes),
    };
  });
  return { mappings, unread: unread === "gone" ? null : unread };
}

function sampleOf(
  mapping: Mapping,
  of: { readonly member: Visit["member"]; readonly pathname: string },
): MappingSample {
  return {
    pid: of.member.pid,
    startTicks: of.member.startTicks,
    pathname: of.pathname,
    pathnameTruncated: false,
    numMappings: 1,
    sizeBytes: kibToBytes(mapping.size),
    rssBytes: kibToBytes(mapping.rss),
    swapBytes: kibToBytes(mapping.swap),
    lockedBytes: kibToBytes(mapping.locked),
    ...mappedMemoryFields(mapping),
    unreadable: null,
  };
}

function added(a: MappingSample, b: MappingSample): MappingSample {
  const sums: Partial<Record<typeof SUMMED[number], Integer | null>> = {};
  for (const key of SUMMED) {
    const [one, other] = [a[key], b[key]];
    sums[key] = one === null || other === null ? null : addIntegers(one, other);
  }
  return { ...a, ...sums, numMappings: a.numMappings + b.numMappings };
}
