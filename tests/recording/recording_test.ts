import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  ProcReadError,
  type ReadFailure,
  RecordingError,
} from "../../src/errors.ts";
import type { FileStatus, ProcFile, ProcFs } from "../../src/kernel/proc_fs.ts";
import { environmentOf } from "../../src/kernel/proc_reader.ts";
import { UncachedFs } from "../../src/kernel/uncached_fs.ts";
import {
  decodeRecorded,
  decodeRecordingHeader,
  encodeRecorded,
  encodeRecordedInParts,
  encodeRecordingHeader,
} from "../../src/recording/codec.ts";
import {
  type RecordedEnd,
  type RecordedRead,
  type RecordedSample,
  RECORDING_VERSION,
  type RecordingHeader,
} from "../../src/recording/recording.ts";
import { RecordingFs } from "../../src/recording/recording_fs.ts";
import { ReplayFs } from "../../src/recording/replay_fs.ts";
import { MemoryFs } from "../../src/testing/memory_fs.ts";
import type { EndReason } from "../../src/model/run.ts";
import { growthOfCpu } from "../support/cpu_growth.ts";

function failure(path: string, reason: ReadFailure): ProcReadError {
  return new ProcReadError(path, { reason, detail: "as the test has it" });
}

/** A file system that gives one answer after another, whatever is asked. */
class ScriptedFs implements ProcFs {
  readonly #answers: unknown[];
  closed = 0;

  constructor(...answers: readonly unknown[]) {
    this.#answers = [...answers];
  }

  // deno-lint-ignore no-explicit-any
  #next(): any {
    const answer = this.#answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  }

  readTextFile(_path: string): string {
    return this.#next();
  }

  readLink(_path: string): string {
    return this.#next();
  }

  stat(_path: string): FileStatus {
    return this.#next();
  }

  readDir(_path: string): string[] {
    return this.#next();
  }

  readFile(_path: string): Uint8Array {
    return this.#next();
  }

  open(_path: string): ProcFile {
    this.#next();
    return {
      readText: () => this.#next(),
      close: () => {
        this.closed++;
      },
    };
  }
}

function replayOf(reads: readonly RecordedRead[]): ReplayFs {
  const fs = new ReplayFs();
  fs.load(JSON.parse(JSON.stringify(reads)));
  return fs;
}

function refusesRead(read: () => unknown, message: string): ProcReadError {
  const error = assertThrows(read, ProcReadError);
  assertEquals(error.message, message);
  return error;
}

Deno.test("RecordingFs writes down every kind of read", () => {
  const fs = new RecordingFs(
    new ScriptedFs(
      "1 (a) S\n",
      "/bin/a",
      ["1", "2"],
      Uint8Array.of(0, 128, 255),
    ),
  );
  assertEquals(fs.readTextFile("/proc/1/stat"), "1 (a) S\n");
  assertEquals(fs.readLink("/proc/1/exe"), "/bin/a");
  assertEquals(fs.readDir("/proc"), ["1", "2"]);
  assertEquals(fs.readFile("/proc/1/auxv"), Uint8Array.of(0, 128, 255));
  assertEquals(fs.drain(), [
    { path: "/proc/1/stat", text: "1 (a) S\n" },
    { path: "/proc/1/exe", link: "/bin/a" },
    { path: "/proc", names: ["1", "2"] },
    { path: "/proc/1/auxv", bytes: "AID/" },
  ]);
});

Deno.test("RecordingFs writes down the variables of an environment that were asked for, and nothing else", () => {
  const path = "/proc/10/environ";
  const memory = new MemoryFs();
  memory.addProcess({
    pid: 10,
    files: { environ: "A=1\0TOKEN=secret\0A=secret\0B=\0" },
  });
  const fs = new RecordingFs(memory);
  assertEquals(fs.readEnvironment(path, ["B", "A"]), "A=1\0B=\0\0");
  for (
    const read of [
      () => fs.readTextFile(path),
      () => fs.readFile(path),
      () => fs.open(path),
      () => fs.readTextFile("/proc/10/task/10/environ"),
    ]
  ) {
    assertEquals(assertThrows(read, ProcReadError).reason, "denied");
  }
  const reads = fs.drain();
  assertEquals(JSON.stringify(reads).includes("secret"), false);
  assertEquals(reads[0], { path, text: "A=1\0B=\0\0" });

  const replay = new ReplayFs();
  replay.load(reads);
  assertEquals(environmentOf(replay, path, ["B", "A"]), "A=1\0B=\0\0");
});

Deno.test("RecordingFs writes down that an environment may not be read", () => {
  const fs = new RecordingFs(
    new ScriptedFs(
      new ProcReadError("/proc/1/environ", { reason: "denied", detail: "x" }),
    ),
  );
  const read = () => fs.readEnvironment("/proc/1/environ", ["A"]);
  assertEquals(assertThrows(read, ProcReadError).reason, "denied");
  assertEquals(fs.drain(), [{ path: "/proc/1/environ", error: "denied" }]);
});

Deno.test("RecordingFs writes down parts of files, and what was taken of what is written", () => {
  const memory = new MemoryFs();
  memory.write("/sys/b", Uint8Array.of(0, 128, 0, 0, 255, 0));
  const fs = new RecordingFs(memory);
  const file = fs.openBytes("/sys/b", "readwrite");
  assertEquals(file.readAt(0, 4), Uint8Array.of(0, 128, 0, 0));
  assertEquals(file.readAt(4, 4), Uint8Array.of(255, 0));
  assertEquals(file.readAt(8, 4), new Uint8Array(0));
  assertEquals(file.writeAt(4, Uint8Array.of(1, 2, 3)), 2);
  file.close();
  memory.write("/sys/b", { error: "denied" });
  assertThrows(() => fs.openBytes("/sys/b", "read"), ProcReadError);
  const reads = fs.drain();
  assertEquals(reads, [
    { path: "/sys/b", open: true },
    // Without the zeros at the end.
    { path: "/sys/b", offset: 0, length: 4, count: 4, bytes: "AIA=" },
    { path: "/sys/b", offset: 4, length: 4, count: 2, bytes: "/w==" },
    { path: "/sys/b", offset: 8, length: 4, count: 0, bytes: "" },
    { path: "/sys/b", offset: 4, length: 3, count: 2, write: true },
    { path: "/sys/b", open: true, error: "denied" },
  ]);

  const replay = replayOf(reads);
  const replayed = replay.openBytes("/sys/b", "readwrite");
  assertEquals(replayed.readAt(4, 4), Uint8Array.of(255, 0));
  assertEquals(replayed.readAt(0, 4), Uint8Array.of(0, 128, 0, 0));
  assertEquals(replayed.readAt(8, 4), new Uint8Array(0));
  assertEquals(replayed.writeAt(4, Uint8Array.of(1, 2, 3)), 2);
  replayed.close();
  refusesRead(
    () => replayed.readAt(0, 4),
    'Cannot read "/sys/b": the recording does not hold it',
  );
  const again = () => replay.openBytes("/sys/b", "read");
  assertEquals(
    refusesRead(again, 'Cannot read "/sys/b": so it was recorded').reason,
    "denied",
  );
});

Deno.test("RecordingFs numbers the files that it opens", () => {
  const inner = new ScriptedFs(null, "a", null, "b", "c");
  const fs = new RecordingFs(inner);
  const first = fs.open("/proc/1/stat");
  first.readText();
  const second = fs.open("/proc/1/stat");
  second.readText();
  first.readText();
  first.close();
  assertEquals(inner.closed, 1);
  assertEquals(fs.drain(), [
    { path: "/proc/1/stat", file: 1, open: true },
    { path: "/proc/1/stat", file: 1, text: "a" },
    { path: "/proc/1/stat", file: 2, open: true },
    { path: "/proc/1/stat", file: 2, text: "b" },
    { path: "/proc/1/stat", file: 1, text: "c" },
  ]);
});

Deno.test("RecordingFs writes down which files are not held open, and ReplayFs says so again", () => {
  const memory = new MemoryFs();
  memory.addProcess({ pid: 1 });
  const path = "/proc/1/stat";
  for (const byPath of [undefined, true] as const) {
    const recording = new RecordingFs(byPath ? new UncachedFs(memory) : memory);
    assertEquals(recording.open(path).byPath, byPath);
    const reads = recording.drain();
    assertEquals(reads, [
      { path, file: 1, open: true, ...(byPath ? { byPath } : {}) },
    ]);
    assertEquals(replayOf(reads).open(path).byPath, byPath);
  }
});

Deno.test("RecordingFs writes down failures and throws them on", () => {
  const denied = failure("/proc/1/io", "denied");
  const gone = failure("/proc/2/stat", "gone");
  const fs = new RecordingFs(new ScriptedFs(denied, gone));
  assertStrictEquals(
    assertThrows(() => fs.readTextFile("/proc/1/io"), ProcReadError),
    denied,
  );
  assertStrictEquals(
    assertThrows(() => fs.open("/proc/2/stat"), ProcReadError),
    gone,
  );
  assertEquals(fs.drain(), [
    { path: "/proc/1/io", error: "denied" },
    { path: "/proc/2/stat", file: 1, open: true, error: "gone" },
  ]);
});

Deno.test("RecordingFs does not write down what is not a failure of a read", () => {
  const fs = new RecordingFs(new ScriptedFs(new TypeError("a bug")));
  assertThrows(() => fs.readTextFile("/proc/1/io"), TypeError, "a bug");
  assertEquals(fs.drain(), []);
});

Deno.test("RecordingFs gives each read once", () => {
  const fs = new RecordingFs(new ScriptedFs("a", "b"));
  fs.readTextFile("/a");
  assertEquals(fs.drain(), [{ path: "/a", text: "a" }]);
  fs.readTextFile("/b");
  assertEquals(fs.drain(), [{ path: "/b", text: "b" }]);
  assertEquals(fs.drain(), []);
});

Deno.test("ReplayFs gives back what RecordingFs wrote, in order", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const recording = new RecordingFs(
    new ScriptedFs(
      ...["first", "second", "\u0000\ufeff\ufffd\ud83d\ude00\n"],
      ...["/bin/x (deleted)", [], bytes, null, "one", "two"],
      failure("/proc/1/stat", "gone"),
    ),
  );
  recording.readTextFile("/a");
  recording.readTextFile("/a");
  recording.readTextFile("/b");
  recording.readLink("/proc/1/exe");
  recording.readDir("/proc/1/task");
  recording.readFile("/proc/1/auxv");
  const recorded = recording.open("/proc/1/stat");
  recorded.readText();
  recorded.readText();
  assertThrows(() => recorded.readText(), ProcReadError);

  const fs = replayOf(recording.drain());
  assertEquals(fs.readTextFile("/a"), "first");
  assertEquals(fs.readTextFile("/b"), "\u0000\ufeff\ufffd\ud83d\ude00\n");
  assertEquals(fs.readTextFile("/a"), "second");
  assertEquals(fs.readLink("/proc/1/exe"), "/bin/x (deleted)");
  assertEquals(fs.readDir("/proc/1/task"), []);
  assertEquals(fs.readFile("/proc/1/auxv"), bytes);
  const file = fs.open("/proc/1/stat");
  assertEquals(file.readText(), "one");
  assertEquals(file.readText(), "two");
  const error = refusesRead(
    () => file.readText(),
    'Cannot read "/proc/1/stat": so it was recorded',
  );
  assertEquals([error.path, error.reason], ["/proc/1/stat", "gone"]);
  file.close();
});

for (const reason of ["gone", "denied", "failed"] as const) {
  Deno.test(`ReplayFs fails as it was recorded: ${reason}`, () => {
    const fs = replayOf([{ path: "/p", error: reason }]);
    for (
      const read of [
        () => fs.readTextFile("/p"),
        () => fs.readLink("/p"),
        () => fs.readDir("/p"),
        () => fs.readFile("/p"),
      ]
    ) {
      const error = refusesRead(read, 'Cannot read "/p": so it was recorded');
      assertEquals(error.reason, reason);
    }
  });
}

Deno.test("ReplayFs fails to open what could not be opened", () => {
  const fs = replayOf([{ path: "/p", file: 1, open: true, error: "gone" }]);
  const error = assertThrows(() => fs.open("/p"), ProcReadError);
  assertEquals(error.reason, "gone");
});

Deno.test("a recording keeps which file a link leads to apart from the link", () => {
  const path = "/proc/9/exe";
  const status = { device: 65024, inode: 77, numLinks: 0 };
  const recording = new RecordingFs(
    new ScriptedFs("/a (deleted)", status, failure(path, "denied")),
  );
  assertEquals(recording.readLink(path), "/a (deleted)");
  assertEquals(recording.stat(path), status);
  assertThrows(() => recording.stat(path), ProcReadError);
  const reads = recording.drain();
  assertEquals(reads, [
    { path, link: "/a (deleted)" },
    { path, stat: true, status },
    { path, stat: true, error: "denied" },
  ]);
  const fs = replayOf(reads);
  assertEquals(fs.stat(path), status);
  assertEquals(fs.readLink(path), "/a (deleted)");
  assertThrows(() => fs.stat(path), ProcReadError, "so it was recorded");
  assertEquals(fs.readLink(path), "/a (deleted)");
});

Deno.test("ReplayFs fails to say which file a link leads to if that was not asked then", () => {
  const fs = replayOf([{ path: "/proc/9/exe", link: "/a (deleted)" }]);
  const error = assertThrows(() => fs.stat("/proc/9/exe"), ProcReadError);
  assertEquals(error.reason, "failed");
});

Deno.test("ReplayFs keeps two files of the same path apart", () => {
  const path = "/proc/9/stat";
  const fs = replayOf([
    { path, file: 1, open: true },
    { path, file: 2, open: true },
    { path, file: 1, text: "old" },
    { path, file: 2, text: "new" },
    { path, text: "by path" },
    { path, file: 1, error: "gone" },
  ]);
  const old = fs.open(path);
  const young = fs.open(path);
  assertEquals(young.readText(), "new");
  assertEquals(old.readText(), "old");
  assertEquals(fs.readTextFile(path), "by path");
  assertThrows(() => old.readText(), ProcReadError);
});

Deno.test("ReplayFs keeps its files over the samples", () => {
  const path = "/proc/9/stat";
  const fs = replayOf([
    { path, file: 3, open: true },
    { path, file: 3, text: "a" },
  ]);
  const file = fs.open(path);
  assertEquals(file.readText(), "a");
  fs.load([{ path, file: 3, text: "b" }]);
  assertEquals(file.readText(), "b");
});

Deno.test("ReplayFs gives the latest answer if more is asked than was recorded", () => {
  const fs = replayOf([{ path: "/a", text: "1" }, { path: "/a", text: "2" }]);
  assertEquals(fs.readTextFile("/a"), "1");
  assertEquals(fs.readTextFile("/a"), "2");
  assertEquals(fs.readTextFile("/a"), "2");
  fs.load([]);
  assertEquals(fs.readTextFile("/a"), "2");
});

Deno.test("ReplayFs goes on to the reads of the next sample", () => {
  const fs = replayOf([{ path: "/a", text: "1" }, { path: "/a", text: "2" }]);
  assertEquals(fs.readTextFile("/a"), "1");
  fs.load([{ path: "/a", text: "3" }]);
  assertEquals(fs.readTextFile("/a"), "3");
});

Deno.test("ReplayFs fails for a path that was not recorded", () => {
  const fs = replayOf([{ path: "/a", text: "1" }]);
  const error = refusesRead(
    () => fs.readTextFile("/b"),
    'Cannot read "/b": the recording does not hold it',
  );
  assertEquals(error.reason, "failed");
  assertThrows(() => fs.open("/b"), ProcReadError);
});

Deno.test("ReplayFs fails for a read of another kind than was recorded", () => {
  const fs = replayOf([{ path: "/a", text: "1" }]);
  refusesRead(
    () => fs.readDir("/a"),
    'Cannot read "/a": the recording does not hold it',
  );
});

Deno.test("ReplayFs gives names that its caller may change", () => {
  const reads = [{ path: "/a", names: ["1"] }];
  const fs = new ReplayFs();
  fs.load(reads);
  fs.readDir("/a").push("2");
  assertEquals(fs.readDir("/a"), ["1"]);
});

const HEADER: RecordingHeader = {
  startMs: 250.5,
  run: {
    epochMs: 1767323045000,
    version: "0.1.0",
    runId: "00000000-0000-4000-8000-000000000001",
    bootId: null,
    hostname: "example",
    rootPid: 10,
    rootCgroup: null,
    command: ["make", "-j8"],
    intervalSeconds: 1,
    pageSizeBytes: 4096,
    ticksPerSecond: 100,
    numCores: 1.5,
    collectors: ["io"],
  },
  events: true,
  smapsEvery: 10,
  startedByUs: false,
  labels: { job: "x" },
  reads: [{ path: "/proc/self", link: "5" }],
};

/** The header as a line, with other values. */
Deno.test("decodeRecordingHeader() reads a run whose root is all processes", () => {
  const run = { ...HEADER.run, rootPid: null, rootCgroup: null };
  const { rootPid, rootCgroup } = decodeRecordingHeader(header({ run })).run;
  assertEquals([rootPid, rootCgroup], [null, null]);
});

function header(changes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ recording: 2, ...HEADER, ...changes });
}

function refusesHeader(line: string, message: string): void {
  const error = assertThrows(() => decodeRecordingHeader(line), RecordingError);
  assertEquals(error.message, message);
}

const DAMAGED = "Cannot replay: line 1 of the recording is cut or damaged";

Deno.test("encodeRecordingHeader() writes one line with the version first", () => {
  const line = encodeRecordingHeader(HEADER);
  assertEquals(line.indexOf("\n"), line.length - 1);
  assertEquals(line.startsWith('{"recording":2,"startMs":250.5,'), true);
  assertEquals(RECORDING_VERSION, 2);
});

Deno.test("decodeRecordingHeader() reads what was written", () => {
  assertEquals(decodeRecordingHeader(encodeRecordingHeader(HEADER)), HEADER);
});

Deno.test("decodeRecordingHeader() reads a run whose root is a cgroup", () => {
  const run = { ...HEADER.run, rootPid: null, rootCgroup: "/a.slice" };
  assertEquals(decodeRecordingHeader(header({ run })).run, run);
});

Deno.test("decodeRecordingHeader() reads a run of which no command was recorded", () => {
  const { command: _, ...run } = HEADER.run;
  assertEquals(decodeRecordingHeader(header({ run })).run.command, null);
  refusesHeader(header({ run: { ...run, command: "make -j8" } }), DAMAGED);
});

Deno.test("decodeRecordingHeader() refuses another version", () => {
  refusesHeader(
    header({ recording: 1 }),
    "Cannot replay: the recording has version 1, this program reads version 2",
  );
  refusesHeader(
    header({ recording: "2" }),
    'Cannot replay: the recording has version "2", this program reads version 2',
  );
});

Deno.test("decodeRecordingHeader() refuses a line that is not a header", () => {
  refusesHeader(
    '{"kind":"run"}',
    "Cannot replay: line 1 is not the first line of a recording",
  );
});

for (const line of ["", "{", "null", "[]", "1", "not json"]) {
  Deno.test(`decodeRecordingHeader() refuses ${JSON.stringify(line)}`, () => {
    refusesHeader(line, DAMAGED);
  });
}

for (
  const [what, changes] of [
    ["no run", { run: undefined }],
    ["a run that is a list", { run: [] }],
    ["no run id", { run: { ...HEADER.run, runId: 1 } }],
    ["a date that is none", { run: { ...HEADER.run, epochMs: 8.65e15 } }],
    ["no collectors", { run: { ...HEADER.run, collectors: "io" } }],
    ["a root of 0", { run: { ...HEADER.run, rootPid: 0 } }],
    ["a root of half a process", { run: { ...HEADER.run, rootPid: 1.5 } }],
    ["a root of neither kind", {
      run: { ...HEADER.run, rootPid: null, rootCgroup: 1 },
    }],
    ["labels that are a list", { labels: [] }],
    ["a label that is no text", { labels: { a: 1 } }],
    ["no reads", { reads: null }],
    ["a read without a path", { reads: [{ text: "" }] }],
    ["a read that is null", { reads: [null] }],
    ["events that are no boolean", { events: 1 }],
    ["collectors that were asked for as text", { asked: "io" }],
    ["a collector that was asked for by a number", { asked: [1] }],
    ["no startedByUs", { startedByUs: undefined }],
    ["a time that is text", { startMs: "1" }],
    ["no smapsEvery", { smapsEvery: null }],
    ["a smapsEvery of 0", { smapsEvery: 0 }],
    ["variables that are text", { env: "HOME" }],
    ["a variable that is a number", { env: [1] }],
    ["a numaEvery of 0", { numaEvery: 0 }],
    ["a wssEvery of half a sample", { wssEvery: 0.5 }],
    ["a numaEvery that is null", { numaEvery: null }],
    ["no version", { run: { ...HEADER.run, version: undefined } }],
    ["a host that is a number", { run: { ...HEADER.run, hostname: 1 } }],
    ["a page size that is text", { run: { ...HEADER.run, pageSizeBytes: "" } }],
    ["a collector that is no text", {
      run: { ...HEADER.run, collectors: [1] },
    }],
    ["a text that is a number", { reads: [{ path: "/proc/1/stat", text: 5 }] }],
    ["a link that is a list", { reads: [{ path: "/proc/1/exe", link: [] }] }],
    ["bytes that are no base64", { reads: [{ path: "/a", bytes: "%" }] }],
    ["names that are a number", { reads: [{ path: "/proc", names: 3 }] }],
    ["a name that is no text", { reads: [{ path: "/proc", names: [3] }] }],
    ["a failure of no kind", { reads: [{ path: "/proc", error: "odd" }] }],
    ["an open that is text", { reads: [{ path: "/a", file: 1, open: "yes" }] }],
    ["a byPath that is false", {
      reads: [{ path: "/a", file: 1, open: true, byPath: false }],
    }],
  ] satisfies [string, Record<string, unknown>][]
) {
  Deno.test(`decodeRecordingHeader() refuses ${what}`, () => {
    refusesHeader(header(changes), DAMAGED);
  });
}

const SAMPLE = {
  epochMs: 1767323045000,
  times: { sweepMs: 250.5, processesMs: 251.5, hostMs: 252.5 },
  missed: 2,
  reads: [{ path: "/proc", names: ["1"] }],
};

const RECORDED_END = {
  epochMs: 1767323045000,
  reason: "exited",
  exitCode: null,
  signal: "SIGKILL",
} as const;

Deno.test("decodeRecorded() reads a sample that was written", () => {
  const line = encodeRecorded(SAMPLE);
  assertEquals(
    line,
    '{"epochMs":1767323045000,"times":{"sweepMs":250.5,"processesMs":251.5,"hostMs":252.5},"missed":2,"reads":[{"path":"/proc","names":["1"]}]}\n',
  );
  assertEquals(decodeRecorded(line, 2), SAMPLE);
});

Deno.test("decodeRecorded() reads an end that was written", () => {
  const end = RECORDED_END;
  const line = encodeRecorded({ end });
  assertEquals(
    line,
    '{"end":{"epochMs":1767323045000,"reason":"exited","exitCode":null,"signal":"SIGKILL"}}\n',
  );
  assertEquals(decodeRecorded(line, 3), { end });
});

for (
  const [what, line] of [
    ["an empty line", ""],
    ["a list", "[]"],
    ["a sample without a date", JSON.stringify({ ...SAMPLE, epochMs: null })],
    ["a date that is none", JSON.stringify({ ...SAMPLE, epochMs: 1e300 })],
    ["no times", JSON.stringify({ ...SAMPLE, times: null })],
    [
      "a time that is text",
      JSON.stringify({ ...SAMPLE, times: { ...SAMPLE.times, hostMs: "1" } }),
    ],
    [
      "a time that is missing",
      JSON.stringify({ ...SAMPLE, times: { sweepMs: 1, processesMs: 1 } }),
    ],
    ["no missed intervals", JSON.stringify({ ...SAMPLE, missed: true })],
    ["no reads", JSON.stringify({ ...SAMPLE, reads: {} })],
    ["half a missed interval", JSON.stringify({ ...SAMPLE, missed: 0.5 })],
    [
      "fewer than no missed intervals",
      JSON.stringify({ ...SAMPLE, missed: -1 }),
    ],
    [
      "an exit code that is text",
      '{"end":{"epochMs":1,"reason":"exited","exitCode":"0","signal":null}}',
    ],
    ["an end without a date", '{"end":{"reason":"exited"}}'],
    ["an end without a reason", '{"end":{"epochMs":1}}'],
  ] as const
) {
  Deno.test(`decodeRecorded() refuses ${what}`, () => {
    const error = assertThrows(() => decodeRecorded(line, 7), RecordingError);
    assertEquals(
      error.message,
      "Cannot replay: line 7 of the recording is cut or damaged",
    );
  });
}

Deno.test("decodeRecorded() refuses a sample that is cut anywhere", () => {
  const line = JSON.stringify(SAMPLE);
  for (let end = 0; end < line.length; end++) {
    assertThrows(() => decodeRecorded(line.slice(0, end), 2), RecordingError);
  }
});

const SEED = 20261123;

/** Text that JSON must escape: control characters, quotes, halves of surrogate pairs. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((unit) =>
      String.fromCharCode(unit)
    ),
    fc.constantFrom("\n", "\0", '"', "\\", "\ud800", "\u2028", "\ufeff"),
  ),
});
const anyPath = anyText.map((text) => `/proc/${text}`);
const anyBytes = fc.uint8Array().map((bytes) => bytes.toBase64());
const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true })
  .map((number) => number + 0);
const anyEpochMs = fc.integer({ min: -8.64e15, max: 8.64e15 });

const anyRead: fc.Arbitrary<RecordedRead> = fc.oneof(
  fc.record({ path: anyPath, file: fc.nat(), text: anyText }),
  fc.record({ path: anyPath, file: fc.nat(), open: fc.constant(true) }),
  fc.record({
    path: anyPath,
    file: fc.nat(),
    open: fc.constant(true),
    byPath: fc.constant(true),
  }),
  fc.record({ path: anyPath, text: anyText }),
  fc.record({ path: anyPath, bytes: anyBytes }),
  fc.record({ path: anyPath, link: anyText }),
  fc.record({ path: anyPath, names: fc.array(anyText) }),
  fc.record({ path: anyPath, open: fc.constant(true) }),
  fc.record({
    path: anyPath,
    offset: fc.maxSafeNat(),
    length: fc.maxSafeNat(),
    count: fc.maxSafeNat(),
    bytes: anyBytes,
  }),
  fc.record({
    path: anyPath,
    offset: fc.maxSafeNat(),
    length: fc.maxSafeNat(),
    count: fc.maxSafeNat(),
    write: fc.constant(true),
  }),
  fc.record({
    path: anyPath,
    error: fc.constantFrom<ReadFailure>("gone", "denied", "failed"),
  }),
);

const anySample: fc.Arbitrary<RecordedSample> = fc.record({
  epochMs: anyEpochMs,
  times: fc.record({
    sweepMs: anyNumber,
    processesMs: anyNumber,
    hostMs: anyNumber,
  }),
  missed: fc.maxSafeNat(),
  reads: fc.array(anyRead),
});

const anyEnd: fc.Arbitrary<RecordedEnd> = fc.record({
  missedBecause: fc.record({
    reading: fc.maxSafeNat(),
    writing: fc.maxSafeNat(),
    waiting: fc.maxSafeNat(),
  }),
  end: fc.record({
    epochMs: anyEpochMs,
    reason: fc.constantFrom<EndReason>("exited", "stdin", "signal", "reader"),
    exitCode: fc.option(fc.nat({ max: 255 })),
    signal: fc.option(fc.constantFrom("SIGKILL", "SIGTERM")),
  }),
}, { requiredKeys: ["end"] });

const anyHeader: fc.Arbitrary<RecordingHeader> = fc.record({
  startMs: anyNumber,
  run: fc.record({
    epochMs: anyEpochMs,
    version: anyText,
    runId: anyText,
    bootId: fc.option(anyText),
    hostname: fc.option(anyText),
    command: fc.option(fc.array(anyText)),
    intervalSeconds: anyNumber,
    pageSizeBytes: fc.nat(),
    ticksPerSecond: fc.nat(),
    numCores: fc.option(anyNumber),
    collectors: fc.array(anyText),
    root: fc.oneof(
      fc.record({
        rootPid: fc.integer({ min: 1 }),
        rootCgroup: fc.constant(null),
      }),
      fc.record({ rootPid: fc.constant(null), rootCgroup: anyText }),
    ),
  }).map(({ root, ...run }) => ({ ...run, ...root })),
  events: fc.boolean(),
  smapsEvery: fc.integer({ min: 1 }),
  numaEvery: fc.integer({ min: 1 }),
  wssEvery: fc.integer({ min: 1 }),
  startedByUs: fc.boolean(),
  labels: fc.dictionary(
    fc.oneof(anyText, fc.constant("__proto__")),
    anyText,
    { noNullPrototype: true },
  ),
  asked: fc.array(anyText),
  reads: fc.array(anyRead),
}, {
  requiredKeys: [
    "startMs",
    "run",
    "events",
    "smapsEvery",
    "startedByUs",
    "labels",
    "reads",
  ],
});

/** Asserts that a text is one line. */
function assertLine(text: string): void {
  assertEquals(text.indexOf("\n"), text.length - 1);
}

Deno.test("decodeRecordingHeader() reads any header that was written", () => {
  fc.assert(
    fc.property(anyHeader, (header) => {
      const line = encodeRecordingHeader(header);
      assertLine(line);
      assertEquals(decodeRecordingHeader(line), header);
    }),
    { numRuns: 2000, seed: SEED },
  );
});

Deno.test("decodeRecorded() reads any sample and any end that was written", () => {
  fc.assert(
    fc.property(fc.oneof(anySample, anyEnd), (recorded) => {
      const line = encodeRecorded(recorded);
      assertLine(line);
      assertEquals(decodeRecorded(line, 2), recorded);
    }),
    { numRuns: 4000, seed: SEED },
  );
});

Deno.test("ReplayFs gives the bytes that RecordingFs was given", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
      const recording = new RecordingFs(new ScriptedFs(bytes));
      recording.readFile("/proc/1/auxv");
      const replay = new ReplayFs();
      replay.load(recording.drain());
      assertEquals(replay.readFile("/proc/1/auxv"), bytes);
    }),
    { numRuns: 500, seed: SEED },
  );
});

/** What `decode` makes of a line; null if it throws a RecordingError. */
function decodedOrNull<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RecordingError) return null;
    throw error;
  }
}

/** Asserts that each read gives what its type promises, or throws a ProcReadError. */
function assertReadable(reads: readonly RecordedRead[]): void {
  const fs = new ReplayFs();
  fs.load(reads);
  for (const { path } of reads) {
    const kinds: readonly (() => boolean)[] = [
      () => typeof fs.readTextFile(path) === "string",
      () => typeof fs.readLink(path) === "string",
      () => fs.readDir(path).every((name) => typeof name === "string"),
      () => fs.readFile(path) instanceof Uint8Array,
      () => typeof fs.open(path).readText() === "string",
      () => fs.openBytes(path, "read").readAt(0, 8).length <= 8,
      () => fs.openBytes(path, "read").writeAt(0, new Uint8Array(8)) >= 0,
    ];
    for (const isOfItsKind of kinds) {
      try {
        assert(isOfItsKind());
      } catch (error) {
        if (!(error instanceof ProcReadError)) throw error;
      }
    }
  }
}

Deno.test("encodeRecordedInParts() makes the same text as encodeRecorded()", () => {
  fc.assert(
    fc.property(anySample, (sample) => {
      assertEquals(
        encodeRecordedInParts(sample).join(""),
        encodeRecorded(sample),
      );
    }),
    { numRuns: 1000, seed: SEED },
  );
});

for (
  const [name, change] of [
    ["epochMs", { epochMs: NaN }],
    ["epochMs", { epochMs: Infinity }],
    ["times.sweepMs", { times: { sweepMs: NaN, processesMs: 0, hostMs: 0 } }],
    ["times.hostMs", { times: { sweepMs: 0, processesMs: 0, hostMs: NaN } }],
    [
      "times.processesMs",
      { times: { sweepMs: 0, processesMs: -Infinity, hostMs: 0 } },
    ],
    ["missed", { missed: -1 }],
    ["missed", { missed: 0.5 }],
  ] as const
) {
  Deno.test(`encodeRecorded() refuses what could not be read again: ${JSON.stringify(change)}, ${name}`, () => {
    const times = { sweepMs: 5, processesMs: 6, hostMs: 7 };
    const sample = { epochMs: 0, times, missed: 0, reads: [], ...change };
    for (const encode of [encodeRecorded, encodeRecordedInParts]) {
      assertThrows(
        () => encode(sample),
        RangeError,
        `Cannot record ${name} `,
      );
    }
  });
}

for (
  const [name, line] of [
    ["end.exitCode", { end: { ...RECORDED_END, exitCode: NaN } }],
    ["end.exitCode", { end: { ...RECORDED_END, exitCode: 1.5 } }],
    [
      "missedBecause.writing",
      {
        end: RECORDED_END,
        missedBecause: { reading: 0, writing: -1, waiting: 0 },
      },
    ],
    ["reads.count", { ...SAMPLE, reads: [{ path: "/proc/1/x", count: -1 }] }],
    [
      "reads.status.inode",
      {
        ...SAMPLE,
        reads: [{
          path: "/proc/1/x",
          status: { device: 1, inode: NaN, numLinks: 1 },
        }],
      },
    ],
  ] as const
) {
  Deno.test(`encodeRecorded() refuses a line with ${name} that could not be read again`, () => {
    assertThrows(
      () => encodeRecorded(line),
      RangeError,
      `Cannot record ${name} `,
    );
  });
}

/** Takes this many answers for one path, one by one. */
function takeAnswers(count: number): void {
  const reads = Array.from(
    { length: count },
    (_, i) => ({ path: "/proc/uptime", text: `${i}` }),
  );
  const fs = replayOf(reads);
  for (const { text } of reads) {
    if (fs.readTextFile("/proc/uptime") !== text) throw new Error(text);
  }
}

Deno.test("ReplayFs takes eight times as long for eight times the answers for one path, not 64 times", () => {
  assertLess(growthOfCpu(takeAnswers, 50_000, 400_000), 24);
});

Deno.test("encodeRecordingHeader() refuses numbers that could not be read again", () => {
  const [header] = fc.sample(anyHeader, { numRuns: 1, seed: SEED });
  assert(header !== undefined);
  for (
    const [change, says] of [
      [{ startMs: NaN }, "Cannot record startMs NaN: "],
      [{ startMs: Infinity }, "Cannot record startMs Infinity: "],
      [{ smapsEvery: 0 }, "Cannot record smapsEvery 0: "],
      [{ smapsEvery: 1.5 }, "Cannot record smapsEvery 1.5: "],
      [{ smapsEvery: NaN }, "Cannot record smapsEvery NaN: "],
      [{ numaEvery: 0 }, "Cannot record numaEvery 0: "],
      [{ wssEvery: -1 }, "Cannot record wssEvery -1: "],
      [
        { run: { ...header.run, ticksPerSecond: NaN } },
        "Cannot record run.ticksPerSecond NaN: ",
      ],
      [
        { reads: [{ path: "/proc/1/x", file: 0.5 }] },
        "Cannot record reads.file 0.5: ",
      ],
    ] as const
  ) {
    assertThrows(
      () => encodeRecordingHeader({ ...header, ...change }),
      RangeError,
      says,
    );
  }
});

/** A valid line in which another value replaces one of its own. */
const damagedLine = fc.tuple(
  fc.oneof(
    anySample.map(encodeRecorded),
    anyEnd.map(encodeRecorded),
    anyHeader.map(encodeRecordingHeader),
  ),
  fc.nat(),
  fc.oneof(
    fc.json({ maxDepth: 1 }),
    fc.constantFrom("-1", "0.5", "1e400", "7", '"x"'),
  ),
).map(([line, which, other]) => {
  const values = [
    ...line.matchAll(/"(?:[^"\\]|\\.)*"(?!:)|[-+.\deE]+|null|true|false|\[\]/g),
  ];
  const value = values[which % values.length];
  if (value === undefined) return line;
  const end = value.index + value[0].length;
  return line.slice(0, value.index) + other + line.slice(end);
});

Deno.test("decodeRecorded() and decodeRecordingHeader() give a value or a RecordingError for any line", () => {
  const anyLine = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    damagedLine,
    damagedLine,
  );
  let decoded = 0;
  fc.assert(
    fc.property(anyLine, (line) => {
      const recorded = decodedOrNull(() => decodeRecorded(line, 2));
      const header = decodedOrNull(() => decodeRecordingHeader(line));
      for (const value of [recorded, header]) {
        if (value === null) continue;
        decoded++;
        if ("reads" in value) assertReadable(value.reads);
        if ("missed" in value) assert(Number.isSafeInteger(value.missed));
      }
    }),
    { numRuns: 10_000, seed: SEED },
  );
  assertGreater(decoded, 300);
});

Deno.test("ReplayFs tells which names were directories, if the recording does", () => {
  const memory = new MemoryFs();
  memory.write("/g/memory.max", "max\n");
  memory.write("/g/memory.stage2/cgroup.procs", "1\n");
  const recorder = new RecordingFs(memory);
  const entries = [
    { name: "memory.max", isDirectory: false },
    { name: "memory.stage2", isDirectory: true },
  ];
  assertEquals(recorder.readEntries("/g"), entries);
  const reads = recorder.drain();
  assertEquals(reads, [{
    path: "/g",
    names: ["memory.max", "memory.stage2"],
    directories: ["memory.stage2"],
  }]);
  const fs = new ReplayFs();
  fs.load(reads);
  assertEquals(fs.readEntries("/g"), entries);
  assertEquals(fs.readDir("/g"), ["memory.max", "memory.stage2"]);
  // A recording of before has the names alone.
  fs.load([{ path: "/g", names: ["a", "b"] }]);
  assertEquals(fs.readEntries("/g"), [
    { name: "a", isDirectory: null },
    { name: "b", isDirectory: null },
  ]);
});
