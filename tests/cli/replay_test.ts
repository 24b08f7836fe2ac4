import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { main } from "../../src/cli/main.ts";
import type { SignalName, Signals } from "../../src/cli/signals.ts";
import type { ByteSource } from "../../src/cli/stdin.ts";
import { FORMATS } from "../../src/format/formats.ts";
import type { Finished } from "../support/procline.ts";
import { recordingCases, RECORDINGS } from "../support/recordings.ts";
import { runMain } from "../support/run_main.ts";

const EXEC = `${RECORDINGS}exec.expected.ndjson`;
const BUSY = `${RECORDINGS}busy_tree.expected.ndjson`;

/** Gives bytes in parts of this length. */
function inParts(bytes: Uint8Array, length: number): ByteSource {
  let at = 0;
  return {
    read: (buffer) => {
      if (at >= bytes.length) return Promise.resolve(null);
      const part = bytes.subarray(at, at + Math.min(length, buffer.length));
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
  };
}

/** Sends the command a signal. */
class FakeSignals {
  readonly #listeners: ((name: SignalName) => void)[] = [];

  readonly signals: Signals = {
    listen: (names, listener) => {
      if (names.includes("SIGTERM")) this.#listeners.push(listener);
      return () => {};
    },
  };

  terminate(): void {
    for (const listener of this.#listeners) listener("SIGTERM");
  }
}

/** Runs the command with this input. */
async function run(
  args: readonly string[],
  input: string | Uint8Array | ByteSource = "",
): Promise<Finished> {
  const bytes = typeof input === "string"
    ? new TextEncoder().encode(input)
    : input;
  const stdin = bytes instanceof Uint8Array ? inParts(bytes, 1000) : bytes;
  return await runMain(args, { stdin });
}

async function zipped(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

for (const { name, path, expected } of recordingCases()) {
  Deno.test(`procline --replay of the lines of ${name} prints these lines`, async () => {
    const text = await Deno.readTextFile(expected);
    assertEquals(await run(["--replay", expected]), {
      code: 0,
      stdout: text,
      stderr: "",
    });
  });

  for (const format of FORMATS) {
    Deno.test(`procline --replay prints ${name} as ${format}, from lines as from the recording`, async () => {
      const args = ["--format", format, "--replay"];
      const lines = await run([...args, expected]);
      assertEquals(lines.code, 0);
      // A recording without events shows no starts and ends, and lines have no other figures of a
      // cgroup than their own.
      if (/no events|cgroup_files/.test(lines.stderr)) return;
      const recorded = await run([...args, path]);
      assertSame(besideHidden(lines.stdout), besideHidden(recorded.stdout));
    });
  }
}

/** Without what no line of records holds: every figure of a cgroup, and who read it. */
function besideHidden(text: string): string {
  return text.split("\n").filter((line) => !line.includes('"cgroup.v2.'))
    .join("\n").replaceAll("cgroup_files ", "");
}

const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g;

/** Texts are the same but for numbers, which have less digits on lines. */
function assertSame(actual: string, expected: string): void {
  assertEquals(
    actual.replaceAll(NUMBER, "#").split("\n"),
    expected.replaceAll(NUMBER, "#").split("\n"),
  );
  const numbers = [...expected.matchAll(NUMBER)].map(Number);
  const far = [...actual.matchAll(NUMBER)].map(Number).filter((number, i) =>
    Math.abs(number - (numbers[i] ?? NaN)) > 0.11 + Math.abs(number) * 1e-5
  );
  assertEquals(far, []);
}

for (const length of [1, 7, 4096]) {
  Deno.test(`procline --replay - takes lines in parts of ${length} bytes`, async () => {
    const text = await Deno.readTextFile(EXEC);
    const bytes = new TextEncoder().encode(text);
    const ended = await run(["--replay", "-"], inParts(bytes, length));
    assertEquals(ended, { code: 0, stdout: text, stderr: "" });
    const zip = inParts(await zipped(text), length);
    assertEquals(await run(["--replay", "-"], zip), ended);
  });
}

Deno.test("procline --replay - prints a sample once its last line has come", async () => {
  const lines = (await Deno.readTextFile(EXEC)).split(/(?<=\n)/);
  const trees = lines.flatMap((line, i) => line.includes('"tree"') ? [i] : []);
  const end = (trees[0] ?? 0) + 1;
  const first = lines.slice(0, end).join("");
  const rest = lines.slice(end).join("");
  const { promise: printed, resolve } = Promise.withResolvers<void>();
  let stdout = "";
  const parts = [Promise.resolve(first), printed.then(() => rest)];
  const code = await main(["--replay", "-"], {
    stdin: {
      read: async (buffer) => {
        const part = await parts.shift();
        if (part === undefined) return null;
        return new TextEncoder().encodeInto(part, buffer).written;
      },
    },
    stdout: {
      write: (bytes) => {
        stdout += new TextDecoder().decode(bytes);
        if (stdout === first) resolve();
        return Promise.resolve(bytes.length);
      },
    },
    stderr: { write: (bytes) => Promise.resolve(bytes.length) },
    signals: { listen: () => () => {} },
  });
  assertEquals([code, stdout], [0, first + rest]);
});

Deno.test("procline --replay takes several members of gzip, and says where one is cut", async () => {
  const text = await Deno.readTextFile(BUSY);
  const middle = text.indexOf("\n", text.length / 2) + 1;
  const parts = [
    await zipped(text.slice(0, middle)),
    await zipped(text.slice(middle)),
  ];
  const whole = await run(["--replay", "-"], joined(...parts));
  assertEquals(whole, { code: 0, stdout: text, stderr: "" });

  const bytes = joined(...parts);
  const cut = await run(["--replay", "-"], bytes.subarray(0, -100));
  assertEquals(cut.code, 0);
  assert(text.startsWith(cut.stdout) && cut.stdout.length > middle / 2);
  assertStringIncludes(
    cut.stderr,
    "procline: The gzip data in standard input is cut: what stands before that is replayed\n",
  );
});

Deno.test("procline --replay ends with 1 where gzip data are damaged", async () => {
  const text = await Deno.readTextFile(BUSY);
  const bytes = joined(
    await zipped(text),
    new TextEncoder().encode("no member of gzip".repeat(2000)),
  );
  const ended = await run(["--replay", "-"], bytes);
  assertEquals(ended.code, 1);
  assertEquals(
    ended.stderr.split("\n")[0],
    "procline: Cannot read standard input: what gzip has made of it is damaged",
  );
});

for (const name of ["busy_tree", "exec"]) {
  Deno.test(`procline --replay - prints from the recording ${name}, also compressed`, async () => {
    const text = await Deno.readTextFile(`${RECORDINGS}${name}.ndjson`);
    const expected = await Deno.readTextFile(
      `${RECORDINGS}${name}.expected.ndjson`,
    );
    for (const input of [text, await zipped(text)]) {
      const ended = await run(["--replay", "-"], input);
      assertEquals(ended, { code: 0, stdout: expected, stderr: "" });
    }
    const cut = await run(["--replay", "-"], text.slice(0, -50));
    assertEquals(cut.code, 1);
    assertStringIncludes(cut.stderr, "of the recording is cut or damaged");
  });
}

for (
  const [what, input, says] of [
    ["nothing", "", "standard input is empty"],
    ["an empty line", "\n\r\n", "standard input is empty"],
    ["a log", "hello\nworld\n", "no line is one of a recording"],
    ["other JSON", "{}\n[]\n", "no line is one of a recording"],
    ["bytes", "\u0000\u0001\ufffd", "no line is one of a recording"],
    ["a broken recording", '{"recording":2,', "line 1 of the recording is cut"],
    ["a later recording", '{"recording":3}\n', "this program reads version 2"],
  ] as const
) {
  Deno.test(`procline --replay - ends with 1 for ${what}`, async () => {
    const ended = await run(["--replay", "-"], input);
    assertEquals([ended.code, ended.stdout], [1, ""]);
    assertStringIncludes(ended.stderr, says);
    assertEquals(ended.stderr.split("\n").length, 2);
  });
}

Deno.test("procline --replay refuses a line of a gigabyte before it is all in memory", async () => {
  let given = 0;
  const endless: ByteSource = {
    read: (buffer) => {
      buffer.fill(0x61);
      given += buffer.length;
      return Promise.resolve(buffer.length);
    },
  };
  const ended = await run(["--replay", "-"], endless);
  assertEquals([ended.code, ended.stdout], [1, ""]);
  assertStringIncludes(ended.stderr, "longer than 16777216 characters");
  assert(given < 32 * 1024 ** 2);
});

/** The lines of the busy tree, printed with more options. */
async function linesWith(...args: readonly string[]): Promise<string> {
  const path = `${RECORDINGS}busy_tree.ndjson`;
  const { code, stdout } = await run(["--replay", path, ...args]);
  assertEquals(code, 0);
  return stdout;
}

for (
  const [printed, args, says] of [
    [
      ["--top", "2"],
      ["--group-by", "comm"],
      "this needs a line of each process, and --top has left them out",
    ],
    [["--top", "2"], ["--top", "1"], "--top has left them out"],
    [["--top", "2"], ["--summary"], "--top has left them out"],
    [["--top", "2"], ["--format", "lading"], "--top has left them out"],
    [["--top", "2"], ["--format", "prometheus"], "--top has left them out"],
    [["--group-by", "exe"], ["--group-by", "exe"], "--group-by has left them"],
    [["--group-by", "exe"], ["--format", "lading"], "--group-by has left them"],
    [
      ["--only", "run,tree"],
      ["--group-by", "comm"],
      "the first sample has 0 of ",
    ],
    [["--only", "run,tree"], ["--summary"], "the first sample has 0 of "],
    [["--only", "run,process"], [], "no sample has its line of kind tree"],
    [
      ["--fields", "comm,rss_bytes"],
      ["--format", "table"],
      "this needs the field ppid, and --fields has left it out of the lines",
    ],
    [["--fields", "comm"], ["--top", "1"], "this needs the field ppid"],
    [["--fields", "comm"], ["--fields", "rss_bytes"], "the field rss_bytes"],
    [
      [],
      ["--group-by", "uid"],
      "the view needs what the collector status reads, and the lines were printed without it",
    ],
    [[], ["--fields", "pss_bytes"], "read by the collector smaps_rollup"],
    [[], ["--only", "group"], "Cannot replay with --only group: there are no"],
    [[], ["--fields", "max_rss_bytes"], "no line of kind process has this"],
    [
      ["--label", "value=1"],
      ["--format", "lading"],
      'a run of the lines has a label "value": value is a field of the lines',
    ],
  ] satisfies (readonly [readonly string[], readonly string[], string])[]
) {
  Deno.test(`procline --replay of lines with ${JSON.stringify(printed)} refuses ${args}`, async () => {
    const lines = await linesWith(...printed);
    const ended = await run(["--replay", "-", ...args], lines);
    assertEquals([ended.code, ended.stdout], [1, ""]);
    assertStringIncludes(ended.stderr, says);
  });
}

for (
  const [printed, args, says] of [
    [[], ["--pid", "1"], "Cannot use --pid and --replay together"],
    [[], ["--collect", "io"], "the recording has it"],
    [[], ["--top", "1", "--only", "group"], "Cannot use --only group without"],
  ] satisfies (readonly [readonly string[], readonly string[], string])[]
) {
  Deno.test(`procline --replay - ends with 2 with ${args}`, async () => {
    const lines = await linesWith(...printed);
    const ended = await run(["--replay", "-", ...args], lines);
    assertEquals([ended.code, ended.stdout], [2, ""]);
    assertStringIncludes(ended.stderr, says);
  });
}

for (
  const args of [
    ["--group-by", "comm"],
    ["--group-by", "exe", "--top", "1"],
    ["--top", "2"],
    ["--only", "tree"],
    ["--only", "run,process,tree"],
    ["--fields", "comm,cpu_percentage"],
    ["--label", "job=a b", "--hostname"],
    ["--count", "2"],
  ]
) {
  Deno.test(`procline --replay of lines with ${args} prints what that of the recording does`, async () => {
    const path = `${RECORDINGS}busy_tree.ndjson`;
    const direct = await run(["--replay", path, ...args]);
    const lines = await run(["--replay", BUSY, ...args]);
    assertEquals(lines.code, 0);
    assertEquals(besideSums(lines.stdout), besideSums(direct.stdout));

    // And its lines can be replayed again.
    const again = await run(["--replay", "-"], direct.stdout);
    assertEquals(again.code, 0);
    const origin = args.includes("--hostname") ? ["--hostname"] : [];
    const printed = await run(["--replay", "-", ...origin], direct.stdout);
    assertEquals(printed.stdout, direct.stdout);
  });
}

/** Sums of percentages of three decimals may differ in the last. */
function besideSums(text: string): string {
  return text.replaceAll(
    /("[a-z_]*(?:percentage|per_second)":)(\d+\.\d+)/g,
    (_, name, figure) => name + Number(figure).toFixed(2),
  );
}

Deno.test("procline --replay of lines without processes says so in a table", async () => {
  const lines = await linesWith("--only", "run,tree");
  const ended = await run(["--replay", "-", "--format", "table"], lines);
  assertEquals(ended.code, 0);
  assertStringIncludes(ended.stderr, "Lines of processes are missing in ");
});

Deno.test("procline --replay leaves a sample out of groups of which a process is missing", async () => {
  const lines = (await Deno.readTextFile(BUSY)).split(/(?<=\n)/);
  const trees = lines.flatMap((line, i) => line.includes('"tree"') ? [i] : []);
  lines.splice((trees[1] ?? 0) - 1, 1);
  const ended = await run(
    ["--replay", "-", "--group-by", "comm", "--only", "tree"],
    lines.join(""),
  );
  assertEquals(ended.code, 0);
  assertEquals(ended.stdout.split("\n").length - 1, trees.length - 1);
  assertStringIncludes(ended.stderr, "Left out 1 sample");
});

Deno.test("procline --replay sums up lines with and without an end", async () => {
  const path = `${RECORDINGS}busy_tree.ndjson`;
  const recorded = await run(["--replay", path, "--summary"]);
  const lines = await run(["--replay", BUSY, "--summary"]);
  const says = (text: string) =>
    text.split("\n").filter((line) =>
      /CPU |memory|samples|processes/.test(line)
    );
  assertEquals(says(lines.stderr), says(recorded.stderr));
  const cut = await run(["--replay", BUSY, "--summary", "--count", "3"]);
  const two = await run(["--replay", path, "--summary", "--count", "3"]);
  assertEquals(says(cut.stderr), says(two.stderr));
});

/** A recording whose last sample is taken a second after its start, and three before its end. */
async function recordingWithEnd(): Promise<string> {
  const text = await Deno.readTextFile(`${RECORDINGS}exec.ndjson`);
  const end = {
    epochMs: 1767323049000,
    reason: "signal",
    exitCode: null,
    signal: null,
  };
  return `${text}${JSON.stringify({ end })}\n`;
}

Deno.test("procline --replay says how long a run lasted to its end, not to its last sample", async () => {
  const recording = await recordingWithEnd();
  const { stdout: lines } = await run(["--replay", "-"], recording);
  assertStringIncludes(lines, '"kind":"end"');
  assertStringIncludes(lines, '"wall_seconds":1.0,');
  for (const input of [recording, lines]) {
    const { stdout, stderr } = await run(
      ["--replay", "-", "--format", "table", "--summary"],
      input,
    );
    assertStringIncludes(stdout, "End: signal; 3 samples in 4.0 s\n");
    assertStringIncludes(stderr, "by a signal to procline, after 4.00 s\n");
  }
});

Deno.test("procline --replay closes a trace of lines without an end, and refuses two runs in one", async () => {
  const text = await Deno.readTextFile(EXEC);
  const trace = ["--replay", "-", "--format", "trace"];
  const one = await run(trace, text);
  assertEquals(one.code, 0);
  const events = JSON.parse(one.stdout);
  assert(
    events.some(({ ph, name }: { ph: string; name: string }) =>
      ph === "X" && name === "app"
    ),
  );
  assertStringIncludes(one.stderr, "The lines have no events: starts and ends");
  const two = await run(trace, text + text);
  assertEquals(two.code, 1);
  assertStringIncludes(two.stderr, "these are lines of several runs");
});

Deno.test("procline --replay prints the last sample of lines in a format that is replaced", async () => {
  const text = await Deno.readTextFile(EXEC);
  const args = ["--replay", "-", "--format", "prometheus"];
  const one = await run(args, text);
  const two = await run(args, text + text);
  assertEquals(two.stdout, one.stdout);
});

/** The one value of `procline_run_finished` in a text. */
function finishedIn(text: string): string | undefined {
  const values = [...text.matchAll(/^procline_run_finished (\d)$/gm)];
  assertEquals(values.length, 1);
  return values[0]?.[1];
}

for (const format of ["prometheus", "openmetrics"]) {
  Deno.test(`procline --replay as ${format} says whether the run has ended`, async () => {
    const recording = await recordingWithEnd();
    const { stdout: lines } = await run(["--replay", "-"], recording);
    const args = ["--replay", "-", "--format", format];
    for (const whole of [recording, lines]) {
      const cut = whole.trimEnd().split("\n").slice(0, -1).join("\n") + "\n";
      const ended = await run(args, whole);
      assertEquals([ended.code, finishedIn(ended.stdout)], [0, "1"]);
      const unended = await run(args, cut);
      assertEquals(
        [unended.code, unended.stdout],
        [
          0,
          ended.stdout.replace(
            "procline_run_finished 1\n",
            "procline_run_finished 0\n",
          ),
        ],
      );
    }
    // The end of one run is not that of the next.
    const cut = await Deno.readTextFile(EXEC);
    const next = await run(args, lines + cut);
    assertEquals(finishedIn(next.stdout), "0");
    const before = await run(args, cut + lines);
    assertEquals(finishedIn(before.stdout), "1");
  });
}

Deno.test("procline --replay of lines opens and ends each run of them", async () => {
  const text = await Deno.readTextFile(EXEC);
  const ended = await run(["--replay", "-"], `${text}log\n${text}`);
  assertEquals(ended.stdout, text + text);
  assertEquals(
    ended.stderr,
    `procline: Left out line ${
      text.split("\n").length
    } that is none of procline's records\n`,
  );
});

Deno.test("procline --replay ends at a signal though no line comes", async () => {
  const sender = new FakeSignals();
  const code = await main(["--replay", "-"], {
    stdin: {
      read: () => {
        sender.terminate();
        return new Promise(() => {});
      },
    },
    stdout: { write: (bytes) => Promise.resolve(bytes.length) },
    stderr: { write: (bytes) => Promise.resolve(bytes.length) },
    signals: sender.signals,
  });
  assertEquals(code, 143);
});

Deno.test("procline --replay does not blame a line that a signal has cut", async () => {
  const sender = new FakeSignals();
  const [run = "", next = ""] = (await Deno.readTextFile(BUSY)).split("\n");
  const parts = [`${run}\n${next.slice(0, 40)}`];
  let stderr = "";
  const code = await main(["--replay", "-"], {
    stdin: {
      read: (buffer) => {
        const part = parts.shift();
        if (part !== undefined) {
          const { written } = new TextEncoder().encodeInto(part, buffer);
          return Promise.resolve(written);
        }
        sender.terminate();
        return new Promise(() => {});
      },
    },
    stdout: { write: (bytes) => Promise.resolve(bytes.length) },
    stderr: {
      write: (bytes) => {
        stderr += new TextDecoder().decode(bytes);
        return Promise.resolve(bytes.length);
      },
    },
    signals: sender.signals,
  });
  assertEquals([code, stderr], [143, ""]);
});

Deno.test("procline --replay of a recording hears a signal though no write waits", async () => {
  const sender = new FakeSignals();
  let writes = 0;
  let stdout = "";
  const code = await main(["--replay", `${RECORDINGS}busy_tree.ndjson`], {
    stdout: {
      write: (bytes) => {
        stdout += new TextDecoder().decode(bytes);
        if (++writes === 2) {
          setTimeout(() => sender.terminate());
          // A long replay, in which nothing else has its turn by itself.
          const begin = performance.now();
          while (performance.now() - begin < 60);
        }
        return Promise.resolve(bytes.length);
      },
    },
    stderr: { write: (bytes) => Promise.resolve(bytes.length) },
    signals: sender.signals,
  });
  assertEquals(code, 143);
  assert(stdout.length < (await Deno.readTextFile(BUSY)).length);
});

Deno.test("procline --replay BEFORE --replay AFTER --format html shows two runs, a recording and lines", async () => {
  const before = `${RECORDINGS}busy_tree.ndjson`;
  const args = ["--format", "html", "--replay", before, "--replay", EXEC];
  const { code, stdout } = await run(args);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "<h2>Differences</h2>");
  assertStringIncludes(stdout, 'data-chart="cpu1"');
  assertStringIncludes(stdout, 'data-chart="cpu2"');
  const [one, other] = await Promise.all([BUSY, EXEC].map(async (path) => {
    const [run = ""] = (await Deno.readTextFile(path)).split("\n");
    return JSON.parse(run).root_pid;
  }));
  assertStringIncludes(
    stdout,
    `<h1>procline: process ${one} and process ${other}</h1>`,
  );
});

Deno.test("procline --replay BEFORE --replay - --format html takes the second from standard input", async () => {
  const args = ["--format", "html", "--replay", BUSY, "--replay", "-"];
  const { code, stdout } = await run(args, await Deno.readTextFile(EXEC));
  assertEquals(code, 0);
  assertStringIncludes(stdout, "<h2>Differences</h2>");
});
