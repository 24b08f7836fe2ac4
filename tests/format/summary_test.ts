import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import {
  missedSentence,
  type SummaryParts,
  summaryText,
} from "../../src/format/summary.ts";
import { columnsOf } from "../../src/format/_cells.ts";
import type { HeavyProcess } from "../../src/model/heaviest.ts";
import { END, RUN } from "../support/samples.ts";

const MEBIBYTE = 2 ** 20;

function heavy(changes: Partial<HeavyProcess> = {}): HeavyProcess {
  return {
    pid: 4321,
    comm: "cc1",
    cmdline: ["/usr/lib/gcc/x86_64-linux-gnu/12/cc1", "-quiet", "a b.c"],
    cmdlineReason: null,
    cpuSeconds: 3.21,
    peakRssBytes: 112.44 * MEBIBYTE,
    ...changes,
  };
}

const PARTS: SummaryParts = {
  run: { ...RUN, command: ["make", "-j8", "all"] },
  end: { ...END, reason: "exited", exitCode: 0, signal: null },
  seconds: 12.419,
  summary: {
    ...END.summary,
    wallSeconds: 12.25,
    userCpuSeconds: 18.2,
    kernelCpuSeconds: 3.51,
    meanCores: 1.7481,
    peakRssBytes: 412.3 * MEBIBYTE,
    peakRssEpochMs: RUN.epochMs + 5200,
    peakRssNumProcesses: 9,
    peakNumProcesses: 12,
    samples: 50,
    missedSamples: 0,
  },
  heaviest: {
    numProcesses: 63,
    cpuSeconds: 19.4,
    byCpu: [
      heavy(),
      heavy({ pid: 22, cmdline: null, cmdlineReason: "shared_with_parent" }),
    ],
    byPeakRss: [
      heavy({ pid: 7, cmdline: ["ld", "-o", "a"], cpuSeconds: 0 }),
    ],
  },
  missedBecause: { reading: 0, writing: 0, waiting: 0 },
};

function textOf(changes: Partial<SummaryParts>, columns?: number): string {
  return summaryText({ ...PARTS, ...changes }, columns);
}

/** A row of figures, without its label. */
function rowOf(changes: Partial<SummaryParts>, label: string): string {
  const line = textOf(changes).split("\n").find((one) =>
    one.trim().startsWith(`${label} `)
  );
  return line?.trim().slice(label.length).trim() ?? "";
}

Deno.test("summaryText() says how a run ended, what it came to, and who used the most", () => {
  // 21.71 - 19.4 = 2.31, which is 10.64 % of 21.71; 3.21 is 14.79 %.
  assertEquals(
    textOf({}),
    `procline: Summary of make -j8 all
  ended      with exit code 0, after 12.42 s
  CPU        21.71 s: 18.20 s user, 3.51 s kernel; 1.75 cores on average
  memory     412.3 MiB resident at most, 5.20 s after the start, in 9 processes
  samples    50, each 0.25 s, none missed
  processes  63 seen, 12 at most at one time
  unseen     2.31 s of the CPU time (10.6%): used by processes that lived
             between two samples, or after the last sample that saw them

  Most CPU time:
    CPU s   CPU% PEAK MiB     PID COMMAND
     3.21  14.8%    112.4    4321 /usr/lib/gcc/x86_64-linux-gnu/12/cc1 -quiet "a b.c"
     3.21  14.8%    112.4      22 [cc1] (no arguments: shared with parent)

  Most memory at one time:
    CPU s   CPU% PEAK MiB     PID COMMAND
     0.00   0.0%    112.4       7 ld -o a
`,
  );
});

Deno.test("summaryText() fits a window, and rather drops the directory of a program than what it works on", () => {
  for (const columns of [80, 60, 40, 20, 1]) {
    const lines = textOf({}, columns).trimEnd().split("\n");
    for (const line of lines) assertLessOrEqual(columnsOf(line), columns);
  }
  assert(textOf({}, 80).includes(' 4321 cc1 -quiet "a b.c"\n'));
});

Deno.test("summaryText() lets no name or argument reach the terminal", () => {
  const hostile = 'x\u001b]0;a\u0007\n\u009b2J\u202e\u200b\ufeff"';
  const text = textOf({
    run: { ...RUN, command: [hostile] },
    heaviest: {
      ...PARTS.heaviest,
      byCpu: [
        heavy({ cmdline: [hostile, hostile] }),
        heavy({ cmdline: null, comm: hostile }),
      ],
    },
  });
  assertEquals(/[\p{Cc}\p{Cf}]/u.test(text.replaceAll("\n", "")), false);
  assertEquals(text.split("\n").length, textOf({}).split("\n").length);
});

Deno.test("summaryText() says how the run ended", () => {
  const end = { ...END, exitCode: null, signal: null };
  const ended = (changes: Partial<SummaryParts>) =>
    rowOf(changes, "ended").replace(/, after 12.42 s$/, "");
  assertEquals(
    ended({ end: { ...end, signal: "SIGKILL" } }),
    "by SIGKILL",
  );
  assertEquals(
    ended({ end: { ...end, reason: "count" } }),
    "at the count of samples, the command went on",
  );
  assertEquals(
    ended({ end: { ...end, reason: "stdin" } }),
    "as standard input was closed",
  );
  assertEquals(
    ended({ end: { ...end, reason: "reader" } }),
    "as nobody read the lines any more, the command went on",
  );
  assertEquals(
    ended({ end: { ...end, reason: "exited" } }),
    "as the command did, nobody knows how",
  );
  assertEquals(
    ended({ run: RUN, end: { ...end, reason: "exited" } }),
    "as the root was gone",
  );
  assertEquals(
    ended({ run: RUN, end: { ...end, reason: "signal" } }),
    "by a signal to procline",
  );
  assertEquals(
    ended({ end: "not known: it was cut" }),
    "not known: it was cut",
  );
});

Deno.test("summaryText() names the root", () => {
  const first = (run: SummaryParts["run"]) => textOf({ run }).split("\n")[0];
  assertEquals(first(RUN), "procline: Summary of process 42");
  assertEquals(
    first({ ...RUN, rootPid: null, rootCgroup: "/sys/fs/cgroup/a" }),
    "procline: Summary of the cgroup /sys/fs/cgroup/a",
  );
  assertEquals(
    first({ ...RUN, rootPid: null }),
    "procline: Summary of all processes",
  );
});

Deno.test("summaryText() says what was read and written where that is known, and why it is not", () => {
  const { summary } = PARTS;
  assertEquals(rowOf({}, "read"), "");
  const io = {
    ...summary,
    ioReadCharsBytes: 1.5 * 2 ** 30,
    ioReadBytes: 0,
    ioWrittenCharsBytes: 1023,
    ioWrittenBytes: null,
    unreadable: { ioWrittenBytes: "denied" } as const,
  };
  assertEquals(rowOf({ summary: io }, "read"), "1.5 GiB; from storage 0 B");
  assertEquals(
    rowOf({ summary: io }, "written"),
    "1023 B; to storage not known (denied)",
  );
});

Deno.test("summaryText() says of what no sample saw that it is not known", () => {
  const summary = {
    ...PARTS.summary,
    meanCores: null,
    peakRssBytes: null,
    peakRssEpochMs: null,
    peakRssNumProcesses: null,
  };
  assertEquals(rowOf({ summary }, "memory"), "not known: no sample saw any");
  assertEquals(
    rowOf({ summary }, "CPU"),
    "21.71 s: 18.20 s user, 3.51 s kernel",
  );
});

Deno.test("summaryText() has no line on unseen time, and no table, where there is none", () => {
  const heaviest = {
    numProcesses: 1,
    cpuSeconds: 21.71,
    byCpu: [],
    byPeakRss: [],
  };
  const text = textOf({ heaviest });
  assertEquals([text.includes("unseen"), text.includes("Most")], [
    false,
    false,
  ]);
});

Deno.test("summaryText() says why samples were missed", () => {
  const summary = { ...PARTS.summary, samples: 7, missedSamples: 3 };
  const missedBecause = { reading: 3, writing: 0, waiting: 0 };
  assert(
    textOf({ summary, missedBecause }).includes(`
  samples    7, each 0.25 s
             Missed 3 of 10 samples, as reading the processes took too long
`),
  );
});

Deno.test("missedSentence() gives each reason with its number, and help if most were missed", () => {
  const few = { samples: 7, missedSamples: 3 };
  const most = { samples: 1, missedSamples: 9 };
  assertEquals(
    missedSentence(few, null),
    "Missed 3 of 10 samples, for reasons that are not known",
  );
  assertEquals(
    missedSentence(few, { reading: 1, writing: 2, waiting: 0 }),
    "Missed 3 of 10 samples, 1 as reading the processes took too long, 2 as whoever takes the lines was slow",
  );
  assertEquals(
    missedSentence(most, { reading: 0, writing: 0, waiting: 9 }),
    "Missed 9 of 10 samples, as the host gave this program no time; a longer --interval helps",
  );
});
