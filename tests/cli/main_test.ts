import { assert, assertEquals, assertRejects } from "@std/assert";
import { main } from "../../src/cli/main.ts";
import { helpText } from "../../src/cli/help.ts";
import { runMain } from "../support/run_main.ts";
import config from "../../deno.json" with { type: "json" };

const RECORDINGS = "testdata/recordings";

Deno.test("main() prints the help", async () => {
  assertEquals(await runMain(["--help"]), {
    code: 0,
    stdout: helpText(),
    stderr: "",
  });
});

Deno.test("main() prints the version of deno.json", async () => {
  assertEquals(await runMain(["--version"]), {
    code: 0,
    stdout: `procline ${config.version}\n`,
    stderr: "",
  });
});

for (
  const [args, says] of [
    [
      [],
      "Cannot start without a root: give --pid PID, --name NAME, --cgroup PATH, --unit NAME, --all, -- COMMAND or --replay FILE",
    ],
    [
      ["--pid", "x"],
      'Cannot use --pid "x": a process id is a whole number above 0; --name takes a name',
    ],
    [["--hepl"], 'Cannot use the option "--hepl": did you mean --help?'],
    [["--"], "Cannot run a command: none stands after --"],
    [
      ["\u001b[31m\n"],
      'Cannot use the argument "\\u001b[31m\\n": a process is given as --pid PID, a command after --',
    ],
  ] satisfies [string[], string][]
) {
  Deno.test(`main() ends with 2 and one sentence for ${JSON.stringify(args)}`, async () => {
    assertEquals(await runMain(args), {
      code: 2,
      stdout: "",
      stderr: `procline: ${says}\n`,
    });
  });
}

Deno.test("main() ends with 0 if the consumer of the help has gone", async () => {
  const failure = new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
  assertEquals(await runMain(["--help"], { failure }), {
    code: 0,
    stdout: "",
    stderr: "",
  });
});

Deno.test("main() ends with 1 if the help cannot be written", async () => {
  const failure = new Error("No space left on device (os error 28)");
  assertEquals(await runMain(["--help"], { failure }), {
    code: 1,
    stdout: "",
    stderr:
      "procline: Cannot write the output: No space left on device (os error 28)\n",
  });
});

Deno.test("main() listens for SIGXFSZ to the end, so that a write fails if a file may grow no more", async () => {
  const heard: string[] = [];
  const stdout = {
    write: () => Promise.reject(new Error("File too large (os error 27)")),
  };
  const stderr = {
    write(bytes: Uint8Array): Promise<number> {
      heard.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
  };
  const signals = {
    listen(names: readonly string[]): () => void {
      heard.push(...names);
      return () => heard.push("no more");
    },
  };
  assertEquals(await main(["--help"], { stdout, stderr, signals }), 1);
  assertEquals(heard, [
    "SIGXFSZ",
    "procline: Cannot write the output: File too large (os error 27)\n",
  ]);
});

Deno.test("main() throws on what is not an end of its own", async () => {
  const failure = "a bug";
  const caught = await runMain(["--help"], { failure })
    .then(() => null, (error: unknown) => error);
  assertEquals(caught, "a bug");
});

Deno.test("main() throws on an error of the program itself", async () => {
  const stderr = { write: () => Promise.resolve(0) };
  const stdout = { write: () => Promise.resolve(0) };
  const signals = {
    listen(): () => void {
      throw new TypeError("a bug");
    },
  };
  await assertRejects(
    () =>
      main(["--replay", `${RECORDINGS}/exec.ndjson`], {
        stdout,
        stderr,
        signals,
      }),
    TypeError,
    "a bug",
  );
});

Deno.test("main() says which permission is missing", async () => {
  assertEquals(await runMain(["--replay", "/proc/self/stat"]), {
    code: 1,
    stdout: "",
    stderr:
      "procline: Cannot read /proc without every permission: run it with deno run -A, as Deno refuses --allow-read=/proc\n",
  });
});

Deno.test("main() ends with 1 for a recording that is not there", async () => {
  const { code, stdout, stderr } = await runMain([
    "--replay",
    `${RECORDINGS}/none.ndjson`,
  ]);
  assertEquals([code, stdout], [1, ""]);
  assert(/^procline: Cannot [^\n]*none\.ndjson[^\n]*\n$/.test(stderr), stderr);
});

Deno.test("main() ends with 1 for a file that is neither a recording nor lines", async () => {
  assertEquals(await runMain(["--replay", `${RECORDINGS}/README.md`]), {
    code: 1,
    stdout: "",
    stderr:
      "procline: Cannot replay: no line is one of a recording, or of procline's records\n",
  });
});

Deno.test("main() prints from a recording what was expected", async () => {
  const expected = await Deno.readTextFile(
    `${RECORDINGS}/exec.expected.ndjson`,
  );
  assertEquals(await runMain(["--replay", `${RECORDINGS}/exec.ndjson`]), {
    code: 0,
    stdout: expected,
    stderr: "",
  });
});

Deno.test("main() replays no field that the recording was made without", async () => {
  const recording = `${RECORDINGS}/exec.ndjson`;
  assertEquals(
    await runMain(["--replay", recording, "--fields", "pss_bytes"]),
    {
      code: 1,
      stdout: "",
      stderr:
        "procline: Cannot replay: the field pss_bytes is read by the collector smaps_rollup, and the recording was made without it\n",
    },
  );
});
