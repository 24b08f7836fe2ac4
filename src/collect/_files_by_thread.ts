/** The threads of a process, and a file of each. */

import type { PartlyMalformed } from "../errors.ts";
import type { Parse, Reading, UnreadReason } from "../kernel/proc_reader.ts";
import type { TreeProcess } from "../tree/tree_process.ts";
import type { VisitedFiles } from "./collector.ts";

/** What a file of each thread holds. */
export interface FilesByThread<T> {
  /** By thread id; null: the thread is there, but its file could not be read. */
  readonly threads: ReadonlyMap<number, T | null>;
  /** Why threads are missing or null; null if none is, as far as there are any. */
  readonly reason: UnreadReason | null;
}

/** The name of a thread's directory. */
const TID = /^[1-9][0-9]{0,8}$/;

/** The ids of the threads of a process. */
export function listThreads(
  files: VisitedFiles,
  pid: number,
): Reading<number[]> {
  const { value, reason } = files.readDir(`/proc/${pid}/task`);
  return value === null ? { value, reason } : {
    value: value.filter((name) => TID.test(name)).map(Number),
    reason: null,
  };
}

/** The `status` of each thread that has not ended; if they cannot be listed, why, and no more. */
export function* statusOfThreads<T extends PartlyMalformed>(
  files: VisitedFiles,
  pid: number,
  parse: Parse<T>,
): Generator<Reading<T>, void> {
  const listed = listThreads(files, pid);
  if (listed.value === null) {
    yield listed;
    return;
  }
  for (const tid of listed.value) {
    const read = files.readFields(`/proc/${pid}/task/${tid}/status`, parse);
    if (read.reason !== "gone") yield read;
  }
}

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
  const listed = listThreads(files, pid);
  if (listed.value === null) {
    return { threads: new Map(), reason: listed.reason };
  }
  const threads = new Map<number, T | null>();
  let why: UnreadReason | null = null;
  for (const tid of listed.value) {
    const path = `/proc/${pid}/task/${tid}/${file}`;
    const { value, reason } = files.read(path, parse);
    if (reason === "gone") continue;
    threads.set(tid, value);
    why ??= reason;
  }
  return { threads, reason: threads.size === 0 ? "gone" : why };
}
