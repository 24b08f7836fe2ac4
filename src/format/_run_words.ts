/** What a run is called, and how it ended, in words. */

import type { Run, RunEnd } from "../model/run.ts";
import { quoteJson } from "../text.ts";
import { columnsOf, cutEnd, safeText } from "./_cells.ts";

/** An argument that a shell takes as it is. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** The root of a run: a command as a shell takes it, a process, a cgroup. */
export function describeRoot({ command, rootPid, rootCgroup }: Run): string {
  if (command !== null) return commandText(command);
  if (rootPid !== null) return `process ${rootPid}`;
  return rootCgroup === null
    ? "all processes"
    : `the cgroup ${argumentText(rootCgroup)}`;
}

/** How a run ended, as it stands after "ended". */
export function describeEnd(
  { command }: Run,
  end: Omit<RunEnd, "summary"> | string,
): string {
  if (typeof end === "string") return end;
  const { reason, exitCode, signal } = end;
  if (signal !== null) return `by ${safeText(signal)}`;
  if (exitCode !== null) return `with exit code ${exitCode}`;
  const goesOn = command === null ? "" : ", the command went on";
  switch (reason) {
    case "exited":
      return command === null
        ? "as the root was gone"
        : "as the command did, nobody knows how";
    case "count":
      return `at the count of samples${goesOn}`;
    case "duration":
      return `at the end of the time${goesOn}`;
    case "stdin":
      return "as standard input was closed";
    case "signal":
      return `by a signal to procline${goesOn}`;
    case "reader":
      return `as nobody read the lines any more${goesOn}`;
    case "failed":
      return `by an error${goesOn}`;
  }
}

/**
 * Arguments, quoted where a shell would need it. If they do not fit, the directory of the program
 * goes first: what it works on says more.
 */
export function commandText(
  [program = "", ...others]: readonly string[],
  columns = Infinity,
): string {
  const rest = others.map((argument) => ` ${argumentText(argument)}`).join("");
  const whole = `${argumentText(program)}${rest}`;
  if (columnsOf(whole) <= columns) return whole;
  const name = program.slice(program.lastIndexOf("/") + 1);
  return cutEnd(`${argumentText(name)}${rest}`, columns);
}

/** An argument, quoted if a shell would need it. */
export function argumentText(text: string): string {
  return PLAIN.test(text) ? text : safeText(quoteJson(text));
}
