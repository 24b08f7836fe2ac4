import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import { faultsOf } from "../support/lines.ts";
import { residentBytes } from "../support/memory.ts";
import {
  besidesMissed,
  CHECKOUT,
  Child,
  FROM_SOURCE,
  ignored,
  needs,
  needsRoot,
  parseSamples,
  run,
  splitLines,
  startTree,
  TemporaryDirectory,
} from "../support/procline.ts";
import { cpuSecondsOf } from "../support/stat.ts";

const BINARY = Deno.env.get("PROCLINE_BINARY") ?? "";
const MIB = 1024 ** 2;

/** A label that makes every line longer than a line buffer. */
const LONG_LABEL = `--label=long=${"x".repeat(1500)}`;

/**
 * Gives a program a standard output that does not block, and reads it slowly. With "wait", it
 * prints the pid of the program on stderr, and reads nothing before its own input is closed.
 */
const SLOW_READER = `
import fcntl, os, socket, subprocess, sys, tempfile, time
kind, mode = sys.argv[1:3]
if kind == "socket":
    reader, writer = (end.detach() for end in socket.socketpair())
else:
    path = tempfile.mktemp()
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY)
    os.unlink(path)
    os.set_blocking(reader, True)
os.set_blocking(writer, False)
child = subprocess.Popen(sys.argv[3:], stdin=subprocess.DEVNULL, stdout=writer)
os.close(writer)
if mode == "wait":
    print(child.pid, file=sys.stderr, flush=True)
    sys.stdin.read()
while True:
    data = os.read(reader, 3000)
    if not data:
        break
    sys.stdout.buffer.write(data)
    time.sleep(0.001)
sys.exit(child.wait())
`;

for (const kind of ["socket", "named pipe"]) {
  for (
    const [what, argv] of [["procline", FROM_SOURCE], ["the binary", [
      BINARY,
    ]]] as const
  ) {
    const name =
      `${what} writes every byte once into a ${kind} that does not block`;
    Deno.test({
      ...(argv[0] === ""
        ? ignored(name, "PROCLINE_BINARY is not set")
        : needs(["python3"], name)),
      fn: async () => {
        await using tree = startTree(150);
        await tree.line();

        const { code, stdout, stderr } = await run([
          ..."python3 -c".split(" "),
          SLOW_READER,
          kind,
          "read",
          ...argv,
          `--pid=${tree.pid}`,
          "--count=4",
          "--interval=20ms",
          LONG_LABEL,
        ]);

        assertEquals([code, besidesMissed(stderr)], [0, ""]);
        const samples = parseSamples(stdout);
        assertEquals(samples.length, 4);
        for (const { processes, tree } of samples) {
          assertEquals(processes.length, 151);
          assertEquals(tree.num_processes, 151);
        }
        // The run, four samples, the end: no line is there twice.
        assertEquals(splitLines(stdout).length, 1 + 4 * 152 + 1);
      },
    });
  }
}

Deno.test({
  ...needs(
    ["python3"],
    "procline waits for a socket that does not block: it neither grows nor turns",
  ),
  fn: async () => {
    await using tree = startTree(60);
    await tree.line();
    await using reader = new Child([
      ..."python3 -u -c".split(" "),
      `import sys; sys.stderr = sys.stdout\n${SLOW_READER}`,
      "socket",
      "wait",
      ...FROM_SOURCE,
      `--pid=${tree.pid}`,
      "--duration=4s",
      "--interval=20ms",
    ]);
    const pid = Number(await reader.line());

    // There is no event to wait for: procline must do nothing.
    await sleep(1000);
    const before = [cpuSecondsOf(pid), residentBytes(pid)] as const;
    await sleep(2500);
    const after = [cpuSecondsOf(pid), residentBytes(pid)] as const;
    await reader.closeInput();
    const lines = await reader.rest();

    assertLess(after[0] - before[0], 0.25);
    assertLess(after[1] - before[1], 8 * MIB);
    const samples = `${lines.slice(1, -1).join("\n")}\n`
      .split(/(?<="kind":"tree".*\n)/);
    for (const sample of samples) assertEquals(faultsOf(sample), []);
    const missed = samples.map((text) =>
      JSON.parse(splitLines(text).at(-1) ?? "").missed_samples
    );
    assertGreater(Math.max(...missed), 50);
    assertEquals(await reader.code(), 0);
  },
});

Deno.test("standard output that is a pipe takes writes in their order, though none waits for another", async () => {
  const script = `
    import { openStdout } from "${CHECKOUT}src/cli/streams.ts";
    const stdout = openStdout();
    const writes = Array.from({ length: 40 }, (_, i) =>
      stdout.write(new TextEncoder().encode(i + " ")));
    await Promise.all(writes);
    for (let i = 40; i < 60; i++) {
      await stdout.write(new TextEncoder().encode(i + " "));
    }
  `;
  using directory = new TemporaryDirectory();
  const path = `${directory.path}/writes.ts`;
  await Deno.writeTextFile(path, script);
  const { code, stdout } = await run([
    Deno.execPath(),
    "run",
    "-A",
    "--no-check",
    path,
  ]);
  const numbers = stdout.trim().split(" ").map(Number);
  assertEquals([code, numbers], [0, Array.from({ length: 60 }, (_, i) => i)]);
});

/** Ways to write to a file, and what procline says if the file may not grow. */
const FILE_WRITERS = [
  [`"$@" > "$0/lines"`, "Cannot write the output: "],
  [`"$@" --output "$0/lines"`, "Cannot write the output: "],
  [`"$@" --record "$0/lines" > /dev/null`, `/lines": `],
] as const;

for (const [script, sentence] of FILE_WRITERS) {
  Deno.test(`procline ends with 1 and a sentence if a file may grow no more: ${script}`, async () => {
    using directory = new TemporaryDirectory();
    await using tree = startTree(20);
    await tree.line();

    const { code, stdout, stderr } = await run([
      ..."bash -c".split(" "),
      `ulimit -f 64; ${script}`,
      directory.path,
      ...FROM_SOURCE,
      `--pid=${tree.pid}`,
      "--interval=5ms",
      // The limit holds for Deno's caches too.
    ], { env: { DENO_DIR: "/proc/none" } });

    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, `${sentence}File too large (os error 27)\n`);
    assertEquals(splitLines(besidesMissed(stderr)).length, 1);
    const { size } = await Deno.stat(`${directory.path}/lines`);
    assertEquals(size, 64 * 1024);
  });
}

Deno.test("procline lets its command be ended by the limit of a file's size", async () => {
  using directory = new TemporaryDirectory();

  const { code, stderr } = await run([
    ..."bash -c".split(" "),
    `ulimit -f 64; "$@" > /dev/null`,
    "bash",
    ...FROM_SOURCE,
    ..."-- sh -c".split(" "),
    // A program that ignores SIGXFSZ would end with a code of its own.
    'exec head -c 100000 /dev/zero > "$0"',
    `${directory.path}/zeros`,
  ], { env: { DENO_DIR: "/proc/none" } });

  assertEquals([code, stderr], [153, ""]);
});

Deno.test({
  ...needsRoot(
    ["unshare", "mount"],
    "procline leaves whole lines, but the last, on a disk that fills up",
  ),
  fn: async () => {
    using directory = new TemporaryDirectory();
    await using tree = startTree(20);
    await tree.line();
    for (const output of [`> "$0/lines"`, `--output "$0/lines"`]) {
      const { code, stdout, stderr } = await run([
        ..."unshare -m sh -c".split(" "),
        `mount -t tmpfs -o size=64k none "$0" && "$@" ${output}; code=$?; cat "$0/lines"; exit $code`,
        directory.path,
        ...FROM_SOURCE,
        `--pid=${tree.pid}`,
        "--interval=5ms",
      ]);

      assertEquals(code, 1);
      assertEquals(
        besidesMissed(stderr),
        "procline: Cannot write the output: No space left on device (os error 28)\n",
      );
      const lines = stdout.split("\n").slice(0, -1);
      assert(lines.length > 20);
      for (const line of lines) JSON.parse(line);
      assertEquals(stdout.length, 64 * 1024);
    }
  },
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
