import { assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { HostFs } from "../../src/kernel/host_fs.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import {
  encodeRecorded,
  encodeRecordingHeader,
} from "../../src/recording/codec.ts";
import { RecordingFs } from "../../src/recording/recording_fs.ts";
import { openRecording } from "../../src/recording/replayed_run.ts";
import { recordingCases, RECORDINGS } from "../support/recordings.ts";
import {
  runProcline,
  splitLines,
  startBusyTree,
  startProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

const CASES = recordingCases();

/** The cost that a run reports of itself. In a replay it is zero, except that null stays null. */
const OWN_COST =
  /"(sample_seconds|sampler_cpu_percentage|sampler_rss_bytes)":[0-9.e-]+/g;

/** The text with zero for that cost. */
function withoutOwnCost(text: string): string {
  return text.replace(OWN_COST, '"$1":0');
}

Deno.test("testdata/recordings holds eight recordings at least", () => {
  assertGreater(CASES.length, 7);
});

for (const { name, path, expected } of CASES) {
  Deno.test(`procline --replay prints the expected lines of ${name}`, async () => {
    const lines = await Deno.readTextFile(expected);

    const { code, stdout } = await runProcline([
      "--replay",
      path,
    ]);

    assertEquals(splitLines(stdout), splitLines(lines));
    assertEquals(code, 0);
  });
}

Deno.test("procline --replay warns once of a damaged file, and quotes it", async () => {
  const { stderr } = await runProcline([
    "--replay",
    `${RECORDINGS}denied_and_damaged.ndjson`,
  ]);

  assertEquals(
    stderr,
    'procline: Cannot parse starttime in /proc/40/stat: current value is "40 (cut) S 10 40"\n',
  );
});

for (const format of ["records", "lading"]) {
  Deno.test(`procline --replay prints the ${format} of a recorded run byte for byte, except its own cost`, async () => {
    using directory = new TemporaryDirectory();
    const recording = `${directory.path}/run.ndjson`;
    await using tree = startBusyTree();
    await tree.line();

    const live = await runProcline([
      "--pid",
      `${tree.pid}`,
      "--interval",
      "20ms",
      "--count",
      "10",
      "--format",
      format,
      "--label",
      "job=a\u2028b",
      "--record",
      recording,
    ]);
    const replayed = await runProcline([
      "--replay",
      recording,
      "--format",
      format,
    ]);

    assertEquals(live.code, 0);
    assertGreater(splitLines(live.stdout).length, 30);
    assertEquals(
      splitLines(withoutOwnCost(replayed.stdout)),
      splitLines(withoutOwnCost(live.stdout)),
    );
    assertEquals(replayed.code, 0);
  });
}

Deno.test("procline --record of a run that a signal ends can be replayed", async () => {
  using directory = new TemporaryDirectory();
  const recording = `${directory.path}/run.ndjson`;
  await using tree = startScript("echo ready; hold");
  await tree.line();
  await using procline = startProcline([
    "--pid",
    `${tree.pid}`,
    "--interval",
    "10ms",
    "--record",
    recording,
  ]);
  const lines = [await procline.line(), await procline.line()];

  procline.kill("SIGTERM");
  lines.push(...await procline.rest());

  const { code, stdout } = await runProcline(["--replay", recording]);
  const printed = lines.map(withoutOwnCost);
  // The sample under way may be in the recording but not on the output.
  assertEquals(
    splitLines(withoutOwnCost(stdout)).slice(0, printed.length),
    printed,
  );
  assertEquals(code, 0);
});

Deno.test("procline --record of a run whose consumer goes away ends with the reason", async () => {
  using directory = new TemporaryDirectory();
  const recording = `${directory.path}/run.ndjson`;
  await using tree = startScript("echo ready; hold");
  await tree.line();
  await using procline = startProcline([
    `--pid=${tree.pid}`,
    "--interval=10ms",
    `--record=${recording}`,
  ]);
  await procline.sample();
  await procline.closeOutput();
  assertEquals(await procline.code(), 0);

  const { stdout } = await runProcline(["--replay", recording]);
  const end = JSON.parse(splitLines(stdout).at(-1) ?? "");
  assertEquals([end.kind, end.reason], ["end", "reader"]);
});

Deno.test("procline --replay refuses a recording whose labels would pass for fields", async () => {
  using directory = new TemporaryDirectory();
  const recording = `${directory.path}/forged.ndjson`;
  const text = await Deno.readTextFile(`${RECORDINGS}exec.ndjson`);
  const [first = "", ...others] = text.split("\n");
  for (const name of ["kind", "a\nb"]) {
    const header = { ...JSON.parse(first), labels: { [name]: "forged" } };
    const forged = [JSON.stringify(header), ...others].join("\n");
    await Deno.writeTextFile(recording, forged);
    const { code, stdout, stderr } = await runProcline([
      "--replay",
      recording,
    ]);
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertStringIncludes(stderr, `has a label ${JSON.stringify(name)}: `);
  }
});

Deno.test("procline --replay leaves the output file alone if the recording is refused", async () => {
  using directory = new TemporaryDirectory();
  const recording = `${directory.path}/newer.ndjson`;
  const output = `${directory.path}/lines.ndjson`;
  const text = await Deno.readTextFile(`${RECORDINGS}exec.ndjson`);
  await Deno.writeTextFile(
    recording,
    text.replace('"collectors":[]', '"collectors":["gpu"]'),
  );
  await Deno.writeTextFile(output, "yesterday\n");
  const { code, stderr } = await runProcline([
    `--replay=${recording}`,
    `--output=${output}`,
  ]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'this version has no collector "gpu"');
  assertEquals(await Deno.readTextFile(output), "yesterday\n");
});

Deno.test("procline --replay takes --count, --format, --label and --output", async () => {
  using directory = new TemporaryDirectory();
  const output = `${directory.path}/lines.ndjson`;

  const { code, stdout, stderr } = await runProcline([
    "--replay",
    `${RECORDINGS}pid_reuse.ndjson`,
    "--count",
    "1",
    "--format",
    "lading",
    "--label",
    "job=again",
    "--output",
    output,
  ]);

  assertEquals({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
  const lines = splitLines(await Deno.readTextFile(output)).map((line) =>
    JSON.parse(line)
  );
  // Seven gauges for each of two processes, and three for the tree.
  assertEquals(lines.length, 17);
  assertEquals(lines.at(-1), {
    run_id: "00000000-0000-4000-8000-000000000001",
    time: Date.parse("2026-01-02T03:04:05.000Z"),
    fetch_index: 0,
    metric_name: "total_rss_bytes",
    metric_kind: "gauge",
    // (50 + 100) pages.
    value: 614_400,
    job: "again",
  });
});

Deno.test("a program's own recording replays the processes that its samples had", async () => {
  const fs = new RecordingFs(new HostFs());
  using sampler = new Sampler({ pid: Deno.pid, fs });
  const lines = [encodeRecordingHeader({
    startMs: sampler.startMs,
    run: sampler.describeRun(100),
    events: false,
    smapsEvery: 1,
    startedByUs: false,
    labels: {},
    reads: fs.drain(),
  })];
  const live: number[] = [];
  const children: Deno.ChildProcess[] = [];
  try {
    const samples = sampler.samples({ intervalMs: 100, count: 5 });
    for await (const { epochMs, times, tree } of samples) {
      live.push(tree.numProcesses);
      const { missedSamples: missed } = tree;
      const reads = fs.drain();
      lines.push(encodeRecorded({ epochMs, times, missed, reads }));
      const sleep = new Deno.Command("sleep", { args: ["60"], stdin: "null" });
      children.push(sleep.spawn());
    }
  } finally {
    for (const child of children) {
      child.kill("SIGKILL");
      await child.status;
    }
  }
  lines.push(encodeRecorded({
    end: { epochMs: Date.now(), reason: "count", exitCode: null, signal: null },
  }));
  using replayed = await openRecording(lines);
  assertEquals(
    Array.from(replayed.samples(), ({ tree }) => tree.numProcesses),
    live,
  );
  assertGreater(live.at(-1) ?? 0, live[0] ?? 0);
});
