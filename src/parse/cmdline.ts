/**
 * `/proc/<pid>/cmdline`: the arguments of a program. See proc_pid_cmdline(5).
 *
 * Arguments end with a NUL. A process may overwrite them; without a NUL at their end the kernel
 * reads on into the environment.
 *
 * A program that writes a title over its arguments (nginx, PostgreSQL, Perl's `$0`) fills up what
 * the title leaves with NULs. They look like empty arguments, and are taken for none where they are
 * more than programs are given, {@linkcode MAX_EMPTY}, or where the only other argument holds a
 * space, as titles do.
 *
 * @module
 */

/** The largest number of empty arguments at the end that are taken for arguments. */
export const MAX_EMPTY = 8;

/**
 * The arguments in the text of `/proc/<pid>/cmdline`, empty ones included, what fills up a title
 * not. None for a zombie and a kernel thread, and for a process in the middle of execve(2). Any
 * text is a list of arguments.
 *
 * @example
 * ```ts
 * import { parseCmdline } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCmdline("make\0-j8\0"), ["make", "-j8"]);
 * assertEquals(parseCmdline("nginx: worker process\0\0\0"), ["nginx: worker process"]);
 * ```
 */
export function parseCmdline(text: string): string[] {
  if (text === "") return [];
  if (!text.endsWith("\0")) return text.split("\0");
  let end = text.length - 1;
  while (end > 0 && text[end - 1] === "\0") end--;
  const numEmpty = text.length - 1 - end;
  const words = text.slice(0, end);
  const isTitle = words.includes(" ") && !words.includes("\0");
  const isFilledUp = isTitle || numEmpty > MAX_EMPTY;
  return (isFilledUp ? words : text.slice(0, -1)).split("\0");
}
