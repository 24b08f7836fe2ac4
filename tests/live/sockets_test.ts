// deno-lint-ignore-file no-console camelcase -- it prints figures; names are those on lines.
import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { type AnyLine, ofKind, parseLines } from "../support/burner.ts";
import {
  Child,
  ignored,
  needs,
  needsRoot,
  run,
  runRecorded,
  TemporaryDirectory,
} from "../support/procline.ts";
import { needsPsutil, PYTHON } from "../support/psutil.ts";

/**
 * A program with known sockets: three that listen, five connections of which it has both ends, two
 * whose other end was closed, one that is closed to writing, a socket of UDP, a pair of unix and
 * one of unix with a name that holds a newline, one of TCP that is not bound, one of netlink. With
 * `6` also two of TCP and one of UDP over IPv6.
 */
const PROGRAM = `
import os, socket, sys
keep = []
def listen(family, address):
    s = socket.socket(family); s.bind((address, 0)); s.listen(16); keep.append(s); return s
def connect(listener):
    c = socket.socket(listener.family); c.connect(listener.getsockname()); a, _ = listener.accept()
    keep.extend([c, a]); return c, a
first, second, third = [listen(socket.AF_INET, "127.0.0.1") for _ in range(3)]
for _ in range(5): connect(first)
for _ in range(2):
    c, a = connect(second); keep.remove(c); c.close()
c, a = connect(third); c.shutdown(socket.SHUT_WR)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 0)); keep.append(u)
keep.extend(socket.socketpair())
n = socket.socket(socket.AF_UNIX); n.bind("\\0procline\\n%d" % os.getpid()); n.listen(1); keep.append(n)
keep.append(socket.socket())
k = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); k.bind((0, 0)); keep.append(k)
if "6" in sys.argv:
    listen(socket.AF_INET6, "::1")
    d = socket.socket(socket.AF_INET6); d.bind(("::ffff:127.0.0.1", 0)); d.listen(1); keep.append(d)
    v = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); v.bind(("::1", 0)); keep.append(v)
print("ready", flush=True)
sys.stdin.read()
`;

const NO_SOCKETS = {
  tcp: 0,
  tcp6: 0,
  udp: 0,
  udp6: 0,
  unix: 0,
  raw: 0,
  raw6: 0,
  netlink: 0,
  packet: 0,
  other: 0,
};
const NO_STATES = {
  established: 0,
  syn_sent: 0,
  syn_recv: 0,
  fin_wait1: 0,
  fin_wait2: 0,
  time_wait: 0,
  close: 0,
  close_wait: 0,
  last_ack: 0,
  listen: 0,
  closing: 0,
};
/** The sockets of the program over IPv4. */
const SOCKETS = {
  ...NO_SOCKETS,
  tcp: 3 + 10 + 2 + 2,
  udp: 1,
  unix: 3,
  netlink: 1,
  other: 1,
};
const STATES = {
  ...NO_STATES,
  listen: 3,
  established: 10,
  close_wait: 2 + 1,
  fin_wait2: 1,
};

const COUNTS_IPV6 = "procline --collect sockets counts those of IPv6";
const hasIpv6 = await run([
  "python3",
  "-c",
  "import socket; socket.socket(socket.AF_INET6).bind(('::1', 0))",
]).then(({ code }) => code === 0, () => false);

/** The lines of a sample of the processes below one, and those that its recording gives. */
async function sampleOf(
  pid: number,
): Promise<{ processes: readonly AnyLine[]; tree: AnyLine }> {
  const { code, stdout, stderr, replayed } = await runRecorded([
    `--pid=${pid}`,
    "--count=1",
    "--collect=sockets,fd",
  ]);
  assertEquals([code, stderr], [0, ""]);
  const counts = (text: string) =>
    parseLines(text).map(({ pid, num_sockets, sockets, tcp_states }) => [
      pid,
      num_sockets,
      sockets,
      tcp_states,
    ]);
  assertEquals(counts(replayed), counts(stdout));
  const [tree] = ofKind(parseLines(stdout), "tree");
  assert(tree !== undefined);
  return { processes: ofKind(parseLines(stdout), "process"), tree };
}

function countsOf({ num_sockets, sockets, tcp_states }: AnyLine) {
  return [num_sockets, sockets, tcp_states];
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

Deno.test({
  ...needs(["python3"], "procline --collect sockets counts known sockets"),
  fn: async () => {
    await using child = new Child(["python3", "-c", PROGRAM]);
    assertEquals(await child.line(), "ready");
    const { processes: [line], tree } = await sampleOf(child.pid);
    for (const one of [line, tree]) {
      assertEquals(countsOf(one ?? {}), [sum(SOCKETS), SOCKETS, STATES]);
    }
    // Its standard streams are pipes.
    assertGreaterOrEqual(line?.num_fds, 3 + sum(SOCKETS));
  },
});

Deno.test({
  ...(hasIpv6
    ? needs(["python3"], COUNTS_IPV6)
    : ignored(COUNTS_IPV6, "this host has no IPv6")),
  fn: async () => {
    await using child = new Child(["python3", "-c", PROGRAM, "6"]);
    assertEquals(await child.line(), "ready");
    const { processes: [line] } = await sampleOf(child.pid);
    const all = { ...SOCKETS, tcp6: 2, udp6: 1 };
    const states = { ...STATES, listen: STATES.listen + 2 };
    assertEquals(countsOf(line ?? {}), [sum(all), all, states]);
  },
});

Deno.test({
  ...needs(
    ["python3"],
    "procline --collect sockets counts a socket that a child has inherited on both lines, and once in the tree",
  ),
  fn: async () => {
    await using child = new Child([
      "python3",
      "-c",
      `import os, socket, sys
a, b = socket.socketpair()
pid = os.fork()
if pid == 0:
    c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(("127.0.0.1", 0))
    print("ready", flush=True)
sys.stdin.read()
`,
    ]);
    assertEquals(await child.line(), "ready");
    const { processes, tree } = await sampleOf(child.pid);
    assertEquals(processes.map(countsOf), [
      [2, { ...NO_SOCKETS, unix: 2 }, NO_STATES],
      [3, { ...NO_SOCKETS, unix: 2, udp: 1 }, NO_STATES],
    ]);
    assertEquals(countsOf(tree), [
      3,
      { ...NO_SOCKETS, unix: 2, udp: 1 },
      NO_STATES,
    ]);
  },
});

Deno.test({
  ...needsRoot(
    ["python3", "bash", "unshare", "ip"],
    "procline --collect sockets looks into each network namespace of a tree",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await Deno.writeTextFile(`${directory.path}/program.py`, PROGRAM);
    // Each has the same sockets, in a namespace of its own; the shell has none.
    const one = "ip link set lo up && python3 program.py <&3";
    await using child = new Child([
      "bash",
      "-c",
      `exec 3<&0; unshare -n sh -c '${one}' & unshare -n sh -c '${one}' & python3 program.py <&3 & wait`,
    ], { cwd: directory.path });
    for (let i = 0; i < 3; i++) assertEquals(await child.line(), "ready");
    const { processes, tree } = await sampleOf(child.pid);
    const programs = processes.filter(({ comm }) => comm === "python3");
    assertEquals(
      programs.map(countsOf),
      Array(3).fill([sum(SOCKETS), SOCKETS, STATES]),
    );
    const thrice = (counts: Readonly<Record<string, number>>) =>
      Object.fromEntries(
        Object.entries(counts).map(([name, count]) => [name, 3 * count]),
      );
    assertEquals(countsOf(tree), [
      3 * sum(SOCKETS),
      thrice(SOCKETS),
      thrice(STATES),
    ]);
    await child.closeInput();
    await child.code();
  },
});

Deno.test({
  ...needs(
    ["python3", "ss"],
    "procline --collect sockets agrees with ss on a program with known sockets",
  ),
  fn: async () => {
    await using child = new Child(["python3", "-c", PROGRAM]);
    assertEquals(await child.line(), "ready");
    const { processes: [line] } = await sampleOf(child.pid);
    assert(line !== undefined);
    const { stdout } = await run(["ss", "-tanp"]);
    const states: Record<string, number> = {};
    for (const row of stdout.split("\n")) {
      if (!row.includes(`pid=${child.pid},`)) continue;
      const state = row.split(" ")[0] ?? "";
      const name = state === "ESTAB"
        ? "established"
        : state.toLowerCase().replaceAll("-", "_").replace("_wait_", "_wait");
      states[name] = (states[name] ?? 0) + 1;
    }
    console.log("ss:", states);
    assertEquals({ ...NO_STATES, ...states }, line.tcp_states);
  },
});

Deno.test({
  ...needsPsutil(
    ["python3"],
    "procline --collect sockets agrees with psutil on a program with known sockets",
  ),
  fn: async () => {
    await using child = new Child(["python3", "-c", PROGRAM]);
    assertEquals(await child.line(), "ready");
    const { processes: [line] } = await sampleOf(child.pid);
    assert(line !== undefined);
    const psutil = await run([
      PYTHON,
      "-c",
      `import json, psutil
p = psutil.Process(${child.pid})
kinds = (getattr(p, "net_connections", None) or p.connections)
print(json.dumps({kind: len(kinds(kind)) for kind in ["tcp4", "tcp6", "udp4", "udp6", "unix"]}))`,
    ]);
    assertEquals(psutil.code, 0, psutil.stderr);
    console.log("psutil:", psutil.stdout.trim());
    const { tcp, tcp6, udp, udp6, unix } = line.sockets;
    assertEquals(JSON.parse(psutil.stdout), {
      tcp4: tcp,
      tcp6,
      udp4: udp,
      udp6,
      unix,
    });
  },
});
