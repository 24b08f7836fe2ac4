import { assertEquals, assertThrows } from "@std/assert";
import { env } from "../../src/collect/env.ts";
import { openRecording } from "../../src/recording/replayed_run.ts";
import { RecordingError } from "../../src/errors.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import type { NullReason } from "../../src/model/null_reason.ts";
import { MemoryFs, type MemoryProcess } from "../../src/testing/memory_fs.ts";
import { type FakeProcess, statText } from "../support/fake_proc.ts";
import { encodeRecordingHeader } from "../../src/recording/codec.ts";
import { RUN } from "../support/samples.ts";
import { processOf, ROOT, Stage } from "../support/stage.ts";

/** The variables A and B on a process's line, whether they were cut, and why they are null. */
function envOf(process: Partial<MemoryProcess>, names = ["B", "A"]) {
  const fs = new MemoryFs();
  fs.addProcess({ pid: 10, ...process });
  using sampler = new Sampler({ pid: 10, collect: [env({ names })], fs });
  const [line] = sampler.sample().processes;
  return [line?.env, line?.envTruncated, line?.unreadable?.env];
}

const environ = (text: string) => ({ files: { environ: text } });

Deno.test("env has the variables that were asked for, in the order of the list", () => {
  const text = "A=1\0TOKEN=secret\0B=a\nb=\u001b[2J\ufffd\0";
  const [variables] = envOf(environ(text));
  assertEquals(
    JSON.stringify(variables),
    '{"B":"a\\nb=\\u001b[2J\ufffd","A":"1"}',
  );
  assertEquals(envOf(environ(text))[1], false);
});

Deno.test("env knows a variable that is not set as null, and an empty one as empty", () => {
  assertEquals(envOf(environ("A=\0")), [{ B: null, A: "" }, false, undefined]);
  assertEquals(envOf(environ("X=1\0")), [
    { B: null, A: null },
    false,
    undefined,
  ]);
});

Deno.test("env has the first of two values, as getenv(3) has it", () => {
  assertEquals(envOf(environ("A=1\0A=2\0"))[0], { B: null, A: "1" });
});

Deno.test("env takes any name, also those that objects have", () => {
  const names = ["__proto__", "constructor", "a b"];
  const text = "__proto__=1\0a b=\n\0";
  const [variables] = envOf(environ(text), names);
  assertEquals(Object.entries(variables ?? {}), [
    ["__proto__", "1"],
    ["constructor", null],
    ["a b", "\n"],
  ]);
});

Deno.test("env cuts the longest values to 4,000 bytes of JSON in all, and says so", () => {
  const text = `A=${"\u0001".repeat(100_000)}\0B=${"b".repeat(1000)}\0`;
  const [variables, isCut] = envOf(environ(text));
  // Two names take ten bytes, the texts' quotes four each, the braces two.
  const left = 4000 - 2 * (1 + 8) - 2 - 1000;
  assertEquals(variables, {
    B: "b".repeat(1000),
    A: "\u0001".repeat(Math.floor(left / 6)),
  });
  assertEquals(isCut, true);
});

Deno.test("env is null if it cannot be read, and says why", () => {
  const unread = (reason: NullReason) => [null, null, reason];
  const error = (reason: "denied" | "gone" | "failed") => ({
    files: { environ: { error: reason } },
  });
  assertEquals(envOf(error("denied")), unread("denied"));
  assertEquals(envOf(error("failed")), unread("failed"));
  // A kernel thread, as Linux 6.18 answers; and as those before did.
  const thread = { flags: 0x0020_0000, vsizeBytes: 0, rssBytes: 0 };
  assertEquals(envOf({ ...error("gone"), ...thread }), unread("kernel_thread"));
  assertEquals(envOf({ ...environ(""), ...thread }), unread("kernel_thread"));
  const zombie = { state: "Z", vsizeBytes: 0, rssBytes: 0 };
  assertEquals(envOf({ ...environ(""), ...zombie }), unread("zombie"));
});

/** The `stat` of a process whose environment lies there. */
function statWithEnviron(
  process: FakeProcess,
  [start, end]: readonly [number, number],
): string {
  const text = statText(process);
  const at = text.lastIndexOf(")") + 2;
  const fields = text.slice(at).trim().split(" ");
  fields[47] = `${start}`;
  fields[48] = `${end}`;
  return `${text.slice(0, at)}${fields.join(" ")}\n`;
}

Deno.test("env tells a program without variables from one in the middle of execve(2)", () => {
  const stage = new Stage([ROOT], { collect: [env({ names: ["A"] })] });
  const { fs } = stage;
  const next = () => {
    const { env, unreadable } = processOf(stage.after(1), 10);
    return [env, unreadable?.env];
  };
  fs.write("/proc/10/environ", "");
  fs.write("/proc/10/stat", statWithEnviron(ROOT, [0, 0]));
  assertEquals(next(), [null, "executing"]);
  fs.write("/proc/10/stat", statWithEnviron(ROOT, [8000, 8000]));
  assertEquals(next(), [{ A: null }, undefined]);
});

Deno.test("env reads once more what was empty, as a program was about to begin", () => {
  const stage = new Stage([ROOT], { collect: [env({ names: ["A"] })] });
  const { fs } = stage;
  fs.write("/proc/10/stat", statWithEnviron(ROOT, [8000, 8004]));
  fs.write("/proc/10/environ", "");
  let numStats = 0;
  fs.onRead = (path) => {
    // Between the two reads of the environment.
    if (path === "/proc/10/stat" && ++numStats > 0) {
      fs.write("/proc/10/environ", "A=1\0");
    }
  };
  fs.write("/proc/10/environ", "");
  stage.sampler.sample();
  assertEquals(processOf(stage.after(1), 10).env, { A: "1" });
});

Deno.test("env is read once for a program: what it writes over it later is not seen", () => {
  const stage = new Stage([ROOT], { collect: [env({ names: ["A"] })] });
  const { fs } = stage;
  fs.write("/proc/10/environ", "A=1\0");
  const next = () => processOf(stage.after(1), 10).env;
  assertEquals(next(), { A: "1" });
  fs.write("/proc/10/environ", "worker: busy\0");
  for (let i = 0; i < 100; i++) {
    fs.change(10, { utime: i });
    assertEquals(next(), { A: "1" });
  }
  const reads = fs.reads.filter((path) => path === "/proc/10/environ");
  assertEquals(reads.length, 1);
});

Deno.test("env is read again in turns where addresses are not random, and once the link is another", () => {
  const stage = new Stage([{ ...ROOT, addresses: 2 ** 47 - 8192 }], {
    collect: [env({ names: ["A"] })],
  });
  const { fs } = stage;
  fs.write("/proc/10/environ", "A=1\0");
  const next = () => processOf(stage.after(1), 10).env;
  for (let i = 0; i < 65; i++) assertEquals(next(), { A: "1" });
  const reads = fs.reads.filter((path) => path === "/proc/10/environ");
  assertEquals(reads.length, 3);
  fs.change(10, { exe: "/bin/other" });
  fs.write("/proc/10/environ", "A=2\0");
  assertEquals(next(), { A: "2" });
});

Deno.test("env is read again after another program was run, and not once there is none", () => {
  const stage = new Stage([ROOT], { collect: [env({ names: ["A"] })] });
  const { fs } = stage;
  fs.write("/proc/10/environ", "A=1\0");
  const next = () => processOf(stage.after(1), 10).env;
  assertEquals(next(), { A: "1" });
  fs.change(10, { addresses: 8192 });
  fs.write("/proc/10/environ", "A=2\0");
  assertEquals(next(), { A: "2" });
  fs.change(10, { state: "Z", sizePages: 0, residentPages: 0 });
  fs.write("/proc/10/environ", "");
  assertEquals(next(), { A: "2" });
});

for (
  const [names, why] of [
    [[], "no name is given"],
    [[""], "a name is empty"],
    [["A", ""], "a name is empty"],
    [["A=1"], '"A=1" holds what no name does: an equals sign or a NUL'],
    [["A\0"], '"A\\u0000" holds what no name does: an equals sign or a NUL'],
    [["A", "B", "A"], '"A" stands there twice'],
    [
      ["A".repeat(1990), "B".repeat(100)],
      "the names would take more than 2000 bytes of each line",
    ],
  ] as const
) {
  Deno.test(`env() refuses ${JSON.stringify(names).slice(0, 40)}`, () => {
    assertThrows(
      () => env({ names }),
      RangeError,
      `Cannot read variables: ${why}`,
    );
  });

  Deno.test(`openRecording() refuses the variables ${JSON.stringify(names).slice(0, 40)}`, async () => {
    const header = encodeRecordingHeader({
      startMs: 1,
      run: { ...RUN, collectors: ["env"] },
      env: names,
      events: false,
      startedByUs: false,
      smapsEvery: 1,
      labels: {},
      reads: [],
    });
    const error = await openRecording([header]).then(
      () => null,
      (error) => error,
    );
    assertEquals(error instanceof RecordingError, true);
    assertEquals(
      error.message,
      `Cannot replay variables of environments: ${why}`,
    );
  });
}
