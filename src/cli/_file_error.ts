/** What is thrown if a file that the user named cannot be used. */

import { systemMessage } from "../kernel/deno_errors.ts";
import { quote } from "../text.ts";
import { FileError } from "./errors.ts";

/** The sentence for what the system reported. A missing permission is thrown as it is. */
export function fileError(
  doing: "empty" | "open" | "read" | "remove" | "replace" | "write",
  path: string,
  cause: unknown,
): unknown {
  if (!(cause instanceof Error) || cause instanceof Deno.errors.NotCapable) {
    return cause;
  }
  return new FileError(
    `Cannot ${doing} ${quote(path)}: ${systemMessage(cause)}`,
  );
}
