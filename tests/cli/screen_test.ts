import { assertEquals } from "@std/assert";
import { main } from "../../src/cli/main.ts";
import type { Terminal } from "../../src/cli/output.ts";
import { Screen } from "../../src/cli/screen.ts";
import type { SignalName, Signals } from "../../src/cli/signals.ts";

const ENTER = "\u001b[?1049h\u001b[?7l\u001b[?25l";
const LEAVE = "\u001b[2J\u001b[?7h\u001b[?25h\u001b[?1049l";

/** A terminal in memory, and the signals of the program that draws on it. */
class FakeTerminal implements Terminal {
  canDraw = true;
  hasColor = false;
  device = null;
  columns = 80;
  rows = 24;
  /** What was written, one text for each write, and what happened in between. */
  readonly seen: string[] = [];
  /** What the next writes fail with. */
  failure: Error | null = null;
  /** What the next write waits for. */
  gate: Promise<void> = Promise.resolve();
  readonly #listeners = new Map<
    (name: SignalName) => void,
    readonly SignalName[]
  >();

  readonly stream = {
    terminal: this as Terminal,
    write: async (bytes: Uint8Array): Promise<number> => {
      const text = new TextDecoder().decode(bytes);
      await this.gate;
      if (this.failure !== null) throw this.failure;
      this.seen.push(text);
      return bytes.length;
    },
  };

  readonly signals: Signals = {
    listen: (names, listener) => {
      this.#listeners.set(listener, names);
      return () => this.#listeners.delete(listener);
    },
  };

  size(): { columns: number; rows: number } {
    return { columns: this.columns, rows: this.rows };
  }

  /** Sends a signal; returns how many listened. */
  send(name: SignalName): number {
    let heard = 0;
    for (const [listener, names] of this.#listeners) {
      if (!names.includes(name)) continue;
      heard++;
      listener(name);
    }
    return heard;
  }

  screen(
    options: { signal?: AbortSignal; isInBackground?: () => boolean } = {},
  ): Screen {
    return new Screen({
      stream: this.stream,
      terminal: this,
      signal: options.signal ?? new AbortController().signal,
      signals: this.signals,
      hold: () => {
        this.seen.push("hold");
        return () => this.seen.push("release");
      },
      hearsStops: true,
      stop: () => this.seen.push("stopped"),
      isInBackground: options.isInBackground ?? (() => false),
    });
  }
}

/** Lets everything happen that waits for nothing else. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

Deno.test("Screen enters with the first picture, draws in place, and leaves what was there before", async () => {
  const terminal = new FakeTerminal();
  const screen = terminal.screen();
  await screen.write([]);
  assertEquals(terminal.seen, ["hold"]);
  await screen.write(["a\n", "b\n", "\n"]);
  await screen.write(["c\n", "\n"]);
  await screen.leave();
  await screen.leave();
  assertEquals(terminal.seen, [
    "hold",
    `${ENTER}\u001b[1;1H\u001b[Ka\u001b[2;1H\u001b[Jb\u001b[H`,
    "\u001b[1;1H\u001b[Jc\u001b[H",
    LEAVE,
    "release",
  ]);
});

Deno.test("Screen writes nothing if there was no picture", async () => {
  const terminal = new FakeTerminal();
  await terminal.screen().leave();
  assertEquals(terminal.seen, ["hold", "release"]);
});

Deno.test("Screen.writeLast() leaves the last picture below what was there before", async () => {
  const terminal = new FakeTerminal();
  const screen = terminal.screen();
  await screen.write(["a\n", "\n"]);
  await screen.writeLast(["end\n"]);
  assertEquals(terminal.seen.slice(2), [LEAVE, "release", "a\n\nend\n"]);
});

Deno.test("Screen.writeLast() leaves nothing after a signal", async () => {
  const terminal = new FakeTerminal();
  const signal = new AbortController();
  const screen = terminal.screen({ signal: signal.signal });
  await screen.write(["a\n", "\n"]);
  signal.abort();
  await screen.write(["b\n", "\n"]);
  await screen.writeLast(["end\n"]);
  assertEquals(terminal.seen.slice(2), [LEAVE, "release"]);
});

Deno.test("Screen draws again when the window changes, and for no other reason", async () => {
  const terminal = new FakeTerminal();
  const screen = terminal.screen();
  const picture = {
    *[Symbol.iterator]() {
      const { columns, rows } = screen.window;
      yield `${columns}x${rows}\n`;
    },
  };
  await screen.write(picture);
  Object.assign(terminal, { columns: 120, rows: 9 });
  assertEquals(terminal.send("SIGWINCH"), 1);
  await settle();
  assertEquals(terminal.seen.slice(1), [
    `${ENTER}\u001b[1;1H\u001b[J80x24\u001b[H`,
    "\u001b[1;1H\u001b[J120x9\u001b[H",
  ]);
  await screen.writeLast([]);
  assertEquals(terminal.seen.at(-1), "120x6\n");
  assertEquals(terminal.send("SIGWINCH"), 0);
});

Deno.test("Screen restores the terminal before it stops, and enters again when it goes on", async () => {
  const terminal = new FakeTerminal();
  const screen = terminal.screen();
  await screen.write(["a\n"]);
  terminal.send("SIGTSTP");
  await settle();
  terminal.send("SIGCONT");
  await settle();
  const drawn = `${ENTER}\u001b[1;1H\u001b[Ja\u001b[H`;
  assertEquals(terminal.seen.slice(1), [drawn, LEAVE, "stopped", drawn]);
});

Deno.test("Screen stops in the background, as it must not draw over another program", async () => {
  const terminal = new FakeTerminal();
  let isInBackground = true;
  const screen = terminal.screen({ isInBackground: () => isInBackground });
  await screen.write(["a\n"]);
  assertEquals(terminal.seen, ["hold", "stopped"]);
  isInBackground = false;
  terminal.send("SIGCONT");
  await settle();
  assertEquals(terminal.seen[2], `${ENTER}\u001b[1;1H\u001b[Ja\u001b[H`);
});

Deno.test("Screen throws at the next picture if drawing for a signal failed", async () => {
  const terminal = new FakeTerminal();
  const screen = terminal.screen();
  await screen.write(["a\n"]);
  terminal.failure = new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
  terminal.send("SIGWINCH");
  await settle();
  const caught = await screen.write(["b\n"]).then(() => null, (e) => e.name);
  assertEquals(caught, "ConsumerGoneError");
  await screen.leave();
  assertEquals(terminal.seen.at(-1), "release");
});

Deno.test("Screen.leave() gives up if the terminal takes nothing for a second", async () => {
  const terminal = new FakeTerminal();
  const screen = terminal.screen();
  const gate = Promise.withResolvers<void>();
  terminal.gate = gate.promise;
  const writing = screen.write(["a\n"]);
  await screen.leave();
  assertEquals(terminal.seen, ["hold", "release"]);
  gate.resolve();
  await writing;
});

Deno.test("Screen takes a terminal that does not say its size for one of 80 by 24", () => {
  const terminal = Object.assign(new FakeTerminal(), { size: () => null });
  assertEquals(terminal.screen().window, {
    columns: 80,
    rows: 24,
    hasColor: false,
  });
});

/** Replays a recording on a fake terminal. */
async function replayOn(
  terminal: FakeTerminal,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string; code: number }> {
  const sentences: Uint8Array[] = [];
  const code = await main(
    ["--replay", "testdata/recordings/exec.ndjson", ...args],
    {
      stdout: terminal.stream,
      stderr: {
        write: (bytes) => {
          sentences.push(bytes.slice());
          return Promise.resolve(bytes.length);
        },
      },
      signals: terminal.signals,
    },
  );
  const stderr = sentences.map((one) => new TextDecoder().decode(one)).join("");
  return { code, stdout: terminal.seen.join(""), stderr };
}

Deno.test("main() prints a replay block after block, cut to the window, also on a terminal", async () => {
  const terminal = Object.assign(new FakeTerminal(), { columns: 60, rows: 7 });
  const { code, stdout, stderr } = await replayOn(terminal, ["-t"]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.includes("\u001b"), false);
  const lines = stdout.split("\n");
  assertEquals(lines.filter((line) => line.includes("COMMAND")).length, 3);
  assertEquals(Math.max(...lines.map((line) => line.length)) <= 60, true);
});

Deno.test("main() uses colours on a terminal alone", async () => {
  const terminal = Object.assign(new FakeTerminal(), { hasColor: true });
  const { stdout } = await replayOn(terminal, ["-t"]);
  assertEquals(stdout.includes("\u001b[1m    PID"), true);
});

Deno.test("main() says once that -t shows a table where lines for programs went to a terminal", async () => {
  const said = "procline: These are lines for programs: -t shows a table\n";
  const { stderr } = await replayOn(new FakeTerminal(), []);
  assertEquals(stderr, said);
  for (const args of [["-t"], ["--format", "json"], ["--format=lading"]]) {
    const { stderr } = await replayOn(new FakeTerminal(), args);
    assertEquals(stderr, "", args.join(" "));
  }
});
