/**
 * Standard output as a stream that takes each byte once.
 *
 * @module
 */

import type { ByteStream } from "./output.ts";

const STDOUT = "/proc/self/fd/1";

/** A pipe without a name: opened anew, it leads to the same reader. */
const REOPENABLE = /^pipe:\[/;

/**
 * Standard output; a pipe is opened anew.
 *
 * Whoever shares it may switch it to O_NONBLOCK at any time (open(2), Node does so with its pipes). `Deno.stdout` then throws EAGAIN
 * for a write of which the reader has got a part, and does not say how much (Deno 2.4 to 2.9: it writes through a line buffer).
 * A stream that was opened anew has flags of its own. Files, terminals, sockets and named pipes are left as they are, as is what this
 * user may not open.
 */
export function openStdout(): ByteStream {
  try {
    if (!REOPENABLE.test(Deno.readLinkSync(STDOUT))) return Deno.stdout;
    return Deno.openSync(STDOUT, { write: true });
  } catch (error) {
    if (error instanceof Error) return Deno.stdout;
    throw error;
  }
}
