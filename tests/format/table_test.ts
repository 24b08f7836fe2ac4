import { assertEquals, assertThrows } from "@std/assert";
import type { EncoderOptions } from "../../src/format/format.ts";
import { format } from "../../src/format/table.ts";
import type { GroupSample, RestSample } from "../../src/model/group.ts";
import type { NullReason } from "../../src/model/null_reason.ts";
import type { ProcessSample } from "../../src/model/process.ts";
import type { Sample } from "../../src/model/sample.ts";
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
  treeOf,
} from "../support/samples.ts";

const MIB = 1024 * 1024;

/** The options for a window without colours. */
function windowOf(columns: number, rows: number): EncoderOptions {
  return { window: () => ({ columns, rows, hasColor: false }) };
}

/** The block of one sample. */
function blockOf(
  changes: Partial<Sample>,
  options: EncoderOptions = {},
): string {
  return encodeSample(beginRun(format, options), sampleOf(changes));
}

/** The rows of a block, without its head. */
function rowsOf(
  changes: Partial<Sample>,
  options: EncoderOptions = {},
): string[] {
  return blockOf(changes, options).trimEnd().split("\n").slice(3);
}

/** A sample that many seconds after the first. */
function sampleAt(seconds: number, changes: Partial<Sample>): Sample {
  const ms = 1000 + 1000 * seconds;
  return sampleOf({
    epochMs: EPOCH_MS + 1000 * seconds,
    times: { sweepMs: ms, processesMs: ms, hostMs: ms },
    ...changes,
  });
}

const FOUR: readonly ProcessSample[] = [
  processOf({
    pid: 42,
    comm: "make",
    cmdline: ["make", "-j8"],
    cpuPercentage: 0.04,
    rssBytes: 3 * MIB,
    uptimeSeconds: 59.9,
    startTicks: 100,
  }),
  processOf({
    pid: 43,
    ppid: 42,
    comm: "sh",
    cmdline: ["/bin/sh", "-c", "cc -O2 a.c"],
    cpuPercentage: 5,
    rssBytes: 900 * 1024,
    uptimeSeconds: 58,
    startTicks: 290,
  }),
  processOf({
    pid: 45,
    ppid: 42,
    comm: "cc",
    cmdline: ["cc", "-O2", "b.c"],
    cpuPercentage: 99.96,
    rssBytes: 100 * MIB,
    uptimeSeconds: 3661,
    startTicks: 300,
    state: "R",
    numThreads: 12,
  }),
  processOf({
    pid: 4194303,
    ppid: 43,
    comm: "cc1",
    cmdline: ["cc1", "a.c"],
    cpuPercentage: 1234.5,
    rssBytes: 1536 * MIB,
    uptimeSeconds: 93_784,
    startTicks: 310,
    state: "D",
  }),
];

Deno.test("TableEncoder.lines() prints a head and the rows, the most CPU first", () => {
  const block = blockOf({
    processes: FOUR,
    tree: treeOf({
      numProcesses: 4,
      numThreads: 15,
      rssBytes: 1639 * MIB,
      cpuPercentage: 150.04,
      cpuLimitPercentage: 37.51,
      unseenCpuPercentage: 12.34,
    }),
  }, windowOf(80, 24));
  assertEquals(
    block,
    `2026-01-02 03:04:05 UTC  pid 42 make  4 processes  15 threads
CPU 150.0% (12.3% by ended processes), 37.5% of 4 cores  RSS 1.6G
    PID   %CPU    RSS RSS/MIN   THR S    AGE COMMAND
4194303   1235   1.5G       -     1 D  1d02h cc1 a.c
     45  100.0   100M       -    12 R  1h01m cc -O2 b.c
     43    5.0   900K       -     1 S    58s /bin/sh -c cc -O2 a.c
     42    0.0   3.0M       -     1 S    59s make -j8

`,
  );
});

Deno.test("TableEncoder.lines() sorts by what it is told to", () => {
  const order = (sort: EncoderOptions["sort"]) =>
    rowsOf({ processes: FOUR }, { sort })
      .map((row) => Number(row.slice(0, 7)));
  assertEquals(order("cpu"), [4194303, 45, 43, 42]);
  assertEquals(order("rss"), [4194303, 45, 42, 43]);
  assertEquals(order("tree"), [42, 43, 4194303, 45]);
});

Deno.test("TableEncoder.lines() puts equals in order of memory, then of their ids, and the unknown last", () => {
  const processes = [
    processOf({ pid: 5, cpuPercentage: null, rssBytes: 9 }),
    processOf({ pid: 4, cpuPercentage: 1, rssBytes: null }),
    processOf({ pid: 3, cpuPercentage: 1, rssBytes: 7 }),
    processOf({ pid: 2, cpuPercentage: 1, rssBytes: 7 }),
    processOf({ pid: 1, cpuPercentage: 1, rssBytes: 8 }),
  ];
  assertEquals(
    rowsOf({ processes }).map((row) => Number(row.slice(0, 7))),
    [1, 2, 3, 4, 5],
  );
});

Deno.test("TableEncoder.lines() indents children below their parents", () => {
  assertEquals(
    rowsOf({ processes: FOUR }, { sort: "tree" }).map((row) => row.slice(45)),
    ["make -j8", "  /bin/sh -c cc -O2 a.c", "    cc1 a.c", "  cc -O2 b.c"],
  );
});

Deno.test("TableEncoder.lines() indents a deep tree so far that commands are still seen", () => {
  const processes = Array.from(
    { length: 30 },
    (_, i) =>
      processOf({ pid: i + 1, ppid: i, cmdline: ["sh"], startTicks: i }),
  );
  const rows = rowsOf({ processes }, { sort: "tree", ...windowOf(80, 99) });
  assertEquals(rows.map((row) => row.slice(45).length - 2), [
    ...[0, 2, 4, 6, 8, 10, 12, 14],
    ...Array(22).fill(16),
  ]);
});

Deno.test("TableEncoder.lines() fits the window, and says how many rows it left out", () => {
  assertEquals(
    blockOf({ processes: FOUR }, windowOf(60, 6)),
    `2026-01-02 03:04:05 UTC  pid 42 make  1 process  1 thread
CPU 50.0%, 12.5% of 4 cores  RSS 4.0K
    PID   %CPU    RSS RSS/MIN   THR S    AGE COMMAND
4194303   1235   1.5G       -     1 D  1d02h cc1 a.c
     45  100.0   100M       -    12 R  1h01m cc -O2 b.c
2 more rows

`,
  );
  assertEquals(
    blockOf({ processes: FOUR }, windowOf(54, 7)).split("\n").slice(3),
    [
      "4194303   1235   1.5G       -     1 D  1d02h cc1 a.c",
      "     45  100.0   100M       -    12 R  1h01m cc -O2 b…",
      "     43    5.0   900K       -     1 S    58s sh -c cc…",
      "     42    0.0   3.0M       -     1 S    59s make -j8",
      "",
      "",
    ],
  );
});

Deno.test("TableEncoder.lines() never prints more than a window has, however small", () => {
  for (let columns = 1; columns < 90; columns += 4) {
    for (let rows = 1; rows < 12; rows++) {
      const lines = blockOf({
        processes: FOUR,
        tree: treeOf({ missedSamples: 1 }),
        rest: REST,
      }, windowOf(columns, rows)).split("\n");
      assertEquals(lines.splice(-2), ["", ""]);
      assertEquals(lines.length <= rows, true, `${rows} rows`);
      const widest = Math.max(...lines.map(({ length }) => length));
      assertEquals(widest <= columns, true, `${columns} columns`);
    }
  }
});

Deno.test("TableEncoder.lines() prints the same sample again for another window", () => {
  let columns = 20;
  const encoder = beginRun(format, {
    window: () => ({ columns, rows: 5, hasColor: false }),
  });
  const lines = encoder.lines(sampleOf({ processes: FOUR }));
  assertEquals(Array.from(lines)[0], "2026-01-02 03:04:05…\n");
  columns = 30;
  assertEquals(Array.from(lines)[0], "2026-01-02 03:04:05 UTC    1 …\n");
});

Deno.test("TableEncoder.lines() says what is wrong with a sample", () => {
  const tree = treeOf({
    missedSamples: 2,
    gone: 1,
    denied: 3,
    malformed: 4,
    consistent: false,
  });
  assertEquals(
    blockOf({ tree }).split("\n")[2],
    "Not perfect: 2 samples missed, 1 process gone, 3 denied, 4 malformed, inconsistent",
  );
});

Deno.test("TableEncoder.lines() tells what is not there from what could not be read", () => {
  const [zombie, denied] = rowsOf({
    processes: [
      processOf({
        pid: 1,
        state: "Z",
        rssBytes: null,
        comm: "make",
        cmdline: null,
        unreadable: { rssBytes: "zombie", cmdline: "zombie" },
      }),
      processOf({
        pid: 2,
        cpuPercentage: null,
        rssBytes: null,
        uptimeSeconds: null,
        cmdline: ["x"],
        unreadable: {
          rssBytes: "denied",
          cpuPercentage: "clock",
          uptimeSeconds: "clock",
        },
      }),
    ],
  });
  assertEquals(
    [zombie, denied],
    [
      "      1   50.0      -       -     1 Z    12s [make]",
      "      2      ?      ?       -     1 S      ? x",
    ],
  );
  const tree = treeOf({
    cpuPercentage: null,
    cpuLimitPercentage: null,
    unseenCpuPercentage: null,
    rssBytes: null,
    unreadable: { cpuPercentage: "clock", rssBytes: "denied" },
  });
  assertEquals(blockOf({ tree }).split("\n")[1], "CPU ?  RSS ?");
});

Deno.test("TableEncoder.lines() names a process without arguments by its name", () => {
  const commands = rowsOf({
    processes: [
      processOf({ pid: 1, comm: "kthreadd", cmdline: null }),
      processOf({ pid: 2, comm: "titled", cmdline: [""] }),
      processOf({ pid: 3, comm: "not asked for" }),
    ],
  }).map((row) => row.slice(45));
  assertEquals(commands, ["[kthreadd]", "[titled]", "not asked for"]);
});

Deno.test("TableEncoder.lines() lets no name or argument move the cursor", () => {
  const nasty = "a\u001b[2J\r\n\t\u0007\u009b1m\u202eb\u200d\u2028\ud800";
  const block = blockOf({
    processes: [
      processOf({ comm: nasty, state: "\u001b", cmdline: [nasty, "x"] }),
    ],
  }, { window: () => ({ columns: 99, rows: 9, hasColor: false }) });
  const lines = block.split("\n");
  assertEquals(
    lines[0],
    "2026-01-02 03:04:05 UTC  pid 42 a?[2J?????1m?b???  1 process  1 thread",
  );
  assertEquals(lines[3]?.slice(34), "1 ?    12s a?[2J?????1m?b??? x");
  // deno-lint-ignore no-control-regex
  assertEquals(block.replaceAll("\n", "").match(/[\0-\x1f\x7f-\x9f]/), null);
});

Deno.test("TableEncoder.lines() counts the columns of wide and combining characters", () => {
  const command = (cmdline: string, columns: number) =>
    rowsOf({ processes: [processOf({ cmdline: [cmdline] })] }, {
      ...windowOf(45 + columns, 9),
    })[0]?.slice(45);
  assertEquals(command("日本語", 6), "日本語");
  assertEquals(command("日本語", 5), "日本…");
  assertEquals(command("日本語", 4), "日…");
  assertEquals(command("e\u0301e\u0301e\u0301", 3), "e\u0301e\u0301e\u0301");
  assertEquals(command("e\u0301e\u0301e\u0301x", 3), "e\u0301e\u0301…");
  assertEquals(command("a🚀b", 4), "a🚀b");
  assertEquals(command("a🚀b", 3), "a…");
});

Deno.test("TableEncoder.lines() drops the directory of a program before its arguments, if both do not fit", () => {
  const command = (cmdline: readonly string[], columns: number) =>
    rowsOf({ processes: [processOf({ cmdline })] }, {
      ...windowOf(45 + columns, 9),
    })[0]?.slice(45);
  const python = ["/usr/bin/python3", "/srv/a.py"];
  assertEquals(command(python, 26), "/usr/bin/python3 /srv/a.py");
  assertEquals(command(python, 25), "python3 /srv/a.py");
  assertEquals(command(python, 16), "python3 /srv/a.…");
  // A title may look like a path.
  assertEquals(command(["/a b/c d"], 7), "/a b/c…");
  assertEquals(command(["./a/b", "c"], 6), "./a/b…");
  assertEquals(command(["/日/本\u001b/x"], 7), "x");
});

Deno.test("TableEncoder.lines() uses bold and yellow only where there are colours", () => {
  const block = blockOf({ tree: treeOf({ gone: 1 }) }, {
    window: () => ({ columns: 80, rows: 24, hasColor: true }),
  });
  assertEquals(block.split("\n").slice(2, 4), [
    "\u001b[33mNot perfect: 1 process gone\u001b[0m",
    "\u001b[1m    PID   %CPU    RSS RSS/MIN   THR S    AGE COMMAND\u001b[0m",
  ]);
});

const SUMS = {
  numProcesses: 7,
  numThreads: 9,
  rssBytes: 20 * MIB,
  vsizeBytes: 1,
  cpuPercentage: 3.21,
  userCpuPercentage: 2,
  kernelCpuPercentage: 1.21,
  unreadable: null,
};

const REST: RestSample = { numGroups: null, ...SUMS };

Deno.test("TableEncoder.lines() puts the rest into the last row, also if rows are left out", () => {
  const rest =
    "           3.2  20.0M       -     9          (7 other processes)";
  assertEquals(rowsOf({ processes: FOUR, rest: REST }).at(-1), rest);
  assertEquals(
    rowsOf({ processes: FOUR, rest: REST }, windowOf(80, 7)).slice(-2),
    ["2 more rows", rest],
  );
  const none = { ...REST, numProcesses: 0 };
  assertEquals(rowsOf({ processes: FOUR, rest: none }).length, 4);
});

function groupOf(changes: Partial<GroupSample>): GroupSample {
  return {
    groupBy: "comm",
    group: "nginx",
    other: false,
    ...SUMS,
    userCpuSecondsTotal: 1,
    kernelCpuSecondsTotal: 1,
    maxRssBytes: 5 * MIB,
    oldestStartTicks: 1,
    states: { S: 7 },
    ...changes,
  };
}

Deno.test("TableEncoder.lines() prints groups in place of processes", () => {
  const block = blockOf({
    processes: [],
    groups: [
      groupOf({}),
      groupOf({ group: "ev\u001bil", cpuPercentage: 9, maxRssBytes: null }),
      groupOf({ group: null, other: true, cpuPercentage: 1 }),
    ],
    rest: { ...REST, numGroups: 3 },
    tree: treeOf({ numProcesses: 28, numThreads: 36 }),
  });
  assertEquals(
    block,
    `2026-01-02 03:04:05 UTC  pid 42  28 processes  36 threads
CPU 50.0%, 12.5% of 4 cores  RSS 4.0K
  PROCS   %CPU    RSS RSS/MIN   THR MAXRSS COMM
      7    9.0  20.0M       -     9      - ev?il
      7    3.2  20.0M       -     9   5.0M nginx
      7    1.0  20.0M       -     9   5.0M (all other)
      7    3.2  20.0M       -     9        (3 other groups)

`,
  );
});

Deno.test("TableEncoder.lines() names a cgroup by the end of its path, and all processes as such", () => {
  const head = (run: Partial<typeof RUN>, columns: number) => {
    const encoder = format.create(windowOf(columns, 9));
    Array.from(encoder.begin({ ...RUN, ...run }));
    return encodeSample(encoder, sampleOf()).split("\n")[0];
  };
  const cgroup = {
    rootPid: null,
    rootCgroup: "/sys/fs/cgroup/system.slice/nginx.service",
  };
  assertEquals(
    head(cgroup, 99),
    "2026-01-02 03:04:05 UTC  cgroup /sys/fs/cgroup/system.slice/nginx.service  1 process  1 thread",
  );
  assertEquals(
    head(cgroup, 72),
    "2026-01-02 03:04:05 UTC  …ystem.slice/nginx.service  1 process  1 thread",
  );
  assertEquals(
    head({ rootPid: null, rootCgroup: null }, 72),
    "2026-01-02 03:04:05 UTC  all processes  1 process  1 thread",
  );
});

Deno.test("TableEncoder.lines() shows the limit of memory that is nearest to be reached", () => {
  const memory = (tree: Parameters<typeof treeOf>[0]) =>
    blockOf({ tree: treeOf(tree) }).split("\n")[1]?.split("  ")[1];
  const limit = {
    memoryLimitPercentage: 75,
    memoryLimitBytes: 2048 * MIB,
    memoryLimitCgroup: "/a.slice",
  };
  assertEquals(
    memory(limit),
    "RSS 4.0K, cgroup 1.5G of 2.0G (75.0%) in /a.slice",
  );
  assertEquals(
    memory({ ...limit, memoryLimitPercentage: null, memoryLimitBytes: null }),
    "RSS 4.0K",
  );
  assertEquals(memory({}), "RSS 4.0K");
});

Deno.test("TableEncoder.lines() gives a limit of memory a line of its own in a narrow window", () => {
  const head = (columns: number, cpuPercentage: number) => {
    const encoder = format.create(windowOf(columns, 24));
    Array.from(encoder.begin(RUN));
    const tree = treeOf({
      cpuPercentage,
      unseenCpuPercentage: 30,
      memoryLimitPercentage: 98.04,
      memoryLimitBytes: 200 * MIB,
      memoryLimitCgroup: "/prod.slice/prod-web.slice",
    });
    const lines = encodeSample(encoder, sampleOf({ tree })).split("\n");
    return lines.slice(1, lines.findIndex((line) => line.includes("PID")));
  };
  const memory =
    "RSS 4.0K, cgroup 196M of 200M (98.0%) in /prod.slice/prod-web.slice";
  const cpu = (figure: string) =>
    `CPU ${figure} (30.0% by ended processes), 12.5% of 4 cores`;
  assertEquals(head(80, 50), [cpu("50.0%"), memory]);
  assertEquals(head(80, 150), [cpu("150.0%"), memory], "no row moves");
  assertEquals(head(200, 50), [`${cpu("50.0%")}  ${memory}`]);
  assertEquals(head(60, 50), [
    cpu("50.0%"),
    "RSS 4.0K, cgroup 196M of 200M (98.0%) in …ice/prod-web.slice",
  ]);
  assertEquals(head(40, 50)[1], "RSS 4.0K, cgroup 196M of 200M (98.0%) i…");
});

Deno.test("TableEncoder.lines() says that a limit is not known, unless nothing has it", () => {
  const usage = (reason: NullReason) =>
    blockOf({
      tree: treeOf({
        memoryLimitPercentage: null,
        memoryLimitBytes: null,
        memoryLimitCgroup: null,
        unreadable: { memoryLimitPercentage: reason },
      }),
    }).split("\n")[1]?.split("  ")[1];
  assertEquals(usage("denied"), "RSS 4.0K, limit ? (denied)");
  assertEquals(usage("unmounted"), "RSS 4.0K, limit ? (unmounted)");
  assertEquals(usage("zombie"), "RSS 4.0K");
  const cores = treeOf({ numCores: null, unreadable: { numCores: "denied" } });
  assertEquals(
    blockOf({ tree: cores }).split("\n")[1]?.split("  ")[0],
    "CPU 50.0%, cores ?",
  );
});

/** The growth that is shown after samples with so much memory, one per second. */
function growthAfter(mebibytes: readonly number[], exe = () => "make"): string {
  const encoder = beginRun(format, {});
  let block = "";
  mebibytes.forEach((rss, second) => {
    const process = processOf({ rssBytes: rss * MIB, exe: exe() });
    block = encodeSample(encoder, sampleAt(second, { processes: [process] }));
  });
  return block.split("\n")[3]?.slice(22, 29).trim() ?? "";
}

Deno.test("TableEncoder.lines() shows growth after five samples and five seconds", () => {
  assertEquals(growthAfter([10, 11, 12, 13, 14]), "-");
  assertEquals(growthAfter([10, 11, 12, 13, 14, 15]), "+60.0M");
  assertEquals(growthAfter([15, 14, 13, 12, 11, 10]), "-60.0M");
  assertEquals(growthAfter([7, 7, 7, 7, 7, 7]), "0B");
});

Deno.test("TableEncoder.lines() takes no jump and no peak for growth", () => {
  assertEquals(growthAfter([10, 10, 10, 10, 90, 90, 90, 90]), "0B");
  assertEquals(growthAfter([10, 10, 10, 90, 10, 10, 10]), "0B");
  for (let at = 1; at < 40; at++) {
    const jump = Array.from({ length: 40 }, (_, i) => i < at ? 10 : 90);
    assertEquals(growthAfter(jump), "0B", `at ${at}`);
    const peak = Array.from({ length: 40 }, (_, i) => i === at ? 90 : 10);
    assertEquals(growthAfter(peak), "0B", `at ${at}`);
  }
});

Deno.test("TableEncoder.lines() finds slow growth over minutes, in steps and from a late start", () => {
  // One mebibyte every ten seconds, in steps.
  const steps = Array.from({ length: 300 }, (_, i) => 10 + Math.floor(i / 10));
  assertEquals(growthAfter(steps), "+6.0M");
  // Nothing for an hour, then one mebibyte a second for ten minutes.
  const late = Array.from({ length: 4200 }, (_, i) => Math.max(i - 3600, 0));
  assertEquals(growthAfter(late), "+60.0M");
});

Deno.test("TableEncoder.lines() starts growth anew with another program", () => {
  let second = 0;
  const exe = () => second++ < 6 ? "sh" : "cc";
  assertEquals(growthAfter([1, 2, 3, 4, 5, 6, 90, 90], exe), "-");
});

Deno.test("TableEncoder.lines() sorts by growth, the unknown last", () => {
  const encoder = beginRun(format, { sort: "growth" });
  let block = "";
  for (let second = 0; second < 6; second++) {
    const processes = [
      processOf({ pid: 1, cpuPercentage: 9, rssBytes: 50 }),
      processOf({ pid: 2, cpuPercentage: 8, rssBytes: 50 + second }),
      ...(second < 3 ? [] : [processOf({ pid: 3, rssBytes: 9 ** second })]),
    ];
    block = encodeSample(encoder, sampleAt(second, { processes }));
  }
  assertEquals(
    block.trimEnd().split("\n").slice(3).map((row) =>
      row.slice(0, 29).replaceAll(/ +/g, " ")
    ),
    [" 2 8.0 55B +60B", " 1 9.0 50B 0B", " 3 50.0 57.7K -"],
  );
});

Deno.test("TableEncoder.lines() forgets what has ended: a reused pid has no growth", () => {
  const encoder = beginRun(format, {});
  let block = "";
  for (let second = 0; second < 8; second++) {
    const startTicks = second < 6 ? 1 : 2;
    const processes = [processOf({ rssBytes: second * MIB, startTicks })];
    block = encodeSample(encoder, sampleAt(second, { processes }));
  }
  assertEquals(block.split("\n")[3]?.slice(22, 29), "      -");
});

Deno.test("TableEncoder.lines() remembers what the view top leaves out for a while", () => {
  const encoder = beginRun(format, {});
  let block = "";
  for (let second = 0; second < 12; second++) {
    const one = processOf({ rssBytes: second * MIB });
    const isLeftOut = second > 5 && second < 11;
    const processes = isLeftOut ? [] : [one];
    block = encodeSample(
      encoder,
      sampleAt(second, { processes, rest: REST }),
    );
  }
  assertEquals(block.split("\n")[3]?.slice(22, 29), " +60.0M");
});

Deno.test("TableEncoder.lines() keeps the order right as processes come, go and change", () => {
  const encoder = beginRun(format, {});
  let state = 1;
  const random = (below: number) => {
    state = state * 48271 % 2147483647;
    return state % below;
  };
  for (let second = 0; second < 50; second++) {
    const processes = Array.from(
      { length: random(40) },
      (_, i) =>
        processOf({
          pid: i * 7 + 1,
          cpuPercentage: random(30),
          rssBytes: random(3),
        }),
    );
    const expected = processes.toSorted((a, b) =>
      (b.cpuPercentage ?? 0) - (a.cpuPercentage ?? 0) ||
      (b.rssBytes ?? 0) - (a.rssBytes ?? 0) || a.pid - b.pid
    ).map(({ pid }) => pid);
    // What a view may have left out comes back with a place of before.
    const rest = { ...REST, numProcesses: 0 };
    const block = encodeSample(encoder, sampleAt(second, { processes, rest }));
    const pids = block.trimEnd().split("\n").slice(3)
      .map((row) => Number(row.slice(0, 7)));
    assertEquals(pids, expected);
  }
});

Deno.test("TableEncoder shows amounts in few characters", () => {
  const rss = (bytes: number) =>
    rowsOf({ processes: [processOf({ rssBytes: bytes })] })[0]?.slice(15, 21)
      .trim();
  assertEquals(
    [0, 1023, 1024, 102_348, 102_349, 1023 * 1024, 1024 * 1024 - 1].map(rss),
    ["0B", "1023B", "1.0K", "99.9K", "100K", "1023K", "1.0M"],
  );
  assertEquals(rss(5 * 1024 ** 4), "5.0T");
});

Deno.test("TableEncoder shows ages in six characters", () => {
  const age = (uptimeSeconds: number) =>
    rowsOf({ processes: [processOf({ uptimeSeconds })] })[0]?.slice(38, 44)
      .trim();
  assertEquals(
    [0, 59.99, 60, 3599, 3600, 86_399, 86_400, 8_639_999, 8_640_000].map(age),
    ["0s", "59s", "1m00s", "59m59s", "1h00m", "23h59m", "1d00h", "99d23h"]
      .concat("100d"),
  );
});

Deno.test("TableEncoder.lines() shows labels at the end of the first line", () => {
  const labels = { job: "nightly", "a.b": "x\u001b[1m" };
  assertEquals(
    blockOf({}, { labels }).split("\n")[0],
    "2026-01-02 03:04:05 UTC  pid 42 make  1 process  1 thread  job=nightly  a.b=x?[1m",
  );
});

Deno.test("TableEncoder.end() says how the run ended", () => {
  const encoder = beginRun(format, {});
  const said = (changes: Partial<typeof END>) =>
    Array.from(encoder.end({ ...END, ...changes })).join("");
  assertEquals(said({}), "End: exited with code 0; 11 samples in 10.1 s\n");
  assertEquals(
    said({ exitCode: null, signal: "SIGKILL" }),
    "End: exited by SIGKILL; 11 samples in 10.1 s\n",
  );
  assertEquals(
    said({
      reason: "count",
      exitCode: null,
      summary: { ...END.summary, samples: 1, missedSamples: 3 },
    }),
    "End: count; 1 sample, 3 missed in 10.1 s\n",
  );
});

Deno.test("TableEncoder.end() says how long the run lasted, beyond its last sample", () => {
  const encoder = beginRun(format, {});
  encodeSample(encoder, sampleAt(10.123, {}));
  const epochMs = RUN.epochMs + 14_200;
  assertEquals(
    Array.from(encoder.end({ ...END, epochMs })).join(""),
    "End: exited with code 0; 11 samples in 14.2 s\n",
  );
});

Deno.test("TableEncoder needs arguments, those of the start if no others were asked for, and the limit", () => {
  assertEquals(format.needs([]), ["cmdline_at_exec", "memory_limit"]);
  assertEquals(format.needs(["io", "cmdline"]), ["memory_limit"]);
  assertEquals(format.needs(["cgroup", "cmdline"]), []);
});

Deno.test("TableEncoder.lines() throws before begin()", () => {
  assertThrows(
    () => format.create().lines(sampleOf()),
    Error,
    "Cannot encode a sample: begin() was not called",
  );
});

for (const { name, path } of recordingCases()) {
  Deno.test(`TableEncoder.lines() fits ${name} into any window, without a control character`, async () => {
    const { run, samples } = await recordedRun(path);
    for (const sort of ["cpu", "growth", "tree"] as const) {
      for (const [columns, rows] of [[80, 24], [37, 5], [2, 2]] as const) {
        const encoder = format.create({ sort, ...windowOf(columns, rows) });
        Array.from(encoder.begin(run));
        for (const sample of samples) {
          const lines = encodeSample(encoder, sample).split("\n");
          assertEquals(lines.length - 2 <= rows, true, name);
          for (const line of lines) {
            assertEquals([...line].length <= columns, true, line);
            assertEquals(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line), false, line);
          }
        }
      }
    }
  });
}
