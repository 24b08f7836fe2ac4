/**
 * The collector `sockets`: the sockets that each process has open, by protocol and TCP state.
 *
 * @module
 */

import type { ProcReader, Reading } from "../kernel/proc_reader.ts";
import {
  SOCKET_PROTOCOLS,
  type SocketFields,
  TCP_STATES,
} from "../model/collected_fields.ts";
import {
  KnownSum,
  type NullReason,
  processReason,
  type Readout,
  sameReason,
} from "../model/null_reason.ts";
import { parseSocketTable, type SocketTable } from "../parse/socket_table.ts";
import type {
  Collector,
  Extras,
  ProcessVisit,
  RunningCollector,
  VisitedFiles,
} from "./collector.ts";

/**
 * The tables in the order in which sockets are looked for in them. `unix` is the last: the path of
 * a socket may hold what looks like the line of another.
 */
const TABLES: readonly SocketTable[] = [
  "tcp",
  "tcp6",
  "udp",
  "udp6",
  "raw",
  "raw6",
  "netlink",
  "packet",
  "unix",
];

type Protocol = typeof SOCKET_PROTOCOLS[number];

/** A link to a socket, see proc_pid_fd(5). */
const SOCKET = /^socket:\[(\d+)\]$/;

/** So many links are read in one step. */
const STEP_LINKS = 256;

/** What stands for the only network namespace where the kernel has no others. */
const ONLY_NAMESPACE = "";

const NOTHING: SocketFields = {
  numSockets: null,
  sockets: null,
  tcpStates: null,
};

/**
 * Adds the sockets that each process has open, and the tree, by protocol and TCP state.
 *
 * It reads the link of each descriptor, and once a sample the tables of each network namespace in
 * which processes of the tree have sockets: its cost grows with all sockets there, also those of
 * other programs.
 *
 * @example
 * ```ts
 * import { Sampler } from "@procline/procline";
 * import { sockets } from "@procline/procline/collect";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * using sampler = new Sampler({ pid: Deno.pid, collect: [sockets()] });
 * const { tcpStates } = sampler.sample().processes[0] ?? {};
 * assertEquals([listener.addr.transport, tcpStates?.["listen"]], ["tcp", 1]);
 * ```
 */
export function sockets(): Collector {
  return {
    name: "sockets",
    unusable: () => null,
    start: (reader, { files }) => new SocketsReader(reader, files),
  };
}

/** A socket as a table has it. */
interface Socket {
  readonly protocol: Protocol;
  /** Its state by the kernel's number; 0 where there is none. */
  readonly state: number;
}

/** The sockets that descriptors of a process lead to. */
interface Held {
  readonly visit: ProcessVisit;
  /** The descriptor of each, by inode. */
  readonly sockets: ReadonlyMap<number, string>;
  /** Its network namespace; null if it has no sockets, or why they are not known. */
  readonly namespace: string | null;
  /** Why its sockets are not known; null if they are. */
  readonly reason: NullReason | null;
}

/** The names in `fd` when a process was visited. */
interface Listed {
  readonly visit: ProcessVisit;
  readonly descriptors: Reading<string[]>;
}

/** Reads the descriptors of all processes, then the tables: none is older than a socket. */
class SocketsReader implements RunningCollector {
  readonly #reader: ProcReader;
  readonly #files: VisitedFiles;
  #listed: Listed[] = [];

  constructor(reader: ProcReader, files: VisitedFiles) {
    this.#reader = reader;
    this.#files = files;
  }

  begin(): void {
    this.#listed = [];
  }

  visit(visit: ProcessVisit): null {
    const descriptors = this.#files.readDir(`${visit.directory}/fd`);
    this.#listed.push({ visit, descriptors });
    return null;
  }

  *finishInSteps(): Generator<void, Extras> {
    const all: Held[] = [];
    for (const listed of this.#listed) {
      all.push(yield* this.#heldBy(listed));
      yield;
    }
    this.#listed = [];
    const found = new Map<number, Socket>();
    const unread = new Map<string, NullReason>();
    const byNamespace = Map.groupBy(all, ({ namespace }) => namespace);
    for (const [namespace, held] of byNamespace) {
      if (namespace === null) continue;
      const reason = yield* this.#find(held, found);
      if (reason !== null) unread.set(namespace, reason);
    }
    const ofProcesses = new Map<number, Readout<SocketFields>>();
    const tree = new Map<number, Socket>();
    const known = new KnownSum();
    for (const held of all) {
      const counted = this.#count(held, found, unread);
      if (typeof counted === "string") {
        known.add(null, counted);
        ofProcesses.set(held.visit.process.pid, unknown(counted));
      } else {
        counted.forEach((socket, inode) => tree.set(inode, socket));
        ofProcesses.set(held.visit.process.pid, {
          fields: countsOf(counted.values()),
          reasons: null,
        });
      }
      yield;
    }
    return {
      extras: {},
      ofProcesses,
      ofTree: known.reason === null
        ? { fields: countsOf(tree.values()), reasons: null }
        : unknown(known.reason),
    };
  }

  /** Where the descriptors of a process lead. One that was closed meanwhile leads nowhere. */
  *#heldBy({ visit, descriptors }: Listed): Generator<void, Held> {
    const { directory, process } = visit;
    const sockets = new Map<number, string>();
    const held = (reason: NullReason | null, namespace: string | null) => ({
      visit,
      sockets,
      namespace,
      reason,
    });
    if (descriptors.value === null) {
      return held(processReason(descriptors.reason, process.stat), null);
    }
    let numRead = 0;
    for (const name of descriptors.value) {
      const { value, reason } = this.#reader.readLink(
        `${directory}/fd/${name}`,
      );
      if (reason === "denied") return held(reason, null);
      const inode = SOCKET.exec(value ?? "")?.[1];
      if (inode !== undefined) sockets.set(Number(inode), name);
      if (++numRead % STEP_LINKS === 0) yield;
    }
    if (sockets.size === 0) return held(null, null);
    const { value, reason } = this.#reader.readLink(`${directory}/ns/net`);
    if (reason === null) return held(null, value);
    return reason === "gone" ? held(null, ONLY_NAMESPACE) : held(reason, null);
  }

  /**
   * Looks for sockets in the tables of the namespace that these processes are in.
   *
   * @returns Why a table could not be read; null if each was that there is.
   */
  *#find(
    held: readonly Held[],
    found: Map<number, Socket>,
  ): Generator<void, NullReason | null> {
    const wanted = new Set(held.flatMap(({ sockets }) => [...sockets.keys()]));
    for (const inode of found.keys()) wanted.delete(inode);
    const directories = held.map(({ visit }) => `${visit.directory}/net`);
    let unread: NullReason | null = null;
    for (const table of TABLES) {
      if (wanted.size === 0) break;
      const { value, reason } = this.#readTable(directories, table, wanted);
      if (value === null) unread ??= reason;
      for (const [inode, state] of value ?? []) {
        found.set(inode, { protocol: table, state });
        wanted.delete(inode);
      }
      yield;
    }
    return unread;
  }

  /**
   * A table as one of these directories shows it, which are of one namespace: the processes of the
   * first ones may have ended. Empty if the kernel has no such table.
   */
  #readTable(
    directories: readonly string[],
    table: SocketTable,
    wanted: ReadonlySet<number>,
  ): Reading<ReadonlyMap<number, number>> {
    for (const directory of directories) {
      const reading = this.#reader.read(
        `${directory}/${table}`,
        (text) => parseSocketTable(table, text, wanted),
      );
      if (reading.reason !== "gone") return reading;
      const names = this.#reader.readDir(directory).value ?? [];
      if (names.length > 0 && !names.includes(table)) {
        return { value: new Map(), reason: null };
      }
    }
    return { value: null, reason: "gone" };
  }

  /** The sockets of a process by inode, or why they are not known. */
  #count(
    { visit, sockets, namespace, reason }: Held,
    found: ReadonlyMap<number, Socket>,
    unread: ReadonlyMap<string, NullReason>,
  ): ReadonlyMap<number, Socket> | NullReason {
    if (reason !== null) return reason;
    const counted = new Map<number, Socket>();
    for (const [inode, descriptor] of sockets) {
      const socket = found.get(inode);
      if (socket !== undefined) counted.set(inode, socket);
      else {
        const why = unread.get(namespace ?? "");
        if (why === "gone") return processReason(why, visit.process.stat);
        if (why !== undefined) return why;
        // One that was closed before the tables were read is none of any protocol.
        const link = `${visit.directory}/fd/${descriptor}`;
        if (this.#reader.readLink(link).value === `socket:[${inode}]`) {
          counted.set(inode, OTHER);
        }
      }
    }
    return counted;
  }
}

const OTHER: Socket = { protocol: "other", state: 0 };

function unknown(reason: NullReason): Readout<SocketFields> {
  return {
    fields: NOTHING,
    reasons: sameReason(Object.keys(NOTHING), reason),
  };
}

function countsOf(sockets: Iterable<Socket>): SocketFields {
  const byProtocol = SOCKET_PROTOCOLS.map(() => 0);
  const byState = TCP_STATES.map(() => 0);
  let numSockets = 0;
  for (const { protocol, state } of sockets) {
    numSockets++;
    addOne(byProtocol, SOCKET_PROTOCOLS.indexOf(protocol));
    if (protocol === "tcp" || protocol === "tcp6") addOne(byState, state - 1);
  }
  return {
    numSockets,
    sockets: named(SOCKET_PROTOCOLS, byProtocol),
    tcpStates: named(TCP_STATES, byState),
  };
}

function addOne(counts: number[], at: number): void {
  const count = counts[at];
  if (count !== undefined) counts[at] = count + 1;
}

function named(
  names: readonly string[],
  counts: readonly number[],
): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name, i) => [name, counts[i] ?? 0]));
}
