import {
  assert,
  assertEquals,
  assertGreater,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { RecordingError } from "../../src/errors.ts";
import type { EncoderOptions } from "../../src/format/format.ts";
import { format as influx } from "../../src/format/influx.ts";
import { format as records } from "../../src/format/records.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
import { LineDecoder } from "../../src/recording/lines.ts";
import { ReplayedLines } from "../../src/recording/replayed_lines.ts";
import { groupBy } from "../../src/view/group_by.ts";
import { top } from "../../src/view/top.ts";
import type { View } from "../../src/view/view.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { recordingCases, RECORDINGS } from "../support/recordings.ts";
import {
  linesOf,
  printAgain,
  replayText,
  samplesOf,
} from "../support/replayed_lines.ts";
import {
  END,
  EPOCH_MS,
  processOf,
  RUN,
  sampleOf,
  startOf,
  treeOf,
} from "../support/samples.ts";

const CASES = recordingCases();

for (const { name, expected } of CASES) {
  Deno.test(`ReplayedLines gives back each line of ${name}`, () => {
    const text = Deno.readTextFileSync(expected);
    const replayed = replayText(text);
    assertEquals(printAgain(replayed), text);
    assertEquals(replayed.remarks, []);
  });
}

const LABELS: Readonly<Record<string, string>> = Object.fromEntries([
  ["job", 'a\u2028b"'],
  ["team.x", ""],
  ["__proto__", "\\"],
]);

/** How lines can be printed, and what gives them back. */
const WAYS: readonly (readonly [
  name: string,
  options: EncoderOptions,
  views: readonly View[],
])[] = [
  ["with labels", { labels: LABELS }, []],
  ["with the host", { hostname: true }, []],
  ["with labels and the host", { labels: LABELS, hostname: true }, []],
  ["by groups", { labels: LABELS }, [groupBy("comm")]],
  ["by programs, with the host", { hostname: true }, [groupBy("exe")]],
  ["of the top", {}, [top(1)]],
  ["of the top groups", {}, [groupBy("comm"), top(1)]],
  ["with few fields", { fields: ["comm", "rss_bytes", "pss_bytes"] }, []],
  ["with few fields of groups", { fields: ["max_rss_bytes"] }, [
    groupBy("comm"),
  ]],
  ["with few fields of the rest", { fields: ["rss_bytes"] }, [top(1)]],
  ["of trees alone", { only: ["tree"] }, []],
  ["of processes and trees", { only: ["process", "tree"], labels: LABELS }, []],
  ["of some kinds", { only: ["run", "cgroup", "host", "tree"] }, []],
];

for (const { name, path } of CASES) {
  for (const [way, options, views] of WAYS) {
    Deno.test(`ReplayedLines gives back the lines of ${name} ${way}`, async () => {
      const run = await recordedRun(path);
      const text = linesOf(run, options, views);
      const { only, fields, hostname, labels = {} } = options;
      const replayed = replayText(text);
      const again = printAgain(replayed, { only, fields, hostname });
      assertEquals(again.split("\n"), text.split("\n"));
      const [first] = replayed.parts;
      assert(first?.kind === "run");
      assertEquals(Object.entries(first.labels), Object.entries(labels));
    });
  }
}

Deno.test("ReplayedLines gives the values of a recorded run, to three decimals of a percentage", async () => {
  const run = await recordedRun(`${RECORDINGS}collectors.ndjson`);
  const replayed = samplesOf(replayText(linesOf(run)));
  assertGreater(replayed.length, 1);
  for (const [i, sample] of replayed.entries()) {
    const original = run.samples[i];
    assert(original !== undefined);
    assertEquals(Object.keys(sample).sort(), Object.keys(original).sort());
    assertEquals(rounded(sample.processes), rounded(original.processes));
    assertEquals(rounded(sample.tree), rounded(original.tree));
    assertEquals(rounded(sample.host), rounded(original.host));
    assertEquals(rounded(sample.mappings), rounded(original.mappings));
    assertEquals(rounded(sample.cgroups), rounded(original.cgroups));
    assertEquals(sample.events, original.events);
    const { bootEpochMs } = original;
    assert(bootEpochMs !== null && sample.bootEpochMs !== null);
    assertGreater(20, Math.abs(sample.bootEpochMs - bootEpochMs));
  }
});

Deno.test("ReplayedLines takes the boot of the host from when a process started, to the millisecond", () => {
  const bootEpochMs = 1_767_323_000_123;
  const sample = sampleOf({
    bootEpochMs,
    // The ages were read 60 ms after the sample had begun.
    epochMs: bootEpochMs + 44_940,
    processes: [processOf({ startTicks: 3350, uptimeSeconds: 11.5 })],
    events: [startOf({
      startTicks: 3350,
      startedAt: new Date(bootEpochMs + 33_500).toISOString(),
    })],
  });
  const [read] = samplesOf(replayText(encoded(sample).join("")));
  assertEquals(read?.bootEpochMs, bootEpochMs);
  const [other] = samplesOf(
    replayText(encoded({ ...sample, events: [] }).join("")),
  );
  assertEquals(other?.bootEpochMs, bootEpochMs - 60);
});

/** With three decimals at most. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(
    value ?? null,
    (_, one) =>
      typeof one === "number" && !Number.isInteger(one)
        ? Math.round(one * 1000) / 1000
        : typeof one === "bigint"
        ? String(one)
        : one,
  ));
}

Deno.test("ReplayedLines takes the time between two readings of files from the rates of the tree", () => {
  const run = { ...RUN, collectors: ["io"] };
  // A sweep of 200 ms before the second sample: 0.5 s after the first, files were read after 0.7.
  const samples = [0, 700, 700].map((written, seq) => {
    const perSecond = seq === 1 ? 1000 : 0;
    const io = {
      ioWrittenBytesTotal: written,
      ioWrittenBytesPerSecond: perSecond,
    };
    return sampleOf({
      epochMs: 10_000 + 500 * seq,
      processes: [processOf(io)],
      tree: treeOf({ seq, intervalSeconds: seq === 0 ? null : 0.5, ...io }),
    });
  });
  const encoder = records.create();
  const text = [
    ...encoder.begin(run),
    ...samples.flatMap((sample) => [...encoder.lines(sample)]),
  ].join("");
  const times = samplesOf(replayText(text)).map(({ times }) => times);
  const [first, second, third] = times;
  assert(first !== undefined && second !== undefined && third !== undefined);
  assertEquals(second.sweepMs - first.sweepMs, 500);
  assertEquals(second.processesMs - first.processesMs, 700);
  assertEquals(third.processesMs - second.processesMs, 500);
});

Deno.test("ReplayedLines keeps whole numbers of 64 bits exact", () => {
  const sample = sampleOf({
    processes: [processOf({
      vsizeBytes: 18_446_744_073_709_551_615n,
      rsslimBytes: 9_007_199_254_740_993n,
      startTicks: 9_007_199_254_740_991,
    })],
  });
  const text = encoded(sample).join("");
  const [read] = samplesOf(replayText(text));
  const [process] = read?.processes ?? [];
  assertEquals(process?.vsizeBytes, 18_446_744_073_709_551_615n);
  assertEquals(process?.rsslimBytes, 9_007_199_254_740_993n);
  assertEquals(process?.startTicks, 9_007_199_254_740_991);
  assertEquals(printAgain(replayText(text)), text);
});

Deno.test("ReplayedLines keeps what is queued beyond 2^53, and the percentage that it makes", () => {
  const process = processOf({
    signals: { queued: 9_223_372_036_854_775_808n, pending: 0 },
    rlimitsSoft: { sigpending: 1024 },
    rlimitsHard: { sigpending: null },
    // 2^63 of 1,024 are 2^53, and a hundred times that in percent.
    rlimitsPercentage: { sigpending: 900_719_925_474_099_200, cpu: 0.5 },
    userNumThreads: 1,
  });
  const encoder = records.create();
  const text = [
    ...encoder.begin({ ...RUN, collectors: ["signals", "limits"] }),
    ...encoder.lines(sampleOf({ processes: [process] })),
  ].join("");
  assertStringIncludes(text, '"queued":9223372036854775808,');
  assertStringIncludes(text, '"sigpending":900719925474099200.0,');
  const replayed = replayText(text);
  assertEquals(replayed.remarks, []);
  assertEquals(samplesOf(replayed)[0]?.processes, [process]);
  assertEquals(printAgain(replayed), text);
});

/** The lines of a run with these samples, and its end. */
function encoded(...samples: readonly Sample[]): string[] {
  const encoder = records.create();
  return [
    ...encoder.begin(RUN),
    ...samples.flatMap((sample) => [...encoder.lines(sample)]),
    ...encoder.end(END),
  ];
}

Deno.test("ReplayedLines takes the host's reason for that of the run alone", () => {
  const run = {
    ...RUN,
    hostname: null,
    unreadable: { hostname: "denied" },
  } as const;
  const encoder = records.create({ hostname: true });
  const sample = sampleOf({
    processes: [
      processOf({ exe: null, unreadable: { exe: "denied" } }),
      processOf({ pid: 43 }),
    ],
    tree: treeOf({ numProcesses: 2 }),
  });
  const text = [
    ...encoder.begin(run),
    ...encoder.lines(sample),
    ...encoder.end(END),
  ].join("");
  const replayed = replayText(text);
  const [read] = samplesOf(replayed);
  assertEquals(read?.processes.map(({ unreadable }) => unreadable), [
    { exe: "denied" },
    null,
  ]);
  assertEquals(read?.tree.unreadable, null);
  assertEquals(printAgain(replayed, { hostname: true }), text);
  assertStringIncludes(printAgain(replayed), '{"exe":"denied"}');
});

Deno.test("ReplayedLines knows that a command was cut on its line", () => {
  const run = { ...RUN, command: ["make", "x".repeat(5000), "all"] };
  const text = [...records.create().begin(run)].join("");
  assertStringIncludes(text, '"command_truncated":true');
  const replayed = replayText(text);
  const [begun] = replayed.parts;
  assert(begun?.kind === "run" && begun.run.commandTruncated === true);
  assertEquals(printAgain(replayed), text);
});

Deno.test("ReplayedLines holds no more than a sample, whatever names there are", () => {
  const lines = new ReplayedLines();
  const texts = threeSamples();
  lines.add(texts[0] ?? "");
  for (let i = 0; i < 5000; i++) {
    // Each line has a name of its own.
    const line = texts[1]?.replace(',"kind":', `,"x${i}":1,"kind":`) ?? "";
    lines.add(line.replace('"pid":42', `"pid":${i + 1}`));
  }
  const [fields = ""] = lines.remarks;
  assertEquals(fields, "");
  lines.add(texts[3] ?? "");
  assertStringIncludes(lines.remarks.join(), " and others");
  assertGreater(1000, lines.remarks.join().length);
});

Deno.test("ReplayedLines gives back whatever names and arguments there are", () => {
  const name = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          comm: name,
          exe: fc.option(name),
          cmdline: fc.option(fc.array(name, { maxLength: 5 })),
          cgroup: fc.option(name),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      fc.dictionary(
        fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/)
          .filter((key) => !records.reserved.has(key)),
        name,
        { noNullPrototype: true, maxKeys: 3 },
      ),
      (names, labels) => {
        const processes = names.map((one, i) =>
          processOf({ pid: 42 + i, ...one })
        );
        const sample = sampleOf({
          processes,
          tree: treeOf({ numProcesses: processes.length }),
        });
        const encoder = records.create({ labels });
        const run = { ...RUN, collectors: ["cmdline", "cgroup"] };
        const text = [...encoder.begin(run), ...encoder.lines(sample)]
          .join("");
        const replayed = replayText(text);
        assertEquals(replayed.remarks, []);
        const [begun, ...others] = replayed.parts;
        assert(begun?.kind === "run");
        assertEquals(
          Object.entries(begun.labels).sort(),
          Object.entries(labels).sort(),
        );
        assertEquals(others.length, 1);
        const [read] = samplesOf(replayed);
        assertEquals(
          read?.processes.map(({ comm, exe, cmdline, cgroup }) => ({
            comm,
            exe,
            cmdline,
            cgroup,
          })),
          names.map(({ comm, exe, cmdline, cgroup }) => ({
            comm: well(comm),
            exe: exe === null ? null : well(exe),
            cmdline: cmdline?.map(well) ?? null,
            cgroup: cgroup === null ? null : well(cgroup),
          })),
        );
        assertEquals(printAgain(replayed), text);
      },
    ),
    { numRuns: 200 },
  );
});

/** JSON has an escape for half a pair: nothing is lost. */
function well(text: string): string {
  return JSON.parse(JSON.stringify(text));
}

/** The lines of three samples of two processes, one text for each line. */
function threeSamples(): string[] {
  return encoded(...[0, 1, 2].map((i) => sampleAt(i)));
}

function sampleAt(i: number, changes: Partial<Sample> = {}): Sample {
  return sampleOf({
    epochMs: EPOCH_MS + i * 1000,
    processes: [
      processOf({ rssBytes: 4096 * (i + 1) }),
      processOf({ pid: 43 }),
    ],
    tree: treeOf({
      seq: i,
      numProcesses: 2,
      intervalSeconds: i === 0 ? null : 1,
    }),
    ...changes,
  });
}

Deno.test("ReplayedLines says what it left out, with counts", () => {
  const lines = threeSamples();
  const cut = (lines[1] ?? "").slice(0, 120);
  const [first = "", ...others] = lines;
  const text = [
    "Nov 26 23:00:00 host procline[1]: started\n",
    first,
    '{"level":"info","msg":"another program"}\n',
    "[1,2,3]\nnull\n42\n\n\r\n",
    `${cut}\n`,
    ...others,
    cut,
  ].join("");
  const replayed = replayText(text);
  assertEquals(printAgain(replayed), lines.join(""));
  assertEquals(replayed.remarks, [
    "Left out 5 lines from line 1 on that are none of procline's records",
    "Left out 2 lines from line 9 on that are cut or damaged",
  ]);
});

Deno.test("ReplayedLines takes line ends of DOS and byte order marks for what they are", () => {
  const lines = threeSamples();
  const text = `\ufeff${lines.join("").replaceAll("\n", "\r\n")}`;
  const replayed = replayText(text);
  assertEquals(printAgain(replayed), lines.join(""));
  assertEquals(replayed.remarks, []);
});

Deno.test("ReplayedLines takes what stands there twice once", () => {
  const lines = threeSamples();
  const [run = "", a = "", b = "", tree = "", ...others] = lines;
  // A line again, another one after that, and a sample again.
  const text = [run, a, a, b, a, tree, a, b, tree, ...others].join("");
  const replayed = replayText(text);
  assertEquals(printAgain(replayed), lines.join(""));
  assertEquals(replayed.remarks, [
    "Left out 2 lines from line 3 on that stand there more than once",
    "Left out 1 sample no later than the one before, by number and time",
  ]);
});

Deno.test("ReplayedLines takes an end that stands there twice once", () => {
  const lines = threeSamples();
  const text = `${lines.join("")}\n${lines.at(-1)}`;
  const replayed = replayText(text);
  assertEquals(printAgain(replayed), lines.join(""));
  assertStringIncludes(replayed.remarks.join(), "stands there more than once");
});

Deno.test("ReplayedLines leaves out samples that come late, and says so", () => {
  const [run = "", ...lines] = threeSamples();
  const text = [
    run,
    ...lines.slice(0, 3),
    ...lines.slice(6, 9),
    ...lines.slice(3, 6),
    ...lines.slice(9),
  ].join("");
  const replayed = replayText(text);
  assertEquals(samplesOf(replayed).map(({ tree }) => tree.seq), [0, 2]);
  assertEquals(replayed.remarks, [
    "Left out 1 sample no later than the one before, by number and time",
  ]);
});

Deno.test("ReplayedLines goes on with a run whose clock was set back", () => {
  const lines = encoded(
    sampleAt(0),
    sampleAt(1, { epochMs: EPOCH_MS - 5000 }),
    sampleAt(2),
  );
  const replayed = replayText(lines.join(""));
  assertEquals(printAgain(replayed), lines.join(""));
  assertEquals(replayed.remarks, ["The clock was set back before 1 sample"]);
  const times = samplesOf(replayed).map(({ times }) => times.sweepMs);
  assertEquals(times.map((time) => time - (times[0] ?? 0)), [0, 1000, 2000]);
});

Deno.test("ReplayedLines leaves out a sample without its tree's line", () => {
  const [run = "", ...lines] = threeSamples();
  const text = [run, ...lines.filter((_, i) => i !== 5)].join("");
  const replayed = replayText(text);
  assertEquals(samplesOf(replayed).map(({ tree }) => tree.seq), [0, 2]);
  assertEquals(replayed.remarks, [
    "Left out 1 sample without the line of kind tree that ends one",
  ]);
});

Deno.test("ReplayedLines says how many processes a sample lacks", () => {
  const lines = threeSamples();
  lines.splice(5, 1);
  const replayed = replayText(lines.join(""));
  assertEquals(
    replayed.parts.map((part) => part.kind === "sample" ? part.numLacking : -1),
    [-1, 0, 1, 0, -1],
  );
  assertEquals(replayed.remarks, [
    "Lines of processes are missing in 1 of 3 samples: they were lost, or not printed",
  ]);
});

Deno.test("ReplayedLines reads runs one after the other, with and without an end", () => {
  const first = threeSamples().slice(0, -1);
  const run = { ...RUN, runId: "5b325e3e-c8e0-4b0c-9f24-49cc14a3ce67" };
  const encoder = records.create({ labels: { job: "b" } });
  const second = [
    ...encoder.begin(run),
    ...encoder.lines(sampleAt(0, { epochMs: EPOCH_MS + 60_000 })),
    ...encoder.end({ ...END, epochMs: EPOCH_MS + 61_000 }),
  ];
  const text = [...first, ...second, ...second].join("");
  const replayed = replayText(text);
  assertEquals(printAgain(replayed), text);
  assertEquals(replayed.remarks, []);
  assertEquals(replayed.parts.map(({ kind }) => kind), [
    ...["run", "sample", "sample", "sample"],
    ...["run", "sample", "end", "run", "sample", "end"],
  ]);
});

Deno.test("ReplayedLines tells runs without a line of theirs by their samples", () => {
  const encoder = records.create({ only: ["process", "tree"] });
  Array.from(encoder.begin(RUN));
  const late = (i: number) => sampleAt(i, { epochMs: EPOCH_MS + 90_000 + i });
  const text = [sampleAt(0), sampleAt(1), late(0), late(1)].flatMap((
    sample,
  ) => [
    ...encoder.lines(sample),
  ]).join("");
  const replayed = replayText(text);
  const kinds = replayed.parts.map((part) =>
    part.kind !== "run"
      ? part.kind
      : `${part.hasLine} ${part.run.rootPid} ${part.run.collectors.join()}`
  );
  const one = ["false 42 ", "sample", "sample"];
  assertEquals(kinds, [...one, ...one]);
  assertEquals(printAgain(replayed), text);
  assertEquals(replayed.remarks, [
    "2 runs have no line of kind run: their collectors are told by the first sample, and a second is taken for 100 ticks",
  ]);
});

Deno.test("ReplayedLines tells the collectors of a run without its line by the fields there", () => {
  const text = Deno.readTextFileSync(
    `${RECORDINGS}collectors.expected.ndjson`,
  );
  const [run = "", ...others] = text.split("\n");
  const [begun] = replayText(others.join("\n")).parts;
  assert(begun?.kind === "run");
  assertEquals(
    [...begun.run.collectors].sort(),
    [...JSON.parse(run).collectors].sort(),
  );
  // Its first sample has no interval before it.
  assertEquals(begun.run.intervalSeconds, 1);
  assertEquals(begun.run.unreadable?.hostname, "failed");
});

Deno.test("ReplayedLines does not take a root that it is not told for all processes", () => {
  const encoder = records.create({ only: ["process", "tree"] });
  Array.from(encoder.begin(RUN));
  const sample = sampleAt(0);
  const tree = { ...sample.tree, rootPid: null };
  const lines = [...encoder.lines({ ...sample, tree })];
  const [begun] = replayText(lines.join("")).parts;
  assert(begun?.kind === "run");
  assertEquals(begun.run.rootCgroup, "(not known)");
});

Deno.test("ReplayedLines refuses lines of two runs that are mixed", () => {
  const two = [42, 50].map((pid) => {
    const run = { ...RUN, rootPid: pid, runId: `run of ${pid}` };
    const encoder = records.create({ hostname: pid === 0 });
    const samples = [0, 1].map((i) => {
      const sample = sampleAt(i, { epochMs: EPOCH_MS + i * 1000 + pid });
      return { ...sample, tree: { ...sample.tree, rootPid: pid } };
    });
    return [
      [...encoder.begin(run)].join(""),
      ...samples.map((sample) => [...encoder.lines(sample)].join("")),
    ];
  });
  const mixed = [0, 1, 2].map((i) => two.map((texts) => texts[i]).join(""));
  assertThrows(
    () => replayText(mixed.join("")),
    RecordingError,
    "lines of several runs are mixed",
  );
});

Deno.test("ReplayedLines refuses mixed lines by the ids of their runs", () => {
  const two = ["a", "b"].map((runId, at) => {
    const encoder = records.create({ hostname: true });
    Array.from(encoder.begin({ ...RUN, runId }));
    return [0, 1].map((i) =>
      [...encoder.lines(sampleAt(i, { epochMs: EPOCH_MS + i * 1000 + at }))]
        .join("")
    );
  });
  const mixed = [0, 1].map((i) => two.map((texts) => texts[i]).join(""));
  assertThrows(
    () => replayText(mixed.join("")),
    RecordingError,
    "Cannot replay: line 7 goes on with a run of which it has had lines before another's",
  );
});

Deno.test("ReplayedLines names fields, kinds and a schema of a later version", () => {
  const lines = threeSamples().map((line, i) =>
    line.replace('"schema":1', '"schema":2')
      .replace('"comm":', '"energy_joules":1.5,"numa":{"a":1},"comm":') +
    (i === 1
      ? `{"timestamp":"2026-01-02T03:04:05.678Z","epoch_ms":${EPOCH_MS},"kind":"gpu","busy":1}\n`
      : "")
  );
  const replayed = replayText(lines.join(""));
  assertEquals(printAgain(replayed), threeSamples().join(""));
  assertEquals(replayed.remarks, [
    'Left out lines of kinds that this version does not know: "gpu" (1)',
    'Left out fields that this version does not know: "energy_joules" (6), "numa" (6)',
    "The lines have schema 2, and this version knows 1: a field may mean something else there",
  ]);
});

Deno.test("ReplayedLines takes no text for a label that only some lines have, or that differs", () => {
  const lines = threeSamples().map((line, i) =>
    line.replace(
      ',"kind":',
      `,"job":"a","line":"${i}"${i === 0 ? ',"kernel":"6.1"' : ""},"kind":`,
    )
  );
  const replayed = replayText(lines.join(""));
  const [begun] = replayed.parts;
  assert(begun?.kind === "run");
  assertEquals(begun.labels, { job: "a" });
  assertEquals(replayed.remarks, [
    'Left out fields that this version does not know: "line" (11), "kernel" (1)',
  ]);
});

Deno.test("ReplayedLines says where labels change within a run", () => {
  const lines = threeSamples().map((line, i) =>
    line.replace(',"kind":', `,"job":"${i > 6 ? "b" : "a"}","kind":`)
  );
  const replayed = replayText(lines.join(""));
  assertEquals(replayed.remarks, [
    "The labels of 1 sample are others than those of their run, which are printed",
  ]);
});

Deno.test("ReplayedLines refuses what has no line of procline's, and what has no tree's", () => {
  for (const text of ["", "\n", "hello\n{}\n", '{"kind":"tree"}\n']) {
    assertThrows(
      () => replayText(text),
      RecordingError,
      "Cannot replay: no line is one of a recording, or of procline's records",
    );
  }
  const lines = threeSamples().filter((line) => !line.includes('"tree"'));
  for (const some of [lines, lines.slice(1, -1)]) {
    assertThrows(
      () => replayText(some.join("")),
      RecordingError,
      "Cannot replay: no sample has its line of kind tree",
    );
  }
});

Deno.test("ReplayedLines gives a run of which there is only its line, or its end", () => {
  const lines = threeSamples();
  for (const text of [lines[0] ?? "", lines.at(-1) ?? ""]) {
    assertEquals(printAgain(replayText(text)), text);
  }
});

Deno.test("ReplayedLines gives a sample in the moment of its last line", () => {
  const lines = new ReplayedLines();
  const [run = "", a = "", b = "", tree = ""] = threeSamples();
  assertEquals([run, a, b].flatMap((line) => lines.add(line.trimEnd())), []);
  assertEquals(
    lines.add(tree.trimEnd()).map(({ kind }) => kind),
    ["run", "sample"],
  );
});

Deno.test("LineDecoder takes no value that a field cannot have", () => {
  const [, process = ""] = threeSamples();
  for (
    const [from, to] of [
      ['"pid":42', '"pid":"42"'],
      ['"pid":42', '"pid":4.2'],
      ['"pid":42', '"pid":1e300'],
      ['"pid":42', '"pid":18446744073709551615'],
      // 2^128, and so many digits that no double is as large.
      [
        '"vsize_bytes":8192',
        '"vsize_bytes":340282366920938463463374607431768211456',
      ],
      ['"vsize_bytes":8192', `"vsize_bytes":${"9".repeat(400)}`],
      ['"cpu_percentage":50.0', '"cpu_percentage":1e306'],
      ['"comm":"make"', '"comm":null'],
      ['"comm":"make"', '"comm":["make"]'],
      ['"rss_bytes":4096', '"rss_bytes":true'],
      ['"cpu_percentage":50.0', '"cpu_percentage":"50"'],
      ['"cpu_percentage":50.0', '"cpu_percentage":1e400'],
      ['"cpu_percentage":50.0', '"cpu_percentage":{}'],
      ['"comm":"make"', '"orphan":"yes","comm":"make"'],
      ['"pid":42,', ""],
      ['"epoch_ms":', '"unreadable":{"exe":"a\\"b"},"epoch_ms":'],
    ] as const
  ) {
    const decoder = new LineDecoder();
    const changed = process.replace(from, to);
    assert(changed !== process, from);
    const decoded = decoder.decode(changed);
    const isRefused = decoded === "damaged" ||
      (typeof decoded === "object" && decoded.shape.lacking.length > 0);
    assert(isRefused, to);
  }
});

/** What is not known of a zombie of another user. */
const UNKNOWN: Partial<ProcessSample> = {
  exe: null,
  exeDeleted: null,
  cmdline: null,
  cmdlineTruncated: null,
  cwd: null,
  cwdDeleted: null,
  cwdTruncated: null,
  env: null,
  envTruncated: null,
  cgroup: null,
  cgroupTruncated: null,
  unit: null,
  containerId: null,
  podUid: null,
};

const COLLECTORS = ["cmdline", "cwd", "env", "cgroup"];

Deno.test("ReplayedLines gives flags of what is not known as null, and others as they were", () => {
  const known: Partial<ProcessSample> = {
    exeDeleted: true,
    cmdline: ["make"],
    cmdlineTruncated: false,
    cwd: "/src",
    cwdDeleted: false,
    cwdTruncated: true,
    env: { LANG: null },
    envTruncated: false,
    cgroup: "/a",
    cgroupTruncated: true,
    unit: null,
    containerId: null,
    podUid: null,
  };
  const sample = sampleOf({
    events: [
      startOf({ cmdline: null, cmdlineTruncated: null }),
      startOf({ pid: 43, cmdlineTruncated: false }),
    ],
    processes: [processOf(UNKNOWN), processOf({ pid: 43, ...known })],
    tree: treeOf({ numProcesses: 2 }),
  });
  const encoder = records.create();
  const text = [
    ...encoder.begin({ ...RUN, collectors: COLLECTORS }),
    ...encoder.lines(sample),
  ].join("");
  const [read] = samplesOf(replayText(text));
  assertEquals(read?.processes, sample.processes);
  assertEquals(read?.events, sample.events);
});

Deno.test("LineDecoder tells no flag of a field that is not on the line", () => {
  const [, process = ""] = threeSamples();
  const flagsOn = (line: string) => {
    const decoded = new LineDecoder().decode(line);
    const values = typeof decoded === "object" ? decoded.values : {};
    const { exeDeleted, orphan } = values as ProcessSample;
    return [exeDeleted, orphan];
  };
  const without = process.replace('"exe":"make",', "");
  assertEquals(flagsOn(process), [false, false]);
  assertEquals(flagsOn(without), [null, false]);
  assertEquals(
    flagsOn(without.replace('"comm":', '"exe_deleted":true,"comm":')),
    [true, false],
  );
});

Deno.test("influx prints no flag of a program that is not known, of lines as of a run", () => {
  const run = { ...RUN, collectors: COLLECTORS };
  const sample = sampleOf({ processes: [processOf(UNKNOWN)] });
  const encoder = records.create();
  const text = [...encoder.begin(run), ...encoder.lines(sample)].join("");
  const [read = sampleOf()] = samplesOf(replayText(text));
  const printed = (one: Sample) => {
    const encoder = influx.create();
    return [...encoder.begin(run), ...encoder.lines(one)].join("");
  };
  assertEquals(printed(read), printed(sample));
});

/** Whether a line is taken with this field at its end. */
function takesField(line: string, field: string): boolean {
  const changed = line.replace(/}\n$/, `,${field}}`);
  return new LineDecoder().decode(changed) !== "damaged";
}

Deno.test("LineDecoder takes no fraction for a count in a map", () => {
  const [, process = ""] = threeSamples();
  for (
    const name of [
      "sockets",
      "tcp_states",
      "numa_bytes",
      "signals",
      "rlimits_soft",
      "rlimits_hard",
    ]
  ) {
    assert(takesField(process, `"${name}":{"a":1}`), name);
    assert(!takesField(process, `"${name}":{"a":1.5}`), name);
    assert(!takesField(process, `"${name}":{"a":1e300}`), name);
  }
});

Deno.test("LineDecoder takes null in those maps alone in which a figure may not be known", () => {
  const [, process = ""] = threeSamples();
  const takesNull = (name: string) =>
    takesField(process, `"${name}":{"a":1,"b":null}`);
  for (const name of ["sockets", "tcp_states", "numa_bytes"]) {
    assert(!takesNull(name), name);
  }
  for (const name of ["signals", "rlimits_soft", "rlimits_percentage"]) {
    assert(takesNull(name), name);
  }
});

Deno.test("LineDecoder tells the whole figures of cgroups and the host from those with fractions", () => {
  for (
    const [kind, map, expected] of [
      ["cgroup", '"memory_stat":{"anon":1.5}', false],
      ["cgroup", '"memory_stat":{"anon":null}', true],
      ["cgroup", '"memory_events":{"oom":1.5}', false],
      ["cgroup", '"io_stat":{"8:0":{"rios":1.5}}', false],
      ["cgroup", '"io_stat":{"8:0":{"rios":null}}', true],
      ["cgroup", '"io_pressure":{"some_avg10":1.5}', true],
      ["cgroup", '"io_pressure":{"some_total":1.5}', false],
      ["cgroup", '"io_pressure":{"some_total":null}', true],
      ["host", '"cpu_pressure":{"full_total":1.5}', false],
      ["host", '"vmstat":{"nr_free_pages":1.5}', false],
      ["host", '"vmstat":{"nr_free_pages":18446744073709551615}', true],
      ["host", '"cpu_seconds_total":{"user":1.5}', true],
      ["tree", '"sockets":{"tcp":1.5}', false],
      ["group", '"tcp_states":{"listen":null}', false],
      ["rest", '"sockets":{"tcp":1.5}', false],
    ] as const
  ) {
    const line =
      `{"timestamp":"2026-01-02T03:04:05.678Z","epoch_ms":1,"kind":"${kind}"}\n`;
    assertEquals(takesField(line, map), expected, map);
  }
});

Deno.test("ReplayedLines lives with any bytes between and in its lines", () => {
  const lines = threeSamples();
  fc.assert(
    fc.property(
      fc.nat({ max: lines.join("").length - 1 }),
      fc.nat({ max: 40 }),
      fc.string({ unit: "binary", maxLength: 20 }),
      (at, removed, put) => {
        const text = lines.join("");
        const changed = text.slice(0, at) + put + text.slice(at + removed);
        try {
          const replayed = replayText(changed);
          // What is printed again is read again without any fault.
          const again = printAgain(replayed);
          if (again !== "") assertEquals(printAgain(replayText(again)), again);
        } catch (error) {
          assert(error instanceof RecordingError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("LineDecoder reads a line that is nested very deeply without an end of the program", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const [, process = ""] = threeSamples();
  const decoder = new LineDecoder();
  assertEquals(decoder.decode(deep), "foreign");
  const bad = process.replace('"pid":42', `"pid":"x","deep":${deep}`);
  assertEquals(decoder.decode(bad), "damaged");
});

Deno.test("ReplayedLines knows no threads where their lines were left out, and none of an empty sample", () => {
  const text = Deno.readTextFileSync(`${RECORDINGS}threads.expected.ndjson`);
  const threadsIn = (lines: readonly string[]) => {
    const replayed = new ReplayedLines();
    const parts = lines.flatMap((line) => replayed.add(line));
    return [...parts, ...replayed.finish()].flatMap((part) =>
      part.kind === "sample" ? [part.sample.threads?.length] : []
    );
  };
  const lines = text.trimEnd().split("\n");
  assertEquals(threadsIn(lines), [8, 6, 4, 4]);
  const without = (kind: RegExp) => lines.filter((line) => !kind.test(line));
  assertEquals(
    threadsIn(without(/"kind":"thread"/)),
    [undefined, undefined, undefined, undefined],
  );
  assertEquals(threadsIn(without(/"kind":"(thread|process)"/)), [0, 0, 0, 0]);
});
