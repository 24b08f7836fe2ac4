/**
 * The collector `cmdline_at_exec`: the arguments that each process was started with.
 *
 * @module
 */

import type { ProcReader } from "../kernel/proc_reader.ts";
import type { CmdlineFields } from "../model/collected_fields.ts";
import { ReadAtExec } from "./_at_exec.ts";
import { readCmdline } from "./cmdline.ts";
import type { Collector } from "./collector.ts";

/**
 * Adds the arguments of each process, as the collector `cmdline` does, but reads them only when a
 * process is seen first and after it may have run another program. A title that the process gives
 * itself later is not seen.
 *
 * The fields are shown by the format `table` alone: on other lines, arguments are those of now.
 *
 * @example
 * ```ts
 * import { loadFormat, Sampler } from "@procline/procline";
 * import { cmdlineAtExec } from "@procline/procline/collect";
 * import { assertStringIncludes } from "@std/assert";
 *
 * using sampler = new Sampler({ pid: Deno.pid, collect: [cmdlineAtExec()] });
 * const encoder = (await loadFormat("table")).create();
 * Array.from(encoder.begin(sampler.describeRun()));
 * const rows = Array.from(encoder.lines(sampler.sample())).join("");
 * assertStringIncludes(rows, "COMMAND");
 * ```
 */
export function cmdlineAtExec(): Collector {
  return {
    name: "cmdline_at_exec",
    unusable: () => null,
    start: cmdlineReader,
  };
}

/**
 * Reads arguments at first sight, and after a process may have run another program.
 *
 * @internal
 */
export function cmdlineReader(reader: ProcReader): ReadAtExec<CmdlineFields> {
  return new ReadAtExec(
    ({ directory, process }) => readCmdline(reader, directory, process.stat),
    "cmdline",
  );
}
