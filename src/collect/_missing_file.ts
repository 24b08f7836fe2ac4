/** Whether a kernel lacks a file that a collector cannot do without. */

import type { ProcReader } from "../kernel/proc_reader.ts";

/**
 * A sentence, if this kernel does not have a file of the sampler's own process; null if it does.
 */
export function missingFile(
  reader: ProcReader,
  collector: string,
  path: string,
): string | null {
  const { reason } = reader.read(path, (text) => text);
  return reason === "gone"
    ? `The collector ${collector} finds nothing: this kernel has no ${path}`
    : null;
}
