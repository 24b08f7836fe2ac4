import {
  assertEquals,
  assertGreater,
  assertMatch,
  unreachable,
} from "@std/assert";
import { prepareCommand, type RunningCommand } from "../../src/cli/child.ts";
import {
  ENDING_SIGNALS,
  FORWARDED_SIGNALS,
  ignoredSignals,
  signalExitCode,
  STOP_SIGNALS,
} from "../../src/cli/signals.ts";
import { HostFs } from "../../src/kernel/host_fs.ts";
import { parseStat } from "../../src/parse/stat.ts";
import {
  besidesMissed,
  Child,
  needs,
  run,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";
import { testEachWay } from "../support/ways.ts";

function numberOf(signal: string): number {
  return signalExitCode(signal) - 128;
}

/** The keys of a terminal, and the signals that it sends to its foreground for them. */
const KEYS = [
  ["\x03", "SIGINT"],
  ["\x1c", "SIGQUIT"],
  ["\x1a", "SIGTSTP"],
] as const;
const END_OF_INPUT = "\x04";
const TERMINAL_SIGNALS = [...KEYS.map(([, signal]) => signal), "SIGWINCH"];

/** A shell command that waits for the end of the input, and says whenever a signal comes. */
function saying(signals: readonly string[]): string {
  const numbers = signals.map(numberOf).join(" ");
  return `for n in ${numbers}; do trap "echo $n" $n; done
exec 3<&0; cat <&3 > /dev/null & echo ready $PPID
while kill -0 $! 2> /dev/null; do wait $!; done
true`;
}

/** A shell that ignores signals, and becomes the program in its arguments. */
function ignoring(signals: string, argv: readonly string[]): string[] {
  return ["sh", "-c", `trap '' ${signals}; exec "$@"`, "sh", ...argv];
}

/** A group of processes of its own, in the session of this program. */
const OWN_GROUP = ["perl", "-e", "setpgrp(0, 0); exec @ARGV"];

testEachWay(
  needs(
    ["setsid"],
    "procline sends every signal on to its command that Deno can listen to",
  ),
  async ({ argv }) => {
    using directory = new TemporaryDirectory();
    await using procline = new Child([
      "setsid",
      ...argv,
      "--output",
      `${directory.path}/lines.ndjson`,
      "--",
      "sh",
      "-c",
      saying(FORWARDED_SIGNALS),
    ]);
    assertMatch(await procline.line(), /^ready /);

    for (const signal of FORWARDED_SIGNALS) {
      procline.kill(signal);
      assertEquals(await procline.line(), `${numberOf(signal)}`, signal);
    }

    await procline.closeInput();
    assertEquals(await procline.rest(), []);
    assertEquals(await procline.code(), 0);
  },
);

testEachWay(
  "procline hears what a command sends to its parent at once",
  async ({ argv }) => {
    for (let i = 0; i < 5; i++) {
      const { code } = await run([
        ...argv,
        "--",
        "sh",
        "-c",
        `trap "exit 5" USR1; kill -USR1 $PPID; i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done`,
      ]);
      assertEquals(code, 5);
    }
  },
);

testEachWay(
  needs(
    ["script", "stty"],
    "procline sends a command once what a terminal sends to both",
  ),
  async ({ argv }) => {
    await using terminal = new Terminal(argv, [
      "sh",
      "-c",
      `trap "stty cols 99" USR2; ${saying(TERMINAL_SIGNALS)}`,
    ]);
    const procline = await terminal.ready();

    await typeKeys(terminal);
    Deno.kill(procline, "SIGUSR2");
    assertEquals(await terminal.line(), `${numberOf("SIGWINCH")}`);

    await terminal.end();
  },
);

testEachWay(
  needs(
    ["script", "stty", "setsid"],
    "procline sends a command what a terminal sends to procline alone",
  ),
  async ({ argv }) => {
    await using terminal = new Terminal(argv, [
      "setsid",
      "sh",
      "-c",
      saying(TERMINAL_SIGNALS),
    ]);
    const procline = await terminal.ready();

    await typeKeys(terminal);
    Deno.kill(procline, "SIGWINCH");
    assertEquals(await terminal.line(), `${numberOf("SIGWINCH")}`);

    await terminal.end();
  },
);

testEachWay(
  needs(["perl"], "procline stops and goes on with its command"),
  async ({ argv }) => {
    using directory = new TemporaryDirectory();
    await using procline = new Child([
      ...OWN_GROUP,
      ...argv,
      "--output",
      `${directory.path}/lines.ndjson`,
      "--",
      "sh",
      "-c",
      "echo $$; exec cat",
    ]);
    const command = Number(await procline.line());

    for (const signal of STOP_SIGNALS) {
      procline.kill(signal);
      await state(command, "T");
      await state(procline.pid, "T");
      procline.kill("SIGCONT");
      await state(command, "S");
      await state(procline.pid, "S");
    }

    await procline.closeInput();
    assertEquals(await procline.code(), 0);
  },
);

Deno.test("a command that ends just now takes a signal without an error", async () => {
  let command: RunningCommand | null = null;
  let heard = 0;
  const relay = () => {
    heard++;
    command?.kill("SIGWINCH");
  };
  const start = prepareCommand(["sh", "-c", "kill -WINCH $PPID"], {
    stdout: "stderr",
    ignoring: [],
    fs: new HostFs(),
    warn: unreachable,
  });
  Deno.addSignalListener("SIGWINCH", relay);
  try {
    // Its end and the signal are told of side by side, in either order.
    for (let i = 0; i < 200; i++) {
      command = start();
      command.wasSeen();
      await command.ended;
    }
  } finally {
    Deno.removeSignalListener("SIGWINCH", relay);
  }
  assertGreater(heard, 100);
});

testEachWay(
  "procline keeps ignoring a signal that was ignored when it started",
  async ({ argv }) => {
    await using procline = new Child(
      ignoring("HUP INT QUIT USR1", [
        ...argv,
        ..."--interval 20ms --pid".split(" "),
        `${Deno.pid}`,
      ]),
    );
    await procline.sample();

    for (const signal of ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1"] as const) {
      procline.kill(signal);
      await procline.sample();
      await procline.sample();
    }
    procline.kill("SIGTERM");

    await procline.rest();
    assertEquals(await procline.code(), 143);
  },
);

testEachWay(
  "procline passes on to its command which signals are ignored",
  async ({ argv }) => {
    using directory = new TemporaryDirectory();
    await using procline = new Child(
      ignoring("HUP INT", [
        ...argv,
        "--output",
        `${directory.path}/lines.ndjson`,
        "--",
        "sh",
        "-c",
        "cat /proc/self/status; echo $PPID; exec cat",
      ]),
    );
    const status: string[] = [];
    while (!/^\d+$/.test(status.at(-1) ?? "")) {
      status.push(await procline.line());
    }
    const ignored = ignoredSignals(`${status.join("\n")}\n`);
    assertEquals(
      FORWARDED_SIGNALS.filter((signal) => ignored.has(signal)),
      ["SIGHUP", "SIGINT"],
    );

    procline.kill("SIGHUP");
    procline.kill("SIGTERM");

    assertEquals(await procline.code(), 143);
  },
);

testEachWay(
  "procline says how its command ended, though SIGCHLD was ignored when it started",
  async ({ argv }) => {
    const { code, stderr } = await run(
      ignoring("CHLD", [...argv, "--", "sh", "-c", "exit 3"]),
    );
    assertEquals({ code, stderr }, { code: 3, stderr: "" });
  },
);

testEachWay(
  "procline ends with whole lines, the last one of the end, by each signal that ends programs",
  async ({ argv }) => {
    await Promise.all(ENDING_SIGNALS.map(async (signal) => {
      await using procline = new Child([
        ...argv,
        ..."--interval 20ms --pid".split(" "),
        `${Deno.pid}`,
      ]);
      await procline.sample();

      procline.kill(signal);

      const lines = (await procline.rest()).map((line) => JSON.parse(line));
      assertEquals(lines.at(-1)?.kind, "end", signal);
      assertEquals(lines.at(-1)?.reason, "signal", signal);
      assertEquals(await procline.code(), signalExitCode(signal), signal);
      // Deno 2.9.2 and later open their debugger too, half a second after the start, and say so.
      if (signal !== "SIGUSR1") {
        assertEquals(besidesMissed(await procline.stderr), "");
      }
    }));
  },
);

testEachWay(
  "procline ends within a sample that takes long, and its recording says the same",
  async ({ argv }) => {
    using directory = new TemporaryDirectory();
    const recording = `${directory.path}/recording.ndjson`;
    await using tree = startScript(
      "i=0; while [ $i -lt 300 ]; do (hold) & i=$((i + 1)); done; echo ready; hold",
    );
    await tree.line();
    await using procline = new Child([
      ...argv,
      ..."--collect all --interval 10ms --only tree,end --record".split(" "),
      recording,
      "--pid",
      `${tree.pid}`,
    ]);
    const lines = [await procline.line()];

    // The next sample is under way: one takes many times the interval.
    procline.kill("SIGTERM");

    lines.push(...await procline.rest());
    assertEquals(await procline.code(), 143);
    const replayed = await run([
      ...argv,
      "--replay",
      recording,
      "--only",
      "end",
    ]);
    assertEquals([replayed.stdout, replayed.code], [`${lines.at(-1)}\n`, 0]);
    assertEquals(JSON.parse(lines.at(-1) ?? "").reason, "signal");
  },
);

/** A terminal with procline in its foreground, and a command that says what it hears. */
class Terminal implements AsyncDisposable {
  readonly #directory = new TemporaryDirectory();
  readonly #screen: Child;

  constructor(argv: readonly string[], command: readonly string[]) {
    const output = `${this.#directory.path}/lines.ndjson`;
    const options = ["--no-summary", "--output", output];
    const quoted = [...argv, ...options, "--", ...command]
      .map((text) => `'${text.replaceAll("'", `'\\''`)}'`);
    this.#screen = new Child([
      "script",
      "-qefc",
      `stty -echo; trap : INT QUIT TSTP; ${quoted.join(" ")}; echo code $?`,
      "/dev/null",
    ], { env: { SHELL: "/bin/sh" } });
  }

  /** Resolves to the id of procline's process once its command listens. */
  async ready(): Promise<number> {
    return Number((await this.line()).replace(/^ready /, ""));
  }

  async line(): Promise<string> {
    return (await this.#screen.line()).replace("\r", "");
  }

  async type(key: string): Promise<void> {
    await this.#screen.write(key);
  }

  /** Ends the input, and expects the command's end. */
  async end(): Promise<void> {
    await this.type(END_OF_INPUT);
    assertEquals(await this.line(), "code 0");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#screen[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }
}

/** Types the keys that send a signal, and expects the command to say each signal once. */
async function typeKeys(terminal: Terminal): Promise<void> {
  for (const [key, signal] of KEYS) {
    await terminal.type(key);
    assertEquals(await terminal.line(), `${numberOf(signal)}`);
  }
}

/** Waits until a process is in this state, see proc_pid_stat(5). */
async function state(pid: number, wanted: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const stat = parseStat(await Deno.readTextFile(`/proc/${pid}/stat`));
    if (stat.state === wanted) return;
    if (performance.now() > deadline) {
      assertEquals(stat.state, wanted, `process ${pid}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
