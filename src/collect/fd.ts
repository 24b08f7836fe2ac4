/**
 * The collector `fd`: open file descriptors and their limit.
 *
 * @module
 */

import { parseLimits } from "../parse/limits.ts";
import { nothing, type Visit } from "./collector.ts";
import type { FdFields } from "../model/groups.ts";

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
