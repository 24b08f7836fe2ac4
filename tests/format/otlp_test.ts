import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { COLLECTORS } from "../../src/collect/collectors.ts";
import type { Encoder } from "../../src/format/format.ts";
import { format } from "../../src/format/otlp.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import type { Run } from "../../src/model/run.ts";
import { groupBy } from "../../src/view/group_by.ts";
import { top } from "../../src/view/top.ts";
import {
  faultsOfSeries,
  MAX_LINE_BYTES,
  type Point,
  readMetrics,
  seriesOf,
} from "../support/otlp.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { recordingCases } from "../support/recordings.ts";
import {
  beginRun,
  encodeSample,
  END,
  EPOCH_MS,
  processOf,
  RUN,
  sampleOf,
  threadOf,
  treeOf,
} from "../support/samples.ts";

/** 12.5 seconds before the sample. */
const STARTED = "1767323033178000000";
const SAMPLED = "1767323045678000000";

function encoderOf(
  labels: Readonly<Record<string, string>> = {},
  collectors: readonly string[] = [],
): Encoder {
  return beginRun(format, { labels, collectors });
}

/** The points of samples, one after the other. */
function pointsOf(
  samples: readonly Partial<Sample>[],
  encoder = encoderOf({}, COLLECTORS),
): Point[] {
  return readMetrics(
    samples.map((changes) => encodeSample(encoder, sampleOf(changes))).join(""),
  );
}

/** The points of one process in one sample. */
function pointsOfProcess(
  changes: Partial<ProcessSample>,
  collectors: readonly string[] = COLLECTORS,
): Point[] {
  return pointsOf(
    [{ processes: [processOf(changes)] }],
    encoderOf({}, collectors),
  ).filter(({ name }) => !name.startsWith("procline.tree"));
}

/** A point in a few words: `process.cpu.time{cpu.mode=user} 3`. */
function show({ name, attributes, value }: Point): string {
  const told = Object.entries(attributes).map(([key, one]) => `${key}=${one}`);
  const braces = told.length === 0 ? "" : `{${told.join(",")}}`;
  return `${name}${braces} ${value}`;
}

function ofPid(points: readonly Point[], pid: number): Point[] {
  return points.filter(({ resource }) =>
    resource["process.pid"] === BigInt(pid)
  );
}

function ofTree(points: readonly Point[]): Point[] {
  return points.filter(({ name }) => name.startsWith("procline.tree."));
}

const SCHEMA = '"schemaUrl":"https://opentelemetry.io/schemas/1.44.0"';
const SCOPE = '"scope":{"name":"procline","version":"0.1.0"}';

function text(key: string, value: string): string {
  return `{"key":"${key}","value":{"stringValue":"${value}"}}`;
}

function int(key: string, value: number): string {
  return `{"key":"${key}","value":{"intValue":"${value}"}}`;
}

const ORIGIN = [
  text("service.name", "procline"),
  text("service.instance.id", RUN.runId),
  text("host.name", "example"),
  text("procline.boot_id", "01234567-89ab-4cde-8f01-23456789abcd"),
  text("procline.run.id", RUN.runId),
].join(",");

const MAKE = [
  int("process.pid", 42),
  text("process.creation.time", "2026-01-02T03:03:53.178Z"),
  int("process.parent_pid", 1),
  text("process.executable.name", "make"),
  text("procline.comm", "make"),
  int("procline.start_ticks", 90000),
  ORIGIN,
].join(",");

Deno.test("OtlpEncoder has no line for the run, and none for its end without a sample", () => {
  const encoder = format.create();
  assertEquals([...encoder.begin(RUN), ...encoder.end(END)], []);
});

Deno.test("OtlpEncoder.lines() needs begin()", () => {
  assertThrows(
    () => [...format.create().lines(sampleOf())],
    Error,
    "begin() was not called",
  );
});

Deno.test("OtlpEncoder.lines() writes a resource for the process and one for the run", () => {
  const mode = (value: string) =>
    `"attributes":[{"key":"cpu.mode","value":{"stringValue":"${value}"}}],`;
  const since = (start: string) => `"startTimeUnixNano":"${start}",${at}`;
  const at = `"timeUnixNano":"${SAMPLED}",`;
  const sum = (name: string, unit: string, grows: boolean, points: string) =>
    `{"name":"${name}","unit":"${unit}","sum":{"aggregationTemporality":2,` +
    `"isMonotonic":${grows},"dataPoints":[${points}]}}`;
  const gauge = (name: string, unit: string, points: string) =>
    `{"name":"${name}",${
      unit === "" ? "" : `"unit":"${unit}",`
    }"gauge":{"dataPoints":[${points}]}}`;
  const one = (name: string, unit: string, value: string) =>
    gauge(`procline.tree.${name}`, unit, `{${at}${value}}`);
  const process = [
    gauge("process.uptime", "s", `{${at}"asDouble":12.5}`),
    sum(
      "process.thread.count",
      "{thread}",
      false,
      `{${since(STARTED)}"asInt":"1"}`,
    ),
    sum(
      "process.memory.usage",
      "By",
      false,
      `{${since(STARTED)}"asInt":"4096"}`,
    ),
    sum(
      "process.memory.virtual",
      "By",
      false,
      `{${since(STARTED)}"asInt":"8192"}`,
    ),
    gauge(
      "process.cpu.utilization",
      "1",
      `{${mode("user")}${at}"asDouble":0.075},{${
        mode("system")
      }${at}"asDouble":0.05}`,
    ),
    sum(
      "process.cpu.time",
      "s",
      true,
      `{${mode("user")}${since(STARTED)}"asDouble":3},` +
        `{${mode("system")}${since(STARTED)}"asDouble":2}`,
    ),
  ].join(",");
  const tree = [
    one("seq", "{count}", '"asInt":"3"'),
    sum(
      "procline.tree.process.count",
      "{process}",
      false,
      `{${since(SAMPLED)}"asInt":"1"}`,
    ),
    sum(
      "procline.tree.thread.count",
      "{thread}",
      false,
      `{${since(SAMPLED)}"asInt":"1"}`,
    ),
    sum(
      "procline.tree.memory.usage",
      "By",
      false,
      `{${since(SAMPLED)}"asInt":"4096"}`,
    ),
    one("may_share_memory", "", '"asInt":"0"'),
    sum(
      "procline.tree.memory.virtual",
      "By",
      false,
      `{${since(SAMPLED)}"asInt":"8192"}`,
    ),
    one("cpu_percentage", "%", '"asDouble":50'),
    one("user_cpu_percentage", "%", '"asDouble":30'),
    one("kernel_cpu_percentage", "%", '"asDouble":20'),
    one("unseen_cpu_percentage", "%", '"asDouble":0'),
    one("cpu_limit_percentage", "%", '"asDouble":12.5'),
    sum(
      "procline.tree.cpu.time",
      "s",
      true,
      `{${mode("user")}${since(SAMPLED)}"asDouble":4},` +
        `{${mode("system")}${since(SAMPLED)}"asDouble":2}`,
    ),
    one("num_cores", "{cpu}", '"asDouble":4'),
    one("interval_seconds", "s", '"asDouble":1'),
    one("sample_seconds", "s", '"asDouble":0.001'),
    one("missed_samples", "{count}", '"asInt":"0"'),
    one("gone", "{count}", '"asInt":"0"'),
    one("denied", "{count}", '"asInt":"0"'),
    one("malformed", "{count}", '"asInt":"0"'),
    one("consistent", "", '"asInt":"1"'),
    one("sampler_cpu_percentage", "%", '"asDouble":0.5'),
    one("sampler_rss_bytes", "By", '"asInt":"65536"'),
  ].join(",");
  const resource = (attributes: string, metrics: string) =>
    `{"resource":{"attributes":[${attributes}]},"scopeMetrics":[{${SCOPE},` +
    `"metrics":[${metrics}],${SCHEMA}}],${SCHEMA}}`;
  assertEquals(
    encodeSample(encoderOf(), sampleOf()),
    `{"resourceMetrics":[${resource(MAKE, process)},${
      resource(`${int("procline.root.pid", 42)},${ORIGIN}`, tree)
    }]}\n`,
  );
});

Deno.test("OtlpEncoder.lines() uses the conventions' names for what collectors read", () => {
  const points = pointsOfProcess({
    minorFaultsTotal: 7,
    majorFaultsTotal: 8,
    voluntaryCtxtSwitches: 9,
    nonvoluntaryCtxtSwitches: 10,
    ioReadBytesTotal: 11,
    ioWrittenBytesTotal: 12,
    numFds: 13,
  }, ["stat", "status", "io", "fd"]);
  const shown = points.map((point) =>
    `${point.kind} ${point.unit} ${show(point)}`
  );
  assertEquals(shown.slice(8), [
    "counter {fault} process.paging.faults{system.paging.fault.type=minor} 7",
    "counter {fault} process.paging.faults{system.paging.fault.type=major} 8",
    "counter {context_switch} process.context_switches" +
    "{process.context_switch.type=voluntary} 9",
    "counter {context_switch} process.context_switches" +
    "{process.context_switch.type=involuntary} 10",
    "updown {file_descriptor} process.unix.file_descriptor.count 13",
    "counter By process.disk.io{disk.io.direction=read} 11",
    "counter By process.disk.io{disk.io.direction=write} 12",
  ]);
});

Deno.test("OtlpEncoder.lines() puts what the conventions lack under procline", () => {
  const points = pointsOfProcess({
    nice: -5,
    pssBytes: 4000,
    ussBytes: 3000,
    numaBytes: { "0": 1000, "7": 500 },
    numSockets: 3,
    sockets: { tcp6: 2, other: 1 },
    tcpStates: { established: 2, syn_recv: 0, fin_wait1: 0, close: 0 },
    blockIoDelaySecondsTotal: 0.25,
    ioReadCallsTotal: 3,
  }).filter(({ name }) => name.startsWith("procline"));
  assertEquals(
    points.map((point) => `${point.kind} ${point.unit} ${show(point)}`),
    [
      "gauge  procline.process.nice -5",
      "counter s procline.process.block_io_delay_seconds 0.25",
      "gauge By procline.process.uss_bytes 3000",
      "updown By procline.process.memory.pss 4000",
      "gauge {count} procline.process.num_sockets 3",
      "counter {count} procline.process.io_read_calls 3",
      "updown By procline.process.memory.numa{procline.numa.node=0} 1000",
      "updown By procline.process.memory.numa{procline.numa.node=7} 500",
      "updown {socket} procline.process.socket.count{procline.socket.protocol=tcp6} 2",
      "updown {socket} procline.process.socket.count{procline.socket.protocol=other} 1",
      "updown {connection} procline.process.network.connection.count{network.connection.state=established} 2",
      "updown {connection} procline.process.network.connection.count{network.connection.state=syn_received} 0",
      "updown {connection} procline.process.network.connection.count{network.connection.state=fin_wait_1} 0",
      "updown {connection} procline.process.network.connection.count{network.connection.state=closed} 0",
    ],
  );
});

Deno.test("OtlpEncoder.lines() prints what was asked for", () => {
  const all = {
    numFds: 13,
    ioReadBytesTotal: 11,
    minorFaultsTotal: 7,
    voluntaryCtxtSwitches: 9,
  };
  const namesWith = (collectors: readonly string[]) =>
    pointsOfProcess(all, collectors).map(({ name }) => name).slice(8);
  assertEquals(namesWith([]), []);
  assertEquals(namesWith(["io"]), ["process.disk.io"]);
  assertEquals(namesWith(["stat"]), ["process.paging.faults"]);
  assertEquals(namesWith(["status"]), ["process.context_switches"]);
  assertEquals(namesWith(["fd"]), ["process.unix.file_descriptor.count"]);
});

Deno.test("OtlpEncoder.lines() has no point for a value that is not known", () => {
  const points = pointsOfProcess({
    rssBytes: null,
    vsizeBytes: null,
    cpuPercentage: null,
    userCpuPercentage: null,
    kernelCpuPercentage: null,
    numFds: null,
  });
  assertEquals(points.map(show), [
    "process.uptime 12.5",
    "process.thread.count 1",
    "process.cpu.time{cpu.mode=user} 3",
    "process.cpu.time{cpu.mode=system} 2",
  ]);
});

Deno.test("OtlpEncoder.lines() has no share of cores that are not known", () => {
  const points = pointsOf([{ tree: treeOf({ numCores: null }) }]);
  assertEquals(
    points.filter(({ name }) => name === "process.cpu.utilization"),
    [],
  );
});

Deno.test("OtlpEncoder.lines() writes a whole number above 2^63 - 1 as a double", () => {
  const memoryOf = (vsizeBytes: bigint) =>
    pointsOfProcess({ vsizeBytes })
      .filter(({ name }) => name === "process.memory.virtual")[0]?.value;
  assertEquals(memoryOf(2n ** 63n - 1n), 9223372036854775807n);
  assertEquals(memoryOf(2n ** 63n), 9223372036854775808);
  assertEquals(memoryOf(2n ** 64n - 1n), 18446744073709551615);
});

Deno.test("OtlpEncoder.lines() describes a process by what was collected", () => {
  const [point] = pointsOfProcess({
    cmdline: ["make", "-j8"],
    cwd: "/srv/a b",
    env: { LANG: "C", NONE: null, "a\nb": "\u001b" },
    uid: 1000,
    pgrp: 40,
    session: 39,
    cgroup: "/system.slice/docker-1.scope",
    unit: "docker-1.scope",
    containerId: "ab".repeat(32),
    podUid: null,
  });
  const resource = point?.resource ?? {};
  assertEquals(resource["process.command"], "make");
  assertEquals(resource["process.command_args"], ["make", "-j8"]);
  assertEquals(resource["process.working_directory"], "/srv/a b");
  assertEquals(resource["process.environment_variable.LANG"], "C");
  assertEquals(resource["process.environment_variable.a\nb"], "\u001b");
  assertEquals(
    Object.hasOwn(resource, "process.environment_variable.NONE"),
    false,
  );
  assertEquals(resource["process.real_user.id"], 1000n);
  assertEquals(resource["process.group_leader.pid"], 40n);
  assertEquals(resource["process.session_leader.pid"], 39n);
  assertEquals(
    resource["process.linux.cgroup"],
    "/system.slice/docker-1.scope",
  );
  assertEquals(resource["container.id"], "ab".repeat(32));
  assertEquals(resource["procline.unit"], "docker-1.scope");
  assertEquals(resource["k8s.pod.uid"], undefined);
});

Deno.test("OtlpEncoder.lines() lets a label take the place of an attribute", () => {
  const points = pointsOf(
    [{ processes: [processOf({ containerId: "a" })] }],
    encoderOf({ "service.name": "build", "container.id": "b", job: 'a"\n' }, [
      "cgroup",
    ]),
  );
  for (const { resource } of points) {
    assertEquals(resource["service.name"], "build");
    assertEquals(resource["container.id"], "b");
    assertEquals(resource["job"], 'a"\n');
  }
});

Deno.test("OtlpEncoder reserves what says which process it is", () => {
  assert(format.reserved.has("process.pid"));
  assert(format.reserved.has("procline.run.id"));
  assert(!format.reserved.has("service.name"));
});

Deno.test("OtlpEncoder.lines() gives a reused pid another resource, and marks the end of the first", () => {
  const points = ofPid(
    pointsOf([{}, {
      epochMs: EPOCH_MS + 1000,
      processes: [processOf({
        startTicks: 91300,
        uptimeSeconds: 0.5,
        userCpuSecondsTotal: 0.25,
      })],
    }]),
    42,
  );
  const created = new Set(
    points.map(({ resource }) => resource["process.creation.time"]),
  );
  assertEquals([...created], [
    "2026-01-02T03:03:53.178Z",
    "2026-01-02T03:04:06.178Z",
  ]);
  const second = points.filter(({ time }) =>
    time === BigInt(EPOCH_MS + 1000) * 1_000_000n
  ).filter(({ name }) => name === "process.cpu.time");
  assertEquals(second.map(({ start, value }) => [start, value]), [
    [BigInt(STARTED), null],
    [BigInt(STARTED), null],
    [1767323046178000000n, 0.25],
    [1767323046178000000n, 2],
  ]);
  assertEquals(faultsOfSeries(points), []);
});

Deno.test("OtlpEncoder.lines() keeps the start of a process that runs another program", () => {
  const points = ofPid(
    pointsOf([{}, {
      epochMs: EPOCH_MS + 1000,
      processes: [processOf({ exe: "cc", comm: "cc1", uptimeSeconds: 13.6 })],
    }]),
    42,
  ).filter(({ name }) => name === "process.memory.usage");
  assertEquals(
    points.map(({ resource, start }) => [
      resource["process.executable.name"],
      resource["procline.comm"],
      resource["process.creation.time"],
      start,
    ]),
    [
      ["make", "make", "2026-01-02T03:03:53.178Z", BigInt(STARTED)],
      ["cc", "cc1", "2026-01-02T03:03:53.178Z", BigInt(STARTED)],
    ],
  );
});

Deno.test("OtlpEncoder.lines() marks the end of each series of a process once", () => {
  const encoder = encoderOf({}, COLLECTORS);
  const both = [processOf({ numFds: 3 }), processOf({ pid: 43, ppid: 42 })];
  const [first, ...later] = both;
  const points = pointsOf([
    { processes: both },
    // Memory that is not known any more has an end all the same.
    {
      epochMs: EPOCH_MS + 1000,
      processes: [processOf({ numFds: 3, rssBytes: null }), ...later],
    },
    { epochMs: EPOCH_MS + 2000, processes: later },
    { epochMs: EPOCH_MS + 3000, processes: later },
  ], encoder);
  assertEquals(first?.pid, 42);
  const ends = ofPid(points, 42).filter(({ value }) => value === null);
  assertEquals(ends.map(show), [
    "process.uptime null",
    "process.thread.count null",
    "process.memory.usage null",
    "process.memory.virtual null",
    "process.cpu.utilization{cpu.mode=user} null",
    "process.cpu.utilization{cpu.mode=system} null",
    "process.cpu.time{cpu.mode=user} null",
    "process.cpu.time{cpu.mode=system} null",
    "process.unix.file_descriptor.count null",
  ]);
  assertEquals(
    new Set(ends.map(({ time }) => time)),
    new Set([BigInt(EPOCH_MS + 2000) * 1_000_000n]),
  );
  assertEquals(faultsOfSeries(points), []);
});

Deno.test("OtlpEncoder.end() marks the end of all that is left", () => {
  const encoder = encoderOf();
  const points = pointsOf([{}], encoder);
  const ends = readMetrics(
    [...encoder.end({ ...END, epochMs: EPOCH_MS })].join(""),
  );
  assertEquals(ends.map(seriesOf), points.map(seriesOf));
  for (const { value, time } of ends) {
    assertEquals([value, time], [null, BigInt(EPOCH_MS + 1) * 1_000_000n]);
  }
  assertEquals(faultsOfSeries([...points, ...ends]), []);
});

Deno.test("OtlpEncoder.lines() lets the time rise if the wall clock steps back", () => {
  const times = [0, 1000, -5000, 1001, 1001, 9000];
  const points = pointsOf(times.map((ms) => ({ epochMs: EPOCH_MS + ms })));
  assertEquals(
    [...new Set(points.map(({ time }) => time))].map((time) =>
      Number(time / 1_000_000n) - EPOCH_MS
    ),
    [0, 1000, 1001, 1002, 1003, 9000],
  );
  assertEquals(faultsOfSeries(points), []);
});

Deno.test("OtlpEncoder.lines() has no sum that starts later than it is, whatever the wall clock does", () => {
  // It was put back by five seconds before the second sample: the process has started in between.
  const points = pointsOf([{}, {
    epochMs: EPOCH_MS + 1000,
    processes: [processOf({ pid: 43, startTicks: 91850, uptimeSeconds: 0.1 })],
  }]);
  assertEquals(faultsOfSeries(points), []);
  const [point] = ofPid(points, 43).filter(({ kind }) => kind === "counter");
  assertEquals(
    point?.resource["process.creation.time"],
    "2026-01-02T03:04:11.678Z",
  );
  assertEquals(point?.start, BigInt(EPOCH_MS + 1000) * 1_000_000n);
});

Deno.test("OtlpEncoder.lines() knows no start of a process of another clock", () => {
  const points = pointsOfProcess({
    uptimeSeconds: null,
    startTicks: 18446744073709551615n,
  });
  for (const { resource, start, kind } of points) {
    assertEquals(resource["process.creation.time"], undefined);
    assertEquals(resource["procline.start_ticks"], "18446744073709551615");
    assertEquals(start, kind === "gauge" ? null : BigInt(SAMPLED));
  }
});

Deno.test("OtlpEncoder.lines() lets context switches go on where a thread's are gone", () => {
  const counted = [100, 130, 70, 90, 200].map((voluntaryCtxtSwitches, i) => ({
    epochMs: EPOCH_MS + i * 1000,
    processes: [processOf({ voluntaryCtxtSwitches })],
  }));
  const points = pointsOf(counted)
    .filter(({ name }) => name === "process.context_switches");
  // 60 fewer than before, so 60 more on all that follow.
  assertEquals(points.map(({ value }) => value), [
    100n,
    130n,
    130n,
    150n,
    260n,
  ]);
  // What was counted before the first sample may have fallen before.
  assertEquals(
    new Set(points.map(({ start }) => start)),
    new Set([BigInt(SAMPLED)]),
  );
});

Deno.test("OtlpEncoder.lines() counts the switches of a process that is new from its start", () => {
  const points = pointsOf([{ processes: [], tree: treeOf() }, {
    epochMs: EPOCH_MS + 1000,
    processes: [
      processOf({ pid: 1, startTicks: 90000, uptimeSeconds: 13.5 }),
      processOf({
        startTicks: 91300,
        uptimeSeconds: 0.5,
        voluntaryCtxtSwitches: 5,
      }),
    ],
  }]).filter(({ name }) => name === "process.context_switches");
  assertEquals(points.map(({ start }) => start), [1767323046178000000n]);
});

Deno.test("OtlpEncoder.lines() counts a command's tree from the start of the run", () => {
  const startOf = (run: Run) => {
    const encoder = format.create();
    Array.from(encoder.begin(run));
    const times = [100, 1100].map((ms) =>
      encodeSample(encoder, sampleOf({ epochMs: EPOCH_MS + ms }))
    );
    const points = ofTree(readMetrics(times.join("")));
    return new Set(points.map(({ start }) => start).filter(Boolean));
  };
  assertEquals(
    startOf({ ...RUN, command: ["make"] }),
    new Set([BigInt(SAMPLED)]),
  );
  assertEquals(startOf(RUN), new Set([BigInt(SAMPLED) + 100_000_000n]));
});

Deno.test("OtlpEncoder.lines() prints groups in place of processes, and the rest", () => {
  const view = groupBy("comm").create({ ...RUN, collectors: [] });
  const heaviest = top(1).create(RUN);
  const processes = [
    processOf(),
    processOf({
      pid: 43,
      comm: "cc",
      exe: "cc",
      rssBytes: 1,
      cpuPercentage: 0,
    }),
    processOf({
      pid: 44,
      comm: "cc",
      exe: "cc",
      rssBytes: 2,
      cpuPercentage: 0,
    }),
  ];
  const points = pointsOf([
    heaviest.apply(view.apply(sampleOf({ processes }))),
  ], encoderOf()).filter((point) => !ofTree([point]).length);
  const of = "{procline.group.by=comm,procline.group.name=make";
  assertEquals(
    points.filter(({ kind }) => kind !== "gauge").map(show),
    [
      `procline.group.process.count${of}} 1`,
      `procline.group.thread.count${of}} 1`,
      `procline.group.memory.usage${of}} 4096`,
      `procline.group.memory.virtual${of}} 8192`,
      `procline.group.cpu.time${of},cpu.mode=user} 3`,
      `procline.group.cpu.time${of},cpu.mode=system} 2`,
      "procline.rest.process.count 2",
      "procline.rest.thread.count 2",
      "procline.rest.memory.usage 3",
      "procline.rest.memory.virtual 16384",
    ],
  );
  assert(points.map(show).includes(`procline.group.states.S${of}} 1`));
});

Deno.test("OtlpEncoder.lines() counts a new group from the sample before", () => {
  const view = groupBy("comm").create({ ...RUN, collectors: [] });
  const samples = [
    sampleOf(),
    sampleOf({
      epochMs: EPOCH_MS + 1000,
      processes: [processOf(), processOf({ pid: 43, comm: "cc" })],
    }),
    sampleOf({ epochMs: EPOCH_MS + 2000, processes: [processOf()] }),
  ];
  const points = pointsOf(samples.map((one) => view.apply(one)));
  const counted = points.filter(({ name, attributes }) =>
    name === "procline.group.cpu.time" &&
    attributes["procline.group.name"] === "cc" &&
    attributes["cpu.mode"] === "user"
  );
  // A group goes on when no process is left in it.
  assertEquals(counted.map(({ start, value }) => [start, value]), [
    [BigInt(SAMPLED), 3],
    [BigInt(SAMPLED), 3],
  ]);
  assertEquals(faultsOfSeries(points), []);
});

Deno.test("OtlpEncoder.lines() has a process that comes back into the top go on from its start", () => {
  const view = top(1).create(RUN);
  const cpu = [[9, 1], [1, 9], [9, 1]];
  const points = pointsOf(cpu.map((shares, i) =>
    view.apply(sampleOf({
      epochMs: EPOCH_MS + i * 1000,
      processes: shares.map((cpuPercentage, k) =>
        processOf({
          pid: 42 + k,
          cpuPercentage,
          rssBytes: cpuPercentage,
          uptimeSeconds: 12.5 + i,
          voluntaryCtxtSwitches: 100 - i,
        })
      ),
    }))
  ));
  assertEquals(faultsOfSeries(points), []);
  const times = ofPid(points, 42).filter(({ name }) =>
    name === "process.cpu.time"
  );
  assertEquals(times.map(({ value }) => value), [3, 2, null, null, 3, 2]);
  assertEquals(
    new Set(times.map(({ start }) => start)),
    new Set([BigInt(STARTED)]),
  );
});

Deno.test("OtlpEncoder.lines() writes the host, and each cgroup by its path", async () => {
  const [collectors] = recordingCases().filter(({ name }) =>
    name === "collectors"
  );
  const [throttled] = recordingCases()
    .filter(({ name }) => name === "cgroup_throttled");
  const host = await recordedPoints(collectors?.path ?? "");
  const shown = host.filter(({ resource }) =>
    resource["process.pid"] === undefined
  ).map(({ kind, unit, name, attributes }) =>
    `${kind} ${unit} ${name} ${Object.entries(attributes)}`
  );
  for (
    const one of [
      "counter s procline.host.cpu.time cpu.mode,iowait",
      "counter {count} procline.host.ctxt_switches ",
      "gauge By procline.host.mem_total_bytes ",
      "gauge {thread} procline.host.load1 ",
      "counter us procline.host.cpu_pressure.some_total ",
      "gauge % procline.host.cpu_pressure.some_avg10 ",
      "gauge  procline.host.vmstat.pgfault ",
    ]
  ) assert(shown.includes(one), one);
  const cgroups = await recordedPoints(throttled?.path ?? "");
  const paths = new Set(
    cgroups.filter(({ name }) => name.startsWith("procline.cgroup."))
      .map(({ attributes }) => attributes["procline.cgroup.path"]),
  );
  assert(paths.size > 0 && !paths.has(undefined));
});

Deno.test("OtlpEncoder.lines() prints one of two cgroups whose paths were cut alike", async () => {
  const [found] = recordingCases()
    .filter(({ name }) => name === "cgroup_throttled");
  const { samples } = await recordedRun(found?.path ?? "");
  const [cgroup] = samples[0]?.cgroups ?? [];
  assert(cgroup !== undefined);
  const points = pointsOf([{
    cgroups: [cgroup, { ...cgroup, numProcesses: 99 }],
  }]);
  assertEquals(faultsOfSeries(points), []);
  assertEquals(points.some(({ value }) => value === 99n), false);
});

/** The points of a recording, up to its end. */
async function recordedPoints(
  path: string,
  options: readonly ("group-by" | "top")[] = [],
): Promise<Point[]> {
  const { run, samples } = await recordedRun(path);
  const views = options.map((name) =>
    (name === "top" ? top(2) : groupBy("comm")).create(run)
  );
  const encoder = format.create();
  const texts = [...encoder.begin(run)];
  for (const sample of samples) {
    texts.push(
      ...encoder.lines(views.reduce((one, view) => view.apply(one), sample)),
    );
  }
  texts.push(...encoder.end({ ...END, epochMs: samples.at(-1)?.epochMs ?? 0 }));
  return readMetrics(texts.join(""));
}

for (const { name, path } of recordingCases()) {
  Deno.test(`OtlpEncoder prints the recording ${name}, each series without a fault`, async () => {
    for (
      const views of [[], ["top"], ["group-by"], ["group-by", "top"]] as const
    ) {
      const points = await recordedPoints(path, views);
      assertEquals(faultsOfSeries(points), []);
      // Each series has an end. One that was left out for a while has had one before as well.
      const last = new Map(points.map((point) => [seriesOf(point), point]));
      for (const { value } of last.values()) assertEquals(value, null);
    }
  });

  Deno.test(`OtlpEncoder prints of the recording ${name} what its processes hold`, async () => {
    const { samples } = await recordedRun(path);
    const points = await recordedPoints(path);
    const found = (metric: string, mode?: string) =>
      points.filter(({ name, attributes, value }) =>
        name === metric && value !== null && attributes["cpu.mode"] === mode
      ).map(({ value }) => Number(value));
    const processes = samples.flatMap((sample) => sample.processes);
    const known = (values: readonly (number | bigint | null)[]) =>
      values.filter((value) => value !== null).map(Number);
    assertEquals(
      found("process.memory.usage"),
      known(processes.map(({ rssBytes }) => rssBytes)),
    );
    assertEquals(
      found("process.memory.virtual"),
      known(processes.map(({ vsizeBytes }) => vsizeBytes)),
    );
    assertEquals(
      found("process.cpu.time", "user"),
      processes.map(({ userCpuSecondsTotal }) => userCpuSecondsTotal),
    );
    assertEquals(
      found("procline.tree.cpu.time", "system"),
      samples.map(({ tree }) =>
        Math.round(tree.kernelCpuSecondsTotal * 1e6) / 1e6
      ),
    );
  });
}

/** Names that take much room: each character takes six bytes, or three in UTF-8. */
const LONG = [
  "\x01".repeat(4000),
  "語".repeat(1300),
  '"\\'.repeat(2000),
  "🙂".repeat(1000),
];

function manyProcesses(count: number): ProcessSample[] {
  return Array.from({ length: count }, (_, i) => {
    const name = LONG[i % LONG.length] ?? "";
    return processOf({ pid: i + 1, exe: name });
  });
}

Deno.test("OtlpEncoder.lines() fills lines of 512 KiB with 5,000 processes of long names", () => {
  const encoder = encoderOf({}, COLLECTORS);
  const text = encodeSample(
    encoder,
    sampleOf({ processes: manyProcesses(5000) }),
  );
  const lines = text.trimEnd().split("\n");
  const sizes = lines.map((line) => new TextEncoder().encode(line).length + 1);
  assert(Math.max(...sizes) <= MAX_LINE_BYTES);
  // All but the last are as full as their parts allow, of which none has a tenth of a line.
  assert(Math.min(...sizes.slice(0, -1)) > MAX_LINE_BYTES * 0.8);
  const points = readMetrics(text);
  assertEquals(
    new Set(points.map(({ resource }) => resource["process.pid"])).size,
    5001,
  );
  assertEquals(faultsOfSeries(points), []);
  const [first] = points;
  assertEquals(
    first?.resource["process.executable.name"],
    "\x01".repeat(16_000 / 6),
  );
  const ends = [...encoder.end(END)].join("");
  const series = points.map(seriesOf);
  assertEquals(new Set(readMetrics(ends).map(seriesOf)), new Set(series));
});

Deno.test("OtlpEncoder.lines() continues a resource that is longer than a line", () => {
  const view = groupBy("comm").create({ ...RUN, collectors: COLLECTORS });
  const processes = Array.from(
    { length: 120 },
    (_, i) => processOf({ pid: i + 1, comm: `${i}${"語".repeat(600)}` }),
  );
  const encoder = encoderOf({}, COLLECTORS);
  const samples = [0, 1].map((i) =>
    encodeSample(
      encoder,
      view.apply(sampleOf({ epochMs: EPOCH_MS + i, processes })),
    )
  );
  assert(samples[0] !== undefined && samples[0].split("\n").length > 3);
  const points = readMetrics(samples.join(""));
  assertEquals(faultsOfSeries(points), []);
  const named = new Set(
    points.map(({ attributes }) => attributes["procline.group.name"]),
  );
  // 100 groups; the tree and the group of all others have no name.
  assertEquals(named.size, 101);
});

Deno.test("OtlpEncoder.lines() replaces what is no text", () => {
  const [point] = pointsOfProcess({ exe: "a\ud800b", comm: "\udc00\0\u202e" });
  assertEquals(point?.resource["process.executable.name"], "a\ufffdb");
  assertEquals(point?.resource["procline.comm"], "\ufffd\0\u202e");
});

/** Names as processes give themselves: of any characters, also half of a pair of UTF-16. */
const NAME = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("\ud800", "# EOF", 'a"b\\', "\n", "", "\x1b[31m\x9b\u202e"),
);

const AMOUNT = fc.option(fc.oneof(
  fc.nat(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
));

/** A process of a few ids that are used again, which runs other programs and whose counts fall. */
const PROCESS = fc.record({
  pid: fc.integer({ min: 1, max: 4 }),
  startTicks: fc.integer({ min: 90000, max: 90002 }),
  exe: fc.option(NAME),
  comm: NAME,
  uptimeSeconds: fc.option(fc.integer({ min: 0, max: 20 })),
  rssBytes: fc.option(fc.nat()),
  vsizeBytes: AMOUNT,
  voluntaryCtxtSwitches: AMOUNT,
  numFds: fc.option(fc.nat()),
}).map((changes) => processOf(changes));

const SAMPLE = fc.record({
  epochMs: fc.integer({ min: EPOCH_MS - 3000, max: EPOCH_MS + 3000 }),
  processes: fc.uniqueArray(PROCESS, {
    selector: ({ pid }) => pid,
    maxLength: 4,
  }),
}).map((changes) => sampleOf(changes));

Deno.test("OtlpEncoder.lines() has series without a fault, and names as they were, whatever happens", () => {
  fc.assert(fc.property(
    fc.array(SAMPLE, { minLength: 1, maxLength: 8 }),
    fc.dictionary(fc.constantFrom("job", "service.name", "container.id"), NAME),
    (samples, labels) => {
      const encoder = encoderOf(labels, COLLECTORS);
      const texts = samples.map((sample) => encodeSample(encoder, sample));
      const ends = [...encoder.end(END)].join("");
      assertEquals(faultsOfSeries(readMetrics(texts.join("") + ends)), []);
      samples.forEach(({ processes }, i) => {
        const threads = readMetrics(texts[i] ?? "").filter(({ name, value }) =>
          name === "process.thread.count" && value !== null
        );
        assertEquals(
          threads.map(({ resource }) => [
            resource["process.pid"],
            resource["process.executable.name"] ?? null,
            resource["procline.comm"],
          ]),
          processes.map(({ pid, exe, comm }) => [
            BigInt(pid),
            exe?.toWellFormed() ?? null,
            comm.toWellFormed(),
          ]),
        );
        for (const { resource } of threads) {
          for (const [key, value] of Object.entries(labels)) {
            assertEquals(resource[key], value.toWellFormed());
          }
        }
      });
    },
  ));
});

/** The points of threads, of one process. */
function ofThreads(points: readonly Point[]): Point[] {
  return points.filter(({ name }) => name.startsWith("procline.thread."));
}

Deno.test("OtlpEncoder.lines() writes the threads of a process into its resource", () => {
  const points = ofThreads(pointsOf([{
    threads: [
      threadOf({ minorFaultsTotal: 7 }),
      threadOf({ tid: 43, comm: "job", processor: null, startTicks: 90100 }),
    ],
  }]));
  assertEquals(
    points.every(({ resource }) => resource["process.pid"] === 42n),
    true,
  );
  assertEquals(points.map(show), [
    "procline.thread.uptime{thread.id=42,thread.name=make} 12.5",
    "procline.thread.uptime{thread.id=43,thread.name=job} 12.5",
    "procline.thread.processor{thread.id=42,thread.name=make} 1",
    "procline.thread.cpu_percentage{thread.id=42,thread.name=make} 50",
    "procline.thread.cpu_percentage{thread.id=43,thread.name=job} 50",
    "procline.thread.user_cpu_percentage{thread.id=42,thread.name=make} 30",
    "procline.thread.user_cpu_percentage{thread.id=43,thread.name=job} 30",
    "procline.thread.kernel_cpu_percentage{thread.id=42,thread.name=make} 20",
    "procline.thread.kernel_cpu_percentage{thread.id=43,thread.name=job} 20",
    "procline.thread.cpu_window_seconds{thread.id=42,thread.name=make} 1",
    "procline.thread.cpu_window_seconds{thread.id=43,thread.name=job} 1",
    "procline.thread.cpu.time{thread.id=42,thread.name=make,cpu.mode=user} 3",
    "procline.thread.cpu.time{thread.id=42,thread.name=make,cpu.mode=system} 2",
    "procline.thread.cpu.time{thread.id=43,thread.name=job,cpu.mode=user} 3",
    "procline.thread.cpu.time{thread.id=43,thread.name=job,cpu.mode=system} 2",
    "procline.thread.paging.faults{thread.id=42,thread.name=make,system.paging.fault.type=minor} 7",
  ]);
  const [user] = points.filter(({ name }) =>
    name === "procline.thread.cpu.time"
  );
  assertEquals(user?.start, BigInt(STARTED));
});

Deno.test("OtlpEncoder.lines() marks the end of threads, with their process and without", () => {
  const encoder = encoderOf({}, ["threads"]);
  const all = [threadOf(), threadOf({ tid: 43, comm: "job" })];
  const points = pointsOf([
    { threads: all },
    // One has another name, one has ended.
    {
      epochMs: EPOCH_MS + 1000,
      threads: [threadOf({ comm: "renamed" })],
    },
    // Its id is another thread's.
    {
      epochMs: EPOCH_MS + 2000,
      threads: [threadOf({ comm: "renamed", startTicks: 91350 })],
    },
    { epochMs: EPOCH_MS + 3000, processes: [], threads: [] },
    { epochMs: EPOCH_MS + 4000, processes: [], threads: [] },
  ], encoder);
  const ends = ofThreads(points).filter(({ name, value }) =>
    name === "procline.thread.uptime" && value === null
  ).map(({ attributes, time }) => [
    attributes["thread.name"],
    Number(time / 1_000_000n) - EPOCH_MS,
  ]);
  assertEquals(ends, [
    ["make", 1000],
    ["job", 1000],
    ["renamed", 2000],
    ["renamed", 3000],
  ]);
});
