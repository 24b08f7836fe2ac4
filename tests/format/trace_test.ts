import { assert, assertEquals } from "@std/assert";
import { format } from "../../src/format/trace.ts";
import type { StartEvent } from "../../src/model/events.ts";
import type { Sample } from "../../src/model/sample.ts";
import { groupBy } from "../../src/view/group_by.ts";
import { top } from "../../src/view/top.ts";
import {
  END,
  EPOCH_MS,
  exitOf,
  processOf,
  RUN,
  sampleAt,
  startOf,
  treeOf,
} from "../support/samples.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { recordingCases } from "../support/recordings.ts";

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly args: Readonly<Record<string, unknown>>;
}

const START = startOf({
  startedAt: new Date(EPOCH_MS - 5000).toISOString(),
});

const EXIT = exitOf({ lifetimeSeconds: 8 });

function startAt(pid: number, afterMs: number): StartEvent {
  return startOf({
    pid,
    comm: `p${pid}`,
    startedAt: new Date(EPOCH_MS + afterMs).toISOString(),
  });
}

function textOf(samples: readonly Sample[], run = RUN): string {
  const encoder = format.create();
  return [
    ...encoder.begin(run),
    ...samples.flatMap((sample) => [...encoder.lines(sample)]),
    ...encoder.end(END),
  ].join("");
}

function eventsOf(
  samples: readonly Sample[],
  run = RUN,
): readonly TraceEvent[] {
  return JSON.parse(textOf(samples, run));
}

function slicesOf(events: readonly TraceEvent[]) {
  return events.filter(({ ph }) => ph === "X");
}

Deno.test("TraceEncoder.lines() draws a process from its start to the sample that saw its end", () => {
  const events = eventsOf([
    sampleAt(250, { events: [startAt(7, 100)] }),
    sampleAt(500),
    sampleAt(750, { events: [{ ...EXIT, pid: 7 }] }),
  ]);
  assertEquals(slicesOf(events), [{
    ph: "X",
    name: "p7",
    pid: 1,
    tid: 1,
    ts: 100_000,
    dur: 650_000,
    args: {
      pid: 7,
      ppid: 1,
      exe: "make",
      cmdline: ["make", "-j8"],
      uid: 1000,
      started_at: "2026-01-02T03:04:05.778Z",
      user_cpu_seconds: 3,
      kernel_cpu_seconds: 2,
      peak_rss_bytes: 8192,
      still_runs: false,
    },
  }]);
});

Deno.test("TraceEncoder.lines() starts a process that was there before with the run", () => {
  const events = eventsOf([sampleAt(250, { events: [START] }), sampleAt(500)]);
  const [slice, ...others] = slicesOf(events);
  assertEquals(others, []);
  assertEquals([slice?.ts, slice?.dur], [0, 500_000]);
  assertEquals(slice?.args.started_at, "2026-01-02T03:04:00.678Z");
});

Deno.test("TraceEncoder.end() draws what still runs to the last sample, as last seen", () => {
  const [slice] = slicesOf(eventsOf([
    sampleAt(0, { events: [START], processes: [processOf({ rssBytes: 9 })] }),
    sampleAt(250, {
      processes: [processOf({ rssBytes: 5, userCpuSecondsTotal: 4 })],
    }),
  ]));
  assertEquals(slice?.dur, 250_000);
  assertEquals(slice?.args.peak_rss_bytes, 9);
  assertEquals(slice?.args.user_cpu_seconds, 4);
  assertEquals(slice?.args.still_runs, true);
});

Deno.test("TraceEncoder.lines() draws the programs of a process within it", () => {
  const exec = (comm: string) => ({
    kind: "exec" as const,
    pid: 42,
    startTicks: 90000,
    exe: comm,
    previousExe: "make",
    comm,
  });
  const slices = slicesOf(eventsOf([
    sampleAt(0, { events: [START] }),
    sampleAt(100, { events: [exec("sh")] }),
    sampleAt(300, { events: [exec("cc1")] }),
    sampleAt(600, { events: [{ ...EXIT, cmdline: ["cc1", "a.c"] }] }),
  ]));
  assertEquals(slices.map(({ name, tid, ts, dur }) => [name, tid, ts, dur]), [
    ["make", 1, 0, 600_000],
    ["sh", 1, 100_000, 200_000],
    ["cc1", 1, 300_000, 300_000],
  ]);
  assertEquals(slices[2]?.args.cmdline, ["cc1", "a.c"]);
});

Deno.test("TraceEncoder.lines() gives a lane to one process at a time", () => {
  const slices = slicesOf(eventsOf([
    sampleAt(100, { events: [startAt(1, 0), startAt(2, 50)] }),
    sampleAt(200, { events: [{ ...EXIT, pid: 1 }, startAt(3, 150)] }),
    sampleAt(300, { events: [startAt(4, 250)] }),
  ]));
  const lanes = Object.fromEntries(slices.map(({ name, tid }) => [name, tid]));
  // 3 started before 1 was seen to have ended; 4 after it.
  assertEquals(lanes, { p1: 1, p2: 2, p3: 3, p4: 1 });
});

Deno.test("TraceEncoder.lines() draws CPU over its interval, and memory at the sample", () => {
  const events = eventsOf([
    sampleAt(0, {
      tree: treeOf({
        cpuPercentage: null,
        userCpuPercentage: null,
        kernelCpuPercentage: null,
        rssBytes: null,
      }),
    }),
    sampleAt(250, { tree: treeOf({ numProcesses: 5, numThreads: 9 }) }),
  ]);
  const counters = events.filter(({ ph }) => ph === "C");
  assertEquals(counters.map(({ name, ts, args }) => [name, ts, args]), [
    ["processes", 0, { processes: 1 }],
    ["threads", 0, { threads: 1 }],
    ["CPU, % of one core", 0, { user: 30, kernel: 20 }],
    ["resident memory, bytes", 250_000, { rss: 4096 }],
    ["processes", 250_000, { processes: 5 }],
    ["threads", 250_000, { threads: 9 }],
    ["CPU, % of one core", 250_000, { user: 0, kernel: 0 }],
  ]);
});

Deno.test("TraceEncoder.lines() marks what was missed", () => {
  const events = eventsOf([
    sampleAt(250, { tree: treeOf({ missedSamples: 2, consistent: false }) }),
  ]);
  const marks = events.filter(({ ph }) => ph === "i");
  assertEquals(marks.map(({ name, ts }) => [name, ts]), [
    ["2 samples missed", 250_000],
    ["sample is not consistent", 250_000],
    ["end: with exit code 0", 250_000],
  ]);
});

Deno.test("TraceEncoder names the tree, the host, the time and the labels", () => {
  const encoder = format.create({ labels: { job: "nightly" } });
  const run = { ...RUN, command: ["make", "a b"] };
  const [, ...lines] = [...encoder.begin(run), ...encoder.end(END)];
  const [name, labels] = JSON.parse(`[${lines.join("")}`);
  assertEquals(name.args, { name: 'make "a b"' });
  assertEquals(labels.args, {
    labels: "example, 2026-01-02T03:04:05.678Z, job=nightly",
    run_id: RUN.runId,
    version: RUN.version,
  });
});

Deno.test("TraceEncoder has a counter for each group, and 0 where it ends", () => {
  const view = groupBy("comm").create(RUN);
  const events = eventsOf([
    view.apply(sampleAt(0, { processes: [processOf({ comm: "cc1" })] })),
    view.apply(sampleAt(250, { processes: [processOf({ pid: 7 })] })),
  ]);
  const memory = events.filter(({ name }) => name.startsWith("memory of"));
  assertEquals(memory.map(({ name, ts, args }) => [name, ts, args.rss]), [
    ["memory of cc1", 0, 4096],
    ["memory of cc1", 250_000, 0],
    ["memory of make", 250_000, 4096],
  ]);
});

Deno.test("TraceEncoder has no counter that stays as it was where --top leaves a group out", () => {
  const views = [groupBy("comm").create(RUN), top(1).create(RUN)];
  const at = (afterMs: number, heavy: string) =>
    views.reduce(
      (sample, view) => view.apply(sample),
      sampleAt(afterMs, {
        processes: ["cc1", "ld"].map((comm, i) =>
          processOf({
            pid: i + 1,
            comm,
            rssBytes: comm === heavy ? 8192 : 4096,
            userCpuPercentage: comm === heavy ? 30 : 10,
            cpuPercentage: comm === heavy ? 50 : 30,
          })
        ),
      }),
    );
  const events = eventsOf([at(0, "cc1"), at(1000, "ld")]);
  const of = (start: string) =>
    events.filter(({ name }) => name.startsWith(start))
      .map(({ name, ts, args }) => [name, ts, args.rss ?? args.user]);
  assertEquals(of("memory of"), [
    ["memory of cc1", 0, 8192],
    ["memory of all that --top leaves out", 0, 4096],
    ["memory of ld", 1_000_000, 8192],
    ["memory of all that --top leaves out", 1_000_000, 4096],
    ["memory of cc1", 1_000_000, 0],
  ]);
  assertEquals(of("CPU of").slice(0, 5), [
    ["CPU of cc1", 0, 30],
    ["CPU of all that --top leaves out", 0, 10],
    ["CPU of ld", 0, 30],
    ["CPU of all that --top leaves out", 0, 10],
    ["CPU of cc1", 0, 0],
  ]);
});

Deno.test("TraceEncoder marks where a counter does not hold, as its value is not known", () => {
  const unknown = treeOf({
    userCpuPercentage: null,
    kernelCpuPercentage: null,
    rssBytes: null,
  });
  const events = eventsOf([
    sampleAt(0, { tree: unknown }),
    sampleAt(250),
    sampleAt(500, { tree: unknown }),
  ]);
  assertEquals(
    events.filter(({ ph }) => ph === "i").map(({ name, ts }) => [name, ts]),
    [
      ["not known: CPU, % of one core", 250_000],
      ["not known: resident memory, bytes", 500_000],
      ["end: with exit code 0", 500_000],
    ],
  );
});

Deno.test("TraceEncoder does not take figures of an earlier sample for the last ones", () => {
  const [slice] = slicesOf(eventsOf([
    sampleAt(0, { events: [START] }),
    sampleAt(250, { processes: [] }),
  ]));
  assertEquals(
    [slice?.args.user_cpu_seconds, slice?.args.peak_rss_bytes],
    [null, 4096],
  );
});

Deno.test("TraceEncoder keeps names that are no plain text", () => {
  const comm = '"\\\n\u001b[2J,]}\ud800é';
  const [slice] = slicesOf(eventsOf([
    sampleAt(0, { events: [{ ...START, comm, cmdline: [comm] }] }),
  ]));
  assertEquals(slice?.name, comm);
  assertEquals(slice?.args.cmdline, [comm]);
});

Deno.test("TraceEncoder goes on in time by the interval if the wall clock is set back", () => {
  const events = eventsOf([
    sampleAt(500, { events: [START] }),
    sampleAt(-5000, { events: [EXIT] }),
  ]);
  assertEquals(slicesOf(events).map(({ ts, dur }) => [ts, dur]), [[
    0,
    1_500_000,
  ]]);
});

Deno.test("TraceEncoder.close() ends the array of a run without an end", () => {
  const encoder = format.create();
  const text = [
    ...encoder.begin(RUN),
    ...encoder.lines(sampleAt(250, { events: [START] })),
    ...encoder.close?.() ?? [],
  ].join("");
  const events: readonly TraceEvent[] = JSON.parse(text);
  assertEquals(slicesOf(events).map(({ dur }) => dur), [250_000]);
  assertEquals(events.at(-1)?.name, "end: not known");
});

Deno.test("TraceEncoder makes an array of an empty run, and of a cut one", () => {
  const encoder = format.create();
  const opening = [...encoder.begin(RUN)].join("");
  assertEquals(JSON.parse(opening + [...encoder.end(END)].join("")).length, 4);
  const cut = opening + [...encoder.lines(sampleAt(0))].join("");
  assert(cut.endsWith("},\n"));
  assertEquals(JSON.parse(`${cut.slice(0, -2)}]`).length, 7);
});

for (const { name, path } of recordingCases()) {
  Deno.test(`TraceEncoder nests all slices of ${name} in lanes`, async () => {
    const { run, samples } = await recordedRun(path);
    // Made of what each sample shows, as most recordings have no events.
    const shown = withEvents(samples);
    const slices = slicesOf(eventsOf(shown, run));
    const lanes = Map.groupBy(slices, ({ tid }) => tid);
    for (const lane of lanes.values()) {
      let end = 0;
      for (const { ts, dur = 0 } of lane.toSorted((a, b) => a.ts - b.ts)) {
        assert(ts >= end, `a slice at ${ts} µs overlaps one to ${end} µs`);
        end = ts + dur;
      }
    }
    const starts = shown.flatMap(({ events }) => events)
      .filter(({ kind }) => kind === "start");
    assertEquals(slices.length, starts.length);
    assert(lanes.size <= starts.length);
  });
}

/** The samples with an event for each process that comes or goes. */
function withEvents(samples: readonly Sample[]): readonly Sample[] {
  let before = new Map<string, Sample["processes"][number]>();
  return samples.map((sample) => {
    const now = new Map(
      sample.processes.map((one) => [`${one.pid} ${one.startTicks}`, one]),
    );
    const exits = [...before].filter(([key]) => !now.has(key))
      .map(([, { pid, startTicks }]) => ({ ...EXIT, pid, startTicks }));
    const starts = [...now].filter(([key]) => !before.has(key))
      .map(([, { pid, comm, startTicks, uptimeSeconds }]) => ({
        ...START,
        pid,
        comm,
        startTicks,
        startedAt: uptimeSeconds === null
          ? null
          : new Date(sample.epochMs - 1000 * uptimeSeconds).toISOString(),
      }));
    before = now;
    return { ...sample, events: [...exits, ...starts] };
  });
}

Deno.test("TraceEncoder.lines() gives percentages the decimals that they have on lines", () => {
  const tree = treeOf({
    userCpuPercentage: 100 / 3,
    kernelCpuPercentage: 200 / 3,
  });
  const cpu = eventsOf([sampleAt(250, { tree })])
    .find(({ name }) => name === "CPU, % of one core");
  assertEquals(cpu?.args, { user: 33.333, kernel: 66.667 });
});
