/**
 * The command as a process: its own arguments, streams and signals.
 *
 * @module
 */

import { ProcReadError } from "../errors.ts";
import { HostFs } from "../kernel/host_fs.ts";
import { main } from "./main.ts";
import { openSignals } from "./signals.ts";
import { openStderr, openStdout, standardFiles } from "./streams.ts";

/** Runs the command on this process, and says with which exit code it is to end. */
export async function runProgram(): Promise<number> {
  return await main(Deno.args, {
    stdin: Deno.stdin,
    stdout: openStdout(),
    stderr: openStderr(),
    signals: await openSignals(ownStatus()),
    standardFiles,
  });
}

/**
 * The text of this process's `status`; empty if it cannot be read: then no signal is known to be
 * ignored, and what is read next says why.
 */
function ownStatus(): string {
  try {
    return new HostFs().readTextFile("/proc/self/status");
  } catch (error) {
    if (
      error instanceof ProcReadError || error instanceof Deno.errors.NotCapable
    ) return "";
    throw error;
  }
}
