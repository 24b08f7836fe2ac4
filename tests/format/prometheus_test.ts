import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { COLLECTORS } from "../../src/collect/collectors.ts";
import { format as openmetrics } from "../../src/format/openmetrics.ts";
import { format as prometheus } from "../../src/format/prometheus.ts";
import type { EncoderOptions, Format } from "../../src/format/format.ts";
import type {
  CgroupSample,
  ThreadSample,
} from "../../src/model/collected_fields.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Run } from "../../src/model/run.ts";
import type { Sample } from "../../src/model/sample.ts";
import { groupBy } from "../../src/view/group_by.ts";
import {
  readMetrics,
  type ReadSample,
  unescapeControls,
} from "../support/metrics.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { recordingCases } from "../support/recordings.ts";
import {
  END,
  processOf,
  RUN,
  sampleOf,
  threadOf,
  treeOf,
} from "../support/samples.ts";

const RUNNING: Run = { ...RUN, collectors: ["stat", "status", "io", "fd"] };

/** What the collectors of {@linkcode RUNNING} add to a process. */
const READ: Partial<ProcessSample> = {
  minorFaultsTotal: 0,
  majorFaultsTotal: 0,
  swapBytes: 0,
  voluntaryCtxtSwitches: 0,
  nonvoluntaryCtxtSwitches: 0,
  numFds: 4,
  fdLimit: 1024,
  ioReadBytesTotal: 0,
  ioWrittenBytesTotal: 0,
};

/** A sample that is taken so many seconds after the first. */
function sampleAt(
  second: number,
  processes: readonly Partial<ProcessSample>[],
  changes: Partial<Sample> = {},
): Sample {
  const sweepMs = 1000 + 1000 * second;
  return sampleOf({
    times: { sweepMs, processesMs: sweepMs, hostMs: sweepMs },
    processes: processes.map((process) =>
      processOf({ ...READ, uptimeSeconds: 500 + second, ...process })
    ),
    ...changes,
  });
}

/** The texts of samples, each grouped by the names of its processes, and the text of the end. */
function textsOf(
  samples: readonly Sample[],
  format: Format = prometheus,
  options: EncoderOptions & { readonly run?: Run } = {},
): string[] {
  const { run = RUNNING, ...rest } = options;
  const view = groupBy("comm").create(run);
  const encoder = format.create(rest);
  assertEquals([...encoder.begin(run)], []);
  return [
    ...samples.map((sample) => [...encoder.lines(view.apply(sample))].join("")),
    [...encoder.end(END)].join(""),
  ];
}

/** The text of one sample. */
function textOf(
  sample: Sample,
  format: Format = prometheus,
  options: EncoderOptions & { readonly run?: Run } = {},
): string {
  return textsOf([sample], format, options)[0] ?? "";
}

/** The value of a sample by its name and labels as they stand in the text. */
function valueIn(text: string, series: string): string | undefined {
  return text.split("\n").find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);
}

Deno.test("the text of a group has the names, labels and types of process-exporter", () => {
  const text = textOf(sampleAt(0, [{ comm: "make" }]));
  const own = text.split("\n").filter((line) =>
    line.includes("namedprocess_") && !line.startsWith("# HELP")
  );
  assertEquals(own, [
    "# TYPE namedprocess_namegroup_num_procs gauge",
    'namedprocess_namegroup_num_procs{groupname="make"} 1',
    "# TYPE namedprocess_namegroup_cpu_seconds_total counter",
    'namedprocess_namegroup_cpu_seconds_total{groupname="make",mode="user"} 0',
    'namedprocess_namegroup_cpu_seconds_total{groupname="make",mode="system"} 0',
    "# TYPE namedprocess_namegroup_memory_bytes gauge",
    'namedprocess_namegroup_memory_bytes{groupname="make",memtype="resident"} 4096',
    'namedprocess_namegroup_memory_bytes{groupname="make",memtype="virtual"} 8192',
    'namedprocess_namegroup_memory_bytes{groupname="make",memtype="swapped"} 0',
    "# TYPE namedprocess_namegroup_read_bytes_total counter",
    'namedprocess_namegroup_read_bytes_total{groupname="make"} 0',
    "# TYPE namedprocess_namegroup_write_bytes_total counter",
    'namedprocess_namegroup_write_bytes_total{groupname="make"} 0',
    "# TYPE namedprocess_namegroup_major_page_faults_total counter",
    'namedprocess_namegroup_major_page_faults_total{groupname="make"} 0',
    "# TYPE namedprocess_namegroup_minor_page_faults_total counter",
    'namedprocess_namegroup_minor_page_faults_total{groupname="make"} 0',
    "# TYPE namedprocess_namegroup_context_switches_total counter",
    'namedprocess_namegroup_context_switches_total{groupname="make",ctxswitchtype="voluntary"} 0',
    'namedprocess_namegroup_context_switches_total{groupname="make",ctxswitchtype="nonvoluntary"} 0',
    "# TYPE namedprocess_namegroup_open_filedesc gauge",
    'namedprocess_namegroup_open_filedesc{groupname="make"} 4',
    "# TYPE namedprocess_namegroup_worst_fd_ratio gauge",
    'namedprocess_namegroup_worst_fd_ratio{groupname="make"} 0.00390625',
    "# TYPE namedprocess_namegroup_oldest_start_time_seconds gauge",
    'namedprocess_namegroup_oldest_start_time_seconds{groupname="make"} 1767323033.178',
    "# TYPE namedprocess_namegroup_num_threads gauge",
    'namedprocess_namegroup_num_threads{groupname="make"} 1',
    "# TYPE namedprocess_namegroup_states gauge",
    'namedprocess_namegroup_states{groupname="make",state="Running"} 0',
    'namedprocess_namegroup_states{groupname="make",state="Sleeping"} 1',
    'namedprocess_namegroup_states{groupname="make",state="Waiting"} 0',
    'namedprocess_namegroup_states{groupname="make",state="Zombie"} 0',
    'namedprocess_namegroup_states{groupname="make",state="Other"} 0',
    "# TYPE namedprocess_scrape_errors counter",
    "namedprocess_scrape_errors 0",
    "# TYPE namedprocess_scrape_procread_errors counter",
    "namedprocess_scrape_procread_errors 0",
    "# TYPE namedprocess_scrape_partial_errors counter",
    "namedprocess_scrape_partial_errors 0",
  ]);
});

Deno.test("proportional memory stands there if smaps_rollup was asked for", () => {
  const changes = { pssBytes: 3000, swapPssBytes: 10 };
  const asked = {
    ...RUNNING,
    collectors: [...RUNNING.collectors, "smaps_rollup"],
  };
  const text = textOf(sampleAt(0, [changes]), prometheus, { run: asked });
  const memory = (memtype: string) =>
    valueIn(
      text,
      `namedprocess_namegroup_memory_bytes{groupname="make",memtype="${memtype}"}`,
    );
  assertEquals(memory("proportionalResident"), "3000");
  assertEquals(memory("proportionalSwapped"), "10");
  assert(!textOf(sampleAt(0, [changes])).includes("proportional"));
});

Deno.test("states are those that process-exporter knows, the sum the processes", () => {
  const text = textOf(sampleAt(
    0,
    [..."RSSDZItT"].map((state, i) => ({
      pid: 42 + i,
      state,
    })),
  ));
  const counts = ["Running", "Sleeping", "Waiting", "Zombie", "Other"].map(
    (state) =>
      valueIn(
        text,
        `namedprocess_namegroup_states{groupname="make",state="${state}"}`,
      ),
  );
  assertEquals(counts, ["1", "2", "1", "1", "3"]);
});

Deno.test("a counter has what was used in the run, and all of a process that started in it", () => {
  const old = { pid: 42, userCpuSecondsTotal: 100, ioReadBytesTotal: 5000 };
  const young = {
    pid: 43,
    startTicks: 150_050,
    uptimeSeconds: 0.5,
    userCpuSecondsTotal: 0.25,
    ioReadBytesTotal: 70,
  };
  // It was there before the run, and was seen first afterwards.
  const late = {
    pid: 44,
    uptimeSeconds: 300,
    userCpuSecondsTotal: 30,
    ioReadBytesTotal: 900,
  };
  const texts = textsOf([
    sampleAt(0, [old]),
    sampleAt(1, [
      { ...old, userCpuSecondsTotal: 100.5, ioReadBytesTotal: 5100 },
      young,
      late,
    ]),
    sampleAt(2, [{
      ...late,
      userCpuSecondsTotal: 31,
      ioReadBytesTotal: 901,
    }]),
    sampleAt(3, []),
  ]);
  const valuesOf = (series: string) =>
    texts.slice(0, 4).map((text) => valueIn(text, series));
  assertEquals(
    valuesOf(
      'namedprocess_namegroup_cpu_seconds_total{groupname="make",mode="user"}',
    ),
    ["0", "0.75", "1.75", "1.75"],
  );
  assertEquals(
    valuesOf('namedprocess_namegroup_read_bytes_total{groupname="make"}'),
    ["0", "170", "171", "171"],
  );
});

Deno.test("all that a command has used was used in the run", () => {
  const text = textOf(
    sampleAt(0, [{ uptimeSeconds: 1, userCpuSecondsTotal: 0.5 }]),
    prometheus,
    { run: { ...RUNNING, command: ["make"] } },
  );
  assertEquals(
    valueIn(
      text,
      'namedprocess_namegroup_cpu_seconds_total{groupname="make",mode="user"}',
    ),
    "0.5",
  );
});

Deno.test("a group without processes keeps its counters, and has no start or ratio", () => {
  const text = textsOf([sampleAt(0, [{}]), sampleAt(1, [])])[1] ?? "";
  const names = [...text.matchAll(/^namedprocess_namegroup_(\w+)\{/gm)]
    .map((match) => match[1]);
  assertEquals(
    new Set(names),
    new Set([
      "num_procs",
      "cpu_seconds_total",
      "memory_bytes",
      "read_bytes_total",
      "write_bytes_total",
      "major_page_faults_total",
      "minor_page_faults_total",
      "context_switches_total",
      "open_filedesc",
      "num_threads",
      "states",
    ]),
  );
});

Deno.test("names beyond the first 100 are the group other, told from a process of that name", () => {
  const names = Array.from({ length: 103 }, (_, i) => `p${i}`);
  const processes = (all: readonly string[]) =>
    all.map((comm, i) => ({ comm, pid: 100 + i }));
  const count = "namedprocess_namegroup_num_procs";
  const text = textOf(sampleAt(0, processes(names)));
  assertEquals(valueIn(text, `${count}{groupname="other"}`), "3");
  const taken = textOf(sampleAt(0, processes(["other", ...names])));
  assertEquals(valueIn(taken, `${count}{groupname="other"}`), "1");
  assertEquals(valueIn(taken, `${count}{groupname="other",other="true"}`), "4");
});

Deno.test("errors add up over the run", () => {
  const denied = { numFds: null, unreadable: { numFds: "denied" } } as const;
  const texts = textsOf([
    sampleAt(0, [denied, { pid: 43, unreadable: { exe: "denied" } }], {
      tree: treeOf({ denied: 2, malformed: 1, gone: 7 }),
    }),
    sampleAt(1, [denied], { tree: treeOf({ missedSamples: 4, denied: 1 }) }),
    sampleAt(2, [], { tree: treeOf({ denied: 1 }) }),
  ]);
  assertEquals(
    ["", "_procread", "_partial"].map((which) =>
      valueIn(texts[2] ?? "", `namedprocess_scrape${which}_errors`)
    ),
    ["1", "5", "2"],
  );
});

Deno.test("openmetrics has families without _total, units, and an end", () => {
  const text = textOf(sampleAt(0, [{}]), openmetrics);
  assertStringIncludes(
    text,
    "# TYPE namedprocess_namegroup_cpu_seconds counter\n" +
      "# UNIT namedprocess_namegroup_cpu_seconds seconds\n" +
      "# HELP namedprocess_namegroup_cpu_seconds Cpu user usage in seconds\n" +
      'namedprocess_namegroup_cpu_seconds_total{groupname="make",mode="user"} 0\n',
  );
  assertStringIncludes(
    text,
    "# TYPE procline_run info\n# HELP procline_run The run of procline: ",
  );
  assertStringIncludes(text, "namedprocess_scrape_errors_total 0\n");
  assert(text.endsWith("\n# EOF\n"));
  assertEquals(text.split("# EOF").length, 2);
});

Deno.test("the run stands there, and whether it has ended", () => {
  for (const format of [prometheus, openmetrics]) {
    const [text = "", last = ""] = textsOf([sampleAt(0, [{}])], format);
    assertEquals(
      valueIn(
        text,
        'procline_run_info{run_id="00000000-0000-4000-8000-000000000001",version="0.1.0",root_pid="42"}',
      ),
      "1",
    );
    assertEquals(
      valueIn(text, "procline_last_sample_timestamp_seconds"),
      "1767323045.678",
    );
    assertEquals(valueIn(text, "procline_run_finished"), "0");
    assertEquals(
      last,
      text.replace("procline_run_finished 0\n", "procline_run_finished 1\n"),
    );
  }
});

Deno.test("a run without a sample leaves no text", () => {
  assertEquals(textsOf([]), [""]);
});

Deno.test("a figure of the tree is a metric by its name, a yes or no is 1 or 0", () => {
  const most = 2n ** 64n - 1n;
  const text = textOf(sampleAt(0, [], {
    tree: treeOf({ vsizeBytes: most, consistent: false, rssBytes: null }),
  }));
  assertStringIncludes(
    text,
    "# HELP procline_tree_vsize_bytes The sum of the processes' virtual memory in bytes.\n" +
      "# TYPE procline_tree_vsize_bytes gauge\n" +
      "procline_tree_vsize_bytes 18446744073709551615\n",
  );
  assertStringIncludes(text, "\nprocline_tree_consistent 0\n");
  assertStringIncludes(text, "\nprocline_tree_cpu_percentage 50\n");
  assertStringIncludes(
    text,
    "# TYPE procline_tree_user_cpu_seconds_total counter\nprocline_tree_user_cpu_seconds_total 4\n",
  );
  // What is not known has no line at all.
  assert(!text.includes("procline_tree_rss_bytes"));
});

/** A cgroup of which nothing is known but this. */
function cgroupOf(changes: Partial<CgroupSample>): CgroupSample {
  // The encoder takes what is missing for what is not known.
  return { numProcesses: 1, unreadable: null, ...changes } as CgroupSample;
}

Deno.test("figures of cgroups have their path, device and key", () => {
  const text = textOf(
    sampleAt(0, [], {
      cgroups: [
        cgroupOf({
          path: "/a",
          memoryMaxBytes: 4096,
          memoryStat: { anon: 5 },
          ioStat: { "8:0": { rbytes: 7, rios: 2 } },
          cpuPressure: { some_avg10: 1.25, some_total: 1_500_001 },
        }),
        cgroupOf({ path: "/b", memoryStat: { anon: 6 } }),
        cgroupOf({ path: "/b", memoryStat: { anon: 9 } }),
      ],
    }),
    prometheus,
    { run: { ...RUNNING, collectors: ["cgroup"] } },
  );
  const samples = text.split("\n").filter((line) =>
    /^(# TYPE )?procline_cgroup/.test(line)
  );
  assertEquals(samples, [
    "# TYPE procline_cgroup_num_processes gauge",
    'procline_cgroup_num_processes{cgroup="/a"} 1',
    'procline_cgroup_num_processes{cgroup="/b"} 1',
    'procline_cgroup_num_processes{cgroup="/b",nth="2"} 1',
    "# TYPE procline_cgroup_memory_max_bytes gauge",
    'procline_cgroup_memory_max_bytes{cgroup="/a"} 4096',
    "# TYPE procline_cgroup_memory_stat untyped",
    'procline_cgroup_memory_stat{cgroup="/a",key="anon"} 5',
    'procline_cgroup_memory_stat{cgroup="/b",key="anon"} 6',
    'procline_cgroup_memory_stat{cgroup="/b",nth="2",key="anon"} 9',
    "# TYPE procline_cgroup_io_stat_total counter",
    'procline_cgroup_io_stat_total{cgroup="/a",device="8:0",key="rios"} 2',
    "# TYPE procline_cgroup_io_stat_bytes_total counter",
    'procline_cgroup_io_stat_bytes_total{cgroup="/a",device="8:0",key="rbytes"} 7',
    "# TYPE procline_cgroup_cpu_pressure_percentage gauge",
    'procline_cgroup_cpu_pressure_percentage{cgroup="/a",key="some_avg10"} 1.25',
    "# TYPE procline_cgroup_cpu_pressure_seconds_total counter",
    'procline_cgroup_cpu_pressure_seconds_total{cgroup="/a",key="some_total"} 1.500001',
  ]);
});

Deno.test("labels stand on every metric, without dots and dashes in their names", () => {
  const text = textOf(sampleAt(0, [{}]), prometheus, {
    labels: { "service.name": 'a "b"', "ci-job": "7" },
    hostname: true,
  });
  const lines = text.trimEnd().split("\n").filter((line) => line[0] !== "#");
  const common =
    'service_name="a \\"b\\"",ci_job="7",hostname="example",run_id="00000000-0000-4000-8000-000000000001"} ';
  assertEquals(lines.filter((line) => !line.includes(common)), []);
  assertMatch(text, /^procline_run_info\{version="0.1.0",root_pid="42",serv/m);
});

Deno.test("labels that metrics cannot have are refused", () => {
  const refused = (labels: Record<string, string>, hostname = false) =>
    assertThrows(
      () => prometheus.create({ labels, hostname }),
      RangeError,
    ).message;
  assertEquals(
    refused({ "a.b": "", "a-b": "" }),
    'Cannot use the labels: "a.b" and "a-b" would both be a_b',
  );
  assertEquals(
    refused({ "root-pid": "" }),
    'Cannot use the labels: "root-pid" would be root_pid, which metrics have already',
  );
  assertEquals(
    refused({ "__name__": "" }),
    'Cannot use the labels: a metric can have no label "__name__"',
  );
  refused({ groupname: "" });
  refused({ hostname: "" }, true);
  prometheus.create({ labels: { hostname: "mine", job: "x", _a: "" } });
});

Deno.test("a sample needs a run that has begun, and groups", () => {
  assertThrows(
    () => [...prometheus.create().lines(sampleOf({ groups: [] }))],
    Error,
    "begin() was not called",
  );
  const encoder = prometheus.create();
  Array.from(encoder.begin(RUNNING));
  assertThrows(
    () => [...encoder.lines(sampleOf())],
    Error,
    "Cannot encode a sample as metrics: no view has grouped its processes",
  );
});

const HOSTILE = [
  'quote"',
  "back\\slash",
  "ends in \\",
  "new\nline",
  "\n# EOF\n",
  "# TYPE up gauge",
  '"} 1\nup{a="',
  "🙂é",
  "\\n",
  "\\u001b",
  "x".repeat(4000),
  "",
  " ",
];

Deno.test("names are read back as they were, whatever is in them", () => {
  for (const format of [prometheus, openmetrics]) {
    const text = textOf(
      sampleAt(0, HOSTILE.map((comm, i) => ({ comm, pid: 100 + i }))),
      format,
    );
    const read = readMetrics(text)
      .filter(({ name }) => name === "namedprocess_namegroup_num_procs")
      .map(({ labels }) => labels.get("groupname"));
    assertEquals(
      read,
      HOSTILE.map((name) => name === "\\u001b" ? "\\u005cu001b" : name),
    );
  }
});

Deno.test("any names, paths and labels stay apart, and can be told from the text", () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...'"\\\n\r\t\x1b\x7f\u202e#{},= u0'),
      fc.constantFrom("# EOF", "\\u001b", "\\n", "\ud800", "🙂"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  });
  const names = fc.uniqueArray(text, { minLength: 1, maxLength: 8 });
  const collectors = ["stat", "status", "io", "fd", "cgroup"];
  fc.assert(fc.property(names, names, text, (comms, paths, label) => {
    for (const format of [prometheus, openmetrics]) {
      const read = readMetrics(textOf(
        sampleAt(0, comms.map((comm, i) => ({ comm, pid: 100 + i })), {
          cgroups: paths.map((path) => cgroupOf({ path })),
        }),
        format,
        { labels: { label }, run: { ...RUNNING, collectors } },
      ));
      const valuesOf = (metric: string, name: string) =>
        read.filter((sample) => sample.name === metric)
          .map(({ labels }) => unescapeControls(labels.get(name) ?? ""));
      assertEquals(
        valuesOf("namedprocess_namegroup_num_procs", "groupname"),
        comms,
      );
      assertEquals(
        valuesOf("procline_cgroup_num_processes", "cgroup"),
        paths,
      );
      assertEquals(valuesOf("procline_run_finished", "label"), [label]);
    }
  }));
});

Deno.test("what a terminal would act on is written as its number, one name for each", () => {
  const names = [
    "\x1b[31m",
    "\\u001b[31m",
    "\r\t\x07",
    "\x7f\x9b",
    "\u202ea",
    "\ud800",
  ];
  const text = textOf(
    sampleAt(0, names.map((comm, i) => ({ comm, pid: 100 + i }))),
  );
  assertEquals(/[^\n -~]/.exec(text), null);
  const read = readMetrics(text)
    .filter(({ name }) => name === "namedprocess_namegroup_num_procs")
    .map(({ labels }) => labels.get("groupname") ?? "");
  assertEquals(read, [
    "\\u001b[31m",
    "\\u005cu001b[31m",
    "\\u000d\\u0009\\u0007",
    "\\u007f\\u009b",
    "\\u202ea",
    "\\ud800",
  ]);
  assertEquals(read.map(unescapeControls), names);
});

/** What a series is told by. */
function seriesOf({ name, labels }: ReadSample): string {
  return JSON.stringify([name, [...labels].toSorted()]);
}

for (const { name, path } of recordingCases()) {
  Deno.test(`every sample of ${name} is a valid text in which no counter falls`, async () => {
    const { run, samples } = await recordedRun(path);
    for (const format of [prometheus, openmetrics]) {
      const before = new Map<string, number>();
      const texts = textsOf(samples, format, { run });
      for (const text of texts.filter((text) => text !== "")) {
        const read = readMetrics(text);
        const all = read.map(seriesOf);
        assertEquals(new Set(all).size, all.length);
        for (const sample of read) {
          if (
            !/^namedprocess.*_total$|^procline_tree_.*_total$/.test(sample.name)
          ) {
            continue;
          }
          const series = seriesOf(sample);
          const value = Number(sample.value);
          assert(
            value >= (before.get(series) ?? 0),
            `${series} fell to ${value}`,
          );
          before.set(series, value);
        }
      }
    }
  });
}

Deno.test("every figure of a run has one family, in a base unit, with a sentence", () => {
  const run = { ...RUNNING, collectors: [...COLLECTORS] };
  for (const format of [prometheus, openmetrics]) {
    const text = textOf(sampleAt(0, [{}]), format, { run });
    const heads = [...text.matchAll(/^# TYPE (\S+) \S+$/gm)].map((m) => m[1]);
    assertEquals(new Set(heads).size, heads.length);
    assertEquals(
      heads.filter((head) =>
        /_(ms|ticks|microseconds)(_total)?$/.test(head ?? "")
      ),
      [],
    );
    for (const [, name, help] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) {
      assertMatch(help ?? "", /^\S.{8,}/, name);
    }
  }
});

const THREADED: Run = {
  ...RUNNING,
  collectors: [...RUNNING.collectors, "threads"],
};

/**
 * Threads of process 42, which were there before the run, so many seconds after the first sample.
 */
function threadsAt(
  second: number,
  threads: readonly Partial<ThreadSample>[],
  processes: readonly Partial<ProcessSample>[] = [{ comm: "make" }],
): Sample {
  return sampleAt(second, processes, {
    threads: threads.map((changes) =>
      threadOf({
        uptimeSeconds: 500 + second,
        minorFaultsTotal: 0,
        majorFaultsTotal: 0,
        voluntaryCtxtSwitches: 0,
        nonvoluntaryCtxtSwitches: 0,
        ioReadBytesTotal: 0,
        ioWrittenBytesTotal: 0,
        ...changes,
      })
    ),
  });
}

/** The lines of threads in a text, behind the start that all names have. */
function threadLines(text: string): string[] {
  const start = "namedprocess_namegroup_thread_";
  return text.split("\n").filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length));
}

Deno.test("threads have the names, labels, types and help of process-exporter", () => {
  const [, text = ""] = textsOf(
    [
      threadsAt(0, [{}, { tid: 43, comm: "job" }, { tid: 44, comm: "job" }]),
      threadsAt(1, [
        {
          userCpuSecondsTotal: 3.5,
          kernelCpuSecondsTotal: 2.25,
          minorFaultsTotal: 5,
          majorFaultsTotal: 4,
          voluntaryCtxtSwitches: 3,
          nonvoluntaryCtxtSwitches: 2,
          ioReadBytesTotal: 4096,
          ioWrittenBytesTotal: 8192,
        },
        { tid: 43, comm: "job" },
        { tid: 44, comm: "job" },
      ]),
    ],
    prometheus,
    { run: THREADED },
  );
  assertEquals(
    text.split("\n").filter((line) => /^# .*namegroup_thread_/.test(line)),
    [
      "# HELP namedprocess_namegroup_thread_count Number of threads in this group with same threadname",
      "# TYPE namedprocess_namegroup_thread_count gauge",
      "# HELP namedprocess_namegroup_thread_cpu_seconds_total Cpu user/system usage in seconds",
      "# TYPE namedprocess_namegroup_thread_cpu_seconds_total counter",
      "# HELP namedprocess_namegroup_thread_io_bytes_total number of bytes read/written by these threads",
      "# TYPE namedprocess_namegroup_thread_io_bytes_total counter",
      "# HELP namedprocess_namegroup_thread_major_page_faults_total Major page faults for these threads",
      "# TYPE namedprocess_namegroup_thread_major_page_faults_total counter",
      "# HELP namedprocess_namegroup_thread_minor_page_faults_total Minor page faults for these threads",
      "# TYPE namedprocess_namegroup_thread_minor_page_faults_total counter",
      "# HELP namedprocess_namegroup_thread_context_switches_total Context switches for these threads",
      "# TYPE namedprocess_namegroup_thread_context_switches_total counter",
    ],
  );
  const make = 'groupname="make",threadname="make"';
  const job = 'groupname="make",threadname="job"';
  assertEquals(threadLines(text), [
    `count{${make}} 1`,
    `count{${job}} 2`,
    `cpu_seconds_total{${make},mode="user"} 0.5`,
    `cpu_seconds_total{${make},mode="system"} 0.25`,
    `cpu_seconds_total{${job},mode="user"} 0`,
    `cpu_seconds_total{${job},mode="system"} 0`,
    `io_bytes_total{${make},iomode="read"} 4096`,
    `io_bytes_total{${make},iomode="write"} 8192`,
    `io_bytes_total{${job},iomode="read"} 0`,
    `io_bytes_total{${job},iomode="write"} 0`,
    `major_page_faults_total{${make}} 4`,
    `major_page_faults_total{${job}} 0`,
    `minor_page_faults_total{${make}} 5`,
    `minor_page_faults_total{${job}} 0`,
    `context_switches_total{${make},ctxswitchtype="voluntary"} 3`,
    `context_switches_total{${make},ctxswitchtype="nonvoluntary"} 2`,
    `context_switches_total{${job},ctxswitchtype="voluntary"} 0`,
    `context_switches_total{${job},ctxswitchtype="nonvoluntary"} 0`,
  ]);
});

Deno.test("threads have no metrics if they were not asked for, and none of a process that has had one", () => {
  const one = threadsAt(0, [{}]);
  assertEquals(threadLines(textOf(one)), []);
  assertEquals(threadLines(textOf(one, prometheus, { run: THREADED })), []);
});

Deno.test("counters of threads of one name never fall, whatever ends, starts or takes another name", () => {
  const job = { comm: "job", userCpuSecondsTotal: 10 };
  const young = { startTicks: 150_100, comm: "job", userCpuSecondsTotal: 0.5 };
  const texts = textsOf(
    [
      threadsAt(0, [{}, { tid: 43, ...job }]),
      // One more second, and one thread that has started in the run.
      threadsAt(1, [
        {},
        { tid: 43, ...job, userCpuSecondsTotal: 11 },
        { tid: 44, ...young, uptimeSeconds: 0.5 },
      ]),
      // One has ended, one goes on under another name.
      threadsAt(2, [
        {},
        {
          tid: 44,
          ...young,
          uptimeSeconds: 1.5,
          comm: "other",
          userCpuSecondsTotal: 0.75,
        },
      ]),
      // Alone, it counts all the same.
      threadsAt(3, [{ userCpuSecondsTotal: 3.25 }]),
      threadsAt(4, [], []),
    ],
    prometheus,
    { run: THREADED },
  );
  const seconds = (name: string) =>
    texts.slice(0, 5).map((text) =>
      valueIn(
        text,
        `namedprocess_namegroup_thread_cpu_seconds_total{groupname="make",threadname="${name}",mode="user"}`,
      )
    );
  assertEquals(seconds("job"), ["0", "1.5", "1.5", "1.5", "1.5"]);
  assertEquals(seconds("other"), [
    undefined,
    undefined,
    "0.25",
    "0.25",
    "0.25",
  ]);
  assertEquals(seconds("make"), ["0", "0", "0", "0.25", "0.25"]);
  const count = (name: string) =>
    texts.slice(0, 5).map((text) =>
      valueIn(
        text,
        `namedprocess_namegroup_thread_count{groupname="make",threadname="${name}"}`,
      )
    );
  assertEquals(count("job"), ["1", "2", "0", "0", "0"]);
});

Deno.test("a thread that could not be read for a while is not counted twice", () => {
  const job = { tid: 43, comm: "job", startTicks: 150_010, uptimeSeconds: 0.9 };
  const blind = threadsAt(2, [{}], [{
    comm: "make",
    unreadable: { thread: "denied" },
  }]);
  const texts = textsOf(
    [
      threadsAt(0, [{}, { tid: 44 }]),
      threadsAt(1, [{}, { ...job, userCpuSecondsTotal: 0.5 }]),
      blind,
      threadsAt(3, [{}, {
        ...job,
        uptimeSeconds: 2.9,
        userCpuSecondsTotal: 0.75,
      }]),
    ],
    prometheus,
    { run: THREADED },
  );
  assertEquals(
    valueIn(
      texts[3] ?? "",
      'namedprocess_namegroup_thread_cpu_seconds_total{groupname="make",threadname="job",mode="user"}',
    ),
    "0.75",
  );
});

Deno.test("names of threads beyond the first 1,000 are one, told from a thread of that name", () => {
  const names = ["other", ...Array.from({ length: 1002 }, (_, i) => `t${i}`)];
  const text = textOf(
    threadsAt(0, names.map((comm, i) => ({ tid: 100 + i, comm }))),
    prometheus,
    { run: THREADED },
  );
  const count =
    'namedprocess_namegroup_thread_count{groupname="make",threadname="other"';
  assertEquals(valueIn(text, `${count}}`), "1");
  assertEquals(valueIn(text, `${count},other_threads="true"}`), "3");
  assertEquals(text.match(/thread_count\{/g)?.length, 1001);
});
