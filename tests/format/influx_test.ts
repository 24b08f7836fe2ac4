// deno-lint-ignore-file camelcase -- the names are those on the lines.
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { COLLECTORS } from "../../src/collect/collectors.ts";
import { format } from "../../src/format/influx.ts";
import type { Encoder } from "../../src/format/format.ts";
import type {
  CgroupSample,
  HostSample,
} from "../../src/model/collected_fields.ts";
import { LINES } from "../../src/model/dictionary.ts";
import type { Fields } from "../../src/model/field.ts";
import type { GroupSample } from "../../src/model/group.ts";
import type { Sample } from "../../src/model/sample.ts";
import { groupBy } from "../../src/view/group_by.ts";
import type { GroupKey } from "../../src/view/group_keys.ts";
import { top } from "../../src/view/top.ts";
import { startViews } from "../../src/view/views.ts";
import {
  type FieldValue,
  identityOf,
  type Point,
  pointsOf,
  unmarked,
} from "../support/influx_lines.ts";
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

const TIME = "1767323045678000000";
const LOOKUP =
  `procstat_lookup,pid_finder=procline,result=success pid_count=1i,running=1i,result_code=0i ${TIME}\n`;

/** Every field null. */
function nothing(fields: Fields): Record<string, null> {
  return Object.fromEntries(Object.keys(fields).map((key) => [key, null]));
}

const HOST = nothing(LINES.host) as unknown as HostSample;
const CGROUP = {
  ...nothing(LINES.cgroup),
  path: "/a",
  numProcesses: 1,
} as unknown as CgroupSample;

/** The views that samples go through. */
const WAYS: readonly {
  readonly key: GroupKey | null;
  readonly isTop: boolean;
}[] = [
  { key: null, isTop: false },
  { key: null, isTop: true },
  { key: "comm", isTop: false },
  { key: "exe", isTop: true },
  { key: "uid", isTop: false },
  { key: "cgroup", isTop: false },
];

function groupOf(changes: Partial<GroupSample> = {}): GroupSample {
  return {
    groupBy: "comm",
    group: "make",
    other: false,
    numProcesses: 2,
    numThreads: 3,
    rssBytes: 8192,
    vsizeBytes: 16384,
    cpuPercentage: 50,
    userCpuPercentage: 30,
    kernelCpuPercentage: 20,
    maxRssBytes: 4096,
    userCpuSecondsTotal: 3,
    kernelCpuSecondsTotal: 2,
    oldestStartTicks: 90000,
    states: { S: 2 },
    unreadable: null,
    ...changes,
  };
}

function encoderOf(
  options: Parameters<typeof beginRun>[1] = {},
): Encoder {
  return beginRun(format, { collectors: [], ...options });
}

/** The lines of a sample, one after the other. */
function linesOf(
  changes: Partial<Sample>,
  options: Parameters<typeof beginRun>[1] = {},
): string[] {
  return encodeSample(encoderOf(options), sampleOf(changes))
    .split(/(?<=\n)/);
}

/** The points of groups and processes in a sample. */
function procstat(
  changes: Partial<Sample>,
  options: Parameters<typeof beginRun>[1] = {},
): Point[] {
  return pointsOf(encodeSample(encoderOf(options), sampleOf(changes)))
    .filter(({ measurement }) => measurement === "procstat");
}

function valuesOf(point: Point | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(point?.fields ?? {}).map(([name, { value }]) => [
      name,
      value,
    ]),
  );
}

Deno.test("InfluxEncoder.lines() writes a point for a group, with Telegraf's names", () => {
  assertEquals(
    linesOf({ processes: [], groups: [groupOf()] })[0],
    "procstat,process_name=make num_processes=2i,num_threads=3i," +
      "memory_rss=8192i,memory_vms=16384i,cpu_usage=50.0," +
      "user_cpu_percentage=30.0,kernel_cpu_percentage=20.0," +
      "max_rss_bytes=4096i,cpu_time_user=3.0,cpu_time_system=2.0," +
      "oldest_start_ticks=90000i,cpu_time=5i," +
      "created_at=1767323033178000000i,states_R=0i,states_S=2i," +
      "states_D=0i,states_Z=0i,states_T=0i,states_t=0i,states_I=0i " +
      `${TIME}\n`,
  );
});

Deno.test("InfluxEncoder.lines() writes a point for a process, with its id as a tag", () => {
  assertEquals(
    linesOf({})[0],
    "procstat,process_name=make,pid=42 orphan=false,exe_deleted=false," +
      'ppid=1i,exe="make",start_ticks=90000i,' +
      'created_at=1767323033178000000i,status="sleep",' +
      "uptime_seconds=12.5,num_threads=1i,memory_rss=4096i," +
      "may_share_memory=false,memory_vms=8192i,cpu_usage=50.0," +
      "user_cpu_percentage=30.0,kernel_cpu_percentage=20.0," +
      "cpu_window_seconds=1.0,cpu_time_user=3.0,cpu_time_system=2.0," +
      "children_user_cpu_seconds_total=1.0," +
      `children_kernel_cpu_seconds_total=0.0,cpu_time=5i ${TIME}\n`,
  );
});

Deno.test("InfluxEncoder counts a second of cpu_time that is past in tenths", () => {
  // Ten times 0.1 is 0.9999999999999999 in doubles.
  const tenths = Array.from({ length: 10 }, () => 0.1)
    .reduce((sum, tenth) => sum + tenth, 0);
  const lines = encodeSample(
    beginRun(format),
    sampleOf({
      processes: [
        processOf({ userCpuSecondsTotal: tenths, kernelCpuSecondsTotal: 0 }),
      ],
    }),
  );
  assertEquals(/cpu_time=(\d+)i/.exec(lines)?.[1], "1");
});

Deno.test("InfluxEncoder has a start of a whole millisecond, the nearest", () => {
  const lines = encodeSample(
    beginRun(format),
    sampleOf({ bootEpochMs: EPOCH_MS - 912_500.0002 }),
  );
  assertEquals(/created_at=(\d+)i/.exec(lines)?.[1], "1767323033178000000");
});

Deno.test("InfluxEncoder.lines() writes the tree, and how many processes were found", () => {
  assertEquals(linesOf({ processes: [] }), [
    LOOKUP,
    "procline_tree seq=3i,num_processes=1i,num_threads=1i,rss_bytes=4096i," +
    "may_share_memory=false,vsize_bytes=8192i,cpu_percentage=50.0," +
    "user_cpu_percentage=30.0,kernel_cpu_percentage=20.0," +
    "unseen_cpu_percentage=0.0,cpu_limit_percentage=12.5," +
    "user_cpu_seconds_total=4.0,kernel_cpu_seconds_total=2.0," +
    "num_cores=4.0,interval_seconds=1.0,sample_seconds=0.001," +
    "missed_samples=0i,gone=0i,denied=0i,malformed=0i,consistent=true," +
    `sampler_cpu_percentage=0.5,sampler_rss_bytes=65536i,root_pid=42i ${TIME}\n`,
  ]);
  const tree = treeOf({ gone: 1, denied: 2, malformed: 3 });
  assertEquals(
    linesOf({ processes: [], tree })[0],
    LOOKUP.replace("pid_count=1i", "pid_count=7i"),
  );
});

Deno.test("InfluxEncoder writes the run and its end", () => {
  const encoder = format.create();
  assertEquals(
    Array.from(encoder.begin({ ...RUN, command: ["sh", "-c", 'a "b"'] })),
    [
      "procline_run interval_seconds=0.25,page_size_bytes=4096i," +
      'ticks_per_second=100i,num_cores=1.5,version="0.1.0",' +
      'run_id="00000000-0000-4000-8000-000000000001",' +
      'boot_id="01234567-89ab-4cde-8f01-23456789abcd",hostname="example",' +
      'root_pid=42i,command="sh -c a \\"b\\"",collectors="io host" ' +
      `${TIME}\n`,
    ],
  );
  assertEquals(Array.from(encoder.end(END)), [
    "procline_end exit_code=0i,wall_seconds=10.123457,user_cpu_seconds=4.0," +
    "kernel_cpu_seconds=2.5,mean_cores=0.642," +
    "peak_rss_bytes=9007199254740991i,peak_rss_epoch_ms=1767323045678i," +
    "peak_rss_num_processes=8i,peak_num_processes=9i,samples=11i," +
    `missed_samples=0i,reason="exited" ${TIME}\n`,
  ]);
});

Deno.test("InfluxEncoder puts labels and the host on every point as tags", () => {
  const labels = { job: "a b,c=d", empty: "" };
  const encoder = encoderOf({ labels, hostname: true });
  const text = Array.from(encoder.begin(RUN)).join("") +
    encodeSample(encoder, sampleOf()) +
    Array.from(encoder.end(END)).join("");
  const points = pointsOf(text);
  assertEquals(points.length, 5);
  for (const { tags } of points) {
    assertEquals([tags.job, tags.host, tags.empty], [
      "a b,c=d",
      "example",
      undefined,
    ]);
  }
  assertEquals(
    points.filter(({ fields }) => fields.run_id?.value === RUN.runId)
      .map(({ measurement }) => measurement),
    ["procline_run", "procline_tree", "procline_end"],
  );
  assert(text.includes("job=a\\ b\\,c\\=d,host=example "));
});

Deno.test("InfluxEncoder.lines() tells groups of other keys by a tag, and that of all others", () => {
  const tagsOf = (changes: Partial<GroupSample>) =>
    procstat({ processes: [], groups: [groupOf(changes)] })[0]?.tags;
  assertEquals(tagsOf({ groupBy: "cgroup", group: "/a" }), {
    group_by: "cgroup",
    process_name: "/a",
  });
  assertEquals(tagsOf({ groupBy: "uid", group: "0" }), {
    group_by: "uid",
    process_name: "0",
  });
  assertEquals(tagsOf({ group: null, other: true }), { other: "true" });
  assertEquals(tagsOf({ group: "other" }), { process_name: "other" });
  assertEquals(tagsOf({ group: "" }), {});
});

Deno.test("InfluxEncoder.lines() has what collectors read under Telegraf's names", () => {
  const [point] = procstat({
    processes: [processOf({
      state: "t",
      cmdline: ["make", "-j 8", '"\\'],
      cwd: "/srv/a b",
      env: { LANG: "C", NONE: null, "a,b=\n": 'x"\n' },
      nice: -5,
      priority: -51,
      pgrp: 42,
      session: 41,
      uid: 1000,
      minorFaultsTotal: 1,
      majorFaultsTotal: 2,
      childrenMinorFaultsTotal: 3,
      childrenMajorFaultsTotal: 4,
      blockIoDelaySecondsTotal: 0,
      voluntaryCtxtSwitches: 5,
      nonvoluntaryCtxtSwitches: 6,
      dataBytes: 2n ** 62n,
      stackBytes: 8,
      lockedBytes: 9,
      swapBytes: 2048,
      pssBytes: 3072,
      numaBytes: { "0": 4096, "7": 8192 },
      ioReadCharsBytesTotal: 10,
      ioWrittenCharsBytesTotal: 11,
      ioReadCallsTotal: 12,
      ioWriteCallsTotal: 13,
      ioReadBytesTotal: 14,
      ioWrittenBytesTotal: 15,
      numFds: 16,
      numSockets: 9,
      sockets: { tcp: 2, udp: 3, udp6: 1, unix: 3, other: 0 },
      tcpStates: { listen: 2, close_wait: 0 },
      fdLimit: 17,
      cgroup: "/user.slice/a\\x2db.scope",
      unit: "a\\x2db.scope",
      containerId: null,
      podUid: null,
    })],
    host: { ...HOST, memTotalBytes: 65536 },
  }, { collectors: [...COLLECTORS, "env"] });
  assertEquals(point?.tags, {
    process_name: "make",
    pid: "42",
    cgroup: "/user.slice/a\\x2db.scope",
    systemd_unit: "a\\x2db.scope",
  });
  const values = valuesOf(point);
  const expected = {
    status: "stop",
    cmdline: 'make -j 8 "\\',
    cwd: "/srv/a b",
    env_LANG: "C",
    "env_a,b=\u2426000a": 'x"\u2426000a',
    nice: -5n,
    nice_priority: 25n,
    priority: -51n,
    realtime_priority: 50n,
    pgrp: 42n,
    session: 41n,
    uid: 1000n,
    ppid: 1n,
    minor_faults: 1n,
    major_faults: 2n,
    child_minor_faults: 3n,
    child_major_faults: 4n,
    cpu_time_iowait: 0,
    voluntary_context_switches: 5n,
    involuntary_context_switches: 6n,
    memory_data: 2n ** 62n,
    memory_stack: 8n,
    memory_locked: 9n,
    memory_swap: 2n,
    swap_bytes: 2048n,
    memory_pss: 3n,
    numa_bytes_0: 4096n,
    numa_bytes_7: 8192n,
    pss_bytes: 3072n,
    read_bytes: 10n,
    write_bytes: 11n,
    read_count: 12n,
    write_count: 13n,
    disk_read_bytes: 14n,
    disk_write_bytes: 15n,
    num_fds: 16n,
    num_sockets: 9n,
    sockets_tcp: 2n,
    sockets_udp: 3n,
    sockets_udp6: 1n,
    sockets_unix: 3n,
    sockets_other: 0n,
    tcp_listen: 2n,
    tcp_close_wait: 0n,
    udp_socket: 4n,
    unix_socket: 3n,
    rlimit_num_fds_soft: 17n,
    memory_usage: 6.25,
  };
  assertEquals(
    Object.fromEntries(
      Object.keys(expected).map((name) => [name, values[name]]),
    ),
    expected,
  );
  assertEquals(point?.fields.cpu_time_iowait?.type, "float");
});

Deno.test("InfluxEncoder.lines() leaves out what is not known, and what has 64 bits without a sign", () => {
  const [point] = procstat({
    bootEpochMs: null,
    processes: [processOf({
      exe: null,
      exeDeleted: null,
      rssBytes: null,
      cpuPercentage: null,
      state: "?",
      rsslimBytes: 2n ** 63n,
      vsizeBytes: 2n ** 63n - 1n,
    })],
  });
  const names = Object.keys(point?.fields ?? {});
  for (
    const name of [
      "exe",
      "exe_deleted",
      "memory_rss",
      "cpu_usage",
      "status",
      "created_at",
      "memory_usage",
      "rlimit_memory_rss_soft",
    ]
  ) assertEquals(names.includes(name), false, name);
  assertEquals(valuesOf(point).memory_vms, 2n ** 63n - 1n);
});

Deno.test("InfluxEncoder.lines() gives each event of a sample a time of its own", () => {
  const exit = (pid: number) =>
    ({
      kind: "exit",
      pid,
      ppid: 1,
      startTicks: 5,
      exe: "sh",
      comm: "sh",
      cmdline: null,
      cmdlineTruncated: null,
      lifetimeSeconds: 1,
      userCpuSecondsTotal: 0,
      kernelCpuSecondsTotal: 0,
      childrenUserCpuSecondsTotal: 0,
      childrenKernelCpuSecondsTotal: 0,
      peakRssBytes: null,
    }) as const;
  const [first, second] = linesOf({ events: [exit(7), exit(8)] });
  assertEquals(
    first,
    "procline_exit,process_name=sh lifetime_seconds=1.0," +
      "user_cpu_seconds_total=0.0,kernel_cpu_seconds_total=0.0," +
      "children_user_cpu_seconds_total=0.0," +
      "children_kernel_cpu_seconds_total=0.0,pid=7i,ppid=1i,start_ticks=5i," +
      `exe="sh" ${TIME}\n`,
  );
  assert(second?.endsWith(" 1767323045678000001\n"));
});

Deno.test("InfluxEncoder.lines() prints figures of maps as fields, those of devices as points", () => {
  const cgroup = {
    ...CGROUP,
    memoryStat: { anon: 5, "odd key": 6, none: null },
    cpuPressure: { some_avg10: 0, some_total: 7 },
    ioStat: { "8:0": { rbytes: 1, wbytes: 2 }, "8:16": { rbytes: null } },
  };
  const lines = linesOf({ processes: [], cgroups: [cgroup] }, {
    collectors: ["cgroup"],
  });
  const [point, ...others] = pointsOf(lines.join(""));
  assertEquals(point?.measurement, "procline_cgroup");
  assertEquals(point?.tags, { path: "/a" });
  assertEquals(point?.fields["memory_stat_anon"], { type: "int", value: 5n });
  assertEquals(point?.fields["memory_stat_odd key"]?.value, 6n);
  assertEquals(point?.fields["memory_stat_none"], undefined);
  assertEquals(point?.fields["cpu_pressure_some_avg10"], {
    type: "float",
    value: 0,
  });
  assertEquals(point?.fields["cpu_pressure_some_total"]?.type, "int");
  assertEquals(
    lines[1],
    `procline_cgroup_io_stat,path=/a,device=8:0 rbytes=1i,wbytes=2i ${TIME}\n`,
  );
  assertEquals(others.length, 3);
});

Deno.test("InfluxEncoder.lines() tells two cgroups apart whose paths were cut to the same", () => {
  const lines = linesOf({ processes: [], cgroups: [CGROUP, CGROUP, CGROUP] }, {
    collectors: ["cgroup"],
  });
  assertEquals(
    lines.slice(0, 3).map((line) => line.split(" ")[0]),
    [
      "procline_cgroup,path=/a",
      "procline_cgroup,path=/a,duplicate=2",
      "procline_cgroup,path=/a,duplicate=3",
    ],
  );
});

Deno.test("InfluxEncoder.lines() has later times for later samples, also if the clock steps back", () => {
  const encoder = encoderOf();
  const timesOf = (epochMs: number) =>
    new Set(
      pointsOf(encodeSample(encoder, sampleOf({ epochMs })))
        .map(({ time }) => time),
    );
  assertEquals(timesOf(EPOCH_MS), new Set([BigInt(TIME)]));
  assertEquals(timesOf(EPOCH_MS), new Set([BigInt(TIME) + 1_000_000n]));
  assertEquals(timesOf(EPOCH_MS - 5), new Set([BigInt(TIME) + 2_000_000n]));
  assertEquals(timesOf(EPOCH_MS + 9), new Set([BigInt(TIME) + 9_000_000n]));
});

Deno.test("InfluxEncoder replaces what readers take for something else", () => {
  const shown = (comm: string) =>
    linesOf({ processes: [processOf({ comm })] })[0]
      ?.split(" orphan=")[0]?.replace("procstat,", "");
  for (
    const [comm, tags] of [
      ["a\\", "process_name=a\u2426005c,pid=42"],
      ["a\\\\b", "process_name=a\u2426005c\\b,pid=42"],
      ["a\\,b", "process_name=a\u2426005c\\,b,pid=42"],
      ['a\\"', 'process_name=a\u2426005c",pid=42'],
      ["a\\nb", "process_name=a\\nb,pid=42"],
      ["a\nb", "process_name=a\u2426000ab,pid=42"],
      ["\\\n", "process_name=\u2426005c\u2426000a,pid=42"],
      ["\x7f\x85\u2028", "process_name=\u2426007f\u24260085\u24262028,pid=42"],
      ["\u2426000a", "process_name=\u24262426000a,pid=42"],
      ["\ud800", "process_name=\u2426d800,pid=42"],
      ["# EOF", "process_name=#\\ EOF,pid=42"],
      ["🙂=\ufffd", "process_name=🙂\\=\ufffd,pid=42"],
      [" ", "process_name=\\ ,pid=42"],
      ["", "pid=42"],
    ] as const
  ) assertEquals(shown(comm), tags);
});

Deno.test("InfluxEncoder cuts a tag that would fill a point", () => {
  const [line = ""] = linesOf({
    processes: [processOf({ comm: "x".repeat(70_000) })],
  });
  assert(line.startsWith(`procstat,process_name=${"x".repeat(4000)},pid=42 `));
  const groups = ["a", "b"].map((end) =>
    groupOf({ group: "x".repeat(4000) + end })
  );
  const points = procstat({ processes: [], groups });
  assertEquals(points.map(({ tags }) => tags.duplicate), [undefined, "2"]);
});

Deno.test("InfluxEncoder refuses labels without a name, and those that fill a point", () => {
  assertThrows(
    () => format.create({ labels: { "": "a" } }),
    RangeError,
    "Cannot print a label without a name",
  );
  const labels = Object.fromEntries(
    Array.from({ length: 9 }, (_, i) => [`l${i}`, "a".repeat(9000)]),
  );
  assertThrows(() => format.create({ labels }), RangeError, "labels of 36");
  assertThrows(
    () => Array.from(format.create().lines(sampleOf())),
    Error,
    "begin()",
  );
});

Deno.test("influx reserves the names of tags and fields", () => {
  for (
    const name of [
      "host",
      "pid",
      "process_name",
      "group_by",
      "other",
      "path",
      "device",
      "duplicate",
      "memory_rss",
      "cpu_usage",
      "created_at",
      "status",
      "rss_bytes",
      "run_id",
      "pid_count",
      "time",
      "_field",
      "_measurement",
    ]
  ) assert(format.reserved.has(name), name);
  assertEquals(format.reserved.has("job"), false);
});

Deno.test("influx has one type for each field, and no point twice, over all recordings in every way", async () => {
  const types = new Map<string, FieldValue["type"]>();
  let seen = 0;
  for (const { path } of recordingCases()) {
    for (const way of WAYS) {
      const { run, samples } = await recordedRun(path);
      const views = way.key === null ? [] : [groupBy(way.key)];
      if (
        !views.every(({ needs }) =>
          needs.every((c) => run.collectors.includes(c))
        )
      ) {
        continue;
      }
      const view = startViews([...views, ...way.isTop ? [top(1)] : []], run);
      const encoder = format.create({ hostname: true });
      const texts = Array.from(encoder.begin(run));
      for (const sample of samples) {
        texts.push(encodeSample(encoder, view.apply(sample)));
      }
      texts.push(...encoder.end({ ...END, epochMs: EPOCH_MS }));
      const points = pointsOf(texts.join(""));
      assertEquals(new Set(points.map(identityOf)).size, points.length, path);
      for (const { measurement, fields } of points) {
        seen++;
        for (const [name, { type }] of Object.entries(fields)) {
          const field = `${measurement} ${name}`;
          assertEquals(type, types.get(field) ?? type, `${field} in ${path}`);
          types.set(field, type);
        }
      }
    }
  }
  assert(seen > 500, `${seen} points`);
  assert(types.size > 300, `${types.size} fields`);
});

Deno.test("InfluxEncoder.lines() prints what a new encoder prints, over all recordings", async () => {
  let compared = 0;
  for (const { path } of recordingCases()) {
    const { run, samples } = await recordedRun(path);
    const begun = () => beginRun(format, { collectors: run.collectors });
    const kept = begun();
    for (const sample of samples) {
      const lines = encodeSample(kept, sample);
      assertEquals(lines, encodeSample(begun(), sample), path);
      compared += lines.length;
    }
  }
  assert(compared > 100_000, `${compared}`);
});

Deno.test("InfluxEncoder.lines() knows starts once the boot is known", () => {
  const encoder = encoderOf();
  const createdAt = (bootEpochMs: number | null, epochMs: number) =>
    pointsOf(encodeSample(encoder, sampleOf({ bootEpochMs, epochMs })))[0]
      ?.fields.created_at?.value;
  assertEquals(createdAt(null, EPOCH_MS), undefined);
  assertEquals(
    createdAt(EPOCH_MS - 912_500, EPOCH_MS + 1),
    1767323033178000000n,
  );
});

Deno.test("influx keeps counters of groups from falling, over all recordings", async () => {
  const counters =
    /^(?:cpu_time(?:_user|_system)?|(?:minor|major)_faults|(?:in)?voluntary_context_switches|(?:disk_)?(?:read|write)_bytes|(?:read|write)_count)$/;
  let compared = 0;
  for (const { path } of recordingCases()) {
    const { run, samples } = await recordedRun(path);
    const view = startViews([groupBy("comm")], run);
    const encoder = beginRun(format, { collectors: run.collectors });
    const last = new Map<string, number | bigint>();
    for (const sample of samples) {
      const points = pointsOf(encodeSample(encoder, view.apply(sample)));
      for (const { measurement, tags, fields } of points) {
        if (measurement !== "procstat") continue;
        for (const [name, { value }] of Object.entries(fields)) {
          if (!counters.test(name)) continue;
          assert(typeof value === "number" || typeof value === "bigint");
          const key = JSON.stringify([tags, name]);
          const before = last.get(key);
          if (before !== undefined) {
            compared++;
            assert(value >= before, `${key} in ${path}: ${before}, ${value}`);
          }
          last.set(key, value);
        }
      }
    }
  }
  assert(compared > 200, `${compared}`);
});

Deno.test("InfluxEncoder.lines() prints any names and numbers as points that read back equal, none twice", () => {
  const anyText = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ maxLength: 500 }),
    fc.string({
      unit: fc.constantFrom(
        ...'\ud800\udfff\n\r\t"\\\x1b\u2028\x85,= a\u2426#0',
      ),
    }),
  );
  const anyGroup = fc.record({
    group: anyText,
    rssBytes: fc.option(fc.maxSafeNat()),
    vsizeBytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    cpuPercentage: fc.option(fc.double({ min: 0, max: 1e30, noNaN: true })),
    userCpuSecondsTotal: fc.double({ min: 0, max: 1e12, noNaN: true }),
  });
  fc.assert(fc.property(
    fc.uniqueArray(anyGroup, { selector: ({ group }) => group }),
    fc.uniqueArray(
      fc.record({ comm: anyText, exe: fc.option(anyText), pid: fc.nat() }),
      {
        selector: ({ pid }) => pid,
      },
    ),
    fc.array(anyText),
    anyText,
    (groups, processes, paths, job) => {
      const encoder = encoderOf({ labels: { job }, collectors: ["cgroup"] });
      const points = pointsOf(encodeSample(
        encoder,
        sampleOf({
          groups: groups.map(groupOf),
          processes: processes.map(processOf),
          cgroups: paths.map((path) => ({ ...CGROUP, path })),
        }),
      ));
      assertEquals(new Set(points.map(identityOf)).size, points.length);
      for (const { tags } of points) {
        assertEquals(unmarked(tags.job ?? ""), job);
      }
      const read = points.filter(({ measurement }) =>
        measurement === "procstat"
      );
      assertEquals(read.length, groups.length + processes.length);
      for (const [i, { comm, pid, exe }] of processes.entries()) {
        const point = read[i];
        assertEquals(unmarked(point?.tags.process_name ?? ""), comm);
        assertEquals(point?.tags.pid, `${pid}`);
        const value = point?.fields.exe?.value;
        assertEquals(value === undefined ? null : unmarked(`${value}`), exe);
      }
      for (const [i, group] of groups.entries()) {
        const point = read[processes.length + i];
        assertEquals(unmarked(point?.tags.process_name ?? ""), group.group);
        const { memory_rss, memory_vms, cpu_usage, cpu_time_user } =
          point?.fields ?? {};
        assertEquals(
          memory_rss?.value,
          group.rssBytes === null ? undefined : BigInt(group.rssBytes),
        );
        assertEquals(
          memory_vms?.value,
          group.vsizeBytes < 2n ** 63n ? group.vsizeBytes : undefined,
        );
        assertEquals(cpu_time_user?.type, "float");
        assertEquals(
          cpu_usage?.type,
          group.cpuPercentage === null ? undefined : "float",
        );
      }
    },
  ));
});

Deno.test("InfluxEncoder.lines() writes a point for a thread, with its process and its name as tags", () => {
  assertEquals(
    linesOf({
      processes: [],
      threads: [threadOf({ tid: 43, comm: "a b,c" })],
    }, { collectors: ["threads"] })[0],
    "procline_thread,pid=42,tid=43,thread_name=a\\ b\\,c " +
      "uptime_seconds=12.5,processor=1i,cpu_percentage=50.0," +
      "user_cpu_percentage=30.0,kernel_cpu_percentage=20.0," +
      "cpu_window_seconds=1.0,user_cpu_seconds_total=3.0," +
      `kernel_cpu_seconds_total=2.0,state="S",start_ticks=90000i ${TIME}\n`,
  );
});

Deno.test("InfluxEncoder.lines() writes a point for the threads of one name in a group", () => {
  const run = { ...RUN, collectors: ["threads"] };
  const view = groupBy("comm").create(run);
  const threads = (seconds: number) => [
    threadOf({ uptimeSeconds: 500 }),
    threadOf({
      tid: 43,
      comm: "a job",
      uptimeSeconds: 500,
      userCpuSecondsTotal: seconds,
    }),
  ];
  view.apply(sampleOf({ threads: threads(1) }));
  const lines = encodeSample(
    encoderOf({ collectors: ["threads"] }),
    view.apply(sampleOf({ threads: threads(1.3) })),
  ).split(/(?<=\n)/).filter((line) => line.startsWith("procline_thread"));
  const fields = (seconds: string) =>
    `num_threads=1i,user_cpu_seconds_total=${seconds},kernel_cpu_seconds_total=0.0`;
  assertEquals(lines, [
    `procline_thread,process_name=make,thread_name=make ${
      fields("0.0")
    } ${TIME}\n`,
    `procline_thread,process_name=make,thread_name=a\\ job ${
      fields("0.3")
    } ${TIME}\n`,
  ]);
});
