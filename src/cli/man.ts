/**
 * The manual page, made from the table of options, for man(1).
 *
 * @module
 */

import { VERSION } from "../model/dictionary.ts";
import {
  choicesOf,
  EXAMPLES,
  EXIT_STATUS,
  optionGroups,
  spelling,
  USAGE,
} from "./help.ts";

/** The manual page of section 1, in the language of man(7). */
export function manPage(): string {
  const options = Array.from(optionGroups(), ([group, rows]) =>
    [
      `.SS ${escape(group)}`,
      ...rows.flatMap(([name, option]) => [
        ".TP",
        `.B ${escape(spelling(name, option).trim())}`,
        ...lines(option.help),
        ...choicesOf(name).flatMap((line) => [".br", ...lines(line)]),
      ]),
    ].join("\n")).join("\n");
  return `.TH PROCLINE 1 "" "procline ${VERSION}"
.SH NAME
procline \\- watch what a process tree uses, as lines of JSON
.SH SYNOPSIS
${USAGE.map((line) => `.B ${escape(line)}`).join("\n.br\n")}
.SH DESCRIPTION
Every interval procline reads the files of a process tree in /proc and prints a
line of JSON for each process and one for the tree: memory, CPU in user mode and
in the kernel, threads, and on request more.
A value that is not known is null, and the line says why.
.SH OPTIONS
${options}
.SH EXIT STATUS
${lines(EXIT_STATUS).join("\n")}
.SH EXAMPLES
.nf
${lines(EXAMPLES).join("\n")}
.fi
.SH SEE ALSO
.BR proc (5),
.BR cgroups (7),
.BR jq (1)
`;
}

/** Lines of text; one that begins with a dot or a quote would be taken for a request. */
function lines(text: string): string[] {
  return escape(text).split("\n").map((line) => line.replace(/^[.']/, "\\&$&"));
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
}
