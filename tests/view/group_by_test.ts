import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import type { Integer } from "../../src/integer.ts";
import {
  SOCKET_PROTOCOLS,
  TCP_STATES,
  type ThreadSample,
} from "../../src/model/collected_fields.ts";
import type { GroupSample } from "../../src/model/group.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample, TreeSample } from "../../src/model/sample.ts";
import { groupBy, parseGroupBy } from "../../src/view/group_by.ts";
import {
  processOf,
  RUN,
  sampleOf,
  threadOf,
  treeOf,
} from "../support/samples.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { recordingCases } from "../support/recordings.ts";

function viewOf(collectors: readonly string[] = []) {
  return groupBy("comm").create({ ...RUN, collectors });
}

function sampleWith(
  processes: readonly ProcessSample[],
  tree: Partial<TreeSample> = {},
): Sample {
  return sampleOf({ processes, tree: treeOf(tree) });
}

/** The group of this name. */
function named({ groups = [] }: Sample, name: string | null): GroupSample {
  const found = groups.find(({ group }) => group === name);
  assertExists(found);
  return found;
}

Deno.test("groupBy() adds up the processes of one name", () => {
  const { groups, processes } = viewOf().apply(sampleWith([
    processOf({ pid: 1, comm: "sh", rssBytes: 10, startTicks: 700 }),
    processOf({ pid: 2, comm: "cc", rssBytes: 300, state: "R" }),
    processOf({
      pid: 3,
      comm: "cc",
      rssBytes: 200,
      numThreads: 4,
      startTicks: 650,
      cpuPercentage: 80,
      userCpuPercentage: 80,
      kernelCpuPercentage: 0,
      cpuWindowSeconds: 0.5,
      userCpuSecondsTotal: 0.4,
      kernelCpuSecondsTotal: 0,
    }),
  ]));
  assertEquals(processes, []);
  assertEquals(groups?.map(({ group }) => group), ["sh", "cc"]);
  assertEquals(groups?.[1], {
    groupBy: "comm",
    group: "cc",
    other: false,
    numProcesses: 2,
    numThreads: 5,
    rssBytes: 500,
    vsizeBytes: 16384,
    maxRssBytes: 300,
    cpuPercentage: 90,
    userCpuPercentage: 70,
    kernelCpuPercentage: 20,
    userCpuSecondsTotal: 3.4,
    kernelCpuSecondsTotal: 2,
    oldestStartTicks: 650,
    states: { R: 1, S: 1 },
    unreadable: null,
  });
});

Deno.test("groupBy() keeps what ended processes have used, and their group", () => {
  const view = viewOf();
  view.apply(
    sampleWith([processOf({ pid: 1 }), processOf({ pid: 2, comm: "cc" })]),
  );
  const after = view.apply(sampleWith([
    processOf({ pid: 1, userCpuSecondsTotal: 3.5 }),
  ]));
  assertEquals(named(after, "make").userCpuSecondsTotal, 3.5);
  const ended = named(after, "cc");
  assertEquals(ended.numProcesses, 0);
  assertEquals(ended.rssBytes, 0);
  assertEquals(ended.cpuPercentage, 0);
  assertEquals(ended.maxRssBytes, null);
  assertEquals(ended.oldestStartTicks, null);
  assertEquals(ended.userCpuSecondsTotal, 3);
  assertEquals(ended.unreadable, null);
});

Deno.test("groupBy() books what a process uses after an exec to its new name alone", () => {
  const view = viewOf();
  view.apply(sampleWith([processOf({ comm: "sh", userCpuSecondsTotal: 1 })]));
  const after = view.apply(
    sampleWith([processOf({ comm: "cc", userCpuSecondsTotal: 5 })]),
  );
  assertEquals(named(after, "sh").userCpuSecondsTotal, 1);
  assertEquals(named(after, "cc").userCpuSecondsTotal, 4);
});

Deno.test("groupBy() takes a process id that is reused for a new process", () => {
  const view = viewOf();
  view.apply(
    sampleWith([processOf({ startTicks: 1, userCpuSecondsTotal: 9 })]),
  );
  const after = view.apply(
    sampleWith([processOf({ startTicks: 2, userCpuSecondsTotal: 1 })]),
  );
  assertEquals(named(after, "make").userCpuSecondsTotal, 10);
});

Deno.test("groupBy() counts a process once that could not be read for a while", () => {
  const view = viewOf();
  const process = processOf({ userCpuSecondsTotal: 9 });
  view.apply(sampleWith([process]));
  view.apply(sampleWith([], { denied: 1 }));
  view.apply(sampleWith([], { malformed: 1 }));
  const after = view.apply(sampleWith([process]));
  assertEquals(named(after, "make").userCpuSecondsTotal, 9);
});

Deno.test("groupBy() counts a process once that is back after another was taken for it", () => {
  const view = viewOf();
  const back = processOf({ pid: 2, comm: "setuid", userCpuSecondsTotal: 9 });
  // One of the two has ended, the other cannot be read: nothing tells which.
  view.apply(sampleWith([back, processOf({ pid: 3, comm: "hidden" })]));
  view.apply(sampleWith([], { denied: 1 }));
  view.apply(sampleWith([], { denied: 1 }));
  const after = view.apply(sampleWith([{ ...back, userCpuSecondsTotal: 10 }]));
  assertEquals(named(after, "setuid").userCpuSecondsTotal, 10);
});

Deno.test("groupBy() counts the io of a reaped child once", () => {
  const view = viewOf(["io"]);
  const parent = { pid: 1, ppid: 0, comm: "sh" };
  const child = { pid: 2, ppid: 1, comm: "cc" };
  const grandchild = { pid: 3, ppid: 2, comm: "as" };
  view.apply(sampleWith([
    processOf({ ...parent, ioReadBytesTotal: 10 }),
    processOf({ ...child, ioReadBytesTotal: 400 }),
    processOf({ ...grandchild, ioReadBytesTotal: 50 }),
  ]));
  // The shell has reaped the compiler with all that it had read, 465 by its end, the assembler's
  // 50 among them, and has read 5 itself: 415 + 50 + 5 more than before.
  const after = view.apply(
    sampleWith([processOf({ ...parent, ioReadBytesTotal: 10 + 465 + 5 })]),
  );
  assertEquals(named(after, "cc").ioReadBytesTotal, 400);
  assertEquals(named(after, "as").ioReadBytesTotal, 50);
  assertEquals(named(after, "sh").ioReadBytesTotal, 10 + 15 + 5);
});

/** A sample whose processes were read at this time. */
function sampleReadAt(
  atMs: number,
  processes: readonly ProcessSample[],
): Sample {
  const times = { sweepMs: atMs, processesMs: atMs, hostMs: atMs };
  return sampleOf({ times, processes });
}

Deno.test("groupBy() gives per second what a group's counter has grown by, whoever reaps", () => {
  const view = viewOf(["io"]);
  const shell = (written: Integer, perSecond: number) =>
    processOf({
      pid: 1,
      ppid: 0,
      comm: "sh",
      ioWrittenBytesTotal: written,
      ioWrittenBytesPerSecond: perSecond,
    });
  const first = view.apply(sampleReadAt(1000, [shell(10, 0)]));
  assertEquals(named(first, "sh").ioWrittenBytesPerSecond, null);
  const born = view.apply(sampleReadAt(2000, [
    shell(10, 0),
    processOf({
      pid: 2,
      ppid: 1,
      comm: "dd",
      uptimeSeconds: 0.5,
      ioWrittenBytesTotal: 5000,
      ioWrittenBytesPerSecond: null,
    }),
  ]));
  assertEquals(named(born, "sh").ioWrittenBytesPerSecond, 0);
  assertEquals(named(born, "dd").ioWrittenBytesPerSecond, 5000);
  // The shell has reaped it with 6,000 bytes, and has written 20 itself.
  const reaped = view.apply(sampleReadAt(4000, [shell(6030, 3010)]));
  assertEquals(named(reaped, "dd").ioWrittenBytesTotal, 5000);
  assertEquals(named(reaped, "dd").ioWrittenBytesPerSecond, 0);
  assertEquals(named(reaped, "sh").ioWrittenBytesTotal, 1030);
  assertEquals(named(reaped, "sh").ioWrittenBytesPerSecond, 510);
});

Deno.test("groupBy() does not know what a process has used that is refused, also once it has ended", () => {
  const view = viewOf(["io", "stat"]);
  const known = processOf({
    pid: 1,
    ioReadBytesTotal: 10,
    minorFaultsTotal: 3,
    majorFaultsTotal: 0,
  });
  const refused = processOf({
    pid: 2,
    ioReadBytesTotal: null,
    minorFaultsTotal: 4,
    majorFaultsTotal: 0,
    unreadable: { ioReadBytesTotal: "denied" },
  });
  const { ioReadBytesTotal, minorFaultsTotal, unreadable } = named(
    view.apply(sampleWith([known, refused])),
    "make",
  );
  assertEquals([ioReadBytesTotal, minorFaultsTotal], [null, 7]);
  assertEquals(unreadable?.["ioReadBytesTotal"], "denied");
  assertEquals(unreadable?.["minorFaultsTotal"], undefined);
  const after = view.apply(sampleWith([known]));
  assertEquals(named(after, "make").ioReadBytesTotal, null);
  assertEquals(
    after.grouping?.usedInRun.get("make")?.ioReadBytesTotal,
    null,
  );
});

Deno.test("groupBy() knows again what a process has used that could be read later", () => {
  const view = viewOf(["io"]);
  view.apply(sampleReadAt(1000, [
    processOf({
      ioReadBytesTotal: null,
      unreadable: { ioReadBytesTotal: "denied" },
    }),
  ]));
  const later = view.apply(
    sampleReadAt(2000, [processOf({ ioReadBytesTotal: 70 })]),
  );
  assertEquals(named(later, "make").ioReadBytesTotal, 70);
  // All of it has come to light at once.
  assertEquals(named(later, "make").ioReadBytesPerSecond, null);
  const next = view.apply(
    sampleReadAt(3000, [processOf({ ioReadBytesTotal: 75 })]),
  );
  assertEquals(named(next, "make").ioReadBytesPerSecond, 5);
});

Deno.test("groupBy() does not take the io of a program that is refused since its exec for known", () => {
  const view = viewOf(["io"]);
  view.apply(sampleWith([processOf({ ioReadBytesTotal: 70 })]));
  const refused = view.apply(sampleWith([
    processOf({
      ioReadBytesTotal: null,
      unreadable: { ioReadBytesTotal: "denied" },
    }),
  ]));
  assertEquals(named(refused, "make").ioReadBytesTotal, null);
});

Deno.test("groupBy() keeps the io of a zombie, which is refused to its own user", () => {
  const view = viewOf(["io"]);
  const shell = (read: Integer) =>
    processOf({ pid: 1, ppid: 0, comm: "sh", ioReadBytesTotal: read });
  const zombie = (pid: number) =>
    processOf({
      pid,
      ppid: 1,
      state: "Z",
      ioReadBytesTotal: null,
      unreadable: { ioReadBytesTotal: "denied" },
    });
  view.apply(sampleWith([
    shell(10),
    processOf({ pid: 2, ppid: 1, ioReadBytesTotal: 70 }),
  ]));
  const one = view.apply(sampleWith([shell(10), zombie(2)]));
  assertEquals(named(one, "make").ioReadBytesTotal, 70);
  // One that was never seen alive is counted with the shell, which reaps it.
  const two = view.apply(sampleWith([shell(80), zombie(3)]));
  assertEquals(named(two, "make").ioReadBytesTotal, null);
  const after = view.apply(sampleWith([shell(100)]));
  assertEquals(named(after, "make").ioReadBytesTotal, 70);
  assertEquals(named(after, "sh").ioReadBytesTotal, 30);
});

/** What a server of pid 1 and its child have written, and its rate on its own line. */
function served(written: Integer, perSecond: number): ProcessSample {
  return processOf({
    pid: 1,
    ppid: 0,
    comm: "server",
    ioWrittenBytesTotal: written,
    ioWrittenBytesPerSecond: perSecond,
  });
}

function child(written: Integer): ProcessSample {
  return processOf({
    pid: 2,
    ppid: 1,
    comm: "child",
    ioWrittenBytesTotal: written,
  });
}

Deno.test("groupBy() takes nothing from a parent that has not reaped its child", () => {
  const view = viewOf(["io"]);
  view.apply(sampleReadAt(1000, [served(10, 0), child(1000)]));
  // Its parent ignores SIGCHLD, or it was moved to another cgroup.
  const after = named(
    view.apply(sampleReadAt(2000, [served(30, 20)])),
    "server",
  );
  assertEquals([after.ioWrittenBytesTotal, after.ioWrittenBytesPerSecond], [
    30,
    20,
  ]);
  // Back again, it has written 50 more.
  const back = view.apply(sampleReadAt(3000, [served(50, 20), child(1050)]));
  assertEquals(named(back, "child").ioWrittenBytesTotal, 1050);
  assertEquals(named(back, "server").ioWrittenBytesTotal, 50);
});

Deno.test("groupBy() takes from a parent what it has reaped after it was read", () => {
  const view = viewOf(["io"]);
  view.apply(sampleReadAt(1000, [served(10, 0), child(1000)]));
  view.apply(sampleReadAt(2000, [served(10, 0)]));
  const after = named(
    view.apply(sampleReadAt(3000, [served(1015, 1005)])),
    "server",
  );
  assertEquals([after.ioWrittenBytesTotal, after.ioWrittenBytesPerSecond], [
    15,
    5,
  ]);
});

Deno.test("groupBy() knows no figure per second around a reading that went wrong", () => {
  const view = viewOf(["io"]);
  view.apply(sampleReadAt(1000, [served(100, 0)]));
  const failed = named(
    view.apply(sampleReadAt(2000, [{
      ...served(100, 0),
      ioWrittenBytesTotal: null,
      ioWrittenBytesPerSecond: null,
      unreadable: {
        ioWrittenBytesTotal: "failed",
        ioWrittenBytesPerSecond: "failed",
      },
    }])),
    "server",
  );
  assertEquals([failed.ioWrittenBytesTotal, failed.ioWrittenBytesPerSecond], [
    100,
    null,
  ]);
  assertEquals(failed.unreadable?.["ioWrittenBytesPerSecond"], "failed");
});

Deno.test("groupBy() does not count for the run what was used before it, though it is read later", () => {
  const view = viewOf(["io"]);
  const old = (read: Integer | null) =>
    processOf({
      uptimeSeconds: 1000,
      ioReadBytesTotal: read,
      unreadable: read === null ? { ioReadBytesTotal: "denied" } : null,
    });
  view.apply(sampleReadAt(1000, [old(null)]));
  view.apply(sampleReadAt(2000, [old(5000)]));
  const after = view.apply(sampleReadAt(3000, [old(5001)]));
  assertEquals(named(after, "make").ioReadBytesTotal, 5001);
  assertEquals(after.grouping?.usedInRun.get("make")?.ioReadBytesTotal, 1);
});

Deno.test("groupBy() knows again what was left out of a sample while it was not known", () => {
  const view = viewOf(["io"]);
  view.apply(sampleWith([processOf({
    ioReadBytesTotal: null,
    unreadable: { ioReadBytesTotal: "failed" },
  })]));
  const without = view.apply(sampleWith([], { denied: 1 }));
  assertEquals(named(without, "make").ioReadBytesTotal, null);
  const back = view.apply(sampleWith([processOf({ ioReadBytesTotal: 50 })]));
  assertEquals(named(back, "make").ioReadBytesTotal, 50);
});

Deno.test("groupBy() counts no descriptors of a zombie, which are refused to its own user", () => {
  const group = named(
    viewOf(["fd"]).apply(sampleWith([
      processOf({ pid: 1, numFds: 10, fdLimit: 100 }),
      processOf({
        pid: 2,
        state: "Z",
        numFds: null,
        fdLimit: null,
        unreadable: { numFds: "denied", fdLimit: "denied" },
      }),
    ])),
    "make",
  );
  assertEquals([group.numFds, group.worstFdPercentage], [10, 10]);
  assertEquals(group.unreadable, null);
});

Deno.test("groupBy() does not know what threads have used of which one is refused", () => {
  const view = viewOf(["threads", "io"]);
  const pool = (tid: number, read: number | null, start: Integer = 1) =>
    threadOf({
      tid,
      comm: "pool",
      startTicks: start,
      ioReadBytesTotal: read,
      ioWrittenBytesTotal: 0,
      unreadable: read === null ? { ioReadBytesTotal: "denied" } : null,
    });
  const readBy = (...threads: ThreadSample[]) => {
    const sample = view.apply(sampleOf({ processes: [processOf()], threads }));
    const [one] = sample.grouping?.threads ?? [];
    return [one?.ioReadBytesTotal, one?.ioWrittenBytesTotal];
  };
  assertEquals(readBy(pool(42, 5), pool(43, 7)), [0, 0]);
  assertEquals(readBy(pool(42, 9), pool(43, null)), [null, 0]);
  assertEquals(readBy(pool(42, 9), pool(43, 8)), [5, 0]);
  assertEquals(readBy(pool(42, 9), pool(43, null)), [null, 0]);
  assertEquals(readBy(pool(42, 9), pool(44, 8, 2)), [null, 0]);
});

Deno.test("groupBy() adds up seconds beyond 2^53, with fractions", () => {
  const view = viewOf();
  const damaged = processOf({ pid: 1, userCpuSecondsTotal: 2 ** 60 });
  const sample = view.apply(sampleWith([
    damaged,
    processOf({ pid: 2, userCpuSecondsTotal: 0.05 }),
  ]));
  assertEquals(named(sample, "make").userCpuSecondsTotal, 2 ** 60);
});

Deno.test("groupBy() knows no largest figure of which one is refused", () => {
  const group = named(
    viewOf(["fd"]).apply(sampleWith([
      processOf({ pid: 1, numFds: 10, fdLimit: 100 }),
      processOf({
        pid: 2,
        rssBytes: null,
        numFds: null,
        fdLimit: 100,
        unreadable: { rssBytes: "malformed", numFds: "denied" },
      }),
    ])),
    "make",
  );
  assertEquals([group.maxRssBytes, group.worstFdPercentage], [null, null]);
  assertEquals(group.unreadable, {
    rssBytes: "malformed",
    maxRssBytes: "malformed",
    numFds: "denied",
    worstFdPercentage: "denied",
  });
});

Deno.test("groupBy() lets no counter fall with a thread's context switches", () => {
  const view = viewOf(["status"]);
  const switches = (n: Integer) => processOf({ voluntaryCtxtSwitches: n });
  view.apply(sampleWith([switches(100)]));
  view.apply(sampleWith([switches(40)]));
  const after = view.apply(sampleWith([switches(45)]));
  assertEquals(named(after, "make").voluntaryCtxtSwitchesTotal, 105);
});

Deno.test("groupBy() knows how near descriptors are to a limit", () => {
  const after = viewOf(["fd"]).apply(sampleWith([
    processOf({ pid: 1, numFds: 10, fdLimit: 1000 }),
    processOf({ pid: 2, numFds: 30, fdLimit: 120 }),
    processOf({ pid: 3, numFds: 90, fdLimit: null }),
  ]));
  assertEquals(named(after, "make").numFds, 130);
  assertEquals(named(after, "make").worstFdPercentage, 25);
});

const NO_SOCKETS = Object.fromEntries(
  SOCKET_PROTOCOLS.map((name) => [name, 0]),
);
const NO_STATES = Object.fromEntries(TCP_STATES.map((name) => [name, 0]));
const DENIED_SOCKETS = {
  numSockets: null,
  sockets: null,
  tcpStates: null,
  unreadable: {
    numSockets: "denied",
    sockets: "denied",
    tcpStates: "denied",
  },
} as const;

Deno.test("groupBy() adds up sockets by protocol and state, and knows none of a group that has ended", () => {
  const view = viewOf(["sockets"]);
  const first = {
    pid: 1,
    numSockets: 3,
    sockets: { ...NO_SOCKETS, tcp: 2, unix: 1 },
  };
  const second = { pid: 2, numSockets: 5, sockets: { ...NO_SOCKETS, tcp: 5 } };
  const all = view.apply(sampleWith([
    processOf({ ...first, tcpStates: { ...NO_STATES, listen: 2 } }),
    processOf({ ...second, tcpStates: { ...NO_STATES, listen: 1, close: 4 } }),
  ]));
  const { numSockets, sockets, tcpStates } = named(all, "make");
  assertEquals(numSockets, 8);
  assertEquals(sockets, { ...NO_SOCKETS, tcp: 7, unix: 1 });
  assertEquals(tcpStates, { ...NO_STATES, listen: 3, close: 4 });
  assertEquals(Object.keys(sockets ?? {}), [...SOCKET_PROTOCOLS]);

  const ended = named(view.apply(sampleWith([])), "make");
  assertEquals([ended.numSockets, ended.sockets, ended.tcpStates], [
    0,
    NO_SOCKETS,
    NO_STATES,
  ]);
  const denied = named(
    view.apply(sampleWith([
      processOf({ ...first, tcpStates: NO_STATES }),
      processOf({
        pid: 2,
        ...DENIED_SOCKETS,
      }),
    ])),
    "make",
  );
  assertEquals([denied.numSockets, denied.sockets, denied.tcpStates], [
    null,
    null,
    null,
  ]);
  assertEquals(denied.unreadable, {
    numSockets: "denied",
    sockets: "denied",
    tcpStates: "denied",
  });
});

Deno.test("groupBy() does not know the descriptors of threads that outlive the main one, if they are refused", () => {
  const group = named(
    viewOf(["fd"]).apply(sampleWith([
      processOf({ pid: 1, numFds: 10 }),
      processOf({
        pid: 2,
        state: "Z",
        numThreads: 3,
        numFds: null,
        unreadable: { numFds: "denied" },
      }),
    ])),
    "make",
  );
  assertEquals([group.numFds, group.unreadable?.numFds], [null, "denied"]);
});

Deno.test("groupBy() counts no sockets of a zombie, which are refused to its own user", () => {
  const group = named(
    viewOf(["sockets"]).apply(sampleWith([
      processOf({
        pid: 1,
        numSockets: 2,
        sockets: { ...NO_SOCKETS, tcp: 2 },
        tcpStates: { ...NO_STATES, listen: 2 },
      }),
      processOf({
        pid: 2,
        state: "Z",
        ...DENIED_SOCKETS,
      }),
    ])),
    "make",
  );
  assertEquals(group.numSockets, 2);
  assertEquals(group.sockets, { ...NO_SOCKETS, tcp: 2 });
  assertEquals(group.tcpStates, { ...NO_STATES, listen: 2 });
  assertEquals(group.unreadable, null);
});

Deno.test("groupBy() names a program that is not known by its main thread, in brackets", () => {
  const view = groupBy("exe").create({ ...RUN, collectors: [] });
  const after = view.apply(sampleWith([
    processOf({ exe: null, comm: "kthreadd" }),
    processOf({ pid: 2, exe: "python3.11", comm: "worker" }),
  ]));
  assertEquals(
    after.groups?.map(({ group }) => group),
    ["[kthreadd]", "python3.11"],
  );
});

Deno.test("groupBy() groups by user, and needs what reads it", () => {
  assertEquals(groupBy("uid").needs, ["status"]);
  const view = groupBy("uid").create({ ...RUN, collectors: ["status"] });
  const after = view.apply(sampleWith([
    processOf({ uid: 0 }),
    processOf({ pid: 2, uid: null }),
  ]));
  assertEquals(after.groups?.map(({ group }) => group), ["0", "unknown"]);
});

Deno.test("groupBy() groups by cgroup, and needs what reads it", () => {
  assertEquals(groupBy("cgroup").needs, ["cgroup"]);
  const view = groupBy("cgroup").create({ ...RUN, collectors: ["cgroup"] });
  const namesAfter = (second: string | null) =>
    view.apply(sampleWith([
      processOf({ cgroup: "/a.slice/b.service", unit: "b.service" }),
      processOf({ pid: 2, cgroup: second }),
    ])).groups?.map(({ group, numProcesses }) => [group, numProcesses]);
  assertEquals(namesAfter("/"), [["/a.slice/b.service", 1], ["/", 1]]);
  assertEquals(namesAfter("/a.slice/b.service"), [
    ["/a.slice/b.service", 2],
    ["/", 0],
  ]);
  assertEquals(namesAfter(null)?.at(-1), ["unknown", 1]);
});

Deno.test("groupBy() gives the first 100 names a group, and later ones one for all", () => {
  const view = viewOf();
  const names = Array.from({ length: 130 }, (_, i) => `name${i}`);
  const { groups = [] } = view.apply(sampleWith(
    names.map((comm, i) => processOf({ pid: i + 1, comm })),
  ));
  assertEquals(groups.length, 101);
  const other = groups.at(-1);
  assertEquals(other?.group, null);
  assertEquals(other?.other, true);
  assertEquals(other?.numProcesses, 30);
  const again = view.apply(sampleWith([
    processOf({ pid: 1, comm: "name129" }),
    processOf({ pid: 2, comm: "name99" }),
  ]));
  assertEquals(named(again, null).numProcesses, 1);
  assertEquals(named(again, "name99").numProcesses, 1);
});

Deno.test("groupBy() refuses a key that it does not know", () => {
  assertThrows(
    () => groupBy("pid" as "comm"),
    RangeError,
    'Cannot group by "pid"',
  );
  assertThrows(() => parseGroupBy("toString"), RangeError, "the keys are comm");
});

/** The counters of a group that are known, by its name and theirs. */
function countersOf({ groups = [] }: Sample): Map<string, Integer> {
  return new Map(groups.flatMap((group) =>
    ([
      "userCpuSecondsTotal",
      "kernelCpuSecondsTotal",
      "ioReadBytesTotal",
      "voluntaryCtxtSwitchesTotal",
    ] as const).flatMap((key): [string, Integer][] => {
      const value = group[key] ?? null;
      return value === null ? [] : [[`${group.group} ${key}`, value]];
    })
  ));
}

/** One process of a made-up host; its name is one of 300. */
const life = fc.record({
  pid: fc.integer({ min: 1, max: 40 }),
  ppid: fc.integer({ min: 0, max: 40 }),
  startTicks: fc.integer({ min: 0, max: 3 }),
  name: fc.integer({ min: 0, max: 299 }),
  user: fc.integer({ min: 0, max: 100 }),
  io: fc.option(fc.integer({ min: 0, max: 1000 })),
  switches: fc.option(fc.integer({ min: 0, max: 1000 })),
});

Deno.test("groupBy() lets no group's counter fall while 300 names come, go and exec", () => {
  fc.assert(fc.property(
    fc.array(
      fc.tuple(
        fc.uniqueArray(life, { selector: ({ pid }) => pid, maxLength: 40 }),
        fc.integer({ min: 0, max: 2 }),
      ),
      { maxLength: 30 },
    ),
    (sweeps) => {
      const view = viewOf(["io", "status"]);
      const most = new Map<string, Integer>();
      for (const [lives, denied] of sweeps) {
        const shown = view.apply(sampleWith(
          lives.map(({ pid, ppid, startTicks, name, user, io, switches }) =>
            processOf({
              pid,
              ppid,
              startTicks,
              comm: `n${name}`,
              userCpuSecondsTotal: user / 100,
              ioReadBytesTotal: io,
              voluntaryCtxtSwitches: switches,
            })
          ),
          { denied },
        ));
        for (const [name, value] of countersOf(shown)) {
          assert(value >= (most.get(name) ?? 0));
          most.set(name, value);
        }
        assertEquals(
          shown.groups?.reduce((sum, one) => sum + one.numProcesses, 0) ?? 0,
          lives.length,
        );
      }
    },
  ));
});

for (const { name, path } of recordingCases()) {
  Deno.test(`groupBy() makes groups add up to the tree of the recording ${name}`, async () => {
    const { run, samples } = await recordedRun(path);
    for (const key of ["comm", "exe"] as const) {
      const view = groupBy(key).create(run);
      const texts: string[] = [];
      for (const sample of samples) {
        const { groups = [], tree } = view.apply(sample);
        texts.push(
          JSON.stringify(
            groups,
            (_, value) => typeof value === "bigint" ? String(value) : value,
          ),
        );
        const sum = (of: (group: GroupSample) => number | null) =>
          groups.reduce((total, group) => total + (of(group) ?? 0), 0);
        assertEquals(sum((one) => one.numProcesses), tree.numProcesses);
        assertEquals(sum((one) => one.numThreads), tree.numThreads);
        if (tree.rssBytes !== null) {
          assertEquals(sum((one) => one.rssBytes), tree.rssBytes);
        }
        if (tree.cpuPercentage !== null) {
          assertAlmostEquals(
            sum((one) => one.cpuPercentage) + (tree.unseenCpuPercentage ?? 0),
            tree.cpuPercentage,
            1e-3,
          );
        }
      }
      const again = groupBy(key).create(run);
      assertEquals(
        samples.map((sample) =>
          JSON.stringify(
            again.apply(sample).groups,
            (_, value) => typeof value === "bigint" ? String(value) : value,
          )
        ),
        texts,
      );
    }
  });
}
