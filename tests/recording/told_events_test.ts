import { assertEquals } from "@std/assert";
import type { ProcessSample } from "../../src/model/process.ts";
import { LinesSummary } from "../../src/recording/lines_summary.ts";
import { ToldEvents } from "../../src/recording/told_events.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { RECORDINGS } from "../support/recordings.ts";
import {
  EPOCH_MS,
  processOf,
  RUN,
  sampleOf,
  treeOf,
} from "../support/samples.ts";

function sampleWith(i: number, ...processes: readonly ProcessSample[]) {
  return sampleOf({
    epochMs: EPOCH_MS + i * 1000,
    processes,
    tree: treeOf({ seq: i, numProcesses: processes.length }),
  });
}

Deno.test("ToldEvents tells no end of a process that could not be read in one sample", () => {
  const told = new ToldEvents(100);
  const [back, ended] = [43, 44].map((pid) => processOf({ pid, ppid: 42 }));
  if (back === undefined || ended === undefined) return;
  const eventsOf = (i: number, denied: number, ...processes: ProcessSample[]) =>
    told.apply({
      ...sampleWith(i, processOf(), ...processes),
      tree: treeOf({ seq: i, denied }),
    }).events.map(({ kind, pid }) => [kind, pid]);
  eventsOf(0, 1, back, ended);
  // One that is denied always hides no end.
  assertEquals(eventsOf(1, 1, back), [["exit", 44]]);
  assertEquals(eventsOf(2, 2), []);
  assertEquals(eventsOf(3, 1, back), []);
  assertEquals(eventsOf(4, 2), []);
  assertEquals(eventsOf(5, 3), [["exit", 43]]);
});

Deno.test("ToldEvents tells starts, ends, execs and new parents by the samples", () => {
  const told = new ToldEvents(100);
  const root = processOf({ rssBytes: 8192 });
  const child = processOf({
    pid: 43,
    ppid: 42,
    startTicks: 91000,
    rssBytes: 9,
  });
  const first = told.apply(sampleWith(0, root, child)).events;
  assertEquals(
    first.map(({ kind, pid }) => [kind, pid]),
    [["start", 42], ["start", 43]],
  );
  // 90000 ticks are 900 seconds after the boot, 12.5 seconds before the sample.
  const [start] = first;
  assertEquals(
    start?.kind === "start" ? start.startedAt : null,
    new Date(EPOCH_MS - 12_500).toISOString(),
  );
  const second = told.apply(
    sampleWith(
      1,
      { ...root, rssBytes: 4096 },
      { ...child, exe: "cc1", ppid: 1, rssBytes: 5 },
    ),
  ).events;
  assertEquals(second.map(({ kind, pid }) => [kind, pid]), [
    ["exec", 43],
    ["reparented", 43],
  ]);
  // The id of the child is taken by another process.
  const third = told.apply(
    sampleWith(2, root, { ...child, startTicks: 91200 }),
  ).events;
  assertEquals(third.map(({ kind, pid }) => [kind, pid]), [
    ["exit", 43],
    ["start", 43],
  ]);
  const [exit] = third;
  assertEquals(exit?.kind === "exit" ? exit.peakRssBytes : null, 9);
  // 91000 ticks are 2.5 seconds before the first sample, 4.5 before this one.
  assertEquals(exit?.kind === "exit" ? exit.lifetimeSeconds : null, 4.5);
});

for (const name of ["busy_tree", "collectors", "zombies", "orphan"]) {
  Deno.test(`LinesSummary sums up the samples of ${name} as its own do`, async () => {
    const { run, samples } = await recordedRun(`${RECORDINGS}${name}.ndjson`);
    const summary = new LinesSummary(run);
    for (const sample of samples) summary.add(sample);
    const trees = samples.map(({ tree }) => tree);
    const rss = trees.map(({ rssBytes }) => rssBytes ?? 0);
    assertEquals(summary.summary.samples, samples.length);
    assertEquals(summary.summary.peakRssBytes, Math.max(...rss));
    assertEquals(
      summary.summary.peakNumProcesses,
      Math.max(...trees.map(({ numProcesses }) => numProcesses)),
    );
    const pids = samples.flatMap(({ processes }) =>
      processes.map(({ pid, startTicks }) => `${pid} ${startTicks}`)
    );
    assertEquals(summary.heaviest.numProcesses, new Set(pids).size);
  });
}

Deno.test("LinesSummary counts what was used in the run alone", () => {
  const summary = new LinesSummary(RUN);
  const old = (seconds: number) =>
    processOf({
      userCpuSecondsTotal: seconds,
      kernelCpuSecondsTotal: 0,
      cpuPercentage: null,
      cpuWindowSeconds: null,
    });
  // Born in the run: a quarter of a second of its half second.
  const young = processOf({
    pid: 43,
    userCpuSecondsTotal: 0.25,
    kernelCpuSecondsTotal: 0,
    cpuPercentage: 50,
    cpuWindowSeconds: 0.5,
  });
  const tree = (seq: number, user: number) =>
    treeOf({
      seq,
      userCpuSecondsTotal: user,
      kernelCpuSecondsTotal: 0,
      intervalSeconds: seq === 0 ? null : 1,
      cpuPercentage: null,
      userCpuPercentage: null,
      kernelCpuPercentage: null,
    });
  summary.add({ ...sampleWith(0, old(100)), tree: tree(0, 100) });
  summary.add({ ...sampleWith(1, old(100.5), young), tree: tree(1, 100.75) });
  assertEquals(summary.summary.userCpuSeconds, 0.75);
  assertEquals(
    summary.heaviest.byCpu.map(({ pid, cpuSeconds }) => [pid, cpuSeconds]),
    [[42, 0.5], [43, 0.25]],
  );
});

Deno.test("ToldEvents does not say whether arguments were cut that no collector read", () => {
  const told = new ToldEvents(100);
  const cut = (...processes: readonly ProcessSample[]) =>
    told.apply(sampleWith(0, ...processes)).events.map((event) =>
      "cmdlineTruncated" in event ? event.cmdlineTruncated : undefined
    );
  const known = processOf({
    pid: 43,
    cmdline: ["make"],
    cmdlineTruncated: false,
  });
  assertEquals(cut(processOf(), known), [null, false]);
  assertEquals(cut(), [null, false]);
});
