import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Encoder } from "../../src/format/format.ts";
import { format as metrics } from "../../src/format/otlp.ts";
import { format } from "../../src/format/otlp_logs.ts";
import type { ProcessEvent } from "../../src/model/events.ts";
import { type Attributes, readLogs, readMetrics } from "../support/otlp.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { recordingCases } from "../support/recordings.ts";
import {
  beginRun,
  encodeSample,
  END,
  EPOCH_MS,
  exitOf,
  RUN,
  sampleAt,
  sampleOf,
  startOf,
} from "../support/samples.ts";

const SAMPLED = BigInt(EPOCH_MS) * 1_000_000n;

function encoderOf(labels: Readonly<Record<string, string>> = {}): Encoder {
  return beginRun(format, { labels, collectors: ["events"] });
}

/** The records of a sample with these events. */
function recordsOf(
  events: readonly ProcessEvent[],
  encoder = encoderOf(),
): ReturnType<typeof readLogs> {
  return readLogs(encodeSample(encoder, sampleOf({ events })));
}

const MAKE: Attributes = {
  "process.pid": 42n,
  "process.creation.time": "2026-01-02T03:03:53.178Z",
  "process.parent_pid": 1n,
  "process.executable.name": "make",
  "procline.comm": "make",
  "procline.start_ticks": 90000n,
};

Deno.test("OtlpLogsEncoder needs events", () => {
  assertEquals(format.needs(["io"]), ["events"]);
});

Deno.test("OtlpLogsEncoder.begin() writes a record of the run", () => {
  const encoder = format.create({ labels: { "service.name": "ci" } });
  const text = [...encoder.begin({ ...RUN, command: ["make", "-j8"] })].join(
    "",
  );
  assertEquals(
    text,
    `{"resourceLogs":[{"resource":{"attributes":[` +
      `{"key":"procline.root.pid","value":{"intValue":"42"}},` +
      `{"key":"service.name","value":{"stringValue":"ci"}},` +
      `{"key":"service.instance.id","value":{"stringValue":"00000000-0000-4000-8000-000000000001"}},` +
      `{"key":"host.name","value":{"stringValue":"example"}},` +
      `{"key":"procline.boot_id","value":{"stringValue":"01234567-89ab-4cde-8f01-23456789abcd"}},` +
      `{"key":"procline.run.id","value":{"stringValue":"00000000-0000-4000-8000-000000000001"}}]},` +
      `"scopeLogs":[{"scope":{"name":"procline","version":"0.1.0"},"logRecords":[` +
      `{"timeUnixNano":"1767323045678000000","observedTimeUnixNano":"1767323045678000000",` +
      `"severityNumber":9,"severityText":"INFO",` +
      `"body":{"stringValue":"The run has started, with an interval of 0.25 s"},"attributes":[` +
      `{"key":"process.command_args","value":{"arrayValue":{"values":[` +
      `{"stringValue":"make"},{"stringValue":"-j8"}]}}},` +
      `{"key":"process.pid","value":{"intValue":"42"}},` +
      `{"key":"procline.version","value":{"stringValue":"0.1.0"}},` +
      `{"key":"procline.interval_seconds","value":{"doubleValue":0.25}},` +
      `{"key":"procline.page_size_bytes","value":{"intValue":"4096"}},` +
      `{"key":"procline.ticks_per_second","value":{"intValue":"100"}},` +
      `{"key":"procline.num_cores","value":{"doubleValue":1.5}},` +
      `{"key":"procline.collectors","value":{"arrayValue":{"values":[` +
      `{"stringValue":"io"},{"stringValue":"host"}]}}}],"eventName":"procline.run.start"}],` +
      `"schemaUrl":"https://opentelemetry.io/schemas/1.44.0"}],` +
      `"schemaUrl":"https://opentelemetry.io/schemas/1.44.0"}]}\n`,
  );
});

Deno.test("OtlpLogsEncoder.lines() needs begin(), and has no line without an event", () => {
  assertThrows(
    () => [...format.create().lines(sampleOf())],
    Error,
    "begin() was not called",
  );
  assertEquals(encodeSample(encoderOf(), sampleOf()), "");
});

Deno.test("OtlpLogsEncoder.lines() writes a start at the time of the start", () => {
  const [record] = recordsOf([startOf()]);
  assertEquals({ ...record, resource: {} }, {
    resource: {},
    name: "procline.process.start",
    time: 1767323033178000000n,
    observed: SAMPLED + 1_000_000n,
    severity: 9,
    body: "Process 42 (make) has started",
    attributes: {
      ...MAKE,
      "process.command": "make",
      "process.command_args": ["make", "-j8"],
      "process.real_user.id": 1000n,
    },
  });
});

Deno.test("OtlpLogsEncoder.lines() writes an exit with what the process has used", () => {
  const [record] = recordsOf([exitOf({
    cmdline: null,
    cmdlineTruncated: null,
    kernelCpuSecondsTotal: 2.25,
    childrenUserCpuSecondsTotal: 0.1 + 0.2,
    peakRssBytes: 2 ** 53 - 1,
  })]);
  assertEquals({ ...record, resource: {} }, {
    resource: {},
    name: "procline.process.exit",
    time: SAMPLED + 1_000_000n,
    observed: SAMPLED + 1_000_000n,
    severity: 9,
    body: "Process 42 (make) has ended",
    attributes: {
      ...MAKE,
      "process.exit.time": "2026-01-02T03:04:05.679Z",
      "procline.lifetime_seconds": 12.5,
      "procline.user_cpu_seconds_total": 3,
      "procline.kernel_cpu_seconds_total": 2.25,
      "procline.children_user_cpu_seconds_total": 0.3,
      "procline.children_kernel_cpu_seconds_total": 0,
      "procline.peak_rss_bytes": 9007199254740991n,
    },
  });
});

Deno.test("OtlpLogsEncoder.lines() writes what a process runs now, and its parent now", () => {
  const who = { pid: 42, startTicks: 90000 };
  const records = recordsOf([
    { kind: "exec", ...who, exe: "cc", previousExe: "make", comm: "cc1\n" },
    { kind: "reparented", ...who, ppid: 1, previousPpid: 40 },
  ]);
  const { "process.parent_pid": _, ...identity } = MAKE;
  assertEquals(records.map(({ name, body }) => [name, body]), [
    [
      "procline.process.exec",
      'Process 42 ("cc1\\n") has run another program, cc',
    ],
    [
      "procline.process.reparented",
      "Process 42 has another parent, 1 after 40",
    ],
  ]);
  assertEquals(records[0]?.attributes, {
    ...identity,
    "process.executable.name": "cc",
    "procline.comm": "cc1\n",
    "procline.previous_exe": "make",
  });
  assertEquals(records[1]?.attributes, {
    "process.pid": 42n,
    "process.creation.time": "2026-01-02T03:03:53.178Z",
    "process.parent_pid": 1n,
    "procline.start_ticks": 90000n,
    "procline.previous_ppid": 40n,
  });
});

Deno.test("OtlpLogsEncoder.lines() knows no start that lies in the future", () => {
  const [record] = recordsOf([startOf({ startedAt: null })]);
  assertEquals(record?.attributes["process.creation.time"], undefined);
  assertEquals(record?.time, SAMPLED + 1_000_000n);
});

Deno.test("OtlpLogsEncoder.end() writes a record of the end", () => {
  const endWith = (changes: Partial<typeof END>) => {
    const encoder = format.create();
    Array.from(encoder.begin({ ...RUN, command: ["make"] }));
    const [record] = readLogs(
      [...encoder.end({ ...END, ...changes })].join(""),
    );
    return record;
  };
  const ended = endWith({});
  assertEquals(ended?.name, "procline.run.end");
  assertEquals(ended?.severity, 9);
  assertEquals(ended?.body, "The run has ended after 10.123 s: exit code 0");
  assertEquals(ended?.attributes["process.exit.code"], 0n);
  assertEquals(ended?.attributes["process.pid"], 42n);
  assertEquals(ended?.attributes["procline.reason"], "exited");
  assertEquals(ended?.attributes["procline.wall_seconds"], 10.123457);
  assertEquals(ended?.attributes["procline.user_cpu_seconds"], 4);
  const failed = endWith({ exitCode: 2 });
  assertEquals([failed?.severity, failed?.body], [
    17,
    "The run has ended after 10.123 s: exit code 2",
  ]);
  const killed = endWith({ exitCode: null, signal: "SIGKILL" });
  assertEquals([killed?.severity, killed?.body], [
    17,
    "The run has ended after 10.123 s: signal SIGKILL",
  ]);
  assertEquals(killed?.attributes["process.exit.code"], undefined);
  assertEquals(killed?.attributes["procline.signal"], "SIGKILL");
  const counted = endWith({ exitCode: null, reason: "count" });
  assertEquals([counted?.severity, counted?.body], [
    9,
    "The run has ended after 10.123 s: count",
  ]);
});

Deno.test("OtlpLogsEncoder.end() says how long the run lasted, beyond its last sample", () => {
  const encoder = format.create();
  Array.from(encoder.begin(RUN));
  Array.from(encoder.lines(sampleAt(10_123)));
  const epochMs = RUN.epochMs + 14_200;
  const [record] = readLogs([...encoder.end({ ...END, epochMs })].join(""));
  assertEquals(record?.body, "The run has ended after 14.200 s: exit code 0");
  assertEquals(record?.attributes["procline.wall_seconds"], 10.123457);
});

Deno.test("OtlpLogsEncoder.lines() fills lines of 512 KiB", () => {
  const name = "\x01語".repeat(1000);
  const events = Array.from(
    { length: 1000 },
    (_, pid) => startOf({ pid, exe: name, comm: name, cmdline: [name] }),
  );
  const text = encodeSample(encoderOf(), sampleOf({ events }));
  const lines = text.trimEnd().split("\n");
  assert(lines.length > 20);
  const sizes = lines.map((line) => new TextEncoder().encode(line).length + 1);
  assert(Math.min(...sizes.slice(0, -1)) > 400_000, String(sizes));
  assertEquals(
    readLogs(text).map(({ attributes }) => attributes["process.pid"]),
    events.map(({ pid }) => BigInt(pid)),
  );
});

for (const { name, path } of recordingCases()) {
  Deno.test(`OtlpLogsEncoder prints the events of the recording ${name}`, async () => {
    const { run, samples } = await recordedRun(path);
    const encoder = format.create();
    const texts = [...encoder.begin(run)];
    for (const sample of samples) texts.push(...encoder.lines(sample));
    texts.push(...encoder.end(END));
    const records = readLogs(texts.join(""));
    assertEquals(records.map(({ name }) => name), [
      "procline.run.start",
      ...samples.flatMap(({ events }) =>
        events.map(({ kind }) => `procline.process.${kind}`)
      ),
      "procline.run.end",
    ]);
  });
}

for (const recording of ["collectors", "falling_counters"]) {
  Deno.test(`OtlpLogsEncoder tells a process of ${recording} as the metrics do`, async () => {
    const [found] = recordingCases().filter(({ name }) => name === recording);
    const { run, samples } = await recordedRun(found?.path ?? "");
    const [logs, points] = [format.create(), metrics.create()];
    Array.from(logs.begin(run));
    Array.from(points.begin(run));
    const named = (attributes: Attributes) =>
      `${attributes["process.pid"]} ${attributes["process.creation.time"]}`;
    const known = new Set<string>();
    let started = 0;
    for (const sample of samples) {
      const text = [...points.lines(sample)].join("");
      for (const { resource } of readMetrics(text)) known.add(named(resource));
      const records = readLogs([...logs.lines(sample)].join(""));
      const events = sample.events;
      assertEquals(records.length, events.length);
      records.forEach(({ attributes }, i) => {
        assert(known.has(named(attributes)), named(attributes));
        const event = events[i];
        if (event?.kind !== "start") return;
        started++;
        assertEquals(attributes["process.creation.time"], event.startedAt);
      });
    }
    assert(started > 0);
  });
}
