import { assert, assertEquals } from "@std/assert";
import { parseOptions } from "../../src/cli/parse_options.ts";
import { LineOutput } from "../../src/cli/output.ts";
import { printRun } from "../../src/cli/print.ts";
import { readHostFacts } from "../../src/host/facts.ts";
import { ProcReader } from "../../src/kernel/proc_reader.ts";
import { splitLines } from "../support/procline.ts";
import { FakeProc } from "../support/fake_proc.ts";
import { IDLE } from "../support/stage.ts";

/** Takes this much of the real time. */
function dawdle(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

Deno.test("printRun() drops a sample that a signal interrupts, and prints the end at once", async () => {
  const command = await parseOptions(["--pid", "10", "--interval", "10ms"]);
  assert(command.kind === "sample");
  const fs = new FakeProc();
  for (let pid = 10; pid < 510; pid++) {
    fs.start({ pid, ppid: pid === 10 ? 1 : 10 });
  }
  fs.uptime(10);
  let text = "";
  const stream = {
    write(bytes: Uint8Array): Promise<number> {
      text += new TextDecoder().decode(bytes);
      isSecond ||= text.includes('"kind":"tree"');
      return Promise.resolve(bytes.length);
    },
  };
  const samples = new AbortController();
  const interrupted = new AbortController();
  let isSecond = false;
  let read = 0;
  fs.onRead = (path) => {
    if (!path.endsWith("/statm") || !isSecond) return;
    if (++read === 1) {
      // A signal: its listener is called once the sample gives way.
      setTimeout(() => {
        samples.abort();
        interrupted.abort();
      });
    }
    dawdle(1);
  };

  await printRun({
    command,
    exports: null,
    collect: [],
    fs,
    selfUsage: IDLE,
    recorder: null,
    host: readHostFacts(new ProcReader(fs)),
    root: { pid: 10 },
    child: null,
    summary: null,
    inputEnd: null,
    startMs: performance.now(),
    output: new LineOutput(stream, interrupted.signal),
    window: undefined,
    signal: samples.signal,
    interrupted: interrupted.signal,
    printed: () => Promise.resolve(),
    warn: () => {},
  });

  // 500 would have taken half a second; a turn comes after a tenth of that.
  assert(read > 0 && read < 400, `${read} read`);
  const lines = splitLines(text).map((line) => JSON.parse(line));
  const kinds = lines.map(({ kind }) => kind);
  assertEquals([...new Set(kinds)], ["run", "process", "tree", "end"]);
  assertEquals(kinds.filter((kind) => kind === "process").length, 500);
  assertEquals([lines.at(-1)?.reason, lines.at(-1)?.samples], ["signal", 1]);
});
