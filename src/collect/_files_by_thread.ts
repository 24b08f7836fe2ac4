/** A file of each thread of a process. */

import type { Parse, UnreadReason } from "../kernel/proc_reader.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import type { VisitedFiles } from "./collector.ts";

/** What a file of each thread holds. */
export interface FilesByThread<T> {
  /** By thread id; null: the thread is there, but its file could not be read. */
  readonly threads: ReadonlyMap<number, T | null>;
  /** Why threads are missing or null; null if none is, as far as there are any. */
  readonly reason: UnreadReason | null;
}

const TID = /^[1-9][0-9]{0,8}$/;

/**
 * Reads a file of each thread. A process with one thread is not listed: its own file is that of its
 * main thread. The reason is `gone` only if no thread is left.
 */
export function readFilesByThread<T>(
  files: VisitedFiles,
  { pid, stat }: TreeProcess,
  file: string,
  parse: Parse<T>,
): FilesByThread<T> {
  if (stat.numThreads < 2) {
    const { value, reason } = files.read(`/proc/${pid}/${file}`, parse);
    return {
      threads: new Map(reason === "gone" ? [] : [[pid, value]]),
      reason,
    };
  }
  const tasks = `/proc/${pid}/task`;
  const listed = files.readDir(tasks);
  if (listed.value === null) {
    return { threads: new Map(), reason: listed.reason };
  }
  const threads = new Map<number, T | null>();
  let why: UnreadReason | null = null;
  for (const name of listed.value) {
    if (!TID.test(name)) continue;
    const { value, reason } = files.read(`${tasks}/${name}/${file}`, parse);
    if (reason === "gone") continue;
    threads.set(Number(name), value);
    why ??= reason;
  }
  return { threads, reason: threads.size === 0 ? "gone" : why };
}
