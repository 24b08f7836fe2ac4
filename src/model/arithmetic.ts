/**
 * Sums of a field over the processes of a sample.
 *
 * @module
 */

import { addIntegers, type Integer } from "../integer.ts";
import type {
  Unreadable,
  UnreadableFields,
  UnreadableNotes,
} from "./null_reason.ts";

const HAS_NO_MEMORY: ReadonlySet<Unreadable> = new Set<Unreadable>([
  "zombie",
  "kernel_thread",
  "exiting",
]);

/** The sum of a field; null, with the reason, where a process's part could not be read. Who has no memory adds nothing. */
export function sumKnown<K extends string>(
  processes: readonly (
    & { readonly [key in K]?: Integer | null }
    & { readonly unreadable: UnreadableFields | null }
  )[],
  options: { readonly key: K; readonly notes: UnreadableNotes },
): Integer | null {
  const { key, notes } = options;
  let total: Integer = 0;
  processes.forEach((process) => {
    const value = process[key] ?? null;
    const why = process.unreadable?.[key];
    if (value !== null) total = addIntegers(total, value);
    else if (why !== undefined && !HAS_NO_MEMORY.has(why)) notes[key] = why;
  });
  return notes[key] === undefined ? total : null;
}
