import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  needsRoot,
  parseSamples,
  run,
  splitLines,
  TemporaryDirectory,
} from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

/** A line that procline itself might print. */
const FORGED = '{"kind":"end","reason":"exited","exit_code":0,"forged":true}';

/** Runs this by bash: `$@` is procline, and `$out` a file. */
interface Redirected {
  readonly name: string;
  readonly script: string;
  /** What the command wrote reaches the standard error that the test sees. */
  readonly isSeen: boolean;
}

const REDIRECTED: readonly Redirected[] = [
  { name: "pipes", script: '"$@"', isSeen: true },
  { name: "no stdin", script: '"$@" <&-', isSeen: true },
  { name: "no stderr", script: '"$@" 2>&-', isSeen: false },
  {
    name: "a file as stderr",
    script: '"$@" 2> "$file"; code=$?; cat "$file" >&2; exit $code',
    isSeen: true,
  },
  {
    name: "a file as stdout",
    script: '"$@" > "$file"; code=$?; cat "$file"; exit $code',
    isSeen: true,
  },
  {
    name: "an empty environment",
    script: '/usr/bin/env -i "$@"',
    isSeen: true,
  },
];

for (const { name, script, isSeen } of REDIRECTED) {
  testEachWay(
    `procline lets no command forge a line: ${name}`,
    async (procline) => {
      using directory = new TemporaryDirectory();

      const { code, stdout, stderr } = await run([
        ...["bash", "-c", script, "bash", ...procline.argv],
        ...["--", "/bin/sh", "-c", `echo '${FORGED}'; exit 5`],
      ], { env: { file: `${directory.path}/file` } });

      assertEquals(code, 5);
      const lines = splitLines(stdout).map((line) => JSON.parse(line));
      assertEquals(lines.filter((line) => line.forged), []);
      assertEquals(lines.at(0).kind, "run");
      assertEquals(lines.at(-1).kind, "end");
      assertEquals(stderr, isSeen ? `${FORGED}\n` : "");
    },
  );
}

testEachWay(
  "procline runs a command though nobody takes its lines",
  async (procline) => {
    const { code, stderr } = await run([
      ...["bash", "-c", '"$@" >&-', "bash", ...procline.argv],
      ...["--", "sh", "-c", "echo out; exit 5"],
    ]);

    assertEquals(stderr, "out\n");
    assertEquals(code, 5);
  },
);

const ODD_ARGUMENTS: readonly string[] = [
  "",
  "two\nlines",
  "$HOME `id` \\ ' \" !",
  "--",
  "-c",
  "\u001b[31m",
  "\ufffd",
  "\u{1f600}",
  "x".repeat(130_000),
  "",
];

testEachWay(
  "procline passes a command's name and arguments on as they are",
  async (procline) => {
    const argv = ["sh", "-c", "cat /proc/$$/cmdline; exit 3", ...ODD_ARGUMENTS];

    const { code, stderr } = await procline.run(["--", ...argv]);

    assertEquals(stderr.split("\0"), [...argv, ""]);
    assertEquals(code, 3);
  },
);

testEachWay(
  "procline passes no argument that is no UTF-8 on changed",
  async (procline) => {
    const { code, stderr } = await run([
      "bash",
      "-c",
      `"$@" -- sh -c 'printf %s "$1" | od -An -tx1' sh $'a\\xff\\xed\\xa0\\x80b'`,
      "bash",
      ...procline.argv,
    ]);

    // The runtime of the binary and Deno 2.4 refuse such an argument themselves.
    if (code !== 0) assertMatch(stderr, /unicode|UTF-8|panicked/i);
    else assertEquals(stderr, " 61 ff ed a0 80 62\n");
  },
);

testEachWay("procline passes the environment on as it is", async (procline) => {
  // Names that no shell would take, bytes that are no UTF-8, a name without a value. Where there is
  // no Node, Deno changes its own PATH.
  const env =
    `env -i A= B.C=1 1=2 'BASH_FUNC_f%%=() { :; }' $'N\\xff=\\xfe' $'L=a\\nb' PATH=/none HOME=$HOME`;
  const show = "/usr/bin/od -An -c /proc/self/environ";

  const direct = await run(["bash", "-c", `${env} ${show}`]);
  const { code, stderr } = await run([
    "bash",
    "-c",
    `${env} "$@" -- ${show}`,
    "bash",
    ...procline.argv,
  ]);

  assertEquals(direct.code, 0);
  assertEquals(stderr, direct.stdout);
  assertEquals(code, 0);
});

testEachWay(
  "procline gives a command the descriptors and signals that it would have without",
  async (procline) => {
    const argv = [
      "sh",
      "-c",
      "ls /proc/$$/fd; grep -E '^Sig(Blk|Ign)' /proc/self/status",
    ];
    const script = 'trap "" USR2; "$@" 7</dev/null';

    const direct = await run(["bash", "-c", script, "bash", ...argv]);
    const { code, stderr } = await run([
      ...["bash", "-c", script, "bash", ...procline.argv, "--", ...argv],
    ]);

    assertEquals(code, 0);
    assertEquals(
      withoutLibrarySignals(stderr),
      withoutLibrarySignals(direct.stdout),
    );
    assertMatch(stderr, /^7$/m);
  },
);

/** glibc ignores the two signals that it uses itself, 32 and 33, in what posix_spawn(3) starts. */
function withoutLibrarySignals(text: string): string {
  return text.replace(/^(SigIgn:\t)([0-9a-f]+)$/m, (_, name, mask) => {
    const others = BigInt(`0x${mask}`) & ~(3n << 31n);
    return `${name}${others.toString(16).padStart(16, "0")}`;
  });
}

testEachWay(
  "procline gives its own executable as a command its arguments as they are",
  async (procline) => {
    const [executable = ""] = procline.argv;
    const args = procline.argv.length === 1
      ? ["--version"]
      : ["eval", "console.log(Deno.args)", "run", "a b"];

    const direct = await run([executable, ...args]);
    const { code, stderr } = await procline.run(["--", executable, ...args]);

    assertEquals(direct.code, 0);
    assertEquals({ code, stderr }, { code: 0, stderr: direct.stdout });
  },
);

testEachWay(
  "procline --output runs a command in the same way",
  async (procline) => {
    using directory = new TemporaryDirectory();
    const argv = ["sh", "-c", "cat /proc/$$/cmdline; exit 3", ...ODD_ARGUMENTS];

    const { code, stdout, stderr } = await procline.run([
      `--output=${directory.path}/lines`,
      "--",
      ...argv,
    ]);

    assertEquals(stdout.split("\0"), [...argv, ""]);
    assertEquals({ code, stderr }, { code: 3, stderr: "" });
  },
);

testEachWay(
  "procline shows a command from its first sample on, and nothing that started it",
  async (procline) => {
    const { code, stdout } = await procline.run([
      ..."--events --collect cmdline -- sh -c".split(" "),
      "echo $$; exec sleep 0.2",
    ]);

    assertEquals(code, 0);
    const lines = splitLines(stdout).map((line) => JSON.parse(line));
    const [opening] = lines;
    const [first] = parseSamples(stdout);
    assertEquals(first?.tree.root_pid, opening.root_pid);
    assertEquals(first?.processes.map(({ pid }) => pid), [opening.root_pid]);
    assertMatch(first?.processes[0]?.comm ?? "", /^(sh|sleep)$/);
    const starts = lines.filter(({ kind }) => kind === "start");
    assertEquals(starts.map(({ pid }) => pid), [opening.root_pid]);
  },
);

testEachWay("procline shows a command that ends at once", async (procline) => {
  for (let i = 0; i < 5; i++) {
    const { code, stdout } = await procline.run(["--", "true"]);

    assertEquals(code, 0);
    const [first] = parseSamples(stdout);
    assertEquals(first?.processes.map(({ comm }) => comm), ["true"]);
  }
});

/** Signals by number, as `kill -l` of bash names them. */
const ENDING: readonly (readonly [number, string])[] = [
  [9, "SIGKILL"],
  [11, "SIGSEGV"],
  [15, "SIGTERM"],
  [31, "SIGSYS"],
  [34, "SIGRTMIN"],
  [35, "SIGRTMIN+1"],
  [50, "SIGRTMAX-14"],
  [64, "SIGRTMAX"],
];

testEachWay(
  "procline says which signal ended a command, real-time ones too",
  async (procline) => {
    for (const [number, name] of ENDING) {
      const { code, stdout, stderr } = await procline.run([
        ...["--", "sh", "-c", `kill -${number} $$`],
      ]);

      assertEquals({ code, stderr }, { code: 128 + number, stderr: "" });
      const { kind, exit_code, signal } = JSON.parse(
        splitLines(stdout).at(-1) ?? "",
      );
      assertEquals([kind, exit_code, signal], ["end", null, name]);
    }
  },
);

/** A command that cannot be run: its name in an empty directory, and how it is made there. */
interface Unusable {
  readonly name: string;
  readonly make: (path: string) => void;
  readonly why: string;
  readonly code: 126 | 127;
}

const MODE = { mode: 0o755 };
const UNUSABLE: readonly Unusable[] = [
  {
    name: "./none",
    make: () => {},
    why: "it is not found",
    code: 127,
  },
  {
    name: "./link",
    make: (path) => Deno.symlinkSync("none", path),
    why: "it is not found",
    code: 127,
  },
  {
    name: "./directory",
    make: (path) => Deno.mkdirSync(path),
    why: "it may not be executed",
    code: 126,
  },
  {
    name: "./data",
    make: (path) => Deno.writeTextFileSync(path, "data", { mode: 0o644 }),
    why: "it may not be executed",
    code: 126,
  },
  {
    name: "./\u001b[31mred",
    make: (path) => Deno.writeTextFileSync(path, "data", MODE),
    why:
      "it is neither a program of this machine nor a script that begins with #!",
    code: 126,
  },
  {
    name: "./empty",
    make: (path) => Deno.writeTextFileSync(path, "", MODE),
    why:
      "it is neither a program of this machine nor a script that begins with #!",
    code: 126,
  },
  {
    name: "./script",
    make: (path) => Deno.writeTextFileSync(path, "#!/none\n", MODE),
    why: "its interpreter is not found",
    code: 127,
  },
  {
    name: "./loop",
    make: (path) => Deno.symlinkSync("loop", path),
    why: "Too many levels of symbolic links (os error 40)",
    code: 126,
  },
  {
    name: `./${"n".repeat(256)}`,
    make: () => {},
    why: "File name too long (os error 36)",
    code: 126,
  },
  {
    name: "./file/below",
    make: (path) => Deno.writeTextFileSync(path.slice(0, -6), "", MODE),
    why: "Not a directory (os error 20)",
    code: 126,
  },
];

testEachWay(
  "procline says why a command cannot be run, and ends as a shell does",
  async (procline) => {
    for (const { name, make, why, code } of UNUSABLE) {
      using directory = new TemporaryDirectory();
      make(`${directory.path}/${name}`);

      const finished = await procline.run(["--", name], {
        cwd: directory.path,
      });

      const quoted = name.length <= 120
        ? JSON.stringify(name)
        : `${JSON.stringify(name.slice(0, 120))}...`;
      assertEquals(finished, {
        code,
        stdout: "",
        stderr: `procline: Cannot run ${quoted}: ${why}\n`,
      });
    }
  },
);

testEachWay(
  "procline looks for a command as execvp(3) does",
  async (procline) => {
    using directory = new TemporaryDirectory();
    await Deno.writeTextFile(
      `${directory.path}/mine`,
      "#!/bin/sh\necho $0\n",
      MODE,
    );
    const cwd = directory.path;

    for (
      const [path, name, code, says] of [
        // An empty element is the current directory.
        ["/none::/usr/none", "mine", 0, "mine\n"],
        [`/none:${cwd}`, "mine", 0, `${cwd}/mine\n`],
        ["", "./mine", 0, "./mine\n"],
        ["", "mine", 0, "mine\n"],
        [
          "/etc/passwd",
          "mine",
          127,
          'procline: Cannot run "mine": it is not found\n',
        ],
        [
          "/none",
          "mine",
          127,
          'procline: Cannot run "mine": it is not found\n',
        ],
      ] as const
    ) {
      const env = { PATH: path };
      const { code: ended, stderr } = await procline.run(["--", name], {
        cwd,
        env,
      });
      assertEquals([ended, stderr], [code, says], path);
    }

    const unset = await run([
      ..."env -u PATH".split(" "),
      ...procline.argv,
      ...["--", "sh", "-c", "exit 3"],
    ]);
    assertEquals(unset.code, 3);
  },
);

testEachWay(
  needsRoot(["unshare", "mount"], "procline needs no shell to run a command"),
  async (procline) => {
    const { code, stdout, stderr } = await run([
      ..."unshare --mount bash -c".split(" "),
      'mount --bind /dev/null /bin/sh && exec "$@"',
      "bash",
      ...procline.argv,
      ...["--", "seq", "2"],
    ]);

    assertEquals({ code, stderr }, { code: 0, stderr: "1\n2\n" });
    assert(splitLines(stdout).every((line) => JSON.parse(line).kind));
  },
);

testEachWay(
  needsRoot(
    ["unshare", "mount"],
    "procline says that a program may not be executed on a mount without exec",
  ),
  async (procline) => {
    using directory = new TemporaryDirectory();

    const { code, stderr } = await run([
      ..."unshare --mount bash -c".split(" "),
      'd=$1; shift; mount -t tmpfs -o noexec none "$d" && cp /bin/true "$d" && exec "$@" -- "$d/true"',
      ...["bash", directory.path, ...procline.argv],
    ]);

    assertStringIncludes(stderr, `/true": it may not be executed\n`);
    assertEquals(code, 126);
  },
);

/** The runtime of the binary panics where it cannot start, and Deno says so from source. */
testEachWay(
  "procline runs no command in a working directory that was removed",
  async (procline) => {
    using directory = new TemporaryDirectory();
    const gone = `${directory.path}/gone`;
    await Deno.mkdir(gone);

    const { code, stdout, stderr } = await run([
      ...["bash", "-c", 'cd "$1" && rmdir "$1" && shift && "$@"', "bash"],
      ...[gone, ...procline.argv, "--", "sh", "-c", "echo run"],
    ]);

    assert(code !== 0);
    assertEquals(stdout, "");
    assert(!/^run$/m.test(stderr));
    assertStringIncludes(stderr, "No such file or directory");
  },
);
