/** Which of the processes that a sample lacks have ended, and which it could not read. */

import type { TreeSample } from "./sample.ts";

/** What a sample lacks of the processes that were known before it. */
export interface Missing<Item> {
  /** Those that have ended. */
  readonly ended: readonly Item[];
  /** Those that were left out, and may be back in the next sample. */
  readonly leftOut: readonly Item[];
}

/**
 * Tells them apart by how many the sample has left out.
 *
 * @param missing All that it lacks; those that the sample before lacked too stand last, as what
 * cannot be read once cannot be read again.
 */
export function splitMissing<Item>(
  missing: readonly Item[],
  { gone, denied, malformed }: Pick<
    TreeSample,
    "gone" | "denied" | "malformed"
  >,
): Missing<Item> {
  const numEnded = Math.max(0, missing.length - gone - denied - malformed);
  return {
    ended: missing.slice(0, numEnded),
    leftOut: missing.slice(numEnded),
  };
}
