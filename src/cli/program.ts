/**
 * The command as a process: its own arguments, streams and signals.
 *
 * @module
 */

import { main } from "./main.ts";
import { processSignals } from "./signals.ts";
import { openStdout, standardFiles } from "./streams.ts";

/** Runs the command on this process, and says with which exit code it is to end. */
export async function runProgram(): Promise<number> {
  return await main(Deno.args, {
    stdout: openStdout(),
    stderr: Deno.stderr,
    signals: processSignals,
    standardFiles,
  });
}
