import { assert, assertEquals, assertGreater } from "@std/assert";
import { RECORDINGS } from "../support/recordings.ts";
import {
  besidesMissed,
  FROM_SOURCE,
  needs,
  run,
  splitLines,
  startBusyTree,
  startProcline,
  TemporaryDirectory,
} from "../support/procline.ts";

const EXEC = `${RECORDINGS}exec.expected.ndjson`;
const PROCLINE = FROM_SOURCE.map((word) => `'${word}'`).join(" ");

for (
  const args of [
    "--events --collect cmdline,io,host --label 'job=a b'",
    "--hostname --collect all",
    "--group-by comm",
    "--top 1 --collect status",
    "--fields comm,rss_bytes --only run,process,tree,end",
  ]
) {
  Deno.test({
    ...needs(
      ["sh", "tee"],
      `procline ${args} | procline --replay - prints the same bytes`,
    ),
    fn: async () => {
      using directory = new TemporaryDirectory();
      const path = `${directory.path}/lines.ndjson`;
      await using tree = startBusyTree();
      await tree.line();
      const origin = args.includes("--hostname") ? "--hostname" : "";
      const { code, stdout, stderr } = await run([
        "sh",
        "-c",
        `${PROCLINE} --pid ${tree.pid} --interval 50ms --count 10 ${args} |
          tee '${path}' | ${PROCLINE} --replay - ${origin}`,
      ]);
      assertEquals([code, besidesMissed(stderr)], [0, ""]);
      assertGreater(splitLines(stdout).length, 10);
      assertEquals(stdout, await Deno.readTextFile(path));
    },
  });
}

Deno.test("procline --replay - prints each sample as it comes through a slow pipe", async () => {
  const lines = (await Deno.readTextFile(EXEC)).split(/(?<=\n)/);
  await using procline = startProcline(["--replay", "-"]);
  let next = 0;
  for (const [i, line] of lines.entries()) {
    // Also in the middle of a line.
    await procline.write(line.slice(0, 100));
    await procline.write(line.slice(100));
    if (!line.includes('"kind":"tree"')) continue;
    for (; next <= i; next++) {
      assertEquals(`${await procline.line()}\n`, lines[next]);
    }
  }
  assertEquals(next, lines.length);
  await procline.closeInput();
  assertEquals(await procline.rest(), []);
  assertEquals(await procline.code(), 0);
});

Deno.test("procline --replay - ends at a signal, while it waits for lines", async () => {
  const text = await Deno.readTextFile(EXEC);
  await using procline = startProcline(["--replay", "-"]);
  await procline.write(text);
  for (const line of splitLines(text)) {
    assertEquals(await procline.line(), line);
  }
  procline.kill("SIGTERM");
  assertEquals(await procline.rest(), []);
  assertEquals(await procline.code(), 143);
});

Deno.test({
  ...needs(
    ["sh", "mkfifo", "gzip"],
    "procline --replay takes a named pipe, and compressed lines, whatever they are called",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const text = await Deno.readTextFile(EXEC);
    const { code, stdout, stderr } = await run([
      "sh",
      "-c",
      `cd '${directory.path}' && mkfifo pipe && gzip -c '${EXEC}' > lines.txt &&
        cat lines.txt lines.txt > twice.ndjson
        gzip -c '${EXEC}' > pipe & ${PROCLINE} --replay pipe; wait
        ${PROCLINE} --replay lines.txt
        ${PROCLINE} --replay twice.ndjson`,
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, text.repeat(4));
  },
});

Deno.test("procline --replay - refuses to write to the file that it reads", async () => {
  using directory = new TemporaryDirectory();
  const path = `${directory.path}/lines.ndjson`;
  await Deno.copyFile(EXEC, path);
  const { code, stderr } = await run([
    "sh",
    "-c",
    `${PROCLINE} --replay - --output '${path}' < '${path}'`,
  ]);
  assertEquals(code, 2);
  assert(stderr.includes("they are one file, which would be read and written"));
  assertEquals(await Deno.readTextFile(path), await Deno.readTextFile(EXEC));
});

Deno.test("procline --replay of lines exports them, and closes a trace of lines that are cut", async () => {
  using directory = new TemporaryDirectory();
  const lines = splitLines(await Deno.readTextFile(EXEC));
  const path = `${directory.path}/lines.ndjson`;
  await Deno.writeTextFile(path, `${lines.slice(0, -1).join("\n")}\n{"time`);
  const trace = `${directory.path}/trace.json`;
  const metrics = `${directory.path}/metrics.prom`;
  const { code, stdout } = await run([
    ...FROM_SOURCE,
    "--replay",
    path,
    `--export=trace=${trace}`,
    `--export=prometheus=${metrics}`,
    "--only=tree",
  ]);
  assertEquals(code, 0);
  assertEquals(splitLines(stdout).length, 2);
  const events = JSON.parse(await Deno.readTextFile(trace));
  assert(events.some(({ name }: { name: string }) => name === "app"));
  assert((await Deno.readTextFile(metrics)).includes('groupname="root"'));
});
