import { assertEquals, assertMatch } from "@std/assert";
import {
  Child,
  ignored,
  parseSamples,
  run,
  splitLines,
  startScript,
} from "../support/procline.ts";

const BINARY = Deno.env.get("PROCLINE_BINARY") ?? "";

/** A test of the compiled binary. */
function testBinary(name: string, fn: () => Promise<void>): void {
  const full = `the binary ${name}`;
  Deno.test({
    ...(BINARY === ""
      ? ignored(full, "PROCLINE_BINARY is not set")
      : { name: full }),
    fn,
  });
}

testBinary("says its version", async () => {
  const config = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );

  assertEquals(await run([BINARY, "--version"]), {
    code: 0,
    stdout: `procline ${config.version}\n`,
    stderr: "",
  });
});

testBinary("prints its help", async () => {
  const { code, stdout, stderr } = await run([BINARY, "--help"]);

  assertMatch(stdout, /^Usage: procline /m);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

testBinary("samples a process twice, with an empty environment", async () => {
  await using tree = startScript("(hold) & echo ready; hold");
  await tree.line();

  const { code, stdout, stderr } = await run([
    "/usr/bin/env",
    "-i",
    BINARY,
    "--pid",
    `${tree.pid}`,
    "--interval",
    "50ms",
    "--count",
    "2",
  ]);

  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(
    parseSamples(stdout).map((sample) => [
      sample.tree.root_pid,
      sample.tree.num_processes,
      sample.processes.map(({ pid }) => pid)[0],
    ]),
    [[tree.pid, 2, tree.pid], [tree.pid, 2, tree.pid]],
  );
});

testBinary(
  "passes on the exit code of a command, with an empty environment",
  async () => {
    const { code, stderr } = await run([
      "/usr/bin/env",
      "-i",
      BINARY,
      "--",
      "/bin/sh",
      "-c",
      "exit 3",
    ]);

    assertEquals({ code, stderr }, { code: 3, stderr: "" });
  },
);

testBinary("ends with 0 when head has read its line", async () => {
  const { code, stdout, stderr } = await run([
    "bash",
    "-c",
    `"$0" --pid $$ --interval 50ms | head -1; exit "\${PIPESTATUS[0]}"`,
    BINARY,
  ]);

  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(
    splitLines(stdout).map((line) => JSON.parse(line).kind),
    ["run"],
  );
});

testBinary(
  "sends SIGTERM on to its command and ends as that does",
  async () => {
    await using procline = new Child([
      BINARY,
      "--interval",
      "50ms",
      "--",
      "sh",
      "-c",
      "trap 'exit 9' TERM; exec 3<&0; cat <&3 > /dev/null & wait $!",
    ]);
    await procline.sampleWhere(({ tree }) => tree.num_processes === 2);

    procline.kill("SIGTERM");

    assertEquals(await procline.code(), 9);
  },
);
