import {
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertThrows,
} from "@std/assert";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import { parseTop, top } from "../../src/view/top.ts";
import { startViews } from "../../src/view/views.ts";
import { groupBy } from "../../src/view/group_by.ts";
import { processOf, RUN, sampleOf, treeOf } from "../support/samples.ts";
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
  return top(count).create(RUN).apply(sampleOf({ processes }));
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

Deno.test("top() does not know a sum of which a part is refused, and says why", () => {
  const { rest } = applyTop(1, [
    heavy(1, 50, 900),
    { ...heavy(2, 1, null), unreadable: { rssBytes: "denied" } },
    heavy(3, 1, 5),
  ]);
  assertEquals(rest?.rssBytes, null);
  assertEquals(rest?.unreadable, { rssBytes: "denied" });
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
