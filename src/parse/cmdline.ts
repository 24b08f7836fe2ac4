/**
 * `/proc/<pid>/cmdline`: the arguments of a program. See proc_pid_cmdline(5).
 *
 * Arguments end with a NUL. A process may overwrite them; without a NUL at their end the kernel
 * reads on into the environment.
 *
 * @module
 */

/**
 * The arguments in the text of `/proc/<pid>/cmdline`, empty ones included. None for a zombie and a
 * kernel thread, and for a process in the middle of execve(2). Any text is a list of arguments.
 *
 * @example
 * ```ts
 * import { parseCmdline } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCmdline("make\0-j8\0"), ["make", "-j8"]);
 * ```
 */
export function parseCmdline(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}
