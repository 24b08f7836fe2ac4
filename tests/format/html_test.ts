import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
} from "@std/assert";
import fc from "fast-check";
import { ReportRun } from "../../src/format/_report_run.ts";
import { reportPage } from "../../src/format/_report_page.ts";
import { format } from "../../src/format/html.ts";
import type { Sample } from "../../src/model/sample.ts";
import type { Run } from "../../src/model/run.ts";
import {
  END,
  EPOCH_MS,
  exitOf,
  processOf,
  RUN,
  sampleAt,
  treeOf,
} from "../support/samples.ts";
import { recordedRun } from "../support/recorded_samples.ts";
import { recordingCases, RECORDINGS } from "../support/recordings.ts";

function pageOf(samples: readonly Sample[], run: Run = RUN, labels = {}) {
  const encoder = format.create({ labels });
  const early = [
    ...encoder.begin(run),
    ...samples.flatMap((sample) => [...encoder.lines(sample)]),
  ];
  assertEquals(early, []);
  return [...encoder.end(END)].join("");
}

/** Two programs and something unseen: 30 % + 50 % + 20 %, 1 MiB + 3 MiB. */
const MIXED = {
  processes: [
    processOf({
      pid: 1,
      comm: "make",
      cpuPercentage: 30,
      rssBytes: 2 ** 20,
    }),
    processOf({
      pid: 2,
      comm: "cc1",
      cpuPercentage: 50,
      rssBytes: 3 * 2 ** 20,
    }),
  ],
  tree: treeOf({
    numProcesses: 2,
    numThreads: 2,
    cpuPercentage: 100,
    unseenCpuPercentage: 20,
    rssBytes: 4 * 2 ** 20,
  }),
};

Deno.test("HtmlEncoder prints nothing before the end, and then one page", () => {
  const page = pageOf([sampleAt(0), sampleAt(1000)]);
  assert(page.startsWith("<!DOCTYPE html>\n"));
  assert(page.endsWith("</html>\n"));
  assertMatch(
    page,
    /http-equiv="Content-Security-Policy" content="default-src 'none'/,
  );
  assertEquals(page.match(/https?:\/\//g), null);
});

Deno.test("HtmlEncoder shows labels, command and how it ended", () => {
  const page = pageOf([sampleAt(0)], { ...RUN, command: ["make", "<b>"] }, {
    job: "night",
  });
  assert(page.includes("<h1>procline: make &#34;&#60;b&#62;&#34;</h1>"));
  assert(page.includes("job=night"));
  assert(page.includes("with exit code 0, after 10.12 s"));
  assert(
    page.includes(
      "6.50 s (4.00 user, 2.50 kernel); 0.64 of 1.5 cores on average",
    ),
  );
});

/** What the path of an area reaches at each of its points: `M0 180L0 90L1000 45L1000 180Z`. */
function topsOf(page: string, id: string): (readonly [number, number][])[] {
  const chart = page.split(`data-chart="${id}"`)[1]?.split("</svg>")[0] ?? "";
  return [...chart.matchAll(/<path d="M[^L]*L([^Z"]*)Z" fill/g)]
    .map(([, path = ""]) =>
      path.split("L").slice(0, -1).map((point) => {
        const [x = NaN, y = NaN] = point.split(" ").map(Number);
        return [x, y] as const;
      })
    );
}

Deno.test("HtmlEncoder stacks groups and what is unseen, and they add up to the tree", () => {
  const page = pageOf([sampleAt(0, MIXED), sampleAt(1000, MIXED)]);
  // The axis ends at 100 %, of 180 units; the highest area is drawn first, so that others hide it.
  assertEquals(topsOf(page, "cpu1"), [
    [[0, 0], [1000, 0]],
    [[0, 36], [1000, 36]],
    [[0, 90], [1000, 90]],
  ]);
  // And one that ends at 4 MiB.
  assertEquals(topsOf(page, "memory1"), [
    [[0, 0], [1000, 0]],
    [[0, 45], [1000, 45]],
  ]);
});

Deno.test("ReportRun takes of a short window its part of the interval", () => {
  const run = new ReportRun(RUN, {});
  run.add(sampleAt(1000, {
    processes: [processOf({ cpuPercentage: 80, cpuWindowSeconds: 0.25 })],
    tree: treeOf({ cpuPercentage: 20, intervalSeconds: 1 }),
  }));
  const [instant] = run.cpu.instants();
  assertEquals(instant?.total, 20);
  assertEquals(instant?.parts[0], 20);
});

Deno.test("ReportRun follows a process from its start to the sample that misses it", () => {
  const run = new ReportRun(RUN, {});
  const born = processOf({
    uptimeSeconds: 0.4,
    userCpuSecondsTotal: 0.2,
    kernelCpuSecondsTotal: 0.1,
    rssBytes: 5,
  });
  run.add(sampleAt(1000, { processes: [born] }));
  run.add(sampleAt(2000, {
    processes: [{
      ...born,
      uptimeSeconds: 1.4,
      userCpuSecondsTotal: 0.9,
      rssBytes: 3,
    }],
  }));
  run.add(sampleAt(3000, { processes: [] }));
  run.finish(END);
  const [process] = run.processes.slices();
  assertEquals(
    [
      process?.startMs,
      process?.endMs,
      process?.cpuSeconds,
      process?.peakRssBytes,
    ],
    [600, 3000, 1, 5],
  );
});

Deno.test("ReportRun counts what a process used in the window of the first sample", () => {
  const run = new ReportRun(RUN, {});
  run.add(sampleAt(1000, {
    processes: [processOf({ cpuPercentage: 50, cpuWindowSeconds: 0.5 })],
  }));
  run.finish(END);
  assertEquals(run.groups[0]?.cpuSeconds, 0.25);
  assertEquals(run.processes.heaviestByCpu[0]?.cpuSeconds, 0.25);
});

Deno.test("ReportRun does not count what a process used before the run", () => {
  const run = new ReportRun(RUN, {});
  const first = processOf({ cpuPercentage: null, cpuWindowSeconds: null });
  run.add(sampleAt(0, { processes: [first] }));
  run.add(
    sampleAt(1000, { processes: [processOf({ userCpuSecondsTotal: 3.5 })] }),
  );
  run.finish(END);
  const [process] = run.processes.heaviestByCpu;
  assertEquals([process?.startMs, process?.cpuSeconds], [0, 0.5]);
});

Deno.test("ReportRun waits a sample for a process that could not be read", () => {
  const run = new ReportRun(RUN, {});
  const gap = sampleAt(1000, { processes: [], tree: treeOf({ denied: 1 }) });
  run.add(sampleAt(0));
  run.add(gap);
  run.add(sampleAt(2000));
  run.finish(END);
  assertEquals(run.processes.count, 1);
  assertEquals(run.trust, {
    missed: 0,
    gone: 0,
    unread: 1,
    inconsistent: 0,
  });
});

const EXIT = exitOf({
  lifetimeSeconds: 13.5,
  userCpuSecondsTotal: 3.75,
  kernelCpuSecondsTotal: 2.5,
});

Deno.test("ReportRun ends a process where its end is told, also in a sample that left one out", () => {
  const run = new ReportRun(RUN, {});
  const unread = treeOf({ denied: 1 });
  const first = processOf({ cpuPercentage: null, cpuWindowSeconds: null });
  run.add(sampleAt(0, { processes: [first], tree: unread }));
  run.add(sampleAt(1000, { processes: [], events: [EXIT], tree: unread }));
  run.add(sampleAt(2000, { processes: [], tree: unread }));
  run.finish(END);
  assertEquals(
    run.processes.slices().map((process) => [
      process.endMs,
      process.cpuSeconds,
      process.peakRssBytes,
      process.command,
    ]),
    [[1000, 1.25, 8192, "make -j8"]],
  );
});

Deno.test("ReportRun ends one that may be back where it was missed first", () => {
  const run = new ReportRun(RUN, {});
  const unread = treeOf({ denied: 1 });
  const other = processOf({ pid: 7, comm: "other" });
  run.add(sampleAt(0, { processes: [processOf(), other] }));
  run.add(sampleAt(1000, { processes: [], tree: unread }));
  run.add(sampleAt(2000, { processes: [other], tree: unread }));
  run.add(sampleAt(3000, { processes: [other] }));
  run.finish(END);
  assertEquals(
    run.processes.slices().map(({ pid, endMs }) => [pid, endMs]),
    [[7, 3000], [42, 1000]],
  );
});

Deno.test("ReportRun takes one that was gone in mid-sample for ended", () => {
  const run = new ReportRun(RUN, {});
  run.add(sampleAt(0));
  run.add(sampleAt(1000, { processes: [], tree: treeOf({ gone: 1 }) }));
  assertEquals(run.processes.count, 1);
});

Deno.test("ReportRun waits for a thousand processes, not for more", () => {
  const run = new ReportRun(RUN, {});
  for (let i = 0; i < 1100; i++) {
    run.add(sampleAt(1000 * i, {
      processes: [processOf({ pid: 100 + i, startTicks: 90000 + i })],
      tree: treeOf({ denied: 1 }),
    }));
  }
  assertEquals(run.processes.count, 99);
});

Deno.test("ReportRun books what a process has used to the name that it has then", () => {
  const run = new ReportRun(RUN, {});
  const at = (afterMs: number, comm: string, userCpuSecondsTotal: number) =>
    sampleAt(afterMs, {
      processes: [
        processOf({
          comm,
          userCpuSecondsTotal,
          kernelCpuSecondsTotal: 0,
          uptimeSeconds: 0.5,
          cpuPercentage: 15,
          cpuWindowSeconds: 2,
        }),
      ],
    });
  run.add(at(1000, "sh", 0.25));
  run.add(at(2000, "cc1", 1));
  run.add(at(3000, "cc1", 1.5));
  assertEquals(
    run.groups.map(({ name, cpuSeconds }) => [name, cpuSeconds]),
    [["sh", 0.25], ["cc1", 1.25]],
  );
});

Deno.test("ReportRun knows no memory of a group that nobody could read", () => {
  const run = new ReportRun(RUN, {});
  run.add(sampleAt(0, {
    processes: [
      processOf({
        pid: 1,
        comm: "hidden",
        rssBytes: null,
        unreadable: { rssBytes: "denied" },
      }),
      processOf({
        pid: 2,
        comm: "kworker",
        rssBytes: null,
        unreadable: { rssBytes: "kernel_thread" },
      }),
    ],
    tree: treeOf({ rssBytes: null }),
  }));
  assertEquals(
    run.groups.map(({ name, peakRssBytes }) => [name, peakRssBytes]),
    [["hidden", null], ["kworker", 0]],
  );
});

Deno.test("ReportRun tells processes apart that have had one id", () => {
  const run = new ReportRun(RUN, {});
  run.add(sampleAt(0));
  run.add(sampleAt(1000, { processes: [processOf({ startTicks: 95000 })] }));
  run.finish(END);
  assertEquals(run.processes.count, 2);
});

Deno.test("ReportRun keeps a hundred names, and all others as one", () => {
  const run = new ReportRun(RUN, {});
  run.add(sampleAt(0, {
    processes: Array.from(
      { length: 150 },
      (_, i) => processOf({ pid: i + 1, comm: `p${i}`, rssBytes: 10 }),
    ),
    tree: treeOf({ rssBytes: 1500 }),
  }));
  assertEquals(run.groups.length, 101);
  assertEquals(run.groups[100], {
    name: null,
    cpuSeconds: 25,
    peakRssBytes: 500,
    peakProcesses: 50,
  });
  assertEquals(
    run.memory.instants()[0]?.parts.reduce((a, b) => a + b, 0),
    1500,
  );
});

Deno.test("HtmlEncoder marks missed samples, and says how far samples can be trusted", () => {
  const page = pageOf([
    sampleAt(0),
    sampleAt(1000, {
      tree: treeOf({ missedSamples: 3, gone: 2, consistent: false }),
    }),
  ]);
  assert(page.includes("<title>3 samples missed</title>"));
  assert(
    page.includes(
      "1 sample left out processes that had just ended; 1 sample not consistent",
    ),
  );
});

Deno.test("reportPage() shows two runs on the same axes, and what changed", () => {
  const runs = [1, 2].map((factor) => {
    const run = new ReportRun(RUN, {});
    run.add(sampleAt(0, MIXED));
    run.add(sampleAt(1000 * factor, MIXED));
    run.finish({ ...END, summary: { ...END.summary, wallSeconds: factor } });
    return run;
  });
  const page = [...reportPage(runs)].join("");
  assertEquals(topsOf(page, "cpu1")[0], [[0, 0], [500, 0]]);
  assertEquals(topsOf(page, "cpu2")[0], [[0, 0], [1000, 0]]);
  assertMatch(
    page,
    /<td class="wide">Seconds<\/td><td[^>]*>1\.00<\/td><td[^>]*>2\.00<\/td><td[^>]*>1\.00<\/td><td[^>]*>100\.0 %<\/td>/,
  );
});

Deno.test("reportPage() says of each run what its row is about, also if one has labels", () => {
  const runs = [{}, { job: "night" }].map((labels) => {
    const run = new ReportRun(RUN, labels);
    run.add(sampleAt(0));
    run.finish(null);
    return run;
  });
  const page = [...reportPage(runs)].join("");
  const cellsOf = (name: string) =>
    [
      ...page.split(`<th scope="row">${name}</th>`)[1]?.split("</tr>")[0]
        ?.matchAll(/<td class="wide">([^<]*)</g) ?? [],
    ].map(([, text]) => text);
  assertEquals(cellsOf("Labels"), ["", "job=night"]);
  assertEquals(cellsOf("Trust"), [
    "every sample is whole",
    "every sample is whole",
  ]);
});

Deno.test("reportPage() compares no peak that is not known", () => {
  const runs = [null, 2 ** 20].map((rssBytes) => {
    const run = new ReportRun(RUN, {});
    run.add(sampleAt(0, { tree: treeOf({ rssBytes }) }));
    run.finish(null);
    return run;
  });
  assertMatch(
    [...reportPage(runs)].join(""),
    /Peak memory<\/td><td[^>]*>-<\/td><td[^>]*>1\.0 MiB<\/td><td[^>]*>-<\/td><td[^>]*>-<\/td>/,
  );
});

Deno.test("HtmlEncoder says as a peak what the end of the run says", () => {
  const summary = {
    ...END.summary,
    samples: 2,
    peakRssBytes: 3 * 2 ** 20,
    peakRssEpochMs: EPOCH_MS + 1500,
    peakRssNumProcesses: 7,
  };
  const encoder = format.create();
  const page = [
    ...encoder.begin(RUN),
    ...encoder.lines(sampleAt(0)),
    ...encoder.end({ ...END, summary }),
  ].join("");
  assert(page.includes("3.0 MiB after 1.50 s, in 7 processes"));
  assert(page.includes("1 of 2, one each 0.25 s; 0 missed"));
});

Deno.test("HtmlEncoder marks the sample with the most memory", () => {
  const page = pageOf([
    sampleAt(0),
    sampleAt(500, { tree: treeOf({ rssBytes: 2 ** 20 }) }),
    sampleAt(1000),
  ]);
  // The axis ends at 1 MiB, and the plot begins 18 units from above.
  assertMatch(page, /<circle cx="50%" cy="18" /);
  assertMatch(
    page,
    /<text x="50%" y="12" [^>]*>1\.0 MiB</,
  );
  assert(page.includes("A circle marks it, after 0.50 s."));
});

Deno.test("HtmlEncoder says who has used the most CPU and memory", () => {
  const [make, cc1] = MIXED.processes;
  assert(make !== undefined && cc1 !== undefined);
  const run = new ReportRun(RUN, {});
  const samples = [
    sampleAt(0, MIXED),
    sampleAt(2000, {
      ...MIXED,
      processes: [make, {
        ...cc1,
        userCpuSecondsTotal: cc1.userCpuSecondsTotal + 1.5,
        cmdline: ["cc1", "-O2", "a b.c"],
      }],
      tree: { ...MIXED.tree, cpuLimitPercentage: 97, intervalSeconds: 2 },
    }),
  ];
  for (const sample of samples) run.add(sample);
  run.finish({
    ...END,
    summary: { ...END.summary, peakRssBytes: 4 * 2 ** 20 },
  });
  const page = [...reportPage([run])].join("");
  assert(page.includes(": cc1 3.0 MiB, make 1.0 MiB</td>"));
  assert(
    page.includes(
      // Half a second in the window of the first sample.
      "cc1, process 2: 2.00 s, from 0.00 s to 2.00 s: cc1 -O2 &#34;a b.c&#34;",
    ),
  );
  assert(page.includes("95 % or more of that used in 2.00 of "));
  assert(page.includes("20.0 % of CPU time stands on no process line"));
  assertMatch(page, /<td class="wide">seen on no process<\/td>/);
});

Deno.test("ReportRun adds up how long cgroups were throttled", async () => {
  const { run, samples } = await recordedRun(
    `${RECORDINGS}cgroup_throttled.ndjson`,
  );
  const report = new ReportRun(run, {});
  assertEquals(report.limits.throttledSeconds, null);
  for (const sample of samples) report.add(sample);
  // 0.12 s until the first sample, 0.57 s until the second: see the expected lines.
  assertAlmostEquals(report.limits.throttledSeconds ?? NaN, 0.45, 1e-9);
});

/** Samples of an hour, of which a chart draws a part: memory of three programs goes up and down. */
function hour(seed: number): Sample[] {
  return Array.from({ length: 3600 }, (_, second) => {
    const processes = ["a", "b", "c"].map((comm, i) =>
      processOf({
        pid: i + 1,
        comm,
        rssBytes: 4096 * (1 + (second * second * (seed + i) + 7 * i) % 50_000),
      })
    );
    const rssBytes = processes.reduce(
      (sum, one) => sum + (one.rssBytes ?? 0),
      0,
    );
    return sampleAt(1000 * second, {
      processes,
      tree: treeOf({ seq: second, numProcesses: 3, rssBytes }),
    });
  });
}

Deno.test("HtmlEncoder draws at each instant what its sample has, and the peak of each column", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (seed) => {
      const samples = hour(seed);
      const page = pageOf(samples);
      const rows = page.split('id="memory1-numbers"')[1]?.split("</table>")[0]
        ?.split("<tr data-at=").slice(1) ?? [];
      const seconds = rows.map((row) =>
        Math.round(Number(/<td>([\d.]+)/.exec(row)?.[1]))
      );
      const layers = topsOf(page, "memory1");
      const names = [...page.matchAll(/<\/svg> ([abc])<\/span>/g)]
        .map(([, name]) => name);
      assertEquals(names.toSorted(), ["a", "b", "c"]);
      // The axis ends at a power of two.
      const all = samples.map(({ tree }) => tree.rssBytes ?? NaN);
      const axis = 2 ** Math.ceil(Math.log2(Math.max(...all)));
      for (const [layer, points] of layers.entries()) {
        assertEquals(points.length, seconds.length);
        for (const [i, [x, y]] of points.entries()) {
          const second = seconds[i] ?? NaN;
          const below = names.slice(0, names.length - layer);
          const sum = samples[second]?.processes.reduce(
            (total, { comm, rssBytes }) =>
              total + (below.includes(comm) ? rssBytes ?? 0 : 0),
            0,
          ) ?? NaN;
          assertAlmostEquals(x, 1000 * second / 3599, 0.1);
          assertAlmostEquals(y, 180 * (1 - sum / axis), 0.1);
        }
      }
      // Columns of 2^14 ms: 220 for an hour, of 400 at most. Each draws its peak and its least.
      const drawn = new Set(seconds.map((second) => all[second]));
      for (let column = 0; column < 220; column++) {
        const members = all.filter((_, second) =>
          Math.floor(1000 * second / 2 ** 14) === column
        );
        assert(drawn.has(Math.max(...members)), `peak of ${column}`);
        assert(drawn.has(Math.min(...members)), `least of ${column}`);
      }
    }),
    { numRuns: 5 },
  );
});

/** The most that a page may have, in bytes. */
const MOST_BYTES = 2_000_000;

/**
 * A run of more columns than are drawn, with more processes than are drawn, as bad as they can be.
 */
function worstRun(): ReportRun {
  const cmdline = ["<".repeat(2000), "&".repeat(2000)];
  const run = new ReportRun(
    { ...RUN, command: cmdline, intervalSeconds: 1 },
    { job: "<".repeat(4000) },
  );
  const names = Array.from(
    { length: 120 },
    (_, i) => `${"<".repeat(12)}${String(i).padStart(3, "0")}`,
  );
  for (let second = 0; second < 4000; second++) {
    const processes = Array.from({ length: 12 }, (_, i) =>
      processOf({
        pid: 4_000_000 + 12 * second + i,
        startTicks: 1_000_000 + second,
        uptimeSeconds: 0.99 - i / 100,
        comm: names[(second + i) % (i < 8 ? 8 : 120)] ?? "",
        cmdline,
        cpuPercentage: 10.123 + (second * (i + 3)) % 77,
        rssBytes: 1e9 + (second * 7919 * (i + 1)) % 1e8,
        userCpuSecondsTotal: 0.5 + i / 100,
      }));
    run.add(sampleAt(1000 * second + 137, {
      processes,
      tree: treeOf({
        seq: second,
        numProcesses: 12 + second % 5,
        numThreads: 1000 + second % 7,
        missedSamples: 1,
        cpuPercentage: 100.123 + (second * 31) % 900,
        unseenCpuPercentage: 0.123 + second % 50,
        rssBytes: 12e9 + (second * 7919) % 1e9,
        numCores: 16 + second % 2,
        memoryLimitBytes: 2e10 + second % 2,
        pssBytes: 11e9 + (second * 7919) % 1e9,
      }),
    }));
    run.marks.add(1000 * second + 137, {
      missed: 0,
      taken: 0,
      throttledSeconds: second % 7 / 8,
      pressure: { resource: "memory", percentage: 12.34 + second % 50 },
    });
  }
  run.finish(END);
  return run;
}

Deno.test("reportPage() has two megabytes at most, of one run and of two", () => {
  const run = worstRun();
  for (const runs of [[run], [run, run]]) {
    const page = [...reportPage(runs)].join("");
    const bytes = new TextEncoder().encode(page).length;
    assert(bytes <= MOST_BYTES, `${bytes} bytes of ${runs.length}`);
    // It is not small for having left out what it is made of.
    const slices = page.match(/most memory \d/g)?.length ?? 0;
    assert(slices >= 2000, `${slices} slices`);
  }
});

Deno.test("HtmlEncoder gives no figure of what no sample shows", () => {
  const page = pageOf([
    sampleAt(0, { tree: treeOf({ cpuPercentage: null, rssBytes: null }) }),
  ]);
  assert(page.includes("Percent of one core. No sample shows any."));
  assert(page.includes("count in each process. No sample shows any.</p>"));
});

Deno.test("HtmlEncoder tells of a process line by line", () => {
  const page = pageOf([
    sampleAt(0, { processes: [processOf({ cmdline: ["make", "a\nb"] })] }),
    sampleAt(1000),
  ]);
  assert(
    page.includes(
      "<title>make &#34;a\\nb&#34;\npid 42, parent 1\nfrom 0.00 s to 1.00 s\n",
    ),
  );
});

Deno.test("HtmlEncoder prints the page of a run without a sample, and of one sample", () => {
  for (const samples of [[], [sampleAt(0)]]) {
    const page = pageOf(samples);
    assert(!/NaN|Infinity|undefined/.test(page.split("<script>")[0] ?? ""));
  }
});

Deno.test("HtmlEncoder.end() says how long the run lasted, beyond its last sample", () => {
  const encoder = format.create();
  const epochMs = RUN.epochMs + 14_200;
  const text = [
    ...encoder.begin(RUN),
    ...encoder.lines(sampleAt(10_123)),
    ...encoder.end({ ...END, epochMs }),
  ].join("");
  assert(text.includes("with exit code 0, after 14.20 s"));
  // 6.5 s of CPU time in the 10.12 s to the last sample.
  assert(text.includes("0.64 of 1.5 cores on average"));
});

Deno.test("HtmlEncoder.close() prints what there was of a run without an end", () => {
  const encoder = format.create();
  const text = [
    ...encoder.begin(RUN),
    ...encoder.lines(sampleAt(0, MIXED)),
    ...encoder.lines(sampleAt(1000, MIXED)),
    ...encoder.close?.() ?? [],
  ].join("");
  assert(text.includes("not known: the lines have no end, after 1.00 s"));
  // 100 % in each of two intervals of a second.
  assert(text.includes("2.00 s until the last sample"));
  assert(text.includes("2, one each 0.25 s; 0 missed before the last of them"));
});

Deno.test("HtmlEncoder.close() says that CPU of an interval is missing", () => {
  const encoder = format.create();
  const text = [
    ...encoder.begin(RUN),
    ...encoder.lines(sampleAt(0, MIXED)),
    ...encoder.lines(sampleAt(1000, { tree: treeOf({ cpuPercentage: null }) })),
    ...encoder.close?.() ?? [],
  ].join("");
  assert(text.includes("at least 1.00 s until the last sample"));
});

Deno.test("HtmlEncoder lets no name be taken for markup", () => {
  const comm = `</title><script>alert(1)</script>"'&`;
  const page = pageOf(
    [
      sampleAt(0, {
        processes: [processOf({ comm, cmdline: [comm, "\u001b[2J"] })],
      }),
      sampleAt(1000, { processes: [processOf({ comm })] }),
    ],
    { ...RUN, hostname: comm, rootCgroup: `/${comm}`, rootPid: null },
    {
      job: comm,
    },
  );
  assertEquals(page.match(/<script>/g)?.length, 1);
  assertEquals(
    page.match(/alert\(1\)/g)?.length,
    page.match(/&#60;script&#62;alert\(1\)/g)?.length,
  );
  assert(!page.includes("\u001b"));
});

Deno.test("the script of a page uses nothing but its argument", () => {
  const page = pageOf([sampleAt(0)]);
  const script = page.split("<script>")[1]?.split("</script>")[0] ?? "";
  // It is parsed, and not run: there is no page here.
  new Function("document", script);
  assert(!/\b(?:import|require|Deno|fetch|eval)\b/.test(script));
});

for (const { name, path } of recordingCases()) {
  Deno.test(`HtmlEncoder makes a page of ${name} whose areas add up`, async () => {
    const { run, samples } = await recordedRun(path);
    const page = pageOf(samples, run);
    const html = page.split("<script>")[0] ?? "";
    assert(!/NaN|Infinity|undefined/.test(html));
    const report = new ReportRun(run, {});
    for (const sample of samples) report.add(sample);
    for (const { total, parts } of report.cpu.instants()) {
      const sum = parts.reduce((all, part) => all + part, 0);
      // Each percentage on a line is rounded to a thousandth.
      assert(
        Math.abs(sum - total) <= 0.002 * (parts.length + 1),
        `${sum} for ${total}`,
      );
    }
    for (const { total, parts } of report.memory.instants()) {
      assertEquals(parts.reduce((all, part) => all + part, 0), total);
    }
  });
}

Deno.test("ReportRun goes on in time if the wall clock is set back", () => {
  const run = new ReportRun(RUN, {});
  for (const afterMs of [0, 1000, -3_600_000, -3_599_000]) {
    run.add(sampleAt(afterMs));
  }
  assertEquals(
    run.counts.instants().map(({ ms }) => ms),
    [0, 1000, 2000, 3000],
  );
});
