import { assertEquals } from "@std/assert";
import { fd } from "../../src/collect/fd.ts";
import { sockets } from "../../src/collect/sockets.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { NullReason } from "../../src/model/null_reason.ts";
import type { Sample } from "../../src/model/sample.ts";
import { type FileContent, MemoryFs } from "../../src/testing/memory_fs.ts";
import { besidesFirstSample } from "../support/samples.ts";

const INTERNET =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const HEADS: Readonly<Record<string, string>> = {
  tcp: INTERNET,
  tcp6: INTERNET,
  udp: INTERNET,
  udp6: INTERNET,
  raw: INTERNET,
  raw6: INTERNET,
  netlink:
    "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n",
  packet: "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n",
  unix: "Num       RefCount Protocol Flags    Type St Inode Path\n",
};

/** A table with these sockets: the inode of each, and the state. */
function tableOf(
  table: string,
  rows: readonly (readonly [inode: number, state?: string])[],
): string {
  const lines = rows.map(([inode, state = "07"], i) => {
    switch (table) {
      case "netlink":
        return `0000000099c9276c 15  1 00000000 0 0 0 2 0 ${inode}    `;
      case "packet":
        return `00000000a4f4c4e3 3 3 0003 0 1 0 0 ${inode}`;
      case "unix":
        return `00000000e39d0c54: 00000002 00000000 00010000 0001 01 ${inode} /run/x`;
      default:
        return `${i}: 0100007F:0050 00000000:0000 ${state} 0:0 00:0 0 1000 0 ${inode} 1 x`;
    }
  });
  return `${HEADS[table]}${lines.map((line) => `${line}\n`).join("")}`;
}

/** A host whose processes have sockets; their tables are those of a namespace. */
class Host {
  readonly fs = new MemoryFs();
  readonly #tables: readonly string[];

  /** Its kernel has these tables. */
  constructor(tables: readonly string[] = Object.keys(HEADS)) {
    this.#tables = tables;
  }

  /** Adds a process with the sockets of these inodes, in a network namespace. */
  add(pid: number, inodes: readonly number[], namespace = 1): void {
    this.fs.addProcess({ pid, ppid: pid === 10 ? 1 : 10 });
    this.fs.write(`/proc/${pid}/fd/0`, "/dev/null");
    this.fs.write(`/proc/${pid}/fd/1`, "pipe:[5]");
    this.fs.write(`/proc/${pid}/fd/2`, { error: "failed" });
    inodes.forEach((inode, i) =>
      this.fs.write(`/proc/${pid}/fd/${i + 3}`, `socket:[${inode}]`)
    );
    this.fs.write(`/proc/${pid}/ns/net`, `net:[${namespace}]`);
    for (const table of this.#tables) this.table(pid, table, []);
  }

  table(
    pid: number,
    table: string,
    rows: readonly (readonly [inode: number, state?: string])[],
  ): void {
    this.fs.write(`/proc/${pid}/net/${table}`, tableOf(table, rows));
  }

  sample(): Sample {
    using sampler = new Sampler({
      pid: 10,
      collect: [sockets()],
      fs: this.fs,
    });
    return sampler.sample();
  }
}

/** The counts that are not 0: of a process, or of the tree. */
function counted(
  { numSockets, sockets, tcpStates, unreadable }: Pick<
    Sample["tree"],
    "numSockets" | "sockets" | "tcpStates" | "unreadable"
  >,
) {
  const some = (counts: typeof sockets) =>
    Object.fromEntries(
      Object.entries(counts ?? {}).filter(([, count]) => count !== 0),
    );
  const reasons = Object.entries(besidesFirstSample(unreadable) ?? {})
    .filter(([key]) => /ockets|tcpStates/.test(key))
    .map(([, reason]) => reason);
  return numSockets === null
    ? [null, sockets, tcpStates, ...reasons]
    : [numSockets, some(sockets), some(tcpStates), ...reasons];
}

const unread = (
  reason: NullReason,
) => [null, null, null, ...Array(3).fill(reason)];

Deno.test("sockets counts each protocol and each state of TCP, those that are 0 too", () => {
  const host = new Host();
  const states = Array.from({ length: 11 }, (_, i) => i + 1);
  host.add(10, [
    ...states,
    101,
    102,
    201,
    202,
    301,
    302,
    401,
    501,
    601,
    602,
    701,
  ]);
  host.table(10, "tcp", [
    ...states.map((state) =>
      [state, state.toString(16).toUpperCase().padStart(2, "0")] as const
    ),
    [0, "06"],
    [9999, "0A"],
  ]);
  host.table(10, "tcp6", [[101, "0A"], [102, "01"]]);
  host.table(10, "udp", [[201]]);
  host.table(10, "udp6", [[202, "01"]]);
  host.table(10, "raw", [[301]]);
  host.table(10, "raw6", [[302]]);
  host.table(10, "netlink", [[401]]);
  host.table(10, "packet", [[501]]);
  host.table(10, "unix", [[601], [602], [603]]);
  const { processes: [line], tree } = host.sample();
  const expected = {
    numSockets: 22,
    sockets: {
      tcp: 11,
      tcp6: 2,
      udp: 1,
      udp6: 1,
      unix: 2,
      raw: 1,
      raw6: 1,
      netlink: 1,
      packet: 1,
      other: 1,
    },
    tcpStates: {
      established: 2,
      syn_sent: 1,
      syn_recv: 1,
      fin_wait1: 1,
      fin_wait2: 1,
      time_wait: 1,
      close: 1,
      close_wait: 1,
      last_ack: 1,
      listen: 2,
      closing: 1,
    },
  };
  for (const one of [line, tree]) {
    assertEquals(
      JSON.stringify([one?.numSockets, one?.sockets, one?.tcpStates]),
      JSON.stringify([
        expected.numSockets,
        expected.sockets,
        expected.tcpStates,
      ]),
    );
  }
});

Deno.test("sockets counts a socket once in a process that has it twice, and once in a tree that shares it", () => {
  const host = new Host();
  host.add(10, [7, 7, 8]);
  host.add(11, [8, 9]);
  for (const pid of [10, 11]) host.table(pid, "unix", [[7], [8], [9]]);
  const { processes, tree } = host.sample();
  assertEquals(processes.map(counted), [[2, { unix: 2 }, {}], [
    2,
    { unix: 2 },
    {},
  ]]);
  assertEquals(counted(tree), [3, { unix: 3 }, {}]);
});

Deno.test("sockets looks in the tables of each process's own network namespace, once for each", () => {
  const host = new Host();
  host.add(10, [7], 1);
  host.add(11, [8], 2);
  host.add(12, [9], 2);
  host.table(10, "tcp", [[7, "0A"]]);
  host.table(11, "tcp", [[8, "0A"], [9, "01"]]);
  // What this one's path shows is the same, and is not read again.
  host.table(12, "tcp", [[9, "08"]]);
  const { processes, tree } = host.sample();
  assertEquals(processes.map(counted), [
    [1, { tcp: 1 }, { listen: 1 }],
    [1, { tcp: 1 }, { listen: 1 }],
    [1, { tcp: 1 }, { established: 1 }],
  ]);
  assertEquals(counted(tree), [3, { tcp: 3 }, { listen: 2, established: 1 }]);
});

Deno.test("sockets finds a socket that came from another namespace, where the tree is in that as well", () => {
  const host = new Host();
  host.add(10, [7], 1);
  host.add(11, [7, 8], 2);
  host.table(10, "tcp", [[7, "0A"]]);
  host.table(11, "tcp", [[8, "0A"]]);
  assertEquals(counted(host.sample().processes[1] ?? host.sample().tree), [
    2,
    { tcp: 2 },
    { listen: 2 },
  ]);
});

Deno.test("sockets reads the tables by another process of the namespace once the first has ended", () => {
  const host = new Host();
  host.add(10, [7]);
  host.add(11, [8]);
  for (const table of Object.keys(HEADS)) {
    host.fs.write(`/proc/10/net/${table}`, { error: "gone" });
  }
  host.fs.write("/proc/10/net", { error: "gone" });
  host.table(11, "udp", [[7], [8]]);
  assertEquals(counted(host.sample().tree), [2, { udp: 2 }, {}]);
});

Deno.test("sockets takes a protocol that the kernel does not have for none", () => {
  // As without IPv6, and without the module for packets.
  const host = new Host(["tcp", "udp", "raw", "netlink", "unix"]);
  host.add(10, [7, 8]);
  host.table(10, "unix", [[7]]);
  assertEquals(counted(host.sample().tree), [2, { unix: 1, other: 1 }, {}]);
});

Deno.test("sockets leaves out a socket that was closed before the tables were read", () => {
  const host = new Host();
  host.add(10, [7, 8]);
  host.table(10, "udp", [[7]]);
  const read = host.fs.readTextFile.bind(host.fs);
  host.fs.readTextFile = (path) => {
    // Its descriptor leads to a file by then.
    if (path === "/proc/10/net/tcp") host.fs.write("/proc/10/fd/4", "/etc/x");
    return read(path);
  };
  assertEquals(counted(host.sample().tree), [1, { udp: 1 }, {}]);
});

Deno.test("sockets are none of a process without any, whatever its namespace is", () => {
  const host = new Host();
  host.add(10, []);
  host.fs.write("/proc/10/ns/net", { error: "denied" });
  assertEquals(counted(host.sample().tree), [0, {}, {}]);
});

Deno.test("sockets looks into the only tables of a kernel without namespaces", () => {
  const host = new Host();
  host.add(10, [7]);
  host.add(11, [8]);
  for (const pid of [10, 11]) {
    host.fs.write(`/proc/${pid}/ns/net`, { error: "gone" });
  }
  host.table(10, "udp", [[7], [8]]);
  assertEquals(counted(host.sample().tree), [2, { udp: 2 }, {}]);
});

for (
  const [what, path, content, reason] of [
    ["its descriptors", "fd", { error: "denied" }, "denied"],
    ["a descriptor", "fd/3", { error: "denied" }, "denied"],
    ["its namespace", "ns/net", { error: "denied" }, "denied"],
    ["a table", "net/udp", { error: "denied" }, "denied"],
    ["a table", "net/udp", { error: "failed" }, "failed"],
    ["a table", "net/udp", "what is this\n", "malformed"],
  ] as const satisfies readonly (readonly [
    string,
    string,
    FileContent,
    NullReason,
  ])[]
) {
  Deno.test(`sockets are null where ${what} cannot be read: ${reason}`, () => {
    const host = new Host();
    host.add(10, [7]);
    host.add(11, [8], 2);
    for (const pid of [10, 11]) host.table(pid, "unix", [[7]]);
    host.table(11, "tcp", [[8, "01"]]);
    host.fs.write("/proc/10/net/unix", tableOf("unix", []));
    if (path === "fd") {
      for (let i = 0; i < 4; i++) {
        host.fs.write(`/proc/10/fd/${i}`, { error: "gone" });
      }
      const list = host.fs.readDir.bind(host.fs);
      host.fs.readDir = (path) =>
        list(path === "/proc/10/fd" ? "/proc/99" : path);
      host.fs.write("/proc/99", content);
    } else host.fs.write(`/proc/10/${path}`, content);
    const { processes, tree } = host.sample();
    assertEquals(processes.map(counted), [
      unread(reason),
      [1, { tcp: 1 }, { established: 1 }],
    ]);
    assertEquals(counted(tree), unread(reason));
  });
}

Deno.test("sockets knows those that were found though a later table cannot be read", () => {
  const host = new Host();
  host.add(10, [7]);
  host.add(11, [8]);
  host.table(10, "tcp", [[7, "0A"]]);
  host.fs.write("/proc/10/net/packet", { error: "denied" });
  const { processes, tree } = host.sample();
  assertEquals(processes.map(counted), [
    [1, { tcp: 1 }, { listen: 1 }],
    unread("denied"),
  ]);
  assertEquals(counted(tree), unread("denied"));
});

Deno.test("sockets of a zombie are none, and those of a process that ends meanwhile are said to be", () => {
  const host = new Host();
  host.add(10, []);
  host.fs.addProcess({
    pid: 11,
    ppid: 10,
    state: "Z",
    vsizeBytes: 0,
    rssBytes: 0,
  });
  host.add(12, [7]);
  for (const table of Object.keys(HEADS)) {
    host.fs.write(`/proc/12/net/${table}`, { error: "gone" });
  }
  host.fs.write("/proc/12/net", { error: "gone" });
  const { processes, tree } = host.sample();
  assertEquals(processes.map(counted), [
    [0, {}, {}],
    [0, {}, {}],
    unread("exiting"),
  ]);
  assertEquals(counted(tree), [0, {}, {}]);
});

Deno.test("sockets takes a line in the path of a socket for none of another table", () => {
  const host = new Host();
  host.add(10, [7, 8]);
  host.table(10, "tcp", [[7, "0A"]]);
  host.fs.write(
    "/proc/10/net/unix",
    `${tableOf("unix", [[8]]).trimEnd()}\n${
      tableOf("unix", [[7]]).split("\n")[1]
    }\n`,
  );
  assertEquals(counted(host.sample().tree), [
    2,
    { tcp: 1, unix: 1 },
    { listen: 1 },
  ]);
});

Deno.test("sockets and fd read the descriptors of a process once", () => {
  const host = new Host();
  host.add(10, [7]);
  host.table(10, "udp", [[7]]);
  let reads = 0;
  const list = host.fs.readDir.bind(host.fs);
  host.fs.readDir = (path) => {
    if (path === "/proc/10/fd") reads++;
    return list(path);
  };
  using sampler = new Sampler({
    pid: 10,
    collect: [fd(), sockets()],
    fs: host.fs,
  });
  const { processes: [line] } = sampler.sample();
  assertEquals([line?.numFds, line?.numSockets, reads], [4, 1, 1]);
});
