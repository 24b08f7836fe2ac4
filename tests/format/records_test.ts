import {
  assert,
  assertEquals,
  assertFalse,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { COLLECTORS } from "../../src/collect/collectors.ts";
import { format as lading } from "../../src/format/lading.ts";
import { format as table } from "../../src/format/table.ts";
import { format } from "../../src/format/records.ts";
import type { Encoder, EncoderOptions } from "../../src/format/format.ts";
import { fieldNames, wireName } from "../../src/model/dictionary.ts";
import { ROOM } from "../../src/model/field.ts";
import type { ProcessEvent } from "../../src/model/events.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Run, RunEnd } from "../../src/model/run.ts";
import type { Sample, TreeSample } from "../../src/model/sample.ts";

import {
  beginRun,
  encodeSample,
  END,
  processOf,
  RUN,
  sampleOf,
  threadOf,
  treeOf,
} from "../support/samples.ts";

const START =
  '{"timestamp":"2026-01-02T03:04:05.678Z","epoch_ms":1767323045678';

/** An encoder of a run with every collector. */
function encoderOf(options: EncoderOptions = {}): Encoder {
  return beginRun(format, { collectors: COLLECTORS, ...options });
}

function runLine(run: Run): string {
  return Array.from(format.create().begin(run)).join("");
}

function endLine(end: RunEnd): string {
  return Array.from(encoderOf().end(end)).join("");
}

/** The lines of a sample, without their newlines. */
function linesOf(sample: Sample): string[] {
  const text = encodeSample(encoderOf(), sample);
  assert(text.endsWith("\n"));
  return text.slice(0, -1).split("\n");
}

/** The line of a process. */
function processLine(changes: Partial<ProcessSample>): string {
  return linesOf(sampleOf({ processes: [processOf(changes)] }))[0] ?? "";
}

/** The line of a tree. */
function treeLine(changes: Partial<TreeSample>): string {
  return linesOf(sampleOf({ tree: treeOf(changes) })).at(-1) ?? "";
}

/** The line of an event. */
function eventLine(event: ProcessEvent): string {
  return linesOf(sampleOf({ events: [event], processes: [] }))[0] ?? "";
}

/** The JSON of a field on a line, as it stands there. */
function fieldOf(line: string, name: string): string | undefined {
  return new RegExp(`"${name}":("(?:[^"\\\\]|\\\\.)*"|[^,}]*)`).exec(line)?.[1];
}

Deno.test("RecordsEncoder.begin() writes the line that opens a run", () => {
  assertEquals(
    runLine(RUN),
    `${START},"kind":"run","schema":1,"version":"0.1.0","run_id":"00000000-0000-4000-8000-000000000001","boot_id":"01234567-89ab-4cde-8f01-23456789abcd","hostname":"example","root_pid":42,"root_cgroup":null,"command":null,"interval_seconds":0.25,"page_size_bytes":4096,"ticks_per_second":100,"num_cores":1.5,"collectors":["io","host"]}\n`,
  );
});

Deno.test("RecordsEncoder.begin() writes the command, cut to its room", () => {
  const line = runLine({ ...RUN, command: ["sh", "-c", 'echo "\u009b"'] });
  assert(line.includes('"command":["sh","-c","echo \\"\\u009b\\""],"interval'));
  const { command, command_truncated } = JSON.parse(
    runLine({ ...RUN, command: ["cc", "\u0001".repeat(3000), "last"] }),
  );
  // 4,000 bytes of JSON: quotes and a comma around each, six bytes for each control.
  assertEquals(command, ["cc", "\u0001".repeat(Math.floor(3992 / 6))]);
  assertEquals(command_truncated, true);
});

Deno.test("RecordsEncoder.begin() writes what is not known as null", () => {
  const run = {
    ...RUN,
    bootId: null,
    hostname: null,
    rootPid: null,
    rootCgroup: "/a.slice",
    numCores: null,
    collectors: [],
  };
  assertEquals(
    runLine(run),
    `${START},"kind":"run","schema":1,"version":"0.1.0","run_id":"00000000-0000-4000-8000-000000000001","boot_id":null,"hostname":null,"root_pid":null,"root_cgroup":"/a.slice","command":null,"interval_seconds":0.25,"page_size_bytes":4096,"ticks_per_second":100,"num_cores":null,"collectors":[]}\n`,
  );
});

Deno.test("RecordsEncoder.lines() writes the lines of a process and its tree", () => {
  assertEquals(
    encodeSample(encoderOf(), sampleOf()),
    `${START},"kind":"process","pid":42,"ppid":1,"exe":"make","comm":"make","state":"S","start_ticks":90000,"uptime_seconds":12.5,"num_threads":1,"rss_bytes":4096,"rsslim_bytes":null,"vsize_bytes":8192,"cpu_percentage":50.0,"user_cpu_percentage":30.0,"kernel_cpu_percentage":20.0,"cpu_window_seconds":1.0,"average_cpu_percentage":null,"user_cpu_seconds_total":3.0,"kernel_cpu_seconds_total":2.0,"children_user_cpu_seconds_total":1.0,"children_kernel_cpu_seconds_total":0.0}\n` +
      `${START},"kind":"tree","root_pid":42,"seq":3,"num_processes":1,"num_threads":1,"rss_bytes":4096,"vsize_bytes":8192,"cpu_percentage":50.0,"user_cpu_percentage":30.0,"kernel_cpu_percentage":20.0,"unseen_cpu_percentage":0.0,"average_cpu_percentage":null,"cpu_limit_percentage":12.5,"user_cpu_seconds_total":4.0,"kernel_cpu_seconds_total":2.0,"num_cores":4.0,"interval_seconds":1.0,"sample_seconds":0.001,"missed_samples":0,"gone":0,"denied":0,"malformed":0,"consistent":true,"sampler_cpu_percentage":0.5,"sampler_rss_bytes":65536}\n`,
  );
});

Deno.test("RecordsEncoder shows nothing of what is read for the summary alone", () => {
  const collectors = ["cmdline_at_exec", "io"];
  assert(runLine({ ...RUN, collectors }).includes('"collectors":["io"]'));
  const encoder = beginRun(format, { collectors });
  const text = encodeSample(
    encoder,
    sampleOf({
      processes: [
        processOf({
          cmdline: null,
          cmdlineTruncated: null,
          rssBytes: null,
          unreadable: {
            cmdline: "exiting",
            rssBytes: "exiting",
            smaps: "gone",
          },
        }),
        processOf({ cmdline: ["a"], unreadable: { cmdline: "zombie" } }),
      ],
    }),
  );
  assertEquals(text.includes("cmdline"), false);
  assert(
    text.includes('"unreadable":{"rss_bytes":"exiting","smaps":"gone"}}\n'),
    text,
  );
});

Deno.test("RecordsEncoder gives no reason for a limit that the table alone shows", () => {
  const treeLine = (collectors: readonly string[]) => {
    const tree = treeOf({
      memoryLimitPercentage: null,
      memoryLimitBytes: null,
      memoryLimitCgroup: null,
      rssBytes: null,
      unreadable: { memoryLimitPercentage: "denied", rssBytes: "exiting" },
    });
    const encoder = beginRun(format, { collectors });
    return encodeSample(encoder, sampleOf({ processes: [], tree }));
  };
  const hidden = treeLine(["memory_limit"]);
  assertEquals(hidden.includes("memory_limit"), false, hidden);
  assert(hidden.includes('"unreadable":{"rss_bytes":"exiting"}}\n'), hidden);
  const shown = treeLine(["cgroup"]);
  assert(
    shown.includes(
      '"unreadable":{"memory_limit_percentage":"denied","rss_bytes":"exiting"}',
    ),
    shown,
  );
});

Deno.test("RecordsEncoder.lines() writes a tree without processes", () => {
  const lines = linesOf(sampleOf({ processes: [] }));
  assertEquals(lines.length, 1);
  assertEquals(fieldOf(lines[0] ?? "", "kind"), '"tree"');
});

Deno.test("RecordsEncoder.lines() keeps the order of the processes", () => {
  const processes = [7, 3, 5].map((pid) => processOf({ pid }));
  const pids = linesOf(sampleOf({ processes })).slice(0, -1)
    .map((line) => fieldOf(line, "pid"));
  assertEquals(pids, ["7", "3", "5"]);
});

Deno.test("RecordsEncoder.lines() writes a field that only a later process has", () => {
  const processes = [processOf(), processOf({ pid: 43, numFds: 12 })];
  const [first = "", second = ""] = linesOf(sampleOf({ processes }));
  assertEquals(fieldOf(first, "num_fds"), undefined);
  assertEquals(fieldOf(second, "num_fds"), "12");
});

Deno.test("RecordsEncoder.lines() writes a field that only a later sample has", () => {
  const encoder = encoderOf();
  encodeSample(encoder, sampleOf());
  const [line = ""] = encodeSample(
    encoder,
    sampleOf({ processes: [processOf({ numFds: 12 })] }),
  ).split("\n");
  assertEquals(fieldOf(line, "num_fds"), "12");
});

Deno.test("RecordsEncoder.lines() writes what has changed since the previous sample", () => {
  const encoder = encoderOf();
  const before = processOf({ nice: 0, cmdline: ["a"], numFds: 3 });
  const changes: readonly Partial<ProcessSample>[] = [
    { pid: 43 },
    { ppid: 7 },
    { orphan: true },
    { exe: "cc" },
    { exeDeleted: true },
    { exe: null, exeDeleted: null, unreadable: { exe: "zombie" } },
    { comm: "cc" },
    { state: "Z" },
    { startTicks: 90001 },
    { startTicks: 18446744073709551615n },
    { uptimeSeconds: null },
    { numThreads: 2 },
    { rssBytes: null },
    { rssBytes: 9007199254740991 },
    { rsslimBytes: 5 },
    { vsizeBytes: 0 },
    { cpuPercentage: 1 },
    { userCpuPercentage: 2 },
    { kernelCpuPercentage: 3 },
    { cpuPercentage: null },
    { cpuWindowSeconds: 0.5 },
    { userCpuSecondsTotal: 3.01 },
    { kernelCpuSecondsTotal: 2.01 },
    { childrenUserCpuSecondsTotal: 1.01 },
    { childrenKernelCpuSecondsTotal: 0.01 },
    { nice: 1 },
    { cmdline: ["b"] },
    { cmdline: null },
    { numFds: 4 },
    { numFds: null },
  ];
  for (const change of changes) {
    for (const process of [{ ...before, ...change }, before]) {
      const sample = sampleOf({ processes: [process] });
      assertEquals(
        encodeSample(encoder, sample),
        encodeSample(encoderOf(), sample),
      );
    }
  }
});

for (const [key, value] of Object.entries(processOf())) {
  if (key === "unreadable") continue;
  Deno.test(`RecordsEncoder.lines() writes a ${key} that alone has changed`, () => {
    const encoder = encoderOf();
    const before = sampleOf();
    const changed = sampleOf({
      processes: [processOf({ [key]: otherThan(value) })],
    });
    const line = encodeSample(encoder, before);
    const changedLine = encodeSample(encoder, changed);
    assertNotEquals(changedLine, line);
    assertEquals(changedLine, encodeSample(encoderOf(), changed));
    assertEquals(encodeSample(encoder, before), line);
  });
}

/** Another value of the same kind. */
function otherThan(value: unknown): unknown {
  if (typeof value === "boolean") return !value;
  return typeof value === "string" ? `${value}x` : Number(value) + 1;
}

for (
  const fields of [
    { cmdline: ["a"] },
    { nice: 5 },
    { uid: 1000 },
    { pssBytes: 4096 },
    { numFds: 12 },
    { ioReadBytesTotal: 512 },
  ] satisfies readonly Partial<ProcessSample>[]
) {
  const [key = ""] = Object.keys(fields);
  Deno.test(`RecordsEncoder.lines() writes ${key} if no other collector was asked`, () => {
    const value = JSON.stringify(Object.values(fields)[0]);
    assertStringIncludes(
      processLine(fields),
      `"${wireName(key)}":${value}`,
    );
  });
}

Deno.test("RecordsEncoder.lines() keeps processes apart that come, go and swap places", () => {
  const encoder = encoderOf();
  const a = processOf({ pid: 1, comm: "a" });
  const b = processOf({ pid: 2, comm: "b" });
  const c = processOf({ pid: 1, comm: "c", startTicks: 90500 });
  for (const processes of [[a], [a, b], [b, a], [], [b], [c, b], [b, c], [a]]) {
    const sample = sampleOf({ processes });
    assertEquals(
      encodeSample(encoder, sample),
      encodeSample(encoderOf(), sample),
    );
  }
});

Deno.test("RecordsEncoder.lines() writes the fields of collectors behind the others", () => {
  const line = processLine({
    cmdline: ["make", "-j8", ""],
    cmdlineTruncated: false,
    nice: -5,
    minorFaultsTotal: 9007199254740993n,
    blockIoDelaySecondsTotal: null,
    numFds: 7,
    fdLimit: null,
    ioReadBytesTotal: 12,
    ioReadBytesPerSecond: 1.23456,
  });
  assert(
    line.endsWith(
      ',"children_kernel_cpu_seconds_total":0.0,"cmdline":["make","-j8",""],"nice":-5,"minor_faults_total":9007199254740993,"block_io_delay_seconds_total":null,"num_fds":7,"fd_limit":null,"io_read_bytes_total":12,"io_read_bytes_per_second":1.235}',
    ),
    line,
  );
});

const EVENTS: readonly (readonly [event: ProcessEvent, fields: string])[] = [
  [
    {
      kind: "start",
      pid: 42,
      ppid: 1,
      startTicks: 90000,
      exe: "make",
      comm: "make",
      cmdline: ["make", "all"],
      cmdlineTruncated: false,
      uid: 1000,
      startedAt: "2026-01-02T03:00:00.000Z",
      unreadable: null,
    },
    '"pid":42,"ppid":1,"start_ticks":90000,"exe":"make","comm":"make","cmdline":["make","all"],"uid":1000,"started_at":"2026-01-02T03:00:00.000Z"',
  ],
  [
    {
      kind: "start",
      pid: 42,
      ppid: 1,
      startTicks: 90000,
      exe: null,
      comm: "x",
      cmdline: null,
      cmdlineTruncated: null,
      uid: null,
      startedAt: null,
      unreadable: { exe: "denied", cmdline: "gone", startedAt: "clock" },
    },
    '"pid":42,"ppid":1,"start_ticks":90000,"exe":null,"comm":"x","cmdline":null,"uid":null,"started_at":null,"unreadable":{"exe":"denied","cmdline":"gone","started_at":"clock"}',
  ],
  [
    {
      kind: "exit",
      pid: 42,
      ppid: 1,
      startTicks: 90000,
      exe: "make",
      comm: "make",
      cmdline: ["make", "-j8"],
      cmdlineTruncated: true,
      lifetimeSeconds: 2.0000004,
      userCpuSecondsTotal: 1.25,
      kernelCpuSecondsTotal: 0,
      childrenUserCpuSecondsTotal: 3,
      childrenKernelCpuSecondsTotal: 0.01,
      peakRssBytes: null,
    },
    '"pid":42,"ppid":1,"start_ticks":90000,"exe":"make","comm":"make","cmdline":["make","-j8"],"cmdline_truncated":true,"lifetime_seconds":2.0,"user_cpu_seconds_total":1.25,"kernel_cpu_seconds_total":0.0,"children_user_cpu_seconds_total":3.0,"children_kernel_cpu_seconds_total":0.01,"peak_rss_bytes":null',
  ],
  [
    {
      kind: "exec",
      pid: 42,
      startTicks: 18446744073709551615n,
      exe: "cc",
      previousExe: "dash",
      comm: "cc",
    },
    '"pid":42,"start_ticks":18446744073709551615,"exe":"cc","previous_exe":"dash","comm":"cc"',
  ],
  [
    {
      kind: "reparented",
      pid: 42,
      startTicks: 90000,
      ppid: 1,
      previousPpid: 41,
    },
    '"pid":42,"start_ticks":90000,"ppid":1,"previous_ppid":41',
  ],
];

for (const [i, [event, fields]] of EVENTS.entries()) {
  const what = i === 1 ? "start of which little is known" : event.kind;
  Deno.test(`RecordsEncoder.lines() writes the event ${what}`, () => {
    assertEquals(
      eventLine(event),
      `${START},"kind":"${event.kind}",${fields}}`,
    );
  });
}

Deno.test("RecordsEncoder.lines() writes events before processes, then the rest, the tree last", () => {
  const mapping = {
    pid: 42,
    startTicks: 90000,
    pathname: "[heap]",
    numMappings: 2,
  } as NonNullable<Sample["mappings"]>[number];
  const cgroup = {
    path: "/a",
    numProcesses: 1,
    unreadable: null,
  } as NonNullable<
    Sample["cgroups"]
  >[number];
  const host = { numCpus: 4, unreadable: null } as NonNullable<Sample["host"]>;
  const lines = linesOf(sampleOf({
    events: EVENTS.map(([event]) => event),
    threads: [threadOf({ tid: 43, comm: "job) R 1" })],
    mappings: [mapping],
    cgroups: [cgroup],
    host,
  }));
  assertEquals(lines.map((line) => fieldOf(line, "kind")), [
    ...['"start"', '"start"', '"exit"', '"exec"', '"reparented"'],
    ...['"process"', '"thread"', '"smaps"', '"cgroup"', '"host"', '"tree"'],
  ]);
  assertEquals(
    lines.slice(6, 10),
    [
      `${START},"kind":"thread","pid":42,"tid":43,"comm":"job) R 1","state":"S","start_ticks":90000,"uptime_seconds":12.5,"processor":1,"cpu_percentage":50.0,"user_cpu_percentage":30.0,"kernel_cpu_percentage":20.0,"cpu_window_seconds":1.0,"average_cpu_percentage":null,"user_cpu_seconds_total":3.0,"kernel_cpu_seconds_total":2.0}`,
      `${START},"kind":"smaps","pid":42,"start_ticks":90000,"pathname":"[heap]","num_mappings":2}`,
      `${START},"kind":"cgroup","path":"/a","num_processes":1}`,
      `${START},"kind":"host","num_cpus":4}`,
    ],
  );
});

Deno.test("RecordsEncoder.lines() writes counters of the kernel's own names", () => {
  const cgroup = {
    path: "/a",
    numProcesses: 1,
    memoryStat: { anon: 18446744073709551615n, file_mapped: 4096 },
    cpuPressure: {},
    memoryEvents: null,
    unreadable: { memoryEvents: "unsupported" },
  } as unknown as NonNullable<Sample["cgroups"]>[number];
  const [line] = linesOf(sampleOf({ processes: [], cgroups: [cgroup] }));
  assertEquals(
    line,
    `${START},"kind":"cgroup","path":"/a","num_processes":1,"memory_stat":{"anon":18446744073709551615,"file_mapped":4096},"memory_events":null,"cpu_pressure":{},"unreadable":{"memory_events":"unsupported"}}`,
  );
});

Deno.test("RecordsEncoder.end() writes the line that closes a run", () => {
  assertEquals(
    endLine(END),
    `${START},"kind":"end","reason":"exited","exit_code":0,"signal":null,"wall_seconds":10.123457,"user_cpu_seconds":4.0,"kernel_cpu_seconds":2.5,"mean_cores":0.642,"peak_rss_bytes":9007199254740991,"peak_rss_epoch_ms":1767323045678,"peak_rss_num_processes":8,"peak_num_processes":9,"samples":11,"missed_samples":0}\n`,
  );
});

Deno.test("RecordsEncoder.end() writes what was read and written, and why it is not known", () => {
  const summary = {
    ...END.summary,
    ioReadCharsBytes: 18446744073709551615n,
    ioWrittenBytes: null,
    unreadable: { ioWrittenBytes: "denied" } as const,
  };
  const line = endLine({ ...END, summary });
  assert(
    line.includes(
      ',"missed_samples":0,"io_read_chars_bytes":18446744073709551615,"io_written_bytes":null,"unreadable":{"io_written_bytes":"denied"}}',
    ),
    line,
  );
});

Deno.test("RecordsEncoder.end() writes a command's signal", () => {
  const line = endLine({
    ...END,
    exitCode: null,
    signal: "SIGKILL",
  });
  assert(line.includes('"exit_code":null,"signal":"SIGKILL",'), line);
});

Deno.test("RecordsEncoder places the labels behind the kind, on every line", () => {
  const labels = { job: "a b", "x.y-z": 'q"\n\u009b' };
  const encoder = encoderOf({ labels });
  const [event] = EVENTS.map(([event]) => event);
  const text = [
    ...encoder.begin(RUN),
    encodeSample(
      encoder,
      sampleOf({ events: event === undefined ? [] : [event] }),
    ),
    ...encoder.end(END),
  ].join("");
  const lines = text.slice(0, -1).split("\n");
  assertEquals(lines.length, 5);
  for (const line of lines) {
    const kind = fieldOf(line, "kind");
    const head =
      `${START},"kind":${kind},"job":"a b","x.y-z":"q\\"\\n\\u009b",`;
    assertEquals(line.slice(0, head.length), head);
  }
});

Deno.test("RecordsEncoder.lines() writes flags only if they are true", () => {
  const set = processLine({
    orphan: true,
    exeDeleted: true,
    cmdline: [],
    cmdlineTruncated: true,
  });
  assertEquals(fieldOf(set, "orphan"), "true");
  assertEquals(fieldOf(set, "exe_deleted"), "true");
  assertEquals(fieldOf(set, "cmdline_truncated"), "true");
  const unset = processLine({
    orphan: false,
    exeDeleted: null,
    cmdline: null,
    cmdlineTruncated: null,
  });
  assertFalse(/orphan|exe_deleted|cmdline_truncated/.test(unset));
});

Deno.test("RecordsEncoder.lines() writes consistent also if it is false", () => {
  assertEquals(fieldOf(treeLine({ consistent: false }), "consistent"), "false");
});

Deno.test("RecordsEncoder.lines() escapes what would break a line or a terminal", () => {
  const comm = '\u009b31m\n"\\\u0000\u001b\u007f\u0085\u2028\u202e\u2069';
  const line = processLine({ comm });
  assertEquals(
    fieldOf(line, "comm"),
    '"\\u009b31m\\n\\"\\\\\\u0000\\u001b\\u007f\\u0085\\u2028\\u202e\\u2069"',
  );
  assertEquals(JSON.parse(line).comm, comm);
});

/** The line of a process in a run with labels of some 2,000 bytes, and how long it is. */
function longLine(changes: Partial<ProcessSample>): [string, number] {
  const encoder = beginRun(format, {
    collectors: [...COLLECTORS, "env"],
    labels: { job: "x".repeat(1980) },
  });
  const process = processOf(changes);
  const [line = ""] = encoder.lines(sampleOf({ processes: [process] }));
  return [line, new TextEncoder().encode(line).length];
}

const CONTROL = "\u0001";
/** Arguments and a directory as long as collectors leave them, and other long names. */
const LONG_PROCESS = {
  cmdline: ["make", CONTROL.repeat(660)],
  cwd: `/${"d".repeat(3999)}`,
  cgroup: CONTROL.repeat(133),
  exe: CONTROL.repeat(255),
  unit: CONTROL.repeat(255),
} as const;

Deno.test("RecordsEncoder.lines() shortens arguments, then the directory, where a line has no room for both", () => {
  const { cmdline, cwd } = LONG_PROCESS;
  const [whole, wholeBytes] = longLine({ ...LONG_PROCESS, comm: "make" });
  assert(wholeBytes > 14_000 && wholeBytes < ROOM.line, `${wholeBytes}`);
  assertEquals(JSON.parse(whole).cmdline, cmdline);
  assertEquals(JSON.parse(whole).cwd, cwd);
  assertEquals(whole.includes("truncated"), false);

  const [line, bytes] = longLine({
    ...LONG_PROCESS,
    comm: CONTROL.repeat(500),
  });
  // A control of six bytes more has no room.
  assert(bytes <= ROOM.line && bytes > ROOM.line - 6, `${bytes}`);
  const read = JSON.parse(line);
  assertEquals([read.cwd, read.cwd_truncated], [cwd, undefined]);
  assertEquals([read.cmdline[0], read.cmdline_truncated], ["make", true]);
  assertEquals(read.cmdline[1], CONTROL.repeat(read.cmdline[1].length));

  // Without any arguments it is too long still.
  const [full, fullBytes] = longLine({
    ...LONG_PROCESS,
    comm: CONTROL.repeat(1000),
  });
  assertEquals(fullBytes, ROOM.line);
  const left = JSON.parse(full);
  assertEquals([left.cmdline, left.cmdline_truncated], [[], true]);
  assertEquals([cwd.startsWith(left.cwd), left.cwd_truncated], [true, true]);
});

Deno.test("RecordsEncoder.lines() shortens the longest variable of an environment last", () => {
  const env = { A: CONTROL.repeat(600), B: "b", C: null };
  const [line, bytes] = longLine({
    ...LONG_PROCESS,
    cmdline: ["make"],
    cwd: "/",
    comm: CONTROL.repeat(1100),
    env,
  });
  assert(bytes <= ROOM.line && bytes > ROOM.line - 20, `${bytes}`);
  const read = JSON.parse(line);
  assertEquals([read.cmdline, read.cwd], [[], ""]);
  assertEquals([read.cmdline_truncated, read.cwd_truncated], [true, true]);
  assertEquals(read.env, { ...env, A: CONTROL.repeat(read.env.A.length) });
  assertEquals([read.env.A.length < 600, read.env_truncated], [true, true]);
});

Deno.test("RecordsEncoder.lines() leaves a shortened line as it is when it is read again", () => {
  const process = { ...LONG_PROCESS, comm: CONTROL.repeat(500) };
  const [line] = longLine(process);
  const { cmdline } = JSON.parse(line);
  assertEquals(longLine({ ...process, cmdline, cmdlineTruncated: true }), [
    line,
    new TextEncoder().encode(line).length,
  ]);
});

Deno.test("RecordsEncoder.lines() escapes arguments one by one", () => {
  const cmdline = ["a,b", "]", '"', "\u009b", "\ud800"];
  const line = processLine({ cmdline });
  assert(
    line.includes('"cmdline":["a,b","]","\\"","\\u009b","\\ud800"]'),
    line,
  );
});

Deno.test("RecordsEncoder.lines() leaves letters of any script as they are", () => {
  const line = processLine({ comm: "käse 日本 \u{1f600}\ufffd" });
  assertEquals(fieldOf(line, "comm"), '"käse 日本 \u{1f600}\ufffd"');
});

Deno.test("RecordsEncoder.lines() writes whole numbers of 64 bits exactly", () => {
  const line = processLine({
    startTicks: 1844673907394,
    rssBytes: 9007199254740991,
    rsslimBytes: 18446744073709551614n,
    vsizeBytes: 18446744073709551615n,
  });
  assertEquals(fieldOf(line, "start_ticks"), "1844673907394");
  assertEquals(fieldOf(line, "rss_bytes"), "9007199254740991");
  assertEquals(fieldOf(line, "rsslim_bytes"), "18446744073709551614");
  assertEquals(fieldOf(line, "vsize_bytes"), "18446744073709551615");
});

Deno.test("RecordsEncoder.lines() keeps three decimals of a percentage", () => {
  for (
    const [value, text] of [
      [33.33333, "33.333"],
      [66.66666, "66.667"],
      [0.0004, "0.0"],
      [-0.0004, "0.0"],
      [0.0006, "0.001"],
      [12.1, "12.1"],
      [100, "100.0"],
      [6399.99999, "6400.0"],
      [1e300, "1e+300"],
    ] as const
  ) {
    const line = processLine({ cpuPercentage: value });
    assertEquals(fieldOf(line, "cpu_percentage"), text);
  }
});

Deno.test("RecordsEncoder.lines() keeps six decimals of seconds", () => {
  const line = processLine({
    uptimeSeconds: 0.1 + 0.2,
    cpuWindowSeconds: 1.0000004,
    userCpuSecondsTotal: 1 / 3,
    kernelCpuSecondsTotal: 18446744073.71,
  });
  assertEquals(fieldOf(line, "uptime_seconds"), "0.3");
  assertEquals(fieldOf(line, "cpu_window_seconds"), "1.0");
  assertEquals(fieldOf(line, "user_cpu_seconds_total"), "0.333333");
  assertEquals(fieldOf(line, "kernel_cpu_seconds_total"), "18446744073.71");
});

Deno.test("RecordsEncoder.lines() rounds no number of cores, but shows that it may be a fraction", () => {
  const line = treeLine({ numCores: 0.123456789 });
  assertEquals(fieldOf(line, "num_cores"), "0.123456789");
  assertEquals(fieldOf(treeLine({ numCores: 4 }), "num_cores"), "4.0");
});

Deno.test("RecordsEncoder.lines() names what is unreadable in snake_case", () => {
  const line = processLine({
    exe: null,
    exeDeleted: null,
    rssBytes: null,
    vsizeBytes: null,
    unreadable: {
      exe: "denied",
      exeDeleted: "denied",
      rssBytes: "zombie",
      ioReadCharsBytesTotal: "kernel_thread",
    },
  });
  assert(
    line.endsWith(
      ',"unreadable":{"exe":"denied","exe_deleted":"denied","rss_bytes":"zombie","io_read_chars_bytes_total":"kernel_thread"}}',
    ),
    line,
  );
});

Deno.test("RecordsEncoder.lines() says on the tree's line what is unreadable", () => {
  const line = treeLine({ rssBytes: null, unreadable: { rssBytes: "failed" } });
  assertEquals(fieldOf(line, "rss_bytes"), "null");
  assert(line.endsWith(',"unreadable":{"rss_bytes":"failed"}}'), line);
});

Deno.test("RecordsEncoder.lines() writes the time of each sample", () => {
  const lines = linesOf(sampleOf({ epochMs: 0 }));
  for (const line of lines) {
    assert(
      line.startsWith('{"timestamp":"1970-01-01T00:00:00.000Z","epoch_ms":0,'),
    );
  }
});

Deno.test("fieldNames() has every name that stands on a line", () => {
  const encoder = encoderOf();
  const text = [
    ...encoder.begin(RUN),
    encodeSample(
      encoder,
      sampleOf({
        events: EVENTS.map(([event]) => event),
        processes: [processOf({ orphan: true, exeDeleted: true, cmdline: [] })],
      }),
    ),
    ...encoder.end(END),
  ].join("");
  for (const line of text.slice(0, -1).split("\n")) {
    for (const name of Object.keys(JSON.parse(line))) {
      assert(fieldNames().has(name), name);
    }
  }
});

Deno.test("Format.reserved knows the fields of its own format alone", () => {
  for (const name of ["timestamp", "kind", "unreadable", "rss_bytes"]) {
    assert(format.reserved.has(name), name);
  }
  for (const name of ["metric_name", "fetch_index", "value", "device"]) {
    assert(lading.reserved.has(name), name);
    assertFalse(format.reserved.has(name), name);
  }
  for (const name of ["job", "rssBytes"]) {
    assertFalse(format.reserved.has(name) || lading.reserved.has(name), name);
  }
});

Deno.test("RecordsEncoder prints the kinds of line that were asked for, and no other", () => {
  const encoder = encoderOf({ only: ["tree", "exit", "end"] });
  const sample = sampleOf({ events: EVENTS.map(([event]) => event) });
  const text = [
    ...encoder.begin(RUN),
    encodeSample(encoder, sample),
    ...encoder.end(END),
  ].join("");
  const lines = text.trimEnd().split("\n");
  assertEquals(lines.map((line) => fieldOf(line, "kind")), [
    ...['"exit"', '"tree"', '"end"'],
  ]);
  assertEquals(lines[1], treeLine({}));
});

Deno.test("RecordsEncoder prints a group of fields only if its collector runs, whatever the sample holds", () => {
  const sample = sampleOf({
    processes: [processOf({ numFds: 12, uid: 0 })],
    tree: treeOf({ pssBytes: 4096 }),
  });
  const encoder = beginRun(format, { collectors: ["fd"] });
  const [process = "", tree = ""] = encodeSample(encoder, sample).split("\n");
  assertEquals(fieldOf(process, "num_fds"), "12");
  assertEquals(fieldOf(process, "uid"), undefined);
  assertEquals(fieldOf(tree, "pss_bytes"), undefined);
});

for (const { create } of [format, lading]) {
  Deno.test(`an encoder refuses a sample before its run has begun: ${create.name} ${create({}).constructor.name}`, () => {
    assertThrows(
      () => encodeSample(create(), sampleOf()),
      Error,
      "Cannot encode a sample: begin() was not called",
    );
  });
}

Deno.test("RecordsEncoder.lines() prints any names and numbers as lines that read back equal, with no raw control character", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({
      unit: fc.constantFrom(
        "\ud800",
        "\udfff",
        "\n",
        '"',
        "\\",
        "\x1b",
        "\u2028",
        "a",
      ),
    }),
  );
  const anyProcess = fc.record({
    pid: fc.nat(),
    exe: fc.option(anyText),
    comm: anyText,
    state: anyText,
    rssBytes: fc.option(fc.maxSafeNat()),
    cpuPercentage: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
  });
  const encoder = encoderOf({ labels: { job: '"\n\u2028' } });
  fc.assert(
    fc.property(
      fc.uniqueArray(anyProcess, { selector: ({ pid }) => pid }),
      (processes) => {
        const text = encodeSample(
          encoder,
          sampleOf({ processes: processes.map(processOf) }),
        );
        const lines = text.slice(0, -1).split("\n");
        assertEquals(lines.length, processes.length + 1);
        // deno-lint-ignore no-control-regex -- a terminal would obey those.
        assertFalse(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(text));
        for (const [i, process] of processes.entries()) {
          const line = JSON.parse(lines[i] ?? "");
          assertEquals(line.job, '"\n\u2028');
          assertEquals(line.pid, process.pid);
          assertEquals(line.exe, process.exe);
          assertEquals(line.comm, process.comm);
          assertEquals(line.state, process.state);
          assertEquals(line.rss_bytes, process.rssBytes);
          const { cpuPercentage: exact } = process;
          assert(
            exact === null
              ? line.cpu_percentage === null
              : Math.abs(line.cpu_percentage - exact) <= 0.0005001,
          );
        }
      },
    ),
    { numRuns: 3000, seed: 20261123 },
  );
});

Deno.test("RecordsEncoder.lines() gives lines one by one, also after one that was left halfway", () => {
  const sample = sampleOf({
    processes: [processOf(), processOf({ pid: 43, rssBytes: null })],
  });
  const encoder = encoderOf();
  const [first] = encoder.lines(sample);
  const lines = [...encoder.lines(sample)];
  const again = encodeSample(encoder, sample);
  assertEquals(lines.length, 3);
  assertEquals(first, lines[0]);
  assertEquals(
    lines.map((line) => line.indexOf("\n") + 1),
    lines.map(({ length }) => length),
  );
  assertEquals(lines.join(""), encodeSample(encoderOf(), sample));
  assertEquals(again, lines.join(""));
});

Deno.test("records refuses to print lines of an unknown kind", () => {
  assertThrows(
    // deno-lint-ignore no-explicit-any -- what a program without types may pass.
    () => format.create({ only: ["trees" as any] }),
    RangeError,
    'Cannot print lines of kind "trees"',
  );
});

Deno.test("records begins a run also if nobody reads its first line", () => {
  const encoder = format.create();
  encoder.begin(RUN);
  assertEquals(Array.from(encoder.lines(sampleOf())).length, 2);
});

Deno.test("RecordsEncoder.lines() prints groups and the rest in place of processes", () => {
  const encoder = encoderOf({ only: ["group"] });
  const sums = {
    numProcesses: 2,
    numThreads: 3,
    rssBytes: 4096,
    vsizeBytes: 8192,
    cpuPercentage: 50,
    userCpuPercentage: 30,
    kernelCpuPercentage: 20,
    unreadable: null,
  };
  const text = encodeSample(
    encoder,
    sampleOf({
      processes: [],
      groups: [{
        groupBy: "comm",
        group: null,
        other: true,
        ...sums,
        maxRssBytes: 4000,
        userCpuSecondsTotal: 1,
        kernelCpuSecondsTotal: 0.25,
        oldestStartTicks: 7,
        states: { R: 1, S: 1 },
      }],
      rest: { numGroups: 5, ...sums, unreadable: { rssBytes: "denied" } },
    }),
  );
  assertEquals(
    text,
    `${START},"kind":"group","group_by":"comm","group":null,"other":true,"num_processes":2,"num_threads":3,"rss_bytes":4096,"vsize_bytes":8192,"cpu_percentage":50.0,"user_cpu_percentage":30.0,"kernel_cpu_percentage":20.0,"max_rss_bytes":4000,"user_cpu_seconds_total":1.0,"kernel_cpu_seconds_total":0.25,"oldest_start_ticks":7,"states":{"R":1,"S":1}}
${START},"kind":"rest","num_groups":5,"num_processes":2,"num_threads":3,"rss_bytes":4096,"vsize_bytes":8192,"cpu_percentage":50.0,"user_cpu_percentage":30.0,"kernel_cpu_percentage":20.0,"unreadable":{"rss_bytes":"denied"}}
`,
  );
});

Deno.test("RecordsEncoder.lines() prints only the fields of processes that were chosen, and who it is", () => {
  const encoder = encoderOf({ fields: ["rss_bytes", "exe", "num_fds"] });
  const [line] = encodeSample(
    encoder,
    sampleOf({
      processes: [processOf({
        exe: null,
        rssBytes: null,
        numFds: 3,
        unreadable: { exe: "denied", uptimeSeconds: "failed" },
      })],
    }),
  ).split("\n");
  assertEquals(
    line,
    `${START},"kind":"process","pid":42,"exe":null,"start_ticks":90000,"rss_bytes":null,"num_fds":3,"unreadable":{"exe":"denied"}}`,
  );
});

Deno.test("RecordsEncoder refuses a field that no process or group has", () => {
  assertThrows(
    () => format.create({ fields: ["load15"] }),
    RangeError,
    'Cannot print the field "load15": no process or group has it',
  );
});

/** The JSON of the host and the run on each line of a run, and the reasons for nulls. */
function originsOf(run: Run): (string | undefined)[][] {
  const encoder = format.create({ hostname: true, labels: { job: "a" } });
  const process = processOf({ exe: null, unreadable: { exe: "denied" } });
  return [
    ...encoder.begin(run),
    ...encoder.lines(sampleOf({ processes: [process] })),
    ...encoder.end(END),
  ].map((line) => [
    JSON.parse(line).kind,
    fieldOf(line, "hostname"),
    fieldOf(line, "run_id"),
    line.match(/"unreadable":[^}]*}/)?.[0],
  ]);
}

Deno.test("RecordsEncoder puts the host and the run on every line if asked, once", () => {
  const id = '"00000000-0000-4000-8000-000000000001"';
  assertEquals(originsOf(RUN), [
    ["run", '"example"', id, undefined],
    ["process", '"example"', id, '"unreadable":{"exe":"denied"}'],
    ["tree", '"example"', id, undefined],
    ["end", '"example"', id, undefined],
  ]);
  const unknown = { ...RUN, hostname: null };
  assertEquals(
    originsOf({ ...unknown, unreadable: { hostname: "denied" } }),
    [
      ["run", "null", id, '"unreadable":{"hostname":"denied"}'],
      [
        "process",
        "null",
        id,
        '"unreadable":{"hostname":"denied","exe":"denied"}',
      ],
      ["tree", "null", id, '"unreadable":{"hostname":"denied"}'],
      ["end", "null", id, '"unreadable":{"hostname":"denied"}'],
    ],
  );
  const [line = ""] = format.create({ hostname: true }).begin(RUN);
  assertEquals(line, runLine(RUN));
});

Deno.test("RecordsEncoder puts the host on lines of chosen fields, behind the labels", () => {
  const encoder = format.create({
    hostname: true,
    labels: { job: "a" },
    fields: ["comm"],
  });
  Array.from(encoder.begin(RUN));
  const [line] = encoder.lines(sampleOf());
  assertEquals(
    line,
    `${START},"kind":"process","job":"a","hostname":"example","run_id":"00000000-0000-4000-8000-000000000001","pid":42,"comm":"make","start_ticks":90000}\n`,
  );
});

Deno.test("lading and table show the host if asked", () => {
  const linesIn = (create: typeof format.create, run: Run) => {
    const encoder = create({ hostname: true, labels: { job: "a" } });
    Array.from(encoder.begin(run));
    return Array.from(encoder.lines(sampleOf()));
  };
  for (const line of linesIn(lading.create, RUN)) {
    assert(line.endsWith(',"job":"a","hostname":"example"}\n'), line);
  }
  for (const line of linesIn(lading.create, { ...RUN, hostname: null })) {
    assert(line.endsWith(',"job":"a"}\n'), line);
  }
  assertStringIncludes(
    linesIn(table.create, RUN)[0] ?? "",
    "  job=a  hostname=example  run_id=00000000-0000-4000-8000-000000000001\n",
  );
});

Deno.test("RecordsEncoder keeps of a thread what was asked for, and what says which it is", () => {
  const text = encodeSample(
    encoderOf({ only: ["thread"], fields: ["comm", "processor"] }),
    sampleOf({ threads: [threadOf({ tid: 43 })] }),
  );
  assertEquals(
    text,
    `${START},"kind":"thread","pid":42,"tid":43,"comm":"make","start_ticks":90000,"processor":1}\n`,
  );
});
