import { assert, assertEquals, assertFalse } from "@std/assert";
import {
  ProcParseError,
  ProcReadError,
  RecordingError,
  RootError,
} from "../src/errors.ts";

Deno.test("ProcReadError says the path and what the system said", () => {
  const error = new ProcReadError("/proc/42/io", {
    reason: "denied",
    detail: "Permission denied (os error 13)",
  });
  assertEquals(
    error.message,
    'Cannot read "/proc/42/io": Permission denied (os error 13)',
  );
  assertEquals(error.name, "ProcReadError");
  assertEquals([error.path, error.reason], ["/proc/42/io", "denied"]);
  assert(error instanceof Error);
});

Deno.test("ProcReadError escapes what a terminal would obey", () => {
  const error = new ProcReadError("/sys/fs/cgroup/\u009b31m\n\u202e", {
    reason: "failed",
    detail: "no",
  });
  assertEquals(
    error.message,
    'Cannot read "/sys/fs/cgroup/\\u009b31m\\n\\u202e": no',
  );
});

Deno.test("ProcParseError says the field, the file and the text", () => {
  const error = new ProcParseError("stat", { field: "utime", text: "x" });
  assertEquals(
    error.message,
    'Cannot parse utime in stat: current value is "x"',
  );
  assertEquals(error.name, "ProcParseError");
  assertEquals([error.file, error.field, error.text], ["stat", "utime", "x"]);
  assert(error instanceof SyntaxError);
});

Deno.test("ProcParseError escapes what a terminal would obey", () => {
  const error = new ProcParseError("memory.stat", {
    field: "\u001b[31mfile",
    text: "\u009b31m",
  });
  assertEquals(
    error.message,
    'Cannot parse "\\u001b[31mfile" in memory.stat: current value is "\\u009b31m"',
  );
  assertEquals(
    error.at("/sys/fs/cgroup/\u202e/memory.stat").message,
    'Cannot parse "\\u001b[31mfile" in "/sys/fs/cgroup/\\u202e/memory.stat": current value is "\\u009b31m"',
  );
  assertEquals(error.field, "\u001b[31mfile");
});

Deno.test("ProcParseError shortens a long text in its message only", () => {
  const text = "y".repeat(121);
  const error = new ProcParseError("stat", { field: "comm", text });
  assertEquals(
    error.message,
    `Cannot parse comm in stat: current value is "${"y".repeat(120)}"...`,
  );
  assertEquals(error.text, text);
});

Deno.test("ProcParseError leaves a text of 120 characters whole", () => {
  const text = "y".repeat(120);
  const { message } = new ProcParseError("stat", { field: "comm", text });
  assertEquals(
    message,
    `Cannot parse comm in stat: current value is "${text}"`,
  );
});

Deno.test("ProcParseError escapes what a terminal would obey", () => {
  const text = '\u001b[31m"\u007f\u0085\u009b\u200e\u2028\u2066\n';
  const { message } = new ProcParseError("stat", { field: "comm", text });
  assertEquals(
    message,
    'Cannot parse comm in stat: current value is "\\u001b[31m\\"\\u007f\\u0085\\u009b\\u200e\\u2028\\u2066\\n"',
  );
});

Deno.test("ProcParseError.at() names the file by its path", () => {
  const error = new ProcParseError("stat", { field: "utime", text: "x" });
  const located = error.at("/proc/42/stat");
  assertEquals(
    located.message,
    'Cannot parse utime in /proc/42/stat: current value is "x"',
  );
  assertEquals(located.name, "ProcParseError");
  assertEquals(
    [located.file, located.field, located.text],
    ["/proc/42/stat", "utime", "x"],
  );
  assertFalse(error === located);
  assertEquals(error.file, "stat");
});

Deno.test("RootError and RecordingError have their names and messages", () => {
  const root = new RootError("Cannot sample process 42: it does not exist");
  assertEquals(
    String(root),
    "RootError: Cannot sample process 42: it does not exist",
  );
  const recording = new RecordingError("Cannot replay: the file is empty");
  assertEquals(
    String(recording),
    "RecordingError: Cannot replay: the file is empty",
  );
});
