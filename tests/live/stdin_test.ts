import { assertEquals, assertLess } from "@std/assert";
import { besidesMissed, Child, needs, run } from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

const OPTIONS = ["--until-stdin-closes", "--pid", `${Deno.pid}`];

/** The reason of the end, and the number of samples. */
function endOf(lines: readonly string[]): [reason: string, samples: number] {
  const { reason, samples } = JSON.parse(lines.at(-1) ?? "");
  return [reason, samples];
}

testEachWay(
  "procline --until-stdin-closes ends with 0 once whoever started it closes its stdin",
  async (procline) => {
    await using child = procline.start(["--interval", "1h", ...OPTIONS]);
    await child.sample();
    // More than a pipe holds: it is read.
    for (let i = 0; i < 20; i++) await child.write("x\n".repeat(5000));
    const start = performance.now();
    await child.closeInput();
    assertEquals(endOf(await child.rest()), ["stdin", 1]);
    assertEquals(await child.code(), 0);
    assertLess(performance.now() - start, 5000);
    assertEquals(besidesMissed(await child.stderr), "");
  },
);

testEachWay(
  "procline --until-stdin-closes takes one sample if stdin is closed, or gives nothing, from the start",
  async ({ argv }) => {
    for (
      const [input, sentence] of [
        ["< /dev/null", ""],
        ["<&-", ""],
        [
          "< /",
          "procline: Cannot read standard input: Is a directory (os error 21)\n",
        ],
      ]
    ) {
      const { code, stdout, stderr } = await run([
        "sh",
        "-c",
        `exec "$@" ${input}`,
        "sh",
        ...argv,
        ...OPTIONS,
      ]);
      assertEquals([code, stderr], [0, sentence]);
      assertEquals(endOf(stdout.trimEnd().split("\n")), ["stdin", 1]);
    }
  },
);

testEachWay(
  "procline --until-stdin-closes ends at its other ends too, with stdin open",
  async (procline) => {
    await using counted = procline.start(["--count", "1", ...OPTIONS]);
    assertEquals(endOf(await counted.rest()), ["count", 1]);
    assertEquals(await counted.code(), 0);
    await using timed = procline.start(
      ["--interval", "1h", "--duration", "10ms", ...OPTIONS],
    );
    assertEquals(endOf(await timed.rest()), ["duration", 1]);
    assertEquals(await timed.code(), 0);
    await using stopped = procline.start(["--interval", "1h", ...OPTIONS]);
    await stopped.sample();
    stopped.kill("SIGTERM");
    assertEquals(endOf(await stopped.rest()), ["signal", 1]);
    assertEquals(await stopped.code(), 143);
  },
);

testEachWay(
  "procline without --until-stdin-closes reads nothing from stdin",
  async ({ argv }) => {
    const { stdout } = await run([
      "sh",
      "-c",
      `echo left | { "$@" > /dev/null; cat; }`,
      "sh",
      ...argv,
      ..."--count 2 --interval 20ms --pid".split(" "),
      `${Deno.pid}`,
    ]);
    assertEquals(stdout, "left\n");
  },
);

testEachWay(
  needs(
    ["script"],
    "procline --until-stdin-closes ends with the key for the end of input on a terminal",
  ),
  async ({ argv }) => {
    const command = [
      ...argv,
      "--interval",
      "20ms",
      "--only",
      "tree,end",
      ...OPTIONS,
    ]
      .map((word) => `'${word}'`).join(" ");
    await using terminal = new Child([
      "script",
      "-qefc",
      `stty -echo; ${command} -f json`,
      "/dev/null",
    ], { env: { SHELL: "/bin/sh" } });
    await terminal.line();
    await terminal.write("words\n");
    await terminal.line();
    await terminal.write("\x04");
    // A loaded machine has a sentence on missed samples among them.
    const lines = (await terminal.rest()).map((line) => line.trim())
      .filter((line) => line.startsWith("{"));
    assertEquals(endOf(lines)[0], "stdin");
    assertEquals(await terminal.code(), 0);
  },
);
