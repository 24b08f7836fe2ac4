/**
 * The collector `wchan`: the function of the kernel in which the main thread of a process waits.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { WchanFields } from "../model/collected_fields.ts";
import { ROOM } from "../model/field.ts";
import { processReason, type Readout } from "../model/null_reason.ts";
import type { Stat } from "../parse/stat.ts";
import { parseWchan } from "../parse/wchan.ts";
import { cutText } from "../text.ts";
import { missingFile } from "./_missing_file.ts";
import type { Collector, ProcessVisit } from "./collector.ts";

/**
 * Adds where in the kernel each process waits.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { wchan } from "@procline/procline/collect";
 * import { MemoryFs } from "@procline/procline/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const fs = new MemoryFs();
 * fs.addProcess({ pid: 10, files: { wchan: "futex_wait_queue" } });
 * using sampler = new Sampler({ pid: 10, fs, collect: [wchan()] });
 * assertEquals(sampler.sample().processes[0]?.wchan, "futex_wait_queue");
 * ```
 */
export function wchan(): Collector {
  return {
    name: "wchan",
    unusable: (reader) => missingFile(reader, "wchan", "/proc/self/wchan"),
    start: (reader) => ({ visit: (visit) => readWchan(reader, visit) }),
  };
}

function readWchan(
  reader: ProcReader,
  { process: { pid, stat } }: ProcessVisit,
): Readout<WchanFields> {
  // Not the directory of the visit: it is another thread's once the main thread has ended.
  const { value, reason } = reader.read(`/proc/${pid}/wchan`, parseWchan);
  if (reason !== null) {
    return {
      fields: { wchan: null },
      reasons: { wchan: processReason(reason, stat) },
    };
  }
  return {
    fields: { wchan: value === null ? null : cutText(value, ROOM.wchan - 2) },
    reasons: value === null && isHidden(stat) ? { wchan: "denied" } : null,
  };
}

/**
 * Whether this user may not trace the process: then `wchan` is 0 whatever it does, and so are the
 * addresses in `stat`, which no process with memory has at 0.
 */
function isHidden({ vsize, startstack }: Stat): boolean {
  return vsize !== 0 && startstack === 0;
}
