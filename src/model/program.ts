/**
 * The program that a process runs.
 *
 * @module
 */

import type { NullReason } from "./null_reason.ts";

/** The program that a process runs. */
export interface Program {
  /** Its path, without the mark of a file that was removed. */
  readonly path: string | null;
  /** The last segment of its path. */
  readonly exe: string | null;
  /** Whether its file has been removed or replaced. */
  readonly exeDeleted: boolean | null;
  /** Why it is not known; null if it is. */
  readonly reason: NullReason | null;
}
