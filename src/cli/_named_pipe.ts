/**
 * Named pipes, see fifo(7): to open one for writing waits until somebody reads from it.
 *
 * Deno up to 2.4 lets that wait hold up everything, signals too, and knows no O_NONBLOCK. So a
 * Worker waits, and keeps the pipe open until it is open here.
 */

import { fileError } from "./_file_error.ts";

/** What the Worker runs; it posts why the pipe cannot be opened, or null once it is open. */
const WAIT = `
self.onmessage = ({ data: path }) => {
  let file = null;
  let why = null;
  try {
    file = Deno.openSync(path, { write: true });
  } catch (error) {
    why = error.message;
  }
  self.onmessage = () => {
    file?.close();
    self.close();
  };
  self.postMessage(why);
};
`;

/** What is known of the named pipe with this path; null if it is none, or not there. */
export function namedPipe(path: string): Deno.FileInfo | null {
  try {
    const info = Deno.statSync(path);
    return info.isFifo === true ? info : null;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw fileError("open", path, cause);
  }
}

/**
 * Opens a named pipe once somebody reads from it.
 *
 * @throws {FileError} If it cannot be opened.
 */
export async function openNamedPipe(path: string): Promise<Deno.FsFile> {
  const source = `data:text/javascript,${encodeURIComponent(WAIT)}`;
  const worker = new Worker(source, { type: "module" });
  const waited = new Promise<unknown>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  });
  worker.postMessage(path);
  const why = await waited;
  try {
    if (typeof why === "string") throw new Error(why);
    return await Deno.open(path, { write: true });
  } catch (cause) {
    throw fileError("open", path, cause);
  } finally {
    worker.postMessage(null);
  }
}
