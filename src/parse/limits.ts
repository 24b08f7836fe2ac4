/**
 * `/proc/<pid>/limits`: the resource limits of a process. See proc_pid_limits(5) and getrlimit(2),
 * Linux 2.6.24.
 *
 * ```text
 * Limit                     Soft Limit           Hard Limit           Units
 * Max cpu time              unlimited            unlimited            seconds
 * Max open files            1024                 524288               files
 * ```
 *
 * @module
 */

import type { PartlyMalformed } from "../errors.ts";
import type { Integer } from "../integer.ts";
import {
  FieldFaults,
  notOfItsKind,
  parseLines,
  parseUnsigned,
} from "./_scan.ts";

/** One resource limit. */
export interface Limit {
  /** What the kernel enforces; null: unlimited. */
  readonly soft: Integer | null;
  /** How far the process may raise it; null: unlimited. */
  readonly hard: Integer | null;
}

/** What `limits` says of file descriptors. */
export interface Limits extends PartlyMalformed {
  /**
   * RLIMIT_NOFILE, file descriptors: one more than the highest that may be opened. Null if the
   * kernel does not report it, or its text makes no sense.
   */
  readonly openFiles: Limit | null;
}

/**
 * What `limits` holds, by the names of getrlimit(2), in the units that the kernel prints. A limit
 * is null if the kernel does not report it, or its text makes no sense.
 */
export interface Rlimits extends PartlyMalformed {
  /** RLIMIT_CPU: CPU time in seconds. */
  readonly cpu: Limit | null;
  /** RLIMIT_FSIZE: the size of a file that it writes, in bytes. */
  readonly fsize: Limit | null;
  /** RLIMIT_DATA: its data segment in bytes. */
  readonly data: Limit | null;
  /** RLIMIT_STACK: the stack of its main thread in bytes. */
  readonly stack: Limit | null;
  /** RLIMIT_CORE: a core file in bytes. */
  readonly core: Limit | null;
  /** RLIMIT_RSS: resident memory in bytes. No kernel since Linux 2.4.30 enforces it. */
  readonly rss: Limit | null;
  /** RLIMIT_NPROC: the threads of its real user. */
  readonly nproc: Limit | null;
  /** RLIMIT_NOFILE: file descriptors, one more than the highest that may be opened. */
  readonly nofile: Limit | null;
  /** RLIMIT_MEMLOCK: locked memory in bytes. */
  readonly memlock: Limit | null;
  /** RLIMIT_AS: its address space in bytes. */
  readonly as: Limit | null;
  /** RLIMIT_LOCKS: locks of files. No kernel since Linux 2.4.25 enforces it. */
  readonly locks: Limit | null;
  /** RLIMIT_SIGPENDING: the signals that are queued for its real user. */
  readonly sigpending: Limit | null;
  /** RLIMIT_MSGQUEUE: the POSIX message queues of its real user, in bytes. */
  readonly msgqueue: Limit | null;
  /** RLIMIT_NICE: 20 less the lowest nice value that it may take. */
  readonly nice: Limit | null;
  /** RLIMIT_RTPRIO: the highest real-time priority that it may take. */
  readonly rtprio: Limit | null;
  /** RLIMIT_RTTIME: CPU time without a call that blocks, by a real-time policy, in microseconds. */
  readonly rttime: Limit | null;
}

/** How each of its lines starts. */
const LINE = /^(?:Limit|Max) /;

/**
 * Parses what the text of `/proc/<pid>/limits` says of file descriptors, and nothing else.
 *
 * @throws {ProcParseError} If there is no limit at all, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseLimits } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const { openFiles } = parseLimits("Max open files   1024   4096   files\n");
 * assertEquals(openFiles?.soft, 1024);
 * ```
 */
export function parseLimits(text: string): Limits {
  const found = new FoundLimits(text);
  const openFiles = found.limit("Max open files");
  return { openFiles, ...found.noted };
}

/**
 * Parses the text of `/proc/<pid>/limits`: all sixteen limits.
 *
 * @throws {ProcParseError} If there is no limit at all, or the text is cut.
 *
 * @example
 * ```ts
 * import { parseRlimits } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const { stack, core } = parseRlimits("Max stack size   8388608   unlimited   bytes\n");
 * assertEquals(stack, { soft: 8388608, hard: null });
 * assertEquals(core, null);
 * ```
 */
export function parseRlimits(text: string): Rlimits {
  const found = new FoundLimits(text);
  const limits = {
    cpu: found.limit("Max cpu time"),
    fsize: found.limit("Max file size"),
    data: found.limit("Max data size"),
    stack: found.limit("Max stack size"),
    core: found.limit("Max core file size"),
    rss: found.limit("Max resident set"),
    nproc: found.limit("Max processes"),
    nofile: found.limit("Max open files"),
    memlock: found.limit("Max locked memory"),
    as: found.limit("Max address space"),
    locks: found.limit("Max file locks"),
    sigpending: found.limit("Max pending signals"),
    msgqueue: found.limit("Max msgqueue size"),
    nice: found.limit("Max nice priority"),
    rtprio: found.limit("Max realtime priority"),
    rttime: found.limit("Max realtime timeout"),
  };
  return { ...limits, ...found.noted };
}

/** The limits in a text, one of which may make no sense. */
class FoundLimits {
  readonly #lines: readonly string[];
  readonly #faults = new FieldFaults();

  constructor(text: string) {
    this.#lines = parseLines("limits", text);
    if (!this.#lines.some((line) => LINE.test(line))) {
      throw notOfItsKind("limits", text);
    }
  }

  /** The limit on the line with this name. */
  limit(name: string): Limit | null {
    const head = `${name} `;
    const line = this.#lines.find((one) => one.startsWith(head));
    if (line === undefined) return null;
    const [soft = "", hard = ""] = line.slice(head.length).trimStart()
      .split(/ +/, 2);
    return this.#faults.attempt(() => ({
      soft: parseLimit(name, soft),
      hard: parseLimit(name, hard),
    }));
  }

  get noted(): PartlyMalformed {
    return this.#faults.noted;
  }
}

function parseLimit(name: string, text: string): Integer | null {
  return text === "unlimited" ? null : parseUnsigned("limits", name, text);
}
