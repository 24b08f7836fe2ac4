// deno-lint-ignore-file camelcase -- the names are those on the lines.
import { assert, assertEquals, assertFalse } from "@std/assert";
import { format } from "../../src/format/lading.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import type { Encoder } from "../../src/format/format.ts";
import {
  beginRun,
  encodeSample,
  END,
  EPOCH_MS,
  processOf,
  RUN,
  sampleOf,
  treeOf,
} from "../support/samples.ts";

const START =
  '{"run_id":"00000000-0000-4000-8000-000000000001","time":1767323045678,"fetch_index":3,"metric_name":';

type Labels = Readonly<Record<string, string>>;

function encoderOf(
  labels: Labels = {},
  collectors: readonly string[] = [],
): Encoder {
  return beginRun(format, { labels, collectors });
}

interface Line {
  readonly time: number;
  readonly metric_name: string;
  readonly value: unknown;
  readonly [label: string]: unknown;
}

/** The lines of a sample, with all that collectors add. */
function linesOf(changes: Partial<Sample>): Line[] {
  const collectors = ["stat", "status", "smaps_rollup", "cgroup_files"];
  return encodeSample(encoderOf({}, collectors), sampleOf(changes)).slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The metrics of a process, by their names. */
function metricsOf(changes: Partial<ProcessSample>): Record<string, unknown> {
  const lines = linesOf({ processes: [processOf(changes)] });
  return Object.fromEntries(
    lines.map(({ metric_name, value }) => [metric_name, value]),
  );
}

Deno.test("LadingEncoder has no line for the run and its end", () => {
  const encoder = format.create();
  assertEquals([...encoder.begin(RUN), ...encoder.end(END)], []);
});

Deno.test("LadingEncoder.lines() writes a line for each gauge", () => {
  const gauge = (name: string, value: string, labels: string) =>
    `${START}"${name}","metric_kind":"gauge","value":${value}${labels}}\n`;
  const make = ',"pid":"42","exe":"make"';
  assertEquals(
    encodeSample(encoderOf(), sampleOf()),
    [
      gauge("rss_bytes", "4096", make),
      gauge("rsslim_bytes", "1.8446744073709552e19", make),
      gauge("vsize_bytes", "8192", make),
      gauge("num_threads", "1", make),
      gauge("cpu_percentage", "50", make),
      gauge("kernel_cpu_percentage", "20", make),
      gauge("user_cpu_percentage", "30", make),
      gauge("num_processes", "1", ""),
      gauge("processes_found", "1", ""),
      gauge("total_rss_bytes", "4096", ""),
    ].join(""),
  );
});

Deno.test("LadingEncoder.lines() has no line for a value that is not known", () => {
  const text = encodeSample(
    encoderOf(),
    sampleOf({
      processes: [processOf({
        rssBytes: null,
        vsizeBytes: null,
        cpuPercentage: null,
        userCpuPercentage: null,
        kernelCpuPercentage: null,
      })],
      tree: treeOf({ rssBytes: null }),
    }),
  );
  const names = [...text.matchAll(/"metric_name":"([^"]*)"/g)].map((m) => m[1]);
  assertEquals(names, [
    "rsslim_bytes",
    "num_threads",
    "num_processes",
    "processes_found",
  ]);
  assertFalse(text.includes("null"));
});

Deno.test("LadingEncoder.lines() has no label exe for a process without a program", () => {
  const [line] = encodeSample(
    encoderOf(),
    sampleOf({ processes: [processOf({ exe: null })] }),
  ).split("\n");
  assertEquals(
    line,
    `${START}"rss_bytes","metric_kind":"gauge","value":4096,"pid":"42"}`,
  );
});

Deno.test("LadingEncoder.lines() writes a limit that is one", () => {
  assertEquals(metricsOf({ rsslimBytes: 1048576 })["rsslim_bytes"], 1048576);
});

Deno.test("LadingEncoder.lines() writes whole numbers of 64 bits exactly", () => {
  const text = encodeSample(
    encoderOf(),
    sampleOf({ processes: [processOf({ vsizeBytes: 18446744073709551615n })] }),
  );
  assert(
    text.includes(
      '"vsize_bytes","metric_kind":"gauge","value":18446744073709551615,',
    ),
  );
});

Deno.test("LadingEncoder.lines() places the labels at the end of every line", () => {
  const text = encodeSample(encoderOf({ job: 'a"\u009b\n' }), sampleOf());
  const lines = text.slice(0, -1).split("\n");
  assertEquals(lines.length, 10);
  for (const line of lines) {
    assert(line.endsWith(',"job":"a\\"\\u009b\\n"}'), line);
  }
});

Deno.test("LadingEncoder.lines() escapes the program's name", () => {
  const exe = '\u009b31m\n"\u202e';
  const text = encodeSample(
    encoderOf(),
    sampleOf({ processes: [processOf({ exe })] }),
  );
  assert(text.includes(',"exe":"\\u009b31m\\n\\"\\u202e"}\n'));
});

Deno.test("LadingEncoder.lines() lets the time rise if the wall clock steps back", () => {
  const encoder = encoderOf();
  const times = [0, 1000, -5000, -4000, 1001, 1002, 1002, 9000].map((ms) => {
    const text = encodeSample(encoder, sampleOf({ epochMs: EPOCH_MS + ms }));
    return Number(/"time":(\d+)/.exec(text)?.[1]) - EPOCH_MS;
  });
  assertEquals(times, [0, 1000, 1001, 1002, 1003, 1004, 1005, 9000]);
});

Deno.test("LadingEncoder.lines() gives all lines of a sample one time", () => {
  const lines = linesOf({ processes: [processOf(), processOf({ pid: 43 })] });
  assertEquals(new Set(lines.map(({ time }) => time)).size, 1);
});

Deno.test("LadingEncoder.lines() shares the percentages among the cores", () => {
  const metrics = metricsOf({ nice: 0 });
  assertEquals(
    Object.entries(metrics).filter(([name]) => name.startsWith("stat.")),
    [
      ["stat.total_cpu_percentage", 12.5],
      ["stat.user_cpu_percentage", 7.5],
      ["stat.kernel_cpu_percentage", 5],
      ["stat.system_cpu_percentage", 5],
      ["stat.cpu_percentage", 12.5],
      ["stat.total_cpu_usage_millicores", 500],
      ["stat.user_cpu_usage_millicores", 300],
      ["stat.kernel_cpu_usage_millicores", 200],
      ["stat.system_cpu_usage_millicores", 200],
      ["stat.cpu_limit_millicores", 4000],
    ],
  );
});

Deno.test("LadingEncoder.lines() shares nothing if the cores are not known", () => {
  const lines = linesOf({
    processes: [processOf({ nice: 0 })],
    tree: treeOf({ numCores: null }),
  });
  assertEquals(
    lines.map((line) => line.metric_name).filter((n) => n.startsWith("stat.")),
    [
      "stat.total_cpu_usage_millicores",
      "stat.user_cpu_usage_millicores",
      "stat.kernel_cpu_usage_millicores",
      "stat.system_cpu_usage_millicores",
    ],
  );
});

Deno.test("LadingEncoder.lines() writes the memory that status reports", () => {
  const metrics = metricsOf({
    rssAnonBytes: 1,
    rssFileBytes: 2,
    rssShmemBytes: 3,
    dataBytes: 4,
    stackBytes: 5,
    textBytes: 6,
    libBytes: null,
  });
  assertEquals(
    Object.entries(metrics).filter(([name]) => name.startsWith("status.")),
    [
      ["status.vmrss_bytes", 4096],
      ["status.rssanon_bytes", 1],
      ["status.rssfile_bytes", 2],
      ["status.rssshmem_bytes", 3],
      ["status.vmdata_bytes", 4],
      ["status.vmstk_bytes", 5],
      ["status.vmexe_bytes", 6],
    ],
  );
});

Deno.test("LadingEncoder.lines() writes the memory that smaps_rollup reports", () => {
  const metrics = metricsOf({
    rollupRssBytes: 10,
    pssBytes: 9,
    swapPssBytes: 8,
    rollupSwapBytes: 7,
    rollupLockedBytes: 6,
  });
  assertEquals(
    Object.entries(metrics).filter(([name]) => name.startsWith("smaps_")),
    [
      ["smaps_rollup.rss", 10],
      ["smaps_rollup.pss", 9],
      ["smaps_rollup.swap_pss", 8],
      ["smaps_rollup.swap", 7],
      ["smaps_rollup.locked", 6],
    ],
  );
});

Deno.test("LadingEncoder.lines() writes the tree's proportional memory", () => {
  const last = linesOf({ tree: treeOf({ pssBytes: 77 }) }).at(-1);
  assertEquals([last?.metric_name, last?.value], ["total_pss_bytes", 77]);
});

/** The labels of a process's figures from a collector. */
function labelsOf(changes: Partial<ProcessSample>): unknown {
  const line = linesOf({ processes: [processOf({ nice: 0, ...changes })] })
    .find(({ metric_name }) => metric_name === "stat.cpu_percentage");
  return [line?.pid, line?.exe, line?.cmdline, line?.comm];
}

Deno.test("LadingEncoder.lines() joins the arguments with spaces", () => {
  assertEquals(labelsOf({ cmdline: ["make", "", "-j8"] }), [
    "42",
    "make",
    "make -j8",
    "make",
  ]);
});

Deno.test("LadingEncoder.lines() says zombie if there are no arguments", () => {
  assertEquals(labelsOf({ exe: null, cmdline: [] }), [
    "42",
    undefined,
    "zombie",
    "make",
  ]);
});

Deno.test("LadingEncoder.lines() has no label cmdline if it was not read", () => {
  assertEquals(labelsOf({}), ["42", "make", undefined, "make"]);
  assertEquals(labelsOf({ cmdline: null }), ["42", "make", undefined, "make"]);
});

Deno.test("LadingEncoder.lines() calls a process without arguments a zombie, as lading does", () => {
  for (const cmdline of ["zombie", "kernel_thread", "executing"] as const) {
    assertEquals(labelsOf({ cmdline: null, unreadable: { cmdline } }), [
      "42",
      "make",
      "zombie",
      "make",
    ]);
  }
});

Deno.test("LadingEncoder.lines() writes the mappings with their paths", () => {
  const mapping = {
    pid: 42,
    startTicks: 90000,
    pathname: "/lib/a b.so",
    numMappings: 3,
    sizeBytes: 8192,
    rssBytes: 4096,
    swapBytes: 0,
    lockedBytes: null,
    pssBytes: 2048,
  } as NonNullable<Sample["mappings"]>[number];
  const unknown = { ...mapping, pid: 99 };
  const lines = linesOf({ mappings: [mapping, unknown] })
    .filter(({ metric_name }) => metric_name.startsWith("smaps."));
  assertEquals(
    lines.map(({ metric_name, value, pid, comm, pathname }) => [
      metric_name,
      value,
      pid,
      comm,
      pathname,
    ]),
    ["42", "99"].flatMap((pid) => {
      const comm = pid === "42" ? "make" : undefined;
      return [["rss", 4096], ["size", 8192], ["swap", 0], ["pss", 2048]]
        .map(([name, value]) => [
          `smaps.${name}.by_pathname`,
          value,
          pid,
          comm,
          "/lib/a b.so",
        ]);
    }),
  );
});

Deno.test("LadingEncoder.lines() writes the figures of cgroups, counters as such", () => {
  const text = encodeSample(
    encoderOf(),
    sampleOf({
      processes: [],
      cgroupFigures: [
        {
          path: "/a b",
          name: "cpu.stat.usage_usec",
          device: null,
          isCounter: true,
          value: 18446744073709551615n,
        },
        {
          path: "/a b",
          name: "io.stat.rbytes",
          device: "8:0",
          isCounter: false,
          value: 12,
        },
        {
          path: "/a b",
          name: "memory.max",
          device: null,
          isCounter: false,
          value: null,
        },
      ],
    }),
  );
  assertEquals(text.split("\n").slice(0, 3), [
    `${START}"cgroup.v2.cpu.stat.usage_usec","metric_kind":"counter","value":18446744073709551615,"cgroup":"/a b"}`,
    `${START}"cgroup.v2.io.stat.rbytes","metric_kind":"gauge","value":12,"cgroup":"/a b","device":"8:0"}`,
    `${START}"cgroup.v2.memory.max","metric_kind":"gauge","value":1.7976931348623157e308,"cgroup":"/a b"}`,
  ]);
});

Deno.test("LadingEncoder.lines() writes the host's vmstat", () => {
  const host = {
    vmstat: { nr_free_pages: 5, pgfault: 9007199254740993n },
  } as unknown as NonNullable<Sample["host"]>;
  const text = encodeSample(encoderOf(), sampleOf({ processes: [], host }));
  assertEquals(text.split("\n").slice(0, 2), [
    `${START}"vmstat.nr_free_pages","metric_kind":"gauge","value":5}`,
    `${START}"vmstat.pgfault","metric_kind":"gauge","value":9007199254740993}`,
  ]);
});

Deno.test("the reserved names of lading are every name that stands on a line", () => {
  const process = processOf({ nice: 0, cmdline: ["a"] });
  for (const line of linesOf({ processes: [process] })) {
    for (const name of Object.keys(line)) {
      assert(format.reserved.has(name), name);
    }
  }
});

Deno.test("LadingEncoder.lines() gives whole lines, one by one", () => {
  const sample = sampleOf({ processes: [processOf(), processOf({ pid: 43 })] });
  const lines = [...encoderOf().lines(sample)];
  assertEquals(
    lines.map((line) => line.indexOf("\n") + 1),
    lines.map(({ length }) => length),
  );
  assertEquals(lines.join(""), encodeSample(encoderOf(), sample));
});
