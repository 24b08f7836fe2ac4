import { assertEquals, assertMatch } from "@std/assert";
import { FORMATS } from "../../src/format/formats.ts";
import { runProcline, TemporaryDirectory } from "../support/procline.ts";

/** A call that cannot work: its arguments, and the one sentence that it prints. */
interface Wrong {
  readonly name: string;
  readonly args: readonly string[];
  readonly says: string;
}

const NO_PID = "a process id is a whole number above 0";
const NO_TIME =
  "a time is a number above 0, in seconds or with a unit: 250ms, 2s, 1m, 1h";
const NO_COUNT = "it is not a whole number above 0";
const NO_KEY =
  "a key has letters, digits, dots, dashes and underscores, and no digit first";
const SOME_PID = ["--pid", `${Deno.pid}`];

const WRONG_USAGE: readonly Wrong[] = [
  {
    name: "no root",
    args: [],
    says:
      "Cannot start without a root: give --pid PID, --name NAME, --cgroup PATH, --unit NAME, --all, -- COMMAND or --replay FILE",
  },
  {
    name: "a process and a command",
    args: [...SOME_PID, "--", "true"],
    says: "Cannot use --pid and -- COMMAND together: a run has one root",
  },
  {
    name: "a process and a recording",
    args: [...SOME_PID, "--replay", "file"],
    says: "Cannot use --pid and --replay together: a run has one root",
  },
  {
    name: "no command after the dashes",
    args: ["--"],
    says: "Cannot run a command: none stands after --",
  },
  {
    name: "a command without dashes",
    args: ["sleep", "1"],
    says:
      'Cannot use the argument "sleep": a process is given as --pid PID, a command after --',
  },
  {
    name: "pid 0",
    args: ["--pid", "0"],
    says: `Cannot use --pid "0": ${NO_PID}`,
  },
  {
    name: "pid -1",
    args: ["--pid", "-1"],
    says: 'Cannot use --pid "-1": it is not above 0',
  },
  {
    name: "pid -1 after an equals sign",
    args: ["--pid=-1"],
    says: `Cannot use --pid "-1": ${NO_PID}`,
  },
  {
    name: "a pid that is text",
    args: ["--pid", "init"],
    says: `Cannot use --pid "init": ${NO_PID}; --name takes a name`,
  },
  {
    name: "a pid with a fraction",
    args: ["--pid", "1.5"],
    says: `Cannot use --pid "1.5": ${NO_PID}`,
  },
  {
    name: "a pid beyond all pids",
    args: ["--pid", "99999999999999999999"],
    says: `Cannot use --pid "99999999999999999999": ${NO_PID}`,
  },
  {
    name: "a pid with hostile characters",
    args: ["--pid", "1\n\u001b[31m"],
    says: `Cannot use --pid "1\\n\\u001b[31m": ${NO_PID}`,
  },
  {
    name: "no pid after --pid",
    args: ["--pid"],
    says: "Cannot use --pid without a value",
  },
  {
    name: "an empty pid",
    args: ["--pid="],
    says: "Cannot use --pid without a value",
  },
  {
    name: "interval 0",
    args: [...SOME_PID, "--interval", "0s"],
    says: `Cannot use --interval "0s": ${NO_TIME}`,
  },
  {
    name: "an interval of an unknown unit",
    args: [...SOME_PID, "--interval", "5d"],
    says: `Cannot use --interval "5d": ${NO_TIME}`,
  },
  {
    name: "an interval below 0",
    args: [...SOME_PID, "--interval", "-5s"],
    says: 'Cannot use --interval "-5s": it is not above 0',
  },
  {
    name: "an interval of nonsense",
    args: [...SOME_PID, "--interval", "often"],
    says: `Cannot use --interval "often": ${NO_TIME}`,
  },
  {
    name: "a duration of nonsense",
    args: [...SOME_PID, "--duration", "1e3s"],
    says: `Cannot use --duration "1e3s": ${NO_TIME}`,
  },
  {
    name: "count 0",
    args: [...SOME_PID, "--count", "0"],
    says: `Cannot use --count "0": ${NO_COUNT}`,
  },
  {
    name: "a count of nonsense",
    args: [...SOME_PID, "--count", "1.5"],
    says: `Cannot use --count "1.5": ${NO_COUNT}`,
  },
  {
    name: "a misspelt option",
    args: [...SOME_PID, "--intervall", "1s"],
    says: 'Cannot use the option "--intervall": did you mean --interval?',
  },
  {
    name: "an option that is near no other",
    args: [...SOME_PID, "--verbosity"],
    says: 'Cannot use the option "--verbosity": see --help',
  },
  {
    name: "an unknown short option",
    args: [...SOME_PID, "-x"],
    says: 'Cannot use the option "-x": see --help',
  },
  {
    name: "a value for an option without one",
    args: ["--version=2"],
    says: "Cannot use --version with a value: it takes none",
  },
  {
    name: "an unknown format",
    args: [...SOME_PID, "--format", "csv"],
    says: `Cannot use --format "csv": the formats are ${FORMATS.join(", ")}`,
  },
  {
    name: "a label without an equals sign",
    args: [...SOME_PID, "--label", "job"],
    says: 'Cannot use --label "job": a label is written KEY=TEXT',
  },
  {
    name: "a label without a key",
    args: [...SOME_PID, "--label", "=nightly"],
    says: `Cannot use --label "=nightly": ${NO_KEY}`,
  },
  {
    name: "a label with a digit first",
    args: [...SOME_PID, "--label", "1st=yes"],
    says: `Cannot use --label "1st=yes": ${NO_KEY}`,
  },
  {
    name: "a label that clashes with a field of a record",
    args: [...SOME_PID, "--label", "rss_bytes=1"],
    says: 'Cannot use --label "rss_bytes=1": rss_bytes is a field of the lines',
  },
  {
    name: "a label that clashes with a field of lading's lines",
    args: [
      ...SOME_PID,
      ...["--format", "lading", "--label", "metric_name=cpu"],
    ],
    says:
      'Cannot use --label "metric_name=cpu": metric_name is a field of the lines',
  },
  {
    name: "labels without end",
    args: [...SOME_PID, "--label", `job=${"x".repeat(2000)}`],
    says:
      "Cannot use so many labels: they would take more than 2000 bytes of each line",
  },
  {
    name: "an interval for a replay",
    args: ["--replay", "file", "--interval", "1s"],
    says: "Cannot use --interval with --replay: the recording has it",
  },
];

for (const { name, args, says } of WRONG_USAGE) {
  Deno.test(`procline refuses ${name} in one sentence with exit code 2`, async () => {
    assertEquals(await runProcline(args), {
      code: 2,
      stdout: "",
      stderr: `procline: ${says}\n`,
    });
  });
}

Deno.test("procline says in one sentence that there is no such process, with exit code 1", async () => {
  // It has been reaped: its id is free again.
  const child = new Deno.Command("true").spawn();
  await child.status;

  assertEquals(await runProcline(["--pid", `${child.pid}`]), {
    code: 1,
    stdout: "",
    stderr:
      `procline: Cannot sample process ${child.pid}: no such process, or one that /proc hides from this user\n`,
  });
});

Deno.test("procline says in one sentence that --proc is not procfs, with exit code 1", async () => {
  using directory = new TemporaryDirectory();
  for (const proc of [`${directory.path}/missing`, directory.path]) {
    const { code, stdout, stderr } = await runProcline([
      "--proc",
      proc,
      ...SOME_PID,
    ]);

    assertEquals(
      stderr,
      `procline: Cannot read "/proc/self/auxv": No such file or directory (os error 2) at "${proc}/self/auxv"\n`,
    );
    assertEquals(code, 1);
    assertEquals(stdout, "");
  }
});

Deno.test("procline says in one sentence that a file cannot be written, with exit code 1", async () => {
  using directory = new TemporaryDirectory();
  const file = `${directory.path}/missing/file`;
  for (const option of ["--output", "--record"]) {
    assertEquals(await runProcline([option, file, ...SOME_PID]), {
      code: 1,
      stdout: "",
      stderr:
        `procline: Cannot open "${file}": No such file or directory (os error 2)\n`,
    });
  }
});

const RECORDING = new URL(
  "../../testdata/recordings/pid_reuse.ndjson",
  import.meta.url,
);

const NO_LINE =
  "Cannot replay: no line is one of a recording, or of procline's records";

/** A recording that cannot be replayed: how it is made from a good one, and the sentence. */
const BAD_RECORDINGS: readonly {
  readonly name: string;
  readonly make: (good: string) => string;
  readonly says: string;
}[] = [
  {
    name: "that is cut in its first line",
    make: (good) => good.slice(0, 100),
    says: "Cannot replay: line 1 of the recording is cut or damaged",
  },
  {
    name: "that is cut in its last line",
    make: (good) => good.slice(0, -100),
    says: "Cannot replay: line LAST of the recording is cut or damaged",
  },
  {
    name: "with a line that lacks its reads",
    make: (good) => `${good}{"epochMs":1,"monotonicMs":1,"missed":0}\n`,
    says: "Cannot replay: line NEXT of the recording is cut or damaged",
  },
  {
    name: "of another version",
    make: (good) => good.replace('{"recording":2,', '{"recording":3,'),
    says:
      "Cannot replay: the recording has version 3, this program reads version 2",
  },
  {
    name: "that is empty",
    make: () => "",
    says: "Cannot replay: the file is empty",
  },
  {
    name: "that is other JSON",
    make: () => '{"kind":"run"}\n',
    says: NO_LINE,
  },
  {
    name: "that is not JSON",
    make: () => "PID TTY TIME CMD\n",
    says: NO_LINE,
  },
  {
    name: "that is binary",
    make: () => "\u0000\u0001\ufffd",
    says: NO_LINE,
  },
];

for (const { name, make, says } of BAD_RECORDINGS) {
  Deno.test(`procline refuses a recording ${name} in one sentence with exit code 1`, async () => {
    using directory = new TemporaryDirectory();
    const good = await Deno.readTextFile(RECORDING);
    const lines = good.split("\n").length - 1;
    const file = `${directory.path}/bad.ndjson`;
    await Deno.writeTextFile(file, make(good));

    assertEquals(await runProcline(["--replay", file]), {
      code: 1,
      stdout: "",
      stderr: `procline: ${
        says.replace("LAST", `${lines}`).replace("NEXT", `${lines + 1}`)
      }\n`,
    });
  });
}

Deno.test("procline refuses a recording that is missing or a directory in one sentence with exit code 1", async () => {
  using directory = new TemporaryDirectory();
  for (const file of [`${directory.path}/missing`, directory.path]) {
    const { code, stdout, stderr } = await runProcline(["--replay", file]);

    assertMatch(stderr, /^procline: Cannot read "[^"\n]+": [A-Z][^\n]*[^.]\n$/);
    assertEquals(code, 1);
    assertEquals(stdout, "");
  }
});

Deno.test("procline --help and --version print to stdout with exit code 0", async () => {
  const help = await runProcline(["--help"]);
  assertEquals(help.code, 0);
  assertEquals(help.stderr, "");
  assertMatch(help.stdout, /^Usage: procline /m);
  const short = await runProcline(["-h"]);
  assertEquals(short.code, 0);
  assertMatch(short.stdout, /^procline --help lists all options\.$/m);

  const config = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  assertEquals(await runProcline(["--version"]), {
    code: 0,
    stdout: `procline ${config.version}\n`,
    stderr: "",
  });
});
