import { assertEquals, assertStringIncludes } from "@std/assert";
import { events } from "../../src/collect/events.ts";
import { format } from "../../src/format/records.ts";
import { UncachedFs } from "../../src/kernel/uncached_fs.ts";
import { HostFs } from "../../src/kernel/host_fs.ts";
import type { ProcFs } from "../../src/kernel/proc_fs.ts";
import { Sampler } from "../../src/measure/sampler.ts";
import { plainFs } from "../support/plain_fs.ts";
import { parseRecording, replayLines } from "../support/replay.ts";
import {
  Child,
  runProcline,
  startScript,
  TemporaryDirectory,
} from "../support/procline.ts";

/**
 * How many processes ended while procline looked at them for the first time. This is not compared.
 * It counts processes anywhere on the host, and if the recorded run kept its list of processes, the
 * uncached way counts some of them again.
 */
const GONE = /"gone":\d+/;

/** Processes that start and end all the time, and change their programs and names. */
const CHURN = `
  (hold) &
  echo ready
  while kill -0 $$ 2> /dev/null; do
    sh -c 'i=0; while [ $i -lt 500 ]; do i=$((i + 1)); done; exec sleep 0.08' &
    (sleep 0.07 &)
    sh -c 'exec cat /dev/null'
  done &
  hold
`;

Deno.test("the uncached way prints the same bytes of a churning tree as a run that held its files open", async () => {
  using directory = new TemporaryDirectory();
  const recording = `${directory.path}/run.ndjson`;
  await using tree = startScript(CHURN);
  await tree.line();
  await runProcline([
    ..."--interval 10ms --count 100 --events --collect=stat,io".split(" "),
    `--pid=${tree.pid}`,
    `--record=${recording}`,
  ]);

  const recorded = parseRecording(await Deno.readTextFile(recording));
  const [held = [], uncached = []] = [false, true].map((uncached) =>
    replayLines(recorded, { uncached }).map((lines) => lines.replace(GONE, ""))
  );
  assertEquals(uncached.length, 100);
  assertEquals(held, uncached);
  assertStringIncludes(uncached.join(""), '"kind":"exec"');
  assertStringIncludes(uncached.join(""), '"kind":"exit"');
});

/**
 * For each line of input, one process runs another program; and the oldest of three others ends,
 * and a new one starts. Each of the two prints a line when it is done. In between nothing moves.
 */
const STEPS = `
  export PIPE="$1/pipe"
  mkfifo "$PIPE"
  exec 4<> "$PIPE"
  export A='echo done; read -r _ <&4; exec bash -c "$B"'
  export B='echo done; read -r _ <&4; exec sh -c "$A"'
  sh -c "$A" &
  executing=$!
  start() { sleep 1000 & started="$started $!"; }
  started=
  start; start; start
  echo done
  while read -r _; do
    echo go >&4
    set -- $started
    kill $1
    wait $1
    shift
    started="$*"
    start
    echo done
  done
  kill $executing $started
`;

Deno.test("the uncached way reads the same of the same tree, step by step, as the files that are held open", async () => {
  using directory = new TemporaryDirectory();
  await using tree = new Child(["bash", "-c", STEPS, "bash", directory.path]);
  let at = 0;
  const clock = { epochMs: () => at, monotonicMs: () => at };
  const uptime = await Deno.readTextFile("/proc/uptime");
  const fs = withUptime(new HostFs(), () => uptime);
  const ways = [false, true].map((uncached) => {
    const sampler = new Sampler({
      pid: tree.pid,
      fs: uncached ? new UncachedFs(fs) : fs,
      collect: [events()],
      clock,
    }, {
      uncached,
      selfUsage: { cpuSeconds: () => 0, rssBytes: () => 0 },
    });
    const encoder = format.create();
    Array.from(encoder.begin(sampler.describeRun()));
    return { sampler, encoder };
  });
  using watch = new Sampler({ pid: tree.pid });
  try {
    for (let step = 0; step < 50; step++) {
      await tree.line();
      await tree.line();
      while (watch.sample().processes.some(({ state }) => state !== "S"));
      at += 1000;
      const [held, uncached] = ways.map(({ sampler, encoder }) =>
        Array.from(encoder.lines(sampler.sample())).join("").replace(GONE, "")
      );
      assertEquals(held, uncached);
      if (step > 0) assertStringIncludes(uncached ?? "", '"kind":"exec"');
      await tree.write("go\n");
    }
  } finally {
    for (const { sampler } of ways) sampler.close();
    await tree.closeInput();
    await tree.rest();
  }
});

/** A file system whose uptime the test sets. */
function withUptime(fs: ProcFs, uptime: () => string): ProcFs {
  return {
    ...plainFs(fs),
    readTextFile: (path) =>
      path === "/proc/uptime" ? uptime() : fs.readTextFile(path),
    open: (path) =>
      path === "/proc/uptime"
        ? { readText: uptime, close: () => {} }
        : fs.open(path),
  };
}
