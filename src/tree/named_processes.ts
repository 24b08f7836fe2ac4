/**
 * The processes with a name: where a person knows what runs, and not its id.
 *
 * @module
 */

import { RootError } from "../errors.ts";
import type { ProcReader } from "../kernel/proc_reader.ts";
import { parseCmdline } from "../parse/cmdline.ts";
import { parseStat } from "../parse/stat.ts";
import { quote } from "../text.ts";

/** A process that has the name. */
interface Named {
  readonly pid: number;
  readonly ppid: number;
}

/** The kernel keeps so many bytes of the name of a main thread, see proc_pid_comm(5). */
const COMM_BYTES = 15;

/** More would fill a terminal. */
const MOST_SHOWN = 10;

/**
 * The one process with this name whose parent has another: the one that the others were started by.
 * The name is that of the main thread, or that of the program's file; kernel threads have the
 * former alone. A name that is too long for a main thread is that of a script, too, or of a program
 * whose file may not be looked up: it stands among the first arguments.
 *
 * @param ownPid The program that asks: its own arguments are no answer.
 * @throws {RootError} If there is none, or if there are several.
 * @throws {ProcReadError} If /proc cannot be listed.
 */
export function findNamedProcess(
  reader: ProcReader,
  name: string,
  ownPid: number,
): number {
  const named = listNamed(reader, name)
    .filter(({ pid }) => pid !== ownPid);
  const pids = new Set(named.map(({ pid }) => pid));
  const roots = named.filter(({ ppid }) => !pids.has(ppid))
    .map(({ pid }) => pid).toSorted((a, b) => a - b);
  const [only] = roots;
  if (only === undefined) {
    throw new RootError(
      `Cannot sample ${quote(name)}: no process has this name`,
    );
  }
  if (roots.length > 1) {
    const shown = roots.slice(0, MOST_SHOWN).join(", ");
    const others = roots.length - MOST_SHOWN;
    throw new RootError(
      `Cannot sample ${
        quote(name)
      }: ${roots.length} processes have this name and a parent of another, ${shown}${
        others > 0 ? ` and ${others} more` : ""
      }: choose one with --pid`,
    );
  }
  return only;
}

function listNamed(reader: ProcReader, name: string): Named[] {
  const { value: pids, reason } = reader.listPids();
  if (pids === null) {
    throw new RootError(`Cannot look for ${quote(name)}: /proc is ${reason}`);
  }
  const bytes = new TextEncoder().encode(name);
  const cut = bytes.length > COMM_BYTES
    ? new TextDecoder().decode(bytes.subarray(0, COMM_BYTES))
    : null;
  return pids.flatMap((pid) => {
    const { value: stat } = reader.read(`/proc/${pid}/stat`, parseStat);
    if (stat === null) return [];
    const isNamed = stat.comm === name ||
      isProgram(reader, `/proc/${pid}/exe`, name) ||
      (stat.comm === cut &&
        isStartedAs(reader, `/proc/${pid}/cmdline`, name));
    return isNamed ? [{ pid: stat.pid, ppid: stat.ppid }] : [];
  });
}

/** Whether a link leads to a file of this name, also to one that is gone since. */
function isProgram(reader: ProcReader, link: string, name: string): boolean {
  const { value: path } = reader.readLink(link);
  const file = path?.slice(path.lastIndexOf("/") + 1);
  return file === name || file === `${name} (deleted)`;
}

/**
 * Whether a program was started by this name. Of a script, the arguments are the interpreter, one
 * of its options at most, and the script, see execve(2).
 */
function isStartedAs(
  reader: ProcReader,
  file: string,
  name: string,
): boolean {
  const { value: args } = reader.read(file, parseCmdline);
  return (args ?? []).slice(0, 3)
    .some((arg) => arg.slice(arg.lastIndexOf("/") + 1) === name);
}
