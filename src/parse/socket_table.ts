/**
 * `/proc/<pid>/net/tcp` and its like: the sockets of a network namespace, a line for each. See
 * proc_pid_net(5).
 *
 * @module
 */

import { ProcParseError } from "../errors.ts";

/** A table of sockets, by its name below `/proc/<pid>/net`. */
export type SocketTable =
  | "tcp"
  | "tcp6"
  | "udp"
  | "udp6"
  | "raw"
  | "raw6"
  | "netlink"
  | "packet"
  | "unix";

/** How the lines of a table are laid out. */
interface Layout {
  /** A word of the line above the sockets. */
  readonly heading: string;
  /** Which word of a line, from 0 on, is the inode. */
  readonly inode: number;
  /** Which word is the state; null: they have none that is shown. */
  readonly state: number | null;
}

/**
 * Of tcp4_seq_show() and its like: where the heading has `tx_queue rx_queue`, lines have a word.
 */
const INTERNET: Layout = { heading: "local_address", inode: 9, state: 3 };

const LAYOUTS: Readonly<Record<SocketTable, Layout>> = {
  tcp: INTERNET,
  tcp6: INTERNET,
  udp: INTERNET,
  udp6: INTERNET,
  raw: INTERNET,
  raw6: INTERNET,
  netlink: { heading: "Groups", inode: 9, state: null },
  packet: { heading: "RefCnt", inode: 8, state: null },
  unix: { heading: "RefCount", inode: 6, state: null },
};

/** A line of `unix`: what stands behind a newline in the path of a socket mostly is none. */
const UNIX_LINE =
  /[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{4} [0-9A-F]{2} +[0-9]+(?= |$)/my;

const SPACE = 32;
const ZERO = 48;
const NINE = 57;

/**
 * The states of those sockets of a table that are asked for, by inode, as the kernel numbers them
 * (`TCP_LISTEN` is 10); 0 in tables that show none. A socket that no process has is listed with the
 * inode 0.
 *
 * The path of a socket of `unix` may hold a newline and, behind it, what looks like a line: that
 * cannot be told.
 *
 * @param wanted The inodes of the sockets that are looked for.
 * @throws {ProcParseError} If it is no such table, or a line has no inode.
 *
 * @example
 * ```ts
 * import { parseSocketTable } from "@procline/procline/parse";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt " +
 *   "  uid  timeout inode\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 " +
 *   "00000000  1000        0 5678 1 0000000000000000 100 0 0 10 0\n";
 * assertEquals([...parseSocketTable("tcp", text, new Set([5678, 1]))], [[5678, 10]]);
 * ```
 */
export function parseSocketTable(
  table: SocketTable,
  text: string,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, number> {
  const { heading, inode: inodeAt, state: stateAt } = LAYOUTS[table];
  const headingEnd = lineEnd(text, 0);
  const head = text.slice(0, headingEnd);
  if (!head.includes(heading) || !/\binode\b/i.test(head)) {
    throw new ProcParseError(table, { field: "heading", text: head });
  }
  const found = new Map<number, number>();
  let end = headingEnd;
  for (let start = end + 1; start < text.length; start = end + 1) {
    end = lineEnd(text, start);
    if (table === "unix" && !isUnixLine(text, start)) continue;
    const inode = numberAt(text, wordAt(text, start, end, inodeAt), end);
    if (inode === null) {
      throw new ProcParseError(table, {
        field: "inode",
        text: text.slice(start, end),
      });
    }
    if (!wanted.has(inode)) continue;
    found.set(
      inode,
      stateAt === null ? 0 : hexAt(text, wordAt(text, start, end, stateAt)),
    );
  }
  return found;
}

function isUnixLine(text: string, start: number): boolean {
  UNIX_LINE.lastIndex = start;
  return UNIX_LINE.test(text);
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}

/** Where the word with this number begins; the end of the line if it has less words. */
function wordAt(
  text: string,
  start: number,
  end: number,
  number: number,
): number {
  let at = start;
  while (at < end && text.charCodeAt(at) === SPACE) at++;
  for (let word = 0; word < number; word++) {
    while (at < end && text.charCodeAt(at) !== SPACE) at++;
    while (at < end && text.charCodeAt(at) === SPACE) at++;
  }
  return at;
}

/** The whole number that is a word here; null if none is. */
function numberAt(text: string, start: number, end: number): number | null {
  let value = 0;
  let at = start;
  for (; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) break;
    value = value * 10 + code - ZERO;
  }
  const isWord = at === end || text.charCodeAt(at) === SPACE;
  return at > start && isWord ? value : null;
}

/** The number that two hexadecimal digits stand for; 0 if they are none. */
function hexAt(text: string, start: number): number {
  const value = parseInt(text.slice(start, start + 2), 16);
  return Number.isNaN(value) ? 0 : value;
}
