import {
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertThrows,
} from "@std/assert";
import type { ThreadSample } from "../../src/model/collected_fields.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import { parseTop, top } from "../../src/view/top.ts";
import { startViews } from "../../src/view/views.ts";
import { groupBy } from "../../src/view/group_by.ts";
import {
  processOf,
  RUN,
  sampleOf,
  threadOf,
  treeOf,
} from "../support/samples.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { recordingCases } from "../support/recordings.ts";

/** A process with a CPU share over one second, and memory. */
function heavy(
  pid: number,
  cpuPercentage: number | null,
  rssBytes: number | null,
): ProcessSample {
  return processOf({ pid, cpuPercentage, rssBytes });
}

function pidsOf({ processes }: Sample): number[] {
  return processes.map(({ pid }) => pid);
}

function applyTop(count: number, processes: readonly ProcessSample[]): Sample {
  const run = { ...RUN, collectors: [] };
  return top(count).create(run).apply(sampleOf({ processes }));
}

Deno.test("top() keeps the first by CPU and the first by memory, a parent before its children", () => {
  const sample = applyTop(1, [
    heavy(1, 0, 10),
    heavy(2, 5, 300),
    heavy(3, 0, 20),
    heavy(4, 90, 5),
  ]);
  assertEquals(pidsOf(sample), [2, 4]);
});

Deno.test("top() takes the one with more memory among equals, then the lower id", () => {
  assertEquals(
    pidsOf(applyTop(1, [heavy(9, 5, 7), heavy(3, 5, 8), heavy(2, 5, 8)])),
    [2],
  );
});

Deno.test("top() takes what was used of the interval, not of the short life of a process", () => {
  const sample = applyTop(1, [
    { ...heavy(1, 24, 10), cpuWindowSeconds: 1 },
    { ...heavy(2, 83, 20), cpuWindowSeconds: 0.12 },
    { ...heavy(3, 0, 900), cpuWindowSeconds: 1 },
  ]);
  assertEquals(pidsOf(sample), [1, 3]);
});

Deno.test("top() takes what is not known for the least", () => {
  assertEquals(
    pidsOf(applyTop(1, [heavy(1, null, null), heavy(2, 0, 0), heavy(3, 0, 0)])),
    [2],
  );
});

Deno.test("top() adds up what it does not print, over the part of the interval of each window", () => {
  const { rest } = top(1).create({ ...RUN, collectors: ["fd"] }).apply(
    sampleOf({
      tree: treeOf({ intervalSeconds: 2 }),
      processes: [
        { ...heavy(1, 150, 900), cpuWindowSeconds: 2, numFds: 3 },
        {
          ...heavy(2, 40, 100),
          userCpuPercentage: 30,
          kernelCpuPercentage: 10,
          cpuWindowSeconds: 2,
          numThreads: 3,
          numFds: 4,
        },
        {
          ...heavy(3, 80, 200),
          userCpuPercentage: 80,
          kernelCpuPercentage: 0,
          cpuWindowSeconds: 0.5,
          numFds: 5,
        },
      ],
    }),
  );
  assertEquals(rest, {
    numGroups: null,
    numProcesses: 2,
    numThreads: 4,
    rssBytes: 300,
    vsizeBytes: 16384,
    cpuPercentage: 60,
    userCpuPercentage: 50,
    kernelCpuPercentage: 10,
    numFds: 9,
    unreadable: null,
  });
});

Deno.test("top() adds up the sockets that it does not print, of processes and of groups", () => {
  const view = top(1).create({ ...RUN, collectors: ["sockets"] });
  const sockets = (tcp: number) => ({
    numSockets: tcp,
    sockets: { tcp },
    tcpStates: { listen: tcp },
  });
  const processes = [
    { ...heavy(1, 50, 900), ...sockets(3) },
    { ...heavy(2, 1, 5), ...sockets(4) },
    { ...heavy(3, 1, 5), ...sockets(7) },
  ];
  const grouped = groupBy("comm").create({ ...RUN, collectors: ["sockets"] })
    .apply(sampleOf({
      processes: processes.map((one) => ({ ...one, comm: `${one.pid}` })),
    }));
  for (const sample of [sampleOf({ processes }), grouped]) {
    const { rest } = view.apply(sample);
    assertEquals([rest?.numSockets, rest?.sockets?.["tcp"]], [11, 11]);
    assertEquals(rest?.tcpStates?.["listen"], 11);
    assertEquals(rest?.tcpStates?.["close"], 0);
  }
});

Deno.test("top() does not know a sum of which a part is refused, and says why", () => {
  const { rest } = applyTop(1, [
    heavy(1, 50, 900),
    { ...heavy(2, 1, null), unreadable: { rssBytes: "denied" } },
    heavy(3, 1, 5),
  ]);
  assertEquals(rest?.rssBytes, null);
  assertEquals(rest?.unreadable, { rssBytes: "denied" });
});

Deno.test("top() does not know a figure per second of which a part is refused", () => {
  const view = top(1).create({ ...RUN, collectors: ["schedstat"] });
  const { rest } = view.apply(sampleOf({
    processes: [
      { ...heavy(1, 50, 900), runDelayPercentage: 1 },
      { ...heavy(2, 1, 5), runDelayPercentage: 2 },
      {
        ...heavy(3, 1, 5),
        runDelayPercentage: null,
        unreadable: { runDelayPercentage: "failed" },
      },
    ],
  }));
  assertEquals(rest?.runDelayPercentage, null);
  assertEquals(rest?.unreadable, { runDelayPercentage: "failed" });
});

Deno.test("top() gives for the rest what it has written, not what it has reaped", () => {
  const view = top(1).create({ ...RUN, collectors: ["io"] });
  const restOf = (atMs: number, processes: readonly ProcessSample[]) =>
    view.apply(sampleOf({
      times: { sweepMs: atMs, processesMs: atMs, hostMs: atMs },
      processes,
    })).rest;
  const busy = (written: number) => ({
    ...heavy(1, 90, 900),
    ...ioOf(written),
  });
  const shell = (written: number, rate: number) => ({
    ...heavy(2, 1, 5),
    ...ioOf(written, rate),
  });
  assertEquals(
    restOf(1000, [busy(7), shell(10, 0)])?.ioWrittenBytesPerSecond,
    null,
  );
  const child = {
    ...heavy(3, 1, 5),
    ppid: 2,
    uptimeSeconds: 0.5,
    ...ioOf(5000),
  };
  const born = restOf(2000, [busy(7), shell(10, 0), child]);
  assertEquals(born?.ioWrittenBytesPerSecond, 5000);
  // The shell has reaped it with 6,000 bytes, and has written 20 itself.
  const reaped = restOf(4000, [busy(7), shell(6030, 3010)]);
  assertEquals(reaped?.ioWrittenBytesPerSecond, 510);
  assertEquals(reaped?.unreadable, null);
});

/** Counters of io, all of this value, and their rates. */
function ioOf(
  value: number,
  perSecond: number | null = null,
): Partial<ProcessSample> {
  return {
    ioReadCharsBytesTotal: value,
    ioWrittenCharsBytesTotal: value,
    ioReadBytesTotal: value,
    ioWrittenBytesTotal: value,
    ioReadCallsTotal: value,
    ioWriteCallsTotal: value,
    ioCancelledWriteBytesTotal: value,
    ioReadCharsBytesPerSecond: perSecond,
    ioWrittenCharsBytesPerSecond: perSecond,
    ioReadBytesPerSecond: perSecond,
    ioWrittenBytesPerSecond: perSecond,
  };
}

Deno.test("top() adds what a child younger than a tick has waited, as the tree does", () => {
  const view = top(1).create({ ...RUN, collectors: ["schedstat"] });
  const { rest } = view.apply(sampleOf({
    tree: treeOf({ intervalSeconds: 0.5 }),
    processes: [
      heavy(1, 50, 900),
      {
        ...heavy(2, 0, 5),
        cpuWindowSeconds: 0,
        runDelaySecondsTotal: 0.005,
        runDelayPercentage: null,
        unreadable: { runDelayPercentage: "clock" },
      },
    ],
  }));
  assertAlmostEquals(rest?.runDelayPercentage ?? NaN, 1);
  assertEquals(rest?.unreadable, null);
});

Deno.test("top() lets a process without memory add nothing", () => {
  const { rest } = applyTop(1, [
    heavy(1, 50, 900),
    { ...heavy(2, 1, null), unreadable: { rssBytes: "zombie" } },
    heavy(3, 1, 5),
  ]);
  assertEquals(rest?.rssBytes, 5);
  assertEquals(rest?.unreadable, null);
});

Deno.test("top() has a rest of nothing if all are printed", () => {
  const { rest } = applyTop(4, [heavy(1, 1, 1)]);
  assertEquals(rest?.numProcesses, 0);
  assertEquals(rest?.rssBytes, 0);
  assertEquals(rest?.cpuPercentage, 0);
  assertEquals(rest?.unreadable, null);
});

Deno.test("top() drops the mappings of processes that it does not print", () => {
  const mapping = (pid: number) => ({ pid }) as never;
  const sample = top(1).create(RUN).apply(sampleOf({
    processes: [heavy(1, 50, 900), heavy(2, 1, 1)],
    mappings: [mapping(1), mapping(2)],
  }));
  assertEquals(sample.mappings?.map(({ pid }) => pid), [1]);
});

Deno.test("top() chooses among groups after groupBy(), and counts those that it leaves out", () => {
  const named = (pid: number, comm: string, cpu: number, rss: number) => ({
    ...heavy(pid, cpu, rss),
    comm,
  });
  const view = startViews([groupBy("comm"), top(1)], RUN);
  const { groups, rest } = view.apply(sampleOf({
    processes: [
      named(1, "a", 10, 10),
      named(2, "b", 30, 30),
      named(3, "a", 30, 30),
      named(4, "c", 1, 2),
    ],
  }));
  assertEquals(groups?.map(({ group }) => group), ["a"]);
  assertEquals(rest?.numGroups, 2);
  assertEquals(rest?.numProcesses, 2);
  assertEquals(rest?.rssBytes, 32);
  assertEquals(rest?.cpuPercentage, 31);
});

Deno.test("top() refuses a count that is no whole number above 0", () => {
  for (const count of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => top(count), RangeError, "not a whole number above 0");
  }
  for (const value of ["0", "-1", "1.5", "x", "1e3"]) {
    assertThrows(() => parseTop(value), RangeError, "whole number above 0");
  }
});

/** What lines come to, each over the part of the interval of its window. */
function cpuOfLines({ processes, tree }: Sample): number {
  return processes.reduce((sum, { cpuPercentage, cpuWindowSeconds }) => {
    const seconds = tree.intervalSeconds ?? 0;
    // The length of a longer window is that of a process which was seen late.
    const share = seconds > 0
      ? Math.min((cpuWindowSeconds ?? 0) / seconds, 1)
      : 1;
    return sum + (cpuPercentage ?? 0) * share;
  }, 0);
}

for (const { name, path } of recordingCases()) {
  Deno.test(`top() makes lines and rest add up to the tree of the recording ${name}`, async () => {
    const { run, samples } = await recordedRun(path);
    for (const count of [1, 3]) {
      const view = top(count).create(run);
      for (const sample of samples) {
        const { tree, processes, rest } = view.apply(sample);
        assertExists(rest);
        assertEquals(processes.length + rest.numProcesses, tree.numProcesses);
        const cpu = cpuOfLines({ ...sample, processes }) +
          (rest.cpuPercentage ?? 0) + (tree.unseenCpuPercentage ?? 0);
        if (tree.cpuPercentage !== null) {
          assertAlmostEquals(cpu, tree.cpuPercentage, 1e-3);
        }
        if (tree.rssBytes === null) continue;
        const rss = processes.reduce(
          (sum, one) => sum + (one.rssBytes ?? 0),
          0,
        );
        assertEquals(rss + (rest.rssBytes ?? 0), tree.rssBytes);
      }
    }
  });
}

/** A run with threads. */
const THREADED = { ...RUN, collectors: ["threads"] };

/** A thread of process 1 with a CPU share over one second. */
function thread(
  tid: number,
  cpuPercentage: number | null,
  changes: Partial<ThreadSample> = {},
): ThreadSample {
  return threadOf({
    pid: 1,
    tid,
    cpuPercentage,
    userCpuPercentage: cpuPercentage,
    kernelCpuPercentage: cpuPercentage === null ? null : 0,
    ...changes,
  });
}

Deno.test("top() keeps the busiest threads of the processes that it prints, and adds up the others", () => {
  const sample = top(2).create(THREADED).apply(sampleOf({
    processes: [
      heavy(1, 70, 900),
      heavy(2, 60, 800),
      heavy(3, 50, 1),
    ],
    tree: treeOf({ intervalSeconds: 1 }),
    threads: [
      thread(1, 10),
      thread(5, 20),
      thread(4, 40),
      // Equal: the one that has used more comes first.
      thread(6, 20, { userCpuSecondsTotal: 9 }),
      // Born half a second ago: half of the interval.
      thread(7, 18, { cpuWindowSeconds: 0.5 }),
      thread(9, 70, { cpuWindowSeconds: 0.1 }),
      // The process 3 is not printed.
      thread(8, 50, { pid: 3 }),
    ],
  }));
  assertEquals(sample.threads?.map(({ tid }) => tid), [4, 6]);
  const { rest } = sample;
  assertEquals(rest?.numProcesses, 1);
  assertEquals(rest?.numOtherThreads, 5);
  // 10 + 20 + 18 / 2 + 70 / 10 + 50.
  assertEquals(rest?.otherThreadsCpuPercentage, 96);
  assertEquals(rest?.otherThreadsUserCpuPercentage, 96);
  assertEquals(rest?.otherThreadsKernelCpuPercentage, 0);
  assertEquals(rest?.unreadable, null);
});

Deno.test("top() says why nothing is known of other threads, and has 0 without any", () => {
  const unreadable = {
    cpuPercentage: "first_sample",
    userCpuPercentage: "first_sample",
    kernelCpuPercentage: "first_sample",
  } as const;
  const view = top(1).create(THREADED);
  const apply = (...threads: readonly ThreadSample[]) =>
    view.apply(sampleOf({ processes: [heavy(1, 1, 1)], threads })).rest;
  const unknown = apply(
    thread(1, null, { unreadable }),
    thread(2, null, { unreadable }),
  );
  assertEquals(unknown?.otherThreadsCpuPercentage, null);
  assertEquals(unknown?.unreadable?.otherThreadsCpuPercentage, "first_sample");
  const none = apply(thread(1, 5));
  assertEquals(
    [none?.numOtherThreads, none?.otherThreadsCpuPercentage, none?.unreadable],
    [0, 0, null],
  );
});

Deno.test("top() knows nothing of threads where lines are of groups, or threads were not asked for", () => {
  const sample = sampleOf({
    processes: [heavy(1, 1, 1)],
    threads: [thread(1, 5)],
  });
  const grouped = startViews([groupBy("comm"), top(1)], THREADED).apply(sample);
  assertEquals(grouped.threads, undefined);
  assertEquals(
    [grouped.rest?.numOtherThreads, grouped.rest?.otherThreadsCpuPercentage],
    [null, null],
  );
  assertEquals(grouped.rest?.unreadable, null);
  const without = top(1).create(RUN).apply(sampleOf());
  assertEquals(without.rest?.numOtherThreads, undefined);
});
