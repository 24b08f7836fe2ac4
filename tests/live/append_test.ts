// deno-lint-ignore-file camelcase -- the names are those on the lines.
import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { AppendFile } from "../../src/cli/append_file.ts";
import { FORMATS, loadFormat } from "../../src/format/formats.ts";
import { ignoredSignals } from "../../src/cli/signals.ts";
import {
  besidesMissed,
  CHECKOUT,
  Child,
  needs,
  needsRoot,
  run,
  runProcline,
  splitLines,
  startScript,
  TemporaryDirectory,
  until,
} from "../support/procline.ts";
import { RECORDINGS } from "../support/recordings.ts";
import { testEachWay, type Way } from "../support/ways.ts";

const RECORDING = `${RECORDINGS}exec.ndjson`;
const YESTERDAY = '{"kind":"yesterday"}\n';
const SELF = ["--pid", `${Deno.pid}`];

/** A directory with the file that lines are added to. */
class Place implements Disposable {
  readonly #directory = new TemporaryDirectory();
  readonly directory: string = `${this.#directory.path}/log`;
  readonly path: string = `${this.directory}/lines.ndjson`;

  constructor() {
    Deno.mkdirSync(this.directory);
  }

  /** The arguments of a run that samples often. */
  args(...more: readonly string[]): string[] {
    return ["--append", this.path, "--interval", "15ms", ...more];
  }

  write(text: string, name = this.path): void {
    Deno.writeTextFileSync(name, text);
  }

  read(name = this.path): string {
    return Deno.readTextFileSync(name);
  }

  /** The names of the files in the directory. */
  names(): string[] {
    return Array.from(Deno.readDirSync(this.directory), ({ name }) => name);
  }

  /** Waits until so many bytes are in a file. */
  async has(bytes: number, name = this.path): Promise<void> {
    await until(() => sizeOf(name) >= bytes);
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return -1;
    throw error;
  }
}

/** A line, as far as these tests look at it. */
interface Line {
  readonly kind: string;
  readonly pid?: number;
  readonly seq: number;
  readonly num_processes: number;
  readonly missed_samples: number;
}

/** The kinds of the lines of a text, each of which is whole. */
function kindsOf(text: string): string[] {
  return splitLines(text).map((line) => JSON.parse(line).kind);
}

/**
 * Checks that no line of a run is missing or there twice, from its first sample on: each `tree` has
 * as many processes before it as it says, and follows the one before but for samples that were
 * missed. Returns the number of samples.
 */
function checkSamples(text: string): number {
  const lines: Line[] = splitLines(text).map((line) => JSON.parse(line));
  let next = 0;
  let pids: (number | undefined)[] = [];
  for (const line of lines) {
    if (line.kind === "process") pids.push(line.pid);
    if (line.kind !== "tree") continue;
    assertEquals(line.seq, next + line.missed_samples);
    assertEquals(pids.length, line.num_processes);
    assertEquals(new Set(pids).size, pids.length);
    next = line.seq + 1;
    pids = [];
  }
  assertEquals(pids, []);
  return lines.filter(({ kind }) => kind === "tree").length;
}

/** A tree of so many processes; it says "ready" first. */
function treeOf(processes: number): Child {
  return startScript(
    `i=1; while [ $i -lt ${processes} ]; do (hold) & i=$((i + 1)); done; echo ready; hold`,
  );
}

testEachWay(
  "procline --append adds its lines to those of yesterday, run after run",
  async (procline) => {
    using place = new Place();
    place.write(YESTERDAY);
    for (const more of [[...SELF], ["--only", "tree,end", ...SELF], []]) {
      const { code, stdout, stderr } = await procline.run(
        place.args(
          "--count",
          "1",
          ...more,
          ...more.length ? [] : ["--", "true"],
        ),
      );
      assertEquals([code, stdout, besidesMissed(stderr)], [0, "", ""]);
    }
    const kinds = kindsOf(place.read());
    assertEquals(kinds.slice(0, 2), ["yesterday", "run"]);
    assertEquals(kinds.filter((kind) => kind === "end").length, 3);
    const ends = ["process", "tree", "end", "tree", "end", "run"];
    assertStringIncludes(`${kinds}`, `${ends}`);
    assertMatch(place.read(), /^\{"kind":"yesterday"\}\n/);
  },
);

testEachWay(
  "procline --append adds what it replays too",
  async (procline) => {
    using place = new Place();
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await procline.run(
        ["--replay", RECORDING, "--append", place.path],
      );
      assertEquals([code, stderr], [0, ""]);
    }
    const once = await Deno.readTextFile(
      RECORDING.replace(".ndjson", ".expected.ndjson"),
    );
    assertEquals(place.read(), once + once);
  },
);

Deno.test("procline --append adds lines of every format that another run can follow", async () => {
  for (const name of FORMATS) {
    const { isReplaced, create } = await loadFormat(name);
    if (isReplaced === true || create().close !== undefined) continue;
    using place = new Place();
    const args = ["--replay", RECORDING, "--format", name];
    const { stdout } = await runProcline(args);
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await runProcline(
        [...args, "--append", place.path],
      );
      assertEquals([name, code, stderr], [name, 0, ""]);
    }
    assertEquals(place.read(), stdout + stdout, name);
  }
});

testEachWay(
  "procline --append leaves a file as it is, and makes none, if there is nothing to print",
  async (procline) => {
    using place = new Place();
    const fruitless = [
      [["--pid", "4000000"], 1],
      [["--", "/no/such/command"], 127],
      [["--replay", "no_such_recording"], 1],
      [["--pid", "x"], 2],
    ] as const;
    for (const [args, expected] of fruitless) {
      for (const name of ["new", "torn"]) {
        place.write("torn", `${place.directory}/torn`);
        const { code } = await procline.run(
          ["--append", `${place.directory}/${name}`, ...args],
        );
        assertEquals([args, code], [args, expected]);
        assertEquals(
          place.names(),
          ["torn"],
        );
        assertEquals(place.read(`${place.directory}/torn`), "torn");
      }
    }
  },
);

testEachWay(
  "procline --append closes a line that was cut with a newline, and no other",
  async (procline) => {
    using place = new Place();
    const once = place.args("--count", "1", "--only", "tree", ...SELF);
    for (
      const [before, between] of [
        ["", ""],
        ["whole\n", ""],
        ["whole\n\n", ""],
        ["cut", "\n"],
        [`${"x".repeat(100_000)}\ncut at the end of a pa\u00df`, "\n"],
      ] as const
    ) {
      place.write(before);
      assertEquals((await procline.run(once)).code, 0);
      const after = place.read();
      assertEquals(
        after.slice(0, before.length + 1),
        `${before}${between || "{"}`,
      );
      const tree = after.slice(before.length + between.length);
      assertEquals(kindsOf(tree), ["tree"]);
    }
  },
);

testEachWay(
  "procline --append closes a line that another program has cut meanwhile, also in its last one",
  async (procline) => {
    using place = new Place();
    await using child = procline.start(
      place.args("--interval", "100ms", ...SELF),
    );
    await place.has(1);
    // In the time between two samples. It may be the wrong one only if the test gets no time.
    await Deno.writeTextFile(place.path, '{"cut', { append: true });
    const { size } = await Deno.stat(place.path);
    await place.has(size + 1);
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    const lines = splitLines(place.read());
    const cut = lines.filter((line) => line.startsWith('{"cut'));
    assertEquals(cut, ['{"cut']);
    for (const line of lines) if (line !== '{"cut') JSON.parse(line);
  },
);

testEachWay(
  needsRoot(
    ["setpriv"],
    "procline --append says that it cannot read how a file ends, and adds an empty line",
  ),
  async ({ argv }) => {
    using place = new Place();
    place.write("cut");
    await Deno.chmod(place.path, 0o222);
    for (const path of [place.directory, `${place.directory}/..`]) {
      await Deno.chmod(path, 0o777);
    }
    const { code, stderr } = await run([
      ..."setpriv --reuid=65534 --clear-groups".split(" "),
      ...argv,
      ...place.args("--count", "2", "--only", "tree", ...SELF),
    ]);
    if (code !== 0 && /cannot|Permission|denied/i.test(stderr)) {
      throw new Error(`The other user cannot run procline: ${stderr}`);
    }
    assertEquals([code, besidesMissed(stderr)], [
      0,
      `procline: Cannot read how "${place.path}" ends: an empty line comes first, in case that its last line was cut\n`,
    ]);
    const [cut, ...lines] = splitLines(place.read());
    assertEquals([cut, kindsOf(`${lines.join("\n")}\n`)], [
      "cut",
      ["tree", "tree"],
    ]);
  },
);

testEachWay(
  "procline --append opens its file anew at each SIGHUP, between two samples",
  async (procline) => {
    using place = new Place();
    await using tree = treeOf(20);
    await tree.line();
    await using child = procline.start(place.args("--pid", `${tree.pid}`));
    const parts: string[] = [];
    for (let i = 0; i < 5; i++) {
      await place.has(30_000);
      await Deno.rename(place.path, `${place.path}.${i}`);
      child.kill("SIGHUP");
      // It is made at once, not with the next line.
      await place.has(0);
      const part = place.read(`${place.path}.${i}`);
      assertEquals(kindsOf(part).at(-1), "tree");
      parts.push(part);
    }
    await place.has(1);
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    const last = place.read();
    assertEquals(kindsOf(last)[0], "process");
    assertEquals(kindsOf(last).at(-1), "end");
    assertGreater(checkSamples([...parts, last].join("")), 5);
    // Nothing came to what was moved away once the new one was there.
    parts.forEach((part, i) =>
      assertEquals(part, place.read(`${place.path}.${i}`))
    );
    assertEquals(besidesMissed(await child.stderr), "");
  },
);

testEachWay(
  "procline --append takes the file that stands there at SIGHUP, with its mode and its lines",
  async (procline) => {
    using place = new Place();
    await using child = procline.start(place.args(...SELF));
    await place.has(1);
    await Deno.rename(place.path, `${place.path}.1`);
    place.write("cut");
    await Deno.chmod(place.path, 0o640);
    child.kill("SIGHUP");
    await place.has(10);
    // Once more, without a cause.
    child.kill("SIGHUP");
    await place.has(sizeOf(place.path) + 1000);
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    assertEquals(((await Deno.stat(place.path)).mode ?? 0) & 0o7777, 0o640);
    const [cut, ...lines] = splitLines(place.read());
    assertEquals(cut, "cut");
    checkSamples(`${place.read(`${place.path}.1`)}${lines.join("\n")}\n`);
  },
);

testEachWay(
  "procline --append goes on with the file that it has if it cannot be opened anew, and says so",
  async (procline) => {
    using place = new Place();
    await using child = procline.start(place.args(...SELF));
    await place.has(1);
    const moved = `${place.directory}.moved`;
    await Deno.rename(place.directory, moved);
    child.kill("SIGHUP");
    const old = `${moved}/lines.ndjson`;
    await place.has(sizeOf(old) + 3000, old);
    await Deno.mkdir(place.directory);
    child.kill("SIGHUP");
    await place.has(1);
    // Neither would a directory do, or a pipe that nobody reads.
    for (
      const make of [
        () => Deno.mkdirSync(place.path),
        () => new Deno.Command("mkfifo", { args: [place.path] }).outputSync(),
      ]
    ) {
      const name = `${place.path}.was`;
      if (sizeOf(name) < 0) await Deno.rename(place.path, name);
      else await Deno.remove(place.path);
      make();
      child.kill("SIGHUP");
      await place.has(sizeOf(name) + 3000, name);
    }
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    checkSamples(place.read(old) + place.read(`${place.path}.was`));
    assertEquals(
      splitLines(besidesMissed(await child.stderr)),
      [
        "No such file or directory (os error 2)",
        "Is a directory (os error 21)",
        "it is a named pipe",
      ].map((why) =>
        `procline: Cannot open "${place.path}" anew, lines go on to the file that it was: ${why}`
      ),
    );
  },
);

testEachWay(
  "procline --append does not open the file of its recording, or of its sentences, at SIGHUP",
  async ({ argv }) => {
    using place = new Place();
    const recording = `${place.directory}/recording`;
    const sentences = `${place.directory}/sentences`;
    await using child = new Child([
      "sh",
      "-c",
      `exec "$@" 2> ${sentences}`,
      "sh",
      ...argv,
      ...place.args("--record", recording, ...SELF),
    ]);
    await place.has(1);
    const was = `${place.path}.was`;
    await Deno.rename(place.path, was);
    for (const other of [recording, sentences]) {
      await Deno.link(other, place.path);
      child.kill("SIGHUP");
      await place.has(sizeOf(was) + 3000, was);
      await Deno.remove(place.path);
    }
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    checkSamples(place.read(was));
    assertEquals(
      splitLines(besidesMissed(place.read(sentences))),
      [`--record "${recording}"`, "standard error"].map((other) =>
        `procline: Cannot open "${place.path}" anew, lines go on to the file that it was: it is the same as ${other}`
      ),
    );
    // It is whole.
    const { stdout } = await run(
      [...argv, ..."--only end --replay".split(" "), recording],
    );
    assertEquals(stdout, `${splitLines(place.read(was)).at(-1)}\n`);
  },
);

/**
 * Starts procline under nohup, or not, with a command that waits for the end of its input, and that
 * says what it hears. Deno 2.9.2 and later hide what is ignored half a second after their start: on
 * a busy host it is tried again.
 */
async function startWithCommand(
  argv: readonly string[],
  place: Place,
  isUnderNohup: boolean,
): Promise<Child> {
  for (let tries = 5;; tries--) {
    const child = new Child([
      "sh",
      "-c",
      `trap ${isUnderNohup ? "''" : "-"} HUP; exec "$@"`,
      "sh",
      ...argv,
      ...place.args("--no-summary", "--"),
      "sh",
      "-c",
      "grep SigIgn: /proc/self/status; trap 'echo heard' HUP; cat; exit 3",
    ]);
    const isIgnored = ignoredSignals(`${await child.line()}\n`).has("SIGHUP");
    if (isIgnored === isUnderNohup) return child;
    await child[Symbol.asyncDispose]();
    assertGreater(tries, 1, `ignored: ${isIgnored}`);
    await Deno.remove(place.path);
  }
}

testEachWay(
  "procline --append hears SIGHUP under nohup too, and its command does not",
  async ({ argv }) => {
    using place = new Place();
    for (const isUnderNohup of [true, false]) {
      await using child = await startWithCommand(argv, place, isUnderNohup);
      for (let i = 0; i < 2; i++) {
        await place.has(1);
        await Deno.rename(place.path, `${place.path}.${i}`);
        child.kill("SIGHUP");
      }
      await place.has(1);
      await child.closeInput();
      assertEquals(await child.rest(), []);
      assertEquals(await child.code(), 3);
      const [first, second] = [0, 1].map((i) =>
        place.read(`${place.path}.${i}`)
      );
      assertGreater(checkSamples(`${first}${second}${place.read()}`), 2);
      await Deno.remove(place.path);
    }
  },
);

testEachWay(
  "procline --append hears SIGHUP under nohup, and ignores what else was ignored",
  async ({ argv }) => {
    using place = new Place();
    await using child = new Child([
      "sh",
      "-c",
      `trap '' HUP QUIT USR2; exec "$@"`,
      "sh",
      ...argv,
      ...place.args(...SELF),
    ]);
    await place.has(1);
    child.kill("SIGQUIT");
    child.kill("SIGUSR2");
    await place.has(sizeOf(place.path) + 3000);
    await Deno.rename(place.path, `${place.path}.1`);
    child.kill("SIGHUP");
    await place.has(3000);
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    assertGreater(
      checkSamples(place.read(`${place.path}.1`) + place.read()),
      2,
    );
  },
);

/** Opens the file of a place, which is to have no cause for a sentence. */
function openFile({ path }: Place): AppendFile {
  return new AppendFile(path, {
    otherUse: () => null,
    warn: (sentence) => {
      throw new Error(sentence);
    },
  });
}

/** Adds a text to a file. */
async function add(file: AppendFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  assertEquals(await file.write(bytes), bytes.length);
}

Deno.test("AppendFile.write() writes a line once all of it is there", async () => {
  using place = new Place();
  using file = openFile(place);
  await add(file, "one\ntw");
  await Deno.writeTextFile(place.path, "another's\n", { append: true });
  await add(file, "");
  await add(file, "o, which is l");
  await add(file, "ong\n\nthree\nfour");
  assertEquals(place.read(), "one\nanother's\ntwo, which is long\n\nthree\n");
  await add(file, "\n");
  assertStringIncludes(place.read(), "three\nfour\n");
});

Deno.test("AppendFile.reopen() waits for the sample that is being written", async () => {
  using place = new Place();
  using file = openFile(place);
  const gate = Promise.withResolvers<void>();
  const output = file.undivided({
    write: async ([first = "", second = ""]) => {
      await add(file, first);
      await gate.promise;
      await add(file, second);
    },
    writeLast: async ([line = ""]) => await add(file, line),
  });
  const written = output.write(["one\n", "two\n"]);
  await Deno.rename(place.path, `${place.path}.1`);
  file.reopen();
  file.reopen();
  assertEquals(sizeOf(place.path), -1);
  gate.resolve();
  await written;
  assertEquals(sizeOf(place.path), 0);
  await output.writeLast(["three\n"]);
  assertEquals(place.read(`${place.path}.1`), "one\ntwo\n");
  assertEquals(place.read(), "three\n");
});

Deno.test("AppendFile.reopenIfMoved() opens it anew if its path leads elsewhere, or nowhere", async () => {
  using place = new Place();
  using file = openFile(place);
  await add(file, "one\n");
  file.reopenIfMoved();
  await add(file, "two\n");
  await Deno.rename(place.path, `${place.path}.1`);
  file.reopenIfMoved();
  await add(file, "three\n");
  await Deno.rename(place.path, `${place.path}.2`);
  place.write("");
  file.reopenIfMoved();
  await add(file, "four\n");
  assertEquals(place.read(`${place.path}.1`), "one\ntwo\n");
  assertEquals(place.read(`${place.path}.2`), "three\n");
  assertEquals(place.read(), "four\n");
});

testEachWay(
  "procline --append writes to a pipe as it is, and SIGHUP changes nothing",
  async ({ argv }) => {
    using place = new Place();
    await using child = new Child([
      "sh",
      "-c",
      `"$@" | cat; echo code \${PIPESTATUS:-}`,
      "sh",
      ...argv,
      ..."--append /dev/stdout --interval 15ms --only tree,end --pid".split(
        " ",
      ),
      `${Deno.pid}`,
    ]);
    await child.line();
    const pid = childOf(child.pid, "--append");
    for (let i = 0; i < 3; i++) {
      Deno.kill(pid, "SIGHUP");
      await child.line();
      await child.line();
    }
    Deno.kill(pid, "SIGTERM");
    const lines = await child.rest();
    assertEquals(JSON.parse(lines.at(-2) ?? "").reason, "signal");
    assertEquals(place.directory.endsWith("/log"), true);
  },
);

/** The child of a process with an argument. */
function childOf(pid: number, argument: string): number {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`)
    .trim().split(" ");
  const found = children.find((child) =>
    Deno.readTextFileSync(`/proc/${child}/cmdline`).includes(argument)
  );
  return Number(found);
}

testEachWay(
  "procline --append ends with 1 and a sentence if no more fits, and the next run closes its line",
  async ({ argv }) => {
    using place = new Place();
    const full = await run([...argv, "--append", "/dev/full", ...SELF]);
    assertEquals([full.code, full.stderr], [
      1,
      "procline: Cannot write the output: No space left on device (os error 28)\n",
    ]);
    const limited = await run([
      "bash",
      "-c",
      `ulimit -f 64; exec "$@"`,
      "bash",
      ...argv,
      ...place.args(...SELF),
      // The limit holds for Deno's caches too.
    ], { env: { DENO_DIR: "/proc/none" } });
    assertEquals([limited.code, besidesMissed(limited.stderr)], [
      1,
      "procline: Cannot write the output: File too large (os error 27)\n",
    ]);
    const cut = place.read();
    assertEquals(cut.length, 64 * 1024);
    const { code } = await run([
      ...argv,
      ...place.args("--count", "1", ...SELF),
    ]);
    assertEquals(code, 0);
    const after = place.read();
    assert(after.startsWith(cut.endsWith("\n") ? cut : `${cut}\n`));
    const rest = after.slice(cut.length).trimStart();
    assertEquals(kindsOf(rest)[0], "run");
  },
);

testEachWay(
  "procline --append says in a sentence why it cannot open a file",
  async (procline) => {
    using place = new Place();
    place.write("");
    for (
      const [path, why] of [
        [place.directory, "Is a directory (os error 21)"],
        [
          `${place.directory}/no/file`,
          "No such file or directory (os error 2)",
        ],
        [`${place.path}/file`, "Not a directory (os error 20)"],
      ]
    ) {
      const { code, stdout, stderr } = await procline.run(
        ["--append", path ?? "", ...SELF],
      );
      assertEquals({ code, stdout, stderr }, {
        code: 1,
        stdout: "",
        stderr: `procline: Cannot open "${path}": ${why}\n`,
      });
    }
  },
);

testEachWay(
  "procline --append keeps the lines of two runs whole that add to one file",
  async (procline) => {
    using place = new Place();
    await using tree = treeOf(70);
    await tree.line();
    const labels = ["a", "b"];
    await Promise.all(labels.map(async (label) => {
      const { code } = await procline.run(place.args(
        // A sample takes several writes.
        ..."--collect stat,status --interval 5ms --count 20 --label".split(" "),
        `run=${label}`,
        "--pid",
        `${tree.pid}`,
      ));
      assertEquals(code, 0);
    }));
    const lines = splitLines(place.read()).filter((line) => line !== "");
    for (const label of labels) {
      const own = lines.filter((line) => JSON.parse(line).run === label);
      assertEquals(checkSamples(`${own.join("\n")}\n`), 20);
    }
  },
);

testEachWay(
  "procline --append tears no line of a file that is cut under it again and again",
  async (procline) => {
    using place = new Place();
    await using tree = treeOf(50);
    await tree.line();
    await using child = procline.start(place.args("--pid", `${tree.pid}`));
    for (let i = 0; i < 20; i++) {
      await place.has(1);
      await Deno.truncate(place.path, 0);
    }
    await place.has(1);
    child.kill("SIGTERM");
    assertEquals(await child.code(), 143);
    const text = place.read();
    assertEquals(text.includes("\0"), false);
    assertEquals(kindsOf(text).at(-1), "end");
    assertMatch(text, /^\{/);
  },
);

const ROTATIONS = 10;

/** The text of a file, also if it is compressed. */
async function textOf(path: string): Promise<string> {
  if (sizeOf(path) >= 0) return await Deno.readTextFile(path);
  const file = await Deno.open(`${path}.gz`);
  const unpacked = file.readable.pipeThrough(new DecompressionStream("gzip"));
  return await new Response(unpacked).text();
}

/**
 * Ten rotations by logrotate, as docs/ship/logrotate.conf has them, while lines are added to a
 * file. Returns what is in which file, the oldest first.
 *
 * @param configure Makes the text of that file fit the process.
 */
async function rotate(
  procline: Way,
  place: Place,
  configure: (text: string, pid: number) => string,
): Promise<string[]> {
  await using tree = treeOf(50);
  await tree.line();
  await using child = procline.start(place.args("--pid", `${tree.pid}`));
  const shipped = await Deno.readTextFile(
    `${CHECKOUT}docs/ship/logrotate.conf`,
  );
  const configuration = `${place.directory}/../logrotate.conf`;
  await Deno.writeTextFile(
    configuration,
    configure(
      replace(shipped, "/var/log/procline/*.ndjson", place.path),
      child.pid,
    ),
    // logrotate refuses what others may write.
    { mode: 0o600 },
  );
  await Deno.chmod(place.directory, 0o700);
  for (let i = 1; i <= ROTATIONS; i++) {
    await place.has(100_000);
    const { code, stderr } = await run([
      "logrotate",
      "--force",
      "--state",
      `${place.directory}/../state`,
      configuration,
    ]);
    assertEquals([code, stderr], [0, ""]);
  }
  await place.has(100_000);
  child.kill("SIGTERM");
  assertEquals(await child.code(), 143);
  assertEquals(besidesMissed(await child.stderr), "");
  const names = Array.from(
    { length: ROTATIONS },
    (_, i) => `${place.path}.${ROTATIONS - i}`,
  );
  return await Promise.all([...names, place.path].map(textOf));
}

/** Replaces a part of a text; throws if it is not there. */
function replace(text: string, part: string | RegExp, by: string): string {
  const replaced = text.replace(part, () => by);
  if (replaced === text) throw new Error(`No ${part} in ${text}`);
  return replaced;
}

testEachWay(
  needs(
    ["logrotate", "gzip"],
    "procline --append loses no line in ten rotations by logrotate, and has none twice",
  ),
  async (procline) => {
    using place = new Place();
    const files = await rotate(
      procline,
      place,
      (text, pid) => replace(text, /systemctl.*/, `kill -HUP ${pid}`),
    );
    for (const file of files.slice(0, -1)) {
      assertEquals(kindsOf(file).at(-1), "tree");
    }
    const text = files.join("");
    assertGreater(checkSamples(text), ROTATIONS);
    const kinds = kindsOf(text);
    assertEquals([kinds[0], kinds.at(-1)], ["run", "end"]);
    assertEquals(((await Deno.stat(place.path)).mode ?? 0) & 0o7777, 0o640);
  },
);

testEachWay(
  needs(
    ["logrotate", "gzip"],
    "procline --append loses in ten rotations with copytruncate only what logrotate does not copy",
  ),
  async (procline) => {
    using place = new Place();
    const files = await rotate(
      procline,
      place,
      (text) => replace(text, /create[^]*endscript/, "copytruncate"),
    );
    let last = -1;
    for (const [i, file] of files.entries()) {
      // logrotate reads to the end: where that is in the middle of a write, its copy is cut there.
      const isCopy = i < ROTATIONS;
      const whole = isCopy ? file.slice(0, file.lastIndexOf("\n") + 1) : file;
      const trees: Line[] = splitLines(whole).map((line) => JSON.parse(line))
        .filter(({ kind }) => kind === "tree");
      assertGreater(trees.length, 0);
      for (const [i, { seq, missed_samples }] of trees.entries()) {
        assertGreater(seq, last);
        // What is lost is lost between two files.
        if (i > 0) assertEquals(seq, last + 1 + missed_samples);
        last = seq;
      }
    }
    assertEquals(kindsOf(files.at(-1) ?? "").at(-1), "end");
  },
);
