/**
 * The collector `fd`: open file descriptors and their limit.
 *
 * @module
 */

import type { Integer } from "../integer.ts";
import { parseLimits } from "../parse/limits.ts";
import { nothing, type Visit } from "./visit.ts";

/** What the collector `fd` adds to a process's line. */
export interface FdFields {
  /** Open file descriptors, see proc_pid_fd(5). Null where another user's may not be read. */
  readonly numFds: number | null;
  /** The soft limit of open file descriptors, see proc_pid_limits(5); null: unlimited, but where `unreadable` says otherwise. */
  readonly fdLimit: Integer | null;
}

/** Counts the descriptors of a process. */
export function collectFd(visit: Visit): FdFields {
  const { reader, directory } = visit;
  const fds = reader.readDir(`${directory}/fd`);
  const limits = reader.read(`${directory}/limits`, parseLimits);
  return {
    ...(fds.value === null
      ? nothing(visit, { keys: ["numFds"], unread: fds.unread })
      : { numFds: fds.value.length }),
    ...(limits.value === null
      ? nothing(visit, { keys: ["fdLimit"], unread: limits.unread })
      : { fdLimit: limits.value.openFiles.soft }),
  };
}
